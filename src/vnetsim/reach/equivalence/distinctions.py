"""Labs in which two addresses may fare otherwise although each rule, route and socket treats them alike.

There an address, a source port or a MAC address is more than a number in a range: it is hashed (multipath routes, NAT
to a range, sockets that share a port), some of its bits are compared, it is compared as text, or the order of the
frames matters (a loop without a spanning tree).  Every probe is sent there.

A rule counts as harmless only if all of its matches and its target are listed here; rules of nft are not looked at, and
none is harmless.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from vnetsim.netfilter import rules as xt
from vnetsim.netfilter.extensions.xt_conntrack import Conntrack, CtDirection, CtProtocol, CtState, CtStatus
from vnetsim.netfilter.extensions.xt_multiport import MultiPort
from vnetsim.netfilter.extensions.xt_nat import Dnat, Snat
from vnetsim.netfilter.extensions.xt_tcpudp import TcpMatch, UdpMatch
from vnetsim.netfilter.header import MaskedAddress, contiguous_length
from vnetsim.reach.equivalence.dumps import Dumps

#: Matches and targets of iptables that look at addresses as ranges, and at nothing else that differs between probes.
_MATCHES: Final = frozenset((
    "addrtype", "comment", "connmark", "conntrack", "dscp", "ecn", "hl", "icmp", "icmp6", "iprange", "length", "limit",
    "mark", "multiport", "owner", "physdev", "pkttype", "state", "tcp", "tcpmss", "tos", "ttl", "udp",
))  # fmt: skip
_TARGETS: Final = frozenset((
    "CHECKSUM", "CONNMARK", "DNAT", "DSCP", "ECN", "HL", "LOG", "MARK", "MASQUERADE", "NFLOG", "REDIRECT", "REJECT",
    "SNAT", "TCPMSS", "TOS", "TTL",
))  # fmt: skip
_CRITERIA: Final = (CtDirection, CtProtocol, CtState, CtStatus)
_LOOPBACK: Final = 127


def tells_numbers_apart(everywhere: Sequence[Dumps]) -> bool:
    return any(map(_has_hashes, everywhere)) or not all(map(_has_plain_rules, everywhere)) or _has_loop(everywhere)


def _has_hashes(dumps: Dumps) -> bool:
    """Whether a route has several next hops, or several sockets take what comes to one port."""
    if any(len(route.hops) > 1 for route in dumps.routes):
        return True
    waiting = Counter(
        (entry.protocol, entry.local, entry.local_port, entry.device)
        for entry in dumps.sockets
        if not entry.remote_port
    )
    return any(count > 1 for count in waiting.values())


# --- rules -----------------------------------------------------------------------------------------------------------


def _has_plain_rules(dumps: Dumps) -> bool:
    """Whether each rule reads only which ranges addresses are in, and what is the same for all probes to a port."""
    tables = dumps.network.native_tables().values()
    if any(chain.entries for table in tables for chain in table.chains.values()):
        return False
    return all(map(_is_plain, dumps.rules()))


def _is_plain(rule: xt.Rule) -> bool:
    ends = [end for end in (rule.source, rule.destination) if end is not None]
    if any(contiguous_length(end.mask, end.address.bits) is None for end in ends):
        return False
    at_home = any(map(_is_loopback, ends))
    return all(_is_plain_match(match, at_home=at_home) for match in rule.matches) and _is_plain_target(rule.target)


def _is_loopback(end: MaskedAddress) -> bool:
    return end.address.version == 4 and end.address >> 24 == _LOOPBACK and end.mask >> 24 == 0xFF and not end.negated


def _is_plain_match(match: xt.XtMatch, *, at_home: bool) -> bool:
    """`at_home`: of packets of loopback only, whose ports are those of a machine's own servers."""
    if isinstance(match, Conntrack):
        return all(isinstance(criterion, _CRITERIA) for criterion in match.criteria)
    if isinstance(match, MultiPort):
        return at_home or match.which == "dports"
    if isinstance(match, TcpMatch | UdpMatch):
        return at_home or match.source is None
    return match.name in _MATCHES


def _is_plain_target(target: xt.XtTarget | None) -> bool:
    if target is None or isinstance(target, xt.Standard | xt.Jump | xt.Return):
        return True
    if isinstance(target, Dnat | Snat):
        addresses = target.verdict.addresses
        return addresses is None or addresses.first == addresses.last
    return target.name in _TARGETS


# --- loops -----------------------------------------------------------------------------------------------------------


def _has_loop(everywhere: Sequence[Dumps]) -> bool:
    """Whether frames may come back to where they were, by bridges, cables and what is stacked on devices."""
    leads_to: dict[object, object] = {}

    def end(node: object) -> object:
        while node in leads_to:
            node = leads_to[node]
        return node

    for one, other in dict.fromkeys(link for dumps in everywhere for link in _segments(dumps)):
        first, second = end(one), end(other)
        if first is second:
            return True
        leads_to[first] = second
    return False


def _segments(dumps: Dumps) -> Iterator[tuple[object, object]]:
    """What is connected below IP, each pair in one order."""
    for device in dumps.devices:
        if device.master is not None:
            yield device, device.master
        peer = device.peer
        if peer is not None:
            pair = sorted((device, peer), key=lambda each: (each.namespace.number, each.index))
            yield pair[0], pair[1]
        elif device.kind == "vxlan":
            yield device, ("vxlan", device.details().get("id"))
