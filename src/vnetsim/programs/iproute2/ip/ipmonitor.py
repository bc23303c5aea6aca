"""`ip monitor`: changes of a namespace as they happen (ip/ipmonitor.c), in text also with `-j`.

Of the groups, those of multicast routes, prefixes and statistics are silent: nothing here speaks of them.  Not
modelled: `file` (what rtmon wrote), `all-nsid`, `-s` (counters of links and neighbours as they are then).
"""

from __future__ import annotations

import importlib
from collections.abc import Generator
from datetime import UTC, datetime
from typing import Any, Final

import attrs

from vnetsim.clock import Wait
from vnetsim.errors import NotModelled
from vnetsim.observations import AddressEntry, FdbEntry, Link, NeighbourEntry, Route, RoutingRule
from vnetsim.observations.monitor import Netconf, NetworkEvent, Nsid
from vnetsim.observations.nexthop import NexthopEntry
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, Request, invarg, matches, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.lib.options import BRIDGE
from vnetsim.programs.iproute2.lib.rt_tables import RouteNames
from vnetsim.sockets import NetworkWatch
from vnetsim.values import define

#: What each keyword listens to, in the order of matching; a dot: not abbreviated.
_GROUPS: Final = (
    "link", "address", "route", "mroute", "prefix", "neigh", "netconf", "rule", "nsid", "nexthop", "stats.",
)  # fmt: skip
#: The groups of the messages, and the label before each.
_KINDS: Final[dict[type, tuple[str, str]]] = {
    Link: ("link", "[LINK]"), FdbEntry: ("neigh", "[NEIGH]"), AddressEntry: ("address", "[ADDR]"),
    Route: ("route", "[ROUTE]"),
    NeighbourEntry: ("neigh", "[NEIGH]"), RoutingRule: ("rule", "[RULE]"), NexthopEntry: ("nexthop", "[NEXTHOP]"),
    Netconf: ("netconf", "[NETCONF]"), Nsid: ("nsid", "[NSID]"),
}  # fmt: skip

#: The states of entries of forwarding databases, which are neighbours without an address here.
_FDB_STATES: Final = {"permanent": "PERMANENT", "static": "NOARP", "": "REACHABLE"}


def main(request: Request) -> Program:
    """The command; it ends by a signal."""
    if request.options.stats:
        raise NotModelled("ip -s monitor")
    monitor = Monitor(request)
    for arg in request.args:
        monitor.read(arg)
    return monitor.listen(request.network.watch_network())


@define
class Monitor:
    """What was asked for, and the names of namespaces that it has heard of."""

    request: Request
    groups: set[str] = attrs.field(factory=set)
    labelled: bool = False
    device: str | None = None
    names: dict[int, str] = attrs.field(factory=dict)

    def read(self, arg: str) -> None:
        """do_ipmonitor: one argument."""
        if matches(arg, "file"):
            self.request.args.next_arg()
            raise NotModelled("ip monitor file")
        group = next((name for name in _GROUPS if arg == name.removesuffix(".") or matches(arg, name)), None)
        if matches(arg, "label") or arg == "all":
            self.labelled = True
        elif group is not None:
            self.groups.add(group.removesuffix("."))
        elif matches(arg, "all-nsid"):
            raise NotModelled("ip monitor all-nsid")
        elif matches(arg, "help"):
            raise usage("ip-monitor")
        elif arg == "dev":
            self._read_device(self.request.args.next_arg())
        else:
            raise Iproute2Error(255, f'Argument "{arg}" is unknown, try "ip monitor help".')

    def _read_device(self, name: str) -> None:
        found = self.request.network.link(name)
        if found is None:
            raise invarg("Device does not exist\n", name)
        self.device = found.name

    def listen(self, watch: NetworkWatch) -> Generator[Wait, Any, int]:
        """rtnl_listen"""
        listed = self.request.process.machine.list_namespaces(self.request.network)
        self.names.update({entry.nsid: entry.name for entry in listed if entry.nsid is not None and entry.name})
        try:
            while True:
                event: NetworkEvent = yield watch.receive()
                self.heard(event)
        finally:
            watch.close()

    def heard(self, event: NetworkEvent) -> None:
        """accept_msg"""
        group, label = _KINDS[type(event.entry)]
        if (self.groups and group not in self.groups) or not self._wants(event):
            return
        if isinstance(event.entry, Nsid) and event.entry.name is not None and not event.deleted:
            self.names[event.entry.id] = event.entry.name
        out = attrs.evolve(self.request, options=_as_text(self.request)).printer()
        out.text(self._timestamp(event.at) + (label if self.labelled else "") + ("Deleted " if event.deleted else ""))
        self._print(out, event)
        self.request.process.write(out.result())

    def _wants(self, event: NetworkEvent) -> bool:
        entry, family = event.entry, self.request.options.family
        if family is not None and _version(entry) not in (None, family):
            return False
        if self.device is None:
            return True
        if isinstance(entry, Link):
            return entry.name == self.device
        if isinstance(entry, Route):
            return any(hop.device == self.device for hop in entry.hops)
        return not isinstance(entry, AddressEntry | NeighbourEntry | Netconf | FdbEntry) or entry.device == self.device

    def _timestamp(self, at: int) -> str:
        """print_timestamp"""
        options, machine = self.request.options, self.request.process.machine
        short = bool(getattr(options, "tshort", False))
        if not short and not getattr(options, "timestamp", False):
            return ""
        now = machine.wall_clock() - self.request.process.now() + at
        moment, micro = datetime.fromtimestamp(now // 1_000_000_000, UTC), now // 1000 % 1_000_000
        if short:
            return f"[{moment:%Y-%m-%dT%H:%M:%S}.{micro:06}] "
        return f"Timestamp: {moment:%a %b} {moment.day:2} {moment:%H:%M:%S %Y} {micro} usec\n"

    # --- one message ----------------------------------------------------------------------------------------------

    def _print(self, out: Iproute2Output, event: NetworkEvent) -> None:
        entry = event.entry
        names = RouteNames(self.request.process.files, self.request.options.numeric)
        if isinstance(entry, Link):
            self._link(out, entry, event)
        elif isinstance(entry, FdbEntry):
            device = "" if self.device is not None else f"dev {entry.device} "
            out.text(f"{device}lladdr {entry.mac} {_FDB_STATES[entry.state]} \n")
        elif isinstance(entry, Netconf):
            family = "inet" if entry.version == 4 else "inet6"
            out.text(" ".join((family, entry.device, *entry.values, "\n")))
        elif isinstance(entry, Nsid):
            out.text(f"nsid {entry.id} " + (f"(iproute2 netns name: {entry.name})" if entry.name else "") + "\n")
        elif isinstance(entry, AddressEntry):
            _of("ipaddress.addrinfo").AddressPrinter(out, self.request.options, with_device=True).print(entry)
        elif isinstance(entry, Route):
            chosen = _of("iproute.filter").RouteFilter(table=None, device=self.device)
            _of("iproute.printing").RoutePrinter(out, names, self.request.options, chosen, self.request.network).route(
                entry
            )
        elif isinstance(entry, NeighbourEntry):
            _of("ipneigh").NeighbourPrinter(self.request, self.device, out).entry(entry)
        elif isinstance(entry, RoutingRule):
            priorities = {rule.priority for rule in self.request.network.routing_rules(entry.version)}
            _of("iprule").RulePrinter(self.request, priorities, out).rule(entry)
        else:
            _of("ipnexthop").NexthopPrinter(out, names, self.request.options).entry(entry)
            out.text("\n")

    def _link(self, out: Iproute2Output, link: Link, event: NetworkEvent) -> None:
        moved = None if event.new_nsid is None else (event.new_nsid, event.new_index)
        known = attrs.evolve(link, peer_netns=self.names.get(-1 if link.peer_netnsid is None else link.peer_netnsid))
        printer = _of("ipaddress.linkinfo").LinkPrinter(
            out, self.request.options, self.request.network.links(), is_link=False, family=None, reduced=event.is_port,
            event=event.event, moved=moved, shows_queue=False, is_port=event.is_port,
        )  # fmt: skip
        (printer.brief if self.request.options.brief else printer.full)(known)


def _of(module: str) -> Any:
    """The printers of an object, once it is spoken of."""
    return importlib.import_module(f"vnetsim.programs.iproute2.ip.{module}")


def _as_text(request: Request) -> Any:
    return attrs.evolve(request.options, json=False) if request.options.json else request.options


def _version(entry: object) -> int | None:
    """The family of a message; links, nexthops and ids have none."""
    if isinstance(entry, Route):
        return entry.destination.version
    if isinstance(entry, AddressEntry | NeighbourEntry):
        return entry.address.version
    if isinstance(entry, FdbEntry):
        return BRIDGE
    return entry.version if isinstance(entry, RoutingRule | Netconf) else None
