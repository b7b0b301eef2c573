"""A tree for the terminal: every file opened once, services, cycles and well-known files told apart. Pure."""

from __future__ import annotations

from rich.text import Text
from rich.tree import Tree

from protogen.analysis.graph.model import Node
from protogen.analysis.graph.view import View, Why
from protogen.system.text import counted

_CYCLE = "red"


def render(view: View) -> Tree:
    """What imports what, from the roots down; for a file's why, its chains as branches."""
    size = view.graph.size if view.why is None else _chain_count(view.why)
    tree = Tree(Text(f"{view.title}: {size}", "bold"), guide_style="dim")
    if view.why is None:
        _grow(view, tree)
    else:
        _grow_chains(view, view.why, tree)
    for cycle in view.graph.cycles:
        tree.add(Text(f"{view.graph.cycle_unit} that import each other: {', '.join(cycle)}", _CYCLE))
    return tree


def _chain_count(why: Why) -> str:
    """How many chains there are, and how many of them are shown."""
    shown = len(why.chains)
    if why.complete:
        return counted(shown, "chain") if shown else "no chains"
    return f"the first {shown} of {why.total or 'even more'} chains"


def _grow(view: View, tree: Tree) -> None:
    """Depth first; what stands below a node that was shown before isn't shown again."""
    nodes = {node.name: node for node in view.graph.nodes}
    following = view.following
    shown: set[str] = set()
    pending = [(tree, "", name) for name in reversed(view.roots)]
    while pending:
        above, parent, name = pending.pop()
        again = name in shown and bool(following[name])
        branch = above.add(_line(view, nodes[name], parent, again=again))
        if name not in shown:
            shown.add(name)
            pending += [(branch, name, each) for each in reversed(following[name])]


def _grow_chains(view: View, why: Why, tree: Tree) -> None:
    """Chains that begin alike share their branches, so each ends in a leaf of its own."""
    nodes = {node.name: node for node in view.graph.nodes}
    branches: dict[tuple[str, ...], Tree] = {(): tree}
    for chain in why.chains:
        for length in range(1, len(chain) + 1):
            path = chain[:length]
            if path not in branches:
                parent = chain[length - 2] if length > 1 else ""
                line = _line(view, nodes[path[-1]], parent, again=False)
                branches[path] = branches[path[:-1]].add(line)
    if not why.complete:
        tree.add(Text("… show more with --max-chains N", "yellow"))


def _line(view: View, node: Node, parent: str, *, again: bool) -> Text:
    graph = view.graph
    head, slash, tail = node.name.rpartition("/")
    plain = "dim" if node.well_known or node.externals or again else ""
    in_cycle = graph.cycle_at(node.name) is not None
    if graph.by == "file":
        line = Text.assemble((head + slash, _CYCLE if in_cycle else "dim"), (tail, plain))
    else:
        line = Text(node.name, _CYCLE if in_cycle else plain)
        line.append(f"  {counted(len(node.files), 'file')}", "dim")
    if node.services:
        names = ", ".join(name.rpartition(".")[2] for name in node.services)
        line.append(f"  ◆ {names}", "dim cyan" if again else "bold cyan")
    ends = (node.name, parent) if view.question.reverse else (parent, node.name)
    if parent and graph.cycle_at(*ends) is not None:
        line.append("  ↻ cycle", _CYCLE)
    if node.externals:
        line.append(f"  ⇢ packages of {', '.join(node.externals)}", "dim")
    if again:
        line.append("  ↑ above", "dim")
    return line
