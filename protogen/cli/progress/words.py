"""What a task is called while it runs and when it is done."""

from __future__ import annotations

from protogen.progress import Kind, Task

_WORDS = {
    Kind.RELEASE: ("making", "made"),
    Kind.READ: ("reading", "read"),
    Kind.REFS: ("asking for refs of", "asked for refs of"),
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


def running(kind: Kind) -> str:
    """What goes on."""
    return _WORDS[kind][0]


def done(kind: Kind) -> str:
    """What has been done."""
    return _WORDS[kind][1]


def begins(task: Task) -> str:
    """The task as it begins, after its release: `r2.11: compiling 101 protos`."""
    return _after(task, running(task.kind))


def ends(task: Task, *, failed: bool) -> str:
    """The task as it ended."""
    return _after(task, f"failed {running(task.kind)}" if failed else done(task.kind))


def clean(text: str) -> str:
    """The text without what could steer a terminal; others may have chosen it."""
    return "".join(each if each.isprintable() else "?" for each in text)


def _after(task: Task, words: str) -> str:
    said = f"{words} {task.name}".rstrip()
    return clean(f"{task.release}: {said}" if task.release else said)
