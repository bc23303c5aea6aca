"""pidof (sysvinit-utils): the processes of programs by name, the latest first.

Not modelled: -z; -c, -n and -x change nothing, as all have one root directory and scripts are no processes.
"""

from __future__ import annotations

from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, argument, arguments, flag, option
from vnetsim.programs.libc.setns import visible
from vnetsim.programs.resources import resource
from vnetsim.values import define


@define
class PidofOptions(Options):
    ignored = "-c -n -x"
    unmodelled = "-z"

    separator: str = argument("-d", default=" ")
    omitted: tuple[str, ...] = arguments("-o")
    quiet: bool = flag("-q")
    single: bool = flag("-s")

    def misused(self, _: str) -> Exit:
        return Exit(1)

    @option("-h")
    def help(self, _: str) -> None:
        raise Exit(0, stdout=resource("procps", "pidof"))


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 1: none runs."""
    options = PidofOptions.read(process)
    found = [pid for name in options.operands for pid in _running(process, name) if pid not in options.omitted]
    found = found[:1] if options.single else found
    if found and not options.quiet:
        process.write((options.separator or " ").join(found) + "\n")
    return 0 if found else 1


def _running(process: Process, name: str) -> list[str]:
    wanted = name.rpartition("/")[2]
    return [
        str(entry.pid)
        for entry in reversed(visible(process))
        if entry.pid != process.pid and entry.argv[0].rpartition("/")[2] == wanted
    ]
