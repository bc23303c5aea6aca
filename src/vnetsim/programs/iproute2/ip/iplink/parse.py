"""The arguments of `ip link add` and `ip link set` (iproute2: ip/iplink.c: iplink_parse).

Many keywords may be abbreviated, which is why a device called `a` must be named with `dev`: the order of `KEYWORDS`
decides.  What vnetsim's operations have no field for is kept in `unmodelled`, and refused when all is parsed.
"""

from __future__ import annotations

from typing import Final

from vnetsim.errors import Errno, KernelError
from vnetsim.programs.iproute2.ip.iplink.keywords import KEYWORDS
from vnetsim.programs.iproute2.ip.iplink.link_args import LinkArgs, garbage, is_altname
from vnetsim.programs.iproute2.lib.arguments import (
    Args,
    Iproute2Error,
    Request,
    duparg2,
    invarg,
    lookup,
    matches,
    usage,
)
from vnetsim.programs.iproute2.lib.ll_map import by_index, find, index_of


def parse(request: Request, args: Args, *, creating: bool) -> LinkArgs:
    """All arguments, or those before the arguments of a `type`; then what iplink_parse() checks at its end."""
    parsed = LinkArgs(request, args, creating)
    for arg in args:
        _read_arg(parsed, arg)
        if parsed.kind is not None:
            break
    _check(parsed)
    return parsed


def _read_arg(parsed: LinkArgs, arg: str) -> None:
    if found := lookup(arg, KEYWORDS):
        found[1](parsed, found[0])
    else:
        _read_device(parsed, arg)


def _read_device(parsed: LinkArgs, arg: str) -> None:
    if matches(arg, "help"):
        raise usage("ip-link")
    if arg == "dev":
        arg = parsed.args.next_arg()
    if not parsed.dev_is_name:
        raise duparg2("dev", arg)
    if not is_altname(arg, parsed.request.options):
        raise invarg('"dev" not a valid ifname', arg)
    parsed.dev, parsed.dev_is_name = arg, False


# --- after the last argument ------------------------------------------------------------------------------------------


def _check(parsed: LinkArgs) -> None:
    if parsed.name is None:
        parsed.name = parsed.dev
    elif parsed.dev is None or parsed.dev == parsed.name:
        parsed.dev, parsed.dev_is_name = parsed.name, True
    _check_address(parsed)
    if parsed.index and not parsed.creating and parsed.netns is None:
        what = "index can be used only when creating devices or when moving device to another netns."
        raise Iproute2Error(255, what)
    if parsed.group is not None and parsed.dev is None:
        _check_group(parsed)
    elif parsed.creating:
        _check_new(parsed)
    else:
        _check_existing(parsed)


#: Types of tunnels, whose addresses have four octets and cannot be changed alone.
_ADDRESSED_BY_IP: Final = ("gre", "ipip", "sit")


def _check_address(parsed: LinkArgs) -> None:
    if parsed.dev is None or parsed.mac is None or parsed.creating:
        return
    links = parsed.request.network.links()
    device = by_index(links, index_of(links, parsed.dev))
    if device is not None and device.link_type in _ADDRESSED_BY_IP and len(parsed.mac) == 4:
        raise KernelError(Errno.EOPNOTSUPP)
    if device is not None and device.mac is not None and len(parsed.mac) != 6:
        raise Iproute2Error(1, f"Invalid address length {len(parsed.mac)} - must be 6 bytes")


def _check_group(parsed: LinkArgs) -> None:
    if parsed.args:
        raise garbage(parsed.args)
    if parsed.creating:
        raise Iproute2Error(255, "group cannot be used when creating devices.")
    parsed.kind = None


def _check_new(parsed: LinkArgs) -> None:
    if parsed.name != parsed.dev:
        raise Iproute2Error(255, 'both "name" and "dev" cannot be used when creating devices.')
    if parsed.link is not None:
        parsed.link = find(parsed.request.network, parsed.link).name


def _check_existing(parsed: LinkArgs) -> None:
    if parsed.dev is None:
        raise Iproute2Error(255, 'Not enough information: "dev" argument is required.')
    parsed.device = find(parsed.request.network, parsed.dev)
    if parsed.name == parsed.dev:
        parsed.name = None
