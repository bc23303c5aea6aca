"""What filters read of a packet (net/sched/cls_u32.c, cls_flower.c, net/core/flow_dissector.c)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final

from vnetsim.operations.tcfilter import Flower, FwMark, Match, MatchAll
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, TAG_LENGTH, Tagged
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.skbuff import Skb


#: Where the four bytes begin that have the first ones of the link-layer header.
_BEFORE: Final = -16


class View:
    """A packet as filters see it: the tag of a VLAN is not part of its bytes (skb->vlan_tci)."""

    def __init__(self, skb: Skb) -> None:
        self.skb, self.frame = skb, skb.frame
        #: What `protocol` of a filter is compared with (tc_skb_protocol).
        self.protocol = self.frame.ethertype
        payload = self.frame.payload
        self.tag = payload if isinstance(payload, Tagged) else None
        self.packet = payload if self.tag is None else self.tag.payload

    @cached_property
    def _header(self) -> bytes:
        """The link-layer header, from 16 bytes before the network header on."""
        header = self.frame.encode()[:HEADER_LENGTH]
        if self.tag is not None:
            header = header[:-2] + self.tag.ethertype.to_bytes(2, "big")
        return b"\0" * (-_BEFORE - HEADER_LENGTH) + header

    @cached_property
    def bytes(self) -> bytes:
        """From the network header on."""
        return self.frame.encode()[HEADER_LENGTH + (0 if self.tag is None else TAG_LENGTH) :]

    def word(self, offset: int) -> int | None:
        """Four bytes; None behind the end of the packet.  Offsets of the link-layer header are negative."""
        if _BEFORE <= offset < 0:
            found = self._header[offset - _BEFORE : offset - _BEFORE + 4]
        else:
            found = self.bytes[offset : offset + 4] if offset >= 0 else b""
        return int.from_bytes(found, "big") if len(found) == 4 else None

    def field(self, name: str) -> object:
        """A field of flower; None if the packet has none."""
        return _FIELDS[name](self)


def _ip(view: View) -> ipv4.Packet | ipv6.Packet | None:
    packet = view.packet
    return packet if isinstance(packet, ipv4.Packet | ipv6.Packet) else None


def _of_ip(four: str, six: str) -> Callable[[View], object]:
    def read(view: View) -> object:
        packet = _ip(view)
        return None if packet is None else getattr(packet, four if isinstance(packet, ipv4.Packet) else six)

    return read


def _of_transport(name: str) -> Callable[[View], object]:
    def read(view: View) -> object:
        packet = _ip(view)
        return None if packet is None else getattr(packet.payload, name, None)

    return read


def _of_icmp(name: str) -> Callable[[View], object]:
    def read(view: View) -> object:
        packet = _ip(view)
        return getattr(packet.payload, name, None) if packet is not None and isinstance(packet.payload, Icmp) else None

    return read


_FIELDS: Final[Mapping[str, Callable[[View], object]]] = {
    "dst_mac": lambda view: view.frame.destination,
    "src_mac": lambda view: view.frame.source,
    "eth_type": lambda view: view.frame.ethertype,
    "vlan_id": lambda view: None if view.tag is None else view.tag.vlan,
    "vlan_prio": lambda view: None if view.tag is None else view.tag.priority,
    "ip_proto": _of_ip("protocol", "next_header"),
    "ip_tos": _of_ip("tos", "traffic_class"),
    "ip_ttl": _of_ip("ttl", "hop_limit"),
    "dst_ip": _of_ip("destination", "destination"),
    "src_ip": _of_ip("source", "source"),
    "dst_port": _of_transport("destination_port"),
    "src_port": _of_transport("source_port"),
    "icmp_type": _of_icmp("type"),
    "icmp_code": _of_icmp("code"),
}
_ADDRESSES: Final = ("dst_ip", "src_ip")


def matches(match: Match, view: View) -> bool:
    """Whether a filter other than u32 matches."""
    if isinstance(match, MatchAll):
        return True
    if isinstance(match, FwMark):
        return view.skb.mark == match.mark
    assert isinstance(match, Flower)
    return all(_equal(name, wanted, view.field(name)) for name, wanted in match.keys.items())


def _equal(name: str, wanted: object, found: object) -> bool:
    if name in _ADDRESSES and isinstance(wanted, tuple):
        address, length = wanted
        if type(found) is not type(address):
            return False
        shift = (32 if isinstance(address, IPv4) else 128) - length
        return bool(int(found) >> shift == int(address) >> shift)  # type: ignore[call-overload]
    return found == wanted
