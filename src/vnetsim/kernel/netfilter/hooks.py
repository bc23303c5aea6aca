"""The hooks of one namespace and family (net/netfilter/core.c).

    PREROUTING   raw, (track), mangle, nat          INPUT        mangle, filter, nat, (confirm)
    OUTPUT       raw, (track), mangle, nat, filter
    FORWARD      mangle, filter                     POSTROUTING  mangle, nat, (confirm)

Base chains of nft and tables of iptables are run in the order of their priorities; all chains of type nat are run at
the nat step.  Connections are tracked as soon as some rule needs it.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from vnetsim.dropreason import DropReason
from vnetsim.errors import NotModelled
from vnetsim.kernel.fib.info import Flowi
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.conntrack import Connections, Misleading
from vnetsim.kernel.netfilter.flow_entry import FlowEntry, FlowTable
from vnetsim.kernel.netfilter.steps import CONFIRM, NO_STEPS, TRACK, Step, reroutes, steps_of
from vnetsim.netfilter.evaluate import evaluate
from vnetsim.netfilter.outcome import TableOutcome
from vnetsim.netfilter.packet import IpPacket, NetContext
from vnetsim.netfilter.packet import PktInfo as Subject
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.verdicts import ACCEPT, AcceptVerdict, DropVerdict, RejectVerdict, Verdict
from vnetsim.trace import Filtered
from vnetsim.values import made_on_first_use
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import HEADER_LENGTH, Frame
from vnetsim.wire.icmp import ECHO_REQUEST, Icmp
from vnetsim.wire.icmpv6 import ECHO_REQUEST as ECHO_REQUEST6
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, IPv6
from vnetsim.wire.tcp import RST, Tcp

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netfilter.ip_ops import NfIpOps
    from vnetsim.netfilter.ipset.ipsets import IpSets
    from vnetsim.netfilter.nft.ruleset import NftRuleset
    from vnetsim.netfilter.nft.tables import NftTable
    from vnetsim.netfilter.nft.trace import NftTrace, Trail
    from vnetsim.protocols.conntrack import NfConn

#: The key of a flow entry: hook, generation, direction, devices in and out, bridge port out and in.
Key: TypeAlias = "tuple[str, int, int, Device | None, Device | None, Device | None, Device | None]"

#: Every program runs as root.
_ROOT: Final = 0


class Hooks:
    """The hooks of one family: its rules, its connections, and the steps of each hook."""

    _ops: NfIpOps

    def __init__(self, namespace: Netns, version: int, sets: Callable[[], IpSets]) -> None:
        self._namespace, self._sets = namespace, sets
        self.ruleset = Ruleset(version)
        #: `connections`, once there may be some.
        self._tracked: Connections | None = None
        self.flows = FlowTable()
        self.active = False
        #: State that rules share, by extension and name, as long as some rule refers to it.
        self.memory: dict[tuple[str, str], Any] = {}
        self._surroundings: NetContext | None = None
        #: The steps of each hook, and those of type nat.
        self._steps, self._translating = NO_STEPS
        self.socket_lookup: Callable[[IpPacket, Device | None], str] = _no_socket
        self._duplicating = False
        #: Puts the connection of a packet into a flowtable (kernel.netfilter.flowtable).
        self.offload: Callable[..., None] = _no_offload
        #: Who hears of traced packets.
        self.tracers: list[Callable[[NftTrace], None]] = []

    def register_ip_ops(self, ops: NfIpOps) -> None:
        self._ops = ops

    @property
    def ip_ops(self) -> NfIpOps:
        return self._ops

    @made_on_first_use
    def connections(self) -> Connections:
        self._tracked = Connections(self._namespace, self.ruleset.version, self._ops)
        return self._tracked

    def sysctls_changed(self) -> None:
        if self._tracked is not None:
            self._tracked.sysctls_changed()

    def connection_count(self) -> int:
        return 0 if self._tracked is None else self._tracked.count()

    def rebuild(self, native: NftRuleset | None) -> None:
        """The rules have changed: the steps of each hook may be others."""
        self.flows.forget()
        self._steps, self._translating = found = steps_of(self.ruleset, native)
        self.active = found.active
        if self.memory:
            for key in self.memory.keys() - self.ruleset.memory_keys:
                del self.memory[key]

    def run(  # noqa: C901 -- the complete hook
        self,
        hook: str,
        skb: Skb,
        in_device: Device | None,
        out_device: Device | None,
        bridge_out: Device | None = None,
    ) -> bool:
        """Netfilter.run; packets of an established connection use the flow entry of the one before."""
        if hook == "OUTPUT" and _has_socket(skb.frame.payload):
            # OUTPUT is where the socket of a packet is known.
            skb.has_socket = skb.dirty = True
        steps = self._steps[hook]
        if not steps:
            return True
        connection, direction = skb.connection, skb.direction
        starts = connection is None and TRACK in steps
        if starts:
            connection, direction = self.connections.ordinary(skb)
        elif skb.ctstate != "ESTABLISHED":
            connection = None
        if skb.path is not None:
            skb.path.hooks = self
            if skb.mark:
                skb.path = None
        if connection is None or skb.mark or self._namespace.nit_active:
            return self._walk(steps, hook, skb, in_device, out_device, bridge_out)
        key = (hook, self.flows.generation, direction, in_device, out_device, bridge_out, skb.port)
        flow: FlowEntry | Literal[False] | None = connection.flow_entries.get(key)
        if not flow:
            return self._walk_and_cache(steps, key, skb, connection, cacheable=flow is None)
        if starts:
            self.connections.go_on(skb, connection, direction)
        packet: IpPacket = skb.frame.payload  # type: ignore[assignment]
        if not flow.packets:
            self.flows.open(flow)
        flow.packets += 1
        flow.bytes += packet.length
        if skb.path is not None:
            skb.path.flows += (flow,)
        if flow.rewrite is not None:
            _replace(skb, flow.rewrite.apply(packet))
            if hook == "OUTPUT" and skb.frame.payload.destination != packet.destination:  # type: ignore[union-attr]
                return self._ops.route_me_harder(skb)
        return True

    def _walk_and_cache(
        self, steps: tuple[Step, ...], key: Key, skb: Skb, connection: NfConn, *, cacheable: bool
    ) -> bool:
        """The second packet of a direction makes a flow entry; the first may be the only one."""
        hook, _, direction, in_device, out_device, bridge_out, _ = key
        outcomes: list[TableOutcome] | None = [] if cacheable and connection.packets[direction] > 1 else None
        passed = self._walk(steps, hook, skb, in_device, out_device, bridge_out, outcomes)
        if passed and outcomes is not None:
            self._cache(key, connection, outcomes, translates="nat" in steps)
        return passed

    def _cache(self, key: Key, connection: NfConn, outcomes: list[TableOutcome], *, translates: bool) -> None:
        """The flow entry of a packet, False if the next one may need another."""
        if not all(outcome.cacheable for outcome in outcomes):
            connection.flow_entries[key] = False
            return
        rewrite = self.connections.translation(connection, key[2], key[0]) if translates else None
        connection.flow_entries[key] = FlowEntry((counted for one in outcomes for counted in one.counted), rewrite)

    def _walk(  # noqa: C901 -- all steps of a hook
        self, steps: tuple[Step, ...], hook: str, skb: Skb, in_device: Device | None, out_device: Device | None,
        bridge_out: Device | None, outcomes: list[TableOutcome] | None = None,
    ) -> bool:  # fmt: skip
        """Run the steps in order; `outcomes` gets the outcome of each table."""
        if TRACK in steps and not self.defrag(skb):
            return False
        for step in steps:
            before, mark = skb.frame.payload, skb.mark
            if step == TRACK:
                self.connections.track(skb)
            elif step == "nat":
                if not self._nat(hook, skb, in_device, out_device, bridge_out):
                    return False
            elif step == CONFIRM:
                if not self._confirm(skb, in_device or out_device):
                    return False
            else:
                subject = self._subject(skb, in_device, out_device, bridge_out)
                outcome = self._evaluate(step, hook, skb, subject, in_device or out_device)
                if outcomes is not None:
                    outcomes.append(outcome)
                if skb.path is not None:
                    skb.path.outcomes += ((hook, outcome),)
                if not self._obey(outcome, hook, skb, subject, in_device, out_device):
                    return False
            if hook == "OUTPUT" and not self._goes_on(step, skb, before, mark):
                return False
        return True

    def _goes_on(self, step: Step, skb: Skb, before: object, mark: int) -> bool:
        """Reroute a packet that a step has changed; False if there is no route."""
        after = skb.frame.payload
        if (after is before and skb.mark == mark) or not reroutes(step):
            return True
        if isinstance(before, ipv4.Packet) and isinstance(after, ipv4.Packet):
            same = before.tos == after.tos and before.source == after.source
            if same and mark == skb.mark and before.destination == after.destination:
                return True
        return self._ops.route_me_harder(skb)

    def _confirm(self, skb: Skb, device: Device | None) -> bool:
        if self.connections.confirm(skb):
            return True
        self._namespace.drop(skb, device, DropReason.NETFILTER_DROP, "clashing connection")
        return False

    def defrag(self, skb: Skb) -> bool:
        """nf_defrag_ipv4, nf_defrag_ipv6: conntrack needs whole packets; False while fragments are missing."""
        packet: IpPacket = skb.frame.payload  # type: ignore[assignment]
        if not (packet.is_fragment if isinstance(packet, ipv4.Packet) else packet.fragment):
            return True
        skb.path = None
        whole = self._ops.defrag(skb)
        if whole is None:
            return False
        skb.dirty = True
        _replace(skb, whole)
        return True

    def _evaluate(self, step: Step, hook: str, skb: Skb, subject: Subject, device: Device | None) -> TableOutcome:
        """Evaluate a table of iptables or a chain of nft."""
        if isinstance(step, str):
            outcome = evaluate(self.ruleset, step, hook, subject)
            if self._namespace.host.tracer is not None:
                self._trace(skb, hook, step, outcome, device)
            if self.tracers and (skb.nf_trace is not None or any("-j TRACE" in str(hit.rule) for hit in outcome.hits)):
                raise NotModelled("nft monitor trace of packets in tables of iptables")
            return outcome
        from vnetsim.netfilter.nft.do_chain import evaluate as evaluate_native  # noqa: PLC0415

        table, chain = step
        outcome = evaluate_native(table, chain, subject)
        self._trace(skb, hook, f"{table} {chain.name}", outcome, device)
        if subject.traced or skb.nf_trace is not None:
            self.note_trace(skb, hook, table, outcome.trail, subject)
        return outcome

    def note_trace(self, skb: Skb, hook: str, table: NftTable, trail: Trail | None, subject: Subject) -> None:
        """nft_trace_notify"""
        if not subject.traced:
            skb.nf_trace = None
        elif skb.nf_trace is None:
            if hook == "POSTROUTING" and self.tracers:
                raise NotModelled("nft monitor trace of packets that a chain at postrouting marks for it")
            skb.nf_trace, skb.dirty = subject.in_device, True
        if trail is None or not self.tracers:
            return
        from vnetsim.netfilter.nft.frame import FramePkt  # noqa: PLC0415
        from vnetsim.netfilter.nft.trace import STOLEN, NftTrace  # noqa: PLC0415

        if table.family == "bridge" or any(step.verdict == STOLEN for step in trail.steps):
            raise NotModelled("nft monitor trace in tables of the family bridge, and of packets that fwd takes")

        framed = isinstance(subject, FramePkt)
        link = subject.link_bytes() if isinstance(subject, FramePkt) else skb.frame.encode()[:HEADER_LENGTH]
        came = subject.in_device if framed else skb.nf_trace or subject.in_device
        number = zlib.crc32(f"trace {skb.identity}".encode())
        report = NftTrace(number, table, trail, (came, subject.out_device), link if came else b"")
        for tracer in self.tracers:
            tracer(report)

    def _obey(
        self, outcome: TableOutcome, hook: str, skb: Skb, subject: Subject, in_device: Device | None,
        out_device: Device | None,
    ) -> bool:  # fmt: skip
        if subject.flowtable is not None and in_device is not None and out_device is not None:
            self.offload(self, skb, subject.flowtable, in_device, out_device)
        if not isinstance(outcome.verdict, AcceptVerdict):
            self._end(skb, hook, outcome, in_device, out_device)
            return False
        if subject.untracked and not skb.ctstate:
            skb.ctstate, skb.dirty = "UNTRACKED", True
        if subject.zone is not None:
            skb.zone, skb.dirty = subject.zone, True
        if skb.mark != subject.mark:
            skb.mark, skb.dirty = subject.mark, True
        if subject.priority is not None:
            skb.priority, skb.dirty = subject.priority, True
        if subject.ip is not skb.frame.payload:
            _replace(skb, subject.ip)
        return True

    def _nat(
        self, hook: str, skb: Skb, in_device: Device | None, out_device: Device | None, bridge_out: Device | None
    ) -> bool:
        """nf_nat_inet_fn: the nat rules for the first packet of a connection; the translation for all packets."""
        connections = self.connections
        if connections.wants_rules(skb, hook):
            verdict: Verdict = ACCEPT
            subject = self._subject(skb, in_device, out_device, bridge_out)
            for step in self._translating[hook]:
                outcome = self._evaluate(step, hook, skb, subject, in_device or out_device)
                verdict = outcome.verdict
                if skb.path is not None:
                    skb.path.outcomes += ((hook, outcome),)
                if isinstance(verdict, (DropVerdict, RejectVerdict)):
                    self._end(skb, hook, outcome, in_device, out_device)
                    return False
                if not isinstance(verdict, AcceptVerdict):
                    break
            if skb.path is not None:
                skb.path.bound += ((hook, verdict, in_device, out_device),)
            if not connections.bind(skb, hook, verdict, in_device, out_device):
                self._namespace.drop(
                    skb, in_device or out_device, DropReason.NETFILTER_DROP, "no free port or address for NAT"
                )
                return False
        try:
            changed = connections.translate(skb, hook)
        except Misleading:
            self._namespace.drop(
                skb, in_device or out_device, DropReason.NETFILTER_DROP, "a redirect about a translated connection"
            )
            return False
        if changed is not None:
            _replace(skb, changed)
        return True

    def _subject(
        self, skb: Skb, in_device: Device | None, out_device: Device | None, bridge_out: Device | None
    ) -> Subject:
        """The packet as rules see it."""
        frame = skb.frame
        subject = Subject(
            frame.payload,  # type: ignore[arg-type]
            self.surroundings(),
            "" if in_device is None else in_device.name,
            "" if out_device is None else out_device.name,
            skb.mark,
            skb.connection,
            skb.ctstate or "INVALID",
            bool(skb.direction),
        )
        if skb.port is not None:
            subject.physical_in = skb.port.name
        if bridge_out is not None:
            subject.physical_out = bridge_out.name
        if in_device is not None:
            subject.source_mac, subject.destination_mac = frame.source, frame.destination
        if frame.destination >> 40 & 1:
            subject.packet_type = "broadcast" if frame.destination == 0xFFFFFFFFFFFF else "multicast"
        if skb.nf_trace is not None:
            subject.traced = True
        if skb.has_socket:
            subject.owner = subject.group = _ROOT
        return subject

    def surroundings(self) -> NetContext:
        if self._surroundings is None:
            self._surroundings = self._look_around()
        return self._surroundings

    def _look_around(self) -> NetContext:
        host = self._namespace.host
        return NetContext(
            address_type=self._ops.address_type, path_mtu=self._path_mtu,
            log=host.printk if self._namespace.logs_packets else _no_log, now=host.engine.now, clock=host.wall_clock,
            random=host.random, device_index=self._device_index, route=self._route,
            memory=self.memory, sets=self._sets, socket=self._socket, duplicate=self._duplicate,
        )  # fmt: skip

    def _socket(self, packet: IpPacket, device: str) -> str:
        found = self._namespace.by_name.get(device)
        return self.socket_lookup(packet, found)

    def _duplicate(self, packet: IpPacket, gateway: Address, device: str, arrived: bool) -> None:
        """A copy is not copied again (nf_skb_duplicated)."""
        out = self._namespace.by_name.get(device) if device else None
        if self._duplicating or (device and out is None):
            return
        self._duplicating = True
        try:
            self._ops.duplicate(packet, gateway, out, arrived=arrived)
        finally:
            self._duplicating = False

    def _route(self, address: Address, mark: int, in_device: str) -> tuple[str, tuple[str, ...]]:
        """fib_lookup and fib_info_nh_uses_dev, by the VRF of the device that the packet came in by."""
        devices = self._namespace.by_index
        arrived = self._namespace.by_name.get(in_device)
        flow = Flowi(address, mark=mark)
        if arrived is not None:
            flow = flow._replace(oif=arrived.index * _is_of_link(address), l3_table=arrived.l3_table or 0)
        found = self._ops.fib.lookup(flow)
        if found.entry is None or found.hop is None or found.error is not None:
            return "", ()
        used = [devices[hop.index] for hop in (found.hop, *found.entry.hops)]
        masters = [device.l3mdev for device in used if device.l3mdev is not None]
        return found.entry.kind, tuple(device.name for device in (*used, *masters))

    def _device_index(self, name: str) -> int:
        device = self._namespace.by_name.get(name)
        return 0 if device is None else device.index

    def _path_mtu(self, packet: IpPacket, out_device: str) -> int | None:
        """What TCPMSS clamps to: the smaller MTU of the routes there and back (tcpmss_reverse_mtu)."""
        device = self._namespace.by_name.get(out_device)
        if device is None:
            return None
        return min(self._ops.path_mtu(packet.destination), self._ops.path_mtu(packet.source), device.mtu)

    def _end(
        self, skb: Skb, hook: str, outcome: TableOutcome, in_device: Device | None, out_device: Device | None
    ) -> None:
        where = in_device or out_device
        why = "" if self._namespace.host.tracer is None else outcome.rule_text or f"policy of {hook}"
        if isinstance(outcome.verdict, RejectVerdict):
            self._namespace.drop(skb, where, DropReason.NETFILTER_REJECT, why)
            self._ops.reject(skb, outcome.verdict.kind)
        else:
            self._namespace.drop(skb, where, DropReason.NETFILTER_DROP, why)

    def _trace(self, skb: Skb, hook: str, table: str, outcome: TableOutcome, device: Device | None) -> None:
        namespace = self._namespace
        tracer = namespace.host.tracer
        if tracer is not None:
            tracer(Filtered(at=namespace.host.engine.now(), namespace=namespace.label,
                            device="" if device is None else device.name, packet=skb.identity, hook=hook, table=table,
                            verdict=str(outcome.verdict), hits=outcome.hits, by_policy=outcome.by_policy))  # fmt: skip


def _no_log(_level: int, _line: str) -> None:
    """LOG in another namespace than the machine's first one (sysctl nf_log_all_netns is 0)."""


def _no_offload(*_: object) -> None:
    pass


def _no_socket(_packet: IpPacket, _device: Device | None) -> str:
    return ""


def _has_socket(packet: object) -> bool:
    """Whether a packet of OUTPUT has a socket of a program: other ICMP, and RST, are sent by the kernel itself."""
    payload = packet.payload if isinstance(packet, (ipv4.Packet, ipv6.Packet)) else None
    if isinstance(payload, Tcp):
        return not payload.flags & RST
    if isinstance(payload, Icmp):
        return payload.type == ECHO_REQUEST
    return not isinstance(payload, Icmpv6) or payload.type == ECHO_REQUEST6


def _replace(skb: Skb, packet: IpPacket) -> None:
    """Rules changed the packet: a new one in the same frame."""
    frame = skb.frame
    skb.frame = Frame(frame.destination, frame.source, frame.ethertype, packet, 14 + packet.length)


def _is_of_link(address: Address) -> bool:
    """Addresses of each link (IPV6_ADDR_LINKLOCAL), whose route is that of a device."""
    return isinstance(address, IPv6) and (address.is_link_local or (address.is_multicast and address >> 112 & 15 == 2))
