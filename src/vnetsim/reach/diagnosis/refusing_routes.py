"""Routes and routing rules that refuse: blackhole, unreachable, prohibit (fib_props in net/ipv4/fib_semantics.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.dropreason import REFUSALS, DropReason
from vnetsim.errors import Errno
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.wire.inet import Address, Prefix

#: default, main and local.
_OWN_TABLES: Final = (253, 254, 255)
#: What `ip route` and `ip rule` call those that end a packet so.
KINDS: Final = {
    DropReason.ROUTE_PROHIBIT: "prohibit",
    DropReason.ROUTE_BLACKHOLE: "blackhole",
    DropReason.ROUTE_UNREACHABLE: "unreachable",
}


def kind_of(errno: Errno) -> str | None:
    """The kind of route that makes the sender's kernel answer so."""
    reason = REFUSALS.get(errno)
    return None if reason is None else KINDS.get(reason)


def refusing_route(netns: LabNetns | None, destination: Address | None, kind: str | None) -> str:
    """The route that refuses, as text."""
    if netns is None or destination is None:
        return ""
    for route in sorted(netns.network.routes(destination.version, None), key=lambda each: -each.destination.length):
        refuses = route.kind in KINDS.values() and kind in (None, route.kind)
        if refuses and destination in route.destination:
            table = "" if route.table in _OWN_TABLES else f" table {route.table}"
            return f"{route.kind} {route.destination if route.destination.length else 'default'}{table}"
    return ""


def refusing_rule(netns: LabNetns | None, kind: str | None) -> str:
    """The routing rule that refuses, as text."""
    for rule in netns.network.routing_rules() if netns is not None else ():
        if rule.action == kind:
            return f"routing rule {rule.priority}: {kind}"
    return ""


def downed(netns: LabNetns | None, address: Address) -> str:
    """That the device which has the network of an address is down, and its route gone with it."""
    for entry in netns.addresses(address.version) if netns is not None else ():
        link = None if netns is None else netns.link(entry.device)
        if link is not None and "UP" not in link.flags and address in Prefix.of(entry.address, entry.length):
            return f"{link.name}, which has {entry.address}/{entry.length}, is down"
    return ""
