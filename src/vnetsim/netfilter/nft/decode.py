"""Rules as they are printed: what the kernel keeps, turned back into what people write (src/netlink_delinearize.c).

Comparisons that another one implies are left out (`tcp dport 80` asks for the protocol, too), places in headers get
their names, masks become prefixes and lists of flags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

import attrs

from vnetsim.netfilter.nft import datatypes as types
from vnetsim.netfilter.nft.datatypes import Datatype
from vnetsim.netfilter.nft.elements import Tell, flags_of, literal
from vnetsim.netfilter.nft.expressions import (
    CONNTRACK_PROTOCOLS,
    META_PROTOCOLS,
    Binary,
    Bitwise,
    Concat,
    Conntrack,
    Constant,
    Hash,
    Lookup,
    MapExpression,
    Meta,
    Named,
    Named6,
    Node,
    Payload,
    Prefix,
    Range,
    Relation,
    SetReference,
    Shift,
    TcpOption,
    Wildcard,
    is_anonymous,
    shape,
)
from vnetsim.netfilter.nft.headers import (
    ETHER,
    FAMILY_NUMBERS,
    ICMP,
    ICMPV6,
    INET,
    IP,
    IP6,
    TH,
    Base,
    Context,
    Field,
)
from vnetsim.netfilter.nft.masks import (
    as_prefix,
    flag_comparison,
    is_prefix_mask,
    mask_of,
    part_of,
    shifted,
    without_idle_mask,
)
from vnetsim.netfilter.nft.sets import Set
from vnetsim.netfilter.nft.statements import (
    Match,
    Nat,
    ObjectReference,
    Reject,
    SetConntrack,
    SetMeta,
    SetOption,
    SetPayload,
    SetUpdate,
    Statement,
    VerdictMap,
)
from vnetsim.netfilter.nft.states import State

#: Behind the transport header: where a comparison of the ICMP type counts as a dependency.
_INNER: Final = 4
#: Numbers of IPv4 and IPv6 among network layers.
_NUMBERS: Final = {FAMILY_NUMBERS["ip"]: "ip", FAMILY_NUMBERS["ip6"]: "ip6"}
_ETHERTYPES: Final = {0x0800: "ip", 0x86DD: "ip6"}


@attrs.frozen
class Test(Statement):
    """A comparison as it is printed, or a verdict map."""

    expression: Node


@attrs.frozen
class VerboseReject(Statement):
    """A rejection in a table of both families, where the kind is always told."""

    reject: Reject


@attrs.frozen(eq=False)
class Shown:
    """A statement as it is printed, and what it remembers."""

    statement: Statement
    state: State | None = None


def decode(
    family: str, statements: tuple[Statement, ...], states: tuple[State | None, ...], sets: Mapping[str, Set], now: int,
    tell: Tell,
) -> list[Shown]:  # fmt: skip
    """`sets` are those of the rule's table: of anonymous ones the elements are shown, told by `tell`."""
    decoder = _Decoder(family, sets, now, tell)
    for statement, state in zip(statements, states, strict=True):
        decoder.take(statement, state)
    return decoder.shown


class _Decoder:
    def __init__(self, family: str, sets: Mapping[str, Set], now: int, tell: Tell) -> None:
        self._family = family
        self._sets = sets
        self._now = now
        self._tell = tell
        self._context = Context(family)
        self.shown: list[Shown] = []
        #: Comparisons that something later may imply, by the base of what implies them.
        self._dependencies: dict[int, Shown] = {}
        self._icmp_type: int | None = None
        self._previous: Shown | None = None
        self._take: dict[type[Statement], Callable[..., Statement]] = {
            Nat: self._nat, Reject: self._reject, SetMeta: self._with_value, SetConntrack: self._with_value,
            SetPayload: self._set_payload, SetOption: self._set_option, SetUpdate: self._set_update,
            ObjectReference: self._object,
        }  # fmt: skip

    def take(self, statement: Statement, state: State | None) -> None:
        if isinstance(statement, Match):
            self._match(statement)
            return
        if isinstance(statement, VerdictMap):
            self._show(Test(self._map(statement.key, statement.mappings, verdicts=True)))
            return
        how = self._take.get(type(statement))
        found = statement if how is None else how(statement)
        self._previous = Shown(found, state)
        self.shown.append(self._previous)
        self._reset()

    def _show(self, statement: Statement) -> Shown:
        shown = Shown(statement)
        self.shown.append(shown)
        self._previous = shown
        return shown

    # --- dependencies -----------------------------------------------------------------------------------------------

    def _reset(self) -> None:
        self._dependencies.clear()
        self._icmp_type = None

    def _dependency(self, base: int) -> Shown | None:
        found = self._dependencies.get(base)
        return self._dependencies.get(_INNER) if found is None and base == Base.TRANSPORT else found

    def _release(self, base: int) -> None:
        if base not in self._dependencies and base == Base.TRANSPORT:
            base = _INNER
        released = self._dependencies.pop(base, None)
        if released is not None:
            self.shown.remove(released)
            if self._previous is released:
                self._previous = None

    def _store(self, shown: Shown, base: int) -> None:
        left, right = _sides(shown)
        if isinstance(left, Named) and left.header in (ICMP, ICMPV6) and isinstance(right, Constant):
            value = right.value
            assert isinstance(value, int)
            echo = 8 if left.header is ICMP else 128
            self._icmp_type = echo if left.header is ICMP and value == 0 else value
            if self._icmp_type == echo or (left.header is ICMPV6 and value == 129):
                return
        self._dependencies[base + 1] = shown

    def _kill(self, node: Node) -> None:
        """What `node` implies need not be said."""
        if not isinstance(node, Named):
            return
        found = self._dependency(node.header.base)
        if found is not None and self._may_kill(found, node):
            self._release(node.header.base)

    def _may_kill(self, found: Shown, node: Named) -> bool:
        left, right = _sides(found)
        base = node.header.base
        if self._family == "inet" and isinstance(left, Named):
            if left.header in (IP, IP6) and base is Base.TRANSPORT:
                return False
            if base is left.header.base:
                if node.header.tells_protocol(node.field):
                    return False
                if base is Base.LINK:
                    return not (left.header is ETHER and isinstance(right, Constant))
        if base is not Base.TRANSPORT or not isinstance(left, Named) or left.header.base is not Base.TRANSPORT:
            return True
        if left.header in (ICMP, ICMPV6):
            needs = node.field.icmp_types
            return bool(needs) and left.header is node.header and self._icmp_type == needs[0]
        return True

    def _meta_may_kill(self, key: str, value: int) -> bool:
        found = self._dependency(Base.NETWORK)
        if found is None:
            return True
        network = _network_of(found)
        if network is None:
            return True
        if self._family != "inet":
            return self._family == network
        if key != "l4proto":
            return True
        return (network, value) in (("ip", 1), ("ip6", 58))

    # --- comparisons ------------------------------------------------------------------------------------------------

    def _match(self, match: Match) -> None:
        left = without_idle_mask(match.left)
        if isinstance(left, Payload):
            self._payload_match(match, left)
        else:
            self._other_match(attrs.evolve(match, left=left))
        self._join_range()

    def _payload_match(self, match: Match, left: Payload) -> None:
        if match.operator in ("==", "!="):
            if isinstance(match.right, Constant):
                self._expand(match.operator, left, match.right)
                return
            if isinstance(match.right, SetReference):
                self._note_icmp_set(left, match.right)
        named = self._complete(left)
        self._kill(named)
        datatype, bits = shape(named)
        self._show(Test(Relation(match.operator, named, self._typed(match.right, datatype, bits))))

    def _expand(self, operator: str, left: Payload, right: Constant) -> None:
        """What was joined since it lies side by side is told one by one."""
        value, base = right.value, int(left.base)
        assert isinstance(value, int)
        rest = left.bits
        for part, bits in self._fields_of(left):
            rest -= bits
            slice_ = value >> rest & (1 << bits) - 1
            shown = self._show(Test(Relation(operator, part, part_of(part, slice_, bits))))
            protocol = isinstance(part, Named) and part.header.tells_protocol(part.field)
            if operator == "==" and protocol:
                self._context.payload(left.base, slice_)
            self._kill(part)
            if operator == "==" and protocol:
                self._store(shown, base)

    def _fields_of(self, payload: Payload) -> Iterator[tuple[Node, int]]:
        offset, rest = payload.offset, payload.bits
        header = self._context.at.get(payload.base)
        for field in header.fields if header is not None else ():
            if field.offset != offset or not self._applies(field):
                continue
            assert header is not None
            bits = min(field.bits, rest)
            yield Named(header, field), bits
            offset, rest = offset + bits, rest - bits
            if not rest:
                return
        yield self._raw(Payload(payload.base, offset, rest)), rest

    def _applies(self, field: Field) -> bool:
        known = self._context.icmp_type
        return not field.icmp_types or known is None or known == field.icmp_types[0]

    def _raw(self, payload: Payload) -> Node:
        """A place that has no name here; ports are ports of whatever protocol."""
        if payload.base is Base.TRANSPORT and payload.bits == 16 and payload.offset in (0, 16):
            return Named(TH, TH.fields[payload.offset // 16])
        return payload

    def _complete(self, payload: Payload) -> Node:
        header = self._context.at.get(payload.base)
        if header is not None and header is not INET:
            for field in header.fields:
                if (field.offset, field.bits) == (payload.offset, payload.bits) and self._applies(field):
                    return Named(header, field)
        return self._raw(payload)

    def _note_icmp_set(self, left: Payload, reference: SetReference) -> None:
        header = self._context.at.get(left.base)
        if header not in (ICMP, ICMPV6) or left.bits != 8 or left.offset or self._context.icmp_type:
            return
        if not is_anonymous(reference.name):
            return
        members = self._sets[reference.name].listed(self._now)
        if members and isinstance(members[0].key, int):
            value = members[0].key
            self._context.icmp_type = 8 if header is ICMP and value == 0 else value

    def _other_match(self, match: Match) -> None:
        left = self._expression(match.left)
        datatype, bits = shape(left)
        right = self._typed(match.right, datatype, bits)
        if isinstance(left, Binary) and left.operator == ">>":
            left = self._uncut(left)
            if isinstance(left, Binary) and isinstance(left.left, Named):
                left = left.left
                right = self._typed(match.right, *shape(left))
        elif isinstance(left, Binary):
            self._show(Test(self._masked(match.operator, left, right, datatype, bits)))
            return
        if datatype.is_flags and isinstance(right, Constant):
            right = flags_of(right, datatype)
        shown = self._show(Test(Relation(match.operator, left, right)))
        asked = match.left
        if match.operator == "==" and isinstance(right, (Constant, Prefix)) and isinstance(asked, (Meta, Conntrack)):
            self._learn(shown, asked, right)

    def _learn(self, shown: Shown, left: Meta | Conntrack, right: Constant | Prefix) -> None:
        """A comparison that may tell a protocol."""
        tells = META_PROTOCOLS if isinstance(left, Meta) else CONNTRACK_PROTOCOLS
        base = int(tells.get(left.key, Base.NETWORK if left.key in ("saddr", "daddr") else 0))
        if not isinstance(right.value, int):
            return
        if isinstance(left, Meta):
            self._context.meta(left.key, right.value)
        elif left.key in tells:
            self._context.conntrack(left.key, right.value)
        if base and self._dependency(base) is not None and self._meta_may_kill(left.key, right.value):
            self._release(base)
        if left.key in tells or left.key == "iiftype":
            self._store(shown, base)

    # --- masks ------------------------------------------------------------------------------------------------------

    def _masked(self, operator: str, left: Binary, right: Node, datatype: Datatype, bits: int) -> Node:
        equal = operator in ("==", "!=")
        mask = left.right
        if left.operator == "&" and equal and datatype.is_flags:
            return flag_comparison(operator, left, right, datatype)
        if datatype.prefixes and left.operator == "&" and isinstance(mask, Constant) and isinstance(right, Constant):
            assert isinstance(mask.value, int)
            assert isinstance(right.value, int)
            if is_prefix_mask(mask.value, bits):
                return Relation(operator, left.left, Prefix(right.value, mask.value.bit_count(), bits, datatype))
        cut, shift = self._cut_out(left)
        if cut is None:
            return Relation(operator, left, right)
        return Relation(operator, cut, shifted(right, shift, cut.field.datatype))

    def _cut_out(self, node: Node) -> tuple[Named | None, int]:
        """The field that a mask cuts out of its bytes, and how far its values stand to the left."""
        whole, mask = mask_of(node)
        place = Payload(whole.header.base, whole.field.offset, whole.field.bits) if isinstance(whole, Named) else whole
        if not isinstance(place, Payload) or not mask:
            return None, 0
        shift = (mask & -mask).bit_length() - 1
        size = mask.bit_length() - shift
        if mask >> shift != (1 << size) - 1 or place.bits == size:
            return None, 0
        cut = self._complete(Payload(place.base, place.offset + place.bits - shift - size, size))
        if not isinstance(cut, Named):
            return None, 0
        self._kill(cut)
        return cut, shift

    def _uncut(self, node: Node) -> Node:
        """A field that was moved to the right end of its bytes, to be looked up somewhere."""
        if isinstance(node, Binary) and node.operator == ">>":
            cut, _ = self._cut_out(node.left)
            return node if cut is None else attrs.evolve(node, left=cut)
        return node

    # --- expressions ------------------------------------------------------------------------------------------------

    def _expression(self, node: Node) -> Node:
        match node:
            case Payload():
                named = self._complete(node)
                self._kill(named)
                return named
            case Conntrack():
                return self._conntrack(node)
            case TcpOption():
                self._release(Base.TRANSPORT)
                return node
            case Bitwise():
                return self._bitwise(node)
            case Shift():
                return Binary(node.operator, self._expression(node.value), Constant(node.amount))
            case Concat():
                return Concat(tuple(self._uncut(self._expression(part)) for part in node.parts))
            case Hash():
                return attrs.evolve(node, key=None if node.key is None else self._expression(node.key))
            case Lookup():
                return self._map(node.key, node.mappings, verdicts=False)
            case SetReference():
                return self._reference(node)
        return node

    def _map(self, key: Node, mappings: Node, *, verdicts: bool) -> Node:
        left, right = self._expression(key), self._expression(mappings)
        cut, shift = self._cut_out(left)
        if cut is not None:
            left, right = cut, shifted(right, shift, cut.field.datatype)
        return MapExpression(self._uncut(left), right, verdicts)

    def _reference(self, node: SetReference) -> Node:
        return literal(self._sets[node.name], self._now, self._tell) if is_anonymous(node.name) else node

    def _conntrack(self, node: Conntrack) -> Node:
        if node.key in ("saddr", "daddr") and node.direction:
            header = self._context.at.get(Base.NETWORK)
            if header is IP or header is IP6:
                return Named6(node, header.name)
        return node

    def _bitwise(self, node: Bitwise) -> Node:
        value = self._expression(node.value)
        datatype, bits = shape(value)
        full = (1 << bits) - 1
        mask, xor = node.mask, node.xor
        either = (mask & xor) ^ xor
        xor &= mask
        mask |= either
        for operator, operand, idle in (("&", mask, full), ("^", xor, 0), ("|", either, 0)):
            if operand != idle:
                constant = Constant(operand, datatype)
                value = Binary(operator, value, flags_of(constant, datatype))
        return value

    def _typed(self, right: Node, datatype: Datatype, bits: int) -> Node:
        """What is compared with, as the type of the other side has it."""
        match right:
            case Constant():
                return attrs.evolve(right, datatype=datatype)
            case Range() | Wildcard():
                return attrs.evolve(right, datatype=datatype)
            case Prefix():
                return attrs.evolve(right, datatype=datatype, bits=bits)
        return self._expression(right)

    def _value(self, node: Node) -> Node:
        """An operand of a statement: constants know their type."""
        if isinstance(node, Constant):
            return flags_of(node, node.datatype) if node.datatype.is_flags else node
        return self._expression(node)

    # --- statements -------------------------------------------------------------------------------------------------

    def _nat(self, nat: Nat) -> Statement:
        if self._family != "inet" and not self._leads_to_several(nat):
            nat = attrs.evolve(nat, family="")
        address = None if nat.address is None else self._value(nat.address)
        if isinstance(address, Range):
            address = as_prefix(address)
        if nat.port is None:
            return attrs.evolve(nat, address=address)
        self._reset()
        return attrs.evolve(nat, address=address, port=self._value(nat.port))

    def _leads_to_several(self, nat: Nat) -> bool:
        """Whether a map gives addresses with ports, or intervals of addresses."""
        if not isinstance(nat.address, Lookup) or not isinstance(nat.address.mappings, SetReference):
            return False
        spec = self._sets[nat.address.mappings.name].spec
        return spec.data_intervals or len(spec.data) > 1

    def _reject(self, reject: Reject) -> Statement:
        if self._family != "inet":
            if reject.kind == "tcp reset":
                self._release(Base.TRANSPORT)
            return reject
        if reject.kind == "icmpx":
            return reject
        self._release(Base.NETWORK)
        return VerboseReject(reject)

    def _with_value(self, statement: SetMeta | SetConntrack) -> Statement:
        return attrs.evolve(statement, value=self._value(statement.value))

    def _set_payload(self, statement: SetPayload) -> Statement:
        place = self._expression(statement.place)
        datatype, bits = shape(place)
        value = statement.value
        shown = self._typed(value, datatype, bits) if isinstance(value, Constant) else self._value(value)
        return SetNamed(place, shown)

    def _set_option(self, statement: SetOption) -> Statement:
        self._release(Base.TRANSPORT)
        return attrs.evolve(statement, value=self._value(statement.value))

    def _set_update(self, statement: SetUpdate) -> Statement:
        data = None if statement.data is None else self._value(statement.data)
        return attrs.evolve(statement, key=self._expression(statement.key), data=data)

    def _object(self, statement: ObjectReference) -> Statement:
        return attrs.evolve(statement, name=self._value(statement.name))

    # --- ranges -----------------------------------------------------------------------------------------------------

    def _join_range(self) -> None:
        """`>= a` and `<= b` behind each other are a range to nft, whatever they compare."""
        if len(self.shown) < 2 or self.shown[-1] is not self._previous:
            return
        last, before = self.shown[-1].statement, self.shown[-2].statement
        if not (isinstance(last, Test) and isinstance(before, Test)):
            return
        a, b = before.expression, last.expression
        if not (isinstance(a, Relation) and isinstance(b, Relation) and type(a.left) is type(b.left)):
            return
        operator = {(">=", "<="): "==", ("<", ">"): "!="}.get((a.operator, b.operator))
        if operator is None or not (isinstance(a.right, Constant) and isinstance(b.right, Constant)):
            return
        assert isinstance(a.right.value, int)
        assert isinstance(b.right.value, int)
        joined = Range(a.right.value, b.right.value, b.right.datatype)
        del self.shown[-2:]
        self._show(Test(Relation(operator, b.left, joined)))


@attrs.frozen
class SetNamed(Statement):
    """`ip ttl set 9`"""

    place: Node
    value: Node


def _sides(shown: Shown) -> tuple[Node | None, Node | None]:
    statement = shown.statement
    if isinstance(statement, Test) and isinstance(statement.expression, Relation):
        return statement.expression.left, statement.expression.right
    return None, None


def _network_of(shown: Shown) -> str | None:
    """Which network layer a comparison asks for; "" for one that we have not, None where it asks for something else."""
    left, right = _sides(shown)
    value = right.value if isinstance(right, Constant) and isinstance(right.value, int) else 0
    match left:
        case Meta(key="nfproto"):
            return _NUMBERS.get(value, "")
        case Meta(key="protocol"):
            return _ETHERTYPES.get(value, "")
        case Named(header=header) if header is ETHER and left.field.datatype is types.ETHER_TYPE:
            return _ETHERTYPES.get(value, "")
    return None
