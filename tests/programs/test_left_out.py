"""What the real tools of the network have and these have not is said."""

from __future__ import annotations

import pytest

from tests.machines import pair
from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    return pair()


@pytest.mark.parametrize(
    "command",
    [
        "bridge -compressvlans vlan",
        "ip -s route get 10.0.0.2",
        "ip -r addr",
        "ss -O -i",
        "nc -i 1 10.0.0.2 5",
        "iperf -e -s",
        "netstat -rC",
        "busybox ip -0 addr",
        "dig +trace web",
        "dig +nssearch web",
        "dig +yaml web",
        "dig +nsid @10.0.0.2 web",
        "dig -f /etc/hosts",
        "dig -k key web",
        "dig +tls web",
        "host -l app 10.0.0.2",
        "host -C app 10.0.0.2",
        "getent shadow root",
        "getent rpc",
        "conntrack -I -p udp -s 1.2.3.4 -d 5.6.7.8 --sport 1 --dport 2 -t 100",
        "conntrack -U -p udp -m 5",
        "conntrack -S",
        "conntrack -D -o xml",
        "tcpdump -d icmp",
        "tcpdump -i eth0 -C 1 -w /tmp/x",
        "tcpdump -i eth0 -K",
        "tcpdump -i eth0 gateway a",
        "tcpdump -i eth0 ip broadcast",
        "pidof -z sleep",
    ],
)
def test_it_is_not_modelled(lab: Lab, command: str) -> None:
    done = lab.run(f"ip netns exec a timeout 5 {command}")
    assert done.exit_code not in (0, 124)
    assert done.stderr.startswith("vnetsim: not modelled: "), done.stderr
