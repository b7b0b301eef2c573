"""Generated clients against servers that nobody here wrote."""
