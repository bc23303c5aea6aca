"""Options of `create` and `add` (lib/args.c, functions ipset_parse_* of lib/parse.c).

Not modelled: `bitmask`, `wildcard`, options of ipset 4 that newer ones replace (`--from`, `--to`, `--network`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.ipset.entry import Extensions
from vnetsim.netfilter.ipset.setbase import SetOptions
from vnetsim.netfilter.ipset.settypes import SetType
from vnetsim.programs.ipset.errors import IpsetError, syntax, usage
from vnetsim.programs.ipset.parse import ElementParser, Hosts, integer, ipv4_addresses

_U32: Final = 0xFFFF_FFFF
_U64: Final = 2**64 - 1
#: The largest number of seconds whose milliseconds are an int.
_LONGEST_TIMEOUT: Final = 2_147_483
_LONGEST_COMMENT: Final = 255
_FLAGS: Final = ("counters", "comment", "skbinfo", "forceadd")
_FAMILIES: Final = {"inet": 4, "ipv4": 4, "-4": 4, "inet6": 6, "ipv6": 6, "-6": 6}
_IGNORED: Final = ("probes", "resize", "gc")
_UNMODELLED: Final = ("bitmask", "from", "to", "network", "wildcard")


def _family(text: str) -> int:
    if text not in _FAMILIES:
        raise syntax(f"unknown inet family {text}")
    return _FAMILIES[text]


def _netmask(text: str, bits: int) -> int:
    try:
        return integer(text, 1, bits)
    except IpsetError as wrong:
        raise IpsetError(f"{wrong}\nSyntax error: netmask is out of the inclusive range of 1-{bits}") from None


def _port_range(text: str, kind: SetType, hosts: Hosts) -> tuple[int, int]:
    found = ElementParser(kind, 4, hosts).ports(text)
    if found.last is None:
        raise usage("Mandatory option `to' is missing")
    return found.bounds


_NUMBERS: Final = {
    "hashsize": _U32, "maxelem": _U32, "bucketsize": 0xFF, "initval": _U32, "markmask": _U32, "size": _U32,
    "timeout": _LONGEST_TIMEOUT,
}  # fmt: skip


def _words(words: Sequence[str], names: Sequence[str], valued: Sequence[str]) -> dict[str, str]:
    """The options by name; two leading dashes are ignored (call_parser)."""
    found: dict[str, str] = {}
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name = "family" if word in ("-4", "-6") and "family" in names else word.removeprefix("--")
        if name not in names:
            if name in _UNMODELLED:
                raise NotModelled(f"ipset: the option {name}")
            raise usage(f"Unknown argument: `{word}'")
        if name in found:
            raise syntax(f"{name} already specified")
        if word in ("-4", "-6"):
            found[name] = word
        elif name in valued:
            if not rest:
                raise usage(f"Missing mandatory argument of option `{name}'")
            found[name] = rest.pop(0)
        else:
            found[name] = ""
    return found


def create_options(kind: SetType, words: Sequence[str], hosts: Hosts, warn: Callable[[str], None]) -> SetOptions:
    """The options behind `create SETNAME TYPENAME`."""
    ignored = _IGNORED if kind.method == "hash" else ("gc",)
    names = (*kind.options, *ignored)
    given = _words(words, names, [name for name in names if name not in _FLAGS])
    old = [
        f"Option '--{name} {given[name]}' is ignored. Please upgrade your syntax.\n"
        for name in ignored
        if name in given
    ]
    if old:
        warn("".join(old))
    if "range" in kind.options and "range" not in given:
        raise usage("Mandatory option `range' is missing")
    values: dict[str, Any] = {"family": _family(given.pop("family"))} if "family" in given else {}
    for name, text in given.items():
        if name not in ignored:
            values[name] = _value(name, text, kind, values.get("family", 4), hosts)
    found = SetOptions(**values)
    markmask = _U32 if found.markmask is None and "markmask" in kind.options else found.markmask
    return attrs.evolve(found, markmask=markmask)


def _value(name: str, text: str, kind: SetType, family: int, hosts: Hosts) -> Any:
    if name in _FLAGS:
        return True
    if name == "netmask":
        return _netmask(text, 32 if family == 4 else 128)
    if name == "range":
        return _port_range(text, kind, hosts) if kind.name == "bitmap:port" else ipv4_addresses(text, kind, hosts)
    return integer(text, 0, _NUMBERS[name])


# --- add -------------------------------------------------------------------------------------------------------------

_ADD: Final = ("timeout", "packets", "bytes", "comment", "skbmark", "skbprio", "skbqueue")


def element_options(kind: SetType, command: str, words: Sequence[str]) -> tuple[Extensions, tuple[str, str] | None]:
    """What follows the element; for a list also `before` or `after`, with the name of a set."""
    places = ("before", "after") if kind.method == "list" else ()
    nomatch = ("nomatch",) if kind.has_nets and command in ("add", "test") else ()
    names = (*(_ADD if command == "add" else ()), *places, *nomatch)
    given = _words(words, names, [name for name in names if name != "nomatch"])
    place = next(((name, given.pop(name)) for name in places if name in given), None)
    return Extensions(**{name: _extension(name, text) for name, text in given.items()}), place


def _extension(name: str, text: str) -> Any:
    if name == "nomatch":
        return True
    if name == "timeout":
        return integer(text, 0, _LONGEST_TIMEOUT)
    if name in ("packets", "bytes"):
        return integer(text, 0, _U64)
    if name == "comment":
        return _comment(text)
    if name == "skbmark":
        return _skbmark(text)
    return _skbprio(text) if name == "skbprio" else integer(text, 0, 0xFFFF)


def _comment(text: str) -> str:
    if '"' in text:
        raise syntax('" character is not permitted in comments')
    if len(text) > _LONGEST_COMMENT:
        raise syntax(f"Comment is longer than the maximum allowed {_LONGEST_COMMENT} characters")
    return text


def _skbmark(text: str) -> tuple[int, int]:
    found = re.match(r"0x([0-9a-fA-F]+)(?:/0x([0-9a-fA-F]+))?", text)
    if found is None:
        raise syntax("Invalid skbmark format, it should be:  MARK/MASK or MARK (see manpage)")
    return int(found[1], 16) & _U32, int(found[2] or "ffffffff", 16) & _U32


def _skbprio(text: str) -> tuple[int, int]:
    found = re.match(r"([0-9a-fA-F]+):([0-9a-fA-F]*)", text)
    if found is None:
        raise syntax("Invalid skbprio format, it should be: MAJOR:MINOR (see manpage)")
    return int(found[1], 16), int(found[2] or "0", 16)
