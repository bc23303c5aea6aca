"""What a VXLAN device with `proxy` answers for others: ARP and neighbour solicitations (arp_reduce, neigh_reduce).

It answers from the neighbour table of the device; no request for an address goes through the tunnel.  Not modelled: the
messages about what it does not know (l3miss), as there is no listener for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.kernel.ipv6.netns import inet_net
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.protocols.neighbour_entry import CONNECTED
from vnetsim.wire import ethernet, icmpv6, ipv6
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, IPv6
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.vxlan import VxlanDevice

_HOP_LIMIT = 255


def reduce(device: VxlanDevice, frame: Frame) -> Frame | None:
    """The answer to a request; KeyError if the frame is none, None if there is no answer: it ends here anyway."""
    packet = frame.payload
    if isinstance(packet, Arp):
        return _arp_reduce(device, packet)
    solicitation = packet.payload if isinstance(packet, ipv6.Packet) else None
    if isinstance(solicitation, Icmpv6) and solicitation.type == icmpv6.NEIGHBOR_SOLICITATION:
        assert isinstance(packet, ipv6.Packet)
        return _neigh_reduce(device, packet, solicitation)
    raise KeyError


def _known(device: VxlanDevice, address: Address) -> Mac | None:
    """A neighbour that is known for sure, unless it is on this side of the tunnel."""
    net = inet_net(device)
    entry = (net.arp if address.version == 4 else net.ndisc).entry(device, address)
    if entry is None or entry.state not in CONNECTED or entry.mac is None:
        return None
    far = device.database.find(entry.mac, device.engine.now())
    return None if far is not None and not far.far_ends[0].address else entry.mac


def _arp_reduce(device: VxlanDevice, request: Arp) -> Frame | None:
    target = request.target_ip
    if request.operation != ArpOperation.REQUEST or target.is_loopback or target.is_multicast:
        return None
    mac = _known(device, target)
    return None if mac is None else Frame.build(request.sender_mac, mac, ethernet.ARP, request.answer(mac))


def _neigh_reduce(device: VxlanDevice, packet: ipv6.Packet, request: Icmpv6) -> Frame | None:
    """vxlan_na_create"""
    target, asker = request.target, request.link_layer_address
    mac = None if target is None or target.is_multicast or not packet.source else _known(device, target)
    if mac is None or target is None or asker is None:
        return None
    flags = icmpv6.SOLICITED | icmpv6.OVERRIDE
    answer = ipv6.Packet.build(
        IPv6(target), packet.source, ipv6.ICMPV6, Icmpv6.neighbor_advertisement(target, mac, flags),
        hop_limit=_HOP_LIMIT,
    )  # fmt: skip
    return Frame.build(asker, mac, ethernet.IPV6, answer)


def answer(device: VxlanDevice, skb: Skb) -> bool:
    """Whether a frame was a request, and so does not travel; an answer comes in by the device (netif_rx)."""
    try:
        reply = reduce(device, skb.frame)
    except KeyError:
        return False
    if reply is not None:
        device.queue(device.accept_answer, device.new_skb(reply))
    return True
