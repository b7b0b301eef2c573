"""A release to packages, from its name to the user's folder."""
