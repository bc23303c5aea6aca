"""`ip addr`: add, change, replace, del, show, flush (iproute2: ip/ipaddress.c).

Not modelled: `save`, `restore`, `showdump` (a binary form), anycast addresses.
"""

from __future__ import annotations

from functools import partial
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import AddressEntry
from vnetsim.operations import AddAddress, DeleteAddress, Verb
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.ipaddress.addrinfo import AddressPrinter
from vnetsim.programs.iproute2.ip.ipaddress.filter import Filter, parse
from vnetsim.programs.iproute2.ip.ipaddress.listing import show_addresses
from vnetsim.programs.iproute2.ip.ipaddress.modify import AddressArgs, read
from vnetsim.programs.iproute2.lib.arguments import Command, Iproute2Error, Request, help_command, run_command
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.lib.ll_map import find
from vnetsim.programs.iproute2.lib.options import PACKET
from vnetsim.wire.inet import Address, InterfaceAddress, IPv4

_SCOPE_HOST: Final = 254
_LOOPBACK_NET: Final = 127
_SHORTEST_WITHOUT_BROADCAST: Final = 31


def main(request: Request) -> Program:
    """Reads what follows `ip addr`."""
    if not request.args:
        return show_addresses(request, "ip-address")
    return run_command(request, _COMMANDS, "ip address help")


# --- add, change, replace, delete ------------------------------------------------------------------------------------


def _add(verb: Verb, request: Request) -> Program:
    parsed = read(request)
    broadcast = _broadcast_address(parsed)
    device = find(request.network, parsed.device or "").name
    valid, preferred = _lifetimes(parsed)
    if "autojoin" in parsed.flags and not (parsed.local is not None and parsed.local.address.is_multicast):
        raise Iproute2Error(1, "autojoin needs multicast address")
    request.execute(
        AddAddress(
            device=device, interface=_interface(parsed), peer=parsed.peer.address if parsed.peer is not None else None,
            broadcast=broadcast, label=parsed.label, scope=_default_scope(parsed), flags=tuple(parsed.flags),
            valid_seconds=valid, preferred_seconds=preferred, metric=parsed.metric, verb=verb,
        )
    )  # fmt: skip
    return 0


def _interface(parsed: AddressArgs) -> InterfaceAddress:
    """The local address; KernelError if there is none, as from the kernel."""
    if parsed.family is None:
        raise KernelError(Errno.EOPNOTSUPP)
    if parsed.local is not None:
        return InterfaceAddress(parsed.local.address, parsed.length)
    if parsed.family == 4:
        raise KernelError(Errno.EINVAL, "ipv4: Local address is not supplied")
    if parsed.peer is None:
        raise KernelError(Errno.EINVAL)
    return InterfaceAddress(parsed.peer.address, parsed.length)


def _broadcast_address(parsed: AddressArgs) -> Address | None:
    """`+` sets the host part of the peer or address to ones, `-` to zeros, where there is one."""
    if not isinstance(parsed.broadcast, str):
        return parsed.broadcast
    if parsed.family != 4:
        raise Iproute2Error(1, "Broadcast can be set only for IPv4 addresses")
    arg = parsed.peer or parsed.local
    if arg is None or arg.length >= _SHORTEST_WITHOUT_BROADCAST:
        return None
    hosts = (1 << 32 - arg.length) - 1
    return IPv4(arg.address | hosts if parsed.broadcast == "+" else arg.address & ~hosts)


def _default_scope(parsed: AddressArgs) -> int | None:
    if parsed.scope is None and parsed.local is not None and parsed.local.address.version == 4:
        return _SCOPE_HOST if parsed.local.address >> 24 == _LOOPBACK_NET else None
    return parsed.scope


def _lifetimes(parsed: AddressArgs) -> tuple[int | None, int | None]:
    """In seconds, None for ever; the valid one may not be shorter."""
    forever = 0xFFFF_FFFF
    valid = parsed.valid if isinstance(parsed.valid, int) else forever
    preferred = parsed.preferred if isinstance(parsed.preferred, int) else forever
    if parsed.valid is not None or parsed.preferred is not None:
        if not valid:
            raise Iproute2Error(1, "valid_lft is zero")
        if valid < preferred:
            raise Iproute2Error(1, "preferred_lft is greater than valid_lft")
    return (None if valid == forever else valid, None if preferred == forever else preferred)


def _delete(request: Request) -> Program:
    parsed = read(request)
    wildcard = (
        parsed.peer is None and parsed.local is not None and parsed.local.version == 4 and not parsed.local.length_given
    )
    if wildcard:
        request.process.error(_wildcard_warning(parsed.local_text))
    device = find(request.network, parsed.device or "").name
    if parsed.local is None:
        _delete_by_label(parsed, device)
        return 0
    request.execute(
        DeleteAddress(
            device=device,
            interface=_interface(parsed),
            peer=parsed.peer.address if parsed.peer is not None else None,
            label=parsed.label,
            wildcard=wildcard,
        )
    )
    return 0


def _wildcard_warning(text: str) -> str:
    return (
        "Warning: Executing wildcard deletion to stay compatible with old scripts.\n"
        f"         Explicitly specify the prefix length ({text}/32) to avoid this warning.\n"
        "         This special behaviour is likely to disappear in further releases,\n"
        "         fix your scripts!\n"
    )


def _delete_by_label(parsed: AddressArgs, device: str) -> None:
    """Without an address the kernel takes IPv4's first one with the label, if one was given."""
    if parsed.family == 6:
        raise KernelError(Errno.EINVAL)
    if parsed.family != 4:
        raise KernelError(Errno.EOPNOTSUPP)
    for entry in parsed.request.network.addresses():
        far = entry.address if entry.peer is None else entry.peer
        fits = parsed.label in (None, entry.label) and (parsed.peer is None or parsed.peer.address == far)
        if entry.device == device and entry.address.version == 4 and fits:
            parsed.request.execute(_deletion(entry))
            return
    raise KernelError(Errno.EADDRNOTAVAIL, "ipv4: Address not found")


def _deletion(entry: AddressEntry) -> DeleteAddress:
    """What deletes exactly this entry."""
    peer = entry.peer if entry.peer != entry.address else None
    return DeleteAddress(
        device=entry.device, interface=InterfaceAddress(entry.address, entry.length), peer=peer, label=entry.label
    )


# --- show, flush -----------------------------------------------------------------------------------------------------


def _show(request: Request) -> Program:
    return show_addresses(request, "ip-address")


def _flush(request: Request) -> Program:
    """Rounds of listing and deleting until nothing is left, ten at most (`-loops`)."""
    if not request.args:
        raise Iproute2Error(1, "Flush requires arguments.")
    if request.options.family == PACKET:
        raise Iproute2Error(1, "Cannot flush link addresses.")
    chosen = parse(request, request.options.family, "ip-address")
    rounds = 0
    while not request.options.loops or rounds < request.options.loops:
        wanted = _wanted(request, chosen)
        if not wanted:
            _tell_end(request, rounds)
            return 0
        rounds += 1
        if not _flush_once(request, rounds, wanted):
            return 255
        if chosen.flags.get("secondary") is False:
            _tell_end(request, rounds)
            return 0
    raise Iproute2Error(255, f"*** Flush remains incomplete after {request.options.loops} rounds. ***", exits=False)


def _wanted(request: Request, chosen: Filter) -> list[AddressEntry]:
    entries = request.network.addresses()
    return [e for e in entries if chosen.index in (0, e.index) and chosen.wants_address(e)]


def _flush_once(request: Request, rounds: int, wanted: list[AddressEntry]) -> bool:
    """False if the kernel refused; what went with another address is no refusal."""
    if request.options.stats > 1:
        out = Iproute2Output(oneline=request.options.oneline, color=request.options.color)
        printer = AddressPrinter(out, attrs.evolve(request.options, brief=False), with_device=True)
        for entry in wanted:
            printer.print(entry)
        request.process.write(out.result())
    for entry in wanted:
        try:
            request.execute(_deletion(entry))
        except KernelError as error:
            if error.errno is not Errno.EADDRNOTAVAIL:
                request.process.error(f"Failed to send flush request: {error.errno.strerror}\n")
                return False
    if request.options.stats:
        request.process.write(f"\n*** Round {rounds}, deleting {len(wanted)} addresses ***\n")
    return True


def _tell_end(request: Request, rounds: int) -> None:
    if request.options.stats:
        plural = "s" if rounds > 1 else ""
        done = f"*** Flush is complete after {rounds} round{plural} ***\n"
        request.process.write(done if rounds else "Nothing to flush.\n")


def _save(_: Request) -> Program:
    raise NotModelled("ip addr save, restore and showdump")


#: In the order of lookup().
_COMMANDS: Final[tuple[tuple[str, Command], ...]] = (
    ("add", partial(_add, Verb.ADD)),
    ("change", partial(_add, Verb.CHANGE)),
    ("chg.", partial(_add, Verb.CHANGE)),
    ("replace", partial(_add, Verb.REPLACE)),
    ("delete", _delete),
    ("list", _show),
    ("show", _show),
    ("lst", _show),
    ("flush", _flush),
    ("save", _save),
    ("showdump", _save),
    ("restore", _save),
    ("help", help_command("ip-address")),
)
