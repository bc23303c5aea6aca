"""Commands, and the blocks of tables, chains, sets and objects in them (struct cmd and others of include/rule.h)."""

from __future__ import annotations

from typing import TypeAlias

from vnetsim.netfilter.nft.datatype import Basis, Datatype
from vnetsim.netfilter.nft.expression import Expr
from vnetsim.netfilter.nft.location import INTERNAL, Location
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.netfilter.nft.tables import NftRule
from vnetsim.values import frozen


@frozen
class Name:
    location: Location
    text: str


@frozen
class Number:
    """A handle or an index, with its location for errors."""

    location: Location
    value: int


@frozen
class HookSpec:
    location: Location
    kind: Name
    hook: Name
    priority: Expr
    priority_location: Location
    devices: tuple[str, ...] = ()


@frozen
class ChainBlock:
    """The block of a chain."""

    location: Location
    hook: HookSpec | None = None
    policy: Name | None = None
    comment: str | None = None
    rules: tuple[NftRule, ...] = ()


@frozen
class SetBlock:
    """The block of a set or map; types are their names or, of `typeof`, expressions."""

    location: Location
    key: Expr | None = None
    data: Expr | None = None
    objects: str | None = None
    data_intervals: bool = False
    flags: frozenset[str] = frozenset()
    timeout: int | None = None
    gc_interval: int | None = None
    size: int | None = None
    policy: str | None = None
    auto_merge: bool = False
    comment: str | None = None
    statements: tuple[Stmt, ...] = ()
    elements: Expr | None = None


@frozen
class DatatypeExpr(Expr):
    """The name of a datatype, where a set is declared with `type`."""

    datatype: Datatype

    @property
    def bits(self) -> int:
        return 0 if self.datatype.basis is Basis.VERDICT else self.datatype.bits


@frozen
class ObjectBlock:
    location: Location
    statement: Stmt
    comment: str | None = None


@frozen
class FlowtableBlock:
    location: Location
    hook: Name | None = None
    priority: Expr | None = None
    priority_location: Location = INTERNAL
    devices: tuple[str, ...] = ()
    counter: bool = False
    #: It has none.
    comment: str | None = None


@frozen
class TableBlock:
    """The block of a table."""

    location: Location
    dormant: bool = False
    comment: str | None = None
    chains: tuple[tuple[Name, ChainBlock], ...] = ()
    sets: tuple[tuple[Name, str, SetBlock], ...] = ()
    objects: tuple[tuple[str, Name, ObjectBlock], ...] = ()
    flowtables: tuple[tuple[Name, FlowtableBlock], ...] = ()


Payload: TypeAlias = "NftRule | ChainBlock | SetBlock | ObjectBlock | FlowtableBlock | TableBlock | Expr | None"


@frozen(kw_only=True)
class Cmd:
    """`verb thing ...`: `thing` is table, chain, rule, set, map, element, counter, ..., or of a listing their plural.

    `name` is that of a chain, a set or an object.
    """

    location: Location
    verb: str
    thing: str
    family: str | None = None
    table: Name | None = None
    name: Name | None = None
    handle: Number | None = None
    index: Number | None = None
    new_name: str = ""
    payload: Payload = None

    @property
    def key(self) -> TableKey:
        """Family and name of the table."""
        assert self.table is not None
        return self.family or "ip", self.table.text

    @property
    def name_text(self) -> str | None:
        return None if self.name is None else self.name.text

    @property
    def handle_value(self) -> int | None:
        return None if self.handle is None else self.handle.value
