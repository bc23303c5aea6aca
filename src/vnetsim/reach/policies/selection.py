"""The endpoints that the terms of a policy mean in a lab: names, patterns, networks, labels, groups, addresses.

`*` and other patterns mean containers, namespaces and the machine outside; the host is meant only where it is named,
for whoever may type on it reaches its containers anyway.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from vnetsim.errors import UsageError
from vnetsim.reach.endpoints.endpoints import Endpoint, all_endpoints
from vnetsim.reach.endpoints.question import similar
from vnetsim.reach.policies.policy import Policy, PolicyMember, PolicyRule

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


class Selection:
    """All endpoints of a lab, to be selected by the terms of a policy.

    `lenient`: an unknown name selects nothing; otherwise it is a UsageError with the rule's location.
    """

    def __init__(self, lab: BaseLab, policy: Policy, *, lenient: bool = False) -> None:
        self._policy, self._lenient = policy, lenient
        self._all_endpoints = all_endpoints(lab)
        self._inspected = {
            one: lab.docker.container_inspect(one.name) for one in self._all_endpoints if one.kind == "container"
        }
        self._networks = {found["Name"] for found in lab.docker.network_list()} if lab.has_engine else set()

    def senders(self, rule: PolicyRule) -> list[Endpoint]:
        """In the order of the lab, without those behind `except`."""
        excepted = set(self._chosen(rule, rule.exceptions))
        return [one for one in self._chosen(rule, rule.sources) if one not in excepted]

    def destinations(self, rule: PolicyRule) -> list[Endpoint]:
        """In the order of the lab; addresses behind them."""
        addresses = [Endpoint("address", member.pattern) for member in rule.destinations if member.kind == "address"]
        named = [member for member in rule.destinations if member.kind != "address"]
        return [*self._chosen(rule, named), *addresses]

    def _chosen(self, rule: PolicyRule, members: Iterable[PolicyMember]) -> list[Endpoint]:
        wanted = {one for member in members for one in self.meant(rule, member)}
        return [one for one in self._all_endpoints if one in wanted]

    def meant(self, rule: PolicyRule, member: PolicyMember) -> Iterator[Endpoint]:
        """The endpoints of one term; UsageError for an unknown name or network."""
        group = self._policy.groups.get(member.pattern) if member.kind in ("", "group") else None
        if group is not None:
            yield from (one for inside in group for one in self.meant(rule, inside))
            return
        found = [one for one in self._all_endpoints if self._fits(one, member)]
        if not found and not self._lenient:
            self._check(rule, member)
        yield from found

    def _fits(self, one: Endpoint, member: PolicyMember) -> bool:
        if member.kind == "net":
            return any(member.matches(name) for name in self._details(one, "NetworkSettings", "Networks"))
        if member.kind == "label":
            key, equals, value = member.pattern.partition("=")
            labels = self._details(one, "Config", "Labels")
            return key in labels and (not equals or labels[key] == value)
        if member.kind in ("container", "netns"):
            return one.kind == member.kind and member.matches(one.name)
        if one.kind == "host":
            return member.pattern == "host"
        return member.matches(one.short) or (bool(one.service) and member.matches(one.service))

    def _details(self, one: Endpoint, part: str, name: str) -> dict[str, Any]:
        found = self._inspected.get(one)
        return {} if found is None else found[part][name] or {}

    def _check(self, rule: PolicyRule, member: PolicyMember) -> None:
        """A name, or a network, that is not there is a slip of the pen."""
        if member.is_literal:
            services = dict.fromkeys(one.service for one in self._all_endpoints if one.service)
            known = [*services, *(one.short for one in self._all_endpoints)]
            raise UsageError(
                f"{rule.location}: there is no container, namespace or machine {member.pattern!r}"
                f" (there are: {', '.join(known)}){similar(member.pattern, known)}"
            )
        if member.kind == "net" and not any(member.matches(name) for name in self._networks):
            there = ", ".join(sorted(self._networks)) or "none"
            raise UsageError(f"{rule.location}: there is no network {member.pattern!r} (there are: {there})")
