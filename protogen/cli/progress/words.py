"""What a task is called while it runs and when it is done."""

from __future__ import annotations

from protogen.system.progress import Kind, Task

_WORDS = {
    Kind.RELEASE: ("making", "made"),
    Kind.READ: ("reading", "read"),
    Kind.REFS: ("listing refs of", "listed refs of"),
    Kind.FETCH: ("fetching", "fetched"),
    Kind.PACKAGE: ("fetching", "fetched"),
    Kind.COMPILE: ("compiling", "compiled"),
    Kind.TOOLS: ("providing tools for", "provided tools for"),
    Kind.GENERATE: ("generating", "generated"),
    Kind.ASSEMBLE: ("assembling", "assembled"),
    Kind.BUILD: ("building", "built"),
    Kind.VERIFY: ("verifying", "verified"),
    Kind.PUBLISH: ("publishing", "published"),
    Kind.COMPARE: ("comparing", "compared"),
    Kind.RESOLVE: ("resolving", "resolved"),
    Kind.DRAW: ("drawing", "drew"),
}
# Where the name stands beside the words, in a column of its own.
_IN_A_ROW = {
    Kind.REFS: ("listing refs", "listed refs"),
    Kind.TOOLS: ("getting tools", "tools ready"),
}


def in_a_row(kind: Kind, look: str) -> str:
    """What a row of the board says. look: `running`, `done` or `failed`."""
    running, done = _IN_A_ROW.get(kind, _WORDS[kind])
    return {"running": running, "done": done, "failed": f"failed {running}"}[look]


def begins(task: Task) -> str:
    """The task as it begins, after its release: `r2.11: compiling 101 protos`."""
    return _after(task, _WORDS[task.kind][0])


def ends(task: Task, *, failed: bool) -> str:
    """The task as it ended."""
    running, done = _WORDS[task.kind]
    return _after(task, f"failed {running}" if failed else done)


def clean(text: str) -> str:
    """The text without what could steer a terminal; others may have chosen it."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _after(task: Task, words: str) -> str:
    said = f"{words} {task.name}".rstrip()
    return clean(f"{task.release}: {said}" if task.release else said)
