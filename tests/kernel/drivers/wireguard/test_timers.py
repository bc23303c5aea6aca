"""The timers of WireGuard, by what is on the cable (the recording wg_timers is of a real kernel)."""

from __future__ import annotations

from itertools import pairwise

from tests.kernel.drivers.wireguard.wireguard_lab import PUBLIC, guarded
from tests.kernel.wires import watched
from tests.machines import typed
from vnetsim import Lab
from vnetsim.sockets import Captured
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.udp import Udp

PING = "ip netns exec a ping -c 1 -W 1 10.9.0.2"


def messages(seen: list[Captured]) -> list[tuple[float, str, int]]:
    """Seconds, the sender and the length of each message."""
    found = []
    for each in seen:
        packet = each.frame.payload
        if isinstance(packet, Packet) and isinstance(packet.payload, Udp):
            found.append((each.at / 1e9, str(packet.source)[-1], len(packet.payload.data)))
    return found


def on_cable(lab: Lab) -> list[Captured]:
    return watched(lab, "a", "eth0")


def test_a_handshake_is_tried_again_after_five_seconds_and_a_little() -> None:
    lab = guarded(peer="c")
    seen = on_cable(lab)
    lab.run(PING)
    lab.sleep(30)
    sent = messages(seen)
    assert [length for _, _, length in sent] == [148] * 6
    assert all(5 <= second - first < 5.34 for (first, _, _), (second, _, _) in pairwise(sent))


def test_what_came_is_confirmed_by_a_keepalive_after_ten_seconds() -> None:
    lab = guarded()
    typed(lab, PING)
    seen = on_cable(lab)
    lab.sleep(30)
    assert [(sender, length) for _, sender, length in messages(seen)] == [("1", 32)]


def test_who_is_not_answered_begins_a_new_handshake_after_fifteen_seconds() -> None:
    lab = guarded()
    typed(lab, PING)
    lab.sleep(11)
    typed(lab, "ip -n b link set wg0 down")
    seen = on_cable(lab)
    lab.run(PING)
    lab.sleep(17)
    assert [length for _, sender, length in messages(seen) if sender == "1"] == [128, 148]


def test_persistent_keepalives_come_at_their_interval() -> None:
    lab = guarded()
    seen = on_cable(lab)
    typed(lab, f"ip netns exec a wg set wg0 peer {PUBLIC['b']} persistent-keepalive 2")
    lab.sleep(9)
    typed(lab, f"ip netns exec a wg set wg0 peer {PUBLIC['b']} persistent-keepalive off")
    lab.sleep(9)
    assert [length for _, _, length in messages(seen)] == [148, 92, 32, 32, 32, 32, 32]


def test_a_session_is_renewed_after_two_minutes_by_the_end_that_began_it() -> None:
    lab = guarded()
    typed(lab, PING)
    lab.sleep(125)
    seen = on_cable(lab)
    typed(lab, "ip netns exec b ping -c 1 -W 1 10.9.0.1")
    lab.sleep(1)
    assert [(sender, length) for _, sender, length in messages(seen)] == [
        ("2", 128), ("1", 128), ("1", 148), ("2", 92), ("1", 32),
    ]  # fmt: skip


def test_a_session_of_three_minutes_is_not_used_any_more() -> None:
    lab = guarded()
    typed(lab, PING)
    lab.sleep(185)
    seen = on_cable(lab)
    typed(lab, PING)
    assert [length for _, _, length in messages(seen)] == [148, 92, 128, 128]
