"""Client packages from protos that are spread over several repositories."""

DISTRIBUTION = "protogen-clients"
"""What pip calls protogen: on the public index `protogen` is another project."""
