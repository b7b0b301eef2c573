"""`python -m bench`: medians, each case beside what it is compared with, taken in turn in one run."""

from __future__ import annotations

import argparse
import datetime
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from bench.cases import CASES, keep_plot  # noqa: E402
from bench.rig import RELEASE, SMALL, Rig, Sizes  # noqa: E402


def main(arguments: list[str] | None = None) -> None:
    """Run the cases that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("cases", nargs="*", metavar="CASE", help=f"default: all of {', '.join(CASES)}")
    parser.add_argument("-n", "--pairs", type=int, default=7, help="runs of each side (default 7)")
    parser.add_argument("--small", action="store_true", help="little is made: only to see that it runs")
    parser.add_argument("--plot", action="store_true", help="put the plot of growth into docs/")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.cases if name not in CASES]
    if unknown:
        parser.error(f"no case {unknown[0]!r}; there are {', '.join(CASES)}")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        rig = Rig(Path(folder), options.pairs, SMALL if options.small else Sizes())
        load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
        print(f"{datetime.date.today()}, {os.cpu_count()} processors, Python {sys.version.split()[0]}")
        print(f"{options.pairs} pairs, release {RELEASE}, load averages before: {load}", flush=True)
        for name in options.cases or CASES:
            CASES[name](rig)
        if options.plot:
            keep_plot(rig)


if __name__ == "__main__":
    main()
