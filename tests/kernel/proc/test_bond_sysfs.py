"""Bonds by the files of /sys; the errors are those of bond_options, recorded on Linux 6.18."""

from __future__ import annotations

import pytest

from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab(docker=False)
    for line in ("ip link add e1 type veth peer name p1", "ip link add bond0 type bond mode active-backup miimon 100"):
        assert lab.run(line)
    return lab


def test_a_bond_is_built_by_its_files(lab: Lab) -> None:
    assert lab.run("echo +bond1 > /sys/class/net/bonding_masters")
    assert lab.run("echo 2 > /sys/class/net/bond1/bonding/mode && echo +e1 > /sys/class/net/bond1/bonding/slaves")
    assert (
        lab.run("cat /sys/class/net/bond1/bonding/mode /sys/class/net/bond1/bonding/slaves").stdout
        == "balance-xor 2\ne1\n"
    )
    assert lab.run("cat /sys/class/net/bonding_masters").stdout == "bond0 bond1\n"
    assert lab.run("echo e1:2 > /sys/class/net/bond1/bonding/queue_id; cat /sys/class/net/bond1/bonding/queue_id")
    assert lab.run("echo -bond1 > /sys/class/net/bonding_masters; ls -d /sys/class/net/bond*").stdout.split() == [
        "/sys/class/net/bond0", "/sys/class/net/bonding_masters",
    ]  # fmt: skip


REFUSED = {
    "nonsense > /sys/class/net/bond0/bonding/slaves": "Operation not permitted",
    "+nosuch > /sys/class/net/bond0/bonding/slaves": "No such device",
    "-e1 > /sys/class/net/bond0/bonding/slaves": "Invalid argument",
    "x > /sys/class/net/bond0/bonding/miimon": "Invalid argument",
    "layer9 > /sys/class/net/bond0/bonding/xmit_hash_policy": "Invalid argument",
    "up > /sys/class/net/bond0/bonding/mii_status": "Permission denied",
    "x:1 > /sys/class/net/bond0/bonding/queue_id": "Invalid argument",
    "+bond0 > /sys/class/net/bonding_masters": "File exists",
    "-e1 > /sys/class/net/bonding_masters": "No such device",
    "x > /sys/class/net/bonding_masters": "Operation not permitted",
    "fast > /sys/class/net/bond0/bonding/lacp_rate": "Permission denied",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_the_files_refuse(lab: Lab, words: str) -> None:
    assert lab.run(f"echo {words}").stderr.rstrip().endswith(REFUSED[words])


@pytest.mark.parametrize("path", ["bond0/bonding/nosuch", "e1/bonding/mode", "e1/bonding_slave/state"])
def test_files_that_are_not_there(lab: Lab, path: str) -> None:
    assert "No such file or directory" in lab.run(f"cat /sys/class/net/{path}").stderr
