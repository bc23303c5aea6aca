"""IPv4 routes as packets use them (net/ipv4/route.c), validated and cached.

Path MTUs and redirects that ICMP reports are exceptions of the hop (struct fib_nh_exception); `Fib.learn` keeps them.

Not modelled: routing by realm, multicast routing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import HOST, LINK, NO_TRANSPORT, FibResult, Flowi, Transport, transport_of
from vnetsim.kernel.fib.semantics import select_source, source_of
from vnetsim.kernel.ipv4.fib_frontend import FibFrontend
from vnetsim.kernel.ipv4.rtable import Rtable, ended_route, gateway_of, route_text
from vnetsim.wire import icmp
from vnetsim.wire.inet import ANY4, BROADCAST4, LOOPBACK4, Address, IPv4
from vnetsim.wire.ipv4 import Packet

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.kernel.fib.info import NexthopException
    from vnetsim.kernel.ipv4.devinet import InetDevices
    from vnetsim.kernel.neigh.neighbour import Neighbours
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netdev.skbuff import Skb

#: The lifetime of a redirect (ip_rt_gc_timeout).
_REDIRECT_SECONDS: Final = 300
#: ICMP codes with which a router that forwards reports an error of its tables, and how the packet ends.
_ERRORS: Final = {
    Errno.ENETUNREACH: (icmp.NET_UNREACHABLE, DropReason.IP_INNOROUTES),
    Errno.EHOSTUNREACH: (icmp.HOST_UNREACHABLE, DropReason.ROUTE_UNREACHABLE),
    Errno.EACCES: (icmp.COMMUNICATION_PROHIBITED, DropReason.ROUTE_PROHIBIT),
    Errno.EINVAL: (None, DropReason.ROUTE_BLACKHOLE),
}
_ALL_SYSTEMS: Final = IPv4.parse("224.0.0.1")


class Routes(FibFrontend):
    """The routing of one namespace."""

    #: Icmp4.error.
    icmp_send: Callable[[Skb, Packet, int, int], None]

    def __init__(self, namespace: Netns, inet: InetDevices, arp: Neighbours) -> None:
        super().__init__(namespace, inet)
        self._arp = arp
        arp.error_report = self.link_failure
        self._sources: dict[tuple[int, Address | None, int], IPv4] = {}
        self._input: dict[tuple[object, ...], Rtable] = {}
        self._output: dict[tuple[object, ...], Rtable] = {}
        self._connected: dict[tuple[object, ...], Rtable] = {}
        self.known_transport: bool | None = None
        self.generation = 0
        #: Emptied by Netns.rt_cache_flush.
        self.caches: tuple[dict[Any, Any], ...] = (
            self._types,
            self._sources,
            self._input,
            self._output,
            self._connected,
        )

    @property
    def needs_transport(self) -> bool:
        """Whether routes depend on protocol and ports, which are part of the key of the caches then."""
        if self.known_transport is None:
            self.known_transport = self.fib.needs_transport
        return self.known_transport

    # --- the caches -----------------------------------------------------------------------------------------------

    def route_input(self, packet: Packet, device: Device, mark: int) -> Rtable:
        """ip_route_input_noref."""
        key: tuple[object, ...] = (packet.destination, packet.source, device.index, packet.tos, mark)
        if self.needs_transport:
            key = (*key, transport_of(packet))
        route = self._input.get(key)
        if route is None:
            route = self._input[key] = self.input(packet, device, mark, self.transport(packet))
        return route

    def transport(self, packet: Packet) -> Transport:
        """The protocol and ports of a packet, if routes depend on them."""
        return transport_of(packet) if self.needs_transport else NO_TRANSPORT

    def route_output(
        self, destination: IPv4, source: IPv4 | None = None, oif: Device | None = None, mark: int = 0, tos: int = 0,
        transport: Transport = NO_TRANSPORT,
    ) -> Rtable:  # fmt: skip
        """ip_route_output_key: KernelError (ENETUNREACH, EHOSTUNREACH, EACCES, EINVAL) if there is no route."""
        key: tuple[object, ...] = (destination, source or 0, 0 if oif is None else oif.index, mark, tos)
        if self.needs_transport:
            key = (*key, transport)
        route = self._output.get(key)
        if route is None:
            route = self._output[key] = self.output(destination, source, oif, mark, tos, transport)
        return route

    def route_connect(
        self, destination: IPv4, source: IPv4 | None = None, oif: Device | None = None, mark: int = 0, tos: int = 0,
        transport: Transport = NO_TRANSPORT,
    ) -> Rtable:  # fmt: skip
        """ip_route_connect: a socket without an address looks up again with the one of its route (ip rule from)."""
        key: tuple[object, ...] = (destination, source or 0, 0 if oif is None else oif.index, mark, tos)
        known = None if self.needs_transport else self._connected.get(key)
        if known is not None:
            return known
        route = self.route_output(destination, source, oif, mark, tos, transport)
        if not source and route.source:
            if self.owner(route.source, oif) is None and self.owner(route.source, route.device) is None:
                raise KernelError(Errno.ENETUNREACH)
            route = self.route_output(destination or route.source, route.source, oif, mark, tos, transport)
        self._connected[key] = route
        return route

    # --- incoming packets -----------------------------------------------------------------------------------------

    def input(self, packet: Packet, device: Device, mark: int, transport: Transport = NO_TRANSPORT) -> Rtable:
        """ip_route_input_slow."""
        source, destination = packet.source, packet.destination
        if destination.is_multicast:
            return self._input_multicast(packet, device)
        if device.link_type == "loopback":
            return self._input_loopback(packet, device)
        martian = self._martian(source, destination, device)
        if martian is not None:
            return ended_route(martian)
        if destination == BROADCAST4 or not (source or destination):
            return self._to_host(packet, device, mark, broadcast=True)
        flow = Flowi(destination, source, iif=device.index, mark=mark, tos=packet.tos)
        match = self.fib.lookup(flow._replace(**transport._asdict()) if transport.protocol else flow)
        forwards = bool(device.ip.conf["forwarding"])
        if match.error is not None:
            return self._unroutable(match, forwards)
        assert match.entry is not None
        kind = match.entry.kind
        if kind in ("local", "broadcast"):
            route = self._to_host(packet, device, mark, broadcast=kind == "broadcast")
            route.match = match
            return route
        if not forwards:
            return ended_route(DropReason.IP_INADDRERRORS)
        if kind != "unicast":
            return ended_route(DropReason.ROUTE_BLACKHOLE)
        return self._forward(packet, device, match, mark)

    def _input_multicast(self, packet: Packet, device: Device) -> Rtable:
        if packet.destination != _ALL_SYSTEMS and not self._namespace.has_joined(device, packet.destination):
            return ended_route(DropReason.NO_SOCKET, f"nobody here joined {packet.destination}")
        if packet.source and self.validate_source(packet.source, ANY4, device, 0) is None:
            return ended_route(DropReason.IP_INVALID_SOURCE)
        return self._local(device, f"multicast {packet.destination} dev {device.name}")

    def _input_loopback(self, packet: Packet, device: Device) -> Rtable:
        """A packet over lo is for this host, or was sent to lo explicitly."""
        kind = self.fib.address_type(packet.destination)
        if kind in ("local", "broadcast"):
            return self.to_oneself(packet, device)
        return ended_route(DropReason.IP_INNOROUTES)

    def to_oneself(self, packet: Packet, device: Device) -> Rtable:
        """The route of a packet of this host to itself."""
        return self._local(device, f"local {packet.destination} dev {device.name}")

    def _martian(self, source: IPv4, destination: IPv4, device: Device) -> DropReason | None:
        """Addresses that cannot be on a wire (RFC 1812, 5.3.7)."""
        if source.is_multicast or source == BROADCAST4:
            return DropReason.IP_INVALID_SOURCE
        if destination == BROADCAST4 or not (source or destination):
            return None
        if not source:
            return DropReason.IP_INVALID_SOURCE
        if not destination:
            return DropReason.IP_INNOROUTES
        if not self.in_dev_orconf(device, "route_localnet") and (source.is_loopback or destination.is_loopback):
            return DropReason.IP_INVALID_SOURCE
        return None

    def _unroutable(self, match: FibResult, forwards: bool) -> Rtable:
        if not forwards:
            return ended_route(DropReason.IP_INADDRERRORS)
        assert match.error is not None
        code, reason = _ERRORS.get(match.error, (None, DropReason.IP_INNOROUTES))
        route = ended_route(reason, "" if match.entry is None else f"{match.text}{match.table_text}")
        route.icmp_code = code
        return route

    def _to_host(self, packet: Packet, device: Device, mark: int, *, broadcast: bool) -> Rtable:
        checked = ANY4 if broadcast else packet.destination
        if packet.source and self.validate_source(packet.source, checked, device, 0, mark) is None:
            return ended_route(self.source_reason(device))
        kind = "broadcast" if broadcast else "local"
        return self._local(device, f"{kind} {packet.destination} dev {'lo' if not broadcast else device.name}")

    def _local(self, device: Device, text: str, source: IPv4 = ANY4) -> Rtable:
        route = Rtable(device, None, source, text)
        route.is_local = True
        return route

    def _forward(self, packet: Packet, device: Device, match: FibResult, mark: int) -> Rtable:
        """__mkroute_input."""
        assert match.hop is not None
        out = self._namespace.by_index[match.hop.index]
        nearby = self.validate_source(packet.source, packet.destination, device, out.index, mark)
        if nearby is None:
            return ended_route(self.source_reason(device))
        gateway = gateway_of(match.hop)
        route = Rtable(out, gateway, ANY4, route_text(match, out, gateway))
        route.match = match
        route.uses_pmtu = bool(self._namespace.sysctls.number("net/ipv4/ip_forward_use_pmtu"))
        self._apply_metrics(route, packet.destination)
        if out is device and nearby and self._sends_redirects(device):
            next_hop = gateway if isinstance(gateway, IPv4) else packet.destination
            if self.in_dev_orconf(device, "shared_media") or self._inet.on_subnet(device, packet.source, next_hop):
                route.redirect_to = next_hop
        return route

    # --- outgoing packets -----------------------------------------------------------------------------------------

    def output(
        self, destination: IPv4, source: IPv4 | None, oif: Device | None, mark: int = 0, tos: int = 0,
        transport: Transport = NO_TRANSPORT,
    ) -> Rtable:  # fmt: skip
        """ip_route_output_key_hash_rcu: KernelError with the errno of the system call."""
        if source and (source.is_multicast or source == BROADCAST4):
            raise KernelError(Errno.EINVAL)
        if source and self._namespace.sysctls.number("net/ipv4/ip_nonlocal_bind") and self.owner(source, oif) is None:
            # A socket with a foreign address receives only (no FLOWI_FLAG_ANYSRC).
            raise KernelError(Errno.ENETUNREACH)
        if oif is not None and not oif.up:
            raise KernelError(Errno.ENETUNREACH)
        if not destination:
            return self._to_this_host(source or (ANY4 if oif is None else self.select_source(oif.index, None, HOST)))
        if destination.is_multicast or destination == BROADCAST4:
            # Without a device: the one that has the source's address.
            oif = oif or (self._device_of(source) if source else None)
        if oif is not None and (destination.is_multicast or destination == BROADCAST4):
            own = source or self.select_source(oif.index, None, LINK)
            return self._mkroute_output(destination, own, oif, None, None)
        flow = Flowi(destination, source, oif=0 if oif is None else oif.index, mark=mark, tos=tos)
        match = self.fib.lookup(flow._replace(**transport._asdict()) if transport.protocol else flow)
        if match.error is not None:
            if oif is not None and oif.l3mdev is None:
                own = source or self.select_source(oif.index, None, LINK)
                return self._mkroute_output(destination, own, oif, None, None)
            raise KernelError(match.error)
        assert match.entry is not None
        assert match.hop is not None
        if match.entry.kind == "local":
            return self._local_output(destination, source, match)
        device = self._namespace.by_index[match.hop.index]
        own = source or self._source_by(match, oif, device)
        return self._mkroute_output(destination, own, device, match, gateway_of(match.hop))

    def _source_by(self, match: FibResult, oif: Device | None, device: Device) -> IPv4:
        """fib_select_path: what a route leads out of the VRF of `oif` has an address of that."""
        vrf = None if oif is None else oif.l3mdev
        if vrf is not None and device.l3mdev is not vrf:
            return self.select_source(vrf.index, None, LINK)
        return IPv4(source_of(match, self.select_source))

    def select_source(self, index: int, towards: Address | None, scope: int) -> IPv4:
        """The address that this host uses on a device; cached."""
        found = self._sources.get((index, towards, scope))
        if found is None:
            found = select_source(self._inet.devices, index, towards, scope)
            self._sources[index, towards, scope] = found
        return found

    def _device_of(self, source: IPv4) -> Device:
        device = self.owner(source)
        if device is None:
            raise KernelError(Errno.ENETUNREACH)
        return device

    def _to_this_host(self, source: IPv4) -> Rtable:
        """To 0.0.0.0, which is this host, without a lookup."""
        own = source or LOOPBACK4
        return self._local(self._namespace.lo, f"local {own} dev lo", own)

    def _local_output(self, destination: IPv4, source: IPv4 | None, match: FibResult) -> Rtable:
        assert match.entry is not None
        own = source or (IPv4(match.entry.source) if match.entry.source is not None else destination)
        device = self.loopback_of(match)
        # If it is down, the packet is sent into a device that does not take it.
        text = f"local {destination} dev {device.name}{f' src {own}' if device.up else ''}"
        route = Rtable(device, None, own, text)
        route.match, route.is_local = match, True
        return route

    def loopback_of(self, match: FibResult) -> Device:
        """What this host sends packets to itself by: lo, or the VRF of the address (l3mdev_master_dev_rcu)."""
        assert match.hop is not None
        found = self._inet.devices.l3mdev_of(match.hop.index)
        return self._namespace.lo if found is None else self._namespace.by_index[found[0]]

    def _mkroute_output(
        self, destination: IPv4, source: IPv4, device: Device, match: FibResult | None, gateway: Address | None
    ) -> Rtable:
        """__mkroute_output."""
        if source.is_loopback and device.link_type != "loopback" and not self.in_dev_orconf(device, "route_localnet"):
            raise KernelError(Errno.EINVAL)
        if gateway is not None and (destination == BROADCAST4 or destination.is_multicast):
            gateway = None
        route = Rtable(device, gateway, source, route_text(match, device, gateway, destination))
        route.match = match
        route.is_broadcast = destination == BROADCAST4 or (
            match is not None and match.entry is not None and match.entry.kind == "broadcast"
        )
        self._apply_metrics(route, destination)
        return route

    def link_failure(self, skb: Skb) -> None:
        """ipv4_link_failure: the next hop did not answer, host unreachable."""
        packet = skb.frame.payload
        assert isinstance(packet, Packet)
        self.icmp_send(skb, packet, icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE)

    # --- path MTUs and redirects ----------------------------------------------------------------------------------

    def mtu(self, route: Rtable, destination: IPv4) -> int:
        """dst_mtu: the path MTU if there is one and it has not expired, else that of the route, else of the device."""
        assert route.device is not None
        known = self.exception(destination, route.match)
        limit = route.mtu or route.device.mtu
        if known is None or known.mtu is None or not (route.uses_pmtu or known.mtu_locked):
            return limit
        return min(known.mtu, limit) if self._namespace.host.engine.now() < known.mtu_until else limit

    def dont_fragment(self, route: Rtable, destination: IPv4, length: int) -> bool:
        """Whether a packet of that length has DF set (ip_dont_fragment with IP_PMTUDISC_WANT)."""
        if length <= route.fits:
            return True
        if route.mtu_locked:
            return False
        known = self.exception(destination, route.match)
        if known is not None and known.mtu_locked and self._namespace.host.engine.now() < known.mtu_until:
            return False
        return length <= self.mtu(route, destination)

    def learn_mtu(self, destination: IPv4, mtu: int, vrf: Device | None = None) -> None:
        """__ip_rt_update_pmtu: store a smaller path MTU for mtu_expires seconds.

        All hops of a multipath route learn it.
        """
        sysctls = self._namespace.sysctls
        try:
            route = self.route_output(destination, None, vrf)
        except KernelError:
            return
        before = self.mtu(route, destination)
        if route.match is None or route.match.entry is None or route.mtu_locked or before < mtu:
            return
        lowest = sysctls.number("net/ipv4/route/min_pmtu")
        until = self._namespace.host.engine.now() + sysctls.number("net/ipv4/route/mtu_expires") * SECOND
        for hop in route.match.entry.hops:
            known = self.fib.learn(route.match._replace(hop=hop), destination)
            assert known is not None
            known.mtu, known.mtu_locked = (min(before, lowest) if mtu < lowest else mtu), mtu < lowest
            known.mtu_until = until
        self._namespace.rt_cache_flush()

    def learn_redirect(self, destination: IPv4, gateway: IPv4, router: IPv4, device: Device) -> None:
        """__ip_do_redirect: accepted from the current router only, to a neighbour on the same link."""
        conf, every = device.ip.conf, self._namespace.sysctls.conf4["all"]
        accepts = (
            (conf["accept_redirects"] and every["accept_redirects"])
            if conf["forwarding"]
            else (conf["accept_redirects"] or every["accept_redirects"])
        )
        if not accepts or gateway.is_multicast or not self._may_be_gateway(gateway, router, device):
            return
        try:
            route = self.route_output(destination, None, device.l3mdev)
        except KernelError:
            return
        if route.device is not device or (route.gateway or destination) != router or gateway == router:
            return
        if not self._arp.knows(device, gateway):
            # Accepted once the neighbour entry is valid, that is with the next redirect.
            return
        known = None if route.match is None else self.fib.learn(route.match, destination)
        if known is None:
            return
        engine = self._namespace.host.engine
        known.gateway = gateway
        known.gateway_until = engine.now() + _REDIRECT_SECONDS * SECOND
        self._namespace.rt_cache_flush()
        engine.after(_REDIRECT_SECONDS * SECOND, self._namespace.rt_cache_flush)

    def _may_be_gateway(self, gateway: IPv4, router: IPv4, device: Device) -> bool:
        """Without shared_media to the same subnet only, and with secure_redirects to a known gateway only."""
        if self.in_dev_orconf(device, "shared_media"):
            return self.fib.address_type(gateway) == "unicast"
        if not self._inet.on_subnet(device, gateway, router):
            return False
        return not self.in_dev_orconf(device, "secure_redirects") or self.fib.has_gateway(gateway, device.index)

    def exception(self, destination: IPv4, match: FibResult | None) -> NexthopException | None:
        """The nexthop exception of a destination (find_exception)."""
        return None if match is None else match.exceptions.get(destination)

    def _apply_metrics(self, route: Rtable, destination: IPv4) -> None:
        """rt_set_nexthop: the metrics of the route, and its exception for the destination."""
        if route.match is None or route.match.entry is None:
            return
        entry = route.match.entry
        route.mtu, route.mtu_locked, route.hoplimit = entry.mtu, entry.mtu_locked, entry.metrics.hoplimit or 0
        if route.mtu is not None:
            route.fits = 0 if route.mtu_locked else min(route.fits, route.mtu)
        known = self.exception(destination, route.match)
        if known is None:
            return
        if known.mtu is not None and (route.uses_pmtu or known.mtu_locked):
            route.fits = 0 if known.mtu_locked else min(route.fits, known.mtu)
        if known.gateway is not None and self._namespace.host.engine.now() < known.gateway_until:
            route.gateway = IPv4(known.gateway)
