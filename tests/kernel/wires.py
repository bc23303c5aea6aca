"""Looking at cables, putting packets on them by hand, and asking what became of those."""

from __future__ import annotations

from collections.abc import Iterable

from vnetsim import Lab
from vnetsim.dropreason import DropReason
from vnetsim.kernel.netdev.device import Device
from vnetsim.sockets import Captured
from vnetsim.trace import Dropped
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import ARP, IPV4, Frame, Payload
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.inet import IPv4
from vnetsim.wire.ipv4 import ICMP, UDP, Packet
from vnetsim.wire.mac import Mac
from vnetsim.wire.udp import Udp

#: An ethertype that nobody handles (IEEE 802, local experimental).
EXPERIMENT = 0x88B5


def ip(text: str) -> IPv4:
    return IPv4.parse(text)


def device(lab: Lab, namespace: str | None, name: str) -> Device:
    return lab.network(namespace).namespace.device(name)


def watched(lab: Lab, namespace: str | None, name: str | None = None) -> list[Captured]:
    """What passes a device (or all of a namespace) from now on, as it comes."""
    seen: list[Captured] = []
    lab.network(namespace).packet_socket(name).seen = seen.append
    return seen


def words(captured: Iterable[Captured]) -> list[str]:
    """As tcpdump -n prints the frames."""
    return [str(each.frame).split(", ", 1)[1].split(": ", 1)[-1] for each in captured]


def packets(captured: Iterable[Captured]) -> list[Packet]:
    return [each.frame.payload for each in captured if isinstance(each.frame.payload, Packet)]


def arps(captured: Iterable[Captured]) -> list[Arp]:
    return [each.frame.payload for each in captured if isinstance(each.frame.payload, Arp)]


def put(lab: Lab, namespace: str | None, name: str, payload: Payload, to: Mac, *, source: Mac | None = None) -> None:
    """Send a frame out of a device, and let it arrive; bytes go as the ethertype for experiments."""
    lab.events.clear()
    out = device(lab, namespace, name)
    kind = ARP if isinstance(payload, Arp) else IPV4 if isinstance(payload, Packet) else EXPERIMENT
    lab.network(namespace).packet_socket(name).send(
        Frame.build(to, out.mac if source is None else source, kind, payload)
    )
    lab.sleep(0.01)


def echo(source: str, destination: str, *, ttl: int = 64, size: int = 56, df: bool = False, number: int = 1) -> Packet:
    message = Icmp.echo_request(7, number, bytes(size))
    return Packet.build(ip(source), ip(destination), ICMP, message, ttl=ttl, dont_fragment=df)


def datagram(source: str, destination: str, port: int, *, source_port: int = 4000, data: bytes = b"hello") -> Packet:
    return Packet.build(ip(source), ip(destination), UDP, Udp.build(source_port, port, data))


def lost(lab: Lab, *, namespace: str | None = None) -> list[DropReason]:
    """Why packets ended since the latest command line or `put`, in order."""
    return [event.reason for event in lab.events if isinstance(event, Dropped) and namespace in (None, event.namespace)]
