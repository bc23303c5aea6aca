"""`arp`: the neighbours of IPv4, the old way (net-tools 2.10).

Not modelled: files of entries (`-f`), published entries (`pub`), hardware but Ethernet.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.observations import NeighbourEntry
from vnetsim.operations import ChangeNeighbour, DeleteNeighbour, Verb
from vnetsim.process import Process, Program, Wait
from vnetsim.programs.libc.getopt import OptionError, parse
from vnetsim.programs.nettools.lib import UNKNOWN_HOST, find_host, print_usage, version_text
from vnetsim.wire.inet import IPv4
from vnetsim.wire.mac import Mac

_FAILED: Final = 255
_HEAD: Final = "Address                  HWtype  HWaddress           Flags Mask            Iface\n"
_LONG: Final = {
    "verbose": "v", "version": "V", "all": "a", "delete": "d", "file": "f", "numeric": "n", "set": "s",
    "protocol=": "A", "hw-type=": "H", "device=": "i", "help": "h", "use-device": "D",
}  # fmt: skip
#: States that are in /proc/net/arp, and whether the address is known in them.
_KNOWN: Final = ("REACHABLE", "STALE", "DELAY", "PROBE", "PERMANENT")
_HIDDEN: Final = ("NONE", "NOARP")


@attrs.define
class _Options:
    bsd: bool = False
    numeric: bool = False
    verbose: bool = False
    device: str | None = None
    delete: bool = False
    add: bool = False
    use_device: bool = False


def main(process: Process) -> Program:
    options = _Options()
    try:
        parsed = parse(process.argv[1:], "A:H:adfp:nsei:DvV?h", _LONG)
    except OptionError as error:
        process.error(f"{process.argv[0]}: {error}\n")
        print_usage(process, "arp", wanted=False)
        return 3
    for letter, argument in parsed.options:
        if letter == "V":
            process.write(version_text(hardware=" (ether)"))
            return 0
        if letter in "h?":
            print_usage(process, "arp", wanted=True)
            return 0
        _set(options, letter, argument)
    if options.delete:
        return _delete(process, options, parsed.operands)
    if options.add or options.use_device:
        return _add(process, options, parsed.operands)
    return _show(process, options, parsed.operands)


def _set(options: _Options, letter: str, argument: str) -> None:
    if letter == "i":
        options.device = argument
    elif letter in _SWITCHES:
        setattr(options, _SWITCHES[letter], True)
    elif (letter == "H" and argument != "ether") or (letter in "Ap" and argument != "inet") or letter == "f":
        raise NotModelled(f"arp -{letter}")


_SWITCHES: Final = {"a": "bsd", "n": "numeric", "v": "verbose", "d": "delete", "s": "add", "D": "use_device"}


# --- showing ----------------------------------------------------------------------------------------------------------


def _show(process: Process, options: _Options, operands: Sequence[str]) -> Generator[Wait, Any, int]:
    address = None
    if operands:
        address = yield from find_host(process, operands[0])
        if address is None:
            process.error(f"{operands[0]}: {UNKNOWN_HOST}\n")
            return _FAILED
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


def _delete(process: Process, options: _Options, operands: Sequence[str]) -> Generator[Wait, Any, int]:
    if not operands:
        process.error("arp: need host name\n")
        return _FAILED
    address = yield from find_host(process, operands[0])
    if address is None:
        process.error(f"{operands[0]}: {UNKNOWN_HOST}\n")
        return _FAILED
    if "pub" in operands[1:]:
        raise NotModelled("arp ... pub")
    for entry in process.network.neighbours(4):
        if entry.address == address and options.device in (None, entry.device) and not entry.proxy:
            process.network.execute(DeleteNeighbour(device=entry.device, address=address))
            return 0
    process.write(f"No ARP entry for {operands[0]}\n")
    return _FAILED


def _add(process: Process, options: _Options, operands: Sequence[str]) -> Generator[Wait, Any, int]:
    if not operands:
        process.error("arp: need host name\n")
        return _FAILED
    address = yield from find_host(process, operands[0])
    if address is None:
        process.error(f"{operands[0]}: {UNKNOWN_HOST}\n")
        return _FAILED
    if len(operands) < 2:
        process.error("arp: need hardware address\n")
        return _FAILED
    mac = _mac(process, options, operands[1])
    if mac is None:
        process.error("arp: invalid hardware address\n")
        return _FAILED
    if any(word not in ("temp", "perm", "trail") for word in operands[2:]):
        raise NotModelled(f"arp ... {operands[2]}")
    return _carry_out(process, options, address, mac, temporary="temp" in operands)


def _mac(process: Process, options: _Options, word: str) -> Mac | None:
    if options.use_device:
        return next((link.mac for link in process.network.links() if link.name == word), None)
    try:
        return Mac.parse(word)
    except ValueError:
        return None


def _carry_out(process: Process, options: _Options, address: IPv4, mac: Mac, *, temporary: bool) -> int:
    """SIOCSARP: by the device that leads there, if none is said."""
    network = process.network
    try:
        device = options.device or network.route_get(address).device
        state = "stale" if temporary else "permanent"
        network.execute(ChangeNeighbour(device=device or "", address=address, mac=mac, state=state, verb=Verb.REPLACE))
    except KernelError as error:
        process.error(f"SIOCSARP: {error.errno.words}\n")
        return _FAILED
    return 0
