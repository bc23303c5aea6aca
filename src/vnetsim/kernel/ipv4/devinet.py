"""Addresses of devices, and what becomes of them and their routes (net/ipv4/devinet.c, fib_frontend.c).

Not modelled: address labels' wildcard use, DHCP, multicast group membership by programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib import connected
from vnetsim.kernel.fib.family import FamilyDevices
from vnetsim.kernel.fib.info import LINK
from vnetsim.kernel.fib.semantics import select_source
from vnetsim.kernel.fib.tables import Fib
from vnetsim.kernel.netdev.inetdevice import Ifa4
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.wire.inet import LOOPBACK4, IPv4

if TYPE_CHECKING:
    from vnetsim.kernel.neigh.neighbour import Neighbours
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns

_SCOPE_HOST: Final = 254
#: IFNAMSIZ without the NUL.
_LABEL_LENGTH: Final = 15
#: No IPv4 on a device whose mtu is less (RFC 791).
LOWEST_MTU: Final = 68


class InetDevices:
    """IPv4 addresses of a namespace's devices, and the routing tables of both families.

    The neighbours of a device without addresses are forgotten; Arp4 sets `arp`.
    """

    arp: Neighbours

    def __init__(self, namespace: Netns) -> None:
        self._namespace = namespace
        self.devices = FamilyDevices(namespace, 4)
        self.devices6 = FamilyDevices(namespace, 6)
        self.fib = Fib(4, self.devices.index_of, self.devices.ignores_linkdown, hash_fields=self.devices.hash_fields,
                       l3mdev_of=self.devices.l3mdev_of)  # fmt: skip
        self.fib6 = Fib(6, self.devices6.index_of, self.devices6.ignores_linkdown, self._now, self.devices6.hash_fields,
                        self.devices6.l3mdev_of)  # fmt: skip

    def _now(self) -> int:
        return self._namespace.host.engine.now()

    # --- questions --------------------------------------------------------------------------------------------------

    def has_address(self, address: IPv4) -> bool:
        """Whether some device has it (inet_lookup_ifaddr)."""
        return any(ifa.local == address for device in self._namespace.by_index.values() for ifa in device.ip.addresses)

    def select_address(self, device: Device, towards: IPv4 | None) -> IPv4 | None:
        """The address of a device that suits a destination best (inet_select_addr)."""
        return IPv4(select_source(self.devices, device.index, towards, LINK)) or None

    def on_subnet(self, device: Device, one: IPv4, other: IPv4) -> bool:
        """Whether both are in a subnet of the device (inet_addr_onlink)."""
        return any(one in ifa.network and other in ifa.network for ifa in device.ip.addresses if not ifa.secondary)

    # --- addresses come and go --------------------------------------------------------------------------------------

    def insert(self, device: Device, ifa: Ifa4) -> None:
        """inet_insert_ifa: a primary goes behind those of its scope or a narrower one, a secondary to the end."""
        if device.mtu < LOWEST_MTU:
            raise KernelError(Errno.ENOBUFS)
        position = 0
        for number, known in enumerate(device.ip.addresses):
            if not known.secondary and ifa.scope <= known.scope:
                position = number + 1
            if known.length == ifa.length and (ifa.peer or ifa.local) in known.network:
                if known.local == ifa.local:
                    raise KernelError(Errno.EEXIST, "ipv4: Address already assigned")
                if known.scope != ifa.scope:
                    raise KernelError(Errno.EINVAL, "ipv4: Invalid scope value")
                ifa.secondary = True
        device.check_address(ifa.local)
        device.ip.addresses.insert(len(device.ip.addresses) if ifa.secondary else position, ifa)
        self.schedule(device, ifa)
        self._tell(device, ifa)
        connected.address_added(self.fib, self.devices, ifa.entry(device, self._now()))
        self._namespace.rt_cache_flush()

    def remove(self, device: Device, ifa: Ifa4) -> None:
        """inet_del_ifa: the secondaries of a primary are deleted with it, unless one is promoted."""
        promoted: Ifa4 | None = None
        dependants: list[Ifa4] = []
        if not ifa.secondary:
            dependants = [
                other
                for other in device.ip.addresses
                if other.secondary and other.length == ifa.length and (other.peer or other.local) in ifa.network
            ]
            if dependants and self._promotes(device):
                promoted = dependants[0]
                now = self._now()
                for other in dependants:
                    connected.address_deleted(self.fib, self.devices, other.entry(device, now), ifa.entry(device, now))
            else:
                for other in dependants:
                    self._take_out(device, other)
        self._take_out(device, ifa)
        if promoted is not None:
            self._promote(device, promoted, dependants)
        self._namespace.rt_cache_flush()

    def _promotes(self, device: Device) -> bool:
        every = self._namespace.sysctls.conf4["all"]["promote_secondaries"]
        return bool(every or device.ip.conf["promote_secondaries"])

    def _promote(self, device: Device, ifa: Ifa4, dependants: list[Ifa4]) -> None:
        """The first secondary becomes primary: it moves behind the last primary, and all their routes are made anew."""
        now = self._now()
        device.ip.addresses.remove(ifa)
        ifa.secondary = False
        position = sum(1 for known in device.ip.addresses if not known.secondary)
        device.ip.addresses.insert(position, ifa)
        self._tell(device, ifa)
        for each in dependants:
            connected.address_added(self.fib, self.devices, each.entry(device, now))

    def _take_out(self, device: Device, ifa: Ifa4) -> None:
        if ifa not in device.ip.addresses:
            return
        device.ip.addresses.remove(ifa)
        if ifa.timer is not None:
            ifa.timer.cancel()
        self._tell(device, ifa, deleted=True)
        if connected.address_deleted(self.fib, self.devices, ifa.entry(device, self._now())):
            self.arp.device_down(device)

    def _tell(self, device: Device, ifa: Ifa4, *, deleted: bool = False) -> None:
        """rtmsg_ifa"""
        if self._namespace.rtnl is not None:
            self._namespace.rtnl.address(device, ifa, deleted=deleted)

    def modified(self, device: Device, ifa: Ifa4) -> None:
        """An address has other lifetimes."""
        self.schedule(device, ifa)
        self._tell(device, ifa)

    def schedule(self, device: Device, ifa: Ifa4) -> None:
        """check_lifetime: remove an address when it expires."""
        ifa.since = self._now()
        if ifa.timer is not None:
            ifa.timer.cancel()
            ifa.timer = None
        if ifa.valid_seconds is not None:
            ifa.timer = self._namespace.host.engine.after(ifa.valid_seconds * SECOND, self._expired, device, ifa)

    def _expired(self, device: Device, ifa: Ifa4) -> None:
        if ifa in device.ip.addresses:
            self.remove(device, ifa)

    # --- devices change ---------------------------------------------------------------------------------------------

    netdev_events: ClassVar = (
        NetdevEvent.REGISTER, NetdevEvent.UNREGISTER, NetdevEvent.UP, NetdevEvent.DOWN, NetdevEvent.CHANGEUPPER,
        NetdevEvent.CHANGE, NetdevEvent.CHANGEMTU, NetdevEvent.CHANGENAME,
    )  # fmt: skip

    def netdev_event(self, event: NetdevEvent, device: Device, before: Before) -> None:
        """inetdev_event, and fib_netdev_event after it."""
        if event is NetdevEvent.REGISTER:
            device.ip.conf = self._namespace.sysctls.conf4[device.name]
            self._namespace.tell_conf(4, device)
        elif event is NetdevEvent.UNREGISTER:
            self._take_all(device)
            connected.device_gone(self.fib, self.devices, device.index)
            self._namespace.tell_conf(4, device, deleted=True)
        elif event is NetdevEvent.UP:
            self._device_up(device)
        elif event is NetdevEvent.DOWN:
            connected.device_down(self.fib, self.devices, device.index)
        elif event is NetdevEvent.CHANGEUPPER:
            self.fib.device_down(device.index, force=True)
        elif event is NetdevEvent.CHANGE:
            connected.carrier_changed(self.fib, self.devices, device.index)
        elif event is NetdevEvent.CHANGEMTU:
            if device.mtu < LOWEST_MTU:
                self._take_all(device)
            self.fib.mtu_changed(device.index, before.mtu, device.mtu)
        elif event is NetdevEvent.CHANGENAME:
            _relabel(device)

    def _take_all(self, device: Device) -> None:
        for ifa in list(device.ip.addresses):
            self._take_out(device, ifa)

    def _device_up(self, device: Device) -> None:
        """lo gets its address, connected routes appear."""
        bare = not any(ifa.local == LOOPBACK4 for ifa in device.ip.addresses)
        if device.link_type == "loopback" and bare and device.mtu >= LOWEST_MTU:
            self._namespace.sysctls.keep4(device.name)
            self.insert(device, Ifa4(LOOPBACK4, 8, scope=_SCOPE_HOST, label=device.name))
            connected.device_up(self.fib, self.devices, device.index, has_routes=LOOPBACK4)
            return
        connected.device_up(self.fib, self.devices, device.index)


def _relabel(device: Device) -> None:
    """inetdev_changename."""
    for number, ifa in enumerate(device.ip.addresses, 1):
        ifa.label = device.name if number == 1 else _label(device.name, ifa.label or "", number)


def _label(name: str, before: str, number: int) -> str:
    """The label of an address but the first after its device was renamed (inetdev_changename)."""
    _, colon, suffix = before.partition(":")
    suffix = f":{suffix}" if colon else f":{number}"
    return name[: _LABEL_LENGTH - len(suffix)] + suffix
