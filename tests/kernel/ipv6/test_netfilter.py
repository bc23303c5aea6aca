"""ip6tables -j TEE."""

from __future__ import annotations

from vnetsim.lab import Lab

_LAB = """
for n in a mon; do ip netns add $n; ip link add eth0 netns $n type veth peer name v$n; ip -n $n link set eth0 up; done
ip link set va up; ip link set vmon up
ip addr add fd01::1/64 dev va nodad; ip addr add fd09::1/64 dev vmon nodad
ip -n a addr add fd01::2/64 dev eth0 nodad; ip -n mon addr add fd09::9/64 dev eth0 nodad
sleep 3
ip6tables -t mangle -A PREROUTING -i va -p icmpv6 --icmpv6-type 128 -j TEE --gateway fd09::9
ip netns exec mon timeout 3 tcpdump -nnvi eth0 icmp6 > /tmp/seen 2> /dev/null & sleep 0.1
"""


def test_what_arrives_is_copied_with_a_smaller_hop_limit() -> None:
    lab = Lab(1, docker=False)
    for line in _LAB.strip().splitlines():
        assert lab.run(line).exit_code == 0
    assert lab.run("ip netns exec a ping -c 1 -W 1 fd01::1").exit_code == 0
    lab.run("sleep 4")
    assert "hlim 63" in lab.run("grep -oE 'hlim [0-9]+' /tmp/seen").stdout.split("\n")
