"""-m socket and -j TPROXY: the sockets of a host as rules see them."""

from __future__ import annotations

import pytest

from vnetsim.lab import Lab

_LAB = """
ip netns add a
ip link add eth0 netns a type veth peer name v0
ip -n a link set eth0 up; ip link set v0 up
ip -n a addr add 10.0.0.1/24 dev eth0; ip addr add 10.0.0.2/24 dev v0
ip -n a addr add fd00::1/64 dev eth0 nodad; ip addr add fd00::2/64 dev v0 nodad
nc -lk 10.0.0.2 80 > /dev/null &
nc -lk 0.0.0.0 81 > /dev/null &
nc -lkuv 10.0.0.2 82 > /dev/null &
nc -lk -6 fd00::2 83 > /dev/null &
sleep 1
"""


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab(1, docker=False)
    for line in _LAB.strip().splitlines():
        lab.run(line)
    return lab


def counted(lab: Lab, rule: str, traffic: str, iptables: str = "iptables") -> bool:
    """Whether a rule in INPUT counted what a client sent."""
    assert lab.run(f"{iptables} -A INPUT {rule}").exit_code == 0
    lab.run(f"ip netns exec a {traffic}")
    lines = lab.run(f"{iptables} -nvxL INPUT").stdout.splitlines()
    lab.run(f"{iptables} -F")
    return int(lines[2].split()[0]) > 0


@pytest.mark.parametrize(
    ("rule", "traffic", "found"),
    [
        ("-p tcp --syn -m socket", "nc -z -w 1 10.0.0.2 80", True),
        ("-p tcp --syn -m socket", "nc -z -w 1 10.0.0.2 81", False),
        ("-p tcp --syn -m socket --nowildcard", "nc -z -w 1 10.0.0.2 81", True),
        ("-p tcp ! --syn -m socket", "nc -z -w 1 10.0.0.2 81", True),
        ("-p tcp -m socket --nowildcard", "nc -z -w 1 10.0.0.2 99", False),
        ("-p tcp -m socket --transparent --nowildcard", "nc -z -w 1 10.0.0.2 80", False),
        ("-p udp -m socket", "nc -zu -w 1 10.0.0.2 82", True),
        ("-p udp -m socket", "nc -zu -w 1 10.0.0.2 99", False),
        ("-p icmp -m socket", "ping -c 1 -W 1 10.0.0.2", False),
    ],
)
def test_a_socket_is_found_for_a_packet(lab: Lab, rule: str, traffic: str, found: bool) -> None:
    assert counted(lab, rule, traffic) is found


def test_a_socket_of_ipv6_is_found(lab: Lab) -> None:
    assert counted(lab, "-p tcp --syn -m socket", "nc -z -w 1 fd00::2 83", "ip6tables")


def test_without_a_transparent_socket_a_proxy_gets_nothing_and_the_rule_is_named(lab: Lab) -> None:
    lab.run("iptables -t mangle -A PREROUTING -p tcp --dport 80 -j TPROXY --on-port 81")
    why = lab.run("why a 10.0.0.2 tcp/80")
    lab.run("iptables -t mangle -F")
    assert why.exit_code == 1
    assert "NETFILTER_DROP" in why.stdout
    assert "TPROXY --on-port 81" in why.stdout
