"""The time of day and the calendar: time (xt_time.c).  The time zone is UTC, so that `--kerneltz` changes nothing."""

from __future__ import annotations

import calendar
import re
import time
from typing import Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Context, Extension, Option, Said
from vnetsim.netfilter.packet import Packet
from vnetsim.netfilter.rules import Match

_DAY: Final = 86400
_LAST_DATE: Final = 0x7FFFFFFF
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_WEEKDAY: Final = tuple(range(1, 8))
EVERY_MONTHDAY: Final = tuple(range(1, 32))
_ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}


@attrs.frozen(kw_only=True)
class Time(Match):
    """Seconds since 1970 and of the day, both ends included; `weekdays` from 1 (Monday) to 7.

    `contiguous`: what begins before midnight and ends behind it belongs to the day on which it began.
    """

    name = "time"
    date_start: int = 0
    date_stop: int = _LAST_DATE
    start: int = 0
    stop: int = _DAY - 1
    weekdays: tuple[int, ...] = EVERY_WEEKDAY
    monthdays: tuple[int, ...] = EVERY_MONTHDAY
    kernel_zone: bool = False
    contiguous: bool = False

    def matches(self, packet: Packet) -> bool:
        now = packet.around.clock() // SECOND
        if not self.date_start <= now <= self.date_stop:
            return False
        second = now % _DAY
        if self.start < self.stop:
            if not self.start <= second <= self.stop:
                return False
        elif self.stop < second < self.start:
            return False
        elif self.contiguous and second < self.stop:
            now -= _DAY
        day = time.gmtime(now)
        return day.tm_wday + 1 in self.weekdays and day.tm_mday in self.monthdays

    @property
    def is_all_day(self) -> bool:
        return (self.start, self.stop) == (0, _DAY - 1)

    def listing(self, numeric: bool) -> str:
        del numeric
        words = ["TIME"]
        words += [] if self.is_all_day else [f"from {clock(self.start)} to {clock(self.stop)}"]
        words += [] if self.weekdays == EVERY_WEEKDAY else [f"on {self._weekdays}"]
        words += [] if self.monthdays == EVERY_MONTHDAY else [f"on {','.join(map(_ordinal, self.monthdays))}"]
        words += [f"starting from {date(self.date_start, ' ')}"] if self.date_start else []
        words += [f"until date {date(self.date_stop, ' ')}"] if self.date_stop != _LAST_DATE else []
        return " ".join([*words, *([] if self.kernel_zone else ["UTC"]), *(["contiguous"] if self.contiguous else [])])

    @property
    def _weekdays(self) -> str:
        return ",".join(_WEEKDAYS[day - 1] for day in self.weekdays)

    def __str__(self) -> str:
        words = ["-m time"]
        words += [] if self.is_all_day else [f"--timestart {clock(self.start)} --timestop {clock(self.stop)}"]
        words += [] if self.monthdays == EVERY_MONTHDAY else [f"--monthdays {','.join(map(str, self.monthdays))}"]
        words += [] if self.weekdays == EVERY_WEEKDAY else [f"--weekdays {self._weekdays}"]
        words += [f"--datestart {date(self.date_start, 'T')}"] if self.date_start else []
        words += [f"--datestop {date(self.date_stop, 'T')}"] if self.date_stop else []
        words += ["--kerneltz"] if self.kernel_zone else []
        return " ".join([*words, *(["--contiguous"] if self.contiguous else [])])


def clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(second))


def date(second: int, between: str) -> str:
    return time.strftime(f"%Y-%m-%d{between}%H:%M:%S", time.gmtime(second))


def _ordinal(day: int) -> str:
    return f"{day}{_ENDINGS.get(day % 10, 'th')}"


# --- reading ---------------------------------------------------------------------------------------------------------


def _date(text: str, context: Context) -> int:
    del context
    found = re.fullmatch(r"(\d{4})(?:-(\d+)(?:-(\d+)(?:T(\d+)(?::(\d+)(?::(\d+))?)?)?)?)?", text)
    if found is not None:
        year, month, day, hour, minute, second = (int(part) if part else None for part in found.groups())
        parts = (year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0)
        limits = ((1970, 2038), (1, 12), (1, 31), (0, 23), (0, 59), (0, 59))
        if all(low <= part <= high for part, (low, high) in zip(parts, limits, strict=True)):
            return calendar.timegm((*parts, 0, 0, 0))
    raise ArgumentError(f'Invalid date "{text}" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]')


def _clock(text: str, context: Context) -> int:
    del context
    found = re.fullmatch(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?", text)
    if found is not None:
        hour, minute, second = (int(part or 0) for part in found.groups())
        if hour <= 23 and minute <= 59 and second <= 59:
            return hour * 3600 + minute * 60 + second
    # Of what has too many parts it shows only the last ones.
    parts = text.split(":")
    shown = ":".join(parts[2:]) if len(parts) > 3 else text
    raise ArgumentError(
        f'invalid time "{shown}" specified, should be hh:mm[:ss] format and within the boundaries'
    )  # fmt: skip


def _monthdays(text: str, context: Context) -> tuple[int, ...]:
    del context
    said = text.split(",")
    for word in said:
        if not word.isascii() or not word.isdigit() or int(word) > EVERY_MONTHDAY[-1]:
            raise ArgumentError(f"{word} is not a valid day for --monthdays")
    return tuple(day for day in EVERY_MONTHDAY if day in map(int, said))


def _weekdays(text: str, context: Context) -> tuple[int, ...]:
    """By number, where 0 is Sunday too, or by the first two letters of their names."""
    del context
    found = set()
    for word in text.split(","):
        if word.isascii() and word.isdigit() and int(word) <= EVERY_WEEKDAY[-1]:
            found.add(int(word) or EVERY_WEEKDAY[-1])
            continue
        named = [number for number, name in enumerate(_WEEKDAYS, 1) if word[:2].lower() == name[:2].lower()]
        if not named:
            raise ArgumentError(f"{word} is not a valid day specifier")
        found.add(named[0])
    return tuple(sorted(found))


def _check(said: Said, context: Context) -> None:
    del context
    if "contiguous" in said and said.get("timestart", 0) <= said.get("timestop", _DAY - 1):
        raise ArgumentError("time: --contiguous only makes sense when stoptime is smaller than starttime")


def _days(said: Said, key: str, everything: tuple[int, ...]) -> tuple[int, ...]:
    days: tuple[int, ...] = said.get(key, everything)
    return tuple(day for day in everything if day not in days) if said.negated(key) else days


def _build(said: Said, context: Context) -> Time:
    del context
    return Time(
        date_start=said.get("datestart", 0), date_stop=said.get("datestop", _LAST_DATE),
        start=said.get("timestart", 0), stop=said.get("timestop", _DAY - 1),
        weekdays=_days(said, "weekdays", EVERY_WEEKDAY), monthdays=_days(said, "monthdays", EVERY_MONTHDAY),
        kernel_zone="kerneltz" in said, contiguous="contiguous" in said,
    )  # fmt: skip


MATCHES: Final = (
    Extension(
        "time",
        (
            Option("datestart", _date),
            Option("datestop", _date),
            Option("timestart", _clock),
            Option("timestop", _clock),
            Option("weekdays", _weekdays, inverts=True),
            Option("monthdays", _monthdays, inverts=True),
            Option("kerneltz"),
            Option("contiguous"),
        ),
        _build,
        _check,
    ),
)
