"""Values of the options of arptables about a packet (nft-arp.c, xshared.c, libxtables' xtables_ipparse_any)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.ebtables.match_option import masked_mac
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.specification import UnknownHostError
from vnetsim.programs.arptables.rule import IPV4_TYPE, OPCODES, USUAL
from vnetsim.wire.inet import Address, inet_aton


def addresses(text: str, hosts: Mapping[str, Sequence[Address]]) -> list[int]:
    """UnknownHostError for a name that is not among `hosts`; ArgumentError for one without an address."""
    number = inet_aton(text)
    found = [number] if number is not None else hosts.get(text)
    if found is None:
        raise UnknownHostError(text)
    if not found:
        raise ArgumentError(f"host/network `{text}' not found")
    return list(map(int, found))


def _mac(what: str) -> Callable[[str], tuple[int, int | None]]:
    def read(text: str) -> tuple[int, int | None]:
        found = masked_mac(text)
        if found is None:
            raise ArgumentError(f"Problem with specified {what} mac")
        return found

    return read


def _within(what: str, names: dict[str, int], read: Callable[[str], int | None]) -> Callable[[str], tuple[int, None]]:
    """A number of 16 bits, or its name; arptables reads the mask behind a number, and forgets it."""

    def value(text: str) -> tuple[int, None]:
        found = names.get(text.lower())
        numbers = [read(each) for each in text.split("/", 1)] if found is None else [found]
        if any(number is None or not 0 <= number <= 0xFFFF for number in numbers):
            raise ArgumentError(f"Problem with specified {what}")
        return numbers[0] or 0, None

    return value


def base(base: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        try:
            return int(text, base)
        except ValueError:
            return None

    return read


def _length(text: str) -> tuple[int, None]:
    """What is no number of 8 bits is taken for the usual one."""
    found = options.number(text.partition("/")[0])
    if found is not None and found <= 0xFF and found != USUAL["h-length"]:
        raise ArgumentError("Only harware address length of 6 is supported currently.")
    return USUAL["h-length"], None


READERS: Final[dict[str, Callable[[str], tuple[int, int | None]]]] = {
    "src-mac": _mac("source"),
    "dst-mac": _mac("destination"),
    "h-length": _length,
    "opcode": _within("opcode", {name.lower(): at for at, name in enumerate(OPCODES, 1)}, base(10)),
    "h-type": _within("hardware type", {"ethernet": 1}, base(16)),
    "proto-type": _within("protocol type", {"ipv4": IPV4_TYPE}, options.number),
}
