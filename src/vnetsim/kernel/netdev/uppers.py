"""What is above and below a device (struct netdev_adjacent, ndo_add_slave and ndo_del_slave; net/core/dev.c).

A device has one master (a bridge, a bond) and any number of other upper devices (VLANs, macvlans).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent

DeviceT = TypeVar("DeviceT", bound="Stacking[Any]")


class Stacking(Generic[DeviceT]):
    """The part of a device that knows its upper devices; DeviceT is the class of devices."""

    __slots__ = ()

    master: DeviceT | None = None
    uppers: tuple[DeviceT, ...]
    #: IFF_SLAVE: it belongs to a bond; netif_is_lag_master: it is one; IFF_NO_ADDRCONF: IPv6 configures nothing on it.
    is_slave: bool = False
    is_lag_master: ClassVar[bool] = False
    no_addrconf: bool = False

    # --- this device as a master ----------------------------------------------------------------------------------

    def add_slave(self, device: DeviceT) -> None:
        """ndo_add_slave: KernelError(EOPNOTSUPP) for a device that is no master, others as the driver refuses."""
        del device
        raise KernelError(Errno.EOPNOTSUPP)

    def del_slave(self, device: DeviceT) -> None:
        """ndo_del_slave."""
        del device
        raise KernelError(Errno.EOPNOTSUPP)

    def slave_link_changed(self, device: DeviceT) -> None:
        """The carrier of a slave came or went; what monitors links finds out at its next look."""

    def slave_event(self, event: NetdevEvent, device: DeviceT) -> None:
        """An event of a slave, for masters other than bridges."""

    def slave_details(self, device: DeviceT) -> tuple[str, Mapping[str, str | int]] | None:
        """The kind of this master and what `ip -d` shows of its slave (IFLA_INFO_SLAVE_DATA); None for nothing."""
        del device
        return None

    def configure_slave(self, device: DeviceT, options: Mapping[str, str | int]) -> None:
        """rtnl_link_ops->slave_changelink."""
        del device, options
        raise KernelError(Errno.EOPNOTSUPP)

    # --- its upper devices ----------------------------------------------------------------------------------------

    def is_below(self, other: DeviceT) -> bool:
        """Whether `other` is an upper device of this one, directly or not (__netdev_has_upper_dev)."""
        found: list[Stacking[DeviceT]] = [self]
        for device in found:
            above = device.uppers if device.master is None else [*device.uppers, device.master]
            if other in above:
                return True
            found += [upper for upper in above if upper not in found]
        return False

    def above(self) -> list[DeviceT]:
        """All its upper devices (netdev_walk_all_upper_dev_rcu)."""
        upper = [*self.uppers, *([] if self.master is None else [self.master])]
        return [*upper, *(higher for device in upper for higher in device.above())]

    def dependants(self) -> list[DeviceT]:
        """Devices that are deleted with this one."""
        return list(self.uppers)


def slave_device_event(event: NetdevEvent, device: Stacking[Any], _before: Before) -> None:
    """The notifier block of all kinds of masters but bridges (bond_netdev_event)."""
    if device.master is not None:
        device.master.slave_event(event, device)
