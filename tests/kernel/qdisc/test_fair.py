"""Fair queues: flows take turns below a class that is slow, and who is dropped where there is no room."""

from __future__ import annotations

import pytest

from tests.machines import pair, ping
from vnetsim import Lab


def slow(leaf: str) -> Lab:
    lab = pair()
    ping(lab, "a", "10.0.0.2")
    for line in ("root handle 1: tbf rate 80kbit burst 1600 limit 100000", f"parent 1:1 handle 2: {leaf}"):
        assert lab.run(f"ip netns exec a tc qdisc add dev eth0 {line}"), line
    return lab


def beside_a_flood(leaf: str) -> float:
    """How long an echo takes in milliseconds beside 40 large packets of another flow."""
    lab = slow(leaf)
    lab.run("ip -n b addr add 10.0.0.3/24 dev eth0")
    lab.run("ip netns exec a ping -c 1 10.0.0.3")
    lab.run("ip netns exec a ping -q -c 40 -l 40 -s 1000 10.0.0.3 &")
    lab.sleep(0.05)
    return float(lab.run("ip netns exec a ping -c 1 -W 9 10.0.0.2").stdout.split("time=")[1].split()[0])


@pytest.mark.parametrize("leaf", ["sfq", "fq_codel", "fq", "sfq perturb 10"])
def test_a_small_flow_does_not_wait_for_a_large_one(leaf: str) -> None:
    assert beside_a_flood(leaf) < 300


@pytest.mark.parametrize("leaf", ["pfifo", "codel"])
def test_in_one_queue_it_does(leaf: str) -> None:
    assert beside_a_flood(leaf) > 1000


def counter(lab: Lab, name: str) -> int:
    shown = lab.run("ip netns exec a tc -s qdisc show dev eth0").stdout.split("qdisc ")[2]
    return int(shown.split(name)[1].split()[0].strip(",)"))


@pytest.mark.parametrize("leaf", ["sfq limit 5", "fq_codel limit 5", "codel limit 5", "fq limit 5", "fq flow_limit 5"])
def test_what_has_no_room_is_dropped_and_counted(leaf: str) -> None:
    lab = slow(leaf)
    lab.run("ip netns exec a ping -q -c 8 -l 8 -s 1000 -W 5 10.0.0.2 2> /dev/null")
    assert counter(lab, "dropped ") >= 1


def test_another_number_of_flows_is_refused() -> None:
    lab = slow("fq_codel")
    result = lab.run("ip netns exec a tc qdisc change dev eth0 parent 1:1 fq_codel flows 64")
    assert (result.stderr, result.exit_code) == ("RTNETLINK answers: Invalid argument\n", 2)
    refused = lab.run("ip netns exec a tc qdisc change dev eth0 parent 1:1 fq_codel ce_threshold 1ms")
    assert refused.stderr == "vnetsim: not modelled: fq_codel ce_threshold\n"
