"""killall (psmisc 23.6): signals to the processes of programs by name: -s -SIGNAL -q -v -e -I -w -l.

Not modelled: expressions (-r), users, groups, ages, namespaces, questions.  -w waits for the processes to end.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vnetsim.errors import KernelError
from vnetsim.process import Process, Program
from vnetsim.process.machine import ProcessEntry
from vnetsim.programs.libc import signals
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, argument, flag, option
from vnetsim.programs.libc.setns import visible
from vnetsim.programs.resources import resource
from vnetsim.values import define


@define
class KillallOptions(Options):
    ignored = "-e|--exact"
    unmodelled = (
        "-g|--process-group -y|--younger-than: -o|--older-than: -i|--interactive -r|--regexp -u|--user: "
        "-V|--version -n|--ns: -Z|--context: -w|--wait"
    )

    signal: str = argument("-s", "--signal", default="TERM")
    quiet: bool = flag("-q", "--quiet")
    verbose: bool = flag("-v", "--verbose")
    ignore_case: bool = flag("-I", "--ignore-case")

    @option("-l", "--list")
    def list_signals(self, _: str) -> None:
        names = " ".join(signals.NUMBERS)
        raise Exit(0, stdout=f"{names}\n")

    def misused(self, problem: str) -> Exit:
        return Exit(1, problem, stderr=resource("psmisc", "killall"))


@ends_by_exit
def main(process: Process) -> Program:
    """Exit status 1 if a name has no process."""
    args, signal = list(process.argv[1:]), None
    if args and re.fullmatch(r"-(\d+|[A-Z][A-Z0-9]+)", args[0]) and signals.number(args[0][1:]) is not None:
        signal = signals.number(args.pop(0)[1:])
    options = KillallOptions.read(process, args)
    if not options.operands:
        raise Exit(1, stderr=resource("psmisc", "killall"))
    number = signal if signal is not None else signals.number(options.signal)
    if number is None:
        raise Exit(1, stderr=f"{options.signal}: unknown signal; killall -l lists signals.\n")
    found = [_kill(process, options, name, number) for name in options.operands]
    return int(not all(found))


def _kill(process: Process, options: KillallOptions, name: str, signal: int) -> bool:
    """Whether the program of that name ran."""
    found = [entry for entry in visible(process) if entry.pid != process.pid and _is_named(entry.argv, name, options)]
    for entry in found:
        _send(process, options, entry, signal)
    if not found and not options.quiet:
        process.error(f"{name}: no process found\n")
    return bool(found)


def _is_named(argv: Sequence[str], name: str, options: KillallOptions) -> bool:
    names = [each.rpartition("/")[2] for each in (argv[0], name)]
    return names[0] == names[1] or (options.ignore_case and names[0].lower() == names[1].lower())


def _send(process: Process, options: KillallOptions, entry: ProcessEntry, signal: int) -> None:
    try:
        process.machine.kill(entry.pid, signal, process.context)
    except KernelError as error:
        process.error(f"{entry.argv[0]}({entry.pid}): {error.errno.strerror}\n")
        return
    if options.verbose:
        process.error(f"Killed {entry.argv[0].rpartition('/')[2]}({entry.pid}) with signal {signal}\n")
