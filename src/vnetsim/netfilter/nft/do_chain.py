"""Walking a packet through a base chain (nft_do_chain of net/netfilter/nf_tables_core.c)."""

from __future__ import annotations

import attrs

from vnetsim.netfilter.nft.expression import VerdictExpr
from vnetsim.netfilter.nft.rule import rule_text
from vnetsim.netfilter.nft.stmt_eval import compiled
from vnetsim.netfilter.nft.tables import Break, ChainVisit, NftChain, NftRule, NftRuleEntry, NftTable, Result, Step
from vnetsim.netfilter.nft.trace import Trail, verdict_of
from vnetsim.netfilter.outcome import RuleHit, TableOutcome
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.verdicts import ACCEPT, DROP, Verdict
from vnetsim.values import define, frozen


@frozen
class NftHit(RuleHit):
    """A rule of a table that nft made."""

    nft_table: NftTable

    def __str__(self) -> str:
        assert isinstance(self.rule, NftRule)
        return f"{self.table} {self.chain} rule {self.number}: {rule_text(self.nft_table, self.rule)}"


def evaluate(table: NftTable, chain: NftChain, packet: PktInfo) -> TableOutcome:
    """Run `packet` through a base chain; `packet` may be changed, sets and counters are.

    In a chain of the type nat the verdict may be a translation, which the caller applies.
    """
    walk = _Walk(ChainVisit(packet, table))
    verdict = walk.through(chain)
    if verdict is not None:
        return TableOutcome(verdict, tuple(walk.hits), trail=walk.trail)
    assert chain.hook is not None, "packets come to base chains only"
    if packet.traced:
        walk.note(chain, None, chain.hook.policy)
    verdict = ACCEPT if chain.hook.policy == "accept" else DROP
    return TableOutcome(verdict, tuple(walk.hits), by_policy=True, trail=walk.trail)


@define
class _Walk:
    visit: ChainVisit
    hits: list[RuleHit] = attrs.field(factory=list)
    trail: Trail | None = None

    def note(self, chain: NftChain, entry: NftRuleEntry | None, verdict: str) -> None:
        """nft_trace_packet"""
        if self.trail is None:
            self.trail = Trail()
        self.trail.note(self.visit.packet, chain, entry, verdict)

    def through(self, base: NftChain) -> Verdict | None:
        """The first verdict; None where the packet reaches the end of the base chain."""
        chain, at = base, 0
        callers: list[tuple[NftChain, int]] = []
        while True:
            if at == len(chain.entries):
                if not callers:
                    return None
                chain, at = callers.pop()
                continue
            result = self._rule(chain, at)
            at += 1
            if isinstance(result, Verdict):
                return result
            if not isinstance(result, VerdictExpr):
                continue
            if result.kind == "return":
                at = len(chain.entries)
                continue
            if result.kind == "jump":
                callers.append((chain, at))
            chain, at = self.visit.table.chains[result.chain], 0

    def _rule(self, chain: NftChain, at: int) -> Result:
        entry = chain.entries[at]
        for step in _steps(entry):
            result = step(self.visit)
            if isinstance(result, Break):
                return result
            if result is not None:
                self._hit(chain, at, entry, result)
                return result
        self._hit(chain, at, entry, None)
        return None

    def _hit(self, chain: NftChain, at: int, entry: NftRuleEntry, result: Result) -> None:
        table = self.visit.table
        self.hits.append(NftHit(str(table), chain.name, at + 1, entry.rule, table))
        if self.visit.packet.traced:
            self.note(chain, entry, verdict_of(result))


def _steps(entry: NftRuleEntry) -> tuple[Step, ...]:
    if entry.steps is None:
        entry.steps = compiled(entry.rule.statements, entry.states)
    return entry.steps
