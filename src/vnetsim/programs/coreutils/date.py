"""date (coreutils): the simulated machine's time, in UTC; +FORMAT, -u, -I, -R, -d @SECONDS."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.errors import NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import gnu

_LONG: Final = {"utc": "u", "universal": "u", "iso-8601": "I", "rfc-email": "R", "date=": "d"}
_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

#: The last second that Python's datetime knows, since 1970.
_LAST: Final = 253_402_300_799


def main(process: Process) -> Program:
    parsed = gnu(process, "uId:R", _LONG, unknown="s: r: f: --set= --reference= --file= --rfc-3339=")
    if isinstance(parsed, int):
        return parsed
    at = process.machine.wall_clock()
    said = parsed.last("d")
    if said is not None:
        found = re.fullmatch(r"@(\d+)", said)
        if found is None and said != "now":
            raise NotModelled(f"date -d {said}")
        at = int(found[1]) * SECOND if found else at
        if at // SECOND > _LAST:
            raise NotModelled(f"date -d {said}, which is after the year 9999")
    form = next((operand[1:] for operand in parsed.operands if operand.startswith("+")), None)
    if form is None:
        if parsed.operands:
            raise NotModelled("setting the date")
        form = "%Y-%m-%d" if "I" in parsed else "%a, %d %b %Y %H:%M:%S +0000" if "R" in parsed else "%a %b %e %T UTC %Y"
    process.write(_format(form, at) + "\n")
    return 0


def _format(form: str, at: int) -> str:
    return re.sub(r"%([-_0]?)(\d*)(.)", lambda found: _field(found[3], at, found[1], found[2], found[0]), form)


def _field(letter: str, at: int, pad: str, digits: str, whole: str) -> str:
    moment = dt.datetime.fromtimestamp(at // SECOND, dt.UTC)
    combined = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M", "c": "%a %b %e %H:%M:%S %Y"}
    if letter in combined:
        return _format(combined[letter], at)
    numbers = {
        "Y": (moment.year, 4), "m": (moment.month, 2), "d": (moment.day, 2), "H": (moment.hour, 2),
        "M": (moment.minute, 2), "S": (moment.second, 2), "y": (moment.year % 100, 2), "s": (at // SECOND, 1),
        "j": (moment.timetuple().tm_yday, 3), "u": (moment.isoweekday(), 1),
    }  # fmt: skip
    if letter in numbers:
        number, width = numbers[letter]
        return str(number) if pad == "-" else f"{number:{' ' if pad == '_' else '0'}{width}}"
    words = {
        "a": _DAYS[moment.weekday()][:3], "A": _DAYS[moment.weekday()], "b": _MONTHS[moment.month - 1][:3],
        "B": _MONTHS[moment.month - 1], "e": f"{moment.day:2}", "Z": "UTC", "z": "+0000", "n": "\n", "t": "\t",
        "%": "%", "N": f"{at % SECOND:09}"[: int(digits or 9)],
    }  # fmt: skip
    return words.get(letter, whole)
