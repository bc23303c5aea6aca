"""/proc/net/bonding; its content is compared with Linux 6.18 in tests/recorded/kernel-vm/bond_*."""

from __future__ import annotations

from vnetsim import Lab


def test_the_directory_holds_the_bonds_of_a_namespace() -> None:
    lab = Lab(docker=False)
    assert not lab.run("test -e /proc/net/bonding")
    assert lab.run("ip link add bond0 type bond && ip netns add a && ip -n a link add bond1 type bond")
    assert lab.run("ls /proc/net/bonding").stdout == "bond0\n"
    assert lab.run("ip netns exec a ls /proc/net/bonding").stdout == "bond1\n"
    assert lab.run("cat /proc/net/bonding/lo").stderr == "cat: /proc/net/bonding/lo: No such file or directory\n"
