"""Bridges answer for a packet's destination (recorded: tests/recorded/kernel-vm/nft_bridge.json)."""

from __future__ import annotations

import pytest

from vnetsim.kernel.netfilter.bridge_reject import answer_to
from vnetsim.lab import Lab
from vnetsim.wire import icmp, ipv6
from vnetsim.wire.ethernet import ARP, IPV4, IPV6, VLAN, Frame, Tagged
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.ipv4 import TCP, UDP, Packet
from vnetsim.wire.mac import Mac
from vnetsim.wire.tcp import SYN, Tcp
from vnetsim.wire.udp import Udp

_A, _B = Mac(0x02000000000A), Mac(0x02000000000B)
_ONE, _TWO = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2")
_UDP = Packet.build(_ONE, _TWO, UDP, Udp.build(1, 2, b"x"))
_SYN = Packet.build(
    IPv4.parse("10.0.0.1"),
    IPv4.parse("10.0.0.2"),
    TCP,
    Tcp.build(1, 2, sequence=9, acknowledgement=0, flags=SYN, window=1),
)


def test_the_answer_is_from_the_destination_to_the_sender() -> None:
    answer = answer_to(Frame.build(_B, _A, IPV4, _UDP), "icmp-host-prohibited")
    assert answer is not None
    assert (answer.destination, answer.source) == (_A, _B)
    packet = answer.payload
    assert isinstance(packet, Packet)
    assert isinstance(packet.payload, Icmp)
    assert (str(packet.source), str(packet.destination), packet.payload.code) == ("10.0.0.2", "10.0.0.1", 10)


def test_a_reset_answers_a_segment_and_a_tag_stays() -> None:
    answer = answer_to(Frame.build(_B, _A, VLAN, Tagged.build(5, 0, IPV4, _SYN)), "tcp-reset")
    assert answer is not None
    assert isinstance(answer.payload, Tagged)
    assert answer.payload.vlan == 5
    assert "Flags [R.], seq 0, ack 10" in str(answer)


def test_ipv6_is_answered_by_icmpv6() -> None:
    packet = ipv6.Packet.build(IPv6.parse("fe80::1"), IPv6.parse("fe80::2"), UDP, Udp.build(1, 2, b"x"))
    answer = answer_to(Frame.build(_B, _A, IPV6, packet), "icmp6-adm-prohibited")
    assert answer is not None
    assert isinstance(answer.payload, ipv6.Packet)
    assert isinstance(answer.payload.payload, Icmpv6)
    assert answer_to(answer, "icmp6-adm-prohibited") is None


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        (Frame.build(Mac(0xFFFFFFFFFFFF), _A, IPV4, _UDP), "icmp-host-prohibited"),
        (Frame.build(_B, _A, IPV4, _UDP), "tcp-reset"),
        (Frame.build(_B, _A, ARP, b"x"), "icmp-host-prohibited"),
        (
            Frame.build(_B, _A, IPV4, Packet.build(_ONE, _TWO, 1, icmp.error(3, 1, _UDP))),
            "icmp-host-prohibited",
        ),
    ],
)
def test_what_is_not_answered(frame: Frame, kind: str) -> None:
    assert answer_to(frame, kind) is None


def test_a_bridge_answers_by_the_port_of_the_sender() -> None:
    lab = Lab(1, docker=False)
    for line in (
        "ip link add br0 type bridge; ip link set br0 up",
        "for n in a b; do ip netns add $n; ip link add eth0 netns $n type veth peer name p$n; done",
        "for n in a b; do ip -n $n link set eth0 up; ip link set p$n up; ip link set p$n master br0; done",
        "ip -n a addr add 10.0.0.1/24 dev eth0; ip -n b addr add 10.0.0.2/24 dev eth0; sleep 1",
        "nft 'add table bridge t; add chain bridge t c { type filter hook prerouting priority 0; }'",
        "nft add rule bridge t c iifname pa ip protocol icmp counter reject with icmp admin-prohibited",
        "nft add rule bridge t c iifname pa tcp dport 80 reject with tcp reset",
    ):
        assert lab.run(line).exit_code == 0
    assert "From 10.0.0.2 icmp_seq=1 Packet filtered" in lab.run("ip netns exec a ping -c 1 -W 1 10.0.0.2").output
    assert "succeeded" not in lab.run("ip netns exec a nc -vz -w 1 10.0.0.2 80").stderr
    assert "refused" in lab.run("ip netns exec a nc -vz -w 1 10.0.0.2 80").stderr
    assert "1 received" not in lab.run("ip netns exec b ping -c 1 -W 1 10.0.0.1").output
