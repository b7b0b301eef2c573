"""Benchmarks: protogen beside the floor, raw protoc with the same plugins on the same set."""
