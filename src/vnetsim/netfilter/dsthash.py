"""The entries of hashlimit (struct dsthash_ent): buckets of packets, of bytes, and counters of intervals.

    entries = DsthashTable(limit, now)
    entries.take(key, length, now) -> whether a packet of `length` bytes is within the limit of its entry

`now` is in nanoseconds.  An entry that is not used for a while is garbage-collected.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, TypeAlias

import attrs

from vnetsim.clock import MICROSECOND, MILLISECOND
from vnetsim.protocols.jiffies import HZ, JIFFY
from vnetsim.values import define

#: xt_hashlimit counts in millionths of a second.
SCALE: Final = 1_000_000
#: Credits for a millionth of a second (CREDITS_PER_JIFFY), and what they are counted in (u64).
_CREDITS: Final = (HZ << (2**64 // (HZ * 86400)).bit_length() - 1) // SCALE
_U64: Final = 2**64
_U32_MAX: Final = 0xFFFF_FFFF
#: Bytes are counted in chunks of 16; credits for them (CREDITS_PER_JIFFY_BYTES).
_CHUNK: Final = 4
_BYTE_CREDITS: Final = 1 << (_U32_MAX // HZ).bit_length() - 1
_MOST_BYTE_CREDITS: Final = _BYTE_CREDITS * HZ


def cost_of_bytes(count: int) -> int:
    """What iptables makes of a rate in bytes a second (bytes_to_cost)."""
    return _U32_MAX // ((count >> _CHUNK & _U32_MAX) + 1)


def bytes_of_cost(cost: int) -> int:
    """The rate of a cost (cost_to_bytes, user2rate_bytes)."""
    return ((_U32_MAX // cost if cost else _U32_MAX) - 1) << _CHUNK


class HashlimitCfg(Protocol):
    """The options that entries depend on; `average` is microseconds a packet, or a cost of bytes."""

    @property
    def average(self) -> int: ...
    @property
    def burst(self) -> int: ...
    @property
    def counts_bytes(self) -> bool: ...
    @property
    def rate_match(self) -> bool: ...
    @property
    def interval(self) -> int: ...
    @property
    def expire(self) -> int: ...
    @property
    def sweep(self) -> int: ...


class DsthashEnt(Protocol):
    """What one address or port has used (struct dsthash_ent)."""

    def take(self, length: int, now: int) -> bool:
        """Whether one more packet is within the limit."""


@define
class PacketBucket:
    """Tokens in nanoseconds: a packet costs the time in which one may pass."""

    cost: int
    full: int
    tokens: int
    filled: int

    @classmethod
    def of(cls, limit: HashlimitCfg, now: int) -> PacketBucket:
        cost = limit.average * MICROSECOND
        full = full_bucket(limit.average, limit.burst)
        return cls(cost, full, full, now)

    def take(self, _length: int, now: int) -> bool:
        self.tokens = min(self.full, self.tokens + (now // JIFFY - self.filled // JIFFY) * JIFFY)
        self.filled = now
        if self.tokens < self.cost:
            return False
        self.tokens -= self.cost
        return True


@define
class ByteBucket:
    """Credits for chunks; what is more than `bursts` times a second's credits is not within (hashlimit_byte_cost)."""

    cost: int
    bursts: int
    credit: int
    filled: int

    @classmethod
    def of(cls, limit: HashlimitCfg, now: int) -> ByteBucket:
        return cls(limit.average * _MOST_BYTE_CREDITS >> 32, limit.burst, _MOST_BYTE_CREDITS, now)

    def take(self, length: int, now: int) -> bool:
        delta = now // JIFFY - self.filled // JIFFY
        self.credit = min(_MOST_BYTE_CREDITS, self.credit + _BYTE_CREDITS * delta)
        self.filled = now
        cost = min(_MOST_BYTE_CREDITS, ((length >> _CHUNK) + 1) * self.cost)
        if self.credit < cost and self.bursts:
            self.bursts -= 1
            self.credit = _MOST_BYTE_CREDITS
        if self.credit < cost:
            return False
        self.credit -= cost
        return True


@define
class RateMatch:
    """How much came in the interval before, and so far in this one (XT_HASHLIMIT_RATE_MATCH)."""

    limit: HashlimitCfg
    rate: int
    burst: int
    began: int
    current: int = 0
    exceeded: bool = False

    @classmethod
    def of(cls, limit: HashlimitCfg, now: int) -> RateMatch:
        if limit.counts_bytes:
            rate = bytes_of_cost(limit.average)
            return cls(limit, rate, max(1, limit.burst) * rate, now)
        rate = SCALE // limit.average if limit.average else 0
        return cls(limit, rate, limit.burst + rate, now)

    def take(self, length: int, now: int) -> bool:
        delta, interval = now // JIFFY - self.began // JIFFY, self.limit.interval * HZ
        if delta >= interval:
            self.exceeded = self.current * interval > delta * self.rate
            self.began, self.current = now, 0
        self.current += length if self.limit.counts_bytes else 1
        return not self.exceeded and self.current <= self.burst


NewDsthashEnt: TypeAlias = Callable[[HashlimitCfg, int], DsthashEnt]


def _kind_of(limit: HashlimitCfg) -> NewDsthashEnt:
    if limit.rate_match:
        return RateMatch.of
    return ByteBucket.of if limit.counts_bytes else PacketBucket.of


@define
class DsthashTable:
    """The entries of one name, with the limit of its first rule; unused ones are garbage-collected."""

    limit: HashlimitCfg
    began: int
    each: dict[tuple[int, ...], tuple[DsthashEnt, int]] = attrs.field(factory=dict)

    def take(self, key: tuple[int, ...], length: int, now: int) -> bool:
        found = self.each.get(key)
        if found is not None and now < self._swept(found[1]):
            entry, expires = found[0], now + self.limit.expire * MILLISECOND
        else:
            entry, expires = _kind_of(self.limit)(self.limit, now), now + self.limit.expire * MILLISECOND
        self.each[key] = entry, expires
        return entry.take(length, now)

    def _swept(self, expires: int) -> int:
        """When an entry that is not used until `expires` is garbage-collected."""
        sweep = self.limit.sweep * MILLISECOND
        return self.began - (self.began - expires) // sweep * sweep


def credits_of(period: int) -> int:
    """user2credits: millionths of a second as credits, in 64 bits."""
    return period * _CREDITS % _U64


def full_bucket(average: int, burst: int) -> int:
    """Nanoseconds of a full bucket of packets: what the kernel's integer holds of them."""
    period = average * burst
    if period * _CREDITS < _U64:
        return period * MICROSECOND
    return credits_of(period) * MICROSECOND // _CREDITS
