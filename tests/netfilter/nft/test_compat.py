"""The handles of the rules of iptables: each is given once, in the order in which rules come, and stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.netfilter.test_tables import ATTEMPTS, MANY
from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.nft.compat import CompatTables
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.tables import IptEntry


def handles_of(foreign: CompatTables) -> dict[str, list[int]]:
    return {name: chain.handles for name, chain in foreign.tables["ip", "filter"].chains.items()}


def entries_of(ruleset: Ruleset) -> dict[IptEntry, int]:
    return {
        entry: entry.handle
        for table in ruleset.tables.values() for chain in table.chains.values() for entry in chain.entries
    }  # fmt: skip


@given(st.lists(ATTEMPTS, max_size=12))
def test_a_handle_is_given_once_and_kept(attempts: list[ops.IptablesOperation]) -> None:
    ruleset, foreign, last = Ruleset(), CompatTables(), 0
    for attempt in [*MANY, *attempts]:
        before = entries_of(ruleset)
        try:
            ruleset.apply(attempt)
        except NetfilterError:
            assert entries_of(ruleset) == before
            continue
        foreign.note(ruleset, attempt)
        after = entries_of(ruleset)
        assert len(set(after.values())) == len(after)
        kept = set(before.values())
        assert all(after[entry] == handle for entry, handle in before.items() if entry in after)
        new = [handle for handle in after.values() if handle not in kept]
        assert all(handle > last for handle in new)
        last = max([last, *new])
        assert all(chain.chain.entries is ruleset.tables["filter"].chains[name].entries
                   for name, chain in foreign.tables["ip", "filter"].chains.items())  # fmt: skip


def test_a_rule_that_is_replaced_keeps_its_handle() -> None:
    ruleset, foreign = Ruleset(), CompatTables()
    rules = [MANY[2].rule, MANY[4].rule]  # type: ignore[attr-defined]
    for operation in (
        ops.AppendRule(chain="INPUT", rule=rules[0]), ops.AppendRule(chain="INPUT", rule=rules[0]),
        ops.InsertRule(chain="INPUT", rule=rules[0]), ops.ReplaceRule(chain="INPUT", rule=rules[1], number=2),
        ops.Zero(chain="INPUT"), ops.DeleteRule(chain="INPUT", number=3),
    ):  # fmt: skip
        ruleset.apply(operation)
        foreign.note(ruleset, operation)
    assert handles_of(foreign) == {"INPUT": [4, 2]}
