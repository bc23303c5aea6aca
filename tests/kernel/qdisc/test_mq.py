"""mq: a discipline for each queue of a device (recorded on Linux 6.18: tc_mq)."""

from __future__ import annotations

import re

import pytest

from tests.kernel.rtnetlink.test_qdisc import shown
from tests.machines import typed
from vnetsim import Lab

SETUP = """
ip netns add b
ip link add v0 numtxqueues 4 type veth peer name eth0 netns b
ip link set v0 up
ip -n b link set eth0 up
ip addr add 10.0.0.1/24 dev v0
ip -n b addr add 10.0.0.2/24 dev eth0
ping -c 1 10.0.0.2
tc qdisc add dev v0 root handle 1: mq
"""


def several() -> Lab:
    lab = Lab(docker=False)
    typed(lab, SETUP)
    return lab


def sent(lab: Lab, words: str) -> list[int]:
    return [
        int(found) for found in re.findall(r"Sent \d+ bytes (\d+) pkt", lab.run(f"tc -s {words} show dev v0").stdout)
    ]


def test_the_frames_of_a_flow_are_in_one_queue_and_its_counters_are_their_sum() -> None:
    lab = several()
    typed(lab, "ping -c 3 -i 0.1 10.0.0.2")
    whole, *queues = sent(lab, "qdisc")
    assert whole == 3
    assert sorted(queues) == [0, 0, 0, 3]
    assert sent(lab, "class") == queues[::-1]


def test_flows_are_spread() -> None:
    lab = several()
    for host in range(10, 40):
        lab.run(f"ip neigh add 10.0.0.{host} lladdr 02:00:00:00:00:09 dev v0")
        lab.run(f"ping -c 1 -W 0.1 10.0.0.{host}")
    _, *queues = sent(lab, "qdisc")
    assert sum(queues) >= 30
    assert min(queues) > 0


def test_a_queue_whose_discipline_was_deleted_drops() -> None:
    lab = several()
    for minor in range(1, 5):
        assert lab.run(f"tc qdisc add dev v0 parent 1:{minor} handle 1{minor}: pfifo")
        assert lab.run(f"tc qdisc del dev v0 parent 1:{minor}")
    assert shown(lab) == "qdisc mq 1: root \n"
    assert lab.run("ping -c 1 -W 0.1 10.0.0.2").exit_code == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("qdisc add dev v0 parent 1:5 handle 13: sfq", "Error: Specified class not found.\n"),
        ("qdisc add dev v0 root handle 1: mq", "Error: Exclusivity flag on, cannot modify.\n"),
        ("class del dev v0 classid 1:1", "RTNETLINK answers: Operation not supported\n"),
        (
            "filter add dev v0 parent 1: protocol all matchall flowid 1:1",
            "Error: Class doesn't support blocks.\nWe have an error talking to the kernel\n",
        ),
        ("qdisc add dev d0 root mq", "RTNETLINK answers: Operation not supported\n"),
    ],
)
def test_what_is_refused(line: str, said: str) -> None:
    lab = several()
    typed(lab, "ip link add d0 type dummy")
    result = lab.run(f"tc {line}")
    assert (result.stderr, result.exit_code) == (said, 2)
