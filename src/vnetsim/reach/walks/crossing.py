"""A packet in one namespace: as it came, as it left, and as each chain there saw it.

Read from the trace: a rule in FORWARD sees the destination that nat PREROUTING gave it and the source that it came
with; a rule in PREROUTING sees what was sent (netfilter's hooks, include/uapi/linux/netfilter_ipv4.h).

Not modelled: marks, contents and rates, which rules may match too.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import attrs

from vnetsim.netfilter.packet import NetContext, PktInfo
from vnetsim.observations import Flow
from vnetsim.protocols.conntrack import DEFAULT_ZONE, Zone
from vnetsim.reach.endpoints.netns import LabNamespaces, LabNetns
from vnetsim.reach.probing.verdict import ProbeVerdict
from vnetsim.reach.walks.packets import IpPacket, ip_packet
from vnetsim.trace import Delivered, Event, Filtered, Made, Received, Routed, Transmitted
from vnetsim.values import define
from vnetsim.wire import ipv4
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

#: Hooks before the routing decision for what came in.
_EARLY: Final = ("PREROUTING",)


@define
class _Connection:
    """What the rules see of a new connection (struct nf_conn)."""

    original: Flow
    mark: int = 0
    expires: int = 0
    status: frozenset[str] = frozenset()
    packets: list[int] = attrs.field(factory=lambda: [1, 0])
    bytes: list[int] = attrs.field(factory=lambda: [0, 0])
    labels: set[int] = attrs.field(factory=set)
    zone: Zone = DEFAULT_ZONE
    state: None = None
    offload: None = None

    @property
    def reply(self) -> Flow:
        flow = self.original
        return Flow(
            protocol=flow.protocol,
            source=flow.destination,
            destination=flow.source,
            source_port=flow.destination_port,
            destination_port=flow.source_port,
        )

    def lasts(self, now: int) -> bool:
        del now
        return True


class Crossing:
    """The request in one namespace; `came` is the packet as it came, or was made here."""

    def __init__(self, netns: LabNetns, events: list[Event], came: IpPacket) -> None:
        self.netns, self.events, self.came = netns, events, came

    @cached_property
    def left(self) -> IpPacket | None:
        """As it was sent on; None if it was not."""
        sent = [ip_packet(event) for event in self.events if isinstance(event, Transmitted)]
        return sent[-1] if sent else None

    @cached_property
    def is_made_here(self) -> bool:
        return any(isinstance(event, Made) for event in self.events)

    @cached_property
    def is_delivered(self) -> bool:
        return any(isinstance(event, Delivered) for event in self.events)

    @property
    def is_forwarded(self) -> bool:
        return not self.is_made_here and not self.is_delivered and self.left is not None

    @property
    def is_routed(self) -> bool:
        return any(isinstance(event, Routed) for event in self.events)

    @property
    def is_bridged(self) -> bool:
        return self.is_forwarded and not self.is_routed

    @cached_property
    def in_device(self) -> str:
        """That of the IP layer: the bridge, if it came in by a port."""
        received = next((event.device for event in self.events if isinstance(event, Received)), "")
        link = self.netns.link(received) if received else None
        return link.master if link is not None and link.master is not None else received

    @cached_property
    def out_device(self) -> str:
        routed = [event.text for event in self.events if isinstance(event, Routed)]
        if self.is_bridged:
            return self.in_device
        tokens = routed[-1].split() if routed and not self.is_delivered else []
        return tokens[tokens.index("dev") + 1] if "dev" in tokens else ""

    @cached_property
    def translation(self) -> Filtered | None:
        """Where it was given another destination."""
        found = [
            event
            for event in self.events
            if isinstance(event, Filtered) and event.verdict.split()[0] in ("DNAT", "REDIRECT")
        ]
        return found[0] if found else None

    def filtered(self, hook: str) -> list[Filtered]:
        return [event for event in self.events if isinstance(event, Filtered) and event.hook == hook]

    @property
    def hooks(self) -> tuple[str, ...]:
        """The hooks on its path, whether or not there are rules."""
        if self.is_made_here:
            return ("OUTPUT", "INPUT") if self.is_delivered else ("OUTPUT", "POSTROUTING")
        return ("PREROUTING", "INPUT") if self.is_delivered else ("PREROUTING", "FORWARD", "POSTROUTING")

    def seen(self, hook: str) -> PktInfo:
        """The packet as the filter rules of a hook see it."""
        ip, came = self.came, self.came
        if hook not in _EARLY and self.left is not None:
            ip = _readdressed(came, self.left)
        flow = Flow(
            protocol=_number(came),
            source=came.source,
            destination=came.destination,
            source_port=_port(came, "source_port"),
            destination_port=_port(came, "destination_port"),
        )
        return PktInfo(
            ip,
            NetContext(),
            in_device="" if self.is_made_here else self.in_device,
            out_device=self.out_device if hook in ("FORWARD", "OUTPUT", "POSTROUTING") else "",
            connection=_Connection(flow),
            ctstate="NEW",
        )


def crossings(namespaces: LabNamespaces, verdict: ProbeVerdict, *, ended: bool = False) -> list[Crossing]:
    """The namespaces that the request came through, in order; with `ended`, those where it was lost as well."""
    inside: dict[str, list[Event]] = {}
    for event in verdict.journey(verdict.request or 0):
        inside.setdefault(event.namespace, []).append(event)
    return list(_crossings(namespaces, inside, ended=ended))


def _crossings(namespaces: LabNamespaces, inside: dict[str, list[Event]], *, ended: bool) -> Iterator[Crossing]:
    for label, events in inside.items():
        netns = namespaces.find(label)
        came = next((packet for event in events if (packet := ip_packet(event)) is not None), None)
        if netns is not None and came is not None:
            found = Crossing(netns, events, came)
            if ended or found.left is not None or found.is_delivered:
                yield found


def _readdressed(came: Any, left: IpPacket) -> Any:
    """As it came, with the destination with which it left."""
    payload = came.payload
    if isinstance(payload, Tcp | Udp) and isinstance(left.payload, Tcp | Udp):
        payload = attrs.evolve(payload, destination_port=left.payload.destination_port)
    return attrs.evolve(came, destination=left.destination, payload=payload)


def _number(packet: IpPacket) -> int:
    return packet.protocol if isinstance(packet, ipv4.Packet) else packet.next_header


def _port(packet: IpPacket, name: str) -> int:
    return int(getattr(packet.payload, name, 0))
