"""What expressions mean: types, sizes, dependencies (expr_evaluate... of src/evaluate.c of nftables 1.0.6).

What is looked at decides the type of what it is compared with: an expression leaves behind what is expected next.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import DATATYPES, Basis, Datatype, concatenated
from vnetsim.netfilter.nft.primary_expr import (
    META_PROTOCOLS,
    CtExpr,
    HashExpr,
    MetaExpr,
    NumgenExpr,
    PayloadExpr,
    RtExpr,
)
from vnetsim.netfilter.nft.proto import TH, PayloadBase
from vnetsim.programs.nft import ast
from vnetsim.programs.nft.cache import NftCache
from vnetsim.programs.nft.datatype import NameEnvironment, parse
from vnetsim.programs.nft.erec import ErrorRecord, Location, NftError
from vnetsim.programs.nft.netlink_linearize import node_of
from vnetsim.programs.nft.payload import (
    LocatedProtoContext,
    PayloadDependencies,
    TypedRelational,
    field_of,
    network_number,
)
from vnetsim.programs.nft.typed import (
    Typed,
    TypedBinop,
    TypedCatchall,
    TypedConcat,
    TypedPrefix,
    TypedRange,
    TypedSelector,
    TypedValue,
    TypedVerdict,
    operate,
    referred,
)

_SHIFTS: Final = ("<<", ">>")
_CT_FAMILIES: Final = {
    "ip saddr": ("ip6", "ip"),
    "ip daddr": ("ip6", "ip"),
    "ip6 saddr": ("ip", "ip6"),
    "ip6 daddr": ("ip", "ip6"),
}
#: Keys of which the kernel does not keep the direction.
_UNDIRECTED: Final = ("l3proto", "protocol")
#: Days of a week, the last one.
_LAST_DAY: Final = 6


@attrs.frozen
class ExprContext:
    """What the next value should be (struct expr_ctx).

    `parts` are those of a concatenation, with their sizes, that was met at `place`.
    """

    datatype: Datatype | None = None
    bits: int = 0
    maximum: int = 0
    parts: tuple[tuple[Datatype, int], ...] | None = None
    place: Location | None = None


ANYTHING: Final = ExprContext()


class ExprEvaluator:
    """Expressions of one rule, or of the elements of a set."""

    def __init__(self, family: str, knowledge: NftCache, environment: NameEnvironment) -> None:
        self.family, self.knowledge, self.environment = family, knowledge, environment
        self.protocols = LocatedProtoContext(family)
        self.expected = ANYTHING
        self.complaints: list[ErrorRecord] = []
        self._evaluate: dict[type[ast.Syntax], Callable[..., Typed]] = {
            ast.Symbol: self._symbol, ast.KnownValue: self._known_value, ast.SetSymbol: self._set_symbol,
            ast.FieldSyntax: self._field, ast.NodeSyntax: self._node, ast.ConntrackSyntax: self._conntrack,
            ast.HashSyntax: self._hash, ast.BinarySyntax: self._binary, ast.PrefixSyntax: self._prefix,
            ast.RangeSyntax: self._range, ast.ConcatSyntax: self._concat, ast.ListSyntax: self._list,
            ast.VerdictSyntax: self._verdict, ast.CatchAllSyntax: self._catch_all,
        }  # fmt: skip

    def evaluate(self, syntax: ast.Syntax) -> Typed:
        return self._evaluate[type(syntax)](syntax)

    def depend(self, comparison: TypedRelational) -> None:
        """Something that the rule has to ask before."""
        raise NotImplementedError

    def expect(self, meaning: Typed, maximum: int = 0) -> Typed:
        """What follows is of the type of `meaning`."""
        self.expected = ExprContext(meaning.datatype, meaning.bits, maximum)
        return meaning

    # --- values -----------------------------------------------------------------------------------------------------

    def _symbol(self, symbol: ast.Symbol) -> Typed:
        if self.expected.datatype is None:
            raise NftError("No symbol type information", symbol.location)
        value, datatype = parse(symbol, self.expected.datatype, self.environment)
        if isinstance(value, str):
            return self._string(symbol, value, self.expected.datatype)
        return self._integer(symbol.location, value, datatype)

    def _known_value(self, syntax: ast.KnownValue) -> Typed:
        return self._integer(syntax.location, syntax.value, DATATYPES[syntax.type_name])

    def _integer(self, location: Location, value: int, datatype: Datatype) -> TypedValue:
        maximum, bits = self.expected.maximum, self.expected.bits
        if 0 < maximum < value:
            raise NftError(f"Value {value} exceeds valid range 0-{maximum}", location)
        if value > (1 << bits) - 1:
            raise NftError(f"Value {value} exceeds valid range 0-{(1 << bits) - 1}", location)
        return TypedValue(location=location, datatype=datatype, bits=bits, value=value)

    def _string(self, symbol: ast.Symbol, text: str, datatype: Datatype) -> Typed:
        bits, location = self.expected.bits, symbol.location
        if bits and 8 * (len(text) + 1) > bits:
            raise NftError(f"String exceeds maximum length of {bits // 8}", location)
        if not text:
            raise NftError("Empty string is not allowed", location)
        if text[-1] != "*":
            return TypedValue(location=location, datatype=datatype, bits=bits, value=text)
        if text == "*":
            raise NftError("All-wildcard strings are not supported", location)
        if text[-2] == "\\":
            return TypedValue(location=location, datatype=datatype, bits=bits, value=text.replace("\\", ""))
        return TypedPrefix(location=location, datatype=datatype, bits=bits, value=text[:-1], length=8 * (len(text) - 1))

    def _set_symbol(self, syntax: ast.SetSymbol) -> Typed:
        return referred(self.knowledge.find_set(syntax.name, syntax.location).spec, syntax.location)

    def _verdict(self, syntax: ast.VerdictSyntax) -> Typed:
        chain = "" if syntax.chain is None else syntax.chain.text
        return self.expect(
            TypedVerdict(location=syntax.location, datatype=types.VERDICT, kind=syntax.kind, chain=chain)
        )

    def _catch_all(self, syntax: ast.CatchAllSyntax) -> Typed:
        return TypedCatchall(location=syntax.location, datatype=self.expected.datatype or types.INVALID)

    # --- several values ---------------------------------------------------------------------------------------------

    def _prefix(self, syntax: ast.PrefixSyntax) -> Typed:
        base = self.evaluate(syntax.value)
        if not base.constant:
            raise NftError("Prefix expression is undefined for non-constant expressions", syntax.location)
        if not isinstance(base, TypedValue):
            raise NftError(f"Prefix expression is undefined for {base.datatype.description} types", syntax.location)
        if syntax.length > base.bits:
            message = f"Prefix length {syntax.length} is invalid for type of {base.bits} bits width"
            raise NftError(message, syntax.location)
        value = base.value
        if isinstance(value, int):
            value = value >> base.bits - syntax.length << base.bits - syntax.length
        return TypedPrefix(
            location=syntax.location, datatype=base.datatype, bits=base.bits, value=value, length=syntax.length
        )

    def _range(self, syntax: ast.RangeSyntax) -> Typed:
        first, last = self.range_ends(syntax)
        if _number(first) > _number(last):
            raise NftError("Range has zero or negative size", syntax.location)
        return self.range_of(syntax, first, last)

    def range_ends(self, syntax: ast.RangeSyntax) -> tuple[TypedValue, TypedValue]:
        return self._end(syntax, syntax.first), self._end(syntax, syntax.last)

    def range_of(self, syntax: ast.RangeSyntax, first: TypedValue, last: TypedValue) -> TypedRange:
        return TypedRange(
            location=syntax.location, datatype=first.datatype, bits=first.bits, first=_number(first), last=_number(last)
        )

    def _end(self, syntax: ast.RangeSyntax, end: ast.Syntax) -> TypedValue:
        found = self.evaluate(end)
        if found.is_string or found.datatype.basis is Basis.VERDICT:
            message = f"Range expression is undefined for {found.datatype.description} types"
            raise NftError(message, found.location, syntax.location)
        if not isinstance(found, TypedValue):
            raise NftError("Range is not constant", found.location, syntax.location)
        return found

    def _list(self, syntax: ast.ListSyntax) -> Typed:
        value = 0
        for part in syntax.parts:
            member = self.evaluate(part)
            if not isinstance(member, TypedValue):
                raise NftError("List member must be a constant value", member.location)
            if not member.datatype.is_flags or not isinstance(member.value, int):
                raise NftError(f"Basetype of type {member.datatype.description} is not bitmask", member.location)
            value |= member.value
        assert self.expected.datatype is not None
        return TypedValue(
            location=syntax.location, datatype=self.expected.datatype, bits=self.expected.bits, value=value
        )

    # --- concatenations ---------------------------------------------------------------------------------------------

    def _concat(self, syntax: ast.ConcatSyntax) -> Typed:
        expected = self.expected
        wanted = expected.parts
        datatype = expected.datatype
        if wanted is None and datatype is not None and datatype is not types.INVALID:
            wanted = tuple((part, part.bits) for part in datatype.parts)
        parts: list[Typed] = []
        for number, part in enumerate(syntax.parts):
            if wanted is None:
                self.expected = ExprContext(types.INVALID)
            elif number >= len(wanted):
                if expected.place is not None:
                    raise NftError("too many concatenation components", syntax.location, expected.place)
                self.expected = ExprContext(types.INVALID)
            else:
                self.expected = ExprContext(*wanted[number])
            parts.append(self._part(syntax, part, sized=wanted is not None))
        joined = TypedConcat(
            location=syntax.location,
            datatype=concatenated(tuple(part.datatype for part in parts)),
            bits=sum((part.bits + 31) // 32 * 32 for part in parts),
            parts=tuple(parts),
        )
        if wanted is not None and len(parts) < len(wanted):
            assert datatype is not None
            message = f"expected {datatype.description}, expression has type {joined.datatype.description}"
            raise NftError(f"datatype mismatch, {message}", syntax.location)
        kept = expected.parts if expected.parts is not None else tuple((part.datatype, part.bits) for part in parts)
        place = expected.place if expected.parts is not None else syntax.location
        self.expected = ExprContext(joined.datatype, joined.bits, parts=kept, place=place)
        return joined

    def _part(self, syntax: ast.ConcatSyntax, part: ast.Syntax, *, sized: bool) -> Typed:
        if isinstance(part, ast.ConntrackSyntax) and part.key in ("saddr", "daddr"):
            raise NftError("specify either ip or ip6 for address matching", part.location)
        found = self.evaluate(part)
        if not sized and not found.bits:
            message = f"can not use variable sized data types ({found.datatype.name}) in concat expressions"
            raise NftError(message, found.location, syntax.location)
        return found

    # --- operators --------------------------------------------------------------------------------------------------

    def _binary(self, syntax: ast.BinarySyntax) -> Typed:
        left = self.evaluate(syntax.left)
        if syntax.operator in _SHIFTS:
            self.expected = ExprContext(types.INTEGER, self.expected.bits)
        right = self.evaluate(syntax.right)
        self._check_operands(syntax, left, right)
        assert isinstance(right, TypedValue)
        assert isinstance(right.value, int)
        if syntax.operator in _SHIFTS and right.value >= left.bits:
            side = "Left" if syntax.operator == "<<" else "Right"
            message = f"{side} shift of {right.value} bits is undefined for type of {left.bits} bits width"
            raise NftError(message, right.location, left.location)
        if isinstance(left, TypedValue) and isinstance(left.value, int):
            value = operate(syntax.operator, left.value, right.value) & (1 << left.bits) - 1
            return attrs.evolve(left, location=syntax.location, value=value)
        return TypedBinop(
            location=syntax.location,
            datatype=left.datatype,
            bits=left.bits,
            operator=syntax.operator,
            left=left,
            right=right.value,
        )

    def _check_operands(self, syntax: ast.BinarySyntax, left: Typed, right: Typed) -> None:
        operator = syntax.operator
        if left.datatype.basis in (Basis.VERDICT, Basis.INVALID):
            message = f"Binary operation ({operator}) is undefined for {left.datatype.description} types"
            raise NftError(message, left.location, syntax.location)
        if left.constant and not left.single:
            message = f"Binary operation ({operator}) is undefined for {left.word} expressions"
            raise NftError(message, left.location, syntax.location)
        if not right.constant:
            message = f"Right hand side of binary operation ({operator}) must be constant"
            raise NftError(message, right.location, syntax.location)
        if not right.single:
            message = f"Binary operation ({operator}) is undefined for {right.word} expressions"
            raise NftError(message, left.location, syntax.location)

    # --- what is looked at ------------------------------------------------------------------------------------------

    def _field(self, syntax: ast.FieldSyntax) -> Typed:
        looked = field_of(syntax.header, syntax.field.name, syntax.location)
        if syntax.header is not TH:
            for comparison in PayloadDependencies(self.protocols).of(looked):
                self.depend(comparison)
        return self._cut_out(looked, syntax.field.offset)

    def _cut_out(self, looked: TypedSelector, offset: int) -> Typed:
        """A field that does not begin or end with a byte is cut out of its bytes."""
        self.expect(looked)
        bits = looked.bits
        if not offset % 8 and not bits % 8:
            return looked
        shift = (bits + 7) // 8 * 8 - (offset % 8 + bits)
        extra = 0
        while shift < 0:
            shift, extra = shift + 8, extra + 8
        payload = looked.node
        assert isinstance(payload, PayloadExpr)
        size = (bits + extra + 7) // 8 * 8
        whole = attrs.evolve(looked, node=PayloadExpr(payload.base, offset // 8 * 8, size), bits=size)
        masked = TypedBinop(
            location=looked.location,
            datatype=looked.datatype,
            bits=bits + shift,
            operator="&",
            left=whole,
            right=(1 << bits) - 1 << shift,
        )
        if not shift:
            return masked
        return attrs.evolve(masked, operator=">>", left=masked, right=shift)

    def _node(self, syntax: ast.NodeSyntax) -> Typed:
        node = syntax.node
        if isinstance(node, NumgenExpr):
            looked = self._counted(syntax, node)
            return self.expect(looked, node.modulus + node.offset - 1)
        if isinstance(node, PayloadExpr):
            return self._raw(syntax, node)
        if isinstance(node, RtExpr):
            node = self._route(syntax, node)
        datatype, bits = node.shape
        looked = TypedSelector(location=syntax.location, datatype=datatype, bits=bits, node=node)
        if isinstance(node, MetaExpr):
            return self._meta(looked, node)
        return self.expect(looked)

    def _counted(self, syntax: ast.NodeSyntax | ast.HashSyntax, node: NumgenExpr | HashExpr) -> TypedSelector:
        """A number that takes the type that is expected, where that is a number, too."""
        wanted = self.expected.datatype
        fits = wanted is not None and wanted.basis is Basis.INTEGER and self.expected.bits == 32
        datatype = wanted if fits and wanted is not None else types.INTEGER
        return TypedSelector(location=syntax.location, datatype=datatype, bits=32, node=node)

    def _raw(self, syntax: ast.NodeSyntax, node: PayloadExpr) -> Typed:
        is_port = node.base is PayloadBase.TRANSPORT and node.bits == 16 and node.offset in (0, 16)
        datatype = types.INET_SERVICE if is_port else types.RAW
        looked = TypedSelector(location=syntax.location, datatype=datatype, bits=node.bits, node=node)
        return self._cut_out(looked, node.offset)

    def _meta(self, looked: TypedSelector, node: MetaExpr) -> Typed:
        if node.key == "nfproto" and self.family != "inet":
            raise NftError("meta nfproto is only useful in the inet family", looked.location)
        protocol = node.key in META_PROTOCOLS or node.key == "iiftype"
        return self.expect(attrs.evolve(looked, protocol=protocol), _LAST_DAY if node.key == "day" else 0)

    def _route(self, syntax: ast.NodeSyntax, node: RtExpr) -> RtExpr:
        if node.key != "nexthop":
            return node
        network = network_number(self.protocols)
        if not node.family:
            if network is None:
                message = 'cannot determine ip protocol version, use "ip nexthop" or "ip6 nexthop" instead'
                raise NftError(message, syntax.location)
            return RtExpr("nexthop", network)
        if self.family == {"ip": "ip6", "ip6": "ip"}[node.family]:
            raise NftError(f"{node.family} nexthop will not match", syntax.location)
        return node

    def _conntrack(self, syntax: ast.ConntrackSyntax) -> Typed:
        node = CtExpr(syntax.key, "" if syntax.key in _UNDIRECTED else syntax.direction)
        datatype, bits = node.shape
        network = network_number(self.protocols)
        if syntax.key in ("saddr", "daddr"):
            if network is None:
                # nft complains, and goes on all the same.
                message = f'cannot determine ip protocol version, use "ip {syntax.key}" or "ip6 {syntax.key}" instead'
                self.complaints.append(ErrorRecord(message, syntax.location))
            datatype, bits = {"ip": (types.IPV4_ADDR, 32), "ip6": (types.IPV6_ADDR, 128)}.get(
                network or "", (types.INVALID, 0)
            )
        elif syntax.key in _CT_FAMILIES and network == _CT_FAMILIES[syntax.key][0]:
            message = f"conflicting protocols specified: {network} vs. {_CT_FAMILIES[syntax.key][1]}"
            others = [place for place in (self.protocols.places.get(PayloadBase.NETWORK),) if place is not None]
            raise NftError(message, syntax.location, *others)
        return self.expect(
            TypedSelector(location=syntax.location, datatype=datatype, bits=bits, node=node,
                   protocol=syntax.key in ("l3proto", "protocol"))
        )  # fmt: skip

    def _hash(self, syntax: ast.HashSyntax) -> Typed:
        node = HashExpr(None, syntax.modulus, syntax.seed, syntax.offset)
        looked = self._counted(syntax, node)
        self.expected = ANYTHING
        if syntax.key is not None:
            node = attrs.evolve(node, key=node_of(self.evaluate(syntax.key)))
        return self.expect(attrs.evolve(looked, node=node), syntax.modulus + syntax.offset - 1)


def _number(known: TypedValue) -> int:
    assert isinstance(known.value, int), "strings have no ranges"
    return known.value
