"""What a rule does, as values (struct stmt of nftables 1.0.6).

Not modelled: queue, dup, fwd, tproxy, synproxy, flow offload, meters, helpers and timeouts of connections.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

from vnetsim.netfilter.nft.expression import Expr, ExthdrExpr, PayloadExpr, SetRefExpr, VerdictExpr


@attrs.frozen
class Stmt:
    """`terminal`: nothing behind it is ever reached."""

    @property
    def terminal(self) -> bool:
        return False


@attrs.frozen
class MatchStmt(Stmt):
    """Goes on if `left operator right` holds; `operator` is ==, !=, <, >, <= or >=."""

    operator: str
    left: Expr
    right: Expr


@attrs.frozen
class VerdictStmt(Stmt):
    verdict: VerdictExpr

    @property
    def terminal(self) -> bool:
        return self.verdict.kind != "continue"


@attrs.frozen
class VmapStmt(Stmt):
    """`key vmap mappings`"""

    key: Expr
    mappings: SetRefExpr


@attrs.frozen
class CounterStmt(Stmt):
    """Where it begins to count."""

    packets: int = 0
    bytes: int = 0


@attrs.frozen
class ObjrefStmt(Stmt):
    """`counter name "web"`: `kind` is counter, quota or limit; `name` a Constant or a Lookup."""

    kind: str
    name: Expr


@attrs.frozen
class LimitStmt(Stmt):
    """`rate` packets (or bytes) in each `unit` seconds and `burst` at once; `over`: goes on if there were more."""

    rate: int
    unit: int
    burst: int = 5
    of_bytes: bool = False
    over: bool = False


@attrs.frozen
class QuotaStmt(Stmt):
    """Goes on until `bytes` were used up, or with `over` from then on."""

    bytes: int
    over: bool = False
    used: int = 0


@attrs.frozen
class ConnlimitStmt(Stmt):
    """Goes on while there are at most `count` connections, or with `over` while there are more."""

    count: int
    over: bool = False


@attrs.frozen
class LogStmt(Stmt):
    """`flags` are bits of LOG_FLAGS; a `group` sends to a program instead of the kernel's log."""

    prefix: str | None = None
    level: str | None = None
    flags: int = 0
    group: int | None = None
    snaplen: int | None = None
    threshold: int | None = None


@attrs.frozen
class RejectStmt(Stmt):
    """`kind` is icmp, icmpv6, icmpx or tcp reset; `code` the ICMP code."""

    kind: str
    code: int = 0

    @property
    def terminal(self) -> bool:
        return True


@attrs.frozen
class NatStmt(Stmt):
    """`kind` is snat, dnat, masquerade or redirect; `family` ip, ip6 or inet.

    `address` and `port` are constants, ranges or lookups; a lookup may give both (`concatenated`).  `prefix`: the
    bits of the address's prefix are exchanged.  `flags` are random, fully-random, persistent in that order.
    """

    kind: str
    family: str
    address: Expr | None = None
    port: Expr | None = None
    flags: tuple[str, ...] = ()
    prefix: bool = False
    concatenated: bool = False

    @property
    def terminal(self) -> bool:
        return True


@attrs.frozen
class MetaStmt(Stmt):
    key: str
    value: Expr


@attrs.frozen
class CtStmt(Stmt):
    key: str
    value: Expr
    direction: str = ""


@attrs.frozen
class PayloadStmt(Stmt):
    """Changes the packet itself."""

    place: PayloadExpr
    value: Expr


@attrs.frozen
class ExthdrStmt(Stmt):
    place: ExthdrExpr
    value: Expr


@attrs.frozen
class OptstripStmt(Stmt):
    """`reset tcp option NAME`"""

    place: ExthdrExpr


@attrs.frozen
class NotrackStmt(Stmt):
    pass


@attrs.frozen
class SetStmt(Stmt):
    """`add @set { key }`: `operation` is add, update or delete; `timeout` in milliseconds.

    With `data`, of a map.  `statements` are kept with each element.
    """

    operation: str
    reference: SetRefExpr
    key: Expr
    timeout: int | None = None
    statements: tuple[Stmt, ...] = ()
    data: Expr | None = None


@attrs.frozen
class XtStmt(Stmt):
    """What another program put there (an extension of xtables), in the words in which nft tells it."""

    kind: str
    name: str
    words: str


#: Bits of `log flags` (NF_LOG_...).
LOG_FLAGS: Final = {"tcp sequence": 1, "tcp options": 2, "ip options": 4, "skuid": 8, "ether": 32}
LOG_ALL: Final = 0x2F
LOG_LEVELS: Final = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug", "audit")
#: Statements that remember something from packet to packet.
STATEFUL: Final = (CounterStmt, LimitStmt, QuotaStmt, ConnlimitStmt)
#: Units of a limit, in seconds.
UNITS: Final = {1: "second", 60: "minute", 3600: "hour", 86400: "day", 604800: "week"}

Statements: TypeAlias = tuple[Stmt, ...]
