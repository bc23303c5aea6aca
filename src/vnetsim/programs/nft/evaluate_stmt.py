"""Rules: their statements one after the other (stmt_evaluate, rule_evaluate of src/evaluate.c of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft import statement as st
from vnetsim.netfilter.nft.datatype import Basis, Datatype, concatenated, same_type
from vnetsim.netfilter.nft.expression import SetRefExpr, VerdictExpr
from vnetsim.netfilter.nft.primary_expr import CONNTRACK, META, ExthdrExpr, PayloadExpr
from vnetsim.netfilter.nft.proto import IP, IP6, TCP, TH, Header, PayloadBase
from vnetsim.netfilter.nft.sets import SetSpec
from vnetsim.netfilter.nft.stateful import Stmt
from vnetsim.netfilter.nft.tables import NftRule
from vnetsim.programs.nft import ast
from vnetsim.programs.nft.cache import NftCache
from vnetsim.programs.nft.datatype import NameEnvironment, parse
from vnetsim.programs.nft.erec import Location, NftError
from vnetsim.programs.nft.evaluate_expr import ExprContext
from vnetsim.programs.nft.evaluate_relational import RelationalEvaluator
from vnetsim.programs.nft.evaluate_set import OBJECT_MAP, Declare, check_key
from vnetsim.programs.nft.netlink_linearize import EvaluatedStmt, matches, node_of, reduced
from vnetsim.programs.nft.payload import PayloadDependencies, field_of, network_number
from vnetsim.programs.nft.typed import Typed, TypedMap, TypedPrefix, TypedRange, TypedSelector, TypedSet, TypedSetRef

_FAMILY_KINDS: Final = {"ip": "icmp", "ip6": "icmpv6"}
_ADDRESSES: Final = {"ip": types.IPV4_ADDR, "ip6": types.IPV6_ADDR}
_FLAGS: Final = ("random", "fully-random", "persistent")
_NAME_BITS: Final = 8 * 128


class RuleEvaluator(RelationalEvaluator):
    """One rule."""

    def __init__(self, family: str, knowledge: NftCache, environment: NameEnvironment, declare: Declare) -> None:
        super().__init__(family, knowledge, environment, declare)
        self._settle: dict[type[ast.StmtSyntax], Callable[..., Stmt]] = {
            ast.LiteralStmt: self._ready,
            ast.ObjectSyntax: self._object,
            ast.RejectSyntax: self._reject,
            ast.NatSyntax: self._nat,
            ast.SetMetaSyntax: self._set_meta,
            ast.SetConntrackSyntax: self._set_conntrack,
            ast.SetPlaceSyntax: self._set_place,
            ast.UpdateSyntax: self._update,
        }

    def rule(self, syntax: ast.RuleSyntax) -> tuple[NftRule, tuple[Location | None, ...]]:
        """What the rule says, and for each statement what a complaint about it points to."""
        try:
            self._statements(syntax.statements)
        except NftError as refused:
            refused.before = tuple(self.complaints)
            raise
        if self.complaints:
            raise NftError.of(self.complaints)
        statements: list[Stmt] = []
        places: list[Location | None] = []
        for draft in reduced(self.drafts, self.family):
            found = [draft.statement] if isinstance(draft, EvaluatedStmt) else matches(draft)
            statements += found
            places += [draft.blame if isinstance(draft, EvaluatedStmt) else draft.left.location] * len(found)
        return NftRule(tuple(statements), syntax.comment), tuple(places)

    def _statements(self, statements: tuple[ast.StmtSyntax, ...]) -> None:
        terminal: ast.StmtSyntax | None = None
        for statement in statements:
            if terminal is not None:
                message = "Statement after terminal statement has no effect"
                raise NftError(message, statement.location, terminal.location)
            if self._statement(statement):
                terminal = statement

    def _statement(self, syntax: ast.StmtSyntax) -> bool:
        """Whether nothing behind it is ever reached."""
        if isinstance(syntax, ast.MatchSyntax):
            self.compare(syntax.expression)
            return False
        if isinstance(syntax, ast.VerdictStmtSyntax):
            return self._verdict_statement(syntax)
        statement = self._settle[type(syntax)](syntax)
        place = syntax.name.location if isinstance(syntax, ast.ObjectSyntax) else syntax.location
        self.drafts.append(EvaluatedStmt(statement, place))
        return statement.terminal

    # --- arguments --------------------------------------------------------------------------------------------------

    def _argument(self, syntax: ast.Syntax, statement: ast.StmtSyntax, datatype: Datatype, bits: int) -> Typed:
        """What a statement is given (stmt_evaluate_arg)."""
        self.expected = ExprContext(datatype, bits)
        found = self.evaluate(syntax)
        _check_argument(found, statement, datatype, bits)
        if isinstance(found, TypedPrefix) and isinstance(found.value, int):
            last = found.value | (1 << found.bits - found.length) - 1
            return TypedRange(
                location=found.location, datatype=found.datatype, bits=found.bits, first=found.value, last=last
            )
        return found

    def _ready(self, syntax: ast.LiteralStmt) -> Stmt:
        if isinstance(syntax.statement, st.LogStmt):
            _check_log(syntax.statement, syntax.location)
        return syntax.statement

    def _verdict_statement(self, syntax: ast.VerdictStmtSyntax) -> bool:
        target = syntax.verdict
        if isinstance(target, ast.VerdictSyntax):
            place = target.location if target.chain is None else target.chain.location
            verdict = st.VerdictStmt(VerdictExpr(target.kind, "" if target.chain is None else target.chain.text))
            self.drafts.append(EvaluatedStmt(verdict, place))
            return verdict.terminal
        found = self._argument(target, syntax, types.VERDICT, 0)
        assert isinstance(found, TypedMap)
        mapped = st.VmapStmt(node_of(found.key), SetRefExpr(found.spec.name))
        self.drafts.append(EvaluatedStmt(mapped, target.location))
        return False

    def _object(self, syntax: ast.ObjectSyntax) -> Stmt:
        if isinstance(syntax.name, ast.MapSyntax):
            return st.ObjrefStmt(syntax.kind, node_of(self._object_map(syntax.kind, syntax.name)))
        name = self._argument(syntax.name, syntax, types.STRING, _NAME_BITS)
        if not name.constant:
            raise NftError("Counter expression must be constant", name.location)
        return st.ObjrefStmt(syntax.kind, node_of(name))

    def _object_map(self, kind: str, syntax: ast.MapSyntax) -> TypedMap:
        key = self.map_key(syntax)
        if isinstance(syntax.mappings, ast.SetSyntax):
            spec, key = self.declare_map(syntax, key, SetSpec(name=OBJECT_MAP, key=(), bits=(), objects=kind))
        else:
            found = self.evaluate(syntax.mappings)
            if not isinstance(found, TypedSetRef):
                raise NftError("Expression is not a map", found.location)
            if found.spec.objects is None:
                raise NftError("Expression is not a map with objects", found.location)
            spec = found.spec
        check_key(spec, key, syntax.mappings.location)
        return TypedMap(location=syntax.location, datatype=types.STRING, key=key, spec=spec)

    # --- setting ----------------------------------------------------------------------------------------------------

    def _set_meta(self, syntax: ast.SetMetaSyntax) -> Stmt:
        return st.MetaStmt(syntax.key, node_of(self._argument(syntax.value, syntax, *META[syntax.key])))

    def _set_conntrack(self, syntax: ast.SetConntrackSyntax) -> Stmt:
        value = self._argument(syntax.value, syntax, *CONNTRACK[syntax.key])
        return st.CtStmt(syntax.key, node_of(value), syntax.direction)

    def _set_place(self, syntax: ast.SetPlaceSyntax) -> Stmt:
        place = syntax.place
        if isinstance(place, ast.FieldSyntax):
            looked = field_of(place.header, place.field.name, place.location)
            if place.header is not TH:
                for comparison in PayloadDependencies(self.protocols).of(looked):
                    self.depend(comparison)
            assert isinstance(looked.node, PayloadExpr)
            value = self._argument(syntax.value, syntax, looked.datatype, looked.bits)
            return st.PayloadStmt(looked.node, node_of(value))
        assert isinstance(place, ast.NodeSyntax)
        datatype, bits = place.node.shape
        value = self._argument(syntax.value, syntax, datatype, bits)
        if isinstance(place.node, ExthdrExpr):
            return st.ExthdrStmt(place.node, node_of(value))
        assert isinstance(place.node, PayloadExpr)
        return st.PayloadStmt(place.node, node_of(value))

    def _update(self, syntax: ast.UpdateSyntax) -> Stmt:
        found = self.evaluate(syntax.reference)
        if not isinstance(found, TypedSetRef):
            raise NftError("Expression does not refer to a set", found.location)
        spec = found.spec
        key = self._update_part(syntax, syntax.element.key, "Key", spec.key, spec.bits)
        if syntax.element.comment is not None:
            raise NftError("Key expression comments are not supported", syntax.element.location)
        data = None
        if syntax.data is not None:
            data = self._update_part(syntax, syntax.data.key, "Data", spec.data, tuple(d.bits for d in spec.data))
        if isinstance(syntax.reference, ast.SetSymbol):
            self.knowledge.find_set(spec.name, syntax.reference.location).dynamic = True
        statements = tuple(one.statement for one in syntax.statements if isinstance(one, ast.LiteralStmt))
        return st.SetStmt(
            syntax.operation,
            SetRefExpr(spec.name),
            node_of(key),
            syntax.element.timeout,
            statements,
            None if data is None else node_of(data),
        )

    def _update_part(
        self,
        statement: ast.UpdateSyntax,
        syntax: ast.Syntax,
        word: str,
        kinds: tuple[Datatype, ...],
        sizes: tuple[int, ...],
    ) -> Typed:
        bits = sizes[0] if len(sizes) == 1 else sum((size + 31) // 32 * 32 for size in sizes)
        found = self._argument(syntax, statement, concatenated(kinds), bits)
        if found.constant and not isinstance(found, TypedMap):
            raise NftError(f"{word} expression can not be constant", found.location)
        return found

    # --- reject -----------------------------------------------------------------------------------------------------

    def _reject(self, syntax: ast.RejectSyntax) -> Stmt:
        kind = syntax.kind or self._usual_kind()
        code = st.DEFAULT_REJECT_CODES.get(kind, 0)
        if syntax.code is not None:
            value, _ = parse(syntax.code, st.REJECT_CODES[kind], self.environment)
            assert isinstance(value, int)
            code = value & 0xFF
        if syntax.kind == "tcp reset":
            self._check_reset(syntax)
        place = syntax.location if syntax.code is None else syntax.code.location
        if self.family == "inet":
            self._reject_either(kind, place)
        else:
            self._check_family(syntax, kind, place)
        if kind == "tcp reset":
            self._ask_first(PayloadBase.TRANSPORT, field_of(TCP, "sport", syntax.location), TCP)
        return st.RejectStmt(kind, code)

    def _usual_kind(self) -> str:
        family = self.family if self.family != "inet" else network_number(self.protocols)
        return _FAMILY_KINDS.get(family or "", "icmpx")

    def _check_reset(self, syntax: ast.RejectSyntax) -> None:
        known = self.protocols.at.get(PayloadBase.TRANSPORT)
        if known is not None and known is not TCP:
            places = (
                [self.protocols.places[PayloadBase.TRANSPORT]] if PayloadBase.TRANSPORT in self.protocols.places else []
            )
            raise NftError("you cannot use tcp reset with this protocol", syntax.location, *places)

    def _check_family(self, syntax: ast.RejectSyntax, kind: str, place: Location) -> None:
        if kind == "icmpx":
            raise NftError("abstracted ICMP unreachable not supported", place, syntax.location)
        if kind in ("icmp", "icmpv6") and kind != _FAMILY_KINDS[self.family]:
            raise NftError("conflicting protocols specified: ip vs ip6", place, syntax.location)

    def _reject_either(self, kind: str, place: Location) -> None:
        """In a table of the inet family ICMP implies IPv4, and ICMPv6 IPv6."""
        if kind not in ("icmp", "icmpv6"):
            return
        network = network_number(self.protocols)
        family = "ip" if kind == "icmp" else "ip6"
        if network is not None and network != family:
            places = (
                [self.protocols.places[PayloadBase.NETWORK]] if PayloadBase.NETWORK in self.protocols.places else []
            )
            raise NftError("conflicting protocols specified: ip vs ip6", place, *places)
        field = "protocol" if family == "ip" else "nexthdr"
        header = _header(family)
        self._ask_first(PayloadBase.NETWORK, field_of(header, field, place), header)

    def _ask_first(self, base: PayloadBase, looked: TypedSelector, header: Header) -> None:
        """A condition at the beginning of the rule, so that nothing is logged that is not rejected."""
        if self.protocols.at.get(base) is not None:
            return
        dependencies = PayloadDependencies(self.protocols)
        dependencies.need(looked, header)
        self.drafts[:0] = dependencies.asked

    # --- translations -----------------------------------------------------------------------------------------------

    def _nat(self, syntax: ast.NatSyntax) -> Stmt:
        family = self._nat_family(syntax)
        flags = tuple(flag for flag in _FLAGS if flag in syntax.flags)
        address = None
        concatenated_map = False
        if syntax.address is not None:
            self._check_network(syntax, family)
            concatenated_map = syntax.concatenated or self._leads_to_both(syntax.address)
            address = self._nat_map(syntax, family) if concatenated_map else self._nat_address(syntax, family)
        port = None
        if syntax.port is not None and not concatenated_map:
            port = self._nat_port(syntax, syntax.port)
        return st.NatStmt(
            syntax.kind, family, None if address is None else node_of(address), None if port is None else node_of(port),
            flags, syntax.prefix, concatenated_map,
        )  # fmt: skip

    def _nat_family(self, syntax: ast.NatSyntax) -> str:
        if self.family != "inet":
            return syntax.family or self.family
        if syntax.address is None:
            return "inet"
        return syntax.family or network_number(self.protocols) or ""

    def _check_network(self, syntax: ast.NatSyntax, family: str) -> None:
        network = network_number(self.protocols)
        if network is not None and network != family:
            message = f"{network} vs. {family}. You must specify ip or ip6 family in nat statement"
            places = (
                [self.protocols.places[PayloadBase.NETWORK]] if PayloadBase.NETWORK in self.protocols.places else []
            )
            raise NftError(f"conflicting protocols specified: {message}", syntax.location, *places)

    def _nat_address(self, syntax: ast.NatSyntax, family: str) -> Typed:
        assert syntax.address is not None
        datatype = _ADDRESSES.get(family if self.family == "inet" else self.family)
        if datatype is None:
            raise NftError("ip or ip6 must be specified with address for inet tables.", syntax.location)
        return self._argument(syntax.address, syntax, datatype, datatype.bits)

    def _nat_port(self, syntax: ast.NatSyntax, port: ast.Syntax) -> Typed:
        if self.protocols.at.get(PayloadBase.TRANSPORT) is None and not _looks_at_transport(syntax.address):
            message = "transport protocol mapping is only valid after transport protocol match"
            raise NftError(message, port.location, syntax.location)
        return self._argument(port, syntax, types.INET_SERVICE, 16)

    def _leads_to_both(self, address: ast.Syntax) -> bool:
        """Whether a map gives address and port."""
        if not isinstance(address, ast.MapSyntax):
            return False
        mappings = address.mappings
        if isinstance(mappings, ast.SetSyntax):
            return any(
                isinstance(one, ast.MappingSyntax) and isinstance(one.data, ast.ConcatSyntax)
                for one in mappings.elements
            )
        if isinstance(mappings, ast.SetSymbol):
            return len(self.knowledge.find_set(mappings.name, mappings.location).spec.data) > 1
        return False

    def _nat_map(self, syntax: ast.NatSyntax, family: str) -> Typed:
        assert syntax.address is not None
        if family not in _ADDRESSES:
            raise NotModelled("nft: a map to addresses and ports of no known family")
        datatype = concatenated((_ADDRESSES[family], types.INET_SERVICE))
        self.expected = ExprContext(datatype, datatype.bits)
        found = self.evaluate(syntax.address)
        if self.protocols.at.get(PayloadBase.TRANSPORT) is None and not _looks_at_transport(syntax.address):
            message = "transport protocol mapping is only valid after transport protocol match"
            raise NftError(message, found.location, syntax.location)
        _check_argument(found, syntax, datatype, datatype.bits)
        return found


def _header(family: str) -> Header:
    return IP if family == "ip" else IP6


def _looks_at_transport(syntax: ast.Syntax | None) -> bool:
    """Whether the key of a map asks for a transport protocol."""
    if not isinstance(syntax, ast.MapSyntax) or not isinstance(syntax.key, ast.ConcatSyntax):
        return False
    for part in syntax.key.parts:
        if isinstance(part, ast.FieldSyntax):
            if part.header.base is PayloadBase.TRANSPORT and part.header is not TH:
                return True
            if part.header.base is PayloadBase.NETWORK and part.header.tells_protocol(part.field):
                return True
        elif isinstance(part, ast.NodeSyntax) and getattr(part.node, "key", "") == "l4proto":
            return True
    return False


def _check_argument(found: Typed, statement: ast.StmtSyntax, datatype: Datatype, bits: int) -> None:
    number = found.datatype.basis is Basis.INTEGER and found.datatype.name == "integer"
    field = isinstance(found, TypedSelector) and isinstance(found.node, PayloadExpr)
    if field and number and (datatype.basis is not Basis.INTEGER or found.bits != bits):
        message = f"expected {datatype.description}, expression has type {found.datatype.description} with length"
        raise NftError(f"datatype mismatch: {message} {found.bits}", found.location, statement.location)
    if not number and not same_type(found.datatype, datatype):
        message = f"expected {datatype.description}, expression has type {found.datatype.description}"
        raise NftError(f"datatype mismatch: {message}", found.location, statement.location)
    if isinstance(found, TypedSet):
        raise NftError("you cannot use a set here, unknown value to use", found.location, statement.location)
    if isinstance(found, TypedSetRef):
        raise NftError("you cannot reference a set here, unknown value to use", found.location, statement.location)


def _check_log(log: st.LogStmt, place: Location) -> None:
    grouped = log.group is not None or log.snaplen is not None or log.threshold is not None
    if grouped and log.level is not None:
        raise NftError("level and group are mutually exclusive", place)
    if grouped and log.flags:
        raise NftError("flags and group are mutually exclusive", place)
    if log.level == "audit" and (grouped or log.prefix is not None or log.flags):
        raise NftError("log level audit doesn't support any further options", place)
