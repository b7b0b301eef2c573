"""Publishing onto real mounts: bind mounts, full disks, read-only parents; in a namespace of their own."""

from __future__ import annotations

import ctypes
import errno
import os
import pickle
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from protogen.errors import OutputUnwritable
from protogen.publish import exclusive as lock
from protogen.publish import target
from protogen.publish.run import publish
from protogen.publish.steps import pending
from protogen.publish.target import Target
from protogen.publish.tree import MANIFEST

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
TREE = {"a.txt": b"a", "deep/b.txt": b"b"}
NEW = {"a.txt": b"new", "other/c.txt": b"c"}


def mount(source: str | Path, place: Path, kind: str = "", flags: int = 0, options: str = "") -> None:
    library = ctypes.CDLL(None, use_errno=True)
    texts = [os.fsencode(text) for text in (source, place, kind)]
    if library.mount(*texts, ctypes.c_ulong(flags), options.encode()):
        raise OSError(ctypes.get_errno(), "mount", str(place))


def _unshare_mounts() -> None:
    """Give this process mounts of its own; raises OSError."""
    library, user, group = ctypes.CDLL(None), os.getuid(), os.getgid()
    if library.unshare(CLONE_NEWNS) == 0:
        return
    # Whoever isn't root may be root among users of their own.
    if library.unshare(CLONE_NEWUSER | CLONE_NEWNS):
        raise PermissionError
    own = Path("/proc/self")
    (own / "setgroups").write_text("deny")
    (own / "uid_map").write_text(f"0 {user} 1")
    (own / "gid_map").write_text(f"0 {group} 1")


def with_mounts(act: Callable[[], object]) -> object:
    """What act returns or raises, in a child with its own mounts; skips where those aren't permitted."""
    if sys.platform != "linux":
        pytest.skip("MOUNTS NOT TESTED: only Linux has mount namespaces")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the test runner's threads aren't needed there
        reading, writing = os.pipe()
        child = os.fork()
    if not child:
        result: tuple[str, object]
        try:
            _unshare_mounts()
            mount("none", Path("/"), flags=MS_REC | MS_PRIVATE)
        except OSError:
            result = ("skip", None)
        else:
            try:
                result = ("value", act())
            except BaseException as error:
                result = ("error", repr(error))
        with os.fdopen(writing, "wb") as file:
            file.write(pickle.dumps(result))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as file:
        what, value = pickle.loads(file.read())
    os.waitpid(child, 0)
    if what == "skip":
        pytest.skip("MOUNTS NOT TESTED: this machine doesn't permit mount namespaces")
    assert what == "value", value
    return value


def put(out: Path, tree: dict[str, bytes]) -> str:
    return publish([Target("go", out, tree, {})])[0].status


def files(root: Path) -> dict[str, bytes]:
    found = (path for path in root.rglob("*") if path.is_file() and path.name != MANIFEST)
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in found}


@pytest.mark.parametrize("how", ["bind", "tmpfs"])
def test_a_mount_point_is_written_file_by_file(tmp_path: Path, how: str) -> None:
    out, real = tmp_path / "gen/go", tmp_path / "real"
    out.mkdir(parents=True)
    real.mkdir()

    def act() -> object:
        mount(real, out, flags=MS_BIND) if how == "bind" else mount("tmpfs", out, "tmpfs")
        statuses = [put(out, TREE), put(out, NEW), put(out, NEW)]
        return statuses, files(tmp_path / "gen"), sorted(path.name for path in out.iterdir()), pending([out])

    assert with_mounts(act) == (
        ["written", "written", "unchanged"],
        {f"go/{path}": text for path, text in NEW.items()},
        [MANIFEST, "a.txt", "other"],
        (),
    )


def test_a_kill_on_a_mount_point_is_recovered_from_beside_other_targets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounted, plain = tmp_path / "gen/go", tmp_path / "gen/java"
    mounted.mkdir(parents=True)

    def publish_both(tree: dict[str, bytes]) -> None:
        publish([Target(out.name, out, tree, {}) for out in (mounted, plain)])

    def killed_before(kill_before: int) -> bool:
        child = os.fork()
        if not child:
            calls = iter(range(1, kill_before))

            def watch(event: str, _: tuple[object, ...]) -> None:
                if event in {"os.rename", "os.remove", "os.rmdir"} and next(calls, None) is None:
                    os.kill(os.getpid(), signal.SIGKILL)

            sys.addaudithook(watch)
            publish_both(NEW)
            os._exit(0)
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])

    def act() -> object:
        mount("tmpfs", mounted, "tmpfs")
        monkeypatch.setattr(os, "fsync", lambda _: None)
        for kill_before in range(1, 100):
            publish_both(TREE)
            if not killed_before(kill_before):
                return kill_before, files(mounted) == files(plain) == NEW
            publish([Target("java", plain, NEW, {})])
            assert files(plain) == NEW
            assert files(mounted) in (TREE, NEW), files(mounted)
            assert not pending([plain])
            publish_both(NEW)
            assert files(tmp_path / "gen") == {
                f"{out}/{path}": text for out in ("go", "java") for path, text in NEW.items()
            }
        return None

    result = with_mounts(act)
    assert isinstance(result, tuple)
    assert result[0] > 15
    assert result[1]


def test_a_full_disk_leaves_the_old_tree_and_nothing_staged(tmp_path: Path) -> None:
    def act() -> object:
        mount("tmpfs", tmp_path, "tmpfs", options="size=1m")
        put(tmp_path / "gen/go", TREE)
        try:
            put(tmp_path / "gen/go", {"a.txt": b"new", "big": bytes(2 << 20)})
        except OutputUnwritable as error:
            return error.message, error.remedy, files(tmp_path)
        return None

    result = with_mounts(act)
    assert isinstance(result, tuple)
    assert "the disk is full" in result[0]
    assert "free some space" in result[1]
    assert result[2] == {f"gen/go/{path}": text for path, text in TREE.items()}


def test_a_read_only_disk_is_told(tmp_path: Path) -> None:
    put(tmp_path / "gen/go", TREE)

    def act() -> object:
        mount(tmp_path, tmp_path, flags=MS_BIND)
        mount("none", tmp_path, flags=MS_BIND | MS_REMOUNT | MS_RDONLY)
        statuses = [put(tmp_path / "gen/go", TREE)]
        for out in (tmp_path / "gen/go", tmp_path / "gen/java", tmp_path / "x/java"):
            try:
                put(out, NEW)
            except OutputUnwritable as error:
                statuses.append(f"{Path(error.where).name}: {'read-only' in error.message}")
        return statuses

    assert with_mounts(act) == ["unchanged", "go: True", ".protogen-publish: True", "x: True"]


def test_a_target_in_a_parent_that_cant_be_written_is_written_from_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "gen/go"
    put(out, TREE)
    inode = out.stat().st_ino
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != out.parent and allowed(path, mode))
    assert target.base_of(out) == out
    assert put(out, NEW) == "written"
    assert files(out) == NEW
    assert out.stat().st_ino == inode
    assert sorted(path.name for path in out.iterdir()) == [MANIFEST, "a.txt", "other"]


def test_runs_that_see_the_same_target_below_different_parents_take_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "go"
    put(out, TREE)
    monkeypatch.setattr(target, "_is_mount_point", lambda _: True)
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.05)
    with lock.held([out]), pytest.raises(OutputUnwritable, match="another protogen is writing"):
        put(out, NEW)
    assert put(out, NEW) == "written"


def test_a_folder_on_another_device_holds_its_own_workplace() -> None:
    proc = Path("/proc")
    if not proc.is_mount():
        pytest.skip("no mount point at hand")
    assert target.base_of(proc) == proc


def test_a_bind_mount_is_told_by_the_kernels_refusal_to_rename_across(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "go"
    put(out, TREE)
    assert target.base_of(out) == tmp_path

    def rename(*_: object) -> None:
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(Path, "rename", rename)
    assert target.base_of(out) == out


def test_an_overlay_that_cant_rename_a_lower_folder_is_written_file_by_file(tmp_path: Path) -> None:
    for name in ("lower", "upper", "work", "merged"):
        (tmp_path / name).mkdir()
    put(tmp_path / "lower/gen/go", TREE)

    def act() -> object:
        options = (
            f"lowerdir={tmp_path}/lower,upperdir={tmp_path}/upper,workdir={tmp_path}/work,redirect_dir=off"
        )
        try:
            mount("overlay", tmp_path / "merged", "overlay", options=options)
        except OSError:
            return None
        out = tmp_path / "merged/gen/go"
        return put(out, NEW), files(tmp_path / "merged")

    result = with_mounts(act)
    if result is None:
        pytest.skip("OVERLAYS NOT TESTED: this machine has none")
    assert result == ("written", {f"gen/go/{path}": text for path, text in NEW.items()})
