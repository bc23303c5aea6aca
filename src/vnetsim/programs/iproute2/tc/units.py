"""Rates, sizes, times and shares as tc reads and prints them (iproute2 6.1: tc/tc_util.c, tc/tc_core.c, lib/utils.c).

Rates are in bytes a second, sizes in bytes, times in microseconds; percentages are shares of 2**32 - 1.  What the
kernel keeps as a time goes through ticks of 64 ns, which costs it some of its last digits.
"""

from __future__ import annotations

import math
import re
from typing import Final

#: Nanoseconds in a tick, and ticks in a microsecond (/proc/net/psched).
TICK_NS: Final = 64
_TICKS: Final = 15.625
WHOLE: Final = 0xFFFF_FFFF

_NUMBER: Final = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(.*)", re.DOTALL)
_KILO: Final = 1024
_SIZES: Final = {
    "": 1, "b": 1, "k": _KILO, "kb": _KILO, "m": _KILO**2, "mb": _KILO**2, "g": _KILO**3, "gb": _KILO**3,
    "kbit": _KILO / 8, "mbit": _KILO**2 / 8, "gbit": _KILO**3 / 8,
}  # fmt: skip
_PREFIXES: Final = ("", "k", "m", "g", "t")
_RATES: Final = {
    "": 1.0,
    **{f"{prefix}bit": 1000.0**power for power, prefix in enumerate(_PREFIXES)},
    **{f"{prefix}ibit": 1024.0**power for power, prefix in enumerate(_PREFIXES) if prefix},
    **{f"{prefix}bps": 8 * 1000.0**power for power, prefix in enumerate(_PREFIXES)},
    **{f"{prefix}ibps": 8 * 1024.0**power for power, prefix in enumerate(_PREFIXES) if prefix},
}
_TIMES: Final = {
    "": 1, "us": 1, "usec": 1, "usecs": 1, "ms": 1e3, "msec": 1e3, "msecs": 1e3, "s": 1e6, "sec": 1e6, "secs": 1e6,
}  # fmt: skip


def _measure(text: str, units: dict[str, float], *, lower: bool = True) -> float | None:
    """strtod(3) and a unit."""
    found = _NUMBER.match(text)
    unit = found[2].lower() if found and lower else found[2] if found else ""
    value = float(found[1]) * units[unit] if found and unit in units else None
    return value if value is None or math.isfinite(value) else None


def size(text: str) -> int | None:
    """get_size(): None where it would fail."""
    return _whole(_measure(text, dict(_SIZES)))


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value) & WHOLE


def rate(text: str) -> int | None:
    """get_rate64(): without a unit it is bits a second."""
    value = _measure(text, _RATES)
    return None if value is None or value < 0 else int(value / 8)


def time(text: str) -> int | None:
    """get_time()"""
    return _whole(_measure(text, dict(_TIMES)))


def time64(text: str) -> int | None:
    """get_time64(), in nanoseconds."""
    value = _measure(text, {**{unit: 1e3 * factor for unit, factor in _TIMES.items() if unit}, "": 1, "ns": 1})
    return None if value is None or value < 0 else int(value)


def percent(text: str) -> int | None:
    """get_percent(): `10` is as good as `10%`."""
    found = _NUMBER.match(text)
    if found is None or found[2] not in ("", "%"):
        return None
    share = float(found[1]) / 100
    return round(share * WHOLE) if 0 <= share <= 1 else None


def fits_ticks(microseconds: int) -> bool:
    """tc_core_time2big()"""
    return int(microseconds * _TICKS) <= WHOLE


def to_ticks(microseconds: int) -> int:
    """tc_core_time2tick()"""
    return int(microseconds * _TICKS)


def from_ticks(ticks: int) -> int:
    """tc_core_tick2time()"""
    return int(ticks / _TICKS)


def sent_in(bytes_per_second: int, nanoseconds: int) -> int:
    """tc_calc_xmitsize(): how much is sent in a time that the kernel keeps."""
    return int(bytes_per_second * from_ticks(nanoseconds // TICK_NS) / 1_000_000)


# --- printing --------------------------------------------------------------------------------------------------------


def size_text(value: int) -> str:
    """sprint_size()"""
    if value >= _KILO**2 and math.fabs(_KILO**2 * round(value / _KILO**2) - value) < _KILO:
        return f"{round(value / _KILO**2):g}Mb"
    if value >= _KILO and math.fabs(_KILO * round(value / _KILO) - value) < 16:
        return f"{round(value / _KILO):g}Kb"
    return f"{value}b"


def rate_text(bytes_per_second: int, *, iec: bool = False) -> str:
    """print_rate(): the largest unit in which it is whole, or has not too many digits."""
    kilo, suffix = (1024, "i") if iec else (1000, "")
    bits, power = bytes_per_second * 8, 0
    while power < len(_PREFIXES) - 1 and bits >= kilo and not (bits % kilo and bits < 1000 * kilo):
        bits //= kilo
        power += 1
    return f"{bits}{_PREFIXES[power].upper()}{suffix if power else ''}bit"


def time_text(microseconds: int) -> str:
    """sprint_time()"""
    if microseconds >= 1_000_000:
        return f"{microseconds / 1_000_000:.3g}s"
    if microseconds >= 1_000:
        return f"{microseconds / 1_000:.3g}ms"
    return f"{microseconds}us"


def time64_text(nanoseconds: int) -> str:
    """sprint_time64()"""
    for size, unit in ((1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")):
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g}{unit}"
    return f"{nanoseconds}ns"


def percent_text(share: int) -> str:
    """sprint_percent(), without the sign."""
    return f"{100 * share / WHOLE:g}"
