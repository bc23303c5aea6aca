"""The layers of a frame: of each its name, its length in bytes, and its fields as text.

The values are those of `vnetsim.wire`, so that nothing is decoded twice.  Not modelled: layers above TCP, and above UDP
all but VXLAN and DNS, whose data are shown as bytes.
"""

from __future__ import annotations

from typing import Any, Final

import attrs

from vnetsim.values import frozen
from vnetsim.wire import bpdu, icmp, icmpv6, igmp, ipv4, ipv6, tcp, udp, vxlan
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Frame, Tagged, ethertype_text

_NAMES: Final[dict[type, str]] = {
    Frame: "Ethernet", Tagged: "802.1Q", Arp: "ARP", ipv4.Packet: "IPv4", ipv6.Packet: "IPv6", tcp.Tcp: "TCP",
    udp.Udp: "UDP", icmp.Icmp: "ICMP", icmpv6.Icmpv6: "ICMPv6", igmp.Igmp: "IGMP", vxlan.Vxlan: "VXLAN",
    bpdu.Config: "STP", bpdu.TopologyChange: "STP",
}  # fmt: skip
#: What carries the next layer, or is shown as bytes.
_INNER: Final = ("payload", "frame", "data")
_FLAGS: Final = (("FIN", 1), ("SYN", 2), ("RST", 4), ("PSH", 8), ("ACK", 16), ("URG", 32), ("ECE", 64), ("CWR", 128))


@frozen
class Layer:
    """`length` is that of its header in bytes, or of the data; `fields` are names and values."""

    name: str
    length: int
    fields: tuple[tuple[str, str], ...]


def layers(frame: Frame) -> list[Layer]:
    """From the outermost to the innermost; the lengths add up to that of the frame, but for padding."""
    found: list[Layer] = []
    layer: Any = frame
    while type(layer) in _NAMES:
        inner = next((getattr(layer, name) for name in _INNER if hasattr(layer, name)), b"")
        size = len(inner) if isinstance(inner, bytes) else inner.length
        found.append(Layer(_NAMES[type(layer)], layer.length - size, _fields(layer)))
        layer = inner
    if isinstance(layer, bytes) and layer:
        found.append(Layer("data", len(layer), ()))
    return found


def _fields(layer: Any) -> tuple[tuple[str, str], ...]:
    named = [field.name for field in attrs.fields(type(layer))]
    return tuple((name, _text(name, getattr(layer, name))) for name in named if name not in (*_INNER, "length"))


def _text(name: str, value: object) -> str:
    if name == "ethertype" and isinstance(value, int):
        return ethertype_text(value)
    if name == "flags" and isinstance(value, int):
        return " ".join(text for text, bit in _FLAGS if value & bit) or "none"
    if isinstance(value, bytes):
        return value.hex(" ") or "none"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
