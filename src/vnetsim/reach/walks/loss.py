"""Where a packet of a trace was lost, and what decided it.

Only the trace is read here.  A packet that was flooded ends at many stations; the one that counts is where it was
wanted, or where it was refused, and not the stations that it was not for.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.netfilter.outcome import RuleHit
from vnetsim.reach.walks.packets import content, own, payload_of
from vnetsim.trace import Delivered, Dropped, Event, Filtered, Made, Routed, Waiting
from vnetsim.values import frozen
from vnetsim.wire.arp import Arp
from vnetsim.wire.udp import Udp

if TYPE_CHECKING:
    from vnetsim.reach.probing.verdict import ProbeVerdict

#: Ends of copies that a bridge made of a frame: the more telling ones count more.
_WEIGHT: Final = {
    DropReason.OTHERHOST: 0,
    DropReason.ICMP_RATELIMIT: 0,
    DropReason.NO_TX_TARGET: 1,
    DropReason.UNHANDLED_PROTO: 2,
    DropReason.DEV_READY: 3,
    DropReason.NO_CARRIER: 3,
    DropReason.NO_PEER: 3,
    DropReason.BRIDGE_VLAN: 3,
    DropReason.BRIDGE_INGRESS_STP_STATE: 4,
    DropReason.BRIDGE_PORT_POLICY: 4,
}
_MOST: Final = 9


@frozen
class Decider:
    """What decided: kind is rule, policy, route, neighbour, fdb, socket, device, sysctl, name, container or address.

    A rule has its table, hook, chain, number (from 1) and text; the others a text.  `hit` is the rule itself.
    """

    kind: str
    text: str
    table: str = ""
    hook: str = ""
    chain: str = ""
    number: int = 0
    verdict: str = ""
    hit: RuleHit | None = attrs.field(default=None, repr=False)

    def __str__(self) -> str:
        if self.kind == "rule":
            return f"{self.table} {self.chain} rule {self.number}: {self.text}"
        return self.text


@frozen
class Loss:
    """Where a packet was lost; `packet` is its identity, `role` request, reply or error."""

    role: str
    packet: int
    event: Dropped
    decider: Decider

    @property
    def reason(self) -> DropReason:
        return self.event.reason


def arrival(verdict: ProbeVerdict) -> Delivered | None:
    """Where the request arrived."""
    for packet in verdict.packets:
        journey = own(verdict.events, packet)
        for event in journey:
            if isinstance(event, Delivered) and not _ends_tunnel(journey, event):
                return event
    return None


def _ends_tunnel(journey: list[Event], event: Delivered) -> bool:
    """Whether only the datagram around the packet arrived, at the far end of a tunnel."""
    context = [getattr(each.content, "payload", None) for each in journey if isinstance(each, Made)][1:]
    return any(isinstance(outer, Udp) and event.to == f"udp port {outer.destination_port}" for outer in context)


def loss_of(events: Iterable[Event], packet: int, role: str) -> Loss | None:
    """Where a packet was lost; None if it arrived, or if nothing is known of its end."""
    journey = own(events, packet)
    if any(isinstance(event, Delivered) and not _ends_tunnel(journey, event) for event in journey):
        return None
    lost = decisive([event for event in journey if isinstance(event, Dropped)])
    return None if lost is None else Loss(role, packet, lost, decider(journey, lost))


def decisive(drops: list[Dropped]) -> Dropped | None:
    best: Dropped | None = None
    for drop in drops:
        if best is None or _weight(drop) >= _weight(best):
            best = drop
    return best


def _weight(drop: Dropped) -> int:
    # A bridge is shown what is sent to a group, too; that the host is no member is no evidence.
    if drop.detail.startswith("nobody here joined"):
        return 0
    # Nor is that the host is not in each VLAN of its bridge.
    if drop.reason is DropReason.BRIDGE_VLAN and drop.detail.endswith(" itself"):
        return 1
    return _WEIGHT.get(drop.reason, _MOST)


def losses(verdict: ProbeVerdict) -> list[Loss]:
    """What was lost: the request, its answer, the error that should have reported it."""
    found: list[Loss] = []
    for packet in verdict.packets[:1]:
        lost = loss_of(verdict.events, packet, "request")
        found += [lost] if lost is not None else []
    for made in verdict.replies():
        role = "error" if made.about or found else "reply"
        lost = loss_of(verdict.events, made.packet, role)
        # Of an error a host tells itself without a packet.
        found += [lost] if lost is not None and (role == "reply" or lost.event.device != "lo") else []
    return found


# --- what decided ----------------------------------------------------------------------------------------------------


def decider(journey: list[Event], lost: Dropped) -> Decider:
    """The rule, route, neighbour or device that ended a packet."""
    before = journey[: journey.index(lost)]
    if lost.reason in (DropReason.NETFILTER_DROP, DropReason.NETFILTER_REJECT):
        return _filter(before, lost)
    if lost.reason in (DropReason.NEIGH_FAILED, DropReason.NEIGH_QUEUEFULL):
        waiting = next((event for event in reversed(before) if isinstance(event, Waiting)), None)
        return Decider("neighbour", f"{waiting.hop if waiting else ''} dev {lost.device}".strip())
    if lost.reason is DropReason.IP_INVALID_SOURCE and not lost.detail:
        packet = content([lost]) or content(before)
        request = payload_of(lost)
        text = f"ARP of {request.sender_ip}" if isinstance(request, Arp) else ""
        return Decider("route", text if packet is None else f"{packet.source} > {packet.destination}")
    if lost.reason in _ROUTING:
        return Decider("route", lost.detail or _no_route(before))
    if lost.reason in (
        DropReason.IP_INADDRERRORS,
        DropReason.IP_RPFILTER,
        DropReason.ARP_IGNORED,
        DropReason.ICMP_ECHO_IGNORED,
    ):
        return Decider("sysctl", _sysctl(lost, before))
    if lost.reason is DropReason.ICMP_FRAG_NEEDED:
        return Decider("device", f"{_output_device(before, lost) or lost.device} {lost.detail}")
    if lost.reason in (DropReason.NO_SOCKET, DropReason.SOCKET_RCVBUFF):
        return Decider("socket", lost.detail)
    if lost.reason is DropReason.NO_TX_TARGET:
        return Decider("fdb", lost.detail or f"{lost.device} knows no port for it")
    return Decider("device", f"{lost.device} {lost.detail}".strip())


_ROUTING: Final = (
    DropReason.IP_INNOROUTES,
    DropReason.ROUTE_UNREACHABLE,
    DropReason.ROUTE_BLACKHOLE,
    DropReason.ROUTE_PROHIBIT,
    DropReason.IP_INVALID_SOURCE,
)


def _output_device(before: list[Event], lost: Dropped) -> str:
    """The device that the latest route leads to."""
    for event in reversed(before):
        if isinstance(event, Routed) and event.namespace == lost.namespace and " dev " in event.text:
            return event.text.partition(" dev ")[2].split()[0]
    return ""


def _no_route(before: list[Event]) -> str:
    packet = content(before)
    return "" if packet is None else f"no route to {packet.destination}"


def _sysctl(lost: Dropped, before: list[Event]) -> str:
    packet = content(before)
    family = "ipv6" if packet is not None and packet.source.version == 6 else "ipv4"
    if lost.reason is DropReason.IP_INADDRERRORS:
        return "net.ipv6.conf.all.forwarding" if family == "ipv6" else "net.ipv4.ip_forward"
    if lost.reason in (DropReason.IP_RPFILTER, DropReason.ARP_IGNORED):
        return f"net.ipv4.conf.{lost.device.replace('.', '/')}.{lost.detail or 'rp_filter'}"
    return f"net.{family}.{lost.detail}".replace("/", ".")


def _filter(before: list[Event], lost: Dropped) -> Decider:
    found = next(
        (event for event in reversed(before) if isinstance(event, Filtered) and event.verdict != "ACCEPT"), None
    )
    if found is None:
        return Decider("rule", lost.detail)
    if not decided_by_rule(found):
        text = f"the policy of {found.table} {found.hook} is {found.verdict}"
        return Decider("policy", text, found.table, found.hook, found.hook, verdict=found.verdict)
    if not found.hits:
        return Decider("rule", lost.detail, found.table, found.hook, verdict=found.verdict)
    hit = found.hits[-1]
    return Decider("rule", rule_text(hit), hit.table, found.hook, hit.chain, hit.number, verdict=found.verdict, hit=hit)


def rule_text(hit: RuleHit) -> str:
    """The rule as its tool writes it."""
    return str(hit).partition(f" rule {hit.number}: ")[2]


def decided_by_rule(event: Filtered) -> bool:
    """Whether the last rule that matched gave the verdict: rules that jump or count leave it to the policy."""
    verdict = event.verdict.split()[0].lower()
    return bool(event.hits) and (verdict != "drop" or not event.by_policy)
