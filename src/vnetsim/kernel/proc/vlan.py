"""The files of /proc/net/vlan: `config`, and one for each VLAN device (net/8021q/vlanproc.c: vlan_seq_show).

Not modelled: the private flags of a device that belongs to another kind than a bridge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.rtnetlink.link_dump import statistics

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace

NAME: Final = "vlan"
_CONFIG: Final = "config"
_HEAD: Final = "VLAN Dev name\t | VLAN ID\nName-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\n"
#: IFF_802_1Q_VLAN and others that all have (recorded on Linux 6.18), IFF_BRIDGE_PORT.
_PRIVATE_FLAGS: Final = 0x81021
_BRIDGE_PORT: Final = 0x200


def vlans(namespace: NetworkNamespace) -> list[Device]:
    return [device for device in namespace.devices() if device.kind == "vlan"]


def names(namespace: NetworkNamespace) -> list[str]:
    """What is in the directory, which exists where there is a VLAN device."""
    found = [device.name for device in vlans(namespace)]
    return sorted([_CONFIG, *found]) if found else []


def read(namespace: NetworkNamespace, name: str) -> str:
    """`name` is behind /proc/net/vlan/; KernelError as open(2)."""
    if name == _CONFIG:
        return _HEAD + "".join(
            f"{device.name:<15}| {device.details()['id']}  | {_below(device)}\n" for device in vlans(namespace)
        )
    for device in vlans(namespace):
        if device.name == name:
            return _file(device)
    raise KernelError(Errno.ENOENT)


def _below(device: Device) -> str:
    assert device.peer is not None
    return device.peer.name


def _file(device: Device) -> str:
    details, count = device.details(), statistics(device)
    reordered = int("REORDER_HDR" in str(details.get("flags", "")))
    ingress = dict(pair.split(":") for pair in str(details.get("ingress_qos", "")).split())
    egress = "".join(f"{pair} " for pair in str(details.get("egress_qos", "")).split())
    return (
        f"{device.name}  VID: {details['id']}\t REORDER_HDR: {reordered}  dev->priv_flags: {_private_flags(device):x}\n"
        f"{'total frames received':>30} {count.rx_packets:12}\n{'total bytes received':>30} {count.rx_bytes:12}\n"
        f"{'Broadcast/Multicast Rcvd':>30} {count.multicast:12}\n\n"
        f"{'total frames transmitted':>30} {count.tx_packets:12}\n{'total bytes transmitted':>30} {count.tx_bytes:12}\n"
        f"Device: {_below(device)}\n"
        f"INGRESS priority mappings: {'  '.join(f'{tag}:{ingress.get(str(tag), 0)}' for tag in range(7))}"
        f" 7:{ingress.get('7', 0)}\n EGRESS priority mappings: {egress}\n"
    )


def _private_flags(device: Device) -> int:
    if br_port_get(device) is not None:
        return _PRIVATE_FLAGS | _BRIDGE_PORT
    if device.rx_handler_data is not None:
        raise NotModelled(f"/proc/net/vlan/{device.name} of a device that belongs to another one")
    return _PRIVATE_FLAGS
