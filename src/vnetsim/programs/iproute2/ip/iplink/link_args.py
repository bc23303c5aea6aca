"""The arguments of `ip link add` and `ip link set` as values, and the names of devices (iproute2: ip/iplink.c)."""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.observations import Link
from vnetsim.operations import NetnsRef
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, Request
from vnetsim.programs.iproute2.lib.options import Iproute2Options
from vnetsim.values import define

_LONGEST_NAME: Final = 15
_LONGEST_ALTNAME: Final = 127
_NOT_IN_NAMES: Final = re.compile(r"[/ \t\n\v\f\r]")


@define
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
    queues: dict[str, int] = attrs.field(factory=dict)
    unmodelled: list[str] = attrs.field(factory=list)

    @property
    def of_group(self) -> bool:
        """`ip link set group N ...`: all devices of the group are meant."""
        return self.dev is None and self.group is not None


def is_altname(text: str, options: Iproute2Options) -> bool:
    """check_altifname(): of any length; newer versions look at nothing else."""
    return 0 < len(text) <= _LONGEST_ALTNAME if options.newer else bool(text) and not _NOT_IN_NAMES.search(text)


def is_name(text: str, options: Iproute2Options) -> bool:
    """check_ifname()"""
    if options.newer and text in (".", ".."):
        return False
    return 0 < len(text) <= _LONGEST_NAME and not _NOT_IN_NAMES.search(text)


def garbage(args: Args) -> Iproute2Error:
    return Iproute2Error(255, f'Garbage instead of arguments "{args.peek} ...". Try "ip link help".')
