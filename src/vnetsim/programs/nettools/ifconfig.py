"""`ifconfig`: interfaces and their addresses (net-tools 2.10).

Not modelled: IPv4 addresses by `add` and `del`, hardware but Ethernet, `tunnel`, `media`, `metric` and what only old
devices had.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import AddressEntry
from vnetsim.operations import AddAddress, DeleteAddress, SetLink
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.nettools.lib import (
    UNKNOWN_HOST,
    VERSION,
    find_host,
    interface,
    interface_row,
    interface_text,
    interfaces,
    netmask,
    print_usage,
    usage_text,
)
from vnetsim.wire import inet
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import Mac

_HEAD: Final = "Iface      MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n"
_NUMBER: Final = re.compile(r"\s*[+-]?\d+")
_MAC: Final = re.compile("[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")
_ALL_ONES: Final = 0xFFFFFFFF
_HOST_SCOPE: Final = 254
_HELP: Final = "ifconfig: `--help' gives usage information."
_FLAG_ERROR: Final = 255


@ends_by_exit
def main(process: Process) -> Program:
    args, given = list(process.argv[1:]), set[str]()
    while args and args[0].startswith("-"):
        given.add(_checked_option(process, args.pop(0)))
    if len(args) < 2:
        return _show(process, given, args)
    return _Setting(process, args[0], args[1:]).run()


def _checked_option(process: Process, arg: str) -> str:
    if arg in ("-V", "-version", "--version"):
        raise Exit(0, stdout=VERSION)
    if arg in ("-?", "-h", "-help", "--help"):
        print_usage(process, "ifconfig")
        raise Exit(0)
    if arg not in ("-a", "-s", "-v"):
        raise Exit(1, stderr=f"ifconfig: option `{arg}' not recognised.\n{_HELP}\n")
    return arg


def _show(process: Process, given: set[str], names: Sequence[str]) -> int:
    if names:
        found = interface(process.network, names[0])
        if found is None:
            problem = "error fetching interface information: Device not found"
            raise Exit(1, stderr=f"{names[0]}: {problem}\n")
        shown = [found]
    else:
        shown = [it for it in interfaces(process.network) if "-a" in given or "UP" in it.flags]
    process.write(_HEAD if "-s" in given else "")
    process.write("".join((interface_row if "-s" in given else interface_text)(it) for it in shown))
    return 0


# --- setting ----------------------------------------------------------------------------------------------------------


def _misused() -> Exit:
    return Exit(3, stderr=usage_text("ifconfig"))


class _Setting:
    """Applies the arguments behind a name one by one; a refusal of the kernel is reported and does not end it."""

    def __init__(self, process: Process, name: str, args: list[str]) -> None:
        self._process = process
        self._network = process.network
        self._name = name
        self._device = name.partition(":")[0]
        self._args = args
        self._status = 0
        self._inet6 = False

    def run(self) -> Coroutine[int]:
        while self._args:
            arg = self._args.pop(0)
            if arg.removeprefix("-") in _SWITCHES:
                self._flag(arg.removeprefix("-"), on=arg[0] != "-" and arg != "down")
            elif arg in _SETTERS:
                _SETTERS[arg](self, self._argument())
            elif arg in _ADDRESSES:
                yield from self._by_address(arg)
            elif arg in ("inet", "inet6"):
                self._inet6 = arg == "inet6"
            elif arg in _NOT_MODELLED:
                raise NotModelled(f"ifconfig {arg}")
            else:
                yield from self._address(arg)
        return self._status

    def _argument(self) -> str:
        if not self._args:
            raise _misused()
        return self._args.pop(0)

    def _try(self, call: str, operation: object) -> bool:
        try:
            self._network.execute(operation)
        except KernelError as error:
            self._refused(call, error.errno)
            return False
        return True

    def _refused(self, call: str, errno: Errno) -> None:
        self._process.error(f"{call}: {errno.strerror}\n")
        self._status |= 1

    # --- flags and numbers --------------------------------------------------------------------------------------

    def _flag(self, flag: str, *, on: bool) -> None:
        """set_flag(); an alias that goes down goes away."""
        if interface(self._network, self._device) is None:
            self._process.error(f"{self._name}: ERROR while getting interface flags: {Errno.ENODEV.strerror}\n")
            self._status = _FLAG_ERROR
            return
        if flag == "down" and ":" in self._name:
            entry = self._entry()
            if entry is None:
                self._process.error(f"SIOCSIFFLAGS: {Errno.EADDRNOTAVAIL.strerror}\n")
                self._status = _FLAG_ERROR
            else:
                self._delete(entry)
            return
        try:
            self._network.execute(_SWITCHES[flag](self._device, on))
        except KernelError as error:
            self._process.error(f"SIOCSIFFLAGS: {error.errno.strerror}\n")
            self._status = _FLAG_ERROR

    def mtu(self, arg: str) -> None:
        self._try("SIOCSIFMTU", SetLink(device=self._device, mtu=_number(arg)))

    def queue_length(self, arg: str) -> None:
        self._try("SIOCSIFTXQLEN", SetLink(device=self._device, qlen=_number(arg)))

    def rename(self, arg: str) -> None:
        self._try("SIOCSIFNAME", SetLink(device=self._device, name=arg))

    def hardware(self, arg: str) -> None:
        if arg != "ether":
            raise _misused()
        text = self._argument()
        if not _MAC.fullmatch(text):
            self._process.error(f"{text}: invalid ether address.\n")
            self._status |= 1
            return
        mac = Mac.from_bytes(bytes(int(octet, 16) for octet in text.split(":")), "big")
        self._try("SIOCSIFHWADDR", SetLink(device=self._device, mac=mac))

    def add(self, arg: str) -> None:
        self._try("SIOCSIFADDR", AddAddress(device=self._device, interface=_ipv6(arg)))

    def delete(self, arg: str) -> None:
        self._try("SIOCDIFADDR", DeleteAddress(device=self._device, interface=_ipv6(arg)))

    # --- IPv4 addresses -----------------------------------------------------------------------------------------

    def _entry(self) -> AddressEntry | None:
        found = interface(self._network, self._name)
        return found.address if found is not None else None

    def _delete(self, entry: AddressEntry) -> None:
        self._network.execute(
            DeleteAddress(
                device=entry.device,
                interface=inet.InterfaceAddress(entry.address, entry.length),
                peer=entry.peer,
                label=entry.label,
            )
        )

    def _replace(self, call: str, old: AddressEntry | None, new: AddressEntry) -> None:
        """Most changes of an address take it away first, and its routes with it."""
        try:
            if old is not None:
                self._delete(old)
            self._network.execute(
                AddAddress(
                    device=new.device,
                    interface=inet.InterfaceAddress(new.address, new.length),
                    peer=new.peer,
                    broadcast=new.broadcast,
                    label=new.label,
                    scope=_HOST_SCOPE if new.address >> 24 == 127 else new.scope or None,
                )
            )
        except KernelError as error:
            self._refused(call, error.errno)

    def _address(self, arg: str) -> Coroutine[None]:
        """SIOCSIFADDR gives an address the mask of its class; having one, the interface goes up."""
        host, slash, length = arg.partition("/")
        if slash and not _NUMBER.fullmatch(length):
            raise _misused()
        problem = "Unknown host" if host.startswith("-") else UNKNOWN_HOST
        address = yield from find_host(self._process, host, 1, f"{problem}\n{_HELP}")
        self._set_address(address)
        self._flag("up", on=True)
        if slash:
            self.set_netmask(IPv4(_ALL_ONES << ((32 - int(length)) & 31) & _ALL_ONES))

    def _set_address(self, address: IPv4) -> None:
        found, entry = interface(self._network, self._device), self._entry()
        if found is None:
            self._refused("SIOCSIFADDR", Errno.ENODEV)
        elif not address and entry is not None:
            self._delete(entry)
        elif address and (entry is None or entry.address != address):
            length = _class_length(address)
            broadcast = _broadcast(address, length) if "BROADCAST" in found.flags and length < 31 else None
            new = AddressEntry(
                index=found.link.index,
                device=self._device,
                address=address,
                length=length,
                broadcast=broadcast,
                label=self._name,
            )
            self._replace("SIOCSIFADDR", entry, new)

    def _by_address(self, arg: str) -> Coroutine[None]:
        if arg == "broadcast" and not self._args:
            return
        address = yield from find_host(self._process, self._argument(), 1)
        _ADDRESSES[arg](self, address)

    def set_netmask(self, mask: IPv4) -> None:
        entry = self._known("SIOCSIFNETMASK")
        if entry is None:
            return
        length = 32 - (~mask & _ALL_ONES).bit_length()
        if netmask(length) != mask:
            self._refused("SIOCSIFNETMASK", Errno.EINVAL)
            return
        broadcast = entry.broadcast
        if broadcast == _broadcast(entry.address, entry.length):
            broadcast = _broadcast(entry.address, length)
        if length != entry.length:
            self._replace("SIOCSIFNETMASK", entry, attrs.evolve(entry, length=length, broadcast=broadcast))

    def set_broadcast(self, address: IPv4) -> None:
        entry = self._known("SIOCSIFBRDADDR")
        if entry is not None and entry.broadcast != address:
            self._replace("SIOCSIFBRDADDR", entry, attrs.evolve(entry, broadcast=address))

    def set_peer(self, address: IPv4) -> None:
        entry = self._known("SIOCSIFDSTADDR")
        if entry is not None and entry.peer != address:
            self._replace("SIOCSIFDSTADDR", entry, attrs.evolve(entry, peer=address))

    def _known(self, call: str) -> AddressEntry | None:
        entry = self._entry()
        if entry is None:
            missing = interface(self._network, self._device) is None
            self._refused(call, Errno.ENODEV if missing else Errno.EADDRNOTAVAIL)
        return entry


def _number(arg: str) -> int:
    """atoi(3): 0 where there is no number."""
    found = _NUMBER.match(arg)
    return int(found[0]) if found else 0


def _ipv6(arg: str) -> inet.InterfaceAddress:
    host, slash, length = arg.partition("/")
    try:
        return inet.InterfaceAddress(IPv6.parse(host), int(length) if slash else 128)
    except ValueError:
        raise NotModelled("ifconfig add with an IPv4 address") from None


def _class_length(address: IPv4) -> int:
    """inet_abc_len()"""
    first = address >> 24
    return 8 if first < 128 else 16 if first < 192 else 24


def _broadcast(address: int, length: int) -> IPv4:
    return IPv4(address | _ALL_ONES >> length)


#: Flags by their keywords; a `-` before the keyword clears the flag.
_SWITCHES: Final[dict[str, Callable[[str, bool], SetLink]]] = {
    "up": lambda device, on: SetLink(device=device, up=on),
    "down": lambda device, on: SetLink(device=device, up=on),
    "arp": lambda device, on: SetLink(device=device, arp=on),
    "promisc": lambda device, on: SetLink(device=device, promisc=on),
    "allmulti": lambda device, on: SetLink(device=device, allmulticast=on),
    "multicast": lambda device, on: SetLink(device=device, multicast=on),
}
_SETTERS: Final[dict[str, Callable[[_Setting, str], None]]] = {
    "mtu": _Setting.mtu,
    "txqueuelen": _Setting.queue_length,
    "name": _Setting.rename,
    "hw": _Setting.hardware,
    "add": _Setting.add,
    "del": _Setting.delete,
}
_ADDRESSES: Final[dict[str, Callable[[_Setting, IPv4], None]]] = {
    "netmask": _Setting.set_netmask,
    "broadcast": _Setting.set_broadcast,
    "dstaddr": _Setting.set_peer,
    "pointopoint": _Setting.set_peer,
}
_NOT_MODELLED: Final = (
    "-broadcast", "-pointopoint", "trailers", "-trailers", "dynamic", "-dynamic", "tunnel", "outfill", "keepalive",
    "mem_start", "io_addr", "irq", "media", "unix", "ax25", "netrom", "rose", "ipx", "ddp", "ec", "ash", "x25",
)  # fmt: skip
