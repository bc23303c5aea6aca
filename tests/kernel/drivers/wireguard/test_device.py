"""Packets through a WireGuard device: the facts are those of the recordings wg_* (Linux 6.18)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.drivers.wireguard.wireguard_lab import PUBLIC, drops, guarded, shown
from tests.kernel.wires import packets, watched
from tests.machines import typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.wire.udp import Udp

PING = "ip netns exec a ping -c 1 -W 1 10.9.0.2"


@pytest.fixture(scope="module")
def lab() -> Lab:
    return guarded(watch=True)


def test_a_ping_is_a_handshake_and_two_data_messages_on_the_cable() -> None:
    lab = guarded()
    seen = watched(lab, "b", "eth0")
    assert lab.run(PING)
    lengths = [len(packet.payload.data) for packet in packets(seen) if isinstance(packet.payload, Udp)]
    assert lengths == [148, 92, 128, 128]
    assert {(packet.ttl, packet.dont_fragment) for packet in packets(seen)} == {(64, False)}
    assert [packet.tos for packet in packets(seen)] == [0x88, 0x88, 0, 0]


def test_a_packet_to_no_peer_is_refused_with_the_missing_key(lab: Lab) -> None:
    lab.events.clear()
    result = lab.run("ip netns exec a ping -c 1 -W 1 10.9.0.7")
    assert "ping: sendmsg: Required key not available" in result.stderr
    assert "From 10.9.0.1 icmp_seq=1 Destination Host Unreachable" in result.stdout
    assert [(drop.reason, drop.detail) for drop in drops(lab)] == [(DropReason.WG_NOKEY, "10.9.0.7")]


def test_a_source_that_the_peer_may_not_have_ends_there(lab: Lab) -> None:
    typed(lab, "ip -n b addr add 10.9.0.9/24 dev wg0")
    lab.events.clear()
    assert not lab.run("ip netns exec b ping -c 1 -W 1 -I 10.9.0.9 10.9.0.1")
    ends = [(drop.namespace, drop.reason, drop.detail) for drop in drops(lab)]
    assert ends == [("a", DropReason.WG_ALLOWED_IPS, "10.9.0.9")]


def test_why_names_the_device_and_the_source() -> None:
    lab = guarded()
    typed(lab, "ip -n a addr add 10.9.0.33/32 dev wg0\nip -n a route replace 10.9.0.0/24 dev wg0 src 10.9.0.33")
    result = lab.run("why a 10.9.0.2")
    assert "WG_ALLOWED_IPS" in result.stdout
    assert "wg0" in result.stdout


def test_the_mtu_leaves_room_for_the_headers(lab: Lab) -> None:
    assert lab.run("ip netns exec a ping -c 1 -W 1 -M do -s 1392 10.9.0.2")
    refused = lab.run("ip netns exec a ping -c 1 -W 1 -M do -s 1393 10.9.0.2")
    assert "ping: local error: message too long, mtu=1420" in refused.stderr


def test_tcp_passes_in_segments_that_are_messages_of_their_own(lab: Lab) -> None:
    lab.run("ip netns exec b nc -l -p 80 > /tmp/got &")
    typed(lab, "sh -c 'yes | head -c 20000 | ip netns exec a nc -N 10.9.0.2 80'")
    assert typed(lab, "wc -c /tmp/got").stdout.startswith("20000 ")


def test_down_forgets_sessions_and_up_makes_new_ones() -> None:
    lab = guarded()
    assert lab.run(PING)
    typed(lab, "ip -n b link set wg0 down\nip -n b link set wg0 up")
    assert lab.run("ip netns exec b ping -c 1 -W 1 10.9.0.1")
    assert shown(lab, "b", "transfer") == "496 496"


@settings(max_examples=6, deadline=None)
@given(st.sets(st.integers(2, 12), min_size=1, max_size=4), st.sets(st.integers(2, 12), min_size=1, max_size=4))
def test_a_peer_reaches_just_from_and_to_what_its_allowed_ips_say(sent: set[int], accepted: set[int]) -> None:
    """Law: WireGuard drops what allowed-ips forbids, in both directions."""
    lab = guarded(watch=True)
    for here, there, numbers in (("a", "b", sent), ("b", "a", {1})):
        networks = ",".join(f"10.9.0.{number}/32" for number in sorted(numbers))
        typed(lab, f"ip netns exec {here} wg set wg0 peer {PUBLIC[there]} allowed-ips {networks}")
    for number in sorted(sent | accepted):
        lab.run(f"ip -n b addr add 10.9.0.{number}/24 dev wg0")
        arrives = bool(lab.run(f"ip netns exec b ping -c 1 -W 1 -I 10.9.0.{number} 10.9.0.1"))
        reaches = bool(lab.run(f"ip netns exec a ping -c 1 -W 1 10.9.0.{number}"))
        assert (arrives, reaches) == (number in sent, number in sent)
