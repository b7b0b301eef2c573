"""Beginning a recipe: what repositories show of an API, written down for a person to go on with."""
