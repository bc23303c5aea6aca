"""Each part of what tells ends apart decides alone in some lab: without it, two ends that differ are taken for one.

A mutant replaces one part by one that sees nothing; the line of its row makes a difference that only this part sees.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import pytest

from tests.reach.equivalence.alike import ALIKE, CABLES, KNOWN, LOOP, SPOOFED, crowd_of_eight, groups
from vnetsim.lab import Lab
from vnetsim.reach.equivalence import classes, distinctions, mentions, signature
from vnetsim.reach.equivalence.dumps import Dumps

Mutant: TypeAlias = tuple[object, str, object]
_Reading: Final = signature._Reading
FOUR: Final = "for i in 0 1 2 3; do {}; done"


def nothing(*_: Any, **__: Any) -> None:
    return None


def no(*_: Any) -> bool:
    return False


def yes(*_: Any) -> bool:
    return True


def without(place: int) -> Callable[[Any], object]:
    whole = _Reading.signature

    def signature(self: Any) -> object:
        parts: Any = whole(self)
        return parts[:place] + parts[place + 1 :]

    return signature


def names_only(self: mentions.Mentions, dumps: Dumps, _: object) -> None:
    self.strings.setdefault(dumps.number, set())


def no_runs(_: object) -> Iterator[Any]:
    return iter(())


#: What takes a part away, and a line that then divides nobody.
MUTANTS: Final[dict[str, tuple[Mutant, str]]] = {
    "rules for its address": ((signature, "runs", no_runs), "iptables -I FORWARD -s 10.7.0.3 -j DROP"),
    "ranges that it is in": (
        (mentions.Mentions, "_range", nothing), "ip route add blackhole 10.7.0.2/31"),
    "mentions of it alone": ((mentions.Mentions, "_alone", nothing), "ip route add 192.0.2.0/24 via 10.7.0.3"),
    "ranges of rules": ((mentions.Mentions, "_rules", names_only), "iptables -I FORWARD -s 10.7.0.2/31 -j DROP"),
    "command lines": (
        (mentions.Mentions, "read_text", nothing), "dnsmasq -R -h --address=/web/10.7.0.3 -a 10.7.0.1 &"),
    "stations of bridges": ((mentions.Mentions, "_stations", nothing), SPOOFED),
    "who knows its neighbour": (
        (_Reading, "_seen_by_others", lambda self, address: self._place(address)),
        f"{KNOWN} ip neigh del 10.7.0.3 dev br0"),
    "devices": ((_Reading, "_device", nothing), "ip netns exec m1 ethtool -K eth0 tso off"),
    "links": ((signature, "_link", nothing), "ip netns exec m1 ethtool -K eth0 tso off"),
    "the other ends of cables": ((_Reading, "_lower", nothing), "ip link set v1 mtu 1400"),
    "ports of bridges": ((signature, "_port", nothing), "bridge link set dev v1 isolated on"),
    "names of devices in rules": ((signature, "_fits", no), "iptables -I FORWARD -i v1 -j DROP"),
    "routes to the other end": (
        (_Reading, "_far_route", nothing), FOUR.format("ip route add 198.51.10$i.0/24 dev v$i")),
    "addresses of the other end": (
        (signature.Signatures, "_is_simple_end", yes),
        CABLES.format(FOUR.format("ip -6 addr add fe80::$((i/2+1))/64 dev v$i nodad"))),
    "addresses": ((_Reading, "_address", nothing), "ip -n m1 addr change 10.7.0.3/24 dev eth0 preferred_lft 0"),
    "routes": ((_Reading, "_route", nothing), "ip -n m1 route change default via 10.7.0.1 mtu 1000"),
    "policy rules": ((_Reading, "signature", without(4)), "ip -n m1 rule add prohibit"),
    "neighbours": ((_Reading, "signature", without(5)), f"{KNOWN} ip -n m1 neigh flush dev eth0"),
    "sockets": (
        (_Reading, "_socket", lambda *_: ()), FOUR.format("ip netns exec m$i nc -lk -p 9$i & sleep 1")),
    "rules": (
        (_Reading, "_rule", nothing), FOUR.format("ip netns exec m$i iptables -A INPUT -p tcp --dport 9$i -j DROP")),
    "chains": ((_Reading, "signature", without(7)), "ip netns exec m1 iptables -P INPUT DROP"),
    "settings": ((_Reading, "_settings", nothing), "ip netns exec m1 sysctl -w net.ipv4.icmp_echo_ignore_all=1"),
    "settings of a device": (
        (_Reading, "_conf", nothing), "ip netns exec m1 sysctl -w net.ipv4.conf.eth0.rp_filter=1"),
    "what is stacked": (
        (signature.Signatures, "_is_simple", yes), "ip link add link v1 name v1.5 type vlan id 5"),
    "what is pending": (
        (signature, "is_moving", no),
        "for i in 0 1; do ip -n m$i addr add 2001:db8::$i:1/64 dev eth0; sleep 0.4; done"),
    "hashes": (
        (distinctions, "_has_hashes", no),
        "ip route add 192.0.2.0/24 nexthop via 192.168.56.20 nexthop via 192.168.56.21"),
    "bits and ports in rules": (
        (distinctions, "_has_plain_rules", yes), "iptables -A FORWARD -s 0.0.0.1/0.0.0.1 -j DROP"),
    "ports that are to open": (
        (distinctions, "_has_moving_ports", no),
        "ip link set br0 type bridge stp_state 1; for i in 1 2; do ip link set v$i down; ip link set v$i up; done"),
    "loops": ((distinctions, "_has_loop", no), LOOP),
    "what counts": ((classes, "remembers", no), "tc qdisc add dev br0 root netem loss 10%"),
}  # fmt: skip


@pytest.fixture(scope="module")
def crowd() -> Lab:
    return crowd_of_eight()


@pytest.mark.parametrize("name", MUTANTS)
def test_without_this_part_some_are_taken_for_alike(crowd: Lab, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mutant, line = MUTANTS[name]
    lab = crowd.fork()
    assert lab.run(line), line
    found = groups(lab)
    monkeypatch.setattr(*mutant)
    without_it = groups(lab)
    assert _pairs(found) < _pairs(without_it), f"{found}, without: {without_it}, of {ALIKE}"


def _pairs(found: list[str]) -> set[tuple[str, str]]:
    """Who is taken for whom."""
    members = [group.split() for group in found]
    return {(one, other) for group in members for one in group for other in group}
