"""DNAT, REDIRECT and NETMAP of iptables as translations (xt_nat.c, xt_REDIRECT.c, xt_NETMAP.c).

Conditions about the destination are read from a rule and from those that call its chain: `-d`, `-p`, `--dport`,
`-m multiport --dports`, `-m iprange --dst-range`, `-m addrtype --dst-type LOCAL`.  Others are taken as fulfilled.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.netfilter import verdicts
from vnetsim.netfilter.extensions.xt_addrtype import AddressType
from vnetsim.netfilter.extensions.xt_iprange import IpRange
from vnetsim.netfilter.extensions.xt_multiport import MultiPort
from vnetsim.netfilter.extensions.xt_nat import Dnat, Netmap, Redirect
from vnetsim.netfilter.extensions.xt_tcpudp import PortRange, TcpMatch, UdpMatch
from vnetsim.netfilter.header import MaskedAddress as Addresses
from vnetsim.netfilter.header import contiguous_length
from vnetsim.netfilter.rules import Jump, Rule, XtMatch
from vnetsim.netfilter.tables import XtTable
from vnetsim.reach.translation.intervals import PORTS, Intervals, complement, union
from vnetsim.reach.translation.translations import (
    EVERYWHERE,
    OUTPUT,
    PREROUTING,
    PROTOCOLS,
    Namespace,
    Selector,
    Translation,
)

NUMBERS: Final = {1: "icmp", 58: "icmp", 6: "tcp", 17: "udp"}


def translations(namespace: Namespace) -> Iterator[Translation]:
    for version in (4, 6):
        table = namespace.network.ruleset(version).tables.get("nat")
        if table is None:
            continue
        for hook in (PREROUTING, OUTPUT):
            if hook in table.chains and table.chains[hook].hooked:
                yield from _chain(namespace, table, hook, hook, namespace.reached_by(hook, version))


def _chain(namespace: Namespace, table: XtTable, name: str, hook: str, selector: Selector) -> Iterator[Translation]:
    for entry in table.chains[name].entries:
        rule = entry.rule
        matched = _narrowed(rule, selector, namespace)
        if not matched:
            continue
        if isinstance(rule.target, Jump):
            yield from _chain(namespace, table, rule.target.chain, hook, matched)
        elif isinstance(rule.target, Netmap):
            yield _netmap(namespace, hook, matched, rule)
        elif isinstance(rule.target, Dnat | Redirect):
            yield _nat(namespace, hook, matched, rule, rule.target.verdict)


def _nat(namespace: Namespace, hook: str, matched: Selector, rule: Rule, verdict: verdicts.NatVerdict) -> Translation:
    addresses, ports = verdict.addresses, verdict.ports
    return Translation(
        namespace=namespace.label, hook=hook, matched=matched, version=matched.version,
        addresses=None if addresses is None else (int(addresses.first), int(addresses.last)),
        ports=None if ports is None else (ports.first, ports.last), base=None if ports is None else ports.base,
        to_local=isinstance(rule.target, Redirect), local=namespace.local[matched.version], text=str(rule),
    )  # fmt: skip


def _netmap(namespace: Namespace, hook: str, matched: Selector, rule: Rule) -> Translation:
    assert isinstance(rule.target, Netmap)
    network = rule.target.network
    length = contiguous_length(network.mask, network.address.bits)
    host_bits = None if length is None else network.address.bits - length
    first = int(network.address)
    last = first | (~network.mask & (1 << network.address.bits) - 1)
    return Translation(
        namespace=namespace.label, hook=hook, matched=matched, version=matched.version, addresses=(first, last),
        host_bits=host_bits, text=str(rule),
    )  # fmt: skip


# --- conditions ------------------------------------------------------------------------------------------------------


def _narrowed(rule: Rule, selector: Selector, namespace: Namespace) -> Selector:
    everywhere = EVERYWHERE[selector.version]
    if rule.destination is not None:
        selector = selector.narrowed(
            addresses=_signed(_network(rule.destination), rule.destination.negated, everywhere)
        )
    if rule.protocol is not None:
        named = {NUMBERS[rule.protocol.number]} if rule.protocol.number in NUMBERS else set()
        selector = selector.narrowed(protocols=PROTOCOLS - named if rule.protocol.negated else named)
    for match in rule.matches:
        selector = _matched(match, selector, namespace)
    return selector


def _network(network: Addresses) -> Intervals:
    bits = network.address.bits
    length = contiguous_length(network.mask, bits)
    if length is None:
        return () if network.negated else EVERYWHERE[network.address.version]
    return ((int(network.address), int(network.address) | (1 << bits - length) - 1),)


def _signed(intervals: Intervals, negated: bool, whole: Intervals) -> Intervals:
    return complement(intervals, whole) if negated else intervals


def _matched(match: XtMatch, selector: Selector, namespace: Namespace) -> Selector:
    everywhere = EVERYWHERE[selector.version]
    if isinstance(match, TcpMatch | UdpMatch):
        narrowed = selector.narrowed(protocols=[match.name])
        return narrowed if match.destination is None else narrowed.narrowed(ports=_ports((match.destination,)))
    if isinstance(match, MultiPort) and match.which == "dports":
        return selector.narrowed(ports=_signed(_ports(match.ranges), match.negated, PORTS))
    if isinstance(match, IpRange) and match.destination is not None:
        found = match.destination
        return selector.narrowed(
            addresses=_signed(union([(int(found.first), int(found.last))]), found.negated, everywhere)
        )
    if isinstance(match, AddressType) and match.destination is not None and match.destination.types == ("LOCAL",):
        local = namespace.local[selector.version]
        return selector.narrowed(addresses=_signed(local, match.destination.negated, everywhere))
    return selector


def _ports(ranges: tuple[PortRange, ...]) -> Intervals:
    return union(part for found in ranges for part in _signed(((found.first, found.last),), found.negated, PORTS))
