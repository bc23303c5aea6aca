"""The time of day and the calendar: time (xt_time.c).  The time zone is UTC, so that `--kerneltz` changes nothing."""

from __future__ import annotations

import calendar
import re
import time
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen

_DAY: Final = 86400
_LAST_DATE: Final = 0x7FFFFFFF
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
EVERY_WEEKDAY: Final = tuple(range(1, 8))
EVERY_MONTHDAY: Final = tuple(range(1, 32))
_ENDINGS: Final = {1: "st", 2: "nd", 3: "rd"}


@frozen(kw_only=True)
class Time(XtMatch):
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

    def matches(self, packet: PktInfo) -> bool:
        now = packet.context.clock() // SECOND
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

    def listing(self, _numeric: bool) -> str:
        parts = ["TIME"]
        parts += [] if self.is_all_day else [f"from {clock(self.start)} to {clock(self.stop)}"]
        parts += [] if self.weekdays == EVERY_WEEKDAY else [f"on {self._weekdays}"]
        parts += [] if self.monthdays == EVERY_MONTHDAY else [f"on {','.join(map(_ordinal, self.monthdays))}"]
        parts += [f"starting from {date(self.date_start, ' ')}"] if self.date_start else []
        # What ends at the beginning of 1970 has no date there (time_print_date).
        parts += ["until date"] if self.date_stop != _LAST_DATE else []
        parts += [date(self.date_stop, " ")] if self.date_stop not in (0, _LAST_DATE) else []
        return " ".join([*parts, *([] if self.kernel_zone else ["UTC"]), *(["contiguous"] if self.contiguous else [])])

    @property
    def _weekdays(self) -> str:
        return ",".join(_WEEKDAYS[day - 1] for day in self.weekdays)

    def __str__(self) -> str:
        parts = ["-m time"]
        parts += [] if self.is_all_day else [f"--timestart {clock(self.start)} --timestop {clock(self.stop)}"]
        parts += [] if self.monthdays == EVERY_MONTHDAY else [f"--monthdays {','.join(map(str, self.monthdays))}"]
        parts += [] if self.weekdays == EVERY_WEEKDAY else [f"--weekdays {self._weekdays}"]
        parts += [f"--datestart {date(self.date_start, 'T')}"] if self.date_start else []
        parts += [f"--datestop {date(self.date_stop, 'T')}"] if self.date_stop else []
        parts += ["--kerneltz"] if self.kernel_zone else []
        return " ".join([*parts, *(["--contiguous"] if self.contiguous else [])])


def clock(second: int) -> str:
    return time.strftime("%H:%M:%S", time.gmtime(second))


def date(second: int, between: str) -> str:
    return time.strftime(f"%Y-%m-%d{between}%H:%M:%S", time.gmtime(second))


def _ordinal(day: int) -> str:
    return f"{day}{_ENDINGS.get(day % 10, 'th')}"


# --- reading ---------------------------------------------------------------------------------------------------------


def _date(text: str, _context: ParseContext) -> int:
    found = re.fullmatch(r"(\d+)(?:-(\d*)(?:-(\d*)(?:T(\d*)(?::(\d*)(?::(\d*))?)?)?)?)?", text, re.ASCII)
    if found is not None:
        unsaid = (0, 1, 1, 0, 0, 0)
        parts = [usual if part is None else int(part or 0) for part, usual in zip(found.groups(), unsaid, strict=True)]
        if parts[0] >= 1970 and all(part <= most for part, most in zip(parts, (2038, 12, 31, 23, 59, 59), strict=True)):
            return _timestamp(*parts)
    raise ArgumentError(f'Invalid date "{text}" specified. Should be YYYY[-MM[-DD[Thh[:mm[:ss]]]]]')


def _timestamp(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """As mktime(3): month 0 is the last one of the year before, day 0 the last one of the month before."""
    if month == 0:
        year, month = year - 1, 12
    return calendar.timegm((year, month, day, hour, minute, second, 0, 0, 0))


def _clock(text: str, _context: ParseContext) -> int:
    rest = text
    parts: list[int] = []
    for most in (23, 59, 59):
        number, behind = _decimal(rest)
        is_last = bool(parts) and not behind
        if number > most or not (is_last or (behind[:1] == ":" and len(parts) < 2)):
            break
        parts.append(number)
        if is_last:
            hour, minute, second = (*parts, 0)[:3]
            return hour * 3600 + minute * 60 + second
        rest = behind[1:]
    # Of what is wrong it shows the part where it begins.
    raise ArgumentError(f'invalid time "{rest}" specified, should be hh:mm[:ss] format and within the boundaries')


def _decimal(text: str) -> tuple[int, str]:
    """The number that `text` begins with, as strtoul(3) reads it, and what follows."""
    behind = text.lstrip("0123456789")
    return int(text[: len(text) - len(behind)] or 0), behind


def _monthdays(text: str, _context: ParseContext) -> tuple[int, ...]:
    days = set()
    for token in _segments(text, 2):
        day = options.number(token or "0")
        if day is None or day > EVERY_MONTHDAY[-1]:
            raise ArgumentError(f"{token} is not a valid day for --monthdays")
        days.add(day)
    return tuple(day for day in EVERY_MONTHDAY if day in days)


def _weekdays(text: str, _context: ParseContext) -> tuple[int, ...]:
    """By number, where those above 7 are no day, or by what names begin with (time_parse_weekdays)."""
    found = set()
    for token in _segments(text, 3):
        number = options.number(token or "0")
        if number == 0:
            raise ArgumentError("No, the week does NOT begin with Sunday.")
        named = {day for day, name in enumerate(_WEEKDAYS, 1) if token[:2] == name[:2]} if number is None else {number}
        if not named:
            raise ArgumentError(f"{token} is not a valid day specifier")
        found |= named
    return tuple(day for day in EVERY_WEEKDAY if day in found)


def _segments(text: str, limit: int) -> list[str]:
    """The fields between commas, truncated as iptables' buffer is; a comma at the end separates nothing (my_strseg)."""
    return [token[:limit] for token in text.removesuffix(",").split(",")]


_LOCAL_ZONE: Final = (
    'WARNING: --localtz is being replaced by --kerneltz, since "local" is ambiguous. Note the kernel timezone has '
    "caveats - see manpage for details."
)


def _check(parsed: ParsedOptions) -> None:
    if "localtz" in parsed:
        parsed.context.notes.append(_LOCAL_ZONE)
    if "contiguous" in parsed and parsed.get("timestart", 0) <= parsed.get("timestop", _DAY - 1):
        raise ArgumentError("time: --contiguous only makes sense when stoptime is smaller than starttime")


def _days(parsed: ParsedOptions, key: str, everything: tuple[int, ...]) -> tuple[int, ...]:
    days: tuple[int, ...] = parsed.get(key, everything)
    return tuple(day for day in everything if day not in days) if parsed.negated(key) else days


def _build(parsed: ParsedOptions) -> Time:
    return Time(
        date_start=parsed.get("datestart", 0),
        date_stop=parsed.get("datestop", _LAST_DATE),
        start=parsed.get("timestart", 0),
        stop=parsed.get("timestop", _DAY - 1),
        weekdays=_days(parsed, "weekdays", EVERY_WEEKDAY),
        monthdays=_days(parsed, "monthdays", EVERY_MONTHDAY),
        kernel_zone="kerneltz" in parsed or "localtz" in parsed,
        contiguous="contiguous" in parsed,
    )


MATCHES: Final = (
    Extension(
        "time",
        (
            XtOption("datestart", _date),
            XtOption("datestop", _date),
            XtOption("timestart", _clock),
            XtOption("timestop", _clock),
            XtOption("weekdays", _weekdays, inverts=True),
            XtOption("monthdays", _monthdays, inverts=True),
            XtOption("localtz", excludes=("utc",)),
            XtOption("utc", excludes=("localtz", "kerneltz")),
            XtOption("kerneltz", excludes=("utc",)),
            XtOption("contiguous"),
        ),
        _build,
        _check,
    ),
)
