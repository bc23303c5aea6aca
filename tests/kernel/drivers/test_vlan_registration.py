"""GVRP and MVRP by frames, as recorded on Linux 6.18 (vlan_registration)."""

from __future__ import annotations

from tests.kernel.wires import watched
from tests.machines import pair, typed
from vnetsim import Lab
from vnetsim.sockets import Captured

GROUP = "01:80:c2:00:00:21"
JOIN_IN, LEAVE_EMPTY = bytes.fromhex("424203000101040200050000"), bytes.fromhex("424203000101040300050000")


def declared(words: str) -> tuple[Lab, list[Captured]]:
    lab = pair()
    typed(lab, f"ip -n a link add link eth0 name v5 type vlan id 5 {words}")
    return lab, watched(lab, "b", "eth0")


def payloads(seen: list[Captured]) -> list[bytes]:
    return [each.frame.encode()[14:] for each in seen if str(each.frame.destination) == GROUP]


def test_gvrp_declares_twice_and_withdraws_once() -> None:
    lab, seen = declared("gvrp on")
    typed(lab, "ip -n a link set v5 up")
    lab.sleep(2)
    typed(lab, "ip -n a link set v5 down\nip -n a link set v5 up")
    lab.sleep(1)
    assert payloads(seen) == [JOIN_IN] * 2, "a device that goes down withdraws nothing"
    typed(lab, "ip -n a link set v5 type vlan gvrp off")
    lab.sleep(1)
    assert payloads(seen)[2:] == [LEAVE_EMPTY]


def test_mvrp_declares_each_second_until_the_device_goes() -> None:
    lab, seen = declared("mvrp on")
    typed(lab, "ip -n a link set v5 up")
    lab.sleep(3.5)
    typed(lab, "ip -n a link del v5")
    lab.sleep(2)
    found = [payload.hex() for payload in payloads(seen)]
    assert 4 <= len(found[:-1]) <= 6
    assert set(found[:-1]) == {"000102000100052400000000"}
    assert found[-1] == "00010200010005b400000000"


def test_a_service_tag_is_not_declared() -> None:
    lab, seen = declared("protocol 802.1ad gvrp on mvrp on")
    typed(lab, "ip -n a link set v5 up")
    lab.sleep(1)
    assert not payloads(seen)


def test_tcpdump_takes_it_for_a_spanning_tree_that_it_does_not_know() -> None:
    lab, seen = declared("gvrp on")
    typed(lab, "ip -n a link set v5 up")
    lab.sleep(1)
    assert str(seen[-1].frame).endswith("ctrl 0x03: unknown STP version, length 9")


def test_nothing_is_sent_below_a_device_that_is_gone_or_down() -> None:
    lab, seen = declared("mvrp on")
    typed(lab, "ip -n a link set v5 up\nip -n a link set eth0 down")
    lab.sleep(2)
    assert not payloads(seen)
    typed(lab, "ip -n a link del eth0")
    lab.sleep(2)
    assert "v5" not in lab.run("ip -n a link").stdout
