"""IPv4 routes as packets use them (struct rtable)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.dropreason import DropReason
from vnetsim.kernel.fib.dst import DstEntry
from vnetsim.kernel.fib.info import LINK, FibNexthop, FibResult
from vnetsim.wire.inet import ANY4, Address, IPv4

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device


class Rtable(DstEntry):
    """struct rtable: by `gateway`, or to the destination itself, with `source` as this host's address.

    `redirect_to` is the better router of a packet that would leave by the device that it came in by.
    """

    __slots__ = ("gateway", "is_broadcast", "mtu_locked", "redirect_to", "source", "uses_pmtu")

    def __init__(
        self, device: Device | None, gateway: Address | None = None, source: IPv4 = ANY4, text: str = ""
    ) -> None:
        super().__init__(device, 0 if device is None else device.mtu, text)
        self.gateway = gateway
        self.source = source
        self.is_broadcast = False
        self.redirect_to: IPv4 | None = None
        self.mtu_locked = False
        #: Whether learned path MTUs apply: not to what this host forwards, unless ip_forward_use_pmtu is on.
        self.uses_pmtu = True


def ended_route(reason: DropReason, text: str = "") -> Rtable:
    route = Rtable(None, text=text)
    route.reason = reason
    return route


def gateway_of(hop: FibNexthop) -> Address | None:
    """The gateway, of either family; one of scope host is an address of this host: the route is on-link."""
    return None if hop.via is None or hop.scope != LINK else hop.via


def route_text(
    match: FibResult | None, device: Device, gateway: Address | None, destination: IPv4 | None = None
) -> str:
    """The route as `ip route` would print it, for traces."""
    via = "" if gateway is None else f" via {gateway}" if gateway.version == 4 else f" via inet6 {gateway}"
    if match is None or match.entry is None:
        return f"{destination}{via} dev {device.name}"
    return f"{match.text}{via} dev {device.name}{match.table_text}"
