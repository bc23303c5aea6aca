"""Flags as the docker command reads them: pflag's scalars, docker/cli's validated lists and maps.

A FlagType turns one text into a value, or raises BadValue with the text that follows `invalid argument "x" for ...`;
with `many`, the values of a flag become a list.  Numbers are read as strconv.ParseInt(text, 0, n) reads them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.docker.gotypes import parse_bool
from vnetsim.programs.docker.go.printing import quote
from vnetsim.values import frozen


class BadValue(Exception):
    """A flag rejects this text."""


class BadOption(Exception):
    """Invalid or conflicting options; `str` is the client's message."""


@frozen
class FlagType:
    """--help prints `name` after the flag; `many` flags collect a list, others keep the last value."""

    name: str
    read: Callable[[str], object]
    many: bool = False
    zero: object = None


# --- scalars ---------------------------------------------------------------------------------------------------------


def _boolean(text: str) -> bool:
    try:
        return parse_bool(text)
    except ValueError:
        raise BadValue(f"strconv.ParseBool: parsing {quote(text)}: invalid syntax") from None


_INTEGER: Final = re.compile(r"([+-]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|[1-9][0-9_]*|0)")


def parse_integer(text: str, low: int, high: int, function: str = "ParseInt") -> int:
    """strconv.ParseInt or ParseUint with base 0, as BadValue."""
    match = _INTEGER.fullmatch(text)
    if match is None or (function == "ParseUint" and match[1]):
        raise BadValue(f"strconv.{function}: parsing {quote(text)}: invalid syntax")
    digits = match[2].replace("_", "")
    octal = digits[0] == "0" and len(digits) > 1 and is_digits(digits[1])
    number = int(match[1] + digits, 8 if octal else 0)
    if not low <= number <= high:
        raise BadValue(f"strconv.{function}: parsing {quote(text)}: value out of range")
    return number


def _int64(text: str) -> int:
    return parse_integer(text, -(1 << 63), (1 << 63) - 1)


def _uint16(text: str) -> int:
    return parse_integer(text, 0, 0xFFFF, "ParseUint")


def _uint64(text: str) -> int:
    return parse_integer(text, 0, (1 << 64) - 1, "ParseUint")


_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?) ?([kKmMgGtTpP]?)([iI]?[bB])?")
_UNITS: Final = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}


def read_bytes(text: str) -> int:
    """units.RAMInBytes: `64m`, `1.5g`, `512`."""
    match = _SIZE.fullmatch(text)
    if match is None:
        raise BadValue(f"invalid size: '{text}'")
    return int(float(match[1]) * 1024 ** _UNITS[match[2].lower()])


def _swap_bytes(text: str) -> int:
    return -1 if text == "-1" else read_bytes(text)


def _nano_cpus(text: str) -> int:
    try:
        cpus = Fraction(text)
    except (ValueError, ZeroDivisionError):
        raise BadValue(f"failed to parse {text} as a rational number") from None
    nano = cpus * 1_000_000_000
    if nano.denominator != 1:
        raise BadValue("value is too precise")
    return int(nano)


_DURATION: Final = re.compile(r"[+-]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)")
_DURATION_PART: Final = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_NANOSECONDS: Final = {
    "ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9,
}  # fmt: skip


def parse_duration(text: str) -> int:
    """time.ParseDuration, in nanoseconds, as BadValue."""
    if not _DURATION.fullmatch(text):
        raise BadValue(f"time: invalid duration {quote(text)}")
    total = sum(int(Fraction(number) * _NANOSECONDS[unit]) for number, unit in _DURATION_PART.findall(text))
    return -total if text.startswith("-") else total


BOOL: Final = FlagType("", _boolean, zero=False)
STRING: Final = FlagType("string", str, zero="")
INT: Final = FlagType("int", _int64, zero=0)
UINT16: Final = FlagType("uint16", _uint16, zero=0)
UINT64: Final = FlagType("uint", _uint64, zero=0)
BYTES: Final = FlagType("bytes", read_bytes, zero=0)
SWAP_BYTES: Final = FlagType("bytes", _swap_bytes, zero=0)
DECIMAL: Final = FlagType("decimal", _nano_cpus, zero=0)
DURATION: Final = FlagType("duration", parse_duration, zero=0)


# --- lists and maps --------------------------------------------------------------------------------------------------


def listing(check: Callable[[str], str] = str, name: str = "list") -> FlagType:
    """opts.ListOpts: each value as `check` returns it."""
    return FlagType(name, check, many=True)


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """opts.ConvertKVStringsToMap: a key alone has an empty value."""
    return {key: value for key, _, value in (text.partition("=") for text in texts)}


def _filter(text: str) -> tuple[str, str]:
    if "=" not in text:
        raise BadValue("bad format of filter (expected name=value)")
    name, _, value = text.partition("=")
    return name.strip().lower(), value.strip()


FILTER: Final = FlagType("filter", _filter, many=True)


def read_csv(text: str) -> list[str]:
    """One record as Go's encoding/csv reads it, or BadValue."""
    if not text:
        return []
    fields: list[str] = []
    at = 0
    while True:
        if text.startswith('"', at):
            field, at = _quoted_field(text, at)
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            field, at = text[at:end], end
            if '"' in field:
                column = len(text[: text.index('"', at - len(field))].encode()) + 1
                raise BadValue(f'parse error on line 1, column {column}: bare " in non-quoted-field')
        fields.append(field)
        if at >= len(text):
            return fields
        at += 1


def _quoted_field(text: str, start: int) -> tuple[str, int]:
    pieces: list[str] = []
    at = start + 1
    while True:
        end = text.find('"', at)
        if end < 0 or (end + 1 < len(text) and text[end + 1] not in '",'):
            column = len(text.encode()) + 1 if end < 0 else len(text[: end + 1].encode())
            raise BadValue(f'parse error on line 1, column {column}: extraneous or missing " in quoted-field')
        pieces.append(text[at:end])
        if not text.startswith('""', end):
            return "".join(pieces), end + 1
        pieces.append('"')
        at = end + 2


#: pflag's StringSlice: one flag may carry several values.
STRINGS: Final = FlagType("strings", read_csv, many=True)


# --- a flag ----------------------------------------------------------------------------------------------------------


@frozen(eq=False)
class Flag:
    """`default` is shown in --help where pflag shows it; `sets` is the flag whose value an alias sets.

    `field` is the field of the request that has the flag's value as it is: `Hostname`, `HostConfig.Memory`.
    `platform` is the only operating system of an engine that takes it (then --help leaves it out).
    """

    name: str
    type: FlagType
    usage: str = ""
    short: str = ""
    default: str = ""
    initial: object = None
    hidden: bool = False
    deprecated: str = ""
    sets: str = ""
    field: str = ""
    platform: str = ""
    #: False: the flag is NotModelled if it is given.
    modelled: bool = True
    #: The name of its value.
    target: str = attrs.field(init=False, default=attrs.Factory(lambda self: self.sets or self.name, takes_self=True))

    @property
    def shown(self) -> str:
        """The name in errors."""
        return f"-{self.short}, --{self.name}" if self.short else f"--{self.name}"


def switch(
    name: str, usage: str = "", short: str = "", *, default: bool = False, hidden: bool = False, field: str = ""
) -> Flag:
    """A boolean flag."""
    shown = "true" if default else ""
    return Flag(name, BOOL, usage, short, default=shown, initial=default, hidden=hidden, field=field)


def text(name: str, usage: str = "", short: str = "", default: str = "", field: str = "") -> Flag:
    """A flag that takes a string."""
    shown = quote(default) if default else ""
    return Flag(name, STRING, usage, short, default=shown, initial=default, field=field)
