"""Expressions evaluated for a packet (nft_meta.c, nft_ct.c, nft_fib.c, nft_rt.c, nft_numgen.c, nft_lookup.c).

A loader gives a value, a tuple for a concatenation, the data of a map, or None if the packet has no such value:
then the rule does not match.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

from vnetsim.clock import SECOND
from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft.frame import FramePkt
from vnetsim.netfilter.nft.payload import option_reader, reader
from vnetsim.netfilter.nft.primary_expr import (
    CtExpr,
    ExthdrExpr,
    FibExpr,
    HashExpr,
    MetaExpr,
    NumgenExpr,
    PayloadExpr,
    RtExpr,
)
from vnetsim.netfilter.nft.set_expr import MapExpr, SetRefExpr
from vnetsim.netfilter.nft.sets import Data
from vnetsim.netfilter.nft.tables import ChainVisit
from vnetsim.netfilter.packet import ConntrackInfo, PktInfo
from vnetsim.wire.inet import Address

_PACKET_TYPES: Final = {"unicast": 0, "host": 0, "broadcast": 1, "multicast": 2, "other": 3}
_ADDRESS_TYPES: Final = {
    "UNSPEC": 0, "UNICAST": 1, "LOCAL": 2, "BROADCAST": 3, "ANYCAST": 4, "MULTICAST": 5, "BLACKHOLE": 6,
    "UNREACHABLE": 7, "PROHIBIT": 8,
}  # fmt: skip
_STATES: Final = {"INVALID": 1, "ESTABLISHED": 2, "RELATED": 4, "NEW": 8, "UNTRACKED": 64}
_STATUS: Final = {"EXPECTED": 1, "SEEN_REPLY": 2, "ASSURED": 4, "CONFIRMED": 8, "SNAT": 16, "DNAT": 32}
_PROTOCOLS: Final = {4: 2, 6: 10}
_LOOPBACK: Final = 772
_ETHERNET: Final = 1
_DAY: Final = 86400
#: 1 January 1970 was a Thursday.
_FIRST_DAY: Final = 4

Loaded: TypeAlias = "Data | tuple[Data, ...] | None"
Loader: TypeAlias = Callable[[ChainVisit], Loaded]


def loader(node: ex.Expr) -> Loader:
    """NotModelled for expressions that the kernel has and we have not."""
    match node:
        case PayloadExpr():
            read = reader(node)
            return lambda visit: read(visit.packet)
        case ExthdrExpr():
            read_option = option_reader(node)
            return lambda visit: read_option(visit.packet)
        case MetaExpr():
            return _meta(node)
        case CtExpr():
            return _conntrack(node)
        case ex.ConstantExpr():
            value = node.value
            return lambda _visit: value
        case ex.BitwiseExpr() | ex.ShiftExpr():
            return _operation(node)
    return _other(node)


def _other(node: ex.Expr) -> Loader:
    match node:
        case FibExpr():
            return _fib(node)
        case RtExpr(key="mtu"):
            return _segment_size
        case NumgenExpr():
            return _numbers(node)
        case ex.ConcatExpr():
            return _concat(node)
        case MapExpr():
            return _lookup(node)
        case RtExpr():
            raise NotModelled(f"nft rt {node.key}")
        case HashExpr():
            raise NotModelled("nft jhash and symhash")
    raise AssertionError(f"{node} has no value")


# --- meta ----------------------------------------------------------------------------------------------------------


_META: Final[dict[str, Callable[[PktInfo], int | str | None]]] = {
    "length": lambda packet: packet.length,
    "protocol": lambda packet: packet.ethertype,
    "nfproto": lambda packet: _PROTOCOLS[packet.ip.source.version],
    "l4proto": lambda packet: packet.protocol if packet.is_ip else None,
    "mark": lambda packet: packet.mark,
    "iif": lambda packet: packet.context.device_index(packet.in_device),
    "oif": lambda packet: packet.context.device_index(packet.out_device),
    "iifname": lambda packet: packet.in_device,
    "oifname": lambda packet: packet.out_device,
    "iiftype": lambda packet: _link_type(packet.in_device or getattr(packet, "link_device", "")),
    "oiftype": lambda packet: _link_type(packet.out_device),
    "skuid": lambda packet: packet.owner,
    "skgid": lambda packet: packet.group,
    "ibrname": lambda packet: packet.in_bridge if isinstance(packet, FramePkt) else "",
    "obrname": lambda packet: packet.out_bridge if isinstance(packet, FramePkt) else "",
    "pkttype": lambda packet: _PACKET_TYPES[packet.packet_type],
    "cpu": lambda _packet: 0,
    "random": lambda packet: None if packet.context.random is None else packet.context.random.getrandbits(32),
    "time": lambda packet: packet.context.clock(),
    "hour": lambda packet: packet.context.clock() // SECOND % _DAY,
    "day": lambda packet: (packet.context.clock() // SECOND // _DAY + _FIRST_DAY) % 7,
}


def _link_type(device: str) -> int | None:
    """Every device but the loopback device is Ethernet."""
    return {"": None, "lo": _LOOPBACK}.get(device, _ETHERNET)


def _meta(node: MetaExpr) -> Loader:
    read = _META.get(node.key)
    if read is None:
        raise NotModelled(f"nft meta {node.key}")
    return lambda visit: read(visit.packet)


# --- connections ---------------------------------------------------------------------------------------------------


_CONNTRACK: Final[dict[str, Callable[[ConntrackInfo, PktInfo], int]]] = {
    "mark": lambda connection, _packet: connection.mark,
    "status": lambda connection, _packet: sum(bit for name, bit in _STATUS.items() if name in connection.status),
    "direction": lambda _connection, packet: int(packet.is_reply),
    "expiration": lambda connection, _packet: connection.expires * 1000,
    "l3proto": lambda _connection, packet: _PROTOCOLS[packet.ip.source.version],
    "protocol": lambda connection, _packet: connection.original.protocol,
    "zone": lambda connection, _packet: connection.zone.id,
}
_FLOWS: Final = {"saddr": "source", "daddr": "destination", "proto-src": "source_port", "proto-dst": "destination_port"}


def _conntrack(node: CtExpr) -> Loader:
    if node.key == "state":
        return lambda visit: _STATES[visit.packet.ctstate]
    field = _FLOWS.get(node.key.rpartition(" ")[2])
    read = _CONNTRACK.get(node.key)
    if field is None and read is None:
        raise NotModelled(f"nft ct {node.key}")

    def load(visit: ChainVisit) -> int | None:
        connection = visit.packet.connection
        if connection is None:
            return None
        if node.key == "zone" and node.direction:
            return connection.zone.of(int(node.direction == "reply"))
        if read is not None:
            return read(connection, visit.packet)
        flow = connection.reply if node.direction == "reply" else connection.original
        assert field is not None
        return int(getattr(flow, field))

    return load


# --- routes --------------------------------------------------------------------------------------------------------


def _fib(node: FibExpr) -> Loader:
    if "mark" in node.selectors:
        raise NotModelled("nft fib with mark")

    def asked(packet: PktInfo) -> tuple[Address, str]:
        address = packet.ip.source if "saddr" in node.selectors else packet.ip.destination
        device = packet.in_device if "iif" in node.selectors else ""
        return address, packet.out_device if "oif" in node.selectors else device

    if node.result == "type":
        return lambda visit: (
            _ADDRESS_TYPES[visit.packet.context.address_type(*asked(visit.packet))] if visit.packet.is_ip else None
        )

    def load(visit: ChainVisit) -> int | str | None:
        if not visit.packet.is_ip:
            return None
        address, device = asked(visit.packet)
        found = arrived = visit.packet.in_device
        if arrived != "lo":
            kind, devices = visit.packet.context.route(address, 0, arrived)
            foreign = kind not in ("", "local", "anycast")
            found = (device or devices[0]) if foreign and (not device or device in devices) else ""
        if node.present:
            return int(bool(found))
        return found if node.result == "oifname" else visit.packet.context.device_index(found)

    return load


def _segment_size(visit: ChainVisit) -> int | None:
    """`rt mtu`: the maximum segment size of the route."""
    mtu = visit.packet.path_mtu
    headers = 40 if visit.packet.ip.source.version == 4 else 60
    return None if mtu is None or mtu <= headers else mtu - headers


# --- made of others ------------------------------------------------------------------------------------------------


def _numbers(node: NumgenExpr) -> Loader:
    counter = -1

    def count(_visit: ChainVisit) -> int:
        nonlocal counter
        counter = (counter + 1) % node.modulus
        return counter + node.offset

    def roll(visit: ChainVisit) -> int | None:
        generator = visit.packet.context.random
        return None if generator is None else generator.randrange(node.modulus) + node.offset

    return count if node.mode == "inc" else roll


def _operation(node: ex.BitwiseExpr | ex.ShiftExpr) -> Loader:
    load = loader(node.value)

    def operated(visit: ChainVisit) -> int | None:
        value = load(visit)
        if not isinstance(value, int):
            return None
        if isinstance(node, ex.BitwiseExpr):
            return value & node.mask ^ node.xor
        return value << node.amount if node.operator == "<<" else value >> node.amount

    return operated


def _concat(node: ex.ConcatExpr) -> Loader:
    loads = [loader(part) for part in node.parts]

    def concatenated(visit: ChainVisit) -> Loaded:
        values: list[int | str | ex.Interval] = []
        for load in loads:
            value = load(visit)
            if not isinstance(value, (int, str, ex.Interval)):
                return None
            values.append(value)
        return tuple(values)

    return concatenated


def _lookup(node: MapExpr) -> Loader:
    load = loader(node.key)
    assert isinstance(node.mappings, SetRefExpr)
    name = node.mappings.name

    def looked_up(visit: ChainVisit) -> Loaded:
        key = load(visit)
        if not isinstance(key, (int, str, tuple)):
            return None
        found = visit.table.sets[name].find(key, visit.packet.context.now())  # type: ignore[arg-type]
        return None if found is None else found.data

    return looked_up
