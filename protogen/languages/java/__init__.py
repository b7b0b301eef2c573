"""Java: a Maven project that compiles, keeps upstream's names and stands beside other copies."""

from protogen.languages.java.language import Java

__all__ = ["Java"]
