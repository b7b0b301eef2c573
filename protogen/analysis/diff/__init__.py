"""What changed between two releases' protos, and what of it breaks whom."""
