"""Packets meet rules: hooks and tables in order, bridged frames, rejections; and laws of filtering and translation.

The facts are those of the recordings nf_hook_order, nf_bridge, nf_reject_drop, nf_masquerade_snat, nf_dnat and
sysctl_route_localnet (Linux 6.18, iptables-nft 1.8.9).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.servers import received, udp_client, udp_server
from tests.kernel.wires import datagram, device, echo, ip, lost, packets, put, watched
from tests.laws import examples
from tests.machines import bridged, pair, ping, router, typed
from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.trace import Delivered, Dropped, Filtered, Transmitted
from vnetsim.wire import ipv4
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4, Prefix
from vnetsim.wire.udp import Udp

HOOKS = {
    "raw": ("PREROUTING", "OUTPUT"),
    "mangle": ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"),
    "nat": ("PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"),
    "filter": ("INPUT", "FORWARD", "OUTPUT"),
}


def walk(lab: Lab, namespace: str, packet: int) -> list[str]:
    """The tables and hooks that a packet met in a namespace."""
    return [
        f"{event.table} {event.hook}"
        for event in lab.events
        if isinstance(event, Filtered) and event.namespace == namespace and event.packet == packet
    ]


def every_chain(lab: Lab, namespace: str, *, tracking: bool) -> None:
    """A rule that does nothing in each built-in chain; with `tracking` one that makes connections be tracked."""
    for table, hooks in HOOKS.items():
        for hook in hooks:
            typed(lab, f"ip netns exec {namespace} iptables -t {table} -A {hook} -p icmp")
    if tracking:
        typed(lab, f"ip netns exec {namespace} iptables -t nat -A POSTROUTING -s 192.0.2.1 -j MASQUERADE")


def journeys(lab: Lab, namespace: str) -> list[int]:
    """The packets that met rules there, in order."""
    met = (event.packet for event in lab.events if isinstance(event, Filtered) and event.namespace == namespace)
    return list(dict.fromkeys(met))


# --- order -------------------------------------------------------------------------------------------------------

IN = ["raw PREROUTING", "mangle PREROUTING", "nat PREROUTING"]
UP = ["mangle INPUT", "filter INPUT", "nat INPUT"]
OUT = ["raw OUTPUT", "mangle OUTPUT", "nat OUTPUT", "filter OUTPUT"]
ON = ["mangle FORWARD", "filter FORWARD"]
LEAVE = ["mangle POSTROUTING", "nat POSTROUTING"]


def without_nat(steps: Sequence[str]) -> list[str]:
    return [step for step in steps if not step.startswith("nat")]


#: Who pings what, and the ways of request and reply through the router.
WAYS = [
    ("h1", "10.0.2.2", [IN + ON + LEAVE, without_nat(IN + ON + LEAVE)]),
    ("h1", "10.0.1.1", [IN + UP, without_nat(OUT + LEAVE)]),
    ("r", "10.0.2.2", [OUT + LEAVE, without_nat(IN + UP)]),
    # What is sent to oneself has its connection already when it comes in: the nat table is asked for its source only.
    ("r", "127.0.0.1", [OUT + LEAVE + without_nat(IN) + without_nat(UP), without_nat(OUT + LEAVE + IN + UP)]),
]


@pytest.mark.parametrize(("source", "target", "ways"), WAYS)
@pytest.mark.parametrize("tracking", [False, True])
def test_hooks_and_tables_are_met_in_order(source: str, target: str, ways: list[list[str]], tracking: bool) -> None:
    """nf_hook_order: nat sees the first packet of a flow only, and none at all before some rule needs tracking."""
    lab = router(watch=True)
    typed(lab, "ip -n r link set lo up")
    every_chain(lab, "r", tracking=tracking)
    assert ping(lab, source, target)
    told = [walk(lab, "r", packet) for packet in journeys(lab, "r")]
    assert told == (ways if tracking else [without_nat(way) for way in ways])


def test_only_tables_that_were_touched_are_met() -> None:
    lab = router(watch=True)
    typed(lab, "ip netns exec r iptables -A FORWARD -p icmp")
    assert ping(lab, "h1", "10.0.2.2")
    assert [walk(lab, "r", packet) for packet in journeys(lab, "r")] == [["filter FORWARD"]] * 2


def test_a_mark_set_early_is_seen_late_and_by_routing() -> None:
    lab = router(watch=True)
    typed(
        lab,
        """
        ip netns exec r iptables -t mangle -A PREROUTING -i r1 -j MARK --set-mark 0x7
        ip -n r rule add fwmark 7 blackhole
    """,
    )
    assert not ping(lab, "h1", "10.0.2.2")
    typed(lab, "ip -n r rule del fwmark 7\nip netns exec r iptables -A FORWARD -m mark --mark 0x7 -j DROP")
    assert not ping(lab, "h1", "10.0.2.2")
    assert lab.why().startswith("r, r1: a netfilter rule or policy dropped it (filter FORWARD, FORWARD rule 1")


def test_a_mark_does_not_leave_the_host() -> None:
    lab = router(watch=True)
    typed(
        lab,
        """
        ip netns exec r iptables -t mangle -A PREROUTING -j MARK --set-mark 0x7
        ip netns exec h2 iptables -A INPUT -m mark --mark 0x7 -j DROP
    """,
    )
    assert ping(lab, "h1", "10.0.2.2")


# --- bridged frames ------------------------------------------------------------------------------------------------

#: bridge-nf-call-iptables, the bridge's own nf_call_iptables, and whether rules are met.
SWITCHES = [(1, 0, True), (0, 0, False), (0, 1, True), (1, 1, True)]


@pytest.mark.parametrize(("everywhere", "here", "met"), SWITCHES)
def test_bridged_frames_meet_rules_if_br_netfilter_shows_them(everywhere: int, here: int, met: bool) -> None:
    """nf_bridge; ip_forward does not matter, and ARP passes."""
    lab = bridged(2, watch=True)
    typed(
        lab,
        f"""
        iptables -P FORWARD DROP
        sysctl -qw net.bridge.bridge-nf-call-iptables={everywhere}
        ip link set br0 type bridge nf_call_iptables {here}
    """,
    )
    assert bool(ping(lab, "h1", "10.0.0.2")) is not met
    assert "10.0.0.2 dev eth0 lladdr" in lab.run("ip -n h1 neigh").stdout


def test_a_bridged_packet_walks_as_if_it_were_forwarded_with_the_bridge_as_both_devices() -> None:
    lab = bridged(2, watch=True)
    for table, hooks in HOOKS.items():
        for hook in hooks:
            typed(lab, f"iptables -t {table} -A {hook} -p icmp")
    typed(
        lab,
        """
        iptables -t nat -A POSTROUTING -s 192.0.2.1 -j MASQUERADE
        iptables -A FORWARD -i br0 -o br0 -m physdev --physdev-in p1 --physdev-out p2
        iptables -A FORWARD -i p1
    """,
    )
    assert ping(lab, "h1", "10.0.0.2")
    request, reply = (walk(lab, "host", packet) for packet in journeys(lab, "host"))
    assert request == IN + ON + LEAVE
    assert reply == without_nat(IN + ON + LEAVE)
    hits = [
        len(event.hits)
        for event in lab.events
        if isinstance(event, Filtered) and event.hook == "FORWARD" and event.table == "filter"
    ]
    assert hits == [2, 1]


def test_masquerading_what_stays_on_the_bridge_breaks_it() -> None:
    lab = bridged(2)
    typed(lab, "ip addr add 10.0.0.9/24 dev br0\niptables -t nat -A POSTROUTING -s 10.0.0.0/24 -j MASQUERADE")
    assert not ping(lab, "h1", "10.0.0.2")
    typed(lab, "iptables -t nat -F\niptables -t nat -A POSTROUTING -s 10.0.0.0/24 ! -o br0 -j MASQUERADE")
    assert ping(lab, "h1", "10.0.0.2")


# --- rejections ----------------------------------------------------------------------------------------------------

#: What ping prints of each kind (nf_reject_drop).
KINDS = [
    ("icmp-net-unreachable", "Destination Net Unreachable"),
    ("icmp-host-unreachable", "Destination Host Unreachable"),
    ("icmp-proto-unreachable", "Destination Protocol Unreachable"),
    ("icmp-port-unreachable", "Destination Port Unreachable"),
    ("icmp-net-prohibited", "Destination Net Prohibited"),
    ("icmp-host-prohibited", "Destination Host Prohibited"),
    ("icmp-admin-prohibited", "Packet filtered"),
]


@pytest.mark.parametrize(("kind", "words"), KINDS)
@pytest.mark.parametrize(
    ("chain", "target", "whose"), [("FORWARD", "10.0.2.2", "10.0.1.1"), ("INPUT", "10.0.2.1", "10.0.2.1")]
)
def test_each_kind_of_rejection_is_told_as_it_is(kind: str, words: str, chain: str, target: str, whose: str) -> None:
    lab = router(watch=True)
    typed(lab, f"ip netns exec r iptables -A {chain} -p icmp -j REJECT --reject-with {kind}")
    assert f"From {whose} icmp_seq=1 {words}" in ping(lab, "h1", target).stdout
    assert lost(lab, namespace="r") == [DropReason.NETFILTER_REJECT]


@pytest.mark.parametrize(
    ("target", "complaint"), [("DROP", ""), ("REJECT", "ping: sendmsg: Operation not permitted\n")]
)
def test_what_one_does_not_let_oneself_send(target: str, complaint: str) -> None:
    lab = pair(watch=True)
    typed(lab, f"ip netns exec a iptables -A OUTPUT -p icmp --icmp-type echo-request -j {target}")
    result = ping(lab, "a", "10.0.0.2")
    assert result.stderr == complaint
    assert ("From 10.0.0.1 icmp_seq=1 Destination Port Unreachable" in result.stdout) is (target == "REJECT")


def test_nothing_is_rejected_that_may_not_be_answered() -> None:
    """nf_send_unreach goes by icmp_send: no errors about errors, fragments or groups."""
    lab = pair(watch=True)
    assert ping(lab, "a", "10.0.0.2")
    typed(lab, "ip netns exec b iptables -A INPUT -j REJECT")
    heard = watched(lab, "a", "eth0")
    peer = device(lab, "b", "eth0").mac
    error = Icmp.build(3, 1, 0, datagram("10.0.0.2", "10.0.0.1", 9).encode())
    put(lab, "a", "eth0", ipv4.Packet.build(ip("10.0.0.1"), ip("10.0.0.2"), ipv4.ICMP, error), peer)
    put(lab, "a", "eth0", datagram("10.0.0.1", "10.0.0.255", 9), device(lab, "a", "eth0").broadcast)
    assert packets(each for each in heard if not each.outgoing) == []
    put(lab, "a", "eth0", datagram("10.0.0.1", "10.0.0.2", 9), peer)
    assert len(packets(each for each in heard if not each.outgoing)) == 1


# --- law: the walk is what the rules say ---------------------------------------------------------------------------


@attrs.frozen
class Rule:
    """A rule of the few matches and targets below; what is None matches anything."""

    source: str | None = None
    destination: str | None = None
    inverted: bool = False
    protocol: str | None = None
    port: int | None = None
    arrives: str | None = None
    mark: int | None = None
    target: str = ""

    def words(self) -> str:
        told = [
            f"-p {self.protocol}" if self.protocol else "",
            f"--dport {self.port}" if self.port else "",
            f"{'! ' * self.inverted}-s {self.source}" if self.source else "",
            f"-d {self.destination}" if self.destination else "",
            f"-m mark --mark {self.mark}" if self.mark is not None else "",
            f"-i {self.arrives}" if self.arrives else "",
            self.target,
        ]
        return " ".join(filter(None, told))


@attrs.define
class Subject:
    packet: ipv4.Packet
    arrives: str
    mark: int = 0


class Reference:
    """A reading of iptables rules in plain Python: the policy, user chains, RETURN, -g, marks."""

    def __init__(self, rules: dict[tuple[str, str], list[Rule]], policies: dict[tuple[str, str], str]) -> None:
        self.rules, self.policies = rules, policies

    def accepts(self, subject: Subject, hooks: Sequence[str]) -> bool:
        order = {"PREROUTING": ("raw", "mangle"), "INPUT": ("mangle", "filter"), "FORWARD": ("mangle", "filter"),
                 "POSTROUTING": ("mangle",), "OUTPUT": ("raw", "mangle", "filter")}  # fmt: skip
        for hook in hooks:
            arrives = "" if hook in ("POSTROUTING", "OUTPUT") else subject.arrives
            for table in order[hook]:
                verdict = self._chain(table, hook, attrs.evolve(subject, arrives=arrives), subject)
                if (verdict or self.policies.get((table, hook), "ACCEPT")) == "DROP":
                    return False
        return True

    def _chain(self, table: str, chain: str, seen: Subject, subject: Subject) -> str | None:
        for rule in self.rules.get((table, chain), []):
            if not self._matches(rule, seen):
                continue
            kind, _, value = rule.target.partition(" ")[2].partition(" ")
            if kind in ("ACCEPT", "DROP"):
                return kind
            if kind == "RETURN":
                return None
            if kind == "MARK":
                seen.mark = subject.mark = int(value.split()[1])
            elif kind == "A":
                verdict = self._chain(table, "A", seen, subject)
                if verdict or rule.target.startswith("-g"):
                    return verdict
        return None

    def _matches(self, rule: Rule, seen: Subject) -> bool:
        packet = seen.packet
        payload = packet.payload
        tests = [
            rule.source is None or (packet.source in Prefix.parse(rule.source)) is not rule.inverted,
            rule.destination is None or packet.destination in Prefix.parse(rule.destination),
            rule.protocol is None or packet.protocol == {"icmp": ipv4.ICMP, "udp": ipv4.UDP}[rule.protocol],
            rule.port is None or (isinstance(payload, Udp) and payload.destination_port == rule.port),
            rule.arrives is None or seen.arrives == rule.arrives,
            rule.mark is None or seen.mark == rule.mark,
        ]
        return all(tests)


_PREFIXES = st.sampled_from(["10.0.1.0/24", "10.0.1.2/32", "10.0.2.0/24", "0.0.0.0/0", "10.0.2.2/32", "192.0.2.0/24"])
_TARGETS = ["", "-j ACCEPT", "-j DROP", "-j RETURN", "-j A", "-g A"]


def _rules(table: str, chain: str) -> st.SearchStrategy[list[Rule]]:
    targets = [target for target in _TARGETS if chain != "A" or target.split()[-1:] != ["A"]]
    if table == "mangle":
        targets += ["-j MARK --set-mark 1", "-j MARK --set-mark 2"]
    arrivals = st.sampled_from([None, "r1", "r2"]) if chain in ("PREROUTING", "INPUT", "FORWARD") else st.none()
    return st.lists(
        st.builds(
            lambda source, destination, inverted, service, arrives, mark, target: Rule(
                source, destination, inverted and source not in (None, "0.0.0.0/0"), service[0], service[1], arrives,
                mark, target,
            ),
            st.none() | _PREFIXES, st.none() | _PREFIXES, st.booleans(),
            st.sampled_from([(None, None), ("icmp", None), ("udp", None), ("udp", 9), ("udp", 53)]), arrivals,
            st.sampled_from([None, None, 0, 1, 2]), st.sampled_from(targets),
        ),
        max_size=3,
    )  # fmt: skip


_CHAINS = [(table, hook) for table in ("raw", "mangle", "filter") for hook in (*HOOKS[table], "A")]


@st.composite
def rule_sets(draw: st.DrawFn) -> tuple[dict[tuple[str, str], list[Rule]], dict[tuple[str, str], str]]:
    chains = draw(st.lists(st.sampled_from(_CHAINS), max_size=6, unique=True))
    rules = {place: draw(_rules(*place)) for place in sorted(chains)}
    policies = draw(st.dictionaries(st.sampled_from([c for c in _CHAINS if c[1] != "A"]), st.just("DROP"), max_size=1))
    return rules, policies


def install(
    lab: Lab, namespace: str, rules: dict[tuple[str, str], list[Rule]], policies: dict[tuple[str, str], str]
) -> None:
    for table in ("raw", "mangle", "filter"):
        typed(lab, f"ip netns exec {namespace} iptables -t {table} -N A")
    for (table, chain), each in rules.items():
        for rule in each:
            typed(lab, f"ip netns exec {namespace} iptables -t {table} -A {chain} {rule.words()}")
    for (table, chain), policy in policies.items():
        typed(lab, f"ip netns exec {namespace} iptables -t {table} -P {chain} {policy}")


#: Packets that come to the router, and the hooks that they pass there.
TRAFFIC = [
    (echo("10.0.1.2", "10.0.2.2"), ("PREROUTING", "FORWARD", "POSTROUTING")),
    (echo("10.0.1.77", "10.0.2.2"), ("PREROUTING", "FORWARD", "POSTROUTING")),
    (datagram("10.0.1.2", "10.0.2.2", 9), ("PREROUTING", "FORWARD", "POSTROUTING")),
    (datagram("10.0.1.2", "10.0.2.2", 53), ("PREROUTING", "FORWARD", "POSTROUTING")),
    (echo("10.0.1.2", "10.0.1.1"), ("PREROUTING", "INPUT")),
    (datagram("10.0.1.2", "10.0.2.1", 53), ("PREROUTING", "INPUT")),
]


@settings(max_examples=examples(20), deadline=None)
@given(rule_sets())
def test_the_walk_is_what_the_rules_say(
    given_: tuple[dict[tuple[str, str], list[Rule]], dict[tuple[str, str], str]],
) -> None:
    lab = router(watch=True)
    assert ping(lab, "h1", "10.0.2.2")
    install(lab, "r", *given_)
    reference = Reference(*given_)
    for packet, hooks in TRAFFIC:
        put(lab, "h1", "eth0", packet, device(lab, "r", "r1").mac)
        sent = lab.events[0].packet
        dropped = any(
            isinstance(event, Dropped) and event.reason is DropReason.NETFILTER_DROP and event.packet == sent
            for event in lab.events
        )
        assert dropped is not reference.accepts(Subject(packet, "r1"), hooks), f"{packet}\n{given_}"


@settings(max_examples=examples(20), deadline=None)
@given(rule_sets(), st.sampled_from(["10.0.1.1", "10.0.2.2"]))
def test_there_is_no_reply_to_a_request_that_was_dropped(
    given_: tuple[dict[tuple[str, str], list[Rule]], dict[tuple[str, str], str]], target: str
) -> None:
    lab = router(watch=True)
    assert ping(lab, "h1", "10.0.2.2")
    install(lab, "r", *given_)
    result = ping(lab, "h1", target)
    ends = [event for event in lab.events if isinstance(event, Dropped) and event.reason is DropReason.NETFILTER_DROP]
    delivered = [event.to for event in lab.events if isinstance(event, Delivered)]
    assert bool(result) is (not ends)
    assert ("ping" in delivered) is bool(result)
    assert ("the echo responder" in delivered) or not result
    assert len(ends) <= 1


@settings(max_examples=12, deadline=None)
@given(rule_sets())
def test_a_bridge_shows_its_frames_to_the_same_rules(
    given_: tuple[dict[tuple[str, str], list[Rule]], dict[tuple[str, str], str]],
) -> None:
    """With the bridge in the place of the router's devices."""
    rules = {
        place: [attrs.evolve(rule, arrives=rule.arrives and "br0") for rule in each]
        for place, each in given_[0].items()
    }
    lab = bridged(2, watch=True)
    typed(lab, "ip -n h1 addr add 10.0.1.2/24 dev eth0\nip -n h2 addr add 10.0.2.2/24 dev eth0")
    for line in rule_lines(rules, given_[1]):
        typed(lab, line)
    reference = Reference(rules, given_[1])
    for packet, hooks in TRAFFIC[:4]:
        put(lab, "h1", "eth0", packet, device(lab, "h2", "eth0").mac)
        sent = lab.events[0].packet
        dropped = any(
            isinstance(event, Dropped) and event.packet == sent and event.namespace == "host" for event in lab.events
        )
        assert dropped is not reference.accepts(Subject(packet, "br0"), hooks), packet


def rule_lines(rules: dict[tuple[str, str], list[Rule]], policies: dict[tuple[str, str], str]) -> Iterator[str]:
    yield from (f"iptables -t {table} -N A" for table in ("raw", "mangle", "filter"))
    for (table, chain), each in rules.items():
        yield from (f"iptables -t {table} -A {chain} {rule.words()}" for rule in each)
    yield from (f"iptables -t {table} -P {chain} {policy}" for (table, chain), policy in policies.items())


# --- law: translation can be undone --------------------------------------------------------------------------------


def two_clients(*, watch: bool = False) -> Lab:
    """c1 (10.0.1.2), c2 (10.0.1.3) on the bridge of router r (10.0.1.1, outside 10.0.2.1); servers s1, s2 outside."""
    lab = Lab(docker=False, watch=watch)
    lines = ["ip netns add r", "ip -n r link set lo up", "ip netns exec r sysctl -qw net.ipv4.ip_forward=1"]
    lines += ["ip netns exec r sysctl -qw net.bridge.bridge-nf-call-iptables=0"]
    for bridge, net in (("in0", 1), ("out0", 2)):
        lines += [f"ip -n r link add {bridge} type bridge", f"ip -n r link set {bridge} up"]
        lines += [f"ip -n r addr add 10.0.{net}.1/24 dev {bridge}"]
    hosts = (("c1", "in0", 1, 2), ("c2", "in0", 1, 3), ("s1", "out0", 2, 2), ("s2", "out0", 2, 3))
    for name, bridge, net, number in hosts:
        lines += [
            f"ip netns add {name}",
            f"ip link add eth0 netns {name} type veth peer name p{name} netns r",
            f"ip -n r link set p{name} master {bridge} up",
            f"ip -n {name} addr add 10.0.{net}.{number}/24 dev eth0",
            f"ip -n {name} link set eth0 up",
            f"ip -n {name} link set lo up",
        ]
        lines += [f"ip -n {name} route add default via 10.0.{net}.1"]
    typed(lab, "\n".join(lines))
    return lab


#: Rules of the router, where clients send to, and which server hears it, from which addresses it may seem to come.
OUTSIDE = frozenset({"10.0.2.1"})
CLIENTS = frozenset({"10.0.1.2", "10.0.1.3"})
TRANSLATIONS: list[tuple[str, tuple[str, int], str, frozenset[str]]] = [
    ("-A POSTROUTING -o out0 -j MASQUERADE", ("10.0.2.2", 7), "s1", OUTSIDE),
    ("-A POSTROUTING -o out0 -j MASQUERADE --random", ("10.0.2.2", 7), "s1", OUTSIDE),
    ("-A POSTROUTING -o out0 -p udp -j MASQUERADE --to-ports 2000-2020", ("10.0.2.3", 7), "s2", OUTSIDE),
    ("-A POSTROUTING -o out0 -j SNAT --to-source 10.0.2.50", ("10.0.2.2", 7), "s1", frozenset({"10.0.2.50"})),
    ("-A POSTROUTING -o out0 -j SNAT --to-source 10.0.2.50-10.0.2.51", ("10.0.2.2", 7), "s1",
     frozenset({"10.0.2.50", "10.0.2.51"})),
    ("-A POSTROUTING -o out0 -p udp -j SNAT --to-source 10.0.2.50:3000-3030", ("10.0.2.3", 7), "s2",
     frozenset({"10.0.2.50"})),
    ("-A PREROUTING -i in0 -p udp --dport 99 -j DNAT --to-destination 10.0.2.2:7", ("10.0.1.1", 99), "s1", CLIENTS),
    ("-A PREROUTING -i in0 -p udp -j DNAT --to-destination 10.0.2.3:7", ("192.0.2.9", 53), "s2", CLIENTS),
    ("-A PREROUTING -i in0 -p udp -j DNAT --to-destination 10.0.2.3", ("192.0.2.9", 7), "s2", CLIENTS),
    ("-A PREROUTING -p udp -j REDIRECT --to-ports 7", ("192.0.2.9", 53), "r", CLIENTS),
    ("-A PREROUTING -p udp -j REDIRECT", ("10.0.2.2", 7), "r", CLIENTS),
    ("-A POSTROUTING -o out0 -s 10.0.1.0/24 -j NETMAP --to 10.0.7.0/24", ("10.0.2.2", 7), "s1",
     frozenset({"10.0.7.2", "10.0.7.3"})),
    ("-A PREROUTING -d 10.0.9.0/24 -j NETMAP --to 10.0.2.0/24", ("10.0.9.2", 7), "s1", CLIENTS),
]  # fmt: skip

_flows = st.lists(
    st.tuples(st.sampled_from(["c1", "c2"]), st.sampled_from([500, 800, 4000, 4001, 2010]), st.binary(max_size=4)),
    min_size=1,
    max_size=10,
)


@pytest.mark.parametrize(("rule", "target", "server", "seen_as"), TRANSLATIONS, ids=[t[0] for t in TRANSLATIONS])
@settings(max_examples=3, deadline=None)
@given(flows=_flows)
def test_what_comes_back_is_addressed_to_whom_it_left_and_comes_from_whom_he_called(
    rule: str, target: tuple[str, int], server: str, seen_as: frozenset[str], flows: list[tuple[str, int, bytes]]
) -> None:
    """Whatever the translation: each client is answered, by the address that it called, even with the same port."""
    lab = two_clients()
    for address in (".50", ".51"):
        typed(lab, f"ip -n r addr add 10.0.2{address}/24 dev out0")
    typed(lab, f"ip netns exec r iptables -t nat {rule}")
    heard = udp_server(lab, server, 7)
    sockets = {}
    for client, port, data in flows:
        if (client, port) not in sockets:
            sockets[client, port] = udp_client(lab, client, port)
        sockets[client, port].send_to(data, ip(target[0]), target[1])
        lab.sleep(0.05)
        [answer] = received(sockets[client, port])
        assert (answer.data, str(answer.source), answer.source_port) == (data.upper(), *target)
    assert {str(each.source) for each in heard} <= seen_as
    flows_heard = {(each.source, each.source_port) for each in heard}
    assert len(flows_heard) == len(sockets)
    assert not any(received(socket) for socket in sockets.values())


@settings(max_examples=6, deadline=None)
@given(ports=st.lists(st.integers(1, 65535), min_size=1, max_size=6, unique=True))
def test_a_port_stays_if_it_can_and_else_keeps_its_class(ports: list[int]) -> None:
    """nf_masquerade_snat: below 512, below 1024, above."""
    lab = two_clients()
    typed(lab, "ip netns exec r iptables -t nat -A POSTROUTING -o out0 -j MASQUERADE")
    heard = udp_server(lab, "s1", 7)
    for client in ("c1", "c2"):
        for port in ports:
            udp_client(lab, client, port).send_to(b"", ip("10.0.2.2"), 7)
            lab.sleep(0.05)
    told = [each.source_port for each in heard]
    taken: set[int] = set()
    for wanted, given_ in zip([*ports, *ports], told, strict=True):
        assert given_ == wanted or wanted in taken
        assert _class_of(given_) == _class_of(wanted)
        taken.add(given_)
    assert len(taken) == 2 * len(ports)


def _class_of(port: int) -> int:
    return 0 if port < 512 else 1 if port < 1024 else 2


def test_a_ping_is_translated_by_its_identifier() -> None:
    lab = two_clients()
    typed(lab, "ip netns exec r iptables -t nat -A POSTROUTING -o out0 -j MASQUERADE")
    wire = watched(lab, "s1", "eth0")
    for number, client in ((2, "c1"), (3, "c2")):
        heard = watched(lab, client, "eth0")
        put(lab, client, "eth0", echo(f"10.0.1.{number}", "10.0.2.2"), device(lab, "r", "in0").mac)
        lab.sleep(0.1)
        answers = [each.payload for each in packets(each for each in heard if not each.outgoing)]
        assert [message.identifier for message in answers if isinstance(message, Icmp)] == [7]
    asked = [each.payload for each in packets(each for each in wire if not each.outgoing)]
    assert len({message.identifier for message in asked if isinstance(message, Icmp)}) == 2


def test_errors_about_what_was_translated_find_the_way_back() -> None:
    """nf_nat_icmp_errors: the packet in the error is translated back too."""
    lab = two_clients()
    typed(lab, "ip netns exec r iptables -t nat -A POSTROUTING -o out0 -j MASQUERADE")
    client = udp_client(lab, "c1", 4000)
    client.connect(ip("10.0.2.2"), 99)
    wire = watched(lab, "c1", "eth0")
    client.send(b"is anybody there?")
    lab.sleep(0.05)
    [error] = packets(each for each in wire if not each.outgoing)
    assert isinstance(error.payload, Icmp)
    about = error.payload.quoted()
    assert about is not None
    assert (str(error.source), str(error.destination)) == ("10.0.2.2", "10.0.1.2")
    assert (str(about.source), str(about.destination)) == ("10.0.1.2", "10.0.2.2")
    assert isinstance(about.payload, Udp)
    assert about.payload.source_port == 4000


@pytest.mark.parametrize(("rule", "target", "server", "seen_as"), TRANSLATIONS, ids=[t[0] for t in TRANSLATIONS])
def test_an_error_tells_of_the_packet_as_it_was_sent(
    rule: str, target: tuple[str, int], server: str, seen_as: frozenset[str]
) -> None:
    """Nobody listens: whoever refuses, the client hears it from whom it called, about what it sent."""
    del server, seen_as
    lab = two_clients()
    for address in (".50", ".51"):
        typed(lab, f"ip -n r addr add 10.0.2{address}/24 dev out0")
    typed(lab, f"ip netns exec r iptables -t nat {rule}")
    for client, number in (("c1", 2), ("c2", 3)):
        wire = watched(lab, client, "eth0")
        udp_client(lab, client, 4000).send_to(b"is anybody there?", ip(target[0]), target[1])
        lab.sleep(0.1)
        [error] = [each for each in packets(one for one in wire if not one.outgoing) if isinstance(each.payload, Icmp)]
        assert isinstance(error.payload, Icmp)
        about = error.payload.quoted()
        assert about is not None
        assert isinstance(about.payload, Udp)
        assert (str(error.source), str(error.destination)) == (target[0], f"10.0.1.{number}")
        assert (str(about.source), str(about.destination)) == (f"10.0.1.{number}", target[0])
        assert (about.payload.source_port, about.payload.destination_port) == (4000, target[1])


def test_a_published_server_is_reached_by_its_neighbours_only_with_masquerading() -> None:
    """nf_dnat: hairpin."""
    lab = two_clients()
    typed(lab, "ip netns exec r iptables -t nat -A PREROUTING -p udp --dport 99 -j DNAT --to-destination 10.0.1.3:7")
    heard = udp_server(lab, "c2", 7)
    client = udp_client(lab, "c1", 4000)
    client.send_to(b"x", ip("10.0.2.1"), 99)
    lab.sleep(0.1)
    assert [str(each.source) for each in heard] == ["10.0.1.2"]
    assert [str(each.source) for each in received(client)] == [
        "10.0.1.3"
    ]  # not whom it called: a connected one is deaf
    typed(lab, "ip netns exec r iptables -t nat -A POSTROUTING -s 10.0.1.0/24 -d 10.0.1.3 -j MASQUERADE")
    other = udp_client(lab, "c1", 4001)
    other.send_to(b"y", ip("10.0.2.1"), 99)
    lab.sleep(0.1)
    assert [(str(each.source), each.source_port) for each in received(other)] == [("10.0.2.1", 99)]


@pytest.mark.parametrize("allowed", [False, True])
def test_translation_to_loopback_needs_route_localnet(allowed: bool) -> None:
    """sysctl_route_localnet."""
    lab = two_clients(watch=True)
    heard = udp_server(lab, "r", 7, address=IPv4.parse("127.0.0.1"))
    typed(
        lab,
        f"""
        ip netns exec r iptables -t nat -A PREROUTING -p udp --dport 99 -j DNAT --to-destination 127.0.0.1:7
        ip netns exec r sysctl -qw net.ipv4.conf.in0.route_localnet={int(allowed)}
    """,
    )
    client = udp_client(lab, "c1", 4000)
    client.send_to(b"x", ip("10.0.1.1"), 99)
    lab.sleep(0.1)
    assert bool(heard) is bool(received(client)) is allowed


def test_what_a_host_sends_to_itself_can_be_redirected() -> None:
    lab = two_clients()
    # A server of all addresses would answer with one that nobody called.
    heard = udp_server(lab, "r", 7, address=IPv4.parse("127.0.0.1"))
    typed(lab, "ip netns exec r iptables -t nat -A OUTPUT -p udp --dport 53 -j REDIRECT --to-ports 7")
    client = udp_client(lab, "r")
    for target in ("127.0.0.11", "10.0.2.2", "10.0.1.1"):
        client.send_to(b"x", ip(target), 53)
        lab.sleep(0.05)
        assert [(str(each.source), each.source_port) for each in received(client)] == [(target, 53)]
    assert len(heard) == 3


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_two_routers_translate_one_after_the_other(seed: int) -> None:
    """Clients behind NAT behind NAT, all with the same port."""
    lab = two_clients()
    typed(
        lab,
        """
        ip netns add inner
        ip link add in1 netns inner type veth peer name pin netns r
        ip -n r link set pin master in0 up
        ip -n inner addr add 10.0.1.9/24 dev in1
        ip -n inner link set in1 up
        ip -n inner route add default via 10.0.1.1
        ip netns exec inner sysctl -qw net.ipv4.ip_forward=1
        ip netns exec inner iptables -t nat -A POSTROUTING -o in1 -j MASQUERADE
        ip netns exec r iptables -t nat -A POSTROUTING -o out0 -j MASQUERADE
    """,
    )
    for number in (1, 2):
        typed(
            lab,
            f"""
            ip netns add i{number}
            ip link add eth0 netns i{number} type veth peer name e{number} netns inner
            ip -n inner addr add 10.5.{number}.1/24 dev e{number}
            ip -n inner link set e{number} up
            ip -n i{number} addr add 10.5.{number}.2/24 dev eth0
            ip -n i{number} link set eth0 up
            ip -n i{number} route add default via 10.5.{number}.1
        """,
        )
    heard = udp_server(lab, "s1", 7)
    order = ["i1", "i2", "c1", "c2"]
    random.Random(seed).shuffle(order)
    sockets = {name: udp_client(lab, name, 4000) for name in order}
    for name in order:
        sockets[name].send_to(name.encode(), ip("10.0.2.2"), 7)
    lab.sleep(0.2)
    assert {name: [each.data for each in received(socket)] for name, socket in sockets.items()} == {
        name: [name.upper().encode()] for name in order
    }
    assert len({each.source_port for each in heard}) == 4


def test_an_untracked_packet_is_not_translated() -> None:
    lab = two_clients(watch=True)
    typed(
        lab,
        """
        ip netns exec r iptables -t nat -A POSTROUTING -o out0 -j MASQUERADE
        ip netns exec r iptables -t raw -A PREROUTING -s 10.0.1.2 -j NOTRACK
    """,
    )
    heard = udp_server(lab, "s1", 7)
    for client in ("c1", "c2"):
        udp_client(lab, client, 4000).send_to(b"x", ip("10.0.2.2"), 7)
        lab.sleep(0.05)
    assert [str(each.source) for each in heard] == ["10.0.1.2", "10.0.2.1"]
    # The answer to the untracked one begins a connection of its own.
    assert lab.run("ip netns exec r conntrack -L -p udp 2>/dev/null").stdout.count("\n") == 2


def test_the_trace_follows_a_packet_through_its_translation() -> None:
    lab = two_clients(watch=True)
    typed(lab, "ip netns exec r iptables -t nat -A POSTROUTING -o out0 -j MASQUERADE")
    assert ping(lab, "c1", "10.0.2.2")
    request = next(
        event.packet for event in lab.events if isinstance(event, Transmitted) and "echo request" in str(event)
    )
    sources = [
        str(event.frame.payload).split(" > ")[0]
        for event in lab.events
        if isinstance(event, Transmitted) and event.packet == request
    ]
    assert {source.split()[-1] for source in sources} == {"10.0.1.2", "10.0.2.1"}
