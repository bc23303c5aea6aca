"""Rules in the words of nft: what decode gives, printed (src/expression.c, statement.c, meta.c, ct.c, exthdr.c)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.datatype import duration
from vnetsim.netfilter.nft.expression import (
    TCP_OPTIONS,
    UNQUALIFIED,
    BinopExpr,
    CatchallExpr,
    ConcatExpr,
    ConstantExpr,
    CtAddressExpr,
    CtExpr,
    Expr,
    ExthdrExpr,
    FibExpr,
    FieldExpr,
    FlagcmpExpr,
    HashExpr,
    ListExpr,
    MapExpr,
    MetaExpr,
    NumgenExpr,
    PayloadExpr,
    PrefixExpr,
    RangeExpr,
    RelationalExpr,
    RtExpr,
    SetElemExpr,
    SetExpr,
    SetRefExpr,
    VerdictExpr,
    WildcardExpr,
)
from vnetsim.netfilter.nft.expression import (
    MappingExpr as MappingNode,
)
from vnetsim.netfilter.nft.json import statement_json
from vnetsim.netfilter.nft.netlink_delinearize import ExpressionStmt, FieldStmt, PrintedStmt, VerboseRejectStmt, decode
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.sets import NftSet
from vnetsim.netfilter.nft.stateful import CounterState, QuotaState, StmtState
from vnetsim.netfilter.nft.tables import NftRule, NftRuleEntry, NftTable

_PRECEDENCE: Final = {"<<": 1, ">>": 1, "&": 2, "^": 3, "|": 4}


# --- expressions ---------------------------------------------------------------------------------------------------


def expression(node: Expr, style: OutputContext) -> str:
    return _WRITERS[type(node)](node, style)


def _constant(node: ConstantExpr, style: OutputContext) -> str:
    value = node.value
    if isinstance(value, str) and value.endswith("*"):
        value = f"{value[:-1]}\\*"
    return node.datatype.text(value, style)


def _prefix(node: PrefixExpr, style: OutputContext) -> str:
    return f"{node.datatype.text(node.value, style)}/{node.length}"


def _range(node: RangeExpr, style: OutputContext) -> str:
    numbers = style.in_range()
    return f"{node.datatype.text(node.first, numbers)}-{node.datatype.text(node.last, numbers)}"


def _meta(node: MetaExpr, style: OutputContext) -> str:
    del style
    return meta_words(node.key)


def meta_words(key: str) -> str:
    return key if key in UNQUALIFIED else f"meta {key}"


def _conntrack(node: CtExpr, style: OutputContext) -> str:
    del style
    return " ".join(filter(None, ("ct", node.direction, node.key)))


def _conntrack_address(node: CtAddressExpr, style: OutputContext) -> str:
    del style
    return f"ct {node.key.direction} {node.family} {node.key.key}"


def _fib(node: FibExpr, style: OutputContext) -> str:
    del style
    return f"fib {' . '.join(node.selectors)} {node.result}"


def _option(node: ExthdrExpr, style: OutputContext) -> str:
    del style
    return f"tcp option {node.name}" + ("" if node.present else f" {node.field}")


def _route(node: RtExpr, style: OutputContext) -> str:
    del style
    return " ".join(filter(None, ("rt", node.family, node.key)))


def _numgen(node: NumgenExpr, style: OutputContext) -> str:
    del style
    return f"numgen {node.mode} mod {node.modulus}" + (f" offset {node.offset}" if node.offset else "")


def _hash(node: HashExpr, style: OutputContext) -> str:
    words = "symhash" if node.key is None else f"jhash {expression(node.key, style)}"
    words += f" mod {node.modulus}"
    if node.seed is not None:
        words += f" seed 0x{node.seed:x}"
    return words + (f" offset {node.offset}" if node.offset else "")


def _named(node: FieldExpr, style: OutputContext) -> str:
    del style
    return f"{node.header.name} {node.field.name}"


def _payload(node: PayloadExpr, style: OutputContext) -> str:
    del style
    return f"@{node.base.token},{node.offset},{node.bits}"


def _operand(operator: str, node: Expr, style: OutputContext) -> str:
    words = expression(node, style)
    inner = _PRECEDENCE.get(node.operator, 0) if isinstance(node, BinopExpr) else 0
    return f"({words})" if _PRECEDENCE.get(operator, 0) and _PRECEDENCE[operator] < inner else words


def _binary(node: BinopExpr, style: OutputContext) -> str:
    left, right = _operand(node.operator, node.left, style), _operand(node.operator, node.right, style)
    return f"{left} {node.operator} {right}"


def _relation(node: RelationalExpr, style: OutputContext) -> str:
    operator = node.operator
    if operator == "in" or (operator == "==" and not _must_say_equal(node)):
        operator = ""
    return " ".join(filter(None, (expression(node.left, style), operator, expression(node.right, style))))


def _must_say_equal(node: RelationalExpr) -> bool:
    right = node.right
    return isinstance(node.left, BinopExpr) or (isinstance(right, ConstantExpr) and right.datatype.is_flags)


def _flag_comparison(node: FlagcmpExpr, style: OutputContext) -> str:
    operator = " !=" if node.operator == "!=" else ""
    return f"{expression(node.left, style)}{operator} {expression(node.value, style)} / {expression(node.mask, style)}"


def _flags(node: ListExpr, style: OutputContext) -> str:
    return ",".join(expression(part, style) for part in node.parts)


def _concat(node: ConcatExpr, style: OutputContext) -> str:
    return " . ".join(expression(part, style) for part in node.parts)


def _set_literal(node: SetExpr, style: OutputContext) -> str:
    return f"{{ {', '.join(expression(element, style) for element in node.elements)} }}"


def _element(node: SetElemExpr, style: OutputContext) -> str:
    words = [expression(node.key, style), *(text for text, _ in node.statements)]
    if node.timeout:
        words.append(f"timeout {duration(node.timeout, style)}")
    if node.expires is not None and not style.stateless:
        words.append(f"expires {duration(node.expires, style)}")
    if node.comment is not None:
        words.append(f'comment "{node.comment}"')
    return " ".join(words)


def _mapping(node: MappingNode, style: OutputContext) -> str:
    return f"{expression(node.key, style)} : {expression(node.data, style)}"


def _map(node: MapExpr, style: OutputContext) -> str:
    return f"{expression(node.key, style)} {'vmap' if node.verdicts else 'map'} {expression(node.mappings, style)}"


def _verdict(node: VerdictExpr, style: OutputContext) -> str:
    del style
    return f"{node.kind} {node.chain}" if node.chain else node.kind


def _catch_all(node: CatchallExpr, style: OutputContext) -> str:
    del node, style
    return "*"


def _wildcard(node: WildcardExpr, style: OutputContext) -> str:
    del style
    return f'"{node.text}*"'


def _reference(node: SetRefExpr, style: OutputContext) -> str:
    del style
    return f"@{node.name}"


_WRITERS: Final[dict[type[Expr], Callable[..., str]]] = {
    ConstantExpr: _constant, PrefixExpr: _prefix, RangeExpr: _range, MetaExpr: _meta, CtExpr: _conntrack,
    CtAddressExpr: _conntrack_address, FibExpr: _fib, ExthdrExpr: _option, RtExpr: _route, NumgenExpr: _numgen,
    HashExpr: _hash,
    FieldExpr: _named, PayloadExpr: _payload, BinopExpr: _binary, RelationalExpr: _relation,
    FlagcmpExpr: _flag_comparison,
    ListExpr: _flags, ConcatExpr: _concat, SetExpr: _set_literal, SetElemExpr: _element, MappingNode: _mapping,
    MapExpr: _map, VerdictExpr: _verdict, CatchallExpr: _catch_all, WildcardExpr: _wildcard, SetRefExpr: _reference,
}  # fmt: skip


# --- statements ----------------------------------------------------------------------------------------------------


def statement(found: st.Stmt, state: StmtState | None, style: OutputContext) -> str:
    return _TELLERS[type(found)](found, state, style)


def _test(found: ExpressionStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    return expression(found.expression, style)


def _verdict_statement(found: st.VerdictStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    return expression(found.verdict, style)


def _counter(found: st.CounterStmt, state: StmtState | None, style: OutputContext) -> str:
    if style.stateless:
        return "counter"
    packets, size = (state.packets, state.bytes) if isinstance(state, CounterState) else (found.packets, found.bytes)
    return f"counter packets {packets} bytes {size}"


def _object(found: st.ObjrefStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    return f"{found.kind} name {expression(found.name, style)}"


def amount(size: int) -> str:
    """Bytes in the greatest unit that tells them exactly."""
    for unit in ("bytes", "kbytes"):
        if not size or size % 1024:
            return f"{size} {unit}"
        size //= 1024
    return f"{size} mbytes"


def limit_words(limit: st.LimitStmt) -> str:
    """Without the word limit itself, as named limits are listed."""
    over = "over " if limit.over else ""
    if limit.of_bytes:
        burst = f" burst {amount(limit.burst)}" if limit.burst else ""
        return f"rate {over}{amount(limit.rate)}/{st.UNITS[limit.unit]}{burst}"
    burst = f" burst {limit.burst} packets" if limit.burst not in (0, 5) else ""
    return f"rate {over}{limit.rate}/{st.UNITS[limit.unit]}{burst}"


def _limit(found: st.LimitStmt, state: StmtState | None, style: OutputContext) -> str:
    del state, style
    return f"limit {limit_words(found)}"


def quota_words(quota: st.QuotaStmt, state: StmtState | None, style: OutputContext) -> str:
    used = state.used if isinstance(state, QuotaState) else quota.used
    words = f"{'over ' if quota.over else ''}{amount(quota.bytes)}"
    return f"{words} used {amount(used)}" if used and not style.stateless else words


def _quota(found: st.QuotaStmt, state: StmtState | None, style: OutputContext) -> str:
    return f"quota {quota_words(found, state, style)}"


def _connections(found: st.ConnlimitStmt, state: StmtState | None, style: OutputContext) -> str:
    del state, style
    return f"ct count {'over ' if found.over else ''}{found.count}"


def _log(found: st.LogStmt, state: StmtState | None, style: OutputContext) -> str:
    del state, style
    words = ["log"]
    if found.prefix is not None:
        words.append(f'prefix "{found.prefix}"')
    for name, number in (
        ("group", found.group), ("snaplen", found.snaplen), ("queue-threshold", found.threshold),
    ):  # fmt: skip
        if number is not None:
            words.append(f"{name} {number}")
    if found.level not in (None, "warn"):
        words.append(f"level {found.level}")
    return " ".join([*words, *_log_flags(found.flags)])


def _log_flags(flags: int) -> list[str]:
    if flags & st.LOG_ALL == st.LOG_ALL:
        return ["flags all"]
    named = [name for name, bit in st.LOG_FLAGS.items() if flags & bit]
    if "tcp sequence" in named and "tcp options" in named:
        named = ["tcp sequence,options", *named[2:]]
    return [f"flags {name}" for name in named]


_CODES: Final = {"icmp": types.ICMP_CODE, "icmpv6": types.ICMPV6_CODE, "icmpx": types.ICMPX_CODE}
#: The code that `reject` alone means.
_USUAL_CODE: Final = {"icmp": 3, "icmpv6": 4, "icmpx": 1}


def _reject(found: st.RejectStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    if found.kind in _USUAL_CODE and found.code == _USUAL_CODE[found.kind]:
        return "reject"
    return _reject_in_full(found, style)


def _reject_in_full(found: st.RejectStmt, style: OutputContext) -> str:
    code = "" if found.kind == "tcp reset" else f" {_CODES[found.kind].text(found.code, style)}"
    return f"reject with {found.kind}{code}"


def _verbose_reject(found: VerboseRejectStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    return _reject_in_full(found.reject, style)


def _nat(found: st.NatStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    words = found.kind
    if found.address is not None or found.port is not None:
        family = f" {found.family}" if found.family in ("ip", "ip6") else ""
        words += f"{family}{' prefix' if found.prefix else ''} to "
    if found.address is not None:
        words += _nat_address(found.address, style, bracketed=found.port is not None)
    if found.port is not None:
        words += f":{expression(found.port, style)}"
    return f"{words} {','.join(found.flags)}" if found.flags else words


def _nat_address(node: Expr, style: OutputContext, *, bracketed: bool) -> str:
    if bracketed and isinstance(node, (ConstantExpr, RangeExpr)) and node.datatype is types.IPV6_ADDR:
        if isinstance(node, ConstantExpr):
            return f"[{expression(node, style)}]"
        return f"[{node.datatype.text(node.first, style)}]-[{node.datatype.text(node.last, style)}]"
    return expression(node, style)


def _set_meta(found: st.MetaStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    return f"{meta_words(found.key)} set {expression(found.value, style)}"


def _set_conntrack(found: st.CtStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    words = " ".join(filter(None, ("ct", found.direction, found.key)))
    value = found.value
    if found.key == "event" and isinstance(value, BinopExpr):
        return f"{words} set {expression(value, style).replace(' | ', ',')}"
    return f"{words} set {expression(value, style)}"


def _set_named(found: FieldStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    return f"{expression(found.place, style)} set {expression(found.value, style)}"


def _set_option(found: st.ExthdrStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    return f"{_option(found.place, style)} set {expression(found.value, style)}"


def _strip_option(found: st.OptstripStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    return f"reset {_option(found.place, style)}"


def _notrack(found: st.NotrackStmt, state: StmtState | None, style: OutputContext) -> str:
    del found, state, style
    return "notrack"


def _set_update(found: st.SetStmt, state: StmtState | None, style: OutputContext) -> str:
    del state
    words = [expression(found.key, style)]
    if found.timeout:
        words.append(f"timeout {duration(found.timeout, style)}")
    words += [statement(kept, None, STATELESS) for kept in found.statements]
    if found.data is not None:
        words.append(f": {expression(found.data, style)}")
    return f"{found.operation} @{found.reference.name} {{ {' '.join(words)} }}"


def _foreign(found: st.XtStmt, state: StmtState | None, style: OutputContext) -> str:
    del state, style
    return found.words


STATELESS: Final = OutputContext(stateless=True)
_TELLERS: Final[dict[type[st.Stmt], Callable[..., str]]] = {
    ExpressionStmt: _test, st.VerdictStmt: _verdict_statement, st.CounterStmt: _counter, st.ObjrefStmt: _object,
    st.LimitStmt: _limit, st.QuotaStmt: _quota, st.ConnlimitStmt: _connections, st.LogStmt: _log,
    st.RejectStmt: _reject,
    VerboseRejectStmt: _verbose_reject, st.NatStmt: _nat, st.MetaStmt: _set_meta, st.CtStmt: _set_conntrack,
    FieldStmt: _set_named, st.ExthdrStmt: _set_option, st.OptstripStmt: _strip_option, st.NotrackStmt: _notrack,
    st.SetStmt: _set_update, st.XtStmt: _foreign,
}  # fmt: skip


# --- rules ---------------------------------------------------------------------------------------------------------


def tell(style: OutputContext) -> Callable[[st.Stmt, StmtState | None], tuple[str, dict[str, types.Json]]]:
    """How statements that are kept with an element are told."""
    return lambda found, state: (statement(found, state, style), statement_json(found, state, style))


def shown(family: str, sets: Mapping[str, NftSet], entry: NftRuleEntry, style: OutputContext) -> list[PrintedStmt]:
    return decode(family, entry.rule.statements, entry.states, sets, style.now, tell(style))


def entry_words(table: NftTable, entry: NftRuleEntry, style: OutputContext) -> str:
    """A rule in its place as a line of a listing, with what it has counted."""
    words = [statement(found.statement, found.state, style) for found in shown(table.family, table.sets, entry, style)]
    if entry.rule.comment is not None:
        words.append(f'comment "{entry.rule.comment}"')
    if style.handles:
        words.append(f"# handle {entry.handle}")
    return " ".join(words)


def rule_words(table: NftTable, rule: NftRule) -> str:
    """What a rule says, without what it has counted."""
    return entry_words(table, NftRuleEntry(rule), STATELESS)


#: Options of TCP that can be named.
OPTION_NAMES: Final = tuple(TCP_OPTIONS)
