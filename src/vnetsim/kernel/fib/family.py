"""The devices of a namespace as routing sees them, for one address family (kernel.fib.semantics.Devices)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vnetsim.kernel.fib.tables import ADDRESSES, PORTS, PROTOCOL
from vnetsim.observations import AddressEntry

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns


class FamilyDevices:
    """The devices of `namespace` as far as IPv4 or IPv6 is concerned."""

    def __init__(self, namespace: Netns, version: int) -> None:
        self._namespace = namespace
        self._version = version

    def index_of(self, name: str) -> int | None:
        device = self._namespace.find(name)
        return None if device is None else device.index

    def name_of(self, index: int) -> str:
        return self._namespace.by_index[index].name

    def indexes(self) -> Sequence[int]:
        return sorted(self._namespace.by_index)

    def is_up(self, index: int) -> bool:
        device = self._namespace.by_index.get(index)
        return device is not None and device.up

    def has_carrier(self, index: int) -> bool:
        return self._namespace.by_index[index].carrier

    def l3mdev_of(self, index: int) -> tuple[int, int] | None:
        """The index and the table of the VRF that a device is, or is a slave of (l3mdev_master_ifindex)."""
        device = self._namespace.by_index.get(index)
        if device is None or device.l3mdev is None or device.l3_table is None:
            return None
        return device.l3mdev.index, device.l3_table

    def l3_table(self, index: int) -> int | None:
        """The table of its VRF (l3mdev_fib_table)."""
        device = self._namespace.by_index.get(index)
        return None if device is None else device.l3_table

    def is_l3_master(self, index: int) -> bool:
        device = self._namespace.by_index.get(index)
        return device is not None and device.l3mdev is device

    def is_disabled(self, index: int) -> bool:
        """Whether it does without this family (disable_ipv6)."""
        return self._version == 6 and bool(self._namespace.by_index[index].ip6.conf["disable_ipv6"])

    def is_loopback(self, index: int) -> bool:
        return self._namespace.by_index[index].link_type == "loopback"

    def addresses_of(self, index: int) -> Sequence[AddressEntry]:
        device = self._namespace.by_index.get(index)
        if device is None:
            return ()
        now = self._namespace.host.engine.softirq.instant
        if self._version == 6:
            return [ifa.entry(device, now) for ifa in device.ip6.addresses]
        return [ifa.entry(device, now) for ifa in device.ip.addresses]

    def ignores_linkdown(self, index: int) -> bool:
        return self._setting(index, "ignore_routes_with_linkdown")

    def routes_localnet(self, index: int) -> bool:
        return self._version == 4 and self._setting(index, "route_localnet")

    def forwards(self, index: int) -> bool:
        device = self._namespace.by_index.get(index)
        conf = None if device is None else device.ip.conf if self._version == 4 else device.ip6.conf
        return conf is not None and bool(conf["forwarding"])

    def hash_fields(self) -> int:
        """What the choice among several next hops depends on (fib_multipath_hash_policy).

        Policy 2 looks into tunnels, of which there are none here that it knows.
        """
        number = self._namespace.sysctls.number
        policy = number(f"net/ipv{self._version}/fib_multipath_hash_policy")
        if policy == 3:
            return number(f"net/ipv{self._version}/fib_multipath_hash_fields") & (ADDRESSES | PROTOCOL | PORTS)
        return ADDRESSES | PROTOCOL | PORTS if policy == 1 else ADDRESSES

    def _setting(self, index: int, name: str) -> bool:
        """A setting that counts when it is on for the device or for all."""
        sysctls = self._namespace.sysctls
        every = sysctls.conf4["all"] if self._version == 4 else sysctls.conf6["all"]
        device = self._namespace.by_index.get(index)
        own = {} if device is None else device.ip.conf if self._version == 4 else device.ip6.conf
        return bool(every.get(name) or own.get(name))
