"""`arp`: the neighbour table of IPv4 (net-tools 2.10).

Not modelled: files of entries (`-f`), published entries (`pub`), hardware but Ethernet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.observations import NeighbourEntry
from vnetsim.operations import ChangeNeighbour, DeleteNeighbour, Verb
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import argument, flag, option
from vnetsim.programs.nettools.lib import NettoolsOptions, find_host
from vnetsim.values import define
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import Mac

_FAILED: Final = 255
_HEAD: Final = "Address                  HWtype  HWaddress           Flags Mask            Iface\n"
#: States that are in /proc/net/arp, and whether the address is known in them.
_KNOWN: Final = ("REACHABLE", "STALE", "DELAY", "PROBE", "PERMANENT")
_HIDDEN: Final = ("NONE", "NOARP")


@define
class ArpOptions(NettoolsOptions):
    tool = "arp"
    hardware = " (ether)"
    ignored = "-e"
    unmodelled = "-f|--file"

    bsd: bool = flag("-a", "--all")
    numeric: bool = flag("-n", "--numeric")
    verbose: bool = flag("-v", "--verbose")
    device: str | None = argument("-i", "--device", default=None)
    delete: bool = flag("-d", "--delete")
    add: bool = flag("-s", "--set")
    use_device: bool = flag("-D", "--use-device")

    @option("-H", "--hw-type", takes=":")
    def hardware_type(self, name: str) -> None:
        if name != "ether":
            raise NotModelled("arp -H")

    @option("-A", "-p", "--protocol", takes=":")
    def protocol(self, name: str) -> None:
        if name != "inet":
            raise NotModelled("arp -A")


@ends_by_exit
def main(process: Process) -> Program:
    options = ArpOptions.read(process)
    if options.delete:
        return _delete(process, options)
    if options.add or options.use_device:
        return _add(process, options)
    return _show(process, options)


# --- showing ----------------------------------------------------------------------------------------------------------


def _show(process: Process, options: ArpOptions) -> Coroutine[int]:
    operands = options.operands
    address = (yield from find_host(process, operands[0], _FAILED)) if operands else None
    entries = [it for it in process.network.neighbours(4) if it.state not in _HIDDEN or it.proxy]
    shown = [
        entry
        for entry in entries
        if address in (None, entry.address) and options.device in (None, entry.device) and not entry.proxy
    ]
    if shown and not options.bsd:
        process.write(_HEAD)
    for entry in shown:
        name = None if options.numeric else (yield process.reverse(entry.address))
        process.write((_bsd_line if options.bsd else _linux_line)(entry, name))
    if options.verbose:
        process.write(f"Entries: {len(entries)}\tSkipped: {len(entries) - len(shown)}\tFound: {len(shown)}\n")
    if not shown:
        _nothing(process, len(entries), operands, address)
    return 0


def _nothing(process: Process, entries: int, operands: Sequence[str], address: IPv4 | None) -> None:
    if operands:
        process.write(f"{operands[0]} ({address}) -- no entry\n")
    elif entries:
        process.write(f"arp: in {entries} entries no match found.\n")


def _linux_line(entry: NeighbourEntry, name: str | None) -> str:
    host = name or str(entry.address)
    if entry.state not in _KNOWN:
        return f"{host:<24.24} {'':<7} {'(incomplete)':<41} {entry.device}\n"
    flags = "CM" if entry.state == "PERMANENT" else "C"
    return f"{host:<24.24} {'ether':<7} {entry.mac!s:<19} {flags:<5} {'':<15} {entry.device}\n"


def _bsd_line(entry: NeighbourEntry, name: str | None) -> str:
    known = f"{entry.mac} [ether]" if entry.state in _KNOWN else "<incomplete>"
    permanent = " PERM" if entry.state == "PERMANENT" else ""
    return f"{name or '?'} ({entry.address}) at {known}{permanent} on {entry.device}\n"


# --- changing ---------------------------------------------------------------------------------------------------------


def _delete(process: Process, options: ArpOptions) -> Coroutine[int]:
    operands = options.operands
    if not operands:
        raise Exit(_FAILED, stderr="arp: need host name\n")
    address = yield from find_host(process, operands[0], _FAILED)
    if "pub" in operands[1:]:
        raise NotModelled("arp ... pub")
    for entry in process.network.neighbours(4):
        if entry.address == address and options.device in (None, entry.device) and not entry.proxy:
            process.network.execute(DeleteNeighbour(device=entry.device, address=address))
            return 0
    process.write(f"No ARP entry for {operands[0]}\n")
    return _FAILED


def _add(process: Process, options: ArpOptions) -> Coroutine[int]:
    operands = options.operands
    if not operands:
        raise Exit(_FAILED, stderr="arp: need host name\n")
    address = yield from find_host(process, operands[0], _FAILED)
    if len(operands) < 2:
        raise Exit(_FAILED, stderr="arp: need hardware address\n")
    mac = _mac(process, options, operands[1])
    if mac is None:
        raise Exit(_FAILED, stderr="arp: invalid hardware address\n")
    if any(arg not in ("temp", "perm", "trail") for arg in operands[2:]):
        raise NotModelled(f"arp ... {operands[2]}")
    return _carry_out(process, options, address, mac, temporary="temp" in operands)


def _mac(process: Process, options: ArpOptions, text: str) -> Mac | None:
    if options.use_device:
        return next((link.mac for link in process.network.links() if link.name == text), None)
    try:
        return Mac.parse(text)
    except ValueError:
        return None


def _carry_out(process: Process, options: ArpOptions, address: IPv4, mac: Mac, *, temporary: bool) -> int:
    """SIOCSARP: by the device that leads there, if none is given."""
    network = process.network
    try:
        device = options.device or network.route_get(address).device
        state = "stale" if temporary else "permanent"
        network.execute(ChangeNeighbour(device=device or "", address=address, mac=mac, state=state, verb=Verb.REPLACE))
    except KernelError as error:
        raise Exit(_FAILED, stderr=f"SIOCSARP: {error.errno.strerror}\n") from None
    return 0
