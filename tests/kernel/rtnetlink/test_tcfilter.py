"""Requests about filters: what the kernel refuses (recorded: Linux 6.18)."""

from __future__ import annotations

import pytest

from tests.kernel.rtnetlink.test_qdisc import machine
from vnetsim import Lab

TALK = "We have an error talking to the kernel\n"


@pytest.mark.parametrize(
    ("before", "line", "said"),
    [
        ([], "add dev v0 ingress matchall action drop", "Error: Parent Qdisc doesn't exists.\n"),
        ([], "add dev v0 parent 1: matchall action drop", "Error: Parent Qdisc doesn't exists.\n"),
        (["clsact"], "del dev v0 egress prio 1", "Error: Cannot find specified filter chain.\n"),
        (
            ["clsact", "2 matchall action drop"],
            "add dev v0 ingress protocol ip prio 2 flower ip_proto tcp action drop",
            "Error: Specified filter kind does not match existing one.\n",
        ),
        (
            ["clsact", "2 matchall action drop"],
            "add dev v0 ingress protocol arp prio 2 matchall action drop",
            "Error: Protocol mismatch for filter with specified priority.\n",
        ),
        (
            ["clsact", "2 matchall action drop"],
            "add dev v0 ingress protocol ip prio 2 matchall action drop",
            "RTNETLINK answers: File exists\n",
        ),
        (
            ["clsact"],
            "change dev v0 ingress protocol ip prio 9 handle 1 matchall action drop",
            "Error: Need both RTM_NEWTFILTER and NLM_F_CREATE to create a new filter.\n",
        ),
    ],
)
def test_what_the_kernel_refuses(before: list[str], line: str, said: str) -> None:
    lab = machine()
    for each in before:
        words = "qdisc add dev v0 clsact" if each == "clsact" else f"filter add dev v0 ingress protocol ip prio {each}"
        assert lab.run(f"tc {words}"), words
    result = lab.run(f"tc filter {line}")
    assert (result.stderr, result.exit_code) == (said + TALK, 2)


def test_a_kernel_without_the_classifier_says_so() -> None:
    lab = Lab(docker=False, without=["cls_matchall"])
    lab.run("ip link add v0 type veth peer name v1; tc qdisc add dev v0 clsact")
    result = lab.run("tc filter add dev v0 ingress matchall action drop")
    assert (result.stderr, result.exit_code) == (f"Error: TC classifier not found.\n{TALK}", 2)


def test_a_class_that_a_filter_names_stays() -> None:
    lab = machine(
        "tc qdisc add dev v0 root handle 1: htb",
        "tc class add dev v0 parent 1: classid 1:1 htb rate 1mbit",
        "tc filter add dev v0 parent 1: protocol ip u32 match ip dst 10.0.0.1 flowid 1:1",
    )
    assert lab.run("tc class del dev v0 classid 1:1").stderr == "Error: HTB class in use.\n"
    assert lab.run("tc filter del dev v0")
    assert lab.run("tc class del dev v0 classid 1:1")
