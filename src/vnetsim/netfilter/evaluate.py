"""Walking a packet through a table, as net/netfilter/nf_tables_core.c does: a verdict and the trail of rules hit."""

from __future__ import annotations

from collections.abc import Iterator

from vnetsim.netfilter.outcome import Counted, RuleHit, TableOutcome
from vnetsim.netfilter.packet import MatchKey, PktInfo, destination
from vnetsim.netfilter.rules import Jump, Return
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.tables import Chain, IptEntry, RuleStep, XtTable
from vnetsim.netfilter.verdicts import Verdict


def evaluate(ruleset: Ruleset, table: str, hook: str, packet: PktInfo) -> TableOutcome:
    """Run `packet` through the chain `hook` of `table`, counting; `packet` may be changed (see Packet).

    For what `ruleset.hook` names only: an untouched chain is not registered at its hook.  In the nat table the verdict
    may be a translation, which is the caller's to make.
    """
    found = ruleset.tables[table]
    cache = found.verdict_caches[hook]
    outcome = cache.find(packet)
    if outcome is None:
        walk = _Walk(packet)
        outcome = walk.through(found, hook)
        if walk.match_keys is not None:
            cache.insert(packet, walk.match_keys, outcome)
    length = packet.ip.length
    for counted in outcome.counted:
        counted.packets += 1
        counted.bytes += length
    return outcome


class _Walk:
    """The evaluation of one packet.  `match_keys`: what the rules read of it; None if the outcome depends on more."""

    def __init__(self, packet: PktInfo) -> None:
        self._packet = packet
        self._hits: list[RuleHit] = []
        self._counted: list[Counted] = []
        self._cacheable = True
        self.match_keys: list[MatchKey] | None = []

    def through(self, table: XtTable, hook: str) -> TableOutcome:
        base = table.chains[hook]
        verdict = self._verdict(table, base)
        by_policy = verdict is None
        if verdict is None:
            assert base.policy is not None, f"{hook} is no built-in chain"
            verdict = base.policy
            self._counted += [base] if base.counting else []
        keys = None if self.match_keys is None else tuple(self.match_keys)
        return TableOutcome(verdict, tuple(self._hits), by_policy, tuple(self._counted), self._cacheable, keys)

    def _verdict(self, table: XtTable, base: Chain) -> Verdict | None:
        """The verdict of the first rule that gives one; None where the packet reaches the end of `base`.

        `callers` are the chains to come back to, each at its next rule: nf_tables keeps such a stack of jumps too.
        """
        steps = self._steps(base)
        callers: list[Iterator[RuleStep]] = []
        while True:
            result = self._leave(steps)
            if isinstance(result, Verdict):
                return result
            if isinstance(result, Jump):
                if not result.goto:
                    callers.append(steps)
                steps = self._steps(table.chains[result.chain])
            elif callers:
                steps = callers.pop()
            else:
                return None

    def _steps(self, chain: Chain) -> Iterator[RuleStep]:
        """Without the rules of a long chain that the packet cannot pass, as it goes to another address."""
        if not chain.is_long:
            return iter(chain.steps())
        if self.match_keys is not None and destination not in self.match_keys:
            self.match_keys.append(destination)
        return chain.steps_to(self._packet.ip.destination)

    def _leave(self, steps: Iterator[RuleStep]) -> Verdict | Jump | Return | None:
        """The verdict or jump that ends the chain; None at its end."""
        packet = self._packet
        for tests, entry, hit, target in steps:
            self._record(entry)
            for test in tests:
                if not test(packet):
                    break
            else:
                self._counted.append(entry)
                self._hits.append(hit)
                if isinstance(target, (Jump, Return)):
                    return target
                if target is not None and (verdict := target.act(packet)) is not None:
                    return verdict
        return None

    def _record(self, entry: IptEntry) -> None:
        """What the outcome depends on, now that a rule is evaluated."""
        if not entry.cacheable:
            self._cacheable = False
        if entry.match_keys is None or self.match_keys is None:
            self.match_keys = None
        else:
            self.match_keys += [key for key in entry.match_keys if key not in self.match_keys]
