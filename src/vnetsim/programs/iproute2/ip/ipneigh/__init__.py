"""`ip neigh`: link-layer addresses of neighbours (iproute2 6.1: ip/ipneigh.c).

Not modelled: protocols of entries (`protocol`), `use`, `managed`, `extern_learn`, VRFs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.observations import NeighbourEntry
from vnetsim.operations import ChangeNeighbour, DeleteNeighbour, Verb
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.ipneigh.filter import NUD, NeighbourFilter, parse, state_number
from vnetsim.programs.iproute2.lib.arguments import (
    Command,
    Iproute2Error,
    Request,
    duparg2,
    help_command,
    lookup,
    matches,
    run_command,
    usage,
    valid,
)
from vnetsim.programs.iproute2.lib.json_print import Color, Iproute2Output
from vnetsim.programs.iproute2.lib.ll_addr import parse as parse_lladdr
from vnetsim.programs.iproute2.lib.ll_map import find
from vnetsim.programs.iproute2.lib.prefixes import get_addr
from vnetsim.values import define
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

#: How often a flush looks again for what is left.
_ROUNDS: Final = 10
_ETHERNET: Final = 6
#: Keywords in the order of lookup().
_UNMODELLED: Final = dict.fromkeys(("use.", "managed", "extern_learn", "protocol"))
_STATE_NAMES: Final = {value: name for name, value in NUD.items()}


def main(request: Request) -> Program:
    """Lists the neighbours without arguments."""
    if not request.args:
        return _show(request)
    return run_command(request, _COMMANDS.items(), "ip neigh help")


# --- changing ---------------------------------------------------------------------------------------------------------


@define
class _NeighbourArgs:
    address: Address | None = None
    device: str | None = None
    mac: Mac | None = None
    state: str = "permanent"
    proxy: bool = False
    router: bool = False


def _change(verb: Verb) -> Callable[[Request], Program]:
    def command(request: Request) -> Program:
        parsed = _parse(request)
        address, device = _required(request, parsed)
        request.execute(
            ChangeNeighbour(
                device=device,
                address=address,
                mac=parsed.mac,
                state=parsed.state,
                proxy=parsed.proxy,
                router=parsed.router,
                verb=verb,
            )
        )
        return 0

    return command


def _delete(request: Request) -> Program:
    parsed = _parse(request)
    address, device = _required(request, parsed)
    request.execute(DeleteNeighbour(device=device, address=address, proxy=parsed.proxy))
    return 0


def _required(request: Request, parsed: _NeighbourArgs) -> tuple[Address, str]:
    if parsed.address is None or (parsed.device is None and not parsed.proxy):
        raise Iproute2Error(255, "Device and destination are required arguments.")
    if parsed.device is None:
        raise NotModelled("a proxy entry for all devices")
    return parsed.address, find(request.network, parsed.device).name


def _parse(request: Request) -> _NeighbourArgs:
    """ipneigh_modify()"""
    parsed, args = _NeighbourArgs(), request.args
    for arg in args:
        if matches(arg, "lladdr"):
            parsed.mac = _mac(args.next_arg())
        elif arg == "nud":
            parsed.state = _state(args.next_arg())
        elif matches(arg, "proxy"):
            parsed.proxy = True
            _address(request, parsed, args.next_arg())
        elif arg == "dev":
            parsed.device = args.next_arg()
        elif matches(arg, "router"):
            parsed.router = True
        elif unmodelled := lookup(arg, _UNMODELLED.items()):
            raise NotModelled(f"ip neigh {unmodelled[0]}")
        else:
            _address(request, parsed, args.next_arg() if arg == "to" else arg)
    return parsed


def _mac(arg: str) -> Mac | None:
    """`null` is none; of more octets than an Ethernet address has, the first ones count."""
    if arg == "null":
        return None
    octets = parse_lladdr(arg)
    if len(octets) < _ETHERNET:
        raise KernelError(Errno.EINVAL, "Invalid link address")
    return Mac.from_bytes(octets[:_ETHERNET], "big")


def _state(arg: str) -> str:
    state = valid(state_number(arg), "nud state is bad", arg)
    if state not in _STATE_NAMES:
        raise NotModelled(f"neighbours of several states at once ({arg})")
    return _STATE_NAMES[state]


def _address(request: Request, parsed: _NeighbourArgs, arg: str) -> None:
    if matches(arg, "help"):
        raise usage("ip-neighbour")
    if parsed.address is not None:
        raise duparg2("to", arg)
    address = get_addr(arg, request.options.family)
    parsed.address = None if arg in ("default", "all", "any") else address


# --- looking ----------------------------------------------------------------------------------------------------------


def _show(request: Request) -> Program:
    chosen = parse(request, flushing=False)
    printer = NeighbourPrinter(request, chosen.device)
    for entry in _dump(request, chosen):
        printer.entry(entry)
    request.process.write(printer.out.result())
    return 0


def _dump(request: Request, chosen: NeighbourFilter) -> Sequence[NeighbourEntry]:
    return [entry for entry in request.network.neighbours(chosen.family) if chosen.wants(entry)]


def _flush(request: Request) -> Program:
    if not request.args:
        raise Iproute2Error(1, "Flush requires arguments.")
    chosen = parse(request, flushing=True)
    write, verbosity = request.process.write, request.options.stats
    for round_ in range(_ROUNDS):
        entries = _dump(request, chosen)
        if verbosity and not entries:
            rounds = f"{round_} round{'s' if round_ > 1 else ''}"
            write(f"*** Flush is complete after {rounds} ***\n" if round_ else "Nothing to flush.\n")
        if not entries:
            return 0
        if verbosity > 1:
            printer = NeighbourPrinter(request, chosen.device)
            for entry in entries:
                printer.entry(entry)
            write(printer.out.result())
        for entry in entries:
            request.execute(DeleteNeighbour(device=entry.device, address=entry.address, proxy=entry.proxy))
        if verbosity:
            write(f"\n*** Round {round_ + 1}, deleting {len(entries)} entries ***\n")
    write(f"*** Flush not complete bailing out after {_ROUNDS} rounds\n")
    return 1


def _get(request: Request) -> Program:
    """ipneigh_get(): prints text, whatever the output options."""
    args, device, parsed = request.args, None, _NeighbourArgs()
    for arg in args:
        if arg == "dev":
            device = args.next_arg()
        elif matches(arg, "proxy"):
            parsed.proxy = True
            _address(request, parsed, args.next_arg())
        else:
            _address(request, parsed, args.next_arg() if arg == "to" else arg)
    if device is None or parsed.address is None:
        raise Iproute2Error(1, "Device and address are required arguments.")
    name = find(request.network, device).name
    printer = NeighbourPrinter(request, None, Iproute2Output())
    for entry in request.network.neighbours(parsed.address.version):
        if (entry.address, entry.device, entry.proxy) == (parsed.address, name, parsed.proxy):
            printer.entry(entry)
            request.process.write(printer.out.result())
            return 0
    raise KernelError(Errno.ENOENT, "Neighbour entry not found")


class NeighbourPrinter:
    """print_neigh(); the device is left out if it was given."""

    def __init__(self, request: Request, device: str | None, out: Iproute2Output | None = None) -> None:
        self.out: Final = out or request.printer()
        self._stats = request.options.stats
        self._device = device

    def entry(self, entry: NeighbourEntry) -> None:
        out = self.out
        out.open_object()
        color = Color.INET if entry.address.version == 4 else Color.INET6
        out.both("dst", f"{entry.address} ", str(entry.address), color)
        if self._device is None and entry.device:
            out.text("dev ")
            out.both("dev", f"{entry.device} ", entry.device, Color.IFNAME)
        if entry.mac is not None:
            out.text("lladdr ")
            out.both("lladdr", f"{entry.mac} ", str(entry.mac), Color.MAC)
        for flag, is_set in (("router", entry.router), ("proxy", entry.proxy)):
            if is_set:
                out.both(flag, f"{flag} ", None)
        if self._stats and not entry.proxy:
            self._statistics(entry)
        if entry.state != "NONE" and not entry.proxy:
            out.both("state", f"{entry.state} ", [entry.state])
        out.text("\n")
        out.close_object()

    def _statistics(self, entry: NeighbourEntry) -> None:
        out = self.out
        if entry.references:
            out.both("refcnt", f" ref {entry.references}", entry.references)
        out.both("used", f" used {entry.used_seconds}", entry.used_seconds)
        out.both("confirmed", f"/{entry.confirmed_seconds}", entry.confirmed_seconds)
        out.both("updated", f"/{entry.updated_seconds}", entry.updated_seconds)
        out.both("probes", f"probes {entry.probes} ", entry.probes)


#: Commands in the order of lookup().
_COMMANDS: Final[dict[str, Command]] = {
    "add": _change(Verb.ADD), "change": _change(Verb.CHANGE), "chg.": _change(Verb.CHANGE),
    "replace": _change(Verb.REPLACE), "delete": _delete, "get": _get, "show": _show, "lst": _show, "list": _show,
    "flush": _flush, "help": help_command("ip-neighbour"),
}  # fmt: skip
