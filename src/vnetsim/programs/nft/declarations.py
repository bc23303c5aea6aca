"""What a set or map is declared to be (set_evaluate of src/evaluate.c of nftables 1.0.6)."""

from __future__ import annotations

from vnetsim.netfilter.nft import datatypes as types
from vnetsim.netfilter.nft.datatypes import DATATYPES, Basis, Datatype
from vnetsim.netfilter.nft.expressions import Concat, Conntrack, Node, Numgen, Payload, shape
from vnetsim.netfilter.nft.expressions import Named as NamedField
from vnetsim.netfilter.nft.sets import SetSpec
from vnetsim.programs.nft.knowledge import Knowledge
from vnetsim.programs.nft.source import Location, Refused
from vnetsim.programs.nft.syntax import (
    ConcatSyntax,
    ConntrackSyntax,
    FieldSyntax,
    HashSyntax,
    NodeSyntax,
    ReadyStatement,
    SetBlock,
    Syntax,
    TypeName,
)
from vnetsim.programs.nft.values import NameEnvironment


def declared(
    name: str, is_map: bool, block: SetBlock, family: str, knowledge: Knowledge, environment: NameEnvironment
) -> SetSpec:
    """Refused where it makes no sense."""
    del family, knowledge, environment
    word = "map" if is_map else "set"
    flags = set(block.flags)
    if block.auto_merge and "interval" not in flags:
        raise Refused("auto-merge only works with interval sets", block.location)
    if block.key is None:
        raise Refused(f"{word} definition does not specify key", block.location)
    key, bits = _shapes(block.key, word, block.location)
    if is_map and block.data is None and block.objects is None:
        raise Refused("map definition does not specify mapping data type", block.location)
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
        statements=tuple(one.statement for one in block.statements if isinstance(one, ReadyStatement)),
    )  # fmt: skip


def _parts(syntax: Syntax) -> tuple[Syntax, ...]:
    return syntax.parts if isinstance(syntax, ConcatSyntax) else (syntax,)


def _shapes(syntax: Syntax, word: str, location: Location) -> tuple[tuple[Datatype, ...], tuple[int, ...]]:
    parts = _parts(syntax)
    found = []
    for part in parts:
        datatype, bits = _shape(part)
        if not bits and datatype is not types.VERDICT:
            if len(parts) > 1:
                words = f"can not use variable sized data types ({datatype.name}) in concat expressions"
                raise Refused(words, part.location, syntax.location)
            hint = '. Try "typeof expression" instead of "type datatype".' if not datatype.bits else ""
            raise Refused(f"unqualified type {datatype.name} specified in {word} definition{hint}", location)
        found.append((datatype, bits))
    return tuple(datatype for datatype, _ in found), tuple(bits for _, bits in found)


def _shape(syntax: Syntax) -> tuple[Datatype, int]:
    match syntax:
        case TypeName():
            datatype = DATATYPES[syntax.name]
            return datatype, 0 if datatype.basis is Basis.VERDICT else datatype.bits
        case FieldSyntax():
            return syntax.field.datatype, syntax.field.bits
        case NodeSyntax(node=Payload() as node):
            return types.RAW, node.bits
        case NodeSyntax():
            return shape(syntax.node)
        case ConntrackSyntax():
            return shape(Conntrack(syntax.key, syntax.direction))
    return types.INTEGER, 32


def _typeof(syntax: Syntax) -> Node | None:
    """The expression that the type was taken from; None where its name was said."""
    parts = _parts(syntax)
    if any(isinstance(part, TypeName) for part in parts):
        return None
    nodes = tuple(_node(part) for part in parts)
    return nodes[0] if len(nodes) == 1 else Concat(nodes)


def _node(syntax: Syntax) -> Node:
    match syntax:
        case FieldSyntax():
            return NamedField(syntax.header, syntax.field)
        case NodeSyntax():
            return syntax.node
        case ConntrackSyntax():
            return Conntrack(syntax.key, syntax.direction)
        case HashSyntax():
            return Numgen("inc", syntax.modulus)
    raise Refused("primary expression type can not be used in a set definition", syntax.location)
