"""A frame at a hook of the families bridge, netdev and arp (nft_set_pktinfo... of nf_tables_ipv4.h, nft_payload.c).

The kernel takes the first VLAN tag off before any of these hooks: the protocol and the network header are those behind
it, and `ether type` and `vlan id` find the tag all the same (nft_payload_copy_vlan).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.netfilter.packet import PktInfo
from vnetsim.values import define
from vnetsim.wire import ethernet, ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, Frame, Tagged, decode_payload, encode_payload
from vnetsim.wire.inet import IPv4

#: `ip` of a frame that has no packet of IP; nothing reads it.
NO_PACKET: Final = ipv4.Packet.build(IPv4(0), IPv4(0), 0, b"")


def _nowhere(_frame: Frame, _index: int) -> None:
    pass


@define(kw_only=True)
class FramePkt(PktInfo):
    """`frame` is as it was when it came to the hook, `ip` its packet, which rules may have changed.

    `headed`: lengths count the Ethernet header, as where a frame leaves; `link`: its addresses are known.
    `in_bridge` and `out_bridge` are the bridges of the devices, "" for none.
    """

    frame: Frame
    headed: bool = False
    link: bool = True
    in_bridge: str = ""
    out_bridge: str = ""
    #: Sends a frame by the device of an index.
    emit: Callable[[Frame, int], None] = _nowhere
    #: For what rules read, at a hook where a frame has no device by which it came.
    link_device: str = ""

    @property
    def is_ip(self) -> bool:
        return self.ip is not NO_PACKET

    @property
    def ethertype(self) -> int:
        payload = self.frame.payload
        return payload.ethertype if isinstance(payload, Tagged) else self.frame.ethertype

    @property
    def length(self) -> int:
        payload = self.frame.payload
        length = self.frame.length - (ethernet.TAG_LENGTH if isinstance(payload, Tagged) else 0)
        return length if self.headed else length - HEADER_LENGTH

    def link_bytes(self) -> bytes:
        """The Ethernet header, with a tag and the type behind it."""
        if not self.link:
            return b""
        end = HEADER_LENGTH + (ethernet.TAG_LENGTH if isinstance(self.frame.payload, Tagged) else 0)
        return self.frame.encode()[:end]

    def network_bytes(self) -> bytes:
        if self.is_ip:
            return self.ip.encode()
        payload = self.frame.payload
        return encode_payload(payload.payload if isinstance(payload, Tagged) else payload)

    # --- changes ----------------------------------------------------------------------------------------------------

    def change_link(self, offset: int, bits: int, value: int) -> None:
        """Of the addresses only: a rule changes no tag."""
        self.frame = Frame.decode(_changed(self.frame.encode(), offset, bits, value))
        self.source_mac, self.destination_mac = self.frame.source, self.frame.destination

    def change_network(self, offset: int, bits: int, value: int) -> None:
        """Of what is not IP."""
        self._put(decode_payload(self.ethertype, _changed(self.network_bytes(), offset, bits, value)))

    def result(self) -> Frame:
        """The frame as rules have left it."""
        if self.is_ip and self.ip is not packet_of(self.frame):
            self._put(self.ip)
        return self.frame

    def _put(self, payload: ethernet.Payload) -> None:
        frame = self.frame
        if isinstance(frame.payload, Tagged):
            payload = attrs.evolve(frame.payload, payload=payload)
        self.frame = Frame(frame.destination, frame.source, frame.ethertype, payload, frame.length)


def packet_of(frame: Frame) -> ipv4.Packet | ipv6.Packet:
    """The packet behind the headers and a tag; NO_PACKET if it is none of IP."""
    payload = frame.payload
    if isinstance(payload, Tagged):
        payload = payload.payload
    return payload if isinstance(payload, (ipv4.Packet, ipv6.Packet)) else NO_PACKET


def _changed(data: bytes, offset: int, bits: int, value: int) -> bytes:
    """With other whole bytes."""
    first, last = offset // 8, (offset + bits) // 8
    return data[:first] + value.to_bytes(bits // 8, "big") + data[last:]
