"""Walking a packet through a table, as net/netfilter/nf_tables_core.c does: a verdict and the trail of rules hit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

import attrs

from vnetsim.netfilter.packet import Packet
from vnetsim.netfilter.rules import Jump, Return, Rule, Standard, Target
from vnetsim.netfilter.verdicts import Accept, Verdict

if TYPE_CHECKING:
    from vnetsim.netfilter.nft.tables import Rule as NativeRule
    from vnetsim.netfilter.ruleset import Ruleset
    from vnetsim.netfilter.tables import Chain, Step, Table


@attrs.frozen
class Hit:
    """Rule `number` (from 1) of `chain` in `table` matched."""

    table: str
    chain: str
    number: int
    rule: Rule | NativeRule

    def __str__(self) -> str:
        return f"{self.chain} rule {self.number}: {self.rule}"


@attrs.frozen
class Outcome:
    """`verdict` and the rules that matched, in order; `by_policy` when the policy decided and none of them."""

    verdict: Verdict
    hits: tuple[Hit, ...]
    by_policy: bool = False


class Counted(Protocol):
    """A rule in its place, or a built-in chain with its policy."""

    packets: int
    bytes: int


def evaluate(ruleset: Ruleset, table: str, hook: str, packet: Packet) -> Outcome:
    """Run `packet` through the chain `hook` of `table`, counting; `packet` may be changed (see Packet).

    For what `ruleset.hook` names only: a chain that nobody has touched is not walked.  In the nat table the verdict
    may be a translation, which is the caller's to make.
    """
    found = ruleset.tables[table]
    base = found.chains[hook]
    hits: list[Hit] = []
    verdict = _walk(found, base, packet, hits)
    if verdict is not None:
        return Outcome(verdict, tuple(hits))
    if base.counting:
        base.packets += 1
        base.bytes += packet.ip.length
    assert base.policy is not None, f"{hook} is no built-in chain"
    return Outcome(base.policy, tuple(hits), by_policy=True)


def trail(ruleset: Ruleset, table: str, hook: str, packet: Packet) -> list[Counted] | None:
    """What `evaluate` counts for each packet of the same direction of the same established connection as `packet`.

    None if that cannot be foretold, because a rule on the way is not `steady`, or if the packet is not accepted.
    Counts nothing.
    """
    found = ruleset.tables[table]
    base = found.chains[hook]
    counted: list[Counted] = []
    steps, callers = iter(base.steps()), list[Iterator["Step"]]()
    while True:
        target: Target | None = None
        for tests, entry, _, target in steps:
            if not entry.rule.steady:
                return None
            if all(test(packet) for test in tests):
                counted.append(entry)
                if target is not None:
                    break
        else:
            target = None
        if isinstance(target, Standard):
            return counted if isinstance(target.verdict, Accept) else None
        if isinstance(target, Jump):
            callers += [] if target.goto else [steps]
            steps = iter(found.chains[target.chain].steps())
        elif callers:
            steps = callers.pop()
        else:
            counted += [base] if base.counting else []
            return counted if isinstance(base.policy, Accept) else None


def _walk(table: Table, chain: Chain, packet: Packet, hits: list[Hit]) -> Verdict | None:
    """The verdict of the first rule that gives one; None where the packet reaches the end of `chain`.

    `callers` are the chains to come back to, each at its next rule: nf_tables keeps such a stack of jumps too.
    """
    steps = iter(chain.steps())
    callers: list[Iterator[Step]] = []
    while True:
        way_out = _leave(steps, packet, hits)
        if isinstance(way_out, Verdict):
            return way_out
        if isinstance(way_out, Jump):
            if not way_out.goto:
                callers.append(steps)
            steps = iter(table.chains[way_out.chain].steps())
        elif callers:
            steps = callers.pop()
        else:
            return None


def _leave(steps: Iterator[Step], packet: Packet, hits: list[Hit]) -> Verdict | Jump | Return | None:
    """How the packet leaves a chain; None at its end."""
    for tests, entry, hit, target in steps:
        for test in tests:
            if not test(packet):
                break
        else:
            entry.packets += 1
            entry.bytes += packet.ip.length
            hits.append(hit)
            if isinstance(target, (Jump, Return)):
                return target
            if target is not None and (verdict := target.act(packet)) is not None:
                return verdict
    return None
