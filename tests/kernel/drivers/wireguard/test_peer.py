"""What a peer is sent, and when nothing is."""

from __future__ import annotations

import pytest

from tests.kernel.drivers.wireguard.wireguard_lab import PRIVATE, PUBLIC, drops, guarded, shown
from tests.kernel.wires import packets, watched
from tests.machines import typed
from vnetsim.dropreason import DropReason
from vnetsim.wire.udp import Udp

PING = "ip netns exec a ping -c 1 -W 1 10.9.0.2"


@pytest.mark.parametrize("wrong", ["", "preshared-key /tmp/c"])
def test_no_handshake_is_completed_with_another_key_or_another_preshared_key(wrong: str) -> None:
    lab = guarded(peer="b" if wrong else "c", watch=True)
    if wrong:
        typed(lab, f"ip netns exec b wg set wg0 peer {PUBLIC['a']} {wrong}")
    assert not lab.run("ip netns exec a ping -c 1 -W 12 10.9.0.2")
    assert {drop.reason for drop in drops(lab)} == {DropReason.WG_HANDSHAKE}
    assert shown(lab, "a", "latest-handshakes") == "0"
    assert shown(lab, "a", "transfer") == "0 444"
    if wrong:
        typed(lab, f"ip netns exec a wg set wg0 peer {PUBLIC['b']} {wrong}")
        assert lab.run("ip netns exec a ping -c 1 -W 8 10.9.0.2")


def test_packets_wait_for_the_session_and_the_oldest_of_too_many_are_lost() -> None:
    lab = guarded(watch=True)
    typed(lab, "ip -n b link set eth0 down")
    socket = lab.network("a").udp_socket()
    for _ in range(130):
        socket.send_to(b"", lab.network("a").addresses()[-1].address.__class__(0x0A090002), 9)
    lab.sleep(0.1)
    waiting = [drop for drop in drops(lab) if drop.reason is DropReason.WG_HANDSHAKE]
    assert len(waiting) == 2


def test_after_90_seconds_of_handshakes_those_that_wait_are_given_up() -> None:
    lab = guarded(peer="c", watch=True)
    lab.run(PING)
    lab.sleep(110)
    assert [drop.device for drop in drops(lab) if drop.namespace == "a"] == ["wg0"]
    sent = int(shown(lab, "a", "transfer").split()[1])
    assert sent == 20 * 148
    lab.sleep(60)
    assert shown(lab, "a", "transfer") == f"0 {sent}"


def test_a_peer_without_an_endpoint_is_not_sent_anything() -> None:
    lab = guarded(watch=True)
    typed(lab, f"ip netns exec a wg set wg0 peer {PUBLIC['b']} remove peer {PUBLIC['b']} allowed-ips 10.9.0.2/32")
    assert "Destination address required" in lab.run(PING).stderr
    assert DropReason.WG_ENDPOINT in {drop.reason for drop in drops(lab)}


def test_ecn_of_the_packet_inside_is_that_of_the_message() -> None:
    lab = guarded()
    assert lab.run(PING)
    seen = watched(lab, "b", "eth0")
    typed(lab, "ip netns exec a ping -c 1 -W 1 -Q 0x02 10.9.0.2")
    typed(lab, "ip netns exec a ping -c 1 -W 1 -Q 0x10 10.9.0.2")
    assert [packet.tos for packet in packets(seen) if isinstance(packet.payload, Udp)] == [2, 2, 0, 0]


def test_a_new_private_key_ends_the_session() -> None:
    lab = guarded()
    assert lab.run(PING)
    typed(lab, f"ip netns exec a wg set wg0 private-key /tmp/{next(name for name in PRIVATE if name == 'c')}")
    assert not lab.run(PING)
    typed(lab, "ip netns exec a wg set wg0 private-key /tmp/a")
    lab.sleep(5)
    assert lab.run("ip netns exec a ping -c 1 -W 6 10.9.0.2")
