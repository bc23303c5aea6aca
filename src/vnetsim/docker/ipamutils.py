"""The predefined address pools (libnetwork/ipamutils of moby)."""

from __future__ import annotations

from typing import Final

from vnetsim.wire.inet import Prefix

#: A pool and the length of the subnets that it is cut into.
NetworkToSplit = tuple[Prefix, int]
#: moby/libnetwork/ipamutils: local scope.
DEFAULT_POOLS: Final[tuple[NetworkToSplit, ...]] = (
    *((Prefix.parse(f"172.{second}.0.0/16"), 16) for second in range(17, 32)),
    (Prefix.parse("192.168.0.0/16"), 20),
)
