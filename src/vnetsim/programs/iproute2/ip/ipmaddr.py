"""`ip maddress`: groups that devices are in, and addresses of groups to listen to (iproute2: ip/ipmaddr.c)."""

from __future__ import annotations

from itertools import groupby

from vnetsim.errors import KernelError
from vnetsim.observations import GroupEntry
from vnetsim.operations import AddGroup, DeleteGroup
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import (
    CommandError,
    Request,
    duparg2,
    matches,
    unknown_command,
    usage,
)
from vnetsim.programs.iproute2.lib.json_print import Printer
from vnetsim.programs.iproute2.lib.options import PACKET
from vnetsim.wire.mac import Mac

_FAMILIES = {PACKET: "link", 4: "inet", 6: "inet6"}


def main(request: Request) -> Program:
    """The words behind `ip maddress`."""
    word = request.words.take()
    if word is None or matches(word, "show") or matches(word, "lst") or matches(word, "list"):
        return _show(request)
    if matches(word, "add"):
        return _change(request, adding=True)
    if matches(word, "delete"):
        return _change(request, adding=False)
    if matches(word, "help"):
        raise usage("ip-maddress")
    raise unknown_command(word, "ip maddr help")


def _show(request: Request) -> Program:
    wanted: str | None = None
    for word in request.words:
        if word == "dev":
            word = request.words.next_arg()
        elif matches(word, "help"):
            raise usage("ip-maddress")
        if wanted is not None:
            raise duparg2("dev", word)
        wanted = word
    family = request.options.family
    chosen = [
        entry for entry in request.network.groups()
        if wanted in (None, entry.device) and (family is None or entry.family == _FAMILIES.get(family))
    ]  # fmt: skip
    out = request.printer()
    for (index, name), entries in groupby(chosen, lambda entry: (entry.index, entry.device)):
        out.open_object()
        out.both("ifindex", f"{index}:", index)
        out.both("ifname", f"\t{name}\n", name)
        out.open_array("maddr")
        for entry in entries:
            _print(out, entry)
        out.close_array()
        out.close_object()
    request.process.write(out.result())
    return 0


def _print(out: Printer, entry: GroupEntry) -> None:
    out.open_object()
    if entry.family == "link":
        out.both("link", f"\tlink  {entry.address}", str(entry.address))
    else:
        out.both("family", f"\t{entry.family:<5} ", entry.family)
        out.both("address", str(entry.address), str(entry.address))
    if entry.users != 1:
        out.both("users", f" users {entry.users}", entry.users)
    if entry.static:
        out.both("static", " static", True)
    out.text("\n")
    out.close_object()


def _change(request: Request, *, adding: bool) -> Program:
    """multiaddr_modify(): a device and an Ethernet address."""
    device: str | None = None
    address: bytes | None = None
    for word in request.words:
        if word == "dev":
            if device is not None:
                raise duparg2("dev", word)
            device = request.words.next_arg()
            continue
        if matches(word, "address"):
            word = request.words.next_arg()
        if matches(word, "help"):
            raise usage("ip-maddress")
        if address is not None:
            raise duparg2("address", word)
        address = _octets(word)
    if device is None:
        raise CommandError(255, 'Not enough information: "dev" is required.')
    mac = Mac.from_bytes(address or bytes(6), "big")
    try:
        request.execute(AddGroup(device=device, mac=mac) if adding else DeleteGroup(device=device, mac=mac))
    except KernelError as error:
        raise CommandError(1, f"ioctl: {error.errno.words}") from None
    return 0


def _octets(word: str) -> bytes:
    octets = ll_addr.parse(word)
    if len(octets) != 6:
        raise CommandError(1, f"Error: Invalid address length {len(octets)} - must be 6 bytes")
    return octets
