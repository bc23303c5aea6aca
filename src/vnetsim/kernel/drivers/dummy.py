"""A device without a link (drivers/net/dummy.c), for addresses that belong to none, and for tests.

Frames that it sends are counted and dropped; it receives none.  ARP and multicast are off by default.
Its carrier is what a user sets.  Follows Linux's source, and a recording of Linux 6.18 (dummy_basic).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink


class Dummy(Device):
    kind: str | None = "dummy"
    min_mtu: int = 0
    max_mtu: int = 0

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, _origin: Netns) -> Dummy:
        device = cls(namespace.new_name(request.name, "dummy%d"), request.mac or namespace.host.random_mac())
        namespace.register(device, request.index)
        return device

    def __init__(self, name: str, mac: Mac) -> None:
        super().__init__(name, mac)
        self.arp = self.multicast = False

    def change_carrier(self, carrier: bool) -> None:
        self.set_carrier(carrier)

    def details(self) -> Mapping[str, str | int]:
        return {"tso_max_size": self.tso_max_size}

    def _xmit(self, skb: Skb) -> Errno | None:
        self.tx_packets += 1
        self.tx_bytes += skb.frame.length
        self.namespace.drop(skb, self, DropReason.NO_PEER)
        return None
