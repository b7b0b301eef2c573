"""Pages of the docs that are made from the code whenever the site is built: never committed."""
