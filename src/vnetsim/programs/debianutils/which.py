"""which (debianutils): -a."""

from __future__ import annotations

from vnetsim.process import Process, Program
from vnetsim.programs import registry
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, flag
from vnetsim.values import define


@define
class WhichOptions(Options):
    posix = True

    everywhere: bool = flag("-a")

    def misused(self, problem: str) -> Exit:
        """It is a script for dash, whose getopts writes the first line."""
        letter = problem.removesuffix("'")[-1]
        return Exit(2, stdout="Usage: /usr/bin/which [-a] args\n", stderr=f"Illegal option -{letter}\n")


@ends_by_exit
def main(process: Process) -> Program:
    options = WhichOptions.read(process)
    found = [list(registry.paths_of(name, process.context)) for name in options.operands]
    process.write("".join(f"{path}\n" for paths in found for path in (paths if options.everywhere else paths[:1])))
    return 0 if found and all(found) else 1
