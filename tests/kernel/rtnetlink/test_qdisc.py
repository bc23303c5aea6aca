"""Requests about queueing disciplines and classes: what the kernel does, and what it refuses."""

from __future__ import annotations

import pytest

from tests.machines import typed
from vnetsim import Lab


def machine(*commands: str) -> Lab:
    """v0 and v1, up, with what `commands` made."""
    lab = Lab(docker=False)
    typed(lab, "ip link add v0 type veth peer name v1\nip link set v0 up\nip link set v1 up")
    for command in commands:
        assert lab.run(command), command
    return lab


def shown(lab: Lab, words: str = "dev v0") -> str:
    return lab.run(f"tc qdisc show {words}").stdout


@pytest.mark.parametrize(
    ("before", "command", "refusal"),
    [
        ("", "del dev v0 root", "Error: Cannot delete qdisc with handle of zero."),
        ("", "del dev v0", "Error: Failed to find qdisc with specified handle."),
        ("", "del dev v0 ingress", "Error: Cannot find specified qdisc on specified device."),
        ("", "change dev v0 root pfifo", "Error: Qdisc not found. To create specify NLM_F_CREATE flag."),
        ("", "add dev v0 root nosuch", "Error: Specified qdisc kind is unknown."),
        ("", "add dev v0 root", "Error: Specified qdisc kind is unknown."),
        ("", "add dev v0 pfifo", "Error: Handle cannot be zero."),
        ("", "add root pfifo", "RTNETLINK answers: No such device"),
        ("", "add dev v0 root multiq", "vnetsim: not modelled: the queueing discipline multiq"),
        ("", "add dev v0 parent 1: handle 12: pfifo", "Error: Failed to find specified qdisc."),
        ("pfifo", "add dev v0 root pfifo", "Error: Exclusivity flag on, cannot modify."),
        ("pfifo", "add dev v0 root", "Error: Exclusivity flag on, cannot modify."),
        ("pfifo", "add dev v0 root handle 10: pfifo", "Error: NLM_F_REPLACE needed to override."),
        ("pfifo", "del dev v0 root handle 5:", "Error: Invalid handle."),
        ("pfifo", "del dev v0 root bfifo", "Error: Invalid qdisc name: must match existing qdisc."),
        ("pfifo", "add dev v0 parent 8001:1 handle 12: pfifo", "Error: Parent qdisc is not classful."),
    ],
)
def test_what_the_kernel_refuses(before: str, command: str, refusal: str) -> None:
    lab = machine(*([f"tc qdisc add dev v0 root {before}"] if before else []))
    was = shown(lab)
    result = lab.run(f"tc qdisc {command}")
    assert (result.output, result.exit_code) == (f"{refusal}\n", 2)
    assert shown(lab) == was


@pytest.mark.parametrize(
    ("command", "then"),
    [
        ("add dev v0 root bfifo", "bfifo 8002:"),
        ("change dev v0 root bfifo", "bfifo 8002:"),
        ("replace dev v0 root bfifo", "bfifo 8002:"),
        ("replace dev v0 root pfifo limit 3", "pfifo 8001:"),
        ("change dev v0 root pfifo limit 3", "pfifo 8001:"),
        ("replace dev v0 root handle 11: pfifo", "pfifo 11:"),
        ("del dev v0 root", "noqueue 0:"),
    ],
)
def test_what_takes_the_place_of_a_pfifo(command: str, then: str) -> None:
    lab = machine("tc qdisc add dev v0 root pfifo")
    assert lab.run(f"tc qdisc {command}")
    assert shown(lab).startswith(f"qdisc {then} ")


def test_the_places_for_what_arrives() -> None:
    lab = machine("tc qdisc add dev v0 ingress")
    assert shown(lab).endswith("\nqdisc ingress ffff: parent ffff:fff1 ---------------- \n")
    assert shown(lab, "dev v0 ingress") == "qdisc ingress ffff: parent ffff:fff1 ---------------- \n"
    assert lab.run("tc qdisc add dev v0 clsact").output == "Error: Exclusivity flag on, cannot modify.\n"
    assert lab.run("tc qdisc del dev v0 ingress")
    assert lab.run("tc qdisc del dev v0 ingress").output == "Error: Invalid handle.\n"
    assert lab.run("tc qdisc add dev v0 clsact")
    assert shown(lab).endswith("\nqdisc clsact ffff: parent ffff:fff1 \n")
