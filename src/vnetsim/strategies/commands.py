"""Changes and whole scenarios as strategies: a network, what is done to it, what is sent, and what is looked at then.

A Scenario prints as a session file that `vnetsim run --update` fills in, that `vnetsim verify` plays on both sides, and
whose commands can be typed on a real machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from hypothesis import strategies as st

from vnetsim.strategies.probes import Arping, Connect, Ping, Probe, RouteLookup, probes
from vnetsim.strategies.rules import rules
from vnetsim.strategies.topologies import Topology, inside, ip, topologies, unused_address
from vnetsim.values import frozen

#: Switches of a namespace and of its devices that decide what becomes of packets.
_SYSCTLS: Final = (
    ("net.ipv4.ip_forward", (0, 1)),
    ("net.ipv4.conf.all.rp_filter", (0, 1, 2)),
    ("net.ipv4.conf.{device}.rp_filter", (0, 1, 2)),
    ("net.ipv4.conf.{device}.forwarding", (0, 1)),
    ("net.ipv4.conf.{device}.proxy_arp", (0, 1)),
    ("net.ipv4.conf.all.arp_ignore", (0, 1, 2)),
    ("net.ipv4.conf.all.arp_announce", (0, 1, 2)),
    ("net.ipv4.conf.{device}.arp_filter", (0, 1)),
    ("net.ipv4.conf.all.accept_local", (0, 1)),
    ("net.ipv4.conf.{device}.route_localnet", (0, 1)),
    ("net.ipv4.conf.all.send_redirects", (0, 1)),
    ("net.ipv4.icmp_echo_ignore_all", (0, 1)),
    ("net.ipv4.icmp_echo_ignore_broadcasts", (0, 1)),
    ("net.ipv4.ip_default_ttl", (1, 2, 64)),
)
_PORT_FLAGS: Final = ("hairpin", "learning", "flood", "isolated", "bcast_flood")
_BROADCAST_MAC: Final = "ff:ff:ff:ff:ff:ff"


@frozen(kw_only=True)
class Scenario:
    """`setup` makes the network, `changes` are done to it, `probes` are sent, `looks` read what is there afterwards."""

    topology: Topology
    changes: tuple[str, ...] = ()
    probes: tuple[Probe, ...] = ()
    looks: tuple[str, ...] = ()

    @property
    def setup(self) -> tuple[str, ...]:
        return self.topology.commands()

    @property
    def lines(self) -> tuple[str, ...]:
        """All commands, in order."""
        return (*self.setup, *self.changes, *(probe.command() for probe in self.probes), *self.looks)

    def session(self, title: str = "A scenario") -> str:
        """The text of a `.session` file without any output."""
        return f"# {title}.\n\n" + "".join(f"$ {line}\n" for line in self.lines)


# --- changes -------------------------------------------------------------------------------------------------------


@st.composite
def _sysctl(draw: st.DrawFn, topology: Topology) -> str:
    namespace = draw(st.sampled_from(topology.probing_namespaces))
    key, values = draw(st.sampled_from(_SYSCTLS))
    device = draw(st.sampled_from([*topology.devices(namespace), "all", "default"]))
    return inside(namespace, f"sysctl -w {key.format(device=device)}={draw(st.sampled_from(values))}")


@st.composite
def _link(draw: st.DrawFn, topology: Topology) -> str:
    port = draw(st.sampled_from(topology.ports))
    what = draw(st.sampled_from(
        ["down", "up", "mtu 1400", "mtu 1280", "mtu 9000", "mtu 68", "mtu 60", "arp off", "address 02:00:00:00:00:aa",
         "address 01:00:00:00:00:01", "promisc on", "txqueuelen 0", "nomaster", "name x0", "multicast off"]
    ))  # fmt: skip
    return f"{ip(port.namespace)} link set {port.device} {what}"


@st.composite
def _address(draw: st.DrawFn, topology: Topology) -> str:
    port = draw(st.sampled_from(topology.ports))
    own = [str(assigned.interface.address) for assigned in topology.addresses]
    address = draw(st.sampled_from([*own, str(unused_address(topology)), "10.0.9.1", "127.0.0.5", "0.0.0.0"]))
    length = draw(st.sampled_from(["/24", "/24", "/32", "/16", "/31", ""]))
    verb = draw(st.sampled_from(["add", "add", "del", "replace", "flush"]))
    if verb == "flush":
        return f"{ip(port.namespace)} addr flush dev {port.device}"
    return f"{ip(port.namespace)} addr {verb} {address}{length} dev {port.device}"


@st.composite
def _route(draw: st.DrawFn, topology: Topology) -> str:
    port = draw(st.sampled_from(topology.ports))
    own = [str(assigned.interface.address) for assigned in topology.addresses]
    destination = draw(st.sampled_from(["default", "10.0.0.0/24", "10.0.1.0/24", "10.0.0.0/16", "192.0.2.0/24", *own]))
    gateway = draw(st.sampled_from([*own, str(unused_address(topology))]))
    verb = draw(st.sampled_from(["add", "add", "replace", "append", "del"]))
    on = f"dev {port.device}"
    hops = [f"via {gateway}", f"via {gateway} {on}", on, f"via {gateway} {on} onlink", f"{on} scope link"]
    hop = draw(st.sampled_from(hops))
    kind = draw(st.sampled_from(["", "", "", "", "blackhole ", "unreachable ", "prohibit ", "throw "]))
    more = draw(st.sampled_from(["", "", "", " metric 100", " mtu 1200", f" src {gateway}"]))
    return f"{ip(port.namespace)} route {verb} {kind}{destination} {'' if kind else hop}{'' if kind else more}".rstrip()


@st.composite
def _policy(draw: st.DrawFn, topology: Topology) -> str:
    namespace = draw(st.sampled_from(topology.probing_namespaces))
    selector = draw(st.sampled_from(["from 10.0.0.0/24", "to 10.0.1.0/24", "fwmark 0x1", "iif lo"]))
    action = draw(st.sampled_from(["table 100", "table local", "prohibit", "blackhole", "unreachable"]))
    return f"{ip(namespace)} rule add {selector} {action}"


@st.composite
def _neighbour(draw: st.DrawFn, topology: Topology) -> str:
    assigned = draw(st.sampled_from(topology.addresses))
    target = draw(st.sampled_from([str(other.interface.address) for other in topology.addresses]))
    mac = draw(st.sampled_from(["02:00:00:00:00:aa", "02:00:00:00:00:bb", _BROADCAST_MAC]))
    state = draw(st.sampled_from(["permanent", "reachable", "stale", "noarp", "failed"]))
    verb = draw(st.sampled_from(["add", "replace", "del"]))
    text = f"neigh {verb} {target} dev {assigned.port.device}"
    return f"{ip(assigned.port.namespace)} {text}" + ("" if verb == "del" else f" lladdr {mac} nud {state}")


@st.composite
def _bridge(draw: st.DrawFn, topology: Topology) -> str:
    bridge = draw(st.sampled_from(topology.bridges))
    port = draw(st.sampled_from(bridge.ports))
    flag = draw(st.sampled_from(_PORT_FLAGS))
    kind = draw(st.integers(0, 3))
    if kind == 0:
        mac, state = (
            draw(st.sampled_from(["02:00:00:00:00:aa", "33:33:00:00:00:01"])),
            draw(st.sampled_from(["static", "dynamic"])),
        )
        return f"bridge fdb add {mac} dev {port} master {state}"
    if kind == 1:
        return f"bridge link set dev {port} state {draw(st.integers(0, 4))}"
    return f"bridge link set dev {port} {flag} {draw(st.sampled_from(['on', 'off']))}"


_SYSCTLS6: Final = (
    ("net.ipv6.conf.all.forwarding", (0, 1)),
    ("net.ipv6.conf.{device}.forwarding", (0, 1)),
    ("net.ipv6.conf.{device}.disable_ipv6", (0, 1)),
    ("net.ipv6.conf.{device}.hop_limit", (1, 2, 64)),
    ("net.ipv6.icmp.echo_ignore_all", (0, 1)),
)


@st.composite
def _sysctl6(draw: st.DrawFn, topology: Topology) -> str:
    namespace = draw(st.sampled_from(topology.probing_namespaces))
    key, values = draw(st.sampled_from(_SYSCTLS6))
    device = draw(st.sampled_from([*topology.devices(namespace)]))
    return inside(namespace, f"sysctl -w {key.format(device=device)}={draw(st.sampled_from(values))}")


@st.composite
def _address6(draw: st.DrawFn, topology: Topology) -> str:
    port = draw(st.sampled_from(topology.ports))
    own = [str(assigned.interface.address) for assigned in topology.addresses]
    address = draw(st.sampled_from([*own, str(unused_address(topology)), "fd00:9::1", "2001:db8::2"]))
    length = draw(st.sampled_from(["/64", "/64", "/128", "/48", "/127"]))
    verb = draw(st.sampled_from(["add", "add", "del", "replace"]))
    at_once = "" if verb == "del" else " nodad"
    return f"{ip(port.namespace)} addr {verb} {address}{length} dev {port.device}{at_once}"


@st.composite
def _route6(draw: st.DrawFn, topology: Topology) -> str:
    port = draw(st.sampled_from(topology.ports))
    own = [str(assigned.interface.address) for assigned in topology.addresses]
    destination = draw(st.sampled_from(["default", "fd00::/64", "fd00:0:0:1::/64", "fd00::/16", "2001:db8::/32", *own]))
    gateway = draw(st.sampled_from([*own, str(unused_address(topology))]))
    verb = draw(st.sampled_from(["add", "add", "replace", "append", "del"]))
    on = f"dev {port.device}"
    hop = draw(st.sampled_from([f"via {gateway}", f"via {gateway} {on}", on, f"via {gateway} {on} onlink"]))
    kind = draw(st.sampled_from(["", "", "", "", "blackhole ", "unreachable ", "prohibit ", "throw "]))
    more = draw(st.sampled_from(["", "", "", " metric 100", " mtu 1300"]))
    return (
        f"{ip(port.namespace)} -6 route {verb} {kind}{destination} {'' if kind else hop}{'' if kind else more}".rstrip()
    )


_CHANGES6: Final = (_sysctl6, _link, _address6, _route6, _route6, _neighbour)


@st.composite
def changes(draw: st.DrawFn, topology: Topology) -> str:
    """One command that does something to a topology, or is refused: links, addresses, routes, rules, switches."""
    drawn = [_sysctl, _sysctl, _link, _address, _route, _route, _policy, _neighbour]
    drawn = list(_CHANGES6) if topology.version == 6 else drawn
    drawn += [_bridge, _bridge] if topology.bridges else []
    if topology.version == 4 and draw(st.integers(0, 3)) == 3:
        return draw(rules(topology, draw(st.sampled_from(topology.probing_namespaces))))
    return draw(draw(st.sampled_from(drawn))(topology))


def command_sequences(topology: Topology, max_size: int = 6) -> st.SearchStrategy[tuple[str, ...]]:
    """Changes in the order in which they are typed."""
    return st.lists(changes(topology), max_size=max_size).map(tuple)


# --- scenarios -----------------------------------------------------------------------------------------------------


def looks(topology: Topology, done: Sequence[str] = ()) -> tuple[str, ...]:
    """What there is to be seen of a network: links with their counters, addresses, routes, neighbours, fdb.

    Rules are looked at where something was `done` about them.
    """
    found: list[str] = []
    for namespace in dict.fromkeys(port.namespace for port in topology.ports):
        if topology.version == 6:
            # Counters count IPv6's unsolicited traffic.
            found += [f"{ip(namespace)} addr", f"{ip(namespace)} -6 route show table all", f"{ip(namespace)} -6 neigh"]
        else:
            found += [f"{ip(namespace)} -s addr", f"{ip(namespace)} route show table all", f"{ip(namespace)} neigh"]
        if any(line.startswith(inside(namespace, "iptables")) for line in done):
            found.append(inside(namespace, "iptables-save -c"))
    for bridge in topology.bridges:
        found += [
            inside(bridge.namespace, f"bridge fdb show br {bridge.name}"),
            inside(bridge.namespace, "bridge link"),
        ]
    return tuple(found)


@st.composite
def scenarios(
    draw: st.DrawFn,
    topology: st.SearchStrategy[Topology] | None = None,
    max_changes: int = 6,
    max_probes: int = 4,
    kinds: Sequence[type[Probe]] = (Ping, Ping, Ping, RouteLookup, Arping, Connect),
) -> Scenario:
    """A topology, changes to it, probes through it, and looks at everything that they left."""
    network = draw(topologies() if topology is None else topology)
    done = draw(command_sequences(network, max_changes))
    return Scenario(
        topology=network,
        changes=done,
        probes=tuple(draw(st.lists(probes(network, kinds), min_size=1, max_size=max_probes))),
        looks=looks(network, done),
    )
