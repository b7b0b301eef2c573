"""Where each ecosystem's clients look for packages: the layout of files and of indexes. Pure."""
