"""struct net_device and what all its kinds share (include/linux/netdevice.h, net/core/dev.c).

A device is administratively up or down, has a carrier or not, receives frames (`receive`, called by the softirq) and
transmits them (`transmit`).  Subclasses implement `_xmit` (ndo_start_xmit).  Changes of a device go along
Netns.netdev_chain.  Not modelled: offloads other than TSO.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Protocol

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.inetdevice import Inet4Dev, Inet6Dev
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.kernel.netdev.rx_handler import RxHandlers
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netdev.stats import LinkStats
from vnetsim.kernel.netdev.uppers import Stacking
from vnetsim.wire.mac import BROADCAST, Mac

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vnetsim.engine import Engine, Softirq
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.wire.ethernet import Frame
    from vnetsim.wire.inet import Address, IPv6

#: Of most devices.
_NOTHING: Final[Mapping[Any, Any]] = MappingProxyType({})
#: A frame may be longer than a device's mtu by the Ethernet header and a VLAN tag (is_skb_forwardable).
HEADROOM: Final = 14 + 4


class PacketType(Protocol):
    """A packet socket, which sees what a device receives and sends (ptype_all)."""

    def saw(self, frame: Frame, device: Device, *, outgoing: bool) -> None: ...


class QdiscOps(Protocol):
    """What a device needs of its root qdisc (struct Qdisc)."""

    @property
    def kind(self) -> str: ...
    def transmit(self, skb: Skb) -> Errno | None: ...
    def reset(self) -> None: ...


class Device(RxHandlers, Stacking["Device"]):
    """A network device.  Netns.register sets `index` and `namespace`.

    `ip` and `ip6` are the state of IPv4 and IPv6 (struct in_device, inet6_dev); `rx_handler_data` belongs to the
    owner of the rx_handler, a bridge port for example.
    """

    # The fields that every hop reads or writes are slots; the others are in the dictionary.
    __slots__ = ("engine", "index", "mac", "mtu", "namespace", "queue", "rx_bytes",
                 "rx_packets", "softirq", "tx_bytes", "tx_packets", "up")  # fmt: skip

    kind: str | None = None
    link_type: str = "ether"
    min_mtu: int = 68
    max_mtu: int = 65535
    default_mtu: ClassVar[int] = 1500
    default_qlen: ClassVar[int | None] = 1000
    #: The other end of a cable, which receives what is counted here, without more.
    far_end: Device | None = None
    default_qdisc: ClassVar[str] = "noqueue"
    has_arp: ClassVar[bool] = True
    netns_immutable: ClassVar[bool] = False
    #: Whether it stays when the device below moves to another namespace; else it is deleted.
    survives_lower_move: ClassVar[bool] = True
    #: Whether its constructor handles the requested mtu.
    sets_own_mtu: ClassVar[bool] = False
    queues: ClassVar[int] = 1
    flags_base: tuple[str, ...] = ("BROADCAST", "MULTICAST")
    #: Whether dumps show what is below it also where that is nothing (IFLA_LINK is 0).
    shows_link: ClassVar[bool] = False
    #: Whether `ip link del` leaves it there, as if it had gone.
    permanent: ClassVar[bool] = False

    namespace: Netns
    engine: Engine
    #: Engine.queue and Engine.softirq of this device's host, because every hop uses them.
    queue: Callable[[Callable[[Skb], object], Skb], bool]
    softirq: Softirq
    carrier: bool = True
    #: It is about to be deleted (NETREG_UNREGISTERING): a veth device has no other end any more.
    dismantled: bool = False
    carrier_changes: int = 0
    #: Tells devices with the same MAC address apart, in their link-local addresses; 0 for most.
    dev_id: int = 0
    #: Whether its qdisc is at work (dev_activate).
    active: bool = False
    operstate: str = "UNKNOWN"
    broadcast: Mac = BROADCAST
    qdisc: str = "noop"
    #: The root qdisc; None for those without a queue that fills (noqueue, pfifo_fast).
    root_qdisc: QdiscOps | None = None
    #: `ingress` or `clsact`, which have filters; and whether there ever was one.
    ingress: str | None = None
    had_ingress: bool = False
    group: int = 0
    alias: str | None = None
    arp: bool = True
    multicast: bool = True
    allmulticast: bool = False
    allmulti_count: int = 0
    promisc: bool = False
    promiscuity: int = 0
    #: TSO: takes frames of several segments; without it they are segmented before (ethtool -K).
    segmentation: bool = True
    #: Its VRF (l3mdev_master_dev): the master that it has, or itself; and the table of its routes.
    l3mdev: Device | None = None
    l3_table: int | None = None
    #: How many queues of a kind its request asked for (num_tx_queues, num_rx_queues).
    queue_counts: Mapping[str, int] = _NOTHING
    rx_dropped: int = 0
    rx_errors: int = 0
    rx_frame_errors: int = 0
    rx_multicast: int = 0
    tx_dropped: int = 0
    tx_carrier: int = 0
    tx_errors: int = 0
    collisions: int = 0

    def __init__(self, name: str, mac: Mac) -> None:
        self.name = name
        self.mac = mac
        self.index = 0
        self.namespace: Netns = None  # type: ignore[assignment]  # set by register
        self.up = False
        self.mtu = self.default_mtu
        self.qlen = self.default_qlen
        # What few devices have is replaced when it changes: the others share nothing that could be changed.
        self.altnames: tuple[str, ...] = ()
        #: Features that ethtool has set, beside those of the driver.
        self.features: Mapping[str, bool] = _NOTHING
        #: The rx_handler in effect: VLANs come before the registered one.
        self.rx_handler: Callable[[Skb], None] | None = None
        self.vlans: Mapping[tuple[int, int], Device] = _NOTHING
        self.uppers: tuple[Device, ...] = ()
        #: Secondary unicast addresses (dev->uc), and multicast addresses that a user added.
        self.filters: tuple[Mac, ...] = ()
        self.added_groups: tuple[Mac, ...] = ()
        self.taps: tuple[PacketType, ...] = ()
        self.ip = Inet4Dev()
        self.ip6 = Inet6Dev()
        self.rx_packets = self.rx_bytes = self.tx_packets = self.tx_bytes = 0

    # --- frames -------------------------------------------------------------------------------------------------

    def receive(self, skb: Skb) -> None:
        """netif_receive_skb: count the frame, show it to packet sockets, give it to its handler."""
        if not self.up:
            self.namespace.drop(skb, self, DropReason.DEV_READY)
            return
        self.rx_packets += 1
        self.rx_bytes += skb.frame.length
        self.accept(skb)

    def accept(self, skb: Skb) -> None:
        """A frame that was counted, to its handler."""
        skb.device = self
        namespace = self.namespace
        if namespace.nit_active:
            namespace.received(skb, self)
        handler = self.rx_handler
        if handler is not None:
            handler(skb)
            return
        protocol = namespace.packet_types.get(skb.frame.ethertype)
        if protocol is None:
            namespace.drop(skb, self, DropReason.UNHANDLED_PROTO)
        else:
            protocol(skb)

    def pass_up(self, skb: Skb) -> None:
        """The end of `receive` for an rx_handler that does not take the frame (RX_HANDLER_PASS)."""
        protocol = self.namespace.packet_types.get(skb.frame.ethertype)
        if protocol is None:
            self.namespace.drop(skb, self, DropReason.UNHANDLED_PROTO)
        else:
            protocol(skb)

    def transmit(self, skb: Skb) -> Errno | None:
        """dev_queue_xmit: the error that the sender's system call returns, or None."""
        if not self.up or not self.carrier:
            # noop_enqueue drops the frame without an error.
            self.tx_dropped += 1
            self.namespace.drop(skb, self, DropReason.NO_CARRIER if self.up else DropReason.DEV_READY)
            return None
        if self.root_qdisc is not None:
            return self.root_qdisc.transmit(skb)
        if self.namespace.nit_active:
            self.namespace.transmitted(skb, self)
        return self._xmit(skb)

    def send(self, skb: Skb) -> Errno | None:
        """dev_hard_start_xmit: the frame leaves now."""
        if self.namespace.nit_active:
            self.namespace.transmitted(skb, self)
        return self._xmit(skb)

    def _xmit(self, skb: Skb) -> Errno | None:
        raise NotImplementedError

    def send_copies(self, skb: Skb, ends: list[Device]) -> None:
        """Let a frame that is not changed arrive at these `far_end` of devices."""
        raise NotImplementedError

    def new_skb(self, frame: Frame) -> Skb:
        """A packet that begins here."""
        return Skb(frame, self.namespace.host.next_packet(), self)

    # --- what it takes --------------------------------------------------------------------------------------------

    def link_upper(self, upper: Device) -> None:
        """netdev_upper_dev_link"""
        self.uppers = (*self.uppers, upper)
        self.namespace.tell_link(self)

    def unlink_upper(self, upper: Device) -> None:
        """netdev_upper_dev_unlink"""
        self.uppers = tuple(known for known in self.uppers if known is not upper)
        if not self.dismantled and upper.peer is not self:
            self.namespace.tell_link(self)

    def add_filter(self, mac: Mac) -> None:
        """dev_uc_add"""
        self.filters = (*self.filters, mac)

    def delete_filter(self, mac: Mac) -> None:
        """dev_uc_del: one of those that are equal, if there is one."""
        if mac in self.filters:
            at = self.filters.index(mac)
            self.filters = self.filters[:at] + self.filters[at + 1 :]

    def add_tap(self, tap: PacketType) -> None:
        """dev_add_pack"""
        self.taps = (*self.taps, tap)

    def remove_tap(self, tap: PacketType) -> None:
        """dev_remove_pack"""
        self.taps = tuple(known for known in self.taps if known is not tap)

    # --- state --------------------------------------------------------------------------------------------------

    @property
    def registered(self) -> bool:
        return self.namespace is not None and self.namespace.by_index.get(self.index) is self

    @property
    def running(self) -> bool:
        return self.up and self.carrier

    @property
    def oper_up(self) -> bool:
        """netif_running and netif_oper_up: up, with an operational state that is not down."""
        return self.up and self.operstate in ("UP", "UNKNOWN")

    @property
    def received(self) -> tuple[int, int]:
        """Packets and bytes that came in."""
        return self.rx_packets, self.rx_bytes

    def get_stats(self) -> LinkStats:
        """ndo_get_stats64"""
        packets, length = self.received
        return LinkStats(
            packets, length, self.rx_dropped, self.rx_multicast, self.tx_packets, self.tx_bytes, self.tx_errors,
            self.tx_dropped, self.tx_carrier, self.collisions, self.rx_errors,
            self.rx_frame_errors,
        )  # fmt: skip

    @property
    def link_addresses(self) -> tuple[Mac | None, Mac | None]:
        """What dumps show as its address and as its broadcast address, or that of its other end."""
        return (None, None) if self.link_type == "none" else (self.mac, self.broadcast)

    @property
    def peer(self) -> Device | None:
        """The device of IFLA_LINK: the other end, or the device below."""
        return None

    @property
    def speed(self) -> int | None:
        """In Mbit/s, for ethtool; None if the driver does not report one."""
        return None

    @property
    def tso_max_size(self) -> int:
        """The largest segment that it takes at once, as `ip -d` shows it."""
        return 65536

    @property
    def is_promiscuous_for_filters(self) -> bool:
        """A device that cannot filter goes promiscuous for secondary unicast addresses (__dev_set_rx_mode)."""
        return self.up and bool(self.filters)

    @property
    def link_namespace(self) -> Netns:
        """The namespace of `peer` (rtnl_link_get_net), which dumps show if it is another one."""
        peer = self.peer
        return self.namespace if peer is None else peer.namespace

    def update_operstate(self) -> None:
        """Recompute the operational state after the carrier changed (default_operstate in link_watch.c)."""
        if self.carrier:
            self.operstate = "UP"
            return
        below = self.peer
        here = None if below is None or self.namespace is None else self.namespace.by_index.get(below.index)
        self.operstate = "DOWN" if here is None or here is self or here.carrier else "LOWERLAYERDOWN"

    def link_locals(self) -> list[tuple[IPv6, bool]]:
        """IPv6 addresses of a device without MAC addresses that is up, each with whether IPv6's own rules made it."""
        return []

    # --- operations of the driver (net_device_ops) ----------------------------------------------------------------

    def open(self) -> None:
        """ndo_open; `up` is true already."""

    def stop(self) -> None:
        """ndo_stop; `up` is false already."""

    def uninit(self) -> None:
        """ndo_uninit: release what depends on the device."""

    def check_address(self, address: Address) -> None:
        """inetaddr_validator_chain: KernelError for an address that the device cannot have."""

    def l3_rcv(self, skb: Skb) -> bool:
        """l3mdev_l3_rcv, of a VRF: a packet came in by a slave; False if it ends here."""
        raise NotImplementedError

    def l3_rcv6(self, skb: Skb) -> bool:
        """The same for IPv6."""
        raise NotImplementedError

    @staticmethod
    def is_neighbour_discovery(skb: Skb) -> bool:
        """ipv6_ndisc_frame, of a VRF."""
        raise NotImplementedError

    def l3_out(self, skb: Skb) -> bool:
        """l3mdev_l3_out, of a VRF: a packet of this host leaves by a slave; False if it ends here."""
        raise NotImplementedError

    def configure(self, options: Mapping[str, str | int]) -> None:  # noqa: ARG002 (what kinds override)
        """rtnl_link_ops->changelink: KernelError for what cannot be changed."""
        raise KernelError(Errno.EOPNOTSUPP)

    def details(self) -> Mapping[str, str | int]:
        """What `ip -d -j link` shows as info_data, by its keys."""
        return {}

    def change_mtu(self, mtu: int) -> None:
        """ndo_change_mtu: KernelError for what the driver does not take."""
        self.mtu = mtu

    def change_mac(self, mac: Mac) -> None:
        """ndo_set_mac_address: KernelError for what the driver does not take."""
        self.mac = mac

    def change_carrier(self, carrier: bool) -> None:  # noqa: ARG002 (what kinds override)
        """ndo_change_carrier: KernelError(EOPNOTSUPP) where the driver knows about it."""
        raise KernelError(Errno.EOPNOTSUPP)

    # --- changes ------------------------------------------------------------------------------------------------

    def set_mtu(self, mtu: int) -> None:
        """dev_set_mtu."""
        if mtu == self.mtu:
            return
        before = self.mtu
        self.change_mtu(mtu)
        self.mtu_changed(before)

    def mtu_changed(self, before: int) -> None:
        self.namespace.call_netdevice_notifiers(NetdevEvent.CHANGEMTU, self, Before(mtu=before))

    def set_mac(self, mac: Mac) -> None:
        """dev_set_mac_address: the chain is called also if the address is the same."""
        before = self.mac
        self.change_mac(mac)
        self.mac_changed(before)

    def mac_changed(self, before: Mac) -> None:
        self.namespace.call_netdevice_notifiers(NetdevEvent.CHANGEADDR, self, Before(mac=before))

    def set_carrier(self, carrier: bool) -> None:
        """netif_carrier_on, netif_carrier_off: the link watch reports it to the chain."""
        if self.carrier == carrier:
            return
        self.carrier = carrier
        self.carrier_changes += 1
        if self.namespace is not None:
            self.namespace.linkwatch.fire(self)
        if self.master is not None:
            self.master.slave_link_changed(self)

    def carrier_changed(self) -> None:
        self.namespace.call_netdevice_notifiers(NetdevEvent.CHANGE, self)
        self.namespace.tell_link(self)

    def graft_qdisc(self, discipline: QdiscOps | None) -> None:
        """dev_graft_qdisc: frames in the old qdisc are lost."""
        if self.root_qdisc is not None:
            self.root_qdisc.reset()
        self.root_qdisc = discipline
        self.qdisc = discipline.kind if discipline is not None else self.default_qdisc if self.up else "noop"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def unregister_netdevice(device: Device) -> None:
    """Remove a device and what depends on it: the other end of a pair, the children of a parent."""
    if not device.registered:
        return
    below = device.peer
    if below is not None and device in below.uppers and not below.dismantled:
        below.namespace.tell_link(below)
    dependants = device.dependants()
    together = [device, *(other for other in dependants if other.peer is device and device.peer is other)]
    for one in together:
        one.dismantled = True
    for one in together:
        one.namespace.close(one)
    message = device.namespace.unlist(device)
    device.uninit()
    # Devices above it go within its NETDEV_UNREGISTER, the other end of a pair after it (unregister_netdevice_many).
    for other in sorted(dependants, key=together.__contains__):
        if message is not None and other in together:
            message.send()
            message = None
        unregister_netdevice(other)
    if message is not None:
        message.send()
