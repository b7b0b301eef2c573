"""Whether a Go module builds, and serves a consumer that gets it from a proxy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from protogen.errors import VerificationFailed
from protogen.languages.go import consumer
from protogen.languages.go.artifacts import PROXY
from protogen.languages.go.resolution import module_texts
from protogen.languages.toolchain.go_command import GoCommand, failure
from protogen.releases import package_versions

if TYPE_CHECKING:
    from protogen.languages.base import Artifacts, Package, Workshop
    from protogen.languages.go.plan import GoPlan


# -trimpath: what is compiled doesn't know its folder, so the user's build cache serves every run.
# -p: the memory that a proof takes must not grow with the processors.
_FLAGS = "-trimpath -buildvcs=false -p=4"
_ALWAYS = {"GOTOOLCHAIN": "local", "GOWORK": "off", "CGO_ENABLED": "0"}


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


def prove(package: Package[GoPlan], built: Artifacts, shop: Workshop) -> None:
    """See Language.prove."""
    home = shop.folder / "home"
    home.mkdir()
    go = GoCommand.of(shop.toolbox, home)
    files = _with_module(package, shop)
    go.check_serves(consumer.directive(files["go.mod"].decode()))
    _get_dependencies(go, files, shop.folder / "dependencies")
    _build_alone(go, files, shop.folder / "package")
    if built.files:
        _consume(go, package, shop.folder)


def _with_module(package: Package[GoPlan], shop: Workshop) -> dict[str, bytes]:
    """The package's files; one in the module around it gets a go.mod of its own here."""
    plan, files = package.plan, dict(package.files)
    if plan.enclosing:
        texts = module_texts(plan.requirements, plan.module, shop.toolbox)
        files |= {name: text.encode() for name, text in texts.items()}
    return files


def _get_dependencies(go: GoCommand, files: Mapping[str, bytes], folder: Path) -> None:
    """Fill the user's module cache, apart from the package: what fails here isn't the package's fault."""
    _write(folder, {name: files[name] for name in ("go.mod", "go.sum")})
    variables = {**_ALWAYS, "GOFLAGS": _FLAGS, "GOPROXY": go.proxies}
    _Site(go, folder, variables).run("mod download", "mod", "download", dependencies=True)


def _build_alone(go: GoCommand, files: Mapping[str, bytes], folder: Path) -> None:
    _write(folder, files)
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


def _consume(go: GoCommand, package: Package[GoPlan], workshop: Path) -> None:
    """Require the module from outside.

    The user's module cache must never hold the unpublished module, whose content may change under
    one version: this one's own cache is in the workshop, and the user's serves it as a proxy.
    """
    plan, folder = package.plan, workshop / "consumer"
    version = package_versions.go(package.request.release.package_version)
    lowest = consumer.directive(package.files["go.mod"].decode())
    texts = {
        "go.mod": consumer.go_mod(plan, version, lowest),
        "main.go": consumer.main_go(plan, package.request),
    }
    # The package's own checksums, so that none is asked of the network.
    sums = {"go.sum": package.files["go.sum"]}
    _write(folder, {**{name: text.encode() for name, text in texts.items()}, **sums})
    proxies = [(workshop / PROXY).as_uri(), (go.module_cache / "cache" / "download").as_uri(), go.proxies]
    # The user's own GOPRIVATE may match the module, which is nowhere but in the workshop.
    variables = {
        **_ALWAYS,
        "GOFLAGS": f"{_FLAGS} -mod=mod -modcacherw",
        "GOMODCACHE": str(workshop / "modules"),
        "GOPROXY": ",".join(filter(None, proxies)),
        "GONOPROXY": "none",
        "GONOSUMDB": plan.module,
    }
    site = _Site(go, folder, variables)
    site.run("mod download in a consumer", "mod", "download")
    site.run("build of a consumer", "build", "-o", "consumer", ".")
    _start(site)


def _start(site: _Site) -> None:
    program = str(site.folder / "consumer")
    done = site.go.toolbox.processes.run([program], timeout=60.0, cwd=site.folder, env=dict(site.variables))
    if done.returncode != 0:
        raise failure("run of a consumer", done, cwd=site.folder, extra=site.variables)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _same(path: Path | None, content: bytes | None) -> bool:
    return path is not None and path.read_bytes() == content
