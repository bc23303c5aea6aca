"""The words of `ip link add` and `ip link set` (iproute2: ip/iplink.c: iplink_parse).

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
    CommandError,
    Request,
    Words,
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
#: What devices are unless they are told otherwise.
_USUAL: Final = {"dynamic": False, "trailers": True}
_ADDRESS_MODES: Final = ("eui64", "none", "stable_secret", "random")
_STATES: Final = ("unknown", "notpresent", "down", "lowerlayerdown", "testing", "dormant", "up")


@attrs.define
class LinkWords:
    """What was said of one device.  `device` is the one meant by `dev`, looked up when it is to be changed."""

    request: Request
    words: Words
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


def parse(request: Request, words: Words, *, creating: bool) -> LinkWords:
    """All words, or those before the arguments of a `type`; then what iplink_parse() checks at its end."""
    said = LinkWords(request, words, creating)
    for word in words:
        _read_word(said, word)
        if said.kind is not None:
            break
    _check(said)
    return said


def _read_word(said: LinkWords, word: str) -> None:
    for keyword, exact, handle in _KEYWORDS:
        if word == keyword if exact else matches(word, keyword):
            handle(said, keyword)
            return
    _read_device(said, word)


def _read_device(said: LinkWords, word: str) -> None:
    if matches(word, "help"):
        raise usage("ip-link")
    if word == "dev":
        word = said.words.next_arg()
    if not said.dev_is_name:
        raise duparg2("dev", word)
    if not is_altname(word, said.request.options):
        raise invarg('"dev" not a valid ifname', word)
    said.dev, said.dev_is_name = word, False


def is_altname(text: str, options: Iproute2Options) -> bool:
    """check_altifname(): of any length; newer versions look at nothing else."""
    return 0 < len(text) <= _LONGEST_ALTNAME if options.newer else bool(text) and not _NOT_IN_NAMES.search(text)


def is_name(text: str, options: Iproute2Options) -> bool:
    """check_ifname()"""
    if options.newer and text in (".", ".."):
        return False
    return 0 < len(text) <= _LONGEST_NAME and not _NOT_IN_NAMES.search(text)


# --- after the last word ---------------------------------------------------------------------------------------------


def _check(said: LinkWords) -> None:
    if said.name is None:
        said.name = said.dev
    elif said.dev is None or said.dev == said.name:
        said.dev, said.dev_is_name = said.name, True
    _check_address(said)
    if said.index and not said.creating and said.netns is None:
        what = "index can be used only when creating devices or when moving device to another netns."
        raise CommandError(255, what)
    if said.group is not None and said.dev is None:
        _check_group(said)
    elif said.creating:
        _check_new(said)
    else:
        _check_existing(said)


def _check_address(said: LinkWords) -> None:
    if said.dev is None or said.mac is None or said.creating:
        return
    links = said.request.network.links()
    device = by_index(links, index_of(links, said.dev))
    if device is not None and device.mac is not None and len(said.mac) != 6:
        raise CommandError(1, f"Invalid address length {len(said.mac)} - must be 6 bytes")


def _check_group(said: LinkWords) -> None:
    if said.words:
        raise garbage(said.words)
    if said.creating:
        raise CommandError(255, "group cannot be used when creating devices.")
    said.kind = None


def garbage(words: Words) -> CommandError:
    return CommandError(255, f'Garbage instead of arguments "{words.peek} ...". Try "ip link help".')


def _check_new(said: LinkWords) -> None:
    if said.name != said.dev:
        raise CommandError(255, 'both "name" and "dev" cannot be used when creating devices.')
    if said.link is not None:
        said.link = find(said.request.network, said.link).name


def _check_existing(said: LinkWords) -> None:
    if said.dev is None:
        raise CommandError(255, 'Not enough information: "dev" argument is required.')
    said.device = find(said.request.network, said.dev)
    if said.name == said.dev:
        said.name = None


# --- keywords --------------------------------------------------------------------------------------------------------

Handler = Callable[[LinkWords, str], None]


def _up(said: LinkWords, keyword: str) -> None:
    said.up = keyword == "up"


def _name(said: LinkWords, _: str) -> None:
    word = said.words.next_arg()
    if said.name is not None:
        raise duparg("name", word)
    if not is_name(word, said.request.options):
        raise invarg('"name" not a valid ifname', word)
    said.name = word
    if said.dev is None:
        said.dev = word


def _index(said: LinkWords, _: str) -> None:
    word = said.words.next_arg()
    if said.index:
        raise duparg("index", word)
    digits = re.match(r"\s*\+?(\d+)", word)
    said.index = int(digits[1]) if digits else 0
    if said.index <= 0:
        raise invarg('Invalid "index" value', word)


def _link(said: LinkWords, _: str) -> None:
    said.link = said.words.next_arg()


def _address(said: LinkWords, _: str) -> None:
    said.mac = ll_addr.parse(said.words.next_arg())


def _broadcast(said: LinkWords, _: str) -> None:
    said.broadcast = ll_addr.parse(said.words.next_arg())


def _integer(said: LinkWords, key: str, before: int | None) -> int:
    word = said.words.next_arg()
    if before is not None and before != -1:
        raise duparg(key, word)
    value = signed(word)
    if value is None:
        raise invarg(f'Invalid "{key}" value\n', word)
    return value


def _txqueuelen(said: LinkWords, _: str) -> None:
    said.qlen = _integer(said, "txqueuelen", said.qlen)


def _mtu(said: LinkWords, _: str) -> None:
    said.mtu = _integer(said, "mtu", said.mtu)


def _netns(said: LinkWords, _: str) -> None:
    word = said.words.next_arg()
    if said.netns is not None:
        raise duparg("netns", word)
    said.netns = _namespace(said.request, word)


def _namespace(request: Request, word: str) -> NetnsRef:
    """A name in /run/netns, the path of a file there or below /proc, or the number of a process."""
    if "/" in word:
        process = _PROCESS_FILE.fullmatch(word)
        if process:
            return int(process[1])
        named = _NAMESPACE_FILE.fullmatch(word)
        word = named[1] if named else ""
    process_id = signed(word)
    if process_id is None:
        check_names(request.process)
    else:
        check_numbers(request.process)
    if word in request.process.machine.named_namespaces():
        return word
    if process_id is None or (request.options.newer and not _exists(request.process, process_id)):
        raise invarg('Invalid "netns" value\n', word)
    return process_id


def _exists(process: Process, process_id: int) -> bool:
    try:
        process.machine.network_of(process_id)
    except KernelError:
        return False
    return True


def _flag(said: LinkWords, keyword: str) -> None:
    value = _on_off(said, keyword)
    if keyword in ("arp", "multicast", "allmulticast", "promisc"):
        setattr(said, keyword, value)
    elif value != _USUAL[keyword]:
        said.unmodelled.append(f"{keyword} {'on' if value else 'off'}")


def _on_off(said: LinkWords, keyword: str) -> bool:
    word = said.words.next_arg()
    if word in ("on", "off"):
        return word == "on"
    raise CommandError(1, f'Error: argument of "{keyword}" must be "on" or "off", not "{word}"')


def _carrier(said: LinkWords, keyword: str) -> None:
    said.carrier = on_off(keyword, said.words.next_arg(), _RETURNED_EINVAL)


def _protodown(said: LinkWords, keyword: str) -> None:
    on_off(keyword, said.words.next_arg(), _RETURNED_EINVAL)
    said.protodown = True


def _virtual_function(said: LinkWords, keyword: str) -> None:
    word = said.words.next_arg()
    if signed(word) is None:
        raise invarg('Invalid "vf" value\n', word)
    if said.dev is None:
        raise missarg("dev")
    if not said.words:
        raise incomplete()
    raise NotModelled(f"ip link {keyword}")


def _xdp(_: LinkWords, keyword: str) -> None:
    raise NotModelled(f"ip link {keyword}")


def _master(said: LinkWords, _: str) -> None:
    word = said.words.next_arg()
    links = said.request.network.links()
    index = index_of(links, word)
    if not index:
        raise invarg("Device does not exist\n", word)
    said.master = name_of(links, index)


def _vrf(said: LinkWords, _: str) -> None:
    raise invarg("Not a valid VRF name\n", said.words.next_arg())


def _nomaster(said: LinkWords, _: str) -> None:
    said.master = ""


def _type(said: LinkWords, _: str) -> None:
    said.kind = said.words.next_arg()


def _alias(said: LinkWords, _: str) -> None:
    word = said.words.next_arg()
    if len(word) > _LONGEST_ALIAS:
        raise invarg("alias too long\n", word)
    said.alias = word


def _group(said: LinkWords, _: str) -> None:
    word = said.words.next_arg()
    if said.group is not None:
        raise duparg("group", word)
    said.group = group_number(word)
    if said.group is None:
        raise invarg('Invalid "group" value\n', word)


def _mode(said: LinkWords, _: str) -> None:
    word = said.words.next_arg()
    if word.lower() not in ("default", "dormant"):
        raise invarg("Invalid link mode\n", word)
    if word.lower() == "dormant":
        said.unmodelled.append("mode dormant")


def _state(said: LinkWords, _: str) -> None:
    word = said.words.next_arg()
    if word.lower() not in _STATES:
        raise invarg("Invalid operstate\n", word)
    said.unmodelled.append(f"state {word}")


def _unmodelled_number(said: LinkWords, keyword: str) -> None:
    _integer(said, keyword, None)
    said.unmodelled.append(keyword)


def _queues(said: LinkWords, keyword: str) -> None:
    """Of a device that exists the kernel does not change them."""
    _integer(said, keyword, None)
    if said.creating:
        said.unmodelled.append(keyword)


def _unmodelled_word(said: LinkWords, keyword: str) -> None:
    said.words.next_arg()
    said.unmodelled.append(keyword)


def _addrgenmode(said: LinkWords, _: str) -> None:
    word = said.words.next_arg()
    if word.lower() not in _ADDRESS_MODES:
        raise invarg("Invalid address generation mode\n", word)
    said.addrgenmode = word.lower()


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
    ("link-netns", False, _unmodelled_word),
    ("link-netnsid", False, _unmodelled_number),
    ("protodown", True, _protodown),
    ("protodown_reason", True, _unmodelled_word),
    ("gso_max_size", True, _unmodelled_number),
    ("gso_max_segs", True, _unmodelled_number),
    ("gro_max_size", True, _unmodelled_number),
    ("parentdev", True, _unmodelled_word),
)
