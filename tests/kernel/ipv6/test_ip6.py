"""The walk of an IPv6 packet: what a host takes, what a router checks in which order, what each leaves behind.

The facts are those of the recordings v6_forwarding and v6_disable, and of others made like them (Linux 6.18).
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.six import answers, echo6, packets6, pair6, reaches, router6, said
from tests.kernel.wires import lost, watched
from tests.laws import examples
from tests.machines import typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.wire import icmpv6
from vnetsim.wire.ipv6 import HEADER_LENGTH, Packet

ANSWER = (icmpv6.ECHO_REPLY, 0)
HOPS = (icmpv6.TIME_EXCEEDED, icmpv6.HOP_LIMIT_EXCEEDED)
NO_ROUTE = (icmpv6.DESTINATION_UNREACHABLE, icmpv6.NO_ROUTE)
PROHIBITED = (icmpv6.DESTINATION_UNREACHABLE, icmpv6.ADMINISTRATIVELY_PROHIBITED)
BEYOND = (icmpv6.DESTINATION_UNREACHABLE, icmpv6.BEYOND_SCOPE)
TOO_BIG = (icmpv6.PACKET_TOO_BIG, 0)


def warm_router() -> Lab:
    """A router whose neighbours are known, with routes of every kind, and a narrow far side."""
    lab = router6(watch=True)
    assert reaches(lab, "h1", "fd02::2")
    typed(
        lab,
        """
        ip -n r -6 route add unreachable fd04::/64
        ip -n r -6 route add prohibit fd05::/64
        ip -n r -6 route add blackhole fd06::/64
        ip -n r link set r2 mtu 1300
    """,
    )
    lab.sleep(2)
    return lab


# --- forwarding ------------------------------------------------------------------------------------------------------

#: What h1 sends by its router, what becomes of it there, and what h1 hears.
FORWARDED = [
    (echo6("fd01::2", "fd02::2"), [], [ANSWER]),
    (echo6("fd01::2", "fd02::2", hop_limit=2), [], [ANSWER]),
    (echo6("fd01::2", "fd02::2", hop_limit=1), [DropReason.TTL_EXCEEDED], [HOPS]),
    (echo6("fd01::2", "fd02::2", hop_limit=1, size=1300), [DropReason.TTL_EXCEEDED], [HOPS]),
    (echo6("fd01::2", "fd03::1"), [DropReason.IP_INNOROUTES], [NO_ROUTE]),
    (echo6("fd01::2", "fd04::1"), [DropReason.ROUTE_UNREACHABLE], [NO_ROUTE]),
    (echo6("fd01::2", "fd05::1"), [DropReason.ROUTE_PROHIBIT], [PROHIBITED]),
    (echo6("fd01::2", "fd06::1"), [DropReason.ROUTE_BLACKHOLE], []),
    (echo6("fd01::2", "fd02::2", size=1253), [DropReason.ICMP_FRAG_NEEDED], [TOO_BIG]),
    (echo6("fe80::ff:fe00:101", "fd02::2"), [DropReason.IP_INVALID_SOURCE], [BEYOND]),
    (echo6("::", "fd02::2"), [DropReason.IP_INVALID_SOURCE], []),
    (echo6("ff02::1", "fd02::2"), [DropReason.IP_INVALID_SOURCE], []),
    (echo6("fd01::2", "::1"), [DropReason.IP_INVALID_SOURCE], []),
    (echo6("fd01::2", "fd01::1"), [], [ANSWER]),
    (echo6("fd01::2", "fd02::1"), [], [ANSWER]),
]


@pytest.mark.parametrize(("packet", "ended", "heard"), FORWARDED)
def test_a_router_does_with_each_packet_what_linux_does(
    packet: Packet, ended: list[DropReason], heard: list[tuple[int, int]]
) -> None:
    lab = warm_router()
    assert answers(lab, "h1", packet) == heard
    assert lost(lab, namespace="r") == ended


def test_a_host_that_does_not_forward_is_silent_where_it_knows_a_way_and_tells_where_it_knows_none() -> None:
    lab = router6(watch=True, forwards=False)
    assert answers(lab, "h1", echo6("fd01::2", "fd02::2")) == []
    assert lost(lab, namespace="r") == [DropReason.IP_INADDRERRORS]
    assert answers(lab, "h1", echo6("fd01::2", "fd03::1")) == [NO_ROUTE]
    assert reaches(lab, "h1", "fd02::1")


def test_whether_a_router_forwards_is_asked_of_all_and_not_of_the_device() -> None:
    lab = router6()
    typed(lab, "ip netns exec r sysctl -qw net.ipv6.conf.r1.forwarding=0")
    assert reaches(lab, "h1", "fd02::2")
    typed(lab, "ip netns exec r sysctl -qw net.ipv6.conf.all.forwarding=0")
    assert not reaches(lab, "h1", "fd02::2")


def test_ping_tells_what_routers_say() -> None:
    lab = warm_router()
    assert said(lab, "h1", "fd02::2") == ["64 bytes from fd02::2: icmp_seq=1 ttl=63"]
    assert said(lab, "h1", "fd02::2", "-c 1 -t 1") == ["From fd01::1 icmp_seq=1 Time exceeded: Hop limit"]
    assert said(lab, "h1", "fd03::1") == ["From fd01::1 icmp_seq=1 Destination unreachable: No route"]
    prohibited = "Destination unreachable: Administratively prohibited"
    assert said(lab, "h1", "fd05::1") == [f"From fd01::1 icmp_seq=1 {prohibited}"]
    unreachable = "Destination unreachable: Address unreachable"
    assert said(lab, "h1", "fd02::99", "-c 1 -W 4") == [f"From fd01::1 icmp_seq=1 {unreachable}"]


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("fd04::1", "No route to host"),
        ("fd05::1", "Permission denied"),
        ("fd06::1", "Invalid argument"),
        ("fd09::1", "Network is unreachable"),
        ("ff01::1", "Invalid argument"),
    ],
)
def test_a_program_hears_of_a_bad_route_when_it_connects(target: str, words: str) -> None:
    lab = warm_router()
    result = lab.run(f"ip netns exec r ping -c 1 -W 1 {target}")
    assert (result.exit_code, result.stderr) == (2, f"ping: connect: {words}\n")


# --- long packets -----------------------------------------------------------------------------------------------------


def test_a_host_learns_from_packet_too_big_for_ten_minutes_and_cuts_the_packets_itself() -> None:
    lab = warm_router()
    typed(lab, "ip -n h2 link set eth0 mtu 1300")
    heard = watched(lab, "h1", "eth0")
    lines = said(lab, "h1", "fd02::2", "-c 2 -i 0.3 -W 1 -s 1400")
    assert lines == [
        "From fd01::1 icmp_seq=1 Packet too big: mtu=1300",
        "1408 bytes from fd02::2: icmp_seq=2 ttl=63",
    ]
    assert [packet.length for packet in packets6(heard)][-4:] == [1296, 208, 1296, 208]
    get = "ip -n h1 -6 route get fd02::2"
    assert " mtu 1300 pref" in lab.run(get).stdout
    lab.sleep(601)
    assert "mtu" not in lab.run(get).stdout


@settings(max_examples=examples(25), deadline=None)
@given(size=st.integers(0, 6000), mtu=st.integers(1280, 1500))
def test_whatever_its_size_a_packet_arrives_in_pieces_that_fit_and_as_one(size: int, mtu: int) -> None:
    lab = pair6()
    for name in "ab":
        typed(lab, f"ip -n {name} link set eth0 mtu {mtu}")
    heard = watched(lab, "b", "eth0")
    assert said(lab, "a", "fd00::2", f"-c 1 -W 1 -s {size}")[0].startswith(f"{size + 8} bytes from fd00::2:")
    pieces = [packet for packet in packets6(heard) if packet.source & 3 == 1 and packet.destination & 3 == 2]
    assert all(packet.length <= mtu for packet in pieces)
    cut = [packet for packet in pieces if packet.fragment is not None]
    assert bool(cut) == (HEADER_LENGTH + 8 + size > mtu)
    more = [packet for packet in cut if packet.fragment and packet.fragment.more]
    assert all((packet.length - HEADER_LENGTH - 8) % 8 == 0 for packet in more)


def test_a_packet_that_must_not_be_cut_is_refused_by_its_own_host() -> None:
    lab = pair6()
    result = lab.run("ip netns exec a ping -c 1 -W 1 -s 3000 -M do fd00::2")
    assert result.stderr == "ping: local error: message too long, mtu: 1500\n"
    assert lab.run("ip netns exec a ping -c 1 -W 1 -s 65528 fd00::2").stderr == result.stderr
    assert reaches(lab, "a", "fd00::2", "-c 1 -W 1 -s 65527")


def test_a_router_that_tracks_connections_sends_fragments_on_as_they_came() -> None:
    lab = router6()
    typed(lab, "ip netns exec r ip6tables -A FORWARD -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT")
    heard = watched(lab, "h2", "eth0")
    assert reaches(lab, "h1", "fd02::2", "-c 1 -W 1 -s 3000")
    pieces = [packet.length for packet in packets6(heard) if packet.fragment is not None]
    assert pieces == [1496, 1496, 160, 1496, 1496, 160]


# --- groups -----------------------------------------------------------------------------------------------------------


def test_all_nodes_answer_the_sender_first_and_nobody_answers_for_a_group_he_has_not_joined() -> None:
    lab = pair6()
    own, other = "fe80::ff:fe00:101%eth0", "fe80::ff:fe00:201%eth0"
    lines = said(lab, "a", "ff02::1%eth0", "-c 2 -i 0.2 -W 1")
    assert [line.split()[3] for line in lines] == [f"{own}:", f"{other}:", f"{own}:"]
    assert [line.split()[3] for line in said(lab, "a", "ff02::1:ff00:2%eth0")] == [f"{other}:"]
    assert said(lab, "a", "ff02::2%eth0") == []
    typed(lab, "ip netns exec b sysctl -qw net.ipv6.conf.all.forwarding=1")
    assert [line.split()[3] for line in said(lab, "a", "ff02::2%eth0")] == [f"{other}:"]
    typed(lab, "ip netns exec b sysctl -qw net.ipv6.icmp.echo_ignore_multicast=1")
    assert said(lab, "a", "ff02::2%eth0") == []


def test_a_router_answers_to_the_anycast_address_of_its_subnets() -> None:
    lab = router6()
    assert said(lab, "h1", "fd02::") == ["64 bytes from fd01::1: icmp_seq=1 ttl=64"]
    assert "anycast fd02:: dev r2 proto kernel" in lab.run("ip -n r -6 route show table local").stdout
    typed(lab, "ip netns exec r sysctl -qw net.ipv6.conf.all.forwarding=0")
    assert "anycast" not in lab.run("ip -n r -6 route show table local").stdout


# --- this host itself -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["::1", "fd00::1", "fe80::ff:fe00:101%eth0", "::"])
def test_own_addresses_are_reached_over_lo_and_only_while_it_is_up(target: str) -> None:
    lab = pair6()
    wire = watched(lab, "a", "eth0")
    assert reaches(lab, "a", target)
    typed(lab, "ip -n a link set lo down")
    assert not reaches(lab, "a", target)
    assert wire == []


def test_a_device_without_ipv6_neither_hears_nor_says_anything() -> None:
    lab = pair6()
    assert reaches(lab, "a", "fd00::2")
    typed(lab, "ip netns exec b sysctl -qw net.ipv6.conf.eth0.disable_ipv6=1")
    heard = watched(lab, "b", "eth0")
    assert not reaches(lab, "a", "fd00::2")
    assert not any(each.outgoing for each in heard)
    assert lab.run("ip -n b -6 route").stdout == ""
    assert lab.run("ip -n b addr add fd00::2/64 dev eth0").stderr == "Error: ipv6: IPv6 is disabled on this device.\n"


def test_the_hop_limit_of_answers_is_that_of_the_device() -> None:
    lab = pair6()
    typed(lab, "ip netns exec b sysctl -qw net.ipv6.conf.eth0.hop_limit=7")
    assert said(lab, "a", "fd00::2") == ["64 bytes from fd00::2: icmp_seq=1 ttl=7"]


def test_a_prefix_on_lo_is_no_way_to_anywhere() -> None:
    lab = pair6()
    typed(lab, "ip -n a addr add fd55::5/64 dev lo")
    assert reaches(lab, "a", "fd55::5")
    assert said(lab, "a", "fd55::77") == ["From fd55::5 icmp_seq=1 Destination unreachable: No route"]
