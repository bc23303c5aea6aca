"""Nexthop objects, which routes of both families share (net/ipv4/nexthop.c).

    nexthops = Nexthops(ipv4, ipv6, flush)             # tables and devices of a namespace, by family
    nexthops.add(AddNexthop) / nexthops.delete(id)     # KernelError as the kernel refuses
    nexthops.find(id) -> Nexthop | None                # for routes
    nexthops.dump() -> list[observations.NexthopEntry]
    nexthops.device_gone(index)                        # it is down, without carrier or deleted

Their hops are no hops of a route of its own: what becomes of a device reaches routes through them only.  Not modelled:
resilient groups, nexthops of forwarding databases, encapsulation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import HOST, LINK, LOOPBACK_INDEX, UNIVERSE, FibEntry, FibNexthop
from vnetsim.kernel.fib.semantics import checked_hop, checked_hop6
from vnetsim.observations.nexthop import NexthopEntry
from vnetsim.operations.nexthop import AddNexthop, GroupMember
from vnetsim.operations.route import Hop
from vnetsim.operations.verb import Verb
from vnetsim.values import define
from vnetsim.wire.inet import DEFAULT4

if TYPE_CHECKING:
    from vnetsim.kernel.fib.semantics import Devices
    from vnetsim.kernel.fib.tables import Fib

_NOT_IPV4: Final = "IPv6 routes can not use an IPv4 nexthop"


@define(eq=False)
class Nexthop:
    """struct nexthop: a hop (`hop` of lo for a blackhole), or a group with the weights of its `members`."""

    id: int
    version: int | None
    protocol: int
    hop: FibNexthop | None = None
    blackhole: bool = False
    members: tuple[tuple[Nexthop, int], ...] = ()

    @property
    def is_group(self) -> bool:
        return self.hop is None

    def hops(self) -> tuple[FibNexthop, ...]:
        """What a route by it has, each route its own."""
        if self.hop is not None:
            return (attrs.evolve(self.hop),)
        return tuple(attrs.evolve(member.hop, weight=weight) for member, weight in self.members if member.hop)

    @property
    def rejects(self) -> bool:
        """Whether routes by it are blackholes: it is one, or a group of one."""
        return self.blackhole or any(member.blackhole for member, _ in self.members)

    @property
    def has_ipv4(self) -> bool:
        return self.version == 4 or any(member.version == 4 for member, _ in self.members)

    def uses(self, other: Nexthop) -> bool:
        return self is other or any(member is other for member, _ in self.members)


class Nexthops:
    """All of a namespace; `flush` is called after a change that routes depend on."""

    def __init__(self, ipv4: tuple[Fib, Devices], ipv6: tuple[Fib, Devices], flush: Callable[[], None]) -> None:
        self._ipv4, self._ipv6, self._flush = ipv4, ipv6, flush
        self._known: dict[int, Nexthop] = {}
        self._last_id = 0
        #: The listener to nexthops that come and to those that are deleted (nexthop_notify).
        self.listener: Callable[[NexthopEntry, bool], None] | None = None

    def find(self, number: int) -> Nexthop | None:
        return self._known.get(number)

    # --- adding ---------------------------------------------------------------------------------------------------

    def add(self, request: AddNexthop) -> None:
        """rtm_new_nexthop."""
        made = self._group(request) if request.group is not None else self._single(request)
        if not request.id:
            if request.verb is Verb.REPLACE:
                raise KernelError(Errno.EINVAL, "Replace requires nexthop id")
            made.id = self._unused_id()
        known = self._known.get(made.id)
        if known is None:
            self._known[made.id] = made
        elif request.verb is not Verb.REPLACE:
            raise KernelError(Errno.EEXIST)
        else:
            self._check_replacement(known, made)
            known.version, known.protocol, known.members = made.version, made.protocol, made.members
            known.hop, known.blackhole = made.hop, made.blackhole
            self._update({known.id, *(group.id for group in self._groups_of(known))})
        self._tell(self._known[made.id])

    def _unused_id(self) -> int:
        """nh_find_unused_id."""
        while True:
            self._last_id += 1
            if self._last_id not in self._known:
                return self._last_id

    def _single(self, request: AddNexthop) -> Nexthop:
        """rtm_to_nh_config, nexthop_create."""
        if request.version is None:
            raise KernelError(Errno.EINVAL, "Invalid address family")
        if request.blackhole:
            return self._blackhole(request)
        if request.device is None:
            raise KernelError(Errno.EINVAL, "Device attribute required for non-blackhole and non-fdb nexthops")
        self._check_device(request.device)
        if request.onlink and request.via is None:
            raise KernelError(Errno.EINVAL, "ONLINK flag can not be set for nexthop without a gateway")
        wanted = Hop(via=request.via, device=request.device, onlink=request.onlink)
        if request.version == 6:
            hop = checked_hop6(*self._ipv6, wanted)
        else:
            hop = checked_hop(*self._ipv4, wanted, FibEntry(destination=DEFAULT4, scope=UNIVERSE), self._ipv6)
        return Nexthop(request.id, request.version, request.protocol, hop)

    def _check_device(self, name: str) -> None:
        devices = self._ipv4[1]
        index = devices.index_of(name)
        if index is None:
            raise KernelError(Errno.EINVAL, "Invalid device index")
        if not devices.is_up(index):
            raise KernelError(Errno.ENETDOWN, "Nexthop device is not up")
        if not devices.has_carrier(index):
            raise KernelError(Errno.ENETDOWN, "Carrier for nexthop device is down")

    def _blackhole(self, request: AddNexthop) -> Nexthop:
        if request.via is not None or request.device is not None:
            raise KernelError(Errno.EINVAL, "Blackhole attribute can not be used with gateway, oif, encap or fdb")
        if request.version == 4 and not self._ipv4[1].is_up(LOOPBACK_INDEX):
            raise KernelError(Errno.ENETDOWN, "Device for nexthop is not up")
        hop = FibNexthop(index=LOOPBACK_INDEX, scope=HOST)
        return Nexthop(request.id, request.version, request.protocol, hop, blackhole=True)

    def _group(self, request: AddNexthop) -> Nexthop:
        """nh_check_attr_group."""
        members = request.group or ()
        if request.version is not None:
            raise KernelError(Errno.EINVAL, "Invalid family for group")
        if len({member.id for member in members}) < len(members):
            raise KernelError(Errno.EINVAL, "Nexthop id can not be used twice in a group")
        found = tuple((self._member(member, len(members)), member.weight) for member in members)
        return Nexthop(request.id, None, request.protocol, members=found)

    def _member(self, member: GroupMember, size: int) -> Nexthop:
        """valid_group_nh."""
        found = self._known.get(member.id)
        if found is None:
            raise KernelError(Errno.EINVAL, "Invalid nexthop id")
        if found.is_group:
            raise KernelError(Errno.EINVAL, "Hash-threshold group can not be a nexthop within a group")
        if found.blackhole and size > 1:
            text = "Blackhole nexthop can not be used in a group with more than 1 path"
            raise KernelError(Errno.EINVAL, text)
        return found

    def _check_replacement(self, known: Nexthop, made: Nexthop) -> None:
        """replace_nexthop, replace_nexthop_single, fib6_check_nh_list."""
        if known.is_group != made.is_group:
            what = "nexthop group with a nexthop" if known.is_group else "nexthop with a nexthop group"
            raise KernelError(Errno.EINVAL, f"Can not replace a {what}")
        if made.blackhole and any(len(group.members) > 1 for group in self._groups_of(known)):
            text = "Blackhole nexthop can not be a member of a group with more than one path"
            raise KernelError(Errno.EINVAL, text)
        users = {known.id, *(group.id for group in self._groups_of(known))}
        if made.has_ipv4 and any(entry.nhid in users for entry in self._ipv6[0].entries()):
            raise KernelError(Errno.EINVAL, _NOT_IPV4)

    def _groups_of(self, member: Nexthop) -> list[Nexthop]:
        return [group for group in self._known.values() if group is not member and group.uses(member)]

    # --- routes ---------------------------------------------------------------------------------------------------

    def _entries(self, numbers: set[int]) -> Iterator[FibEntry]:
        for fib, _ in (self._ipv4, self._ipv6):
            yield from (entry for entry in fib.entries() if entry.nhid in numbers)

    def _update(self, numbers: set[int]) -> None:
        """Routes by these have other hops now."""
        for entry in self._entries(numbers):
            assert entry.nhid is not None
            lead(entry, self._known[entry.nhid])
        self._touch()

    def _touch(self) -> None:
        for fib, _ in (self._ipv4, self._ipv6):
            fib.touch()
        self._flush()

    # --- deleting -------------------------------------------------------------------------------------------------

    def delete(self, number: int) -> None:
        """rtm_del_nexthop."""
        found = self._known.get(number)
        if found is None:
            raise KernelError(Errno.ENOENT)
        self._remove(found, reported=True)

    def _tell(self, nexthop: Nexthop, *, deleted: bool = False) -> None:
        if self.listener is not None:
            self.listener(self._observe(nexthop), deleted)

    def _remove(self, nexthop: Nexthop, *, reported: bool) -> None:
        """remove_nexthop: with the routes by it; groups go on without it, or are gone as well without one left."""
        del self._known[nexthop.id]
        if reported:
            self._tell(nexthop, deleted=True)
        for fib, _ in (self._ipv4, self._ipv6):
            fib.nexthop_gone(nexthop.id)
        for group in self._groups_of(nexthop):
            kept = tuple(each for each in group.members if each[0] is not nexthop)
            if kept:
                group.members = kept
                self._update({group.id})
                if reported:
                    self._tell(group)
            else:
                self._remove(group, reported=reported)
        self._touch()

    def device_gone(self, index: int, *, deleted: bool) -> None:
        """nexthop_flush_dev: blackholes stay as long as lo is there."""
        for nexthop in list(self._known.values()):
            if nexthop.hop is not None and nexthop.hop.index == index and (deleted or not nexthop.blackhole):
                self._remove(nexthop, reported=False)

    # --- dumping --------------------------------------------------------------------------------------------------

    def dump(self) -> list[NexthopEntry]:
        return [self._observe(self._known[number]) for number in sorted(self._known)]

    def _observe(self, nexthop: Nexthop) -> NexthopEntry:
        hop, members = nexthop.hop, tuple(GroupMember(id=each.id, weight=weight) for each, weight in nexthop.members)
        if hop is None:
            return NexthopEntry(id=nexthop.id, protocol=nexthop.protocol, group=members)
        if nexthop.blackhole:
            return NexthopEntry(id=nexthop.id, version=nexthop.version, protocol=nexthop.protocol, blackhole=True)
        return NexthopEntry(
            id=nexthop.id, version=nexthop.version, protocol=nexthop.protocol, via=hop.via,
            device=self._ipv4[1].name_of(hop.index), scope=LINK if nexthop.version == 6 else hop.scope,
            flags=("onlink",) if hop.onlink else (),
        )  # fmt: skip


def lead(entry: FibEntry, nexthop: Nexthop) -> None:
    """The route has the hops of the nexthop, and its kind if that is a blackhole."""
    entry.nhid, entry.hops = nexthop.id, nexthop.hops()
    entry.kind = "blackhole" if nexthop.rejects else entry.asked_kind


def check_nexthop(nexthop: Nexthop | None, version: int, scope: int) -> Nexthop:
    """fib_check_nexthop, fib6_check_nexthop."""
    if nexthop is None:
        raise KernelError(Errno.EINVAL, "Nexthop id does not exist")
    if version == 6:
        if nexthop.has_ipv4:
            raise KernelError(Errno.EINVAL, _NOT_IPV4)
        return nexthop
    if scope == HOST and nexthop.is_group:
        raise KernelError(Errno.EINVAL, "Route with host scope can not have multiple nexthops")
    for hop in nexthop.hops():
        if scope == HOST and hop.via is not None:
            raise KernelError(Errno.EINVAL, "Route with host scope can not have a gateway")
        if hop.onlink and scope >= LINK:
            raise KernelError(Errno.EINVAL, "Scope mismatch with nexthop")
    return nexthop
