"""A machine that nobody watches takes short cuts; what people see afterwards is the same as on one that is watched."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.servers import udp_client, udp_server
from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.errors import KernelError
from vnetsim.sockets import Datagram
from vnetsim.wire.inet import IPv4

#: A host as an engine makes it: h1 and h2 on the ports of br0, masqueraded towards `lan`, port 7007 leading to h1.
HOST: Final = f"""
    {QUIET}
    sysctl -qw net.ipv4.ip_forward=1
    ip link add br0 type bridge
    ip addr add 10.0.0.254/24 dev br0
    ip link set br0 up
    ip netns add lan
    ip netns exec lan {QUIET}
    ip link add eth0 type veth peer name eth0 netns lan
    ip addr add 192.0.2.1/24 dev eth0
    ip link set eth0 up
    ip -n lan addr add 192.0.2.2/24 dev eth0
    ip -n lan link set eth0 up
    iptables -t nat -A POSTROUTING -s 10.0.0.0/24 ! -o br0 -j MASQUERADE
    iptables -t nat -A PREROUTING -p udp --dport 7007 -j DNAT --to-destination 10.0.0.1:7
    iptables -t raw -A PREROUTING -d 10.0.0.2 ! -i br0 -j DROP
    iptables -P FORWARD DROP
    iptables -N USER
    iptables -A FORWARD -j USER
    iptables -A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    iptables -A FORWARD -i br0 -j ACCEPT
    iptables -A FORWARD -o br0 -p udp --dport 7 -j ACCEPT
"""
STATION: Final = """
    ip netns add h{0}
    ip netns exec h{0} {1}
    ip link add eth0 netns h{0} type veth peer name p{0}
    ip link set p{0} master br0 up
    ip -n h{0} addr add 10.0.0.{0}/24 dev eth0
    ip -n h{0} link set eth0 up
    ip -n h{0} route add default via 10.0.0.254
"""
LAN, HERE, ONE, TWO = map(IPv4.parse, ("192.0.2.2", "192.0.2.1", "10.0.0.1", "10.0.0.2"))

#: Rules whose answer is the same for all packets of a connection, and others.
RULES: Final = """
    -t filter -I USER -m conntrack --ctstate ESTABLISHED
    -t filter -I USER -p udp --sport 7 -j RETURN
    -t filter -I USER -m conntrack --ctdir REPLY -m comment --comment back -j ACCEPT
    -t filter -I USER -m limit --limit 1/second --limit-burst 3 -j ACCEPT
    -t filter -I USER -m length --length 0:40
    -t filter -I USER -m conntrack --ctstatus ASSURED
    -t filter -A USER -m statistic --mode nth --every 3 --packet 0 -j DROP
    -t filter -I INPUT -p icmp -j DROP
    -t filter -A OUTPUT -m owner --uid-owner 0
    -t mangle -A FORWARD -i br0
    -t mangle -A FORWARD -j TTL --ttl-set 9
    -t mangle -A PREROUTING -j MARK --set-mark 1
    -t mangle -A POSTROUTING -m mark --mark 1
    -t raw -I PREROUTING -s 10.0.0.2 -j CT --notrack
"""
#: What may happen between packets.
EVENTS: Final = """
    iptables -Z
    iptables -t nat -F PREROUTING
    iptables -D FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
    conntrack -F
    nft add table ip mine
    sysctl -qw net.ipv4.ip_forward=0
    sysctl -qw net.bridge.bridge-nf-call-iptables=0
    sysctl -qw net.netfilter.nf_conntrack_udp_timeout=5
    ip link set eth0 mtu 600
    ip link set eth0 name wan
    ip link set eth0 down
    ip link set p1 down
    ip link set br0 promisc on
    ip route add 192.0.2.2 via 192.0.2.9
    ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:99 dev eth0
    ip -n lan addr del 192.0.2.2/24 dev eth0
    bridge link set dev p2 isolated on
    bridge fdb flush dev p1
    ping -c 2 -i 0.2 -W 1 10.0.0.1
    ip netns exec h2 ping -c 3 -i 0.2 -W 1 192.0.2.2
    ip netns exec h1 ping -c 3 -i 0.2 -s 900 -W 1 10.0.0.2
    ip netns exec lan nc -l -p 80 -w 3 > /tmp/got & echo hello | ip netns exec h2 nc -N -w 2 192.0.2.2 80; wait
"""
LINES: Final = [
    *(f"iptables {rule.strip()}" for rule in RULES.strip().splitlines()),
    *(event.strip() for event in EVENTS.strip().splitlines()),
]


@attrs.define
class Machine:
    """A lab with sockets that talk through it: three conversations, each of which goes on from where it was."""

    lab: Lab
    talks: list[Callable[[bytes], None]]
    heard: list[list[Datagram]]
    refused: list[str] = attrs.field(factory=list)

    @classmethod
    def new(cls, *, watch: bool) -> Machine:
        lab = Lab(docker=False, watch=watch)
        typed(lab, HOST + "".join(STATION.format(number, QUIET) for number in (1, 2)))
        heard = [udp_server(lab, "h1", 7), udp_server(lab, "lan", 7)]
        talks: list[Callable[[bytes], None]] = []
        for namespace, address, port in (("h2", LAN, 7), ("lan", HERE, 7007), ("h2", ONE, 7)):
            client = udp_client(lab, namespace)
            client.on_error = lambda *_: None
            talks.append(lambda data, client=client, address=address, port=port: client.send_to(data, address, port))  # type: ignore[misc]
        return cls(lab, talks, heard)

    def seen(self) -> list[str]:
        """Everything that people could notice."""
        looks = ("iptables-save -c", "conntrack -L", "ip -s link", "ip -s -n lan link", "ip neigh", "bridge -s fdb",
                 "ip -s -n h1 link")  # fmt: skip
        return [str(self.heard), str(self.refused), *(self.lab.run(line).output for line in looks)]


steps = st.one_of(st.tuples(st.integers(0, 2), st.integers(1, 5), st.sampled_from((1, 700))), st.sampled_from(LINES))


@settings(max_examples=15, deadline=None)
@given(st.lists(steps, min_size=3, max_size=9))
def test_nobody_can_tell_whether_packets_are_watched(story: list[tuple[int, int, int] | str]) -> None:
    machines = [Machine.new(watch=False), Machine.new(watch=True)]
    for step in story:
        if isinstance(step, str):
            outputs = [machine.lab.run(step).output for machine in machines]
            assert outputs[0] == outputs[1], step
            continue
        talk, times, size = step
        for machine in machines:
            for _ in range(times):
                try:
                    machine.talks[talk](b"x" * size)
                except KernelError as refused:
                    machine.refused.append(refused.errno.name)
                machine.lab.sleep(0.3)
        assert machines[0].seen() == machines[1].seen()
    assert machines[0].seen() == machines[1].seen()


def test_a_packet_that_is_sent_back_to_its_port_is_bridged_whether_watched_or_not() -> None:
    """Translated to a station behind the port that it came by, it is not routed: the port does not send it back."""
    for watched in (False, True):
        lab = Lab(docker=False, watch=watched)
        typed(lab, HOST + STATION.format(1, QUIET))
        typed(
            lab,
            """
            ip netns exec h1 ping -c 1 10.0.0.254
            iptables -t nat -A PREROUTING -p icmp -d 192.0.2.7 -j DNAT --to-destination 10.0.0.1
            iptables -t nat -A POSTROUTING -p icmp -j MASQUERADE
        """,
        )  # the bridge has learned where the station is
        assert lab.run("ip netns exec h1 ping -c 1 -W 1 192.0.2.7").exit_code == 1, watched


def test_a_server_on_loopback_answers_where_all_devices_or_its_own_route_localnet() -> None:
    """Recorded on Linux 6.18.44: ping through DNAT to 127.0.0.1 with `all`, with neither, with the device."""
    lab = Lab(docker=False)
    typed(lab, HOST + "ip link set lo up\niptables -t nat -A PREROUTING -p icmp -j DNAT --to-destination 127.0.0.1")
    outcomes = []
    for key, value in (("all", 1), ("all", 0), ("eth0", 1)):
        typed(lab, f"sysctl -qw net.ipv4.conf.{key}.route_localnet={value}")
        outcomes.append(lab.run("ip netns exec lan ping -c 1 -W 1 192.0.2.1").exit_code)
    assert outcomes == [0, 1, 0]
