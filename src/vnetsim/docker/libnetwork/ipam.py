"""Allocation of subnets and addresses (libnetwork/ipams/defaultipam of moby 28.5).

Both are always the lowest that is free.  Networks are taken from the predefined pools in ascending order, leaving
out what overlaps another network or what the caller avoids; an explicit subnet is refused only if it overlaps
another network, and not even then with an address range of its own (the driver checks afterwards).

Not modelled: other IPAM drivers, the global address space of Swarm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Final

import attrs

from vnetsim.docker.ipamutils import NetworkToSplit
from vnetsim.errors import EngineError, NotModelled
from vnetsim.values import define, frozen
from vnetsim.wire.inet import Address, Prefix

OVERLAP: Final = "Pool overlaps with other one on this address space"
NO_MORE: Final = "all predefined address pools have been fully subnetted"
IN_USE: Final = "Address already in use"
OUT_OF_RANGE: Final = "requested address is out of range"


class NoAddressError(EngineError):
    """Every address of the pool is taken."""

    def __init__(self) -> None:
        super().__init__(503, "no available addresses on this pool")


@define
class Pool:
    """A subnet in use and its addresses in use; `children` are the ranges that networks were given inside of it."""

    prefix: Prefix
    taken: set[Address] = attrs.field(factory=set)
    children: set[Prefix] = attrs.field(factory=set)
    whole: bool = False  #: allocated to one network as a whole

    @classmethod
    def of(cls, prefix: Prefix) -> Pool:
        """IPv4 reserves network and broadcast address from /30 up, IPv6 the subnet-router address always."""
        host_bits = prefix.address.bits - prefix.length
        if prefix.version == 6:
            return cls(prefix, {prefix.first})
        return cls(prefix, {prefix.first, prefix.last} if host_bits > 1 else set())

    def take(self, preferred: Address | None, within: Prefix) -> Address:
        """`preferred`, or the lowest free address of `within`; EngineError or NoAddressError."""
        if preferred is not None:
            if preferred not in self.prefix:
                raise EngineError(400, OUT_OF_RANGE)
            if preferred in self.taken:
                raise EngineError(403, IN_USE)
            self.taken.add(preferred)
            return preferred
        kind, last = type(within.first), int(within.last)
        candidate = int(within.first)
        while candidate <= last:
            if (address := kind(candidate)) not in self.taken:
                self.taken.add(address)
                return address
            candidate += 1
        raise NoAddressError


@frozen
class Lease:
    """A network's allocation from a pool: its addresses come from `within`."""

    pool: Pool
    within: Prefix

    @property
    def prefix(self) -> Prefix:
        return self.pool.prefix

    def take(self, preferred: Address | None = None) -> Address:
        return self.pool.take(preferred, self.within)

    def release(self, address: Address) -> None:
        self.pool.taken.discard(address)


class AddressSpace:
    """All pools of one address family."""

    def __init__(self, predefined: Iterable[NetworkToSplit]) -> None:
        self._predefined = _without_overlaps(predefined)
        self._pools: dict[Prefix, Pool] = {}

    def request(self, subnet: Prefix, within: Prefix | None) -> Lease:
        """An explicit subnet, with or without a range."""
        pool = self._pools.get(subnet)
        alone = within is None or (pool is not None and within in pool.children)
        if alone and any(used.overlaps(subnet) for used in self._pools):
            raise EngineError(403, f"invalid pool request: {OVERLAP}")
        pool = self._pools.setdefault(subnet, pool or Pool.of(subnet))
        if within is None:
            pool.whole = True
            return Lease(pool, subnet)
        pool.children.add(within)
        return Lease(pool, within)

    def request_any(self, avoid: Iterable[Prefix]) -> Lease:
        """The lowest subnet of the predefined pools that meets no pool in use and nothing to `avoid`."""
        blocked = (*self._pools, *avoid)
        for base, length in self._predefined:
            subnet = _lowest_free(base, length, blocked)
            if subnet is not None:
                pool = self._pools[subnet] = Pool.of(subnet)
                pool.whole = True
                return Lease(pool, subnet)
        raise EngineError(400, NO_MORE)

    def release(self, lease: Lease) -> None:
        pool = lease.pool
        if lease.within in pool.children:
            pool.children.discard(lease.within)
        else:
            pool.whole = False
        if not pool.children and not pool.whole:
            self._pools.pop(pool.prefix, None)


def _without_overlaps(predefined: Iterable[NetworkToSplit]) -> list[NetworkToSplit]:
    kept: list[NetworkToSplit] = []
    for base, length in sorted(predefined, key=lambda cut: (int(cut[0].address), cut[0].length)):
        if not kept or not kept[-1][0].overlaps(base):
            kept.append((base, length))
    return kept


def _lowest_free(base: Prefix, length: int, blocked: Iterable[Prefix]) -> Prefix | None:
    """The first subnet of `length` in `base` that overlaps none of `blocked`, jumping over what is blocked.

    NotModelled for subnets that are longer than an address, which the engine takes from its file and cuts somehow.
    """
    if length > base.address.bits:
        raise NotModelled(f"an address pool that is cut into subnets of /{length}")
    ahead = deque(sorted((int(prefix.first), int(prefix.last)) for prefix in blocked if prefix.overlaps(base)))
    size = 1 << base.address.bits - length
    start, blocked_to = int(base.first), -1
    while start <= int(base.last):
        while ahead and ahead[0][0] < start + size:
            blocked_to = max(blocked_to, ahead.popleft()[1])
        if blocked_to < start:
            return Prefix(type(base.address)(start), length)
        start = max(start, blocked_to // size * size) + size
    return None
