"""Client packages from protos that are spread over several repositories."""
