"""Proving the archive of protos as a stranger uses it: unpacked elsewhere, by protoc and by buf."""

from __future__ import annotations

import tarfile
from pathlib import Path

from protogen.errors import VerificationFailed
from protogen.languages.build_dir import BuildDir
from protogen.languages.toolchain import buf
from protogen.protos.printer.reading import same
from protogen.protos.protoc import Protoc, complaint
from protogen.system.scratch import disk_full


def prove(archive: Path, build_dir: BuildDir) -> None:
    """Compile the protos of the archive with nothing else to import; the set must equal the one with them.

    buf builds them too, where it is at hand. Raises VerificationFailed, ToolMissing.
    """
    stranger = build_dir.write("stranger", {})
    with tarfile.open(archive) as packed:
        packed.extractall(stranger, filter="data")
    root = next(stranger.iterdir())
    compiled = _compile(root, build_dir)
    (protoset,) = root.glob("*.protoset")
    if not same(compiled, protoset.read_bytes(), but_unknown=True):
        raise VerificationFailed(
            "proto: the archive's protos don't compile to the set that is with them",
            where=str(root),
            remedy="report this as a bug of protogen, with the recipe and the release",
        )
    if tool := buf.find(build_dir.toolbox):
        environ = dict.fromkeys(buf.HOMES, str(build_dir.folder / "buf"))
        build_dir.run("proto: buf build", [str(tool.path), "build"], root, environ)


def _compile(root: Path, build_dir: BuildDir) -> bytes:
    out = build_dir.folder / "again.binpb"
    files = sorted(path.relative_to(root / "proto").as_posix() for path in root.glob("proto/**/*.proto"))
    arguments = ["-Iproto", f"--descriptor_set_out={out}", "--include_imports", *files]
    done = Protoc(build_dir.toolbox.processes).run(arguments, cwd=root)
    if done.returncode != 0:
        message = complaint(done)
        raise disk_full(message) or VerificationFailed(
            f"proto: the archive's protos don't compile on their own: {message}",
            where=str(root),
            remedy="report this as a bug of protogen, with the recipe and the release",
        )
    return out.read_bytes()
