"""Sets and maps, their elements, and those that have no name (expr_evaluate_set and others of src/evaluate.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypedDict

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import Datatype, concatenated, same_type
from vnetsim.netfilter.nft.expression import (
    BinopExpr,
    ConcatExpr,
    ConstantExpr,
    Expr,
    PrefixExpr,
    RangeExpr,
    WildcardExpr,
)
from vnetsim.netfilter.nft.location import INTERNAL, Location
from vnetsim.netfilter.nft.operations import NewElem
from vnetsim.netfilter.nft.primary_expr import (
    CtExpr,
    ExthdrExpr,
    FibExpr,
    HashExpr,
    MetaExpr,
    NumgenExpr,
    PayloadExpr,
    RtExpr,
)
from vnetsim.netfilter.nft.set_expr import (
    MapExpr,
    MappingExpr,
    SetElemExpr,
    SetExpr,
    SetRefExpr,
    SetSpec,
    expr_name,
    is_constant,
    is_singleton,
)
from vnetsim.netfilter.nft.stateful import ConnlimitStmt, CounterStmt, LimitStmt, QuotaStmt, Stmt
from vnetsim.programs.nft.cache import NftCache, check_overlaps, merged
from vnetsim.programs.nft.cmd import DatatypeExpr, SetBlock
from vnetsim.programs.nft.datatype import NameEnvironment
from vnetsim.programs.nft.erec import NftError
from vnetsim.programs.nft.evaluate_expr import (
    ANYTHING,
    ExprContext,
    ExprEvaluator,
    can_move,
    moved_key,
    without_shift,
)
from vnetsim.programs.nft.netlink_linearize import cached_elem, elements_of, linearize_stmt, new_elem
from vnetsim.values import define

#: Statements that elements can have, and their names.
_STATEFUL: Final[dict[type[Stmt], str]] = {
    CounterStmt: "counter",
    LimitStmt: "limit",
    QuotaStmt: "quota",
    ConnlimitStmt: "connlimit",
}
#: Expressions that a set can be declared with (`typeof`).
_PRIMARY: Final = (PayloadExpr, MetaExpr, CtExpr, FibExpr, RtExpr, ExthdrExpr, NumgenExpr)
#: Beginnings of the names of anonymous sets, maps and object maps.
SET: Final = "__set"
MAP: Final = "__map"
OBJECT_MAP: Final = "__objmap"

#: Makes a set with these elements and gives it a name instead of SET and the like; the location is for errors.
Declare = Callable[[SetSpec, tuple[NewElem, ...], Location], SetSpec]


@define
class SetContext:
    """The set whose elements are being evaluated; `location` is its declaration, where there is one."""

    spec: SetSpec
    anonymous: bool = False
    data_intervals: bool = False
    location: Location | None = None
    key_location: Location | None = None

    def key(self) -> ExprContext:
        spec = self.spec
        explicit = self.anonymous or spec.typeof_key is not None
        parts = tuple(zip(spec.key, spec.bits, strict=True)) if explicit and len(spec.key) > 1 else None
        return ExprContext(
            concatenated(spec.key),
            sum((b + 31) // 32 * 32 for b in spec.bits) if len(spec.bits) > 1 else spec.bits[0],
            parts=parts,
            location=self.key_location,
        )

    def data(self) -> ExprContext:
        return (
            ExprContext(types.STRING, 8 * 128) if self.spec.objects is not None else ExprContext(*self.spec.data_shape)
        )


class SetEvaluator(ExprEvaluator):
    """With sets."""

    def __init__(self, family: str, cache: NftCache, environment: NameEnvironment, declare: Declare) -> None:
        super().__init__(family, cache, environment)
        self._declare = declare
        self._filling: SetContext | None = None
        self._evaluate |= {
            SetExpr: self._set,
            SetElemExpr: self._element,
            MappingExpr: self._mapping,
            MapExpr: self._map,
        }

    # --- elements ---------------------------------------------------------------------------------------------------

    def fill(self, filling: SetContext, expr: Expr) -> Expr:
        """The elements of a set that has a name, or is being made."""
        before, self._filling = self._filling, filling
        self.expected = filling.key()
        try:
            return self.evaluate(expr)
        finally:
            self._filling = before

    def _set(self, expr: SetExpr) -> Expr:
        expected = self.expected
        elements = [member for element in expr.elements for member in self._members(element)]
        alone = elements[0] if len(elements) == 1 else None
        if (
            self._filling is None
            and isinstance(alone, SetElemExpr)
            and isinstance(alone.key, (ConstantExpr, PrefixExpr, WildcardExpr, RangeExpr))
        ):
            return alone.key
        return attrs.evolve(
            expr,
            elements=tuple(elements),
            datatype=self.expected.datatype or expected.datatype or types.INVALID,
            bits=self.expected.bits,
            intervals=not all(map(is_singleton, elements)),
        )

    def _members(self, expr: Expr) -> list[Expr]:
        """One element, or those of a nested set."""
        inner = _inner(expr)
        if isinstance(inner, SetExpr):
            return [member for element in inner.elements for member in self._members(_wrapped(element, expr))]
        if isinstance(inner, SetRefExpr):
            raise NftError("Set reference cannot be part of another set", expr.location)
        member = self.evaluate(expr)
        assert isinstance(member, (SetElemExpr, MappingExpr))
        if not is_constant(member):
            raise NftError("Set member is not constant", member.location)
        return [member]

    def _element(self, expr: SetElemExpr) -> Expr:
        filling = self._filling
        assert stateful(expr.statements) == expr.statements, "statements of elements need no evaluation"
        if filling is not None:
            _check_statements(filling.spec, expr)
            self.expected = filling.key()
        key = self.evaluate(expr.key)
        if filling is not None and not filling.anonymous and not filling.spec.intervals:
            _check_single(filling.spec, key)
        return attrs.evolve(expr, key=key)

    def _mapping(self, expr: MappingExpr) -> Expr:
        filling = self._filling
        if filling is None:
            raise NftError("mapping outside of map context", expr.location)
        if not filling.spec.is_map:
            raise NftError("set is not a map", filling.location)
        key = self.evaluate(expr.key)
        if not is_constant(key):
            raise NftError("Key must be a constant", key.location)
        self.expected = filling.data()
        data = self.evaluate(expr.data)
        if not is_constant(data):
            raise NftError("Value must be a constant", data.location)
        if filling.anonymous and any(map(_is_interval, _parts(data))):
            filling.data_intervals = True
        if not filling.data_intervals and not is_singleton(data):
            raise NftError("Value must be a singleton", data.location)
        return attrs.evolve(expr, key=key, data=data)

    # --- maps -------------------------------------------------------------------------------------------------------

    def _map(self, expr: MapExpr) -> Expr:
        expected = self.expected
        key = self.map_key(expr)
        if isinstance(expr.mappings, SetExpr):
            datatype = expected.datatype or types.INVALID
            data = datatype.parts or (datatype,)
            sizes = (expected.bits,) if len(data) == 1 else tuple(part.bits for part in data)
            return self.declare_map(expr, key, SetSpec(name=MAP, key=(), bits=(), data=data, data_bits=sizes))
        found = self.evaluate(expr.mappings)
        if not isinstance(found, SetRefExpr) or found.spec is None or not found.spec.data:
            raise NftError("Expression is not a map", found.location)
        return with_mappings(expr, key, found)

    def map_key(self, expr: MapExpr) -> Expr:
        """The key that is looked up in a map."""
        for part in _parts(expr.key):
            if isinstance(part, CtExpr) and part.key in ("saddr", "daddr"):
                raise NftError("specify either ip or ip6 for address matching", part.location)
        self.expected = ANYTHING
        key = self.evaluate(expr.key)
        if is_constant(key):
            raise NftError("Map expression can not be constant", key.location)
        return key

    def declare_map(self, expr: MapExpr, key: Expr, spec: SetSpec) -> MapExpr:
        """A map for the `{ ... }` behind `map`."""
        filling = SetContext(attrs.evolve(spec, **_key_shape(key)), anonymous=True, key_location=key.location)
        elements = self.fill(filling, expr.mappings)
        assert isinstance(elements, SetExpr)
        spec = attrs.evolve(filling.spec, data_intervals=filling.data_intervals)
        reference, key = self._declare_moved(spec, key, elements)
        return with_mappings(expr, key, reference)

    # --- anonymous sets ---------------------------------------------------------------------------------------------

    def declare_set(self, left: Expr, expr: SetExpr) -> tuple[SetRefExpr, Expr]:
        """For the right-hand side of a comparison, whose left-hand side may have to be rewritten."""
        if not expr.elements:
            raise NftError("Set is empty", expr.location)
        return self._declare_moved(SetSpec(name=SET, **_key_shape(left)), left, expr)

    def _declare_moved(self, spec: SetSpec, key: Expr, expr: SetExpr) -> tuple[SetRefExpr, Expr]:
        """Make a set of these elements; a shift of the key is done to the elements instead, if that is possible.

        Adjacent intervals are merged in sets, but not in maps.
        """
        moved = key if isinstance(key, BinopExpr) and can_move(key, expr) else None
        spec = attrs.evolve(spec, flags=frozenset({"constant", "interval"} if expr.intervals else {"constant"}))
        elements = elements_of(spec, expr)
        new = [element for element, _ in elements]
        if expr.intervals and len(spec.key) == 1:
            ends = [cached_elem(element, location) for element, location in elements]
            known = [end for end in ends if end is not None]
            if spec.is_map:
                check_overlaps((), known)
            else:
                rest = [element for element, end in zip(new, ends, strict=True) if end is None]
                new = [*map(new_elem, merged((), known)[0]), *rest]
        if moved is not None:
            new = [attrs.evolve(element, key=moved_key(moved, element.key)) for element in new]
            key = without_shift(moved)
        spec = self._declare(spec, tuple(new), expr.location)
        return SetRefExpr(spec.name, spec, location=expr.location), key


def with_mappings(expr: MapExpr, key: Expr, reference: SetRefExpr) -> MapExpr:
    """A map whose key has the type that the map expects."""
    wanted = reference.datatype
    if not same_type(key.datatype, wanted):
        message = f"map expects {wanted.description}, mapping expression has type {key.datatype.description}"
        raise NftError(f"datatype mismatch, {message}", expr.mappings.location, key.location)
    return attrs.evolve(expr, key=key, mappings=reference)


def stateful(statements: tuple[Stmt, ...]) -> tuple[Stmt, ...]:
    return tuple(linearize_stmt(one) for one in statements if type(one) in _STATEFUL)


class _KeyShape(TypedDict):
    key: tuple[Datatype, ...]
    bits: tuple[int, ...]


def _key_shape(key: Expr) -> _KeyShape:
    """Types and sizes of a key, one for each part of a concatenation."""
    parts = _parts(key)
    return {"key": tuple(part.datatype for part in parts), "bits": tuple(part.bits for part in parts)}


def _parts(expr: Expr) -> tuple[Expr, ...]:
    return expr.parts if isinstance(expr, ConcatExpr) else (expr,)


def _inner(expr: Expr) -> Expr:
    """The key of an element, or a nested set."""
    if isinstance(expr, MappingExpr):
        expr = expr.key
    return expr.key if isinstance(expr, SetElemExpr) else expr


def _wrapped(element: Expr, outer: Expr) -> Expr:
    """An element of a nested set has the data of the nested set."""
    if isinstance(outer, MappingExpr) and isinstance(element, SetElemExpr):
        return attrs.evolve(outer, key=element)
    return element


# --- checks --------------------------------------------------------------------------------------------------------


def _is_interval(expr: Expr) -> bool:
    return isinstance(expr, (PrefixExpr, WildcardExpr, RangeExpr))


def _check_single(spec: SetSpec, key: Expr) -> None:
    for part in filter(_is_interval, _parts(key)):
        message = f"your {spec.kind} declaration if you want to add {expr_name(part)} elements"
        raise NftError(f"You must add 'flags interval' to {message}", part.location)


def _check_statements(spec: SetSpec, expr: SetElemExpr) -> None:
    wanted, statements = spec.statements, expr.statements
    if not statements:
        return
    if wanted and len(wanted) != len(statements):
        message = f"set expects {len(wanted)} but element has {len(statements)}"
        raise NftError(f"number of statements mismatch, {message}", expr.location)
    if not wanted:
        if "dynamic" not in spec.flags:
            raise NftError(f"missing statement in {spec.kind} declaration", statements[0].location)
        return
    for one, other in zip(statements, wanted, strict=True):
        if type(one) is not type(other):
            message = f"element expects {_STATEFUL[type(one)]}, but {spec.kind} has type {_STATEFUL[type(other)]}"
            raise NftError(f"statement mismatch, {message}", one.location)


# --- declarations (set_evaluate) ------------------------------------------------------------------------------------


def declared(name: str, is_map: bool, block: SetBlock) -> SetSpec:
    kind = "map" if is_map else "set"
    flags = set(block.flags)
    if block.auto_merge and "interval" not in flags:
        raise NftError("auto-merge only works with interval sets", block.location)
    if block.key is None:
        raise NftError(f"{kind} definition does not specify key", block.location)
    key = _declared_shape(block.key, kind, block.location)
    if is_map and block.data is None and block.objects is None:
        raise NftError("map definition does not specify mapping data type", block.location)
    data: _KeyShape = {"key": (), "bits": ()}
    if block.data is not None:
        data = _declared_shape(block.data, kind, block.location)
    if block.timeout:
        flags.add("timeout")
    return SetSpec(
        name=name, **key, data=data["key"], data_bits=data["bits"], data_intervals=block.data_intervals,
        objects=block.objects, flags=frozenset(flags),
        typeof_key=_typeof(block.key), typeof_data=None if block.data is None else _typeof(block.data),
        timeout=block.timeout, gc_interval=block.gc_interval, size=block.size, policy=block.policy,
        auto_merge=block.auto_merge, comment=block.comment, statements=stateful(block.statements),
    )  # fmt: skip


def _declared_shape(expr: Expr, kind: str, location: Location) -> _KeyShape:
    parts = _parts(expr)
    for part in parts:
        datatype = part.datatype
        if part.bits or datatype is types.VERDICT:
            continue
        if len(parts) > 1:
            message = f"can not use variable sized data types ({datatype.name}) in concat expressions"
            raise NftError(message, part.location, expr.location)
        hint = '. Try "typeof expression" instead of "type datatype".' if not datatype.bits else ""
        raise NftError(f"unqualified type {datatype.name} specified in {kind} definition{hint}", location)
    return _key_shape(expr)


def _typeof(expr: Expr) -> Expr | None:
    """The expression that the type was taken from; None where the type is given by name."""
    parts = _parts(expr)
    if any(isinstance(part, DatatypeExpr) for part in parts):
        return None
    sources = tuple(map(_type_source, parts))
    return sources[0] if len(sources) == 1 else ConcatExpr(sources)


def _type_source(expr: Expr) -> Expr:
    if isinstance(expr, HashExpr):
        return NumgenExpr("inc", expr.modulus)
    if not isinstance(expr, _PRIMARY):
        raise NftError("primary expression type can not be used in a set definition", expr.location)
    return attrs.evolve(expr, location=INTERNAL)
