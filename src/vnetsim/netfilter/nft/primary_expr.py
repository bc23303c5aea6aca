"""Primary expressions: payload, meta, ct, fib, exthdr, rt, numgen and hash.

Each has its keys, their types and its printing (payload.c, meta.c, ct.c, fib.c, tcpopt.c, rt.c, numgen.c and
hash.c of nftables 1.0.6).
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Datatype, Json, JsonObject
from vnetsim.netfilter.nft.expression import Expr
from vnetsim.netfilter.nft.location import INTERNAL, Location
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.proto import Field, Header, PayloadBase
from vnetsim.values import frozen

# --- payload -------------------------------------------------------------------------------------------------------


@frozen
class PayloadExpr(Expr):
    """`bits` bits of a packet from `offset` on, counted from the header at `base`."""

    base: PayloadBase
    offset: int
    bits: int

    def to_text(self, _ctx: OutputContext) -> str:
        return f"@{self.base.token},{self.offset},{self.bits}"

    def to_json(self, _ctx: OutputContext) -> Json:
        return {"payload": {"base": self.base.token, "offset": self.offset, "len": self.bits}}

    @property
    def datatype(self) -> Datatype:
        return types.RAW


@frozen
class FieldExpr(PayloadExpr):
    """A payload expression whose header and field are known (`desc` and `tmpl`): not in what the kernel stores."""

    header: Header
    field: Field

    @classmethod
    def of(cls, header: Header, field: Field, location: Location = INTERNAL) -> FieldExpr:
        return cls(header.base, field.offset, field.bits, header, field, location=location)

    @property
    def datatype(self) -> Datatype:
        return self.field.datatype

    def to_text(self, _ctx: OutputContext) -> str:
        return f"{self.header.name} {self.field.name}"

    def to_json(self, _ctx: OutputContext) -> Json:
        return {"payload": {"protocol": self.header.name, "field": self.field.name}}


# --- meta ----------------------------------------------------------------------------------------------------------

#: Keys of `meta` in nft's order, with type and bits.
META: Final[dict[str, tuple[Datatype, int]]] = {
    "length": (types.INTEGER, 32), "protocol": (types.ETHER_TYPE, 16), "priority": (types.CLASSID, 32),
    "mark": (types.MARK, 32), "iif": (types.IFACE_INDEX, 32), "oif": (types.IFACE_INDEX, 32),
    "iifname": (types.IFNAME, 128), "oifname": (types.IFNAME, 128), "iiftype": (types.IFACE_TYPE, 16),
    "oiftype": (types.IFACE_TYPE, 16), "skuid": (types.UID, 32), "skgid": (types.GID, 32),
    "nftrace": (types.INTEGER, 1), "rtclassid": (types.REALM, 32), "secmark": (types.INTEGER, 32),
    "nfproto": (types.NF_PROTO, 8), "l4proto": (types.INET_PROTO, 8), "ibrname": (types.IFNAME, 128),
    "obrname": (types.IFNAME, 128), "pkttype": (types.PKT_TYPE, 8), "cpu": (types.INTEGER, 32),
    "iifgroup": (types.DEVGROUP, 32), "oifgroup": (types.DEVGROUP, 32), "cgroup": (types.INTEGER, 32),
    "random": (types.INTEGER, 32), "ipsec": (types.BOOLEAN, 8), "iifkind": (types.IFNAME, 128),
    "oifkind": (types.IFNAME, 128), "ibrpvid": (types.INTEGER, 16), "ibrvproto": (types.ETHER_TYPE, 16),
    "time": (types.DATE, 64), "day": (types.DAY, 8), "hour": (types.HOUR, 32), "sdif": (types.IFACE_INDEX, 32),
    "sdifname": (types.IFNAME, 128),
}  # fmt: skip
#: Keys that are printed without `meta`.
UNQUALIFIED_META: Final = frozenset({"iif", "oif", "iifname", "oifname", "iifgroup", "oifgroup"})
#: Keys that set the protocol of a layer, and the layer below it.
META_PROTOCOLS: Final = {"nfproto": PayloadBase.LINK, "l4proto": PayloadBase.NETWORK, "protocol": PayloadBase.LINK}


def meta_text(key: str) -> str:
    return key if key in UNQUALIFIED_META else f"meta {key}"


@frozen
class MetaExpr(Expr):
    """Metadata of a packet; `key` is one of META."""

    key: str

    def to_text(self, _ctx: OutputContext) -> str:
        return meta_text(self.key)

    def to_json(self, _ctx: OutputContext) -> JsonObject:
        return {"meta": {"key": self.key}}

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return META[self.key]


# --- ct ------------------------------------------------------------------------------------------------------------

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


@frozen
class CtExpr(Expr):
    """A property of the connection; `key` is one of CONNTRACK, `direction` original, reply or "".

    `family` is that of saddr and daddr (ip or ip6) where it is known, else "".
    """

    key: str
    direction: str = ""
    family: str = ""

    def to_text(self, _ctx: OutputContext) -> str:
        return " ".join(filter(None, ("ct", self.direction, self.family, self.key)))

    def to_json(self, _ctx: OutputContext) -> JsonObject:
        return {"ct": {"key": self.key, **({"dir": self.direction} if self.direction else {})}}

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return CONNTRACK[f"{self.family} {self.key}" if self.family else self.key]


# --- fib and rt ----------------------------------------------------------------------------------------------------


@frozen
class FibExpr(Expr):
    """The result of a route lookup for an address: `result` is type, oif or oifname.

    `selectors` are saddr or daddr, mark, iif, oif in that order.  `present`: whether there is a result at all.
    """

    selectors: tuple[str, ...]
    result: str
    present: bool = False

    def to_text(self, _ctx: OutputContext) -> str:
        return f"fib {' . '.join(self.selectors)} {self.result}"

    def to_json(self, _ctx: OutputContext) -> Json:
        return {"fib": {"result": self.result, "flags": list(self.selectors)}}

    @property
    def _shape(self) -> tuple[Datatype, int]:
        if self.present:
            return types.BOOLEAN, 32
        results = {"oif": (types.IFACE_INDEX, 32), "oifname": (types.STRING, 128)}
        return results.get(self.result, (types.FIB_ADDRTYPE, 32))


#: Keys of `rt`, those of nexthop with its family.
ROUTE_KEYS: Final[dict[str, tuple[Datatype, int]]] = {
    "classid": (types.REALM, 32), "mtu": (types.INTEGER, 16), "ipsec": (types.BOOLEAN, 8),
    "nexthop": (types.IPV4_ADDR, 32), "ip nexthop": (types.IPV4_ADDR, 32), "ip6 nexthop": (types.IPV6_ADDR, 128),
}  # fmt: skip


@frozen
class RtExpr(Expr):
    """A property of the route of a packet: `key` is mtu, nexthop or classid, `family` ip, ip6 or ""."""

    key: str
    family: str = ""

    def to_text(self, _ctx: OutputContext) -> str:
        return " ".join(filter(None, ("rt", self.family, self.key)))

    def to_json(self, _ctx: OutputContext) -> Json:
        return {"rt": {"key": self.key, **({"family": self.family} if self.family else {})}}

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return ROUTE_KEYS[f"{self.family} {self.key}" if self.key == "nexthop" and self.family else self.key]


# --- options of TCP ------------------------------------------------------------------------------------------------

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


@frozen
class ExthdrExpr(Expr):
    """A field of a TCP option, or with `present` whether the option is there; `name` is one of TCP_OPTIONS."""

    name: str
    field: str = "kind"
    present: bool = False

    def to_text(self, _ctx: OutputContext) -> str:
        return f"tcp option {self.name}" + ("" if self.present else f" {self.field}")

    def to_json(self, _ctx: OutputContext) -> JsonObject:
        return {"tcp option": {"name": self.name, **({} if self.present else {"field": self.field})}}

    @property
    def _shape(self) -> tuple[Datatype, int]:
        return (types.BOOLEAN, 8) if self.present else (types.INTEGER, TCP_OPTIONS[self.name][1][self.field][1])


# --- numgen and hash -----------------------------------------------------------------------------------------------


@frozen
class GeneratedExpr(Expr):
    """A number that takes the type that is expected, where that is a number, too."""

    expected: Datatype | None = attrs.field(default=None, kw_only=True, eq=False, repr=False)

    @property
    def datatype(self) -> Datatype:
        return self.expected or types.INTEGER


@frozen
class NumgenExpr(GeneratedExpr):
    """A number: one more each time (`inc`) or random."""

    mode: str
    modulus: int
    offset: int = 0

    def to_text(self, _ctx: OutputContext) -> str:
        return f"numgen {self.mode} mod {self.modulus}" + (f" offset {self.offset}" if self.offset else "")

    def to_json(self, _ctx: OutputContext) -> Json:
        return {"numgen": {"mode": self.mode, "mod": self.modulus, "offset": self.offset}}


@frozen
class HashExpr(GeneratedExpr):
    """A hash of `key` (jhash), or where that is None of the packet's addresses and ports (symhash)."""

    key: Expr | None
    modulus: int
    seed: int | None = None
    offset: int = 0

    def to_text(self, ctx: OutputContext) -> str:
        text = "symhash" if self.key is None else f"jhash {self.key.to_text(ctx)}"
        text += f" mod {self.modulus}"
        if self.seed is not None:
            text += f" seed 0x{self.seed:x}"
        return text + (f" offset {self.offset}" if self.offset else "")

    def to_json(self, ctx: OutputContext) -> Json:
        root: JsonObject = {"mod": self.modulus}
        if self.seed is not None:
            root["seed"] = self.seed
        if self.offset:
            root["offset"] = self.offset
        return {"symhash": root} if self.key is None else {"jhash": {**root, "expr": self.key.to_json(ctx)}}
