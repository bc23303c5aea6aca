"""kill (procps 4.0.2): -SIGNAL, -s SIGNAL, -l, -L, pids.

Not modelled: values with a signal (-q), process groups.
"""

from __future__ import annotations

import re

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc import signals
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, argument, flag, option
from vnetsim.programs.resources import resource
from vnetsim.values import define

#: SIGPOLL is SIGIO.
_NAMES = signals.NAMES | {29: "POLL"}
_COLUMNS = 7
_FULL_LINE = 72


def _number(text: str) -> int:
    """signal_name_to_number(); kill(2) refuses -1."""
    number = signals.number(text)
    return -1 if number is None else number


@define
class KillOptions(Options):
    unmodelled = "-q|--queue:"

    signal: int = argument("-s", "--signal", default=signals.NUMBERS["TERM"], convert=_number)

    names: str | None = argument("-l", "--list", default=None, optional=True)
    table: bool = flag("-L", "--table")

    @option("-V", "--version")
    def version(self, _: str) -> None:
        raise Exit(0, stdout="kill from procps-ng 4.0.2\n")

    @option("-h", "--help")
    def help(self, _: str) -> None:
        raise Exit(0, stdout=resource("procps", "kill"))

    def misused(self, problem: str) -> Exit:
        letter = re.search("-- '(.)'$", problem)
        if letter is not None and letter[1].isdigit():
            raise NotModelled(f"kill -{letter[1]}: a process group")
        return Exit(1, f"invalid argument {letter[1] if letter else chr(0)}", stderr=resource("procps", "kill"))


def _list() -> str:
    """unix_print_signals()."""
    lines = [""]
    for name in _NAMES.values():
        lines[-1] += f" {name}" if lines[-1] else name
        if len(lines[-1]) > _FULL_LINE:
            lines.append("")
    return "\n".join(lines)


def _table() -> str:
    """pretty_print_signals()."""
    return (
        "".join(
            f"{number:2} {name}\n" if number % _COLUMNS == 0 else f"{number:2} {name:<8}"
            for number, name in _NAMES.items()
        )
        + "\n"
    )


def _converted(text: str) -> str:
    number = signals.number(text)
    if number not in _NAMES:
        raise Exit(0, f"unknown signal name {text}")
    return f"{_NAMES[number] if is_digits(text) else number}\n"


@ends_by_exit
def main(process: Process) -> Program:
    args, given = list(process.argv[1:]), None
    for at, arg in enumerate(args):  # skill_sig_option()
        if re.match("-[A-Z0-9]", arg) and (given := signals.number(arg[1:])) is not None:
            del args[at]
            break
    options = KillOptions.read(process, args)
    if options.table:
        raise Exit(0, stdout=_table())
    if options.names is not None:
        named = (options.names, *options.operands)[bool(options.operands)]
        raise Exit(0, stdout=_converted(named) if named else _list())
    if not options.operands:
        raise Exit(1, stderr=resource("procps", "kill"))
    return max(_send(process, pid, options.signal if given is None else given) for pid in options.operands)


def _send(process: Process, pid: str, signal: int) -> int:
    if not is_digits(pid):
        process.error(f"{process.argv[0]}: failed to parse argument: '{pid}'\n")
        return 1
    try:
        process.machine.kill(int(pid), signal, process.context)
    except KernelError as error:
        process.error(f"{process.argv[0]}: ({pid}): {error.errno.strerror}\n")
        return 1
    return 0
