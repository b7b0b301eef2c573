"""The import graph of a release's protos, and their descriptor sets."""
