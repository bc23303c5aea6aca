"""-j TEE: copies for a monitor, as recorded on Linux 6.18 (tests/recorded/kernel-vm/nfx_tee.json)."""

from __future__ import annotations

import pytest

from vnetsim.lab import Lab

_LAB = """
sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
for n in a b mon; do ip netns add $n; ip link add eth0 netns $n type veth peer name v$n; ip -n $n link set eth0 up; done
ip link set va up; ip link set vb up; ip link set vmon up
ip addr add 10.1.0.1/24 dev va; ip addr add 10.2.0.1/24 dev vb; ip addr add 10.9.0.1/24 dev vmon
ip -n a addr add 10.1.0.2/24 dev eth0; ip -n b addr add 10.2.0.2/24 dev eth0; ip -n mon addr add 10.9.0.9/24 dev eth0
ip -n a route add default via 10.1.0.1; ip -n b route add default via 10.2.0.1
sleep 1
"""


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab(1, docker=False)
    for line in _LAB.strip().splitlines():
        lab.run(line)
    return lab


def seen(lab: Lab, rule: str, traffic: str, what: str = "icmp", iptables: str = "iptables") -> list[str]:
    """The packets that a monitor sees, with time to live and flags."""
    assert lab.run(f"{iptables} -t mangle -A {rule}").exit_code == 0
    lab.run(f"ip netns exec mon timeout 3 tcpdump -nnvi eth0 {what} > /tmp/seen 2> /dev/null & sleep 0.1")
    assert lab.run(traffic).exit_code == 0
    lab.run("sleep 4")
    lab.run(f"{iptables} -t mangle -F")
    return lab.run("grep -oE 'ttl [0-9]+|hlim [0-9]+|flags .[A-Z]+|ICMP.? echo [a-z]+' /tmp/seen").stdout.split("\n")[
        :-1
    ]


def test_what_arrives_is_copied_with_a_smaller_time_to_live(lab: Lab) -> None:
    packets = seen(lab, "PREROUTING -i va -j TEE --gateway 10.9.0.9", "ip netns exec a ping -c 2 -W 1 10.2.0.2")
    assert packets == ["ttl 63", "flags [DF", "ICMP echo request"] * 2


def test_what_leaves_is_copied_as_it_is(lab: Lab) -> None:
    packets = seen(
        lab, "POSTROUTING -o va -j TEE --gateway 10.9.0.9 --oif vmon", "ip netns exec a ping -c 1 -W 1 10.2.0.2"
    )
    assert packets == ["ttl 63", "flags [DF", "ICMP echo reply"]


def test_a_copy_is_not_copied_again(lab: Lab) -> None:
    packets = seen(lab, "POSTROUTING -p icmp -j TEE --gateway 10.9.0.9", "ping -c 1 -W 1 10.1.0.2")
    assert packets.count("ICMP echo request") == 1


@pytest.mark.parametrize("gateway", ["10.77.0.1", "10.9.0.9 --oif nosuch"])
def test_without_a_route_there_is_no_copy_and_the_packet_goes_on(lab: Lab, gateway: str) -> None:
    assert seen(lab, f"PREROUTING -i va -j TEE --gateway {gateway}", "ip netns exec a ping -c 1 -W 1 10.2.0.2") == []
