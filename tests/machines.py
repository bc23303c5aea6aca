"""Small machines for tests, made by the commands that a person would type."""

from __future__ import annotations

from vnetsim import Lab
from vnetsim.result import Result

#: IPv6 is switched off where a test counts frames.
QUIET = "sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1"


def typed(lab: Lab, script: str) -> Result:
    """Type lines one after the other, each of which must succeed; the last one's result."""
    result: Result | None = None
    for line in filter(None, map(str.strip, script.splitlines())):
        result = lab.run(line)
        assert result, f"$ {line}\n{result.output}"
    assert result is not None
    return result


def pair(*, watch: bool = False) -> Lab:
    """Namespaces a (10.0.0.1) and b (10.0.0.2), joined by a cable; lo is up in both."""
    lab = Lab(docker=False, watch=watch)
    typed(
        lab,
        f"""
        ip netns add a
        ip netns add b
        ip link add eth0 netns a type veth peer name eth0 netns b
        ip netns exec a {QUIET}
        ip netns exec b {QUIET}
        ip -n a link set lo up
        ip -n b link set lo up
        ip -n a addr add 10.0.0.1/24 dev eth0
        ip -n b addr add 10.0.0.2/24 dev eth0
        ip -n a link set eth0 up
        ip -n b link set eth0 up
    """,
    )
    return lab


def router(*, watch: bool = False, mtu: int = 1500) -> Lab:
    """h1 (10.0.1.2) and h2 (10.0.2.2) behind the router r (.1 on both sides), whose far side has `mtu`."""
    lab = Lab(docker=False, watch=watch)
    lines = []
    for number, host in ((1, "h1"), (2, "h2")):
        lines += [f"ip netns add {host}"]
        lines += ["ip netns add r"] if number == 1 else []
        lines += [
            f"ip netns exec {host} {QUIET}",
            f"ip netns exec r {QUIET}",
            f"ip link add eth0 netns {host} type veth peer name r{number} netns r",
            f"ip -n {host} link set lo up",
            f"ip -n {host} addr add 10.0.{number}.2/24 dev eth0",
            f"ip -n {host} link set eth0 up",
            f"ip -n r addr add 10.0.{number}.1/24 dev r{number}",
            f"ip -n r link set r{number} up",
            f"ip -n {host} route add default via 10.0.{number}.1",
        ]
    lines += ["ip netns exec r sysctl -qw net.ipv4.ip_forward=1", f"ip -n r link set r2 mtu {mtu}"]
    lines += [f"ip -n h2 link set eth0 mtu {mtu}"]
    typed(lab, "\n".join(lines))
    return lab


def bridged(hosts: int = 3, *, watch: bool = False) -> Lab:
    """Namespaces h1, h2, ... (10.0.0.1, ...) on the ports p1, p2, ... of the bridge br0."""
    lab = Lab(docker=False, watch=watch)
    lines = [QUIET, "ip link add br0 type bridge", "ip link set br0 up"]
    for number in range(1, hosts + 1):
        lines += [
            f"ip netns add h{number}",
            f"ip netns exec h{number} {QUIET}",
            f"ip link add eth0 netns h{number} type veth peer name p{number}",
            f"ip link set p{number} master br0 up",
            f"ip -n h{number} link set lo up",
            f"ip -n h{number} addr add 10.0.0.{number}/24 dev eth0",
            f"ip -n h{number} link set eth0 up",
        ]
    typed(lab, "\n".join(lines))
    return lab


def ping(lab: Lab, namespace: str, target: str, more: str = "-c 1 -W 1") -> Result:
    return lab.run(f"ip netns exec {namespace} ping {more} {target}")
