from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.packets import frames
from vnetsim.errors import DecodeError
from vnetsim.wire import cooked, icmp, ipv4
from vnetsim.wire.arp import Arp
from vnetsim.wire.cooked import Cooked
from vnetsim.wire.ethernet import ARP, IPV4, Frame
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import BROADCAST, Mac
from vnetsim.wire.printer import PacketPrinter

ONE, TWO = Mac.parse("02:00:00:00:00:01"), Mac.parse("02:00:00:00:00:02")
A, B = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2")
ASKING: Final = Frame.build(BROADCAST, ONE, ARP, Arp.request(ONE, A, B))
ECHO: Final = Frame.build(
    TWO, ONE, IPV4, ipv4.Packet.build(A, B, icmp.PROTOCOL, icmp.Icmp.echo_request(7, 1, bytes(56)))
)
#: As libpcap 1.10.3 wrote it, from a device with index 2.
CAPTURED: Final = bytes.fromhex(
    "080600000000000200010406020000000001000000010800060400010200000000010a0000010000000000000a000002"
)


def test_a_packet_is_written_as_libpcap_writes_it() -> None:
    assert Cooked.of(ASKING, 2, cooked.OUTGOING).encode() == CAPTURED


def test_a_packet_is_read_as_libpcap_wrote_it() -> None:
    packet = Cooked.decode(CAPTURED)
    assert (packet.index, packet.kind, packet.station, packet.payload) == (2, cooked.OUTGOING, ONE, ASKING.payload)


@given(frames, st.integers(1, 2**32 - 1), st.integers(0, 4))
def test_what_is_written_is_read(frame: Frame, index: int, kind: int) -> None:
    packet = Cooked.of(frame, index, kind)
    data = packet.encode()
    assert packet.length == len(data) == frame.length + 6
    again = Cooked.decode(data)
    assert again.encode() == data
    assert (again.index, again.kind, again.station) == (index, kind, frame.source)


#: Printed by tcpdump 4.99.3.
TOLD: Final = [
    (ASKING, cooked.BROADCAST, False, "eth0  B   ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"),
    (ECHO, cooked.HOST, False, "eth0  In  IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64"),
    (ECHO, cooked.OUTGOING, True,
     ("eth0  Out ifindex 2 02:00:00:00:00:01 ethertype IPv4 (0x0800), length 104: 10.0.0.1 > 10.0.0.2: "
     "ICMP echo request, id 7, seq 1, length 64")),
    (ECHO, cooked.MULTICAST, False, "eth0  M   IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64"),
    (ECHO, cooked.OTHER_HOST, False, "eth0  P   IP 10.0.0.1 > 10.0.0.2: ICMP echo request, id 7, seq 1, length 64"),
]  # fmt: skip


@pytest.mark.parametrize(("frame", "kind", "link", "words"), TOLD)
def test_it_is_told_on_which_device_and_which_way(frame: Frame, kind: int, *, link: bool, words: str) -> None:
    assert Cooked.of(frame, 2, kind).describe(PacketPrinter(link=link), "eth0") == words


def test_what_lo_carries_is_of_another_kind_of_hardware() -> None:
    assert Cooked.of(ECHO, 1, cooked.HOST, loopback=True).encode()[8:10] == (772).to_bytes(2, "big")


def test_less_than_a_header_is_refused() -> None:
    with pytest.raises(DecodeError):
        Cooked.decode(CAPTURED[:19])
