"""A law: random rules and packets, and a router that does with each what a plain reading of the rules says.

User chains with jumps, -g and RETURN, everything negated, ports, states of connections, marks of packets and of
connections, NOTRACK, DNAT and SNAT; held against the reading are which packets get out, with which addresses, and how
often each rule was met.
"""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kernel.reference import Packet, Reference, Rule
from tests.kernel.wires import device, ip, packets, put, watched
from tests.machines import router, typed
from vnetsim import Lab
from vnetsim.wire import ipv4
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.udp import Udp

#: Addresses behind the router, and the device to them; nobody there answers.
BEHIND = {f"10.0.{net}.{net}{host}": f"r{net}" for net in (1, 2) for host in range(3)}
EVERYBODY = sorted(BEHIND)
#: What translations choose from.
OTHERS = ["10.0.1.90", "10.0.2.90"]
#: Protocol, ports (or the identifier): no two alike, so that no translation has to choose another port.
FLOWS = [("udp", (4000, 9)), ("udp", (4001, 53)), ("icmp", (7, 0))]
PREFIXES = ["10.0.1.0/24", "10.0.2.0/24", "10.0.1.10/32", "10.0.2.20/31", "10.0.0.0/8", "10.0.2.90/32"]
MARKS = ["0x0/0xffffffff", "0x1/0x1", "0x0/0x2", "0x3/0xff", "0x2/0x3"]

HOOKS = {
    "raw": ["PREROUTING"],
    "mangle": ["PREROUTING", "FORWARD", "POSTROUTING"],
    "filter": ["FORWARD"],
    "nat": ["PREROUTING", "POSTROUTING"],
}
#: A chain leads to those behind it only.
OWN = ["A", "B", "C"]


#: Options and what they are held against; those of ports want a protocol before them.
VALUES = {
    "-s": PREFIXES, "-d": PREFIXES, "-i": ["r1", "r2"], "-o": ["r1", "r2"], "-p": ["udp", "icmp"],
    "-m udp --dport": ["53", "1:60", "80"], "-m udp --sport": ["4000:4001", "4002"],
    "-m multiport --dports": ["53,80", "9,4000:4002"], "-m icmp --icmp-type": ["8", "0"],
    "-m conntrack --ctstate": ["NEW", "ESTABLISHED", "NEW,INVALID", "UNTRACKED", "INVALID"],
    "-m mark --mark": MARKS, "-m connmark --mark": MARKS,
}  # fmt: skip
NEEDS = {
    "-m udp --dport": "udp",
    "-m udp --sport": "udp",
    "-m multiport --dports": "udp",
    "-m icmp --icmp-type": "icmp",
}
#: What iptables refuses in a built-in chain.
REFUSED = {"PREROUTING": "-o", "POSTROUTING": "-i"}


@st.composite
def selections(draw: st.DrawFn, table: str, chain: str) -> list[tuple[str, str, bool]]:
    """Up to two conditions: with more of them, hardly any packet would fit."""
    known = [option for option in VALUES if option != REFUSED.get(chain)]
    if table == "raw":
        # Rules that ask for connections before these are looked up would ask the packet for what it had over lo.
        known = [option for option in known if "conn" not in option]
    else:
        known += ["-m conntrack --ctstate"] * 4
    chosen = draw(st.lists(st.sampled_from(known), max_size=2, unique=True))
    needed = {NEEDS[option] for option in chosen if option in NEEDS}
    if len(needed) > 1 or (needed and "-p" in chosen):
        chosen = [option for option in chosen if option not in NEEDS]
        needed = set()
    found = [("-p", protocol, False) for protocol in needed]
    return found + [(option, draw(st.sampled_from(VALUES[option])), draw(st.booleans())) for option in chosen]


def targets(table: str, chain: str) -> list[list[str]]:
    own = OWN[OWN.index(chain) + 1 :] if chain in OWN else OWN
    found = [[], ["-j", "ACCEPT"], ["-j", "RETURN"]]
    found += [[how, name] for how in ("-j", "-g") for name in own] if (table, chain) != ("nat", "POSTROUTING") else []
    if table == "nat":
        kind, option = ("SNAT", "--to-source") if chain == "POSTROUTING" else ("DNAT", "--to-destination")
        return found + [
            ["-j", kind, option, to] for to in ([OTHERS[0], OTHERS[1]] if kind == "SNAT" else EVERYBODY[:4])
        ]
    found.append(["-j", "DROP"])
    if table == "raw":
        found += [["-j", "NOTRACK"]] * 4
    if table == "mangle":
        found += [["-j", "MARK", "--set-xmark", mark] for mark in MARKS[:4]]
        found += [["-j", "CONNMARK", "--set-xmark", mark] for mark in MARKS[1:3]]
        found += [["-j", "CONNMARK", option] for option in ("--save-mark", "--restore-mark")]
    return found


@st.composite
def rule_sets(draw: st.DrawFn) -> Reference:
    chains: dict[tuple[str, str], list[Rule]] = {}
    for table, hooks in HOOKS.items():
        for chain in (*hooks, *OWN):
            rules = st.builds(Rule, selections(table, chain), st.sampled_from(targets(table, chain)).map(list))
            chains[table, chain] = draw(st.lists(rules, max_size=3))
    places = [(table, hook) for table in ("raw", "mangle", "filter") for hook in HOOKS[table]]
    policies = draw(st.dictionaries(st.sampled_from(places), st.just("DROP"), max_size=1))
    return Reference(chains, policies)


#: Which flow, whether it is answered, and the addresses of the first packet.
SENT = st.lists(st.tuples(st.integers(0, len(FLOWS) - 1), st.booleans()), min_size=8, max_size=24)
PAIRS = [(one, other) for one in EVERYBODY for other in EVERYBODY if BEHIND[one] != BEHIND[other]]
ENDS = st.lists(st.sampled_from(PAIRS), min_size=len(FLOWS), max_size=len(FLOWS))


def quiet_router() -> Lab:
    lab = router(watch=True)
    lines = ["ip netns exec r sysctl -qw net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0"]
    lines += [f"ip netns exec r sysctl -qw net.ipv4.conf.{name}.send_redirects=0" for name in ("r1", "r2")]
    for address, out in [*BEHIND.items(), (OTHERS[0], "r1"), (OTHERS[1], "r2")]:
        mac = device(lab, f"h{out[1]}", "eth0").mac
        lines.append(f"ip -n r neigh add {address} lladdr {mac} dev {out} nud permanent")
    typed(lab, "\n".join(lines))
    return lab


def install(lab: Lab, rules: Reference) -> None:
    for table in HOOKS:
        typed(lab, "\n".join(f"ip netns exec r iptables -t {table} -N {name}" for name in OWN))
    for (table, chain), found in rules.chains.items():
        for rule in found:
            typed(lab, f"ip netns exec r iptables -t {table} -A {chain} {rule.words()}")
    for (table, hook), policy in rules.policies.items():
        typed(lab, f"ip netns exec r iptables -t {table} -P {hook} {policy}")
    # Connections are tracked whatever the rules are.
    typed(lab, "ip netns exec r iptables -t security -A FORWARD -m conntrack --ctstate INVALID")


def on_the_wire(packet: Packet) -> ipv4.Packet:
    if packet.protocol == "icmp":
        message = Icmp.echo_request(packet.ports[0], 1, b"x")
        message = message if packet.type == 8 else message.echo_reply()
        return ipv4.Packet.build(ip(packet.source), ip(packet.destination), 1, message)
    return ipv4.Packet.build(ip(packet.source), ip(packet.destination), 17, Udp.build(*packet.ports, b"x"))


def next_packet(number: int, ends: tuple[str, str], rules: Reference, *, answers: bool) -> Packet:
    """Of a flow; an answer goes back from whom the request really reached."""
    protocol, ports = FLOWS[number]
    if not answers:
        return Packet(*ends, protocol, ports)
    source, destination = ends[1], ends[0]
    found = rules.connections.get((protocol, *ends, *ports, 8))
    if found is not None and found[1] == 0:
        source, destination = found[0].ends[1], found[0].ends[0]
    if protocol == "icmp":
        return Packet(source, destination, protocol, ports, type=0)
    # What answers nothing begins a connection of its own: with the same ports it would stand in the other one's way.
    shift = 0 if found is not None else 1000
    return Packet(source, destination, protocol, (ports[1] + shift, ports[0] + shift))


def counted(lab: Lab, rules: Reference) -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {place: [] for place in rules.chains}
    table = ""
    for line in lab.run("ip netns exec r iptables-save -c").stdout.splitlines():
        if line.startswith("*"):
            table = line[1:]
        told = re.match(r"\[(\d+):\d+\] -A (\S+)", line)
        if told is not None and (table, told[2]) in found:
            found[table, told[2]].append(int(told[1]))
    return found


@settings(max_examples=15, deadline=None)
@given(rule_sets(), SENT, ENDS)
def test_a_router_does_what_a_plain_reading_of_its_rules_says(
    rules: Reference, sent: list[tuple[int, bool]], ends: list[tuple[str, str]]
) -> None:
    lab = quiet_router()
    install(lab, rules)
    wires = {f"r{net}": watched(lab, f"h{net}", "eth0") for net in (1, 2)}
    to = {**BEHIND, OTHERS[0]: "r1", OTHERS[1]: "r2"}
    for number, answers in sent:
        packet = next_packet(number, ends[number], rules, answers=answers)
        packet.arrives = to[packet.source]
        for wire in wires.values():
            wire.clear()
        put(lab, f"h{packet.arrives[1]}", "eth0", on_the_wire(packet), device(lab, "r", packet.arrives).mac)
        got = {name: [str(each.source) + " " + str(each.destination) for each in
                      packets(one for one in wire if not one.outgoing)] for name, wire in wires.items()}  # fmt: skip
        passes = rules.forward(packet, to)
        expected = [f"{packet.source} {packet.destination}"] if passes else []
        assert got == {name: expected if name == packet.leaves else [] for name in wires}, packet
    assert counted(lab, rules) == {place: [rule.hits for rule in found] for place, found in rules.chains.items()}
