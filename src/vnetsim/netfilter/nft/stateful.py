"""What statements remember from packet to packet (nft_counter.c, nft_limit.c, nft_quota.c)."""

from __future__ import annotations

from typing import TypeAlias

import attrs

from vnetsim.clock import SECOND
from vnetsim.netfilter.nft.statement import ConnlimitStmt, CounterStmt, LimitStmt, QuotaStmt, Stmt
from vnetsim.netfilter.packet import ConntrackInfo, PktInfo


@attrs.define(eq=False)
class CounterState:
    packets: int = 0
    bytes: int = 0

    def count(self, size: int) -> None:
        self.packets += 1
        self.bytes += size


@attrs.define(eq=False)
class LimitState:
    """Tokens in nanoseconds: a packet, or a byte, costs the time in which one may pass."""

    limit: LimitStmt
    _tokens: int = attrs.field(init=False, default=0)
    _filled: int | None = attrs.field(init=False, default=None)

    @property
    def full(self) -> int:
        """Of bytes a whole unit's worth may come at once, and `burst` more (nft_limit_init)."""
        size = self.limit.burst + (self.limit.rate if self.limit.of_bytes else 0)
        return self.limit.unit * SECOND * size // self.limit.rate

    def take(self, size: int, now: int) -> bool:
        """Whether there is room for a packet of `size` bytes."""
        units = size if self.limit.of_bytes else 1
        cost = self.limit.unit * SECOND * units // self.limit.rate
        gained = self.full if self._filled is None else now - self._filled
        self._tokens = min(self.full, self._tokens + gained)
        self._filled = now
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True


@attrs.define(eq=False)
class QuotaState:
    quota: QuotaStmt
    used: int = 0

    def add(self, size: int) -> bool:
        """Whether the quota is used up now."""
        self.used += size
        return self.used >= self.quota.bytes


@attrs.define(eq=False)
class ConnlimitState:
    """Connections that have come by, as long as they last."""

    limit: ConnlimitStmt
    connections: list[ConntrackInfo] = attrs.field(factory=list)

    def within(self, packet: PktInfo) -> bool:
        """Whether the rule goes on, now that this packet's connection counts, too (nft_connlimit.c)."""
        own = packet.connection
        self.connections = [one for one in self.connections if one is own or one.lasts(packet.context.now())]
        if own is not None and own not in self.connections:
            self.connections.append(own)
        return (len(self.connections) > self.limit.count) == self.limit.over


StmtState: TypeAlias = CounterState | LimitState | QuotaState | ConnlimitState


def begin(statement: Stmt) -> StmtState | None:
    """What a stateful statement begins with; None for the others."""
    match statement:
        case CounterStmt():
            return CounterState(statement.packets, statement.bytes)
        case LimitStmt():
            return LimitState(statement)
        case QuotaStmt():
            return QuotaState(statement, statement.used)
        case ConnlimitStmt():
            return ConnlimitState(statement)
    return None
