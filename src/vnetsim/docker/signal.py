"""Names and numbers of signals (moby/sys/signal).

Not modelled: sending any but those that end or stop a process by default, the two for users, and WINCH.
"""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import EngineError, NotModelled

NUMBERS: Final = {"HUP": 1, "INT": 2, "QUIT": 3, "KILL": 9, "USR1": 10, "USR2": 12, "TERM": 15, "STOP": 19,
                  "WINCH": 28}  # fmt: skip
_OTHERS: Final = frozenset(
    ("ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "ILL", "IO", "IOT", "PIPE", "POLL", "PROF", "PWR", "SEGV",
     "STKFLT", "SYS", "TRAP", "TSTP", "TTIN", "TTOU", "URG", "VTALRM", "XCPU", "XFSZ", "RTMIN", "RTMAX")
)  # fmt: skip
#: SIGRTMAX
_LAST: Final = 64


def check_signal(text: str) -> None:
    """EngineError 400 for what is no signal; an empty text is none."""
    name = text.upper().removeprefix("SIG")
    if not name or name in NUMBERS or name in _OTHERS or name.startswith(("RTMIN+", "RTMAX-")):
        return
    if not is_digits(name) or not int(name):
        raise EngineError(400, f"invalid signal: {text}")
    if int(name) > _LAST:
        raise EngineError(400, f"the linux daemon does not support signal {name}")


def parse_signal(text: str) -> str:
    """`KILL` for `SIGKILL`, `kill` or `9`; EngineError 400 for what is none, NotModelled for what cannot be sent."""
    check_signal(text)
    name = text.upper().removeprefix("SIG")
    name = {str(number): known for known, number in NUMBERS.items()}.get(name, name)
    if name not in NUMBERS:
        raise NotModelled(f"the signal {name}")
    return name
