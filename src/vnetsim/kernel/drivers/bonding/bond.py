"""A bond: several devices that are one (drivers/net/bonding/bond_main.c, Documentation/networking/bonding.rst).

Modes: `balance-rr` (the slaves in turn), `active-backup` (one of them), `balance-xor` (one for each pair of stations,
or of hosts), `broadcast` (a copy by each), `802.3ad` (as balance-xor, among those that share a partner: `ad`).
Which one is active is in `active`, the links in `monitor`, options in
`options`.  A slave has the bond's MAC address and mtu; it gets its own back when it leaves.  What an inactive slave
receives is dropped.  The counters of a bond are those of its slaves since they joined.
Not modelled: the modes balance-tlb and balance-alb, monitoring by ARP, slaves that are no Ethernet devices, what a bond
does with offloads, IGMP reports after a change of the active slave (IPv6 sends its own).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.drivers.bonding.active import change_active_slave, select_active_slave
from vnetsim.kernel.drivers.bonding.monitor import MiiMonitor
from vnetsim.kernel.drivers.bonding.options import bond_details, set_options, set_slave_options
from vnetsim.kernel.drivers.bonding.params import ACTIVE_BACKUP, BROADCAST, ROUND_ROBIN
from vnetsim.kernel.drivers.bonding.slave import BACK, DOWN, UP, Slave
from vnetsim.kernel.drivers.bonding.state import Bonding
from vnetsim.kernel.drivers.bonding.xmit_hash import xmit_hash
from vnetsim.kernel.netdev.device import Device, unregister_netdevice
from vnetsim.kernel.netdev.notifier import NetdevEvent
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netdev.stats import LinkStats
from vnetsim.wire.igmp import Igmp
from vnetsim.wire.ipv4 import Packet
from vnetsim.wire.lacp import GROUP as LACP_GROUP
from vnetsim.wire.lacp import Lacpdu
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_WARNING, _INFO = 4, 6
_NO_SLAVE: Final = "no slave of the bond can send"


class Bond(Bonding):
    @classmethod
    def make(cls, namespace: Netns, request: AddLink, _origin: Netns) -> Bond:
        """bond_newlink: options that are refused leave no device."""
        mac = request.mac or namespace.host.random_mac()
        bond = cls(namespace.new_name(request.name, "bond%d"), mac, given=request.mac is not None)
        namespace.register(bond, request.index)
        bond.set_carrier(False)
        try:
            set_options(bond, request.options)
        except (KernelError, NotModelled):
            unregister_netdevice(bond)
            raise
        return bond

    def __init__(self, name: str, mac: Mac, *, given: bool) -> None:
        super().__init__(name, mac, given=given)
        self.monitor = MiiMonitor(self)
        self._sent_in_turn = 0
        self._left = LinkStats()

    # --- slaves come and go ---------------------------------------------------------------------------------------

    def add_slave(self, device: Device) -> None:
        """bond_enslave: KernelError as the kernel refuses it."""
        self._check_slave(device)
        if not self.slaves and self.mac_is_random:
            self.take_mac(device.mac)
        slave = Slave(self, device)
        device.set_mtu(self.mtu)
        try:
            self._set_up(slave)
        except KernelError:
            device.is_slave = device.no_addrconf = False
            device.set_mtu(slave.mtu)
            raise
        self._join(slave)
        what = "a backup" if slave.backup else "an active"
        self.log(_INFO, f"Enslaving as {what} interface with {'a down' if slave.link == DOWN else 'an up'} link", slave)

    def _check_slave(self, device: Device) -> None:
        if "MASTER" in device.flags_base and not isinstance(device, Bond):
            raise KernelError(Errno.EPERM, "Device type (master device) cannot be enslaved")
        if device is self:
            raise KernelError(Errno.EPERM, "Cannot enslave bond to itself")
        if device.up:
            raise KernelError(Errno.EPERM, "Device can not be enslaved while up")
        if device.link_type != "ether":
            if self.slaves:
                raise KernelError(Errno.EINVAL, "Device type is different from other slaves")
            raise NotModelled(f"a bond of devices that are no Ethernet devices ({device.name})")
        if device.rx_handler_data is not None or self.is_below(device):
            raise KernelError(Errno.EBUSY)

    def _set_up(self, slave: Slave) -> None:
        """The slave gets the address, and is opened."""
        device = slave.device
        if not self._keeps_macs:
            device.set_mac(self.mac)
        device.is_slave = device.no_addrconf = True
        device.namespace.open(device)
        slave.before = device.get_stats()

    def _join(self, slave: Slave) -> None:
        device, params = slave.device, self.params
        usable = slave.is_up or not params.miimon
        slave.link = DOWN if not usable else BACK if params.miimon and params.updelay else UP
        slave.delay = params.updelay
        device.register_rx_handler(slave.receive, slave)
        device.master = self
        self.slaves.append(slave)
        self.had_slaves = True
        if params.uses_primary and params.primary == slave.name:
            self.primary, self.force_primary = slave, True
        if self.ad is not None:
            self.ad.add(slave)
        elif params.mode == ACTIVE_BACKUP:
            slave.set_inactive()
        elif self.current is None and slave.link == UP:
            self.current = slave
        self.update_carrier()
        if params.uses_primary:
            select_active_slave(self)
        self.flush_flows()
        self.monitor.poke()

    def del_slave(self, device: Device) -> None:
        """__bond_release_one: it goes down, with the address and the mtu that it had."""
        slave = self.slave_of(device)
        assert slave is not None
        self._leave(slave)
        device.is_slave = device.no_addrconf = False
        device.namespace.close(device)
        if not self._keeps_macs:
            device.set_mac(slave.perm_mac)
        device.set_mtu(slave.mtu)

    def _leave(self, slave: Slave) -> None:
        device, was_current = slave.device, self.current is slave
        slave.set_inactive()
        self._left = self._left.plus(device.get_stats().minus(slave.before))
        device.unregister_rx_handler()
        if self.ad is not None:
            self.ad.remove(slave)
        device.master = None
        self.slaves.remove(slave)
        self.log(_INFO, "Releasing backup interface", slave)
        if not self.unregistering and not self._keeps_macs and self.mac == slave.perm_mac and self.slaves:
            what = "is still in use by bond - set the HWaddr of slave to a different address to avoid conflicts"
            self.log(_WARNING, f"the permanent HWaddr of slave - {self.mac} - {what}", slave)
        if self.primary is slave:
            self.primary = None
        if was_current:
            change_active_slave(self, None)
            select_active_slave(self)
        self.update_carrier()
        if not self.slaves and not self.unregistering:
            self.take_mac(self.namespace.host.random_mac(), is_random=True)
        self.flush_flows()

    @property
    def _keeps_macs(self) -> bool:
        """Whether slaves keep their own addresses."""
        return self.params.fail_over_mac == "active" and self.params.mode == ACTIVE_BACKUP

    # --- frames -----------------------------------------------------------------------------------------------------

    def handle_frame(self, skb: Skb, slave: Slave) -> None:
        """bond_handle_frame: a frame came in by a slave."""
        skb.path = None
        pdu = skb.frame.payload
        if isinstance(pdu, Lacpdu) and self.ad is not None and self.up and skb.frame.destination == LACP_GROUP:
            self.namespace.delivered(skb, f"LACP of {self.name}")
            self.ad.received(slave, pdu)
            return
        if slave.inactive:
            if skb.frame.destination & ~0xF == 0x0180C2000000:
                slave.device.pass_up(skb)
                return
            self.namespace.drop(skb, slave.device, DropReason.UNHANDLED_PROTO, f"an inactive slave of {self.name}")
        elif not self.up:
            self.namespace.drop(skb, self, DropReason.DEV_READY)
        else:
            self.accept(skb)

    def _xmit(self, skb: Skb) -> Errno | None:
        """__bond_start_xmit"""
        skb.path = None
        if self.params.mode == BROADCAST:
            return self._broadcast(skb)
        slave = self._choose(skb)
        if slave is None:
            self._no_slave(skb)
            return None
        return slave.device.transmit(skb)

    def _choose(self, skb: Skb) -> Slave | None:
        mode = self.params.mode
        if mode == ACTIVE_BACKUP:
            return self.current
        if mode == ROUND_ROBIN:
            return self._in_turn(skb)
        usable = self.usable()
        return usable[xmit_hash(self.params.xmit_hash_policy, skb.frame) % len(usable)] if usable else None

    def _in_turn(self, skb: Skb) -> Slave | None:
        """bond_xmit_roundrobin_slave_get: IGMP stays on one cable."""
        packet = skb.frame.payload
        if not self.slaves:
            return None
        if isinstance(packet, Packet) and isinstance(packet.payload, Igmp):
            return self.current or self._from(0)
        each = self.params.packets_per_slave
        if not each:
            return self._from(self.namespace.host.random.getrandbits(32) % len(self.slaves))
        self._sent_in_turn += 1
        return self._from(self._sent_in_turn // each % len(self.slaves))

    def _from(self, position: int) -> Slave | None:
        """bond_get_slave_by_id: the one there, or the next that can send."""
        in_order = (*self.slaves[position:], *self.slaves[:position])
        return next((slave for slave in in_order if slave.can_tx), None)

    def _broadcast(self, skb: Skb) -> Errno | None:
        """bond_xmit_broadcast"""
        live = [slave for slave in self.slaves if slave.is_up and slave.link == UP]
        if not live:
            self._no_slave(skb)
            return None
        for slave in live[:-1]:
            slave.device.transmit(skb.clone())
        return live[-1].device.transmit(skb)

    def _no_slave(self, skb: Skb) -> None:
        """bond_tx_drop"""
        self.tx_dropped += 1
        self.namespace.drop(skb, self, DropReason.NO_TX_TARGET, _NO_SLAVE)

    # --- state --------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """bond_open"""
        for slave in self.slaves:
            if self.params.uses_primary and slave is not self.current:
                slave.set_inactive()
            elif self.ad is None:
                slave.set_active()
        self.monitor.start()
        if self.ad is not None:
            self.ad.start()

    def stop(self) -> None:
        """bond_close: slaves stay up."""
        self.monitor.stop()
        if self.ad is not None:
            self.ad.stop()
        self.peer_notifications = 0

    def uninit(self) -> None:
        """bond_uninit"""
        self.unregistering = True
        for slave in list(self.slaves):
            self.del_slave(slave.device)
        self.log(_INFO, "Released all slaves")

    def miimon_changed(self) -> None:
        if self.up:
            self.monitor.start()

    def slave_event(self, event: NetdevEvent, device: Device) -> None:
        """bond_slave_netdev_event"""
        if event is NetdevEvent.UNREGISTER:
            self.del_slave(device)
        elif event in (NetdevEvent.UP, NetdevEvent.DOWN, NetdevEvent.CHANGE):
            self.slave_link_changed(device)

    def slave_link_changed(self, device: Device) -> None:
        del device
        self.flush_flows()
        self.monitor.poke()

    def change_mac(self, mac: Mac) -> None:
        """bond_set_mac_address: for all slaves."""
        if not self._keeps_macs:
            for slave in self.slaves:
                slave.device.set_mac(mac)
            self.mac, self.mac_is_random = mac, False

    def change_mtu(self, mtu: int) -> None:
        """bond_change_mtu: for all slaves."""
        for slave in self.slaves:
            slave.device.set_mtu(mtu)
        self.mtu = mtu

    def get_stats(self) -> LinkStats:
        """bond_get_stats"""
        found = self._left._replace(tx_dropped=self._left.tx_dropped + self.tx_dropped)
        for slave in self.slaves:
            found = found.plus(slave.device.get_stats().minus(slave.before))
        return found

    # --- options, and what is shown -----------------------------------------------------------------------------------

    def configure(self, options: Mapping[str, str | int]) -> None:
        set_options(self, options)

    def details(self) -> Mapping[str, str | int]:
        return bond_details(self)

    def slave_details(self, device: Device) -> tuple[str, Mapping[str, str | int]] | None:
        slave = self.slave_of(device)
        return None if slave is None else ("bond", slave.details())

    def configure_slave(self, device: Device, options: Mapping[str, str | int]) -> None:
        slave = self.slave_of(device)
        assert slave is not None
        set_slave_options(slave, options)
