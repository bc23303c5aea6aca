"""sleep (coreutils): sums of 2, 0.5, 1m, 2h, 1d, infinity."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions
from vnetsim.values import define

_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
#: How long for ever is: longer than any scenario.
_FOR_EVER: Final = 10**9 * SECOND


@define
class SleepOptions(GnuOptions):
    """None but those of all GNU tools."""


def duration(text: str) -> int | None:
    """Nanoseconds of `1.5`, `2m`, `infinity`; None if it is no time."""
    found = re.fullmatch(r"(\d+\.?\d*|\.\d+)([smhd]?)", text)
    if found:
        return int(min(float(found[1]) * _UNITS[found[2]] * SECOND, _FOR_EVER))
    return _FOR_EVER if text in ("infinity", "inf") else None


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = SleepOptions.read(process)
    if not options.operands:
        raise options.misused("missing operand")
    times = [(arg, duration(arg)) for arg in options.operands]
    wrong = [f"invalid time interval '{arg}'" for arg, time in times if time is None]
    if wrong:
        raise options.misused(f"\n{process.argv[0]}: ".join(wrong))
    yield process.sleep(sum(time or 0 for _, time in times))
    return 0
