"""Two mistakes in one lab: `why` names the one that must be mended first, and once that is mended, the other one.

red, the host as a router, and blue, where a server listens.  The mistakes stand in the order in which a connection from
red to blue meets them; every pair of them is a lab.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import NamedTuple

import pytest

from tests.reach.labs import made_by
from vnetsim import Lab

RED, BLUE = "ip netns exec red ", "ip netns exec blue "
CONNECTION = RED + "nc -z -w 2 10.0.2.2 5000"


class Mistake(NamedTuple):
    """How it is made and mended, and words of the sentence that name it."""

    made: str
    mended: str
    words: str


MISTAKES = {
    "no-route-from-red": Mistake(
        "ip -n red route del default", "ip -n red route add default via 10.0.1.1", "no route to 10.0.2.2"),
    "red-drops-what-it-sends": Mistake(
        RED + "iptables -A OUTPUT -p tcp --dport 5000 -j DROP", RED + "iptables -F OUTPUT", "filter OUTPUT rule 1"),
    "a-wrong-gateway-card": Mistake(
        "ip -n red neigh add 10.0.1.1 lladdr 02:00:00:00:00:99 dev eth0", "ip -n red neigh del 10.0.1.1 dev eth0",
        "red knows 10.0.1.1 at 02:00:00:00:00:99 (permanent neighbour entry)"),
    "raw-drop": Mistake(
        "iptables -t raw -A PREROUTING -p tcp --dport 5000 -j DROP", "iptables -t raw -F", "raw PREROUTING rule 1"),
    "no-forwarding": Mistake(
        "sysctl -w net.ipv4.ip_forward=0", "sysctl -w net.ipv4.ip_forward=1", "net.ipv4.ip_forward = 0"),
    "blackhole": Mistake(
        "ip route add blackhole 10.0.2.2", "ip route del blackhole 10.0.2.2", "blackhole 10.0.2.2/32"),
    "blue-is-down": Mistake(
        "ip link set to-blue down", "ip link set to-blue up", "to-blue, which has 10.0.2.1/24, is down"),
    "forward-drop": Mistake(
        "iptables -A FORWARD -d 10.0.2.2 -p tcp --dport 5000 -j REJECT",
        "iptables -D FORWARD -d 10.0.2.2 -p tcp --dport 5000 -j REJECT",
        "--dport 5000 -j REJECT"),
    "a-wrong-card-of-blue": Mistake(
        "ip neigh add 10.0.2.2 lladdr 02:00:00:00:00:98 dev to-blue", "ip neigh del 10.0.2.2 dev to-blue",
        "host knows 10.0.2.2 at 02:00:00:00:00:98 (permanent neighbour entry)"),
    "blue-drops-it": Mistake(
        BLUE + "iptables -P INPUT DROP", BLUE + "iptables -P INPUT ACCEPT", "the policy of filter INPUT is DROP"),
    "nobody-listens": Mistake(
        BLUE + "pkill nc", BLUE + "nc -l -k -p 5000 &", "blue, eth0: no socket listens there"),
    "no-route-back": Mistake(
        "ip -n blue route del default", "ip -n blue route add default via 10.0.2.1", "no route to 10.0.1.2"),
    "answers-dropped": Mistake(
        "iptables -I FORWARD -s 10.0.2.2 -p tcp --sport 5000 -j DROP",
        "iptables -D FORWARD -s 10.0.2.2 -p tcp --sport 5000 -j DROP",
        "--sport 5000 -j DROP"),
}  # fmt: skip
#: A device that goes down takes its neighbour entries with it.
NO_PAIR = ("blue-is-down", "a-wrong-card-of-blue")
PAIRS = [pair for pair in combinations(MISTAKES, 2) if pair != NO_PAIR]


@cache
def sound() -> Lab:
    return made_by(
        "ip netns add red", "ip netns add blue",
        "ip link add to-red type veth peer name eth0 netns red",
        "ip link add to-blue type veth peer name eth0 netns blue",
        "ip address add 10.0.1.1/24 dev to-red", "ip address add 10.0.2.1/24 dev to-blue",
        "ip -n red address add 10.0.1.2/24 dev eth0", "ip -n blue address add 10.0.2.2/24 dev eth0",
        "ip link set to-red up", "ip link set to-blue up", "ip -n red link set eth0 up", "ip -n blue link set eth0 up",
        "ip -n red route add default via 10.0.1.1", "ip -n blue route add default via 10.0.2.1",
        "sysctl -w net.ipv4.ip_forward=1", BLUE + "nc -l -k -p 5000 &",
    )  # fmt: skip


def type_in(lab: Lab, line: str) -> None:
    assert lab.run(line), line


def test_without_a_mistake_it_arrives() -> None:
    assert sound().why("red", "blue:5000", change=False)


def test_there_are_sixty_pairs() -> None:
    assert len(PAIRS) >= 60


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_both_are_named_in_the_order_in_which_they_must_be_mended(first: str, second: str) -> None:
    lab = sound().fork()
    type_in(lab, MISTAKES[second].made)
    type_in(lab, MISTAKES[first].made)
    assert MISTAKES[first].words in lab.why("red", "blue:5000", change=False).sentence
    type_in(lab, MISTAKES[first].mended)
    assert MISTAKES[second].words in lab.why("red", "blue:5000", change=False).sentence
    type_in(lab, MISTAKES[second].mended)
    lab.sleep(1)
    type_in(lab, CONNECTION)


#: Pairs for which no change is proposed: what would mend them would also let in what a rule keeps out.
NOT_MENDED = {
    ("red-drops-what-it-sends", "no-forwarding"),
    ("red-drops-what-it-sends", "no-route-back"),
    ("raw-drop", "blue-is-down"),
}


@pytest.mark.parametrize(("first", "second"), PAIRS[::7])
def test_what_is_proposed_mends_both(first: str, second: str) -> None:
    lab = sound().fork()
    type_in(lab, MISTAKES[second].made)
    type_in(lab, MISTAKES[first].made)
    answer = lab.why("red", "blue:5000")
    change = answer.change
    assert (change is None) is ((first, second) in NOT_MENDED)
    if change is None:
        assert answer.refused
        return
    for line in change.commands:
        if line.endswith(" &"):
            lab.start(line.removesuffix(" &"))
        else:
            type_in(lab, line)
    lab.sleep(1)
    type_in(lab, CONNECTION)
