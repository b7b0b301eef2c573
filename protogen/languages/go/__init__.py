"""Go: a module that builds, vets and can be required, from any closure."""

from protogen.languages.go.language import Go

__all__ = ["Go"]
