"""All that a namespace is to packets but its own identity: two with the same signature can be exchanged.

The identity of a namespace are its own addresses and MAC addresses, the indexes of its devices, name, index and
addresses of the other ends of its cables, and the ports of Docker's resolver inside.  In the signature addresses are
replaced by their number among its own and the ranges in which others name them (`mentions`), the
others are left out; everything else is written down as it is.  So is the other end of each cable: the namespace and the
bridge that it belongs to, its flags, its settings, what routes and rules say of it.

Left out as well is what decides about no packet that begins a connection: counters and times, connections that exist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.observations import AddressEntry, Link, NeighbourEntry, Route, SocketEntry
from vnetsim.reach.equivalence.dumps import Dumps
from vnetsim.reach.equivalence.mentions import CERTAIN, Mentions
from vnetsim.reach.equivalence.runs import runs
from vnetsim.reach.translation.independence import is_moving, is_tentative
from vnetsim.wire.inet import Address, IPv4, Prefix

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.process.machine import ProcessEntry

#: Fields of Link that are identity, or are counted.
_IDENTITY: Final = frozenset(("index", "mac", "peer_index", "peer_name", "peer_netnsid", "peer_netns", "port",
                              "statistics", "carrier_changes", "details"))  # fmt: skip
#: Numbers of a bridge port, and its timers.
_PORT_IDENTITY: Final = frozenset(("id", "no", "designated_port", "hold_timer", "message_age_timer",
                                   "forward_delay_timer"))  # fmt: skip
_SHARED: Final = tuple(field.name for field in attrs.fields(Link) if field.name not in _IDENTITY)
#: Kinds of devices whose all is in a dump of links.
_KINDS: Final = (None, "dummy", "macvlan", "veth")
#: fe80::/10, RTPROT_KERNEL, and IFAPROT_KERNEL_LL of addresses that are made of the MAC address.
_NEARBY: Final = 0xFE80 >> 6
_BY_KERNEL: Final = 2
_KERNEL_LL: Final = 3
_RESOLVER: Final = IPv4.parse("127.0.0.11")


class Signatures:
    """Of the namespaces of one lab, as it is now."""

    def __init__(self, everywhere: Sequence[Dumps], processes: Sequence[ProcessEntry], mentions: Mentions) -> None:
        self._mentions = mentions
        self._processes = {entry.pid: entry for entry in processes}
        self._dumps = {dumps.number: dumps for dumps in everywhere}
        self._settings_numbers = _SettingsNumbers()
        self._private: dict[Address, list[object]] = {}
        for dumps in everywhere:
            for version, chain in dumps.chains:
                for run, address, rest in runs(chain.rules):
                    where = dumps.number, version, chain.table, chain.name, run
                    self._private.setdefault(address, []).append((where, str(rest)))

    def of(self, dumps: Dumps) -> object | None:
        """None for one that has something of which dumps do not tell all, or in which something is pending."""
        if is_moving(dumps.network) or not all(map(self._is_simple, dumps.devices)):
            return None
        return _Reading(
            self._dumps, self._mentions, self._processes, self._private, self._settings_numbers, dumps
        ).signature()

    def _is_simple(self, device: Device) -> bool:
        """Whether nothing is stacked on it, and no entry names its MAC address or that of the other end."""
        ends = [device] if device.kind != "veth" or device.peer is None else [device, device.peer]
        if device.kind not in _KINDS or not all(map(self._is_simple_end, ends[1:])):
            return False
        return not any(
            end.uppers or end.vlans or end.filters or end.added_groups or end.mac in self._mentions.macs
            for end in ends
            if end.link_type == "ether"
        )

    def _is_simple_end(self, device: Device) -> bool:
        """Whether the other end of a cable has no addresses but those of its MAC address, and uses them already."""
        around = self._dumps[device.namespace.number]
        addresses, is_port = around.addresses_on.get(device.name, ()), around.links[device.name].master is not None
        return all(entry.protocol == _KERNEL_LL and (is_port or not is_tentative(entry)) for entry in addresses)


class _SettingsNumbers:
    """A number for each combination of settings; they never change, and most devices have the same."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Mapping[str, int], int]] = {}
        self._numbers: dict[tuple[tuple[str, int], ...], int] = {}

    def of(self, settings: Mapping[str, int]) -> int:
        found = self._known.get(id(settings))
        if found is None:
            number = self._numbers.setdefault(tuple(sorted(settings.items())), len(self._numbers))
            found = self._known[id(settings)] = settings, number
        return found[1]


class _Reading:
    """One signature in the making."""

    def __init__(
        self, everywhere: Mapping[int, Dumps], mentions: Mentions, processes: Mapping[int, ProcessEntry],
        private: Mapping[Address, list[object]], settings_numbers: _SettingsNumbers, dumps: Dumps,
    ) -> None:  # fmt: skip
        self._everywhere, self._mentions, self._processes, self._private = everywhere, mentions, processes, private
        self._dumps, self._settings_numbers = dumps, settings_numbers
        self._tokens = {address: ("own", place) for place, address in enumerate(dumps.own)}
        served = {entry.local_port for entry in dumps.sockets if entry.local == _RESOLVER}
        #: Only rules for 127.0.0.11 name the ports of its resolver.
        self._resolver = re.compile(rf"\b({'|'.join(map(str, served))})\b") if served else None

    def signature(self) -> object:
        dumps = self._dumps
        return (
            tuple(map(self._seen_by_others, self._tokens)),
            tuple(map(self._device, dumps.devices)),
            tuple(map(self._address, dumps.addresses)),
            tuple(map(self._route, dumps.routes)),
            tuple(map(str, dumps.routing_rules)),
            tuple(map(self._neighbour, dumps.neighbours)),
            tuple(sorted(self._socket(entry) for entry in dumps.sockets if _takes(entry))),
            tuple(
                (version, chain.table, chain.name, str(chain.policy), tuple(map(self._rule, chain.rules)))
                for version, chain in dumps.chains
            ),
            self._settings(),
        )

    def _seen_by_others(self, address: Address) -> object:
        private, known_by = self._private.get(address, ()), self._mentions.known_by.get(address, ())
        return self._place(address), tuple(private), tuple(known_by)

    def _place(self, address: Address) -> object:
        place = self._mentions.ranges(address)
        if address.version == 4:
            return place
        return place, address >> 128 - self._mentions.longest6

    def _token(self, address: Address | None) -> object:
        return self._tokens.get(address, address) if address is not None else None

    # --- devices -----------------------------------------------------------------------------------------------------

    def _device(self, device: Device) -> object:
        link = self._dumps.links[device.name]
        return _link(link, device), self._lower(device), tuple(link.details.items())

    def _lower(self, device: Device) -> object:
        """What it is stacked on, or where its cable ends."""
        below = device.peer
        if below is None:
            return None
        number = below.namespace.number
        if device.kind != "veth":
            return number, below.name
        around = self._everywhere[number]
        link, routes = around.links[below.name], around.routes_on.get(below.name, ())
        return (
            number, link.master, _link(link, below, but="name"), _port(link),
            tuple(entry.flags for entry in around.addresses_on.get(below.name, ())),
            tuple(self._far_route(route, below.name) for route in routes if not _is_own(route)),
            tuple(map(self._neighbour, around.neighbours_on.get(below.name, ()))),
            tuple(sorted(word for word in self._mentions.strings[number] if _fits(word, below.name))),
            self._conf(around.sysctls, below.name),
        )  # fmt: skip

    def _far_route(self, route: Route, device: str) -> object:
        hops = tuple((hop.via, hop.device == device or hop.device, hop.weight, hop.flags) for hop in route.hops)
        return str(attrs.evolve(route, hops=())), hops

    # --- what IP has -------------------------------------------------------------------------------------------------

    def _address(self, entry: AddressEntry) -> object:
        return (
            entry.device, self._token(entry.address), entry.length, self._token(entry.peer), entry.broadcast,
            entry.scope, entry.flags, entry.label, entry.protocol, entry.metric, entry.valid_seconds,
            entry.preferred_seconds,
        )  # fmt: skip

    def _route(self, route: Route) -> object:
        hops = tuple((self._token(hop.via), hop.device, hop.weight, hop.flags) for hop in route.hops)
        return (
            self._destination(route.destination), route.kind, hops, self._token(route.source), route.metric,
            route.table, route.protocol, route.scope, route.tos, route.mtu, route.mtu_locked, route.advmss,
            route.metrics,
            route.preference,
            route.expires_seconds, route.error,
        )  # fmt: skip

    def _destination(self, prefix: Prefix) -> object:
        single = prefix.length == prefix.address.bits
        return (self._token(prefix.address) if single else prefix.address), prefix.length

    def _neighbour(self, entry: NeighbourEntry) -> object:
        state = "known" if entry.state in CERTAIN else entry.state
        return self._token(entry.address), entry.device, entry.mac, state, entry.router, entry.proxy

    # --- sockets and rules -------------------------------------------------------------------------------------------

    def _socket(self, entry: SocketEntry) -> tuple[str, ...]:
        owner = None if entry.pid is None else self._processes.get(entry.pid)
        port = "resolver" if entry.local == _RESOLVER else entry.local_port
        found = (
            entry.protocol, entry.state, self._token(entry.local), port, entry.remote, entry.remote_port,
            entry.receive_queue, entry.send_queue, entry.device, entry.dual_stack, entry.process,
            None if owner is None else (owner.argv, owner.stopped),
        )  # fmt: skip
        return tuple(map(str, found))

    def _rule(self, rule: Any) -> str:
        text = str(rule)
        if self._resolver is not None and ("-s 127.0.0.11/32" in text or "-d 127.0.0.11/32" in text):
            return self._resolver.sub("resolver", text)
        return text

    # --- settings ----------------------------------------------------------------------------------------------------

    def _settings(self) -> object:
        sysctls = self._dumps.sysctls
        names = ("all", "default", *(device.name for device in self._dumps.devices))
        return tuple(sorted(sysctls.changed().items())), tuple(self._conf(sysctls, name) for name in names)

    def _conf(self, sysctls: Any, device: str) -> object:
        return tuple(map(self._settings_numbers.of, sysctls.settings_of(device)))


def _link(link: Link, device: Device, but: str = "") -> object:
    """`but` is a field that is left out."""
    shown = tuple(getattr(link, name) for name in _SHARED if name not in (but, "master"))
    return shown, tuple(sorted(device.features.items())), device.segmentation, device.ingress


def _port(link: Link) -> object:
    return tuple((name, value) for name, value in (link.port or {}).items() if name not in _PORT_IDENTITY)


def _is_own(route: Route) -> bool:
    """Whether it is the kernel's, for a link-local address of the device."""
    address = route.destination.address
    return route.kind == "local" and route.protocol == _BY_KERNEL and address.version == 6 and address >> 118 == _NEARBY


def _takes(entry: SocketEntry) -> bool:
    """Whether it is no connection of TCP."""
    return entry.protocol != "tcp" or entry.state == "LISTEN"


def _fits(word: str, device: str) -> bool:
    return device.startswith(word[:-1]) if word.endswith("+") else word == device
