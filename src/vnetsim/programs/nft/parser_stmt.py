"""Rules and statements (rule, stmt of src/parser_bison.y of nftables 1.0.6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.netfilter.nft.expression import Expr, SymbolExpr
from vnetsim.netfilter.nft.location import InputDescriptor, Location
from vnetsim.netfilter.nft.primary_expr import CtExpr, ExthdrExpr, FieldExpr, MetaExpr
from vnetsim.netfilter.nft.set_expr import MapExpr
from vnetsim.netfilter.nft.stateful import ConnlimitStmt, CounterStmt, Stmt
from vnetsim.netfilter.nft.statement import (
    LOG_ALL,
    LOG_LEVELS,
    CtStmt,
    DupStmt,
    ExpressionStmt,
    ExthdrStmt,
    FlowOffloadStmt,
    FwdStmt,
    LogStmt,
    MetaStmt,
    NatStmt,
    NotrackStmt,
    ObjrefStmt,
    OptstripStmt,
    PayloadStmt,
    RejectStmt,
    SetStmt,
    VerdictStmt,
)
from vnetsim.netfilter.nft.tables import NftRule
from vnetsim.programs.nft.erec import NftError
from vnetsim.programs.nft.parser import NftScope
from vnetsim.programs.nft.parser_expr import OTHER_STATEMENTS, STARTS, VERDICTS, ExprParser
from vnetsim.programs.nft.parser_primary import CONNTRACK_KEYS, OPTION_TOKENS, UNQUALIFIED_KEYS
from vnetsim.programs.nft.scanner import COLON, COMMA, NUMBER, STRING, NftToken

_NAT_FLAGS: Final = ("random", "fully-random", "persistent")


class StmtParser(ExprParser):
    """Rules."""

    def __init__(self, source: InputDescriptor, scope: NftScope) -> None:
        super().__init__(source, scope)
        self._starters: dict[str, Callable[[], Stmt]] = {
            "counter": self._counter, "limit": self._limit, "quota": self._quota, "log": self._log,
            "reject": self._reject, "snat": self._nat, "dnat": self._nat, "masquerade": self._local_nat,
            "redirect": self._local_nat, "reset": self._reset, "xt": self._xt, "meta": self._meta_statement,
            "ct": self._conntrack_statement, "add": self._update, "update": self._update, "delete": self._update,
            "set": self._legacy_update, "flow": self._flow, "dup": self._dup, "fwd": self._fwd,
            "notrack": lambda: NotrackStmt(location=self.take().location),
        }  # fmt: skip

    def rule(self) -> NftRule:
        start = self._token().location
        statements = [self.statement()]
        while self.peek() in STARTS:
            statements.append(self.statement())
        location = self.since(start)
        comment = self.comment() if self.accept("comment") else None
        return NftRule(tuple(statements), comment, location=location)

    def statement(self) -> Stmt:
        kind = self.peek()
        if kind in VERDICTS:
            verdict = self.verdict()
            return VerdictStmt(verdict, location=verdict.location)
        reader = self._starters.get(kind)
        if reader is not None:
            return reader()
        if kind in OTHER_STATEMENTS:
            raise NotModelled(f"nft {kind}")
        if kind in UNQUALIFIED_KEYS:
            return self._unqualified_meta()
        return self._from_expression(self.concat() if kind != "'{'" else self.set_literal())

    def _from_expression(self, left: Expr) -> Stmt:
        """A comparison, a verdict map, or a change of the packet."""
        if self.accept("vmap"):
            return self._verdict_map(left)
        if self.accept("map"):
            location = self.since(left.location)
            left = MapExpr(left, self.right(), location=location)
        if isinstance(left, ExthdrExpr) and self.accept("set"):
            return ExthdrStmt(left, self.operand(), location=self.since(left.location))
        if isinstance(left, FieldExpr) and self.accept("set"):
            return PayloadStmt(left, self.operand(), location=self.since(left.location))
        relation = self.relation(left)
        return ExpressionStmt(relation, location=self.since(left.location))

    def _verdict_map(self, key: Expr) -> Stmt:
        if self.peek() not in ("'{'", "@", "'$'"):
            self.unexpected("@", "'{'", "'$'")
        mappings = self.set_literal() if self.peek() == "'{'" else self.set_reference()
        location = self.since(key.location)
        return VerdictStmt(MapExpr(key, mappings, verdicts=True, location=location), location=location)

    # --- meta and ct ------------------------------------------------------------------------------------------------

    def _meta_statement(self) -> Stmt:
        start = self.take()
        try:
            key = self.meta_key(start.location)
        except NftError as refused:
            if not self.accept("set"):
                raise
            self.operand()
            raise NftError(refused.error.message, self.since(start.location)) from None
        whole = self.since(start.location)
        if self.accept("set"):
            return MetaStmt(key, self.operand(), location=self.close(start.location, "meta"))
        self.leave("meta")
        return self._continued(MetaExpr(key, location=whole))

    def _unqualified_meta(self) -> Stmt:
        left = self.primary()
        if isinstance(left, MetaExpr) and self.accept("set"):
            return MetaStmt(left.key, self.operand(), location=self.since(left.location))
        return self._continued(left)

    def _continued(self, first: Expr) -> Stmt:
        """A statement whose first operand has been read: there may be operators and more of a concatenation."""
        return self._from_expression(self.concat_from(first))

    def concat_from(self, first: Expr) -> Expr:
        queue = [first]

        def primary() -> Expr:
            return queue.pop() if queue else self.primary()

        return self._concatenated(lambda: self._operators(primary, self._primary_right))

    def _conntrack_statement(self) -> Stmt:
        start = self.take()
        if self.accept("count"):
            over = self.accept("over") is not None
            count = self.number()
            return ConnlimitStmt(count, over, location=self.close(start.location, "ct"))
        if self.peek() in ("timeout", "expectation"):
            raise NotModelled(f"nft ct {self.peek()}")
        if self.peek() not in (*CONNTRACK_KEYS, "original", "reply"):
            self.unexpected()
        key, direction = self.conntrack_key()
        whole = self.since(start.location)
        if self.accept("set"):
            if key == "helper":
                raise NotModelled("nft ct helper set")
            value = self.operand()
            return CtStmt(key, value, direction, location=self.close(start.location, "ct"))
        self.leave("ct")
        return self._continued(CtExpr(key, direction, location=whole))

    # --- stateful statements --------------------------------------------------------------------------------------

    def _counter(self) -> Stmt:
        start = self.take()
        if self.accept("name"):
            return self._objref(start)
        packets = size = 0
        while self.peek() in ("packets", "bytes"):
            if self.take().kind == "packets":
                packets = self.number()
            else:
                size = self.number()
        self.leave("counter")
        return CounterStmt(packets, size, location=start.location)

    def _objref(self, start: NftToken) -> Stmt:
        name = self.operand()
        return ObjrefStmt(start.kind, name, location=self.close(start.location, start.kind))

    def _limit(self) -> Stmt:
        start = self.take()
        if self.accept("name"):
            return self._objref(start)
        self.expect("rate", instead=("name", "rate"))
        limit = self.limit_rate()
        return attrs.evolve(limit, location=self.close(start.location, "limit"))

    def _quota(self) -> Stmt:
        start = self.take()
        if self.accept("name"):
            return self._objref(start)
        quota = self.quota_size()
        return attrs.evolve(quota, location=self.close(start.location, "quota"))

    def kept_statements(self) -> tuple[Stmt, ...]:
        found: list[Stmt] = []
        while self.peek() in ("counter", "limit", "quota", "ct"):
            found.append(self.statement())
        return tuple(found)

    # --- log and reject ---------------------------------------------------------------------------------------------

    def _log(self) -> Stmt:
        start = self.take()
        numbers: dict[str, int] = {}
        prefix = level = None
        flags = 0
        while self.peek() in ("prefix", "group", "snaplen", "queue-threshold", "level", "flags"):
            token = self.take().kind
            if token == "prefix":
                prefix = self._log_prefix()
            elif token == "level":
                level = self._log_level()
            elif token == "flags":
                flags |= self._log_flags()
            else:
                numbers[token] = self.number()
        self.leave("log")
        group, snaplen, threshold = map(numbers.get, ("group", "snaplen", "queue-threshold"))
        return LogStmt(prefix, level, flags, group, snaplen, threshold, location=start.location)

    def _log_prefix(self) -> str:
        token = self.string()
        if "$" in token.text:
            raise NotModelled("variables in a log prefix")
        return token.text[:127]

    def _log_level(self) -> str:
        token = self.string()
        if token.text not in LOG_LEVELS:
            raise NftError("invalid log level", token.location)
        return token.text

    def _log_flags(self) -> int:
        token = self.expect("all", "ether", "ip", "tcp", "skuid", instead=()).kind
        if token == "tcp":
            flags = self._log_tcp_flag()
            while self.accept(COMMA):
                flags |= self._log_tcp_flag()
            self.leave("tcp")
            return flags
        if token == "ip":
            self.expect("options")
            self.leave("ip")
        elif token == "ether":
            self.leave("ether")
        return {"all": LOG_ALL, "ip": 4, "skuid": 8, "ether": 32}[token]

    def _log_tcp_flag(self) -> int:
        return {"seq": 1, "options": 2}[self.expect("seq", "options", instead=("seq", "options")).kind]

    def _reject(self) -> Stmt:
        start = self.take()
        if not self.accept("with"):
            self.leave("reject")
            return RejectStmt("", location=start.location)
        kind = self.expect("icmp", "icmpv6", "tcp", "icmpx").kind
        if kind == "tcp":
            self.leave("tcp")
            self.expect("reset")
            self.leave("reset")
            self.leave("reject")
            return RejectStmt("tcp reset", location=start.location)
        typed = self.accept("type") is not None
        expected = (NUMBER, STRING) if typed else ("type", NUMBER, STRING)
        code = self.expect(NUMBER, STRING, instead=expected)
        if typed:
            self.leave("type")
        if kind != "icmpx":
            self.leave("icmp")
        self.leave("reject")
        return RejectStmt(kind, expr=SymbolExpr(code.text, location=code.location), location=start.location)

    # --- translations -----------------------------------------------------------------------------------------------

    def _nat(self) -> Stmt:
        start = self.take()
        parsed = self._nat_arguments(start.location, start.kind)
        flags = self._nat_flags()
        self.leave("nat")
        return attrs.evolve(parsed, flags=flags)

    def _nat_arguments(self, start: Location, kind: str) -> NatStmt:
        family = self._nat_family()
        prefix = self.accept("prefix") is not None
        interval = not prefix and self.accept("interval") is not None
        concatenated = False
        if family and not prefix and not interval and self.accept("addr"):
            self.expect(".")
            self.expect("port")
            concatenated = True
        has_to = self.accept("to") is not None
        if not has_to and (family or prefix or interval):
            self.unexpected("to")
        if self.accept(COLON):
            return NatStmt(kind, family, None, self.operand(), location=start)
        address = self.operand()
        port = self.operand() if self.accept(COLON) else None
        return NatStmt(kind, family, address, port, prefix=prefix, concatenated=concatenated, location=start)

    def _nat_family(self) -> str:
        """`dnat ip to`, but `dnat ip saddr map` begins with an address."""
        if self.peek() not in ("ip", "ip6"):
            return ""
        token = self.take()
        if self.peek() in ("to", "addr", "prefix", "interval"):
            self.leave(token.kind)
            return token.kind
        raise NotModelled("nft nat to an address that is looked at without the word to")

    def _nat_flags(self) -> tuple[str, ...]:
        if self.peek() not in _NAT_FLAGS:
            return ()
        flags = {self.take().kind}
        while self.accept(COMMA):
            flags.add(self.expect(*_NAT_FLAGS).kind)
        return tuple(flag for flag in _NAT_FLAGS if flag in flags)

    def _local_nat(self) -> Stmt:
        """`masquerade` and `redirect`, which name no address."""
        start = self.take()
        port = None
        if self.accept("to"):
            if not self.accept(COLON) and start.kind == "masquerade":
                self.unexpected(COLON)
            port = self.operand()
        flags = self._nat_flags()
        self.leave("nat")
        return NatStmt(start.kind, "", port=port, flags=flags, location=start.location)

    # --- others -----------------------------------------------------------------------------------------------------

    def _reset(self) -> Stmt:
        start = self.take()
        self.expect("tcp")
        self.expect("option")
        kind = self.peek()
        if kind == NUMBER:
            raise NotModelled("nft reset tcp option by its number")
        if kind not in OPTION_TOKENS:
            self.unexpected()
        self.take()
        return OptstripStmt(ExthdrExpr(OPTION_TOKENS[kind], present=True), location=self.close(start.location, "tcp"))

    def _dup(self) -> Stmt:
        start = self.take()
        self.expect("to")
        target = self.operand()
        if self.accept("device"):
            raise NotModelled("nft dup to an address")
        return DupStmt(target, location=self.close(start.location, "dup"))

    def _fwd(self) -> Stmt:
        start = self.take()
        if self.peek() in ("ip", "ip6"):
            raise NotModelled("nft fwd to an address")
        self.expect("to", instead=("ip", "ip6", "to"))
        return FwdStmt(self.operand(), location=self.close(start.location, "fwd"))

    def _flow(self) -> Stmt:
        start = self.take()
        if self.peek() not in ("add", "offload"):
            if self.peek() == "table":
                raise NotModelled("nft flow table")
            self.unexpected("table")
        self.take()
        self.expect("@")
        name = self.identifier()
        self.leave("at")
        return FlowOffloadStmt(name.text, location=self.since(start.location))

    def _update(self) -> Stmt:
        start = self.take()
        reference = self.set_reference()
        self.expect("'{'")
        elem = self.element_options(self.concat(), ())
        statements = self.kept_statements()
        data = self.element_options(self.concat(), ()) if self.accept(COLON) else None
        self.expect("'}'")
        location = self.since(start.location)
        return SetStmt(start.kind, reference, elem, statements=statements, data=data, location=location)

    def _legacy_update(self) -> Stmt:
        start = self.take()
        operation = self.expect("add", "update", "delete").kind
        key = self.concat()
        element = self.element_options(key, ())
        reference = self.set_reference()
        return SetStmt(operation, reference, element, location=self.since(start.location))

    def _xt(self) -> Stmt:
        start = self.take()
        self.expect(STRING)
        self.expect(STRING)
        raise NftError(
            "unsupported xtables compat expression, use iptables-nft with this ruleset", self.since(start.location)
        )
