"""Labs in which two addresses may fare otherwise although each rule, route and socket treats them alike.

There an address, a source port or a MAC address is more than a number in a range: it is hashed (multipath routes, NAT
to a range, sockets that share a port), some of its bits are compared, it is compared as text, or the order or the time
of frames matters (a loop without a spanning tree, a port that a spanning tree opens soon).  Every probe is sent there.

A rule counts as harmless only if all of its matches and its target are listed here; rules of nft are not looked at, and
none is harmless.  Ports of probes are the same in a class but for those of the senders, which are random: a rule that
some of them fit, and others do not, is met by chance, by answers too.  A single port is met by one probe in thousands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.netfilter import rules as xt
from vnetsim.netfilter.extensions.xt_conntrack import Conntrack, CtDirection, CtProtocol, CtState, CtStatus
from vnetsim.netfilter.extensions.xt_multiport import MultiPort
from vnetsim.netfilter.extensions.xt_nat import Dnat, Snat
from vnetsim.netfilter.extensions.xt_tcpudp import PortRange, TcpMatch, UdpMatch
from vnetsim.netfilter.header import MaskedAddress, contiguous_length
from vnetsim.reach.equivalence.dumps import Dumps
from vnetsim.reach.translation.independence import is_moving_port
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.netfilter.nft.tables import NftChain

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
    if any(map(_has_hashes, everywhere)) or any(map(_has_moving_ports, everywhere)) or _has_loop(everywhere):
        return True
    ephemeral = _Ephemeral.of(everywhere)
    return not all(_has_plain_rules(dumps, ephemeral) for dumps in everywhere)


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


@frozen
class _Ephemeral:
    """The ports that the kernels choose from for their clients."""

    first: int
    last: int

    @classmethod
    def of(cls, everywhere: Sequence[Dumps]) -> _Ephemeral:
        ranges = [dumps.sysctls.port_range() for dumps in everywhere]
        return cls(min(first for first, _ in ranges), max(last for _, last in ranges))

    def are_alike(self, first: int, last: int) -> bool:
        """Whether a rule for these ports takes all of them, none, or a single one."""
        return first == last or last < self.first or self.last < first or (first <= self.first and self.last <= last)

    def are_alike_in(self, ports: PortRange | None) -> bool:
        return ports is None or self.are_alike(ports.first, ports.last)


def _has_plain_rules(dumps: Dumps, ephemeral: _Ephemeral) -> bool:
    """Whether each rule reads only which ranges addresses are in, and what is the same for all probes to a port."""
    tables = dumps.network.native_tables().values()
    if any(_decides(chain) for table in tables for chain in table.chains.values()):
        return False
    if any(rule.sport or (rule.dport and not ephemeral.are_alike(*rule.dport)) for rule in dumps.routing_rules):
        return False
    return all(_is_plain(rule, ephemeral) for rule in dumps.rules())


def _decides(chain: NftChain) -> bool:
    """Whether packets may fare otherwise because of a chain of nft."""
    return bool(chain.entries) or (chain.hook is not None and chain.hook.policy != "accept")


def _is_plain(rule: xt.Rule, ephemeral: _Ephemeral) -> bool:
    ends = [end for end in (rule.source, rule.destination) if end is not None]
    if any(contiguous_length(end.mask, end.address.bits) is None for end in ends):
        return False
    known = None if any(map(_is_loopback, ends)) else ephemeral
    return all(_is_plain_match(match, known) for match in rule.matches) and _is_plain_target(rule.target)


def _is_loopback(end: MaskedAddress) -> bool:
    return end.address.version == 4 and end.address >> 24 == _LOOPBACK and end.mask >> 24 == 0xFF and not end.negated


def _is_plain_match(match: xt.XtMatch, ephemeral: _Ephemeral | None) -> bool:
    """`ephemeral` is None for packets of loopback only, whose ports are those of a machine's own servers."""
    if isinstance(match, Conntrack):
        return all(isinstance(criterion, _CRITERIA) for criterion in match.criteria)
    if isinstance(match, MultiPort):
        return ephemeral is None or (match.which == "dports" and all(map(ephemeral.are_alike_in, match.ranges)))
    if isinstance(match, TcpMatch | UdpMatch):
        return ephemeral is None or (match.source is None and ephemeral.are_alike_in(match.destination))
    return match.name in _MATCHES


def _is_plain_target(target: xt.XtTarget | None) -> bool:
    if target is None or isinstance(target, xt.Standard | xt.Jump | xt.Return):
        return True
    if isinstance(target, Dnat | Snat):
        addresses = target.verdict.addresses
        return addresses is None or addresses.first == addresses.last
    return target.name in _TARGETS


# --- bridges ----------------------------------------------------------------------------------------------------------


def _has_moving_ports(dumps: Dumps) -> bool:
    return any(map(is_moving_port, dumps.links.values()))


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
