"""What all sets have in common (struct ip_set)."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from vnetsim.netfilter.ipset.elements import Element
from vnetsim.netfilter.ipset.entry import Extensions, SetEntry, SetLookup
from vnetsim.netfilter.ipset.refusals import IpsetRefusal
from vnetsim.netfilter.ipset.request import AddressGroup, ElementRequest
from vnetsim.netfilter.ipset.settypes import SetType
from vnetsim.netfilter.packet import PktInfo
from vnetsim.values import define, frozen


@frozen(kw_only=True)
class SetOptions:
    """The options of `create`; None is not given.  `range` is that of a bitmap, `timeout` in seconds."""

    family: int = 4
    hashsize: int | None = None
    maxelem: int = 65536
    bucketsize: int = 12
    initval: int = 0
    netmask: int | None = None
    markmask: int | None = None
    timeout: int | None = None
    counters: bool = False
    comment: bool = False
    skbinfo: bool = False
    forceadd: bool = False
    range: AddressGroup | tuple[int, int] | None = None
    size: int = 8

    @property
    def extensions(self) -> frozenset[str]:
        found = {name for name in ("counters", "comment", "skbinfo") if getattr(self, name)}
        return frozenset(found | ({"timeout"} if self.timeout is not None else set()))


@define(eq=False)
class IpSet:
    """A set of a namespace.  `now` is in nanoseconds; refusals are IpsetRefusal."""

    type: SetType
    options: SetOptions = attrs.field(kw_only=True)

    @property
    def version(self) -> int:
        return self.options.family

    def check(self, given: Extensions) -> None:
        """Refuse what the set was created without (ip_set_get_extensions)."""
        has = self.options.extensions
        if given.timeout is not None and "timeout" not in has:
            raise IpsetRefusal("TIMEOUT")
        if (given.packets is not None or given.bytes is not None) and "counters" not in has:
            raise IpsetRefusal("COUNTER")
        if given.comment is not None and "comment" not in has:
            raise IpsetRefusal("COMMENT")
        if (given.skbmark or given.skbprio or given.skbqueue is not None) and "skbinfo" not in has:
            raise IpsetRefusal("SKBINFO")

    @property
    def memory(self) -> int:
        """Bytes."""
        raise NotImplementedError

    def members(self, now: int, /) -> Iterator[tuple[Element, SetEntry]]:
        """In the order of `ipset list`."""
        raise NotImplementedError

    def flush(self) -> None:
        raise NotImplementedError

    def add(self, request: ElementRequest, given: Extensions, now: int, /, *, exist: bool) -> None:
        raise NotImplementedError

    def delete(self, request: ElementRequest, now: int, /, *, exist: bool) -> None:
        raise NotImplementedError

    def contains(self, request: ElementRequest, now: int, /, *, nomatch: bool = False) -> bool:
        raise NotImplementedError

    def matches(self, packet: PktInfo, lookup: SetLookup, now: int, /) -> bool:
        """Whether a packet is in it, which counts the packet."""
        raise NotImplementedError

    def entry_of(self, packet: PktInfo, sides: tuple[str, ...], now: int, /) -> SetEntry | None:
        raise NotImplementedError

    def add_packet(
        self, packet: PktInfo, sides: tuple[str, ...], given: Extensions, now: int, /, *, exist: bool
    ) -> bool:
        """Whether it was added."""
        raise NotImplementedError

    def delete_packet(self, packet: PktInfo, sides: tuple[str, ...], now: int, /) -> bool:
        raise NotImplementedError
