"""`ip maddress`: groups that devices are in, and addresses of groups to listen to (iproute2: ip/ipmaddr.c)."""

from __future__ import annotations

from itertools import groupby

from vnetsim.errors import KernelError
from vnetsim.observations import GroupEntry
from vnetsim.operations import AddGroup, DeleteGroup
from vnetsim.process import Program
from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import Iproute2Error, Request, duparg2, matches, unknown_command, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.lib.options import PACKET
from vnetsim.wire.mac import Mac

_FAMILIES = {PACKET: "link", 4: "inet", 6: "inet6"}


def main(request: Request) -> Program:
    """Reads what follows `ip maddress`."""
    arg = request.args.take()
    if arg is None or matches(arg, "show") or matches(arg, "lst") or matches(arg, "list"):
        return _show(request)
    if matches(arg, "add"):
        return _change(request, adding=True)
    if matches(arg, "delete"):
        return _change(request, adding=False)
    if matches(arg, "help"):
        raise usage("ip-maddress")
    raise unknown_command(arg, "ip maddr help")


def _show(request: Request) -> Program:
    wanted: str | None = None
    for arg in request.args:
        if arg == "dev":
            arg = request.args.next_arg()
        elif matches(arg, "help"):
            raise usage("ip-maddress")
        if wanted is not None:
            raise duparg2("dev", arg)
        wanted = arg
    family = request.options.family
    chosen = [
        entry
        for entry in request.network.groups()
        if wanted in (None, entry.device) and (family is None or entry.family == _FAMILIES.get(family))
    ]
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


def _print(out: Iproute2Output, entry: GroupEntry) -> None:
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
    for arg in request.args:
        if arg == "dev":
            if device is not None:
                raise duparg2("dev", arg)
            device = request.args.next_arg()
            continue
        if matches(arg, "address"):
            arg = request.args.next_arg()
        if matches(arg, "help"):
            raise usage("ip-maddress")
        if address is not None:
            raise duparg2("address", arg)
        address = _octets(arg)
    if device is None:
        raise Iproute2Error(255, 'Not enough information: "dev" is required.')
    mac = Mac.from_bytes(address or bytes(6), "big")
    try:
        request.execute(AddGroup(device=device, mac=mac) if adding else DeleteGroup(device=device, mac=mac))
    except KernelError as error:
        raise Iproute2Error(1, f"ioctl: {error.errno.strerror}") from None
    return 0


def _octets(arg: str) -> bytes:
    octets = ll_addr.parse(arg)
    if len(octets) != 6:
        raise Iproute2Error(1, f"Error: Invalid address length {len(octets)} - must be 6 bytes")
    return octets
