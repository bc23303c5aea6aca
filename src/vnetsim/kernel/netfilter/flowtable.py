"""Packets of connections in a flowtable go from device to device (net/netfilter/nf_flow_table_core.c, _ip.c).

The only hooks that they come to are those of the devices.  Where a packet is one for the stack, or its route is another
now, it goes through the stack, as do all packets then until a rule puts the connection into a flowtable again.

Not modelled: devices over those of the flowtable (VLANs, bridges, bonds, tunnels), flows of GRE, of zones, of VRFs and
of routes that depend on more than the destination and the mark.  A flow ends with any change of routes or addresses,
in Linux only with those of its family, and one of IPv6 with those on the path to its route.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.errors import KernelError, NotModelled
from vnetsim.kernel.fib.info import Flowi, transport_of
from vnetsim.kernel.netdev.gso import segments_fit
from vnetsim.protocols.conntrack import ConnectionTable, FlowTuple, NfConn
from vnetsim.protocols.conntrack_tcp import ConntrackState
from vnetsim.values import define
from vnetsim.wire import ethernet, ipv4, ipv6
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.tcp import FIN, RST, SYN, Tcp

if TYPE_CHECKING:
    from vnetsim.kernel.fib.dst import DstEntry
    from vnetsim.kernel.fib.info import FibResult
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.kernel.netfilter.hooks import Hooks
    from vnetsim.netfilter.nft.tables import NftFlowtable
    from vnetsim.netfilter.packet import IpPacket

#: How long a flow stays without packets (NF_FLOW_TIMEOUT).
_TIMEOUT: Final = 30
#: How long its connection stays at least (NF_CT_DAY).
_DAY: Final = 86_400 * SECOND


@define(eq=False)
class NfFlow:
    """struct flow_offload: by which `devices` packets come and by which `routes` they leave, of both directions.

    `owner` is NftFlowtable.registered: another flowtable of the same name is not that of the flow.  `mark` was that of
    the packet for which the routes were looked up.
    """

    owner: int
    table: ConnectionTable
    connection: NfConn
    devices: tuple[Device, Device]
    routes: list[DstEntry]
    mark: int
    expires: int
    closing: bool = attrs.field(default=False, init=False)

    @property
    def alive(self) -> bool:
        return self.connection.offload is self

    def teardown(self, now: int) -> None:
        """flow_offload_teardown, flow_offload_fixup_ct"""
        connection = self.connection
        if not self.alive:
            return
        connection.offload = None
        if self.closing:
            connection.state = ConntrackState.CLOSE
        self.table.shorten(connection, now, _TIMEOUT if self.expires <= now else 0)


class FlowHooks:
    """The flows of one namespace."""

    def __init__(self, namespace: Netns) -> None:
        self._namespace = namespace
        self._engine = namespace.host.engine
        self._flows: list[NfFlow] = []

    def keep(self, owners: set[int]) -> None:
        """Flowtables may be gone."""
        self._end(lambda flow: flow.owner not in owners)

    def device_down(self, device: Device) -> None:
        """nf_flow_table_cleanup"""
        self._end(lambda flow: device in flow.devices)

    def _end(self, is_over: Callable[[NfFlow], bool]) -> None:
        for flow in filter(is_over, self._flows):
            flow.teardown(self._engine.now())
        self._flows = [flow for flow in self._flows if flow.alive]

    # --- nft_flow_offload_eval --------------------------------------------------------------------------------------

    def add(self, hooks: Hooks, skb: Skb, found: NftFlowtable, ingress: Device, egress: Device) -> None:
        """The connection of a packet that is forwarded."""
        connection = skb.connection
        self._check(connection, found, ingress, egress)
        devices = (egress, ingress) if skb.direction else (ingress, egress)
        try:
            routes = [hooks.ip_ops.flow_route(connection.flow(1 - direction).source, skb.mark) for direction in (0, 1)]
        except KernelError:
            raise NotModelled("nft flow add where a direction has no route, which ends its rule") from None
        if any(
            route.device is not devices[1 - number] or _next_hop(route.match) != _next_hop(match)
            for number, (route, match) in enumerate(zip(routes, self._lookups(hooks, skb, ingress), strict=True))
        ):
            raise NotModelled("nft flow add where a route depends on more than the destination")
        owner, expires = found.registered, self._engine.now() + _TIMEOUT * SECOND
        flow = NfFlow(owner, hooks.connections.table, connection, devices, routes, skb.mark, expires)
        connection.offload, connection.deadline = flow, self._engine.now() + _DAY
        self._flows.append(flow)
        self._engine.after(_TIMEOUT * SECOND, self._expire, flow)

    @staticmethod
    def _lookups(hooks: Hooks, skb: Skb, ingress: Device) -> Iterator[FibResult]:
        """What the tables say of both directions: of the packet as it came, and of answers (nft_flow_route)."""
        connection, packet = skb.connection, skb.frame.payload
        assert isinstance(packet, (ipv4.Packet, ipv6.Packet))
        tos = packet.tos if isinstance(packet, ipv4.Packet) else 0
        for direction in (0, 1):
            source, destination = connection.flow(direction).source, connection.flow(1 - direction).source
            flow = Flowi(destination, source, mark=skb.mark, tos=tos)
            if direction == skb.direction:
                flow = flow._replace(iif=ingress.index, **transport_of(packet)._asdict())
            yield hooks.ip_ops.flow_lookup(flow)

    def _check(self, connection: NfConn, found: NftFlowtable, ingress: Device, egress: Device) -> None:
        if connection.zone.id:
            raise NotModelled("nft flow add in zones of connections")
        members = [self._namespace.by_name.get(name) for name in found.devices]
        for device in (ingress, egress):
            if device.l3mdev is not None or device.kind == "vrf":
                raise NotModelled(f"nft flow add in a VRF, by {device.name}")
            lower = getattr(device, "lower", None)
            below = any(member is not None and (member.master is device or member is lower) for member in members)
            if below and device not in members:
                raise NotModelled(f"nft flow add: {device.name}, which is over a device of the flowtable")

    def _expire(self, flow: NfFlow) -> None:
        """nf_flow_offload_gc_step"""
        now = self._engine.now()
        if flow.alive and flow.expires > now:
            self._engine.after(flow.expires - now, self._expire, flow)
        else:
            self._end(lambda known: known is flow)

    # --- nf_flow_offload_ip_hook ------------------------------------------------------------------------------------

    def forward(self, hooks: Hooks, skb: Skb, flowtable: NftFlowtable, device: Device) -> bool:
        """Whether the packet has left."""
        packet, now = skb.frame.payload, self._engine.now()
        if not isinstance(packet, (ipv4.Packet, ipv6.Packet)) or not _is_plain(packet):
            return False
        tuple_of = FlowTuple.of(packet)
        found = None if tuple_of is None else hooks.connections.table.find(tuple_of, now)
        if found is None:
            return False
        connection, direction = found
        flow: NfFlow | None = connection.offload
        if flow is None or flow.owner != flowtable.registered or flow.devices[direction] is not device:
            return False
        route = flow.routes[direction]
        if packet.length > route.fits and not segments_fit(skb, packet, route.fits):
            return False
        if _reopens(flow, packet) or not self._is_current(hooks, flow, direction):
            flow.teardown(now)
            return False
        flow.expires = now + _TIMEOUT * SECOND
        connection.deadline = max(connection.deadline, now + _DAY // 2)
        if flowtable.counter:
            connection.packets[direction] += 1
            connection.bytes[direction] += packet.length
        self._send(hooks, skb, packet, connection, direction, route)
        return True

    @staticmethod
    def _is_current(hooks: Hooks, flow: NfFlow, direction: int) -> bool:
        """nf_flow_dst_check"""
        try:
            towards = flow.connection.flow(1 - direction).source
            return hooks.ip_ops.flow_route(towards, flow.mark) is flow.routes[direction]
        except KernelError:
            return False

    def _send(self, hooks: Hooks, skb: Skb, packet: IpPacket, connection: NfConn, direction: int, route: Any) -> None:
        for hook in ("PREROUTING", "POSTROUTING"):
            rewrite = hooks.connections.translation(connection, direction, hook)
            packet = packet if rewrite is None else rewrite.apply(packet)
        packet = packet.forwarded()
        self._namespace.routed(skb, f"flowtable, {route.text}")
        frame, length = skb.frame, ethernet.HEADER_LENGTH + packet.length
        skb.frame = Frame(frame.destination, frame.source, frame.ethertype, packet, length)
        skb.device = route.device
        hooks.ip_ops.flow_send(skb, packet, route)


def _next_hop(match: FibResult | None) -> object:
    """Which one, and what packets that take it may be like."""
    if match is None or match.entry is None:
        return None
    hop = match.hop
    return None if hop is None else (hop.index, hop.via, match.entry.metrics)


def _is_plain(packet: IpPacket) -> bool:
    """nf_flow_tuple_ip: what the stack has to look at is not for the fast path."""
    if isinstance(packet, ipv4.Packet):
        return packet.ttl > 1 and not packet.options and not packet.is_fragment
    return packet.hop_limit > 1 and not packet.fragment and not packet.hop_by_hop


def _reopens(flow: NfFlow, packet: IpPacket) -> bool:
    """nf_flow_state_check"""
    payload = packet.payload
    if not isinstance(payload, Tcp):
        return False
    if payload.flags & SYN and flow.closing:
        return True
    if payload.flags & (FIN | RST):
        flow.closing = True
    return False
