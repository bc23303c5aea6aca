"""What a set or map is declared to be (set_evaluate of src/evaluate.c of nftables 1.0.6)."""

from __future__ import annotations

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft.datatype import DATATYPES, Basis, Datatype
from vnetsim.netfilter.nft.expression import ConcatExpr, Expr
from vnetsim.netfilter.nft.primary_expr import CtExpr, NumgenExpr, PayloadExpr
from vnetsim.netfilter.nft.primary_expr import FieldExpr as NamedField
from vnetsim.netfilter.nft.sets import SetSpec
from vnetsim.programs.nft import ast
from vnetsim.programs.nft.cache import NftCache
from vnetsim.programs.nft.datatype import NameEnvironment
from vnetsim.programs.nft.erec import Location, NftError


def declared(
    name: str, is_map: bool, block: ast.SetBlock, family: str, knowledge: NftCache, environment: NameEnvironment
) -> SetSpec:
    """Refused where it makes no sense."""
    del family, knowledge, environment
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
                words = f"can not use variable sized data types ({datatype.name}) in concat expressions"
                raise NftError(words, part.location, syntax.location)
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
    """The expression that the type was taken from; None where its name was said."""
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
