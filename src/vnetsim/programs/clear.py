"""clear (ncurses 6.4): an empty window, and an empty memory of the lines before; -x keeps that.

The terminal is an xterm, whatever TERM says.  Not modelled: -T, -V.
"""

from __future__ import annotations

from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, flag
from vnetsim.programs.screen.window import CLEAR
from vnetsim.values import define

_USAGE = """Usage: clear [options]

Options:
  -T TERM     use this instead of $TERM
  -V          print curses-version
  -x          do not try to clear scrollback
"""


@define
class ClearOptions(Options):
    unmodelled = "-T: -V"

    keeps: bool = flag("-x")

    def misused(self, problem: str) -> Exit:
        return Exit(1, stderr=f"{self.process.argv[0]}: {problem}\n{_USAGE}")


@ends_by_exit
def main(process: Process) -> Program:
    options = ClearOptions.read(process)
    if not process.context.environment.get("TERM"):
        process.error("TERM environment variable not set.\n")
        return 1
    process.write(CLEAR + ("" if options.keeps else "\x1b[3J"))
    return 0
