"""Printing routes (ip/iproute.c: print_route)."""

from __future__ import annotations

from collections.abc import Sequence

from vnetsim.observations import NextHop, Route, RouteAnswer
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.ip.iproute.filter import RouteFilter
from vnetsim.programs.iproute2.ip.iproute.metrics import print_metrics
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.options import Iproute2Options
from vnetsim.programs.iproute2.lib.prefixes import PrefixArg
from vnetsim.programs.iproute2.lib.rt_tables import PROTOCOL_BOOT, SCOPE_GLOBAL, TABLE_MAIN, RouteNames
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, Prefix


@frozen
class RoutePrinter:
    """Prints into `out` what `chosen` does not make a matter of course."""

    out: Iproute2Output
    names: RouteNames
    options: Iproute2Options
    chosen: RouteFilter
    #: Where `-d` looks up nexthop objects.
    network: Network | None = None

    def route(self, route: Route) -> None:
        """An entry of a routing table."""
        self.out.open_object()
        self._head(route.kind, _prefix_text(route.destination), route.destination.address)
        if route.tos and self.chosen.tos is None:
            self._arg("tos", self.names.service(route.tos))
        if route.nhid is not None:
            self._number("nhid", route.nhid)
        if len(route.hops) == 1:
            self._plain_hop(route.hops[0], route.destination.version)
        self._table(route.table)
        self._origin(route)
        self._source(route.source)
        if route.metric is not None and self.chosen.metric is None:
            self._number("metric", route.metric)
        self._flags(route.hops[0].flags if len(route.hops) == 1 else ())
        if route.expires_seconds is not None:
            self.out.both("expires", f"expires {route.expires_seconds}sec ", route.expires_seconds)
        print_metrics(self.out, route.mtu, route.mtu_locked, route.advmss, route.metrics)
        self._preference(route)
        self._nexthop_info(route.nhid)
        if len(route.hops) > 1:
            self._nexthops(route.hops, route.destination.version)
        self.out.text("\n")
        self.out.close_object()

    def answer(self, answer: RouteAnswer, *, uid: int | None) -> None:
        """The answer to `ip route get`; `uid` is that of the request, the tos that of the route."""
        self.out.open_object()
        self._head(answer.kind, str(answer.destination), answer.destination)
        if answer.from_ is not None:
            self.out.both("from", f"from {answer.from_} ", str(answer.from_))
        if answer.tos:
            self._arg("tos", self.names.service(answer.tos))
        self._plain_hop(NextHop(via=answer.via, device=answer.device), answer.destination.version)
        self._table(answer.table)
        if answer.protocol is not None and answer.protocol != PROTOCOL_BOOT:
            self.out.both("protocol", *self._proto(answer.protocol))
        self._source(answer.source)
        if answer.metric is not None:
            self._number("metric", answer.metric)
        self._flags(("rt_offload_failed",) if answer.offload_failed else ())
        self._mark(answer.mark)
        if answer.uid is not None and uid is not None:
            self._number("uid", uid)
        if answer.destination.version == 4:
            self._cache(answer)
        elif answer.expires_seconds is not None:
            self.out.both("expires", f"expires {answer.expires_seconds}sec ", answer.expires_seconds)
        print_metrics(self.out, answer.mtu, answer.mtu_locked, answer.advmss, answer.metrics)
        if answer.iif is not None:
            self.out.both("iif", f"iif {answer.iif} ", answer.iif)
        if answer.destination.version == 6:
            self.out.both("pref", f"pref {answer.preference}", answer.preference)
        self.out.text("\n")
        self.out.close_object()

    def _mark(self, mark: int | None) -> None:
        if mark:
            self.out.both("mark", f"mark {mark:#x} " if mark >= 16 else f"mark {mark} ", mark)

    def _arg(self, key: str, arg: str) -> None:
        self.out.both(key, f"{key} {arg} ", arg)

    def _number(self, key: str, value: int) -> None:
        self.out.both(key, f"{key} {value} ", value)

    def _head(self, kind: str, destination: str, address: Address) -> None:
        if kind != "unicast" or self.options.details:
            arg = self.names.kind(kind)
            self.out.both("type", f"{arg} ", arg)
        self.out.both("dst", f"{destination} ", destination, _color(address))

    def _plain_hop(self, hop: NextHop, version: int) -> None:
        if hop.via is not None and (hop.via.version != version or not _is_host(self.chosen.via)):
            self._gateway(hop.via, version)
        if hop.device is not None and self.chosen.device is None:
            self._device(hop.device)

    def _gateway(self, via: Address, version: int) -> None:
        """RTA_GATEWAY, or RTA_VIA of the other family than the route."""
        if via.version != version:
            family = "inet6" if via.version == 6 else "inet"
            self.out.data("via", {"family": family, "host": str(via)})
            self.out.text(f"via {family} {via} ")
            return
        self.out.text("via ")
        self.out.both("gateway", f"{via} ", str(via), _color(via))

    def _device(self, device: str) -> None:
        self.out.text("dev ")
        self.out.both("dev", f"{device} ", device, Color.IFNAME)

    def _table(self, table: int) -> None:
        if (table != TABLE_MAIN or self.options.details) and self.chosen.table is None:
            self._arg("table", self.names.table(table))

    def _origin(self, route: Route) -> None:
        if (route.protocol != PROTOCOL_BOOT or self.options.details) and self.chosen.protocol is None:
            self.out.both("protocol", *self._proto(route.protocol))
        if (route.scope != SCOPE_GLOBAL or self.options.details) and self.chosen.scope is None:
            self._arg("scope", self.names.scope(route.scope))

    def _proto(self, protocol: int) -> tuple[str, str]:
        arg = self.names.protocol(protocol)
        return f"proto {arg} ", arg

    def _source(self, source: Address | None) -> None:
        if source is not None and not _is_host(self.chosen.prefsrc):
            self.out.text("src ")
            self.out.both("prefsrc", f"{source} ", str(source), _color(source))

    def _flags(self, flags: Sequence[str]) -> None:
        self.out.data("flags", flags)
        self.out.text("".join(f"{flag} " for flag in flags))

    def _cache(self, answer: RouteAnswer) -> None:
        self.out.line()
        self.out.text("    cache ")
        self.out.data("cache", answer.cache)
        if answer.cache:
            self.out.text(f"<{','.join(answer.cache)}> ")
        if answer.expires_seconds is not None:
            self.out.both("expires", f"expires {answer.expires_seconds}sec ", answer.expires_seconds)

    def _preference(self, route: Route) -> None:
        if route.destination.version == 6:
            preference = route.preference or "medium"
            self.out.both("pref", f"pref {preference}", preference)

    def _nexthop_info(self, number: int | None) -> None:
        """print_cache_nexthop_id, with `-d`."""
        if number is None or self.network is None or not self.options.details:
            return
        from vnetsim.programs.iproute2.ip.ipnexthop import NexthopPrinter  # noqa: PLC0415 -- few routes have one

        found = next(entry for entry in self.network.nexthops() if entry.id == number)
        self.out.line()
        self.out.text("\tnh_info ")
        NexthopPrinter(self.out, self.names, self.options).entry(found, "nh_info")

    def _nexthops(self, hops: Sequence[NextHop], version: int) -> None:
        self.out.open_array("nexthops")
        for hop in hops:
            self.out.open_object()
            self.out.line()
            self.out.text("\tnexthop ")
            if hop.via is not None:
                self._gateway(hop.via, version)
            if hop.device is not None:
                self._device(hop.device)
            self._number("weight", hop.weight)
            self._flags(hop.flags)
            self.out.close_object()
        self.out.close_array()


def _color(address: Address) -> Color:
    return Color.INET if address.version == 4 else Color.INET6


def _is_host(arg: PrefixArg | None) -> bool:
    """The filter names a single address, so that printing it is redundant."""
    return arg is not None and not arg.everything and arg.length == arg.address.bits


def _prefix_text(prefix: Prefix) -> str:
    if prefix.length == prefix.address.bits:
        return str(prefix.address)
    return str(prefix) if prefix.length or prefix.address else "default"
