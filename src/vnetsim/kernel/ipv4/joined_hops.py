"""All hops of a flow from a socket to a handler, as one step (see netdev.flow_path).

The packets of a flow have in common all that the recorded hops between them compare.  What the hops do for each packet
is then known when it departs, but for what changes with packets and time (`FlowStep.fits`), and whatever else happens
before it arrives.  If nothing does, all hops are made when the first one is due: their counters, and the packet as it
arrives at the end.  Otherwise the packet is made as it departed, and takes one recorded hop after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from vnetsim.engine import HOP_NS
from vnetsim.kernel.ipv4.flow_path import DepartingHop, LocalHop
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.flow_offload import with_ports
from vnetsim.wire.ethernet import HEADER_LENGTH, IPV4, Frame
from vnetsim.wire.ipv4 import Packet

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.rtable import Rtable
    from vnetsim.kernel.netdev.flow_path import FlowStep

#: More hops are not joined.
_MOST_HOPS: Final = 8

#: Makes a value without the call of its __init__.
_new: Final = object.__new__
#: Sends a payload in a packet of that length; False if these hops are not for it, or not now.
JoinedHops: TypeAlias = Callable[[Any, int], bool]


def join(route: Rtable, packet: Packet) -> JoinedHops | None:
    """For packets like that one, which departed by a route; None if a hop is not recorded, or is not for it."""
    hop = route.hop
    if not isinstance(hop, DepartingHop) or hop.generation != hop.softirq.generation or packet.length > route.fits:
        return None
    first = frame = Frame(hop.station, hop.device.mac, IPV4, packet, HEADER_LENGTH + packet.length)
    steps: list[FlowStep] = []
    arrive = hop.arrive
    while len(steps) < _MOST_HOPS:
        owner: Any = arrive.__self__  # type: ignore[attr-defined]
        if isinstance(owner, LocalHop):
            longest = min(route.fits, *(each.longest - HEADER_LENGTH for each in (hop, *steps)))
            return _joined(hop, longest, first, steps, owner, frame) if owner.is_for(frame, frame.payload) else None
        found = owner.step(frame)
        if found is None:
            return None
        step, frame = found
        steps.append(step)
        arrive = step.arrive
    return None


def _joined(  # noqa: C901 -- all hops
    hop: DepartingHop, longest: int, first: Frame, steps: list[FlowStep], end: LocalHop, last: Frame
) -> JoinedHops:
    """`first` is a frame of the flow as it departs by `hop`, `last` the same as it comes to `end`, behind `steps`.

    Closures, because every packet calls them: local variables instead of attributes.
    """
    softirq, generation, host, device = hop.softirq, hop.generation, hop.host, hop.device
    backlog, append, ip, arriving_at = softirq.backlog, softirq.backlog.append, device.namespace.ip, end.device
    count, rest = len(steps), HOP_NS * len(steps)
    all_fit = [step.fits for step in steps]
    all_passed = [step.passed for step in steps]
    if end.learned is not None:
        all_fit.append(end.fits)
        all_passed.append(end.passed)
    after = _ports(last)
    translates = _ports(first) != after
    packet: Packet = last.payload  # type: ignore[assignment]
    source, destination, protocol, ttl, keeps_whole = (
        packet.source, packet.destination, packet.protocol, packet.ttl, packet.dont_fragment,
    )  # fmt: skip
    to_mac, from_mac = last.destination, last.source
    receive, new = end.demux(packet), _new

    def depart(payload: Any, length: int) -> bool:
        now = softirq.instant
        if generation != softirq.generation or backlog or length > longest or not hop.fits(now):
            return False
        ip.identification = identification = ip.identification + 1 & 0xFFFF
        host.packets = identity = host.packets + 1
        hop.passed(now, HEADER_LENGTH + length)
        append((now + HOP_NS, arrive, (payload, length, identification, identity)))
        return True

    def arrive(sent: tuple[Any, int, int, int]) -> None:
        now = softirq.instant
        ends = now + rest
        if (
            generation != softirq.generation
            or backlog
            or ends >= softirq.horizon
            or softirq.frames_left < count
            or softirq.observer is not None
        ):
            go_on(sent)
            return
        for fits in all_fit:
            if not fits(now):
                go_on(sent)
                return
            now += HOP_NS
        payload, length, identification, identity = sent
        frame_length, now = HEADER_LENGTH + length, softirq.instant
        for passed in all_passed:
            passed(now, frame_length)
            now += HOP_NS
        softirq.instant = ends
        softirq.frames_left -= count
        if translates:
            payload = with_ports(payload, *after)
        packet = new(Packet)
        packet.source, packet.destination, packet.protocol, packet.payload = source, destination, protocol, payload
        packet.ttl, packet.identification, packet.dont_fragment = ttl, identification, keeps_whole
        packet.more_fragments, packet.fragment_offset, packet.tos, packet.options = False, 0, 0, b""
        packet.length = length
        frame = new(Frame)
        frame.destination, frame.source, frame.ethertype, frame.payload = to_mac, from_mac, IPV4, packet
        frame.length = frame_length
        skb = new(Skb)
        skb.frame, skb.identity, skb.device = frame, identity, arriving_at
        receive(skb, packet)

    def go_on(sent: tuple[Any, int, int, int]) -> None:
        """As it departed, to what comes behind the first cable."""
        payload, length, identification, identity = sent
        like: Any = first.payload
        packet = Packet(
            like.source, like.destination, protocol, payload, like.ttl, identification, keeps_whole, False, 0, 0, b"",
            length,
        )  # fmt: skip
        hop.arrive(Skb(Frame(first.destination, first.source, IPV4, packet, HEADER_LENGTH + length), identity, device))

    return depart


def _ports(frame: Frame) -> tuple[int, int]:
    header: Any = frame.payload.payload  # type: ignore[union-attr]
    return header.source_port, header.destination_port
