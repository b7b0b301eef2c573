"""What a registry takes of a Go module, and whether it serves a consumer that gets it from there."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from protogen.errors import VerificationFailed
from protogen.languages import documents
from protogen.languages.build_dir import BuildDir
from protogen.languages.go.planning import GoPlan, import_path
from protogen.languages.go.requirements import directive, module_texts
from protogen.languages.package import Package
from protogen.languages.toolchain.go import GoCommand, failure
from protogen.publish.manifest import render_manifest
from protogen.publish.tree import MANIFEST
from protogen.system.archives import zip_bytes
from protogen.system.files import digest

# Source: golang.org/x/mod/module, its expression for pseudo-versions.
_PSEUDO = re.compile(r"v\d+\.(?:0\.0-|\d+\.\d+-(?:[^+]*\.)?0\.)(\d{14})-[0-9A-Za-z]+")
# Source: golang.org/x/mod/zip.
_MAX_FILES, _MAX_FILE = 500 * 1024**2, 16 * 1024**2
_LIMITED = ("go.mod", "LICENSE")
# -trimpath: what is compiled doesn't know its folder, so the user's build cache serves every run.
# -p: the memory that a proof takes must not grow with the processors.
_FLAGS = "-trimpath -buildvcs=false -p=4"
EXAMPLE = "example"
"""The folder of a consumer that has the README's call by a kit, where there is one."""
_ALWAYS = {"GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}


def served(package: Package[GoPlan]) -> dict[str, bytes]:
    """What a module proxy has of the module, by path.

    Raises VerificationFailed for a module that go refuses.
    """
    plan, files = package.plan, published_files(package)
    if problem := too_large(files):
        raise VerificationFailed(
            f"{plan.module} can't be a Go module: {problem}",
            where=plan.module,
            remedy="take entry points out of the recipe, or leave out a --with GROUP",
        )
    return layout(plan.module, plan.version, files)


def published_files(package: Package[GoPlan]) -> dict[str, bytes]:
    """What the output folder holds: the module has the same checksum through git as through a proxy."""
    origin = documents.origin(package.request, package.installed, package.plan.externals)
    hashes = {path: digest(content) for path, content in package.files.items()}
    return {**package.files, MANIFEST: render_manifest(hashes, origin)}


def layout(module: str, version: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files of a proxy that serves this one version of the module, by path.

    A pseudo-version stands in no list; where that is empty, `@latest` says which one there is.
    """
    home, name = escaped(module), escaped(version)
    known = info(version)
    served = {
        f"{home}/@v/{name}.info": known,
        f"{home}/@v/{name}.mod": files["go.mod"],
        f"{home}/@v/{name}.zip": zip_bytes(
            {f"{module}@{version}/{path}": each for path, each in files.items()}
        ),
    }
    if _PSEUDO.fullmatch(version):
        return served | {f"{home}/@v/list": b"", f"{home}/@latest": known}
    return served | {f"{home}/@v/list": f"{version}\n".encode()}


def escaped(name: str) -> str:
    """A module path or version for file systems that ignore case: `Team` -> `!team`."""
    return re.sub("[A-Z]", lambda match: f"!{match[0].lower()}", name)


def info(version: str) -> bytes:
    """What a proxy tells of a version.

    The time is that of a commit: only a pseudo-version knows one, and go takes an answer without.
    """
    facts = {"Version": version}
    if pseudo := _PSEUDO.fullmatch(version):
        year, rest = pseudo[1][:4], [pseudo[1][at : at + 2] for at in range(4, 14, 2)]
        facts["Time"] = "{}-{}-{}T{}:{}:{}Z".format(year, *rest)
    return (json.dumps(facts, separators=(",", ":")) + "\n").encode()


def too_large(files: Mapping[str, bytes]) -> str:
    """Why go would refuse a zip of the files; empty where it wouldn't."""
    for name in _LIMITED:
        if len(files.get(name, b"")) > _MAX_FILE:
            return f"{name} has more than {_MAX_FILE} bytes"
    if sum(map(len, files.values())) > _MAX_FILES:
        return f"its files have more than {_MAX_FILES} bytes together"
    return ""


@dataclass(frozen=True)
class _Site:
    """A folder in which go runs, always with the same variables."""

    go: GoCommand
    folder: Path
    variables: Mapping[str, str]

    def run(self, step: str, *arguments: str, dependencies: bool = False) -> None:
        """Raises VerificationFailed, or ToolFailed where a dependency can't be got."""
        done = self.go.run(arguments, cwd=self.folder, extra=self.variables)
        if done.returncode != 0:
            raise failure(step, done, cwd=self.folder, extra=self.variables, dependencies=dependencies)


def prove(package: Package[GoPlan], consumer: Mapping[str, str], build_dir: BuildDir) -> None:
    """See Language.prove. consumer: a module that requires this one, by path; else empty."""
    home = build_dir.write("home", {})
    purpose = "Go packages are proven with it"
    go = GoCommand.of(build_dir.toolbox, home, purpose, {"GOTOOLCHAIN": "local"})
    files = _with_module(package, build_dir)
    go.check_serves(directive(files["go.mod"].decode()))
    _get_dependencies(go, files, build_dir)
    _build_alone(go, files, build_dir)
    if consumer:
        _consume(go, package, consumer, build_dir)


def _with_module(package: Package[GoPlan], build_dir: BuildDir) -> dict[str, bytes]:
    """The package's files; one in the module around it gets a go.mod of its own here."""
    plan, files = package.plan, dict(package.files)
    if plan.enclosing:
        texts = module_texts(plan.requirements, plan.module, build_dir.toolbox)
        files |= {name: text.encode() for name, text in texts.items()}
    return files


def _get_dependencies(go: GoCommand, files: Mapping[str, bytes], build_dir: BuildDir) -> None:
    """Fill the user's module cache, apart from the package: what fails here isn't the package's fault."""
    folder = build_dir.write("dependencies", {name: files[name] for name in ("go.mod", "go.sum")})
    variables = {**_ALWAYS, "GOFLAGS": _FLAGS, "GOPROXY": go.proxies}
    _Site(go, folder, variables).run("mod download", "mod", "download", dependencies=True)


def _build_alone(go: GoCommand, files: Mapping[str, bytes], build_dir: BuildDir) -> None:
    folder = build_dir.write("package", files)
    variables = {**_ALWAYS, "GOFLAGS": f"{_FLAGS} -mod=readonly", "GOPROXY": go.proxies}
    site = _Site(go, folder, variables)
    site.run("build", "build", "./...")
    site.run("vet", "vet", "./...")
    left = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    changed = [path for path in sorted({*files, *left}) if not _same(left.get(path), files.get(path))]
    if changed:
        raise VerificationFailed(
            f"go: build changed {', '.join(changed[:5])}",
            where=str(folder),
            remedy=f"cd {folder} && go mod tidy -diff, and correct languages.go of the recipe",
        )


def _consume(
    go: GoCommand, package: Package[GoPlan], consumer: Mapping[str, str], build_dir: BuildDir
) -> None:
    """Require the module from outside.

    The user's module cache must never hold the unpublished module, whose content may change under
    one version: this one's own cache is in the BuildDir, and the user's serves it as a proxy.
    """
    # The package's own checksums, so that none is asked of the network.
    files = {"go.sum": package.files["go.sum"]} | {path: text.encode() for path, text in consumer.items()}
    folder = build_dir.write("consumer", files)
    proxies = [
        (build_dir.folder / "dist").as_uri(),
        (go.module_cache / "cache" / "download").as_uri(),
        go.proxies,
    ]
    # The user's own GOPRIVATE may match the module, which is nowhere but in the BuildDir.
    variables = {
        **_ALWAYS,
        "GOFLAGS": f"{_FLAGS} -mod=mod -modcacherw",
        "GOMODCACHE": str(build_dir.folder / "modules"),
        "GOPROXY": ",".join(filter(None, proxies)),
        "GONOPROXY": "none",
        "GONOSUMDB": package.plan.module,
    }
    site = _Site(go, folder, variables)
    site.run("mod download in a consumer", "mod", "download")
    site.run("build of a consumer", "build", "-o", "consumer", ".")
    if f"{EXAMPLE}/main.go" in consumer:
        site.run("vet of the README's example", "vet", f"./{EXAMPLE}")
    _start(site, package)


# What the runtime says at start of a proto, or of a name in one, that two packages of a program have.
_REGISTERED = re.compile(
    rb'(?:file|name|message|enum|extension|service) "?([\w./-]+?)"? is already registered'
    rb'(?:\s+previously from:\s+"([^"]*)"\s+currently from:\s+"([^"]*)")?'
)


# What the consumer says of a package that a recipe names.
_LACKING = re.compile(rb"published packages lack ([\w.]+)")


def _start(site: _Site, package: Package[GoPlan]) -> None:
    program = str(site.folder / "consumer")
    done = site.go.toolbox.processes.run([program], timeout=60.0, cwd=site.folder, env=dict(site.variables))
    if done.returncode != 0:
        if met := _REGISTERED.search(done.stderr):
            raise registered_twice(
                package, *(each.decode("utf-8", "replace") if each else "" for each in met.groups())
            )
        if lacks := _LACKING.search(done.stderr):
            name = lacks[1].decode("utf-8", "replace")
            raise VerificationFailed(
                f"go: the package that serves by the recipe's externals lacks {name}, which the protos have",
                where=package.plan.module,
                remedy="name a later version of that package in the recipe's externals, or null: generated",
            )
        raise failure("run of a consumer", done, cwd=site.folder, extra=site.variables)


def registered_twice(package: Package[GoPlan], what: str, first: str, second: str) -> VerificationFailed:
    """The error about a proto, or a name in one, that this module and another package both register."""
    plan = package.plan
    others = [path for path in (first, second) if path and not f"{path}/".startswith(f"{plan.module}/")]
    beside = next((each for each in plan.neighbours if each.proto == what), None)
    other = beside or next((each for each in plan.neighbours if import_path(each) in others), None)
    module = other.package if other else next(iter(others), "another package")
    serve = f"{{{what}: {{go: {{package: {module}, version: {other.version}}}}}}}" if other else "which does"
    return VerificationFailed(
        f"go: {what} of this module is in {module} too, and a program with both ends at start:"
        " it is already registered",
        where=plan.module,
        remedy="let that package serve: run without --generate-externals, and say in the recipe's externals"
        f" {serve}",
    )


def _same(path: Path | None, content: bytes | None) -> bool:
    return path is not None and path.read_bytes() == content
