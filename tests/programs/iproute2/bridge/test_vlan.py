"""`bridge vlan` as recorded on Linux 6.18 with iproute2 6.1 (tests/recorded/kernel-vm has whole sessions)."""

from __future__ import annotations

import pytest

from tests.machines import typed
from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab(docker=False)
    typed(lab, "ip link add br0 type bridge\nip link add v0 type veth peer name v1\nip link set v0 master br0")
    typed(lab, "bridge vlan add dev v0 vid 10 pvid untagged\nbridge vlan add dev v0 vid 20-21")
    return lab


@pytest.mark.parametrize(
    ("command", "output"),
    [
        (
            "bridge vlan",
            (
                "port              vlan-id  \nbr0               1 PVID Egress Untagged\n"
                "v0                1 Egress Untagged\n"
                "                  10 PVID Egress Untagged\n                  20\n                  21\n"
            ),
        ),
        ("bridge vlan show vid 20", "port              vlan-id  \nv0                20\n"),
        ("bridge vlan show dev v1", "port              vlan-id  \n"),
        (
            "bridge -j vlan show dev v0 vid 10",
            '[{"ifname":"v0","vlans":[{"vlan":10,"flags":["PVID","Egress Untagged"]}]}]\n',
        ),
        (
            "bridge -s vlan show dev br0",
            (
                "port              vlan-id\nbr0               1 PVID Egress Untagged\n"
                "                    RX: 0 bytes 0 packets\n                    TX: 0 bytes 0 packets\n"
            ),
        ),
    ],
)
def test_vlans_are_shown(lab: Lab, command: str, output: str) -> None:
    assert lab.run(command).stdout == output


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("bridge vlan add dev v1 vid 10", "RTNETLINK answers: Operation not supported\n"),
        ("bridge vlan add dev br0 vid 10", "RTNETLINK answers: Operation not supported\n"),
        ("bridge vlan add dev v0 vid 0", "Error: bridge: Vlan id is invalid.\n"),
        ("bridge vlan add dev v0 vid 4095", "Error: bridge: Vlan id is invalid.\n"),
        ("bridge vlan add dev v0 vid 5000", 'Invalid VLAN ID "5000"\n'),
        ("bridge vlan add dev v0 vid 20-10", 'Invalid VLAN range "20-10"\n'),
        ("bridge vlan add dev v0 vid 10-20 pvid", "pvid cannot be configured for a vlan range\n"),
        ("bridge vlan add dev v0", "Device and VLAN ID are required arguments.\n"),
        ("bridge vlan add dev nosuch vid 10", 'Cannot find bridge device "nosuch"\n'),
        ("bridge vlan show dev nosuch", 'Cannot find device "nosuch"\n'),
        ("bridge vlan bogus", 'Command "bogus" is unknown, try "bridge vlan help".\n'),
        ("bridge fdb add 02:00:00:00:00:61 dev v0 master vlan 5", "RTNETLINK answers: Invalid argument\n"),
    ],
)
def test_what_is_wrong_is_refused_as_the_real_program_does(lab: Lab, command: str, message: str) -> None:
    result = lab.run(command)
    assert (result.exit_code, result.stdout, result.stderr) == (255, "", message)


def test_an_entry_without_a_vlan_is_one_for_each_vlan_of_the_port() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add br0 type bridge\nip link add v0 type veth peer name v1 address 02:00:00:00:00:01")
    typed(lab, "ip link set v0 master br0\nbridge fdb add 02:00:00:00:00:61 dev v0 master static")
    shown = lab.run("bridge fdb show dev v0").stdout.splitlines()
    assert shown[:2] == ["02:00:00:00:00:61 vlan 1 master br0 static", "02:00:00:00:00:61 master br0 static"]
    typed(lab, "bridge fdb del 02:00:00:00:00:61 dev v0 master vlan 1")
    assert lab.run("bridge fdb get 02:00:00:00:00:61 br br0").stdout == "02:00:00:00:00:61 dev v0 master br0 static\n"
    result = lab.run("bridge fdb get 02:00:00:00:00:61 br br0 vlan 1")
    assert (result.exit_code, result.stderr) == (254, "Error: Fdb entry not found.\n")
    typed(lab, "bridge fdb del 02:00:00:00:00:61 dev v0 master")
    assert lab.run("bridge fdb del 02:00:00:00:00:61 dev v0 master").stderr == (
        "RTNETLINK answers: No such file or directory\n"
    )
