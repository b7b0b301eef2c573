"""Publishing is killed before every system call that changes something, and so is the recovery from that."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from protogen.publish.run import publish
from protogen.publish.steps import pending, recover
from protogen.publish.target import Target

CHANGING = frozenset(
    {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod", "ctypes.dlsym"}
)
OLD = {"same/kept.txt": b"kept", "same/edited.txt": b"one", "gone/stale.txt": b"stale", "flip": b"file"}
NEW = {"same/kept.txt": b"kept", "same/edited.txt": b"two", "new/added.txt": b"added", "flip/x": b"folder"}
FOREIGN = {"notes.txt": b"mine", "gone/mine.txt": b"mine too"}
DONE, FAILED = 0, 1
# Every call where the whole campaign is asked for, as CI does; else every fifth.
STRIDE = 1 if int(os.environ.get("PROTOGEN_KILLS", "4")) >= 100 else 5
LAYOUTS = {
    "two fresh": "gen/go=fresh gen/java=fresh",
    "two changed": "gen/go=old gen/java=old",
    "three mixed": "gen/go=old gen/java=foreign gen/python=fresh",
    "three mixed in three parents": "a/go=foreign b/java=old c/d/python=fresh",
}


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No waiting for the disk, as a kill loses nothing that a process wrote; and an awkward umask."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    mask = os.umask(0o077)
    yield
    os.umask(mask)


def in_child(act: Callable[[], object], *, kill_before: int = 0) -> int:
    """The exit code of a forked child that runs act, -SIGKILL where it came to its nth changing call."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the test runner's threads aren't needed there
        child = os.fork()
    if not child:
        code = FAILED
        try:
            sys.addaudithook(assassin(kill_before))
            act()
            code = DONE
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def assassin(kill_before: int) -> Callable[[str, tuple[object, ...]], None]:
    """An audit hook: the interpreter calls it right before each such system call."""
    seen = 0

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if event in CHANGING or (event == "open" and is_for_writing(arguments[2])):
            seen += 1
            if seen == kill_before:
                os.kill(os.getpid(), signal.SIGKILL)

    return watch


def is_for_writing(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def targets(outs: Sequence[Path], tree: dict[str, bytes]) -> list[Target]:
    return [Target(out.name, out, {**tree, "name": out.name.encode()}, {"tree": len(tree)}) for out in outs]


def content(folder: Path) -> dict[str, bytes]:
    return {
        os.path.relpath(os.path.join(where, name), folder): Path(where, name).read_bytes()
        for where, _, names in os.walk(folder)
        for name in names
        if name != ".protogen.json"
    }


class Scene:
    """A folder with targets, each fresh, published before, or published and joined by foreign files."""

    def __init__(self, root: Path, layout: str) -> None:
        self.root = root
        self.outs = [root / word.split("=")[0] for word in layout.split()]
        self.kinds = dict(zip(self.outs, [word.split("=")[1] for word in layout.split()], strict=True))
        self.layout = layout

    def build(self) -> Scene:
        for out, how in self.kinds.items():
            if how != "fresh":
                publish(targets([out], OLD))
            for path, text in self.foreign(out).items():
                (out / path).write_bytes(text)
                (out / path).chmod(0o644)
        return self

    def copied(self, root: Path) -> Scene:
        if self.root.exists():
            shutil.copytree(self.root, root)
        return Scene(root, self.layout)

    def foreign(self, out: Path) -> dict[str, bytes]:
        return FOREIGN if self.kinds[out] == "foreign" else {}

    def publish(self) -> None:
        publish(targets(self.outs, NEW))

    def all_old(self, outs: Sequence[Path] = ()) -> bool:
        return all(
            content(out) == {}
            if self.kinds[out] == "fresh"
            else content(out) == {**OLD, "name": out.name.encode(), **self.foreign(out)}
            for out in outs or self.outs
        )

    def all_new(self, outs: Sequence[Path] = ()) -> bool:
        return all(
            content(out) == {**NEW, "name": out.name.encode(), **self.foreign(out)}
            for out in outs or self.outs
        )

    def litter(self) -> list[str]:
        """Whatever lies beside the targets and isn't a folder that leads to one."""
        places = {parent for out in self.outs for parent in (out, *out.parents)}
        found = []
        for where, folders, names in os.walk(self.root):
            if Path(where) in self.outs:
                found += [name for name in folders if name.startswith(".protogen")]
                folders.clear()
            else:
                found += [name for name in (*folders, *names) if Path(where, name) not in places]
        return found

    def modes(self) -> set[int]:
        return {path.stat().st_mode & 0o777 for out in self.outs for path in (out, *out.rglob("*"))}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
def test_a_kill_at_any_moment_leaves_old_new_or_a_journal_that_any_target_settles(
    tmp_path: Path, layout: str
) -> None:
    template = Scene(tmp_path / "template", layout).build()
    seen = set()
    for kill_before in range(1, 1000, STRIDE):
        scene = template.copied(tmp_path / str(kill_before))
        code = in_child(scene.publish, kill_before=kill_before)
        if code == DONE:
            break
        assert code == -signal.SIGKILL
        left = pending(scene.outs)
        assert left or (not scene.litter() and (scene.all_old() or scene.all_new()))

        chosen = scene.outs[kill_before % len(scene.outs)]
        others = [out for out in scene.outs if out != chosen]
        publish(targets([chosen], NEW))
        seen.add((bool(left), scene.all_new(others)))
        assert scene.all_new([chosen])
        assert scene.all_old(others) or scene.all_new(others)
        assert len({out.parent for out in scene.outs}) > 1 or not scene.litter()

        scene.publish()
        assert scene.all_new()
        assert scene.modes() == {0o644, 0o755}
        assert not scene.litter()
        assert not pending(scene.outs)
    assert code == DONE
    assert scene.all_new()
    assert scene.modes() == {0o644, 0o755}
    assert not scene.litter()
    assert {(True, False), (True, True)} <= seen, "kills before and after the commit were both seen"


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.slow
def test_a_kill_of_the_recovery_at_any_moment_is_recovered_from(tmp_path: Path, layout: str) -> None:
    template = Scene(tmp_path / "template", layout).build()
    calls = next(
        n
        for n in range(1, 1000)
        if in_child(template.copied(tmp_path / f"count-{n}").publish, kill_before=n * 8) == DONE
    )
    recoveries = 0
    for part in (calls * 4, calls * 6):
        killed = template.copied(tmp_path / f"killed-{part}")
        assert in_child(killed.publish, kill_before=part) == -signal.SIGKILL
        for kill_before in range(1, 1000, STRIDE):
            scene = killed.copied(tmp_path / f"{part}-{kill_before}")
            code = in_child(lambda outs=scene.outs: recover(outs), kill_before=kill_before)  # type: ignore[misc]
            if code == DONE:
                break
            recoveries += 1
            assert pending(scene.outs) or scene.all_old() or scene.all_new()
            recover(scene.outs)
            assert scene.all_old() or scene.all_new()
            assert not pending(scene.outs)
            assert not scene.litter()
        assert code == DONE
        assert scene.all_old() or scene.all_new()
    assert recoveries > 20 // STRIDE


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())
@pytest.mark.slow
def test_kills_in_a_row_are_survived(tmp_path: Path, layout: str) -> None:
    scene = Scene(tmp_path / "scene", layout).build()
    for kill_before in range(10, 1000, 3):
        if in_child(scene.publish, kill_before=kill_before) == DONE:
            break
        assert pending(scene.outs) or scene.all_old() or scene.all_new()
    assert scene.all_new()
    assert not scene.litter()
