"""Building what registries take, and proving that a stranger can use it: all languages of a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from protogen.errors import ProtogenError, VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.toolchain.toolbox import Toolbox
from protogen.system import machine
from protogen.system.parallel import threads
from protogen.system.progress import Kind
from protogen.system.scratch import scratch

if TYPE_CHECKING:
    from protogen.languages.base import Language
    from protogen.languages.package import Package
    from protogen.system.context import Context


@dataclass(frozen=True)
class Built:
    """What was built of one package: its files below the language's artifacts folder, and remarks."""

    files: Mapping[str, bytes]
    remarks: tuple[str, ...] = ()


def build(
    languages: Sequence[Language[Any, Any]],
    packages: Mapping[str, Package[Any]],
    context: Context,
    *,
    prove: bool,
    complete: bool,
) -> dict[str, Built]:
    """Build each language's package, complete for registries or not, and prove it where that is asked.

    As many languages run side by side as memory allows. All are tried; what went wrong in several is told
    together, with the code of the first. Raises VerificationFailed, ToolMissing, ToolFailed, UsageError.
    """
    built: dict[str, Built] = {}
    failed: list[ProtogenError] = []
    by_name = {language.name: language for language in languages}
    needs = {name: language.proving_memory for name, language in by_name.items()}

    def make(name: str) -> Built | ProtogenError:
        try:
            return _build_one(by_name[name], packages[name], context, prove=prove, complete=complete)
        except ProtogenError as error:
            return error

    for wave in machine.waves(needs, machine.free_memory()):
        with threads(len(wave), context.processes) as pool:
            for name, made in zip(wave, pool.map(make, wave), strict=True):
                if isinstance(made, Built):
                    built[name] = made
                else:
                    failed.append(made)
    if failed:
        raise together(failed)
    return built


def together(failed: Sequence[ProtogenError]) -> ProtogenError:
    """One error of the first's kind that tells of all."""
    first, *others = failed
    if not others:
        return first
    message = "\n".join(each.message for each in failed)
    where = ", ".join(each.where for each in failed if each.where)
    return type(first)(message, where=where, remedy=first.remedy)


def _build_one(
    language: Language[Any, Any], package: Package[Any], context: Context, *, prove: bool, complete: bool
) -> Built:
    release = package.request.release.name
    with scratch(kept_for=(VerificationFailed,)) as folder:
        build_dir = BuildDir(Toolbox.of(context), folder)
        with context.progress.task(release, Kind.BUILD, language.name):
            artifacts = language.build(package, build_dir, complete=complete)
        if prove:
            with context.progress.task(release, Kind.VERIFY, language.name):
                language.prove(package, artifacts, build_dir)
        return Built({path: file.read_bytes() for path, file in artifacts.files.items()}, artifacts.remarks)
