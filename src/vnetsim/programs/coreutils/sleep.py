"""sleep (coreutils): sums of 2, 0.5, 1m, 2h, 1d, infinity."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import Any, Final

from vnetsim.clock import SECOND
from vnetsim.process import Process
from vnetsim.programs.libc.getopt import gnu

_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
#: How long for ever is: longer than any scenario.
_FOR_EVER: Final = 10**9 * SECOND


def duration(text: str) -> int | None:
    """Nanoseconds of `1.5`, `2m`, `infinity`; None if it is no time."""
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+)([smhd]?)", text)
    if found:
        return int(min(float(found[1]) * _UNITS[found[2]] * SECOND, _FOR_EVER))
    return _FOR_EVER if text in ("infinity", "inf") else None


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "")
    if isinstance(parsed, int):
        return parsed
    hint = "Try 'sleep --help' for more information.\n"
    if not parsed.operands:
        process.error(f"sleep: missing operand\n{hint}")
        return 1
    times = [(word, duration(word)) for word in parsed.operands]
    for word, time in times:
        if time is None:
            process.error(f"sleep: invalid time interval '{word}'\n")
    if any(time is None for _, time in times):
        process.error(hint)
        return 1
    yield process.sleep(sum(time or 0 for _, time in times))
    return 0
