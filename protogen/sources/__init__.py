"""Where protos come from: git repositories, published Python packages, or folders."""
