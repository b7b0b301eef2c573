"""Commands that only look at releases, and write no packages."""
