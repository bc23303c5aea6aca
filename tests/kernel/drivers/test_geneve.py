"""Geneve devices: who takes which frame, room for the header, what cannot be (geneve_pair, Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.kernel.six import pair6
from tests.kernel.wires import lost, packets, watched
from tests.machines import pair, ping, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.wire.geneve import Geneve
from vnetsim.wire.udp import Udp, UncheckedUdp


def tunnel(more: str = "", *, watch: bool = False) -> Lab:
    """`tests.machines.pair` with a tunnel gn0 between 10.1.0.1 (a) and 10.1.0.2 (b)."""
    lab = pair(watch=watch)
    for number, (here, there) in enumerate((("a", 2), ("b", 1)), start=1):
        typed(
            lab,
            f"""
            ip -n {here} link add gn0 address 02:00:00:00:00:a{number} type geneve id 7 remote 10.0.0.{there} {more}
            ip -n {here} link set gn0 up
            ip -n {here} addr add 10.1.0.{number}/24 dev gn0
        """,
        )
    return lab


def test_a_frame_travels_in_a_datagram_without_a_checksum_unless_one_is_asked_for() -> None:
    for more, kind in (("", True), ("udpcsum", False)):
        lab = tunnel(more)
        seen = watched(lab, "a", "eth0")
        assert ping(lab, "a", "10.1.0.2")
        datagrams = [packet.payload for packet in packets(seen) if isinstance(packet.payload, Udp)]
        assert [isinstance(datagram, UncheckedUdp) for datagram in datagrams] == [kind] * 4
        assert {Geneve.decode(datagram.data).vni for datagram in datagrams} == {7}


def test_it_has_room_for_its_header_and_a_longer_packet_travels_in_pieces() -> None:
    lab = tunnel()
    assert ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -M do -s 1422")
    assert not ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -M do -s 1423")
    typed(lab, "ip -n a link set gn0 mtu 1500")
    assert ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -s 1472")
    assert "mtu=1450" in ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -M do -s 1472").output


def test_a_frame_of_another_sender_or_network_is_lost() -> None:
    lab = tunnel(watch=True)
    typed(lab, "ip -n a addr add 10.0.0.9/24 dev eth0\nip -n b link set gn0 type geneve id 7 remote 10.0.0.9")
    assert not ping(lab, "a", "10.1.0.2")
    assert DropReason.TUNNEL in lost(lab)
    assert "no Geneve device of network 7 to 10.0.0.1 is up" in lab.run("why a 10.1.0.2").stdout


def test_the_port_is_free_when_the_last_device_is_down() -> None:
    lab = tunnel()
    typed(lab, "ip -n b link set gn0 down")
    answer = ping(lab, "a", "10.1.0.2")
    assert not answer
    assert "6081" not in lab.run("ip netns exec b ss -uan").stdout
    typed(lab, "ip -n b link set gn0 up")
    assert ping(lab, "a", "10.1.0.2")


def test_ttl_and_tos_are_its_own_or_those_of_what_it_carries() -> None:
    for more, expected in (("ttl 9 tos 0x10", {(9, 0x10)}), ("ttl inherit tos inherit", {(33, 0x20)})):
        lab = tunnel(more)
        ping(lab, "a", "10.1.0.2")
        seen = watched(lab, "a", "eth0")
        ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -t 33 -Q 0x20")
        assert {(packet.ttl, packet.tos) for packet in packets(seen)[:1]} == expected


def test_over_ipv6_it_has_seventy_bytes_before_each_packet() -> None:
    lab = pair6()
    for number, (here, there) in enumerate((("a", 2), ("b", 1)), start=1):
        typed(
            lab,
            f"""
            ip -n {here} addr add 2001:db8::{number}/64 dev eth0 nodad
            ip -n {here} link add gn0 type geneve id 7 remote 2001:db8::{there}
            ip -n {here} link set gn0 up
            ip -n {here} addr add 10.1.0.{number}/24 dev gn0
        """,
        )
    assert "mtu 1430" in lab.run("ip -n a link show gn0").stdout
    assert ping(lab, "a", "10.1.0.2", "-c 1 -W 1 -M do -s 1402")


def test_it_goes_with_the_namespace_that_its_frames_travel_through() -> None:
    lab = tunnel()
    typed(lab, "ip netns add c\nip -n a link set gn0 netns c")
    assert "gn0" in lab.run("ip -n c -br link").stdout
    typed(lab, "ip netns del a")
    assert "gn0" not in lab.run("ip -n c -br link").stdout


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("ip -n a link add gn1 type geneve id 7 remote 10.0.0.2", "RTNETLINK answers: Device or resource busy"),
        ("ip -n a link add gn1 type geneve id 7", "geneve: remote link partner not specified"),
        ("ip -n a link add gn1 type geneve remote 10.0.0.2", "geneve: missing virtual network identifier"),
        ("ip -n a link add gn1 type geneve id 16777216 remote 10.0.0.2", "invalid id"),
        ("ip -n a link add gn1 type geneve id 8 remote 239.1.1.1", '"239.1.1.1" is wrong: invalid remote address'),
        ("ip -n a link add gn1 type geneve id 8 remote fe80::1", "Remote IPv6 address cannot be link-local."),
        ("ip -n a link add gn1 type geneve id 8 remote 10.0.0.2 flowlabel 1", "Label attribute only applies for IPv6"),
        ("ip -n a link add gn1 type geneve id 8 remote 10.0.0.2 external", "both 'external' and vni cannot be"),
        ("ip -n a link add gn1 type geneve id 8 remote 10.0.0.2 bogus", 'geneve: unknown command "bogus"?'),
        ("ip -n a link add gn1 type geneve external", "not modelled: geneve external"),
        ("ip -n a link add gn1 type geneve id 8 remote fd00::1 udp6zerocsumtx", "not modelled: datagrams without"),
        ("ip -n a link set gn0 type geneve id 8", "Error: Changing VNI, Port, endpoint IP address family"),
        ("ip -n a link set gn0 type geneve id 7 dstport 7", "Error: Changing VNI, Port, endpoint IP address family"),
        ("ip -n a link set gn0 type geneve id 7 remote fd00::1", "Error: Changing VNI, Port, endpoint IP address"),
        ("ip -n a link set gn0 mtu 65486", "Error: mtu greater than device maximum."),
    ],
)
def test_what_cannot_be_is_refused(command: str, refusal: str) -> None:
    answer = tunnel().run(command)
    assert answer.exit_code
    assert refusal in answer.output
