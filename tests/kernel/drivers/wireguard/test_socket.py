"""The UDP sockets of a device: where they are, whom they are bound to, and how they route."""

from __future__ import annotations

from tests.kernel.drivers.wireguard.wireguard_lab import PUBLIC, guarded, shown
from tests.kernel.wires import packets, watched
from tests.machines import typed

PING = "ip netns exec a ping -c 1 -W 1 10.9.0.2"


def test_a_device_that_moved_away_sends_from_where_it_was_made() -> None:
    lab = guarded()
    typed(lab, "ip netns add c\nip -n a link set wg0 netns c")
    typed(lab, "ip -n c addr add 10.9.0.1/24 dev wg0\nip -n c link set wg0 up")
    assert lab.run("ip netns exec c ping -c 1 -W 1 10.9.0.2")
    assert "51820" in typed(lab, "ip netns exec a ss -Hlun").stdout
    assert typed(lab, "ip netns exec c ss -Hlun").stdout == ""
    typed(lab, "ip netns del c")
    assert typed(lab, "ip netns exec a ss -Hlun").stdout == ""


def test_without_the_namespace_that_it_was_made_in_a_device_has_no_sockets() -> None:
    """Recorded on Linux 6.18."""
    lab = guarded()
    typed(lab, "ip netns add c\nip -n a link set wg0 netns c")
    typed(lab, "ip -n c addr add 10.9.0.1/24 dev wg0\nip -n c link set wg0 up\nip netns del a")
    assert "<NO-CARRIER,POINTOPOINT,NOARP,UP>" in typed(lab, "ip -n c link show wg0").stdout
    assert not lab.run("ip netns exec c ping -c 1 -W 1 10.9.0.2")
    typed(lab, "ip -n c link set wg0 down")
    refused = lab.run("ip -n c link set wg0 up")
    assert (refused.exit_code, refused.stderr) == (2, "RTNETLINK answers: Machine is not on the network\n")
    typed(lab, "ip -n c link del wg0")


def test_the_endpoint_follows_the_peer() -> None:
    lab = guarded()
    assert lab.run(PING)
    typed(lab, "ip netns exec b wg set wg0 listen-port 4000")
    assert lab.run("ip netns exec b ping -c 1 -W 1 10.9.0.1")
    assert shown(lab, "a", "endpoints") == "10.0.0.2:4000"
    assert lab.run(PING)


def test_answers_come_from_the_address_that_was_asked() -> None:
    lab = guarded()
    typed(lab, "ip -n a addr add 10.0.0.11/24 dev eth0")
    typed(lab, f"ip netns exec b wg set wg0 peer {PUBLIC['a']} endpoint 10.0.0.11:51820")
    assert lab.run("ip netns exec b ping -c 1 -W 1 10.9.0.1")
    seen = watched(lab, "b", "eth0")
    assert lab.run(PING)
    assert {str(packet.source) for packet in packets(seen)} == {"10.0.0.11", "10.0.0.2"}
    typed(lab, "ip -n a addr del 10.0.0.11/24 dev eth0")
    lab.run(PING)
    assert "10.0.0.1" in {str(packet.source) for packet in packets(seen)}


def test_a_taken_port_refuses_the_device_and_a_change_of_the_port() -> None:
    lab = guarded()
    typed(lab, "ip -n a link add wg1 type wireguard\nip netns exec a wg set wg1 listen-port 51820")
    assert "Address already in use" in lab.run("ip -n a link set wg1 up").stderr
    typed(lab, "ip netns exec a wg set wg1 listen-port 51821\nip -n a link set wg1 up")
    refused = lab.run("ip netns exec a wg set wg1 listen-port 51820")
    assert refused.stderr == "Unable to modify interface: Address already in use\n"
    assert typed(lab, "ip netns exec a wg show wg1 listen-port").stdout == "51821\n"


def test_the_mark_of_messages_chooses_their_route() -> None:
    lab = guarded()
    typed(lab, "ip netns exec a wg set wg0 fwmark 7\nip -n a rule add fwmark 7 table 7")
    typed(lab, "ip -n a route add blackhole 10.0.0.2 table 7")
    assert not lab.run(PING)
    typed(lab, "ip -n a route del 10.0.0.2 table 7")
    lab.sleep(5)
    assert lab.run("ip netns exec a ping -c 1 -W 6 10.9.0.2")


def test_over_ipv6() -> None:
    lab = guarded()
    typed(lab, "sysctl -qw net.ipv6.conf.all.disable_ipv6=0")
    for number, (here, there) in enumerate((("a", "b"), ("b", "a")), start=1):
        typed(lab, f"ip netns exec {here} sysctl -qw net.ipv6.conf.all.disable_ipv6=0")
        typed(lab, f"ip -n {here} addr add fd00::{number}/64 dev eth0 nodad")
        typed(lab, f"ip netns exec {here} wg set wg0 peer {PUBLIC[there]} endpoint [fd00::{3 - number}]:51820")
    lab.sleep(2)
    assert lab.run(PING)
    assert shown(lab, "b", "endpoints") == "[fd00::1]:51820"
