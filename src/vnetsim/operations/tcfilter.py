"""Filters of queueing disciplines and of a device's ingress and egress: `tc filter` (net/sched/cls_api.c, act_api.c).

What a filter matches is a value of U32Match, Flower, FwMark or MatchAll; what it does, a class and a list of actions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

import attrs

from vnetsim.operations.verb import Verb, command_line
from vnetsim.values import frozen

#: The protocol of a filter for all (ETH_P_ALL).
ALL_PROTOCOLS: Final = 3


@frozen
class U32Key:
    """Four bytes at `offset` behind the link-layer header, under a mask; `nexthdr`: behind the next header."""

    value: int
    mask: int
    offset: int
    nexthdr: bool = False


@frozen
class U32Match:
    keys: tuple[U32Key, ...]
    kind = "u32"


@frozen
class Flower:
    """The fields of a packet by their names in `tc`: numbers, and networks as (address, length)."""

    keys: Mapping[str, object] = attrs.field(factory=dict)
    kind = "flower"

    def mask(self) -> frozenset[tuple[str, object]]:
        """The fields, and how many bits of them (fl_flow_mask)."""
        return frozenset((name, value[1] if isinstance(value, tuple) else None) for name, value in self.keys.items())


@frozen
class FwMark:
    mark: int
    kind = "fw"


@frozen
class MatchAll:
    kind = "matchall"


Match: TypeAlias = U32Match | Flower | FwMark | MatchAll


@frozen(kw_only=True)
class Gact:
    """`verdict`: pass, drop, pipe, continue, reclassify."""

    verdict: str
    kind = "gact"


@frozen(kw_only=True)
class Mirred:
    """A copy of the packet, or itself, to a device: to be sent by it (egress), or as if received by it."""

    device: str
    redirect: bool
    ingress: bool = False
    kind = "mirred"

    @property
    def verdict(self) -> str:
        return "stolen" if self.redirect else "pipe"


@frozen(kw_only=True)
class Police:
    """Up to `rate` bytes a second and bursts of `burst` nanoseconds of it pass; `verdict` is for the others."""

    rate: int
    burst: int
    mtu: int
    verdict: str = "reclassify"
    conform: str = "pass"
    kind = "police"


@frozen(kw_only=True)
class Skbedit:
    """Of the mark, the bits of `mask` are changed: all, if it is None."""

    priority: int | None = None
    mark: int | None = None
    mask: int | None = None
    verdict: str = "pipe"
    kind = "skbedit"


@frozen(kw_only=True)
class VlanTag:
    """`what`: push, pop or modify; a priority of None stays as it is."""

    what: str
    vlan: int = 0
    protocol: int = 0x8100
    priority: int | None = None
    verdict: str = "pipe"
    kind = "vlan"


Action: TypeAlias = Gact | Mirred | Police | Skbedit | VlanTag


@frozen(kw_only=True)
class ChangeFilter:
    """`words` are its arguments as typed; `preference` and `handle` are 0 if the kernel chooses."""

    device: str
    words: str
    match: Match
    parent: int = 0
    protocol: int = ALL_PROTOCOLS
    preference: int = 0
    handle: int = 0
    classid: int = 0
    actions: tuple[Action, ...] = ()
    #: Whether `police` was given outside of the list of actions (u32).
    old_police: bool = False
    #: Whether anything followed the kind.
    has_options: bool = True
    verb: Verb = Verb.ADD

    def command(self) -> str:
        return command_line("tc filter", self.verb, self.words)


@frozen(kw_only=True)
class DeleteFilter:
    """Those of a parent: all, or those of a preference, a kind and a handle."""

    device: str
    words: str
    parent: int = 0
    protocol: int = 0
    preference: int = 0
    handle: int = 0
    kind: str = ""

    def command(self) -> str:
        return command_line("tc filter del", self.words)
