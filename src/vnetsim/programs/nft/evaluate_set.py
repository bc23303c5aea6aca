"""Sets and maps, their elements, and those that have no name (expr_evaluate_set and others of src/evaluate.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import DATATYPES, Basis, Datatype, concatenated, same_type
from vnetsim.netfilter.nft.expression import ConcatExpr, Expr
from vnetsim.netfilter.nft.operations import NewElem
from vnetsim.netfilter.nft.primary_expr import CtExpr, NumgenExpr, PayloadExpr
from vnetsim.netfilter.nft.primary_expr import FieldExpr as NamedField
from vnetsim.netfilter.nft.sets import SetSpec
from vnetsim.netfilter.nft.stateful import ConnlimitStmt, CounterStmt, LimitStmt, QuotaStmt, Stmt
from vnetsim.programs.nft import ast
from vnetsim.programs.nft.cache import NftCache, check_overlaps, merged
from vnetsim.programs.nft.datatype import NameEnvironment
from vnetsim.programs.nft.erec import Location, NftError
from vnetsim.programs.nft.evaluate_expr import ANYTHING, ExprContext, ExprEvaluator
from vnetsim.programs.nft.netlink_linearize import cached_elem, elements_of, new_elem
from vnetsim.programs.nft.typed import (
    Typed,
    TypedBinop,
    TypedConcat,
    TypedElem,
    TypedMap,
    TypedMapping,
    TypedPrefix,
    TypedRange,
    TypedSet,
    TypedSetRef,
    TypedValue,
    can_move,
    moved_key,
    referred,
    shapes,
    without_shift,
)

#: What statements that can be kept with an element are called.
_NAMES: Final[dict[type[Stmt], str]] = {
    CounterStmt: "counter",
    LimitStmt: "limit",
    QuotaStmt: "quota",
    ConnlimitStmt: "connlimit",
}
#: How a set without a name is called: set, map and map of objects.
SET: Final = "__set"
MAP: Final = "__map"
OBJECT_MAP: Final = "__objmap"

#: Makes a set with these elements and gives it a name instead of SET and the like; the place is for complaints.
Declare = Callable[[SetSpec, tuple[NewElem, ...], Location], SetSpec]


@attrs.define
class SetContext:
    """The set whose elements are being evaluated; `place` is its declaration, where there is one."""

    spec: SetSpec
    anonymous: bool = False
    data_intervals: bool = False
    place: Location | None = None
    key_place: Location | None = None

    @property
    def word(self) -> str:
        return self.spec.word

    def key(self) -> ExprContext:
        spec = self.spec
        explicit = self.anonymous or spec.typeof_key is not None
        parts = tuple(zip(spec.key, spec.bits, strict=True)) if explicit and len(spec.key) > 1 else None
        return ExprContext(
            concatenated(spec.key),
            sum((b + 31) // 32 * 32 for b in spec.bits) if len(spec.bits) > 1 else spec.bits[0],
            parts=parts,
            place=self.key_place,
        )

    def data(self) -> ExprContext:
        if self.spec.objects is not None:
            return ExprContext(types.STRING, 8 * 128)
        datatype = concatenated(self.spec.data)
        return ExprContext(datatype, self.spec.data_bits[0] if len(self.spec.data_bits) == 1 else datatype.bits)


class SetEvaluator(ExprEvaluator):
    """With sets."""

    def __init__(self, family: str, knowledge: NftCache, environment: NameEnvironment, declare: Declare) -> None:
        super().__init__(family, knowledge, environment)
        self._declare = declare
        self._filling: SetContext | None = None
        self._evaluate |= {
            ast.SetSyntax: self._several,
            ast.ElementSyntax: self._element,
            ast.MappingSyntax: self._mapping,
            ast.MapSyntax: self._map,
        }

    # --- elements ---------------------------------------------------------------------------------------------------

    def fill(self, filling: SetContext, syntax: ast.Syntax) -> Typed:
        """The elements of a set that has a name, or is being made."""
        before, self._filling = self._filling, filling
        self.expected = filling.key()
        try:
            return self.evaluate(syntax)
        finally:
            self._filling = before

    def _several(self, syntax: ast.SetSyntax) -> Typed:
        expected = self.expected
        elements: list[TypedElem | TypedMapping] = []
        intervals = False
        for element in syntax.elements:
            for member in self._members(element):
                elements.append(member)
                intervals = intervals or not member.single
        alone = elements[0] if len(elements) == 1 else None
        if (
            self._filling is None
            and isinstance(alone, TypedElem)
            and isinstance(alone.key, (TypedValue, TypedPrefix, TypedRange))
        ):
            return alone.key
        datatype = self.expected.datatype or expected.datatype or types.INVALID
        return TypedSet(
            location=syntax.location,
            datatype=datatype,
            bits=self.expected.bits,
            elements=tuple(elements),
            intervals=intervals,
        )

    def _members(self, syntax: ast.Syntax) -> list[TypedElem | TypedMapping]:
        """One element, or those of a set that is inside the other one."""
        inner = _inner(syntax)
        if isinstance(inner, ast.SetSyntax):
            before, self._filling = self._filling, self._filling
            found = [member for element in inner.elements for member in self._members(_wrapped(element, syntax))]
            self._filling = before
            return found
        if isinstance(inner, ast.SetSymbol):
            raise NftError("Set reference cannot be part of another set", syntax.location)
        member = self.evaluate(syntax)
        assert isinstance(member, (TypedElem, TypedMapping))
        if not member.constant:
            raise NftError("Set member is not constant", member.location)
        return [member]

    def _element(self, syntax: ast.ElementSyntax) -> Typed:
        filling = self._filling
        statements = tuple(_kept(one) for one in syntax.statements)
        if filling is not None:
            _check_kept(filling, syntax, statements)
            self.expected = filling.key()
        key = self.evaluate(syntax.key)
        if filling is not None and not filling.anonymous and not filling.spec.intervals:
            _check_single(filling, key)
        return TypedElem(
            location=syntax.location, datatype=key.datatype, bits=key.bits, key=key, statements=statements,
            timeout=syntax.timeout, expires=syntax.expires, comment=syntax.comment,
        )  # fmt: skip

    def _mapping(self, syntax: ast.MappingSyntax) -> Typed:
        filling = self._filling
        if filling is None:
            raise NftError("mapping outside of map context", syntax.location)
        if not filling.spec.is_map:
            raise NftError("set is not a map", filling.place)
        left = self.evaluate(syntax.key)
        assert isinstance(left, TypedElem)
        if not left.constant:
            raise NftError("Key must be a constant", left.location)
        self.expected = filling.data()
        right = self.evaluate(syntax.data)
        if not right.constant:
            raise NftError("Value must be a constant", right.location)
        if filling.anonymous and _has_interval(right):
            filling.data_intervals = True
        if not filling.data_intervals and not right.single:
            raise NftError("Value must be a singleton", right.location)
        return TypedMapping(location=syntax.location, datatype=left.datatype, bits=left.bits, left=left, right=right)

    # --- maps -------------------------------------------------------------------------------------------------------

    def _map(self, syntax: ast.MapSyntax) -> Typed:
        expected = self.expected
        key = self.map_key(syntax)
        if isinstance(syntax.mappings, ast.SetSyntax):
            datatype = expected.datatype or types.INVALID
            data = datatype.parts or (datatype,)
            sizes = (expected.bits,) if len(data) == 1 else tuple(part.bits for part in data)
            spec, key = self.declare_map(syntax, key, SetSpec(name=MAP, key=(), bits=(), data=data, data_bits=sizes))
        else:
            found = self.evaluate(syntax.mappings)
            if not isinstance(found, TypedSetRef) or not found.spec.data:
                raise NftError("Expression is not a map", found.location)
            spec = found.spec
        check_key(spec, key, syntax.mappings.location)
        datatype = concatenated(spec.data)
        bits = spec.data_bits[0] if len(spec.data_bits) == 1 else datatype.bits
        return TypedMap(location=syntax.location, datatype=datatype, bits=bits, key=key, spec=spec)

    def map_key(self, syntax: ast.MapSyntax) -> Typed:
        """What a map is asked for."""
        parts = syntax.key.parts if isinstance(syntax.key, ast.ConcatSyntax) else (syntax.key,)
        for part in parts:
            if isinstance(part, ast.ConntrackSyntax) and part.key in ("saddr", "daddr"):
                raise NftError("specify either ip or ip6 for address matching", part.location)
        self.expected = ANYTHING
        key = self.evaluate(syntax.key)
        if key.constant:
            raise NftError("Map expression can not be constant", key.location)
        return key

    def declare_map(self, syntax: ast.MapSyntax, key: Typed, spec: SetSpec) -> tuple[SetSpec, Typed]:
        """A map for the `{ ... }` behind the word map; the key as it has to be asked for it."""
        kinds, sizes = shapes(key)
        filling = SetContext(attrs.evolve(spec, key=kinds, bits=sizes), anonymous=True, key_place=key.location)
        several = self.fill(filling, syntax.mappings)
        assert isinstance(several, TypedSet)
        moved = key if isinstance(key, TypedBinop) and can_move(key, several) else None
        spec = attrs.evolve(filling.spec, data_intervals=filling.data_intervals)
        return self.declare(spec, several, moved), key if moved is None else without_shift(moved)

    # --- sets without a name ----------------------------------------------------------------------------------------

    def declare(self, spec: SetSpec, several: TypedSet, moved: TypedBinop | None = None) -> SetSpec:
        """Make a set of these elements; intervals in it are joined, but not where they lead to something.

        `moved` is the shift that is done to the elements, instead of to what they are compared with.
        """
        flags = {"constant", *(["interval"] if several.intervals else [])}
        spec = attrs.evolve(spec, flags=frozenset(flags))
        elements = elements_of(spec, several)
        new = [element for element, _ in elements]
        if several.intervals and len(spec.key) == 1:
            ends = [cached_elem(element, place) for element, place in elements]
            known = [end for end in ends if end is not None]
            if spec.is_map:
                check_overlaps((), known)
            else:
                rest = [element for element, end in zip(new, ends, strict=True) if end is None]
                new = [*map(new_elem, merged((), known)[0]), *rest]
        if moved is not None:
            new = [attrs.evolve(element, key=moved_key(moved, element.key)) for element in new]
        return self._declare(spec, tuple(new), several.location)

    def declare_set(self, left: Typed, several: TypedSet) -> tuple[TypedSetRef, Typed]:
        """For the right-hand side of a comparison, whose left-hand side may have to be rewritten."""
        if not several.elements:
            raise NftError("Set is empty", several.location)
        kinds, sizes = shapes(left)
        moved = left if isinstance(left, TypedBinop) and can_move(left, several) else None
        spec = self.declare(SetSpec(name=SET, key=kinds, bits=sizes), several, moved)
        return referred(spec, several.location), left if moved is None else without_shift(moved)


# --- checks --------------------------------------------------------------------------------------------------------


def check_key(spec: SetSpec, key: Typed, place: Location) -> None:
    wanted = concatenated(spec.key)
    if not same_type(key.datatype, wanted):
        message = f"map expects {wanted.description}, mapping expression has type {key.datatype.description}"
        raise NftError(f"datatype mismatch, {message}", place, key.location)


def _check_single(filling: SetContext, key: Typed) -> None:
    for part in key.parts if isinstance(key, TypedConcat) else (key,):
        if isinstance(part, (TypedPrefix, TypedRange)):
            message = f"your {filling.word} declaration if you want to add {part.word} elements"
            raise NftError(f"You must add 'flags interval' to {message}", part.location)


def _kept(syntax: ast.StmtSyntax) -> Stmt:
    assert isinstance(syntax, ast.LiteralStmt), "statements of elements need no evaluation"
    return syntax.statement


def _check_kept(filling: SetContext, syntax: ast.ElementSyntax, statements: tuple[Stmt, ...]) -> None:
    wanted = filling.spec.statements
    if not statements:
        return
    if wanted and len(wanted) != len(statements):
        message = f"set expects {len(wanted)} but element has {len(statements)}"
        raise NftError(f"number of statements mismatch, {message}", syntax.location)
    if not wanted:
        if "dynamic" not in filling.spec.flags:
            raise NftError(f"missing statement in {filling.word} declaration", syntax.statements[0].location)
        return
    for one, other, place in zip(statements, wanted, syntax.statements, strict=True):
        if type(one) is not type(other):
            message = f"element expects {_NAMES[type(one)]}, but {filling.word} has type {_NAMES[type(other)]}"
            raise NftError(f"statement mismatch, {message}", place.location)


def _has_interval(meaning: Typed) -> bool:
    parts = meaning.parts if isinstance(meaning, TypedConcat) else (meaning,)
    return any(isinstance(part, (TypedPrefix, TypedRange)) for part in parts)


def _inner(syntax: ast.Syntax) -> ast.Syntax:
    """What an element is, without its options."""
    if isinstance(syntax, ast.MappingSyntax):
        syntax = syntax.key
    return syntax.key if isinstance(syntax, ast.ElementSyntax) else syntax


def _wrapped(element: ast.Syntax, environment: ast.Syntax) -> ast.Syntax:
    """An element of a nested set has the data of the nested set."""
    if isinstance(environment, ast.MappingSyntax) and isinstance(element, ast.ElementSyntax):
        return attrs.evolve(environment, key=element)
    return element


# --- declarations (set_evaluate) ------------------------------------------------------------------------------------


def declared(name: str, is_map: bool, block: ast.SetBlock) -> SetSpec:
    word = "map" if is_map else "set"
    flags = set(block.flags)
    if block.auto_merge and "interval" not in flags:
        raise NftError("auto-merge only works with interval sets", block.location)
    if block.key is None:
        raise NftError(f"{word} definition does not specify key", block.location)
    key, bits = _shapes(block.key, word, block.location)
    if is_map and block.data is None and block.objects is None:
        raise NftError("map definition does not specify mapping data type", block.location)
    data: tuple[Datatype, ...] = ()
    data_bits: tuple[int, ...] = ()
    if block.data is not None:
        data, data_bits = _shapes(block.data, word, block.location)
    if block.timeout:
        flags.add("timeout")
    return SetSpec(
        name=name, key=key, bits=bits, data=data, data_bits=data_bits, data_intervals=block.data_intervals,
        objects=block.objects, flags=frozenset(flags),
        typeof_key=_typeof(block.key), typeof_data=None if block.data is None else _typeof(block.data),
        timeout=block.timeout, gc_interval=block.gc_interval, size=block.size, policy=block.policy,
        auto_merge=block.auto_merge, comment=block.comment,
        statements=tuple(one.statement for one in block.statements if isinstance(one, ast.LiteralStmt)),
    )  # fmt: skip


def _parts(syntax: ast.Syntax) -> tuple[ast.Syntax, ...]:
    return syntax.parts if isinstance(syntax, ast.ConcatSyntax) else (syntax,)


def _shapes(syntax: ast.Syntax, word: str, location: Location) -> tuple[tuple[Datatype, ...], tuple[int, ...]]:
    parts = _parts(syntax)
    found = []
    for part in parts:
        datatype, bits = _shape(part)
        if not bits and datatype is not types.VERDICT:
            if len(parts) > 1:
                message = f"can not use variable sized data types ({datatype.name}) in concat expressions"
                raise NftError(message, part.location, syntax.location)
            hint = '. Try "typeof expression" instead of "type datatype".' if not datatype.bits else ""
            raise NftError(f"unqualified type {datatype.name} specified in {word} definition{hint}", location)
        found.append((datatype, bits))
    return tuple(datatype for datatype, _ in found), tuple(bits for _, bits in found)


def _shape(syntax: ast.Syntax) -> tuple[Datatype, int]:
    match syntax:
        case ast.TypeName():
            datatype = DATATYPES[syntax.name]
            return datatype, 0 if datatype.basis is Basis.VERDICT else datatype.bits
        case ast.FieldSyntax():
            return syntax.field.datatype, syntax.field.bits
        case ast.NodeSyntax(node=PayloadExpr() as node):
            return types.RAW, node.bits
        case ast.NodeSyntax():
            return syntax.node.shape
        case ast.ConntrackSyntax():
            return CtExpr(syntax.key, syntax.direction).shape
    return types.INTEGER, 32


def _typeof(syntax: ast.Syntax) -> Expr | None:
    """The expression that the type was taken from; None where the type is given by name."""
    parts = _parts(syntax)
    if any(isinstance(part, ast.TypeName) for part in parts):
        return None
    nodes = tuple(_node(part) for part in parts)
    return nodes[0] if len(nodes) == 1 else ConcatExpr(nodes)


def _node(syntax: ast.Syntax) -> Expr:
    match syntax:
        case ast.FieldSyntax():
            return NamedField(syntax.header, syntax.field)
        case ast.NodeSyntax():
            return syntax.node
        case ast.ConntrackSyntax():
            return CtExpr(syntax.key, syntax.direction)
        case ast.HashSyntax():
            return NumgenExpr("inc", syntax.modulus)
    raise NftError("primary expression type can not be used in a set definition", syntax.location)
