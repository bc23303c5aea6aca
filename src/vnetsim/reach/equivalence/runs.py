"""Rules for single addresses that stand together in a chain: in which order they are does not matter.

Each of a run has a destination (or each a source) that is a single address.  A packet meets only those for its own
address, so the rules for two addresses may be exchanged if they are the same but for these.  What a chain does between
two rules is nothing to its packets' addresses: translations end the walk through a chain.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import attrs

from vnetsim.netfilter.header import MaskedAddress
from vnetsim.netfilter.rules import Rule
from vnetsim.wire.inet import Address

#: The number of a run in its chain, and which end its rules are for.
Run: TypeAlias = tuple[int, str]


def single_address(rule: Rule) -> tuple[str, Address] | None:
    """Which end of packets is a single address, and which one: the destination, if both are."""
    for end, masked in (("-d", rule.destination), ("-s", rule.source)):
        if masked is not None and is_single(masked) and not masked.negated:
            return end, masked.address
    return None


def is_single(masked: MaskedAddress) -> bool:
    return masked.mask == (1 << masked.address.bits) - 1


def runs(rules: Iterable[Rule]) -> Iterator[tuple[Run, Address, Rule]]:
    """The rules for single addresses: their run, the address, and what else they say."""
    number, before = 0, ""
    for rule in rules:
        found = single_address(rule)
        end = "" if found is None else found[0]
        if end != before or not end:
            number += 1
        before = end
        if found is not None:
            yield (number, end), found[1], without(rule, found[1])


def without(rule: Rule, address: Address) -> Rule:
    """What a rule says but for a single address of its packets."""
    source, destination = rule.source, rule.destination
    if (
        destination is not None
        and is_single(destination)
        and not destination.negated
        and destination.address == address
    ):
        destination = None
    elif source is not None and is_single(source) and not source.negated and source.address == address:
        source = None
    return attrs.evolve(rule, source=source, destination=destination)
