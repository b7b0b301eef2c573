"""The descriptors that generated packages register with their runtimes, read from the packages alone."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from tests.e2e.python_programs import DESCRIPTORS
from tests.support.command import must, run

# google's own files are the compiler's or the runtime's.
FOREIGN = "google/protobuf/"

_GO = re.compile(r"_rawDesc = \[\]byte\{(.*?)\n\}", re.DOTALL)
_JAVA = re.compile(r"String\[\] descriptorData = \{(.*?)\n    \};", re.DOTALL)
_LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')


def of_go(package: Path) -> FileDescriptorSet:
    """What the files' init functions hand to the registry."""
    found = [
        bytes(int(each, 16) for each in re.findall(r"0x[0-9a-f]{2}", match[1]))
        for path in sorted(package.rglob("*.pb.go"))
        if (match := _GO.search(path.read_text()))
    ]
    return _own(found)


def of_java(package: Path) -> FileDescriptorSet:
    """What the outer classes' static initializers build their descriptors from."""
    found = []
    for path in sorted(package.rglob("*.java")):
        if match := _JAVA.search(path.read_text()):
            literals = "".join(_LITERAL.findall(match[1]))
            # Java's escapes of bytes are Python's too: protoc prints octal ones with three digits.
            found.append(ast.literal_eval(f'b"{literals}"'))
    return _own(found)


def of_python(package: Path) -> FileDescriptorSet:
    """What the package's own pool holds once all is imported."""
    target = package / "registered.binpb"
    (name,) = (path.parent.name for path in (package / "src").glob("*/py.typed"))
    program = f"import sys; sys.path.insert(0, {str(package / 'src')!r})\n{DESCRIPTORS}"
    must(run([sys.executable, "-I", "-c", program, name, str(target)], cwd=package))
    read = FileDescriptorSet.FromString(target.read_bytes())
    return _own(file.SerializeToString() for file in read.file)


READERS = {"go": of_go, "java": of_java, "python": of_python}


def _own(contents: object) -> FileDescriptorSet:
    files = [FileDescriptorProto.FromString(each) for each in contents]  # type: ignore[attr-defined]
    return FileDescriptorSet(file=[file for file in files if not file.name.startswith(FOREIGN)])
