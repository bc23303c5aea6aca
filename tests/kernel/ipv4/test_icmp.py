"""ICMP as a host speaks it: what is reported and what is not, from which address, how often.

The facts are those of the recordings fwd_icmp_ratelimit, fwd_unreachable, fwd_basic, fwd_redirect (Linux 6.18), of
RFC 1122, 3.2.2, and of net/ipv4/icmp.c.
"""

from __future__ import annotations

import itertools
import re

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.wires import datagram, device, echo, ip, lost, packets, put, watched
from tests.laws import examples
from tests.machines import pair, ping, router, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.result import Result
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import ICMP, Packet
from vnetsim.wire.mac import BROADCAST, Mac


def heard(lab: Lab, packet: Packet, to: Mac | None = None, *, namespace: str = "h1") -> list[Packet]:
    """ICMP messages that come back within a hundredth of a second of a packet put on the cable."""
    peer = device(lab, namespace, "eth0").peer
    assert peer is not None
    seen = watched(lab, namespace, "eth0")
    put(lab, namespace, "eth0", packet, peer.mac if to is None else to)
    return packets(each for each in seen if not each.outgoing)


def numbers(result: Result, words: str) -> list[int]:
    """The icmp_seq of the lines of a ping that hold these words."""
    return [int(found) for found in re.findall(rf"icmp_seq=(\d+) {words}", result.stdout)]


# --- errors ----------------------------------------------------------------------------------------------------------

ERRORS = [
    (icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE),
    (icmp.TIME_EXCEEDED, icmp.TTL_EXCEEDED),
    (icmp.REDIRECT, icmp.REDIRECT_HOST),
    (icmp.SOURCE_QUENCH, 0),
    (icmp.PARAMETER_PROBLEM, 0),
]


@pytest.mark.parametrize(("kind", "code"), ERRORS)
@pytest.mark.parametrize("destination", ["10.0.2.2", "10.99.0.1"])
def test_no_error_is_sent_about_an_error(kind: int, code: int, destination: str) -> None:
    lab = router(watch=True)
    assert ping(lab, "h1", "10.0.1.1")
    about = icmp.error(kind, code, datagram(destination, "10.0.1.2", 9))
    assert heard(lab, Packet.build(ip("10.0.1.2"), ip(destination), ICMP, about, ttl=1)) == []
    assert lost(lab, namespace="r") == [
        DropReason.TTL_EXCEEDED if destination == "10.0.2.2" else DropReason.IP_INNOROUTES
    ]


@pytest.mark.parametrize("kind", [icmp.ECHO_REQUEST, icmp.ECHO_REPLY, icmp.TIMESTAMP])
def test_an_error_is_sent_about_other_messages(kind: int) -> None:
    lab = router()
    assert ping(lab, "h1", "10.0.1.1")
    message = Icmp.build(kind, 0, 0x10001, b"")
    [error] = heard(lab, Packet.build(ip("10.0.1.2"), ip("10.0.2.2"), ICMP, message, ttl=1))
    assert isinstance(error.payload, Icmp)
    assert (error.payload.type, error.tos) == (icmp.TIME_EXCEEDED, 0xC0)


#: Packets of whom nobody is told that they ended: later fragments, groups as source or destination, broadcast frames.
UNREPORTED = [
    (attrs.evolve(echo("10.0.1.2", "10.99.0.1"), fragment_offset=80, payload=bytes(64)), None),
    (datagram("10.0.1.2", "10.0.1.255", 9), BROADCAST),
    (datagram("10.0.1.2", "255.255.255.255", 9), BROADCAST),
    (datagram("10.0.1.2", "10.0.1.1", 9), BROADCAST),
    (datagram("10.0.1.2", "224.0.0.1", 9), Mac.parse("01:00:5e:00:00:01")),
    (datagram("0.0.0.0", "255.255.255.255", 9), BROADCAST),
]


@pytest.mark.parametrize(("packet", "to"), UNREPORTED)
def test_nothing_is_reported_about_fragments_and_groups(packet: Packet, to: Mac | None) -> None:
    lab = router()
    assert ping(lab, "h1", "10.0.1.1")
    assert heard(lab, packet, to) == []


def test_a_first_fragment_is_reported_about() -> None:
    lab = router()
    assert ping(lab, "h1", "10.0.1.1")
    first = attrs.evolve(echo("10.0.1.2", "10.99.0.1"), more_fragments=True)
    assert [each.protocol for each in heard(lab, first)] == [ICMP]


@pytest.mark.parametrize(("size", "length"), [(0, 20 + 8 + 28), (56, 20 + 8 + 84), (500, 20 + 8 + 528), (1472, 576)])
def test_an_error_quotes_as_much_as_fits_into_576_bytes(size: int, length: int) -> None:
    lab = router()
    assert ping(lab, "h1", "10.0.1.1")
    sent = echo("10.0.1.2", "10.0.2.2", ttl=1, size=size)
    [error] = heard(lab, sent)
    assert error.length == length
    assert isinstance(error.payload, Icmp)
    assert error.payload.data == sent.encode()[: length - 28]


def test_an_error_comes_from_the_address_towards_the_sender() -> None:
    lab = router()
    assert ping(lab, "h1", "10.0.1.1")
    assert [str(each.source) for each in heard(lab, echo("10.0.1.2", "10.0.2.2", ttl=1))] == ["10.0.1.1"]
    # Nobody answered at 10.0.2.99, which only the far side of the router knows.
    assert "From 10.0.1.1 icmp_seq=1 Destination Host Unreachable" in ping(lab, "h1", "10.0.2.99", "-c 1 -W 5").stdout


def test_a_closed_port_of_the_router_is_refused_by_the_address_that_was_asked() -> None:
    lab = router()
    assert ping(lab, "h1", "10.0.1.1")
    [error] = heard(lab, datagram("10.0.1.2", "10.0.2.1", 9))
    assert isinstance(error.payload, Icmp)
    assert (str(error.source), error.payload.type, error.payload.code) == ("10.0.2.1", 3, icmp.PORT_UNREACHABLE)


# --- limits ------------------------------------------------------------------------------------------------------


def test_a_host_hears_six_errors_at_once_and_then_one_a_second() -> None:
    """fwd_icmp_ratelimit: 20 probes 50 ms apart to a destination that got no error yet, 1061 ms long."""
    lab = router()
    told = numbers(ping(lab, "h1", "10.0.2.2", "-c 45 -i 0.05 -W 1 -t 1"), "Time to live")
    assert told[:6] == [1, 2, 3, 4, 5, 6]
    assert told[6:] == [19, 37]  # ping waits a little longer than it was told
    lab.sleep(60)
    assert numbers(ping(lab, "h1", "10.0.2.2", "-c 8 -i 0.01 -W 1 -t 1"), "Time to live") == [1, 2, 3, 4, 5, 6]


def test_each_host_has_a_limit_of_its_own() -> None:
    lab = router()
    for host, far in (("h1", "10.0.2.2"), ("h2", "10.0.1.2")):
        assert len(numbers(ping(lab, host, far, "-c 9 -i 0.01 -W 1 -t 1"), "Time to live")) == 6


def test_packets_without_a_route_cost_double_and_that_cannot_be_switched_off() -> None:
    lab = router()
    told = numbers(ping(lab, "h1", "10.99.0.1", "-c 20 -i 0.05 -W 1"), "Destination Net Unreachable")
    assert told[:2] == [1, 2]
    assert len(told) <= 3
    typed(lab, "ip netns exec r sysctl -qw net.ipv4.icmp_ratelimit=0")
    lab.sleep(60)
    assert len(numbers(ping(lab, "h1", "10.99.0.1", "-c 9 -i 0.01 -W 1"), "Destination Net Unreachable")) == 5


UNLIMITED = ["icmp_ratelimit=0", "icmp_ratemask=0"]


@pytest.mark.parametrize("setting", UNLIMITED)
def test_the_limit_can_be_lifted(setting: str) -> None:
    lab = router()
    typed(lab, f"ip netns exec r sysctl -qw net.ipv4.{setting}")
    assert len(numbers(ping(lab, "h1", "10.0.2.2", "-c 30 -i 0.01 -W 1 -t 1"), "Time to live")) == 30


def test_echo_replies_and_path_mtu_discovery_are_not_limited() -> None:
    """icmpv4_mask_allow: `Don't limit PMTU discovery.`"""
    lab = router(mtu=1300)
    assert len(numbers(ping(lab, "h1", "10.0.1.1", "-c 30 -i 0.01 -W 1"), "ttl=64")) == 30
    told = [heard(lab, echo("10.0.1.2", "10.0.2.2", size=1400, df=True)) for _ in range(12)]
    assert [len(each) for each in told] == [1] * 12


@settings(max_examples=examples(20), deadline=None)
@given(gaps=st.lists(st.integers(1, 3000), min_size=1, max_size=25))
def test_never_more_than_six_errors_and_one_a_second(gaps: list[int]) -> None:
    lab = router()
    assert ping(lab, "h1", "10.0.1.1")
    times: list[int] = []
    for gap in gaps:
        lab.sleep(gap / 1000)
        times += [lab.now()] * len(heard(lab, echo("10.0.1.2", "10.0.2.2", ttl=1)))
    for first in range(len(times)):
        for last in range(first, len(times)):
            assert last - first + 1 <= 6 + (times[last] - times[first]) / 1e9 + 0.1


# --- echo --------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(30), deadline=None)
@given(
    data=st.binary(max_size=1400),
    identifier=st.integers(0, 0xFFFF),
    sequence=st.integers(0, 0xFFFF),
    tos=st.integers(0, 255),
)
def test_an_echo_is_what_was_said(data: bytes, identifier: int, sequence: int, tos: int) -> None:
    lab = pair()
    assert ping(lab, "a", "10.0.0.2")
    request = Icmp.echo_request(identifier, sequence, data)
    said = Packet.build(ip("10.0.0.1"), ip("10.0.0.2"), ICMP, request, ttl=1, tos=tos)
    [answer] = heard(lab, said, namespace="a")
    assert answer.payload == attrs.evolve(request, type=icmp.ECHO_REPLY)
    assert (answer.source, answer.destination, answer.ttl, answer.tos) == (ip("10.0.0.2"), ip("10.0.0.1"), 64, tos)


@settings(max_examples=examples(60), deadline=None)
@given(kind=st.integers(0, 40), code=st.integers(0, 20), rest=st.integers(0, 2**32 - 1), data=st.binary(max_size=80))
def test_no_message_makes_a_host_stumble_or_two_hosts_talk_for_ever(
    kind: int, code: int, rest: int, data: bytes
) -> None:
    lab = pair(watch=True)
    assert ping(lab, "a", "10.0.0.2")
    message = Icmp.build(kind, code, rest, data)
    answers = heard(lab, Packet.build(ip("10.0.0.1"), ip("10.0.0.2"), ICMP, message), namespace="a")
    assert len(answers) == (kind == icmp.ECHO_REQUEST)
    assert ping(lab, "a", "10.0.0.2")


# --- redirects -----------------------------------------------------------------------------------------------------


def three_on_a_link(*, watch: bool = True) -> Lab:
    """a 10.0.0.1, router r 10.0.0.2 and router s 10.0.0.3 on one bridge; s has 10.9.0.1, to which a goes by r."""
    lab = Lab(docker=False, watch=watch)
    lines = ["ip link add br0 type bridge", "ip link set br0 up"]
    for number, name in enumerate(("a", "r", "s"), 1):
        lines += [
            f"ip netns add {name}",
            f"ip link add eth0 netns {name} type veth peer name p{name}",
            f"ip link set p{name} master br0 up",
            f"ip -n {name} addr add 10.0.0.{number}/24 dev eth0",
            f"ip -n {name} link set eth0 up",
            f"ip -n {name} link set lo up",
        ]
    typed(
        lab,
        "\n".join(lines)
        + """
        ip -n s addr add 10.9.0.1/32 dev lo
        ip -n a route add 10.9.0.0/16 via 10.0.0.2
        ip -n r route add 10.9.0.0/16 via 10.0.0.3
        ip netns exec r sysctl -qw net.ipv4.ip_forward=1
    """,
    )
    return lab


def redirected(result: Result) -> list[int]:
    return [int(found) for found in re.findall(r"From 10\.0\.0\.2: icmp_seq=(\d+) Redirect Host", result.stdout)]


def test_a_router_tells_the_better_way_and_forwards_all_the_same() -> None:
    lab = three_on_a_link()
    result = ping(lab, "a", "10.9.0.1", "-c 4 -i 0.5")
    assert "Redirect Host(New nexthop: 10.0.0.3)" in result.stdout
    assert "4 packets transmitted, 4 received" in result.stdout


def test_a_redirect_is_believed_once_the_new_router_is_known() -> None:
    """Recorded: the first one only makes the host ask for 10.0.0.3, the second one is believed, for 300 seconds."""
    lab = three_on_a_link()
    assert redirected(ping(lab, "a", "10.9.0.1", "-c 4 -i 0.5")) == [1, 2]
    assert "via 10.0.0.3 dev eth0" in lab.run("ip -n a route get 10.9.0.1").stdout
    assert "cache <redirected> expires" in lab.run("ip -n a route get 10.9.0.1").stdout
    lab.sleep(301)
    assert "via 10.0.0.2 dev eth0" in lab.run("ip -n a route get 10.9.0.1").stdout


def test_a_redirect_quotes_the_packet_as_it_goes_on() -> None:
    """Recorded: its time to live is one less already."""
    lab = three_on_a_link()
    seen = watched(lab, "a", "eth0")
    ping(lab, "a", "10.9.0.1")
    messages = [each.payload for each in packets(seen) if isinstance(each.payload, Icmp)]
    quoted = next(each.quoted() for each in messages if each.type == icmp.REDIRECT)
    assert quoted is not None
    assert quoted.ttl == 63


UNREDIRECTED = [
    "ip netns exec r sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth0.send_redirects=0",
    "ip -n a route replace 10.9.0.0/16 via 10.0.0.3",
]


@pytest.mark.parametrize("change", UNREDIRECTED)
def test_no_redirect_is_sent(change: str) -> None:
    lab = three_on_a_link()
    typed(lab, change)
    assert redirected(ping(lab, "a", "10.9.0.1", "-c 4 -i 0.5")) == []


DEAF = [
    "net.ipv4.conf.all.accept_redirects=0 net.ipv4.conf.eth0.accept_redirects=0",
    "net.ipv4.ip_forward=1",
]


@pytest.mark.parametrize("settings_", DEAF)
def test_who_does_not_listen_is_told_nine_times_at_growing_distances(settings_: str) -> None:
    """ip_rt_redirect_number, ip_rt_redirect_load: the next one after 40 ms, 80 ms, 160 ms ..., 5.12 s."""
    lab = three_on_a_link()
    typed(lab, f"ip netns exec a sysctl -qw {settings_}")
    told = redirected(ping(lab, "a", "10.9.0.1", "-c 600 -i 0.05"))
    assert len(told) == 9
    gaps = [later - sooner for sooner, later in itertools.pairwise(told)]
    assert gaps == sorted(gaps)
    lab.sleep(21)
    assert redirected(ping(lab, "a", "10.9.0.1")) == [1]


#: Who sends a redirect to what, about which destination; none of these is believed.
LIES = [
    ("10.0.0.3", "10.0.0.2", "10.9.0.1"),  # not from the router in use
    ("10.0.0.2", "10.8.0.1", "10.9.0.1"),  # to a router that is not on the link
    ("10.0.0.2", "224.0.0.1", "10.9.0.1"),
    ("10.0.0.2", "10.0.0.1", "10.9.0.1"),  # to itself
    ("10.0.0.2", "10.0.0.2", "10.9.0.1"),  # to the same router
    ("10.0.0.2", "10.0.0.255", "10.9.0.1"),
]


@pytest.mark.parametrize(("source", "gateway", "destination"), LIES)
def test_a_false_redirect_is_not_believed(source: str, gateway: str, destination: str) -> None:
    lab = three_on_a_link()
    assert ping(lab, "a", "10.0.0.3")
    assert ping(lab, "a", "10.0.0.2")
    about = datagram("10.0.0.1", destination, 9)
    message = icmp.error(icmp.REDIRECT, icmp.REDIRECT_HOST, about, IPv4.parse(gateway))
    port = device(lab, "a", "eth0")
    for _ in range(3):
        put(lab, "s", "eth0", Packet.build(ip(source), ip("10.0.0.1"), ICMP, message), port.mac)
    assert "via 10.0.0.2 dev eth0" in lab.run(f"ip -n a route get {destination}").stdout
