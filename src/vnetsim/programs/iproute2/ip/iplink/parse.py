"""The arguments of `ip link add` and `ip link set` (iproute2: ip/iplink.c: iplink_parse).

Many keywords may be abbreviated, which is why a device called `a` must be named with `dev`: the order of `_KEYWORDS`
decides.  What is read and has no place in vnetsim's operations is kept in `unmodelled`, to be refused when all is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.observations import Link
from vnetsim.operations import NetnsRef
from vnetsim.process import Process
from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import (
    Args,
    Iproute2Error,
    Request,
    duparg,
    duparg2,
    incomplete,
    invarg,
    matches,
    missarg,
    on_off,
    signed,
    usage,
)
from vnetsim.programs.iproute2.lib.ll_map import by_index, find, index_of, name_of
from vnetsim.programs.iproute2.lib.options import Iproute2Options
from vnetsim.programs.iproute2.lib.rt_names import group_number
from vnetsim.programs.libc.setns import check_names, check_numbers

_LONGEST_NAME: Final = 15
_LONGEST_ALTNAME: Final = 127
_LONGEST_ALIAS: Final = 255
_NOT_IN_NAMES: Final = re.compile(r"[/ \t\n\v\f\r]")
_RETURNED_EINVAL: Final = 22
_NAMESPACE_FILE: Final = re.compile(r"/(?:var/)?run/netns/([^/]+)")
_PROCESS_FILE: Final = re.compile(r"/proc/(\d+)/ns/net")
#: What devices are unless they are configured otherwise.
_USUAL: Final = {"dynamic": False, "trailers": True}
_ADDRESS_MODES: Final = ("eui64", "none", "stable_secret", "random")
_STATES: Final = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")


@attrs.define
class LinkArgs:
    """What is given for one device.  `device` is the one meant by `dev`, looked up when it is to be changed."""

    request: Request
    args: Args
    creating: bool
    name: str | None = None
    dev: str | None = None
    dev_is_name: bool = True
    up: bool | None = None
    index: int = 0
    link: str | None = None
    mac: bytes | None = None
    broadcast: bytes | None = None
    qlen: int | None = None
    mtu: int | None = None
    netns: NetnsRef | None = None
    arp: bool | None = None
    multicast: bool | None = None
    allmulticast: bool | None = None
    promisc: bool | None = None
    master: str | None = None
    kind: str | None = None
    alias: str | None = None
    group: int | None = None
    addrgenmode: str | None = None
    carrier: bool | None = None
    protodown: bool = False
    device: Link | None = None
    unmodelled: list[str] = attrs.field(factory=list)

    @property
    def of_group(self) -> bool:
        """`ip link set group N ...`: all devices of the group are meant."""
        return self.dev is None and self.group is not None


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
    for keyword, exact, handle in _KEYWORDS:
        if arg == keyword if exact else matches(arg, keyword):
            handle(parsed, keyword)
            return
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


def is_altname(text: str, options: Iproute2Options) -> bool:
    """check_altifname(): of any length; newer versions look at nothing else."""
    return 0 < len(text) <= _LONGEST_ALTNAME if options.newer else bool(text) and not _NOT_IN_NAMES.search(text)


def is_name(text: str, options: Iproute2Options) -> bool:
    """check_ifname()"""
    if options.newer and text in (".", ".."):
        return False
    return 0 < len(text) <= _LONGEST_NAME and not _NOT_IN_NAMES.search(text)


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


def _check_address(parsed: LinkArgs) -> None:
    if parsed.dev is None or parsed.mac is None or parsed.creating:
        return
    links = parsed.request.network.links()
    device = by_index(links, index_of(links, parsed.dev))
    if device is not None and device.mac is not None and len(parsed.mac) != 6:
        raise Iproute2Error(1, f"Invalid address length {len(parsed.mac)} - must be 6 bytes")


def _check_group(parsed: LinkArgs) -> None:
    if parsed.args:
        raise garbage(parsed.args)
    if parsed.creating:
        raise Iproute2Error(255, "group cannot be used when creating devices.")
    parsed.kind = None


def garbage(args: Args) -> Iproute2Error:
    return Iproute2Error(255, f'Garbage instead of arguments "{args.peek} ...". Try "ip link help".')


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


# --- keywords --------------------------------------------------------------------------------------------------------

Handler = Callable[[LinkArgs, str], None]


def _up(parsed: LinkArgs, keyword: str) -> None:
    parsed.up = keyword == "up"


def _name(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    if parsed.name is not None:
        raise duparg("name", arg)
    if not is_name(arg, parsed.request.options):
        raise invarg('"name" not a valid ifname', arg)
    parsed.name = arg
    if parsed.dev is None:
        parsed.dev = arg


def _index(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    if parsed.index:
        raise duparg("index", arg)
    digits = re.match(r"\s*\+?(\d+)", arg)
    parsed.index = int(digits[1]) if digits else 0
    if parsed.index <= 0:
        raise invarg('Invalid "index" value', arg)


def _link(parsed: LinkArgs, _: str) -> None:
    parsed.link = parsed.args.next_arg()


def _address(parsed: LinkArgs, _: str) -> None:
    parsed.mac = ll_addr.parse(parsed.args.next_arg())


def _broadcast(parsed: LinkArgs, _: str) -> None:
    parsed.broadcast = ll_addr.parse(parsed.args.next_arg())


def _integer(parsed: LinkArgs, key: str, before: int | None) -> int:
    arg = parsed.args.next_arg()
    if before is not None and before != -1:
        raise duparg(key, arg)
    value = signed(arg)
    if value is None:
        raise invarg(f'Invalid "{key}" value\n', arg)
    return value


def _txqueuelen(parsed: LinkArgs, _: str) -> None:
    parsed.qlen = _integer(parsed, "txqueuelen", parsed.qlen)


def _mtu(parsed: LinkArgs, _: str) -> None:
    parsed.mtu = _integer(parsed, "mtu", parsed.mtu)


def _netns(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    if parsed.netns is not None:
        raise duparg("netns", arg)
    parsed.netns = _namespace(parsed.request, arg)


def _namespace(request: Request, arg: str) -> NetnsRef:
    """A name in /run/netns, the path of a file there or below /proc, or the number of a process."""
    if "/" in arg:
        process = _PROCESS_FILE.fullmatch(arg)
        if process:
            return int(process[1])
        named = _NAMESPACE_FILE.fullmatch(arg)
        arg = named[1] if named else ""
    process_id = signed(arg)
    if process_id is None:
        check_names(request.process)
    else:
        check_numbers(request.process)
    if arg in request.process.machine.named_namespaces():
        return arg
    if process_id is None or (request.options.newer and not _exists(request.process, process_id)):
        raise invarg('Invalid "netns" value\n', arg)
    return process_id


def _exists(process: Process, process_id: int) -> bool:
    try:
        process.machine.network_of(process_id)
    except KernelError:
        return False
    return True


def _flag(parsed: LinkArgs, keyword: str) -> None:
    value = _on_off(parsed, keyword)
    if keyword in ("arp", "multicast", "allmulticast", "promisc"):
        setattr(parsed, keyword, value)
    elif value != _USUAL[keyword]:
        parsed.unmodelled.append(f"{keyword} {'on' if value else 'off'}")


def _on_off(parsed: LinkArgs, keyword: str) -> bool:
    arg = parsed.args.next_arg()
    if arg in ("on", "off"):
        return arg == "on"
    raise Iproute2Error(1, f'Error: argument of "{keyword}" must be "on" or "off", not "{arg}"')


def _carrier(parsed: LinkArgs, keyword: str) -> None:
    parsed.carrier = on_off(keyword, parsed.args.next_arg(), _RETURNED_EINVAL)


def _protodown(parsed: LinkArgs, keyword: str) -> None:
    on_off(keyword, parsed.args.next_arg(), _RETURNED_EINVAL)
    parsed.protodown = True


def _virtual_function(parsed: LinkArgs, keyword: str) -> None:
    arg = parsed.args.next_arg()
    if signed(arg) is None:
        raise invarg('Invalid "vf" value\n', arg)
    if parsed.dev is None:
        raise missarg("dev")
    if not parsed.args:
        raise incomplete()
    raise NotModelled(f"ip link {keyword}")


def _xdp(_: LinkArgs, keyword: str) -> None:
    raise NotModelled(f"ip link {keyword}")


def _master(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    links = parsed.request.network.links()
    index = index_of(links, arg)
    if not index:
        raise invarg("Device does not exist\n", arg)
    parsed.master = name_of(links, index)


def _vrf(parsed: LinkArgs, _: str) -> None:
    raise invarg("Not a valid VRF name\n", parsed.args.next_arg())


def _nomaster(parsed: LinkArgs, _: str) -> None:
    parsed.master = ""


def _type(parsed: LinkArgs, _: str) -> None:
    parsed.kind = parsed.args.next_arg()


def _alias(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    if len(arg) > _LONGEST_ALIAS:
        raise invarg("alias too long\n", arg)
    parsed.alias = arg


def _group(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    if parsed.group is not None:
        raise duparg("group", arg)
    parsed.group = group_number(arg)
    if parsed.group is None:
        raise invarg('Invalid "group" value\n', arg)


def _mode(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    if arg.lower() not in ("default", "dormant"):
        raise invarg("Invalid link mode\n", arg)
    if arg.lower() == "dormant":
        parsed.unmodelled.append("mode dormant")


def _state(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    if arg.lower() not in _STATES:
        raise invarg("Invalid operstate\n", arg)
    parsed.unmodelled.append(f"state {arg}")


def _unmodelled_number(parsed: LinkArgs, keyword: str) -> None:
    _integer(parsed, keyword, None)
    parsed.unmodelled.append(keyword)


def _queues(parsed: LinkArgs, keyword: str) -> None:
    """Of a device that exists the kernel does not change them."""
    _integer(parsed, keyword, None)
    if parsed.creating:
        parsed.unmodelled.append(keyword)


def _unmodelled_arg(parsed: LinkArgs, keyword: str) -> None:
    parsed.args.next_arg()
    parsed.unmodelled.append(keyword)


def _addrgenmode(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    if arg.lower() not in _ADDRESS_MODES:
        raise invarg("Invalid address generation mode\n", arg)
    parsed.addrgenmode = arg.lower()


_KEYWORDS: Final[tuple[tuple[str, bool, Handler], ...]] = (
    ("up", True, _up),
    ("down", True, _up),
    ("name", True, _name),
    ("index", True, _index),
    ("link", False, _link),
    ("address", False, _address),
    ("broadcast", False, _broadcast),
    ("brd", True, _broadcast),
    ("txqueuelen", False, _txqueuelen),
    ("qlen", True, _txqueuelen),
    ("txqlen", False, _txqueuelen),
    ("mtu", True, _mtu),
    ("xdpgeneric", True, _xdp),
    ("xdpdrv", True, _xdp),
    ("xdpoffload", True, _xdp),
    ("xdp", True, _xdp),
    ("netns", True, _netns),
    ("multicast", True, _flag),
    ("allmulticast", True, _flag),
    ("promisc", True, _flag),
    ("trailers", True, _flag),
    ("arp", True, _flag),
    ("carrier", True, _carrier),
    ("vf", True, _virtual_function),
    ("master", False, _master),
    ("vrf", True, _vrf),
    ("nomaster", False, _nomaster),
    ("dynamic", False, _flag),
    ("type", False, _type),
    ("alias", False, _alias),
    ("group", True, _group),
    ("mode", True, _mode),
    ("state", True, _state),
    ("numtxqueues", False, _queues),
    ("numrxqueues", False, _queues),
    ("addrgenmode", False, _addrgenmode),
    ("link-netns", False, _unmodelled_arg),
    ("link-netnsid", False, _unmodelled_number),
    ("protodown", True, _protodown),
    ("protodown_reason", True, _unmodelled_arg),
    ("gso_max_size", True, _unmodelled_number),
    ("gso_max_segs", True, _unmodelled_number),
    ("gro_max_size", True, _unmodelled_number),
    ("parentdev", True, _unmodelled_arg),
)
