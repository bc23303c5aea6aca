"""uname (coreutils): a Linux machine, the one whose kernel the recordings were made on."""

from __future__ import annotations

from typing import Final

from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import gnu

_LONG: Final = {
    "all": "a", "kernel-name": "s", "nodename": "n", "kernel-release": "r", "kernel-version": "v", "machine": "m",
    "operating-system": "o", "processor": "p", "hardware-platform": "i",
}  # fmt: skip
RELEASE: Final = "6.18.44"


def main(process: Process) -> Program:
    parsed = gnu(process, "asnrvmopi", _LONG)
    if isinstance(parsed, int):
        return parsed
    if parsed.operands:
        process.error(f"uname: extra operand '{parsed.operands[0]}'\nTry 'uname --help' for more information.\n")
        return 1
    facts = {
        "s": "Linux", "n": process.context.hostname, "r": RELEASE, "v": "#1 SMP", "m": "x86_64", "p": "unknown",
        "i": "unknown", "o": "GNU/Linux",
    }  # fmt: skip
    wanted = {letter for letter, _ in parsed.options} or {"s"}
    everything = "a" in wanted
    shown = [value for letter, value in facts.items() if letter in wanted or (everything and value != "unknown")]
    process.write(" ".join(shown) + "\n")
    return 0
