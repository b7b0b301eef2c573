"""The command line: click only, no decisions."""

COMPLETING = "_PROTOGEN_COMPLETE"
"""The variable by which a shell asks for completions."""
