"""Datatypes and how their values are printed (src/datatype.c, meta.c, ct.c, fib.c, proto.c of nftables 1.0.6).

Values are integers as people write them (a port is 80, an address its 32 or 128 bits), strings for names.
Not modelled: names of marks, realms, groups of devices and connection labels (none are configured), cgroups.
"""

from __future__ import annotations

import enum
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final, TypeAlias

from vnetsim.clock import SECOND
from vnetsim.netfilter.header import PROTOCOLS
from vnetsim.netfilter.nft.accounts import GROUPS, USERS, name_of
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.services import service_name
from vnetsim.values import frozen
from vnetsim.wire.inet import IPv4, IPv6

#: A constant: a number, or a string where the type is one.
Value: TypeAlias = int | str
#: The same in JSON.
Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]


class Basis(enum.Enum):
    """The base type of a datatype."""

    INTEGER = "integer"
    BITMASK = "bitmask"
    STRING = "string"
    VERDICT = "verdict"
    INVALID = "invalid"


@frozen(eq=False)
class Datatype:
    """`bits` is 0 where each value has its own length.  `symbols` are names of values, the first of two is printed.

    `form` is how a number without a name is printed; `host_order`: it lies in the machine's byte order, not in the
    network's.  `prefixes`: masks are printed as lengths.
    """

    name: str
    description: str
    bits: int = 0
    basis: Basis = Basis.INTEGER
    symbols: Mapping[str, int] | None = None
    form: str = "d"
    quoted: bool = False
    host_order: bool = False
    prefixes: bool = False
    write: Callable[[int, OutputContext], str] | None = None
    json: Callable[[int, OutputContext], Json] | None = None
    #: Elements of a set on one line; 0: one each.
    on_a_line: int = 0
    hexadecimal: bool = False
    #: Of a concatenation.
    parts: tuple[Datatype, ...] = ()

    @property
    def is_flags(self) -> bool:
        """Whether values are printed as lists of flags."""
        return self.basis is Basis.BITMASK and self.name != "bitmask"

    def text(self, value: Value, style: OutputContext) -> str:
        if isinstance(value, str):
            return f'"{value}"'
        if self.write is not None:
            return self.write(value, style)
        symbol = self.symbol(value, style)
        if symbol is None:
            return self.number(value)
        return f'"{symbol}"' if self.quoted else symbol

    def symbol(self, value: int, style: OutputContext) -> str | None:
        if self.symbols is None or style.numeric_symbols:
            return None
        return next((name for name, known in self.symbols.items() if known == value), None)

    def number(self, value: int) -> str:
        return f"0x{value:{self.form}}" if self.form.endswith("x") else f"{value:{self.form}}"

    def as_json(self, value: Value, style: OutputContext) -> Json:
        if isinstance(value, str):
            return value
        if self.json is not None:
            return self.json(value, style)
        if self.symbols is not None:
            return next((name for name, known in self.symbols.items() if known == value), value)
        return value if self.write is None else self.write(value, style).strip('"')

    def __repr__(self) -> str:
        return f"<{self.name}>"


# --- printing ------------------------------------------------------------------------------------------------------


def _link_layer(value: int, _style: OutputContext) -> str:
    return value.to_bytes(6, "big").hex(":")


def _protocol(value: int, style: OutputContext) -> str:
    return str(value) if style.numeric_protocols else PROTOCOLS.get(value, str(value))


def _protocol_json(value: int, style: OutputContext) -> Json:
    return value if style.numeric_protocols else PROTOCOLS.get(value, value)


def any_service(port: int) -> str | None:
    """getservbyport(3) with no protocol: whichever has a name."""
    return service_name(port, "tcp") or service_name(port, "udp")


def _service(value: int, style: OutputContext) -> str:
    name = any_service(value) if style.services else None
    return str(value) if name is None else f'"{name}"'


def _service_json(value: int, style: OutputContext) -> Json:
    return (any_service(value) if style.services else None) or value


def _interface(value: int, style: OutputContext) -> str:
    name = style.interface(value)
    return str(value) if name is None else f'"{name}"'


def _account(accounts: dict[str, int], value: int, style: OutputContext) -> str:
    name = name_of(accounts, value) if style.users else None
    return str(value) if name is None else f'"{name}"'


def _account_json(accounts: dict[str, int], value: int, style: OutputContext) -> Json:
    return (name_of(accounts, value) if style.users else None) or value


def _ipv4(value: int, _style: OutputContext) -> str:
    return str(IPv4(value))


def _ipv6(value: int, _style: OutputContext) -> str:
    return str(IPv6(value))


def _boolean_json(value: int, _style: OutputContext) -> Json:
    return bool(value)


def _duration_json(value: int, _style: OutputContext) -> Json:
    return value // 1000


def _number_json(value: int, _style: OutputContext) -> Json:
    """A number that is too long for C is a string."""
    return value if value < 1 << 63 else f"0x{value:x}"


def duration(milliseconds: int, style: OutputContext) -> str:
    """`1d2h3m4s5ms`, as nft prints times."""
    if style.numeric_times:
        return f"{milliseconds // 1000}s"
    parts = []
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)):
        count, milliseconds = divmod(milliseconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts)


def _date(value: int, _style: OutputContext) -> str:
    return time.strftime('"%Y-%m-%d %H:%M:%S"', time.gmtime(value // SECOND))


def _hour(value: int, _style: OutputContext) -> str:
    minutes, seconds = divmod(value, 60)
    hours, minutes = divmod(minutes, 60)
    return f'"{hours:02}:{minutes:02}' + (f":{seconds:02}" if seconds else "") + '"'


def _label(value: int, _style: OutputContext) -> str:
    """The number of its bit."""
    return str((value & -value).bit_length() - 1)


def _label_json(value: int, _style: OutputContext) -> Json:
    return (value & -value).bit_length() - 1


def _class(value: int, _style: OutputContext) -> str:
    return {0xFFFFFFFF: "root", 0: "none"}.get(value, f"{value >> 16:x}:{value & 0xFFFF:x}")


# --- the types -----------------------------------------------------------------------------------------------------

INVALID: Final = Datatype("invalid", "invalid", basis=Basis.INVALID)
VERDICT: Final = Datatype("verdict", "netfilter verdict", basis=Basis.VERDICT)
INTEGER: Final = Datatype("integer", "integer", on_a_line=5)
#: Numbers at raw payload offsets are printed in hexadecimal.
RAW: Final = Datatype("integer", "integer", form="x", json=_number_json, on_a_line=5)
STRING: Final = Datatype("string", "string", basis=Basis.STRING, host_order=True)
BITMASK: Final = Datatype("bitmask", "bitmask", basis=Basis.BITMASK, form="x")
NF_PROTO: Final = Datatype("nf_proto", "netfilter protocol", 8, symbols={"ipv4": 2, "ipv6": 10}, on_a_line=5)
IPV4_ADDR: Final = Datatype("ipv4_addr", "IPv4 address", 32, prefixes=True, write=_ipv4, on_a_line=2)
IPV6_ADDR: Final = Datatype("ipv6_addr", "IPv6 address", 128, prefixes=True, write=_ipv6)
LL_ADDR: Final = Datatype("ll_addr", "link layer address", write=_link_layer)
ETHER_ADDR: Final = Datatype("ether_addr", "Ethernet address", 48, write=_link_layer)
ETHER_TYPE: Final = Datatype(
    "ether_type",
    "Ethernet protocol",
    16,
    form="04x",
    hexadecimal=True,
    symbols={"ip": 0x0800, "arp": 0x0806, "ip6": 0x86DD, "8021q": 0x8100, "8021ad": 0x88A8, "vlan": 0x8100},
)
ARP_OP: Final = Datatype(
    "arp_op", "ARP operation", 16,
    symbols={
        "request": 1, "reply": 2, "rrequest": 3, "rreply": 4, "inrequest": 8, "inreply": 9, "nak": 10,
    },
)  # fmt: skip
INET_PROTO: Final = Datatype("inet_proto", "Internet protocol", 8, write=_protocol, json=_protocol_json, on_a_line=5)
INET_SERVICE: Final = Datatype(
    "inet_service", "internet network service", 16, write=_service, json=_service_json, on_a_line=5
)
ICMP_TYPE: Final = Datatype(
    "icmp_type", "ICMP type", 8,
    symbols={
        "echo-reply": 0, "destination-unreachable": 3, "source-quench": 4, "redirect": 5, "echo-request": 8,
        "router-advertisement": 9, "router-solicitation": 10, "time-exceeded": 11, "parameter-problem": 12,
        "timestamp-request": 13, "timestamp-reply": 14, "info-request": 15, "info-reply": 16,
        "address-mask-request": 17, "address-mask-reply": 18,
    },
)  # fmt: skip
ICMPV6_TYPE: Final = Datatype(
    "icmpv6_type", "ICMPv6 type", 8,
    symbols={
        "destination-unreachable": 1, "packet-too-big": 2, "time-exceeded": 3, "parameter-problem": 4,
        "echo-request": 128, "echo-reply": 129, "mld-listener-query": 130, "mld-listener-report": 131,
        "mld-listener-done": 132, "mld-listener-reduction": 132, "nd-router-solicit": 133, "nd-router-advert": 134,
        "nd-neighbor-solicit": 135, "nd-neighbor-advert": 136, "nd-redirect": 137, "router-renumbering": 138,
        "ind-neighbor-solicit": 141, "ind-neighbor-advert": 142, "mld2-listener-report": 143,
    },
)  # fmt: skip
IGMP_TYPE: Final = Datatype(
    "igmp_type", "IGMP type", 8,
    symbols={
        "membership-query": 0x11, "membership-report-v1": 0x12, "membership-report-v2": 0x16,
        "membership-report-v3": 0x22, "leave-group": 0x17,
    },
)  # fmt: skip
ICMP_CODE: Final = Datatype(
    "icmp_code", "icmp code", 8,
    symbols={
        "net-unreachable": 0, "host-unreachable": 1, "prot-unreachable": 2, "port-unreachable": 3,
        "net-prohibited": 9, "host-prohibited": 10, "admin-prohibited": 13, "frag-needed": 4,
    },
)  # fmt: skip
ICMPV6_CODE: Final = Datatype(
    "icmpv6_code", "icmpv6 code", 8,
    symbols={
        "no-route": 0, "admin-prohibited": 1, "addr-unreachable": 3, "port-unreachable": 4, "policy-fail": 5,
        "reject-route": 6,
    },
)  # fmt: skip
ICMPX_CODE: Final = Datatype(
    "icmpx_code",
    "icmpx code",
    8,
    symbols={"port-unreachable": 1, "admin-prohibited": 3, "no-route": 0, "host-unreachable": 2},
)
TCP_FLAG: Final = Datatype(
    "tcp_flag", "TCP flag", 8, basis=Basis.BITMASK, form="x", on_a_line=5, hexadecimal=True,
    symbols={"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128},
)  # fmt: skip
DCCP_TYPE: Final = Datatype(
    "dccp_pkttype", "DCCP packet type", 4, on_a_line=5, hexadecimal=True,
    symbols={
        "request": 0, "response": 1, "data": 2, "ack": 3, "dataack": 4, "closereq": 5, "close": 6, "reset": 7,
        "sync": 8, "syncack": 9,
    },
)  # fmt: skip
DSCP: Final = Datatype(
    "dscp", "Differentiated Services Code Point", 6, form="02x", hexadecimal=True,
    symbols={
        "cs0": 0x00, "cs1": 0x08, "cs2": 0x10, "cs3": 0x18, "cs4": 0x20, "cs5": 0x28, "cs6": 0x30, "cs7": 0x38,
        "df": 0x00, "be": 0x00, "lephb": 0x01, "af11": 0x0A, "af12": 0x0C, "af13": 0x0E, "af21": 0x12, "af22": 0x14,
        "af23": 0x16, "af31": 0x1A, "af32": 0x1C, "af33": 0x1E, "af41": 0x22, "af42": 0x24, "af43": 0x26, "va": 0x2C,
        "ef": 0x2E,
    },
)  # fmt: skip
ECN: Final = Datatype(
    "ecn",
    "Explicit Congestion Notification",
    2,
    form="01x",
    hexadecimal=True,
    symbols={"not-ect": 0, "ect1": 1, "ect0": 2, "ce": 3},
)
MARK: Final = Datatype("mark", "packet mark", 32, form="08x", host_order=True, prefixes=True, on_a_line=5)
IFACE_INDEX: Final = Datatype(
    "iface_index", "network interface index", 32, host_order=True, write=_interface, on_a_line=5
)
IFACE_TYPE: Final = Datatype(
    "iface_type",
    "network interface type",
    16,
    host_order=True,
    hexadecimal=True,
    symbols={"ether": 1, "ppp": 512, "ipip": 768, "ipip6": 769, "loopback": 772, "sit": 776, "ipgre": 778},
)
IFNAME: Final = Datatype("ifname", "network interface name", 128, basis=Basis.STRING, host_order=True)
REALM: Final = Datatype("realm", "routing realm", 32, host_order=True, symbols={"cosmos": 0}, quoted=True)
CLASSID: Final = Datatype("classid", "TC classid", 32, host_order=True, write=_class, on_a_line=5)
UID: Final = Datatype(
    "uid",
    "user ID",
    32,
    host_order=True,
    write=partial(_account, USERS),
    json=partial(_account_json, USERS),
    on_a_line=5,
)
GID: Final = Datatype(
    "gid",
    "group ID",
    32,
    host_order=True,
    write=partial(_account, GROUPS),
    json=partial(_account_json, GROUPS),
    on_a_line=5,
)
CT_STATE: Final = Datatype(
    "ct_state", "conntrack state", 32, basis=Basis.BITMASK, form="x", host_order=True, on_a_line=2, hexadecimal=True,
    symbols={"invalid": 1, "new": 8, "established": 2, "related": 4, "untracked": 64},
)  # fmt: skip
CT_DIR: Final = Datatype("ct_dir", "conntrack direction", 8, symbols={"original": 0, "reply": 1}, on_a_line=5)
CT_STATUS: Final = Datatype(
    "ct_status", "conntrack status", 32, basis=Basis.BITMASK, form="x", host_order=True, on_a_line=2, hexadecimal=True,
    symbols={"expected": 1, "seen-reply": 2, "assured": 4, "confirmed": 8, "snat": 16, "dnat": 32, "dying": 512},
)  # fmt: skip
CT_LABEL: Final = Datatype(
    "ct_label", "conntrack label", 128, basis=Basis.BITMASK, host_order=True, write=_label, json=_label_json
)
CT_EVENT: Final = Datatype(
    "ct_event", "conntrack event bits", 32, basis=Basis.BITMASK, form="x", host_order=True,
    symbols={
        "new": 1, "related": 2, "destroy": 4, "reply": 8, "assured": 16, "protoinfo": 32, "helper": 64, "mark": 128,
        "seqadj": 256, "secmark": 512, "label": 1024,
    },
)  # fmt: skip
PKT_TYPE: Final = Datatype(
    "pkt_type",
    "packet type",
    8,
    host_order=True,
    on_a_line=2,
    symbols={"host": 0, "unicast": 0, "broadcast": 1, "multicast": 2, "other": 3},
)
DEVGROUP: Final = Datatype(
    "devgroup", "devgroup name", 32, host_order=True, prefixes=True, symbols={"default": 0}, quoted=True
)
FIB_ADDRTYPE: Final = Datatype(
    "fib_addrtype", "fib address type", 32, host_order=True,
    symbols={
        "unspec": 0, "unicast": 1, "local": 2, "broadcast": 3, "anycast": 4, "multicast": 5, "blackhole": 6,
        "unreachable": 7, "prohibit": 8,
    },
)  # fmt: skip
BOOLEAN: Final = Datatype("boolean", "boolean type", 1, symbols={"exists": 1, "missing": 0}, json=_boolean_json)
TIME: Final = Datatype("time", "relative time", 32, host_order=True, write=duration, json=_duration_json)
DATE: Final = Datatype("time", "Relative time of packet reception", 64, host_order=True, write=_date)
HOUR: Final = Datatype("hour", "Hour of day of packet reception", 32, host_order=True, write=_hour)
DAY: Final = Datatype(
    "day", "Day of week of packet reception", 8, host_order=True, quoted=True,
    symbols={
        "Sunday": 0, "Monday": 1, "Tuesday": 2, "Wednesday": 3, "Thursday": 4, "Friday": 5, "Saturday": 6,
    },
)  # fmt: skip

#: By the names that `type` takes.
DATATYPES: Final = {
    datatype.name: datatype
    for datatype in (
        INVALID, VERDICT, NF_PROTO, BITMASK, INTEGER, STRING, LL_ADDR, IPV4_ADDR, IPV6_ADDR, ETHER_ADDR, ETHER_TYPE,
        INET_PROTO, INET_SERVICE, ICMP_TYPE, TCP_FLAG, DCCP_TYPE, TIME, MARK, IFACE_INDEX, IFACE_TYPE, REALM, CLASSID,
        UID, GID, CT_STATE, CT_DIR, CT_STATUS, ICMPV6_TYPE, PKT_TYPE, ICMP_CODE, ICMPV6_CODE, ICMPX_CODE, DEVGROUP,
        DSCP, ECN, FIB_ADDRTYPE, BOOLEAN, IFNAME, IGMP_TYPE, HOUR, DAY, ARP_OP,
    )
}  # fmt: skip
#: Types that nft has and we have not.
OTHERS: Final = frozenset({"mh_type", "cgroupsv2"})


def concatenated(types: tuple[Datatype, ...]) -> Datatype:
    """The type of `a . b`."""
    if len(types) == 1:
        return types[0]
    return Datatype(
        " . ".join(t.name for t in types),
        f"concatenation of ({', '.join(t.description for t in types)})",
        sum((t.bits + 31) // 32 * 32 for t in types),
        parts=types,
    )


def same_type(one: Datatype, other: Datatype) -> bool:
    """Whether values of one can stand for values of the other (datatype_equal)."""
    if one.parts or other.parts:
        pairs = zip(one.parts, other.parts, strict=False)
        return len(one.parts) == len(other.parts) and all(same_type(a, b) for a, b in pairs)
    return one is other or (one.name == other.name == "integer")
