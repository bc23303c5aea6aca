"""Filters in their order: who decides, and who is asked next (recorded on Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.kernel.qdisc.test_hooks import drops, filtered
from tests.kernel.rtnetlink.test_qdisc import machine
from tests.machines import ping
from vnetsim.dropreason import DropReason
from vnetsim.kernel.qdisc.tcfilter import Block

DROP = "ingress protocol ip pref 5 matchall action drop"


@pytest.mark.parametrize(
    ("words", "arrives"),
    [
        ("ingress protocol ip pref 4 flower ip_proto icmp action pass", True),
        ("ingress protocol ip pref 6 flower ip_proto icmp action pass", False),
        ("ingress protocol ip pref 4 flower ip_proto tcp action pass", False),
        ("ingress protocol arp pref 4 matchall action pass", False),
        ("ingress protocol ip pref 4 matchall action continue", False),
        ("ingress protocol ip pref 4 flower ip_proto icmp action skbedit mark 3", True),
        ("ingress protocol ip pref 4 flower ip_proto icmp classid 1:1", True),
        ("ingress protocol ip pref 4 u32 match ip src 10.0.0.2/32", False),
        ("ingress protocol ip pref 4 u32 match ip src 10.0.0.2/32 flowid 1:1", True),
        ("ingress protocol ip pref 4 u32 match u32 0 0 at 4096 flowid 1:1", False),
    ],
)
def test_the_first_that_decides_has_decided(words: str, arrives: bool) -> None:
    assert bool(ping(filtered(DROP, words), "a", "10.0.0.2")) == arrives


def test_what_is_classified_again_and_again_ends() -> None:
    lab = filtered("ingress protocol ip pref 2 matchall action reclassify")
    assert not ping(lab, "a", "10.0.0.2")
    assert drops(lab)[-1] == (DropReason.TC_INGRESS, "eth0", "classified again and again")
    shown = lab.run("ip netns exec a tc -s filter show dev eth0 ingress").stdout
    assert "(rule hit 17)" in shown
    assert "Sent 1428 bytes 17 pkt (dropped 0," in shown


def test_a_filter_of_a_discipline_names_it_where_it_drops() -> None:
    lab = filtered()
    for line in (
        "qdisc add dev eth0 root handle 1: prio",
        "filter add dev eth0 parent 1: protocol ip pref 3 matchall action drop",
    ):
        assert lab.run(f"ip netns exec a tc {line}")
    assert ping(lab, "a", "10.0.0.2").stderr == ""
    assert drops(lab)[-1] == (DropReason.TC_EGRESS, "eth0", "prio, matchall pref 3 handle 0x1: drop")


def test_numbers_of_tables_begin_anew_when_there_are_none() -> None:
    lab = machine("tc qdisc add dev v0 root handle 1: htb")
    block = Block(lab.machine.kernel.namespaces[0].device("v0"), 0, ingress=False)
    assert block.new_table() == block.new_table() == 0x800
    for words in ("prio 1 u32 match u32 0 0 flowid 1:1", "prio 2 u32 match u32 0 0 flowid 1:1"):
        lab.run(f"tc filter add dev v0 {words}")
    lab.run("tc filter del dev v0 prio 2")
    lab.run("tc filter add dev v0 prio 3 u32 match u32 0 0 flowid 1:1")
    assert "fh 802::800" in lab.run("tc filter show dev v0").stdout
