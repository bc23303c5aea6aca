"""The keywords of `ip link add` and `ip link set`, a function each (iproute2: ip/iplink.c: iplink_parse)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.operations import NetnsRef
from vnetsim.process import Process
from vnetsim.programs.iproute2.ip.iplink.link_args import LinkArgs, is_name
from vnetsim.programs.iproute2.lib import ll_addr
from vnetsim.programs.iproute2.lib.arguments import (
    Iproute2Error,
    Request,
    duparg,
    incomplete,
    invarg,
    missarg,
    on_off,
    signed,
    valid,
)
from vnetsim.programs.iproute2.lib.ll_map import index_of, name_of
from vnetsim.programs.iproute2.lib.rt_names import group_number
from vnetsim.programs.iproute2.lib.vrf import by_vrf_name
from vnetsim.programs.libc.setns import check_names, check_numbers

_LONGEST_ALIAS: Final = 255
_RETURNED_EINVAL: Final = 22
_NAMESPACE_FILE: Final = re.compile(r"/(?:var/)?run/netns/([^/]+)")
_PROCESS_FILE: Final = re.compile(r"/proc/(\d+)/ns/net")
#: What devices are unless they are configured otherwise.
_USUAL: Final = {"dynamic": False, "trailers": True}
_ADDRESS_MODES: Final = ("eui64", "none", "stable_secret", "random")
_STATES: Final = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")

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
    return valid(signed(arg), f'Invalid "{key}" value\n', arg)


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
    parsed.master = by_vrf_name(parsed.request.network, parsed.args.next_arg()).name


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
    parsed.group = valid(group_number(arg), 'Invalid "group" value\n', arg)


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
    key = "num_tx_queues" if keyword == "numtxqueues" else "num_rx_queues"
    parsed.queues[key] = _integer(parsed, keyword, parsed.queues.get(key))


def _unmodelled_arg(parsed: LinkArgs, keyword: str) -> None:
    parsed.args.next_arg()
    parsed.unmodelled.append(keyword)


def _addrgenmode(parsed: LinkArgs, _: str) -> None:
    arg = parsed.args.next_arg()
    if arg.lower() not in _ADDRESS_MODES:
        raise invarg("Invalid address generation mode\n", arg)
    parsed.addrgenmode = arg.lower()


KEYWORDS: Final[tuple[tuple[str, Handler], ...]] = (
    ("up.", _up),
    ("down.", _up),
    ("name.", _name),
    ("index.", _index),
    ("link", _link),
    ("address", _address),
    ("broadcast", _broadcast),
    ("brd.", _broadcast),
    ("txqueuelen", _txqueuelen),
    ("qlen.", _txqueuelen),
    ("txqlen", _txqueuelen),
    ("mtu.", _mtu),
    ("xdpgeneric.", _xdp),
    ("xdpdrv.", _xdp),
    ("xdpoffload.", _xdp),
    ("xdp.", _xdp),
    ("netns.", _netns),
    ("multicast.", _flag),
    ("allmulticast.", _flag),
    ("promisc.", _flag),
    ("trailers.", _flag),
    ("arp.", _flag),
    ("carrier.", _carrier),
    ("vf.", _virtual_function),
    ("master", _master),
    ("vrf.", _vrf),
    ("nomaster", _nomaster),
    ("dynamic", _flag),
    ("type", _type),
    ("alias", _alias),
    ("group.", _group),
    ("mode.", _mode),
    ("state.", _state),
    ("numtxqueues", _queues),
    ("numrxqueues", _queues),
    ("addrgenmode", _addrgenmode),
    ("link-netns", _unmodelled_arg),
    ("link-netnsid", _unmodelled_number),
    ("protodown.", _protodown),
    ("protodown_reason.", _unmodelled_arg),
    ("gso_max_size.", _unmodelled_number),
    ("gso_max_segs.", _unmodelled_number),
    ("gro_max_size.", _unmodelled_number),
    ("parentdev.", _unmodelled_arg),
)
