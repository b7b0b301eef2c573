"""Recipes and protogen.yaml, read strictly."""
