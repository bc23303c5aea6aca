"""Words and exit statuses are captured from iptables 1.8.9 (nf_tables) on Linux 6.18."""

from __future__ import annotations

import pytest

from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.errors import NetfilterError
from vnetsim.netfilter.operations import AppendRule, NewChain, SetPolicy
from vnetsim.netfilter.parse import parse_rule
from vnetsim.netfilter.rules import DROP, Jump, Rule
from vnetsim.netfilter.ruleset import Ruleset, at_hook
from vnetsim.netfilter.verdicts import ACCEPT as ACCEPTED
from vnetsim.netfilter.verdicts import DROP as DROPPED


def append(chain: str, text: str = "", table: str = "filter") -> AppendRule:
    return AppendRule(table=table, chain=chain, rule=parse_rule(text))


def refusal(ruleset: Ruleset, operation: ops.IptablesOperation) -> tuple[str, int]:
    with pytest.raises(NetfilterError) as raised:
        ruleset.apply(operation)
    return str(raised.value), raised.value.status


def made(*operations: ops.IptablesOperation) -> Ruleset:
    ruleset = Ruleset()
    for operation in operations:
        ruleset.apply(operation)
    return ruleset


def rules(ruleset: Ruleset, chain: str, table: str = "filter") -> list[str]:
    return [str(rule) for rule in ruleset.table(table).chains[chain].rules]


TOO_BIG = {what: (f"iptables: Index of {what} too big.", 1) for what in ("deletion", "replacement", "insertion")}
NO_CHAIN = ("iptables: No chain/target/match by that name.", 1)
BAD_RULE = ("iptables: Bad rule (does a matching rule exist in that chain?).", 1)
#: What was done before, what is refused, and how.
REFUSALS = [
    ((), append("NOSUCH"), NO_CHAIN),
    ((), append("INPUT", "-j NOSUCH"), ("iptables v1.8.9 (nf_tables): Chain 'NOSUCH' does not exist", 2)),
    ((), append("NOSUCH", "-j NOSUCH"), ("iptables v1.8.9 (nf_tables): Chain 'NOSUCH' does not exist", 2)),
    ((), ops.DeleteRule(chain="INPUT", rule=Rule()), BAD_RULE),
    ((), ops.CheckRule(chain="NOSUCH", rule=Rule()), BAD_RULE),
    ((), ops.DeleteRule(chain="INPUT", number=1), NO_CHAIN),
    ((append("INPUT"),), ops.DeleteRule(chain="INPUT", number=7), TOO_BIG["deletion"]),
    ((append("INPUT"),), ops.ReplaceRule(chain="INPUT", number=7, rule=Rule()), TOO_BIG["replacement"]),
    ((append("INPUT"),), ops.InsertRule(chain="INPUT", number=7, rule=Rule()), TOO_BIG["insertion"]),
    ((), ops.InsertRule(chain="INPUT", number=2, rule=Rule()), TOO_BIG["insertion"]),
    ((), NewChain(chain="INPUT"), ("iptables: Chain already exists.", 1)),
    ((NewChain(chain="A"),), NewChain(chain="A"), ("iptables: Chain already exists.", 1)),
    ((), ops.DeleteChain(chain="A"), NO_CHAIN),
    ((NewChain(chain="A"),), ops.DeleteChain(chain="INPUT"), NO_CHAIN),
    (
        (SetPolicy(chain="INPUT", policy=DROPPED),),
        ops.DeleteChain(chain="INPUT"),
        ("iptables: Directory not empty.", 1),
    ),
    ((NewChain(chain="A"),), ops.RenameChain(chain="A", new_name="INPUT"), ("iptables: File exists.", 1)),
    ((), ops.RenameChain(chain="A", new_name="B"), NO_CHAIN),
    ((), ops.Flush(chain="A"), NO_CHAIN),
    ((), ops.Zero(chain="INPUT"), NO_CHAIN),
    ((), ops.Zero(chain="INPUT", number=1), BAD_RULE),
    ((NewChain(chain="A"),), SetPolicy(chain="A", policy=DROPPED), ("iptables: Bad built-in chain name.", 1)),
]


@pytest.mark.parametrize(("before", "operation", "words"), REFUSALS)
def test_iptables_refuses_itself(
    before: tuple[ops.IptablesOperation, ...], operation: ops.IptablesOperation, words: tuple[str, int]
) -> None:
    assert refusal(made(*before), operation) == words


def kernel(action: str, why: str, what: str) -> tuple[str, int]:
    return f"iptables v1.8.9 (nf_tables):  {action} failed ({why}): {what}", 4


INVALID = "Invalid argument"


def invalid(chain: str) -> tuple[str, int]:
    return kernel("RULE_APPEND", INVALID, f"rule in chain {chain}")


KERNEL_REFUSALS = [
    ((NewChain(chain="A"), append("INPUT", "-j A")), ops.DeleteChain(chain="A"),
     kernel("CHAIN_DEL", "Device or resource busy", "chain A")),
    ((NewChain(chain="A"), append("A", "-j LOG")), ops.DeleteChain(),
     kernel("CHAIN_DEL", "Device or resource busy", "chain A")),
    ((), append("INPUT", "-j OUTPUT"), kernel("RULE_APPEND", "No such file or directory", "rule in chain INPUT")),
    ((append("OUTPUT"),), append("INPUT", "-j OUTPUT"),
     kernel("RULE_APPEND", "Operation not supported", "rule in chain INPUT")),
    ((NewChain(chain="A"), NewChain(chain="B"), append("A", "-j B"), append("B", "-j A")), append("FORWARD", "-g A"),
     kernel("RULE_APPEND", "Too many links", "rule in chain FORWARD")),
    ((), append("INPUT", "-j MASQUERADE"), invalid("INPUT")),
    ((), append("INPUT", "-j MASQUERADE", table="nat"), invalid("INPUT")),
    ((), append("FORWARD", "-j TTL --ttl-set 1"), invalid("FORWARD")),
    ((), append("FORWARD", "-p udp -j TCPMSS --clamp-mss-to-pmtu"), invalid("FORWARD")),
    ((), append("FORWARD", "-j REJECT --reject-with tcp-reset"), invalid("FORWARD")),
    ((), append("FORWARD", "-m owner --uid-owner 0"), invalid("FORWARD")),
    ((), append("OUTPUT", "-m physdev --physdev-out eth0"), invalid("OUTPUT")),
    ((), append("OUTPUT", "-m mac --mac-source 02:00:00:00:00:01"), invalid("OUTPUT")),
    ((), append("INPUT", "! -s 0.0.0.0/0"), invalid("INPUT")),
    ((), append("INPUT", "-m tcp"), invalid("INPUT")),
    ((NewChain(chain="A"), append("A", "-m owner --uid-owner 0")), append("INPUT", "-j A"),
     invalid("INPUT")),
    ((NewChain(chain="A"), append("INPUT", "-j A")),
     ops.InsertRule(chain="A", rule=parse_rule("-m owner --uid-owner 0")),
     kernel("RULE_INSERT", INVALID, "rule in chain A")),
]  # fmt: skip


@pytest.mark.parametrize(("before", "operation", "words"), KERNEL_REFUSALS)
def test_the_kernel_refuses(
    before: tuple[ops.IptablesOperation, ...], operation: ops.IptablesOperation, words: tuple[str, int]
) -> None:
    ruleset = made(*before)
    saved = {table.name: {c.name: c.rules for c in table.listed()} for table in ruleset.saved()}
    assert refusal(ruleset, operation) == words
    assert {table.name: {c.name: c.rules for c in table.listed()} for table in ruleset.saved()} == saved


def test_two_chains_may_lead_to_each_other_as_long_as_nobody_gets_there() -> None:
    ruleset = made(NewChain(chain="A"), append("A", "-j A"))
    assert rules(ruleset, "A") == ["-j A"]


def test_a_chain_may_wait_for_a_place_where_its_target_is_allowed() -> None:
    ruleset = made(NewChain(table="nat", chain="X"), append("X", "-j MASQUERADE", table="nat"))
    ruleset.apply(append("POSTROUTING", "-j X", table="nat"))
    assert refusal(ruleset, append("X", "-j DNAT --to 1.2.3.4", table="nat"))[1] == 4
    assert refusal(ruleset, append("PREROUTING", "-j X", table="nat"))[1] == 4


# --- what exists -----------------------------------------------------------------------------------------------------


def test_nothing_exists_before_it_was_changed() -> None:
    ruleset = Ruleset()
    assert ruleset.saved() == []
    assert at_hook(ruleset.hooked, "INPUT") == ()
    assert not ruleset.needs_conntrack


def test_looking_at_a_table_does_not_make_it() -> None:
    ruleset = Ruleset()
    assert [chain.name for chain in ruleset.table("nat").listed()] == ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"]
    assert ruleset.saved() == []


def test_only_chains_that_were_touched_are_walked() -> None:
    ruleset = made(append("INPUT"), append("POSTROUTING", table="nat"))
    assert at_hook(ruleset.hooked, "INPUT") == (("filter", "INPUT"),)
    assert at_hook(ruleset.hooked, "FORWARD") == ()


def test_a_chain_of_ones_own_is_no_hook_whatever_its_name() -> None:
    assert at_hook(made(NewChain(chain="PREROUTING")).hooked, "PREROUTING") == ()


@pytest.mark.parametrize(
    ("hook", "tables"),
    [
        ("PREROUTING", ["raw", "mangle", "nat"]),
        ("INPUT", ["mangle", "filter", "nat", "security"]),
        ("FORWARD", ["mangle", "filter", "security"]),
        ("OUTPUT", ["raw", "mangle", "nat", "filter", "security"]),
        ("POSTROUTING", ["mangle", "nat"]),
    ],
)
def test_tables_are_walked_in_the_order_of_their_priorities(hook: str, tables: list[str]) -> None:
    ruleset = Ruleset()
    for table in ("security", "nat", "filter", "mangle", "raw"):
        ruleset.apply(ops.NewChain(table=table, chain="X"))
        ruleset.apply(ops.Flush(table=table, verbose=True))
    assert at_hook(ruleset.hooked, hook) == tuple((table, hook) for table in tables)


def test_flushing_a_table_aloud_makes_its_chains_and_deleting_them_all_takes_them_away() -> None:
    ruleset = made(NewChain(chain="A"), ops.Flush())
    assert not at_hook(ruleset.hooked, "INPUT")
    ruleset.apply(ops.Flush(verbose=True))
    assert at_hook(ruleset.hooked, "INPUT")
    ruleset.apply(SetPolicy(chain="FORWARD", policy=DROPPED))
    ruleset.apply(ops.DeleteChain())
    assert [bool(at_hook(ruleset.hooked, hook)) for hook in ("INPUT", "FORWARD", "OUTPUT")] == [False, True, False]


def test_tables_are_saved_in_the_order_of_iptables_save() -> None:
    ruleset = Ruleset()
    for table in ("nat", "filter", "raw", "security", "mangle"):
        ruleset.apply(append("OUTPUT", table=table))
    assert [table.name for table in ruleset.saved()] == ["mangle", "security", "raw", "filter", "nat"]


def test_built_in_chains_are_listed_first_and_the_others_by_name() -> None:
    ruleset = made(*(NewChain(chain=name) for name in ("b", "a", "Z", "A-1", "A")))
    assert [chain.name for chain in ruleset.table("filter").listed()][3:] == ["A", "A-1", "Z", "a", "b"]


@pytest.mark.parametrize(
    ("operation", "needs"),
    [
        (append("INPUT", "-m conntrack --ctstate NEW"), True),
        (append("INPUT", "-m state --state NEW"), True),
        (append("INPUT", "-m connmark --mark 1"), True),
        (append("INPUT", "-j CONNMARK --set-mark 1"), True),
        (append("POSTROUTING", "-j MASQUERADE", table="nat"), True),
        (append("PREROUTING", "-j DNAT --to 1.1.1.1", table="nat"), True),
        (append("PREROUTING", "-p tcp -j REDIRECT", table="nat"), True),
        (append("PREROUTING", "-p icmp", table="nat"), False),
        (append("PREROUTING", "-j NOTRACK", table="raw"), False),
        (append("INPUT", "-m mark --mark 1 -j DROP"), False),
    ],
)
def test_connections_are_tracked_only_when_a_rule_asks_about_them(operation: AppendRule, needs: bool) -> None:
    ruleset = made(operation)
    assert ruleset.needs_conntrack is needs
    ruleset.apply(ops.Flush(table=operation.table))
    assert not ruleset.needs_conntrack


# --- changes ---------------------------------------------------------------------------------------------------------


def test_the_generation_grows_with_changes_only() -> None:
    ruleset = made(append("INPUT", "-j DROP"))
    before = ruleset.generation
    ruleset.apply(ops.CheckRule(chain="INPUT", rule=Rule(target=DROP)))
    refusal(ruleset, append("NOSUCH"))
    assert ruleset.generation == before
    ruleset.apply(ops.DeleteRule(chain="INPUT", rule=Rule(target=DROP)))
    assert ruleset.generation > before


def test_rules_are_inserted_before_the_number() -> None:
    ruleset = made(append("INPUT", "-p tcp"), append("INPUT", "-p udp"))
    ruleset.apply(ops.InsertRule(chain="INPUT", rule=parse_rule("-p icmp")))
    ruleset.apply(ops.InsertRule(chain="INPUT", rule=parse_rule("-p gre"), number=4))
    ruleset.apply(ops.ReplaceRule(chain="INPUT", rule=parse_rule("-p esp"), number=2))
    assert rules(ruleset, "INPUT") == ["-p icmp", "-p esp", "-p udp", "-p gre"]


def test_of_equal_rules_the_first_is_deleted() -> None:
    ruleset = made(append("INPUT", "-p tcp"), append("INPUT", "-p udp"), append("INPUT", "-p tcp"))
    ruleset.apply(ops.DeleteRule(chain="INPUT", rule=parse_rule("-p tcp")))
    assert rules(ruleset, "INPUT") == ["-p udp", "-p tcp"]


def test_renaming_a_chain_takes_the_rules_along_that_lead_to_it() -> None:
    ruleset = made(NewChain(chain="A"), append("INPUT", "-j A"), append("INPUT", "-g A"), append("A", "-j DROP"))
    ruleset.apply(ops.RenameChain(chain="A", new_name="B"))
    assert rules(ruleset, "INPUT") == ["-j B", "-g B"]
    assert rules(ruleset, "B") == ["-j DROP"]
    assert ruleset.table("filter").references("B") == 2


def test_a_batch_is_done_or_not_done() -> None:
    ruleset = made(append("INPUT", "-p tcp"))
    batch = ops.Batch(operations=(ops.Flush(), NewChain(chain="A"), append("INPUT", "-j A"), append("NOSUCH")))
    with pytest.raises(NetfilterError) as raised:
        ruleset.apply(batch)
    assert raised.value.failures == ((3, "No chain/target/match by that name."),)
    assert rules(ruleset, "INPUT") == ["-p tcp"]
    assert "A" not in ruleset.table("filter").chains


def test_the_kernel_reports_everything_that_it_refuses_in_a_batch() -> None:
    """Captured: a loop stays where it is until the batch is undone, so that every rule behind it is refused too."""
    batch = ops.Batch(operations=(
        NewChain(chain="X"), NewChain(chain="Y"), append("X", "-j Y"), append("FORWARD", "-j X"), append("Y", "-j X"),
        append("OUTPUT", "-s 1.1.1.1"), append("OUTPUT", "-j LOG"), NewChain(chain="Z"), append("Z", "-s 1.1.1.1"),
    ))  # fmt: skip
    with pytest.raises(NetfilterError) as raised:
        Ruleset().apply(batch)
    assert [number for number, _ in raised.value.failures] == [4, 5, 6, 8]


def test_a_misplaced_rule_is_refused_alone() -> None:
    """Captured: it never gets into the chain, so that what follows is fine."""
    misplaced = append("OUTPUT", "-m mac --mac-source 02:00:00:00:00:01")
    with pytest.raises(NetfilterError) as raised:
        Ruleset().apply(ops.Batch(operations=(misplaced, append("OUTPUT", "-j LOG"))))
    assert [number for number, _ in raised.value.failures] == [0]


def test_a_table_can_be_deleted_and_begun_anew_in_one_batch() -> None:
    ruleset = made(append("INPUT", "-p tcp"), SetPolicy(chain="FORWARD", policy=DROPPED))
    ruleset.apply(ops.Batch(operations=(ops.DeleteTable(), append("OUTPUT", "-p udp"))))
    assert at_hook(ruleset.hooked, "INPUT") == at_hook(ruleset.hooked, "FORWARD") == ()
    assert ruleset.table("filter").chains["FORWARD"].policy == ACCEPTED
    assert rules(ruleset, "OUTPUT") == ["-p udp"]


def test_the_family_decides_who_speaks() -> None:
    with pytest.raises(NetfilterError) as raised:
        Ruleset(6).apply(AppendRule(chain="NOSUCH", version=6, rule=Rule(target=DROP)))
    assert str(raised.value) == "ip6tables: No chain/target/match by that name."


@pytest.mark.parametrize(
    ("operation", "command"),
    [
        (append("INPUT", "-s 10.0.0.1 -j DROP"), "iptables -A INPUT -s 10.0.0.1/32 -j DROP"),
        (
            AppendRule(chain="INPUT", rule=Rule(target=Jump("A")), version=6, packets=1, bytes=2),
            "ip6tables -A INPUT -j A -c 1 2",
        ),
        (ops.InsertRule(table="nat", chain="X", rule=Rule(target=DROP)), "iptables -t nat -I X -j DROP"),
        (ops.InsertRule(chain="X", rule=Rule(), number=3), "iptables -I X 3"),
        (ops.ReplaceRule(chain="X", rule=Rule(target=DROP), number=3), "iptables -R X 3 -j DROP"),
        (ops.DeleteRule(chain="X", number=3), "iptables -D X 3"),
        (ops.DeleteRule(chain="X", rule=Rule(target=DROP)), "iptables -D X -j DROP"),
        (ops.CheckRule(chain="X", rule=Rule(target=DROP)), "iptables -C X -j DROP"),
        (NewChain(chain="X"), "iptables -N X"),
        (ops.DeleteChain(), "iptables -X"),
        (ops.RenameChain(chain="X", new_name="Y"), "iptables -E X Y"),
        (ops.Flush(chain="X"), "iptables -F X"),
        (ops.Zero(chain="X", number=2), "iptables -Z X 2"),
        (SetPolicy(chain="INPUT", policy=DROPPED), "iptables -P INPUT DROP"),
        (ops.Batch(operations=(ops.Flush(), NewChain(chain="X"))), "iptables -F; iptables -N X"),
    ],
)
def test_an_operation_prints_as_its_command(operation: ops.IptablesOperation, command: str) -> None:
    assert operation.command() == command
