"""Which mutations bring a sender and a destination that a rule keeps apart together, by a network that both are on
then.

Who connects them means to: such a mutation breaks the rule, and shows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from vnetsim.reach.endpoints.endpoints import COMPOSE_SERVICE, containers
from vnetsim.reach.exploration.mutations import Joining, Mutation
from vnetsim.reach.policies.policy import Policy, PolicyMember, PolicyRule
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab import Lab


@frozen
class _Container:
    name: str
    networks: frozenset[str]
    labels: dict[str, str] = attrs.field(factory=dict)


class Apart:
    """The containers of a lab, and the rules of a policy that forbid."""

    def __init__(self, lab: Lab, policy: Policy) -> None:
        self._groups = policy.groups
        self._rules = [rule for rule in policy.rules if not rule.allows]
        self._containers = {name: _seen(name, lab.docker.container_inspect(name)) for name in containers(lab)}

    def is_wide(self, mutation: Mutation) -> bool:
        """Whether it accepts everything, or joins who is to be kept apart."""
        return mutation.wide or (mutation.joining is not None and self._joins(mutation.joining))

    def _joins(self, joining: Joining) -> bool:
        """Whether it joins a network with an endpoint from which a rule separates it, or which a rule then includes."""
        before = self._containers.get(joining.container, _Container(joining.container, frozenset()))
        kept = frozenset() if joining.leaves else before.networks
        comer = attrs.evolve(before, networks=kept | {joining.network})
        others = [each for each in self._containers.values() if each.name != before.name]
        comes = joining.network not in before.networks
        return any(
            self._are_apart(comer, other)
            and ((comes and joining.network in other.networks) or not self._are_apart(before, other))
            for other in others
            if comer.networks & other.networks
        )

    def _are_apart(self, one: _Container, other: _Container) -> bool:
        return any(self._forbids(rule, *pair) for rule in self._rules for pair in ((one, other), (other, one)))

    def _forbids(self, rule: PolicyRule, source: _Container, destination: _Container) -> bool:
        def named(members: tuple[PolicyMember, ...], one: _Container) -> bool:
            return any(self._means(member, one) for member in members)

        return (
            named(rule.sources, source) and not named(rule.exceptions, source) and named(rule.destinations, destination)
        )

    def _means(self, member: PolicyMember, one: _Container) -> bool:
        group = self._groups.get(member.pattern) if member.kind in ("", "group") else None
        if group is not None:
            return any(self._means(inside, one) for inside in group)
        if member.kind == "net":
            return any(map(member.matches, one.networks))
        if member.kind == "label":
            key, equals, value = member.pattern.partition("=")
            return key in one.labels and (not equals or one.labels[key] == value)
        if member.kind == "" and member.matches(one.labels.get(COMPOSE_SERVICE, "")):
            return True
        return member.kind in ("", "container") and member.matches(one.name)


def _seen(name: str, details: dict[str, Any]) -> _Container:
    return _Container(name, frozenset(details["NetworkSettings"]["Networks"]), details["Config"]["Labels"] or {})
