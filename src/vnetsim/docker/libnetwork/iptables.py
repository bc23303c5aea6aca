"""Packet filter rules as libnetwork/iptables changes them.

A rule that exists is not added again, and one that does not exist is not deleted.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import verdicts
from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.extensions.xt_tcpudp import PortRange, TcpMatch, UdpMatch
from vnetsim.netfilter.header import DestinationAddress, InDevice, OutDevice, Protocol, SourceAddress
from vnetsim.netfilter.operations import (
    AppendRule,
    DeleteChain,
    DeleteRule,
    Flush,
    InsertRule,
    NewChain,
    SetPolicy,
)
from vnetsim.netfilter.rules import Rule, XtMatch, XtTarget
from vnetsim.netfilter.tables import Chain
from vnetsim.process.network import Network
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, Prefix

FORWARD: Final = "FORWARD"
_PROTOCOLS: Final = {"tcp": Protocol(6), "udp": Protocol(17), "sctp": Protocol(132)}


def source_is(where: Address | Prefix, *, negated: bool = False) -> SourceAddress:
    return SourceAddress(*_masked(where), negated)


def destination_is(where: Address | Prefix, *, negated: bool = False) -> DestinationAddress:
    return DestinationAddress(*_masked(where), negated)


def _masked(where: Address | Prefix) -> tuple[Address, int]:
    address, length = (where.address, where.length) if isinstance(where, Prefix) else (where, where.bits)
    return address, (1 << address.bits) - (1 << address.bits - length)


def not_in(device: str) -> InDevice:
    return InDevice(device, negated=True)


def not_out(device: str) -> OutDevice:
    return OutDevice(device, negated=True)


def ports_are(protocol: str, *, source: int = 0, destination: int = 0) -> tuple[Protocol, tuple[XtMatch, ...]]:
    """`-p tcp -m tcp --dport 80`."""
    kind = UdpMatch if protocol == "udp" else TcpMatch
    from_port, to_port = (PortRange(number, number) if number else None for number in (source, destination))
    return _PROTOCOLS[protocol], (kind(source=from_port, destination=to_port),)


def rule_of(*parts: object, to: XtTarget) -> Rule:
    """A rule of these parts in any order; a tuple of protocol and matches is the result of `ports_are`."""
    fields: dict[str, object] = {"target": to}
    for part in parts:
        if isinstance(part, tuple):
            fields["protocol"], fields["matches"] = part
        elif isinstance(part, XtMatch):
            fields["matches"] = (part,)
        elif part is not None:
            fields[_PLACES[type(part)]] = part
    return Rule(**fields)  # type: ignore[arg-type]


_PLACES: Final[dict[type, str]] = {
    SourceAddress: "source",
    DestinationAddress: "destination",
    InDevice: "in_device",
    OutDevice: "out_device",
    Protocol: "protocol",
}


@frozen
class ChainRule:
    """A rule and its position: at the end of its chain or, inserted, at its beginning."""

    table: str
    chain: str
    rule: Rule
    inserted: bool = False


class Iptables:
    """The rules of one namespace and family, as libnetwork/iptables changes them."""

    def __init__(self, network: Network, version: int) -> None:
        self._network = network
        self._version = version

    def _chain(self, table: str, name: str) -> Chain | None:
        """To be read, if it is there."""
        found = self._network.ruleset(self._version).tables.get(table)
        chain = None if found is None else found.chains.get(name)
        return chain if chain is not None and chain.present else None

    def new_chain(self, table: str, chain: str) -> None:
        """Unless it is there."""
        if self._chain(table, chain) is None:
            self._network.execute(NewChain(table=table, version=self._version, chain=chain))

    def remove_chain(self, table: str, chain: str) -> None:
        """Flush the chain if it is there, and delete it unless a rule still jumps to it."""
        if self._chain(table, chain) is None:
            return
        for operation in (Flush, DeleteChain):
            try:
                self._network.execute(operation(table=table, version=self._version, chain=chain))
            except NetfilterError:
                continue

    def ensure_first(self, *rules: ChainRule) -> None:
        """EnsureJumpRule: move the rules to the beginning of their chains."""
        for placed in rules:
            self.delete(placed)
            self.add(placed)

    def has(self, placed: ChainRule) -> bool:
        chain = self._chain(placed.table, placed.chain)
        return chain is not None and chain.has(placed.rule)

    def add(self, *rules: ChainRule) -> None:
        """Add the missing rules.  A built-in chain that this creates counts: the engine's iptables is new."""
        for placed in rules:
            if self.has(placed):
                continue
            kind = InsertRule if placed.inserted else AppendRule
            self._network.execute(
                kind(table=placed.table, version=self._version, chain=placed.chain, rule=placed.rule, counting=True)
            )

    def delete(self, *rules: ChainRule) -> None:
        for placed in rules:
            if self.has(placed):
                self._network.execute(
                    DeleteRule(table=placed.table, version=self._version, chain=placed.chain, rule=placed.rule)
                )

    def drop_forwarded(self) -> None:
        self._network.execute(SetPolicy(table="filter", version=self._version, chain=FORWARD, policy=verdicts.DROP))
