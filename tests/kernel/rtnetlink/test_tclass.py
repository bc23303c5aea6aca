"""Requests about classes, and about what is below them: what the kernel does, and what it refuses."""

from __future__ import annotations

import pytest

from tests.kernel.rtnetlink.test_qdisc import machine, shown
from vnetsim import Lab


@pytest.mark.parametrize(
    ("command", "refusal"),
    [
        ("class add dev v0 parent 1: classid 1:1 htb rate 1mbit", "RTNETLINK answers: File exists"),
        ("class add dev v0 parent 2: classid 2:1 htb rate 1mbit", "RTNETLINK answers: No such file or directory"),
        ("class change dev v0 parent 1: classid 1:7 htb rate 1mbit", "RTNETLINK answers: No such file or directory"),
        ("class del dev v0 classid 1:7", "RTNETLINK answers: No such file or directory"),
        ("qdisc add dev v0 parent 1:1 handle 12: noqueue", "Error: NLM_F_REPLACE needed to override."),
        (
            "qdisc replace dev v0 root handle 1: htb default 10",
            "Error: Change operation not supported by specified qdisc.",
        ),
        ("qdisc add dev v0 parent 1:7 handle 11: pfifo", "Error: Specified class not found."),
        ("qdisc add dev v0 parent 1:1 handle 11: pfifo", "Error: NLM_F_REPLACE needed to override."),
        ("qdisc add dev v0 parent 1:1 handle 10: pfifo", "Error: Exclusivity flag on, cannot modify."),
        ("qdisc del dev v0 parent 1:7", "Error: Specified class not found."),
        ("qdisc del dev v0 parent 9:9", "Error: Failed to find qdisc with specified classid."),
    ],
)
def test_what_the_kernel_refuses_of_classes(command: str, refusal: str) -> None:
    lab = classes()
    was = lab.run("tc qdisc show dev v0; tc class show dev v0").output
    result = lab.run(f"tc {command}")
    assert (result.output, result.exit_code) == (f"{refusal}\n", 2)
    assert lab.run("tc qdisc show dev v0; tc class show dev v0").output == was


def classes() -> Lab:
    """htb 1: with the class 1:1, which has the leaf 10:."""
    return machine(
        "tc qdisc add dev v0 root handle 1: htb default 1",
        "tc class add dev v0 parent 1: classid 1:1 htb rate 8mbit",
        "tc qdisc add dev v0 parent 1:1 handle 10: pfifo limit 5",
    )


def test_a_leaf_is_replaced_and_deleted() -> None:
    lab = classes()
    assert lab.run("tc qdisc replace dev v0 parent 1:1 handle 12: netem delay 1ms")
    assert shown(lab).splitlines()[1].startswith("qdisc netem 12: parent 1:1 ")
    assert lab.run("tc qdisc change dev v0 parent 1:1 handle 12: netem delay 2ms")
    assert "delay 2ms" in shown(lab)
    assert lab.run("tc qdisc del dev v0 parent 1:1")
    assert len(shown(lab).splitlines()) == 1
    assert lab.run("tc class change dev v0 parent 1: classid 1:1 htb rate 9mbit")
    assert "rate 9Mbit" in lab.run("tc class show dev v0").output
    assert lab.run("tc class del dev v0 classid 1:1")
    assert lab.run("tc class show dev v0").output == ""


def test_a_handle_is_taken_once() -> None:
    lab = classes()
    assert lab.run("tc class add dev v0 parent 1: classid 1:2 htb rate 8mbit")
    for verb in ("add", "replace"):
        taken = lab.run(f"tc qdisc {verb} dev v0 parent 1:2 handle 10: pfifo")
        refusal = "Error: Cannot move an existing qdisc to a different parent.\n"
        assert (taken.exit_code, taken.stderr) == (2, refusal)
    assert (
        lab.run("tc qdisc replace dev v0 parent 1:2 noqueue").stderr == "vnetsim: not modelled: noqueue below a class\n"
    )
