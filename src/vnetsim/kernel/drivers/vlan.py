"""IEEE 802.1Q: a device for one of the virtual LANs that share the device below (net/8021q/vlan.c, vlan_dev.c).

What it sends leaves below with a tag; tagged frames of its number come in by it, before a bridge or a macvlan sees
them.  Unless it binds loosely it goes up and down with the device below.  The priority of a tag comes from that of the
packet by the egress map; that of a packet which a bridge passes on, from its tag by the ingress map.  Without
`reorder_hdr` packet sockets see what it receives with the tag.  With `bridge_binding` its carrier is not that of the
device below.  With `gvrp` and `mvrp` it is declared there (`vlan_registration`).  Not modelled: binding to the ports of
a bridge.  Follows Linux's source, and recordings of Linux 6.18 (vlan_basic, vlan_flags, vlan_mtu, vlan_qinq, vlan_qos,
vlan_qos_forward).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.drivers.stacked import Stacked
from vnetsim.kernel.drivers.vlan_qos import PriorityMaps
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.ethernet import HEADER_LENGTH, SERVICE_VLAN, TAG_LENGTH, VLAN, Frame, Tagged
from vnetsim.wire.mac import BROADCAST, Mac

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.vlan_registration import Applicant
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_PROTOCOLS: Final = {"802.1Q": VLAN, "802.1ad": SERVICE_VLAN}
_HIGHEST: Final = 4094
#: In the order in which they are shown.
_FLAGS: Final = ("reorder_hdr", "gvrp", "mvrp", "loose_binding", "bridge_binding")
_REGISTRATIONS: Final = ("gvrp", "mvrp")


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
        self.flags: frozenset[str] = frozenset({"reorder_hdr"})
        self.maps = PriorityMaps()
        self.applicants: dict[str, Applicant] = {}
        self.arp, self.multicast = lower.arp, lower.multicast
        self._inherits_mac = mac is None

    def link(self) -> None:
        super().link()
        if self.bridge_binding:
            self.set_carrier(False)
        self.lower.add_vlan((_PROTOCOLS[self.protocol], self.number), self)

    def uninit(self) -> None:
        super().uninit()
        self._register(dict.fromkeys(_REGISTRATIONS, False))
        self.lower.remove_vlan((_PROTOCOLS[self.protocol], self.number))

    def configure(self, options: Mapping[str, str | int]) -> None:
        """vlan_changelink: flags and maps; number and protocol stay."""
        if options.get("bridge_binding") and self.lower.kind == "bridge":
            raise NotModelled("vlan bridge_binding on of a device on a bridge")
        given = {name: bool(options[name]) for name in _FLAGS if name in options}
        if self.registered and given.get("bridge_binding", self.bridge_binding) != self.bridge_binding:
            raise NotModelled("a change of vlan bridge_binding")
        self.flags = (self.flags - given.keys()) | {name for name, value in given.items() if value}
        if self.up:
            self._register(given)
        self.maps.change(str(options.get("ingress_qos", "")), str(options.get("egress_qos", "")))
        if self.registered:
            self.softirq.generation += 1

    def _register(self, wanted: Mapping[str, bool]) -> None:
        """vlan_gvrp_request_join and so on, for those of `wanted` that are protocols of registration."""
        if self.protocol != "802.1Q":
            return
        for name in _REGISTRATIONS:
            if wanted.get(name):
                self._applicant(name).join()
            elif name in wanted and name in self.applicants:
                self.applicants[name].leave()

    def _applicant(self, name: str) -> Applicant:
        from vnetsim.kernel.drivers.vlan_registration import Applicant  # noqa: PLC0415 -- few have one

        if name not in self.applicants:
            self.applicants[name] = Applicant(self.lower, self.number, name)
        return self.applicants[name]

    @property
    def loose_binding(self) -> bool:
        return "loose_binding" in self.flags

    @property
    def bridge_binding(self) -> bool:
        return "bridge_binding" in self.flags

    # --- frames -----------------------------------------------------------------------------------------------------

    def _xmit(self, skb: Skb) -> Errno | None:
        """vlan_dev_hard_start_xmit: below, with a tag."""
        frame = skb.frame
        tag = Tagged.build(self.number, self.maps.tag_of(skb), frame.ethertype, frame.payload)
        ethertype = _PROTOCOLS[self.protocol]
        skb.frame = Frame(frame.destination, frame.source, ethertype, tag, frame.length + TAG_LENGTH)
        return self.count_sent(frame.length, self.lower.transmit(skb))

    def receive(self, skb: Skb) -> None:
        """vlan_do_receive: without the tag; counted without the Ethernet header, which has been taken off by then."""
        frame, tag = skb.frame, skb.frame.payload
        assert isinstance(tag, Tagged)
        if not self.up:
            self.namespace.drop(skb, self, DropReason.DEV_READY)
            return
        self.rx_packets += 1
        self.rx_bytes += frame.length - TAG_LENGTH - HEADER_LENGTH
        self.rx_multicast += frame.destination.is_multicast and frame.destination != BROADCAST
        skb.frame = Frame(frame.destination, frame.source, tag.ethertype, tag.payload, frame.length - TAG_LENGTH)
        if self.maps.ingress:
            skb.priority, skb.dirty = self.maps.ingress.get(tag.priority), True
        if self.namespace.nit_active and self._shows_tags:
            self._accept_tagged(skb, frame)
        else:
            self.accept(skb)

    @property
    def _shows_tags(self) -> bool:
        """Not below a bridge or a macvlan, which would pass the tag on."""
        if "reorder_hdr" in self.flags or br_port_get(self) is not None:
            return False
        return not any(upper.kind in ("macvlan", "macvtap") for upper in self.uppers)

    def _accept_tagged(self, skb: Skb, tagged: Frame) -> None:
        """vlan_insert_inner_tag: packet sockets see the tag, protocols do not."""
        skb.device, inner = self, skb.frame
        skb.frame = tagged
        self.namespace.received(skb, self)
        skb.frame = inner
        if self.rx_handler is not None:
            self.rx_handler(skb)
        else:
            self.pass_up(skb)

    # --- state ------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """KernelError(ENETDOWN) as long as the device below is down."""
        if not self.lower.up and not self.loose_binding:
            raise KernelError(Errno.ENETDOWN)
        if self.mac != self.lower.mac:
            self.lower.add_filter(self.mac)
        self._register(dict.fromkeys(self.flags, True))

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

    def lower_changed(self) -> None:
        if not self.bridge_binding:
            super().lower_changed()

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
        flags = " ".join(name.upper() for name in _FLAGS if name in self.flags)
        shown: dict[str, str | int] = {"protocol": self.protocol, "id": self.number}
        if flags:
            shown["flags"] = flags
        return {**shown, **self.maps.details(), "tso_max_size": self.tso_max_size}


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
