"""IPv6 routes as packets use them (struct rt6_info, net/ipv6/route.c), cached.

`input` is ip6_route_input, `output` is ip6_dst_lookup_flow with its choice of a source address.  Path MTUs and
redirects that ICMPv6 reports are exceptions of the hop (struct rt6_exception); `Fib.learn` keeps them.

No source is ever validated: IPv6 has no rp_filter.
Not modelled: choosing among equal default routers by their reachability, subtrees by source, VRFs, multicast routing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.dst import DstEntry
from vnetsim.kernel.fib.info import LOCAL, NO_TRANSPORT, FibResult, Flowi, Transport, transport_of
from vnetsim.kernel.ipv6.source import INTERFACE_LOCAL, scope_of, select_source
from vnetsim.wire import icmpv6
from vnetsim.wire.inet import ANY6, LOOPBACK6, IPv6
from vnetsim.wire.ipv6 import MINIMUM_MTU, Packet

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.fib.tables import Fib
    from vnetsim.kernel.ipv4.devinet import InetDevices
    from vnetsim.kernel.ipv6.mcast import Mcast6
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netdev.skbuff import Skb

#: The lifetime of a redirect (ip6_rt_gc_timeout).
_REDIRECT_SECONDS: Final = 60
#: ICMP code and drop reason by the error of a route (fib6_props).
_ERRORS: Final = {
    Errno.ENETUNREACH: (icmpv6.NO_ROUTE, DropReason.IP_INNOROUTES),
    Errno.EHOSTUNREACH: (icmpv6.NO_ROUTE, DropReason.ROUTE_UNREACHABLE),
    Errno.EACCES: (icmpv6.ADMINISTRATIVELY_PROHIBITED, DropReason.ROUTE_PROHIBIT),
    Errno.EINVAL: (None, DropReason.ROUTE_BLACKHOLE),
}


class Rt6Info(DstEntry):
    """struct rt6_info: by `gateway`, or to the destination itself, with `source` as this host's address."""

    __slots__ = ("gateway", "source")

    def __init__(self, device: Device | None, gateway: IPv6 | None = None, source: IPv6 = ANY6, text: str = "") -> None:
        super().__init__(device, 0 if device is None else device.ip6.conf["mtu"], text)
        self.gateway = gateway
        self.source = source


class Routes6:
    """The IPv6 routing of one namespace."""

    #: Icmp6.error.
    icmp_send: Callable[[Skb, Packet, int, int], None]

    def __init__(self, namespace: Netns, inet: InetDevices, mcast: Mcast6) -> None:
        self._namespace = namespace
        self._inet = inet
        self._mcast = mcast
        self._input: dict[tuple[object, ...], Rt6Info] = {}
        self._output: dict[tuple[object, ...], Rt6Info] = {}
        #: Routes of one link, by the device and the destination.
        self._on_link: dict[tuple[int, IPv6], Rt6Info] = {}
        self.known_transport: bool | None = None
        self.generation = 0
        #: Emptied by Netns.rt_cache_flush.
        self.caches: tuple[dict[Any, Any], ...] = (self._input, self._output, self._on_link)

    @property
    def needs_transport(self) -> bool:
        """Whether routes depend on protocol and ports, which are part of the key of the caches then."""
        if self.known_transport is None:
            self.known_transport = self.fib.needs_transport
        return self.known_transport

    # --- the caches -----------------------------------------------------------------------------------------------

    def route_input(self, packet: Packet, device: Device, mark: int) -> Rt6Info:
        """ip6_route_input."""
        transport = transport_of(packet) if self.needs_transport else NO_TRANSPORT
        key = (packet.destination, packet.source, device.index, packet.traffic_class, mark, transport)
        route = self._input.get(key)
        if route is None:
            route = self._input[key] = self.input(packet, device, mark, transport)
        return route

    def route_output(
        self, destination: IPv6, source: IPv6 | None = None, oif: Device | None = None, mark: int = 0,
        transport: Transport = NO_TRANSPORT, *, strict: bool = True,
    ) -> Rt6Info:  # fmt: skip
        """ip6_dst_lookup_flow: KernelError (ENETUNREACH, EADDRNOTAVAIL, EHOSTUNREACH, EACCES, EINVAL) without one."""
        key: tuple[object, ...] = (destination, source or 0, 0 if oif is None else oif.index, mark, strict)
        if self.needs_transport:
            key = (*key, transport)
        route = self._output.get(key)
        if route is None:
            route = self._output[key] = self.output(destination, source, oif, mark, transport, strict=strict)
        return route

    def on_link(self, device: Device, packet: Packet) -> Rt6Info:
        """By one device, whatever the tables contain (icmp6_dst_alloc)."""
        key = (device.index, packet.destination)
        route = self._on_link.get(key)
        if route is None:
            route = self._on_link[key] = Rt6Info(device, None, packet.source)
        if self._namespace.host.tracer is not None:
            route.text = f"{packet.destination} dev {device.name}"
        return route

    @property
    def fib(self) -> Fib:
        return self._inet.fib6

    def _now(self) -> int:
        return self._namespace.host.engine.now()

    # --- questions about addresses --------------------------------------------------------------------------------

    def address_type(self, address: IPv6, device: str) -> str:
        """As ip6tables' addrtype names it; seen from one device, or from all for ""."""
        index = self._namespace.by_name[device].index if device in self._namespace.by_name else None
        return self.fib.address_type(address, index).upper()

    def is_local(self, address: IPv6, device: Device | None = None) -> bool:
        """Whether it is an address of this host that may be used already: in the VRF of `device` (ipv6_chk_addr)."""
        table = LOCAL if device is None or device.l3_table is None else device.l3_table
        return self.fib.address_type(address, table=table) == "local"

    def has_on(self, device: Device, address: IPv6, *, tentative: bool = False) -> bool:
        """Whether the device itself has the address; a tentative one counts only with `tentative`."""
        return any(ifa.address == address and (tentative or not ifa.tentative) for ifa in device.ip6.addresses)

    def owner(self, address: IPv6) -> Device | None:
        """The device that has an address."""
        devices = self._namespace.devices()
        return next((device for device in devices if self.has_on(device, address, tentative=True)), None)

    def link(self, device: Device, destination: IPv6) -> Device | None:
        """inet6_iif: the ingress device; for a packet over lo, the device of its destination."""
        return self.owner(destination) if device.link_type == "loopback" else device

    def select_source(self, device: Device | None, destination: IPv6) -> IPv6 | None:
        """The address that suits a destination best, sent by `device` (ipv6_dev_get_saddr)."""
        return select_source(self._namespace, device, destination)

    # --- incoming packets -----------------------------------------------------------------------------------------

    def input(self, packet: Packet, device: Device, mark: int, transport: Transport = NO_TRANSPORT) -> Rt6Info:
        """Where a packet that came in by `device` goes."""
        destination = packet.destination
        if destination.is_multicast:
            return self._input_multicast(destination, device)
        if device.link_type == "loopback":
            return self._input_loopback(destination, device)
        strict = device.index if destination.is_link_local else 0
        flow = Flowi(destination, packet.source, oif=strict, iif=device.index, mark=mark, tos=packet.traffic_class)
        match = self.fib.lookup(flow._replace(**transport._asdict()) if transport.protocol else flow)
        if match.error is not None or match.entry is None or match.hop is None:
            return _unroutable(match)
        if match.entry.kind in ("local", "anycast"):
            return _to_host(device, match.entry.kind, destination)
        return self._forward(destination, match)

    def _input_multicast(self, destination: IPv6, device: Device) -> Rt6Info:
        """ip6_mc_input: only for groups that the device has joined."""
        if self._mcast.has_joined(device, destination):
            return _to_host(device, "multicast", destination)
        return _ended(DropReason.NO_SOCKET, f"nobody here joined {destination}")

    def _input_loopback(self, destination: IPv6, device: Device) -> Rt6Info:
        """A packet over lo was routed when it was sent: it is for this host, unless the tables have changed."""
        kind = self.fib.address_type(destination)
        if kind in ("local", "anycast"):
            return _to_host(device, kind, destination)
        return _ended(DropReason.IP_INNOROUTES)

    def _forward(self, destination: IPv6, match: FibResult) -> Rt6Info:
        assert match.hop is not None
        out = self._namespace.by_index[match.hop.index]
        if _leads_to_loopback(match, out):
            return _discarding(_route_text(match, out, None))
        gateway = None if match.hop.via is None else IPv6(match.hop.via)
        route = Rt6Info(out, gateway, ANY6, _route_text(match, out, gateway))
        return self._completed(route, match, destination)

    # --- outgoing packets -----------------------------------------------------------------------------------------

    def output(
        self, destination: IPv6, source: IPv6 | None, oif: Device | None, mark: int = 0,
        transport: Transport = NO_TRANSPORT, *, strict: bool = True,
    ) -> Rt6Info:  # fmt: skip
        """ip6_route_output: KernelError with the errno of the system call.

        EADDRNOTAVAIL: this host has no address to send with.  Unless `strict`, another device is used if the route
        of `oif` is not as good (no RT6_LOOKUP_F_IFACE).
        """
        destination = destination or LOOPBACK6
        flow = Flowi(destination, source, mark=mark)._replace(**transport._asdict())
        match = self._lookup(flow, oif, strict or _needs_device(destination))
        device = None if match.hop is None else self._namespace.by_index[match.hop.index]
        own = source or self._source(match, device, destination)
        if own is None:
            raise KernelError(Errno.EADDRNOTAVAIL)
        if match.error is not None or match.entry is None or device is None:
            raise KernelError(match.error or Errno.ENETUNREACH)
        return self._made(destination, own, match, device)

    def _lookup(self, flow: Flowi, oif: Device | None, strict: bool) -> FibResult:
        if oif is None:
            return self.fib.lookup(flow)
        if strict or oif.l3mdev is not None:
            return self.fib.lookup(flow._replace(oif=oif.index))
        best = self.fib.lookup(flow)
        if best.hop is not None and best.hop.index != oif.index and best.entry is not None:
            other = self.fib.lookup(flow._replace(oif=oif.index))
            if other.entry is not None and other.entry.destination == best.entry.destination:
                return other
        return best

    def _source(self, match: FibResult, device: Device | None, destination: IPv6) -> IPv6 | None:
        """ip6_route_get_saddr: that of the route, or the best of all addresses."""
        if match.entry is not None and match.entry.source is not None:
            return IPv6(match.entry.source)
        return select_source(self._namespace, device, destination)

    def source_for(self, match: FibResult, destination: IPv6) -> IPv6 | None:
        """The address that this host would send with by a route; None if it has none."""
        device = None if match.hop is None else self._namespace.by_index[match.hop.index]
        return self._source(match, device, destination)

    def _made(self, destination: IPv6, source: IPv6, match: FibResult, device: Device) -> Rt6Info:
        assert match.entry is not None
        assert match.hop is not None
        kind = match.entry.kind
        if kind in ("local", "anycast"):
            route = Rt6Info(self._namespace.lo, None, source, f"{kind} {destination} dev lo src {source}")
            route.match = match
            return route
        if _leads_to_loopback(match, device) and not destination.is_loopback:
            return _discarding(_route_text(match, device, None), device, source)
        gateway = None if match.hop.via is None or destination.is_multicast else IPv6(match.hop.via)
        route = Rt6Info(device, gateway, source, _route_text(match, device, gateway))
        return self._completed(route, match, destination)

    def _completed(self, route: Rt6Info, match: FibResult, destination: IPv6) -> Rt6Info:
        route.match = match
        assert match.entry is not None
        route.mtu, route.hoplimit = match.entry.mtu, match.entry.metrics.hoplimit or 0
        if route.mtu is not None:
            route.fits = min(route.fits, route.mtu)
        known = match.exceptions.get(destination)
        if known is None:
            return route
        if known.mtu is not None:
            route.fits = min(route.fits, known.mtu)
        if known.gateway is not None and self._now() < known.gateway_until:
            route.gateway = IPv6(known.gateway)
        return route

    def link_failure(self, skb: Skb) -> None:
        """ip6_link_failure: the next hop did not answer, address unreachable."""
        packet = skb.frame.payload
        assert isinstance(packet, Packet)
        self.icmp_send(skb, packet, icmpv6.DESTINATION_UNREACHABLE, icmpv6.ADDRESS_UNREACHABLE)

    # --- learning -------------------------------------------------------------------------------------------------

    def path_mtu(self, route: Rt6Info, destination: IPv6) -> int:
        """The longest packet that goes there by this route in one piece (ip6_mtu)."""
        assert route.device is not None
        limit = route.mtu or route.device.ip6.conf["mtu"]
        known = None if route.match is None else route.match.exceptions.get(destination)
        if known is not None and known.mtu is not None and self._now() < known.mtu_until:
            return min(known.mtu, limit)
        return limit

    def learn_mtu(self, destination: IPv6, mtu: int) -> None:
        """__ip6_rt_update_pmtu: store a smaller path MTU for mtu_expires seconds."""
        mtu = max(mtu, MINIMUM_MTU)
        try:
            route = self.route_output(destination)
        except KernelError:
            return
        if route.device is None or mtu >= self.path_mtu(route, destination):
            return
        known = None if route.match is None else self.fib.learn(route.match, destination)
        if known is None:
            return
        known.mtu = mtu
        expires = self._namespace.sysctls.number("net/ipv6/route/mtu_expires")
        known.mtu_until = self._now() + expires * SECOND
        self._namespace.rt_cache_flush()

    def learn_redirect(self, destination: IPv6, gateway: IPv6, router: IPv6, device: Device) -> bool:
        """rt6_do_redirect: accepted from the current router only."""
        try:
            route = self.route_output(destination)
        except KernelError:
            return False
        if route.device is not device or route.gateway != router:
            return False
        known = None if route.match is None else self.fib.learn(route.match, destination)
        if known is None:
            return False
        known.gateway = gateway
        known.gateway_until = self._now() + _REDIRECT_SECONDS * SECOND
        self._namespace.rt_cache_flush()
        return True


def _needs_device(destination: IPv6) -> bool:
    """rt6_need_strict: addresses that are valid on one link only."""
    return destination.is_link_local or destination.is_multicast or destination.is_loopback


def reaches_wire(destination: IPv6) -> bool:
    """Whether a group reaches beyond this host."""
    return scope_of(destination) > INTERFACE_LOCAL


def _leads_to_loopback(match: FibResult, device: Device) -> bool:
    """fib6_is_reject: a unicast route through lo drops packets, which would loop."""
    return match.entry is not None and match.entry.kind == "unicast" and device.link_type == "loopback"


def _to_host(device: Device, kind: str, destination: IPv6) -> Rt6Info:
    route = Rt6Info(device, None, ANY6, f"{kind} {destination} dev {'lo' if kind == 'local' else device.name}")
    route.is_local = True
    return route


def _unroutable(match: FibResult) -> Rt6Info:
    """ip6_pkt_discard: also on a host that does not forward."""
    code, reason = _ERRORS.get(match.error or Errno.ENETUNREACH, (None, DropReason.IP_INNOROUTES))
    route = _ended(reason, "" if match.entry is None else f"{match.text}{match.table_text}")
    route.icmp_code = code
    return route


def _discarding(text: str, device: Device | None = None, source: IPv6 = ANY6) -> Rt6Info:
    route = Rt6Info(device, None, source, text)
    route.reason, route.icmp_code = DropReason.IP_INNOROUTES, icmpv6.NO_ROUTE
    return route


def _ended(reason: DropReason, text: str = "") -> Rt6Info:
    route = Rt6Info(None, text=text)
    route.reason = reason
    return route


def _route_text(match: FibResult, device: Device, gateway: IPv6 | None) -> str:
    """The route as `ip -6 route` would print it, for traces."""
    via = "" if gateway is None else f" via {gateway}"
    return f"{match.text}{via} dev {device.name}{match.table_text}"
