from __future__ import annotations

from dataclasses import dataclass

from protogen.offers import Offer, of_numbers
from protogen.protoset import Form, ProtoSet
from protogen.release import Release, Resolved
from protogen.releases import Version
from protogen.sources import LockedVersion

OFFERS = of_numbers({Version((1, 2, 3)): "demo==1.2.3"}, "", "index")


@dataclass(frozen=True)
class Named:
    """A source that has nothing but names."""

    name: str = "index"

    def resolve(self, version: str, groups: tuple[str, ...]) -> Resolved:
        release = Release(version, version, self.name, ())
        return Resolved(lambda: ProtoSet(release, Form.DESCRIPTOR, (), lambda name: (), (), {}, groups))

    def releases(self) -> tuple[Offer, ...]:
        return OFFERS


def test_a_locked_version_is_given_under_the_name_that_was_typed() -> None:
    locked = LockedVersion(Named(), "1.2.3")
    protos = locked.resolve("r1.2", ("group",)).read()
    assert (protos.release.name, protos.release.package_version) == ("r1.2", "1.2.3")
    assert protos.lacking == ("group",)
    assert (locked.name, locked.releases()) == ("index", OFFERS)
