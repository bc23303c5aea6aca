"""`tc` itself: objects, options, batches (recorded with iproute2 6.1)."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.programs.iproute2.lib.arguments import usage_text


@pytest.mark.parametrize(
    ("command", "status", "stderr"),
    [
        ("tc", 0, usage_text("tc")),
        ("tc help", 0, usage_text("tc")),
        ("tc -help", 0, usage_text("tc")),
        ("tc -s", 0, usage_text("tc")),
        ("tc -c qdisc", 0, usage_text("tc")),
        ("tc -b", 0, usage_text("tc") * 2),
        ("tc bogus", 255, 'Object "bogus" is unknown, try "tc help".\n'),
        ("tc -bogus", 255, 'Option "-bogus" is unknown, try "tc -help".\n'),
        ("tc -n nosuch qdisc", 255, 'Cannot open network namespace "nosuch": No such file or directory\n'),
        ("tc -b /nosuch", 1, 'Cannot open file "/nosuch" for reading: No such file or directory\n'),
        ("tc qdisc help", 0, usage_text("tc-qdisc")),
        ("tc class help", 0, usage_text("tc-class")),
        ("tc class", 0, ""),
        ("tc filter show dev lo", 0, ""),
        ("tc chain", 0, ""),
        ("tc chain help", 0, usage_text("tc-chain")),
        ("tc chain foo", 255, 'Command "foo" is unknown, try "tc chain help".\n'),
        ("tc chain add dev lo", 2, "vnetsim: not modelled: tc chain add\n"),
        ("tc chain show dev lo bogus", 255, ' What is "bogus"? Try "tc filter help"\n'),
        ("tc -conf /nowhere -names qdisc", 255, "Can't open class names file: /nowhere\n"),
        ("tc -conf /etc/hosts -names qdisc", 2, "vnetsim: not modelled: names of classes\n"),
        ("tc qdisc show dev lo invisible", 2, "vnetsim: not modelled: tc qdisc show invisible\n"),
        ("tc filter add dev lo", 2, "vnetsim: not modelled: tc filter without a kind\n"),
        ("tc monitor", 2, "vnetsim: not modelled: tc monitor\n"),
    ],
)
def test_what_is_said(command: str, status: int, stderr: str) -> None:
    result = Lab(docker=False).run(command)
    assert (result.exit_code, result.stderr, result.stdout) == (status, stderr, "")


def test_the_version() -> None:
    assert Lab(docker=False).run("tc -V").stdout == "tc utility, iproute2-6.1.0, libbpf 1.1.2\n"


def test_words_may_be_abbreviated() -> None:
    lab = Lab(docker=False)
    lab.run("ip link set lo up")
    expected = (
        "qdisc noqueue 0: root refcnt 2 \n Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0) \n"
        " backlog 0b 0p requeues 0\n"
    )
    assert lab.run("tc -s -d q sh dev lo").stdout == expected
    assert lab.run("tc -o -s q sh dev lo").stdout == expected.replace("\n", "\\")


def test_a_batch_ends_with_the_first_command_that_fails() -> None:
    lab = Lab(docker=False)
    lab.run("ip link add v1 type veth")
    lines = r"qdisc add dev v1 root pfifo limit 3\nqdisc show dev v1\nqdisc bogus\nqdisc show dev v1\n"
    result = lab.run(f"printf '{lines}' | tc -b -")
    assert result.stdout == "qdisc pfifo 8001: root refcnt 3 limit 3p\n"
    assert result.stderr == 'Command "bogus" is unknown, try "tc qdisc help".\nCommand failed -:3\n'
    assert result.exit_code == 1
    assert lab.run(f"printf '{lines}' | tc -force -b -").stdout.count("limit 3p") == 2


def test_chains_are_those_of_filters() -> None:
    lab = Lab(docker=False)
    for line in (
        "ip link add v1 type veth", "tc qdisc add dev v1 clsact", "tc qdisc add dev v1 root handle 1: htb",
        "tc filter add dev v1 ingress matchall action drop", "tc filter add dev v1 parent 1: matchall flowid 1:1",
    ):  # fmt: skip
        assert lab.run(line), line
    assert lab.run("tc chain show dev v1 ingress").stdout == "chain parent ffff: chain 0 \n"
    assert lab.run("tc -j chain show dev v1 ingress").stdout == '[{"parent":"ffff:","chain":0}]\n'
    assert lab.run("tc chain show dev v1 ingress chain 0").stdout == "chain parent ffff: \n"
    assert lab.run("tc chain show dev v1 parent 1:").stdout == "chain chain 0 \n"
    assert lab.run("tc chain show dev v1 egress; tc chain show dev v1 ingress chain 1").output == ""


def test_classes_are_no_graph() -> None:
    lab = Lab(docker=False)
    for line in (
        "ip link add v1 type veth", "tc qdisc add dev v1 root handle 1: htb",
        "tc -g class show dev v1", "tc class add dev v1 parent 1: classid 1:1 htb rate 5mbit ceil 8mbit",
    ):  # fmt: skip
        assert lab.run(line).exit_code == 0, line
    assert lab.run("tc -g class show dev v1").stderr == "vnetsim: not modelled: tc -graph\n"
    assert lab.run("tc class show dev v1 root").output == ""
    assert lab.run("tc -r class show dev v1").stdout.endswith("buffer [00009c40] cbuffer [000061a8] \n")
