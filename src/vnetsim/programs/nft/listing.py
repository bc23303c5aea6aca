"""Tables, chains, sets and objects as text (src/rule.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.netfilter.nft.datatype import Datatype, concatenated, duration
from vnetsim.netfilter.nft.expression import SetExpr
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.nft.printing import (
    STATELESS,
    entry_words,
    expression,
    limit_words,
    quota_words,
    statement,
    tell,
)
from vnetsim.netfilter.nft.segtree import literal
from vnetsim.netfilter.nft.sets import FLAGS, NftObject, NftSet
from vnetsim.netfilter.nft.stateful import CounterState
from vnetsim.netfilter.nft.statement import LimitStmt, QuotaStmt
from vnetsim.netfilter.nft.tables import NftChain, NftHook, NftTable

_PRIORITIES: Final = {"raw": -300, "mangle": -150, "dstnat": -100, "filter": 0, "security": 50, "srcnat": 100}
_HOOKS: Final = {"dstnat": "prerouting", "srcnat": "postrouting"}
#: How far from a name a priority is still told by it.
_REACH: Final = 10
#: Between two elements of a set that do not stand on one line.
_NEXT_LINE: Final = ",\n\t\t\t     "


def table(found: NftTable, style: OutputContext) -> str:
    """With everything in it."""
    lines = [f"{head(found)}{f' # handle {found.handle}' if style.handles else ''}\n"]
    if found.dormant:
        lines.append("\tflags dormant\n")
    if found.comment is not None:
        lines.append(f'\tcomment "{found.comment}"\n')
    blocks = [
        *(an_object(one, style) for one in found.objects.values()),
        *(a_set(one, style) for one in found.sets.values() if not one.spec.anonymous),
        *(chain(found, one, style) for one in found.chains.values()),
    ]
    separator = "\n" if found.dormant else ""
    for block in blocks:
        lines.append(separator + block)
        separator = "\n"
    return f"{''.join(lines)}}}\n"


def head(found: NftTable) -> str:
    return f"table {found} {{"


# --- chains --------------------------------------------------------------------------------------------------------


def chain(place: NftTable, found: NftChain, style: OutputContext) -> str:
    rules = "".join(f"\t\t{entry_words(place, entry, style)}\n" for entry in found.entries)
    return f"{chain_head(place, found, style)}{rules}\t}}\n"


def chain_head(place: NftTable, found: NftChain, style: OutputContext) -> str:
    words = f"\tchain {found.name} {{{f' # handle {found.handle}' if style.handles else ''}"
    if found.comment is not None:
        words += f'\n\t\tcomment "{found.comment}"'
    if found.hook is None:
        return f"{words}\n"
    del place
    hook = found.hook
    where = f"type {hook.kind} hook {hook.hook} priority {priority(hook, style)}; policy {hook.policy};"
    return f"{words}\n\t\t{where}\n"


def priority(hook: NftHook, style: OutputContext) -> str:
    if style.numeric_priorities:
        return str(hook.priority)
    for name, value in _PRIORITIES.items():
        offset = hook.priority - value
        if abs(offset) <= _REACH:
            if _HOOKS.get(name) not in (None, hook.hook):
                break
            return name if not offset else f"{name} {'+' if offset > 0 else '-'} {abs(offset)}"
    return str(hook.priority)


# --- sets ----------------------------------------------------------------------------------------------------------


def a_set(found: NftSet, style: OutputContext) -> str:
    spec = found.spec
    lines = [f"\t{spec.word} {spec.name} {{{f' # handle {found.handle}' if style.handles else ''}\n"]
    lines += [f"\t\t{line}\n" for line in _declaration(found, style)]
    elements = literal(found, style.now, tell(style))
    if elements.elements and not style.terse:
        lines.append(f"\t\telements = {_elements(elements, found, style)}\n")
    return f"{''.join(lines)}\t}}\n"


def _declaration(found: NftSet, style: OutputContext) -> Iterator[str]:
    spec = found.spec
    yield _types(found, style)
    if "constant" not in spec.flags:
        if spec.policy == "memory":
            yield "policy memory"
        if spec.size:
            yield f"size {spec.size}"
    flags = [flag for flag in FLAGS if flag in spec.flags]
    if flags and (flags != ["timeout"] or not spec.timeout):
        yield f"flags {','.join(flags)}"
    if spec.statements:
        yield " ".join(statement(one, None, STATELESS) for one in spec.statements)
    if spec.auto_merge:
        yield "auto-merge"
    if spec.timeout:
        yield f"timeout {duration(spec.timeout, style)}"
    if spec.gc_interval:
        yield f"gc-interval {duration(spec.gc_interval, style)}"
    if spec.comment is not None:
        yield f'comment "{spec.comment}"'


def _types(found: NftSet, style: OutputContext) -> str:
    spec = found.spec
    if spec.typeof_key is not None:
        words = f"typeof {expression(spec.typeof_key, style)}"
        if spec.typeof_data is not None:
            words += f" : {'interval ' if spec.data_intervals else ''}{expression(spec.typeof_data, style)}"
    else:
        words = f"type {concatenated(spec.key).name}"
        if spec.data:
            words += f" : {'interval ' if spec.data_intervals else ''}{concatenated(spec.data).name}"
    return words if spec.objects is None else f"{words} : {spec.objects}"


def _elements(elements: SetExpr, found: NftSet, style: OutputContext) -> str:
    words, count = "", 0
    on_a_line = _on_a_line(found.spec.key)
    for element in elements.elements:
        if words:
            fits = count < on_a_line
            words += ", " if fits else _NEXT_LINE
            count = count if fits else 0
        words += expression(element, style)
        count += 1
    return f"{{ {words} }}"


def _on_a_line(key: tuple[Datatype, ...]) -> int:
    return key[0].on_a_line if len(key) == 1 else 0


# --- objects -------------------------------------------------------------------------------------------------------


def an_object(found: NftObject, style: OutputContext) -> str:
    spec = found.spec
    comment = "" if spec.comment is None else f'\n\t\tcomment "{spec.comment}"'
    words = f"\t{spec.kind} {spec.name} {{{f' # handle {found.handle}' if style.handles else ''}{comment}\n"
    said = _said(found, style)
    if said:
        words += f"\t\t{said}\n"
    return f"{words}\t}}\n"


def _said(found: NftObject, style: OutputContext) -> str:
    what = found.spec.statement
    if isinstance(what, QuotaStmt):
        return quota_words(what, found.state, style)
    if isinstance(what, LimitStmt):
        return limit_words(what)
    if style.stateless:
        return ""
    assert isinstance(found.state, CounterState)
    return f"packets {found.state.packets} bytes {found.state.bytes}"
