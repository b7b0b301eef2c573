"""Artifacts of a made-up release, as --artifacts has them: small, and shaped as the languages'."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile

LANGUAGES = ("go", "java", "python", "typescript", "rust", "cpp")


def artifacts(
    version: str = "1.2.0", languages: tuple[str, ...] = LANGUAGES, text: str = ""
) -> dict[str, bytes]:
    """All files of a release's artifacts; text makes their bytes other ones."""
    makers = {"go": _go, "java": _java, "python": _python, "typescript": _npm, "rust": _crate, "cpp": _cpp}
    files: dict[str, bytes] = {}
    for language in languages:
        files |= {f"{language}/{path}": content for path, content in makers[language](version, text).items()}
    return files | {
        f"api-{version}.protoset": b"set" + text.encode(),
        f"api-{version}.provenance.json": _provenance(version, sorted(languages), text),
        "SHA256SUMS": b"of the artifacts\n",
    }


def _provenance(version: str, languages: list[str], text: str) -> bytes:
    release = f"r{version.rpartition('.')[0]}"
    tool = {"version": "v1.35.2", "found": "go"}
    read = [
        {"name": "recipe api", "uri": "urn:protogen:recipe:api", "digest": {"sha256": "7" * 64}},
        {
            "name": "api",
            "uri": f"git+https://example.com/api@{release}",
            "digest": {"gitCommit": "a1" * 20},
        },
        {"name": "protoc-gen-go", "uri": "urn:protogen:tool:protoc-gen-go", "annotations": tool},
    ]
    parameters = {"recipe": "api", "version": release, "packageVersion": version, "source": "git"}
    predicate = {
        "buildDefinition": {
            "externalParameters": {**parameters, "languages": languages, "groups": ["config"], "text": text},
            "resolvedDependencies": read,
        },
        "runDetails": {"builder": {"id": "urn:protogen:builder", "version": {"protogen": "0.1.0"}}},
    }
    return json.dumps({"predicateType": "https://slsa.dev/provenance/v1", "predicate": predicate}).encode()


def _go(version: str, text: str) -> dict[str, bytes]:
    stem = f"example.com/!team/api/@v/v{version}"
    module = b"module example.com/Team/api\n\ngo 1.19\n"
    root = f"example.com/Team/api@v{version}"
    package = f'package api\n\n// Version of the package.{text}\nconst Version = "{version}"\n'
    return {
        f"{stem.rpartition('/')[0]}/list": f"v{version}\n".encode(),
        f"{stem}.info": json.dumps({"Version": f"v{version}"}).encode(),
        f"{stem}.mod": module,
        f"{stem}.zip": _zip({f"{root}/go.mod": module, f"{root}/api.go": package.encode()}),
    }


def _java(version: str, text: str) -> dict[str, bytes]:
    stem = f"com/example/api/{version}/api-{version}"
    pom = (
        '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
        f"<groupId>com.example</groupId><artifactId>api</artifactId><version>{version}</version></project>"
    )
    jar = _zip({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n\n", "api.txt": text.encode()})
    return {f"{stem}.pom": pom.encode(), f"{stem}.pom.md5": b"0", f"{stem}.jar": jar}


def _python(version: str, text: str) -> dict[str, bytes]:
    metadata = (
        f"Metadata-Version: 2.1\nName: Team.Api\nVersion: {version}\nRequires-Python: >=3.7\n\n".encode()
    )
    info = f"team_api-{version}.dist-info"
    module = f'VERSION = "{version}"\n# {text}\n'.encode()
    wheel = {
        "team_api/__init__.py": module,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    wheel[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*wheel, f"{info}/RECORD")).encode()
    sdist = {"PKG-INFO": metadata, "team_api/__init__.py": module}
    return {
        f"team_api-{version}-py3-none-any.whl": _zip(wheel),
        f"team_api-{version}.tar.gz": packed(f"team_api-{version}", sdist),
    }


def _npm(version: str, text: str) -> dict[str, bytes]:
    manifest = {
        "name": "@team/api",
        "version": version,
        "description": f"Client {version}",
        "license": "MIT",
        "main": "index.js",
        "bin": {"team-api": "index.js"},
        "engines": {"node": ">=18"},
        "peerDependencies": {"@team/transport": "^1.0.0"},
        "peerDependenciesMeta": {"@team/transport": {"optional": True}},
        "scripts": {"test": "node index.js"},
    }
    files = {
        "package.json": json.dumps(manifest).encode(),
        "index.js": f"#!/usr/bin/env node\n// {text}\n".encode(),
    }
    return {f"team-api-{version}.tgz": packed("package", files)}


def _crate(version: str, text: str) -> dict[str, bytes]:
    manifest = (
        f'[package]\nname = "team-api"\nversion = "{version}"\nedition = "2021"\nrust-version = "1.75"\n'
        '[dependencies]\nprost = "0.14.1"\n'
        'tonic = { version = "0.14.2", default-features = false, features = ["codegen"], optional = true }\n'
        '[features]\ndefault = []\nserver = ["dep:tonic", "tonic?/server"]\n'
    )
    files = {"Cargo.toml": manifest.encode(), "src/lib.rs": f"// {text}\n".encode()}
    return {f"team-api-{version}.crate": packed(f"team-api-{version}", files)}


def _cpp(version: str, text: str) -> dict[str, bytes]:
    return {f"team-api-{version}.tar.gz": packed(f"team-api-{version}", {"CMakeLists.txt": text.encode()})}


def _zip(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as opened:
        for path, content in files.items():
            opened.writestr(zipfile.ZipInfo(path), content)
    return made.getvalue()


def packed(root: str, files: dict[str, bytes]) -> bytes:
    """An archive of files in one folder."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as opened:
        for path, content in files.items():
            member = tarfile.TarInfo(f"{root}/{path}")
            member.size = len(content)
            opened.addfile(member, io.BytesIO(content))
    return gzip.compress(made.getvalue(), mtime=0)
