#!/usr/bin/env python3
"""Refreshes `files` in the languages' externals.json: what packages have of protos, at the versions there.

Packages, versions, folders and patterns there are changed by hand. Names of languages may be given: go, java.
Each package is got by its ecosystem's own client, and a program that has them all tells their descriptors.
Needs network, Go, a JDK and Maven.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from protogen.languages import load_language
from protogen.languages.published import PublishedFile, Table, declared, read_table
from protogen.protos.outline import outline_of

_GO_PROGRAM = """package main

import (
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
%s)

func main() {
	set := &descriptorpb.FileDescriptorSet{}
	protoregistry.GlobalFiles.RangeFiles(func(file protoreflect.FileDescriptor) bool {
		set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
		return true
	})
	content, err := proto.Marshal(set)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile("set.binpb", content, 0o644); err != nil {
		panic(err)
	}
}
"""
_JAVA_PROGRAM = """import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import com.google.protobuf.Descriptors.FileDescriptor;
import java.nio.file.*;
import java.util.*;
import java.util.zip.*;

public class Dump {
  public static void main(String[] args) throws Exception {
    FileDescriptorSet.Builder set = FileDescriptorSet.newBuilder();
    try (ZipFile jar = new ZipFile(args[0])) {
      for (ZipEntry entry : Collections.list(jar.entries())) {
        String name = entry.getName();
        if (!name.endsWith(".class") || name.contains("$") || name.startsWith("META-INF/")) continue;
        try {
          Class<?> each = Class.forName(name.substring(0, name.length() - 6).replace('/', '.'));
          Object found = each.getMethod("getDescriptor").invoke(null);
          if (found instanceof FileDescriptor) set.addFile(((FileDescriptor) found).toProto());
        } catch (NoSuchMethodException | NoClassDefFoundError | NullPointerException other) {
          continue;
        }
      }
    }
    Files.write(Paths.get(args[1]), set.build().toByteArray());
  }
}
"""
# How a file that protoc-gen-go wrote names its proto.
_SOURCE = r"(?m)^// (?:source: (?=\S+$)|(?=\S+ is a deprecated file\.$))(\S+)"
_OPTIONS = ("java_package", "java_outer_classname", "java_multiple_files")


def main(names: list[str]) -> None:
    """Refresh the tables of these languages."""
    for name in names or ["go", "java"]:
        folder = load_language(name).folder
        table = read_table(folder)
        with tempfile.TemporaryDirectory() as scratch:
            found = {"go": of_go, "java": of_java}[name](table, Path(scratch))
        packages = {
            package: msgspec.structs.replace(each, files=dict(sorted(found[package].items())))
            for package, each in table.packages.items()
        }
        plain = json.loads(msgspec.json.encode(Table(packages, table.carriers)))
        (folder / "externals.json").write_text(rendered(plain), encoding="utf-8")


def rendered(plain: Any) -> str:
    """JSON with a line for each declaration."""
    text = json.dumps(plain, indent=1)
    # What a message has stands in its line.
    return re.sub(r'\{\n(?:\s+"[^"\n]*": "[^"\n]*",?\n)+\s+\}', lambda match: joined(match[0]), text) + "\n"


def joined(text: str) -> str:
    """A JSON object of several lines as one."""
    return re.sub(r"\s*\n\s*", " ", text).replace("{ ", "{").replace(" }", "}")


def files_of(content: bytes, options: dict[str, dict[str, str]]) -> dict[str, PublishedFile]:
    """What a set's files declare. options: by file, of those that are wanted."""
    return {
        file.name: PublishedFile(file.package, options[file.name], declared(file))
        for file in outline_of(content).files
        if file.name in options
    }


def of_go(table: Table, scratch: Path) -> dict[str, dict[str, PublishedFile]]:
    """What Go modules have."""
    requires = load_language("go").defaults.require
    wanted = {module: each.version or requires[module] for module, each in table.packages.items()}
    lines = "".join(f"\t{path} {version}\n" for path, version in {**requires, **wanted}.items())
    (scratch / "go.mod").write_text(f"module refresh\n\ngo 1.19\n\nrequire (\n{lines})\n", encoding="utf-8")
    homes: dict[str, dict[str, str]] = {}
    for module, each in table.packages.items():
        argv = ["go", "mod", "download", "-json", f"{module}@{wanted[module]}"]
        downloaded = json.loads(run(argv, scratch))
        homes[module] = sources(Path(downloaded["Dir"]), module, each.folders)
    paths = sorted({path for found in homes.values() for path in found.values()})
    imports = "".join(f'\t_ "{path}"\n' for path in paths)
    (scratch / "main.go").write_text(_GO_PROGRAM % imports, encoding="utf-8")
    run(["go", "mod", "tidy"], scratch)
    run(["go", "run", "."], scratch)
    content = (scratch / "set.binpb").read_bytes()
    return {
        module: files_of(content, {proto: {"go_package": path} for proto, path in found.items()})
        for module, found in homes.items()
    }


def sources(root: Path, module: str, folders: tuple[str, ...]) -> dict[str, str]:
    """The import path of each proto whose code is in the folders of a module."""
    found = {}
    for path in sorted(root.rglob("*.pb.go")):
        folder = path.parent.relative_to(root).as_posix()
        text = path.read_text(encoding="utf-8")
        source = re.search(_SOURCE, text)
        other = {"internal", "testdata", "tests", "examples"} & {*folder.split("/")}
        within = not folders or any(f"{folder}/".startswith(f"{each}/") for each in folders)
        if source and within and not other and "protoimpl.TypeBuilder" in text:
            found[source[1]] = module if folder == "." else f"{module}/{folder}"
    return found


def of_java(table: Table, scratch: Path) -> dict[str, dict[str, PublishedFile]]:
    """What jars have."""
    (scratch / "Dump.java").write_text(_JAVA_PROGRAM, encoding="utf-8")
    found = {}
    for package, each in table.packages.items():
        version = each.version or load_language("java").defaults.grpc
        group, artifact = package.split(":")
        dependency = (
            f"<groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{version}</version>"
        )
        (scratch / "pom.xml").write_text(
            '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
            "<groupId>refresh</groupId><artifactId>refresh</artifactId><version>1</version>"
            f"<dependencies><dependency>{dependency}</dependency>{runtime()}</dependencies></project>",
            encoding="utf-8",
        )
        run(["mvn", "-q", "-B", "dependency:build-classpath", "-Dmdep.outputFile=classpath"], scratch)
        path = (scratch / "classpath").read_text(encoding="utf-8").strip()
        jar = next(entry for entry in path.split(os.pathsep) if entry.endswith(f"/{artifact}-{version}.jar"))
        run(["java", "-cp", path, "Dump.java", jar, "set.binpb"], scratch)
        content = (scratch / "set.binpb").read_bytes()
        found[package] = files_of(content, java_options(FileDescriptorSet.FromString(content)))
    return found


def runtime() -> str:
    """The dependency of protobuf-java, which not every jar asks for."""
    return (
        "<dependency><groupId>com.google.protobuf</groupId><artifactId>protobuf-java</artifactId>"
        f"<version>{load_language('java').defaults.protobuf}</version></dependency>"
    )


def java_options(content: FileDescriptorSet) -> dict[str, dict[str, str]]:
    """The options that place each file's classes."""
    return {
        file.name: {
            option: {True: "true", False: "false"}.get(value, value)
            for option in _OPTIONS
            if (value := getattr(file.options, option))
        }
        for file in content.file
        if not file.name.startswith("google/protobuf/")
    }


def run(argv: list[str], folder: Path) -> str:
    """What a command that succeeds prints."""
    done = subprocess.run(argv, cwd=folder, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(argv)}: {done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main(sys.argv[1:])
