"""Speed, link, driver and counters of a device: `ethtool DEV`, `-i`, `-S`, `-l` (ethtool 6.1: netlink/settings.c).

The kernel's part is in the drivers: __ethtool_get_link_ksettings, ethtool_get_drvinfo.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import Errno, NotModelled
from vnetsim.observations import Link
from vnetsim.process import Process
from vnetsim.programs.ethtool.answers import failure, no_such_device, unsupported
from vnetsim.programs.resources import resource
from vnetsim.values import frozen

_LEVEL: Final = "        Current message level: 0x00000000 (0)\n                              \n"
#: How many requests the settings take, each of which is refused for a device that is not there.
_REQUESTS: Final = 5


@frozen
class _DriverInfo:
    """What the driver reports (ETHTOOL_GDRVINFO); `bus` is {mode} for tun."""

    name: str
    version: str
    firmware: str = ""
    bus: str = ""
    statistics: bool = False


_DRIVERS: Final = {
    "veth": _DriverInfo("veth", "1.0", statistics=True),
    "vxlan": _DriverInfo("vxlan", "0.1"),
    "macvlan": _DriverInfo("macvlan", "0.1"),
    "ipvlan": _DriverInfo("ipvlan", "0.1"),
    "bridge": _DriverInfo("bridge", "2.3", "N/A", "N/A"),
    "tun": _DriverInfo("tun", "1.6"),
}
_COUNTERS: Final = (
    "rx_queue_0_xdp_packets", "rx_queue_0_xdp_bytes", "rx_queue_0_drops", "rx_queue_0_xdp_redirect",
    "rx_queue_0_xdp_drops", "rx_queue_0_xdp_tx", "rx_queue_0_xdp_tx_errors", "tx_queue_0_xdp_xmit",
    "tx_queue_0_xdp_xmit_errors",
)  # fmt: skip


def _kind(link: Link) -> str | None:
    """The kind of the device; None for lo, whose driver reports nothing."""
    if link.kind is not None and link.kind not in _DRIVERS:
        raise NotModelled(f"ethtool of devices of type {link.kind}")
    return link.kind


def show(process: Process, link: Link | None) -> int:
    """`ethtool DEV`"""
    if link is None:
        process.write("No data available\n")
        raise failure(75, "\n".join([no_such_device()] * _REQUESTS))
    kind = _kind(link)
    text = f"Settings for {link.name}:\n" if kind is None else _settings(link, kind)
    process.write(f"{text}\tLink detected: {'yes' if 'LOWER_UP' in link.flags else 'no'}\n")
    return 0


def _settings(link: Link, kind: str) -> str:
    speed = "Unknown!" if link.speed is None else f"{link.speed}Mb/s"
    is_cable = link.speed is not None and kind != "bridge"
    lines = [
        f"Speed: {speed}",
        f"Duplex: {'Full' if is_cable else 'Unknown! (255)'}",
        "Auto-negotiation: off",
        f"Port: {'Twisted Pair' if is_cable else 'Other'}",
        "PHYAD: 0",
        "Transceiver: internal",
        *(["MDI-X: Unknown"] if is_cable else []),
    ]
    settings = f"Settings for {link.name}:\n{resource('ethtool', 'modes')}" + "".join(f"\t{line}\n" for line in lines)
    return settings + _LEVEL * (kind == "tun")


def show_driver(process: Process, link: Link | None) -> int:
    """`-i`"""
    kind = None if link is None else _kind(link)
    if link is None or kind is None:
        errno = Errno.ENODEV if link is None else Errno.EOPNOTSUPP
        raise failure(71, f"Cannot get driver information: {errno.strerror}")
    driver = _DRIVERS[kind]
    bus = str(link.details.get("type", "")) if kind == "tun" else driver.bus
    process.write(
        f"driver: {driver.name}\nversion: {driver.version}\nfirmware-version: {driver.firmware}\n"
        f"expansion-rom-version: \nbus-info: {bus}\nsupports-statistics: {'yes' if driver.statistics else 'no'}\n"
        "supports-test: no\nsupports-eeprom-access: no\nsupports-register-dump: no\nsupports-priv-flags: no\n"
    )
    return 0


def show_statistics(process: Process, link: Link | None) -> int:
    """`-S`: XDP programs are not modelled, so that their counters are zero."""
    if link is None:
        raise failure(96, f"Cannot get stats strings information: {Errno.ENODEV.strerror}")
    if _kind(link) != "veth":
        raise failure(94, "no stats available")
    counters = [("peer_ifindex", link.peer_index), *((name, 0) for name in _COUNTERS)]
    process.write("NIC statistics:\n" + "".join(f"     {name}: {value}\n" for name, value in counters))
    return 0


def show_channels(process: Process, link: Link | None) -> int:
    """`-l`"""
    if link is None:
        raise failure(1, no_such_device())
    if _kind(link) != "veth":
        raise failure(1, unsupported())
    rows = [
        f"Channel parameters for {link.name}:",
        *("Pre-set maximums:", "RX:\t\t2", "TX:\t\t2", "Other:\t\tn/a", "Combined:\tn/a"),
        *("Current hardware settings:", "RX:\t\t1", "TX:\t\t1", "Other:\t\tn/a", "Combined:\tn/a"),
    ]
    process.write("\n".join(rows) + "\n")
    return 0
