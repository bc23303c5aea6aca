"""What `ip monitor` hears: a change of a network namespace as a message of rtnetlink."""

from __future__ import annotations

from typing import TypeAlias

from vnetsim.observations import AddressEntry, FdbEntry, Link, NeighbourEntry, Route, RoutingRule
from vnetsim.observations.nexthop import NexthopEntry
from vnetsim.values import frozen


@frozen(kw_only=True)
class Netconf:
    """Settings of a device, or of `all` or `default`, that changed: each as `ip` prints it."""

    version: int
    device: str
    values: tuple[str, ...] = ()


@frozen(kw_only=True)
class Nsid:
    """A namespace got an id, or lost it."""

    id: int
    name: str | None


Entry: TypeAlias = Link | FdbEntry | AddressEntry | Route | NeighbourEntry | RoutingRule | NexthopEntry | Netconf | Nsid


@frozen(kw_only=True)
class NetworkEvent:
    """`deleted` messages are RTM_DEL...; `event` is IFLA_EVENT of a link, and a moved one has a new id and index."""

    at: int
    entry: Entry
    deleted: bool = False
    event: str = ""
    #: A link as a port of its bridge (AF_BRIDGE).
    is_port: bool = False
    new_nsid: int | None = None
    new_index: int = 0
