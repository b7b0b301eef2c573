"""What to make of a release for Go, decided: names, options, invocations. Pure but for the go.mod around."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import ProtosUnresolved, UsageError
from protogen.languages import editions
from protogen.languages.base import Invocation
from protogen.languages.go import enclosing, externals, grouping, identifiers, naming
from protogen.languages.go import section as sections
from protogen.languages.go.plan import GoPlan
from protogen.languages.go.section import PROTOBUF
from protogen.publish.manifest import ManifestUnreadable, read_manifest

if TYPE_CHECKING:
    from protogen.languages.base import Request
    from protogen.languages.go.identifiers import Place
    from protogen.languages.go.section import GoSection
    from protogen.protos.outline import File


# The folder of the well-known types in Go's own protobuf module.
_WELL_KNOWN = re.compile(r"^google\.golang\.org/protobuf/")


def plan(request: Request) -> GoPlan:
    """The decisions; raises what Language.plan raises."""
    section = sections.raised(sections.load(request.recipe), request.outline)
    wanted = request.settings.get("go_module") or section.module
    version = request.release.package_version
    within = wanted == "."
    if within:
        module = enclosing_path(request.out)
    else:
        module = naming.module_path(wanted or f"example.com/{request.recipe.name}", version)
    files = [file for file in request.outline.files if not _in_runtime(file, request)]
    elsewhere = externals.externals(files)
    runtime = {file.name for file in request.outline.files if _in_runtime(file, request)}
    brought = {*runtime, *(each.proto for each in elsewhere)}
    own = [file for file in files if file.name not in brought]
    others = [file for file in request.outline.files if file.name in brought]
    packages = grouping.packages(own, request.entry_points, module=module, others=others)
    _check_names(packages, request)
    _check_stubs(section, own, request)
    parameters = ("paths=source_relative", *_mappings(packages, module), *_well_known(request))
    parameters += tuple(f"M{each.proto}={each.import_path}" for each in elsewhere)
    carried = externals.carried(file.name for file in own)
    served = tuple(file.name for file in own if file.services)
    invocations = [Invocation("go", parameters, tuple(sorted(file.name for file in own)), "protoc-gen-go")]
    if served:
        invocations.append(Invocation("go-grpc", parameters, tuple(sorted(served)), "protoc-gen-go-grpc"))
    return GoPlan(
        section=section,
        module=module,
        enclosing=within,
        packages=packages,
        invocations=tuple(invocations),
        outputs=_outputs(packages),
        has_services=bool(served),
        externals=elsewhere,
        carried=carried,
        remarks=(*_remarks(module, section, request, elsewhere, enclosing=within), *_of_carried(carried)),
    )


def check(settings: Mapping[str, str], section: GoSection, out: Path) -> str:
    """What a package takes from the module around it: its import path; empty for a module of its own.

    Raises UsageError for a module that can't be, whatever the release.
    """
    wanted = settings.get("go_module") or section.module
    if wanted == ".":
        return enclosing_path(out)
    if wanted:
        naming.check_module(wanted)
    return ""


def enclosing_path(out: Path) -> str:
    """The import path of a folder inside a module, from the go.mod above it, or in it if that is the user's.

    Raises UsageError where there is none, it can't be read, or go takes no packages in the folder.
    """
    out = out.absolute()
    folders = (out, *out.parents) if _is_module_of_the_user(out) else out.parents
    go_mod = next((folder / "go.mod" for folder in folders if (folder / "go.mod").is_file()), None)
    if go_mod is None:
        raise UsageError(
            f"--go-module . needs a go.mod in a folder above {out}",
            where=str(out),
            remedy="run go mod init there first, or give --go-module PATH for a module of its own",
        )
    try:
        module = enclosing.module_path(go_mod.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(
            f"--go-module . can't read the module's path: {error}",
            where=str(go_mod),
            remedy=f"correct it until this tells the path: (cd {go_mod.parent} && go list -m)",
        ) from None
    if go_mod.parent == out:
        return module
    folder = out.relative_to(go_mod.parent).as_posix()
    if problem := enclosing.unfit(folder):
        raise UsageError(
            f"packages below {folder} of the module {module} can't be used: {problem}",
            where=f"--go-module . --out {out}",
            remedy="run again with another --out, or with --go-module PATH for a module of its own",
        )
    return f"{module}/{folder}"


def _is_module_of_the_user(out: Path) -> bool:
    """Whether a go.mod in the folder stays: that of an earlier run for a module of its own doesn't."""
    try:
        return (out / "go.mod").is_file() and "go.mod" not in read_manifest(out)[0]
    except (OSError, ManifestUnreadable):
        return True


def _check_names(packages: Iterable[naming.GoPackage], request: Request) -> None:
    """Raises ProtosUnresolved for two declarations of a file that Go gives one name; others stand apart."""
    files = {file.name: file for file in request.outline.files}
    for package in packages:
        clash = len(package.protos) == 1 and identifiers.clash(identifiers.together(package.protos, files))
        if clash:
            first, second = (_where(place, request) for place in (clash.first, clash.second))
            raise ProtosUnresolved(
                f"Go can't express {package.protos[0]}: {_words(clash.first)} and {_words(clash.second)}"
                f" would both be {clash.name}",
                where=f"{first} and {second}",
                remedy="rename one of the two, or leave the file out of the recipe's entry points",
            )


def _check_stubs(section: GoSection, own: Sequence[File], request: Request) -> None:
    """Raises ProtosUnresolved for what the plugin of stubs refuses of the files that services need."""
    version = section.tools["protoc-gen-go-grpc"]
    if tuple(map(int, re.findall(r"\d+", version))) >= (1, 6):
        return
    files = {file.name: file for file in request.outline.files}
    needed, waiting = set[str](), [file.name for file in own if file.services]
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += files[name].dependencies
    for name in sorted(needed):
        if clash := identifiers.same_to_older_plugins(files[name]):
            raise ProtosUnresolved(
                f"Go's stubs can't be made of {name}: protoc-gen-go-grpc {version} takes"
                f" {clash.first.declaration} and {clash.second.declaration} for one field",
                where=f"{_where(clash.first, request)} and {_where(clash.second, request)}",
                remedy="rename one of the two, or set protoc-gen-go-grpc: v1.6.0 in languages.go.tools",
            )


def _words(place: Place) -> str:
    if place.through:
        return f"{place.declaration} of {place.file}, which {place.through} imports publicly,"
    return place.declaration or "the file itself"


def _where(place: Place, request: Request) -> str:
    from protogen.protos.descriptors import line_of

    line = line_of(request.descriptor_set.read_bytes(), place.file, place.declaration)
    return f"{place.file}:{line}" if line else place.file


def _mappings(packages: tuple[naming.GoPackage, ...], module: str) -> list[str]:
    """An M flag for every proto; without `;name` plugins disagree about names in one folder."""
    return [
        f"M{proto}={package.import_path(module)};{package.name}"
        for package in packages
        for proto in package.protos
    ]


def _well_known(request: Request) -> list[str]:
    return [
        f"M{file.name}={file.options['go_package']}"
        for file in request.outline.files
        if _in_runtime(file, request)
    ]


def _in_runtime(file: File, request: Request) -> bool:
    """Whether Go's protobuf module has the file; of what protoc brings it lacks features of others."""
    return file.name in request.well_known and bool(_WELL_KNOWN.match(file.options.get("go_package", "")))


def _outputs(packages: tuple[naming.GoPackage, ...]) -> dict[str, str]:
    outputs = {}
    for package in packages:
        for proto, stem in naming.file_stems(package).items():
            written = proto.removesuffix(".proto")
            folder = f"{package.folder}/" if package.folder else ""
            for ending in naming.ENDINGS:
                outputs[written + ending] = f"{folder}{stem}{ending}"
    return outputs


def _of_carried(carried: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(
        f"{names[0]}{f' and {len(names) - 1} more' if len(names) > 1 else ''} of this module"
        f" {'are' if len(names) > 1 else 'is'} in {module} too: a program with both ends at start with"
        " `already registered`"
        for module, names in carried.items()
    )


def _remarks(
    module: str,
    section: GoSection,
    request: Request,
    elsewhere: Iterable[externals.External],
    *,
    enclosing: bool,
) -> tuple[str, ...]:
    floors = f"Go {section.go} and {PROTOBUF} {section.require[PROTOBUF]}, or newer"
    newer = editions.remark(request.outline, floors)
    if enclosing:
        required = {each.module: each.version for each in elsewhere} | section.require
        wanted = " ".join(f"{path}@{version}" for path, version in sorted(required.items()))
        return (f"in the module around it, run once: go get {wanted}", *newer)
    if not request.settings.get("go_module") and module.startswith("example.com/"):
        return (f"{module} is a placeholder; replace it with --go-module PATH before you publish", *newer)
    return newer
