"""Resets of REJECT --reject-with tcp-reset (nf_reject_ipv4.c, nf_reject_ipv6.c): what a closed port would answer."""

from __future__ import annotations

import pytest

from tests.kernel.six import ip6, pair6
from tests.kernel.wires import device, ip, lost, put, watched
from tests.machines import pair, router, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import IPV6, Frame
from vnetsim.wire.ipv4 import TCP
from vnetsim.wire.tcp import ACK, FIN, PSH, RST, SYN, Tcp


def segment(flags: int, data: bytes = b"") -> Tcp:
    return Tcp.build(4000, 80, 1000, 2000, flags, 64240, (), data)


#: Flags and data of a segment; flags, sequence and acknowledgement of the reset, or None for none.
RESETS = [
    (SYN, b"", (RST | ACK, 0, 1001)),
    (SYN, b"hello", (RST | ACK, 0, 1006)),
    (FIN, b"hello", (RST | ACK, 0, 1006)),
    (PSH, b"hello", (RST | ACK, 0, 1005)),
    (SYN | ACK, b"", (RST, 2000, 0)),
    (ACK, b"", (RST, 2000, 0)),
    (ACK | PSH, b"hello", (RST, 2000, 0)),
    (RST, b"", None),
    (RST | ACK, b"", None),
]


def machines(version: int) -> Lab:
    lab = pair(watch=True) if version == 4 else pair6(watch=True)
    ping = "ping -c 1 10.0.0.2" if version == 4 else "ping -c 1 fd00::2"
    typed(lab, f"ip netns exec a {ping}")
    program = "iptables" if version == 4 else "ip6tables"
    typed(lab, f"ip netns exec b {program} -A INPUT -p tcp -j REJECT --reject-with tcp-reset")
    return lab


def answers(lab: Lab, packet: ipv4.Packet | ipv6.Packet) -> list[Tcp]:
    """The segments that come back to a."""
    heard = watched(lab, "a", "eth0")
    peer, own = device(lab, "b", "eth0").mac, device(lab, "a", "eth0").mac
    if isinstance(packet, ipv4.Packet):
        put(lab, "a", "eth0", packet, peer)
    else:
        lab.events.clear()
        lab.network("a").packet_socket("eth0").send(Frame.build(peer, own, IPV6, packet))
        lab.sleep(0.01)
    back = [each.frame.payload for each in heard if not each.outgoing]
    found = [each.payload for each in back if isinstance(each, (ipv4.Packet, ipv6.Packet))]
    return [each for each in found if isinstance(each, Tcp)]


@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize(("flags", "data", "reset"), RESETS)
def test_a_segment_is_answered_as_by_a_closed_port(
    version: int, flags: int, data: bytes, reset: tuple[int, int, int] | None
) -> None:
    lab = machines(version)
    packet: ipv4.Packet | ipv6.Packet
    if version == 4:
        packet = ipv4.Packet.build(ip("10.0.0.1"), ip("10.0.0.2"), TCP, segment(flags, data))
    else:
        packet = ipv6.Packet.build(ip6("fd00::1"), ip6("fd00::2"), TCP, segment(flags, data))
    found = answers(lab, packet)
    assert lost(lab, namespace="b") == [DropReason.NETFILTER_REJECT]
    assert [(each.flags, each.sequence, each.acknowledgement) for each in found] == ([] if reset is None else [reset])
    assert all((each.source_port, each.destination_port) == (80, 4000) for each in found)


@pytest.mark.parametrize("version", [4, 6])
def test_whom_no_route_leads_back_to_is_not_answered(version: int) -> None:
    lab = machines(version)
    packet: ipv4.Packet | ipv6.Packet
    if version == 4:
        typed(lab, "ip netns exec b sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth0.rp_filter=0")
        packet = ipv4.Packet.build(ip("192.0.2.1"), ip("10.0.0.2"), TCP, segment(SYN))
    else:
        packet = ipv6.Packet.build(ip6("2001:db8::1"), ip6("fd00::2"), TCP, segment(SYN))
    assert answers(lab, packet) == []
    assert lost(lab, namespace="b") == [DropReason.NETFILTER_REJECT]


def test_a_later_fragment_has_no_header_to_answer() -> None:
    lab = router(watch=True)
    typed(lab, "ip netns exec r iptables -A FORWARD -p tcp -j REJECT --reject-with tcp-reset")
    heard = watched(lab, "h1", "eth0")
    packet = ipv4.Packet.build(ip("10.0.1.2"), ip("10.0.2.2"), TCP, bytes(40), fragment_offset=1480)
    put(lab, "h1", "eth0", packet, device(lab, "r", "r1").mac)
    assert [each for each in heard if not each.outgoing] == []
    assert lost(lab, namespace="r") == [DropReason.NETFILTER_REJECT]
