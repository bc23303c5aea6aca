"""Symbols parsed as values of the expected type (`parse` of struct datatype, src/datatype.c).

Not modelled: names of marks, realms, groups and labels from files, dates of other calendars.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.accounts import GROUPS, USERS
from vnetsim.netfilter.nft.datatype import Basis, Datatype, Value
from vnetsim.netfilter.nft.expression import Expr, SymbolExpr
from vnetsim.netfilter.nft.location import Location
from vnetsim.netfilter.nft.rule import priorities
from vnetsim.netfilter.options import protocol_number
from vnetsim.netfilter.services import service_port
from vnetsim.programs.nft.erec import NftError
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, IPv6, parse_address

_SIGNED: Final = re.compile(r"\s*-?(0[xX][0-9a-fA-F]+|0[bB][01]+|[0-9]+)")
_COUNTED: Final = re.compile(r"\s*\+?(0[xX][0-9a-fA-F]+|[0-9]+)")
_CLOCK: Final = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?")
_HOST: Final = re.compile(r"0[xX]?[0-9a-fA-F]*|[0-9]+")
#: Seconds of a day.
_DAY: Final = 86400
_LABELS: Final = 128


class UnresolvedHost(Exception):
    """A host name has to be resolved before nft can go on."""

    def __init__(self, name: str, version: int) -> None:
        super().__init__(name)
        self.name, self.version = name, version


@frozen
class NameEnvironment:
    """Name resolution: devices by index, and hosts as far as they were resolved (addresses, or an error)."""

    device: Callable[[str], int | None]
    hosts: Mapping[tuple[str, int], Sequence[Address] | str] = attrs.field(factory=dict)

    def host(self, name: str, version: int, location: Location) -> int:
        if _is_address(name):
            raise NftError("Could not resolve hostname: Address family for hostname not supported", location)
        found = self.hosts.get((name, version))
        if found is None:
            raise UnresolvedHost(name, version)
        if isinstance(found, str):
            raise NftError(f"Could not resolve hostname: {found}", location)
        if len(found) > 1:
            raise NftError("Hostname resolves to multiple addresses", location)
        return int(found[0])


def _is_address(text: str) -> bool:
    try:
        parse_address(text)
    except ValueError:
        return False
    return True


def parse(symbol: SymbolExpr, datatype: Datatype, environment: NameEnvironment) -> tuple[Value, Datatype]:
    """The value and its type: integers and strings have types of their own."""
    reader = _READERS.get(datatype)
    if reader is not None:
        return reader(symbol, environment), datatype
    if datatype.basis is Basis.STRING:
        return symbol.text, types.STRING
    if datatype.parts:
        raise NftError(f"invalid data type, expected {datatype.description}", symbol.location)
    if datatype.basis in (Basis.VERDICT, Basis.INVALID):
        raise NftError(f"Can't parse symbolic {datatype.description} expressions", symbol.location)
    if datatype.symbols is not None and symbol.text in datatype.symbols:
        return datatype.symbols[symbol.text], datatype
    return _integer(symbol, datatype), datatype


def integer(text: str) -> int | None:
    """As mpz_set_str(3) with base 0 takes it."""
    if not _SIGNED.fullmatch(text):
        return None
    text = text.strip()
    digits = text.removeprefix("-")
    if len(digits) > 1 and digits[0] == "0" and is_digits(digits):
        if set(digits) & set("89"):
            return None
        value = int(digits, 8)
    else:
        value = int(digits, 0)
    return -value if text[0] == "-" else value


def _integer(symbol: SymbolExpr, datatype: Datatype) -> int:
    value = integer(symbol.text)
    if value is None:
        raise NftError(f"Could not parse {datatype.description}", symbol.location)
    return value


def _count(text: str) -> int | None:
    """As strtoumax(3) with base 0 takes it."""
    if not _COUNTED.fullmatch(text):
        return None
    digits = text.strip().removeprefix("+")
    if digits[0] == "0" and is_digits(digits):
        return None if set(digits) & set("89") else int(digits, 8)
    return int(digits, 0)


# --- parsers of single types ---------------------------------------------------------------------------------------


def _ipv4(symbol: SymbolExpr, environment: NameEnvironment) -> int:
    """As inet_aton(3) takes it, or the name of a host."""
    numbers = [_part(part) for part in symbol.text.split(".")]
    if 1 <= len(numbers) <= 4 and None not in numbers:
        *front, last = (number for number in numbers if number is not None)
        if all(number < 256 for number in front) and last < 1 << 8 * (4 - len(front)):
            return sum(number << 8 * (3 - at) for at, number in enumerate(front)) + last
    return environment.host(symbol.text, 4, symbol.location)


def _part(text: str) -> int | None:
    return _count(text) if text and _HOST.fullmatch(text) else None


def _ipv6(symbol: SymbolExpr, environment: NameEnvironment) -> int:
    try:
        return int(IPv6.parse(symbol.text))
    except ValueError:
        return environment.host(symbol.text, 6, symbol.location)


def _protocol(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    value = _count(symbol.text)
    if value is not None:
        if value > 255:
            raise NftError("Protocol out of range", symbol.location)
        return value
    try:
        return protocol_number(symbol.text)
    except ArgumentError:
        raise NftError("Could not resolve protocol name", symbol.location) from None


def _service(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    value = _count(symbol.text)
    if value is not None:
        if value > 0xFFFF:
            raise NftError("Service out of range", symbol.location)
        return value
    port = service_port(symbol.text)
    if port is None:
        raise NftError("Could not resolve service: Servname not supported for ai_socktype", symbol.location)
    return port


def _link_layer(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    value = 0
    for part in symbol.text.split(":"):
        if not re.fullmatch("[0-9a-fA-F]+", part) or int(part, 16) > 0xFF:
            raise NftError("Invalid LL address", symbol.location)
        value = value << 8 | int(part, 16)
    return value


def _interface(symbol: SymbolExpr, environment: NameEnvironment) -> int:
    index = environment.device(symbol.text)
    if index is None:
        if not is_digits(symbol.text):
            raise NftError("Interface does not exist", symbol.location)
        index = int(symbol.text)
    return index


def _user(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    return _account(symbol, USERS, "User")


def _group(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    return _account(symbol, GROUPS, "Group")


def _account(symbol: SymbolExpr, accounts: Mapping[str, int], what: str) -> int:
    if symbol.text in accounts:
        return accounts[symbol.text]
    if not is_digits(symbol.text):
        raise NftError(f"{what} does not exist", symbol.location)
    if int(symbol.text) > 0xFFFFFFFF:
        raise NftError("Value too large", symbol.location)
    return int(symbol.text)


def _class(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    if symbol.text in ("root", "none"):
        return 0xFFFFFFFF if symbol.text == "root" else 0
    major, colon, minor = symbol.text.partition(":")
    if colon:
        return (int(major or "0", 16) << 16 | int(minor or "0", 16)) & 0xFFFFFFFF
    return _count(symbol.text) or 0


def _time(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    value = milliseconds(symbol.text, symbol.location)
    if value > 0xFFFFFFFF:
        raise NftError("value too large", symbol.location)
    return value


def _date(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    if is_digits(symbol.text):
        return int(symbol.text) * SECOND
    for form in ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"):
        try:
            when = dt.datetime.strptime(symbol.text, form).replace(tzinfo=dt.UTC)
        except ValueError:
            continue
        return int(when.timestamp()) * SECOND
    raise NftError("Cannot parse date", symbol.location)


def _hour(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    if is_digits(symbol.text):
        return int(symbol.text)
    clock = _CLOCK.match(symbol.text)
    if clock is None:
        return milliseconds(symbol.text, symbol.location) // 1000
    rest = symbol.text[clock.end() :]
    if rest:
        raise NftError(f'Can\'t parse trailing input: "{rest}"\n', symbol.location)
    hours, minutes, seconds = (int(part or 0) for part in clock.groups())
    if hours > 23 or minutes > 59 or seconds > 60:
        raise NftError("wrong time format", symbol.location)
    return (hours * 3600 + minutes * 60 + seconds) % _DAY


def _label(symbol: SymbolExpr, _environment: NameEnvironment) -> int:
    bit = _count(symbol.text)
    if bit is None:
        raise NftError(f'/etc/xtables/connlabel.conf: could not parse conntrack label "{symbol.text}"', symbol.location)
    if bit >= _LABELS:
        raise NftError(f"{symbol.text}: bit {bit} out of range ({_LABELS} max)", symbol.location)
    return 1 << bit


_READERS: Final[dict[Datatype, Callable[[SymbolExpr, NameEnvironment], int]]] = {
    types.IPV4_ADDR: _ipv4, types.IPV6_ADDR: _ipv6, types.INET_PROTO: _protocol, types.INET_SERVICE: _service,
    types.LL_ADDR: _link_layer, types.ETHER_ADDR: _link_layer, types.IFACE_INDEX: _interface, types.UID: _user,
    types.GID: _group, types.CLASSID: _class, types.TIME: _time, types.DATE: _date, types.HOUR: _hour,
    types.CT_LABEL: _label,
}  # fmt: skip


_DIGITS: Final = 8


#: Units of times, in milliseconds.
_TIMES: Final = (("ms", 1), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000))


def number_of(text: str) -> int:
    """As strtoull(3) with base 0 reads it."""
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    return int(text, 8) if text[0] == "0" and is_digits(text) and not set(text) & set("89") else int(text)


def milliseconds(text: str, location: Location) -> int:
    """`1d2h3m4s5ms`; a number alone is seconds."""
    total, digits, seen = 0, "", set()
    rest = text
    while rest:
        unit = next(((name, size) for name, size in _TIMES if rest.startswith(name)), None)
        if unit is None:
            if not is_digits(rest[0]):
                raise NftError("wrong time format", location)
            if len(digits) >= _DIGITS:
                raise NftError("value too large", location)
            digits, rest = digits + rest[0], rest[1:]
            continue
        name, size = unit
        if name in seen:
            raise NftError(f"{_UNIT_NAMES[name]} has been specified twice", location)
        seen.add(name)
        total, digits, rest = total + int(digits or 0) * size, "", rest[len(name) :]
    return total if seen else int(digits or 0) * 1000


_UNIT_NAMES: Final = {"d": "Day", "h": "Hour", "m": "Minute", "s": "Second", "ms": "Millisecond"}


def priority_of(family: str, symbol: Expr, hook: str) -> int | None:
    """A number, or a name and an offset; None where the name is not for that hook."""
    if not isinstance(symbol, SymbolExpr):
        raise NftError("value is not a valid priority expression", symbol.location)
    number = integer(symbol.text)
    if number is not None:
        return number
    name, *rest = symbol.text.split()
    names, limits = priorities(family)
    known = names.get(name)
    if known is None or limits.get(name) not in (None, hook):
        return None
    if not rest:
        return known
    return known + int(rest[1]) if rest[0] == "+" else known - int(rest[1])


_DATA_UNITS: Final = {"bytes": 1, "kbytes": 1024, "mbytes": 1024 * 1024}


def data_unit(text: str, location: Location) -> int:
    """The bytes of a unit; what follows its name is ignored (data_unit_parse)."""
    factor = next((size for name, size in _DATA_UNITS.items() if text.startswith(name)), None)
    if factor is None:
        raise NftError("Wrong rate format", location)
    return factor
