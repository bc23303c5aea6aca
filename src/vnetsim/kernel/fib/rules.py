"""The routing policy database: the table for each packet (net/core/fib_rules.c, net/ipv4/fib_rules.c).

    rules = RuleTable(version, index_of)
    rules.add(AddRule) / rules.delete(DeleteRule)     # `ip rule`; KernelError as the kernel refuses
    rules.matching(flow)                              # the rules to follow, in order
    rules.custom                                      # whether they have ever been changed
    rules.dump() -> list[observations.RoutingRule]

Not modelled: tunnel ids, uid ranges, suppress_ifgroup, realms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.fib.info import DEFAULT, ECN_MASK, LOCAL, MAIN, TOS_MASK, Flowi
from vnetsim.observations import RoutingRule
from vnetsim.operations.route import AddPolicyRule, DeletePolicyRule
from vnetsim.wire.inet import Prefix

#: The priority of the rule that VRFs look their tables up by (FIB_RULE_PREF of drivers/net/vrf.c).
L3MDEV_PRIORITY: Final = 1000

#: What a rule may do, and how a packet ends that meets it ("lookup": it does not).
ACTIONS: Final = {
    "lookup": None,
    "goto": None,
    "nop": None,
    "blackhole": Errno.EINVAL,
    "unreachable": Errno.ENETUNREACH,
    "prohibit": Errno.EACCES,
}
#: Numbers of the protocols that `ip rule ... ipproto` names, for which rules can match ports.
PROTOCOLS: Final = {"icmp": 1, "tcp": 6, "udp": 17, "ipv6-icmp": 58, "dccp": 33, "sctp": 132}

_DSCP_MASK: Final = 0xFC
_MARK_MASK: Final = 0xFFFF_FFFF


@cache
def _defaults(version: int) -> tuple[RoutingRule, ...]:
    tables = {0: LOCAL, 32766: MAIN, 32767: DEFAULT} if version == 4 else {0: LOCAL, 32766: MAIN}
    return tuple(RoutingRule(priority=p, version=version, table=t) for p, t in tables.items())


class RuleTable:
    """The rules of one namespace and family, by priority; among equals the older one first."""

    def __init__(self, version: int, index_of: Callable[[str], int | None]) -> None:
        self.custom = False
        self._version = version
        self._index_of = index_of
        self._rules = _defaults(version)
        self._tos_mask = TOS_MASK if version == 4 else _DSCP_MASK

    def matching(self, flow: Flowi) -> Iterator[RoutingRule]:
        if not self._jumps:
            return (rule for rule in self._rules if self._matches(rule, flow))
        return self._walk(flow)

    def _walk(self, flow: Flowi) -> Iterator[RoutingRule]:
        """fib_rules_lookup with goto, which leads on only, and nop."""
        at = 0
        while at < len(self._rules):
            rule, at = self._rules[at], at + 1
            if not self._matches(rule, flow):
                continue
            if rule.action == "goto":
                target = next((place for place, known in enumerate(self._rules) if known.priority == rule.target), None)
                at = at if target is None else target
            elif rule.action != "nop":
                yield rule

    def dump(self) -> list[RoutingRule]:
        return list(self._rules)

    def add(self, operation: AddPolicyRule) -> RoutingRule:
        """The new rule; KernelError(EEXIST) for a duplicate with an explicit priority."""
        if operation.action not in ACTIONS:
            raise NotModelled(f"routing rules that say {operation.action}")
        rule = self._rule(operation)
        if rule.target is not None and rule.target <= rule.priority:
            raise KernelError(Errno.EINVAL, "Backward goto not supported")
        if operation.priority is not None and any(_without_target(known) == _without_target(rule) for known in self):
            raise KernelError(Errno.EEXIST)
        self._check_tos(rule.tos)
        behind = sum(1 for known in self._rules if known.priority <= rule.priority)
        self._rules = (*self._rules[:behind], rule, *self._rules[behind:])
        self.custom = True
        return rule

    def __iter__(self) -> Iterator[RoutingRule]:
        return iter(self._rules)

    @property
    def _jumps(self) -> bool:
        return self.custom and any(rule.action in ("goto", "nop") for rule in self._rules)

    def delete(self, operation: DeletePolicyRule) -> RoutingRule:
        """The first rule that matches: KernelError(ENOENT) if there is none."""
        for rule in self._rules:
            if _is_meant(rule, operation):
                self._rules = tuple(known for known in self._rules if known is not rule)
                self.custom = True
                return rule
        raise KernelError(Errno.ENOENT)

    @property
    def has_l3mdev(self) -> bool:
        """Whether VRFs find their tables."""
        return any(rule.l3mdev for rule in self._rules)

    @property
    def needs_transport(self) -> bool:
        """Whether a rule matches the protocol or the ports of a flow."""
        return self.custom and any(rule.protocol or rule.sport or rule.dport for rule in self._rules)

    def _rule(self, operation: AddPolicyRule) -> RoutingRule:
        table = operation.table
        if operation.action == "lookup" and table is None and not operation.l3mdev:
            table = MAIN
        return RoutingRule(
            priority=self._next_priority() if operation.priority is None else operation.priority,
            version=self._version, source=_narrowing(operation.source), destination=_narrowing(operation.destination),
            in_device=operation.in_device, out_device=operation.out_device, mark=operation.mark,
            mask=_MARK_MASK if operation.mark is not None and operation.mask is None else operation.mask,
            tos=operation.tos, table=table, action=operation.action, negated=operation.negated,
            protocol=operation.protocol, sport=operation.sport, dport=operation.dport,
            suppress_prefix_length=operation.suppress_prefix_length, l3mdev=operation.l3mdev, origin=operation.origin,
            target=operation.target,
        )  # fmt: skip

    def _check_tos(self, tos: int) -> None:
        """fib4_rule_configure and fib6_rule_configure: no ECN bits; in IPv4 none of IPTOS_RT_MASK's complement."""
        if tos & ECN_MASK:
            raise KernelError(Errno.EINVAL, "Invalid dsfield (tos): ECN bits must be 0")
        if tos & ~self._tos_mask:
            raise KernelError(Errno.EINVAL, "Invalid tos")

    def _next_priority(self) -> int:
        """One less than that of the second rule, which follows that of the local table."""
        return max(0, self._rules[1].priority - 1) if len(self._rules) > 1 else 0

    def _matches(self, rule: RoutingRule, flow: Flowi) -> bool:
        matches = (
            self._device_matches(rule.in_device, flow.iif)
            and self._device_matches(rule.out_device, flow.oif)
            and (not rule.l3mdev or bool(flow.l3_table))
            and (rule.mark is None or (rule.mark ^ flow.mark) & (rule.mask or 0) == 0)
            and _addresses_match(rule, flow)
            and (not rule.tos or rule.tos == flow.tos & self._tos_mask)
            and _transport_matches(rule, flow)
        )
        return matches != rule.negated

    def _device_matches(self, name: str | None, index: int) -> bool:
        return name is None or self._index_of(name) == index


def _without_target(rule: RoutingRule) -> RoutingRule:
    """rule_exists: rules that differ in the target of a goto are the same."""
    return rule if rule.target is None else attrs.evolve(rule, target=None)


def _addresses_match(rule: RoutingRule, flow: Flowi) -> bool:
    source = flow.source if flow.source is not None else type(flow.destination)(0)
    return (rule.source is None or source in rule.source) and (
        rule.destination is None or flow.destination in rule.destination
    )


def _transport_matches(rule: RoutingRule, flow: Flowi) -> bool:
    if rule.protocol is not None and _protocol_number(rule.protocol) != flow.protocol:
        return False
    return _in_range(flow.sport, rule.sport) and _in_range(flow.dport, rule.dport)


def _in_range(port: int | None, ports: tuple[int, int] | None) -> bool:
    return ports is None or (port is not None and ports[0] <= port <= ports[1])


def _protocol_number(name: str) -> int | None:
    return int(name) if is_digits(name) else PROTOCOLS.get(name)


def _narrowing(prefix: Prefix | None) -> Prefix | None:
    """`from all` narrows nothing."""
    return prefix if prefix is not None and prefix.length else None


#: Attributes of a deletion besides priority, table and action, with the value of a missing one.
_ATTRIBUTES: Final = {
    "source": None, "destination": None, "in_device": None, "out_device": None, "mark": None, "mask": None,
    "tos": 0, "protocol": None, "sport": None, "dport": None, "suppress_prefix_length": None,
    "l3mdev": False,
}  # fmt: skip


def _is_meant(rule: RoutingRule, operation: DeletePolicyRule) -> bool:
    if operation.priority is not None and operation.priority != rule.priority:
        return False
    if operation.table is not None and operation.table != rule.table:
        return False
    if operation.action not in ("lookup", rule.action):
        return False
    wanted = attrs.asdict(operation, recurse=False)
    wanted["source"], wanted["destination"] = _narrowing(operation.source), _narrowing(operation.destination)
    return all(wanted[name] in (missing, getattr(rule, name)) for name, missing in _ATTRIBUTES.items())
