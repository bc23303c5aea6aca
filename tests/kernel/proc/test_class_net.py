"""The directories of /sys/class/net."""

from __future__ import annotations

from vnetsim import Lab


def test_a_device_has_the_directories_of_its_kind() -> None:
    lab = Lab(docker=False)
    for line in ("ip link add e1 type veth peer name p1", "ip link add br0 type bridge", "ip link add bond0 type bond",
                 "ip link set e1 master bond0"):  # fmt: skip
        assert lab.run(line)
    for name, directory in (("br0", "bridge"), ("bond0", "bonding"), ("e1", "bonding_slave"), ("p1", "statistics")):
        assert lab.run(f"test -d /sys/class/net/{name}/{directory}")
    assert not lab.run("test -e /sys/class/net/p1/bridge")
    assert lab.run("cat /sys/class/net/e1").stderr == "cat: /sys/class/net/e1: Is a directory\n"
    assert not lab.run("echo 1 > /sys/class/net/e1/nosuch")
