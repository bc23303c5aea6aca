"""Filters where packets arrive and leave: they come before everything else, and cost nothing where there are none."""

from __future__ import annotations

import pytest

from tests.machines import pair, ping
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.trace import Dropped

INSIDE = "ip netns exec a "


def filtered(*words: str) -> Lab:
    """Two hosts; a's eth0 has clsact and these filters."""
    lab = pair(watch=True)
    ping(lab, "a", "10.0.0.2")
    for line in ("qdisc add dev eth0 clsact", *(f"filter add dev eth0 {each}" for each in words)):
        assert lab.run(f"{INSIDE}tc {line}"), line
    return lab


def drops(lab: Lab) -> list[tuple[DropReason, str, str]]:
    return [(event.reason, event.device, event.detail) for event in lab.events if isinstance(event, Dropped)]


def test_what_arrives_is_dropped_before_anything_sees_it() -> None:
    lab = filtered("ingress protocol ip pref 7 flower ip_proto icmp action drop")
    assert not ping(lab, "a", "10.0.0.2")
    assert drops(lab)[-1] == (DropReason.TC_INGRESS, "eth0", "flower pref 7 handle 0x1: drop")


def test_who_sends_what_a_filter_drops_learns_it() -> None:
    lab = filtered("egress matchall action drop")
    result = ping(lab, "a", "10.0.0.2")
    assert result.stderr == "ping: sendmsg: No buffer space available\n"
    assert drops(lab)[-1] == (DropReason.TC_EGRESS, "eth0", "matchall pref 49152 handle 0x1: drop")


def test_the_disciplines_are_behind_the_filters() -> None:
    """A discipline that comes or goes leaves the filters where they are."""
    lab = filtered("egress protocol ip matchall action drop")
    for line in ("replace dev eth0 root netem delay 1ms", "del dev eth0 root", "replace dev eth0 root pfifo"):
        assert lab.run(f"{INSIDE}tc qdisc {line}"), line
        assert not ping(lab, "a", "10.0.0.2")
    assert lab.run(f"{INSIDE}tc qdisc del dev eth0 clsact")
    assert ping(lab, "a", "10.0.0.2")
    assert lab.run(f"{INSIDE}tc qdisc show dev eth0").stdout.startswith("qdisc pfifo ")


@pytest.mark.parametrize("hook", ["ingress", "clsact"])
def test_a_device_without_filters_has_no_handler_for_them(hook: str) -> None:
    lab = pair()
    device = lab.machine.kernel.named["a"].device("eth0")
    found = [(device.rx_handler, device.root_qdisc)]
    for verb in ("add", "del"):
        lab.run(f"{INSIDE}tc qdisc {verb} dev eth0 {hook}")
        found.append((device.rx_handler, device.root_qdisc))
    assert found[0] == found[2] == (None, None)
    assert found[1][0] is not None


def test_a_device_that_moves_loses_its_filters() -> None:
    """dev_shutdown (recorded on Linux 6.18)"""
    lab = filtered("ingress matchall action drop", "egress matchall action drop")
    lab.run("ip -n a link set eth0 netns b name eth1")
    assert lab.run("ip netns exec b tc qdisc show dev eth1").stdout == ""
    assert lab.run("ip netns exec b tc filter show dev eth1 ingress").stdout == ""
    assert lab.run("ip netns exec b tc qdisc add dev eth1 clsact")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("add dev eth0 ingress", "Error: Exclusivity flag on, cannot modify.\n"),
        ("replace dev eth0 ingress", "Error: Invalid qdisc name: must match existing qdisc.\n"),
        ("replace dev eth0 clsact", ""),
    ],
)
def test_there_is_one_of_them(command: str, said: str) -> None:
    assert filtered().run(f"{INSIDE}tc qdisc {command}").stderr == said
