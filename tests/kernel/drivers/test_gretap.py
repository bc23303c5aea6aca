"""gretap: Ethernet in GRE, as a LAN of two bridges and by itself (recorded as gretap_bridge on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.kernel.wires import lost, packets, watched
from tests.machines import QUIET, pair, ping, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.gre import BRIDGED, Gre


def tunnel(more: str = "", *, watch: bool = False) -> Lab:
    """`tests.machines.pair` with a tunnel t0 between 10.1.0.1 (a) and 10.1.0.2 (b)."""
    lab = pair(watch=watch)
    for number, here in enumerate("ab", start=1):
        ends = f"local 10.0.0.{number} remote 10.0.0.{3 - number}"
        typed(
            lab,
            f"""
            ip -n {here} link add t0 address 02:00:00:00:00:a{number} type gretap {ends} {more}
            ip -n {here} link set t0 up
            ip -n {here} addr add 10.1.0.{number}/24 dev t0
        """,
        )
    return lab


def lan() -> Lab:
    """Hosts h1 (10.2.0.1) and h2 (10.2.0.2) on bridges in a and b, joined by t0."""
    lab = tunnel("key 7", watch=True)
    for number, here in enumerate("ab", start=1):
        typed(
            lab,
            f"""
            ip netns add h{number}
            ip netns exec h{number} {QUIET}
            ip -n {here} link add br0 type bridge mcast_snooping 0
            ip -n {here} link set br0 up
            ip -n {here} link set t0 master br0
            ip link add eth0 netns h{number} type veth peer name p1 netns {here}
            ip -n {here} link set p1 master br0 up
            ip -n h{number} link set eth0 up
            ip -n h{number} addr add 10.2.0.{number}/24 dev eth0
        """,
        )
    return lab


def test_a_frame_travels_whole_behind_a_header_of_gre() -> None:
    lab = tunnel("key 7 ttl 9")
    seen = watched(lab, "a", "eth0")
    assert ping(lab, "a", "10.1.0.2")
    messages = [Gre.decode(packet.encode_payload()) for packet in packets(seen)]
    assert {(message.protocol, message.key) for message in messages} == {(BRIDGED, 7)}
    assert Frame.decode(messages[-1].payload).length == 98
    assert {packet.ttl for packet in packets(seen)} == {9}


@pytest.mark.parametrize(("more", "mtu"), [("", 1462), ("key 7", 1458), ("seq csum", 1454)])
def test_its_mtu_leaves_what_the_headers_take(more: str, mtu: int) -> None:
    lab = tunnel(more)
    assert f"mtu {mtu}" in lab.run("ip -n a link show t0").stdout
    assert ping(lab, "a", "10.1.0.2", f"-c 1 -W 1 -M do -s {mtu - 28}")
    assert not ping(lab, "a", "10.1.0.2", f"-c 1 -W 1 -M do -s {mtu - 27}")


def test_two_bridges_are_one_lan_and_a_packet_that_is_too_long_is_lost_without_a_word() -> None:
    lab = lan()
    assert ping(lab, "h1", "10.2.0.2", "-c 1 -W 1 -M do -s 1430")
    answer = ping(lab, "h1", "10.2.0.2", "-c 1 -W 1 -M do -s 1431")
    assert (answer.exit_code, "errors" in answer.stdout) == (1, False)
    typed(lab, "ip -n a link set t0 mtu 1500")
    assert not ping(lab, "h1", "10.2.0.2", "-c 1 -W 1 -M do -s 1431")
    assert DropReason.ICMP_FRAG_NEEDED in lost(lab)


def test_a_host_without_such_a_tunnel_says_so() -> None:
    lab = tunnel()
    typed(lab, "ip -n b link set t0 type gretap key 9")
    seen = watched(lab, "a", "eth0")
    assert not ping(lab, "a", "10.1.0.2")
    assert any(packet.protocol == 1 for packet in packets(seen))
    assert lab.run("ip -n b link add g type gre local 10.0.0.2 remote 10.0.0.1 key 9").exit_code == 0


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("ip -n a link add t1 type gretap local 10.0.0.1 remote 10.0.0.2", "File exists"),
        ("ip -n a link add t1 type gretap key 5", "not modelled: a gretap tunnel without a remote address"),
        ("ip -n a link add t1 type gretap remote 239.1.1.1", "not modelled: a gretap tunnel to a group"),
        ("ip -n a link add t1 type gretap remote 10.0.0.9 external", "not modelled"),
        ("ip -n a link set t0 address 1.2.3.4", "Invalid address length 4 - must be 6 bytes"),
        ("ip -n a link set t0 mtu 1000000", "Invalid argument"),
        ("ip -n a link set gretap0 up", "RTNETLINK answers: Cannot assign requested address"),
        ("ip -n a tunnel del t0", 'delete tunnel "t0" failed: Operation not supported'),
    ],
)
def test_what_cannot_be_is_refused(command: str, refusal: str) -> None:
    answer = tunnel().run(command)
    assert answer.exit_code
    assert refusal in answer.output
