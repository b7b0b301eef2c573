"""The plot of growth, as SVG: the same bytes for the same figures."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

NAME = "growth.svg"
COMMAND = "python -m bench growth --plot"
# What says where the library is from, and where the format's definition is.
_SURPLUS = re.compile(r"<!DOCTYPE.*?>\n| *<metadata>.*?</metadata>\n", re.DOTALL)


def draw(counts: Sequence[int], seconds: Mapping[str, Sequence[float]], file: Path) -> None:
    """Seconds over numbers of protos, a line for each stage; dotted, what linear growth would be."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "protogen"
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4))
    for stage, column in seconds.items():
        (line,) = axes.plot(counts, column, marker="o", label=stage)
        straight = [column[-1] * count / counts[-1] for count in counts]
        axes.plot(counts, straight, linestyle=":", color=line.get_color(), label=f"{stage}, if linear")
    axes.set(xlabel="protos", ylabel="seconds", title=f"Made by: {COMMAND}")
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0)
    axes.legend()
    figure.savefig(file, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    text = _SURPLUS.sub("", file.read_text(encoding="utf-8"))
    file.write_text("".join(f"{line.rstrip()}\n" for line in text.splitlines()), encoding="utf-8")
