"""The bytes by which the kernel hashes an element (struct hash_*_elem, include/linux/jhash.h), and so their order."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.ipset.elements import Element, Ether, Iface, MarkPart, Net, Port

_WORD: Final = 0xFFFF_FFFF
_INITIAL: Final = 0xDEAD_BEEF

#: The fields of each type's struct, in their order: a number is that many zero bytes, `cidr` one byte each.
#: `packed` is a length less one in seven bits.
_FIELDS: Final = {
    "hash:ip": "ip",
    "hash:net": "ip 3 cidr",
    "hash:ip,port": "ip port proto 1",
    "hash:net,port": "ip port proto packed",
    "hash:ip,port,ip": "ip port proto 1",
    "hash:ip,port,net": "ip port packed proto",
    "hash:net,net": "ip 2 cidr pad8",
    "hash:net,port,net": "ip port cidr 3 proto",
    "hash:net,iface": "ip physical cidr 1 one",
    "hash:ip,mark": "ip mark",
    "hash:ip,mac": "ip mac 2",
    "hash:mac": "mac 2",
}


def key_of(name: str, element: Element) -> bytes:
    """The bytes of an element of a set of type `name`."""
    nets = [part for part in element if isinstance(part, Net)]
    key = b""
    for field in _FIELDS[name].split():
        if field == "pad8":
            key += bytes(-len(key) % 8 if nets[0].address.bits == 32 else 0)
        else:
            key += bytes(int(field)) if field.isdigit() else _field(field, element, nets)
    return key


def _field(field: str, element: Element, nets: list[Net]) -> bytes:
    if field == "ip":
        return b"".join(int(net.address).to_bytes(net.address.bits // 8, "big") for net in nets)
    if field == "cidr":
        return bytes(net.length for net in nets)
    if field == "packed":
        return bytes((nets[-1].length - 1,))
    if field == "one":
        return b"\1"
    for part in element:
        if isinstance(part, Port) and field in ("port", "proto"):
            return part.number.to_bytes(2, "big") if field == "port" else bytes((part.protocol,))
        if isinstance(part, Ether) and field == "mac":
            return int(part.mac or 0).to_bytes(6, "big")
        if isinstance(part, MarkPart):
            return part.value.to_bytes(4, "little")
        if isinstance(part, Iface):
            return bytes((part.physical,))
    raise AssertionError(field)


def _rotated(value: int, count: int) -> int:
    return (value << count | value >> 32 - count) & _WORD


def jhash2(key: bytes, initval: int) -> int:
    """Bob Jenkins' hash of 32-bit integers, little-endian."""
    words = [int.from_bytes(key[start : start + 4], "little") for start in range(0, len(key), 4)]
    a = b = c = _INITIAL + (len(words) << 2) + initval & _WORD
    while len(words) > 3:
        a, b, c = a + words[0] & _WORD, b + words[1] & _WORD, c + words[2] & _WORD
        a, b, c = _mixed(a, b, c)
        words = words[3:]
    if not words:
        return c
    words += [0] * (3 - len(words))
    return _final(a + words[0] & _WORD, b + words[1] & _WORD, c + words[2] & _WORD)


def _mixed(a: int, b: int, c: int) -> tuple[int, int, int]:
    """__jhash_mix."""
    for count in (4, 6, 8, 16, 19, 4):
        a = (a - c & _WORD) ^ _rotated(c, count)
        c = c + b & _WORD
        a, b, c = b, c, a
    return a, b, c


def _final(a: int, b: int, c: int) -> int:
    """__jhash_final."""
    for count in (14, 11, 25, 16, 4, 14, 24):
        c = (c ^ b) - _rotated(b, count) & _WORD
        a, b, c = b, c, a
    # Seven turns: what was changed last is behind one turn more.
    return b
