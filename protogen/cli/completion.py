"""`protogen completion SHELL`: what makes a shell complete protogen's command lines."""

from __future__ import annotations

import os

import click
from click.shell_completion import BashComplete, add_completion_class, get_completion_class, split_arg_string

from protogen.cli import COMPLETING
from protogen.cli.options import examples

_BASH = """\
%(complete_func)s() {
    local kind value
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                COMPREPLY+=("$value")
                if [[ $value == *= ]]; then compopt -o nospace; fi
                ;;
        esac
    done < <(COMP_LINE=$COMP_LINE COMP_POINT=$COMP_POINT %(complete_var)s=bash_complete "$1" 2>/dev/null)
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """Reads the line itself: bash takes a word apart at each `=`, such as `--repo NAME=PATH`."""

    name = "bash"
    source_template = _BASH

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the one that is being typed, and that one as far as it is."""
        line = os.environ["COMP_LINE"][: int(os.environ["COMP_POINT"])]
        words = split_arg_string(line)
        typed = words.pop() if words and not line[-1].isspace() else ""
        while words and "=" in words[0]:  # variables before the command
            del words[0]
        return words[1:], typed


def enable() -> None:
    """Let click answer our bash script."""
    add_completion_class(Bash)


_EPILOG = examples(
    "protogen completion bash > ~/.local/share/bash-completion/completions/protogen",
    "protogen completion zsh > ~/.zfunc/_protogen",
    "protogen completion fish > ~/.config/fish/completions/protogen.fish",
)


@click.command(epilog=_EPILOG)
@click.argument("shell", type=click.Choice(("bash", "zsh", "fish")))
def completion(shell: str) -> int:
    """Print what makes a shell complete commands, options and their values; releases from the cache."""
    enable()
    kind = get_completion_class(shell)
    assert kind, "click knows these shells"
    root = click.get_current_context().find_root().command
    click.echo(kind(root, {}, "protogen", COMPLETING).source(), nl=False)
    return 0
