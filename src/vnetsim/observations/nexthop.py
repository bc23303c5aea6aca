"""Nexthop objects as the kernel dumps them."""

from __future__ import annotations

from vnetsim.operations.nexthop import GroupMember
from vnetsim.values import frozen
from vnetsim.wire.inet import Address


@frozen(kw_only=True)
class NexthopEntry:
    """A nexthop object; `version` is None for a group, whose members `group` are."""

    id: int
    version: int | None = None
    protocol: int = 0
    scope: int = 0
    via: Address | None = None
    device: str | None = None
    blackhole: bool = False
    group: tuple[GroupMember, ...] | None = None
    flags: tuple[str, ...] = ()
