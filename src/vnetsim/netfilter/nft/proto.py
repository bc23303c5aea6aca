"""Protocol headers and their fields, and the protocols that a rule has matched so far (src/proto.c of nftables 1.0.6).

Not modelled: a VLAN tag inside another one.
"""

from __future__ import annotations

import enum
from typing import Final

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Datatype
from vnetsim.netfilter.nft.location import INTERNAL, Location
from vnetsim.values import frozen


class PayloadBase(enum.IntEnum):
    """Where in a packet a header begins."""

    LINK = 1
    NETWORK = 2
    TRANSPORT = 3

    @property
    def token(self) -> str:
        """As in `@nh,0,8`."""
        return ("ll", "nh", "th")[self - 1]

    @property
    def description(self) -> str:
        return ("link layer", "network layer", "transport layer")[self - 1]


@frozen(eq=False)
class Field:
    """`offset` and `bits` within the header.  `icmp_types`: it is there in messages of these types only."""

    name: str
    offset: int
    bits: int
    datatype: Datatype = types.INTEGER
    icmp_types: tuple[int, ...] = ()


@frozen(eq=False)
class Header:
    """`key` is the field with the next protocol, `meta_key` what nft compares instead of it."""

    name: str
    base: PayloadBase
    fields: tuple[Field, ...] = ()
    key: str = ""
    meta_key: str = ""
    uppers: tuple[tuple[int, Header], ...] = ()

    def field(self, name: str) -> Field | None:
        return next((field for field in self.fields if field.name == name), None)

    def upper(self, number: int) -> Header | None:
        return next((header for known, header in self.uppers if known == number), None)

    def number_of(self, header: Header) -> int | None:
        return next((number for number, known in self.uppers if known is header), None)

    def tells_protocol(self, field: Field) -> bool:
        """Whether a comparison of this field sets the next protocol (or, for ICMP, the type of the message)."""
        return (
            field.name == self.key
            or (self is IP and field.name == "protocol")
            or (self is IP6 and field.name == "nexthdr")
        )

    def __repr__(self) -> str:
        return f"<{self.name}>"


def _fields(*described: tuple[str, int] | tuple[str, int, Datatype], bits: int = 0) -> tuple[Field, ...]:
    """Fields one behind the other: name, bits and perhaps a type."""
    found, offset = [], bits
    for name, size, *rest in described:
        found.append(Field(name, offset, size, rest[0] if rest else types.INTEGER))
        offset += size
    return tuple(found)


_ECHO: Final = (8, 0)
_ECHO6: Final = (128, 129)

TCP: Final = Header(
    "tcp", PayloadBase.TRANSPORT,
    _fields(
        ("sport", 16, types.INET_SERVICE), ("dport", 16, types.INET_SERVICE), ("sequence", 32), ("ackseq", 32),
        ("doff", 4), ("reserved", 4), ("flags", 8, types.TCP_FLAG), ("window", 16), ("checksum", 16), ("urgptr", 16),
    ),
)  # fmt: skip
UDP: Final = Header(
    "udp",
    PayloadBase.TRANSPORT,
    _fields(("sport", 16, types.INET_SERVICE), ("dport", 16, types.INET_SERVICE), ("length", 16), ("checksum", 16)),
)
UDPLITE: Final = Header(
    "udplite",
    PayloadBase.TRANSPORT,
    _fields(("sport", 16, types.INET_SERVICE), ("dport", 16, types.INET_SERVICE), ("csumcov", 16), ("checksum", 16)),
)
SCTP: Final = Header(
    "sctp",
    PayloadBase.TRANSPORT,
    _fields(("sport", 16, types.INET_SERVICE), ("dport", 16, types.INET_SERVICE), ("vtag", 32), ("checksum", 32)),
)
DCCP: Final = Header(
    "dccp",
    PayloadBase.TRANSPORT,
    (
        *_fields(("sport", 16, types.INET_SERVICE), ("dport", 16, types.INET_SERVICE)),
        Field("type", 67, 4, types.DCCP_TYPE),
    ),
)
#: Of any protocol that has ports.
TH: Final = Header(
    "th", PayloadBase.TRANSPORT, _fields(("sport", 16, types.INET_SERVICE), ("dport", 16, types.INET_SERVICE))
)
ICMP: Final = Header(
    "icmp",
    PayloadBase.TRANSPORT,
    (
        *_fields(("type", 8, types.ICMP_TYPE), ("code", 8, types.ICMP_CODE), ("checksum", 16)),
        Field("id", 32, 16, icmp_types=_ECHO),
        Field("sequence", 48, 16, icmp_types=_ECHO),
        Field("gateway", 32, 32, icmp_types=(5,)),
        Field("mtu", 48, 16, icmp_types=(3,)),
    ),
    key="type",
)
ICMPV6: Final = Header(
    "icmpv6",
    PayloadBase.TRANSPORT,
    (
        *_fields(("type", 8, types.ICMPV6_TYPE), ("code", 8, types.ICMPV6_CODE), ("checksum", 16)),
        Field("parameter-problem", 32, 32, icmp_types=(4,)),
        Field("mtu", 32, 32, icmp_types=(2,)),
        Field("id", 32, 16, icmp_types=_ECHO6),
        Field("sequence", 48, 16, icmp_types=_ECHO6),
        Field("max-delay", 32, 16, icmp_types=(130,)),
    ),
    key="type",
)
IGMP: Final = Header(
    "igmp", PayloadBase.TRANSPORT, _fields(("type", 8, types.IGMP_TYPE), ("mrt", 8), ("checksum", 16), ("group", 32))
)
ESP: Final = Header("esp", PayloadBase.TRANSPORT, _fields(("spi", 32), ("sequence", 32)))
AH: Final = Header(
    "ah",
    PayloadBase.TRANSPORT,
    _fields(("nexthdr", 8, types.INET_PROTO), ("hdrlength", 8), ("reserved", 16), ("spi", 32), ("sequence", 32)),
    key="nexthdr",
)
COMP: Final = Header(
    "comp",
    PayloadBase.TRANSPORT,
    _fields(("nexthdr", 8, types.INET_PROTO), ("flags", 8, types.BITMASK), ("cpi", 16)),
    key="nexthdr",
)

_TRANSPORTS: Final = (
    (50, ESP), (51, AH), (108, COMP), (17, UDP), (136, UDPLITE), (6, TCP), (33, DCCP), (132, SCTP), (1, ICMP),
    (2, IGMP), (58, ICMPV6),
)  # fmt: skip

IP: Final = Header(
    "ip", PayloadBase.NETWORK,
    _fields(
        ("version", 4), ("hdrlength", 4), ("dscp", 6, types.DSCP), ("ecn", 2, types.ECN), ("length", 16), ("id", 16),
        ("frag-off", 16), ("ttl", 8), ("protocol", 8, types.INET_PROTO), ("checksum", 16),
        ("saddr", 32, types.IPV4_ADDR), ("daddr", 32, types.IPV4_ADDR),
    ),
    meta_key="l4proto", uppers=_TRANSPORTS,
)  # fmt: skip
IP6: Final = Header(
    "ip6", PayloadBase.NETWORK,
    (
        *_fields(("version", 4), ("dscp", 6, types.DSCP), ("ecn", 2, types.ECN), ("flowlabel", 20), ("length", 16),
                 ("nexthdr", 8, types.INET_PROTO), ("hoplimit", 8), ("saddr", 128, types.IPV6_ADDR),
                 ("daddr", 128, types.IPV6_ADDR)),
    ),
    meta_key="l4proto", uppers=_TRANSPORTS,
)  # fmt: skip
ARP: Final = Header(
    "arp", PayloadBase.NETWORK,
    _fields(
        ("htype", 16), ("ptype", 16, types.ETHER_TYPE), ("hlen", 8), ("plen", 8), ("operation", 16, types.ARP_OP),
        ("saddr ether", 48, types.ETHER_ADDR), ("saddr ip", 32, types.IPV4_ADDR), ("daddr ether", 48, types.ETHER_ADDR),
        ("daddr ip", 32, types.IPV4_ADDR),
    ),
)  # fmt: skip
#: Bits of the Ethernet header, behind which a tag is.
ETHER_BITS: Final = 112
VLAN: Final = Header(
    "vlan",
    PayloadBase.LINK,
    _fields(("pcp", 3), ("dei", 1), ("id", 12), ("type", 16, types.ETHER_TYPE), bits=ETHER_BITS),
    key="type",
    uppers=((0x0800, IP), (0x0806, ARP), (0x86DD, IP6)),
)
ETHER: Final = Header(
    "ether",
    PayloadBase.LINK,
    _fields(("daddr", 48, types.ETHER_ADDR), ("saddr", 48, types.ETHER_ADDR), ("type", 16, types.ETHER_TYPE)),
    key="type",
    uppers=((0x0800, IP), (0x0806, ARP), (0x86DD, IP6), (0x8100, VLAN), (0x88A8, VLAN)),
)
#: The pseudo link layer of frames whose tag was taken off: what the kernel calls their protocol.
NETDEV: Final = Header(
    "netdev", PayloadBase.LINK, meta_key="protocol", uppers=((0x0800, IP), (0x0806, ARP), (0x86DD, IP6))
)
#: The pseudo link layer of the inet family: its protocols are the network layer's.
INET: Final = Header("inet", PayloadBase.LINK, meta_key="nfproto", uppers=((2, IP), (10, IP6)))
#: The pseudo network layer that may be IPv4 or IPv6.
INET_SERVICE: Final = Header("inet-service", PayloadBase.TRANSPORT, meta_key="l4proto", uppers=_TRANSPORTS)
#: A protocol that has no header here.
UNKNOWN: Final = Header("unknown", PayloadBase.TRANSPORT)

HEADERS: Final = {
    header.name: header
    for header in (IP, IP6, ETHER, VLAN, ARP, TCP, UDP, UDPLITE, SCTP, DCCP, TH, ICMP, ICMPV6, IGMP, ESP, AH, COMP)
}
#: The link-layer type of Ethernet (ARPHRD_ETHER).
ETHERNET_TYPE: Final = 1

#: Families, where their packets begin, and with which header.
_STARTS: Final = {
    "ip": (PayloadBase.NETWORK, IP), "ip6": (PayloadBase.NETWORK, IP6), "inet": (PayloadBase.LINK, INET),
    "arp": (PayloadBase.NETWORK, ARP), "bridge": (PayloadBase.LINK, ETHER), "netdev": (PayloadBase.LINK, NETDEV),
}  # fmt: skip
#: Numbers of families (NFPROTO_...).
FAMILY_NUMBERS: Final = {"ip": 2, "ip6": 10, "inet": 1, "arp": 3, "netdev": 5, "bridge": 7}
#: Families whose packets may be of IPv4 and of IPv6.
MIXED: Final = frozenset({"inet", "bridge", "netdev"})


class ProtoContext:
    """The headers that the comparisons of a rule imply (struct proto_ctx)."""

    def __init__(self, family: str) -> None:
        self.family = family
        self.start, header = _STARTS[family]
        self.at: dict[PayloadBase, Header] = {self.start: header}
        #: All transport protocols that were matched: more than one for a set of protocols.
        self.transports: list[Header] = []
        self.icmp_type: int | None = None
        #: Whether what follows is about a tag inside a tag.
        self.is_stacked = False
        #: The comparison that is applied, and those that set the protocols of the layers.
        self.location = INTERNAL
        self._locations: dict[PayloadBase, Location] = {}

    def locations_of(self, base: PayloadBase) -> list[Location]:
        """The comparison that set the protocol of a layer, if one did."""
        return [self._locations[base]] if base in self._locations else []

    @property
    def ambiguous(self) -> bool:
        """Whether a set of transport protocols was matched."""
        return len(self.transports) > 1

    @property
    def network(self) -> str | None:
        """The family of the network layer, where it is known."""
        header = self.at.get(PayloadBase.NETWORK)
        return header.name if header in (IP, IP6) else None

    def know(self, base: PayloadBase, header: Header) -> None:
        self.at[base] = header
        if self.location is not INTERNAL:
            self._locations[base] = self.location
        if base is PayloadBase.TRANSPORT and header not in self.transports:
            self.transports.append(header)

    def meta(self, key: str, value: int) -> None:
        """`meta KEY` is known to be `value`."""
        if key == "iiftype":
            if self.start >= PayloadBase.NETWORK or self.family in ("inet", "netdev"):
                self.know(PayloadBase.LINK, ETHER if value == ETHERNET_TYPE else UNKNOWN)
        elif key == "nfproto":
            found = _STARTS[self.family][1].upper(value) if self.start is PayloadBase.LINK else None
            if found is None:
                found = self.at[self.start] if FAMILY_NUMBERS[self.family] == value else UNKNOWN
            self.know(PayloadBase.NETWORK, found)
        elif key == "l4proto":
            self.know(PayloadBase.TRANSPORT, INET_SERVICE.upper(value) or UNKNOWN)
        elif key == "protocol" and self.family in ("bridge", "netdev"):
            self.know(PayloadBase.NETWORK, NETDEV.upper(value) or UNKNOWN)

    def conntrack(self, key: str, value: int) -> None:
        """`ct KEY` (l3proto or protocol) is known to be `value`."""
        base = PayloadBase.LINK if key == "l3proto" else PayloadBase.NETWORK
        lower = self.at.get(base)
        found = None if lower is None else lower.upper(value)
        if found is not None:
            self.know(PayloadBase(base + 1), found)

    def payload(self, base: PayloadBase, value: int) -> None:
        """The field at `base` with the next protocol is known to be `value`."""
        lower = self.at.get(base)
        if lower is None:
            return
        self.is_stacked |= lower is VLAN and ETHER.upper(value) is VLAN
        found = lower.upper(value)
        if found is not None:
            self.know(found.base, found)
        elif lower is ICMP:
            self.icmp_type = value or _ECHO[0]
        elif lower is ICMPV6:
            self.icmp_type = _ECHO6[0] if value == _ECHO6[1] else value
