"""The protos of a release as a package: an archive of them in import layout, and their descriptor set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from protogen.errors import UsageError
from protogen.languages import documents, sections
from protogen.languages.base import Language, Section
from protogen.languages.build_dir import BuildDir
from protogen.languages.package import Artifacts, Installed, Package, Plan, Request
from protogen.languages.proto import PROTO
from protogen.recipe.model import Recipe
from protogen.system.archives import tar_gz

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_ADDRESS = re.compile(r"localhost:\d+")
# The first that reads an edition.
_PROTOC = {"2023": "27", "2024": "32"}


class Proto(Language[Section, Plan]):
    """What every other tool and language starts from."""

    entry = PROTO
    title = "protos"
    ecosystem = "generic"
    editions: Mapping[str, Section] = dict.fromkeys(_PROTOC, Section())

    def package_name(self, recipe: Recipe, settings: Mapping[str, str]) -> str:
        """A name that an archive and its folder can have."""
        name = super().package_name(recipe, settings)
        if not _NAME.fullmatch(name):
            nearest = re.sub(r"[^A-Za-z0-9._-]+", "-", name).strip("-._")[:100] or recipe.name
            raise UsageError(
                f"{name!r} can't name an archive: letters, digits and - . _ can, a letter or digit first",
                where="--proto-package" if settings.get("proto_package") else "languages.proto",
                remedy=f"run again with --proto-package {nearest}",
            )
        return name

    def plan(self, request: Request) -> Plan:
        """The plan of any language, and which compilers read protos in an edition."""
        protoc = _PROTOC.get(sections.edition(request.outline))
        remarks = sections.remark(request.outline, f"protoc {protoc} or newer") if protoc else ()
        return replace(super().plan(request), remarks=remarks)

    def facts(self, request: Request, plan: Plan, installed: Installed) -> dict[str, Any]:
        """What README.md shows."""
        facts, names = super().facts(request, plan, installed), [file.name for file in self.files(request)]
        call = next(documents.plain_calls(request.outline, names, request.entry_points), None)
        method = f"{call.file.package}.{call.service.name}/{call.method.name}".lstrip(".") if call else ""
        example = f"grpcurl -plaintext -protoset {plan.name}.protoset -d '{{}}' localhost:50051 {method}"
        example = facts["example"] or (example if call else "")
        address = _ADDRESS.search(example)
        return facts | {
            "address": address[0] if address else "HOST:PORT",
            "example": example,
            "first": call.file.name if call else "",
            "method": method,
            "printed": sum(name not in request.texts for name in names),
            "protoc": _PROTOC.get(sections.edition(request.outline)),
            "stem": _stem(plan),
            "total": len(names),
        }

    def write(self, request: Request, plan: Plan, installed: Installed) -> dict[str, bytes]:
        """The protos, google's own among them, the set, and what tells of both."""
        protos = request.protos()
        texts = self.rendered("templates", request, plan, installed, left_out=protos.left_out)
        texts |= documents.license_files(request)
        return {
            **{path: text.encode() for path, text in texts.items()},
            **{f"proto/{name}": text for name, text in protos.texts.items()},
            f"{plan.name}.protoset": request.descriptor_set.read_bytes(),
        }

    def packed(self, package: Package[Plan]) -> dict[str, bytes]:
        """All of it below one folder, as a source archive is."""
        stem = _stem(package.plan)
        return {f"{stem}.tar.gz": tar_gz(stem, package.files)}

    def prove(self, package: Package[Plan], built: Artifacts, build_dir: BuildDir) -> None:
        """Compile the archive's protos, with nothing else to import, to a set that equals theirs."""
        from protogen.languages.proto import proof

        (archive,) = built.files.values()
        proof.prove(archive, build_dir)


def _stem(plan: Plan) -> str:
    return f"{plan.name}-{plan.version}"
