"""Blocks of tables, chains, sets and objects (table_block, ... of src/parser_bison.y of nftables 1.0.6).

An error does not end a block: parsing goes on behind the next separator.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft.datatype import DATATYPES, OTHERS
from vnetsim.netfilter.nft.expression import Expr, SymbolExpr
from vnetsim.netfilter.nft.location import InputDescriptor, Location
from vnetsim.netfilter.nft.sets import EMPTY_OBJECTS, OBJECT_KINDS
from vnetsim.netfilter.nft.stateful import CounterStmt, LimitStmt, QuotaStmt
from vnetsim.programs.nft.cmd import (
    ChainBlock,
    DatatypeExpr,
    FlowtableBlock,
    HookSpec,
    Name,
    ObjectBlock,
    SetBlock,
    TableBlock,
)
from vnetsim.programs.nft.datatype import number_of
from vnetsim.programs.nft.erec import NftError
from vnetsim.programs.nft.parser import STRINGS, NftScope
from vnetsim.programs.nft.parser_expr import STARTS
from vnetsim.programs.nft.parser_stmt import StmtParser
from vnetsim.programs.nft.scanner import COLON, COMMA, NEWLINE, NUMBER, SEMICOLON, STRING

B = TypeVar("B", TableBlock, ChainBlock, SetBlock, ObjectBlock, FlowtableBlock)

SEPARATORS: Final = (NEWLINE, SEMICOLON)
_KINDS: Final = ("filter", "nat", "route")
_HOOKS: Final = ("prerouting", "input", "forward", "postrouting", "output", "ingress", "egress")
_TYPE_NAMES: Final = ("mark", "dscp", "ecn", "classid", "time")
_OTHER_OBJECTS: Final = ("ct", "secmark", "synproxy")
_SET_FLAGS: Final = ("constant", "interval", "dynamic", "timeout")


class BlockParser(StmtParser):
    """Blocks."""

    def __init__(self, source: InputDescriptor, scope: NftScope) -> None:
        super().__init__(source, scope)
        self._set_options: dict[str, Callable[[SetBlock], SetBlock]] = {
            "timeout": lambda block: attrs.evolve(block, timeout=self.time()),
            "gc-interval": lambda block: attrs.evolve(block, gc_interval=self.time()),
            "size": lambda block: attrs.evolve(block, size=self.number()),
            "policy": lambda block: attrs.evolve(block, policy=self._set_policy()),
        }

    def _block(self, begin: Callable[[Location], B], read: Callable[[B], B]) -> B:
        """`{ ... }` with `read` for the items of this kind of block."""
        start = self.expect("'{'").location
        block = begin(start)
        while self.peek() != "'}'":
            try:
                if not self.common():
                    block = read(block)
            except NftError as refused:
                self.recover(refused)
        block = attrs.evolve(block, location=self.since(start))
        self.take()
        return block

    def common(self) -> bool:
        """Separators and definitions, which all blocks may contain.  False for other tokens."""
        kind = self.peek()
        if kind in SEPARATORS:
            self.take()
        elif kind in ("define", "redefine"):
            self._define(again=self.take().kind == "redefine")
        elif kind == "undefine":
            self.take()
            self.scope.values.pop(self.identifier().text, None)
            self.separator()
        elif kind == "include":
            raise NotModelled("include in what nft reads")
        else:
            return False
        return True

    def _comment(self, block: B) -> B:
        start = self.take().location
        self.once(block.comment, start)
        block = attrs.evolve(block, comment=self.comment())
        self.separator()
        return block

    def separator(self, *others: str) -> None:
        self.expect(*SEPARATORS, instead=(*SEPARATORS, *others))

    def _define(self, *, again: bool) -> None:
        name = self.identifier()
        self.expect("'='")
        value = self._initializer()
        self.separator()
        if not again and self.scope.find(name.text) is not None:
            raise NftError(f"redefinition of symbol '{name.text}'", name.location)
        self.scope.values[name.text] = value

    def _initializer(self) -> Expr:
        if self.peek() == "'{'":
            return self.set_literal(empty=True)
        if (minus := self.accept("-")) is not None:
            number = self.number()
            return SymbolExpr(str(-number), location=self.since(minus.location))
        first = self.right()
        return self._list(first) if self.peek() == COMMA else first

    # --- tables -----------------------------------------------------------------------------------------------------

    def table_block(self) -> TableBlock:
        self.scope = NftScope(self.scope)
        block = self._block(TableBlock, self._in_table)
        self.scope = self.scope.parent or self.scope
        return block

    def _in_table(self, block: TableBlock) -> TableBlock:
        kind = self.peek()
        if kind == "flags":
            return self._table_flags(block)
        if kind == "comment":
            return self._comment(block)
        if kind in _OTHER_OBJECTS:
            raise NotModelled(f"nft {kind} in a table")
        if kind not in ("chain", "set", "map", "flowtable", *OBJECT_KINDS):
            self.unexpected()
        self.take()
        name = self.identifier()
        if kind == "chain":
            block = attrs.evolve(block, chains=(*block.chains, (name, self.chain_block())))
        elif kind == "flowtable":
            block = attrs.evolve(block, flowtables=(*block.flowtables, (name, self.flowtable_block())))
        elif kind in OBJECT_KINDS:
            block = attrs.evolve(block, objects=(*block.objects, (kind, name, self.object_block(kind))))
        else:
            block = attrs.evolve(block, sets=(*block.sets, (name, kind, self.set_block(kind))))
        self.separator()
        if kind in OBJECT_KINDS:
            self.leave(kind)
        return block

    def _table_flags(self, block: TableBlock) -> TableBlock:
        self.take()
        flag = self.expect(STRING)
        if flag.text == "owner":
            raise NotModelled("nft table flags owner")
        if flag.text != "dormant":
            raise NftError(f"unknown table option {flag.text}", flag.location)
        self.separator()
        return attrs.evolve(block, dormant=True)

    # --- chains -----------------------------------------------------------------------------------------------------

    def chain_block(self) -> ChainBlock:
        self.scope = NftScope(self.scope)
        block = self._block(ChainBlock, self._in_chain)
        self.scope = self.scope.parent or self.scope
        return block

    def _in_chain(self, block: ChainBlock) -> ChainBlock:
        kind = self.peek()
        if kind == "type":
            hook = self._hook()
            self.separator()
            return attrs.evolve(block, hook=hook)
        if kind == "policy":
            return self._policy(block)
        if kind == "comment":
            return self._comment(block)
        if kind == "flags":
            self.take()
            self.expect("offload")
            raise NotModelled("nft chain flags offload")
        if kind not in STARTS:
            self.unexpected()
        rule = self.rule()
        self.separator()
        return attrs.evolve(block, rules=(*block.rules, rule))

    def _hook(self) -> HookSpec:
        start = self.take()
        self.leave("type")
        kind = self.identifier()
        self.expect("hook")
        hook = self.identifier()
        devices = self._devices() if self.peek() in ("device", "devices") else ()
        where = self.expect("priority", instead=("device", "devices", "priority"))
        priority = self._priority()
        location = self.since(where.location)
        if kind.text not in _KINDS:
            raise NftError("unknown chain type", kind.location)
        if hook.text not in _HOOKS:
            raise NftError("unknown chain hook", hook.location)
        return HookSpec(self.since(start.location), kind, hook, priority, location, devices)

    def _devices(self) -> tuple[str, ...]:
        """`device NAME` or `devices = { NAME, NAME }`."""
        if self.take().kind == "device":
            return (self._device(),)
        self.expect("'='")
        if self.peek() == "'$'":
            raise NotModelled("nft devices from a variable")
        self.expect("'{'", instead=("'{'", "'$'"))
        found = [self._device()]
        while self.accept(COMMA):
            found.append(self._device())
        self.expect("'}'", instead=("'}'", COMMA))
        return tuple(found)

    def _device(self) -> str:
        if self.peek() == "'$'":
            raise NotModelled("nft devices from a variable")
        return self.expect(*STRINGS[:2], instead=(*STRINGS[:2], "'$'")).text

    def flowtable_block(self) -> FlowtableBlock:
        return self._block(FlowtableBlock, self._in_flowtable)

    def _in_flowtable(self, block: FlowtableBlock) -> FlowtableBlock:
        kind = self.peek()
        if kind == "hook":
            self.take()
            hook = self.identifier()
            where = self.expect("priority")
            priority = self._priority()
            location = self.since(where.location)
            self.separator()
            if hook.text not in _HOOKS:
                raise NftError("unknown chain hook", hook.location)
            return attrs.evolve(block, hook=hook, priority=priority, priority_location=location)
        if kind == "devices":
            block = attrs.evolve(block, devices=self._devices())
            self.separator()
            return block
        if kind == "counter":
            self.take()
            self.leave("counter")
            return attrs.evolve(block, counter=True)
        if kind == "flags":
            raise NotModelled("nft flowtable flags offload")
        return self.unexpected()

    def _priority(self) -> Expr:
        """A number, a name, or a name and an offset."""
        if self.peek() == "'$'":
            return self.variable()
        if (minus := self.accept("-")) is not None:
            return SymbolExpr(str(-self.number()), location=minus.location)
        if (number := self.accept(NUMBER)) is not None:
            return SymbolExpr(str(number_of(number.text)), location=number.location)
        name = self.expect(STRING, "out", instead=())
        text = name.text
        sign = self.accept("+", "-")
        if sign is not None:
            text = f"{text} {sign.kind} {self.number()}"
        return SymbolExpr(text, location=self.since(name.location))

    def _policy(self, block: ChainBlock) -> ChainBlock:
        start = self.take()
        if self.peek() == "'$'":
            found = self.variable()
            if not isinstance(found, SymbolExpr) or found.text not in ("accept", "drop"):
                raise NftError("wrong policy", found.location)
            token = found.text
        else:
            token = self.expect("accept", "drop", instead=("accept", "drop", "'$'")).kind
        location = self.since(start.location)
        self.leave("policy")
        if block.policy is not None:
            raise NftError("you cannot set chain policy twice", location)
        self.separator()
        return attrs.evolve(block, policy=Name(location, token))

    # --- sets -------------------------------------------------------------------------------------------------------

    def set_block(self, kind: str) -> SetBlock:
        """`kind` is set or map."""
        return self._block(SetBlock, lambda block: self._in_set(block, is_map=kind == "map"))

    def _in_set(self, block: SetBlock, *, is_map: bool) -> SetBlock:
        kind = self.peek()
        if kind in self._set_options:
            self.take()
            block = self._set_options[kind](block)
            self.separator()
            return block
        if kind == "comment":
            return self._comment(block)
        if kind in ("type", "typeof"):
            return self._types(block, is_map=is_map)
        if kind == "flags":
            return self._set_flags(block)
        if kind == "auto-merge":
            self.take()
            return attrs.evolve(block, auto_merge=True)
        if kind == "elements":
            self.take()
            self.expect("'='")
            return attrs.evolve(block, elements=self.elements())
        if kind in ("counter", "limit", "quota", "ct"):
            statements = self.kept_statements()
            self.separator()
            return attrs.evolve(block, statements=(*block.statements, *statements))
        return self.unexpected()

    def elements(self) -> Expr:
        if self.peek() == "'$'":
            return self.variable()
        if self.peek() != "'{'":
            self.unexpected("'{'", "'$'")
        return self.set_literal()

    def _set_flags(self, block: SetBlock) -> SetBlock:
        self.take()
        flags = {self.expect(*_SET_FLAGS).kind}
        while self.accept(COMMA):
            flags.add(self.expect(*_SET_FLAGS).kind)
        self.separator(COMMA)
        return attrs.evolve(block, flags=frozenset(flags))

    def _set_policy(self) -> str:
        policy = self.expect("memory", "performance").kind
        self.leave("policy")
        return policy

    def _types(self, block: SetBlock, *, is_map: bool) -> SetBlock:
        """`type` with names of datatypes, or `typeof` with expressions."""
        by_name = self.take().kind == "type"
        part = self._type_name if by_name else self.primary
        block = attrs.evolve(block, key=self._concatenated(part))
        if is_map:
            self.expect(COLON, instead=(COLON, "."))
            intervals = self.accept("interval") is not None
            if by_name and self.peek() in (*OBJECT_KINDS, "secmark", "synproxy"):
                block = attrs.evolve(block, objects=self._object_kind())
            else:
                block = attrs.evolve(block, data=self._concatenated(part), data_intervals=intervals)
        self.separator(".")
        if by_name:
            self.leave("type")
        return block

    def _object_kind(self) -> str:
        kind = self.take().kind
        if kind not in OBJECT_KINDS:
            raise NotModelled(f"nft maps to {kind}")
        self.leave(kind)
        return kind

    def _type_name(self) -> Expr:
        token = self.expect(STRING, *_TYPE_NAMES, instead=())
        name = token.text
        if name in OTHERS:
            raise NotModelled(f"nft type {name}")
        if name not in DATATYPES:
            raise NftError(f"unknown datatype {name}", token.location)
        return DatatypeExpr(DATATYPES[name], location=token.location)

    # --- objects ----------------------------------------------------------------------------------------------------

    def object_block(self, kind: str) -> ObjectBlock:
        empty = EMPTY_OBJECTS[kind]
        return self._block(lambda location: ObjectBlock(location, empty), lambda block: self._in_object(block, kind))

    def _in_object(self, block: ObjectBlock, kind: str) -> ObjectBlock:
        if (token := self.accept("comment")) is not None:
            self.once(block.comment, token.location)
            return attrs.evolve(block, comment=self.comment())
        return attrs.evolve(block, statement=self.object_statement(kind))

    def object_statement(self, kind: str) -> CounterStmt | QuotaStmt | LimitStmt:
        """A counter, quota or limit without its name."""
        if kind == "counter":
            self.expect("packets", instead=())
            packets = self.number()
            self.expect("bytes")
            return CounterStmt(packets, self.number())
        if kind == "quota":
            if self.peek() not in ("over", "until", NUMBER):
                self.unexpected()
            return self.quota_size()
        self.expect("rate", instead=())
        return self.limit_rate()
