"""The hooks of one namespace (net/netfilter/core.c): where the walk of a packet meets the rules.

    PREROUTING   raw, (track), mangle, nat          INPUT        mangle, filter, nat, (confirm)
    OUTPUT       raw, (track), mangle, nat, filter
    FORWARD      mangle, filter                     POSTROUTING  mangle, nat, (confirm)

A namespace without rules pays for one attribute.  Connections are tracked as soon as some rule needs it, as in Linux.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import KernelError
from vnetsim.kernel.buffer import Skb
from vnetsim.kernel.conntrack import Connections
from vnetsim.kernel.reject import reject
from vnetsim.netfilter.evaluate import Outcome, evaluate
from vnetsim.netfilter.operations import Operation
from vnetsim.netfilter.packet import IpPacket
from vnetsim.netfilter.packet import Packet as Subject
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.verdicts import ACCEPT, Accept, Drop, Reject, Verdict
from vnetsim.trace import Filtered, Reason
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.icmp import ECHO_REQUEST, Icmp
from vnetsim.wire.icmpv6 import ECHO_REQUEST as ECHO_REQUEST6
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.tcp import RST, SYN, Tcp

if TYPE_CHECKING:
    from vnetsim.kernel.conntrack_netlink import ConnectionEvents
    from vnetsim.kernel.devices.device import Device
    from vnetsim.kernel.namespace import NetworkNamespace

#: Steps of a hook beside the tables.
_TRACK: Final = "(track)"
_CONFIRM: Final = "(confirm)"
#: Of an end that this host has no way to.
_NO_LIMIT: Final = 0xFFFFFFFF
#: Every program here is root's.
_ROOT: Final = 0
_HOOKS: Final = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")


class Netfilter:
    """Rules of both families, and the walk through them."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._families = {4: Hooks(namespace, 4), 6: Hooks(namespace, 6)}
        self.rulesets = {version: family.ruleset for version, family in self._families.items()}
        #: Whether any step is taken at all, by IPv4 and by IPv6 packets: what the packet's way asks first.
        self.active = self.active6 = False
        #: Either of them, which bridges ask.
        self.busy = False
        #: Who wants to know what becomes of connections.
        self.watches: list[ConnectionEvents] = []

    def apply(self, operation: Operation) -> None:
        """Carry out a value of vnetsim.netfilter.operations: NetfilterError as iptables says it."""
        self._families[operation.version].apply(operation)
        self.active, self.active6 = self._families[4].active, self._families[6].active
        self.busy = self.active or self.active6

    def connections(self, version: int) -> Connections:
        return self._families[version].connections

    def connection_count(self) -> int:
        return sum(family.connections.count() for family in self._families.values())

    def run(
        self, hook: str, skb: Skb, in_device: Device | None, out_device: Device | None, *,
        bridge_out: Device | None = None,
    ) -> bool:  # fmt: skip
        """Walk the steps of a hook; False if the packet ended here (dropped, or rejected and reported).

        For bridged packets the devices are the bridge, `skb.port` is the port the frame came in by and `bridge_out`
        the one it leaves by.
        """
        family = self._families[4 if isinstance(skb.frame.payload, ipv4.Packet) else 6]
        return family.run(hook, skb, in_device, out_device, bridge_out)


class Hooks:
    """The hooks of one family: its rules, its connections, and the steps of each hook."""

    def __init__(self, namespace: NetworkNamespace, version: int) -> None:
        self._namespace = namespace
        self.ruleset = Ruleset(version)
        self.connections = Connections(namespace, version)
        self.active = False
        self._steps: dict[str, tuple[str, ...]] = dict.fromkeys(_HOOKS, ())

    def apply(self, operation: Operation) -> None:
        self.ruleset.apply(operation)
        self._steps = {hook: self._order(hook) for hook in _HOOKS}
        self.active = any(self._steps.values())

    def _order(self, hook: str) -> tuple[str, ...]:
        """The tables of a hook, and where packets are tracked and connections confirmed."""
        ruleset = self.ruleset
        tables = [table for table, _chain in ruleset.hook(hook)]
        if not ruleset.needs_conntrack:
            return tuple(table for table in tables if table != "nat")
        if hook in ("PREROUTING", "OUTPUT"):
            before = [table for table in tables if table == "raw"]
            behind = [table for table in tables if table != "raw"]
            return (*before, _TRACK, *behind, *([] if "nat" in tables else ["nat"]))
        if hook in ("POSTROUTING", "INPUT"):
            return (*tables, *([] if "nat" in tables else ["nat"]), _CONFIRM)
        return tuple(tables)

    def run(
        self, hook: str, skb: Skb, in_device: Device | None, out_device: Device | None, bridge_out: Device | None
    ) -> bool:
        if hook == "OUTPUT" and _has_socket(skb.frame.payload):
            skb.has_socket = skb.touched = True
        steps = self._steps[hook]
        if not steps:
            return True
        if _TRACK in steps and not self._gather(skb):
            return False
        subject = self._subject(skb, in_device, out_device, bridge_out)
        return all(self._take(step, hook, skb, subject, in_device, out_device) for step in steps)

    def _take(
        self, step: str, hook: str, skb: Skb, subject: Subject, in_device: Device | None, out_device: Device | None
    ) -> bool:
        """One step of a hook; False if the packet ended there."""
        if step == _TRACK:
            if subject.untracked:
                skb.ctstate, skb.touched = "UNTRACKED", True
            self.connections.track(skb)
            self._tell(subject, skb)
            return True
        if step == _CONFIRM:
            if self.connections.confirm(skb):
                return True
            self._namespace.drop(skb, in_device or out_device, Reason.FILTERED, "clashing connection")
            return False
        if step == "nat":
            return self._nat(hook, skb, subject, in_device, out_device)
        return self._table(step, hook, skb, subject, in_device, out_device)

    def _gather(self, skb: Skb) -> bool:
        """nf_defrag_ipv4, nf_defrag_ipv6: what is tracked is whole; False while fragments are missing."""
        packet = skb.frame.payload
        whole: IpPacket | None
        if isinstance(packet, ipv4.Packet):
            if not packet.is_fragment:
                return True
            whole = self._namespace.ip.reassembly.add(skb, packet)
            # It may be cut again, whatever its sender said of that.
            skb.gathered = 1
        else:
            assert isinstance(packet, ipv6.Packet)
            if packet.fragment is None:
                return True
            whole = self._namespace.ip6.reassembly.add(skb, packet)
        if whole is None:
            return False
        skb.touched = True
        _replace(skb, whole)
        return True

    def _table(
        self, table: str, hook: str, skb: Skb, subject: Subject, in_device: Device | None, out_device: Device | None
    ) -> bool:
        outcome = evaluate(self.ruleset, table, hook, subject)
        self._trace(skb, hook, table, outcome, in_device or out_device)
        if not isinstance(outcome.verdict, Accept):
            self._end(skb, hook, outcome, in_device, out_device)
            return False
        if skb.mark != subject.mark:
            skb.mark, skb.touched = subject.mark, True
        if subject.ip is not skb.frame.payload:
            _replace(skb, subject.ip)
        return True

    def _nat(self, hook: str, skb: Skb, subject: Subject, in_device: Device | None, out_device: Device | None) -> bool:
        """The nat rules for the first packet of a connection; for all of them, the translation."""
        connections = self.connections
        if connections.wants_rules(skb, hook):
            verdict: Verdict = ACCEPT
            if "nat" in self.ruleset.tables and any(table == "nat" for table, _ in self.ruleset.hook(hook)):
                outcome = evaluate(self.ruleset, "nat", hook, subject)
                self._trace(skb, hook, "nat", outcome, in_device or out_device)
                verdict = outcome.verdict
                if isinstance(verdict, Drop):
                    self._end(skb, hook, outcome, in_device, out_device)
                    return False
            if not connections.bind(skb, hook, verdict, in_device, out_device):
                self._namespace.drop(skb, in_device or out_device, Reason.FILTERED, "no free port or address for NAT")
                return False
        changed = connections.translate(skb, hook)
        if changed is not None:
            _replace(skb, changed)
            subject.ip = changed
        return True

    def _tell(self, subject: Subject, skb: Skb) -> None:
        """What rules may ask about the connection."""
        subject.connection = skb.connection
        subject.ctstate = skb.ctstate or "INVALID"
        subject.answering = bool(skb.direction)

    def _subject(
        self, skb: Skb, in_device: Device | None, out_device: Device | None, bridge_out: Device | None
    ) -> Subject:
        frame = skb.frame
        assert isinstance(frame.payload, (ipv4.Packet, ipv6.Packet))
        host = self._namespace.host
        owner = _ROOT if skb.has_socket else None
        return Subject(
            ip=frame.payload,
            in_device="" if in_device is None else in_device.name,
            out_device="" if out_device is None else out_device.name,
            physical_in="" if skb.port is None else skb.port.name,
            physical_out="" if bridge_out is None else bridge_out.name,
            source_mac=None if in_device is None else frame.source,
            destination_mac=None if in_device is None else frame.destination,
            packet_type=_packet_type(frame),
            mark=skb.mark,
            connection=skb.connection,
            ctstate=skb.ctstate or "INVALID",
            answering=bool(skb.direction),
            address_type=self._address_type,
            owner=owner,
            group=owner,
            path_mtu=None if out_device is None else self._path_mtu(frame.payload, out_device),
            log=host.say if self._namespace is host.root else _say_nothing,
            now=host.engine.now(),
            random=host.random,
        )

    def _path_mtu(self, packet: IpPacket, out_device: Device) -> int | None:
        """What TCPMSS clamps a SYN to: the narrower of the way there and the way back (tcpmss_reverse_mtu)."""
        if not isinstance(packet.payload, Tcp) or not packet.payload.flags & SYN:
            return None
        return min(self._mtu(packet.destination), self._mtu(packet.source), out_device.mtu)

    def _mtu(self, end: Address) -> int:
        namespace = self._namespace
        try:
            if isinstance(end, IPv4):
                return namespace.ip.routes.mtu(namespace.ip.route_output(end), end)
            return namespace.ip6.routes.path_mtu(namespace.ip6.route_output(end), end)
        except KernelError:
            return _NO_LIMIT

    def _address_type(self, address: Address, device: str) -> str:
        if isinstance(address, IPv4):
            return self._namespace.ip.routes.address_type(address, device)
        return self._namespace.ip6.routes.address_type(address, device)

    def _end(self, skb: Skb, hook: str, outcome: Outcome, in_device: Device | None, out_device: Device | None) -> None:
        where = in_device or out_device
        why = str(outcome.hits[-1]) if outcome.hits and not outcome.by_policy else f"policy of {hook}"
        if isinstance(outcome.verdict, Reject):
            self._namespace.drop(skb, where, Reason.REJECTED, why)
            reject(self._namespace, skb, outcome.verdict.kind)
        else:
            self._namespace.drop(skb, where, Reason.FILTERED, why)

    def _trace(self, skb: Skb, hook: str, table: str, outcome: Outcome, device: Device | None) -> None:
        namespace = self._namespace
        tracer = namespace.host.tracer
        if tracer is not None:
            tracer(Filtered(at=namespace.host.engine.now(), namespace=namespace.label,
                            device="" if device is None else device.name, packet=skb.identity, hook=hook, table=table,
                            verdict=str(outcome.verdict), hits=outcome.hits))  # fmt: skip


def _say_nothing(_level: int, _line: str) -> None:
    """LOG in another namespace than the machine's first one (sysctl nf_log_all_netns is 0)."""


def _has_socket(packet: object) -> bool:
    """Whether a program's socket sent this packet of OUTPUT: other ICMP, and RST, are the kernel's own answers."""
    payload = packet.payload if isinstance(packet, (ipv4.Packet, ipv6.Packet)) else None
    if isinstance(payload, Tcp):
        return not payload.flags & RST
    if isinstance(payload, Icmp):
        return payload.type == ECHO_REQUEST
    return not isinstance(payload, Icmpv6) or payload.type == ECHO_REQUEST6


def _packet_type(frame: Frame) -> str:
    if not frame.destination >> 40 & 1:
        return "unicast"
    return "broadcast" if frame.destination == 0xFFFFFFFFFFFF else "multicast"


def _replace(skb: Skb, packet: IpPacket) -> None:
    """The packet changed on its way through the rules: a new one in the same frame."""
    frame = skb.frame
    skb.frame = Frame(frame.destination, frame.source, frame.ethertype, packet, 14 + packet.length)
