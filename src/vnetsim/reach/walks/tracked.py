"""What the hosts on a packet's path remember of its flow, as `conntrack -L` shows it.

An entry is found by the ends of the packet as it came to that host.

Not modelled: expectations, and flows that only one of the two hosts still knows of by its program.
"""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.observations import ConnectionEntry, Flow
from vnetsim.reach.probing.flows import end_text
from vnetsim.reach.walks.crossing import Crossing
from vnetsim.reach.walks.packets import IpPacket
from vnetsim.values import frozen
from vnetsim.wire.tcp import PROTOCOL as TCP_NUMBER


@frozen(kw_only=True)
class Remembered:
    """What a host remembers of a flow; `text` as conntrack(8) writes it, `translated` if it gives it another end."""

    namespace: str
    text: str
    entry: ConnectionEntry
    translated: bool


def remembered(crossing: Crossing) -> Iterator[Remembered]:
    """The entries of one host for the packet that came to it, in either direction."""
    packet = crossing.came
    for entry in crossing.netns.network.connections(packet.source.version):
        if _is_of(entry.original, packet) or _is_of(entry.reply, packet):
            yield Remembered(
                namespace=crossing.netns.label, text=_text(entry), entry=entry, translated=_is_translated(entry)
            )


def _is_of(flow: Flow, packet: IpPacket) -> bool:
    ports = getattr(packet.payload, "source_port", 0), getattr(packet.payload, "destination_port", 0)
    ends = packet.source, packet.destination
    return (flow.source, flow.destination) == ends and (flow.source_port, flow.destination_port) == ports


def _is_translated(entry: ConnectionEntry) -> bool:
    there, back = entry.original, entry.reply
    return (there.source, there.source_port, there.destination, there.destination_port) != (
        back.destination,
        back.destination_port,
        back.source,
        back.source_port,
    )


def _text(entry: ConnectionEntry) -> str:
    kind = "tcp" if entry.original.protocol == TCP_NUMBER else "udp"
    state = f" {entry.state}" if entry.state else ""
    there = f"{end_text(entry.original.source, entry.original.source_port)} > "
    there += end_text(entry.original.destination, entry.original.destination_port)
    back = f"{end_text(entry.reply.source, entry.reply.source_port)} > "
    back += end_text(entry.reply.destination, entry.reply.destination_port)
    answered = "" if "SEEN_REPLY" in entry.status else " [UNREPLIED]"
    return f"{kind}{state} {there}, answers {back}{answered}, {entry.seconds} s left"
