from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import frames
from vnetsim.errors import DecodeError
from vnetsim.wire import ethernet, icmp, ipv4
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Frame, Tagged
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import BROADCAST, Mac
from vnetsim.wire.printer import PacketPrinter

SOURCE, DESTINATION = Mac.parse("02:00:00:00:00:11"), Mac.parse("02:00:00:00:00:a1")
ASK = Arp.request(SOURCE, IPv4.parse("10.0.1.2"), IPv4.parse("10.0.1.1"))
ASKING = Frame.build(BROADCAST, SOURCE, ethernet.ARP, ASK)
#: Sent by a real kernel through a packet socket.
TAGGED = Frame.build(BROADCAST, SOURCE, ethernet.VLAN, Tagged.build(10, 3, 0x88B5, b"hello"))
GOLDEN = [("arp-request", ASKING), ("vlan", TAGGED)]
ECHO = ipv4.Packet.build(
    IPv4.parse("10.0.1.2"), IPv4.parse("10.0.2.2"), ipv4.ICMP, icmp.Icmp.echo_request(7, 1, bytes(56))
)


@pytest.mark.parametrize(("name", "frame"), GOLDEN)
def test_decode(name: str, frame: Frame) -> None:
    assert Frame.decode(octets(name)) == frame


@pytest.mark.parametrize(("name", "frame"), GOLDEN)
def test_encode(name: str, frame: Frame) -> None:
    assert frame.encode() == octets(name)


@given(frames)
def test_round_trip(frame: Frame) -> None:
    data = frame.encode()
    assert Frame.decode(data) == frame
    assert frame.length == len(data)


@given(st.binary(max_size=100), st.sampled_from((0x0800, 0x0806, 0x8100, 0x86DD, 0x88A8, 0x88B5, 38)))
def test_decode_is_total_and_forgets_nothing_of_what_it_does_not_understand(data: bytes, ethertype: int) -> None:
    frame = Frame.decode(bytes(12) + ethertype.to_bytes(2, "big") + data)
    assert frame.length == 14 + len(data)
    if isinstance(frame.payload, bytes):
        assert frame.encode()[14:] == data


@given(frames, st.integers(0, 13))
def test_less_than_a_header_is_no_frame(frame: Frame, length: int) -> None:
    with pytest.raises(DecodeError):
        Frame.decode(frame.encode()[:length])


@given(frames, st.data())
def test_any_frame_cut_anywhere_can_be_decoded_and_printed(frame: Frame, choice: st.DataObject) -> None:
    data = frame.encode()
    cut = data[: choice.draw(st.integers(0, len(data)))]
    with contextlib.suppress(DecodeError):
        assert str(Frame.decode(cut))


def test_a_payload_that_makes_no_sense_stays_bytes() -> None:
    assert Frame.decode(octets("arp-request")[:-1]).payload == octets("arp-request")[14:-1]


def test_padding_is_kept_as_length_and_written_again() -> None:
    padded = octets("arp-request").ljust(60, b"\0")
    frame = Frame.decode(padded)
    assert frame.payload == ASK
    assert frame.length == 60
    assert frame.encode() == padded


def _tagged(**tag: bool) -> Frame:
    inner = Tagged.build(5, 0, ethernet.IPV4, ECHO)
    return Frame.build(DESTINATION, SOURCE, ethernet.VLAN, Tagged.build(10, 1, ethernet.VLAN, inner, **tag))


LINK = "02:00:00:00:00:11 > 02:00:00:00:00:a1, "
PING = "10.0.1.2 > 10.0.2.2: ICMP echo request, id 7, seq 1, length 64"
OUTER = f"{LINK}ethertype 802.1Q (0x8100), length 106: vlan 10, p 1, "
INNER = f"ethertype 802.1Q (0x8100), vlan 5, p 0, ethertype IPv4 (0x0800), {PING}"
DUMP = """\
02:00:00:00:00:11 > 02:00:00:00:00:a1, ethertype Unknown (0x88b5), length 33:\x20
\t0x0000:  1e1f 2021 2223 2425 2627 2829 2a2b 2c2d  ...!"#$%&'()*+,-
\t0x0010:  2e2f 30                                  ./0"""


# What tcpdump 4.99.3 -n -e printed of the same frames.
@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (Frame.build(DESTINATION, SOURCE, ethernet.IPV4, ECHO), f"{LINK}ethertype IPv4 (0x0800), length 98: {PING}"),
        (_tagged(), OUTER + INNER),
        (_tagged(drop_eligible=True), f"{OUTER}DEI, {INNER}"),
        (Frame.build(DESTINATION, SOURCE, 0x88B5, bytes(range(0x1E, 0x31))), DUMP),
        (Frame.build(DESTINATION, SOURCE, 0x88B5, b""), f"{LINK}ethertype Unknown (0x88b5), length 14: "),
        (Frame.build(DESTINATION, SOURCE, ethernet.ARP, b"junk"), f"{LINK}ethertype ARP (0x0806), length 18:  [|arp]"),
    ],
)
def test_prints_like_tcpdump(frame: Frame, words: str) -> None:
    assert str(frame) == words


TAGGED_WITHOUT_ITS_TAG = """\
02:00:00:00:00:11 > ff:ff:ff:ff:ff:ff, ethertype Unknown (0x88b5), length 23:\x20
\t0x0000:  6865 6c6c 6f                             hello"""


# What tcpdump 4.99.3 -n printed of the same frames.
@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (ASKING, "ARP, Request who-has 10.0.1.1 tell 10.0.1.2, length 28"),
        (Frame.build(DESTINATION, SOURCE, ethernet.IPV4, ECHO), f"IP {PING}"),
        (_tagged(), f"IP {PING}"),
        (TAGGED, TAGGED_WITHOUT_ITS_TAG),
    ],
)
def test_without_the_link_layer_prints_like_tcpdump(frame: Frame, words: str) -> None:
    assert frame.describe(PacketPrinter(link=False)) == words
