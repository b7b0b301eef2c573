"""Where the Java classes of one proto stand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Placement:
    """Where one proto's classes stand: in the package, and in its outer class unless `multiple`.

    nested: those types that stand in the outer class all the same.
    """

    package: str
    outer: str
    multiple: bool
    nested: frozenset[str] = frozenset()

    def message(self, name: str) -> str:
        """The Java class of a message or enum, by its name within the proto's package."""
        return f"{self.package}.{name}" if self.alone(name) else f"{self.package}.{self.outer}.{name}"

    def alone(self, name: str) -> bool:
        """Whether the class of a message or enum, or of the one around it, stands in the package itself."""
        return self.multiple and name.split(".", 1)[0] not in self.nested

    def service(self, name: str) -> str:
        """The Java class that makes stubs of a service."""
        return f"{self.package}.{name}Grpc"
