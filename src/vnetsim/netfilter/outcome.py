"""What the evaluation of a table gives: a verdict and the rules that matched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import attrs

from vnetsim.netfilter.rules import Rule
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.netfilter.ebtables.rules import EbRuleText
    from vnetsim.netfilter.nft.tables import NftRule as NativeRule
    from vnetsim.netfilter.nft.trace import Trail
    from vnetsim.netfilter.packet import MatchKey


@frozen
class RuleHit:
    """Rule `number` (from 1) of `chain` in `table` matched."""

    table: str
    chain: str
    number: int
    rule: Rule | NativeRule | EbRuleText

    def __str__(self) -> str:
        return f"{self.chain} rule {self.number}: {self.rule}"


class Counted(Protocol):
    """A rule at its position, or a built-in chain with its policy."""

    packets: int
    bytes: int


@frozen
class TableOutcome:
    """`verdict` and the rules that matched, in order; `by_policy` when the policy decided and none of them.

    `counted` is what counted the packet.  `cacheable`: the next packet of the same direction of the same established
    connection will have the same outcome.  `match_keys` are what the outcome depends on; None if that is not known.
    `trail` is what `nft monitor trace` tells.
    """

    verdict: Verdict
    hits: tuple[RuleHit, ...]
    by_policy: bool = False
    counted: tuple[Counted, ...] = attrs.field(default=(), eq=False, repr=False)
    cacheable: bool = attrs.field(default=False, eq=False, repr=False)
    match_keys: tuple[MatchKey, ...] | None = attrs.field(default=None, eq=False, repr=False)
    trail: Trail | None = attrs.field(default=None, eq=False, repr=False)

    @property
    def rule_text(self) -> str:
        """The rule that decided, "" where none did."""
        return "" if self.by_policy or not self.hits else str(self.hits[-1])
