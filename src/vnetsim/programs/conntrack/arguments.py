"""conntrack's command line: a command, a table, and options, some of which a protocol brings.

Follows src/conntrack.c and extensions/*.c of conntrack-tools 1.4.7.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import VnetsimError
from vnetsim.programs.libc.netdb import protocols
from vnetsim.values import define

_COMMANDS: Final = "LGDIUEFCSAR"
_TABLES: Final = ("conntrack", "expect", "dying", "unconfirmed")
#: Options in the order in which they are checked, by their letter (or, without one, their name).
NAMES: Final = {
    "s": "src", "d": "dst", "r": "reply-src", "q": "reply-dst", "p": "protonum", "t": "timeout", "u": "status",
    "z": "zero", "e": "event-mask", "tuple-src": "tuple-src", "tuple-dst": "tuple-dst", "mask-src": "mask-src",
    "mask-dst": "mask-dst", "a": "nat-range", "m": "mark", "i": "id", "f": "family", "n": "src-nat", "g": "dst-nat",
    "o": "output", "c": "secmark", "b": "buffer-size", "j": "any-nat", "w": "zone", "l": "label",
    "label-add": "label-add", "label-del": "label-del", "orig-zone": "orig-zone", "reply-zone": "reply-zone",
}  # fmt: skip
_LONG: Final = {
    **{name: letter for letter, name in NAMES.items()},
    "orig-src": "s", "source": "s", "orig-dst": "d", "destination": "d", "dump": "L", "get": "G", "delete": "D",
    "create": "I", "update": "U", "event": "E", "flush": "F", "count": "C", "stats": "S", "add": "A",
    "load-file": "R", "help": "h", "version": "V",
}  # fmt: skip
#: Options that take an argument, those that may, and those that do not.
_WITH: Final = "sdrqptuemcifobwlaR"
_PERHAPS: Final = "ngj"
_WITHOUT: Final = "zhV"
#: What each command accepts.
_ALLOWED: Final = {
    "L": "s d r q p u z mask-src mask-dst m f n g o c j w l orig-zone reply-zone",
    "D": "s d r q p t u mask-src mask-dst m i f n g o w l orig-zone reply-zone",
    "G": "s d r q p i o",
    "E": "s d r q p e mask-src mask-dst m f n g o c b j w l orig-zone reply-zone",
    "F": "f",
    "C": "",
    "S": "",
    "": "",
}
_PORTS: Final = {
    "orig-port-src": "orig-port-src",
    "sport": "orig-port-src",
    "orig-port-dst": "orig-port-dst",
    "dport": "orig-port-dst",
    "reply-port-src": "reply-port-src",
    "reply-port-dst": "reply-port-dst",
}
#: Options that a protocol brings, by what they mean.
_BROUGHT: Final = {
    6: {**_PORTS, "state": "state"},
    17: _PORTS,
    132: _PORTS,
    33: _PORTS,
    136: _PORTS,
    1: {f"icmp-{part}": part for part in ("type", "code", "id")},
    58: {f"icmpv6-{part}": part for part in ("type", "code", "id")},
}
STATES: Final = ("NONE", "SYN_SENT", "SYN_RECV", "ESTABLISHED", "FIN_WAIT", "CLOSE_WAIT", "LAST_ACK", "TIME_WAIT",
                 "CLOSE", "LISTEN")  # fmt: skip
_OWN_NAMES: Final = {"icmpv6": 58}
_NUMBER: Final = re.compile(r"\s*([+-]?\d+)")


class ConntrackError(VnetsimError):
    """Status 2 is a wrong parameter, and a hint follows; 1 is something that failed."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


@define
class ConntrackArguments:
    """`options` by letter or name, the last of each counts; `protocol_options` are those of a protocol."""

    command: str = ""
    table: str = "conntrack"
    protocol: int | None = None
    options: dict[str, str] = attrs.field(factory=dict)
    protocol_options: dict[str, str] = attrs.field(factory=dict)
    warnings: list[str] = attrs.field(factory=list)

    def __contains__(self, option: str) -> bool:
        return option in self.options


def number(text: str) -> int:
    """atoi(3): 0 where there is none."""
    found = _NUMBER.match(text)
    return int(found[1]) if found else 0


def read(args: tuple[str, ...]) -> ConntrackArguments:
    arguments = ConntrackArguments()
    rest = list(args)
    while rest:
        token = rest.pop(0)
        if token.startswith("--") and len(token) > 2:
            _long(arguments, token[2:], rest)
        elif token.startswith("-") and len(token) > 1:
            _short(arguments, token[1:], rest)
    _check(arguments)
    return arguments


# --- text -------------------------------------------------------------------------------------------------------------


def _short(arguments: ConntrackArguments, letters: str, rest: list[str]) -> None:
    while letters:
        letter, letters = letters[0], letters[1:]
        if letter in _COMMANDS:
            _command(arguments, letter, rest)
        elif letter in _WITHOUT:
            arguments.options[letter] = ""
        elif letter in _PERHAPS:
            _set(arguments, letter, letters or _optional(rest))
            return
        elif letter in _WITH:
            if not letters and not rest:
                raise ConntrackError(f"option `-{letter}' requires an argument")
            _set(arguments, letter, letters or rest.pop(0))
            return
        else:
            raise ConntrackError(f"unknown option `-{letter}'")


def _long(arguments: ConntrackArguments, token: str, rest: list[str]) -> None:
    name, equals, value = token.partition("=")
    known = {**_LONG, **_BROUGHT.get(arguments.protocol or 0, {})}
    found = {known[each] for each in known if each == name} or {known[each] for each in known if each.startswith(name)}
    if len(found) != 1:
        raise ConntrackError(f"unknown option `--{token}'")
    option = found.pop()
    if option in _COMMANDS:
        _command(arguments, option, rest)
    elif option in _WITHOUT:
        arguments.options[option] = ""
    elif option in _PERHAPS:
        _set(arguments, option, value if equals else _optional(rest))
    elif not equals and not rest:
        raise ConntrackError(f"option `--{token}' requires an argument")
    else:
        text = value if equals else rest.pop(0)
        if option in NAMES:
            _set(arguments, option, text)
        else:
            _set_option(arguments, option, text)


def _optional(rest: list[str]) -> str:
    return rest.pop(0) if rest and not rest[0].startswith(("-", "!")) else ""


def _command(arguments: ConntrackArguments, letter: str, rest: list[str]) -> None:
    if arguments.command:
        raise ConntrackError("Invalid commands combination")
    arguments.command = letter
    table = _optional(rest) if letter not in "SR" else ""
    if table and table not in _TABLES:
        raise ConntrackError(f"unknown type `{table}'")
    arguments.table = table or "conntrack"
    if arguments.table in ("dying", "unconfirmed") and letter != "L":
        raise ConntrackError("Can't do that command with tables `dying' and `unconfirmed'")


def _set(arguments: ConntrackArguments, option: str, text: str) -> None:
    if option == "p":
        arguments.protocol = _protocol(text)
    if option == "a":
        arguments.warnings.append("WARNING: ignoring -a, deprecated option.\n")
        return
    arguments.options[option] = text


def _set_option(arguments: ConntrackArguments, option: str, text: str) -> None:
    if option == "state" and text not in STATES:
        raise ConntrackError(f"unknown TCP state `{text}'")
    arguments.protocol_options[option] = text


def _protocol(text: str) -> int:
    """By the names of the extensions and of /etc/protocols, or by number."""
    if is_digits(text):
        if int(text) < 256:
            return int(text)
        raise ConntrackError(f"`{text}' unsupported protocol")
    name = text.lower()
    known = next((int(entry.number) for entry in protocols() if entry.is_called(text) or entry.name == name), None)
    chosen = _OWN_NAMES.get(name, known)
    if chosen is None:
        raise ConntrackError(f"`{text}' unsupported protocol")
    return chosen


# --- what goes together -----------------------------------------------------------------------------------------------


def _check(arguments: ConntrackArguments) -> None:
    """generic_opt_check(), and for -G what each protocol needs."""
    if "h" in arguments or "V" in arguments or arguments.command not in _ALLOWED:
        return
    allowed = _ALLOWED[arguments.command].split()
    if arguments.command == "G" and "p" not in arguments:
        raise ConntrackError("You need to supply the `--protonum' option for this command")
    for option, name in NAMES.items():
        if option in arguments and option not in allowed:
            raise ConntrackError(f"Illegal option `--{name}' with this command")
    for mask, address in (("mask-src", "s"), ("mask-dst", "d")):
        if mask in arguments and address not in arguments:
            raise ConntrackError(f"Can't use --{mask} without --{NAMES[address]}")
    if arguments.command == "G":
        _check_get(arguments)


def _check_get(arguments: ConntrackArguments) -> None:
    original, reply = ("s" in arguments, "d" in arguments), ("r" in arguments, "q" in arguments)
    if not all(original) and not all(reply):
        raise ConntrackError("you have to specify `--src' and `--dst'")
    given = arguments.protocol_options
    if arguments.protocol in (1, 58):
        prefix = "icmp" if arguments.protocol == 1 else "icmpv6"
        for part in ("type", "code"):
            if part not in given:
                raise ConntrackError(f"You need to supply the `--{prefix}-{part}' option for this command")
    elif not (
        {"orig-port-src", "orig-port-dst"} <= given.keys() or {"reply-port-src", "reply-port-dst"} <= given.keys()
    ):
        keys = ("srckey", "dstkey") if arguments.protocol == 47 else ("sport", "dport")
        raise ConntrackError(f"you have to specify `--{keys[0]}' and `--{keys[1]}'")
