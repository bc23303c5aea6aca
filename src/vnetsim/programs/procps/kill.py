"""kill (procps): -SIGNAL, -s SIGNAL, -l, pids."""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError
from vnetsim.process import Process, Program
from vnetsim.programs.libc import signals


def main(process: Process) -> Program:
    words, signal = list(process.argv[1:]), signals.NUMBERS["TERM"]
    if words[:1] in (["-l"], ["-L"]):
        process.write(" ".join(signals.NUMBERS) + "\n")
        return 0
    if words and words[0].startswith("-") and words[0] != "--":
        option = words.pop(0)
        name = words.pop(0) if option in ("-s", "--signal") and words else option.lstrip("-")
        number = signals.number(name)
        if number is None:
            process.error(f"kill: unknown signal name {name}\n")
            return 1
        signal = number
    words = words[1:] if words[:1] == ["--"] else words
    if not words:
        process.error("\nUsage:\n kill [options] <pid> [...]\n\nFor more details see kill(1).\n")
        return 1
    return max(_send(process, word, signal) for word in words)


def _send(process: Process, word: str, signal: int) -> int:
    if not is_digits(word):
        process.error(f"kill: failed to parse argument: '{word}'\n")
        return 1
    try:
        process.machine.kill(int(word), signal, process.context)
    except KernelError as error:
        process.error(f"kill: ({word}): {error.errno.words}\n")
        return 1
    return 0
