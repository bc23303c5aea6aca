"""Tables, chains, rules, sets and objects as nft lists them (src/rule.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.netfilter.nft.datatype import concatenated, duration
from vnetsim.netfilter.nft.netlink_delinearize import delinearize
from vnetsim.netfilter.nft.output import STATELESS, OutputContext
from vnetsim.netfilter.nft.payload_dependency import PrintedStmt
from vnetsim.netfilter.nft.segtree import set_expr
from vnetsim.netfilter.nft.sets import FLAGS, NftObject, NftSet
from vnetsim.netfilter.nft.stateful import CounterState, LimitStmt, QuotaStmt
from vnetsim.netfilter.nft.tables import NftChain, NftFlowtable, NftHook, NftRule, NftRuleEntry, NftTable

#: Names of priorities (std_prios), and the hook to which a name is limited.
STD_PRIORITIES: Final = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
PRIORITY_HOOKS: Final = {"dstnat": "prerouting", "srcnat": "postrouting"}
#: Those of bridges; where packets are not of IP there is but filter.
_BRIDGE_PRIORITIES: Final = {"dstnat": -300, "filter": -200, "out": 100, "srcnat": 300}
_BRIDGE_HOOKS: Final = {**PRIORITY_HOOKS, "out": "output"}
_FRAME_PRIORITIES: Final = {"filter": 0}


def priorities(family: str) -> tuple[dict[str, int], dict[str, str]]:
    """The names of priorities in a family, and the hooks to which names are limited."""
    if family == "bridge":
        return _BRIDGE_PRIORITIES, _BRIDGE_HOOKS
    return _FRAME_PRIORITIES if family in ("arp", "netdev") else STD_PRIORITIES, PRIORITY_HOOKS


#: How far from a name a priority is still printed by it.
_REACH: Final = 10
#: Between two elements of a set on different lines.
_NEXT_LINE: Final = ",\n\t\t\t     "


def _handle(handle: int, ctx: OutputContext) -> str:
    return f" # handle {handle}" if ctx.handles else ""


# --- rules ---------------------------------------------------------------------------------------------------------


def printed(table: NftTable, entry: NftRuleEntry, ctx: OutputContext) -> list[PrintedStmt]:
    return delinearize(table.family, entry.rule.statements, entry.states, table.sets, ctx.now)


def rule_line(table: NftTable, entry: NftRuleEntry, ctx: OutputContext) -> str:
    """A rule as a line of a listing, with what it has counted."""
    parts = [found.statement.to_text(found.state, ctx) for found in printed(table, entry, ctx)]
    if entry.rule.comment is not None:
        parts.append(f'comment "{entry.rule.comment}"')
    return " ".join(parts) + _handle(entry.handle, ctx)


def rule_text(table: NftTable, rule: NftRule) -> str:
    """A rule without what it has counted."""
    return rule_line(table, NftRuleEntry(rule), STATELESS)


# --- tables --------------------------------------------------------------------------------------------------------


def table_text(table: NftTable, ctx: OutputContext) -> str:
    lines = [f"{table_head(table)}{_handle(table.handle, ctx)}\n"]
    if table.dormant:
        lines.append("\tflags dormant\n")
    if table.comment is not None:
        lines.append(f'\tcomment "{table.comment}"\n')
    blocks = [
        *(object_text(one, ctx) for one in table.objects.values()),
        *(set_text(one, ctx) for one in table.sets.values() if not one.spec.anonymous),
        *(flowtable_text(one, ctx) for one in table.flowtables.values()),
        *(chain_text(table, one, ctx) for one in table.chains.values()),
    ]
    separator = "\n" if table.dormant else ""
    for block in blocks:
        lines.append(separator + block)
        separator = "\n"
    return f"{''.join(lines)}}}\n"


def table_head(table: NftTable) -> str:
    return f"table {table} {{"


# --- chains --------------------------------------------------------------------------------------------------------


def chain_text(table: NftTable, chain: NftChain, ctx: OutputContext) -> str:
    rules = "".join(f"\t\t{rule_line(table, entry, ctx)}\n" for entry in chain.entries)
    return f"{chain_head(table, chain, ctx)}{rules}\t}}\n"


def chain_head(table: NftTable, chain: NftChain, ctx: OutputContext) -> str:
    lines = f"\tchain {chain.name} {{{_handle(chain.handle, ctx)}\n"
    if chain.comment is not None:
        lines += f'\t\tcomment "{chain.comment}"\n'
    hook = chain.hook
    if hook is None:
        return lines
    priority = priority_text(table.family, hook, ctx)
    where = f"{hook.hook}{devices_text(hook.devices)}"
    return f"{lines}\t\ttype {hook.kind} hook {where} priority {priority}; policy {hook.policy};\n"


def devices_text(devices: tuple[str, ...]) -> str:
    if len(devices) < 2:
        return f' device "{devices[0]}"' if devices else ""
    return f" devices = {{ {', '.join(sorted(devices))} }}"


def flowtable_text(found: NftFlowtable, ctx: OutputContext) -> str:
    priority = priority_text("netdev", NftHook(kind="filter", hook="ingress", priority=found.priority), ctx)
    lines = [f"hook ingress priority {priority}"]
    lines += [f"devices = {{ {', '.join(sorted(found.devices))} }}"] if found.devices else []
    lines += ["counter"] if found.counter else []
    body = "".join(f"\t\t{line}\n" for line in lines)
    return f"\tflowtable {found.name} {{{_handle(found.handle, ctx)}\n{body}\t}}\n"


def priority_text(family: str, hook: NftHook, ctx: OutputContext) -> str:
    if ctx.numeric_priorities:
        return str(hook.priority)
    names, limits = priorities(family)
    for name, value in names.items():
        offset = hook.priority - value
        if abs(offset) <= _REACH:
            if limits.get(name) not in (None, hook.hook):
                break
            return name if not offset else f"{name} {'+' if offset > 0 else '-'} {abs(offset)}"
    return str(hook.priority)


# --- sets ----------------------------------------------------------------------------------------------------------


def set_text(found: NftSet, ctx: OutputContext) -> str:
    lines = [f"\t{found.spec.kind} {found.spec.name} {{{_handle(found.handle, ctx)}\n"]
    lines += [f"\t\t{line}\n" for line in _declaration(found, ctx)]
    if not ctx.terse and (elements := set_expr(found, ctx.now).elements):
        first = found.spec.key[0]
        per_line = first.on_a_line if len(found.spec.key) == 1 else 0
        text = ""
        for number, element in enumerate(elements):
            separator = ", " if per_line and number % per_line else _NEXT_LINE
            text += f"{separator if number else ''}{element.to_text(ctx)}"
        lines.append(f"\t\telements = {{ {text} }}\n")
    return f"{''.join(lines)}\t}}\n"


def _declaration(found: NftSet, ctx: OutputContext) -> Iterator[str]:
    spec = found.spec
    yield _types(found, ctx)
    if "constant" not in spec.flags:
        if spec.policy == "memory":
            yield "policy memory"
        if spec.size:
            yield f"size {spec.size}"
    flags = [flag for flag in FLAGS if flag in spec.flags]
    if flags and (flags != ["timeout"] or not spec.timeout):
        yield f"flags {','.join(flags)}"
    if spec.statements:
        yield " ".join(statement.to_text(None, STATELESS) for statement in spec.statements)
    if spec.auto_merge:
        yield "auto-merge"
    if spec.timeout:
        yield f"timeout {duration(spec.timeout, ctx)}"
    if spec.gc_interval:
        yield f"gc-interval {duration(spec.gc_interval, ctx)}"
    if spec.comment is not None:
        yield f'comment "{spec.comment}"'


def _types(found: NftSet, ctx: OutputContext) -> str:
    spec = found.spec
    interval = "interval " if spec.data_intervals else ""
    if spec.typeof_key is not None:
        text = f"typeof {spec.typeof_key.to_text(ctx)}"
        if spec.typeof_data is not None:
            text += f" : {interval}{spec.typeof_data.to_text(ctx)}"
    else:
        text = f"type {concatenated(spec.key).name}"
        if spec.data:
            text += f" : {interval}{concatenated(spec.data).name}"
    return text if spec.objects is None else f"{text} : {spec.objects}"


# --- objects -------------------------------------------------------------------------------------------------------


def object_text(found: NftObject, ctx: OutputContext) -> str:
    spec = found.spec
    comment = "" if spec.comment is None else f'\t\tcomment "{spec.comment}"\n'
    contents = _contents(found, ctx)
    body = f"\t\t{contents}\n" if contents else ""
    return f"\t{spec.kind} {spec.name} {{{_handle(found.handle, ctx)}\n{comment}{body}\t}}\n"


def _contents(found: NftObject, ctx: OutputContext) -> str:
    statement = found.spec.statement
    if isinstance(statement, QuotaStmt):
        return statement.amount_text(found.state, ctx)
    if isinstance(statement, LimitStmt):
        return statement.rate_text
    if ctx.stateless:
        return ""
    assert isinstance(found.state, CounterState)
    return f"packets {found.state.packets} bytes {found.state.bytes}"
