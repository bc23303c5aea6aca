"""Neighbour Discovery: asking, answering, learning, standing in for others, and redirects.

Frames, states and times are those of recordings of a real kernel (Linux 6.18), among them v6_forwarding.
"""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.kernel.six import ip6, namespace, pair6, reaches, router6, said
from tests.kernel.wires import device, watched, words
from tests.machines import typed
from vnetsim import Lab
from vnetsim.clock import SECOND
from vnetsim.wire.ethernet import IPV6, Frame
from vnetsim.wire.icmpv6 import OVERRIDE, PROTOCOL, SOLICITED, Icmpv6
from vnetsim.wire.ipv6 import Packet
from vnetsim.wire.mac import Mac


def states(lab: Lab, name: str, address: str) -> str:
    """What `ip neigh` says of an address: its MAC, `router`, its state."""
    line = lab.run(f"ip -n {name} -6 neigh show {address}").stdout
    return " ".join(line.split()[3:]).removeprefix("lladdr ")


def tell(lab: Lab, sender: str, message: Icmpv6, source: str, destination: str, *, hop_limit: int = 255) -> None:
    """Put a message on the cable of the sender's eth0."""
    packet = Packet.build(ip6(source), ip6(destination), PROTOCOL, message, hop_limit=hop_limit)
    out = device(lab, sender, "eth0")
    assert out.peer is not None
    lab.network(sender).packet_socket("eth0").send(Frame.build(out.peer.mac, out.mac, IPV6, packet))
    lab.sleep(0.01)


# --- asking -----------------------------------------------------------------------------------------------------------


def test_the_first_packet_asks_the_group_of_the_address_and_is_answered_in_person() -> None:
    lab = pair6()
    heard = watched(lab, "a", "eth0")
    assert reaches(lab, "a", "fd00::2")
    assert [line.split(": ", 1)[0] + ": " + line.split("ICMP6, ")[1].split(", id")[0] for line in words(heard)] == [
        "fd00::1 > ff02::1:ff00:2: neighbor solicitation, who has fd00::2, length 32",
        "fd00::2 > fd00::1: neighbor advertisement, tgt is fd00::2, length 32",
        "fd00::1 > fd00::2: echo request",
        "fd00::2 > fd00::1: echo reply",
    ]
    assert heard[0].frame.destination == Mac.parse("33:33:ff:00:00:02")
    assert states(lab, "a", "fd00::2") == "02:00:00:00:02:01 REACHABLE"
    assert states(lab, "b", "fd00::1") == "02:00:00:00:01:01 DELAY"


def test_after_five_seconds_the_answerer_asks_in_person_with_its_link_local_address() -> None:
    lab = pair6()
    reaches(lab, "a", "fd00::2")
    heard = watched(lab, "a", "eth0")
    lab.sleep(6)
    asked = [line for line in words(heard) if "who has fd00::1" in line or "tgt is fd00::1" in line]
    assert [line.split(": ICMP6")[0] for line in asked] == [
        "fe80::ff:fe00:201 > fd00::1",
        "fd00::1 > fe80::ff:fe00:201",
    ]
    assert heard[0].frame.destination == Mac.parse("02:00:00:00:01:01")
    assert asked[1].endswith("length 24")
    assert states(lab, "b", "fd00::1").endswith("REACHABLE")


def test_after_three_questions_a_second_apart_all_that_waited_comes_back() -> None:
    lab = pair6()
    heard = watched(lab, "a", "eth0")
    lines = said(lab, "a", "fd00::9", "-c 5 -i 0.5 -W 2")
    unreachable = "Destination unreachable: Address unreachable"
    assert lines == [f"From fd00::1 icmp_seq={number} {unreachable}" for number in range(1, 6)]
    asked = [each.at for each in heard if "who has fd00::9" in str(each.frame)]
    assert len(asked) == 3
    assert all(SECOND <= later - earlier < 1.1 * SECOND for earlier, later in pairwise(asked))
    assert states(lab, "a", "fd00::9") == "FAILED"


def test_a_router_asks_for_a_host_with_its_link_local_address() -> None:
    lab = router6()
    heard = watched(lab, "h2", "eth0")
    assert reaches(lab, "h1", "fd02::2")
    asked = next(line for line in words(heard) if "who has fd02::2" in line)
    assert asked.startswith("fe80::ff:fe00:202 > ff02::1:ff00:2:")
    assert states(lab, "h1", "fd01::1") == "02:00:00:00:02:01 router REACHABLE"


def test_nobody_is_asked_on_a_device_without_arp() -> None:
    lab = pair6()
    typed(lab, "ip -n a link set eth0 arp off")
    heard = watched(lab, "a", "eth0")
    reaches(lab, "a", "fd00::2")
    assert not any("who has" in line for line in words(heard))


# --- learning ---------------------------------------------------------------------------------------------------------

#: An advertisement that b sends of itself, and what a makes of its entry, which is REACHABLE at 02:..:02:01.
ADVERTISED = [
    ("02:00:00:00:02:01", SOLICITED, 255, "02:00:00:00:02:01 REACHABLE"),
    ("02:00:00:00:00:77", SOLICITED | OVERRIDE, 255, "02:00:00:00:00:77 REACHABLE"),
    ("02:00:00:00:00:77", OVERRIDE, 255, "02:00:00:00:00:77 STALE"),
    ("02:00:00:00:00:77", SOLICITED, 255, "02:00:00:00:02:01 STALE"),
    ("02:00:00:00:00:77", SOLICITED | OVERRIDE, 254, "02:00:00:00:02:01 REACHABLE"),
]


@pytest.mark.parametrize(("mac", "flags", "hop_limit", "expected"), ADVERTISED)
def test_an_advertisement_changes_what_is_known_as_its_flags_say(
    mac: str, flags: int, hop_limit: int, expected: str
) -> None:
    lab = pair6()
    reaches(lab, "a", "fd00::2")
    message = Icmpv6.neighbor_advertisement(ip6("fd00::2"), Mac.parse(mac), flags)
    tell(lab, "b", message, "fd00::2", "fd00::1", hop_limit=hop_limit)
    assert states(lab, "a", "fd00::2") == expected


def test_an_advertisement_of_somebody_unknown_makes_no_entry() -> None:
    lab = pair6()
    message = Icmpv6.neighbor_advertisement(ip6("fd00::9"), Mac.parse("02:00:00:00:00:09"), OVERRIDE)
    tell(lab, "b", message, "fd00::9", "ff02::1")
    assert states(lab, "a", "fd00::9") == ""


def test_a_router_learns_who_looks_for_routers_and_a_host_does_not() -> None:
    for forwards in (False, True):
        lab = pair6()
        typed(lab, f"ip netns exec a sysctl -qw net.ipv6.conf.all.forwarding={int(forwards)}")
        typed(lab, "ip -n a -6 neigh flush dev eth0")
        tell(lab, "b", Icmpv6.router_solicitation(Mac.parse("02:00:00:00:02:01")), "fe80::ff:fe00:201", "ff02::2")
        assert bool(states(lab, "a", "fe80::ff:fe00:201")) == forwards


def test_a_router_that_ceases_to_be_one_says_so_with_its_next_answer() -> None:
    lab = router6()
    reaches(lab, "h1", "fd02::2")
    assert "router" in states(lab, "h1", "fd01::1")
    typed(lab, "ip netns exec r sysctl -qw net.ipv6.conf.all.forwarding=0")
    typed(lab, "ip -n h1 -6 neigh flush dev eth0")
    reaches(lab, "h1", "fd01::1")
    assert states(lab, "h1", "fd01::1") == "02:00:00:00:02:01 REACHABLE"


def test_carrier_loss_leaves_only_what_was_said_by_hand() -> None:
    lab = pair6()
    typed(
        lab,
        """
        ip -n a neigh add fd00::9 dev eth0 lladdr 02:00:00:00:00:09
        ip -n a neigh add fd00::8 dev eth0 lladdr 02:00:00:00:00:08 nud reachable router
    """,
    )
    assert states(lab, "a", "fd00::8") == "02:00:00:00:00:08 router REACHABLE"
    typed(lab, "ip -n b link set eth0 down")
    assert lab.run("ip -n a -6 neigh").stdout == "fd00::9 dev eth0 lladdr 02:00:00:00:00:09 PERMANENT \n"
    typed(lab, "ip -n a link set eth0 down")
    assert lab.run("ip -n a -6 neigh").stdout == ""


# --- standing in for others -------------------------------------------------------------------------------------------


def test_a_router_stands_in_for_an_address_only_if_it_may() -> None:
    lab = pair6()
    typed(lab, "ip -n a neigh add proxy fd00::42 dev eth0")
    assert lab.run("ip -n a neigh show proxy").stdout == "fd00::42 dev eth0 proxy \n"
    for line in ("net.ipv6.conf.eth0.proxy_ndp=1", "net.ipv6.conf.all.forwarding=1"):
        reaches(lab, "b", "fd00::42")
        assert not states(lab, "b", "fd00::42").startswith("02:")
        typed(lab, f"ip netns exec a sysctl -qw {line}")
    lab.sleep(5)
    reaches(lab, "b", "fd00::42")
    assert states(lab, "b", "fd00::42") == "02:00:00:00:01:01 REACHABLE"


# --- redirects --------------------------------------------------------------------------------------------------------


def two_routers(gateway: str) -> Lab:
    """h behind r1, which sends what is for r2's fd22::1 on by `gateway`, on one bridge."""
    lab = Lab(docker=False)
    typed(lab, "ip link add br0 type bridge")
    typed(lab, "ip link set br0 up")
    for number, name in enumerate(("h", "r1", "r2"), 1):
        namespace(lab, name)
        typed(
            lab,
            f"""
            ip link add eth0 netns {name} address 02:00:00:00:00:0{number} type veth peer name p{number}
            ip link set p{number} master br0 up
            ip -n {name} link set eth0 up
            ip -n {name} addr add fd00::{number}/64 dev eth0
        """,
        )
    typed(
        lab,
        f"""
        ip -n r2 addr add fd22::1/128 dev lo
        ip netns exec r1 sysctl -qw net.ipv6.conf.all.forwarding=1
        ip -n r1 -6 route add fd22::/64 via {gateway} dev eth0
        ip -n h -6 route add default via fe80::ff:fe00:2 dev eth0
    """,
    )
    lab.sleep(4)
    return lab


def test_a_redirect_to_a_link_local_address_by_the_router_in_use_is_believed_for_a_minute() -> None:
    lab = two_routers("fe80::ff:fe00:3")
    heard = watched(lab, "h", "eth0")
    assert reaches(lab, "h", "fd22::1", "-c 2 -i 0.3 -W 1")
    redirects = [line for line in words(heard) if "redirect" in line]
    assert len(redirects) == 1
    assert redirects[0].startswith("fe80::ff:fe00:2 > fd00::1: ICMP6, redirect, fd22::1 to fe80::ff:fe00:3, length")
    get = "ip -n h -6 route get fd22::1"
    assert "via fe80::ff:fe00:3 dev eth0" in lab.run(get).stdout
    lab.sleep(61)
    assert "via fe80::ff:fe00:2 dev eth0" in lab.run(get).stdout


def test_a_router_whose_next_hop_is_not_link_local_sends_no_redirect() -> None:
    lab = two_routers("fd00::3")
    heard = watched(lab, "h", "eth0")
    assert reaches(lab, "h", "fd22::1", "-c 2 -i 0.3 -W 1")
    assert not any("redirect" in line for line in words(heard))


def test_a_redirect_is_not_believed_from_a_router_that_is_not_in_use_nor_where_the_device_accepts_none() -> None:
    lab = two_routers("fe80::ff:fe00:3")
    typed(lab, "ip -n h -6 route replace default via fd00::2")
    assert reaches(lab, "h", "fd22::1", "-c 2 -i 0.3 -W 1")
    assert "via fd00::2" in lab.run("ip -n h -6 route get fd22::1").stdout
    typed(lab, "ip -n h -6 route replace default via fe80::ff:fe00:2 dev eth0")
    typed(lab, "ip netns exec h sysctl -qw net.ipv6.conf.eth0.accept_redirects=0")
    lab.sleep(5)
    assert reaches(lab, "h", "fd22::1", "-c 2 -i 0.3 -W 1")
    assert "via fe80::ff:fe00:2" in lab.run("ip -n h -6 route get fd22::1").stdout
