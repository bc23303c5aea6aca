"""A namespace for tests of routing: devices that are only described, a table, and `ip route` in short."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from vnetsim.kernel.fib import connected
from vnetsim.kernel.fib import semantics as routing
from vnetsim.kernel.fib.info import MAIN, FibResult, Flowi
from vnetsim.kernel.fib.tables import Fib
from vnetsim.observations import AddressEntry, Route
from vnetsim.operations.route import AddRoute, DeleteRoute, Hop
from vnetsim.operations.verb import Verb
from vnetsim.wire.inet import Address, InterfaceAddress, Prefix, parse_address

SCOPES = {0: "global", 253: "link", 254: "host"}
PROTOCOLS = {2: "kernel", 4: "static"}
TABLES = {255: "local"}


@attrs.define
class Device:
    name: str
    up: bool = False
    carrier: bool = True
    addresses: list[AddressEntry] = attrs.field(factory=list)


class FakeNetwork:
    """Devices get the indexes 1 (lo, down), 2, 3 ... in the order of their names."""

    def __init__(self, *names: str, version: int = 4) -> None:
        self.version = version
        self.devices = {index: Device(name) for index, name in enumerate(("lo", *names), 1)}
        self.ignoring_linkdown = False
        self.localnet = False
        self.fib = Fib(version, self.index_of, self.ignores_linkdown)

    # --- the promise of routing.Devices ---------------------------------------------------------------------------

    def index_of(self, name: str) -> int | None:
        return next((index for index, device in self.devices.items() if device.name == name), None)

    def name_of(self, index: int) -> str:
        return self.devices[index].name

    def indexes(self) -> Sequence[int]:
        return sorted(self.devices)

    def is_up(self, index: int) -> bool:
        return index in self.devices and self.devices[index].up

    def has_carrier(self, index: int) -> bool:
        return self.devices[index].carrier

    def l3_table(self, _index: int) -> int | None:
        return None

    def is_l3_master(self, _index: int) -> bool:
        return False

    def is_disabled(self, index: int) -> bool:
        del index
        return False

    def is_loopback(self, index: int) -> bool:
        return index == 1

    def addresses_of(self, index: int) -> Sequence[AddressEntry]:
        return self.devices[index].addresses

    def ignores_linkdown(self, _index: int) -> bool:
        return self.ignoring_linkdown

    def routes_localnet(self, _index: int) -> bool:
        return self.localnet

    def forwards(self, _index: int) -> bool:
        return False

    # --- what people do -------------------------------------------------------------------------------------------

    def index(self, name: str) -> int:
        index = self.index_of(name)
        assert index is not None
        return index

    def up(self, *names: str) -> None:
        for name in names:
            index = self.index(name)
            self.devices[index].up = True
            if self.version == 6:
                connected.device_ready6(self.fib, self, index)
            else:
                connected.device_up(self.fib, self, index)

    def down(self, name: str) -> None:
        self.devices[self.index(name)].up = False
        connected.device_down(self.fib, self, self.index(name))

    def carrier(self, name: str, on: bool) -> None:
        self.devices[self.index(name)].carrier = on
        connected.carrier_changed(self.fib, self, self.index(name))

    def address(
        self, name: str, text: str, *, peer: str | None = None, broadcast: str | None = None, scope: int = 0,
        flags: tuple[str, ...] = (), metric: int | None = None,
    ) -> AddressEntry:  # fmt: skip
        """`ip addr add`; what is secondary must be said."""
        interface = InterfaceAddress.parse(text)
        entry = AddressEntry(
            index=self.index(name), device=name, address=interface.address, length=interface.length, scope=scope,
            peer=None if peer is None else parse_address(peer), flags=flags, metric=metric,
            broadcast=None if broadcast is None else parse_address(broadcast),
        )  # fmt: skip
        self.devices[entry.index].addresses.append(entry)
        if self.version == 6:
            connected.address_added6(self.fib, self, entry)
        else:
            connected.address_added(self.fib, self, entry)
        return entry

    def take(self, entry: AddressEntry) -> bool:
        """`ip addr del`."""
        self.devices[entry.index].addresses.remove(entry)
        if self.version == 6:
            connected.address_deleted6(self.fib, self, entry)
            return False
        return connected.address_deleted(self.fib, self, entry)

    def add(self, text: str, verb: Verb = Verb.ADD) -> None:
        """`ip route VERB TEXT`, of which only a small part is understood."""
        routing.add_route(self.fib, self, parse(text, self.version, verb))

    def delete(self, text: str) -> None:
        asked = parse(text, self.version, Verb.ADD)
        said = {field: getattr(asked, field) for field in ATTRIBUTES}
        routing.delete_route(self.fib, self, DeleteRoute(**said))

    def get(self, destination: str, **said: Any) -> FibResult:
        return self.fib.lookup(Flowi(parse_address(destination), **said))

    def way(self, destination: str, **said: Any) -> str:
        """`via 10.0.0.2 dev v0`, or the word of the error."""
        match = self.get(destination, **said)
        if match.hop is None:
            assert match.error is not None
            return match.error.name
        kind = "" if match.entry is None or match.entry.kind == "unicast" else f"{match.entry.kind} "
        via = "" if match.hop.via is None else f"via {match.hop.via} "
        return f"{kind}{via}dev {self.name_of(match.hop.index)}"

    def table(self, number: int = MAIN) -> list[str]:
        return [line(route) for route in routing.routes(self.fib, self, number)]


ATTRIBUTES = ("destination", "hops", "kind", "source", "metric", "table", "protocol", "scope", "mtu", "tos")
KINDS = ("local", "broadcast", "multicast", "blackhole", "unreachable", "prohibit", "throw", "nat")


def parse(text: str, version: int, verb: Verb) -> AddRoute:
    """Enough of `ip route` to write tests in its words."""
    words = text.split()
    kind = words.pop(0) if words[0] in KINDS else "unicast"
    destination = InterfaceAddress.parse(words.pop(0).replace("default", "::/0" if version == 6 else "0.0.0.0/0"))
    hops: list[Hop] = []
    said: dict[str, int | Address] = {}
    several = "nexthop" in words
    while words:
        word = words.pop(0)
        if word == "nexthop" or (not several and word in ("via", "dev") and not hops):
            hops.append(Hop())
        if word == "onlink":
            hops[-1] = attrs.evolve(hops[-1], onlink=True)
        elif word == "via":
            hops[-1] = attrs.evolve(hops[-1], via=parse_address(words.pop(0)))
        elif word == "dev":
            hops[-1] = attrs.evolve(hops[-1], device=words.pop(0))
        elif word == "weight":
            hops[-1] = attrs.evolve(hops[-1], weight=int(words.pop(0)))
        elif word == "src":
            said["source"] = parse_address(words.pop(0))
        elif word != "nexthop":
            said[{"proto": "protocol"}.get(word, word)] = int(words.pop(0))
    prefix = Prefix(destination.address, destination.length)
    return AddRoute(destination=prefix, kind=kind, hops=tuple(hops), verb=verb, **said)  # type: ignore[arg-type]


def line(route: Route) -> str:
    """A route as `ip route` prints it, several hops in one line."""
    prefix = route.destination
    what = "default" if not prefix.length else str(prefix.address if prefix.length == prefix.address.bits else prefix)
    words = ["" if route.kind == "unicast" else route.kind, what]
    for hop in route.hops:
        words += ["nexthop"] if len(route.hops) > 1 else []
        words += ["" if hop.via is None else f"via {hop.via}", f"dev {hop.device}"]
        words += [f"weight {hop.weight}", *hop.flags] if len(route.hops) > 1 else []
    words.append(f"proto {PROTOCOLS[route.protocol]}" if route.protocol in PROTOCOLS else "")
    words.append(f"scope {SCOPES[route.scope]}" if route.scope else "")
    words.append("" if route.source is None else f"src {route.source}")
    words.append("" if route.metric is None else f"metric {route.metric}")
    words += route.hops[0].flags if len(route.hops) == 1 else ()
    return " ".join(word for word in words if word)
