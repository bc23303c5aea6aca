"""Which cable takes what: hashes worked out by hand from bonding.rst; bond_hash was recorded on Linux 6.18."""

from __future__ import annotations

import pytest

from vnetsim.kernel.drivers.bonding.xmit_hash import xmit_hash
from vnetsim.wire.ethernet import ARP, IPV4, VLAN, Frame, Tagged
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import ICMP, UDP, Packet, Payload
from vnetsim.wire.mac import Mac
from vnetsim.wire.udp import Udp

ONE, TWO = Mac.parse("02:00:00:00:00:01"), Mac.parse("02:00:00:00:00:b0")
HOSTS = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.9")


def framed(payload: Payload, protocol: int, *, more_fragments: bool = False) -> Frame:
    packet = Packet.build(*HOSTS, protocol, payload, more_fragments=more_fragments)
    return Frame.build(TWO, ONE, IPV4, packet)


def test_layer2_is_the_last_octets_and_the_ethertype_also_behind_a_tag() -> None:
    frame = framed(b"", UDP)
    tagged = Frame.build(TWO, ONE, VLAN, Tagged.build(7, 0, IPV4, frame.payload))
    assert xmit_hash("layer2", frame) == xmit_hash("layer2", tagged) == 0x01 ^ 0xB0 ^ 0x0800
    assert xmit_hash("layer2+3", Frame.build(TWO, ONE, ARP, b"")) == 0x01 ^ 0xB0 ^ 0x0806


def folded(value: int) -> int:
    value ^= value >> 16
    return value ^ value >> 8


def test_layer3_adds_the_addresses_as_a_little_endian_machine_reads_them() -> None:
    addresses = (0x01 ^ 0x09) << 24
    assert xmit_hash("layer2+3", framed(b"", UDP)) == folded(0x01 ^ 0xB0 ^ 0x0800 ^ addresses)


@pytest.mark.parametrize(("payload", "protocol", "ports"), [
    (Udp.build(0x1234, 0x0050, b""), UDP, 0x50003412), (b"12345678", UDP, 0),
    (Icmp.echo_request(0x0102, 1, b""), ICMP, 0x01020008), (Icmp.build(3, 0, 0, b""), ICMP, 0),
])  # fmt: skip
def test_layer4_adds_ports_or_the_identifier(payload: Payload, protocol: int, ports: int) -> None:
    assert xmit_hash("layer3+4", framed(payload, protocol)) == folded(ports ^ (0x01 ^ 0x09) << 24) >> 1


def test_vlan_and_source_address() -> None:
    tagged = Frame.build(TWO, ONE, VLAN, Tagged.build(7, 0, IPV4, b""))
    assert xmit_hash("vlan+srcmac", tagged) == 7 ^ 0x020000 ^ 0x000001
