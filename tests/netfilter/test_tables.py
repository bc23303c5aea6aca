"""What chains count of their rules is what a look at all of them finds, whatever was changed or refused before."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.parse import parse_rule
from vnetsim.netfilter.rules import Rule
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.tables import Chain, IptEntry, XtTable, constraints

CHAINS = st.sampled_from(["FORWARD", "INPUT", "A", "B"])
RULES = [
    *(parse_rule(f"-s 10.0.0.{number} -j ACCEPT") for number in range(3)),
    *map(parse_rule, ("-j A", "-j B", "-g A", "-p tcp -j REJECT --reject-with tcp-reset", "-m state --state NEW",
                      "-m physdev --physdev-out eth0 -j DROP", "-m owner --uid-owner 0", "-j MASQUERADE")),
]  # fmt: skip
OPERATIONS = st.one_of(
    st.builds(ops.InsertRule, chain=CHAINS, rule=st.sampled_from(RULES), number=st.integers(1, 3)),
    st.builds(ops.AppendRule, chain=CHAINS, rule=st.sampled_from(RULES)),
    st.builds(ops.ReplaceRule, chain=CHAINS, rule=st.sampled_from(RULES), number=st.integers(1, 3)),
    st.builds(ops.DeleteRule, chain=CHAINS, rule=st.sampled_from(RULES)),
    st.builds(ops.DeleteRule, chain=CHAINS, number=st.integers(1, 3)),
    st.builds(ops.CheckRule, chain=CHAINS, rule=st.sampled_from(RULES)),
    st.builds(ops.Flush, chain=st.none() | CHAINS),
    st.builds(ops.Zero, chain=st.none() | CHAINS),
    st.builds(ops.NewChain, chain=st.sampled_from("AB")),
    st.builds(ops.DeleteChain, chain=st.none() | CHAINS),
    st.builds(ops.RenameChain, chain=st.sampled_from("AB"), new_name=st.sampled_from("ABC")),
)
ATTEMPTS = OPERATIONS | st.builds(ops.Batch, operations=st.lists(OPERATIONS, max_size=4).map(tuple), version=st.just(4))
#: More rules than a chain searches from its beginning.
MANY = [
    ops.NewChain(chain="A"),
    ops.NewChain(chain="B"),
    *(ops.AppendRule(chain=chain, rule=RULES[number % 3]) for number in range(9) for chain in ("FORWARD", "A")),
]


def uncounted(ruleset: Ruleset) -> Ruleset:
    """The same rules in chains that have counted nothing yet."""
    again = Ruleset()
    for table in ruleset.tables.values():
        chains = {
            name: Chain(c.table, c.name, c.policy, c.present, c.counting, c.packets, c.bytes, [*c.entries])
            for name, c in table.chains.items()
        }
        again.tables[table.name] = XtTable(table.name, chains)
    return again


def result(ruleset: Ruleset, attempt: ops.IptablesOperation) -> tuple[str, int] | None:
    try:
        ruleset.apply(attempt)
    except NetfilterError as refused:
        return str(refused), refused.status
    return None


def rules_of(ruleset: Ruleset) -> dict[str, list[Rule]]:
    return {name: chain.rules for table in ruleset.tables.values() for name, chain in table.chains.items()}


def entries_of(ruleset: Ruleset) -> dict[str, list[IptEntry]]:
    return {name: [*chain.entries] for table in ruleset.tables.values() for name, chain in table.chains.items()}


@given(st.booleans(), st.lists(ATTEMPTS, max_size=12))
def test_what_chains_count_is_what_is_in_them(many: bool, attempts: list[ops.IptablesOperation]) -> None:
    ruleset = Ruleset()
    for attempt in [*(MANY if many else MANY[:2]), *attempts]:
        slow, before = uncounted(ruleset), entries_of(ruleset)
        refused = result(ruleset, attempt)
        assert refused == result(slow, attempt)
        assert rules_of(ruleset) == rules_of(slow)
        assert refused is None or entries_of(ruleset) == before
        for table in ruleset.tables.values():
            for chain in table.chains.values():
                rules = chain.rules
                assert [chain.has(rule) for rule in RULES] == [rule in rules for rule in RULES]
                assert chain.tracks is any(rule.tracks for rule in rules)
                assert chain.constraints() == Counter(found for rule in rules for found in constraints(rule))
        hooked = [(t.name, c.name) for t in ruleset.tables.values() for c in t.chains.values() if c.hooked]
        assert sorted(ruleset.hooked) == sorted(hooked)
