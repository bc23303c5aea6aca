"""pgrep and pkill (procps): -f -x -n -o -l -a -c -v -d -SIGNAL.

Not modelled: users, terminals, groups; they are all root's.
"""

from __future__ import annotations

import re

from vnetsim.process import Process, ProcessEntry, Program
from vnetsim.programs.libc import signals
from vnetsim.programs.libc.getopt import Parsed, gnu
from vnetsim.programs.libc.setns import visible
from vnetsim.regex import BadExpression, compile_posix

_UNKNOWN = "u: U: g: G: s: t: P: r: F: --parent= --ns= --nslist= --euid= --uid="
_LONG = {
    "full": "f", "exact": "x", "newest": "n", "oldest": "o", "list-name": "l", "list-full": "a", "count": "c",
    "inverse": "v", "delimiter=": "d", "signal=": "signal", "ignore-case": "i",
}  # fmt: skip


def main(process: Process) -> Program:
    name = process.argv[0].rpartition("/")[2]
    words, signal = list(process.argv[1:]), signals.NUMBERS["TERM"]
    if name == "pkill" and words and re.fullmatch(r"-(\d+|[A-Z]\w+)", words[0]):
        signal = signals.number(words.pop(0)[1:]) or signal
    parsed = gnu(process, "fxnolacvid:", _LONG, words=words, unknown=_UNKNOWN, status=2)
    if isinstance(parsed, int):
        return parsed
    operands = parsed.operands
    if len(operands) != 1:
        said = "no matching criteria specified" if not operands else "only one pattern can be provided"
        process.error(f"{name}: {said}\nTry `{name} --help' for more information.\n")
        return 2
    try:
        found = _matching(process, parsed, operands[0])
    except BadExpression as error:
        process.error(f"{name}: {error}\n")
        return 2
    if name == "pkill":
        for entry in found:
            process.machine.kill(entry.pid, signal, process.context)
    else:
        _show(process, parsed, found)
    return 0 if found else 1


def _matching(process: Process, parsed: Parsed, expression: str) -> list[ProcessEntry]:
    pattern = compile_posix(expression, extended=True, ignore_case="i" in parsed)
    search = pattern.fullmatch if "x" in parsed else pattern.occurs
    found = []
    for entry in visible(process):
        text = " ".join(entry.argv) if "f" in parsed else command_name(entry)
        if entry.pid != process.pid and search(text) != ("v" in parsed):
            found.append(entry)
    return found[-1:] if "n" in parsed else found[:1] if "o" in parsed else found


def command_name(entry: ProcessEntry) -> str:
    """/proc/PID/comm: the program's name, at most 15 characters of it."""
    return entry.argv[0].rpartition("/")[2][:15]


def _show(process: Process, parsed: Parsed, found: list[ProcessEntry]) -> None:
    if "c" in parsed:
        process.write(f"{len(found)}\n")
        return
    shown = []
    for entry in found:
        tail = f" {' '.join(entry.argv)}" if "a" in parsed else f" {command_name(entry)}" if "l" in parsed else ""
        shown.append(f"{entry.pid}{tail}")
    process.write((parsed.last("d") or "\n").join(shown) + "\n" if shown else "")
