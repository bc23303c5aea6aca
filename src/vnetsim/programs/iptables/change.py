"""Commands as operations, their execution, and what `-v` prints (iptables/nft.c, nft-cmd.c)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.netfilter import operations as ops
from vnetsim.netfilter.errors import NO_CHAIN, KernelRefusalError, NetfilterError
from vnetsim.netfilter.extensions.xt_tcpudp import check_protocol
from vnetsim.netfilter.rules import Rule
from vnetsim.netfilter.ruleset import Ruleset
from vnetsim.netfilter.tables import BUILTIN
from vnetsim.netfilter.verdicts import ACCEPT, DROP, Verdict
from vnetsim.process.network import Network
from vnetsim.programs.iptables.arguments import RULE_COMMANDS, IptablesCommand
from vnetsim.programs.iptables.listing import sentence

_POLICIES: Final[dict[str, Verdict]] = {"ACCEPT": ACCEPT, "DROP": DROP}


def operations(command: IptablesCommand, version: int) -> list[ops.IptablesOperation]:
    """What the command amounts to; a listing amounts to nothing."""
    found: list[ops.IptablesOperation] = []
    for kind in command.kinds:
        if kind in RULE_COMMANDS:
            found += [_rule_operation(kind, command, version, rule) for rule in command.rules]
        elif kind not in "LS":
            found.append(_chain_operation(kind, command, version))
    return found


def _rule_operation(kind: str, command: IptablesCommand, version: int, rule: Rule) -> ops.IptablesOperation:
    check_protocol(rule)
    table, chain, number = command.table, command.chain or "", command.number
    packets, size = command.counters
    if kind == "D":
        return ops.DeleteRule(table=table, version=version, chain=chain, rule=rule)
    if kind == "C":
        return ops.CheckRule(table=table, version=version, chain=chain, rule=rule)
    if kind == "A":
        return ops.AppendRule(table=table, version=version, chain=chain, rule=rule, packets=packets, bytes=size)
    put = ops.InsertRule if kind == "I" else ops.ReplaceRule
    return put(table=table, version=version, chain=chain, rule=rule, number=number, packets=packets, bytes=size)


def _chain_operation(kind: str, command: IptablesCommand, version: int) -> ops.IptablesOperation:
    table, chain = command.table, command.chain
    if kind == "F":
        return ops.Flush(table=table, version=version, chain=chain, verbose=command.verbose > 0)
    if kind == "X":
        return ops.DeleteChain(table=table, version=version, chain=chain)
    if kind in ("Z", "Z#"):
        listed = any(other in "LS" for other in command.kinds)
        number = command.number if kind == "Z#" else None
        return ops.Zero(table=table, version=version, chain=chain, number=number, listed=listed)
    assert chain is not None, "the other commands want a chain"
    if kind == "D#":
        return ops.DeleteRule(table=table, version=version, chain=chain, number=command.number)
    if kind == "N":
        return ops.NewChain(table=table, version=version, chain=chain)
    if kind == "E":
        return ops.RenameChain(table=table, version=version, chain=chain, new_name=command.new_name)
    return ops.SetPolicy(table=table, version=version, chain=chain, policy=policy(command.policy))


def policy(name: str) -> Verdict:
    if name not in _POLICIES:
        raise NetfilterError("Bad policy name. Run `dmesg' for more information.")
    return _POLICIES[name]


def carry_out(network: Network, command: IptablesCommand, version: int) -> tuple[list[str], NetfilterError | None]:
    """Do it, all or nothing; the lines for standard output (none without `-v`), and the refusal if there is one."""
    ruleset = network.ruleset(version)
    found = operations(command, version)
    lines = list(_remarks(ruleset, command)) if command.verbose else []
    try:
        network.execute(found[0] if len(found) == 1 else ops.Batch(operations=tuple(found), version=version))
    except NetfilterError as refused:
        return _before(refused, lines, command), refused
    return lines, None


def _before(refused: NetfilterError, lines: list[str], command: IptablesCommand) -> list[str]:
    """The output before the error: iptables finds out late that a chain is missing."""
    if isinstance(refused, KernelRefusalError):
        return lines
    if command.kinds[0] not in RULE_COMMANDS:
        return []
    late = command.kinds == ["A"] and refused.message == NO_CHAIN
    return lines[: refused.failures[0][0] + late]


def _remarks(ruleset: Ruleset, command: IptablesCommand) -> Iterator[str]:
    """One for each rule or chain."""
    kind, chain = command.kinds[-1], command.chain
    if kind in RULE_COMMANDS:
        yield from (sentence(rule, ruleset.version) for rule in command.rules)
        return
    verb = {"F": "Flushing", "Z": "Zeroing", "X": "Deleting"}.get(kind)
    if verb is None:
        return
    names = _chains(ruleset, command) if chain is None else [chain]
    yield from (f"{verb} chain `{name}'" for name in names if kind != "X" or name not in BUILTIN[command.table])


def _chains(ruleset: Ruleset, command: IptablesCommand) -> list[str]:
    if command.table not in ruleset.tables:
        return []
    every = ruleset.tables[command.table].listed()
    alone = command.kinds == ["Z"]
    return [chain.name for chain in every if chain.present or not alone]
