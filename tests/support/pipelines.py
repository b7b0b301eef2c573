"""The files and commands on the pages for CI and publishing, and steps run as the services run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.command import Ran

ROOT = Path(__file__).parents[2]
_PAGES = [ROOT / "docs" / name for name in ("ci.md", "publishing.md", "registry.md")]
_BLOCK = re.compile(r"<!-- (\w+): (.+?) -->\n```\w+\n(.*?)```", re.DOTALL)
_EXPRESSION = re.compile(r"\$\{\{ *(.+?) *\}\}")
_COMPARISON = re.compile(r"([\w.-]+) (==|!=) '([^']*)'")
_HEREDOC = re.compile(r"(?P<name>[\w-]+)<<(?P<end>.+)\n(?P<value>(?:.*\n)*?)(?P=end)\n|([\w-]+)=(.*)\n")
# What the services set, and the variables of this machine that would bend what runs.
_DROPPED = re.compile(r"GIT_|PROTOGEN_|GITHUB_|PYTHONPATH|PIP_|GO(FLAGS|PROXY|PRIVATE|NOSUMDB|NOPROXY)$")


def files() -> dict[str, str]:
    """The files on the pages by path."""
    return {name: text for kind, name, text in _blocks() if kind == "file"}


def commands() -> dict[str, str]:
    """The commands on the pages that stand alone, by their marks."""
    return {name: text for kind, name, text in _blocks() if kind == "shell"}


def document(name: str) -> Any:
    """A file of the pages, parsed."""
    return yaml.safe_load(files()[name])


def github_script(job: str, step: str, workflow: str = "clients") -> str:
    """What a step of a workflow runs, by its name."""
    steps = document(f".github/workflows/{workflow}.yml")["jobs"][job]["steps"]
    (found,) = [str(each["run"]) for each in steps if each.get("name") == step]
    return found


def gitlab_script(job: str, pipeline: str = ".gitlab-ci.yml") -> str:
    """What a job of a pipeline runs, its own preparations left out."""
    return "\n".join(document(pipeline)[job]["script"])


def scripts() -> Iterator[tuple[str, str]]:
    """Every script of the action and of the pipelines, with a name."""
    for number, step in enumerate(action()["runs"]["steps"]):
        if "run" in step:
            yield f"action-{number}", step["run"]
    for path in (".gitlab-ci.yml", "vendored/.gitlab-ci.yml", "registry/.gitlab-ci.yml"):
        for job, content in document(path).items():
            for part in ("before_script", "script"):
                if isinstance(content, dict) and part in content:
                    yield f"{path.partition('/')[0]}-{job}-{part}".replace(" ", "-"), "\n".join(content[part])
    for name, text in commands().items():
        yield f"shell-{name}", text


def bash(script: str, *, cwd: Path, **environ: str) -> Ran:
    """Run a script as both services run it: it ends at the first command that fails."""
    kept = {key: value for key, value in os.environ.items() if not _DROPPED.match(key)}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=cwd,
        env=kept | environ,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def action() -> Any:
    """action.yml, parsed."""
    return yaml.safe_load((ROOT / "action.yml").read_text())


@dataclass(frozen=True)
class Runner:
    """What GitHub's runner is to a composite action: inputs, contexts, outputs, variables.

    Actions that the action uses are not run; uses gives their outputs by name.
    """

    workspace: Path
    temporary: Path
    uses: Mapping[str, Mapping[str, str]]

    def run(self, **inputs: str) -> tuple[Ran, dict[str, str]]:
        """The end of the action's last step that ran, and its outputs.

        inputs: with `_` for `-`.
        """
        given = {name.replace("_", "-"): value for name, value in inputs.items()}
        definition = action()
        assert given.keys() <= definition["inputs"].keys()
        context = {
            f"inputs.{name}": given.get(name, each["default"]) for name, each in definition["inputs"].items()
        } | {"runner.temp": str(self.temporary), "runner.os": "Linux", "runner.arch": "X64"}
        ended = Ran(0, "", "")
        for step in definition["runs"]["steps"]:
            if not _holds(step.get("if", ""), context):
                continue
            if "uses" in step:
                outputs: Mapping[str, str] = self.uses[step["uses"].partition("@")[0]]
            else:
                ended, outputs = self._step(step, context)
            context |= {f"steps.{step.get('id')}.outputs.{key}": value for key, value in outputs.items()}
            if ended.code:
                break
        return ended, {
            name: _filled(each["value"], context, absent="") for name, each in definition["outputs"].items()
        }

    def _step(self, step: Mapping[str, Any], context: Mapping[str, str]) -> tuple[Ran, dict[str, str]]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"], "an input that is pasted into a script can be any command"
        output = self.temporary / "output"
        output.write_text("")
        environ = {name: _filled(value, context) for name, value in step.get("env", {}).items()}
        ended = bash(
            step["run"],
            cwd=self.workspace / _filled(step.get("working-directory", "."), context),
            **environ,
            GITHUB_OUTPUT=str(output),
            GITHUB_ACTION_PATH=str(ROOT),
            GITHUB_WORKSPACE=str(self.workspace),
            RUNNER_TEMP=str(self.temporary),
        )
        return ended, read_outputs(output.read_text())


def read_outputs(text: str) -> dict[str, str]:
    """What a step wrote into $GITHUB_OUTPUT: NAME=VALUE, or NAME<<END, lines, END."""
    found, at = {}, 0
    while at < len(text):
        match = _HEREDOC.match(text, at)
        assert match, f"not an output: {text[at : at + 80]!r}"
        if match["name"]:
            found[match["name"]] = match["value"].removesuffix("\n")
        else:
            found[match[4]] = match[5]
        at = match.end()
    return found


def copy_of_project(target: Path) -> Path:
    """What installing protogen takes, without caches and what else lies about."""
    skipped = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in ("protogen", "recipes"):
        shutil.copytree(ROOT / name, target / name, ignore=skipped)
    for name in ("pyproject.toml", "README.md", "LICENSE", ".pre-commit-hooks.yaml"):
        shutil.copy(ROOT / name, target / name)
    return target


def _blocks() -> list[tuple[str, str, str]]:
    return [block for page in _PAGES for block in _BLOCK.findall(page.read_text())]


def _holds(condition: str, context: Mapping[str, str]) -> bool:
    if not condition:
        return True
    match = _COMPARISON.fullmatch(condition)
    assert match, f"not a condition that this runner knows: {condition}"
    return (context[match[1]] == match[3]) == (match[2] == "==")


def _filled(text: str, context: Mapping[str, str], *, absent: str | None = None) -> str:
    def value(match: re.Match[str]) -> str:
        return context[match[1]] if absent is None else context.get(match[1], absent)

    return _EXPRESSION.sub(value, text)
