"""All figures in one table: ours, the peer's, their ratio, the goal, and whether it is met.

    python -m benchmarks [--all] [--json FILE] [--peers DIR] [--ns3 PYTHON] [--nspy PYTHON] [--pypy PYTHON] [FIGURE ...]

--peers installs ns-3 and ns.py in virtual environments in DIR, or finds them there; --ns3, --nspy and --pypy name
Pythons that have these peers.  The kernel and Mininet are asked where this is root's Linux, an engine where DOCKER_HOST
names one.  What is absent is named, with what would bring it.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from pathlib import Path

import attrs

from benchmarks import peers
from benchmarks.figures import CORES, FIGURES, LONG, Options, Value

_HEADINGS = ("figure", "ours", "peer", "", "ratio", "goal", "met")


def measured(name: str, options: Options) -> list[Value]:
    """The values of a figure, from a process of its own."""
    request = json.dumps([name, attrs.asdict(options)])
    argv = [sys.executable, "-m", "benchmarks", "--figure", request]
    ran = subprocess.run(argv, check=False, capture_output=True, text=True)
    if ran.returncode:
        raise SystemExit(f"benchmarks: {name} failed:\n{ran.stderr}")
    return [Value(**value) for value in json.loads(ran.stdout)]


def row(value: Value) -> tuple[str, ...]:
    ratio = "" if value.ratio is None else f"{value.ratio:.3g}"
    theirs = ("absent" if value.theirs is None else f"{value.theirs:.3g} {value.unit}") if value.peer else ""
    goal = "" if value.goal is None else f"<= {value.goal:g}" + (" x" if value.by_ratio else f" {value.unit}")
    met = {None: "", True: "yes", False: "no"}[value.met]
    return value.name, f"{value.ours:.3g} {value.unit}", value.peer, theirs, ratio, goal, met


def table(values: list[Value]) -> str:
    rows = [_HEADINGS, *map(row, values)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in rows]
    return "\n".join(lines)


def absent(values: list[Value]) -> list[str]:
    """A line for each peer that was not there."""
    missing = dict.fromkeys(value.peer for value in values if value.peer and value.theirs is None)
    return [f"absent: {peer}" + (f" ({peers.HOW[peer]})" if peer in peers.HOW else "") for peer in missing]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"default: the quick ones of {', '.join(FIGURES)}")
    parser.add_argument("--all", action="store_true", help="those that take minutes too")
    parser.add_argument("--json", metavar="FILE", help="write the values there as well")
    parser.add_argument("--peers", metavar="DIR", type=Path, help="install ns-3 and ns.py there, or find them there")
    for peer in ("ns3", "nspy", "pypy"):
        parser.add_argument(f"--{peer}", metavar="PYTHON", help=f"a Python that has {peer}")
    parser.add_argument("--figure", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    unknown = [name for name in asked.figures if name not in FIGURES]
    if unknown:
        parser.error(f"no figure {unknown[0]!r}: they are {', '.join(FIGURES)}")
    return asked


def main() -> None:
    asked = arguments()
    if asked.figure is not None:
        name, options = json.loads(asked.figure)
        print(json.dumps([attrs.asdict(value) for value in FIGURES[name](Options(**options))]))
        return
    pythons = {"ns3": asked.ns3, "nspy": asked.nspy}
    if asked.peers is not None:
        pythons = {peer: python or peers.installed(peer, asked.peers) for peer, python in pythons.items()}
    options = Options(**pythons, pypy=asked.pypy)
    names = asked.figures or [name for name in FIGURES if asked.all or name not in LONG]
    values: list[Value] = []
    for number, name in enumerate(names, 1):
        if sys.stderr.isatty():
            print(f"\r\033[K{number}/{len(names)} {name}", end="", file=sys.stderr, flush=True)
        values += measured(name, options)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    machine = f"{platform.python_implementation()} {platform.python_version()}, {CORES} cores, {platform.system()}"
    print("\n".join([machine, "", table(values), *absent(values)]))
    if asked.json:
        rows = [attrs.asdict(value) | {"ratio": value.ratio, "met": value.met} for value in values]
        Path(asked.json).write_text(json.dumps({"machine": machine, "figures": rows}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
