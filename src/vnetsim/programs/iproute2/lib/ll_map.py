"""Devices by name and number, as lib/ll_map.c finds them: by name, by alternative name, by `ifN`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from vnetsim.errors import Errno, KernelError
from vnetsim.observations import Link
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.lib.arguments import nodev

_BY_INDEX: Final = re.compile(r"if\s*\+?(\d+)")
_LONGEST_NAME: Final = 15


def by_name(links: Sequence[Link], name: str) -> Link | None:
    """The device of that name or alternative name."""
    return next((link for link in links if name == link.name or name in link.altnames), None)


def by_index(links: Sequence[Link], index: int) -> Link | None:
    return next((link for link in links if link.index == index), None)


def name_of(links: Sequence[Link], index: int) -> str:
    """ll_index_to_name(): `if7` for a device that is not here."""
    link = by_index(links, index)
    return f"if{index}" if link is None else link.name


def index_of(links: Sequence[Link], name: str) -> int:
    """ll_name_to_index(): 0 if there is no such device; `if7` is 7 even then.  `eth0:1` is eth0 (SIOCGIFINDEX)."""
    link = by_name(links, name)
    if link is None and len(name) <= _LONGEST_NAME:
        link = by_name(links, name.partition(":")[0])
    if link is not None:
        return link.index
    numbered = _BY_INDEX.match(name)
    return int(numbered[1]) if numbered else 0


def looked_up(network: Network, name: str) -> int:
    """ll_name_to_index() where the device is not known from a listing: RTM_GETLINK requests it."""
    network.link(name)
    return index_of(network.links(), name)


def find(network: Network, name: str) -> Link:
    """A device to change: Iproute2Error if there is none of that name, KernelError if there is none of that number."""
    link = network.link(name)
    if link is not None:
        return link
    links = network.links()
    index = index_of(links, name)
    if not index:
        raise nodev(name)
    link = by_index(links, index)
    if link is None:
        raise KernelError(Errno.ENODEV)
    return link
