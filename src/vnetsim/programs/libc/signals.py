"""Signals by name and number (signal(7), x86 and ARM), and their descriptions (strsignal(3))."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits

NUMBERS: Final = {
    "HUP": 1, "INT": 2, "QUIT": 3, "ILL": 4, "TRAP": 5, "ABRT": 6, "BUS": 7, "FPE": 8, "KILL": 9, "USR1": 10,
    "SEGV": 11, "USR2": 12, "PIPE": 13, "ALRM": 14, "TERM": 15, "STKFLT": 16, "CHLD": 17, "CONT": 18, "STOP": 19,
    "TSTP": 20, "TTIN": 21, "TTOU": 22, "URG": 23, "XCPU": 24, "XFSZ": 25, "VTALRM": 26, "PROF": 27, "WINCH": 28,
    "IO": 29, "PWR": 30, "SYS": 31,
}  # fmt: skip
NAMES: Final = {number: name for name, number in NUMBERS.items()}
#: No process ignores or catches these.
FORCED: Final = frozenset((NUMBERS["KILL"], NUMBERS["STOP"]))
DESCRIPTIONS: Final = {
    1: "Hangup", 2: "Interrupt", 3: "Quit", 6: "Aborted", 9: "Killed", 11: "Segmentation fault", 14: "Alarm clock",
    15: "Terminated", 10: "User defined signal 1", 12: "User defined signal 2",
}  # fmt: skip


def number(text: str) -> int | None:
    """`9`, `KILL` or `SIGKILL`; None if there is no such signal."""
    if is_digits(text):
        return int(text) if int(text) <= 64 else None
    name = text.upper().removeprefix("SIG")
    return 0 if name == "EXIT" else NUMBERS.get(name)
