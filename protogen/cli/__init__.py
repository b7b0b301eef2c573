"""The command line: click only, no decisions."""
