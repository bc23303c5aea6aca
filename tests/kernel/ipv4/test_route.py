"""What ICMP reports to a host: path MTUs (RFC 1191), and how long and for which routes that is believed.

Recorded on Linux 6.18: fwd_mtu_pmtud, route_pmtu, route_pmtu6, route_pmtu_cache, route_pmtu_multipath.  Redirects are
in test_icmp.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.wires import datagram, device, ip, packets, put, watched
from tests.laws import examples
from tests.machines import ping, router, typed
from vnetsim import Lab
from vnetsim.result import Result
from vnetsim.wire import icmp
from vnetsim.wire.ipv4 import ICMP, Packet


def known_mtu(lab: Lab, destination: str = "10.0.2.2") -> int | None:
    """What `ip route get` says about a destination's path."""
    found = re.search(
        r"cache .*mtu (?:lock )?(\d+)", lab.run(f"ip -n h1 route get {destination}").stdout.replace("\n", " ")
    )
    return int(found[1]) if found else None


def received(result: Result) -> int:
    return int(re.findall(r"(\d+) received", result.stdout)[0])


def test_the_first_long_packet_teaches_the_path_and_the_next_ones_are_cut_here() -> None:
    lab = router(mtu=1300)
    seen = watched(lab, "h1", "eth0")
    result = ping(lab, "h1", "10.0.2.2", "-c 3 -i 0.2 -W 1 -s 1400")
    assert "From 10.0.1.1 icmp_seq=1 Frag needed and DF set (mtu = 1300)" in result.stdout
    assert received(result) == 2
    sent = [(each.length, each.dont_fragment) for each in packets(each for each in seen if each.outgoing)]
    assert sent == [(1428, True), (1300, False), (148, False), (1300, False), (148, False)]


def test_what_must_not_be_cut_is_refused_here_once_the_path_is_known() -> None:
    lab = router(mtu=1300)
    result = ping(lab, "h1", "10.0.2.2", "-c 3 -i 0.2 -W 1 -M do -s 1273")
    assert "From 10.0.1.1 icmp_seq=1 Frag needed and DF set (mtu = 1300)" in result.stdout
    assert result.stderr.splitlines() == ["ping: local error: message too long, mtu=1300"] * 2
    assert received(ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -M do -s 1272")) == 1


def test_the_router_cuts_what_may_be_cut_and_teaches_nothing() -> None:
    lab = router(mtu=1300)
    seen = watched(lab, "h2", "eth0")
    assert received(ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -M dont -s 1400")) == 1
    sizes = [(each.length, each.fragment_offset) for each in packets(each for each in seen if not each.outgoing)]
    assert sizes == [(1300, 0), (148, 1280)]
    assert known_mtu(lab) is None


def test_a_path_is_known_for_ten_minutes_and_to_one_destination() -> None:
    lab = router(mtu=1300)
    ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -s 1400")
    assert (known_mtu(lab), known_mtu(lab, "10.0.2.3")) == (1300, None)
    lab.sleep(598)
    assert known_mtu(lab) == 1300
    lab.sleep(2)
    assert known_mtu(lab) is None
    assert "Frag needed" in ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -s 1400").stdout


def test_mtu_expires_says_how_long() -> None:
    lab = router(mtu=1300)
    typed(lab, "ip netns exec h1 sysctl -qw net.ipv4.route.mtu_expires=3")
    ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -s 1400")
    assert known_mtu(lab) == 1300
    lab.sleep(3)
    assert known_mtu(lab) is None


#: What is done after the path was learned, and whether it is known still.
CHANGES = [
    ("ip -n h1 route flush cache", None),
    ("ip -n h1 route add 10.9.0.0/16 via 10.0.1.1", 1300),
    ("ip -n h1 route add 10.0.2.0/24 via 10.0.1.1", 1300),  # another route by the same hop
    ("ip -n h1 route add 10.0.2.0/24 via 10.0.1.77", None),  # another hop
    ("ip -n h1 route add 10.0.2.0/24 via 10.0.1.1 mtu 1200", 1200),
    ("ip -n h1 route add 10.0.2.0/24 via 10.0.1.1 src 10.0.1.2", None),  # the same hop on other terms
    ("ip -n h1 route del default; ip -n h1 route add default via 10.0.1.1", None),
    ("ip -n h1 link set eth0 mtu 1400", 1300),
]


@pytest.mark.parametrize(("change", "known"), CHANGES)
def test_what_was_learned_belongs_to_the_next_hop(change: str, known: int | None) -> None:
    lab = router(mtu=1300)
    ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -s 1400")
    typed(lab, change)
    assert known_mtu(lab) == known


def hear_too_big(lab: Lab, mtu: int, destination: str = "10.0.2.2") -> None:
    about = datagram("10.0.1.2", destination, 9, data=bytes(1400))
    message = icmp.error(icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED, about, mtu)
    put(lab, "r", "r1", Packet.build(ip("10.0.1.1"), ip("10.0.1.2"), ICMP, message), device(lab, "h1", "eth0").mac)


def test_a_path_does_not_grow_by_hearsay() -> None:
    lab = router()
    assert ping(lab, "h1", "10.0.2.2")
    for told, known in ((1400, 1400), (1300, 1300), (1350, 1300), (1600, 1300), (1000, 1000)):
        hear_too_big(lab, told)
        assert known_mtu(lab) == known


def test_nobody_is_made_to_send_tiny_packets_but_they_may_be_cut_then() -> None:
    """min_pmtu is 552: what is told to be less is not believed, yet packets go without DF from then on."""
    lab = router(mtu=300)
    result = ping(lab, "h1", "10.0.2.2", "-c 3 -i 0.2 -W 1 -s 1400")
    assert "From 10.0.1.1 icmp_seq=1 Frag needed and DF set (mtu = 300)" in result.stdout
    assert received(result) == 2
    assert "mtu lock 552" in lab.run("ip -n h1 route get 10.0.2.2").stdout
    assert received(ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -s 400")) == 1


def test_a_redirect_is_forgotten_by_packets_too() -> None:
    """The route that a packet of before has left behind does not outlive what it was made from."""
    lab = router()
    typed(
        lab,
        """
        ip -n h1 route replace default via 10.0.1.99
        ip -n h1 neigh add 10.0.1.99 lladdr 02:00:00:00:00:99 dev eth0
    """,
    )
    assert ping(lab, "h1", "10.0.1.1")
    message = icmp.error(icmp.REDIRECT, icmp.REDIRECT_HOST, datagram("10.0.1.2", "10.0.2.2", 9), ip("10.0.1.1"))
    put(lab, "r", "r1", Packet.build(ip("10.0.1.99"), ip("10.0.1.2"), ICMP, message), device(lab, "h1", "eth0").mac)
    assert ping(lab, "h1", "10.0.2.2")
    lab.sleep(301)
    assert not ping(lab, "h1", "10.0.2.2")


# --- laws --------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(20), deadline=None)
@given(mtu=st.integers(68, 1500), size=st.integers(0, 3000), discovery=st.sampled_from(["want", "dont"]))
def test_the_second_ping_arrives_whatever_the_path_and_the_size(mtu: int, size: int, discovery: str) -> None:
    lab = router(mtu=mtu)
    far = watched(lab, "h2", "eth0")
    result = ping(lab, "h1", "10.0.2.2", f"-c 2 -i 0.2 -W 1 -M {discovery} -s {size}")
    assert received(result) == (2 if discovery == "dont" or size + 28 <= mtu or size + 28 > 1500 else 1)
    assert all(each.length <= mtu for each in packets(far))


# --- exceptions and the routes that they hang on ---------------------------------------------------------------------

_HOPS = "ip -n h1 route add 10.0.2.0/24 via 10.0.1.1"


def learned(lab: Lab) -> None:
    ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -M do -s 1400")
    assert known_mtu(lab) == 1300


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ("ip -n h1 route replace 10.0.2.0/24 via 10.0.1.1", 1300),
        (f"ip -n h1 route del 10.0.2.0/24\n{_HOPS}", None),
        # Another prefix keeps the fib_info, and with it the exception.
        (f"ip -n h1 route add 10.0.9.0/24 via 10.0.1.1\nip -n h1 route del 10.0.2.0/24\n{_HOPS}", 1300),
        ("ip -n h1 route add 10.0.2.2/32 via 10.0.1.1", 1300),
        ("ip -n h1 route add 10.0.2.2/32 via 10.0.1.1 metric 3", None),
        ("ip -n h1 route add 10.0.2.2/32 via 10.0.1.1 metric 3\nip -n h1 route del 10.0.2.2/32", 1300),
        ("ip -n h1 route replace 10.0.2.0/24 via 10.0.1.1 mtu 1450", 1450),
        ("ip -n h1 link set eth0 mtu 1400", 1300),
        ("ip -n h1 link set eth0 mtu 1280", 1280),
        ("ip -n h1 link set eth0 mtu 1280\nip -n h1 link set eth0 mtu 1500", 1500),
        ("ip -n h1 route flush cache", None),
        ("ip -n h1 -6 route flush cache", 1300),
    ],
)
def test_a_path_mtu_lives_as_long_as_the_fib_info_of_its_route(commands: str, expected: int | None) -> None:
    lab = router(mtu=1300)
    typed(lab, f"ip -n h1 route del default\n{_HOPS}")  # the default route would share the fib_info
    learned(lab)
    typed(lab, commands)
    assert known_mtu(lab) == expected


def test_a_locked_mtu_learns_nothing_and_lets_packets_be_cut() -> None:
    lab = router(mtu=1300)
    typed(lab, _HOPS + " mtu lock 1450")
    seen = watched(lab, "h1", "eth0")
    result = ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -M do -s 1400")
    assert "Frag needed and DF set (mtu = 1300)" in result.stdout
    ping(lab, "h1", "10.0.2.2", "-c 1 -W 1 -s 100")
    assert [each.dont_fragment for each in packets(each for each in seen if each.outgoing)] == [True, False]
    assert "cache mtu lock 1450" in " ".join(lab.run("ip -n h1 route get 10.0.2.2").stdout.split())
    assert lab.run("ip -n h1 route del 10.0.2.0/24 mtu 1450").exit_code == 0


def test_a_deletion_that_says_lock_finds_only_a_locked_mtu() -> None:
    lab = router()
    typed(lab, _HOPS + " mtu 1450")
    refused = lab.run("ip -n h1 route del 10.0.2.0/24 mtu lock 1450")
    assert (refused.exit_code, refused.stderr) == (2, "RTNETLINK answers: No such process\n")


# --- IPv6 next hops (RFC 5549), recorded in route_via6 ----------------------------------------------------------------


def test_a_next_hop_of_ipv6_that_does_not_answer_is_an_unreachable_host() -> None:
    lab = Lab(docker=False)
    typed(
        lab,
        """
        ip netns add a
        ip link add eth0 netns a type veth peer name peer
        ip link set peer up
        ip -n a link set lo up
        ip -n a addr add 10.0.0.1/24 dev eth0
        ip -n a link set eth0 up
        sleep 3
        ip -n a route add 10.1.0.0/24 via inet6 fe80::99 dev eth0
    """,
    )
    result = ping(lab, "a", "10.1.0.1", "-c 1 -W 5")
    assert "From 10.0.0.1 icmp_seq=1 Destination Host Unreachable" in result.stdout
    assert lab.run("ip -n a neigh").stdout == "fe80::99 dev eth0 FAILED \n"
    assert "10.1.0.0/24 via inet6 fe80::99 dev eth0" in lab.run("ip -n a route").stdout
    refused = lab.run("ip -n a route add 10.2.0.0/24 via inet6 fe80::99")
    assert (refused.exit_code, refused.stderr) == (2, "Error: Egress device not specified.\n")
    refused = lab.run("ip -n a -6 route add fd01::/64 via inet 10.0.0.2")
    assert (refused.exit_code, refused.stderr) == (2, "Error: IPv6 does not support RTA_VIA attribute.\n")
