"""Cutting packets up and putting them together again (RFC 791, 815; RFC 5722 for overlaps; net/ipv4/ip_fragment.c)."""

from __future__ import annotations

import itertools
import random
import re

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.servers import received, udp_client
from tests.kernel.wires import device, echo, ip, lost, packets, put, watched
from tests.laws import examples
from tests.machines import pair, ping, router, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.kernel.transport.udp import UdpSock
from vnetsim.trace import Delivered
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.ipv4 import UDP, Packet
from vnetsim.wire.udp import Udp


def arrived(socket: UdpSock) -> list[bytes]:
    """What waits in a socket."""
    return [datagram.data for datagram in received(socket)]


def listening(lab: Lab, namespace: str) -> UdpSock:
    return udp_client(lab, namespace, 9)


def whole(data: bytes, number: int = 77) -> Packet:
    return Packet.build(ip("10.0.0.1"), ip("10.0.0.2"), UDP, Udp.build(5000, 9, data), identification=number)


def pieces(data: bytes, *cuts: int) -> list[Packet]:
    """The packet of a datagram, cut before these bytes of its payload (which are multiples of 8)."""
    packet = whole(data)
    payload = packet.encode_payload()
    edges = [0, *cuts, len(payload)]
    return [piece(payload, first, last) for first, last in itertools.pairwise(edges)]


def piece(payload: bytes, first: int, last: int) -> Packet:
    return Packet.build(
        ip("10.0.0.1"), ip("10.0.0.2"), UDP, payload[first:last], identification=77, fragment_offset=first,
        more_fragments=last < len(payload),
    )  # fmt: skip


def give(lab: Lab, *fragments: Packet) -> None:
    for fragment in fragments:
        put(lab, "a", "eth0", fragment, device(lab, "b", "eth0").mac)


# --- laws --------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(40), deadline=None)
@given(size=st.integers(0, 6000), mtu=st.integers(68, 1500), seed=st.integers(0, 999), twice=st.booleans())
def test_fragments_in_any_order_make_the_packet_again(size: int, mtu: int, seed: int, twice: bool) -> None:
    lab = pair()
    socket = listening(lab, "b")
    data = random.Random(seed).randbytes(size)
    fragments = whole(data).fragments(mtu)
    assert all(fragment.length <= mtu for fragment in fragments)
    random.Random(seed).shuffle(fragments)
    again = fragments[: len(fragments) // 2] if twice else []
    give(lab, *again, *fragments)
    assert arrived(socket) == [data]


@settings(max_examples=examples(25), deadline=None)
@given(sizes=st.lists(st.integers(0, 3000), min_size=1, max_size=4), mtu=st.integers(68, 1500), seed=st.integers(0, 99))
def test_datagrams_whose_fragments_mix_are_told_apart(sizes: list[int], mtu: int, seed: int) -> None:
    lab = pair()
    socket = listening(lab, "b")
    sent = [random.Random(number).randbytes(size) for number, size in enumerate(sizes)]
    fragments = [each for number, data in enumerate(sent) for each in whole(data, number).fragments(mtu)]
    random.Random(seed).shuffle(fragments)
    give(lab, *fragments)
    assert sorted(arrived(socket)) == sorted(sent)


@settings(max_examples=examples(25), deadline=None)
@given(size=st.integers(0, 8000), near=st.integers(68, 1500), far=st.integers(68, 1500), tracked=st.booleans())
def test_a_datagram_arrives_whole_through_any_mtus(size: int, near: int, far: int, tracked: bool) -> None:
    """It is cut where it is sent and once more, or anew, by the router."""
    lab = router(mtu=far)
    typed(lab, f"ip -n h1 link set eth0 mtu {near}\nip -n r link set r1 mtu {near}")
    if tracked:
        typed(lab, "ip netns exec r iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP")
    socket = listening(lab, "h2")
    sender = lab.network("h1").udp_socket()
    cable = watched(lab, "h2", "eth0")
    data = bytes(number & 0xFF for number in range(size))
    # The first one may be lost: it must not be cut, and teaches the path.
    for _ in range(2):
        sender.send_to(data, ip("10.0.2.2"), 9)
        lab.sleep(0.1)
    assert arrived(socket)[-1:] == [data]
    assert all(packet.length <= far for packet in packets(cable))


@settings(max_examples=15, deadline=None)
@given(size=st.integers(0, 65507), mtu=st.sampled_from([68, 576, 1280, 1500, 9000, 65535]))
def test_a_ping_of_any_size_comes_back(size: int, mtu: int) -> None:
    lab = pair()
    typed(lab, f"ip -n a link set eth0 mtu {mtu}\nip -n b link set eth0 mtu {mtu}")
    if mtu == 68:
        size = min(size, 5000)
    assert ping(lab, "a", "10.0.0.2", f"-c 1 -W 2 -s {size} -S 200000")


@settings(max_examples=examples(60), deadline=None)
@given(cuts=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), min_size=1, max_size=8))
def test_whatever_the_fragments_nothing_is_made_up(cuts: list[tuple[int, int, bool]]) -> None:
    """Pieces that overlap, repeat and contradict each other give the datagram they were cut from, or none."""
    lab = pair(watch=True)
    socket = listening(lab, "b")
    data = bytes(range(200))
    payload = whole(data).encode_payload()
    for first, count, more in cuts:
        part = payload[first * 8 : first * 8 + count * 8]
        fragment = Packet.build(
            ip("10.0.0.1"), ip("10.0.0.2"), UDP, part, identification=77, fragment_offset=first * 8, more_fragments=more
        )
        give(lab, fragment)
    assert [each for each in arrived(socket) if each != data] == []
    give(lab, *[attrs.evolve(each, identification=78) for each in pieces(data, 104)])
    assert arrived(socket) == [data]


# --- limits ------------------------------------------------------------------------------------------------------


def test_what_does_not_come_whole_in_thirty_seconds_is_given_up_and_its_sender_told() -> None:
    lab = pair(watch=True)
    assert ping(lab, "a", "10.0.0.2")
    heard = watched(lab, "a", "eth0")
    give(lab, pieces(bytes(100), 48)[0])
    lab.sleep(29)
    assert lost(lab) == []
    lab.sleep(2)
    assert lost(lab) == [DropReason.FRAG_REASM_TIMEOUT]
    errors = [each.payload for each in packets(heard) if isinstance(each.payload, Icmp)]
    assert [(each.type, each.code) for each in errors] == [(icmp.TIME_EXCEEDED, icmp.REASSEMBLY_TIME_EXCEEDED)]


def test_without_the_first_fragment_nobody_is_told() -> None:
    lab = pair(watch=True)
    assert ping(lab, "a", "10.0.0.2")
    heard = watched(lab, "a", "eth0")
    give(lab, pieces(bytes(100), 48)[1])
    lab.sleep(31)
    assert lost(lab) == [DropReason.FRAG_REASM_TIMEOUT]
    assert packets(each for each in heard if not each.outgoing) == []


def test_ipfrag_time_says_how_long() -> None:
    lab = pair(watch=True)
    typed(lab, "ip netns exec b sysctl -qw net.ipv4.ipfrag_time=2")
    give(lab, pieces(bytes(100), 48)[0])
    lab.sleep(3)
    assert DropReason.FRAG_REASM_TIMEOUT in lost(lab)


def test_a_router_that_tracks_connections_gathers_but_reports_nothing() -> None:
    """ip_expire: only an end host sends a reassembly timeout."""
    lab = router(watch=True)
    typed(lab, "ip netns exec r iptables -A FORWARD -m conntrack --ctstate INVALID -j DROP")
    assert ping(lab, "h1", "10.0.2.2")
    heard, far = watched(lab, "h1", "eth0"), watched(lab, "h2", "eth0")
    first = echo("10.0.1.2", "10.0.2.2", size=1000).fragments(576)[0]
    put(lab, "h1", "eth0", first, device(lab, "r", "r1").mac)
    lab.sleep(31)
    assert packets(far) == []
    assert [each for each in packets(heard) if each.source != ip("10.0.1.2")] == []
    assert lost(lab, namespace="r") == [DropReason.FRAG_REASM_TIMEOUT]


def test_a_router_forwards_fragments_without_gathering_them() -> None:
    lab = router()
    assert ping(lab, "h1", "10.0.2.2")
    far = watched(lab, "h2", "eth0")
    fragments = echo("10.0.1.2", "10.0.2.2", size=1000).fragments(576)
    for fragment in reversed(fragments):
        put(lab, "h1", "eth0", fragment, device(lab, "r", "r1").mac)
    came = packets(each for each in far if not each.outgoing)
    assert [each.fragment_offset for each in came] == [each.fragment_offset for each in reversed(fragments)]


#: Ranges of the payload of 108 bytes that come one after the other, and whether the datagram is delivered.
OVERLAPS = [
    ([(0, 56), (56, 108)], True),
    ([(0, 56), (0, 56), (56, 108)], True),  # a duplicate
    ([(0, 56), (8, 48), (56, 108)], True),  # within what has come
    ([(0, 32), (32, 64), (16, 48), (64, 108)], True),  # within the run of two pieces
    ([(0, 56), (48, 108)], False),
    ([(0, 56), (56, 96), (88, 108)], False),
    ([(56, 108), (0, 64)], False),
    ([(24, 48), (16, 56), (0, 24), (48, 108)], False),
]


@pytest.mark.parametrize(("ranges", "delivered"), OVERLAPS)
def test_overlaps_discard_the_datagram_and_duplicates_do_not(ranges: list[tuple[int, int]], delivered: bool) -> None:
    lab = pair(watch=True)
    socket = listening(lab, "b")
    data = bytes(100)
    payload = whole(data).encode_payload()
    give(lab, *[piece(payload, first, last) for first, last in ranges])
    assert arrived(socket) == ([data] if delivered else [])


def test_a_fragment_behind_the_end_discards_the_datagram() -> None:
    lab = pair()
    socket = listening(lab, "b")
    payload = whole(bytes(100)).encode_payload()
    end = piece(payload, 56, 108)
    give(lab, end, attrs.evolve(end, fragment_offset=112), piece(payload, 0, 56))
    assert arrived(socket) == []


def test_no_ping_of_death() -> None:
    """Fragments that would make more than 65535 bytes."""
    lab = pair(watch=True)
    first = echo("10.0.0.1", "10.0.0.2", size=1400).fragments(1400)[0]
    give(lab, first)
    for offset in range(1376, 65536, 1376):
        part = bytes(min(1376, 65536 - offset))
        give(
            lab,
            attrs.evolve(
                first, payload=part, fragment_offset=offset, more_fragments=offset + 1376 < 65536, length=20 + len(part)
            ),
        )
    assert DropReason.FRAG_REASM_TIMEOUT in lost(lab)
    assert ping(lab, "a", "10.0.0.2")


# --- sessions ----------------------------------------------------------------------------------------------------


def test_the_pieces_of_a_ping_that_is_too_long_for_the_cable() -> None:
    """fwd_mtu_pmtud: with an mtu of 1400, 1376 bytes and the rest."""
    lab = pair(watch=True)
    typed(lab, "ip -n a link set eth0 mtu 1400\nip -n b link set eth0 mtu 1400")
    seen = watched(lab, "a", "eth0")
    assert ping(lab, "a", "10.0.0.2", "-c 1 -s 1472")
    sent = packets(each for each in seen if each.outgoing)
    assert [(each.length - 20, each.fragment_offset, each.more_fragments) for each in sent] == [
        (1376, 0, True),
        (104, 1376, False),
    ]
    assert not any(each.dont_fragment for each in sent)
    assert len({each.identification for each in sent}) == 1


def test_the_trace_tells_one_journey_of_all_fragments() -> None:
    lab = pair(watch=True)
    assert ping(lab, "a", "10.0.0.2", "-c 1 -s 4000")
    delivered = [event for event in lab.events if isinstance(event, Delivered) and event.to == "the echo responder"]
    assert len(delivered) == 1
    told = "\n".join(str(event) for event in lab.events if event.packet == delivered[0].packet)
    assert len(re.findall("arrives on eth0", told)) == 3
