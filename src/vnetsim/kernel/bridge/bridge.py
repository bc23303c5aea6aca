"""The learning bridge (net/bridge/br_input.c, br_forward.c, br_device.c, br_if.c, br_fdb.c).

A bridge is a device too, so it can have addresses.  Its forwarding database is in kernel.bridge.fdb, the states of its
ports in kernel.bridge.stp, its VLANs in kernel.bridge.vlan_filtering, its groups in kernel.bridge.mdb.  br_netfilter,
which runs iptables for bridged packets, is kernel.br_netfilter.  Not modelled: switchdev, ARP suppression.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.fdb import BridgeFdbEntry, ForwardingDatabase, LocalAddress
from vnetsim.kernel.bridge.flow_path import bridged
from vnetsim.kernel.bridge.mdb import Mdb
from vnetsim.kernel.bridge.port import BridgePort, br_port_get, path_cost
from vnetsim.kernel.bridge.stp import DISABLED, FORWARDING, LEARNING, Spanning
from vnetsim.kernel.bridge.vlan import BridgeTag
from vnetsim.kernel.bridge.vlan_filtering import VlanFiltering
from vnetsim.kernel.netdev.device import HEADROOM, Device
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import ipv6
from vnetsim.wire.ethernet import ARP, Frame
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.mac import UNKNOWN, Mac

if TYPE_CHECKING:
    from vnetsim.kernel.bridge.hooks import BridgeHooks

#: 01:80:c2:00:00:0x: for the bridge itself, forwarded only if group_fwd_mask allows it (IEEE 802.1D, 7.12.6).
_LINK_LOCAL: Final = Mac.parse("01:80:c2:00:00:00")
_BRIDGE_GROUP: Final = _LINK_LOCAL
_PAUSE: Final = Mac.parse("01:80:c2:00:00:01")
#: multicast_router of a port that gets what is sent to any group.
_ROUTER: Final = 2
#: BR_MAX_PORTS.
_MAX_PORTS: Final = 1024


class Bridge(Device):
    kind: str | None = "bridge"
    netns_immutable: ClassVar[bool] = True

    def __init__(self, name: str, mac: Mac, hooks: BridgeHooks) -> None:
        super().__init__(name, mac)
        self.hooks = hooks
        self.ports: list[BridgePort] = []  # newest first, as the kernel keeps them
        self.fdb: ForwardingDatabase[BridgePort] = ForwardingDatabase(self.flush_flows, report=self._report)
        self.spanning = Spanning(self)
        self.mac_given = self.mtu_given = self.had_ports = False
        self.group_fwd_mask = 0
        self.group_address = _BRIDGE_GROUP
        self.no_linklocal_learn = 0
        #: Options without an effect here (multicast timers and the like), and those of br_netfilter.
        self.extra: dict[str, int] = {}
        self.filtering = VlanFiltering(self)
        self.mdb: Mdb[BridgePort] = Mdb()
        self.fdb.add_local(mac, None)

    def created(self, *, mac_given: bool) -> None:
        """br_dev_newlink: an address that was given becomes part of the bridge id at once."""
        self.mac_given = mac_given
        if mac_given:
            self.spanning.set_mac(self.mac)
        self.filtering.begin(None)

    @property
    def snoops(self) -> bool:
        return bool(self.extra.get("mcast_snooping", 1))

    def flush_flows(self) -> None:
        """What was recorded of frames is stale."""
        if self.namespace is not None:
            self.softirq.generation += 1

    # --- frames from a port ---------------------------------------------------------------------------------------

    def handle_frame(self, skb: Skb, port: BridgePort) -> None:
        """br_handle_frame: a frame came in on a port."""
        frame, device = skb.frame, port.device
        if frame.source >> 40 & 1 or not frame.source:
            device.namespace.drop(skb, device, DropReason.MAC_INVALID_SOURCE)
            return
        if frame.destination & ~0xF == _LINK_LOCAL and self._link_local(skb, frame, port):
            return
        if not port.forwards and port.state != LEARNING:
            device.namespace.drop(
                skb, device, DropReason.BRIDGE_INGRESS_STP_STATE, self.spanning.state_name(port.state)
            )
            return
        skb.port, skb.dirty = device, True
        if self.namespace.bridge_rules and not self.hooks.ebtables("PREROUTING", skb, self, device, None):
            return
        if self._is_filtered(skb.frame) and not skb.nf_prerouted and not self.hooks.pre_routing(skb, self):
            return
        self.handle_frame_finish(skb, skb.frame, port)

    def _is_filtered(self, frame: Frame) -> bool:
        """Whether br_netfilter has rules for a frame."""
        return self.namespace.hooks_needed and self._nf_call(frame)

    def handle_frame_finish(self, skb: Skb, frame: Frame, port: BridgePort) -> None:
        """br_handle_frame_finish."""
        if not self.filtering.enabled:
            self._decide(skb, frame, port, None)
        elif (tag := self.filtering.admit(skb, port.vlan_group, port.device)) is not None:
            self._decide(skb, skb.frame, port, tag)

    def _decide(self, skb: Skb, frame: Frame, port: BridgePort, tag: BridgeTag | None) -> None:
        """Learn, then decide."""
        now, path, flags = self.softirq.instant, skb.path, port.flags
        vlan = 0 if tag is None else tag.vlan
        if flags["locked"] and not self._knows(frame.source, port, vlan):
            self.namespace.drop(skb, port.device, DropReason.BRIDGE_PORT_POLICY, "locked")
            return
        # Learn before looking up: a station that talks to itself must not be flooded.
        if flags["learning"]:
            self.fdb.learn(frame.source, port, now, vlan)
        else:
            path = skb.path = None
        if not port.forwards and port.state == LEARNING:
            self.namespace.drop(skb, port.device, DropReason.BRIDGE_INGRESS_STP_STATE, "learning")
            return
        destination = frame.destination
        if destination >> 40 & 1:
            skb.path = None
            if self._flood_group(skb, port, tag):
                self._pass_up(skb, tag)
            return
        entry = self.fdb.lookup(destination, now, vlan)
        if path is not None:
            path.fdb, path.learned, path.looked_up = self.fdb, self.fdb.find(frame.source, now), entry
        if entry is not None and entry.local:
            skb.is_host, skb.is_other = True, False
            self._pass_up(skb, tag)
            return
        if self.promisc or self.taps:
            skb.path = None
            self._pass_up(skb.clone(), tag)
        if entry is None:
            self._flood(skb, port, "flood", tag)
        else:
            self._forward(skb, entry, port, tag)

    def _knows(self, source: Mac, port: BridgePort, vlan: int) -> bool:
        entry = self.fdb.find(source, self.namespace.host.engine.now(), vlan)
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
        if self.namespace.bridge_rules and not self.hooks.ebtables("INPUT", skb, self, port.device, None):
            return True
        if port.flags["learning"] and not self.no_linklocal_learn and port.state in (LEARNING, FORWARDING):
            self.fdb.learn(frame.source, port, self.namespace.host.engine.now())
        if frame.destination == _BRIDGE_GROUP:
            self.spanning.receive(skb, port)
        else:
            self.namespace.drop(skb, port.device, DropReason.BRIDGE_PORT_POLICY, "link-local group")
        return True

    def _pass_up(self, skb: Skb, tag: BridgeTag | None) -> None:
        """br_pass_frame_up: for the host's own stack, as if it had arrived on the bridge.

        Counted without the Ethernet header, which has been taken off by then, also if it is in none of our VLANs.
        """
        self.rx_packets += 1
        self.rx_bytes += skb.frame.length - 14
        if tag is not None and not self.filtering.emit(skb, tag, self.filtering.group, self):
            return
        if self.namespace.bridge_rules and not self.hooks.ebtables("INPUT", skb, self, skb.port, None):
            return
        if not self.up:
            self.namespace.drop(skb, self, DropReason.DEV_READY)
            return
        if skb.path is not None:
            skb.path.passed_up = self
        self.accept(skb)

    # --- frames to a port -----------------------------------------------------------------------------------------

    def _xmit(self, skb: Skb) -> Errno | None:
        """br_dev_xmit: frames from our own stack enter as if from a port of their own."""
        self.tx_packets += 1
        self.tx_bytes += skb.frame.length
        skb.port, tag = None, None
        if self.filtering.enabled:
            tag = self.filtering.admit(skb, self.filtering.group, self)
            if tag is None:
                return None
        destination = skb.frame.destination
        if destination >> 40 & 1:
            self._flood_group(skb, None, tag)
            return None
        entry = self.fdb.lookup(destination, self.softirq.instant, 0 if tag is None else tag.vlan)
        if skb.path is not None and skb.path.egress is self and self.root_qdisc is None:
            skb.path.sent_by, skb.path.sent_fdb, skb.path.sent_to = self, self.fdb, entry
        if entry is None:
            self._flood(skb, None, "flood", tag)
        elif entry.port is None:
            self.namespace.drop(skb, self, DropReason.NO_TX_TARGET)
        else:
            # Also to the address of a port itself: br_dev_xmit ignores the owner of the entry.
            self._forward(skb, entry, None, tag)
        return None

    def _forward(
        self, skb: Skb, entry: BridgeFdbEntry[BridgePort], source: BridgePort | None, tag: BridgeTag | None
    ) -> None:
        port = entry.port
        assert port is not None
        if port.should_deliver(skb, source):
            if skb.path is not None and (source is not None or skb.path.sent_by is self):
                skb.path.egress, skb.path.longest = port.device, min(skb.path.longest, port.device.mtu + 14)
                if source is not None:
                    skb.path.record = bridged
            self._deliver(skb, port, source, tag, filtered=source is not None and self._is_filtered(skb.frame))

    def send_by(self, skb: Skb, port: BridgePort) -> None:
        """br_forward of a frame of this host, by a port that is known."""
        if port.should_deliver(skb, None):
            self._deliver(skb, port, None, None, filtered=False)

    def _flood_group(self, skb: Skb, source: BridgePort | None, tag: BridgeTag | None) -> bool:
        """Frames for several stations: broadcast, or to a group; whether the host is one of them."""
        if skb.frame.destination == 0xFFFFFFFFFFFF:
            self._flood(skb, source, "bcast_flood", tag)
            return True
        vlan = 0 if tag is None else tag.vlan
        members = None
        if self.snoops and self.up:
            self.mdb.snoop(skb.frame, source, vlan, self.softirq.instant)
            members = self.mdb.holds_back(skb.frame, vlan)
        if members is None:
            self._flood(skb, source, "mcast_flood", tag)
            return True
        for port in self.ports:
            wanted = port in members or port.multicast_router == _ROUTER
            if wanted and port is not source and port.should_deliver(skb, source):
                filtered = source is not None and self._is_filtered(skb.frame)
                self._deliver(skb.clone(), port, source, tag, filtered=filtered)
        return None in members or bool(self.promisc or self.taps)

    def _flood(self, skb: Skb, source: BridgePort | None, flag: str, tag: BridgeTag | None) -> None:
        """br_flood: a copy to each port that takes it, newest port first."""
        filtered = source is not None and self._is_filtered(skb.frame)
        isolated = source is not None and source.flags["isolated"]
        longest = -1 if filtered or self.namespace.bridge_rules else skb.frame.length - 14
        skb = skb.clone()
        plain, length = tag is None and longest >= 0 and not isolated, skb.frame.length
        shared = plain and skb.frame.ethertype == ARP and not self.namespace.nit_active
        ends: list[Device] = []
        for port in self.ports:
            if port is source and not port.flags["hairpin"]:
                continue
            # Frames of our own stack are not held back by these flags, except that unknown unicast is.
            if not port.flags[flag] and (source is not None or flag == "flood"):
                self.namespace.drop(skb, port.device, DropReason.BRIDGE_PORT_POLICY, f"{flag} off")
                continue
            device = port.device
            if not (plain and port.forwards and longest <= device.mtu):
                if port.should_deliver(skb, source):
                    self._send_copies(skb, ends)
                    self._deliver(skb.clone(), port, source, tag, filtered=filtered)
                continue
            end = device.far_end if shared else None
            if (
                end is None or longest > end.mtu + HEADROOM - 14 or not device.carrier or not device.up
                or device.root_qdisc is not None or device.nf_egress is not None
            ):  # fmt: skip
                self._send_copies(skb, ends)
                device.transmit(skb.clone())
                continue
            device.tx_packets += 1
            device.tx_bytes += length
            ends.append(end)
        self._send_copies(skb, ends)

    def _send_copies(self, skb: Skb, ends: list[Device]) -> None:
        if ends:
            ends[0].send_copies(skb, ends[:])
            ends.clear()

    def _deliver(
        self, skb: Skb, port: BridgePort, source: BridgePort | None, tag: BridgeTag | None, *, filtered: bool
    ) -> None:
        """__br_forward: tagged as the port wants it, the FORWARD and POSTROUTING hooks if it is filtered, then out."""
        device = port.device
        if tag is not None:
            if not self.filtering.emit(skb, tag, port.vlan_group, device):
                return
            filtered = filtered and not self.filtering.hides(skb)
        if self.namespace.bridge_rules and not self._passes(skb, device, source):
            return
        if filtered and not self.hooks.forward(skb, self, device):
            return
        if self.namespace.bridge_rules and not self.hooks.ebtables("POSTROUTING", skb, self, None, device):
            return
        if skb.frame.length <= device.mtu + 14 or skb.gso:
            device.transmit(skb)
        elif source is not None and self._nf_call(skb.frame):
            self.hooks.fragment(skb, device)
        elif skb.frame.length > device.mtu + HEADROOM:
            self.namespace.drop(skb, device, DropReason.PKT_TOO_BIG)
        else:
            device.transmit(skb)

    def _passes(self, skb: Skb, egress: Device, source: BridgePort | None) -> bool:
        """The rules of ebtables for what is passed on, or sent by this host."""
        if source is None:
            return self.hooks.ebtables("OUTPUT", skb, self, None, egress)
        return self.hooks.ebtables("FORWARD", skb, self, source.device, egress)

    def _nf_call(self, frame: Frame) -> bool:
        """Whether br_netfilter handles a frame, also without rules."""
        if isinstance(frame.payload, Packet):
            return self.hooks.calls(self, "iptables")
        return isinstance(frame.payload, ipv6.Packet) and self.hooks.calls(self, "ip6tables")

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
        number = next((n for n in range(1, _MAX_PORTS) if n not in used), None)
        if number is None:
            raise KernelError(Errno.EXFULL)
        if self.is_below(device):
            raise KernelError(Errno.EBUSY)
        port = BridgePort(self, device, number)
        device.register_rx_handler(port.handle_frame, port)
        self.ports.insert(0, port)
        first, self.had_ports = len(self.ports) == 1, True
        device.master = self
        device.promiscuity += 1
        device.allmulti_count += 1
        self.spanning.add_port(port, path_cost(device.speed))
        for _ in range(2):
            self.namespace.tell_link(device)
        if first:
            self.namespace.tell_features(self)
        self.fdb.add_local(device.mac, port, self.namespace.host.engine.now())
        self.filtering.begin(port)
        self._recalculate_mac()
        if device.oper_up and self.up:
            self.spanning.enable_port(port)
        self._adjust_mtu()
        self.namespace.tell_port(port.device)
        return port

    def _report(self, entry: BridgeFdbEntry[BridgePort], deleted: bool) -> None:
        """fdb_notify; the bridge's own address is there before the bridge is registered."""
        if self.index and self.namespace.rtnl is not None:
            self.namespace.rtnl.fdb(self, entry, deleted=deleted)

    def add_slave(self, device: Device) -> None:
        self.add_port(device)

    def del_slave(self, device: Device) -> None:
        port = br_port_get(device)
        assert port is not None
        self.remove_port(port)

    def remove_port(self, port: BridgePort) -> None:
        """br_del_if."""
        device = port.device
        self.namespace.tell_link(device)
        self.spanning.disable_port(port)
        self.namespace.tell_port(port.device, deleted=True)
        self.spanning.remove_port(port)
        self.ports.remove(port)
        self.mdb.port_gone(port, self.engine.now(), everything=True)
        self.fdb.flush_port(port, everything=True, others=self.local_addresses())
        device.unregister_rx_handler()
        device.master = None
        device.promiscuity -= 1
        device.allmulti_count -= 1
        self.namespace.tell_link(device)
        if not self.ports:
            self.namespace.tell_features(self)
        self._recalculate_mac()
        self._adjust_mtu()

    def port_event(self, event: NetdevEvent, port: BridgePort, before: Before) -> None:
        """br_device_event, of a port's device."""
        if event is NetdevEvent.UNREGISTER:
            self.remove_port(port)
        elif event is NetdevEvent.CHANGEMTU:
            self._adjust_mtu()
        elif event is NetdevEvent.CHANGEADDR:
            assert before.mac is not None
            for vlan in (0, *port.vlan_group.vlans):
                self.fdb.delete_local(before.mac, port, self.local_addresses(), vlan)
                self.fdb.add_local(port.device.mac, port, self.namespace.host.engine.now(), vlan)
            self._recalculate_mac()
            self.namespace.tell_port(port.device)
        elif event in (NetdevEvent.UP, NetdevEvent.DOWN, NetdevEvent.CHANGE):
            before_state = port.state
            self._carrier_check(port)
            if port.state == before_state:
                self.namespace.tell_port(port.device)

    def _carrier_check(self, port: BridgePort) -> None:
        """br_port_carrier_check: the port's device went up or down, or its carrier changed."""
        if not self.up:
            return
        if port.device.oper_up:
            if port.state == DISABLED:
                self.spanning.enable_port(port)
        elif port.state != DISABLED:
            self.spanning.disable_port(port)
            self.mdb.port_gone(port, self.engine.now(), everything=False)

    def local_addresses(self) -> list[LocalAddress[BridgePort]]:
        """Those of the bridge and of its ports, in each VLAN of theirs."""
        found: list[LocalAddress[BridgePort]] = [(self.mac, vlan, None) for vlan in (0, *self.filtering.group.vlans)]
        return found + [(port.device.mac, vlan, port) for port in self.ports for vlan in (0, *port.vlan_group.vlans)]

    # --- state of the bridge --------------------------------------------------------------------------------------

    def open(self) -> None:
        """br_dev_open: ports that can, begin to forward."""
        self.spanning.start()

    def stop(self) -> None:
        self.spanning.stop()
        for port in self.ports:
            self.mdb.port_gone(port, self.engine.now(), everything=False)

    def uninit(self) -> None:
        for port in list(self.ports):
            self.remove_port(port)
        self.fdb.report_end()

    def select_states(self) -> None:
        """br_port_state_selection: with no port that forwards, the bridge has no carrier."""
        live = any(port.state == FORWARDING for port in self.ports)
        self.set_carrier(live)

    def change_mac(self, mac: Mac) -> None:
        self.mac_given = True
        if mac != self.mac:
            self._change_mac(mac)

    def _recalculate_mac(self) -> None:
        """br_stp_recalculate_bridge_id: the lowest address of the ports, unless a user set one."""
        lowest = min([port.device.mac for port in self.ports], default=UNKNOWN)
        if not self.mac_given and lowest != self.spanning.tree.mac:
            before = self.mac
            self._change_mac(lowest)
            self.mac_changed(before)

    def _change_mac(self, mac: Mac) -> None:
        old, self.mac = self.mac, mac
        for vlan in (0, *self.filtering.group.vlans):
            self.fdb.delete_local(old, None, self.local_addresses(), vlan)
            self.fdb.add_local(mac, None, self.namespace.host.engine.now(), vlan)
        self.spanning.set_mac(mac)

    def change_mtu(self, mtu: int) -> None:
        self.mtu_given = True
        self.mtu = mtu

    def _adjust_mtu(self) -> None:
        """br_mtu_auto_adjust: the smallest of the ports, until a user has set it."""
        if not self.mtu_given:
            before, self.mtu = self.mtu, min([port.device.mtu for port in self.ports], default=self.default_mtu)
            if self.mtu != before:
                self.mtu_changed(before)

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


def br_device_event(event: NetdevEvent, device: Device, before: Before) -> None:
    """The bridge's notifier block."""
    port = br_port_get(device)
    if port is not None:
        port.bridge.port_event(event, port, before)
