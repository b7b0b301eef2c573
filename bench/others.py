"""What protogen is compared with: protoc alone, a script that a person writes, and buf."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorSet

from bench.measure import Sample
from bench.rig import MODULE, RELEASE, Rig

_ROOTS = (".", "third_party/xla", "third_party/xla/third_party/tsl")


@dataclass(frozen=True)
class Others:
    """The same protos by other means, with the tools of a warm cache. name: of the descriptor set's file."""

    rig: Rig
    set_file: Path
    files: tuple[str, ...]
    served: tuple[str, ...]

    @classmethod
    def of(cls, rig: Rig) -> Others:
        """From the one set that the rig's cache holds."""
        (set_file,) = (rig.cache / "v2" / "sets").glob("*/set.binpb")
        every = FileDescriptorSet.FromString(set_file.read_bytes()).file
        own = [file for file in every if not file.name.startswith("google/protobuf/")]
        return cls(
            rig,
            set_file,
            tuple(file.name for file in own),
            tuple(file.name for file in own if file.service),
        )

    def floor(self, language: str) -> Sample:
        """Raw protoc with the language's plugins, on the compiled set: nothing can be faster."""
        out = self._empty(f"floor-{language}")
        commands = self._commands(language, out, [f"--descriptor_set_in={self.set_file}"])
        return self._all(commands)

    def script(self, language: str) -> Sample:
        """Clone both repositories shallow, and run protoc on their texts."""
        folder = self._empty(f"script-{language}")
        clones, roots = [], []
        for name in ("serving", "tensorflow"):
            url = f"file://{self.rig.scratch / f'{name}.git'}"
            clones.append(
                ["git", "clone", "-q", "--depth", "1", "--branch", RELEASE, url, str(folder / name)]
            )
            roots += [f"-I{folder / name / root}" for root in _ROOTS]
        out = folder / "out"
        out.mkdir()
        cloned = self._all(clones)
        roots = [root for root in roots if Path(root[2:]).is_dir()]
        made = self._all(self._commands(language, out, roots))
        return Sample(cloned.wall + made.wall, cloned.cpu + made.cpu, max(cloned.memory, made.memory))

    def buf(self, language: str) -> Sample:
        """`buf generate` of the compiled set, with local plugins and managed mode."""
        out = self._empty(f"buf-{language}")
        config = out.with_suffix(".json")
        config.write_text(json.dumps(self._buf_config(language, out)))
        binary = shutil.which("buf", path=f"{Path(sys.executable).parent}:{Path('/usr/local/bin')}") or "buf"
        return self._all([[binary, "generate", str(self.set_file), "--template", str(config)]])

    def _empty(self, name: str) -> Path:
        folder = self.rig.fresh(name)
        folder.mkdir()
        return folder

    def _all(self, commands: list[list[str]]) -> Sample:
        found = [self.rig.run(argv) for argv in commands]
        return Sample(
            sum(each.wall for each in found),
            sum(each.cpu for each in found),
            max(each.memory for each in found),
        )

    def _tool(self, pattern: str) -> Path:
        (found,) = (self.rig.cache / "v2" / "tools").glob(pattern)
        return found

    def _commands(self, language: str, out: Path, inputs: list[str]) -> list[list[str]]:
        grpc_tools = [sys.executable, "-m", "grpc_tools.protoc"]
        if language == "python":
            flags = [f"--python_out={out}", f"--pyi_out={out}", f"--grpc_python_out={out}"]
            return [[*grpc_tools, *inputs, *flags, *self.files]]
        if language == "java":
            plugin = self._tool("*/protoc-gen-grpc-java")
            protoc = [str(self._tool("protoc@*/protoc")), f"--plugin=protoc-gen-grpc-java={plugin}"]
            include = [] if inputs[0].startswith("--desc") else [f"-I{_well_known()}"]
            flags = [f"--java_out={out}", f"--grpc-java_out={out}"]
            return [[*protoc, *inputs, *include, *flags, *self.files]]
        mapping = [
            f"M{name}={MODULE}/{_folder(name)};{_folder(name).rpartition('/')[2]}" for name in self.files
        ]
        argv = [*grpc_tools, *inputs]
        for generator in ("go", "go-grpc"):
            plugin = self._tool(f"protoc-gen-{generator}@*/protoc-gen-{generator}")
            argv += [f"--plugin=protoc-gen-{generator}={plugin}", f"--{generator}_out={out}"]
            argv += [f"--{generator}_opt={','.join(['paths=source_relative', *mapping])}"]
        return [[*argv, *self.files]]

    def _buf_config(self, language: str, out: Path) -> dict[str, object]:
        plugins: list[dict[str, object]]
        if language == "go":
            plugins = [
                {
                    "local": str(self._tool(f"protoc-gen-{name}@*/protoc-gen-{name}")),
                    "out": str(out),
                    "opt": "paths=source_relative",
                }
                for name in ("go", "go-grpc")
            ]
        elif language == "java":
            plugin = self._tool("*/protoc-gen-grpc-java")
            protoc = str(self._tool("protoc@*/protoc"))
            plugins = [
                {"protoc_builtin": "java", "protoc_path": protoc, "out": str(out)},
                {"local": str(plugin), "out": str(out)},
            ]
        else:
            protoc = [sys.executable, "-m", "grpc_tools.protoc"]  # type: ignore[assignment]
            plugins = [
                {"protoc_builtin": name, "protoc_path": protoc, "out": str(out)} for name in ("python", "pyi")
            ]
        override = [{"file_option": "go_package_prefix", "value": MODULE}]
        managed = {
            "enabled": True,
            "override": override if language == "go" else [],
            # Its outer class names collide with messages of these protos.
            "disable": [{"file_option": "java_outer_classname"}],
        }
        return {"version": "v2", "managed": managed, "plugins": plugins}


def _well_known() -> Path:
    import grpc_tools

    return Path(str(grpc_tools.__file__)).with_name("_proto")


def _folder(name: str) -> str:
    return name.rpartition("/")[0].replace("/internal", "/internalpb")
