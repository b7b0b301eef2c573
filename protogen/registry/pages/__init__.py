"""What people are shown of a registry: pages, and the list that they are made from. Pure."""
