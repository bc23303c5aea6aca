"""The walk of an IPv4 packet: what a host takes, what a router checks in which order, what each leaves behind.

The facts are those of the recordings fwd_basic, fwd_rp_filter, fwd_unreachable, fwd_local_and_broadcast and
route_special_types (Linux 6.18).
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.wires import device, echo, ip, lost, packets, put, watched
from tests.laws import examples
from tests.machines import bridged, pair, ping, router, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.trace import Delivered
from vnetsim.wire import icmp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.ipv4 import ICMP, Packet
from vnetsim.wire.mac import BROADCAST, Mac

#: Of the answers to one packet: type and code.
TTL = (icmp.TIME_EXCEEDED, icmp.TTL_EXCEEDED)
NET = (icmp.DESTINATION_UNREACHABLE, icmp.NET_UNREACHABLE)
HOST = (icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE)
PROHIBITED = (icmp.DESTINATION_UNREACHABLE, icmp.COMMUNICATION_PROHIBITED)
PROTOCOL = (icmp.DESTINATION_UNREACHABLE, icmp.PROTOCOL_UNREACHABLE)
TOO_BIG = (icmp.DESTINATION_UNREACHABLE, icmp.FRAGMENTATION_NEEDED)
ANSWER = (icmp.ECHO_REPLY, 0)


def answers(lab: Lab, packet: Packet, to: Mac | None = None) -> list[tuple[int, int]]:
    """What h1 (or a) hears within a hundredth of a second of a packet that it put on its cable."""
    namespace = "h1" if "h1" in lab.machine.named_namespaces() else "a"
    peer = device(lab, namespace, "eth0").peer
    assert peer is not None
    heard = watched(lab, namespace, "eth0")
    put(lab, namespace, "eth0", packet, peer.mac if to is None else to)
    came = packets(each for each in heard if not each.outgoing)
    return [(each.payload.type, each.payload.code) for each in came if isinstance(each.payload, Icmp)]


def warm_router(*, mtu: int = 1500) -> Lab:
    """A router whose neighbours are known, with routes of every kind behind 10.16.0.0."""
    lab = router(watch=True, mtu=mtu)
    assert ping(lab, "h1", "10.0.2.2")
    typed(
        lab,
        """
        ip -n r route add unreachable 10.16.1.0/24
        ip -n r route add prohibit 10.16.2.0/24
        ip -n r route add blackhole 10.16.3.0/24
        ip -n r route add throw 10.16.4.0/24
    """,
    )
    lab.sleep(60)
    return lab


# --- forwarding ------------------------------------------------------------------------------------------------------

#: What h1 sends by its router, what becomes of it there, and what h1 hears.
FORWARDED = [
    ("10.0.2.2", 64, 56, None, [ANSWER]),
    ("10.0.2.2", 2, 56, None, [ANSWER]),
    ("10.0.2.2", 1, 56, DropReason.TTL_EXCEEDED, [TTL]),
    ("10.0.2.2", 0, 56, DropReason.TTL_EXCEEDED, [TTL]),
    ("10.0.2.2", 64, 1400, DropReason.ICMP_FRAG_NEEDED, [TOO_BIG]),
    ("10.0.2.2", 1, 1400, DropReason.TTL_EXCEEDED, [TTL]),  # the time to live is looked at before the size
    ("10.99.0.1", 64, 56, DropReason.IP_INNOROUTES, [NET]),
    ("10.99.0.1", 1, 56, DropReason.IP_INNOROUTES, [NET]),  # the route is looked for before the time to live
    ("10.99.0.1", 64, 1400, DropReason.IP_INNOROUTES, [NET]),
    ("10.16.1.1", 1, 56, DropReason.ROUTE_UNREACHABLE, [HOST]),
    ("10.16.2.1", 1, 56, DropReason.ROUTE_PROHIBIT, [PROHIBITED]),
    ("10.16.3.1", 1, 56, DropReason.ROUTE_BLACKHOLE, []),
    ("10.16.4.1", 1, 56, DropReason.IP_INNOROUTES, [NET]),
    ("10.0.1.1", 1, 56, None, [ANSWER]),  # what is for the router itself may use up its time to live
    ("10.0.2.1", 1, 56, None, [ANSWER]),
    ("10.0.2.255", 64, 56, DropReason.ICMP_ECHO_IGNORED, []),  # the broadcast of the far net is the router's own
]


@pytest.mark.parametrize(("destination", "ttl", "size", "reason", "heard"), FORWARDED)
def test_a_router_checks_route_then_ttl_then_size(
    destination: str, ttl: int, size: int, reason: DropReason | None, heard: list[tuple[int, int]]
) -> None:
    lab = warm_router(mtu=1300)
    assert answers(lab, echo("10.0.1.2", destination, ttl=ttl, size=size, df=True)) == heard
    assert lost(lab, namespace="r") == ([] if reason is None else [reason])


def test_what_is_forwarded_has_new_stations_one_hop_less_and_is_otherwise_the_same() -> None:
    lab = warm_router()
    far = watched(lab, "h2", "eth0")
    sent = echo("10.0.1.2", "10.0.2.2", ttl=17, df=True)
    answers(lab, sent)
    frame = far[0].frame
    assert frame.payload == sent.forwarded()
    assert (frame.source, frame.destination) == (device(lab, "r", "r2").mac, device(lab, "h2", "eth0").mac)


def test_a_host_that_does_not_forward_says_nothing_but_answers_for_its_far_address() -> None:
    lab = warm_router()
    typed(lab, "ip netns exec r sysctl -qw net.ipv4.ip_forward=0")
    assert answers(lab, echo("10.0.1.2", "10.0.2.2", ttl=1)) == []
    assert lost(lab) == [DropReason.IP_INADDRERRORS]
    assert answers(lab, echo("10.0.1.2", "10.99.0.1")) == []
    assert lost(lab) == [DropReason.IP_INADDRERRORS]
    assert answers(lab, echo("10.0.1.2", "10.0.2.1")) == [ANSWER]


@pytest.mark.parametrize(("device_name", "forwards"), [("r1", False), ("r2", True)])
def test_the_device_that_a_packet_comes_in_by_decides_whether_it_is_forwarded(device_name: str, forwards: bool) -> None:
    lab = warm_router()
    typed(lab, f"ip netns exec r sysctl -qw net.ipv4.conf.{device_name}.forwarding=0")
    far = watched(lab, "h2", "eth0")
    answers(lab, echo("10.0.1.2", "10.0.2.2"))
    assert bool([each for each in far if not each.outgoing]) is forwards


@pytest.mark.parametrize("station", [BROADCAST, Mac.parse("01:00:5e:01:02:03")])
def test_what_came_by_broadcast_is_not_forwarded_and_not_complained_about(station: Mac) -> None:
    lab = warm_router()
    assert answers(lab, echo("10.0.1.2", "10.0.2.2", ttl=1), station) == []
    assert lost(lab) == [DropReason.OTHERHOST]
    assert answers(lab, echo("10.0.1.2", "10.0.1.1"), station) == [ANSWER]


def test_a_frame_for_another_station_is_not_taken() -> None:
    lab = pair(watch=True)
    assert answers(lab, echo("10.0.0.1", "10.0.0.2"), Mac.parse("02:00:00:00:00:99")) == []
    assert lost(lab) == [DropReason.OTHERHOST]


def test_a_protocol_that_nobody_handles_is_reported() -> None:
    lab = pair(watch=True)
    assert ping(lab, "a", "10.0.0.2")
    assert answers(lab, Packet.build(ip("10.0.0.1"), ip("10.0.0.2"), 99, b"what?")) == [PROTOCOL]
    assert lost(lab) == [DropReason.NO_SOCKET]


# --- where a packet may come from --------------------------------------------------------------------------------

#: rp_filter of all devices and of this one; whether an answer by another device, by no device is taken.
FILTERS = [(0, 0, True, True), (0, 1, False, False), (0, 2, True, False), (1, 0, False, False), (1, 2, True, False),
           (2, 1, True, False), (2, 0, True, False)]  # fmt: skip


@pytest.mark.parametrize(("every", "own", "elsewhere", "nowhere"), FILTERS)
def test_the_reverse_path_filter_is_the_stricter_of_all_and_the_device(
    every: int, own: int, elsewhere: bool, nowhere: bool
) -> None:
    lab = warm_router()
    typed(lab, f"ip netns exec r sysctl -qw net.ipv4.conf.all.rp_filter={every} net.ipv4.conf.r1.rp_filter={own}")
    far = watched(lab, "h2", "eth0")
    for source, taken in (("10.0.1.2", True), ("10.0.2.77", elsewhere), ("172.16.5.5", nowhere)):
        far.clear()
        put(lab, "h1", "eth0", echo(source, "10.0.2.2"), device(lab, "r", "r1").mac)
        assert bool(packets(each for each in far if not each.outgoing)) is taken, source
        assert (DropReason.IP_RPFILTER in lost(lab, namespace="r")) is not taken, source


#: Addresses that no wire may carry (RFC 1812, 5.3.7), with the reason.
MARTIANS = [
    ("10.0.0.2", "10.0.0.2", DropReason.IP_INVALID_SOURCE),  # its own address
    ("127.0.0.1", "10.0.0.2", DropReason.IP_INVALID_SOURCE),
    ("10.0.0.1", "127.0.0.1", DropReason.IP_INVALID_SOURCE),
    ("224.0.0.1", "10.0.0.2", DropReason.IP_INVALID_SOURCE),
    ("255.255.255.255", "10.0.0.2", DropReason.IP_INVALID_SOURCE),
    ("0.0.0.0", "10.0.0.2", DropReason.IP_INVALID_SOURCE),
    ("10.0.0.1", "0.0.0.0", DropReason.IP_INNOROUTES),
    ("10.0.0.2", "10.0.0.255", DropReason.IP_INVALID_SOURCE),
]


@pytest.mark.parametrize(("source", "destination", "reason"), MARTIANS)
def test_martians_end_silently(source: str, destination: str, reason: DropReason) -> None:
    lab = pair(watch=True)
    assert answers(lab, echo(source, destination)) == []
    assert lost(lab) == [reason]


def test_of_the_addresses_below_1_0_0_0_only_the_first_is_a_martian() -> None:
    lab = pair()
    typed(lab, "ip -n a addr add 0.1.2.1/24 dev eth0\nip -n b addr add 0.1.2.2/24 dev eth0")
    assert ping(lab, "a", "0.1.2.2")
    assert lab.run("ip netns exec a ping -c 1 -W 1 -I 0.1.2.1 10.0.0.2")
    assert ping(lab, "b", "0.1.2.1")


@pytest.mark.parametrize(
    ("setting", "source", "destination"),
    [
        ("accept_local", "10.0.0.2", "10.0.0.2"),
        ("route_localnet", "127.0.0.2", "10.0.0.2"),
        ("route_localnet", "10.0.0.1", "127.0.0.1"),
    ],
)
@pytest.mark.parametrize("who", ["all", "eth0"])
def test_settings_let_some_martians_in(who: str, setting: str, source: str, destination: str) -> None:
    lab = pair(watch=True)
    typed(lab, f"ip netns exec b sysctl -qw net.ipv4.conf.{who}.{setting}=1")
    answers(lab, echo(source, destination))
    assert any(isinstance(event, Delivered) and event.namespace == "b" for event in lab.events)


@pytest.mark.parametrize("source", ["0.0.0.0", "0.1.2.3", "10.0.0.1"])
def test_a_host_without_an_address_may_call_everybody(source: str) -> None:
    """As DHCP clients do (ip_route_input_slow: brd_input is reached before zero addresses are refused)."""
    lab = pair(watch=True)
    typed(lab, "ip netns exec b sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0")
    answers(lab, echo(source, "255.255.255.255"), BROADCAST)
    assert any(isinstance(event, Delivered) and event.namespace == "b" for event in lab.events)


# --- own addresses -----------------------------------------------------------------------------------------------


def test_a_host_answers_for_all_its_addresses_on_every_device() -> None:
    """The weak host model."""
    lab = warm_router()
    typed(lab, "ip -n r addr add 10.7.7.7/32 dev lo")
    for address in ("10.0.1.1", "10.0.2.1", "10.7.7.7"):
        assert ping(lab, "h1", address), address


def test_own_addresses_are_reached_by_lo_and_never_by_the_wire() -> None:
    lab = pair(watch=True)
    wire, loop = watched(lab, "a", "eth0"), watched(lab, "a", "lo")
    assert ping(lab, "a", "10.0.0.1")
    assert wire == []
    assert {(each.frame.source, each.frame.destination) for each in loop} == {(0, 0)}


def test_with_lo_down_a_host_cannot_reach_itself_and_no_error_tells() -> None:
    lab = pair(watch=True)
    typed(lab, "ip -n a link set lo down")
    result = ping(lab, "a", "10.0.0.1")
    assert (result.exit_code, result.stderr) == (1, "")
    assert lost(lab) == [DropReason.DEV_READY]
    assert ping(lab, "a", "10.0.0.2")


def test_a_prefix_on_lo_is_local_as_a_whole() -> None:
    """addr_flush_replace: 10.5.0.99 answers when lo has 10.5.0.1/24; on eth0 that would be one address only."""
    lab = pair()
    typed(
        lab,
        """
        ip -n b addr add 10.5.0.1/24 dev lo
        ip -n a route add 10.5.0.0/24 via 10.0.0.2
    """,
    )
    assert ping(lab, "a", "10.5.0.99")


# --- groups ------------------------------------------------------------------------------------------------------


def test_a_broadcast_ping_wants_b_and_answers_come_from_those_who_do_not_ignore_it() -> None:
    lab = bridged(3, watch=True)
    typed(lab, "ip netns exec h3 sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0")
    assert "Do you want to ping broadcast?" in ping(lab, "h1", "10.0.0.255").stderr
    result = ping(lab, "h1", "10.0.0.255", "-b -c 1 -W 1")
    assert result.stderr == "WARNING: pinging broadcast address\n"
    assert "64 bytes from 10.0.0.3: icmp_seq=1" in result.stdout
    assert DropReason.ICMP_ECHO_IGNORED in lost(lab, namespace="h2")


def test_all_hosts_hear_224_0_0_1_and_no_other_group() -> None:
    lab = pair(watch=True)
    typed(lab, "ip netns exec b sysctl -qw net.ipv4.icmp_echo_ignore_broadcasts=0")
    assert "from 10.0.0.2" in ping(lab, "a", "224.0.0.1", "-I eth0 -c 1 -W 1").stdout
    assert not ping(lab, "a", "224.0.0.77", "-I eth0 -c 1 -W 1")
    assert DropReason.NO_SOCKET in lost(lab, namespace="b")


def test_the_address_of_the_network_is_an_ordinary_one() -> None:
    lab = pair(watch=True)
    assert "Do you want" not in ping(lab, "a", "10.0.0.0").stderr
    assert DropReason.NO_CARRIER not in lost(lab)


@pytest.mark.parametrize("kind", ["icmp_echo_ignore_all", "icmp_echo_ignore_broadcasts"])
def test_echo_requests_can_be_ignored(kind: str) -> None:
    lab = pair(watch=True)
    typed(lab, f"ip netns exec b sysctl -qw net.ipv4.{kind}=1")
    assert bool(ping(lab, "a", "10.0.0.2")) is (kind == "icmp_echo_ignore_broadcasts")


# --- laws --------------------------------------------------------------------------------------------------------


@settings(max_examples=examples(25), deadline=None)
@given(hops=st.integers(1, 5), ttl=st.integers(1, 8))
def test_a_packet_lives_as_many_hops_as_its_ttl_and_the_router_that_ends_it_says_so(hops: int, ttl: int) -> None:
    lab = chain(hops)
    result = lab.run(f"ip netns exec n0 ping -c 1 -W 1 -t {ttl} 10.{hops}.0.2")
    if ttl > hops - 1:
        assert f"64 bytes from 10.{hops}.0.2: icmp_seq=1 ttl={64 - (hops - 1)}" in result.stdout
    else:
        assert f"From 10.{ttl}.0.2 icmp_seq=1 Time to live exceeded" in result.stdout


def chain(hops: int) -> Lab:
    """n0 - n1 - ... - nHOPS; between n(i-1) and n(i) the net 10.i.0.0/24 with .1 on the left, .2 on the right."""
    lab = Lab(docker=False)
    lines = [f"ip netns add n{number}" for number in range(hops + 1)]
    for number in range(1, hops + 1):
        left, right = f"n{number - 1}", f"n{number}"
        lines += [
            f"ip link add right netns {left} type veth peer name left netns {right}",
            f"ip -n {left} addr add 10.{number}.0.1/24 dev right",
            f"ip -n {right} addr add 10.{number}.0.2/24 dev left",
            f"ip -n {left} link set right up",
            f"ip -n {right} link set left up",
            f"ip netns exec {right} sysctl -qw net.ipv4.ip_forward=1",
        ]
        lines += [f"ip -n n{n} route add 10.{number}.0.0/24 via 10.{n + 1}.0.2" for n in range(number - 1)]
        lines += [f"ip -n {right} route add 10.{n}.0.0/24 via 10.{number}.0.1" for n in range(1, number)]
    typed(lab, "\n".join(lines))
    return lab


@settings(max_examples=examples(40), deadline=None)
@given(source=st.integers(0, 2**32 - 1), destination=st.integers(0, 2**32 - 1), ttl=st.integers(0, 255))
def test_whatever_the_addresses_a_packet_ends_once_or_arrives(source: int, destination: int, ttl: int) -> None:
    lab = router(watch=True)
    lab.run("ip -n r route add default dev r2")
    packet = Packet.build(
        type(ip("0.0.0.0"))(source), type(ip("0.0.0.0"))(destination), ICMP, Icmp.echo_request(1, 1, b""), ttl=ttl
    )
    put(lab, "h1", "eth0", packet, device(lab, "r", "r1").mac)
    lab.sleep(4)
    identity = lab.events[0].packet
    ends = [event for event in lab.events if event.packet == identity and event.namespace != "h1"]
    assert type(ends[-1]).__name__ in ("Dropped", "Delivered")
    assert sum(type(event).__name__ in ("Dropped", "Delivered") for event in ends) == 1
