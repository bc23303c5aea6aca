"""IEEE 802.1Q: a device for one of the virtual LANs that share the device below (net/8021q/vlan.c, vlan_dev.c).

What it sends leaves below with a tag; tagged frames of its number come in by it, before a bridge or a macvlan sees
them.  Unless it binds loosely it goes up and down with the device below.  Not modelled: priority maps, header
reordering switched off, GVRP, MVRP, binding to a bridge's ports.  Follows Linux's source, and recordings of Linux 6.18
(vlan_basic, vlan_mtu, vlan_qinq).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.drivers.stacked import Stacked
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.ethernet import HEADER_LENGTH, SERVICE_VLAN, TAG_LENGTH, VLAN, Frame, Tagged
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_PROTOCOLS: Final = {"802.1Q": VLAN, "802.1ad": SERVICE_VLAN}
_HIGHEST: Final = 4094
_ABSENT: Final = {"reorder_hdr": 0, "gvrp": 1, "mvrp": 1, "bridge_binding": 1}


class Vlan(Stacked):
    kind: str | None = "vlan"
    min_mtu: int = 0
    too_long: ClassVar[Errno] = Errno.ERANGE

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: Netns) -> Vlan:
        """vlan_newlink: KernelError with the kernel's sentences."""
        number = _number(request)
        protocol = str(request.options.get("protocol", "802.1Q"))
        lower = origin.device(str(request.link))
        if lower.link_type != "ether":
            raise KernelError(Errno.EOPNOTSUPP, "8021q: VLANs not supported on device")
        if (_PROTOCOLS[protocol], number) in lower.vlans:
            raise KernelError(Errno.EEXIST, "8021q: VLAN device already exists")
        if request.mtu is not None and request.mtu > lower.mtu:
            raise KernelError(Errno.EINVAL)
        vlan = cls(namespace.new_name(request.name, "vlan%d"), request.mac, lower, number, protocol)
        vlan.configure(request.options)
        namespace.register(vlan, request.index)
        vlan.mtu = vlan.mtu if request.mtu is None else request.mtu
        vlan.link()
        return vlan

    def __init__(self, name: str, mac: Mac | None, lower: Device, number: int, protocol: str) -> None:
        super().__init__(name, mac or lower.mac, lower)
        self.number = number
        self.protocol = protocol
        self.loose_binding = False
        self._inherits_mac = mac is None

    def link(self) -> None:
        super().link()
        self.lower.add_vlan((_PROTOCOLS[self.protocol], self.number), self)

    def uninit(self) -> None:
        super().uninit()
        self.lower.remove_vlan((_PROTOCOLS[self.protocol], self.number))

    def configure(self, options: Mapping[str, str | int]) -> None:
        """vlan_changelink: only flags; number and protocol stay."""
        for name, value in _ABSENT.items():
            if options.get(name, 1 - value) == value:
                raise NotModelled(f"vlan {name} {'on' if value else 'off'}")
        self.loose_binding = bool(options.get("loose_binding", self.loose_binding))

    # --- frames -----------------------------------------------------------------------------------------------------

    def _xmit(self, skb: Skb) -> Errno | None:
        """vlan_dev_hard_start_xmit: below, with a tag."""
        frame = skb.frame
        tag = Tagged.build(self.number, 0, frame.ethertype, frame.payload)
        ethertype = _PROTOCOLS[self.protocol]
        skb.frame = Frame(frame.destination, frame.source, ethertype, tag, frame.length + TAG_LENGTH)
        return self.count_sent(frame.length, self.lower.transmit(skb))

    def receive(self, skb: Skb) -> None:
        """vlan_do_receive: without the tag; counted without the Ethernet header, which has been taken off by then."""
        frame = skb.frame
        tag = frame.payload
        if isinstance(tag, Tagged):
            skb.frame = Frame(frame.destination, frame.source, tag.ethertype, tag.payload, frame.length - TAG_LENGTH)
        super().receive(skb)
        self.rx_bytes -= HEADER_LENGTH * self.up

    # --- state ------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """KernelError(ENETDOWN) as long as the device below is down."""
        if not self.lower.up and not self.loose_binding:
            raise KernelError(Errno.ENETDOWN)
        if self.mac != self.lower.mac:
            self.lower.add_filter(self.mac)

    def stop(self) -> None:
        self.lower.delete_filter(self.mac)

    def change_mac(self, mac: Mac) -> None:
        self._inherits_mac = False
        self._take_address(mac)

    def _take_address(self, mac: Mac) -> None:
        if self.up:
            self.stop()
        self.mac = mac
        if self.up and mac != self.lower.mac:
            self.lower.add_filter(mac)

    def lower_opened(self) -> None:
        if not self.loose_binding:
            self.namespace.open(self)
        self.lower_changed()

    def lower_closed(self) -> None:
        """NETDEV_DOWN: one that binds loosely keeps its carrier, too."""
        if not self.loose_binding:
            self.namespace.close(self)
            self.lower_changed()

    def lower_mac_changed(self, old: Mac) -> None:
        """vlan_sync_address: it keeps the address it was given."""
        before = self.mac
        if self._inherits_mac and before == old:
            self._take_address(self.lower.mac)
            self.mac_changed(before)

    def details(self) -> Mapping[str, str | int]:
        flags = "REORDER_HDR LOOSE_BINDING" if self.loose_binding else "REORDER_HDR"
        return {"protocol": self.protocol, "id": self.number, "flags": flags, "tso_max_size": self.tso_max_size}


def _number(request: AddLink) -> int:
    """vlan_validate"""
    if not request.options:
        raise KernelError(Errno.EINVAL, "8021q: VLAN properties not specified")
    if "id" not in request.options:
        raise KernelError(Errno.EINVAL, "8021q: VLAN id not specified")
    if int(request.options["id"]) > _HIGHEST:
        raise KernelError(Errno.ERANGE, "8021q: Invalid VLAN id")
    if request.link is None:
        raise KernelError(Errno.EINVAL, "8021q: link not specified")
    return int(request.options["id"])
