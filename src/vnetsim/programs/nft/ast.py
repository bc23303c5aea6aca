"""The syntax tree: expressions, statements and commands with their locations, before evaluation."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from vnetsim.netfilter.nft.expression import Expr
from vnetsim.netfilter.nft.numbers import TableKey
from vnetsim.netfilter.nft.proto import Field, Header
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.programs.nft.erec import Location

# --- expressions ---------------------------------------------------------------------------------------------------


@attrs.frozen
class Syntax:
    location: Location


@attrs.frozen
class Symbol(Syntax):
    """A word, a name or a number: what it is, the type that is expected decides."""

    text: str
    quoted: bool = False


@attrs.frozen
class SetSymbol(Syntax):
    """`@name`"""

    name: str


@attrs.frozen
class FieldSyntax(Syntax):
    """`tcp dport`; of `th` any header will do."""

    header: Header
    field: Field


@attrs.frozen
class NodeSyntax(Syntax):
    """What needs no further meaning: `meta mark`, `@nh,8,8`, `numgen inc mod 2`."""

    node: Expr


@attrs.frozen
class ConntrackSyntax(Syntax):
    key: str
    direction: str = ""


@attrs.frozen
class HashSyntax(Syntax):
    key: Syntax | None
    modulus: int
    seed: int | None
    offset: int


@attrs.frozen
class KnownValue(Syntax):
    """A word that stands for a number of a type of its own (`tcp` is a protocol, `exists` a boolean)."""

    value: int
    type_name: str


@attrs.frozen
class BinarySyntax(Syntax):
    operator: str
    left: Syntax
    right: Syntax


@attrs.frozen
class PrefixSyntax(Syntax):
    value: Syntax
    length: int


@attrs.frozen
class RangeSyntax(Syntax):
    first: Syntax
    last: Syntax


@attrs.frozen
class ConcatSyntax(Syntax):
    parts: tuple[Syntax, ...]


@attrs.frozen
class ListSyntax(Syntax):
    """`a,b`"""

    parts: tuple[Syntax, ...]


@attrs.frozen
class CatchAllSyntax(Syntax):
    """`*`"""


@attrs.frozen
class ElementSyntax(Syntax):
    """Of a set; times in milliseconds."""

    key: Syntax
    statements: tuple[StmtSyntax, ...] = ()
    timeout: int | None = None
    expires: int | None = None
    comment: str | None = None


@attrs.frozen
class MappingSyntax(Syntax):
    key: ElementSyntax
    data: Syntax


@attrs.frozen
class SetSyntax(Syntax):
    """`{ ... }`"""

    elements: tuple[Syntax, ...]


@attrs.frozen
class MapSyntax(Syntax):
    """`key map { ... }`"""

    key: Syntax
    mappings: Syntax


@attrs.frozen
class VerdictSyntax(Syntax):
    kind: str
    chain: Symbol | None = None


@attrs.frozen
class RelationSyntax(Syntax):
    """`operator` is "" where there is none; `location` is that of the operator if there is one."""

    operator: str
    left: Syntax
    right: Syntax


@attrs.frozen
class FlagsSyntax(Syntax):
    """`tcp flags syn / syn,ack`"""

    operator: str
    left: Syntax
    value: Syntax
    mask: Syntax


# --- statements ----------------------------------------------------------------------------------------------------


@attrs.frozen
class StmtSyntax:
    location: Location


@attrs.frozen
class LiteralStmt(StmtSyntax):
    """A statement that needs no evaluation."""

    statement: Stmt


@attrs.frozen
class MatchSyntax(StmtSyntax):
    expression: Syntax


@attrs.frozen
class VerdictStmtSyntax(StmtSyntax):
    """A verdict, or a verdict map."""

    verdict: Syntax


@attrs.frozen
class ObjectSyntax(StmtSyntax):
    kind: str
    name: Syntax


@attrs.frozen
class RejectSyntax(StmtSyntax):
    """`kind` is "" if it is not given."""

    kind: str = ""
    code: Symbol | None = None


@attrs.frozen
class NatSyntax(StmtSyntax):
    kind: str
    family: str = ""
    address: Syntax | None = None
    port: Syntax | None = None
    flags: frozenset[str] = frozenset()
    prefix: bool = False
    concatenated: bool = False


@attrs.frozen
class SetMetaSyntax(StmtSyntax):
    key: str
    value: Syntax


@attrs.frozen
class SetConntrackSyntax(StmtSyntax):
    key: str
    value: Syntax
    direction: str = ""


@attrs.frozen
class SetPlaceSyntax(StmtSyntax):
    """`ip ttl set 9`, `tcp option maxseg size set rt mtu`"""

    place: Syntax
    value: Syntax


@attrs.frozen
class UpdateSyntax(StmtSyntax):
    """`add @set { ip saddr timeout 1m }`"""

    operation: str
    reference: Syntax
    element: ElementSyntax
    statements: tuple[StmtSyntax, ...] = ()
    data: ElementSyntax | None = None


@attrs.frozen
class RuleSyntax:
    location: Location
    statements: tuple[StmtSyntax, ...]
    comment: str | None = None


# --- commands ------------------------------------------------------------------------------------------------------


@attrs.frozen
class Name:
    location: Location
    text: str


@attrs.frozen
class Number:
    """A handle or an index, with the place that complaints about it point to."""

    location: Location
    value: int


@attrs.frozen
class HookSyntax:
    location: Location
    kind: Name
    hook: Name
    priority: Syntax
    priority_location: Location
    device: bool = False


@attrs.frozen
class ChainBlock:
    """What stands between the braces of a chain."""

    location: Location
    hook: HookSyntax | None = None
    policy: Name | None = None
    comment: str | None = None
    rules: tuple[RuleSyntax, ...] = ()


@attrs.frozen
class SetBlock:
    """What stands between the braces of a set or map; types are their names or, of `typeof`, expressions."""

    location: Location
    key: Syntax | None = None
    data: Syntax | None = None
    objects: str | None = None
    data_intervals: bool = False
    flags: frozenset[str] = frozenset()
    timeout: int | None = None
    gc_interval: int | None = None
    size: int | None = None
    policy: str | None = None
    auto_merge: bool = False
    comment: str | None = None
    statements: tuple[StmtSyntax, ...] = ()
    elements: Syntax | None = None


@attrs.frozen
class TypeName(Syntax):
    """The name of a datatype."""

    name: str


@attrs.frozen
class ObjectBlock:
    location: Location
    statement: Stmt
    comment: str | None = None


@attrs.frozen
class TableBlock:
    """What stands between the braces of a table."""

    location: Location
    dormant: bool = False
    comment: str | None = None
    chains: tuple[tuple[Name, ChainBlock], ...] = ()
    sets: tuple[tuple[Name, str, SetBlock], ...] = ()
    objects: tuple[tuple[str, Name, ObjectBlock], ...] = ()


Payload: TypeAlias = "RuleSyntax | ChainBlock | SetBlock | ObjectBlock | TableBlock | Syntax | None"


@attrs.frozen(kw_only=True)
class Cmd:
    """`verb thing ...`: `thing` is table, chain, rule, set, map, element, counter, ..., or of a listing their plural.

    `name` is what is asked for: of a chain, a set, an object.
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
