"""A network namespace as devices know it (struct net; net/core/net_namespace.c, net/core/dev.c).

Its devices with their indexes and names, the handlers of frames by ethertype (packet_type), the notifier chain of
device events, and the end of packets.  kernel.netns adds the state of the higher floors.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import TYPE_CHECKING, Any, Final, Protocol

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.notifier import UNCHANGED, Before, NetdevEvent
from vnetsim.trace import Delivered, Dropped, Made, Received, Routed, Transmitted

if TYPE_CHECKING:
    from vnetsim.kernel.globals import KernelGlobals
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.linkwatch import LinkWatch
    from vnetsim.kernel.netdev.rtmsg import LinkMessage, RtnlListeners
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.kernel.sysctl.values import Sysctls
    from vnetsim.wire.inet import Address
    from vnetsim.wire.mac import Mac


class NotifierBlock(Protocol):
    """struct notifier_block: gets an event, the device, and the value before it."""

    def netdev_event(self, event: NetdevEvent, device: Device, before: Before, /) -> None: ...


class RouteCache(Protocol):
    def flush(self) -> None: ...


class CachedRoutes(Protocol):
    """The routing of a family.  `generation`: a route that was cached elsewhere is stale if it has changed (rt_genid).

    `known_transport` is whether routes depend on protocol and ports, which are part of the key of `caches` then.
    """

    generation: int
    known_transport: bool | None
    caches: tuple[dict[Any, Any], ...]


#: Events that rtnetlink reports itself (rtnetlink_event), and how it calls them (rtnl_get_event).
_REPORTED: Final = {
    NetdevEvent.CHANGEMTU: "", NetdevEvent.CHANGEADDR: "", NetdevEvent.CHANGENAME: "", NetdevEvent.CHANGEUPPER: "",
    NetdevEvent.NOTIFY_PEERS: "NOTIFY PEERS", NetdevEvent.RESEND_IGMP: "RESEND IGMP",
}  # fmt: skip


class Netns:
    """`label` names it in traces; `number` counts the namespaces that the host had before it."""

    # With slots here, the fields of kernel.netns are few enough for a dictionary that shares its keys with others.
    __slots__ = ("_last_index", "_lowest_nsid", "alive", "arp_hook", "bridge_rules", "by_altname",
                 "by_index", "by_name", "by_nsid", "hooks_needed", "host", "known_by", "label", "linkwatch", "lo",
                 "logs_packets", "netdev_chain", "nit_active", "nsids", "number", "packet_types", "pre_exit",
                 "route_caches", "routes", "rtnl", "sysctls", "taps", "view")  # fmt: skip

    lo: Device

    def __init__(self, host: KernelGlobals, label: str, number: int, sysctls: Sysctls, linkwatch: LinkWatch) -> None:
        self.host = host
        self.label = label
        self.number = number
        self.sysctls = sysctls
        self.linkwatch = linkwatch
        self.alive = True
        self.by_index: dict[int, Device] = {}
        self.by_name: dict[str, Device] = {}
        self.by_altname: dict[str, Device] = {}
        #: The ids by which this namespace knows others, and a number below which none is free.
        self.nsids: dict[Netns, int] = {}
        self.by_nsid: dict[int, Netns] = {}
        self._lowest_nsid = 0
        #: The namespaces that know this one by an id.
        self.known_by: dict[Netns, None] = {}
        #: The namespace as its processes see it, which belongs to the owner of the machine.
        self.view: object | None = None
        self._last_index = 0
        #: Handlers of frames by ethertype (dev_add_pack).
        self.packet_types: dict[int, Callable[[Skb], None]] = {}
        #: netdev_chain: called for each event in this order, after the subsystems of a namespace.
        self.netdev_chain: tuple[NotifierBlock, ...] = ()
        #: What caches routes, and what is called when one may have become wrong.
        self.routes: tuple[CachedRoutes, ...] = ()
        self.route_caches: tuple[RouteCache, ...] = ()
        #: Called before this namespace is gone (pre_exit of pernet_operations).
        self.pre_exit: tuple[Callable[[], None], ...] = ()
        #: Packet sockets that are open, and whether any hook of netfilter has something to do (nf_hooks_needed).
        self.taps = 0
        #: Whether LOG of netfilter writes to the kernel log: in the first namespace only (nf_log_all_netns is 0).
        self.logs_packets = False
        self.hooks_needed = False
        #: Whether frames of bridges may meet a rule of ebtables, or of nft.
        self.bridge_rules = False
        #: The rules for packets of ARP, with their device, "input" or "output"; False: it ended there.
        self.arp_hook: Callable[[Skb, Device, str], bool] | None = None
        #: Whether frames are seen by packet sockets or by a tracer (dev_nit_active).
        self.nit_active = host.tracer is not None
        #: Programs that listen to changes by rtnetlink.
        self.rtnl: RtnlListeners | None = None

    def multicast_list(self, _device: Device, /) -> list[Mac]:
        """The multicast addresses that IPv4 and IPv6 have put into a device's filter (dev->mc)."""
        return []

    def has_joined(self, _device: Device, _group: Address, /) -> bool:
        """ip_check_mc_rcu: whether a device is in a group of IPv4."""
        return False

    # --- devices ------------------------------------------------------------------------------------------------

    def devices(self) -> list[Device]:
        """In the order of their indexes, as every listing has them."""
        return [self.by_index[index] for index in sorted(self.by_index)]

    def device(self, name: str) -> Device:
        """KernelError(ENODEV) if there is none of that name or alternative name."""
        found = self.by_name.get(name) or self.by_altname.get(name)
        if found is None:
            raise KernelError(Errno.ENODEV)
        return found

    def find(self, name: str) -> Device | None:
        return self.by_name.get(name) or self.by_altname.get(name)

    def skip_indexes(self, following: int) -> None:
        """The next new device gets at least the index `following`."""
        self._last_index = max(self._last_index, following - 1)

    def new_index(self) -> int:
        self._last_index += 1
        while self._last_index in self.by_index:
            self._last_index += 1
        return self._last_index

    def free_name(self, pattern: str) -> str:
        """The first free name of a pattern like `veth%d` (dev_alloc_name)."""
        number = 0
        while self.find(pattern.replace("%d", str(number))) is not None:
            number += 1
        return pattern.replace("%d", str(number))

    def new_name(self, name: str | None, pattern: str) -> str:
        """The requested name; a free one if that is a pattern, or missing."""
        return name if name is not None and "%d" not in name else self.free_name(name or pattern)

    def register(self, device: Device, index: int | None = None) -> None:
        """register_netdevice: KernelError(EEXIST) if its name is taken, (EBUSY) if its index is."""
        if self.find(device.name) is not None:
            raise KernelError(Errno.EEXIST)
        if index is not None and index in self.by_index:
            raise KernelError(Errno.EBUSY)
        engine = self.host.engine
        engine.meter.charge_device(1)
        device.index = self.new_index() if index is None else index
        device.namespace = self
        device.engine, device.queue, device.softirq = engine, engine.queue, engine.softirq
        self.by_index[device.index] = device
        self.by_name[device.name] = device
        self.by_altname.update(dict.fromkeys(device.altnames, device))
        self.sysctls.device_added(device.name)
        self.call_netdevice_notifiers(NetdevEvent.REGISTER, device)

    def unlist(self, device: Device) -> LinkMessage | None:
        """unlist_netdevice: the device leaves this namespace, because it is deleted or moved; what to say then."""
        self.host.engine.meter.charge_device(-1)
        self.close(device)
        self.call_netdevice_notifiers(NetdevEvent.UNREGISTER, device)
        message = None if self.rtnl is None else self.rtnl.link_gone(device)
        self.sysctls.device_removed(device.name)
        del self.by_index[device.index]
        del self.by_name[device.name]
        for altname in device.altnames:
            del self.by_altname[altname]
        return message

    def rename(self, device: Device, name: str) -> None:
        """dev_change_name."""
        if self.find(name) is not None:
            raise KernelError(Errno.EEXIST)
        before = device.name
        del self.by_name[before]
        self.sysctls.device_renamed(before, name)
        device.name = name
        self.by_name[name] = device
        self.call_netdevice_notifiers(NetdevEvent.CHANGENAME, device, Before(name=before))

    def add_altname(self, device: Device, altname: str) -> None:
        """netdev_name_node_alt_create."""
        if self.find(altname) is not None:
            raise KernelError(Errno.EEXIST)
        device.altnames = (*device.altnames, altname)
        self.by_altname[altname] = device

    def delete_altname(self, device: Device, altname: str) -> None:
        """netdev_name_node_alt_destroy."""
        if altname not in device.altnames:
            raise KernelError(Errno.EINVAL if altname == device.name else Errno.ENOENT)
        device.altnames = tuple(known for known in device.altnames if known != altname)
        del self.by_altname[altname]

    def open(self, device: Device) -> None:
        """dev_open: KernelError if the driver refuses."""
        if device.up:
            return
        with self.linkwatch:
            device.up = True
            try:
                device.open()
            except KernelError:
                device.up = False
                raise
            if device.qdisc == "noop":
                device.qdisc = device.default_qdisc
            device.active = device.carrier
            self.tell_link(device)
            self.call_netdevice_notifiers(NetdevEvent.UP, device)

    def close(self, device: Device) -> None:
        """dev_close."""
        if not device.up:
            return
        with self.linkwatch:
            device.up = device.active = False
            device.stop()
            if device.root_qdisc is not None:
                device.root_qdisc.reset()
            self.tell_link(device)
            self.call_netdevice_notifiers(NetdevEvent.DOWN, device)

    def tell_link(self, device: Device) -> None:
        """rtmsg_ifinfo"""
        if self.rtnl is not None:
            self.rtnl.link(device)

    def tell_port(self, device: Device, *, deleted: bool = False) -> None:
        """br_ifinfo_notify: a port of a bridge."""
        if self.rtnl is not None:
            self.rtnl.port(device, deleted=deleted)

    def tell_features(self, device: Device) -> None:
        """NETDEV_FEAT_CHANGE: a bridge with ports has other features than one without."""
        if self.rtnl is not None:
            self.rtnl.link(device, event="FEATURE CHANGE")

    def tell_conf(self, version: int, device: Device, *, deleted: bool = False) -> None:
        """inet_netconf_notify_devconf, inet6_netconf_notify_devconf"""
        if self.rtnl is not None:
            self.rtnl.netconf(version, device.name, deleted=deleted)

    def call_netdevice_notifiers(self, event: NetdevEvent, device: Device, before: Before = UNCHANGED) -> None:
        if self.rtnl is not None and event in _REPORTED:
            self.rtnl.link(device, event=_REPORTED[event])
        for notifier in self.netdev_chain:
            notifier.netdev_event(event, device, before)

    def rt_cache_flush(self) -> None:
        """Something that cached routes were made from has changed."""
        self.host.engine.softirq.generation += 1
        # Without a call for each: one start of a container changes routes twenty times.
        for routes in self.routes:
            routes.generation += 1
            routes.known_transport = None
            for cache in routes.caches:
                if cache:
                    cache.clear()
        for listener in self.route_caches:
            listener.flush()

    def peernet2id_alloc(self, other: Netns) -> int:
        """The id by which this namespace knows another one: the lowest free one if it is new."""
        known = self.nsids.get(other)
        if known is None:
            self._lowest_nsid = known = next(
                number for number in count(self._lowest_nsid) if number not in self.by_nsid
            )
            self.set_nsid(other, known)
        return known

    def set_nsid(self, other: Netns, nsid: int) -> None:
        other.known_by[self] = None
        self.nsids[other] = nsid
        self.by_nsid[nsid] = other
        if self.rtnl is not None:
            self.rtnl.nsid(other)

    def forget_nsid(self, other: Netns) -> None:
        """Another namespace is gone."""
        if self.rtnl is not None and other in self.nsids:
            self.rtnl.nsid(other, deleted=True)
        nsid = self.nsids.pop(other, None)
        other.known_by.pop(self, None)
        if nsid is not None:
            del self.by_nsid[nsid]
            self._lowest_nsid = min(self._lowest_nsid, nsid)

    # --- what is seen of packets ----------------------------------------------------------------------------------

    def update_nit(self) -> None:
        """A tracer or a packet socket came or went."""
        self.host.engine.softirq.generation += 1
        self.nit_active = self.host.tracer is not None or self.taps > 0

    def received(self, skb: Skb, device: Device) -> None:
        """A frame came in: show it to packet sockets and to the tracer."""
        for tap in device.taps:
            tap.saw(skb.frame, device, outgoing=False)
        tracer = self.host.tracer
        if tracer is not None:
            tracer(Received(at=self.host.engine.now(), namespace=self.label, device=device.name, packet=skb.identity,
                            frame=skb.frame))  # fmt: skip

    def transmitted(self, skb: Skb, device: Device) -> None:
        """A frame goes out: the same (dev_queue_xmit_nit)."""
        for tap in device.taps:
            tap.saw(skb.frame, device, outgoing=True)
        tracer = self.host.tracer
        if tracer is not None:
            tracer(Transmitted(at=self.host.engine.now(), namespace=self.label, device=device.name,
                               packet=skb.identity, frame=skb.frame))  # fmt: skip

    def made(self, skb: Skb, device: str = "", about: int = 0) -> None:
        """A packet of this host begins; `about` is the packet that it reports on."""
        tracer = self.host.tracer
        if tracer is not None:
            tracer(Made(at=self.host.engine.now(), namespace=self.label, device=device, packet=skb.identity,
                        content=skb.frame.payload, about=about))  # type: ignore[arg-type]  # fmt: skip

    def routed(self, skb: Skb, text: str) -> None:
        """A packet has a route."""
        tracer = self.host.tracer
        if tracer is not None:
            tracer(Routed(at=self.host.engine.now(), namespace=self.label, device=skb.device.name,
                          packet=skb.identity, text=text))  # fmt: skip

    def delivered(self, skb: Skb, to: str) -> None:
        """A packet reached its end."""
        tracer = self.host.tracer
        if tracer is not None:
            tracer(
                Delivered(
                    at=self.host.engine.now(), namespace=self.label, device=skb.device.name, packet=skb.identity, to=to
                )
            )

    def drop(self, skb: Skb, device: Device | None, reason: DropReason, detail: str = "") -> None:
        """kfree_skb_reason: a packet ends here; every packet that gets lost gets lost here."""
        tracer = self.host.tracer
        if tracer is not None:
            where = "" if device is None else device.name
            tracer(Dropped(at=self.host.engine.now(), namespace=self.label, device=where, packet=skb.identity,
                           reason=reason, detail=detail, frame=skb.frame))  # fmt: skip

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.label}>"
