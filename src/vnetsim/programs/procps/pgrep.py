"""pgrep and pkill (procps): -f -x -n -o -l -a -c -v -d -SIGNAL.

Not modelled: users, terminals, groups; they are all root's.
"""

from __future__ import annotations

import re

from vnetsim.process import Process, Program
from vnetsim.process.machine import ProcessEntry
from vnetsim.programs.libc import signals
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, argument, flag, option
from vnetsim.programs.libc.setns import visible
from vnetsim.programs.resources import resource
from vnetsim.regex import BadExpression, compile_posix
from vnetsim.values import define


@define
class PgrepOptions(Options):
    ignored = "--signal:"
    unmodelled = "-u: -U: -g: -G: -s: -t: -P: -r: -F: --parent: --ns: --nslist: --euid: --uid: -V|--version"

    full: bool = flag("-f", "--full")
    exact: bool = flag("-x", "--exact")
    newest: bool = flag("-n", "--newest")
    oldest: bool = flag("-o", "--oldest")
    list_name: bool = flag("-l", "--list-name")
    list_full: bool = flag("-a", "--list-full")
    count: bool = flag("-c", "--count")
    inverse: bool = flag("-v", "--inverse")
    ignore_case: bool = flag("-i", "--ignore-case")
    delimiter: str = argument("-d", "--delimiter", default="\n")

    @option("-h", "--help")
    def help(self, _: str) -> None:
        raise Exit(0, stdout=self.usage)

    @property
    def usage(self) -> str:
        return resource("procps", self.program)

    def misused(self, problem: str) -> Exit:
        return Exit(2, problem, stderr=self.usage)


@ends_by_exit
def main(process: Process) -> Program:
    args, signal = list(process.argv[1:]), signals.NUMBERS["TERM"]
    kills = process.argv[0].rpartition("/")[2] == "pkill"
    if kills and args and re.fullmatch(r"-(\d+|[A-Z]\w+)", args[0]):
        signal = signals.number(args.pop(0)[1:]) or signal
    options = PgrepOptions.read(process, args)
    if len(options.operands) != 1:
        problem = "only one pattern can be provided" if options.operands else "no matching criteria specified"
        raise Exit(2, problem, stderr=f"Try `{options.program} --help' for more information.\n")
    try:
        found = _matching(process, options, options.operands[0])
    except BadExpression as error:
        raise Exit(2, str(error)) from None
    if kills:
        for entry in found:
            process.machine.kill(entry.pid, signal, process.context)
    else:
        _show(process, options, found)
    return 0 if found else 1


def _matching(process: Process, options: PgrepOptions, expression: str) -> list[ProcessEntry]:
    pattern = compile_posix(expression, extended=True, ignore_case=options.ignore_case)
    search = pattern.fullmatch if options.exact else pattern.occurs
    found = []
    for entry in visible(process):
        text = " ".join(entry.argv) if options.full else command_name(entry)
        if entry.pid != process.pid and search(text) != options.inverse:
            found.append(entry)
    return found[-1:] if options.newest else found[:1] if options.oldest else found


def command_name(entry: ProcessEntry) -> str:
    """/proc/PID/comm: the program's name, at most 15 characters of it."""
    return entry.argv[0].rpartition("/")[2][:15]


def _show(process: Process, options: PgrepOptions, found: list[ProcessEntry]) -> None:
    if options.count:
        process.write(f"{len(found)}\n")
        return
    shown = []
    for entry in found:
        tail = (
            f" {' '.join(entry.argv)}" if options.list_full else f" {command_name(entry)}" if options.list_name else ""
        )
        shown.append(f"{entry.pid}{tail}")
    process.write((options.delimiter or "\n").join(shown) + "\n" if shown else "")
