"""A frame at a hook of a bridge, as rules see it."""

from __future__ import annotations

from collections.abc import Callable

from vnetsim.values import define
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import HEADER_LENGTH, VLAN, Frame, Tagged


def unlogged(_level: int, _line: str) -> None:
    """In other namespaces than the machine's first one (sysctl nf_log_all_netns is 0)."""


@define
class FrameInfo:
    """`in_device` and `out_device` are ports, "" where the hook has none; `logical_in`, `logical_out` their bridge.

    A target may change `mark` and `frame`.  `now` is in nanoseconds; `host` says that the frame is for the bridge,
    `log` writes a line to the kernel's log, at a level.
    """

    frame: Frame
    in_device: str = ""
    out_device: str = ""
    logical_in: str = ""
    logical_out: str = ""
    mark: int = 0
    now: int = 0
    host: bool = False
    log: Callable[[int, str], None] = unlogged

    @property
    def length(self) -> int:
        """Bytes behind the Ethernet header, which is what rules count."""
        return self.frame.length - HEADER_LENGTH

    @property
    def ip(self) -> ipv4.Packet | None:
        payload = self.frame.payload
        return payload if isinstance(payload, ipv4.Packet) else None

    @property
    def ip6(self) -> ipv6.Packet | None:
        payload = self.frame.payload
        return payload if isinstance(payload, ipv6.Packet) else None

    @property
    def arp(self) -> Arp | None:
        payload = self.frame.payload
        return payload if isinstance(payload, Arp) else None

    @property
    def tag(self) -> Tagged | None:
        payload = self.frame.payload
        return payload if self.frame.ethertype == VLAN and isinstance(payload, Tagged) else None

    @property
    def packet_type(self) -> str:
        """`host` of what is for the bridge itself, as far as its address says it."""
        if self.frame.destination == 0xFFFF_FFFF_FFFF:
            return "broadcast"
        if self.frame.destination.is_multicast:
            return "multicast"
        return "host" if self.host else "otherhost"
