"""Python environments of strangers: the official server's, pythie's, foreign clients'."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock

from protogen.releases.names import Version
from tests.support.command import must, run
from tests.support.wheel_modules import imported, install

OFFICIAL = Version((2, 11, 1))
PIP = (sys.executable, "-m", "pip")


def environment(
    folder: Path, *installs: tuple[str, ...], after: Callable[[Path], object] | None = None
) -> Path:
    """The Python of a virtual environment, made once by whichever worker comes first.

    installs: what each `pip install` takes. after: called with its site-packages.
    """
    python = folder / "bin" / "python"
    with FileLock(folder.with_suffix(".lock")):
        if not (folder / "ready").exists():
            must(run([sys.executable, "-m", "venv", "--clear", str(folder)], cwd=folder.parent))
            for arguments in installs:
                must(run([str(python), "-m", "pip", "install", "-q", *arguments], cwd=folder.parent))
            if after:
                (site,) = folder.glob("lib/python*/site-packages")
                after(site)
            (folder / "ready").touch()
    return python


def official(shared: Path) -> Path:
    """The official serving package beside TensorFlow's modules, which its own wheel would bring in 500 MB."""

    def add_modules(site: Path) -> None:
        modules = (site / "tensorflow_serving").rglob("*_pb2*.py")
        wanted = {path for module in modules for path in imported(module.read_bytes())}
        install(
            "tensorflow-cpu",
            OFFICIAL,
            {path for path in wanted if path.startswith("tensorflow/")},
            site,
            shared / "wheel-parts",
        )

    return environment(
        shared / "official",
        ("grpcio==1.62.3", "protobuf==3.20.3", "numpy<2"),
        ("--no-deps", f"tensorflow-serving-api=={OFFICIAL}"),
        after=add_modules,
    )


def pythie(shared: Path) -> Path:
    """pythie-serving, as anybody installs it."""
    return environment(shared / "pythie", ("pythie-serving==3.4.3",))


def foreign(shared: Path) -> Path:
    """A client that others publish, with the protobuf that its own generated code needs."""
    return environment(shared / "foreign", ("min-tfs-client==1.0.2", "protobuf==3.20.3", "numpy<2"))


def oracle(shared: Path) -> Path:
    """The official environment, and what else judges tensors and records: nothing of it is ours."""
    (judges,) = official(shared).parents[1].glob("lib/python*/site-packages")

    def add_official(site: Path) -> None:
        (site / "official.pth").write_text(f"{judges}\n")

    return environment(
        shared / "oracle",
        ("--no-deps", "ml_dtypes", "absl-py", "tensorboard==2.11.2"),
        after=add_official,
    )
