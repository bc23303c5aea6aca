"""The hooks of one namespace (net/netfilter/core.c): where the walk of a packet meets the rules.

    PREROUTING   raw, (connection tracking), mangle, nat        INPUT        mangle, filter, nat
    OUTPUT       raw, (connection tracking), mangle, nat, filter
    FORWARD      mangle, filter                                 POSTROUTING  mangle, nat, (confirm)

A namespace without rules pays for one attribute.  Not modelled yet: connection tracking and NAT.  Their place in
the walk is `Connections`: until they are there no packet belongs to a connection, so `--ctstate` matches nothing and
the nat table is only kept, listed and saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.kernel.buffer import Skb
from vnetsim.kernel.reject import reject
from vnetsim.netfilter.evaluate import Outcome, evaluate
from vnetsim.netfilter.packet import Packet as Subject
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.verdicts import Accept, Reject
from vnetsim.trace import Filtered, Reason
from vnetsim.wire import ipv4
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.inet import Address, IPv4

if TYPE_CHECKING:
    from vnetsim.kernel.devices.device import Device
    from vnetsim.kernel.namespace import NetworkNamespace

#: Tables walked before a packet is tracked.
_BEFORE_TRACKING: Final = frozenset({"raw"})
_HOOKS: Final = ("PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING")


class Netfilter:
    """Rules of both families, and the walk through them."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._namespace = namespace
        self.rulesets = {4: Ruleset(4), 6: Ruleset(6)}
        #: Whether there is any IPv4 rule set at all: what the packet's way asks first.
        self.active = False

    def apply(self, operation: object) -> None:
        """Carry out a value of vnetsim.netfilter.operations: NetfilterError as iptables says it."""
        version: int = operation.version  # type: ignore[attr-defined]
        self.rulesets[version].apply(operation)  # type: ignore[arg-type]
        self.active = any(self.rulesets[4].hook(hook) for hook in _HOOKS)

    def connection_count(self) -> int:
        return 0

    def run(
        self, hook: str, skb: Skb, in_device: Device | None, out_device: Device | None, *,
        bridge_out: Device | None = None,
    ) -> bool:  # fmt: skip
        """Walk the tables of a hook; False if the packet ended here (dropped, or rejected and reported).

        For bridged packets the devices are the bridge, `skb.port` is the port the frame came in by and `bridge_out`
        the one it leaves by.
        """
        tables = self.rulesets[4].hook(hook)
        if not tables:
            return True
        subject = self._subject(skb, in_device, out_device, bridge_out)
        for table, chain in tables:
            if table == "nat":
                continue
            outcome = evaluate(self.rulesets[4], table, chain, subject)
            self._trace(skb, hook, table, outcome, in_device or out_device)
            if not isinstance(outcome.verdict, Accept):
                self._end(skb, hook, outcome, in_device, out_device)
                return False
        skb.mark = subject.mark
        packet = skb.frame.payload
        if subject.ip is not packet:
            assert isinstance(subject.ip, ipv4.Packet)
            frame = skb.frame
            skb.frame = Frame(frame.destination, frame.source, frame.ethertype, subject.ip, 14 + subject.ip.length)
        return True

    def _subject(self, skb: Skb, in_device: Device | None, out_device: Device | None, bridge_out: Device | None) -> Subject:
        frame = skb.frame
        assert isinstance(frame.payload, ipv4.Packet)
        host = self._namespace.host
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
            address_type=self._address_type,
            now=host.engine.now(),
            random=host.random,
        )

    def _address_type(self, address: Address, device: str) -> str:
        assert isinstance(address, IPv4)
        return self._namespace.ip.routes.address_type(address, device)

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


def _packet_type(frame: Frame) -> str:
    if not frame.destination >> 40 & 1:
        return "unicast"
    return "broadcast" if frame.destination == 0xFFFFFFFFFFFF else "multicast"
