"""Rules: their statements one after the other (stmt_evaluate, rule_evaluate of src/evaluate.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.datatype import Basis, Datatype, concatenated, same_type
from vnetsim.netfilter.nft.expression import (
    ConcatExpr,
    Expr,
    PrefixExpr,
    RangeExpr,
    RelationalExpr,
    VerdictExpr,
)
from vnetsim.netfilter.nft.location import Location
from vnetsim.netfilter.nft.primary_expr import CONNTRACK, META, FieldExpr, MetaExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import IP, IP6, MIXED, TCP, TH, PayloadBase
from vnetsim.netfilter.nft.set_expr import MapExpr, MappingExpr, SetElemExpr, SetExpr, SetRefExpr, SetSpec, is_constant
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.netfilter.nft.tables import NftRule
from vnetsim.programs.nft.cache import NftCache
from vnetsim.programs.nft.datatype import NameEnvironment, parse
from vnetsim.programs.nft.erec import NftError
from vnetsim.programs.nft.evaluate_expr import ExprContext
from vnetsim.programs.nft.evaluate_relational import RelationalEvaluator
from vnetsim.programs.nft.evaluate_set import OBJECT_MAP, Declare, stateful, with_mappings
from vnetsim.programs.nft.netlink_linearize import linearize_stmt, matches, reduced
from vnetsim.programs.nft.payload import PayloadDependencies, field_of

_FAMILY_KINDS: Final = {"ip": "icmp", "ip6": "icmpv6"}
_ADDRESSES: Final = {"ip": types.IPV4_ADDR, "ip6": types.IPV6_ADDR}
_NAME_BITS: Final = 8 * 128


class RuleEvaluator(RelationalEvaluator):
    """One rule."""

    def __init__(self, family: str, cache: NftCache, environment: NameEnvironment, declare: Declare) -> None:
        super().__init__(family, cache, environment, declare)
        self._evaluate_stmt: dict[type[Stmt], Callable[..., Stmt]] = {
            st.VerdictStmt: self._verdict,
            st.LogStmt: _checked_log,
            st.ObjrefStmt: self._objref,
            st.RejectStmt: self._reject,
            st.NatStmt: self._nat,
            st.MetaStmt: self._meta_set,
            st.CtStmt: self._ct_set,
            st.PayloadStmt: self._payload_set,
            st.ExthdrStmt: self._payload_set,
            st.SetStmt: self._set_stmt,
            st.DupStmt: self._leave_by,
            st.FwdStmt: self._leave_by,
        }

    def rule(self, rule: NftRule) -> tuple[NftRule, tuple[Location, ...]]:
        """The rule for the kernel, and the location of each of its statements for errors of the kernel."""
        try:
            self._statements(rule.statements)
        except NftError as refused:
            refused.before = tuple(self.errors)
            raise
        if self.errors:
            raise NftError.of(self.errors)
        statements: list[Stmt] = []
        locations: list[Location] = []
        for statement in reduced(self.statements, self.family):
            found: list[Stmt] = [linearize_stmt(statement)]
            location = statement.location
            if isinstance(statement, st.ExpressionStmt):
                assert isinstance(statement.expression, RelationalExpr)
                found = [*matches(statement.expression)]
                location = statement.expression.left.location
            statements += found
            locations += [location] * len(found)
        return NftRule(tuple(statements), rule.comment), tuple(locations)

    def _statements(self, statements: tuple[Stmt, ...]) -> None:
        terminal: Stmt | None = None
        for statement in statements:
            if terminal is not None:
                message = "Statement after terminal statement has no effect"
                raise NftError(message, statement.location, terminal.location)
            if isinstance(statement, st.ExpressionStmt):
                self.compare(statement.expression)
                continue
            evaluate = self._evaluate_stmt.get(type(statement))
            self.statements.append(statement if evaluate is None else evaluate(statement))
            terminal = statement if statement.terminal else None

    # --- arguments --------------------------------------------------------------------------------------------------

    def _argument(self, expr: Expr, statement: Stmt, datatype: Datatype, bits: int) -> Expr:
        """An operand of a statement (stmt_evaluate_arg)."""
        self.expected = ExprContext(datatype, bits)
        found = self.evaluate(expr)
        _check_argument(found, statement, datatype, bits)
        if isinstance(found, PrefixExpr):
            ends = RangeExpr.of(found.first, found.last, found.datatype, found.bits)
            return attrs.evolve(ends, location=found.location)
        return found

    def _verdict(self, statement: st.VerdictStmt) -> Stmt:
        verdict = statement.verdict
        if isinstance(verdict, VerdictExpr):
            return attrs.evolve(statement, location=verdict.chain_location or verdict.location)
        found = self._argument(verdict, statement, types.VERDICT, 0)
        assert isinstance(found, MapExpr)
        return attrs.evolve(statement, verdict=found, location=verdict.location)

    def _objref(self, statement: st.ObjrefStmt) -> Stmt:
        if isinstance(statement.name, MapExpr):
            name: Expr = self._object_map(statement.kind, statement.name)
        else:
            name = self._argument(statement.name, statement, types.STRING, _NAME_BITS)
            if not is_constant(name):
                raise NftError("Counter expression must be constant", name.location)
        return attrs.evolve(statement, name=name, location=statement.name.location)

    def _object_map(self, kind: str, expr: MapExpr) -> MapExpr:
        key = self.map_key(expr)
        if isinstance(expr.mappings, SetExpr):
            return self.declare_map(expr, key, SetSpec(name=OBJECT_MAP, key=(), bits=(), objects=kind))
        found = self.evaluate(expr.mappings)
        if not isinstance(found, SetRefExpr) or found.spec is None:
            raise NftError("Expression is not a map", found.location)
        if found.spec.objects is None:
            raise NftError("Expression is not a map with objects", found.location)
        return with_mappings(expr, key, found)

    # --- setting ----------------------------------------------------------------------------------------------------

    def _meta_set(self, statement: st.MetaStmt) -> Stmt:
        return attrs.evolve(statement, value=self._argument(statement.value, statement, *META[statement.key]))

    def _ct_set(self, statement: st.CtStmt) -> Stmt:
        return attrs.evolve(statement, value=self._argument(statement.value, statement, *CONNTRACK[statement.key]))

    def _payload_set(self, statement: st.PayloadStmt) -> Stmt:
        expr = statement.expr
        if isinstance(expr, FieldExpr) and expr.header is not TH:
            for comparison in PayloadDependencies(self.protocols).of(expr):
                self.depend(comparison)
        return attrs.evolve(statement, value=self._argument(statement.value, statement, expr.datatype, expr.bits))

    def _set_stmt(self, statement: st.SetStmt) -> Stmt:
        found = self.evaluate(statement.reference)
        if not isinstance(found, SetRefExpr) or found.spec is None:
            raise NftError("Expression does not refer to a set", found.location)
        spec, elem = found.spec, statement.key
        assert isinstance(elem, SetElemExpr)
        key = self._set_part(statement, elem, "Key", spec.key, spec.bits)
        if elem.comment is not None:
            raise NftError("Key expression comments are not supported", elem.location)
        data = None
        if statement.data is not None:
            data = self._set_part(statement, statement.data, "Data", spec.data, tuple(d.bits for d in spec.data))
        if isinstance(statement.reference, SetRefExpr):
            self.cache.find_set(spec.name, statement.reference.location).dynamic = True
        kept = stateful(statement.statements)
        return attrs.evolve(statement, reference=found, key=key, timeout=elem.timeout, statements=kept, data=data)

    def _set_part(
        self, statement: st.SetStmt, elem: Expr, operand: str, kinds: tuple[Datatype, ...], sizes: tuple[int, ...]
    ) -> Expr:
        assert isinstance(elem, SetElemExpr)
        bits = sizes[0] if len(sizes) == 1 else sum((size + 31) // 32 * 32 for size in sizes)
        found = self._argument(elem.key, statement, concatenated(kinds), bits)
        if is_constant(found) and not isinstance(found, MapExpr):
            raise NftError(f"{operand} expression can not be constant", found.location)
        return found

    def _leave_by(self, statement: st.DupStmt) -> Stmt:
        if self.family in ("ip", "ip6") and not isinstance(statement, st.FwdStmt):
            raise NotModelled("nft dup to an address")
        if self.family != "netdev":
            raise NftError("unsupported family", statement.location)
        return attrs.evolve(statement, device=self._argument(statement.device, statement, types.IFACE_INDEX, 32))

    # --- reject -----------------------------------------------------------------------------------------------------

    def _reject(self, statement: st.RejectStmt) -> Stmt:
        if self.family == "arp":
            raise NftError("cannot use reject with arp", statement.location)
        if self.family in ("bridge", "netdev") and self.protocols.at.get(PayloadBase.NETWORK) not in (None, IP, IP6):
            locations = self.protocols.locations_of(PayloadBase.NETWORK)
            raise NftError("cannot reject this network family", statement.location, *locations)
        kind = statement.kind or self._usual_kind()
        code = st.DEFAULT_REJECT_CODES.get(kind, 0)
        location = statement.location
        if statement.expr is not None:
            location = statement.expr.location
            value, _ = parse(statement.expr, st.REJECT_CODES[kind], self.environment)
            assert isinstance(value, int)
            code = value & 0xFF
        if statement.kind == "tcp reset":
            self._check_reset(statement)
        if self.family in MIXED:
            self._reject_either(kind, location)
        else:
            self._check_family(statement, kind, location)
        if kind == "tcp reset":
            self._match_first(PayloadBase.TRANSPORT, field_of(TCP, "sport", statement.location))
        return st.RejectStmt(kind, code, location=statement.location)

    def _usual_kind(self) -> str:
        family = self.protocols.network if self.family in MIXED else self.family
        return _FAMILY_KINDS.get(family or "", "icmpx")

    def _check_reset(self, statement: st.RejectStmt) -> None:
        known = self.protocols.at.get(PayloadBase.TRANSPORT)
        if known is not None and known is not TCP:
            locations = self.protocols.locations_of(PayloadBase.TRANSPORT)
            raise NftError("you cannot use tcp reset with this protocol", statement.location, *locations)

    def _check_family(self, statement: st.RejectStmt, kind: str, location: Location) -> None:
        if kind == "icmpx":
            raise NftError("abstracted ICMP unreachable not supported", location, statement.location)
        if kind in ("icmp", "icmpv6") and kind != _FAMILY_KINDS[self.family]:
            raise NftError("conflicting protocols specified: ip vs ip6", location, statement.location)

    def _reject_either(self, kind: str, location: Location) -> None:
        """In a table of the inet family ICMP implies IPv4, and ICMPv6 IPv6."""
        if kind not in ("icmp", "icmpv6"):
            return
        network = self.protocols.network
        family = "ip" if kind == "icmp" else "ip6"
        if network is not None and network != family:
            locations = self.protocols.locations_of(PayloadBase.NETWORK)
            raise NftError("conflicting protocols specified: ip vs ip6", location, *locations)
        header, name = (IP, "protocol") if family == "ip" else (IP6, "nexthdr")
        self._match_first(PayloadBase.NETWORK, field_of(header, name, location))

    def _match_first(self, base: PayloadBase, expr: FieldExpr) -> None:
        """Match the protocol at the beginning of the rule, so that nothing is logged that is not rejected."""
        if self.protocols.at.get(base) is not None:
            return
        dependencies = PayloadDependencies(self.protocols)
        dependencies.need(expr)
        self.statements[:0] = map(st.ExpressionStmt, dependencies.added)

    # --- nat --------------------------------------------------------------------------------------------------------

    def _nat(self, statement: st.NatStmt) -> Stmt:
        if self.family in ("arp", "bridge", "netdev"):
            raise NftError("NAT is only supported for IPv4/IPv6", statement.location)
        family = self._nat_family(statement)
        address, port = statement.address, statement.port
        concatenated_map = False
        if address is not None:
            self._check_network(statement, family)
            concatenated_map = statement.concatenated or self._leads_to_both(address)
            evaluate = self._nat_map if concatenated_map else self._nat_address
            address = evaluate(statement, address, family)
        if port is not None:
            port = None if concatenated_map else self._nat_port(statement, port)
        return attrs.evolve(statement, family=family, address=address, port=port, concatenated=concatenated_map)

    def _nat_family(self, statement: st.NatStmt) -> str:
        if self.family != "inet":
            return statement.family or self.family
        if statement.address is None:
            return "inet"
        return statement.family or self.protocols.network or ""

    def _check_network(self, statement: st.NatStmt, family: str) -> None:
        network = self.protocols.network
        if network is not None and network != family:
            message = f"{network} vs. {family}. You must specify ip or ip6 family in nat statement"
            locations = self.protocols.locations_of(PayloadBase.NETWORK)
            raise NftError(f"conflicting protocols specified: {message}", statement.location, *locations)

    def _nat_address(self, statement: st.NatStmt, address: Expr, family: str) -> Expr:
        datatype = _ADDRESSES.get(family if self.family == "inet" else self.family)
        if datatype is None:
            raise NftError("ip or ip6 must be specified with address for inet tables.", statement.location)
        return self._argument(address, statement, datatype, datatype.bits)

    def _nat_port(self, statement: st.NatStmt, port: Expr) -> Expr:
        self._check_transport(statement, port.location)
        return self._argument(port, statement, types.INET_SERVICE, 16)

    def _check_transport(self, statement: st.NatStmt, location: Location) -> None:
        if self.protocols.at.get(PayloadBase.TRANSPORT) is None and not _matches_transport(statement.address):
            message = "transport protocol mapping is only valid after transport protocol match"
            raise NftError(message, location, statement.location)

    def _leads_to_both(self, address: Expr) -> bool:
        """Whether a map gives address and port."""
        if not isinstance(address, MapExpr):
            return False
        mappings = address.mappings
        if isinstance(mappings, SetExpr):
            return any(isinstance(one, MappingExpr) and isinstance(one.data, ConcatExpr) for one in mappings.elements)
        if isinstance(mappings, SetRefExpr):
            return len(self.cache.find_set(mappings.name, mappings.location).spec.data) > 1
        return False

    def _nat_map(self, statement: st.NatStmt, address: Expr, family: str) -> Expr:
        if family not in _ADDRESSES:
            raise NotModelled("nft: a map to addresses and ports of no known family")
        datatype = concatenated((_ADDRESSES[family], types.INET_SERVICE))
        self.expected = ExprContext(datatype, datatype.bits)
        found = self.evaluate(address)
        self._check_transport(statement, found.location)
        _check_argument(found, statement, datatype, datatype.bits)
        return found


def _matches_transport(expr: Expr | None) -> bool:
    """Whether the key of a map contains a transport protocol."""
    if not isinstance(expr, MapExpr) or not isinstance(expr.key, ConcatExpr):
        return False
    for part in expr.key.parts:
        if isinstance(part, FieldExpr):
            if part.header.base is PayloadBase.TRANSPORT and part.header is not TH:
                return True
            if part.header.base is PayloadBase.NETWORK and part.header.tells_protocol(part.field):
                return True
        elif part == MetaExpr("l4proto"):
            return True
    return False


def _check_argument(found: Expr, statement: Stmt, datatype: Datatype, bits: int) -> None:
    number = found.datatype.basis is Basis.INTEGER and found.datatype.name == "integer"
    message = f"datatype mismatch: expected {datatype.description}, expression has type {found.datatype.description}"
    if isinstance(found, PayloadExpr) and number and (datatype.basis is not Basis.INTEGER or found.bits != bits):
        raise NftError(f"{message} with length {found.bits}", found.location, statement.location)
    if not number and not same_type(found.datatype, datatype):
        raise NftError(message, found.location, statement.location)
    if isinstance(found, SetExpr):
        raise NftError("you cannot use a set here, unknown value to use", found.location, statement.location)
    if isinstance(found, SetRefExpr):
        raise NftError("you cannot reference a set here, unknown value to use", found.location, statement.location)


def _checked_log(log: st.LogStmt) -> Stmt:
    grouped = log.group is not None or log.snaplen is not None or log.threshold is not None
    if grouped and log.level is not None:
        raise NftError("level and group are mutually exclusive", log.location)
    if grouped and log.flags:
        raise NftError("flags and group are mutually exclusive", log.location)
    if log.level == "audit" and (grouped or log.prefix is not None or log.flags):
        raise NftError("log level audit doesn't support any further options", log.location)
    return log
