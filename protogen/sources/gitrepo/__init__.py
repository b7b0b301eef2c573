"""The git source: shallow, blobless fetches of the protos that a release's repositories hold."""
