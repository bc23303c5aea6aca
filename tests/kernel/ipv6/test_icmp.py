"""ICMPv6 as a host speaks it: what is reported and what is not, from which address, how often.

The facts are those of recordings of a real kernel (Linux 6.18), of RFC 4443, 2.4, and of net/ipv6/icmp.c.
"""

from __future__ import annotations

import itertools
import re

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.six import answers, echo6, ip6, packets6, pair6, reaches, router6
from tests.kernel.wires import device, watched
from tests.laws import examples
from tests.machines import typed
from vnetsim import Lab
from vnetsim.wire import icmpv6
from vnetsim.wire.ethernet import IPV6, Frame
from vnetsim.wire.icmpv6 import PROTOCOL, Icmpv6
from vnetsim.wire.ipv6 import HEADER_LENGTH, UDP, Fragment, Packet
from vnetsim.wire.mac import Mac
from vnetsim.wire.udp import Udp

HOPS = (icmpv6.TIME_EXCEEDED, icmpv6.HOP_LIMIT_EXCEEDED)
PORT_UNREACHABLE = (icmpv6.DESTINATION_UNREACHABLE, icmpv6.PORT_UNREACHABLE)


def from_h1(payload: Icmpv6 | Udp | bytes, protocol: int = PROTOCOL) -> Packet:
    return Packet.build(ip6("fd01::2"), ip6("fd02::2"), protocol, payload, hop_limit=1)


def came(lab: Lab, name: str, packet: Packet) -> list[Packet]:
    """What comes back of a packet that `name` puts on the cable of its eth0, but for questions about neighbours."""
    heard = watched(lab, name, "eth0")
    answers(lab, name, packet)
    back = packets6(each for each in heard if not each.outgoing)
    return [each for each in back if each.hop_limit != icmpv6.HOP_LIMIT]


def numbers(lab: Lab, target: str, more: str) -> list[int]:
    """Which of h1's pings an error was heard about."""
    told = lab.run(f"ip netns exec h1 ping {more} -W 1 {target}").stdout
    return [int(found) for found in re.findall(r"^From .* icmp_seq=(\d+)", told, re.MULTILINE)]


# --- errors ----------------------------------------------------------------------------------------------------------

ERRORS = [
    (icmpv6.DESTINATION_UNREACHABLE, icmpv6.NO_ROUTE),
    (icmpv6.PACKET_TOO_BIG, 0),
    HOPS,
    (icmpv6.PARAMETER_PROBLEM, 1),
    (127, 0),
    (icmpv6.REDIRECT, 0),
]


@pytest.mark.parametrize(("kind", "code"), ERRORS)
def test_no_error_is_sent_about_an_error_or_a_redirect(kind: int, code: int) -> None:
    lab = router6()
    assert answers(lab, "h1", from_h1(Icmpv6.build(kind, code, 0, echo6("fd02::2", "fd01::2").encode()))) == []


@pytest.mark.parametrize("kind", [icmpv6.ECHO_REQUEST, icmpv6.ECHO_REPLY, 200])
def test_an_error_is_sent_about_other_messages(kind: int) -> None:
    lab = router6()
    assert answers(lab, "h1", from_h1(Icmpv6.build(kind, 0, 0x10001, b""))) == [HOPS]


def test_an_error_is_sent_about_a_later_piece_too() -> None:
    lab = router6()
    piece = attrs.evolve(from_h1(bytes(64)), fragment=Fragment(80, more=False, identification=7))
    assert answers(lab, "h1", piece) == [HOPS]


def test_nobody_is_told_of_a_packet_to_a_group_or_of_a_frame_to_many() -> None:
    lab = pair6()
    assert reaches(lab, "a", "fd00::2")
    datagram = Udp.build(4000, 9, b"")
    group = Packet.build(ip6("fd00::1"), ip6("ff02::1"), UDP, datagram)
    assert answers(lab, "a", group, Mac.parse("33:33:00:00:00:01")) == []
    person = attrs.evolve(group, destination=ip6("fd00::2"))
    assert answers(lab, "a", person, Mac.parse("33:33:00:00:00:01")) == []
    assert answers(lab, "a", person) == [PORT_UNREACHABLE]


@pytest.mark.parametrize(
    ("size", "length"), [(0, 96), (56, 152), (1100, 1196), (1184, 1280), (1185, 1280), (1400, 1280)]
)
def test_an_error_quotes_as_much_as_fits_into_1280_bytes(size: int, length: int) -> None:
    lab = router6()
    sent = echo6("fd01::2", "fd02::2", hop_limit=1, size=size)
    [error] = came(lab, "h1", sent)
    assert error.length == length
    assert isinstance(error.payload, Icmpv6)
    assert error.payload.data == sent.encode()[: length - HEADER_LENGTH - 8]


def test_an_error_comes_from_the_address_that_was_asked_or_that_is_nearest() -> None:
    lab = router6()
    datagram = Udp.build(4000, 9, b"")
    for source, destination, teller in [
        ("fd01::2", "fd02::1", "fd02::1"),
        ("fd01::2", "fd01::1", "fd01::1"),
        ("fe80::ff:fe00:101", "fe80::ff:fe00:201", "fe80::ff:fe00:201"),
    ]:
        [error] = came(lab, "h1", Packet.build(ip6(source), ip6(destination), UDP, datagram))
        assert str(error.source) == teller
    [error] = came(lab, "h1", echo6("fd01::2", "fd02::2", hop_limit=1))
    assert str(error.source) == "fd01::1"
    typed(lab, "ip -n r addr del fd01::1/64 dev r1\nip -n r -6 route add fd01::/64 dev r1")
    [error] = came(lab, "h1", echo6("fd01::2", "fd02::2", hop_limit=1))
    assert str(error.source) == "fd02::1"


# --- limits ----------------------------------------------------------------------------------------------------------


def test_a_host_hears_six_errors_at_once_and_then_as_many_as_the_limit_says() -> None:
    """1000 per hundredth of a second at first: one each `net.ipv6.icmp.ratelimit` milliseconds."""
    lab = router6()
    typed(lab, "ip netns exec r sysctl -qw net.ipv6.icmp.ratelimit=1000")
    lab.sleep(60)
    told = numbers(lab, "fd02::2", "-c 45 -i 0.05 -t 1")
    assert told[:6] == [1, 2, 3, 4, 5, 6]
    assert [later - earlier for earlier, later in itertools.pairwise(told[6:])] == [18]
    typed(lab, "ip netns exec r sysctl -qw net.ipv6.icmp.ratelimit=100")
    lab.sleep(60)
    assert numbers(lab, "fd03::1", "-c 30 -i 0.02")[:6] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("setting", "count"), [("ratelimit=0", 30), ("ratemask=0-1,4-127", 30), ("ratemask=3", 6)])
def test_the_limit_can_be_lifted_for_all_or_for_a_kind(setting: str, count: int) -> None:
    lab = router6()
    typed(lab, f"ip netns exec r sysctl -qw net.ipv6.icmp.ratelimit=60000 net.ipv6.icmp.{setting}")
    lab.sleep(400)
    assert len(numbers(lab, "fd02::2", "-c 30 -i 0.01 -t 1")) == count


def test_echo_replies_and_packets_that_are_too_big_are_not_limited() -> None:
    lab = router6()
    assert reaches(lab, "h1", "fd02::2")
    typed(lab, "ip netns exec r sysctl -qw net.ipv6.icmp.ratelimit=60000\nip -n r link set r2 mtu 1300")
    lab.sleep(400)
    assert "30 received" in lab.run("ip netns exec h1 ping -c 30 -i 0.01 fd01::1").stdout
    big = echo6("fd01::2", "fd02::2", size=1400)
    assert [answers(lab, "h1", big) for _ in range(12)] == [[(icmpv6.PACKET_TOO_BIG, 0)]] * 12


KINDS = [("0-1,3-127", "0-1,3-127"), ("3", "3"), ("", ""), ("7,1,5-6,6", "1,5-7")]


@pytest.mark.parametrize(("text", "kept"), KINDS)
def test_kinds_are_written_as_ranges(text: str, kept: str) -> None:
    lab = Lab(docker=False)
    typed(lab, f"sysctl -qw net.ipv6.icmp.ratemask={text}")
    assert lab.run("sysctl -n net.ipv6.icmp.ratemask").stdout == kept + "\n"


@pytest.mark.parametrize("text", ["abc", "256", "5-3", "1-2-3", "-1"])
def test_kinds_that_are_no_ranges_are_refused(text: str) -> None:
    lab = Lab(docker=False)
    refusal = 'sysctl: setting key "net.ipv6.icmp.ratemask": Invalid argument\n'
    assert lab.run(f"sysctl -qw net.ipv6.icmp.ratemask={text}").stderr == refusal


# --- echo ------------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(30), deadline=None)
@given(
    data=st.binary(max_size=1400),
    identifier=st.integers(0, 0xFFFF),
    sequence=st.integers(0, 0xFFFF),
    traffic_class=st.integers(0, 255),
)
def test_an_echo_is_what_was_said(data: bytes, identifier: int, sequence: int, traffic_class: int) -> None:
    lab = pair6()
    assert reaches(lab, "a", "fd00::2")
    request = Icmpv6.echo_request(identifier, sequence, data)
    asked = Packet.build(ip6("fd00::1"), ip6("fd00::2"), PROTOCOL, request, hop_limit=1, traffic_class=traffic_class)
    [answer] = came(lab, "a", asked)
    assert answer.payload == attrs.evolve(request, type=icmpv6.ECHO_REPLY)
    assert (answer.source, answer.destination) == (asked.destination, asked.source)
    assert (answer.hop_limit, answer.traffic_class) == (64, traffic_class)


@settings(max_examples=examples(100), deadline=None)
@given(kind=st.integers(0, 255), code=st.integers(0, 20), rest=st.integers(0, 2**32 - 1), data=st.binary(max_size=80),
       hop_limit=st.sampled_from([1, 64, 255]), source=st.sampled_from(["fd00::1", "fe80::ff:fe00:101", "::"]),
       destination=st.sampled_from(["fd00::2", "fe80::ff:fe00:201", "ff02::1", "ff02::1:ff00:2"]))  # fmt: skip
def test_no_message_makes_a_host_stumble_or_two_hosts_talk_for_ever(
    kind: int, code: int, rest: int, data: bytes, hop_limit: int, source: str, destination: str
) -> None:
    lab = pair6()
    assert reaches(lab, "a", "fd00::2")
    message = Icmpv6.build(kind, code, rest, data)
    packet = Packet.build(ip6(source), ip6(destination), PROTOCOL, message, hop_limit=hop_limit)
    out = device(lab, "a", "eth0")
    lab.network("a").packet_socket("eth0").send(Frame.build(Mac.parse("02:00:00:00:02:01"), out.mac, IPV6, packet))
    heard = watched(lab, "a", "eth0")
    lab.sleep(1)
    assert len(packets6(heard)) <= 6
    lab.sleep(10)
    assert reaches(lab, "a", "fd00::2")
