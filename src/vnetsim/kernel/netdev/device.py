"""What all devices share (include/linux/netdevice.h, net/core/dev.c, net/core/link_watch.c).

A device is administratively up or down, has a carrier or not, receives frames (`receive`, called by the softirq) and
transmits them (`transmit`).  Subclasses say what `_xmit` does.  Devices stand on one another (`uppers`): what happens
to the lower one is told to the upper ones, as Linux does by notifiers.  Not modelled: offloads other than TSO.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.ethernet import Tagged
from vnetsim.wire.mac import BROADCAST, Mac

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vnetsim.engine import Engine, Softirq
    from vnetsim.kernel.bridge.bridge import Bridge, BridgePort
    from vnetsim.kernel.netdev.ifaddr import Ifa4, Ifa6
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.kernel.qdisc.qdisc import Discipline
    from vnetsim.kernel.transport.sockets import PacketTap
    from vnetsim.wire.ethernet import Frame
    from vnetsim.wire.inet import Address

#: A frame may be longer than a device's mtu by the Ethernet header and a VLAN tag (is_skb_forwardable).
ROOM: Final = 14 + 4


class Device:
    """A network device.  `index` and `namespace` are given to it when it is registered."""

    # What every hop reads or writes has a place of its own; the rest is in the dictionary.
    __slots__ = ("__dict__", "__weakref__", "engine", "index", "mac", "mtu", "namespace", "queue", "rx_bytes",
                 "rx_handler", "rx_packets", "softirq", "tx_bytes", "tx_packets", "up")  # fmt: skip

    kind: ClassVar[str | None] = None
    link_type: ClassVar[str] = "ether"
    min_mtu: ClassVar[int] = 68
    max_mtu: ClassVar[int] = 65535
    default_mtu: ClassVar[int] = 1500
    default_qlen: ClassVar[int | None] = 1000
    default_qdisc: ClassVar[str] = "noqueue"
    has_arp: ClassVar[bool] = True
    netns_immutable: ClassVar[bool] = False
    #: Whether it remains where the device below moves to another namespace; else it is deleted.
    outlives_a_move: ClassVar[bool] = True
    #: Whether the mtu asked for at its creation was seen to by then.
    knows_its_mtu: ClassVar[bool] = False
    queues: ClassVar[int] = 1
    flags_base: ClassVar[tuple[str, ...]] = ("BROADCAST", "MULTICAST")

    def __init__(self, name: str, mac: Mac) -> None:
        self.name = name
        self.mac = mac
        self.broadcast = BROADCAST
        self.index = 0
        self.namespace: NetworkNamespace = None  # type: ignore[assignment]  # set by register
        self.engine: Engine = None  # type: ignore[assignment]  # set by register
        #: Engine.queue of this device's host, at hand because every hop calls it.
        self.queue: Callable[[Callable[[Skb], object], Skb], bool] = None  # type: ignore[assignment]
        #: Engine.softirq, likewise.
        self.softirq: Softirq = None  # type: ignore[assignment]
        self.up = False
        self.carrier = True
        self.carrier_changes = 0
        #: Tells devices with the same address apart, in their link-local addresses; 0 for most.
        self.dev_id = 0
        #: Whether its queueing discipline is at work (dev_activate).
        self.active = False
        self.operstate = "UNKNOWN"
        self.mtu = self.default_mtu
        self.qdisc = "noop"
        self.qlen = self.default_qlen
        self.group = 0
        self.alias: str | None = None
        self.altnames: list[str] = []
        self.arp = True
        self.multicast = True
        #: Takes frames that stand for several segments (TSO); without it they are cut before (ethtool -K).
        self.segmentation = True
        #: What ethtool asked for beside what the driver does.
        self.features: dict[str, bool] = {}
        self.promisc = False
        self.allmulticast = False
        self.promiscuity = 0
        self.allmulti_count = 0
        self.addrgenmode = "eui64"
        self.master: Device | None = None
        self.port: BridgePort | None = None
        #: Who takes what arrives, before any protocol: the bridge or the macvlans, and VLANs before them.
        self.rx_handler: Callable[[Skb], None] | None = None
        self._owner: Callable[[Skb], None] | None = None
        #: What the softirq may call instead of `receive`: a quicker way to the same end.
        self._short_cut: Callable[[Skb], None] | None = None
        #: By the ethertype of their tags and their number.
        self.vlans: dict[tuple[int, int], Device] = {}
        self.uppers: list[Device] = []
        #: What holds frames back before they leave; None for those that do not (noqueue, pfifo_fast).
        self.discipline: Discipline | None = None
        #: `ingress` or `clsact`, which do nothing without filters; and whether there ever was one.
        self.arrivals: str | None = None
        self.had_arrivals = False
        self.filters: list[Mac] = []
        #: Groups that somebody asked for by hand.
        self.groups_by_hand: list[Mac] = []
        self.taps: list[PacketTap] = []
        self.addresses4: list[Ifa4] = []
        self.addresses6: list[Ifa6] = []
        self.conf4: dict[str, int] = {}
        self.conf6: dict[str, int] = {}
        self.rx_packets = self.rx_bytes = self.rx_dropped = 0
        self.tx_packets = self.tx_bytes = self.tx_dropped = self.tx_carrier = 0
        self.tx_errors = self.collisions = 0
        self.rx_multicast = 0

    def is_below(self, other: Device) -> bool:
        """Whether `other` stands on this device, directly or not (__netdev_has_upper_dev)."""
        found: list[Device] = [self]
        for device in found:
            above = device.uppers if device.master is None else [*device.uppers, device.master]
            if other in above:
                return True
            found += [upper for upper in above if upper not in found]
        return False

    # --- the packet's way ---------------------------------------------------------------------------------------

    def receive(self, skb: Skb) -> None:
        """A frame came in (netif_receive_skb): count it, show it to packet sockets, give it to whoever handles it."""
        if not self.up:
            self.namespace.drop(skb, self, DropReason.DEV_READY)
            return
        self.rx_packets += 1
        self.rx_bytes += skb.frame.length
        self.accept(skb)

    def accept(self, skb: Skb) -> None:
        """A frame that was counted, to whoever handles it."""
        skb.device = self
        namespace = self.namespace
        if namespace.watched:
            namespace.received(skb, self)
        handler = self.rx_handler
        if handler is not None:
            handler(skb)
            return
        protocol = namespace.protocols.get(skb.frame.ethertype)
        if protocol is None:
            namespace.drop(skb, self, DropReason.UNHANDLED_PROTO)
        else:
            protocol(skb)

    def pass_up(self, skb: Skb) -> None:
        """The end of `receive`, for a handler that does not want the frame (RX_HANDLER_PASS)."""
        protocol = self.namespace.protocols.get(skb.frame.ethertype)
        if protocol is None:
            self.namespace.drop(skb, self, DropReason.UNHANDLED_PROTO)
        else:
            protocol(skb)

    def transmit(self, skb: Skb) -> Errno | None:
        """Send a frame (dev_queue_xmit); what went wrong, as the sender's system call would tell it, or None."""
        if not self.up or not self.carrier:
            # The queueing discipline is one that drops, and nobody is told (noop_enqueue).
            self.tx_dropped += 1
            self.namespace.drop(skb, self, DropReason.NO_CARRIER if self.up else DropReason.DEV_READY)
            return None
        if self.discipline is not None:
            return self.discipline.enqueue(skb)
        return self.send(skb)

    def send(self, skb: Skb) -> Errno | None:
        """dev_hard_start_xmit: the frame leaves now."""
        if self.namespace.watched:
            self.namespace.transmitted(skb, self)
        return self._xmit(skb)

    def _xmit(self, skb: Skb) -> Errno | None:
        raise NotImplementedError

    def new_skb(self, frame: Frame) -> Skb:
        """A frame that starts its journey here."""
        return Skb(frame, self.namespace.host.next_packet(), self)

    # --- who takes what arrives ----------------------------------------------------------------------------------

    def hand_frames_to(self, owner: Callable[[Skb], None], short_cut: Callable[[Skb], None] | None = None) -> None:
        """netdev_rx_handler_register: KernelError(EBUSY) if somebody takes them already.

        `short_cut` may be called instead of `receive`, and ends there where its way is not the usual one.
        """
        if self._owner is not None:
            raise KernelError(Errno.EBUSY)
        self._owner, self._short_cut = owner, short_cut
        self._choose_handler()

    def keep_frames(self) -> None:
        """netdev_rx_handler_unregister."""
        self._owner = self._short_cut = None
        self._choose_handler()

    def add_vlan(self, tag: tuple[int, int], device: Device) -> None:
        self.vlans[tag] = device
        self._choose_handler()

    def remove_vlan(self, tag: tuple[int, int]) -> None:
        del self.vlans[tag]
        self._choose_handler()

    def _choose_handler(self) -> None:
        self.rx_handler = self._take_tagged if self.vlans else self._owner

    def _take_tagged(self, skb: Skb) -> None:
        """vlan_do_receive: a tagged frame is its VLAN's; what no VLAN claims goes on as it is."""
        tag = skb.frame.payload
        vlan = self.vlans.get((skb.frame.ethertype, tag.vlan)) if isinstance(tag, Tagged) else None
        if vlan is not None:
            vlan.receive(skb)
        elif self._owner is not None:
            self._owner(skb)
        else:
            self.pass_up(skb)

    # --- state --------------------------------------------------------------------------------------------------

    @property
    def running(self) -> bool:
        return self.up and self.carrier

    @property
    def oper_up(self) -> bool:
        """Up, and running as far as people were told (netif_running and netif_oper_up)."""
        return self.up and self.operstate in ("UP", "UNKNOWN")

    @property
    def received(self) -> tuple[int, int]:
        """Packets and bytes that came in."""
        return self.rx_packets, self.rx_bytes

    @property
    def peer(self) -> Device | None:
        """What IFLA_LINK points at: the other end, or the device below."""
        return None

    @property
    def speed(self) -> int | None:
        """In Mbit/s, as the driver tells ethtool; None if it tells nothing."""
        return None

    @property
    def tso_max_size(self) -> int:
        """The longest segment that it takes at once, as `ip -d` shows it."""
        return 65536

    @property
    def is_promiscuous_for_filters(self) -> bool:
        """Addresses beside its own make a device that cannot filter listen to everything (__dev_set_rx_mode)."""
        return self.up and bool(self.filters)

    @property
    def link_namespace(self) -> NetworkNamespace:
        """Where what it stands on is (rtnl_link_get_net), shown where that is not its own namespace."""
        return self.namespace if self.peer is None else self.peer.namespace

    def dependants(self) -> list[Device]:
        """Devices that go when this one does."""
        return list(self.uppers)

    def open(self) -> None:
        """The device is set up (ndo_open); `up` is true already."""

    def stop(self) -> None:
        """The device is set down (ndo_stop); `up` is false already."""

    def above(self) -> list[Device]:
        """All devices that stand on this one, on its bridge, and so on (netdev_walk_all_upper_dev_rcu)."""
        upper = [*self.uppers, *([] if self.port is None else [self.port.bridge])]
        return [*upper, *(higher for device in upper for higher in device.above())]

    def update_fast_path(self) -> None:
        """Somebody begins or ceases to look at frames, or rules to ask: a device may have quicker ways without."""

    def unregistered(self) -> None:
        """The device is going away (ndo_uninit): let go of what hangs on it."""

    def change_mtu(self, mtu: int) -> None:
        """ndo_change_mtu: KernelError for what the driver does not take."""
        self.mtu = mtu

    def set_mtu(self, mtu: int) -> None:
        """dev_set_mtu: the driver, then everybody who builds on it."""
        before = self.mtu
        self.change_mtu(mtu)
        self.mtu_changed(before)

    def mtu_changed(self, before: int) -> None:
        """NETDEV_CHANGEMTU."""
        if self.port is not None:
            self.port.bridge.port_mtu_changed()
        self.namespace.inet.mtu_changed(self, before)
        for upper in list(self.uppers):
            upper.lower_mtu_changed()

    def change_mac(self, mac: Mac) -> None:
        """ndo_set_mac_address: KernelError for what the driver does not take."""
        self.mac = mac

    def set_mac(self, mac: Mac) -> None:
        """dev_set_mac_address: the driver, then everybody who builds on it, also if it is the one it had."""
        old = self.mac
        self.change_mac(mac)
        self.mac_changed(old)

    def mac_changed(self, old: Mac) -> None:
        """NETDEV_CHANGEADDR."""
        self.namespace.inet.mac_changed(self)
        if self.port is not None:
            self.port.bridge.port_mac_changed(self.port, old)
        for upper in list(self.uppers):
            upper.lower_mac_changed(old)

    # --- what is told to a device that stands on another one ------------------------------------------------------

    def lower_opened(self) -> None:
        """NETDEV_UP of the device below."""
        self.lower_changed()

    def lower_closed(self) -> None:
        """NETDEV_DOWN of the device below."""
        self.lower_changed()

    def lower_changed(self) -> None:
        """NETDEV_CHANGE of the device below: its carrier came or went."""

    def lower_mtu_changed(self) -> None:
        """NETDEV_CHANGEMTU of the device below."""

    def lower_mac_changed(self, old: Mac) -> None:
        """NETDEV_CHANGEADDR of the device below, whose address was `old`."""

    # --- more state -----------------------------------------------------------------------------------------------

    def set_discipline(self, discipline: Discipline | None) -> None:
        """What holds frames back from now on; what the old one still holds is lost."""
        if self.discipline is not None:
            self.discipline.reset()
        self.discipline = discipline
        self.qdisc = discipline.kind if discipline is not None else self.default_qdisc if self.up else "noop"

    def check_address(self, address: Address) -> None:
        """Whoever wants to have a say in which addresses it has (inetaddr_validator_chain) raises KernelError."""

    def configure(self, options: Mapping[str, str | int]) -> None:  # noqa: ARG002 (what kinds override)
        """rtnl_link_ops->changelink: KernelError for what cannot be changed."""
        raise KernelError(Errno.EOPNOTSUPP)

    def details(self) -> Mapping[str, str | int]:
        """What `ip -d -j link` shows as info_data, by its keys."""
        return {}

    def note_operstate(self) -> None:
        """Recompute the operational state after the carrier changed (default_operstate in link_watch.c)."""
        if self.carrier:
            self.operstate = "UP"
            return
        below = self.peer
        here = None if below is None or self.namespace is None else self.namespace.by_index.get(below.index)
        self.operstate = "DOWN" if here is None or here is self or here.carrier else "LOWERLAYERDOWN"

    def set_carrier(self, carrier: bool) -> None:
        """netif_carrier_on, netif_carrier_off: who has to know is told by the link watch."""
        if self.carrier == carrier:
            return
        self.carrier = carrier
        self.carrier_changes += 1
        if self.namespace is not None:
            self.namespace.host.linkwatch.fire(self)

    @property
    def bridge(self) -> Bridge | None:
        return None if self.port is None else self.port.bridge

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def unregister_netdevice(device: Device) -> None:
    """Remove a device and what depends on it: the other end of a pair, the children of a parent."""
    if device.namespace is None or device.namespace.by_index.get(device.index) is not device:
        return
    dependants = device.dependants()
    device.namespace.withdraw(device)
    device.unregistered()
    for other in dependants:
        unregister_netdevice(other)
