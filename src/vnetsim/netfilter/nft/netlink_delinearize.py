"""Rules as they are printed: what the kernel keeps, turned back into what people write (src/netlink_delinearize.c).

Comparisons that another one implies are left out (`tcp dport 80` asks for the protocol, too), places in headers get
their names, masks become prefixes and lists of flags.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import attrs

from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.datatype import Datatype
from vnetsim.netfilter.nft.delinearize_binop import (
    Comparison,
    as_prefix,
    flag_comparison,
    is_prefix_mask,
    mask_of,
    part_of,
    shifted,
    without_idle_mask,
)
from vnetsim.netfilter.nft.payload_dependency import PayloadDepContext, PrintedStmt
from vnetsim.netfilter.nft.primary_expr import (
    CONNTRACK_PROTOCOLS,
    META_PROTOCOLS,
    CtExpr,
    ExthdrExpr,
    FieldExpr,
    HashExpr,
    MetaExpr,
    PayloadExpr,
)
from vnetsim.netfilter.nft.proto import ICMP, ICMPV6, INET, IP, IP6, TH, Field, PayloadBase, ProtoContext
from vnetsim.netfilter.nft.segtree import flags_of, set_expr
from vnetsim.netfilter.nft.set_expr import MapExpr, SetRefExpr, is_anonymous
from vnetsim.netfilter.nft.sets import NftSet
from vnetsim.netfilter.nft.stateful import Stmt, StmtState


def delinearize(
    family: str,
    statements: tuple[Stmt, ...],
    states: tuple[StmtState | None, ...],
    sets: Mapping[str, NftSet],
    now: int,
) -> list[PrintedStmt]:
    """`sets` are those of the rule's table: the elements of anonymous ones are printed in the rule."""
    delinearizer = _Delinearizer(family, sets, now)
    for statement, state in zip(statements, states, strict=True):
        delinearizer.take(statement, state)
    return delinearizer.printed


class _Delinearizer:
    def __init__(self, family: str, sets: Mapping[str, NftSet], now: int) -> None:
        self._family, self._sets, self._now = family, sets, now
        self._context = ProtoContext(family)
        self._deps = PayloadDepContext(family)
        self.printed = self._deps.printed
        self._postprocess: dict[type[Stmt], Callable[..., Stmt]] = {
            st.NatStmt: self._nat,
            st.RejectStmt: self._reject,
            st.MetaStmt: self._with_value,
            st.CtStmt: self._with_value,
            st.PayloadStmt: self._payload,
            st.ExthdrStmt: self._exthdr,
            st.SetStmt: self._set,
            st.ObjrefStmt: self._objref,
        }

    def take(self, statement: Stmt, state: StmtState | None) -> None:
        if isinstance(statement, st.ExpressionStmt):
            assert isinstance(statement.expression, ex.RelationalExpr)
            self._match(statement.expression)
        elif isinstance(statement, st.VerdictStmt) and isinstance(statement.verdict, MapExpr):
            self._deps.append(st.VerdictStmt(self._map(statement.verdict)))
        else:
            postprocess = self._postprocess.get(type(statement))
            self._deps.append(statement if postprocess is None else postprocess(statement), state)
            self._deps.reset()

    # --- comparisons ------------------------------------------------------------------------------------------------

    def _match(self, match: ex.RelationalExpr) -> None:
        left = without_idle_mask(match.left)
        if isinstance(left, PayloadExpr):
            self._payload_match(match, left)
        else:
            self._other_match(attrs.evolve(match, left=left))
        self._join_range()

    def _payload_match(self, match: ex.RelationalExpr, left: PayloadExpr) -> None:
        if match.operator in ("==", "!="):
            if isinstance(match.right, ex.ConstantExpr):
                self._expand(match.operator, left, match.right)
                return
            if isinstance(match.right, SetRefExpr):
                self._note_icmp_set(left, match.right)
        named = self._complete(left)
        self._deps.kill(named)
        self._deps.append(st.relational(match.operator, named, self._typed(match.right, named)))

    def _expand(self, operator: str, left: PayloadExpr, right: ex.ConstantExpr) -> None:
        """Adjacent fields that were merged into one comparison are printed one by one (payload_expr_expand)."""
        value, base = right.value, int(left.base)
        assert isinstance(value, int)
        rest = left.bits
        for part, bits in self._fields_of(left):
            rest -= bits
            slice_ = value >> rest & (1 << bits) - 1
            shown = self._deps.append(st.relational(operator, part, part_of(part, slice_, bits)))
            protocol = isinstance(part, FieldExpr) and part.header.tells_protocol(part.field)
            if operator == "==" and protocol:
                self._context.payload(left.base, slice_)
            self._deps.kill(part)
            if operator == "==" and protocol:
                self._deps.store(shown, base)

    def _fields_of(self, payload: PayloadExpr) -> Iterator[tuple[PayloadExpr, int]]:
        offset, rest = payload.offset, payload.bits
        header = self._context.at.get(payload.base)
        for field in header.fields if header is not None else ():
            if field.offset != offset or not self._applies(field):
                continue
            assert header is not None
            bits = min(field.bits, rest)
            yield FieldExpr.of(header, field), bits
            offset, rest = offset + bits, rest - bits
            if not rest:
                return
        yield self._raw(PayloadExpr(payload.base, offset, rest)), rest

    def _applies(self, field: Field) -> bool:
        known = self._context.icmp_type
        return not field.icmp_types or known is None or known == field.icmp_types[0]

    def _raw(self, payload: PayloadExpr) -> PayloadExpr:
        """A place that has no name here; ports are ports of whatever protocol."""
        if payload.base is PayloadBase.TRANSPORT and payload.bits == 16 and payload.offset in (0, 16):
            return FieldExpr.of(TH, TH.fields[payload.offset // 16])
        return payload

    def _complete(self, payload: PayloadExpr) -> PayloadExpr:
        header = self._context.at.get(payload.base)
        if header is not None and header is not INET:
            for field in header.fields:
                if (field.offset, field.bits) == (payload.offset, payload.bits) and self._applies(field):
                    return FieldExpr.of(header, field)
        return self._raw(payload)

    def _note_icmp_set(self, left: PayloadExpr, reference: SetRefExpr) -> None:
        header = self._context.at.get(left.base)
        if header not in (ICMP, ICMPV6) or left.bits != 8 or left.offset or self._context.icmp_type:
            return
        if not is_anonymous(reference.name):
            return
        members = self._sets[reference.name].listed(self._now)
        if members and isinstance(members[0].key, int):
            value = members[0].key
            self._context.icmp_type = 8 if header is ICMP and value == 0 else value

    def _other_match(self, match: ex.RelationalExpr) -> None:
        left = self._expression(match.left)
        datatype, bits = left.datatype, left.bits
        right = self._typed(match.right, left)
        if isinstance(left, ex.BinopExpr) and left.operator == ">>":
            left = self._uncut(left)
            if isinstance(left, ex.BinopExpr) and isinstance(left.left, FieldExpr):
                left = left.left
                right = self._typed(match.right, left)
        elif isinstance(left, ex.BinopExpr):
            self._deps.append(st.ExpressionStmt(self._masked(match.operator, left, right, datatype, bits)))
            return
        if datatype.is_flags and isinstance(right, ex.ConstantExpr):
            right = flags_of(right, datatype)
        shown = self._deps.append(st.relational(match.operator, left, right))
        asked = match.left
        if (
            match.operator == "=="
            and isinstance(right, (ex.ConstantExpr, ex.PrefixExpr))
            and isinstance(asked, (MetaExpr, CtExpr))
        ):
            self._learn(shown, asked, right)

    def _learn(self, shown: PrintedStmt, left: MetaExpr | CtExpr, right: ex.ConstantExpr | ex.PrefixExpr) -> None:
        """A comparison that may set the protocol of a layer."""
        protocols = META_PROTOCOLS if isinstance(left, MetaExpr) else CONNTRACK_PROTOCOLS
        base = int(protocols.get(left.key, PayloadBase.NETWORK if left.key in ("saddr", "daddr") else 0))
        constant = right.prefix if isinstance(right, ex.PrefixExpr) else right
        if not isinstance(constant, ex.ConstantExpr) or not isinstance(constant.value, int):
            return
        if isinstance(left, MetaExpr):
            self._context.meta(left.key, constant.value)
        elif left.key in protocols:
            self._context.conntrack(left.key, constant.value)
        self._deps.kill_by_key(base, left.key, constant.value)
        if left.key in protocols or left.key == "iiftype":
            self._deps.store(shown, base)

    # --- masks ------------------------------------------------------------------------------------------------------

    def _masked(self, operator: str, left: ex.BinopExpr, right: ex.Expr, datatype: Datatype, bits: int) -> Comparison:
        equal = operator in ("==", "!=")
        mask = left.right
        if left.operator == "&" and equal and datatype.is_flags:
            return flag_comparison(operator, left, right, datatype)
        if (
            datatype.prefixes
            and left.operator == "&"
            and isinstance(mask, ex.ConstantExpr)
            and isinstance(right, ex.ConstantExpr)
        ):
            length = ex.number_of(mask).bit_count()
            if is_prefix_mask(ex.number_of(mask), bits):
                prefix = ex.PrefixExpr.of(ex.number_of(right), length, bits, datatype)
                return ex.RelationalExpr(operator, left.left, prefix)
        cut, shift = self._cut_out(left)
        if cut is None:
            return ex.RelationalExpr(operator, left, right)
        return ex.RelationalExpr(operator, cut, shifted(right, shift, cut.field.datatype))

    def _cut_out(self, node: ex.Expr) -> tuple[FieldExpr | None, int]:
        """The field that a mask cuts out of its bytes, and how far its values stand to the left."""
        place, mask = mask_of(node)
        if not isinstance(place, PayloadExpr) or not mask:
            return None, 0
        shift = (mask & -mask).bit_length() - 1
        size = mask.bit_length() - shift
        if mask >> shift != (1 << size) - 1 or place.bits == size:
            return None, 0
        cut = self._complete(PayloadExpr(place.base, place.offset + place.bits - shift - size, size))
        if not isinstance(cut, FieldExpr):
            return None, 0
        self._deps.kill(cut)
        return cut, shift

    def _uncut(self, node: ex.Expr) -> ex.Expr:
        """A field that was moved to the right end of its bytes, to be looked up somewhere."""
        if isinstance(node, ex.BinopExpr) and node.operator == ">>":
            cut, _ = self._cut_out(node.left)
            return node if cut is None else attrs.evolve(node, left=cut)
        return node

    # --- expressions ------------------------------------------------------------------------------------------------

    def _expression(self, node: ex.Expr) -> ex.Expr:
        match node:
            case PayloadExpr():
                named = self._complete(node)
                self._deps.kill(named)
                return named
            case CtExpr():
                return self._conntrack(node)
            case ExthdrExpr():
                self._deps.release(PayloadBase.TRANSPORT)
                return node
            case ex.BitwiseExpr():
                return self._bitwise(node)
            case ex.ShiftExpr():
                return ex.BinopExpr(node.operator, self._expression(node.value), ex.ConstantExpr(node.amount))
            case ex.ConcatExpr():
                return ex.ConcatExpr(tuple(self._uncut(self._expression(part)) for part in node.parts))
            case HashExpr():
                return attrs.evolve(node, key=None if node.key is None else self._expression(node.key))
            case MapExpr():
                return self._map(node)
            case SetRefExpr():
                return self._reference(node)
        return node

    def _map(self, node: MapExpr) -> MapExpr:
        left, right = self._expression(node.key), self._expression(node.mappings)
        cut, shift = self._cut_out(left)
        if cut is not None:
            left, right = cut, shifted(right, shift, cut.field.datatype)
        return MapExpr(self._uncut(left), right, node.verdicts)

    def _reference(self, node: SetRefExpr) -> ex.Expr:
        return set_expr(self._sets[node.name], self._now) if is_anonymous(node.name) else node

    def _conntrack(self, node: CtExpr) -> ex.Expr:
        if node.key in ("saddr", "daddr") and node.direction:
            header = self._context.at.get(PayloadBase.NETWORK)
            if header is IP or header is IP6:
                return attrs.evolve(node, family=header.name)
        return node

    def _bitwise(self, node: ex.BitwiseExpr) -> ex.Expr:
        value = self._expression(node.value)
        datatype = value.datatype
        full = (1 << value.bits) - 1
        mask, xor = node.mask, node.xor
        either = (mask & xor) ^ xor
        xor &= mask
        mask |= either
        for operator, operand, idle in (("&", mask, full), ("^", xor, 0), ("|", either, 0)):
            if operand != idle:
                constant = ex.ConstantExpr(operand, datatype)
                value = ex.BinopExpr(operator, value, flags_of(constant, datatype))
        return value

    def _typed(self, right: ex.Expr, left: ex.Expr) -> ex.Expr:
        """The right-hand side with the type of the left one."""
        match right:
            case ex.ConstantExpr() | ex.WildcardExpr():
                return attrs.evolve(right, datatype=left.datatype)
            case ex.RangeExpr():
                return ex.RangeExpr.of(right.first, right.last, left.datatype)
            case ex.PrefixExpr():
                return ex.PrefixExpr.of(right.first, right.length, left.bits, left.datatype)
        return self._expression(right)

    def _value(self, node: ex.Expr) -> ex.Expr:
        """An operand of a statement: constants know their type."""
        if isinstance(node, ex.ConstantExpr):
            return flags_of(node, node.datatype) if node.datatype.is_flags else node
        return self._expression(node)

    # --- statements -------------------------------------------------------------------------------------------------

    def _nat(self, nat: st.NatStmt) -> Stmt:
        if self._family != "inet" and not self._leads_to_several(nat):
            nat = attrs.evolve(nat, family="")
        address = None if nat.address is None else self._value(nat.address)
        if isinstance(address, ex.RangeExpr):
            address = as_prefix(address)
        if nat.port is None:
            return attrs.evolve(nat, address=address)
        self._deps.reset()
        return attrs.evolve(nat, address=address, port=self._value(nat.port))

    def _leads_to_several(self, nat: st.NatStmt) -> bool:
        """Whether a map gives addresses with ports, or intervals of addresses."""
        if not isinstance(nat.address, MapExpr) or not isinstance(nat.address.mappings, SetRefExpr):
            return False
        spec = self._sets[nat.address.mappings.name].spec
        return spec.data_intervals or len(spec.data) > 1

    def _reject(self, reject: st.RejectStmt) -> Stmt:
        if self._family != "inet":
            if reject.kind == "tcp reset":
                self._deps.release(PayloadBase.TRANSPORT)
            return reject
        if reject.kind == "icmpx":
            return reject
        self._deps.release(PayloadBase.NETWORK)
        return attrs.evolve(reject, verbose=True)

    def _with_value(self, statement: st.MetaStmt | st.CtStmt) -> Stmt:
        return attrs.evolve(statement, value=self._value(statement.value))

    def _payload(self, statement: st.PayloadStmt) -> Stmt:
        assert isinstance(statement.place, PayloadExpr)
        place = self._complete(statement.place)
        self._deps.kill(place)
        value = statement.value
        shown = self._typed(value, place) if isinstance(value, ex.ConstantExpr) else self._value(value)
        return st.PayloadStmt(place, shown)

    def _exthdr(self, statement: st.ExthdrStmt) -> Stmt:
        self._deps.release(PayloadBase.TRANSPORT)
        return attrs.evolve(statement, value=self._value(statement.value))

    def _set(self, statement: st.SetStmt) -> Stmt:
        data = None if statement.data is None else self._value(statement.data)
        return attrs.evolve(statement, key=self._expression(statement.key), data=data)

    def _objref(self, statement: st.ObjrefStmt) -> Stmt:
        return attrs.evolve(statement, name=self._value(statement.name))

    # --- ranges -----------------------------------------------------------------------------------------------------

    def _join_range(self) -> None:
        """`>= a` and `<= b` behind each other are a range to nft, whatever they compare."""
        if len(self.printed) < 2 or self.printed[-1] is not self._deps.last:
            return
        last, before = self.printed[-1].statement, self.printed[-2].statement
        if not (isinstance(last, st.ExpressionStmt) and isinstance(before, st.ExpressionStmt)):
            return
        a, b = before.expression, last.expression
        if not (isinstance(a, ex.RelationalExpr) and isinstance(b, ex.RelationalExpr) and type(a.left) is type(b.left)):
            return
        operator = {(">=", "<="): "==", ("<", ">"): "!="}.get((a.operator, b.operator))
        if operator is None or not (isinstance(a.right, ex.ConstantExpr) and isinstance(b.right, ex.ConstantExpr)):
            return
        joined = ex.RangeExpr.of(ex.number_of(a.right), ex.number_of(b.right), b.right.datatype)
        del self.printed[-2:]
        self._deps.append(st.relational(operator, b.left, joined))
