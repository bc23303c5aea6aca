"""Rules of iptables as nf_tables keeps them and nft prints them (iptables/nft.c, nft-ipv4.c of iptables 1.8.9).

iptables says addresses, devices, protocols, ports, limits and marks in nf_tables' own words; the rest are its
extensions, which stand between them as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.netfilter import header
from vnetsim.netfilter import rules as xt
from vnetsim.netfilter.extensions.xt_limit import Limit
from vnetsim.netfilter.extensions.xt_mark import Mark
from vnetsim.netfilter.extensions.xt_tcpudp import PortRange, Tcp, Udp
from vnetsim.netfilter.nft import datatypes as types
from vnetsim.netfilter.nft.datatypes import Datatype
from vnetsim.netfilter.nft.expressions import Bitwise, Constant, Meta, Node, Payload, Range, VerdictNode, Wildcard
from vnetsim.netfilter.nft.foreign import ForeignChain, ForeignTable
from vnetsim.netfilter.nft.headers import Base
from vnetsim.netfilter.nft.ruleset import NativeRuleset
from vnetsim.netfilter.nft.statements import Counter, Foreign, Match, Statement, Verdict
from vnetsim.netfilter.nft.statements import Limit as NativeLimit
from vnetsim.netfilter.nft.states import Counted
from vnetsim.netfilter.nft.tables import Chain, Entry, Hook, Rule, Table
from vnetsim.netfilter.nft.xtables import words
from vnetsim.netfilter.ruleset import priority
from vnetsim.netfilter.tables import Entry as ForeignEntry
from vnetsim.netfilter.verdicts import ACCEPT

_TCP_FLAGS: Final = Payload(Base.TRANSPORT, 104, 8)
_SOURCE_PORT: Final = Payload(Base.TRANSPORT, 0, 16)
_DESTINATION_PORT: Final = Payload(Base.TRANSPORT, 16, 16)
#: Where the source and the destination address are, and how long they are.
_SOURCES: Final = {"ip": Payload(Base.NETWORK, 96, 32), "ip6": Payload(Base.NETWORK, 64, 128)}
_DESTINATIONS: Final = {"ip": Payload(Base.NETWORK, 128, 32), "ip6": Payload(Base.NETWORK, 192, 128)}
_ADDRESSES: Final = {"ip": types.IPV4_ADDR, "ip6": types.IPV6_ADDR}
_LAST_PORT: Final = 0xFFFF
_ALL_MARKS: Final = 0xFFFFFFFF
_FRAGMENT_OFFSET: Final = 0x1FFF


def all_tables(native: NativeRuleset) -> list[Table]:
    """The tables of nft and those of iptables, in the order in which they came."""
    found = [*native.tables.values(), *(table(foreign) for foreign in native.foreign.tables.values())]
    return sorted(found, key=lambda one: one.handle)


def table(foreign: ForeignTable) -> Table:
    """A table of iptables as nft lists it."""
    found = Table(foreign.family, foreign.table.name, foreign.handle)
    for name, chain in foreign.chains.items():
        found.chains[name] = _chain(foreign, chain)
    return found


def _chain(place: ForeignTable, foreign: ForeignChain) -> Chain:
    chain = foreign.chain
    entries = [
        _entry(place.family, entry, handle) for entry, handle in zip(chain.entries, foreign.handles, strict=True)
    ]
    hook = None
    if chain.policy is not None:
        kind = "nat" if place.table.name == "nat" else "filter"
        hook = Hook(
            kind="route" if (place.table.name, chain.name) == ("mangle", "OUTPUT") else kind, hook=chain.name.lower(),
            priority=priority(place.table.name, chain.name), policy="accept" if chain.policy == ACCEPT else "drop",
        )  # fmt: skip
    return Chain(chain.name, foreign.handle, hook, None, entries, foreign.registered)


def _entry(family: str, foreign: ForeignEntry, handle: int) -> Entry:
    statements = (*_conditions(family, foreign.rule), Counter(), *_target(family, foreign.rule))
    entry = Entry(Rule(statements), handle)
    entry.states = tuple(
        Counted(foreign.packets, foreign.bytes) if isinstance(statement, Counter) else state
        for statement, state in zip(statements, entry.states, strict=True)
    )
    return entry


# --- what a packet must be -----------------------------------------------------------------------------------------


def _conditions(family: str, rule: xt.Rule) -> Iterator[Statement]:
    for device, key in ((rule.in_device, "iifname"), (rule.out_device, "oifname")):
        if device is not None and device.name != "+":
            yield _device(device, key)
    if rule.protocol is not None and rule.protocol.number:
        yield _protocol(rule.protocol.number, negated=rule.protocol.negated)
    for network, places in ((rule.source, _SOURCES), (rule.destination, _DESTINATIONS)):
        if network is not None and network.mask:
            yield _network(family, network, places[family])
    if rule.fragment is not None:
        offset = Bitwise(Payload(Base.NETWORK, 48, 16), _FRAGMENT_OFFSET)
        yield Match("==" if rule.fragment.negated else "!=", offset, Constant(0))
    for match in rule.matches:
        yield from _match(family, match)


def _device(device: header.DeviceName, key: str) -> Statement:
    operator = "!=" if device.negated else "=="
    right: Node = Constant(device.name, types.IFNAME)
    if device.name.endswith("+"):
        right = Wildcard(device.name[:-1], types.IFNAME)
    return Match(operator, Meta(key), right)


def _protocol(number: int, *, negated: bool = False) -> Statement:
    return Match("!=" if negated else "==", Meta("l4proto"), Constant(number, types.INET_PROTO))


def _network(family: str, network: header.Network, place: Payload) -> Statement:
    operator = "!=" if network.negated else "=="
    datatype = _ADDRESSES[family]
    value = int(network.address) & network.mask
    length = header.contiguous_length(network.mask, place.bits)
    if length is not None and not length % 8:
        short = Payload(place.base, place.offset, length)
        return Match(operator, short, Constant(value >> place.bits - length, datatype))
    return Match(operator, Bitwise(place, network.mask), Constant(value, datatype))


def _match(family: str, match: xt.Match) -> Iterator[Statement]:
    if isinstance(match, Limit):
        yield NativeLimit(match.rate, match.unit, match.burst)
    elif isinstance(match, Mark):
        yield _mark(match)
    elif isinstance(match, (Tcp, Udp)) and _is_native(match):
        yield from _ports(match)
    else:
        yield _foreign("match", family, match)


def _mark(match: Mark) -> Statement:
    left: Node = Meta("mark")
    if match.mask != _ALL_MARKS:
        left = Bitwise(left, match.mask)
    return Match("!=" if match.negated else "==", left, Constant(match.value, types.MARK))


def _is_native(match: Tcp | Udp) -> bool:
    if isinstance(match, Tcp) and match.option is not None:
        return False
    flags = isinstance(match, Tcp) and match.flags is not None
    said = [ports for ports in (match.source, match.destination) if ports is not None]
    return flags or any(ports.negated or not _is_any(ports) for ports in said)


def _is_any(ports: PortRange) -> bool:
    return ports.first == 0 and ports.last == _LAST_PORT


def _ports(match: Tcp | Udp) -> Iterator[Statement]:
    if isinstance(match, Tcp) and match.flags is not None:
        flags = match.flags
        masked = Bitwise(_TCP_FLAGS, flags.mask)
        yield Match("!=" if flags.negated else "==", masked, Constant(flags.value, types.TCP_FLAG))
    for ports, place in ((match.source, _SOURCE_PORT), (match.destination, _DESTINATION_PORT)):
        if ports is not None:
            yield from _port(ports, place)


def _port(ports: PortRange, place: Payload) -> Iterator[Statement]:
    kind: Datatype = types.INET_SERVICE
    if _is_any(ports):
        return
    if ports.first == ports.last:
        yield Match("!=" if ports.negated else "==", place, Constant(ports.first, kind))
    elif ports.negated:
        whole = Range(ports.first, ports.last, kind)
        yield Match("!=", place, whole) if ports.first else Match(">", place, Constant(ports.last, kind))
    else:
        if ports.first:
            yield Match(">=", place, Constant(ports.first, kind))
        yield Match("<=", place, Constant(ports.last, kind))


# --- what becomes of it --------------------------------------------------------------------------------------------


def _target(family: str, rule: xt.Rule) -> Iterator[Statement]:
    target = rule.target
    if target is None:
        return
    if isinstance(target, xt.Jump):
        yield Verdict(VerdictNode("goto" if target.goto else "jump", target.chain))
    elif isinstance(target, xt.Return):
        yield Verdict(VerdictNode("return"))
    elif isinstance(target, xt.Standard):
        yield Verdict(VerdictNode("accept" if target.verdict == ACCEPT else "drop"))
    else:
        yield _foreign("target", family, target)


def _foreign(kind: str, family: str, extension: xt.Match | xt.Target) -> Statement:
    name = {"state": "conntrack"}.get(extension.name, extension.name)
    said = words(extension, family)
    return Foreign(kind, name, f"xt {kind} {name}" if said is None else said)
