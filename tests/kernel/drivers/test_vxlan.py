"""Ethernet through UDP: where frames go, how they look on the way, and what a tunnel does to the mtu.

The facts are those of the recording vxlan_fdb_bridge (Linux 6.18) and of others made alike.
"""

from __future__ import annotations

import pytest

from tests.kernel.wires import device, echo, lost, packets, put, watched
from tests.machines import QUIET, pair, ping, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.sockets import Captured
from vnetsim.wire.ethernet import ARP
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.mac import Mac
from vnetsim.wire.udp import Udp
from vnetsim.wire.vxlan import Vxlan


def tunnel(more: str = "", *, watch: bool = False) -> Lab:
    """`tests.machines.pair` with a tunnel vx0 between 10.1.0.1 (a) and 10.1.0.2 (b)."""
    lab = pair(watch=watch)
    for number, (here, there) in enumerate((("a", 2), ("b", 1)), start=1):
        kind = f"vxlan id 7 remote 10.0.0.{there} dstport 4789 {more}"
        typed(
            lab,
            f"""
            ip -n {here} link add vx0 address 02:00:00:00:00:a{number} type {kind}
            ip -n {here} link set vx0 up
            ip -n {here} addr add 10.1.0.{number}/24 dev vx0
        """,
        )
    return lab


def carried(seen: list[Captured]) -> list[tuple[Udp, Vxlan]]:
    """The datagrams of tunnels, and what is in them."""
    datagrams = [packet.payload for packet in packets(seen) if isinstance(packet.payload, Udp)]
    return [(datagram, Vxlan.decode(datagram.data)) for datagram in datagrams if datagram.destination_port == 4789]


def switched() -> Lab:
    """Hosts h1 (10.2.0.1) and h2 (10.2.0.2) on bridges in a and b that a tunnel without a device below joins."""
    lab = pair()
    for number, (here, there) in enumerate((("a", 2), ("b", 1)), start=1):
        typed(
            lab,
            f"""
            ip netns add h{number}
            ip netns exec h{number} {QUIET}
            ip -n {here} link add br0 type bridge mcast_snooping 0
            ip -n {here} link add vx0 type vxlan id 7 remote 10.0.0.{there} dstport 4789
            ip -n {here} link set vx0 master br0 up
            ip -n {here} link set br0 up
            ip link add eth0 netns h{number} type veth peer name p1 netns {here}
            ip -n {here} link set p1 master br0 up
            ip -n h{number} link set eth0 up
            ip -n h{number} addr add 10.2.0.{number}/24 dev eth0
        """,
        )
    return lab


def test_a_frame_travels_in_a_datagram_and_is_fifty_bytes_longer_there() -> None:
    lab = tunnel()
    seen = watched(lab, "a", "eth0")
    assert ping(lab, "a", "10.1.0.2")
    requests = [(d, v) for d, v in carried(seen) if v.frame.length == 98]
    assert [v.vni for _, v in requests] == [7, 7]
    assert [packet.length + 14 for packet in packets(seen)][-1] == 98 + 50


def test_all_frames_of_a_flow_have_one_source_port_both_ways() -> None:
    lab = tunnel()
    seen = watched(lab, "a", "eth0")
    ping(lab, "a", "10.1.0.2", "-c 3 -i 0.1 -W 1")
    ports: dict[int, set[int]] = {}
    for datagram, message in carried(seen):
        ports.setdefault(message.frame.ethertype, set()).add(datagram.source_port)
    assert all(len(used) == 1 for used in ports.values())
    assert all(32768 <= port <= 60999 for used in ports.values() for port in used)


def test_the_far_end_is_learned_from_what_comes() -> None:
    lab = tunnel()
    ping(lab, "a", "10.1.0.2")
    assert "02:00:00:00:00:a2 dst 10.0.0.2 self \n" in lab.run("ip netns exec a bridge fdb show dev vx0").stdout


def test_nothing_is_learned_where_learning_is_off() -> None:
    lab = tunnel("nolearning")
    assert ping(lab, "a", "10.1.0.2")
    assert lab.run("ip netns exec a bridge fdb show dev vx0").stdout == (
        "00:00:00:00:00:00 dst 10.0.0.2 self permanent\n"
    )


def test_what_was_learned_is_forgotten_after_the_ageing_time() -> None:
    lab = tunnel("ageing 10")
    ping(lab, "a", "10.1.0.2")
    lab.sleep(20)  # five seconds later the neighbours ask for each other once more
    assert "02:00:00:00:00:a2" not in lab.run("ip netns exec a bridge fdb show dev vx0").stdout


def test_what_is_not_known_goes_to_every_far_end_of_the_default_entry_the_first_one_last() -> None:
    lab = tunnel()
    lab.run("ip netns exec a bridge fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.77")
    seen = watched(lab, "a", "eth0")
    ping(lab, "a", "10.1.0.2")
    asked = [str(each.frame.payload.target_ip) for each in seen if each.frame.ethertype == ARP and each.outgoing]  # type: ignore[union-attr]
    assert asked[:2] == ["10.0.0.77", "10.0.0.2"]


def test_without_an_entry_frames_are_lost_and_counted() -> None:
    lab = pair(watch=True)
    typed(lab, "ip -n a link add vx0 type vxlan id 7 dstport 4789\nip -n a link set vx0 up")
    put(lab, "a", "vx0", echo("10.1.0.1", "10.1.0.2"), Mac.parse("02:00:00:00:00:99"))
    assert DropReason.TUNNEL in lost(lab, namespace="a")
    assert device(lab, "a", "vx0").tx_dropped == 1


def test_another_network_of_the_same_port_is_another_tunnel() -> None:
    lab = tunnel()
    typed(lab, "ip -n b link del vx0\nip -n b link add vx0 type vxlan id 8 dstport 4789\nip -n b link set vx0 up")
    seen = watched(lab, "b", "vx0")
    assert not ping(lab, "a", "10.1.0.2")
    assert [each for each in seen if not each.outgoing] == []


def test_a_tunnel_has_room_for_its_header_if_it_knows_the_device_below() -> None:
    assert device(tunnel("dev eth0"), "a", "vx0").mtu == 1450
    assert device(tunnel(), "a", "vx0").mtu == 1500


def test_a_packet_that_is_too_long_travels_in_pieces_and_its_host_remembers() -> None:
    lab = tunnel()
    assert ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -M do -s 1423")
    again = ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -M do -s 1423")
    assert "message too long, mtu=1450" in again.output
    assert ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -s 1600")


def test_a_bridged_packet_that_is_too_long_is_answered_as_if_by_the_far_host() -> None:
    lab = switched()
    assert ping(lab, "h1", "10.2.0.2", "-c 1 -W 1 -M do -s 1422")
    seen = watched(lab, "h1", "eth0")
    result = ping(lab, "h1", "10.2.0.2", "-c 1 -W 1 -M do -s 1423")
    assert "From 10.2.0.2 icmp_seq=1 Frag needed and DF set (mtu = 1450)" in result.output
    errors = [packet for packet in packets(seen) if isinstance(packet.payload, Icmp) and packet.payload.is_error]
    assert [(str(p.source), p.length, p.dont_fragment) for p in errors] == [("10.2.0.2", 576, True)]


def test_hosts_behind_bridges_share_one_network_through_the_tunnel() -> None:
    lab = switched()
    assert ping(lab, "h1", "10.2.0.2")
    assert "dev vx0 master br0" in lab.run("ip netns exec a bridge fdb show br br0 dynamic").stdout


def test_frames_are_counted_without_their_ethernet_headers() -> None:
    lab = tunnel()
    ping(lab, "a", "10.1.0.2", "-c 2 -i 0.2 -W 1")
    vx0 = device(lab, "a", "vx0")
    assert (vx0.rx_packets, vx0.rx_bytes, vx0.tx_packets, vx0.tx_bytes) == (3, 196, 3, 196)


def test_a_tunnel_to_the_host_itself_needs_no_cable() -> None:
    lab = pair()
    typed(
        lab,
        """
        ip -n a link add vx0 address 02:00:00:00:00:a1 type vxlan id 6 remote 10.0.0.1 dstport 4789
        ip -n a link set vx0 up
        ip -n a addr add 10.6.0.1/24 dev vx0
    """,
    )
    assert not ping(lab, "a", "10.6.0.2")
    assert "02:00:00:00:00:a1 dst 127.0.0.1 self \n" in lab.run("ip netns exec a bridge fdb show dev vx0").stdout


def test_frames_travel_through_the_namespace_in_which_the_tunnel_was_made() -> None:
    lab = tunnel()
    typed(
        lab,
        f"""
        ip netns add c
        ip netns exec c {QUIET}
        ip -n a link set vx0 netns c
        ip -n c link set vx0 up
        ip -n c addr add 10.1.0.1/24 dev vx0
    """,
    )
    shown = lab.run("ip -n c link show vx0").stdout
    assert "vx0@if" in shown
    assert "link-netns a" in shown
    assert ping(lab, "c", "10.1.0.2")


def test_without_a_route_to_the_far_end_the_device_counts_an_error() -> None:
    lab = tunnel()
    lab.run("ip -n a addr flush dev eth0")
    ping(lab, "a", "10.1.0.2")
    vx0 = device(lab, "a", "vx0")
    assert (vx0.tx_errors, vx0.tx_carrier) == (1, 1)


def test_a_tunnel_that_stands_in_its_own_way_loses_frames_and_nothing_else() -> None:
    lab = pair(watch=True)
    typed(
        lab,
        """
        ip -n a link add br0 type bridge mcast_snooping 0
        ip -n a link add vx0 type vxlan id 7 remote 10.9.0.2 dstport 4789
        ip -n a link set vx0 master br0 up
        ip -n a link set br0 up
        ip -n a addr add 10.9.0.1/24 dev br0
        ip -n a neigh add 10.9.0.2 lladdr 02:00:00:00:00:99 dev br0
    """,
    )
    assert not ping(lab, "a", "10.9.0.2")
    assert DropReason.DEAD_LOOP in lost(lab, namespace="a")


def test_a_tunnel_goes_with_the_device_that_it_names_below_also_when_that_moves_away() -> None:
    for command in ("ip -n a link del eth0", "ip -n a link set eth0 netns c"):
        lab = tunnel("dev eth0")
        typed(lab, f"ip netns add c\n{command}")
        assert "vx0" not in lab.run("ip -n a link").stdout


def test_a_tunnel_stays_when_a_device_goes_that_it_does_not_name() -> None:
    lab = tunnel()
    lab.run("ip -n a link del eth0")
    assert "vx0" in lab.run("ip -n a link").stdout


def test_a_port_that_somebody_else_has_is_noticed_when_the_tunnel_goes_up() -> None:
    lab = pair()
    lab.network("a").udp_socket().bind(device(lab, "a", "eth0").ip.addresses[0].local, 4789)
    lab.run("ip -n a link add vx0 type vxlan id 7 dstport 4789")
    assert "Address already in use" in lab.run("ip -n a link set vx0 up").output
    assert "state DOWN" in lab.run("ip -n a link show vx0").stdout


def test_the_port_is_free_again_when_the_last_tunnel_is_down() -> None:
    lab = tunnel()
    lab.run("ip -n a link set vx0 down")
    lab.network("a").udp_socket().bind(device(lab, "a", "eth0").ip.addresses[0].local, 4789)


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("ip link add vx1 type vxlan", "Error: Required attributes not provided to perform the operation."),
        ("ip -n a link add vx1 type vxlan id 7 dstport 4789", "A VXLAN device with the specified VNI already exists."),
        ("ip -n a link set vx0 type vxlan id 8", "Error: Cannot change VNI."),
        ("ip -n a link set vx0 type vxlan dstport 4790", "Error: Cannot change port."),
        ("ip -n a link set vx0 type vxlan srcport 1000 2000", "Error: Cannot change port range."),
        ("ip -n a link set vx0 type vxlan noudpcsum", "Error: Cannot change UDP_CSUM flag."),
        ("ip -n a link set vx0 type vxlan l2miss", "Error: vxlan: cannot change L2MISS flag."),
        ("ip -n a link set vx0 mtu 1451", "RTNETLINK answers: Invalid argument"),
        ("ip link add vx1 type vxlan id 9 dstport 4789 external", "vxlan: both 'external' and vni cannot be specified"),
        ("ip -n a link set vx0 type vxlan remote fd00::1", "New group address family does not match old group."),
        ("ip -n a link add vx1 type vxlan id 9 dstport 4789 remote fe80::1", "remote address scopes."),
        ("ip -n a link add vx1 type vxlan id 9 dstport 4789 local fe80::1", "Local interface required for link-local"),
        ("ip -n a link add vx1 type vxlan id 9 dstport 4789 remote fd00::1 udp6zerocsumtx", "not modelled: datagrams"),
        ("ip -n a link add vx1 type vxlan id 9 dstport 4789 rsc", "not modelled: vxlan rsc"),
        ("ip -n a link add vx1 type vxlan dstport 4789 external", "not modelled: vxlan external"),
        ("ip -n a link add vx1 type vxlan dstport 4789 external vnifilter", "not modelled: vxlan external"),
        ("bridge -n a fdb append 00:00:00:00:00:00 dst fd00::1 dev vx0", "Address family not supported by protocol"),
    ],
)
def test_what_cannot_be_is_refused(command: str, refusal: str) -> None:
    assert refusal in tunnel("dev eth0").run(command).output


def test_another_remote_is_another_default_entry() -> None:
    lab = tunnel("dev eth0")
    lab.run("ip -n a link set vx0 type vxlan remote 10.0.0.9")
    assert lab.run("ip netns exec a bridge fdb show dev vx0").stdout == (
        "00:00:00:00:00:00 dst 10.0.0.9 via eth0 self permanent\n"
    )


def test_ttl_and_tos_of_the_tunnel_are_its_own() -> None:
    lab = tunnel("ttl 3 tos 10")
    seen = watched(lab, "a", "eth0")
    ping(lab, "a", "10.1.0.2")
    assert {(packet.ttl, packet.tos) for packet in packets(seen)} == {(3, 0x10)}
