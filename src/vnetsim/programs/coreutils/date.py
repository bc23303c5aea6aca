"""date (coreutils): the simulated machine's time, in UTC; +FORMAT, -u, -I[SPEC], -R, -d @SECONDS."""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.errors import NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.values import define

_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

#: What -I shows, in the order of the program's complaint.
_ISO_8601: Final = {
    "hours": "%FT%H+00:00", "minutes": "%FT%R+00:00", "date": "%F", "seconds": "%FT%T+00:00", "ns": "%FT%T,%N+00:00",
}  # fmt: skip

#: The last second that Python's datetime knows, since 1970.
_LAST: Final = 253_402_300_799


@define
class DateOptions(GnuOptions):
    ignored = "-u|--utc|--universal"
    unmodelled = "-s|--set: -r|--reference: -f|--file: --resolution --rfc-3339: --debug"

    iso_8601: str | None = argument("-I", "--iso-8601", default=None, optional=True)
    rfc_email: bool = flag("-R", "--rfc-email", "--rfc-822", "--rfc-2822")
    date: str | None = argument("-d", "--date", default=None)


@ends_by_exit
def main(process: Process) -> Program:
    options = DateOptions.read(process)
    at = process.machine.wall_clock()
    if options.date is not None:
        found = re.fullmatch(r"@(\d+)", options.date)
        if found is None and options.date != "now":
            raise NotModelled(f"date -d {options.date}")
        at = int(found[1]) * SECOND if found else at
        if at // SECOND > _LAST:
            raise NotModelled(f"date -d {options.date}, which is after the year 9999")
    form = next((operand[1:] for operand in options.operands if operand.startswith("+")), None)
    if form is None:
        if options.operands:
            raise NotModelled("setting the date")
        form = _form(options)
    process.write(formatted(form, at) + "\n")
    return 0


def _form(options: DateOptions) -> str:
    if options.iso_8601 is None:
        return "%a, %d %b %Y %H:%M:%S +0000" if options.rfc_email else "%a %b %e %T UTC %Y"
    spec = options.iso_8601 or "date"
    found = [form for name, form in _ISO_8601.items() if name.startswith(spec)]
    if len(found) != 1:
        valid = "".join(f"  - '{name}'\n" for name in _ISO_8601)
        problem = f"date: invalid argument '{spec}' for '--iso-8601'\nValid arguments are:\n{valid}"
        raise Exit(1, stderr=f"{problem}Try 'date --help' for more information.\n")
    return found[0]


def formatted(form: str, at: int) -> str:
    return re.sub(r"%([-_0]?)(\d*)(.)", lambda found: _field(found[3], at, found[1], found[2], found[0]), form)


def _field(letter: str, at: int, pad: str, digits: str, whole: str) -> str:
    moment = dt.datetime.fromtimestamp(at // SECOND, dt.UTC)
    combined = {"T": "%H:%M:%S", "F": "%Y-%m-%d", "D": "%m/%d/%y", "R": "%H:%M", "c": "%a %b %e %H:%M:%S %Y"}
    if letter in combined:
        return formatted(combined[letter], at)
    numbers = {
        "Y": (moment.year, 4), "m": (moment.month, 2), "d": (moment.day, 2), "H": (moment.hour, 2),
        "M": (moment.minute, 2), "S": (moment.second, 2), "y": (moment.year % 100, 2), "s": (at // SECOND, 1),
        "j": (moment.timetuple().tm_yday, 3), "u": (moment.isoweekday(), 1),
    }  # fmt: skip
    if letter in numbers:
        number, width = numbers[letter]
        return str(number) if pad == "-" else f"{number:{' ' if pad == '_' else '0'}{width}}"
    texts = {
        "a": _DAYS[moment.weekday()][:3], "A": _DAYS[moment.weekday()], "b": _MONTHS[moment.month - 1][:3],
        "B": _MONTHS[moment.month - 1], "e": f"{moment.day:2}", "Z": "UTC", "z": "+0000", "n": "\n", "t": "\t",
        "%": "%", "N": f"{at % SECOND:09}"[: int(digits or 9)],
    }  # fmt: skip
    return texts.get(letter, whole)
