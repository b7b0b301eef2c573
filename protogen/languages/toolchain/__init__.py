"""What languages need of other ecosystems' tools, and how it is provided."""
