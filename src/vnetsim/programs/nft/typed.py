"""Evaluated expressions (struct expr after expr_evaluate): between the syntax tree and what the kernel stores.

`constant` and `single` say whether the value is known and whether it is one value (EXPR_F_CONSTANT, EXPR_F_SINGLETON).
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from vnetsim.netfilter.nft.datatype import Basis, Datatype, Value, concatenated
from vnetsim.netfilter.nft.expression import Expr, Interval, Key
from vnetsim.netfilter.nft.proto import Field, Header
from vnetsim.netfilter.nft.sets import SetSpec
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.programs.nft.erec import Location, NftError


@attrs.frozen(kw_only=True)
class Typed:
    """An expression with its type; `bits` is 0 if its length is not known."""

    location: Location
    datatype: Datatype
    bits: int = 0

    @property
    def constant(self) -> bool:
        return False

    @property
    def single(self) -> bool:
        return False

    @property
    def word(self) -> str:
        """What complaints call it."""
        raise NotImplementedError

    @property
    def is_string(self) -> bool:
        return self.datatype.basis is Basis.STRING


class TypedConstant(Typed):
    """Of one value or several."""

    @property
    def constant(self) -> bool:
        return True


@attrs.frozen(kw_only=True)
class TypedValue(TypedConstant):
    value: Value

    @property
    def single(self) -> bool:
        return True

    @property
    def word(self) -> str:
        return "value"


@attrs.frozen(kw_only=True)
class TypedPrefix(TypedConstant):
    """All values that begin with the first `length` bits of `value`; of a string, all that begin with it."""

    value: Value
    length: int

    @property
    def word(self) -> str:
        return "prefix"


@attrs.frozen(kw_only=True)
class TypedRange(TypedConstant):
    first: int
    last: int

    @property
    def word(self) -> str:
        return "range"


@attrs.frozen(kw_only=True)
class TypedCatchall(TypedConstant):
    """`*`"""

    @property
    def word(self) -> str:
        return "catch-all set element"


@attrs.frozen(kw_only=True)
class TypedVerdict(TypedConstant):
    """A verdict."""

    kind: str
    chain: str = ""

    @property
    def single(self) -> bool:
        return True

    @property
    def word(self) -> str:
        return "verdict"


@attrs.frozen(kw_only=True)
class TypedSelector(Typed):
    """Something that each packet has; of a field of a header it is known which one (`header` None: it is raw)."""

    node: Expr
    header: Header | None = None
    field: Field | None = None
    protocol: bool = False

    @property
    def word(self) -> str:
        return "expression"


@attrs.frozen(kw_only=True)
class TypedBinop(Typed):
    """`left operator right`, with a number on the right."""

    operator: str
    left: Typed
    right: int

    @property
    def word(self) -> str:
        return "binop"


@attrs.frozen(kw_only=True)
class TypedConcat(Typed):
    """`a . b`"""

    parts: tuple[Typed, ...]

    @property
    def constant(self) -> bool:
        return all(part.constant for part in self.parts)

    @property
    def single(self) -> bool:
        return all(part.single for part in self.parts)

    @property
    def word(self) -> str:
        return "concat"


@attrs.frozen(kw_only=True)
class TypedElem(Typed):
    """An element of a set."""

    key: Typed
    statements: tuple[Stmt, ...] = ()
    timeout: int | None = None
    expires: int | None = None
    comment: str | None = None

    @property
    def constant(self) -> bool:
        return self.key.constant

    @property
    def single(self) -> bool:
        return self.key.single

    @property
    def word(self) -> str:
        return "set element"


@attrs.frozen(kw_only=True)
class TypedMapping(TypedConstant):
    """An element of a map."""

    left: TypedElem
    right: Typed

    @property
    def single(self) -> bool:
        return self.left.single

    @property
    def word(self) -> str:
        return "mapping"


@attrs.frozen(kw_only=True)
class TypedSet(TypedConstant):
    """`{ ... }`; `intervals`: some element stands for more than one value."""

    elements: tuple[TypedElem | TypedMapping, ...]
    intervals: bool = False

    @property
    def word(self) -> str:
        return "set"


@attrs.frozen(kw_only=True)
class TypedSetRef(TypedConstant):
    """A set or map: one with a name, or one that was made for a `{ ... }`."""

    spec: SetSpec

    @property
    def word(self) -> str:
        return "set reference"


@attrs.frozen(kw_only=True)
class TypedMap(TypedConstant):
    """`key map mappings`"""

    key: Typed
    spec: SetSpec

    @property
    def word(self) -> str:
        return "map"


def shapes(key: Typed) -> tuple[tuple[Datatype, ...], tuple[int, ...]]:
    """Types and sizes of a key, one for each part of a concatenation."""
    parts: Sequence[Typed] = key.parts if isinstance(key, TypedConcat) else (key,)
    return tuple(part.datatype for part in parts), tuple(part.bits for part in parts)


def referred(spec: SetSpec, location: Location) -> TypedSetRef:
    return TypedSetRef(location=location, datatype=concatenated(spec.key), bits=sum(spec.bits), spec=spec)


def operate(operator: str, left: int, right: int) -> int:
    match operator:
        case "&":
            return left & right
        case "^":
            return left ^ right
        case "|":
            return left | right
        case "<<":
            return left << right
    return left >> right


# --- shifts (binop_transfer) ----------------------------------------------------------------------------------------


def elem_of(member: TypedElem | TypedMapping) -> TypedElem:
    return member.left if isinstance(member, TypedMapping) else member


def can_move(left: TypedBinop, right: TypedSet) -> bool:
    """Whether a shift or exclusive or on the left can be done to the elements instead (binop_transfer)."""
    if left.operator not in ("<<", ">>", "^"):
        return False
    keys = [elem_of(member).key for member in right.elements]
    for key in keys:
        if not isinstance(key, (TypedValue, TypedRange)):
            return False
        check_shift(left, key)
    return True


def check_shift(left: TypedBinop, value: TypedValue | TypedRange) -> None:
    """Nothing shifted to the left ends in ones."""
    ends = (value.first, value.last) if isinstance(value, TypedRange) else (value.value,)
    for end in ends:
        assert isinstance(end, int)
        if left.operator == "<<" and end & (1 << left.right) - 1:
            raise NftError("Comparison is always false", value.location, left.location)


def without_shift(left: TypedBinop) -> Typed:
    """What is left of it, once the other side was moved."""
    if left.operator != ">>":
        return left.left
    return attrs.evolve(left, operator="&", bits=left.left.bits, right=(1 << left.left.bits) - 1 << left.right)


def moved_value(left: TypedBinop, value: int) -> int:
    return operate({"<<": ">>", ">>": "<<", "^": "^"}[left.operator], value, left.right)


def moved_key(left: TypedBinop, key: Key) -> Key:
    if isinstance(key, Interval):
        return Interval(moved_value(left, key.first), moved_value(left, key.last))
    return moved_value(left, key) if isinstance(key, int) else key
