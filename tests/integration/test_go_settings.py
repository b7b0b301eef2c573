"""What the user set for go reaches it, by variables and `go env -w`; how own programs are built does not."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from protogen.languages.toolchain.go import GO, GoCommand
from protogen.languages.toolchain.toolbox import Tool, Toolbox
from protogen.system.cache import Cache
from protogen.system.process import Processes

# As the real one: a variable that is set and not empty goes before the file that GOENV names.
SCRIPT = """\
import json, os, pathlib, sys
file = os.environ.get("GOENV") or os.environ["HOME"] + "/.config/go/env"
written = {}
if file != "off" and os.path.exists(file):
    written = dict(line.split("=", 1) for line in open(file).read().splitlines())
own = {"GOPROXY": "https://default.invalid", "GOVERSION": "go1.22.0", "GOMODCACHE": "/mod"}
def value(key):
    return os.environ.get(key) or written.get(key) or own.get(key, "")
if sys.argv[1] == "env":
    print(json.dumps({key: value(key) for key in sys.argv[3:]}))
    sys.exit()
names = {key for key in (*os.environ, *written) if key.startswith(("GO", "CGO", "CC", "GCC"))}
with open(os.environ["LOG"], "w") as log:
    json.dump({key: value(key) for key in names}, log)
if sys.argv[1] == "mod":
    pathlib.Path("go.sum").write_text("")
else:
    pathlib.Path(os.environ["GOBIN"], "plugin").write_text("")
"""
REACHING = {
    "GOPROXY": "https://me:pw@proxy.invalid|direct",
    "GONOPROXY": "a.invalid",
    "GOPRIVATE": "b.invalid",
    "GOSUMDB": "off",
    "GONOSUMDB": "c.invalid",
    "GOINSECURE": "d.invalid",
    "GOAUTH": "netrc",
    "GOVCS": "*:git",
    "GOTOOLCHAIN": "local",
    "GOPATH": "/my/go",
    "GOCACHE": "/my/cache",
    "GOMODCACHE": "/my/mod",
    "GOTMPDIR": "/my/tmp",
}
BENDING = {
    "GOOS": "windows",
    "GOARCH": "arm64",
    "GOARM": "5",
    "GOAMD64": "v4",
    "GOFLAGS": "-mod=vendor",
    "GOEXPERIMENT": "boringcrypto",
    "GOFIPS140": "latest",
    "GOWORK": "/my/go.work",
    "GOCACHEPROG": "/my/program",
    "CC": "/my/cc",
    "GCCGO": "/my/gccgo",
    "CGO_CFLAGS": "-x",
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home/.config/go").mkdir(parents=True)
    go = tmp_path / "bin/go"
    go.parent.mkdir()
    go.write_text(f"#!{sys.executable} -IS\n{SCRIPT}")
    go.chmod(go.stat().st_mode | stat.S_IXUSR)
    return tmp_path / "home"


def seen(home: Path, environ: dict[str, str], how: str) -> dict[str, str]:
    """The variables of go that count where it builds."""
    log = home / "log"
    fixed = {"PATH": f"{home.parent / 'bin'}", "HOME": str(home), "LOG": str(log)}
    box = Toolbox(Cache(home.parent / "cache"), Processes(), {**environ, **fixed})
    if how == "install":
        box.install([Tool("plugin", "v1.0.0", GO, "example.com/plugin")])
    elif how == "tidy":
        box.install([Tool("go.sum", "", GO, inputs=(("go.mod", "module x\n"), ("x.go", "package x\n")))])
    else:
        GoCommand.of(box, home, "").run(["mod", "download"], cwd=home, extra={})
    variables: dict[str, str] = json.loads(log.read_text())
    return variables


def by(way: str, home: Path, settings: dict[str, str]) -> dict[str, str]:
    text = "".join(f"{key}={value}\n" for key, value in settings.items())
    if way == "variables":
        return settings
    file = home / ".config/go/env" if way == "file" else home / "elsewhere"
    file.write_text(text)
    return {"GOENV": str(file)} if way == "GOENV" else {}


@pytest.mark.parametrize("how", ["install", "tidy", "build"])
@pytest.mark.parametrize("way", ["variables", "file", "GOENV"])
def test_how_modules_are_got_is_the_users(home: Path, way: str, how: str) -> None:
    found = seen(home, by(way, home, REACHING), how)
    assert {key: found.get(key) for key in REACHING} == REACHING


@pytest.mark.parametrize("how", ["install", "tidy", "build"])
@pytest.mark.parametrize("way", ["variables", "file", "GOENV"])
def test_how_the_users_own_programs_are_built_is_not(home: Path, way: str, how: str) -> None:
    found = seen(home, by(way, home, BENDING), how)
    expected = {"GOWORK": "off"}
    assert {key: found[key] for key in BENDING if found.get(key)} == expected


def test_a_variable_goes_before_the_file(home: Path) -> None:
    by("file", home, {"GOPROXY": "https://file.invalid"})
    assert (
        seen(home, {"GOPROXY": "https://variable.invalid"}, "install")["GOPROXY"]
        == "https://variable.invalid"
    )


def test_a_user_without_settings_gets_gos_own(home: Path) -> None:
    assert seen(home, {}, "install")["GOPROXY"] == "https://default.invalid"
