"""Names in Go: folders and packages, files that a build doesn't skip, the module path. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from protogen.errors import UsageError
from protogen.languages.go.enclosing import DEVICES
from protogen.languages.go.identifiers import KEYWORDS
from protogen.releases.release import UNRELEASED, counted

# Source of both lists: internal/syslist of the Go toolchain. A file name that ends in one of them
# is left out of builds for any other system.
_SYSTEMS = frozenset(
    "aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris wasip1 "
    "windows zos".split()
)
_PROCESSORS = frozenset(
    "386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le "
    "ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm".split()
)
# Packages below these can't be imported from outside, or aren't built at all.
_HIDDEN = frozenset({"internal", "vendor", "testdata"})
# Of a proto's files: messages, stubs, and for the Hybrid API messages as the Opaque one has them.
ENDINGS = (".pb.go", "_grpc.pb.go", "_protoopaque.pb.go")
_SHORTENED = re.compile(r"~\d+$")
_ELEMENT = re.compile(r"[A-Za-z0-9._~-]+")
_NO_ELEMENT = re.compile(r"[^A-Za-z0-9._~-]")


@dataclass(frozen=True)
class GoPackage:
    """One Go package."""

    folder: str
    """In the module; empty for the module's own."""
    name: str
    protos: tuple[str, ...]
    mount: str = ""
    """What directories may begin with and folders don't."""

    def import_path(self, module: str) -> str:
        """Where a consumer imports it from."""
        return f"{module}/{self.folder}" if self.folder else module


def importable_folder(directory: str) -> str:
    """The directory with every element renamed that would hide its packages from a consumer."""
    return "/".join(map(_importable_element, directory.split("/"))) if directory else ""


def below(mount: str, directory: str) -> str:
    """The directory without what it begins with, where that is the mount."""
    if mount and f"{directory}/".startswith(f"{mount}/"):
        return directory[len(mount) + 1 :]
    return directory


def package_name(folder: str) -> str:
    """The package clause for a folder: its last element as a Go identifier."""
    name = re.sub(r"[^0-9A-Za-z_]", "_", folder.rpartition("/")[2]).strip("_") or "protos"
    if name[0].isdigit():
        name = f"p{name}"
    if name in KEYWORDS or name in {"main", "init"} or name.endswith("_test"):
        name = f"{name}pb"
    return name


def file_stems(package: GoPackage) -> dict[str, str]:
    """The name of each proto's Go files, without their endings; unique in the package."""
    taken: set[str] = set()
    stems = {}
    plain = {proto: proto.rpartition("/")[2].removesuffix(".proto") for proto in package.protos}
    # Names that need no change come first, those from the package's own folder before merged ones.
    for proto, stem in sorted(
        plain.items(),
        key=lambda item: (buildable_stem(item[1]) != item[1], not _at_home(item[0], package), item[0]),
    ):
        wanted, number = buildable_stem(stem), 1
        candidate = wanted
        while (files := {f"{candidate}{ending}".lower() for ending in ENDINGS}) & taken:
            number += 1
            candidate = f"{wanted}_{number}_proto"
        taken |= files
        stems[proto] = candidate
    return stems


def buildable_stem(stem: str) -> str:
    """The file name that Go builds everywhere: no hidden file, no system, processor or test at its end."""
    name = _NO_ELEMENT.sub("_", stem).lstrip("_.") or "proto"
    head, dot, tail = name.partition(".")
    parts = head.split("_")
    if len(parts) > 1 and parts[-1] == "test":
        parts.pop()
    constrained = len(parts) > 1 and (parts[-1] in _SYSTEMS or parts[-1] in _PROCESSORS)
    if constrained or head.endswith("_test") or head.lower() in DEVICES:
        return f"{head}_proto{dot}{tail}"
    return name


def module_path(wanted: str, version: str) -> str:
    """The module path with the `/vN` that Go demands from major version 2 on.

    Raises UsageError for a path that Go refuses, or that ends in another version.
    """
    check_module(wanted)
    major = int(version.split(".", 1)[0])
    if wanted.startswith("gopkg.in/"):
        endings, needed = re.search(r"(\.v\d+)+$", wanted), f".v{major}"
    else:
        endings, needed = re.search(r"(/v[\d.]+)+$", wanted), f"/v{major}" if major >= 2 else ""
    if not endings:
        return wanted + needed
    if endings[1] == needed:
        return wanted
    plain = wanted[: endings.start()]
    raise UsageError(
        f"the module path ends in {endings[1]!r}, but version {version} needs "
        + (f"{needed!r}" if needed else "no such ending"),
        where=f"--go-module {wanted}",
        remedy=f"run again with --go-module {plain}",
    )


def module_version(version: str) -> str:
    """A SemVer version as Go's module system writes it: `2.12.0-rc10` -> `v2.12.0-rc.10`.

    SemVer sorts rc10 before rc9, but rc.10 after rc.9. A branch or commit that is no release
    becomes a pseudo-version, which Go makes of a time and a commit.
    """
    if unreleased := UNRELEASED.fullmatch(version):
        return f"v0.0.0-{unreleased[1]}-{unreleased[2]}"
    return f"v{counted(version)}"


def version_refusal(version: str) -> str:
    """Why no repository can publish the version; empty where it can."""
    if not UNRELEASED.fullmatch(version):
        return ""
    return (
        f"{module_version(version)} is a pseudo-version, which no tag may have; Go takes it from a proxy only"
    )


def check_module(path: str) -> None:
    """Raises UsageError for a path that Go refuses, whatever the version.

    Source of the rules: golang.org/x/mod/module.CheckPath.
    """
    elements = path.split("/")
    first = elements[0]
    problem = ""
    if not path or len(path) > 250:
        problem = "it is empty or longer than 250 characters"
    elif any(
        not _ELEMENT.fullmatch(element) or element[0] == "." or element[-1] == "." for element in elements
    ):
        problem = "each part is of ASCII letters, digits and - . _ ~, with no dot at either end"
    elif "." not in first or not re.fullmatch(r"[a-z0-9.-]+", first) or first.startswith("-"):
        problem = "its first part must look like a domain, in lower case and with a dot"
    elif any(element.partition(".")[0].lower() in DEVICES for element in elements):
        problem = "a part is a name that Windows reserves"
    elif any(_SHORTENED.search(element.partition(".")[0]) for element in elements):
        problem = "a part ends in ~ and digits, like the short names of Windows"
    if problem:
        raise UsageError(
            f"{path!r} can't be a Go module: {problem}",
            where="--go-module",
            remedy="run again with a path such as --go-module example.com/team/client",
        )


def _importable_element(element: str) -> str:
    name = _NO_ELEMENT.sub("_", element).lstrip("_.").rstrip(".") or "protos"
    head, dot, tail = name.partition(".")
    if name.lower() in _HIDDEN or head.lower() in DEVICES or _SHORTENED.search(head):
        return f"{head}pb{dot}{tail}"
    return name


def _at_home(proto: str, package: GoPackage) -> bool:
    return importable_folder(below(package.mount, proto.rpartition("/")[0])) == package.folder
