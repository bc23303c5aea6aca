"""/sys/class/net: the attributes of devices, bridges and bonds (net/core/net-sysfs.c, br_sysfs_br.c, _bond_sysfs().c).

Not modelled: links between devices (master, lower_*, upper_*), queues, what a tap has, and the other attributes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.proc.bridge_sysfs import bridge_files, read_bridge_file
from vnetsim.kernel.rtnetlink.link import set_link
from vnetsim.kernel.rtnetlink.link_dump import statistics
from vnetsim.operations import SetLink

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace

DIRECTORY: Final = "/sys/class/net"
#: What bonds have (proc.bond_sysfs).
_MASTERS: Final = "bonding_masters"
_BONDING: Final = "bonding"
_MACVTAP: Final = "macvtap"
_BONDING_SLAVE: Final = "bonding_slave"
_STATISTICS: Final = (
    "rx_bytes", "rx_packets", "rx_dropped", "tx_bytes", "tx_packets", "tx_dropped",
)  # fmt: skip


def _bond_sysfs() -> Any:
    from vnetsim.kernel.proc import bond_sysfs  # noqa: PLC0415 -- only where there are bonds

    return bond_sysfs


def _bonds(network: NetworkNamespace) -> list[str]:
    """In the order of their indexes."""
    return [device.name for device in network.devices() if device.kind == "bond"]


def devices(network: NetworkNamespace) -> list[str]:
    """The names in the directory itself."""
    return sorted([*network.by_name, *([_MASTERS] if _bonds(network) else [])])


def _device(network: NetworkNamespace, name: str) -> Device:
    found = network.by_name.get(name)
    if found is None:
        raise KernelError(Errno.ENOENT)
    return found


def read(network: NetworkNamespace, rest: str) -> str:
    """`rest` is behind /sys/class/net/; KernelError as open(2) and read(2)."""
    name, _, attribute = rest.partition("/")
    if rest == _MASTERS and _bonds(network):
        return " ".join(_bonds(network)) + "\n"
    device = _device(network, name)
    if attribute in _directories_of(device) or not attribute:
        raise KernelError(Errno.EISDIR)
    if attribute.startswith("bridge/") and isinstance(device, Bridge):
        return read_bridge_file(device, attribute.removeprefix("bridge/"))
    if attribute.startswith(f"{_BONDING}/") and device.kind == "bond":
        return str(_bond_sysfs().read(device, attribute.removeprefix(f"{_BONDING}/")))
    if attribute.startswith(f"{_BONDING_SLAVE}/"):
        return str(_bond_sysfs().read_slave(device, attribute.removeprefix(f"{_BONDING_SLAVE}/")))
    if attribute.startswith("statistics/"):
        counter = attribute.removeprefix("statistics/")
        if counter not in _STATISTICS:
            raise KernelError(Errno.ENOENT)
        return f"{getattr(statistics(device), counter)}\n"
    read = _ATTRIBUTES.get(attribute)
    if read is None:
        raise KernelError(Errno.ENOENT)
    return f"{read(device)}\n"


def write(network: NetworkNamespace, rest: str, text: str) -> None:
    """What can be set there: KernelError(EACCES) for the rest, (EINVAL) for what is no number."""
    name, _, attribute = rest.partition("/")
    if rest == _MASTERS and _bonds(network):
        _bond_sysfs().write_masters(network, text)
        return
    device = _device(network, name)
    if attribute.startswith(f"{_BONDING}/") and device.kind == "bond":
        _bond_sysfs().write(device, attribute.removeprefix(f"{_BONDING}/"), text)
    elif attribute == "ifalias":
        device.alias = text or None
    elif attribute in ("mtu", "tx_queue_len", "netdev_group"):
        if not is_digits(text):
            raise KernelError(Errno.EINVAL)
        number = int(text)
        requests = {
            "mtu": SetLink(device=name, mtu=number),
            "tx_queue_len": SetLink(device=name, qlen=number),
            "netdev_group": SetLink(device=name, group=number),
        }
        set_link(network, requests[attribute])
    else:
        raise KernelError(Errno.EACCES if attribute in _ATTRIBUTES else Errno.ENOENT)


def names(network: NetworkNamespace, rest: str) -> list[str]:
    """What is in a directory; nothing where there is no such directory."""
    name, _, attribute = rest.partition("/")
    if name not in network.by_name:
        return []
    device = network.by_name[name]
    if not attribute:
        return sorted([*_ATTRIBUTES, *_directories_of(device)])
    if attribute == "bridge" and isinstance(device, Bridge):
        return sorted(bridge_files(device))
    if attribute == _BONDING and device.kind == "bond":
        return sorted(_bond_sysfs().FILES)
    if attribute == _BONDING_SLAVE and device.is_slave:
        return sorted(_bond_sysfs().SLAVE_FILES)
    if attribute == _MACVTAP and device.kind == _MACVTAP:
        return [f"tap{device.index}"]
    return list(_STATISTICS) if attribute == "statistics" else []


def _directories_of(device: Device) -> list[str]:
    of_bond = [_BONDING] if device.kind == "bond" else []
    of_slave = [_BONDING_SLAVE] if device.is_slave else []
    of_tap = [_MACVTAP, f"tap{device.index}"] if device.kind == _MACVTAP else []
    return ["statistics", *(["bridge"] if isinstance(device, Bridge) else []), *of_bond, *of_slave, *of_tap]


def _carrier(device: Device) -> str:
    if not device.up:
        raise KernelError(Errno.EINVAL)
    device.namespace.linkwatch.sync(device)
    return str(int(device.carrier))


_ATTRIBUTES: Final[dict[str, Callable[[Device], object]]] = {
    "address": lambda device: device.mac,
    "addr_len": lambda _device: 6,
    "broadcast": lambda device: device.broadcast,
    "carrier": _carrier,
    "ifalias": lambda device: device.alias or "",
    "ifindex": lambda device: device.index,
    "iflink": lambda device: device.index if device.peer is None else device.peer.index,
    "mtu": lambda device: device.mtu,
    "netdev_group": lambda device: device.group,
    "operstate": lambda device: (device.operstate if device.up else "DOWN").lower(),
    "tx_queue_len": lambda device: device.qlen or 0,
    "type": lambda device: 772 if device.link_type == "loopback" else 1,
}
