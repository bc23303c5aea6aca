"""Statements as values (struct stmt of nftables 1.0.6, src/statement.c); those with a state are in `stateful`.

Not modelled: queue, tproxy, dup and fwd to addresses, synproxy, meters, helpers and
timeouts of connections.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter.nft import datatype as types
from vnetsim.netfilter.nft import expression as ex
from vnetsim.netfilter.nft.datatype import Json, JsonObject, duration
from vnetsim.netfilter.nft.output import STATELESS, OutputContext
from vnetsim.netfilter.nft.primary_expr import CtExpr, ExthdrExpr, MetaExpr, PayloadExpr, meta_text
from vnetsim.netfilter.nft.set_expr import MapExpr
from vnetsim.netfilter.nft.stateful import Stmt, StmtState
from vnetsim.values import frozen


@frozen
class ExpressionStmt(Stmt):
    """A comparison: the rule goes on if it holds (STMT_EXPRESSION)."""

    expression: ex.RelationalExpr | ex.FlagcmpExpr

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        return self.expression.to_text(ctx)

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        return self.expression.to_json(ctx)


def relational(operator: str, left: ex.Expr, right: ex.Expr) -> ExpressionStmt:
    return ExpressionStmt(ex.RelationalExpr(operator, left, right))


@frozen
class VerdictStmt(Stmt):
    """A verdict, or `key vmap mappings`."""

    verdict: ex.VerdictExpr | MapExpr

    @property
    def terminal(self) -> bool:
        return isinstance(self.verdict, ex.VerdictExpr) and self.verdict.kind != "continue"

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        return self.verdict.to_text(ctx)

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        return self.verdict.to_json(ctx)


@frozen
class ObjrefStmt(Stmt):
    """`counter name "web"`: `kind` is counter, quota or limit; `name` a constant or a lookup."""

    kind: str
    name: ex.Expr

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        return f"{self.kind} name {self.name.to_text(ctx)}"

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        return {self.kind: self.name.to_json(ctx)}


def _put_list(root: JsonObject, name: str, values: list[Json]) -> None:
    """A single value is not put into a list."""
    if values:
        root[name] = values if len(values) > 1 else values[0]


# --- log and reject ------------------------------------------------------------------------------------------------

#: Bits of `log flags` (NF_LOG_...).
LOG_FLAGS: Final = {"tcp sequence": 1, "tcp options": 2, "ip options": 4, "skuid": 8, "ether": 32}
LOG_ALL: Final = 0x2F
LOG_LEVELS: Final = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit")


@frozen
class LogStmt(Stmt):
    """`flags` are bits of LOG_FLAGS; a `group` sends to a program instead of the kernel's log."""

    prefix: str | None = None
    level: str | None = None
    flags: int = 0
    group: int | None = None
    snaplen: int | None = None
    threshold: int | None = None

    @property
    def _numbers(self) -> dict[str, int]:
        numbers = {"group": self.group, "snaplen": self.snaplen, "queue-threshold": self.threshold}
        return {name: number for name, number in numbers.items() if number is not None}

    @property
    def _flags(self) -> list[str]:
        if self.flags & LOG_ALL == LOG_ALL:
            return ["all"]
        return [name for name, bit in LOG_FLAGS.items() if self.flags & bit]

    def to_text(self, _state: StmtState | None, _ctx: OutputContext) -> str:
        parts = ["log"] if self.prefix is None else [f'log prefix "{self.prefix}"']
        parts += [f"{name} {number}" for name, number in self._numbers.items()]
        if self.level not in (None, "warn"):
            parts.append(f"level {self.level}")
        flags = self._flags
        if flags[:2] == ["tcp sequence", "tcp options"]:
            flags = ["tcp sequence,options", *flags[2:]]
        return " ".join([*parts, *(f"flags {name}" for name in flags)])

    def to_json(self, _state: StmtState | None, _ctx: OutputContext) -> JsonObject:
        root: JsonObject = {} if self.prefix is None else {"prefix": self.prefix}
        root |= self._numbers
        if self.level not in (None, "warn"):
            root["level"] = self.level
        _put_list(root, "flags", [*self._flags])
        return {"log": root or None}


#: The types of ICMP codes by the kind of a rejection, and the codes of `reject` alone: port unreachable.
REJECT_CODES: Final = {"icmp": types.ICMP_CODE, "icmpv6": types.ICMPV6_CODE, "icmpx": types.ICMPX_CODE}
DEFAULT_REJECT_CODES: Final = {"icmp": 3, "icmpv6": 4, "icmpx": 1}


@frozen
class RejectStmt(Stmt):
    """`kind` is icmp, icmpv6, icmpx or tcp reset; `code` the ICMP code.

    Before evaluation `kind` may be "" and `expr` is the code; `verbose` prints the default, too, as in inet tables.
    """

    kind: str
    code: int = 0
    expr: ex.SymbolExpr | None = attrs.field(default=None, eq=False)
    verbose: bool = attrs.field(default=False, eq=False)

    @property
    def terminal(self) -> bool:
        return True

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        if not self.verbose and DEFAULT_REJECT_CODES.get(self.kind) == self.code:
            return "reject"
        code = "" if self.kind == "tcp reset" else f" {REJECT_CODES[self.kind].text(self.code, ctx)}"
        return f"reject with {self.kind}{code}"

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        if self.kind == "tcp reset":
            return {"reject": {"type": self.kind}}
        return {"reject": {"type": self.kind, "expr": REJECT_CODES[self.kind].as_json(self.code, ctx)}}


# --- nat -----------------------------------------------------------------------------------------------------------


@frozen
class NatStmt(Stmt):
    """`kind` is snat, dnat, masquerade or redirect; `family` ip, ip6 or inet.

    `address` and `port` are constants, ranges or lookups; a lookup may give both (`concatenated`).  `prefix`: the
    bits of the address's prefix are exchanged.  `flags` are random, fully-random, persistent in that order.
    """

    kind: str
    family: str
    address: ex.Expr | None = None
    port: ex.Expr | None = None
    flags: tuple[str, ...] = ()
    prefix: bool = False
    concatenated: bool = False

    @property
    def terminal(self) -> bool:
        return True

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        text = self.kind
        if self.address is not None or self.port is not None:
            family = f" {self.family}" if self.family in ("ip", "ip6") else ""
            text += f"{family}{' prefix' if self.prefix else ''} to "
        if self.address is not None:
            text += self._address_text(self.address, ctx)
        if self.port is not None:
            text += f":{self.port.to_text(ctx)}"
        return f"{text} {','.join(self.flags)}" if self.flags else text

    def _address_text(self, address: ex.Expr, ctx: OutputContext) -> str:
        """IPv6 addresses in brackets before a port."""
        if self.port is None or not isinstance(address, (ex.ConstantExpr, ex.RangeExpr)):
            return address.to_text(ctx)
        if address.datatype is not types.IPV6_ADDR:
            return address.to_text(ctx)
        ends = (address.left, address.right) if isinstance(address, ex.RangeExpr) else (address,)
        return "-".join(f"[{end.to_text(ctx)}]" for end in ends)

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        root: JsonObject = {"family": self.family} if self.family in ("ip", "ip6") else {}
        for name, expr in (("addr", self.address), ("port", self.port)):
            if expr is not None:
                root[name] = expr.to_json(ctx)
        _put_list(root, "flags", [*self.flags, *(["netmap"] if self.prefix else [])])
        if self.prefix:
            root["type_flags"] = "prefix"
        return {self.kind: root or None}


# --- setting -------------------------------------------------------------------------------------------------------


def _mangle(key: Json, value: Json) -> JsonObject:
    return {"mangle": {"key": key, "value": value}}


@frozen
class MetaStmt(Stmt):
    key: str
    value: ex.Expr

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        return f"{meta_text(self.key)} set {self.value.to_text(ctx)}"

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        return _mangle(MetaExpr(self.key).to_json(ctx), self.value.to_json(ctx))


@frozen
class CtStmt(Stmt):
    key: str
    value: ex.Expr
    direction: str = ""

    @property
    def _events(self) -> list[ex.Expr]:
        return self.value.terms() if self.key == "event" and isinstance(self.value, ex.BinopExpr) else []

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        value = ",".join(event.to_text(ctx) for event in self._events) or self.value.to_text(ctx)
        return f"{CtExpr(self.key, self.direction).to_text(ctx)} set {value}"

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        events: list[Json] = [event.to_json(ctx) for event in self._events]
        return _mangle(CtExpr(self.key, self.direction).to_json(ctx), events or self.value.to_json(ctx))


@frozen
class PayloadStmt(Stmt):
    """`ip ttl set 9`"""

    expr: PayloadExpr | ExthdrExpr
    value: ex.Expr

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        return f"{self.expr.to_text(ctx)} set {self.value.to_text(ctx)}"

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        return _mangle(self.expr.to_json(ctx), self.value.to_json(ctx))


@frozen
class ExthdrStmt(PayloadStmt):
    """`tcp option maxseg size set rt mtu`"""

    expr: ExthdrExpr
    value: ex.Expr


@frozen
class OptstripStmt(Stmt):
    """`reset tcp option NAME`"""

    expr: ExthdrExpr

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        return f"reset {self.expr.to_text(ctx)}"

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        return {"reset": self.expr.to_json(ctx)}


@frozen
class NotrackStmt(Stmt):
    def to_text(self, _state: StmtState | None, _ctx: OutputContext) -> str:
        return "notrack"

    def to_json(self, _state: StmtState | None, _ctx: OutputContext) -> JsonObject:
        return {"notrack": None}


@frozen
class FlowOffloadStmt(Stmt):
    """`flow add @f`"""

    flowtable: str

    def to_text(self, _state: StmtState | None, _ctx: OutputContext) -> str:
        return f"flow add @{self.flowtable}"

    def to_json(self, _state: StmtState | None, _ctx: OutputContext) -> JsonObject:
        return {"flow": {"op": "add", "flowtable": f"@{self.flowtable}"}}


# --- sets and other programs ---------------------------------------------------------------------------------------


@frozen
class DupStmt(Stmt):
    """A copy leaves by the device of an index (nft_dup_netdev.c)."""

    device: ex.Expr

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        return f"dup to {self.device.to_text(ctx)}"

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        return {"dup": {"addr": self.device.to_json(ctx)}}


@frozen
class FwdStmt(DupStmt):
    """The packet leaves by the device of an index, and goes nowhere else (nft_fwd_netdev.c)."""

    @property
    def terminal(self) -> bool:
        return True

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        return f"fwd to {self.device.to_text(ctx)}"

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        return {"fwd": {"dev": self.device.to_json(ctx)}}


@frozen
class SetStmt(Stmt):
    """`add @set { key }`: `operation` is add, update or delete; `timeout` in milliseconds.

    With `data`, of a map.  Each element has the `statements`.
    """

    operation: str
    reference: ex.Expr
    key: ex.Expr
    timeout: int | None = None
    statements: tuple[Stmt, ...] = ()
    data: ex.Expr | None = None

    def to_text(self, _state: StmtState | None, ctx: OutputContext) -> str:
        parts = [self.key.to_text(ctx)]
        if self.timeout:
            parts.append(f"timeout {duration(self.timeout, ctx)}")
        parts += [statement.to_text(None, STATELESS) for statement in self.statements]
        if self.data is not None:
            parts.append(f": {self.data.to_text(ctx)}")
        return f"{self.operation} {self.reference.to_text(ctx)} {{ {' '.join(parts)} }}"

    def to_json(self, _state: StmtState | None, ctx: OutputContext) -> JsonObject:
        key = self.key.to_json(ctx)
        elem: Json = {"elem": {"val": key, "timeout": self.timeout // 1000}} if self.timeout else key
        root: JsonObject = {"op": self.operation, "elem": elem, "set": self.reference.to_json(ctx)}
        if self.statements:
            root["stmt"] = [statement.to_json(None, STATELESS) for statement in self.statements]
        return {"set": root}


@frozen
class XtStmt(Stmt):
    """An extension of iptables-nft, with its translation to nft's language."""

    kind: str
    name: str
    text: str

    def to_text(self, _state: StmtState | None, _ctx: OutputContext) -> str:
        return self.text

    def to_json(self, _state: StmtState | None, _ctx: OutputContext) -> JsonObject:
        return {"xt": {"type": self.kind, "name": self.name}}


@frozen
class XtTargetStmt(XtStmt):
    """A target of arptables with what it does: `changes` are bits of the packet and their new values.

    `mark` has what is kept of the packet's mark and what is exchanged in it (xt_MARK.c), `priority` is that of
    CLASSIFY.  The verdict is accept, drop or continue.
    """

    options: str = ""
    changes: tuple[tuple[PayloadExpr, int], ...] = ()
    mark: tuple[int, int] | None = None
    priority: int | None = None
    verdict: str = "continue"
