"""What a rule looks at and compares it with, as values (struct expr of nftables 1.0.6, the kernel's expressions).

A rule is kept as the kernel keeps it: places in headers are numbers of bits (Payload), and what they mean follows from
what was compared before.  `decode` finds out, and gives Named, Constant, Flags and the other nodes below "as printed".
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Datatype, Value
from vnetsim.netfilter.nft.proto import Field, Header, PayloadBase


@attrs.frozen
class Expr:
    """Common to all."""


# --- what is looked at ---------------------------------------------------------------------------------------------


@attrs.frozen
class PayloadExpr(Expr):
    """`bits` bits of a packet from `offset` on, counted from the header at `base`."""

    base: PayloadBase
    offset: int
    bits: int


@attrs.frozen
class MetaExpr(Expr):
    """Something that the kernel knows about a packet; `key` is one of META."""

    key: str


@attrs.frozen
class CtExpr(Expr):
    """Something about its connection; `key` is one of CONNTRACK, `direction` original, reply or ""."""

    key: str
    direction: str = ""


@attrs.frozen
class FibExpr(Expr):
    """What the routing table says of an address: `result` is type, oif or oifname.

    `selectors` are saddr or daddr, mark, iif, oif in that order.  `present`: whether there is a result at all.
    """

    selectors: tuple[str, ...]
    result: str
    present: bool = False


@attrs.frozen
class ExthdrExpr(Expr):
    """A field of a TCP option, or with `present` whether the option is there; `name` is one of TCP_OPTIONS."""

    name: str
    field: str = "kind"
    present: bool = False


@attrs.frozen
class RtExpr(Expr):
    """Something about the route of a packet: `key` is mtu, nexthop or classid, `family` ip, ip6 or ""."""

    key: str
    family: str = ""


@attrs.frozen
class NumgenExpr(Expr):
    """A number: one more each time (`inc`) or by chance (`random`)."""

    mode: str
    modulus: int
    offset: int = 0


@attrs.frozen
class HashExpr(Expr):
    """A number made of `key`; of the packet's addresses and ports where that is None (symhash)."""

    key: Expr | None
    modulus: int
    seed: int | None = None
    offset: int = 0


@attrs.frozen
class BitwiseExpr(Expr):
    """`(value & mask) ^ xor`."""

    value: Expr
    mask: int
    xor: int = 0


@attrs.frozen
class ShiftExpr(Expr):
    """`operator` is << or >>."""

    operator: str
    value: Expr
    amount: int


@attrs.frozen
class ConcatExpr(Expr):
    """`a . b`"""

    parts: tuple[Expr, ...]


@attrs.frozen
class LookupExpr(Expr):
    """`key map mappings`: what a map holds for `key`."""

    key: Expr
    mappings: Expr


# --- what it is compared with --------------------------------------------------------------------------------------


@attrs.frozen
class ConstantExpr(Expr):
    value: Value
    datatype: Datatype = types.INTEGER


@attrs.frozen
class PrefixExpr(Expr):
    """The `length` bits of `value` that come first; the others are 0."""

    value: int
    length: int
    bits: int
    datatype: Datatype = types.INTEGER

    @property
    def last(self) -> int:
        return self.value | (1 << self.bits - self.length) - 1


@attrs.frozen
class RangeExpr(Expr):
    """Both ends included."""

    first: int
    last: int
    datatype: Datatype = types.INTEGER


@attrs.frozen
class WildcardExpr(Expr):
    """All strings that begin with `text`."""

    text: str
    datatype: Datatype = types.STRING


@attrs.frozen
class SetRefExpr(Expr):
    """A set or map by its name; `__set%d` and the like have no name of their own and are printed in full."""

    name: str


@attrs.frozen
class VerdictExpr(Expr):
    """`kind` is accept, drop, continue, return, jump or goto, the last two with a `chain`."""

    kind: str
    chain: str = ""


# --- as printed ----------------------------------------------------------------------------------------------------


@attrs.frozen
class FieldExpr(Expr):
    """A field of a header."""

    header: Header
    field: Field


@attrs.frozen
class CtAddressExpr(Expr):
    """`ct original ip saddr`: a key whose family was found out."""

    key: CtExpr
    family: str


@attrs.frozen
class BinopExpr(Expr):
    operator: str
    left: Expr
    right: Expr


@attrs.frozen
class ListExpr(Expr):
    """`established,related`"""

    parts: tuple[Expr, ...]


@attrs.frozen
class RelationalExpr(Expr):
    """`operator` is ==, !=, <, >, <=, >=, ! or "in", which is not printed."""

    operator: str
    left: Expr
    right: Expr


@attrs.frozen
class FlagcmpExpr(Expr):
    """`tcp flags syn / syn,ack`; `operator` is == or !=."""

    operator: str
    left: Expr
    value: Expr
    mask: Expr


@attrs.frozen
class SetElemExpr(Expr):
    """Of a set: `statements` are printed words, with their JSON; times in milliseconds."""

    key: Expr
    statements: tuple[tuple[str, dict[str, types.Json]], ...] = ()
    timeout: int | None = None
    expires: int | None = None
    comment: str | None = None


@attrs.frozen
class CatchallExpr(Expr):
    """`*`"""


@attrs.frozen
class MappingExpr(Expr):
    key: Expr
    data: Expr


@attrs.frozen
class SetExpr(Expr):
    elements: tuple[Expr, ...]


@attrs.frozen
class MapExpr(Expr):
    """`verdicts`: it is a `vmap`."""

    key: Expr
    mappings: Expr
    verdicts: bool


#: Keys of `meta`: type, and bits where the type leaves them open.
META: Final[dict[str, tuple[Datatype, int]]] = {
    "length": (types.INTEGER, 32), "protocol": (types.ETHER_TYPE, 16), "nfproto": (types.NF_PROTO, 8),
    "l4proto": (types.INET_PROTO, 8), "priority": (types.CLASSID, 32), "mark": (types.MARK, 32),
    "iif": (types.IFACE_INDEX, 32), "iifname": (types.IFNAME, 128), "iiftype": (types.IFACE_TYPE, 16),
    "oif": (types.IFACE_INDEX, 32), "oifname": (types.IFNAME, 128), "oiftype": (types.IFACE_TYPE, 16),
    "skuid": (types.UID, 32), "skgid": (types.GID, 32), "nftrace": (types.INTEGER, 1),
    "rtclassid": (types.REALM, 32), "ibrname": (types.IFNAME, 128), "obrname": (types.IFNAME, 128),
    "pkttype": (types.PKT_TYPE, 8), "cpu": (types.INTEGER, 32), "iifgroup": (types.DEVGROUP, 32),
    "oifgroup": (types.DEVGROUP, 32), "cgroup": (types.INTEGER, 32), "random": (types.INTEGER, 32),
    "ipsec": (types.BOOLEAN, 8), "iifkind": (types.IFNAME, 128), "oifkind": (types.IFNAME, 128),
    "ibrpvid": (types.INTEGER, 16), "ibrvproto": (types.ETHER_TYPE, 16), "time": (types.DATE, 64),
    "day": (types.DAY, 8), "hour": (types.HOUR, 32), "secmark": (types.INTEGER, 32), "sdif": (types.IFACE_INDEX, 32),
    "sdifname": (types.IFNAME, 128),
}  # fmt: skip
#: Keys that are printed without the word meta.
UNQUALIFIED: Final = frozenset({"iif", "oif", "iifname", "oifname", "iifgroup", "oifgroup"})
#: Keys that tell a protocol, and the layer that they belong to.
META_PROTOCOLS: Final = {"nfproto": PayloadBase.LINK, "l4proto": PayloadBase.NETWORK, "protocol": PayloadBase.LINK}

#: Keys of `ct`; the types of saddr, daddr, proto-src and proto-dst follow from the protocol.
CONNTRACK: Final[dict[str, tuple[Datatype, int]]] = {
    "state": (types.CT_STATE, 32), "direction": (types.CT_DIR, 8), "status": (types.CT_STATUS, 32),
    "mark": (types.MARK, 32), "expiration": (types.TIME, 32), "helper": (types.STRING, 128),
    "l3proto": (types.NF_PROTO, 8), "saddr": (types.INVALID, 0), "daddr": (types.INVALID, 0),
    "protocol": (types.INET_PROTO, 8), "proto-src": (types.INET_SERVICE, 16), "proto-dst": (types.INET_SERVICE, 16),
    "label": (types.CT_LABEL, 128), "bytes": (types.INTEGER, 64), "packets": (types.INTEGER, 64),
    "avgpkt": (types.INTEGER, 64), "zone": (types.INTEGER, 16), "event": (types.CT_EVENT, 32),
    "ip saddr": (types.IPV4_ADDR, 32), "ip daddr": (types.IPV4_ADDR, 32), "ip6 saddr": (types.IPV6_ADDR, 128),
    "ip6 daddr": (types.IPV6_ADDR, 128), "secmark": (types.INTEGER, 32), "id": (types.INTEGER, 32),
}  # fmt: skip
CONNTRACK_PROTOCOLS: Final = {"l3proto": PayloadBase.LINK, "protocol": PayloadBase.NETWORK}

ROUTE_KEYS: Final[dict[str, tuple[Datatype, int]]] = {
    "classid": (types.REALM, 32), "mtu": (types.INTEGER, 16), "ipsec": (types.BOOLEAN, 8),
}  # fmt: skip

_KIND: Final = {"kind": (0, 8)}
_KIND_AND_LENGTH: Final = {"kind": (0, 8), "length": (8, 8)}
#: TCP options by name: their kind, and their fields with offset and bits.
TCP_OPTIONS: Final[dict[str, tuple[int, dict[str, tuple[int, int]]]]] = {
    "eol": (0, _KIND), "nop": (1, _KIND), "maxseg": (2, {**_KIND_AND_LENGTH, "size": (16, 16)}),
    "window": (3, {**_KIND_AND_LENGTH, "count": (16, 8)}), "sack-perm": (4, _KIND_AND_LENGTH),
    "sack": (5, {**_KIND_AND_LENGTH, "left": (16, 32), "right": (48, 32)}),
    "timestamp": (8, {**_KIND_AND_LENGTH, "tsval": (16, 32), "tsecr": (48, 32)}),
    "md5sig": (19, _KIND_AND_LENGTH), "mptcp": (30, _KIND_AND_LENGTH), "fastopen": (34, _KIND_AND_LENGTH),
}  # fmt: skip


def is_anonymous(name: str) -> bool:
    return name.startswith("__")


def shape(node: Expr) -> tuple[Datatype, int]:
    """Type and bits of what is looked at; of a Payload only the bits are known."""
    match node:
        case PayloadExpr():
            return types.RAW, node.bits
        case FieldExpr():
            return node.field.datatype, node.field.bits
        case MetaExpr():
            return META[node.key]
        case CtExpr():
            return CONNTRACK[node.key]
        case BitwiseExpr() | ShiftExpr():
            return shape(node.value)
        case BinopExpr():
            return shape(node.left)
        case ConcatExpr():
            shapes = [shape(part) for part in node.parts]
            return types.concatenated(tuple(found for found, _ in shapes)), sum((b + 31) // 32 * 32 for _, b in shapes)
    return _other_shape(node)


def _other_shape(node: Expr) -> tuple[Datatype, int]:
    match node:
        case CtAddressExpr():
            return (types.IPV4_ADDR, 32) if node.family == "ip" else (types.IPV6_ADDR, 128)
        case FibExpr():
            return _fib_shape(node)
        case ExthdrExpr():
            return (types.BOOLEAN, 8) if node.present else (types.INTEGER, TCP_OPTIONS[node.name][1][node.field][1])
        case RtExpr():
            return _route_shape(node)
    return types.INTEGER, 32


def _fib_shape(node: FibExpr) -> tuple[Datatype, int]:
    if node.present:
        return types.BOOLEAN, 32
    return {"oif": (types.IFACE_INDEX, 32), "oifname": (types.STRING, 128)}.get(node.result, (types.FIB_ADDRTYPE, 32))


def _route_shape(node: RtExpr) -> tuple[Datatype, int]:
    if node.key == "nexthop":
        return (types.IPV6_ADDR, 128) if node.family == "ip6" else (types.IPV4_ADDR, 32)
    return ROUTE_KEYS[node.key]


#: What a set's element is known by: a number or string, a pair of ends, a tuple of these for a concatenation.
Key: TypeAlias = "Value | Interval | tuple[Value | Interval, ...]"


@attrs.frozen(order=True)
class Interval:
    """Both ends included."""

    first: int
    last: int
