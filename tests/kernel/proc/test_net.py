"""The files of /proc/net.  The texts are those of the recording proc_net_files."""

from __future__ import annotations

from tests.machines import QUIET, typed
from vnetsim import Lab


def pair() -> Lab:
    lab = Lab(docker=False)
    typed(
        lab,
        f"""
        {QUIET}
        ip netns add a
        ip link add v0 address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02 netns a
        ip link set v0 up
        ip -n a link set eth0 up
        ip addr add 10.0.0.1/24 dev v0
        ip -n a addr add 10.0.0.2/24 dev eth0
    """,
    )
    return lab


def lines(lab: Lab, name: str) -> list[list[str]]:
    return [line.split() for line in typed(lab, f"cat /proc/net/{name}").stdout.splitlines()]


def test_devices_and_their_counters() -> None:
    lab = pair()
    typed(lab, "ping -c 1 10.0.0.2")
    assert lines(lab, "dev")[3] == ["v0:", "140", "2", *"000000", "140", "2", *"000000"]


def test_neighbours() -> None:
    lab = pair()
    typed(lab, "ping -c 1 10.0.0.2\nip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0")
    lab.run("ping -c 1 -W 1 10.0.0.3")
    assert sorted(lines(lab, "arp")[1:]) == [
        ["10.0.0.2", "0x1", "0x2", "02:00:00:00:00:02", "*", "v0"],
        ["10.0.0.3", "0x1", "0x0", "00:00:00:00:00:00", "*", "v0"],
        ["10.0.0.9", "0x1", "0x6", "02:00:00:00:00:09", "*", "v0"],
    ]


def test_routes() -> None:
    lab = Lab(docker=False)
    assert lines(lab, "route") == []
    lab = pair()
    typed(lab, "ip route add default via 10.0.0.2\nip route add unreachable 10.69.0.0/16")
    assert [line[:8] for line in lines(lab, "route")[1:]] == [
        ["v0", "00000000", "0200000A", "0003", "0", "0", "0", "00000000"],
        ["v0", "0000000A", "00000000", "0001", "0", "0", "0", "00FFFFFF"],
        ["*", "0000450A", "00000000", "0201", "0", "0", "0", "0000FFFF"],
    ]


def test_groups_and_addresses_of_ipv6() -> None:
    lab = Lab(docker=False)
    typed(lab, "ip link add br0 address 02:00:00:00:00:b0 type bridge\nip link set br0 up")
    lab.sleep(3)
    assert lines(lab, "igmp")[-2:] == [["010000E0", "1", "0:00000000", "0"], ["6A0000E0", "1", "0:00000000", "0"]]
    assert ["2", "br0", "ff020000000000000000000000000001", "1", "0000000C", "0"] in lines(lab, "igmp6")
    assert ["2", "br0", "1", "0", "01005e00006a"] in lines(lab, "dev_mcast")
    typed(lab, "ip link set lo up")
    assert lines(lab, "if_inet6") == [["00000000000000000000000000000001", "01", "80", "10", "80", "lo"]]


def test_what_is_not_there() -> None:
    lab = Lab(docker=False)
    assert lab.run("cat /proc/net/ip_conntrack").output == "cat: /proc/net/ip_conntrack: No such file or directory\n"
    assert lab.run("cat /proc/net").output == "cat: /proc/net: Is a directory\n"
