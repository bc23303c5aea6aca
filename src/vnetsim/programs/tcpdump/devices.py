"""The devices that tcpdump can listen on, in libpcap's order (pcap_findalldevs)."""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.observations import Link
from vnetsim.process import Process
from vnetsim.programs.tcpdump.options import failure, is_newer

ANY: Final = "any"
_ANY_LINE: Final = "any (Pseudo-device that captures on all interfaces) [Up, Running]"
#: What libpcap offers besides, whatever the machine.
_PSEUDO_DEVICES: Final = (
    "bluetooth-monitor (Bluetooth Linux Monitor) [Wireless]",
    "nflog (Linux netfilter log (NFLOG) interface) [none]",
    "nfqueue (Linux netfilter queue (NFQUEUE) interface) [none]",
    "dbus-system (D-Bus system bus) [none]",
    "dbus-session (D-Bus session bus) [none]",
)


def find(process: Process, name: str) -> Link | None:
    return next((link for link in process.network.links() if link.name == name), None)


def listing(process: Process) -> list[str]:
    """The lines of -D, without their numbers."""
    links = process.network.links()
    up = [_line(link) for link in links if "UP" in link.flags and not _is_loopback(link)]
    loopback = [_line(link) for link in links if "UP" in link.flags and _is_loopback(link)]
    down = [_line(link) for link in links if "UP" not in link.flags]
    return [*up, _ANY_LINE, *loopback, *_PSEUDO_DEVICES, *down]


def chosen(process: Process, wanted: str | None) -> str:
    """The device of -i, which may be a number of -D; the first one without it."""
    names = [line.split()[0] for line in listing(process)]
    if wanted is None:
        return names[0]
    if not is_digits(wanted) or find(process, wanted) is not None:
        return wanted
    if not 0 < int(wanted) <= len(names):
        more = f" {wanted}: only {len(names)} interfaces found" if is_newer(process) else ""
        raise failure(f"Invalid adapter index{more}")
    return names[int(wanted) - 1]


def _is_loopback(link: Link) -> bool:
    return "LOOPBACK" in link.flags


def _line(link: Link) -> str:
    flags = ["Up"] if "UP" in link.flags else []
    flags += ["Running"] if "UP" in link.flags and "LOWER_UP" in link.flags else []
    flags += ["Loopback"] if _is_loopback(link) else []
    flags = flags or ["none"]
    if not _is_loopback(link):
        flags.append("Connected" if "LOWER_UP" in link.flags else "Disconnected")
    return f"{link.name} [{', '.join(flags)}]"
