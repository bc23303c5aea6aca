"""A machine that records the walks of packets is like one that records nothing: same frames, counters and trace."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.netfilter.test_flow_entry import HOST as RULES
from tests.kernel.netfilter.test_flow_entry import LINES, STATION
from tests.kernel.servers import udp_client
from tests.machines import QUIET, typed
from vnetsim import Lab
from vnetsim.errors import KernelError
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.transport.udp import UdpSock
from vnetsim.sockets import Captured
from vnetsim.wire.inet import IPv4

#: A host without rules: h1 and h2 on the ports of br0, routed to `lan`.
PLAIN: Final = "\n".join(line for line in RULES.splitlines() if "iptables" not in line)
#: h3 and the router r on a bridge of their own that is a port of br0, and `far` behind r.
BEYOND: Final = f"""
    ip netns add sw
    ip netns exec sw {QUIET}
    ip -n sw link add brs type bridge
    ip -n sw link set brs up
    ip link add p9 type veth peer name uplink netns sw
    ip link set p9 master br0 up
    ip -n sw link set uplink master brs up
    ip netns add h3
    ip netns exec h3 {QUIET}
    ip link add eth0 netns h3 type veth peer name p3 netns sw
    ip -n sw link set p3 master brs up
    ip -n h3 addr add 10.0.0.3/24 dev eth0
    ip -n h3 link set eth0 up
    ip -n h3 route add default via 10.0.0.254
    ip netns add r
    ip netns exec r {QUIET}
    ip netns exec r sysctl -qw net.ipv4.ip_forward=1
    ip link add eth0 netns r type veth peer name p4 netns sw
    ip -n sw link set p4 master brs up
    ip -n r addr add 10.0.0.250/24 dev eth0
    ip -n r link set eth0 up
    ip netns add far
    ip netns exec far {QUIET}
    ip link add eth1 netns r type veth peer name eth0 netns far
    ip -n r addr add 172.16.0.1/24 dev eth1
    ip -n r link set eth1 up
    ip -n far addr add 172.16.0.2/24 dev eth0
    ip -n far link set eth0 up
    ip -n far route add default via 172.16.0.1
    ip -n r route add default via 10.0.0.254
    ip route add 172.16.0.0/24 via 10.0.0.250
    ip -n lan route add default via 192.0.2.1
"""
ENDS: Final = ("h1", "h2", "h3", "far", "lan", None)
TARGETS: Final = [
    (IPv4.parse(address), port)
    for address, port in (
        ("10.0.0.1", 7), ("10.0.0.2", 7), ("10.0.0.3", 7), ("172.16.0.2", 7), ("192.0.2.2", 7), ("10.0.0.254", 7),
        ("192.0.2.1", 7), ("192.0.2.1", 7007), ("10.0.0.9", 7), ("10.0.0.255", 7),
    )
]  # fmt: skip
#: What happens beside the lines of test_flow_entry.
MORE: Final = """
    ip -n sw link set brs type bridge stp_state 1
    ip -n sw link set brs type bridge stp_state 0
    ip -n sw link set brs type bridge ageing_time 100
    ip -n sw link set p3 down
    ip -n sw link set p3 up
    ip -n sw link set p3 nomaster
    ip -n sw link set p3 master brs
    ip -n sw link set p3 mtu 600
    ip -n sw link set p3 promisc on
    ip -n sw link set brs promisc on
    ip -n sw link add link p4 name p4.5 type vlan id 5
    bridge -n sw link set dev p3 isolated on
    bridge -n sw link set dev p4 isolated on
    bridge -n sw link set dev p4 learning off
    bridge -n sw link set dev p4 locked on
    bridge -n sw link set dev p4 state 1
    bridge -n sw link set dev p4 state 3
    bridge -n sw fdb flush dev p4
    bridge -n sw fdb replace 02:00:00:00:00:77 dev p3 master static
    ip -n h3 link set eth0 address 02:00:00:00:00:77
    ip -n h3 link set eth0 arp off
    ip -n h1 link set eth0 address 02:00:00:00:00:88
    ip -n h2 link set eth0 address 02:00:00:00:00:88
    ip -n h3 link set eth0 down
    ip -n h3 link set eth0 up
    ip -n h3 addr add 10.0.0.33/24 dev eth0
    ip -n h3 route add 172.16.0.0/24 via 10.0.0.250
    ip -n h3 neigh flush dev eth0
    ip -n far link set eth0 mtu 600
    ip -n r link set eth1 mtu 576
    ip -n r link set eth1 down
    ip -n r link set eth1 up
    ip -n r route add blackhole 192.0.2.2
    ip -n r route replace 172.16.0.2 via 172.16.0.9
    ip -n r rule add from 10.0.0.3 lookup 99
    ip netns exec r sysctl -qw net.ipv4.ip_forward=0
    ip netns exec r sysctl -qw net.ipv4.ip_forward=1
    ip netns exec r sh -c "echo 0 > /proc/sys/net/ipv4/ip_forward"
    ip netns exec r sh -c "echo 1 > /proc/sys/net/ipv4/ip_forward"
    ip netns exec far ip addr change 172.16.0.2/24 dev eth0 valid_lft 2 preferred_lft 2
    ip netns exec r sysctl -qw net.ipv4.conf.eth0.rp_filter=1
    ip netns exec r iptables -A FORWARD -j ACCEPT
    ip netns exec r iptables -A FORWARD -m conntrack --ctstate ESTABLISHED -j ACCEPT
    ip netns exec r iptables -t nat -A POSTROUTING -o eth1 -j MASQUERADE
    ip netns exec r iptables -I FORWARD -j DROP
    ip netns exec r iptables -F FORWARD
    ip netns exec far iptables -A INPUT -p udp -j DROP
    ip netns exec h3 iptables -A OUTPUT -p udp -j ACCEPT
    tc -n r qdisc add dev eth1 root netem delay 100us
    tc -n r qdisc del dev eth1 root
    tc -n sw qdisc add dev p4 root pfifo limit 0
    ip -n sw link set uplink down
    ip -n sw link set uplink up
    ip link set br0 up
    ip link set eth0 up
    ip link set p1 up
    ip netns del far
    iptables -F
    iptables -P FORWARD ACCEPT
    iptables -t nat -I POSTROUTING -o eth0 -p udp -j MASQUERADE --to-ports 5000
    iptables -t nat -I POSTROUTING -o eth0 -p udp -j SNAT --to-source 192.0.2.1:5000-5003
    iptables -t nat -I POSTROUTING -o br0 -p udp -j MASQUERADE
    iptables -t nat -I PREROUTING -p udp -d 192.0.2.1 -j DNAT --to-destination 10.0.0.1-10.0.0.2:7
    iptables -t nat -I PREROUTING -p udp -d 10.0.0.9 -j DNAT --to-destination 10.0.0.2
    iptables -t nat -I PREROUTING -p udp -d 10.0.0.9 -j DNAT --to-destination 192.0.2.2:7-9
    iptables -t nat -I PREROUTING -p udp -d 192.0.2.1 -j REDIRECT --to-ports 7
    iptables -t nat -F
    iptables -I FORWARD -p udp --sport 40000:50000 -j DROP
    iptables -I FORWARD -p udp --dport 7 -m conntrack --ctstate NEW -j ACCEPT
    iptables -I FORWARD -m conntrack --ctstate DNAT -j ACCEPT
    iptables -I FORWARD -m addrtype --src-type LOCAL -j DROP
    iptables -I FORWARD -m physdev --physdev-in p1 -j ACCEPT
    iptables -t mangle -A POSTROUTING -p udp --sport 7
    iptables -t mangle -A FORWARD -m conntrack --ctstate NEW -j CONNMARK --set-mark 3
    iptables -t mangle -A PREROUTING -j CONNMARK --restore-mark
    iptables -I FORWARD -m mark --mark 3 -j ACCEPT
    iptables -I FORWARD -m connmark --mark 3
    nft add chain ip mine fwd { type filter hook forward priority 5 ; }
    nft add rule ip mine fwd counter
    conntrack -D -p udp
    sysctl -qw net.netfilter.nf_conntrack_udp_timeout=1
    tc qdisc add dev p1 root netem delay 50us
    bridge fdb flush dev p2
    ip link set p2 nomaster
    ip link set p2 master br0
    ip link set br0 type bridge stp_state 1
    ip link set br0 down
    ip addr add 10.0.1.1/24 dev br0
    ip neigh flush dev br0
    sysctl -qw net.bridge.bridge-nf-call-iptables=1
    sysctl -qw net.ipv4.ip_forward=1
    ip link set eth0 mtu 1500
"""
EVENTS: Final = [*LINES, *filter(None, map(str.strip, MORE.splitlines()))]


@attrs.frozen
class Talk:
    """Datagrams from one end to a target: how many, how far apart in nanoseconds, how long, and when they begin."""

    sender: int
    target: int
    count: int
    gap: int
    size: int
    after: int
    #: Whether each is sent by a socket of its own.
    fresh: bool = False


@attrs.frozen
class Round:
    """Talks at the same time, lines typed meanwhile, and how long all is left alone after that, in seconds."""

    talks: list[Talk]
    lines: list[str]
    rest: float


@attrs.define
class Machine:
    """A lab whose ends have a socket that talks, and one that answers."""

    lab: Lab
    seen: list[Any] = attrs.field(factory=list)
    _clients: list[UdpSock] = attrs.field(factory=list)

    @classmethod
    def new(cls, *, records: bool, rules: bool, taps: Iterable[str | None]) -> Machine:
        lab = Lab(docker=False)
        lab.machine.engine.softirq.records = records
        typed(lab, (RULES if rules else PLAIN) + "".join(STATION.format(number, QUIET) for number in (1, 2)) + BEYOND)
        machine = cls(lab)
        for namespace in ENDS:
            machine._clients.append(machine._client(namespace))
            machine._serve(namespace)
        for namespace in taps:
            lab.network(namespace).packet_socket(None).seen = machine._captured
        return machine

    def _client(self, namespace: str | None) -> UdpSock:
        client = udp_client(self.lab, namespace)
        client.on_datagram = lambda _skb, packet, datagram: self.seen.append((str(packet), datagram.data))
        client.on_error = lambda message, *_: self.seen.append(str(message))
        return client

    def _serve(self, namespace: str | None) -> None:
        server = udp_client(self.lab, namespace, 7)

        def answer(_skb: object, packet: Any, datagram: Any) -> None:
            self.seen.append((namespace, packet.encode()))
            self._send(server, datagram.data, packet.source, datagram.source_port)

        server.on_datagram = answer

    def _captured(self, captured: Captured) -> None:
        self.seen.append((captured.device, captured.at, captured.frame.encode()))

    def _send(self, socket: UdpSock, data: bytes, address: IPv4, port: int) -> None:
        try:
            socket.send_to(data, address, port)
        except KernelError as refused:
            self.seen.append(refused.errno.name)

    def play(self, step: Round) -> None:
        engine = self.lab.machine.engine
        for talk in step.talks:
            address, port = TARGETS[talk.target]
            for number in range(talk.count):
                data = bytes([number]) * talk.size
                client = self._client(ENDS[talk.sender]) if talk.fresh else self._clients[talk.sender]
                engine.after(talk.after + number * talk.gap, self._send, client, data, address, port)
        for line in step.lines:
            self.seen.append(self.lab.run(line).output)
        self.lab.sleep(step.rest)

    def state(self) -> list[Any]:
        """What people could notice, and what a later packet could."""
        host = self.lab.machine.host.network.namespace.host  # type: ignore[attr-defined]
        state: list[Any] = [host.packets, self.lab.now()]
        for namespace in host.namespaces:
            state += [_device(device) for device in namespace.devices()]
            state += [(str(e.address), e.mac, e.state, e.used, e.confirmed, e.updated)
                      for e in namespace.arp.table.entries.values()]  # fmt: skip
            state.append(namespace.ip.identification)
            for ruleset in namespace.netfilter.rulesets.values():
                chains = [chain for table in ruleset.tables.values() for chain in table.chains.values()]
                state += [(each.name, each.packets, each.bytes) for each in chains]
                state += [(str(e.rule), e.packets, e.bytes) for each in chains for e in each.entries]
            state += [(c.original, c.reply, c.state, sorted(c.status), c.packets, c.bytes, c.deadline, c.seconds_left,
                       c.mark) for c in namespace.netfilter.connections(4).table]  # fmt: skip
        return state


def _device(device: Device) -> Any:
    fdb = []
    if isinstance(device, Bridge):
        fdb = [(entry.mac, port and port.device.name, entry.used, entry.updated, entry.local, entry.static)
               for port in (None, *device.ports) for entry in device.fdb.dump(port, device.engine.now())]  # fmt: skip
    return (device.name, device.received, device.rx_packets, device.rx_bytes, device.tx_packets, device.tx_bytes,
            device.rx_dropped, device.tx_dropped, device.operstate, fdb)  # fmt: skip


talks = st.builds(
    Talk, sender=st.integers(0, len(ENDS) - 1), target=st.integers(0, len(TARGETS) - 1), count=st.integers(1, 12),
    gap=st.sampled_from((0, 700, 4_000, 9_999, 150_000, 2_000_000)), size=st.sampled_from((1, 60, 700, 1600)),
    after=st.integers(0, 1_200_000), fresh=st.booleans(),
)  # fmt: skip


def _tracked(pair: tuple[int, int], count: int, gap: int, fresh: bool) -> Talk:
    return Talk(pair[0], pair[1], count=count, gap=gap, size=60, after=gap // 3, fresh=fresh)


#: Between the pairs whose packets the host translates or filters.
tracked = st.builds(
    _tracked, st.sampled_from(((0, 4), (1, 4), (4, 7), (1, 0), (4, 0), (3, 0), (0, 8), (2, 4))), st.integers(5, 25),
    st.sampled_from((20_000, 150_000)), st.booleans(),
)  # fmt: skip
rounds = st.builds(
    Round, talks=st.lists(st.one_of(talks, tracked), min_size=1, max_size=3),
    lines=st.one_of(st.just([]), st.lists(st.sampled_from(EVENTS), max_size=2)),
    rest=st.sampled_from((0.000_02, 0.03, 0.03, 2.5, 40.0, 320.0)),
)  # fmt: skip
stories = st.lists(st.one_of(rounds, rounds, rounds, st.booleans()), min_size=3, max_size=10)


def check(story: list[Round | bool], *, rules: bool, taps: list[str | None]) -> int:
    """Play it on both machines, watching them or not; how many packets there were."""
    machines = [Machine.new(records=records, rules=rules, taps=taps) for records in (True, False)]
    for step in story:
        for machine in machines:
            if isinstance(step, Round):
                machine.play(step)
            elif step:
                machine.lab.watch()
            else:
                machine.lab.unwatch()
        one, other = machines
        assert one.seen == other.seen, step
        assert [pair for pair in zip(one.state(), other.state(), strict=True) if pair[0] != pair[1]] == [], step
        assert [str(event) for event in one.lab.events] == [str(event) for event in other.lab.events], step
    return int(machines[0].state()[0])


@settings(max_examples=15, deadline=None)
@given(stories, st.booleans(), st.lists(st.sampled_from(("far", "lan", "h3", "r")), max_size=1))
def test_nobody_can_tell_whether_walks_are_recorded(
    story: list[Round | bool], rules: bool, taps: list[str | None]
) -> None:
    check(story, rules=rules, taps=taps)


def test_a_new_connection_is_like_the_recorded_one_only_where_its_answers_are_its_own() -> None:
    fresh, direct, published = (
        Talk(4, target, count=4, gap=150_000, size=60, after=0, fresh=fresh)
        for target, fresh in ((7, True), (0, False), (7, False))
    )
    check([Round([talk], [], 0.03) for talk in (fresh, direct, published)], rules=True, taps=[])


#: So many lines are typed on one machine, each in the middle of packets between all these pairs.
CHUNK: Final = 9
STEADY: Final = [
    Talk(sender, target, count=12, gap=150_000, size=size, after=sender * 11_000 + target * 1_300)
    for sender, target, size in ((0, 3, 60), (2, 3, 700), (3, 0, 60), (0, 4, 60), (4, 7, 60), (1, 0, 700), (5, 3, 60))
]


@pytest.mark.parametrize("rules", [False, True])
@pytest.mark.parametrize("first", range(0, len(EVENTS), CHUNK))
def test_every_change_is_noticed_in_the_middle_of_flows(first: int, *, rules: bool) -> None:
    begin = Round(STEADY, [], 0.03)
    check(
        [begin, begin, *(Round(STEADY, [line], 0.03) for line in EVENTS[first : first + CHUNK])], rules=rules, taps=[]
    )
