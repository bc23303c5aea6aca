"""The matches of u32 (iproute2 6.1: tc/f_u32.c).

Not modelled: hash tables (`divisor`, `ht`, `link`, `hashkey`, `sample`, `offset`), `mark`, `police` by index.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.operations.tcfilter import U32Key, U32Match
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, number, signed

_WORD: Final = 0xFFFF_FFFF
_MOST_KEYS: Final = 128
#: The four bytes in which the link-layer header begins; what is before it is nothing of the packet.
_FIRST: Final = -16
_OF_HEADER: Final = 0xFFFF
_EVERYWHERE: Final = {4: "0.0.0.0/0", 6: "::/0"}
_ILLEGAL: Final = 'Illegal "match"'


class U32Selector:
    """The keys of one filter: those of the same four bytes are one key (pack_key)."""

    def __init__(self) -> None:
        self.keys: list[U32Key] = []

    def pack(self, value: int, mask: int, offset: int, *, nexthdr: bool = False) -> None:
        value &= mask
        for index, known in enumerate(self.keys):
            if (known.offset, known.nexthdr) == (offset, nexthdr):
                common = known.mask & mask
                if (known.value ^ value) & common:
                    raise Iproute2Error(1, _ILLEGAL)
                self.keys[index] = U32Key(known.value | value, known.mask | mask, offset, nexthdr)
                return
        if len(self.keys) >= _MOST_KEYS or offset % 4:
            raise Iproute2Error(1, _ILLEGAL)
        self.keys.append(U32Key(value, mask, offset, nexthdr))

    def narrow(self, value: int, mask: int, offset: int, size: int, *, nexthdr: bool = False) -> None:
        """pack_key8, pack_key16: `size` bytes within four; two bytes are the first ones, or the last."""
        first = 2 * (offset % 4 > 0) if size == 2 else offset % 4
        shift = 8 * (4 - size - first)
        self.pack(value << shift, mask << shift, offset - offset % 4, nexthdr=nexthdr)

    def result(self) -> U32Match:
        for key in self.keys:
            if key.offset < _FIRST or (key.offset == _FIRST and key.mask & ~_OF_HEADER):
                raise NotModelled("u32 match before the link-layer header")
        return U32Match(tuple(self.keys))


def read_match(args: Args, selector: U32Selector) -> None:
    """Behind `match`."""
    kind = args.next_arg()
    if kind in ("u32", "u16", "u8"):
        _raw(args, selector, int(kind[1:]) // 8)
    elif kind == "ip":
        _field(args, selector, _IP)
    elif kind in ("tcp", "udp"):
        _field(args, selector, _PORTS)
    elif kind == "icmp":
        _field(args, selector, _ICMP)
    elif kind == "ip6":
        _field(args, selector, _IP6)
    elif kind in ("ether", "mark"):
        raise NotModelled(f"u32 match {kind}")
    else:
        raise Iproute2Error(1, _ILLEGAL)


def _value(args: Args, bits: int, base: int = 0) -> int:
    text = args.take()
    value = None if text is None else number(text, bits, base)
    if value is None:
        raise Iproute2Error(1, _ILLEGAL)
    return value


def _raw(args: Args, selector: U32Selector, size: int) -> None:
    value, mask = _value(args, 8 * size), _value(args, 8 * size, 16)
    offset, nexthdr = _offset(args)
    if size == 4:
        selector.pack(value, mask, offset, nexthdr=nexthdr)
    else:
        selector.narrow(value, mask, offset, size, nexthdr=nexthdr)


def _offset(args: Args) -> tuple[int, bool]:
    if not args.take_if("at"):
        return 0, False
    text = args.next_arg()
    nexthdr = text.startswith("nexthdr+")
    value = signed(text.removeprefix("nexthdr+"))
    if value is None:
        raise Iproute2Error(1, _ILLEGAL)
    return value, nexthdr


_Field = Callable[[Args, U32Selector], None]


def _field(args: Args, selector: U32Selector, fields: dict[str, _Field]) -> None:
    name = args.next_arg()
    if name not in fields:
        raise Iproute2Error(1, _ILLEGAL)
    fields[name](args, selector)


def _part(size: int, offset: int, *, nexthdr: bool = False) -> _Field:
    """A value and its mask."""

    def read(args: Args, selector: U32Selector) -> None:
        value = _value(args, 8 * size)
        selector.narrow(value, _value(args, 8 * size, 16), offset, size, nexthdr=nexthdr)

    return read


def _address(offset: int, version: int) -> _Field:
    def read(args: Args, selector: U32Selector) -> None:
        text = args.next_arg()
        text = _EVERYWHERE[version] if text in ("any", "default", "all") else text
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise Iproute2Error(1, _ILLEGAL) from None
        if network.version != version:
            raise Iproute2Error(1, _ILLEGAL)
        value, mask = int(network.network_address), int(network.netmask)
        words = 1 if version == 4 else 4
        for index in range(words):
            shift = 32 * (words - 1 - index)
            part = mask >> shift & _WORD
            if part or words == 1:
                selector.pack(value >> shift & _WORD, part, offset + 4 * index)

    return read


def _flag(value: int, mask: int) -> _Field:
    return lambda _args, selector: selector.narrow(value, mask, 6, 2)


_IP: Final[dict[str, _Field]] = {
    "src": _address(12, 4), "dst": _address(16, 4), "tos": _part(1, 1), "dsfield": _part(1, 1), "ihl": _part(1, 0),
    "precedence": _part(1, 1), "protocol": _part(1, 9), "sport": _part(2, 20), "dport": _part(2, 22),
    "icmp_type": _part(1, 20), "icmp_code": _part(1, 21), "nofrag": _flag(0, 0x3FFF),
    "firstfrag": _flag(0x2000, 0x3FFF),
    "df": _flag(0x4000, 0x4000), "mf": _flag(0x2000, 0x2000),
}  # fmt: skip
_IP6: Final[dict[str, _Field]] = {
    "src": _address(8, 6), "dst": _address(24, 6), "protocol": _part(1, 6), "sport": _part(2, 40),
    "dport": _part(2, 42), "icmp_type": _part(1, 40), "icmp_code": _part(1, 41),
}  # fmt: skip
_PORTS: Final[dict[str, _Field]] = {"src": _part(2, 0, nexthdr=True), "dst": _part(2, 2, nexthdr=True)}
_ICMP: Final[dict[str, _Field]] = {"type": _part(1, 0, nexthdr=True), "code": _part(1, 1, nexthdr=True)}
