"""Statements of the kernel as nft prints them (stmt_postprocess of src/netlink_delinearize.c).

Comparisons that another one implies are left out: `tcp dport 80` implies the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import attrs

from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.datatype import Datatype
from vnetsim.netfilter.nft.delinearize_expr import (
    Comparison,
    ExprDelinearizer,
    as_prefix,
    flag_comparison,
    is_prefix_mask,
    part_of,
    shifted,
    without_idle_mask,
)
from vnetsim.netfilter.nft.payload_dependency import PrintedStmt
from vnetsim.netfilter.nft.primary_expr import (
    CONNTRACK_PROTOCOLS,
    META_PROTOCOLS,
    CtExpr,
    FieldExpr,
    MetaExpr,
    PayloadExpr,
)
from vnetsim.netfilter.nft.proto import ICMP, ICMPV6, MIXED, PayloadBase
from vnetsim.netfilter.nft.segtree import flags_of
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


class _Delinearizer(ExprDelinearizer):
    def __init__(self, family: str, sets: Mapping[str, NftSet], now: int) -> None:
        super().__init__(family, sets, now)
        self.printed = self.deps.printed
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
            self.deps.append(st.VerdictStmt(self.map_expr(statement.verdict)))
        else:
            postprocess = self._postprocess.get(type(statement))
            self.deps.append(statement if postprocess is None else postprocess(statement), state)
            self.deps.reset()

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
        named = self.complete(left)
        self.deps.kill(named)
        self.deps.append(st.relational(match.operator, named, self.typed(match.right, named)))

    def _expand(self, operator: str, left: PayloadExpr, right: ex.ConstantExpr) -> None:
        """Adjacent fields that were merged into one comparison are printed one by one (payload_expr_expand)."""
        value, base = right.value, int(left.base)
        assert isinstance(value, int)
        rest = left.bits
        for part, bits in self.fields_of(left):
            rest -= bits
            slice_ = value >> rest & (1 << bits) - 1
            shown = self.deps.append(st.relational(operator, part, part_of(part, slice_, bits)))
            protocol = isinstance(part, FieldExpr) and part.header.tells_protocol(part.field)
            stacked = isinstance(part, FieldExpr) and getattr(part.header.upper(slice_), "base", None) is left.base
            if operator == "==" and protocol:
                self.context.payload(left.base, slice_)
            self.deps.kill(part)
            if operator == "==" and protocol:
                self.deps.store(shown, base - stacked)

    def _note_icmp_set(self, left: PayloadExpr, reference: SetRefExpr) -> None:
        header = self.context.at.get(left.base)
        if header not in (ICMP, ICMPV6) or left.bits != 8 or left.offset or self.context.icmp_type:
            return
        if not is_anonymous(reference.name):
            return
        members = self.sets[reference.name].listed(self.now)
        if members and isinstance(members[0].key, int):
            value = members[0].key
            self.context.icmp_type = 8 if header is ICMP and value == 0 else value

    def _other_match(self, match: ex.RelationalExpr) -> None:
        left = self.expression(match.left)
        datatype, bits = left.datatype, left.bits
        right = self.typed(match.right, left)
        if isinstance(left, ex.BinopExpr) and left.operator == ">>":
            left = self.uncut(left)
            if isinstance(left, ex.BinopExpr) and isinstance(left.left, FieldExpr):
                left = left.left
                right = self.typed(match.right, left)
        elif isinstance(left, ex.BinopExpr):
            self.deps.append(st.ExpressionStmt(self._masked(match.operator, left, right, datatype, bits)))
            return
        if datatype.is_flags and isinstance(right, ex.ConstantExpr):
            right = flags_of(right, datatype)
        shown = self.deps.append(st.relational(match.operator, left, right))
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
            self.context.meta(left.key, constant.value)
        elif left.key in protocols:
            self.context.conntrack(left.key, constant.value)
        self.deps.kill_by_key(base, left.key, constant.value)
        if left.key in protocols or left.key == "iiftype":
            self.deps.store(shown, base)

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
        cut, shift = self.cut_out(left)
        if cut is None:
            return ex.RelationalExpr(operator, left, right)
        return ex.RelationalExpr(operator, cut, shifted(right, shift, cut.field.datatype))

    # --- expressions ------------------------------------------------------------------------------------------------

    # --- statements -------------------------------------------------------------------------------------------------

    def _nat(self, nat: st.NatStmt) -> Stmt:
        if self.family != "inet" and not self._leads_to_several(nat):
            nat = attrs.evolve(nat, family="")
        address = None if nat.address is None else self.operand(nat.address)
        if isinstance(address, ex.RangeExpr):
            address = as_prefix(address)
        if nat.port is None:
            return attrs.evolve(nat, address=address)
        self.deps.reset()
        return attrs.evolve(nat, address=address, port=self.operand(nat.port))

    def _leads_to_several(self, nat: st.NatStmt) -> bool:
        """Whether a map gives addresses with ports, or intervals of addresses."""
        if not isinstance(nat.address, MapExpr) or not isinstance(nat.address.mappings, SetRefExpr):
            return False
        spec = self.sets[nat.address.mappings.name].spec
        return spec.data_intervals or len(spec.data) > 1

    def _reject(self, reject: st.RejectStmt) -> Stmt:
        if self.family not in MIXED:
            if reject.kind == "tcp reset":
                self.deps.release(PayloadBase.TRANSPORT)
            return reject
        if reject.kind == "icmpx":
            return reject
        self.deps.release(PayloadBase.NETWORK)
        return attrs.evolve(reject, verbose=True)

    def _with_value(self, statement: st.MetaStmt | st.CtStmt) -> Stmt:
        return attrs.evolve(statement, value=self.operand(statement.value))

    def _payload(self, statement: st.PayloadStmt) -> Stmt:
        assert isinstance(statement.expr, PayloadExpr)
        expr = self.complete(statement.expr)
        self.deps.kill(expr)
        value = statement.value
        shown = self.typed(value, expr) if isinstance(value, ex.ConstantExpr) else self.operand(value)
        return st.PayloadStmt(expr, shown)

    def _exthdr(self, statement: st.ExthdrStmt) -> Stmt:
        self.deps.release(PayloadBase.TRANSPORT)
        return attrs.evolve(statement, value=self.operand(statement.value))

    def _set(self, statement: st.SetStmt) -> Stmt:
        data = None if statement.data is None else self.operand(statement.data)
        return attrs.evolve(statement, key=self.expression(statement.key), data=data)

    def _objref(self, statement: st.ObjrefStmt) -> Stmt:
        return attrs.evolve(statement, name=self.operand(statement.name))

    # --- ranges -----------------------------------------------------------------------------------------------------

    def _join_range(self) -> None:
        """`>= a` and `<= b` behind each other are a range to nft, whatever they compare."""
        if len(self.printed) < 2 or self.printed[-1] is not self.deps.last:
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
        self.deps.append(st.relational(operator, b.left, joined))
