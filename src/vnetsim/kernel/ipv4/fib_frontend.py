"""Types of addresses, and the validation of sources (net/ipv4/fib_frontend.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.dropreason import DropReason
from vnetsim.kernel.fib.info import HOST, LOCAL, Flowi
from vnetsim.wire.inet import IPv4

if TYPE_CHECKING:
    from vnetsim.kernel.fib.tables import Fib
    from vnetsim.kernel.ipv4.devinet import InetDevices
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netdev.skbuff import Skb

#: KERN_WARNING.
_WARNING: Final = 4


def _local_table(device: Device | None) -> int:
    """Where the addresses of this host are: in the table of the VRF of `device`, if it has one (l3mdev_fib_table)."""
    return LOCAL if device is None or device.l3_table is None else device.l3_table


class FibFrontend:
    """Types and owners of addresses by the routing tables of one namespace."""

    def __init__(self, namespace: Netns, inet: InetDevices) -> None:
        self._namespace = namespace
        self._inet = inet
        self._types: dict[IPv4, str] = {}

    @property
    def fib(self) -> Fib:
        return self._inet.fib

    def address_type(self, address: IPv4, device: str) -> str:
        """inet_addr_type, as iptables' addrtype names it: on one device, or for "" on all, which is cached."""
        if device in self._namespace.by_name:
            on = self._namespace.by_name[device]
            return self.fib.address_type(address, on.index, _local_table(on)).upper()
        found = self._types.get(address)
        if found is None:
            found = self._types[address] = self.fib.address_type(address).upper()
        return found

    def is_local(self, address: IPv4, device: Device | None = None) -> bool:
        """Whether it is an address of this host: in the VRF of `device`, if that has one."""
        return self.fib.address_type(address, table=_local_table(device)) == "local"

    def is_unicast(self, address: IPv4, device: Device) -> bool:
        """inet_addr_type_dev_table: it is another host's."""
        if device.l3_table is None:
            return self.address_type(address, "") == "UNICAST"
        return self.fib.address_type(address, table=device.l3_table) == "unicast"

    def is_broadcast(self, address: IPv4, device: Device | None = None) -> bool:
        return self.fib.address_type(address, table=_local_table(device)) == "broadcast"

    def is_group(self, address: IPv4, device: Device | None = None) -> bool:
        """Broadcast or multicast: in the VRF of `device`, if that has one."""
        return self.fib.address_type(address, table=_local_table(device)) in ("broadcast", "multicast")

    def owner(self, address: IPv4, oif: Device | None = None) -> Device | None:
        """The device that has an address of this host, in the VRF of `oif` (__ip_dev_find)."""
        match = self.fib.lookup_table(_local_table(oif), Flowi(address))
        if match is None or match.hop is None or match.entry is None or match.entry.kind != "local":
            return None
        return self._namespace.by_index.get(match.hop.index)

    def device_towards(self, destination: IPv4, source: IPv4) -> Device | None:
        """The device that a packet of this host would leave by."""
        match = self.fib.lookup(Flowi(destination, source))
        return None if match.hop is None else self._namespace.by_index.get(match.hop.index)

    def arp_kind(self, target: IPv4, sender: IPv4, device: Device) -> str | None:
        """The type of the target of an ARP request on `device`; None if its sender is not valid there."""
        match = self.fib.lookup(Flowi(target, sender, iif=device.index))
        if match.entry is None or match.error is not None:
            return None
        if self.validate_source(sender, target, device, match.hop.index if match.hop else 0) is None:
            return None
        return match.entry.kind

    def in_dev_orconf(self, device: Device, setting: str) -> bool:
        """IN_DEV_ORCONF: a setting that is on if it is for the device or for all."""
        return bool(device.ip.conf[setting] or self._namespace.sysctls.conf4["all"][setting])

    def _sends_redirects(self, device: Device) -> bool:
        return self.in_dev_orconf(device, "send_redirects")

    def log_martian(self, skb: Skb, source: IPv4, destination: IPv4) -> None:
        """ip_handle_martian_source, with log_martians."""
        device, host = skb.device, self._namespace.host
        if not self.in_dev_orconf(device, "log_martians") or not host.net_ratelimit():
            return
        header = skb.frame.encode()[:14].hex(" ")
        host.printk(_WARNING, f"IPv4: martian source {destination} from {source}, on dev {device.name}")
        if device.link_type != "loopback":
            host.printk(_WARNING, f"ll header: 00000000: {header}")

    def source_reason(self, device: Device) -> DropReason:
        """The drop reason of a packet whose source is not valid on `device`."""
        return DropReason.IP_RPFILTER if self._rp_filter(device) else DropReason.IP_INVALID_SOURCE

    def _rp_filter(self, device: Device) -> int:
        return max(device.ip.conf["rp_filter"], self._namespace.sysctls.conf4["all"]["rp_filter"])

    def _is_by(self, index: int, device: Device) -> bool:
        """fib_info_nh_uses_dev: a hop by a device, or by a slave of this VRF."""
        if index == device.index:
            return True
        return device.l3mdev is device and self._inet.devices.l3_table(index) == device.l3_table

    def validate_source(
        self, source: IPv4, destination: IPv4, device: Device, out_index: int, mark: int = 0
    ) -> bool | None:
        """fib_validate_source: whether the source is on the link of `device`; None if it is not valid there."""
        level = self._rp_filter(device)
        accepts = self.in_dev_orconf(device, "accept_local")
        mark = mark if self.in_dev_orconf(device, "src_valid_mark") else 0
        redirects = device.index == out_index and self._sends_redirects(device)
        if level == 0 and not redirects:
            if accepts:
                return False
            if not self.fib.rules.custom:
                return None if self._inet.has_address(source) else False
        iif, table = device.index if level else 1, device.l3_table or 0
        match = self.fib.lookup(Flowi(source, destination, iif=iif, mark=mark, l3_table=table))
        if match.entry is None or match.error is not None or match.hop is None:
            return None if level else False
        kind = match.entry.kind
        if kind != "unicast" and not (kind == "local" and (accepts or device.link_type == "loopback")):
            return None
        if any(self._is_by(hop.index, device) for hop in match.entry.hops):
            return match.hop.scope >= HOST
        if level == 1:
            return None
        own = self.fib.lookup(Flowi(source, destination, oif=device.index, mark=mark))
        return own.hop is not None and own.entry is not None and own.entry.kind == "unicast" and own.hop.scope >= HOST
