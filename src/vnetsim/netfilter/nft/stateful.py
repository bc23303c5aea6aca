"""The base of statements, and those with a state that packets change: counter, limit, quota, ct count.

Follows nft_counter.c, nft_limit.c, nft_quota.c and nft_connlimit.c of Linux, and src/statement.c of nftables 1.0.6.
"""

from __future__ import annotations

from typing import Final, TypeAlias

import attrs

from vnetsim.clock import SECOND
from vnetsim.netfilter.nft.datatype import JsonObject
from vnetsim.netfilter.nft.location import INTERNAL, Location
from vnetsim.netfilter.nft.output import OutputContext
from vnetsim.netfilter.packet import ConntrackInfo, PktInfo
from vnetsim.values import define, frozen


@frozen
class Stmt:
    """`to_text` is what nft prints, `to_json` what `nft -j` prints (struct stmt_ops); both are given its state."""

    location: Location = attrs.field(default=INTERNAL, kw_only=True, eq=False, repr=False)

    @property
    def terminal(self) -> bool:
        """Whether the statements behind it are never reached (STMT_F_TERMINAL)."""
        return False

    def begin(self) -> StmtState | None:
        """The state that a new rule begins with; None for a statement without one."""
        return None

    def to_text(self, _state: StmtState | None, _ctx: OutputContext, /) -> str:
        raise NotImplementedError

    def to_json(self, _state: StmtState | None, _ctx: OutputContext, /) -> JsonObject:
        raise NotImplementedError


#: Units of a limit, in seconds.
UNITS: Final = {1: "second", 60: "minute", 3600: "hour", 86400: "day", 604800: "week"}


def _data_unit(size: int) -> tuple[int, str]:
    """Bytes as a number of the greatest unit that gives them exactly (get_rate of src/statement.c)."""
    for unit in ("bytes", "kbytes"):
        if not size or size % 1024:
            return size, unit
        size //= 1024
    return size, "mbytes"


def _data_size(size: int) -> str:
    count, unit = _data_unit(size)
    return f"{count} {unit}"


# --- counter -------------------------------------------------------------------------------------------------------


@frozen
class CounterStmt(Stmt):
    """Where it begins to count."""

    packets: int = 0
    bytes: int = 0

    def begin(self) -> CounterState:
        return CounterState(self.packets, self.bytes)

    def to_text(self, state: StmtState | None, ctx: OutputContext) -> str:
        counts = state if isinstance(state, CounterState) else self
        return "counter" if ctx.stateless else f"counter packets {counts.packets} bytes {counts.bytes}"

    def to_json(self, state: StmtState | None, ctx: OutputContext) -> JsonObject:
        counts = state if isinstance(state, CounterState) else self
        return {"counter": None if ctx.stateless else {"packets": counts.packets, "bytes": counts.bytes}}


@define(eq=False)
class CounterState:
    packets: int = 0
    bytes: int = 0

    def eval(self, packet: PktInfo) -> bool:
        """Whether the rule goes on behind this statement, as in the other states."""
        self.packets += 1
        self.bytes += packet.length
        return True


# --- limit ---------------------------------------------------------------------------------------------------------


@frozen
class LimitStmt(Stmt):
    """`rate` packets (or bytes) in each `unit` seconds and `burst` at once; `over`: goes on if there were more."""

    rate: int
    unit: int
    burst: int = 5
    of_bytes: bool = False
    over: bool = False

    def begin(self) -> LimitState:
        return LimitState(self)

    @property
    def rate_text(self) -> str:
        """Without `limit`, as limit objects are listed."""
        over = "over " if self.over else ""
        if self.of_bytes:
            burst = f" burst {_data_size(self.burst)}" if self.burst else ""
            return f"rate {over}{_data_size(self.rate)}/{UNITS[self.unit]}{burst}"
        burst = f" burst {self.burst} packets" if self.burst not in (0, 5) else ""
        return f"rate {over}{self.rate}/{UNITS[self.unit]}{burst}"

    @property
    def rate_json(self) -> JsonObject:
        rate, burst = self.rate, self.burst
        units: JsonObject = {}
        if self.of_bytes:
            rate, units["rate_unit"] = _data_unit(self.rate)
            burst, units["burst_unit"] = _data_unit(self.burst)
        inverted: JsonObject = {"inv": True} if self.over else {}
        return {"rate": rate, "burst": burst, "per": UNITS[self.unit], **inverted, **units}

    def to_text(self, _state: StmtState | None, _ctx: OutputContext) -> str:
        return f"limit {self.rate_text}"

    def to_json(self, _state: StmtState | None, _ctx: OutputContext) -> JsonObject:
        return {"limit": self.rate_json}


@define(eq=False)
class LimitState:
    """A token bucket, in nanoseconds: a packet, or a byte, costs the time in which one may pass."""

    limit: LimitStmt
    _tokens: int = attrs.field(init=False, default=0)
    _filled: int | None = attrs.field(init=False, default=None)

    @property
    def full(self) -> int:
        """Of bytes a whole unit's worth may pass at once, and `burst` more (nft_limit_init)."""
        size = self.limit.burst + (self.limit.rate if self.limit.of_bytes else 0)
        return self.limit.unit * SECOND * size // self.limit.rate

    def eval(self, packet: PktInfo) -> bool:
        return self.take(packet.length, packet.context.now()) != self.limit.over

    def take(self, size: int, now: int) -> bool:
        """Whether there are tokens for a packet of `size` bytes."""
        units = size if self.limit.of_bytes else 1
        cost = self.limit.unit * SECOND * units // self.limit.rate
        gained = self.full if self._filled is None else now - self._filled
        self._tokens = min(self.full, self._tokens + gained)
        self._filled = now
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True


# --- quota ---------------------------------------------------------------------------------------------------------


@frozen
class QuotaStmt(Stmt):
    """Goes on until `bytes` were used up, or with `over` from then on."""

    bytes: int
    over: bool = False
    used: int = 0

    def begin(self) -> QuotaState:
        return QuotaState(self, self.used)

    def used_in(self, state: StmtState | None) -> int:
        """What is shown never exceeds the quota (nft_quota_do_dump)."""
        return min(self.bytes, state.used if isinstance(state, QuotaState) else self.used)

    def amount_text(self, state: StmtState | None, ctx: OutputContext) -> str:
        """Without `quota`, as quota objects are listed."""
        used = self.used_in(state)
        text = f"{'over ' if self.over else ''}{_data_size(self.bytes)}"
        return f"{text} used {_data_size(used)}" if used and not ctx.stateless else text

    def to_text(self, state: StmtState | None, ctx: OutputContext) -> str:
        return f"quota {self.amount_text(state, ctx)}"

    def to_json(self, state: StmtState | None, ctx: OutputContext) -> JsonObject:
        value, unit = _data_unit(self.bytes)
        root: JsonObject = {"val": value, "val_unit": unit}
        if self.over:
            root["inv"] = True
        used = self.used_in(state)
        if used and not ctx.stateless:
            root["used"], root["used_unit"] = _data_unit(used)
        return {"quota": root}


@define(eq=False)
class QuotaState:
    quota: QuotaStmt
    used: int = 0

    def eval(self, packet: PktInfo) -> bool:
        self.used += packet.length
        return (self.used > self.quota.bytes) == self.quota.over


# --- ct count ------------------------------------------------------------------------------------------------------


@frozen
class ConnlimitStmt(Stmt):
    """Goes on while there are at most `count` connections, or with `over` while there are more."""

    count: int
    over: bool = False

    def begin(self) -> ConnlimitState:
        return ConnlimitState(self)

    def to_text(self, _state: StmtState | None, _ctx: OutputContext) -> str:
        return f"ct count {'over ' if self.over else ''}{self.count}"

    def to_json(self, _state: StmtState | None, _ctx: OutputContext) -> JsonObject:
        return {"ct count": {"val": self.count, **({"inv": True} if self.over else {})}}


@define(eq=False)
class ConnlimitState:
    """The connections that were seen and still exist."""

    limit: ConnlimitStmt
    connections: list[ConntrackInfo] = attrs.field(factory=list)

    def eval(self, packet: PktInfo) -> bool:
        own = packet.connection
        self.connections = [one for one in self.connections if one is own or one.lasts(packet.context.now())]
        if own is not None and own not in self.connections:
            self.connections.append(own)
        return (len(self.connections) > self.limit.count) == self.limit.over


StmtState: TypeAlias = CounterState | LimitState | QuotaState | ConnlimitState
