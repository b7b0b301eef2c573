"""The index source: compiled protos out of the project's own published Python packages."""
