"""Walking a packet through a base chain (nft_do_chain of net/netfilter/nf_tables_core.c)."""

from __future__ import annotations

import attrs

from vnetsim.netfilter.evaluate import Hit, Outcome
from vnetsim.netfilter.nft.compile import Break, Result, Step, compiled
from vnetsim.netfilter.nft.expressions import VerdictNode
from vnetsim.netfilter.nft.loads import Visit
from vnetsim.netfilter.nft.printing import rule_words
from vnetsim.netfilter.nft.tables import Chain, Entry, Rule, Table
from vnetsim.netfilter.packet import Packet
from vnetsim.netfilter.verdicts import ACCEPT, DROP, Verdict


@attrs.frozen
class NativeHit(Hit):
    """A rule of a table that nft made, and where it stands."""

    said: Rule
    place: Table

    def __str__(self) -> str:
        return f"{self.table} {self.chain} rule {self.number}: {rule_words(self.place, self.said)}"


def evaluate(table: Table, chain: Chain, packet: Packet) -> Outcome:
    """Run `packet` through a base chain; `packet` may be changed, sets and counters are.

    In a chain of the type nat the verdict may be a translation, which is the caller's to make.
    """
    walk = _Walk(Visit(packet, table))
    verdict = walk.through(chain)
    if verdict is not None:
        return Outcome(verdict, tuple(walk.hits))
    assert chain.hook is not None, "packets come to base chains only"
    return Outcome(ACCEPT if chain.hook.policy == "accept" else DROP, tuple(walk.hits), by_policy=True)


@attrs.define
class _Walk:
    visit: Visit
    hits: list[Hit] = attrs.field(factory=list)

    def through(self, base: Chain) -> Verdict | None:
        """The first verdict; None where the packet reaches the end of the base chain."""
        chain, at = base, 0
        callers: list[tuple[Chain, int]] = []
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
            if not isinstance(result, VerdictNode):
                continue
            if result.kind == "return":
                at = len(chain.entries)
                continue
            if result.kind == "jump":
                callers.append((chain, at))
            chain, at = self.visit.table.chains[result.chain], 0

    def _rule(self, chain: Chain, at: int) -> Result:
        entry = chain.entries[at]
        for step in _steps(entry):
            result = step(self.visit)
            if isinstance(result, Break):
                return result
            if result is not None:
                self._hit(chain, at, entry)
                return result
        self._hit(chain, at, entry)
        return None

    def _hit(self, chain: Chain, at: int, entry: Entry) -> None:
        table = self.visit.table
        self.hits.append(NativeHit(str(table), chain.name, at + 1, entry.rule, entry.rule, table))


def _steps(entry: Entry) -> tuple[Step, ...]:
    if entry.steps is None:
        entry.steps = compiled(entry.rule.statements, entry.states)
    return entry.steps
