"""Every way in which a packet can end is reached by some session, and the story tells where and why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.drivers.wireguard.wireguard_lab import PUBLIC, guarded
from tests.kernel.wires import datagram, device, echo, ip, lost, put
from tests.laws import examples
from tests.machines import bridged, pair, ping, router, typed
from vnetsim import Lab
from vnetsim.dropreason import WITHOUT_DROP, DropReason
from vnetsim.trace import Delivered, Dropped, Event, Made, Received, Routed, Transmitted, Waiting
from vnetsim.views.story import ending, losses, story, waiting
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.ipv4 import ICMP, UDP, Packet
from vnetsim.wire.mac import BROADCAST, Mac


def session(machine: Callable[[], Lab], *lines: str) -> Callable[[], Lab]:
    """Type lines on a machine whose packets are watched; the last one may fail."""

    def play() -> Lab:
        lab = machine()
        for line in lines[:-1]:
            typed(lab, line)
        lab.run(lines[-1])
        return lab

    return play


def frame(machine: Callable[[], Lab], where: str, payload: Packet | Arp | bytes, to: Mac | None = None,
          source: Mac | None = None) -> Callable[[], Lab]:  # fmt: skip
    """Put a frame on the cable of a host, by default addressed to the other end."""

    def play() -> Lab:
        lab = machine()
        peer = device(lab, where, "eth0").peer
        assert peer is not None
        put(lab, where, "eth0", payload, peer.mac if to is None else to, source=source)
        return lab

    return play


def two() -> Lab:
    return pair(watch=True)


def routed() -> Lab:
    return router(watch=True)


def narrow() -> Lab:
    return router(watch=True, mtu=1300)


def strict() -> Lab:
    lab = router(watch=True)
    typed(lab, "ip netns exec r sysctl -qw net.ipv4.conf.all.rp_filter=1")
    return lab


def three() -> Lab:
    return bridged(3, watch=True)


def empty() -> Lab:
    return Lab(docker=False, watch=True)


def guarded_watched() -> Lab:
    return guarded(watch=True)


TO_PEER = "ip netns exec a ping -c 1 -W 1 10.9.0.2"
WITHOUT_ENDPOINT = f"ip netns exec a wg set wg0 peer {PUBLIC['b']} remove peer {PUBLIC['b']} allowed-ips 10.9.0.2/32"
PING = "ip netns exec a ping -c 1 -W 1 10.0.0.2"
FAR = "ip netns exec h1 ping -c 1 -W 1 10.0.2.2"
OUT = "ip netns exec h1 ping -c 1 -W 1 10.99.0.1"


def too_many_for_a_neighbour() -> Lab:
    lab = two()
    socket = lab.network("a").udp_socket()
    for _ in range(400):
        socket.send_to(b"", ip("10.0.0.77"), 9)
    return lab


def too_many_for_a_socket() -> Lab:
    lab = two()
    typed(lab, PING)
    lab.network("b").udp_socket().bind(ip("10.0.0.2"), 9)
    socket = lab.network("a").udp_socket()
    for _ in range(400):
        socket.send_to(b"", ip("10.0.0.2"), 9)
    lab.sleep(0.1)
    return lab


def too_many_at_once() -> Lab:
    lab = two()
    tap, mac = lab.network("a").packet_socket("eth0"), device(lab, "a", "eth0").mac
    for _ in range(1001):
        tap.send(Frame.build(BROADCAST, mac, 0x88B5, b""))
    return lab


def incomplete() -> Lab:
    lab = two()
    put(lab, "a", "eth0", echo("10.0.0.1", "10.0.0.2", size=900).fragments(576)[0], device(lab, "b", "eth0").mac)
    lab.sleep(31)
    return lab


#: A session that ends a packet in each way.
#: The ends that a packet can have.
DROPS = set(DropReason) - WITHOUT_DROP
SESSIONS: dict[DropReason, Callable[[], Lab]] = {
    DropReason.DEV_READY: session(two, "ip -n a link set lo down", "ip netns exec a ping -c 1 -W 1 10.0.0.1"),
    DropReason.NO_CARRIER: session(two, "ip -n b link set eth0 down", PING),
    DropReason.PKT_TOO_BIG: session(two, PING, "ip -n b link set eth0 mtu 1000", f"{PING} -s 1400"),
    DropReason.OTHERHOST: frame(two, "a", echo("10.0.0.1", "10.0.0.2"), Mac.parse("02:00:00:00:00:99")),
    DropReason.BRIDGE_INGRESS_STP_STATE: session(three, "bridge link set dev p2 state 0",
        "ip netns exec h1 ping -c 1 -W 1 10.0.0.2"),
    DropReason.BRIDGE_PORT_POLICY: session(three, "bridge link set dev p1 isolated on",
        "bridge link set dev p2 isolated on",
                                "ip netns exec h1 ping -c 1 -W 1 10.0.0.2"),
    DropReason.BRIDGE_VLAN: session(three, "ip link set br0 type bridge vlan_filtering 1",
        "bridge vlan del dev p2 vid 1", "ip netns exec h1 ping -c 1 -W 1 10.0.0.2"),
    DropReason.MAC_INVALID_SOURCE: frame(three, "h1", b"", BROADCAST, source=BROADCAST),
    DropReason.NO_TX_TARGET: session(three, "bridge fdb add 02:00:00:00:00:99 dev p1 master static",
                            "ip -n h1 neigh add 10.0.0.9 lladdr 02:00:00:00:00:99 dev eth0",
                            "ip netns exec h1 ping -c 1 -W 1 10.0.0.9"),
    DropReason.UNHANDLED_PROTO: frame(two, "a", b"what?"),
    DropReason.IP_INHDR: frame(two, "a", Packet.build(ip("10.0.0.1"), ip("10.0.0.2"), ICMP, b"\x08")),
    DropReason.NETFILTER_DROP: session(two, "ip netns exec b iptables -P INPUT DROP", PING),
    DropReason.NETFILTER_REJECT: session(two, "ip netns exec b iptables -A INPUT -j REJECT", PING),
    DropReason.IP_INNOROUTES: session(routed, OUT),
    DropReason.ROUTE_UNREACHABLE: session(routed, "ip -n r route add unreachable 10.99.0.0/16", OUT),
    DropReason.ROUTE_BLACKHOLE: session(routed, "ip -n r route add blackhole 10.99.0.0/16", OUT),
    DropReason.ROUTE_PROHIBIT: session(routed, "ip -n r route add prohibit 10.99.0.0/16", OUT),
    DropReason.IP_INADDRERRORS: session(routed, "ip netns exec r sysctl -qw net.ipv4.ip_forward=0", FAR),
    DropReason.IP_INVALID_SOURCE: frame(two, "a", echo("127.0.0.1", "10.0.0.2")),
    DropReason.IP_RPFILTER: frame(strict, "h1", echo("10.0.2.77", "10.0.2.2")),
    DropReason.TTL_EXCEEDED: session(routed, f"{FAR} -t 1"),
    DropReason.ICMP_FRAG_NEEDED: session(narrow, f"{FAR} -s 1400"),
    DropReason.FRAG_REASM_TIMEOUT: incomplete,
    DropReason.NEIGH_FAILED: session(two, "ip netns exec a ping -c 1 -W 5 10.0.0.77"),
    DropReason.NEIGH_QUEUEFULL: too_many_for_a_neighbour,
    DropReason.NO_SOCKET: frame(two, "a", datagram("10.0.0.1", "10.0.0.2", 9)),
    DropReason.SOCKET_RCVBUFF: too_many_for_a_socket,
    DropReason.ARP_IGNORED: session(two, "ip netns exec b sysctl -qw net.ipv4.conf.all.arp_ignore=8", PING),
    DropReason.ICMP_ECHO_IGNORED: session(two, "ip netns exec b sysctl -qw net.ipv4.icmp_echo_ignore_all=1", PING),
    DropReason.ICMP_RATELIMIT: session(routed, f"{FAR} -t 1 -c 9 -i 0.01"),
    DropReason.CPU_BACKLOG: too_many_at_once,
    DropReason.QDISC_DROP: session(two, "tc -n a qdisc add dev eth0 root tbf rate 8kbit burst 1540 limit 1600",
                               f"{PING} -c 9 -i 0.01 -s 1400"),
    DropReason.TC_INGRESS: session(two, "tc -n b qdisc add dev eth0 clsact",
                               "tc -n b filter add dev eth0 ingress matchall action drop", PING),
    DropReason.TC_EGRESS: session(two, "tc -n a qdisc add dev eth0 clsact",
                              "tc -n a filter add dev eth0 egress matchall action drop", PING),
    DropReason.NO_PEER: session(empty, "ip link add d0 type dummy", "ip addr add 10.0.0.1/24 dev d0",
                                  "ip link set d0 up", "ping -c 1 -W 1 10.0.0.2"),
    DropReason.TUNNEL: session(empty, "ip link add vx0 type vxlan id 7 dstport 4789", "ip addr add 10.9.0.1/24 dev vx0",
                           "ip link set vx0 up", "ping -c 1 -W 1 10.9.0.2"),
    DropReason.WG_NOKEY: session(guarded_watched, "ip netns exec a ping -c 1 -W 1 10.9.0.7"),
    DropReason.WG_ENDPOINT: session(guarded_watched, WITHOUT_ENDPOINT, TO_PEER),
    DropReason.WG_HANDSHAKE: session(guarded_watched, "ip netns exec b wg set wg0 private-key /tmp/c", TO_PEER),
    DropReason.WG_ALLOWED_IPS: session(guarded_watched, "ip -n a addr add 10.9.0.9/24 dev wg0",
                                   f"{TO_PEER} -I 10.9.0.9"),
    DropReason.DEAD_LOOP: session(two, "ip -n a link add vx0 type vxlan id 7 remote 10.9.0.2 dstport 4789",
                              "ip -n a addr add 10.9.0.1/24 dev vx0", "ip -n a link set vx0 up",
                              "ip netns exec a ping -c 1 -W 1 10.9.0.2"),
    DropReason.LINK_LOSS: session(two, "tc -n a qdisc add dev eth0 root netem loss 100%", PING),
}  # fmt: skip


@pytest.mark.parametrize("reason", sorted(DROPS, key=str), ids=str)
def test_every_reason_can_be_reached_and_is_told(reason: DropReason) -> None:
    lab = SESSIONS[reason]()
    ends = [event for event in lab.events if isinstance(event, Dropped) and event.reason is reason]
    assert ends
    place = ends[0].namespace
    told = ending(lab.events, ends[0].packet)
    assert any(ending(lab.events, end.packet).startswith(place) for end in ends), told
    assert str(ends[0]).startswith(f"dropped: {reason.value}")


def test_no_two_reasons_have_the_same_sentence() -> None:
    assert len({reason.value for reason in DropReason}) == len(DropReason)
    assert set(SESSIONS) == DROPS


# --- what is told --------------------------------------------------------------------------------------------------

#: A session, and what `why` says after it.
TOLD = [
    (session(two, "ip netns exec b iptables -A INPUT -p icmp -j DROP", PING),
     "b, eth0: a netfilter rule or policy dropped it (filter INPUT, INPUT rule 1: -p icmp -j DROP)\n"),
    (session(two, "ip netns exec b iptables -P INPUT DROP", PING),
     "b, eth0: a netfilter rule or policy dropped it (filter INPUT, by its policy)\n"),
    (session(two, "ip netns exec b iptables -N WEB", "ip netns exec b iptables -A INPUT -j WEB",
             "ip netns exec b iptables -A WEB -p icmp -j REJECT --reject-with icmp-net-prohibited", PING),
     ("b, eth0: a netfilter rule rejected it "
     "(filter INPUT, WEB rule 1: -p icmp -j REJECT --reject-with icmp-net-prohibited)\n")),
    (session(two, "ip netns exec a ping -c 1 -W 5 10.0.0.77"),
     "a, eth0: nobody answered ARP for the next hop (10.0.0.77)\n"),
    (session(two, "ip netns exec a ping -c 1 -W 1 10.0.0.77"),
     "a, eth0: nobody has answered ARP yet (10.0.0.77)\n"),
    (session(routed, "ip -n r route add unreachable 10.99.0.0/16", OUT),
     "r, r1: a route says that its destination is unreachable (unreachable 10.99.0.0/16)\n"),
    (session(routed, OUT), "r, r1: no route leads to its destination (10.0.1.2 > 10.99.0.1)\n"),
    (session(routed, "ip -n h2 route del default", FAR),
     "h2: the echo request arrived, and no route leads its answer back to 10.0.1.2\n"),
    (session(narrow, f"{FAR} -s 1400"), "r, r1: it does not fit and must not be fragmented (mtu 1300)\n"),
    (session(three, "bridge link set dev p2 state 0", PING.replace(" a ", " h1 ")),
     ("host, p2: the bridge port does not forward in its state (disabled)\n"
     "h1, eth0: nobody has answered ARP yet (10.0.0.2)\n")),
    (session(two, PING), ""),
]  # fmt: skip


@pytest.mark.parametrize(("play", "words"), TOLD)
def test_why_names_the_rule_the_route_or_the_neighbour(play: Callable[[], Lab], words: str) -> None:
    assert play().why() == words


def test_the_story_tells_each_step_of_one_packet() -> None:
    lab = session(routed, "ip netns exec r iptables -A FORWARD -p icmp -j ACCEPT", FAR)()
    request = next(
        event.packet for event in lab.events if isinstance(event, Transmitted) and "echo request" in str(event)
    )
    kinds = [type(event).__name__ for event in lab.events if event.packet == request]
    assert kinds == ["Made", "Routed", "Waiting", "Transmitted", "Received", "Routed", "Filtered", "Waiting",
                     "Transmitted", "Received", "Routed", "Delivered"]  # fmt: skip
    lines = story(lab.events, request).splitlines()
    assert len(lines) == len(kinds)
    assert [line.split()[2] for line in lines] == ["h1"] * 4 + ["r"] * 5 + ["h2"] * 3
    assert "filter FORWARD: ACCEPT (FORWARD rule 1: -p icmp -j ACCEPT)" in lines[6]
    assert lines[-1].endswith("delivered to the echo responder")


def test_a_packet_that_nobody_saw_has_no_story() -> None:
    assert (story([], 5), ending([], 5), losses([]), waiting([])) == ("", "", [], [])


def test_watching_can_be_switched_on_and_off_at_any_time() -> None:
    lab = pair()
    assert ping(lab, "a", "10.0.0.2")
    assert not lab.events
    lab.watch()
    assert ping(lab, "a", "10.0.0.2")
    assert lab.events
    lab.unwatch()
    assert ping(lab, "a", "10.0.0.2")
    assert not lab.events


def test_a_listener_of_ones_own_hears_everything() -> None:
    lab = pair()
    heard: list[Event] = []
    lab.watch(heard.append)
    assert ping(lab, "a", "10.0.0.2")
    assert {type(event) for event in heard} == {Made, Transmitted, Received, Routed, Waiting, Delivered}
    assert not lab.events


# --- laws --------------------------------------------------------------------------------------------------------

_targets = st.sampled_from(["10.0.1.1", "10.0.2.1", "10.0.2.2", "10.0.2.77", "10.99.0.1", "127.0.0.1", "10.0.2.255"])
_rules = st.sampled_from([
    "true", "iptables -A FORWARD -j DROP", "iptables -A INPUT -j REJECT", "iptables -P OUTPUT DROP",
    "ip route add blackhole 10.99.0.0/16", "ip link set r2 down", "sysctl -qw net.ipv4.ip_forward=0",
    "iptables -t nat -A POSTROUTING -j MASQUERADE", "iptables -t raw -A PREROUTING -j DROP",
    "iptables -t nat -A PREROUTING -p icmp -j DNAT --to-destination 10.0.2.2",
])  # fmt: skip


@settings(max_examples=examples(40), deadline=None)
@given(
    target=_targets, rules=st.lists(_rules, max_size=3), options=st.sampled_from(["", "-t 1", "-s 2000", "-I 10.0.1.2"])
)
def test_every_ping_that_fails_has_a_reason(target: str, rules: list[str], options: str) -> None:
    lab = router(watch=True)
    for rule in rules:
        lab.run(f"ip netns exec r {rule}")
    result = ping(lab, "h1", target, f"-c 1 -W 5 {options}")
    if not result and "connect:" not in result.stderr:
        assert lab.why()
    for lost_one in losses(lab.events):
        assert story(lab.events, lost_one.packet).splitlines()
        assert ending(lab.events, lost_one.packet)


def test_a_reason_is_counted_once() -> None:
    lab = session(two, "ip netns exec b iptables -A INPUT -p icmp -j DROP", f"{PING} -c 3 -i 0.1")()
    assert lost(lab) == [DropReason.NETFILTER_DROP] * 3
    assert len(losses(lab.events)) == 3
    assert lab.why().count("\n") == 1


def test_the_protocol_of_a_malformed_packet_does_not_matter() -> None:
    for protocol in (ICMP, UDP):
        lab = frame(two, "a", Packet.build(ip("10.0.0.1"), ip("10.0.0.2"), protocol, b"\0"))()
        assert lost(lab) == [DropReason.IP_INHDR]
