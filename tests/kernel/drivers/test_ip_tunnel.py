"""IP in IP, GRE and sit: how packets look on the way, what a tunnel refuses, and what its sender hears.

Recorded on Linux 6.18 (tun_gre, tun_ipip_sit, tun_errors), and asked of the same kernel.
"""

from __future__ import annotations

import pytest

from tests.kernel.wires import packets, watched
from tests.machines import pair, ping, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.trace import Dropped
from vnetsim.wire import ipv4
from vnetsim.wire.gre import Gre
from vnetsim.wire.ipv4 import Packet


def tunnel(kind: str, more: str = "", there: str | None = None, *, watch: bool = False) -> Lab:
    """`tests.machines.pair` with a tunnel t0 between 10.1.0.1 (a) and 10.1.0.2 (b)."""
    lab = pair(watch=watch)
    for number, (name, options) in enumerate((("a", more), ("b", more if there is None else there)), start=1):
        typed(
            lab,
            f"""
            ip -n {name} link add t0 type {kind} local 10.0.0.{number} remote 10.0.0.{3 - number} {options}
            ip -n {name} addr add 10.1.0.{number}/24 dev t0
            ip -n {name} link set t0 up
        """,
        )
    return lab


def drops(lab: Lab) -> list[Dropped]:
    return [event for event in lab.events if isinstance(event, Dropped)]


def outer(lab: Lab) -> list[Packet]:
    """The packets of tunnels that b gets while a pings through."""
    seen = watched(lab, "b", "eth0")
    ping(lab, "a", "10.1.0.2")
    return [packet for packet in packets(seen) if packet.protocol in (4, 41, 47) and str(packet.source) == "10.0.0.1"]


@pytest.mark.parametrize(
    ("kind", "options", "protocol", "more"),
    [("ipip", "", 4, 20), ("sit", "", 4, 20), ("gre", "", 47, 24), ("gre", "key 7", 47, 28),
     ("gre", "key 7 seq csum", 47, 36)],
)  # fmt: skip
def test_each_kind_puts_its_headers_before_a_packet(kind: str, options: str, protocol: int, more: int) -> None:
    lab = tunnel(kind, options)
    (packet,) = outer(lab)
    assert (packet.protocol, packet.length, packet.dont_fragment) == (protocol, 84 + more, True)
    assert f"mtu {1500 - more}" in lab.run("ip -n a link show t0").stdout


def test_the_key_and_the_number_are_in_the_header() -> None:
    (packet,) = outer(tunnel("gre", "key 1.2.3.4 seq"))
    message = Gre.decode(packet.encode_payload())
    assert (message.key, message.sequence, message.checksummed) == (0x01020304, 0, False)


def test_ttl_is_that_of_the_inner_packet_unless_one_is_given() -> None:
    lab = tunnel("ipip")
    seen = watched(lab, "b", "eth0")
    lab.run("ip netns exec a ping -c 1 -t 9 10.1.0.2")
    assert {p.ttl for p in packets(seen) if p.protocol == ipv4.IPIP and str(p.source) == "10.0.0.1"} == {9}
    (packet,) = outer(tunnel("ipip", "ttl 33"))
    assert packet.ttl == 33


@pytest.mark.parametrize(
    ("kind", "here", "there", "why"),
    [("gre", "key 1", "key 2", "no gre device"), ("gre", "", "key 2", "no gre device"),
     ("gre", "csum", "nocsum", "a checksum is not expected"), ("gre", "", "csum", "a checksum is missing"),
     ("gre", "", "seq", "out of sequence")],
)  # fmt: skip
def test_what_the_far_end_does_not_take_is_lost_there(kind: str, here: str, there: str, why: str) -> None:
    lab = tunnel(kind, here, there, watch=True)
    assert not ping(lab, "a", "10.1.0.2")
    assert [why in d.detail for d in drops(lab) if d.reason is DropReason.TUNNEL and d.namespace == "b"] == [True]


def test_a_packet_of_no_tunnel_is_answered_with_port_unreachable_only_where_the_module_is() -> None:
    lab = tunnel("gre")
    typed(lab, "ip -n b link del t0")
    seen = watched(lab, "a", "eth0")
    ping(lab, "a", "10.1.0.2")
    assert "10.0.0.2 protocol 47 port 2048 unreachable" in [str(p) for p in packets(seen)][-1]


def test_a_packet_that_is_too_long_for_the_path_comes_back_with_the_mtu_that_fits() -> None:
    lab = tunnel("gre")
    typed(lab, "ip -n b link set eth0 mtu 1400\nip -n a link set eth0 mtu 1400")
    answer = lab.run("ip netns exec a ping -c 1 -s 1400 10.1.0.2")
    assert "From 10.1.0.1 icmp_seq=1 Frag needed and DF set (mtu = 1376)" in answer.stdout
    assert "message too long, mtu=1376" in lab.run("ip netns exec a ping -c 1 -M do -s 1400 10.1.0.2").stderr


def test_a_tunnel_whose_route_leads_into_itself_ends_in_a_dead_loop() -> None:
    lab = tunnel("ipip", watch=True)
    typed(lab, "ip -n a route add 10.0.0.2 dev t0")
    assert not ping(lab, "a", "10.1.0.2")
    assert DropReason.DEAD_LOOP in {drop.reason for drop in drops(lab)}


def test_a_tunnel_that_moved_sends_from_where_it_was_made() -> None:
    lab = tunnel("gre")
    typed(
        lab,
        """
        ip netns add c
        ip -n a link set t0 netns c
        ip -n c addr add 10.1.0.1/24 dev t0
        ip -n c link set t0 up
    """,
    )
    assert lab.run("ip netns exec c ping -c 1 10.1.0.2")
    typed(lab, "ip netns del a")
    assert not lab.run("ip -n c link show t0")


def test_fallback_devices_are_in_every_namespace_and_cannot_be_had_rid_of() -> None:
    lab = tunnel("ipip")
    typed(lab, "ip netns add late\nip -n late link del tunl0")
    assert lab.run("ip -n late tunnel show").stdout == "tunl0: any/ip remote any local any ttl inherit nopmtudisc\n"
    assert "The interface netns is immutable" in lab.run("ip -n late link set tunl0 netns a").stderr
    assert "not modelled: the fallback device tunl0 up" in lab.run("ip -n late link set tunl0 up").stderr


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("ip tunnel add g mode gre local 10.0.0.1", "a gre tunnel without a remote address"),
        ("ip link add g type gre remote 239.0.0.1 local 10.0.0.1", "a gre tunnel to a group"),
        ("ip link add g type gre external", "gre external"),
        ("ip link add g type sit remote 1.2.3.4 isatap", "sit isatap"),
        ("ip tunnel add g mode vti remote 1.2.3.4", "ip tunnel mode vti"),
        ("ip -6 tunnel show", "ip -6 tunnel"),
        ("ip link add g type erspan remote 1.2.3.4", "devices of type erspan"),
    ],
)
def test_what_is_left_out_says_so(command: str, message: str) -> None:
    answer = Lab(docker=False).run(command)
    assert (answer.stderr, bool(answer)) == (f"vnetsim: not modelled: {message}\n", False)


def test_a_kernel_without_the_module_has_no_such_tunnel() -> None:
    lab = Lab(docker=False, without=["gre"])
    assert "Unknown device type" in lab.run("ip link add g type gre remote 1.2.3.4").stderr
    answer = lab.run("ip tunnel add g mode gre remote 1.2.3.4")
    assert answer.stderr == 'add tunnel "gre0" failed: No such device\n'
