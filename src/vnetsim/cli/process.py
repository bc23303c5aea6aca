"""The process of the command `vnetsim`: all objects in it are its own."""

from __future__ import annotations

from vnetsim.cli import main as command
from vnetsim.garbage import collect_seldom


def main(name: str | None = None) -> None:
    """Run the command of sys.argv, called `name` in its messages; SystemExit with its status."""
    collect_seldom()
    command(prog_name=name)
