"""Names of releases, the refs and versions that they stand for; pure."""
