"""Rules in the words of nft: what decode gives, printed (src/expression.c, statement.c, meta.c, ct.c, exthdr.c)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from vnetsim.netfilter.nft import datatypes as types
from vnetsim.netfilter.nft import statements as st
from vnetsim.netfilter.nft.datatypes import duration
from vnetsim.netfilter.nft.decode import SetNamed, Shown, Test, VerboseReject, decode
from vnetsim.netfilter.nft.expressions import (
    TCP_OPTIONS,
    UNQUALIFIED,
    Binary,
    CatchAll,
    Concat,
    Conntrack,
    Constant,
    Element,
    Fib,
    FlagComparison,
    Flags,
    Hash,
    MapExpression,
    Meta,
    Named,
    Named6,
    Node,
    Numgen,
    Payload,
    Prefix,
    Range,
    Relation,
    RouteKey,
    SetLiteral,
    SetReference,
    TcpOption,
    VerdictNode,
    Wildcard,
)
from vnetsim.netfilter.nft.expressions import (
    Mapping as MappingNode,
)
from vnetsim.netfilter.nft.json import statement_json
from vnetsim.netfilter.nft.sets import Set
from vnetsim.netfilter.nft.states import Counted, State, Used
from vnetsim.netfilter.nft.style import Style
from vnetsim.netfilter.nft.tables import Entry, Rule, Table

_PRECEDENCE: Final = {"<<": 1, ">>": 1, "&": 2, "^": 3, "|": 4}


# --- expressions ---------------------------------------------------------------------------------------------------


def expression(node: Node, style: Style) -> str:
    return _WRITERS[type(node)](node, style)


def _constant(node: Constant, style: Style) -> str:
    value = node.value
    if isinstance(value, str) and value.endswith("*"):
        value = f"{value[:-1]}\\*"
    return node.datatype.text(value, style)


def _prefix(node: Prefix, style: Style) -> str:
    return f"{node.datatype.text(node.value, style)}/{node.length}"


def _range(node: Range, style: Style) -> str:
    numbers = style.in_range()
    return f"{node.datatype.text(node.first, numbers)}-{node.datatype.text(node.last, numbers)}"


def _meta(node: Meta, style: Style) -> str:
    del style
    return meta_words(node.key)


def meta_words(key: str) -> str:
    return key if key in UNQUALIFIED else f"meta {key}"


def _conntrack(node: Conntrack, style: Style) -> str:
    del style
    return " ".join(filter(None, ("ct", node.direction, node.key)))


def _conntrack_address(node: Named6, style: Style) -> str:
    del style
    return f"ct {node.key.direction} {node.family} {node.key.key}"


def _fib(node: Fib, style: Style) -> str:
    del style
    return f"fib {' . '.join(node.selectors)} {node.result}"


def _option(node: TcpOption, style: Style) -> str:
    del style
    return f"tcp option {node.name}" + ("" if node.present else f" {node.field}")


def _route(node: RouteKey, style: Style) -> str:
    del style
    return " ".join(filter(None, ("rt", node.family, node.key)))


def _numgen(node: Numgen, style: Style) -> str:
    del style
    return f"numgen {node.mode} mod {node.modulus}" + (f" offset {node.offset}" if node.offset else "")


def _hash(node: Hash, style: Style) -> str:
    words = "symhash" if node.key is None else f"jhash {expression(node.key, style)}"
    words += f" mod {node.modulus}"
    if node.seed is not None:
        words += f" seed 0x{node.seed:x}"
    return words + (f" offset {node.offset}" if node.offset else "")


def _named(node: Named, style: Style) -> str:
    del style
    return f"{node.header.name} {node.field.name}"


def _payload(node: Payload, style: Style) -> str:
    del style
    return f"@{node.base.token},{node.offset},{node.bits}"


def _operand(operator: str, node: Node, style: Style) -> str:
    words = expression(node, style)
    inner = _PRECEDENCE.get(node.operator, 0) if isinstance(node, Binary) else 0
    return f"({words})" if _PRECEDENCE.get(operator, 0) and _PRECEDENCE[operator] < inner else words


def _binary(node: Binary, style: Style) -> str:
    left, right = _operand(node.operator, node.left, style), _operand(node.operator, node.right, style)
    return f"{left} {node.operator} {right}"


def _relation(node: Relation, style: Style) -> str:
    operator = node.operator
    if operator == "in" or (operator == "==" and not _must_say_equal(node)):
        operator = ""
    return " ".join(filter(None, (expression(node.left, style), operator, expression(node.right, style))))


def _must_say_equal(node: Relation) -> bool:
    right = node.right
    return isinstance(node.left, Binary) or (isinstance(right, Constant) and right.datatype.is_flags)


def _flag_comparison(node: FlagComparison, style: Style) -> str:
    operator = " !=" if node.operator == "!=" else ""
    return f"{expression(node.left, style)}{operator} {expression(node.value, style)} / {expression(node.mask, style)}"


def _flags(node: Flags, style: Style) -> str:
    return ",".join(expression(part, style) for part in node.parts)


def _concat(node: Concat, style: Style) -> str:
    return " . ".join(expression(part, style) for part in node.parts)


def _set_literal(node: SetLiteral, style: Style) -> str:
    return f"{{ {', '.join(expression(element, style) for element in node.elements)} }}"


def _element(node: Element, style: Style) -> str:
    words = [expression(node.key, style), *(text for text, _ in node.statements)]
    if node.timeout:
        words.append(f"timeout {duration(node.timeout, style)}")
    if node.expires is not None and not style.stateless:
        words.append(f"expires {duration(node.expires, style)}")
    if node.comment is not None:
        words.append(f'comment "{node.comment}"')
    return " ".join(words)


def _mapping(node: MappingNode, style: Style) -> str:
    return f"{expression(node.key, style)} : {expression(node.data, style)}"


def _map(node: MapExpression, style: Style) -> str:
    return f"{expression(node.key, style)} {'vmap' if node.verdicts else 'map'} {expression(node.mappings, style)}"


def _verdict(node: VerdictNode, style: Style) -> str:
    del style
    return f"{node.kind} {node.chain}" if node.chain else node.kind


def _catch_all(node: CatchAll, style: Style) -> str:
    del node, style
    return "*"


def _wildcard(node: Wildcard, style: Style) -> str:
    del style
    return f'"{node.text}*"'


def _reference(node: SetReference, style: Style) -> str:
    del style
    return f"@{node.name}"


_WRITERS: Final[dict[type[Node], Callable[..., str]]] = {
    Constant: _constant, Prefix: _prefix, Range: _range, Meta: _meta, Conntrack: _conntrack,
    Named6: _conntrack_address, Fib: _fib, TcpOption: _option, RouteKey: _route, Numgen: _numgen, Hash: _hash,
    Named: _named, Payload: _payload, Binary: _binary, Relation: _relation, FlagComparison: _flag_comparison,
    Flags: _flags, Concat: _concat, SetLiteral: _set_literal, Element: _element, MappingNode: _mapping,
    MapExpression: _map, VerdictNode: _verdict, CatchAll: _catch_all, Wildcard: _wildcard, SetReference: _reference,
}  # fmt: skip


# --- statements ----------------------------------------------------------------------------------------------------


def statement(found: st.Statement, state: State | None, style: Style) -> str:
    return _TELLERS[type(found)](found, state, style)


def _test(found: Test, state: State | None, style: Style) -> str:
    del state
    return expression(found.expression, style)


def _verdict_statement(found: st.Verdict, state: State | None, style: Style) -> str:
    del state
    return expression(found.verdict, style)


def _counter(found: st.Counter, state: State | None, style: Style) -> str:
    if style.stateless:
        return "counter"
    packets, size = (state.packets, state.bytes) if isinstance(state, Counted) else (found.packets, found.bytes)
    return f"counter packets {packets} bytes {size}"


def _object(found: st.ObjectReference, state: State | None, style: Style) -> str:
    del state
    return f"{found.kind} name {expression(found.name, style)}"


def amount(size: int) -> str:
    """Bytes in the greatest unit that tells them exactly."""
    for unit in ("bytes", "kbytes"):
        if not size or size % 1024:
            return f"{size} {unit}"
        size //= 1024
    return f"{size} mbytes"


def limit_words(limit: st.Limit) -> str:
    """Without the word limit itself, as named limits are listed."""
    over = "over " if limit.over else ""
    if limit.of_bytes:
        burst = f" burst {amount(limit.burst)}" if limit.burst else ""
        return f"rate {over}{amount(limit.rate)}/{st.UNITS[limit.unit]}{burst}"
    burst = f" burst {limit.burst} packets" if limit.burst not in (0, 5) else ""
    return f"rate {over}{limit.rate}/{st.UNITS[limit.unit]}{burst}"


def _limit(found: st.Limit, state: State | None, style: Style) -> str:
    del state, style
    return f"limit {limit_words(found)}"


def quota_words(quota: st.Quota, state: State | None, style: Style) -> str:
    used = state.used if isinstance(state, Used) else quota.used
    words = f"{'over ' if quota.over else ''}{amount(quota.bytes)}"
    return f"{words} used {amount(used)}" if used and not style.stateless else words


def _quota(found: st.Quota, state: State | None, style: Style) -> str:
    return f"quota {quota_words(found, state, style)}"


def _connections(found: st.ConnectionLimit, state: State | None, style: Style) -> str:
    del state, style
    return f"ct count {'over ' if found.over else ''}{found.count}"


def _log(found: st.Log, state: State | None, style: Style) -> str:
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


def _reject(found: st.Reject, state: State | None, style: Style) -> str:
    del state
    if found.kind in _USUAL_CODE and found.code == _USUAL_CODE[found.kind]:
        return "reject"
    return _reject_in_full(found, style)


def _reject_in_full(found: st.Reject, style: Style) -> str:
    code = "" if found.kind == "tcp reset" else f" {_CODES[found.kind].text(found.code, style)}"
    return f"reject with {found.kind}{code}"


def _verbose_reject(found: VerboseReject, state: State | None, style: Style) -> str:
    del state
    return _reject_in_full(found.reject, style)


def _nat(found: st.Nat, state: State | None, style: Style) -> str:
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


def _nat_address(node: Node, style: Style, *, bracketed: bool) -> str:
    if bracketed and isinstance(node, (Constant, Range)) and node.datatype is types.IPV6_ADDR:
        if isinstance(node, Constant):
            return f"[{expression(node, style)}]"
        return f"[{node.datatype.text(node.first, style)}]-[{node.datatype.text(node.last, style)}]"
    return expression(node, style)


def _set_meta(found: st.SetMeta, state: State | None, style: Style) -> str:
    del state
    return f"{meta_words(found.key)} set {expression(found.value, style)}"


def _set_conntrack(found: st.SetConntrack, state: State | None, style: Style) -> str:
    del state
    words = " ".join(filter(None, ("ct", found.direction, found.key)))
    value = found.value
    if found.key == "event" and isinstance(value, Binary):
        return f"{words} set {expression(value, style).replace(' | ', ',')}"
    return f"{words} set {expression(value, style)}"


def _set_named(found: SetNamed, state: State | None, style: Style) -> str:
    del state
    return f"{expression(found.place, style)} set {expression(found.value, style)}"


def _set_option(found: st.SetOption, state: State | None, style: Style) -> str:
    del state
    return f"{_option(found.place, style)} set {expression(found.value, style)}"


def _strip_option(found: st.StripOption, state: State | None, style: Style) -> str:
    del state
    return f"reset {_option(found.place, style)}"


def _notrack(found: st.NoTrack, state: State | None, style: Style) -> str:
    del found, state, style
    return "notrack"


def _set_update(found: st.SetUpdate, state: State | None, style: Style) -> str:
    del state
    words = [expression(found.key, style)]
    if found.timeout:
        words.append(f"timeout {duration(found.timeout, style)}")
    words += [statement(kept, None, STATELESS) for kept in found.statements]
    if found.data is not None:
        words.append(f": {expression(found.data, style)}")
    return f"{found.operation} @{found.reference.name} {{ {' '.join(words)} }}"


def _foreign(found: st.Foreign, state: State | None, style: Style) -> str:
    del state, style
    return found.words


STATELESS: Final = Style(stateless=True)
_TELLERS: Final[dict[type[st.Statement], Callable[..., str]]] = {
    Test: _test, st.Verdict: _verdict_statement, st.Counter: _counter, st.ObjectReference: _object,
    st.Limit: _limit, st.Quota: _quota, st.ConnectionLimit: _connections, st.Log: _log, st.Reject: _reject,
    VerboseReject: _verbose_reject, st.Nat: _nat, st.SetMeta: _set_meta, st.SetConntrack: _set_conntrack,
    SetNamed: _set_named, st.SetOption: _set_option, st.StripOption: _strip_option, st.NoTrack: _notrack,
    st.SetUpdate: _set_update, st.Foreign: _foreign,
}  # fmt: skip


# --- rules ---------------------------------------------------------------------------------------------------------


def tell(style: Style) -> Callable[[st.Statement, State | None], tuple[str, dict[str, types.Json]]]:
    """How statements that are kept with an element are told."""
    return lambda found, state: (statement(found, state, style), statement_json(found, state, style))


def shown(family: str, sets: Mapping[str, Set], entry: Entry, style: Style) -> list[Shown]:
    return decode(family, entry.rule.statements, entry.states, sets, style.now, tell(style))


def entry_words(table: Table, entry: Entry, style: Style) -> str:
    """A rule in its place as a line of a listing, with what it has counted."""
    words = [statement(found.statement, found.state, style) for found in shown(table.family, table.sets, entry, style)]
    if entry.rule.comment is not None:
        words.append(f'comment "{entry.rule.comment}"')
    if style.handles:
        words.append(f"# handle {entry.handle}")
    return " ".join(words)


def rule_words(table: Table, rule: Rule) -> str:
    """What a rule says, without what it has counted."""
    return entry_words(table, Entry(rule), STATELESS)


#: Options of TCP that can be named.
OPTION_NAMES: Final = tuple(TCP_OPTIONS)
