"""The learning bridge (net/bridge/br_input.c, br_forward.c, br_device.c, br_if.c, br_stp_if.c).

Itself a device, so it can carry addresses.  Its forwarding database is in kernel.bridge.fdb, the states of its
ports in kernel.bridge.stp.  Bridged IP frames meet the rules of the namespace as br_netfilter shows them
(net/bridge/br_netfilter_hooks.c).  Not modelled: VLAN filtering, multicast groups (snooping floods, as Linux does
without a querier), switchdev, ARP suppression, and IPv6 packets that rules send elsewhere on their way across.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.fdb import Entry, ForwardingDatabase
from vnetsim.kernel.bridge.stp import DISABLED, FORWARDING, LEARNING, Spanning
from vnetsim.kernel.netdev.device import ROOM, Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import icmpv6, ipv6
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.mac import UNKNOWN, Mac

#: 01:80:c2:00:00:0x: for the bridge itself, not forwarded unless group_fwd_mask says so (IEEE 802.1D, 7.12.6).
_LINK_LOCAL: Final = Mac.parse("01:80:c2:00:00:00")
_BRIDGE_GROUP: Final = _LINK_LOCAL
_PAUSE: Final = Mac.parse("01:80:c2:00:00:01")

#: Flags of a port by the names `bridge link` uses, with their defaults.
PORT_FLAGS: Final = {
    "hairpin": 0, "guard": 0, "root_block": 0, "fastleave": 0, "learning": 1, "flood": 1, "mcast_flood": 1,
    "bcast_flood": 1, "mcast_to_unicast": 0, "neigh_suppress": 0, "vlan_tunnel": 0, "isolated": 0, "locked": 0,
    "proxy_arp": 0, "proxy_arp_wifi": 0,
}  # fmt: skip


#: What a port of that many Mbit/s costs, the fastest first; others cost 100 (net/bridge/br_if.c: port_cost).
#: BR_MAX_PORTS.
_MOST_PORTS: Final = 1024
_COSTS: Final = ((10_000, 2), (1_000, 4), (100, 19), (10, 100))


def _path_cost(speed: int | None) -> int:
    return next((cost for limit, cost in _COSTS if speed == limit), 100)


class BridgePort:
    """A device that belongs to a bridge (struct net_bridge_port)."""

    __slots__ = ("_state", "bridge", "device", "fdb", "flags", "free", "group_fwd_mask", "multicast_router", "number",
                 "plain")  # fmt: skip

    def __init__(self, bridge: Bridge, device: Device, number: int) -> None:
        self.bridge = bridge
        self.device = device
        self.fdb = bridge.fdb
        self.number = number
        self.flags = dict(PORT_FLAGS)
        self._state = DISABLED
        #: Forwarding, with no flag that could hold a frame back, and nobody who looks at it.
        self.free = False
        #: Nor any rule that br_netfilter would show it to.
        self.plain = False
        self.multicast_router = 1
        self.group_fwd_mask = 0

    @property
    def state(self) -> int:
        return self._state

    @state.setter
    def state(self, state: int) -> None:
        self._state = state
        self.note_plain()

    def note_plain(self) -> None:
        """Look again whether frames pass without being held up; to be called after a change of `flags`."""
        flags, bridge = self.flags, self.bridge
        held_up = flags["locked"] or flags["isolated"] or not flags["learning"] or bridge.promisc
        self.free = self._state == FORWARDING and not held_up and not bridge.namespace.watched
        self.plain = self.free and not bridge.shows_rules

    def receive(self, skb: Skb) -> None:
        """Device.receive and Bridge.receive_from_port in one step, where nothing can hold the frame up.

        The usual case: a known station behind this port speaks to one behind another.  Who forwards is up.
        """
        if self.plain:
            frame, fdb = skb.frame, self.fdb
            source, target = fdb.entries.get(frame.source), fdb.entries.get(frame.destination)
            if (
                source is not None and target is not None and source.port is self and not source.local
                and (leaves_by := target.port) is not None and leaves_by is not self and leaves_by.plain
                and not target.local
            ):  # fmt: skip
                now = self.device.softirq.instant
                heard = now - fdb.ageing
                if source.updated > heard and target.updated > heard:
                    source.updated = target.used = now
                    out = leaves_by.device
                    if frame.length <= out.mtu + 14:
                        out.transmit(skb)
                        return
        if not self.free or not self._pass_up(skb):
            self.device.receive(skb)

    def _pass_up(self, skb: Skb) -> bool:
        """The same for a packet of a known station to this host; False if that is not what it is."""
        bridge, frame, fdb = self.bridge, skb.frame, self.fdb
        source, target = fdb.entries.get(frame.source), fdb.entries.get(frame.destination)
        if (
            source is None or target is None or source.port is not self or source.local or not target.local
            or not bridge.up or bridge.rx_handler is not None or frame.ethertype != IPV4
        ):  # fmt: skip
            return False
        now = self.device.softirq.instant
        if source.updated <= now - fdb.ageing:
            return False
        skb.port, skb.device, skb.touched, skb.to_host = self.device, bridge, True, True
        namespace = bridge.namespace
        if bridge.shows_rules and bridge.is_filtered(frame):
            if not namespace.netfilter.run4("PREROUTING", skb, bridge, None):
                return True
            skb.nf_prerouted = True
            if _goes_elsewhere(frame, skb.frame):
                skb.device, skb.to_host = self.device, False
                bridge.send_elsewhere(skb, self)
                return True
        source.updated = target.used = now
        bridge.rx_packets += 1
        bridge.rx_bytes += skb.frame.length - 14
        namespace.ip.receive(skb)
        return True

    def __repr__(self) -> str:
        return f"<BridgePort {self.device.name}>"


class Bridge(Device):
    kind: ClassVar[str | None] = "bridge"
    netns_immutable: ClassVar[bool] = True

    def __init__(self, name: str, mac: Mac, *, mac_given: bool = False) -> None:
        super().__init__(name, mac)
        self.ports: list[BridgePort] = []  # newest first, as the kernel keeps them
        self.fdb: ForwardingDatabase[BridgePort] = ForwardingDatabase()
        self.spanning = Spanning(self)
        self.mac_given = mac_given
        self.mtu_given = self.had_ports = False
        self.group_fwd_mask = 0
        self.group_address = _BRIDGE_GROUP
        self.no_linklocal_learn = 0
        #: Whether br_netfilter may show frames to rules.
        self.shows_rules = False
        self.extra: dict[str, int] = {}  #: options that are only remembered (multicast timers and the like)
        self.fdb.add_local(mac, None)

    def created(self, *, mac_given: bool) -> None:
        """Registered: an address that was given makes it look at its ports, of which there is none (br_dev_newlink)."""
        self.mac_given = mac_given
        if mac_given:
            self.spanning.set_mac(self.mac)

    # --- frames from a port ---------------------------------------------------------------------------------------

    def receive_from_port(self, skb: Skb) -> None:
        """br_handle_frame: a frame came in on a port."""
        frame = skb.frame
        device = skb.device
        port = device.port
        assert port is not None
        if frame.source >> 40 & 1 or not frame.source:
            device.namespace.drop(skb, device, DropReason.MAC_INVALID_SOURCE)
            return
        if frame.destination & ~0xF == _LINK_LOCAL and self._link_local(skb, frame, port):
            return
        if port.state < LEARNING or port.state > FORWARDING:
            device.namespace.drop(skb, device, DropReason.BRIDGE_INGRESS_STP_STATE, self.spanning.word(port.state))
            return
        namespace = device.namespace
        skb.port, skb.touched = device, True
        if namespace.netfilter.busy and self.is_filtered(frame) and not skb.nf_prerouted:
            if not namespace.netfilter.run("PREROUTING", skb, self, None):
                return
            skb.nf_prerouted = True
            if _goes_elsewhere(frame, skb.frame):
                self.send_elsewhere(skb, port)
                return
            frame = skb.frame
        self._handle(skb, frame, port)

    def _redirect(self, skb: Skb) -> bool:
        """br_nf_pre_routing_finish: rules have sent it somewhere else; False if it ends here, or waits.

        To a station on this link it goes as it came, but for that station's address; all else this host shall route.
        """
        packet: Packet = skb.frame.payload  # type: ignore[assignment]
        namespace = self.namespace
        route = namespace.ip.routes.input(packet, self, skb.mark, namespace.ip.transport(packet))
        if route.reason in (DropReason.ROUTE_BLACKHOLE, DropReason.IP_INVALID_SOURCE, DropReason.IP_RPFILTER):
            namespace.drop(skb, self, route.reason)
            return False
        if route.device is not self or route.is_local:
            skb.frame = _to(self.mac, skb.frame)
            return True
        hop = route.gateway or packet.destination
        entry = namespace.arp.entry(self, hop)
        if entry is None or not entry.ready or entry.mac is None:
            skb.redirected_by = self
            namespace.arp.resolve(skb, self, hop)
            return False
        skb.frame = _to(entry.mac, skb.frame)
        return True

    def send_elsewhere(self, skb: Skb, port: BridgePort) -> None:
        """A packet that came in on a port, once PREROUTING has changed where it goes."""
        if self._redirect(skb):
            self._handle(skb, skb.frame, port)

    def redirected(self, skb: Skb, mac: Mac) -> None:
        """br_nf_pre_routing_finish_bridge_slow: the station's address is known now."""
        skb.redirected_by = None
        skb.frame = _to(mac, skb.frame)
        came_in = skb.port
        if came_in is None or came_in.port is None or came_in.port.bridge is not self:
            self.namespace.drop(skb, self, DropReason.NO_TX_TARGET)
            return
        if self.namespace.watched:
            self.namespace.transmitted(skb, self)
        skb.device = came_in
        self._handle(skb, skb.frame, came_in.port)

    def _handle(self, skb: Skb, frame: Frame, port: BridgePort) -> None:
        """br_handle_frame_finish: learn, then decide."""
        now = self.namespace.host.engine.now()
        flags = port.flags
        if flags["locked"] and not self._knows(frame.source, port):
            self.namespace.drop(skb, port.device, DropReason.BRIDGE_PORT_POLICY, "locked")
            return
        # Learn before looking up: a station that talks to itself must not be flooded.
        if flags["learning"]:
            self.fdb.learn(frame.source, port, now)
        if port.state == LEARNING:
            self.namespace.drop(skb, port.device, DropReason.BRIDGE_INGRESS_STP_STATE, "learning")
            return
        destination = frame.destination
        if destination >> 40 & 1:
            self._flood(skb, port, "bcast_flood" if destination == 0xFFFFFFFFFFFF else "mcast_flood")
            self._pass_up(skb)
            return
        entry = self.fdb.lookup(destination, now)
        if entry is not None and entry.local:
            skb.to_host = True
            self._pass_up(skb)
            return
        if self.promisc or self.taps:
            self._pass_up(skb.clone())
        if entry is None:
            self._flood(skb, port, "flood")
        else:
            self._forward(skb, entry, port)

    def _knows(self, source: Mac, port: BridgePort) -> bool:
        entry = self.fdb.find(source, self.namespace.host.engine.now())
        return entry is not None and entry.port is port

    def _link_local(self, skb: Skb, frame: Frame, port: BridgePort) -> bool:
        """A group address of IEEE 802.1D; whether that settled the frame."""
        if frame.destination == _PAUSE:
            self.namespace.drop(skb, port.device, DropReason.BRIDGE_PORT_POLICY, "pause frames end here")
            return True
        mask = self.group_fwd_mask | port.group_fwd_mask
        if frame.destination == _BRIDGE_GROUP and (not self.spanning.enabled or mask & 1):
            return False
        if frame.destination != _BRIDGE_GROUP and mask >> (frame.destination & 0xF) & 1:
            return False
        if port.flags["learning"] and not self.no_linklocal_learn and port.state in (LEARNING, FORWARDING):
            self.fdb.learn(frame.source, port, self.namespace.host.engine.now())
        if frame.destination == _BRIDGE_GROUP:
            self.spanning.receive(skb, port)
        else:
            self.namespace.drop(skb, port.device, DropReason.BRIDGE_PORT_POLICY, "link-local group")
        return True

    def _pass_up(self, skb: Skb) -> None:
        """br_pass_frame_up: for the host's own stack, as if it had arrived on the bridge.

        Counted without the Ethernet header, which has been taken off by then.
        """
        self.rx_packets += 1
        self.rx_bytes += skb.frame.length - 14
        if not self.up:
            self.namespace.drop(skb, self, DropReason.DEV_READY)
            return
        skb.device = self
        namespace = self.namespace
        if namespace.watched:
            namespace.received(skb, self)
        if self.rx_handler is not None:
            self.rx_handler(skb)
        else:
            self.pass_up(skb)

    # --- frames to a port -----------------------------------------------------------------------------------------

    def transmit(self, skb: Skb) -> Errno | None:
        """Device.transmit and `_xmit` in one step for what goes to a known station, and nobody looks at."""
        entry = self.fdb.entries.get(skb.frame.destination)
        port = None if entry is None else entry.port
        if entry is not None and port is not None and port.free and not entry.local and self.up and self.carrier:
            now, frame = self.softirq.instant, skb.frame
            if (
                self.discipline is None
                and entry.updated > now - self.fdb.ageing
                and frame.length <= port.device.mtu + 14
            ):
                entry.used = now
                self.tx_packets += 1
                self.tx_bytes += frame.length
                skb.port = None
                port.device.transmit(skb)
                return None
        return super().transmit(skb)

    def _xmit(self, skb: Skb) -> Errno | None:
        """br_dev_xmit: frames from our own stack enter as if from a port of their own."""
        self.tx_packets += 1
        self.tx_bytes += skb.frame.length
        skb.port = None
        destination = skb.frame.destination
        if destination >> 40 & 1:
            self._flood(skb, None, "bcast_flood" if destination == 0xFFFFFFFFFFFF else "mcast_flood")
            return None
        entry = self.fdb.lookup(destination, self.namespace.host.engine.now())
        if entry is None:
            self._flood(skb, None, "flood")
        elif entry.port is None:
            self.namespace.drop(skb, self, DropReason.NO_TX_TARGET)
        else:
            # Also to the address of a port itself: br_dev_xmit does not ask whose the entry is.
            self._forward(skb, entry, None)
        return None

    def _forward(self, skb: Skb, entry: Entry[BridgePort], source: BridgePort | None) -> None:
        port = entry.port
        assert port is not None
        if self._may_deliver(skb, port, source):
            self._deliver(skb, port, source)

    def _flood(self, skb: Skb, source: BridgePort | None, flag: str) -> None:
        """br_flood: a copy to each port that takes it, newest port first."""
        for port in self.ports:
            if port is source and not port.flags["hairpin"]:
                continue
            # Frames of our own stack are not held back by these flags, except that unknown unicast is.
            if not port.flags[flag] and (source is not None or flag == "flood"):
                self.namespace.drop(skb, port.device, DropReason.BRIDGE_PORT_POLICY, f"{flag} off")
                continue
            if self._may_deliver(skb, port, source):
                self._deliver(skb.clone(), port, source)

    def _may_deliver(self, skb: Skb, port: BridgePort, source: BridgePort | None) -> bool:
        """should_deliver: not back where it came from, only on forwarding ports, not between isolated ones."""
        if port is source:
            if port.flags["hairpin"]:
                return True
            self.namespace.drop(
                skb, port.device, DropReason.NO_TX_TARGET, "the destination is behind the port it came from"
            )
            return False
        if port.state != FORWARDING:
            self.namespace.drop(skb, port.device, DropReason.BRIDGE_INGRESS_STP_STATE, self.spanning.word(port.state))
            return False
        if source is not None and source.flags["isolated"] and port.flags["isolated"]:
            self.namespace.drop(skb, port.device, DropReason.BRIDGE_PORT_POLICY, "both ports are isolated")
            return False
        return True

    def _deliver(self, skb: Skb, port: BridgePort, source: BridgePort | None) -> None:
        """__br_forward: the FORWARD and POSTROUTING hooks for what is bridged, then out of the port."""
        device = port.device
        if source is not None:
            netfilter = self.namespace.netfilter
            if netfilter.busy and self.is_filtered(skb.frame):
                if not netfilter.run("FORWARD", skb, self, self, bridge_out=device):
                    return
                if not netfilter.run("POSTROUTING", skb, None, self, bridge_out=device):
                    return
        if skb.frame.length <= device.mtu + 14 or skb.gso:
            device.transmit(skb)
        elif source is not None and self.is_filtered(skb.frame):
            self._cut(skb, device)
        elif skb.frame.length > device.mtu + ROOM:
            self.namespace.drop(skb, device, DropReason.PKT_TOO_BIG)
        else:
            device.transmit(skb)

    def _cut(self, skb: Skb, device: Device) -> None:
        """br_nf_dev_queue_xmit: what br_netfilter has seen must fit exactly, or is cut to size as a router does."""
        packet, namespace = skb.frame.payload, self.namespace
        pieces: Sequence[Packet | ipv6.Packet]
        if isinstance(packet, ipv6.Packet):
            if not skb.gathered or skb.gathered > device.mtu:
                namespace.drop(skb, device, DropReason.ICMP_FRAG_NEEDED, f"mtu {device.mtu}")
                namespace.icmp6.error(skb, packet, icmpv6.PACKET_TOO_BIG, 0, word=device.mtu)
                return
            pieces = packet.fragments(skb.gathered, namespace.ip6.next_identification())
        else:
            assert isinstance(packet, Packet)
            if packet.dont_fragment and not skb.gathered:
                namespace.drop(skb, device, DropReason.ICMP_FRAG_NEEDED, f"mtu {device.mtu}")
                return
            pieces = packet.fragments(device.mtu)
        for fragment in pieces:
            part = skb.clone()
            frame = skb.frame
            part.frame = Frame(frame.destination, frame.source, frame.ethertype, fragment, 14 + fragment.length)
            device.transmit(part)

    def is_filtered(self, frame: Frame) -> bool:
        """Whether br_netfilter shows the frame to iptables, or to ip6tables."""
        if isinstance(frame.payload, Packet):
            name = "iptables"
        elif isinstance(frame.payload, ipv6.Packet):
            name = "ip6tables"
        else:
            return False
        return self._calls(name)

    def _calls(self, name: str) -> bool:
        own = self.extra.get(f"nf_call_{name}", 0) == 1
        return own or self.namespace.sysctls.number(f"net/bridge/bridge-nf-call-{name}") != 0

    # --- ports come and go ----------------------------------------------------------------------------------------

    def add_port(self, device: Device) -> BridgePort:
        """br_add_if: KernelError as the kernel refuses it."""
        if device.kind == "bridge":
            raise KernelError(Errno.ELOOP, "Can not enslave a bridge to a bridge")
        if device.link_type != "ether" or device.kind == "ipvlan":
            raise KernelError(Errno.EINVAL)
        if device in self.above():
            raise KernelError(Errno.EBUSY)
        used = {port.number for port in self.ports}
        number = next((n for n in range(1, _MOST_PORTS) if n not in used), None)
        if number is None:
            raise KernelError(Errno.EXFULL)
        if self.is_below(device):
            raise KernelError(Errno.EBUSY)
        port = BridgePort(self, device, number)
        device.hand_frames_to(self.receive_from_port, port.receive)
        self.ports.insert(0, port)
        self.had_ports = True
        device.port = port
        device.master = self
        device.promiscuity += 1
        device.allmulti_count += 1
        self.spanning.add_port(port, _path_cost(device.speed))
        self.fdb.add_local(device.mac, port, self.namespace.host.engine.now())
        self._recalculate_mac()
        if device.oper_up and self.up:
            self.spanning.enable_port(port)
        self._adjust_mtu()
        return port

    def remove_port(self, port: BridgePort) -> None:
        """br_del_if."""
        device = port.device
        self.spanning.disable_port(port)
        self.spanning.remove_port(port)
        self.ports.remove(port)
        self.fdb.flush_port(port, everything=True, others=self._local_addresses())
        device.keep_frames()
        device.port = device.master = None
        device.promiscuity -= 1
        device.allmulti_count -= 1
        self._recalculate_mac()
        self._adjust_mtu()

    def port_changed(self, port: BridgePort) -> None:
        """The port's device went up or down, or its carrier changed (br_port_carrier_check)."""
        if not self.up:
            return
        if port.device.oper_up:
            if port.state == DISABLED:
                self.spanning.enable_port(port)
        elif port.state != DISABLED:
            self.spanning.disable_port(port)

    def port_mac_changed(self, port: BridgePort, old: Mac) -> None:
        self.fdb.delete_local(old, port, self._local_addresses())
        self.fdb.add_local(port.device.mac, port, self.namespace.host.engine.now())
        self._recalculate_mac()

    def _local_addresses(self) -> list[tuple[Mac, BridgePort | None]]:
        return [(self.mac, None), *((port.device.mac, port) for port in self.ports)]

    # --- state of the bridge --------------------------------------------------------------------------------------

    def update_fast_path(self) -> None:
        self.shows_rules = self.namespace.netfilter.busy and (self._calls("iptables") or self._calls("ip6tables"))
        for port in self.ports:
            port.note_plain()

    def open(self) -> None:
        """br_dev_open: ports that can, begin to forward."""
        self.spanning.start()

    def stop(self) -> None:
        self.spanning.stop()

    def unregistered(self) -> None:
        for port in list(self.ports):
            self.remove_port(port)

    def select_states(self) -> None:
        """br_port_state_selection: with no port that forwards, the bridge has no carrier."""
        live = any(port.state == FORWARDING for port in self.ports)
        self.set_carrier(live)

    def change_mac(self, mac: Mac) -> None:
        self.mac_given = True
        if mac != self.mac:
            self._change_mac(mac)

    def _recalculate_mac(self) -> None:
        """br_stp_recalculate_bridge_id: the lowest address of the ports, unless one was set by hand."""
        lowest = min((port.device.mac for port in self.ports), default=UNKNOWN)
        if not self.mac_given and lowest != self.spanning.tree.mac:
            old = self.mac
            self._change_mac(lowest)
            for upper in list(self.uppers):
                upper.lower_mac_changed(old)

    def _change_mac(self, mac: Mac) -> None:
        old, self.mac = self.mac, mac
        self.fdb.delete_local(old, None, self._local_addresses())
        self.fdb.add_local(mac, None, self.namespace.host.engine.now())
        self.spanning.set_mac(mac)
        self.namespace.inet.mac_changed(self)

    def change_mtu(self, mtu: int) -> None:
        self.mtu_given = True
        self.mtu = mtu

    def _adjust_mtu(self) -> None:
        """br_mtu_auto_adjust: the smallest of the ports, until set by hand once."""
        if not self.mtu_given:
            before, self.mtu = self.mtu, min((port.device.mtu for port in self.ports), default=self.default_mtu)
            self.namespace.inet.mtu_changed(self, before)
            for upper in list(self.uppers):
                upper.lower_mtu_changed()

    def port_mtu_changed(self) -> None:
        self._adjust_mtu()

    @property
    def speed(self) -> int | None:
        """br_get_link_ksettings: that of the fastest port that is up."""
        return max((port.device.speed or 0 for port in self.ports if port.device.running), default=0) or None

    @property
    def tso_max_size(self) -> int:
        """br_set_gso_limits: as much as every port takes; a bridge that never had a port has not looked."""
        if not self.ports and not self.had_ports:
            return super().tso_max_size
        return min((port.device.tso_max_size for port in self.ports), default=524_280)

    def details(self) -> Mapping[str, str | int]:
        from vnetsim.kernel.bridge.options import bridge_details  # noqa: PLC0415 -- they know the bridge

        return bridge_details(self)


def _to(mac: Mac, frame: Frame) -> Frame:
    return Frame(mac, frame.source, frame.ethertype, frame.payload, frame.length)


def _goes_elsewhere(before: Frame, after: Frame) -> bool:
    """Whether rules have changed where an IPv4 packet goes."""
    old, new = before.payload, after.payload
    return old is not new and isinstance(old, Packet) and isinstance(new, Packet) and old.destination != new.destination
