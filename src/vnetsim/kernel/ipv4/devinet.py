"""Addresses of devices, and what becomes of them and their routes (net/ipv4/devinet.c, fib_frontend.c).

Not modelled: address labels' wildcard use, DHCP, multicast group membership by programs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib import connected
from vnetsim.kernel.fib.family import FamilyDevices
from vnetsim.kernel.fib.info import LINK
from vnetsim.kernel.fib.semantics import select_source
from vnetsim.kernel.fib.tables import Fib
from vnetsim.kernel.ipv4.igmp import ALL_SNOOPERS
from vnetsim.kernel.netdev.ifaddr import Ifa4
from vnetsim.kernel.sysctl.values import ADDRESS_MODES
from vnetsim.wire.inet import LOOPBACK4, IPv4
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace

_ALL_NODES: Final = Mac.parse("33:33:00:00:00:01")
#: RFC 1112, 6.4.
_IPV4_GROUPS: Final = 0x01005E000000
_SNOOPERS6: Final = Mac.parse("33:33:00:00:00:6a")
_SCOPE_HOST: Final = 254
#: IFNAMSIZ without the NUL.
_LABEL_LENGTH: Final = 15
#: No IPv4 on a device whose mtu is less (RFC 791).
_LOWEST_MTU: Final = 68


class InetDevices:
    """Addresses and routing tables of a namespace, as its devices come, change and go."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._namespace = namespace
        self.devices = FamilyDevices(namespace, 4)
        self.devices6 = FamilyDevices(namespace, 6)
        self.fib = Fib(4, self.devices.index_of, self.devices.ignores_linkdown, hash_fields=self.devices.hash_fields)
        self.fib6 = Fib(6, self.devices6.index_of, self.devices6.ignores_linkdown, self._now, self.devices6.hash_fields)

    def _now(self) -> int:
        return self._namespace.host.engine.now()

    # --- questions --------------------------------------------------------------------------------------------------

    def has_address(self, address: IPv4) -> bool:
        """Whether some device has it (inet_lookup_ifaddr)."""
        return any(ifa.local == address for device in self._namespace.by_index.values() for ifa in device.addresses4)

    def select_address(self, device: Device, towards: IPv4 | None) -> IPv4 | None:
        """The address of a device that suits a destination best (inet_select_addr)."""
        return IPv4(select_source(self.devices, device.index, towards, LINK)) or None

    def on_subnet(self, device: Device, one: IPv4, other: IPv4) -> bool:
        """Whether both are in a subnet of the device (inet_addr_onlink)."""
        return any(one in ifa.network and other in ifa.network for ifa in device.addresses4 if not ifa.secondary)

    def groups(self, device: Device) -> list[Mac]:
        """Groups that the protocols joined on a device."""
        groups = [_ALL_NODES] if device.mtu >= 1280 else []
        for joined4 in reversed(self._namespace.igmp.groups(device)):
            groups.append(Mac(_IPV4_GROUPS | joined4 & 0x7FFFFF))
            if joined4 == ALL_SNOOPERS:
                groups.append(_SNOOPERS6)
        for joined in self._namespace.addrconf.groups(device):
            group = Mac(0x333300000000 | joined & 0xFFFFFFFF)
            if group not in groups:
                groups.append(group)
        return groups

    # --- addresses come and go --------------------------------------------------------------------------------------

    def snooping_changed(self, bridge: Device, *, on: bool) -> None:
        """br_multicast_toggle: a bridge that is up joins all-snoopers, or leaves them."""
        if bridge.up and on:
            self._namespace.igmp.join(bridge, ALL_SNOOPERS)
        elif bridge.up:
            self._namespace.igmp.leave(bridge, ALL_SNOOPERS)

    def insert(self, device: Device, ifa: Ifa4) -> None:
        """inet_insert_ifa: a primary goes behind those of its scope or a narrower one, a secondary to the end."""
        if device.mtu < _LOWEST_MTU:
            raise KernelError(Errno.ENOBUFS)
        position = 0
        for number, known in enumerate(device.addresses4):
            if not known.secondary and ifa.scope <= known.scope:
                position = number + 1
            if known.length == ifa.length and (ifa.peer or ifa.local) in known.network:
                if known.local == ifa.local:
                    raise KernelError(Errno.EEXIST, "ipv4: Address already assigned")
                if known.scope != ifa.scope:
                    raise KernelError(Errno.EINVAL, "ipv4: Invalid scope value")
                ifa.secondary = True
        device.check_address(ifa.local)
        device.addresses4.insert(len(device.addresses4) if ifa.secondary else position, ifa)
        self.schedule(device, ifa)
        connected.address_added(self.fib, self.devices, ifa.entry(device, self._now()))
        self._namespace.forget_routes()

    def remove(self, device: Device, ifa: Ifa4) -> None:
        """inet_del_ifa: the secondaries of a primary go with it, unless one of them takes its place."""
        promoted: Ifa4 | None = None
        dependants: list[Ifa4] = []
        if not ifa.secondary:
            dependants = [
                other for other in device.addresses4
                if other.secondary and other.length == ifa.length and (other.peer or other.local) in ifa.network
            ]  # fmt: skip
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
        self._namespace.forget_routes()

    def _promotes(self, device: Device) -> bool:
        every = self._namespace.sysctls.conf4["all"]["promote_secondaries"]
        return bool(every or device.conf4["promote_secondaries"])

    def _promote(self, device: Device, ifa: Ifa4, dependants: list[Ifa4]) -> None:
        """The first secondary becomes primary: it moves behind the last primary, and all their routes are made anew."""
        now = self._now()
        device.addresses4.remove(ifa)
        ifa.secondary = False
        position = sum(1 for known in device.addresses4 if not known.secondary)
        device.addresses4.insert(position, ifa)
        for each in dependants:
            connected.address_added(self.fib, self.devices, each.entry(device, now))

    def _take_out(self, device: Device, ifa: Ifa4) -> None:
        if ifa not in device.addresses4:
            return
        device.addresses4.remove(ifa)
        if ifa.timer is not None:
            ifa.timer.cancel()
        if connected.address_deleted(self.fib, self.devices, ifa.entry(device, self._now())):
            self._namespace.arp.device_down(device)

    def schedule(self, device: Device, ifa: Ifa4) -> None:
        """An address with a lifetime goes when it is over (check_lifetime)."""
        ifa.since = self._now()
        if ifa.timer is not None:
            ifa.timer.cancel()
            ifa.timer = None
        if ifa.valid_seconds is not None:
            ifa.timer = self._namespace.host.engine.after(ifa.valid_seconds * SECOND, self._expired, device, ifa)

    def _expired(self, device: Device, ifa: Ifa4) -> None:
        if ifa in device.addresses4:
            self.remove(device, ifa)

    # --- devices change ---------------------------------------------------------------------------------------------

    def device_added(self, device: Device) -> None:
        device.conf4, device.conf6 = self._namespace.sysctls.device_added(device.name)
        device.conf6["mtu"] = device.mtu
        device.addrgenmode = ADDRESS_MODES[device.conf6["addr_gen_mode"]]
        self._namespace.forget_routes()

    def device_removed(self, device: Device) -> None:
        """inetdev_destroy: its addresses and all routes by it are gone; it was closed before."""
        for ifa in list(device.addresses4):
            self._take_out(device, ifa)
        self._namespace.addrconf.device_removed(device)
        connected.device_gone(self.fib, self.devices, device.index)
        self._namespace.arp.device_down(device)
        self._namespace.sysctls.device_removed(device.name)
        self._namespace.forget_routes()

    def device_renamed(self, device: Device, name: str) -> None:
        self._namespace.sysctls.device_renamed(device.name, name)
        for number, ifa in enumerate(device.addresses4, 1):
            ifa.label = name if number == 1 else _label(name, ifa.label or "", number)

    def device_up(self, device: Device) -> None:
        """NETDEV_UP: lo gets its address, connected routes appear (inetdev_event, fib_netdev_event)."""
        bare = not any(ifa.local == LOOPBACK4 for ifa in device.addresses4)
        if device.link_type == "loopback" and bare and device.mtu >= _LOWEST_MTU:
            device.namespace.sysctls.keep4(device.name)
            self.insert(device, Ifa4(LOOPBACK4, 8, scope=_SCOPE_HOST, label=device.name))
        connected.device_up(self.fib, self.devices, device.index)
        if device.mtu >= _LOWEST_MTU:
            self._namespace.igmp.device_up(device)
        self._namespace.arp.notify(device)
        self._namespace.addrconf.device_up(device)
        self._namespace.forget_routes()

    def device_down(self, device: Device) -> None:
        """NETDEV_DOWN: routes by the device go, its local addresses stay; neighbours go."""
        connected.device_down(self.fib, self.devices, device.index)
        self._namespace.igmp.device_down(device)
        self._namespace.addrconf.device_down(device)
        self._namespace.arp.device_down(device)
        self._namespace.forget_routes()

    def carrier_changed(self, device: Device) -> None:
        """NETDEV_CHANGE: routes are marked, neighbours forgotten; IPv6 begins."""
        connected.carrier_changed(self.fib, self.devices, device.index)
        if device.carrier:
            self._namespace.addrconf.link_ready(device)
        else:
            self._namespace.arp.carrier_lost(device)
            self._namespace.addrconf.carrier_lost(device)
        self._namespace.forget_routes()

    def mac_changed(self, device: Device) -> None:
        """NETDEV_CHANGEADDR: what was known about neighbours is forgotten."""
        self._namespace.arp.device_down(device)
        self._namespace.arp.notify(device)
        self._namespace.ndisc.device_down(device)
        self._namespace.ndisc.notify(device)

    def mtu_changed(self, device: Device, before: int) -> None:
        """NETDEV_CHANGEMTU: with too small a one a device has no addresses, and gets none back by itself."""
        if device.mtu < _LOWEST_MTU:
            for ifa in list(device.addresses4):
                self._take_out(device, ifa)
        self.fib.mtu_changed(device.index, before, device.mtu)
        self.fib6.mtu_changed(device.index, before, device.mtu)
        self._namespace.addrconf.mtu_changed(device)
        self._namespace.forget_routes()

    def enslaved(self, _device: Device) -> None:
        """A device became a bridge port: its addresses stay, useless as they are."""

    def ipv6_changed(self, who: str, name: str) -> None:
        """net.ipv6.conf.WHO.NAME, disable_ipv6 or forwarding, has another value now."""
        device = self._namespace.by_name.get(who)
        if device is not None and name == "forwarding":
            self._namespace.addrconf.forwarding_changed(device)
        elif device is not None:
            self._namespace.addrconf.disabled_changed(device)


def _label(name: str, before: str, number: int) -> str:
    """The label of an address but the first after its device was renamed (inetdev_changename)."""
    _, colon, suffix = before.partition(":")
    suffix = f":{suffix}" if colon else f":{number}"
    return name[: _LABEL_LENGTH - len(suffix)] + suffix
