"""The import graph for people and scripts: the model, what is asked of it, and its renderings."""
