"""SYNs with a TTL of their own (`traceroute -T`), and names nobody resolves (traceroute_tcp, fwd_three_routers)."""

from __future__ import annotations

from tests.kernel.wires import packets, watched
from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.wire.tcp import RST, SYN, Tcp

TRACE = "traceroute -n -T -q 1 -N 1 -w 1 -m 4"


def routed() -> Lab:
    """The host (10.0.0.2), a router r, and behind it h (10.0.1.2)."""
    lab = Lab(docker=False)
    typed(
        lab,
        f"""
        {QUIET}
        ip netns add r
        ip netns add h
        ip netns exec r {QUIET}
        ip netns exec h {QUIET}
        ip netns exec r sysctl -qw net.ipv4.ip_forward=1
        ip link add v0 up type veth peer name r0 netns r
        ip link add eth0 netns h type veth peer name r1 netns r
        ip -n r link set r0 up
        ip -n r link set r1 up
        ip -n h link set eth0 up
        ip addr add 10.0.0.2/24 dev v0
        ip -n r addr add 10.0.0.1/24 dev r0
        ip -n r addr add 10.0.1.1/24 dev r1
        ip -n h addr add 10.0.1.2/24 dev eth0
        ip route add default via 10.0.0.1
        ip -n h route add default via 10.0.1.1
    """,
    )
    return lab


def hops(lab: Lab, command: str) -> list[list[str]]:
    """The words of each hop, without the times."""
    lines = typed(lab, command).stdout.splitlines()[1:]
    return [
        [word for word in line.split()[1:] if word != "ms" and not word.replace(".", "", 1).isdigit()] for line in lines
    ]


def test_a_reset_and_an_accepted_connection_are_both_the_end_of_the_way() -> None:
    lab = routed()
    assert hops(lab, f"{TRACE} 10.0.1.2") == [["10.0.0.1"], ["10.0.1.2"]]
    lab.run("ip netns exec h nc -l -k 80 &")
    assert hops(lab, f"{TRACE} 10.0.1.2") == [["10.0.0.1"], ["10.0.1.2"]]


def test_the_host_resets_what_was_accepted_and_sees_each_probe_from_a_port_of_its_own() -> None:
    lab = routed()
    lab.run("ip netns exec h nc -l -k 80 &")
    seen = watched(lab, "h", "eth0")
    typed(lab, f"{TRACE} -f 2 10.0.1.2\n{TRACE} -f 2 10.0.1.2")
    segments = [packet.payload for packet in packets(seen) if isinstance(packet.payload, Tcp)]
    assert [segment.flags & (SYN | RST) for segment in segments] == [SYN, SYN, RST] * 2
    assert len({segment.source_port for segment in segments if segment.destination_port == 80}) == 2


def test_what_a_firewall_drops_or_rejects() -> None:
    lab = routed()
    typed(lab, "ip netns exec h iptables -A INPUT -p tcp --dport 443 -j DROP")
    assert hops(lab, f"{TRACE} -p 443 10.0.1.2") == [["10.0.0.1"], ["*"], ["*"], ["*"]]
    typed(lab, "ip netns exec h iptables -A INPUT -p tcp --dport 26 -j REJECT --reject-with icmp-host-prohibited")
    assert hops(lab, f"{TRACE} -p 26 10.0.1.2") == [["10.0.0.1"], ["10.0.1.2", "!X"]]


def test_a_name_server_without_a_route_is_asked_no_longer() -> None:
    """Resolvers hear every ICMP error (IP_RECVERR), so that the router's answer ends the question at once."""
    lab = routed()
    typed(lab, "ip netns exec r sysctl -qw net.ipv4.icmp_ratemask=0")
    lab.run("echo nameserver 10.9.9.9 > /etc/resolv.conf")
    assert lab.run("getent hosts nobody.example").seconds < 1
