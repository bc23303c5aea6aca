"""The tables of a namespace as rows of text, read without changing anything.

The dumps of `kernel.rtnetlink` are not always that: a dump of links gives namespaces ids, one of connections forgets
the expired ones.  A row is what a person reads in `ip`, `bridge`, `conntrack` and `iptables -S`; counters are numbers.

Not read: sockets, qdiscs, multicast groups, addresses in a device's own filter, routes of tables but main.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, NamedTuple

from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.drivers.vxlan import VxlanDevice
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.rtnetlink.fdb import dump_fdb
from vnetsim.kernel.rtnetlink.inet import dump_addresses, dump_routes, dump_rules
from vnetsim.kernel.rtnetlink.link_dump import flags_of
from vnetsim.kernel.rtnetlink.neigh import dump_neighbours
from vnetsim.observations import NextHop, Route, RoutingRule
from vnetsim.protocols.conntrack import FlowTuple, NfConn
from vnetsim.wire.ipv4 import ICMP
from vnetsim.wire.ipv6 import ICMPV6

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.netfilter.tables import Chain, IptEntry

#: The rules that each namespace begins with (fib_default_rules_init).
_BUILT_IN: Final = ((0, 255), (32766, 254), (32767, 253))
_SCOPES: Final = {0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere"}
_ROUTE_PROTOCOLS: Final = {1: "redirect", 2: "kernel", 3: "boot", 4: "static", 9: "ra"}
_TRANSPORTS: Final = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp"}
_PROGRAMS: Final = {4: "iptables", 6: "ip6tables"}


class Read(NamedTuple):
    """A cell's row, and its counters."""

    key: str
    row: tuple[str, ...]
    counters: tuple[int, ...] = ()


# --- what changes by requests ----------------------------------------------------------------------------------------


def addresses(namespace: NetworkNamespace) -> Iterator[Read]:
    """device, address, scope, flags"""
    for entry in dump_addresses(namespace):
        text = f"{entry.address}/{entry.length}"
        scope = _SCOPES.get(entry.scope, str(entry.scope))
        yield Read(f"{entry.index} {text}", (entry.device, text, scope, " ".join(entry.flags)))


def routes(namespace: NetworkNamespace) -> Iterator[Read]:
    """destination, gateway, device, source, details: of the table main."""
    for version in (4, 6):
        for route in dump_routes(namespace, version, 254):
            yield _route(route)


def _route(route: Route) -> Read:
    destination = "default" if not route.destination.length else str(route.destination)
    if route.kind != "unicast":
        destination = f"{route.kind} {destination}"
    via = ", ".join(map(_hop, route.hops))
    devices = ", ".join(hop.device or "" for hop in route.hops)
    details = [f"proto {_ROUTE_PROTOCOLS.get(route.protocol, str(route.protocol))}"]
    details += [] if route.scope == 0 else [f"scope {_SCOPES.get(route.scope, str(route.scope))}"]
    details += [] if route.metric is None else [f"metric {route.metric}"]
    details += [] if route.mtu is None else [f"mtu {route.mtu}"]
    source = "" if route.source is None else str(route.source)
    row = destination, via, devices, source, " ".join(details)
    return Read(" ".join((f"{route.destination.version}", *row[:3], f"{route.metric} {route.tos}")), row)


def _hop(hop: NextHop) -> str:
    return " ".join((*([str(hop.via)] if hop.via is not None else []), *hop.flags))


def policies(namespace: NetworkNamespace) -> Iterator[Read]:
    """priority, rule: those that are not there from the beginning."""
    for version in (4, 6):
        for rule in dump_rules(namespace, version):
            if (rule.priority, rule.table) not in _BUILT_IN:
                text = _policy(rule)
                yield Read(f"{version} {rule.priority} {text}", (str(rule.priority), text))


def _policy(rule: RoutingRule) -> str:
    parts = [f"from {'all' if rule.source is None else rule.source}"]
    named = (("to", rule.destination), ("iif", rule.in_device), ("oif", rule.out_device), ("fwmark", rule.mark))
    parts += [f"{name} {value}" for name, value in named if value is not None]
    return " ".join(["not"] * rule.negated + parts + [f"{rule.action} {'' if rule.table is None else rule.table}"])


def vlans(namespace: NetworkNamespace) -> Iterator[Read]:
    """bridge, port (or the bridge itself), VLANs: of bridges that filter them."""
    for bridge in namespace.by_index.values():
        if isinstance(bridge, Bridge) and bridge.filtering.enabled:
            groups = [(bridge.name, bridge.filtering.group)]
            groups += [(port.device.name, port.vlan_group) for port in bridge.ports]
            for name, group in groups:
                yield Read(f"{bridge.index} {name}", (bridge.name, name, str(group) or "none"))


# --- what packets change ---------------------------------------------------------------------------------------------


def link(device: Device, place: str, master: str, peer: str) -> tuple[str, ...]:
    """name, kind, state, flags, mtu, address, qdisc, state of its bridge port, master, peer; the last two are keys."""
    port = br_port_get(device)
    spanning = "" if port is None else port.bridge.spanning.state_name(port.state)
    mac = "" if device.link_type == "none" else str(device.mac)
    return (
        device.name, device.kind or ("loopback" if device.name == "lo" else ""),
        device.operstate if device.up else "DOWN", ",".join(flags_of(device)), str(device.mtu), mac, device.qdisc,
        spanning, master, peer, place,
    )  # fmt: skip


def link_counters(device: Device) -> tuple[int, ...]:
    """packets and bytes received, sent; dropped ones of both."""
    packets, length = device.received
    return packets, length, device.tx_packets, device.tx_bytes, device.rx_dropped, device.tx_dropped


def neighbours(namespace: NetworkNamespace) -> Iterator[Read]:
    """device, address, link-layer address, state"""
    if not (namespace.arp.table.entries or namespace.ndisc.table.entries
            or namespace.arp.proxies or namespace.ndisc.proxies):  # fmt: skip
        return
    for entry in dump_neighbours(namespace, None):
        state = "proxy" if entry.proxy else entry.state
        mac = "" if entry.mac is None else str(entry.mac)
        yield Read(f"{entry.device} {entry.address} {entry.proxy}", (entry.device, str(entry.address), mac, state))


def forwarding(namespace: NetworkNamespace, now: int) -> Iterator[Read]:
    """bridge, address, port, state, VLAN where a bridge filters them"""
    tunnels = False
    for device in namespace.by_index.values():
        tunnels = tunnels or isinstance(device, VxlanDevice)
        if isinstance(device, Bridge):
            for entry in device.fdb.lasting(now):
                port = device.name if entry.port is None else entry.port.device.name
                row = device.name, str(entry.mac), port, entry.state or "learned", str(entry.vlan or "")
                yield Read(f"{device.index} {entry.mac} {entry.vlan}", row)
    for far in dump_fdb(namespace) if tunnels else ():
        if far.remote is not None:
            row = (far.device, str(far.mac), f"dst {far.remote}", far.state or "learned", "")
            yield Read(f"{far.device} {far.mac} {far.remote} {far.port} {far.vni}", row)


def connections(namespace: NetworkNamespace, now: int) -> Iterator[Read]:
    """protocol, state, original direction, reply direction; packets and bytes of both, where they are counted."""
    for version in (4, 6):
        for connection in namespace.netfilter.connections(version).table:
            if connection.deadline > now and "CONFIRMED" in connection.status:
                yield _connection(connection)


def _connection(connection: NfConn) -> Read:
    protocol = _TRANSPORTS.get(connection.original.protocol, str(connection.original.protocol))
    marks = [mark for mark, has in (
        ("[UNREPLIED]", "SEEN_REPLY" not in connection.status), ("[ASSURED]", "ASSURED" in connection.status)
    ) if has]  # fmt: skip
    state = [] if connection.state is None else [connection.state.value]
    original, reply = _flow(connection.original), _flow(connection.reply)
    counters = (
        (connection.packets[0], connection.bytes[0], connection.packets[1], connection.bytes[1])
        if connection.counted else ()
    )  # fmt: skip
    return Read(f"{connection.created} {protocol} {original}", (protocol, " ".join(state + marks), original, reply),
                counters)  # fmt: skip


def _flow(flow: FlowTuple) -> str:
    if flow.protocol in (ICMP, ICMPV6):
        return f"{flow.source} > {flow.destination} id {flow.source_port}"
    return f"{flow.source}:{flow.source_port} > {flow.destination}:{flow.destination_port}"


def next_end(namespace: NetworkNamespace, now: int) -> int | None:
    """When the first of its entries that last for a time only, and longer than until `now`, ends."""
    ends = [
        connection.deadline
        for version in (4, 6) for connection in namespace.netfilter.connections(version).table
        if "CONFIRMED" in connection.status
    ]  # fmt: skip
    for device in namespace.by_index.values():
        if isinstance(device, Bridge):
            ends += device.fdb.ends()
    return min((end for end in ends if end > now), default=None)


# --- rules -----------------------------------------------------------------------------------------------------------


class Rules:
    """The rules of one namespace: texts are made again when the rules have changed, counters are read each time."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._namespace = namespace
        self._generations: dict[int, int] = {}
        self._texts: dict[IptEntry, str] = {}
        self._known: dict[int, list[tuple[Chain, IptEntry | None, Read]]] = {4: [], 6: []}

    def read(self) -> Iterator[Read]:
        """program, table, chain, number, rule; packets and bytes.  The policy has the number 0."""
        netfilter = self._namespace.netfilter
        for version, ruleset in netfilter.rulesets.items():
            if self._generations.get(version) != ruleset.generation:
                self._generations[version] = ruleset.generation
                self._known[version] = [
                    line for table in ruleset.tables.values() for chain in table.chains.values()
                    for line in self._chain(version, chain)
                ]  # fmt: skip
            for chain, entry, read in self._known[version]:
                counted: Chain | IptEntry = chain if entry is None else entry
                yield read._replace(counters=(counted.packets, counted.bytes))
        yield from self._native()

    def _chain(self, version: int, chain: Chain) -> Iterator[tuple[Chain, IptEntry | None, Read]]:
        program, key = _PROGRAMS[version], f"{version} {chain.table} {chain.name}"
        policy = "-N " + chain.name if chain.policy is None else f"-P {chain.name} {chain.policy}"
        if chain.present:
            yield chain, None, Read(key, (program, chain.table, chain.name, "0", policy))
        for number, entry in enumerate(chain.entries, start=1):
            text = self._texts.get(entry)
            if text is None:
                text = self._texts[entry] = f"-A {chain.name} {entry.rule}"
            row = program, chain.table, chain.name, str(number), text
            yield chain, entry, Read(f"{key} {entry.handle or number}", row)

    def _native(self) -> Iterator[Read]:
        """Those that nft made, as it prints them, with what they count in the text."""
        tables = self._namespace.netfilter.native_tables()
        if not tables:
            return
        from vnetsim.netfilter.nft.output import OutputContext  # noqa: PLC0415 -- most networks have none
        from vnetsim.netfilter.nft.rule import chain_head, rule_line  # noqa: PLC0415

        context = OutputContext(now=self._namespace.host.engine.now())
        for table in tables.values():
            for chain in table.chains.values():
                key = f"nft {table} {chain.name}"
                head = "" if chain.hook is None else chain_head(table, chain, context).strip()
                yield Read(key, ("nft", str(table), chain.name, "0", head))
                for number, entry in enumerate(chain.entries, start=1):
                    text = rule_line(table, entry, context).strip()
                    yield Read(f"{key} {entry.handle}", ("nft", str(table), chain.name, str(number), text))
