"""The multicast database of a bridge: who listens to which group (net/bridge/br_mdb.c, br_multicast.c).

A bridge learns from reports of IGMP and MLD, for 260 seconds, and people add entries.  Without a querier Linux floods
groups of IP to every port all the same; only a group of the link layer holds frames back, those that carry no IP.
Not modelled: queriers (mcast_querier), versions with sources (mcast_igmp_version 3, mcast_mld_version 2), limits.
"""

from __future__ import annotations

from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

from vnetsim.clock import SECOND
from vnetsim.wire import icmpv6, igmp, ipv4, ipv6
from vnetsim.wire.ethernet import IPV4, IPV6, Frame
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.igmp import Igmp
from vnetsim.wire.inet import Address, IPv4, IPv6
from vnetsim.wire.mac import Mac

#: A port of the bridge.
PortT = TypeVar("PortT")
Group: TypeAlias = IPv4 | IPv6 | Mac
#: multicast_membership_interval, and how long who leaves still counts (last_member_count * last_member_interval).
MEMBERSHIP: Final = 260 * SECOND
_LEAVING: Final = 2 * SECOND
_LOCAL: Final = 0xE00000
_ALL_NODES: Final = IPv6.parse("ff02::1")


class MdbKey(NamedTuple):
    """What an entry is about: a group in a VLAN (0: without filtering), from one `source` or from all."""

    group: Group
    vlan: int = 0
    source: Address | None = None


class MdbMember(Generic[PortT]):
    """A port that listens, or the bridge itself; `until` is None for a permanent one."""

    __slots__ = ("key", "port", "static", "until")

    def __init__(self, key: MdbKey, port: PortT | None, until: int | None, *, static: bool) -> None:
        self.key = key
        self.port = port
        self.until = until
        self.static = static


class Mdb(Generic[PortT]):
    """The members of a bridge's groups: the newest group first, its newest member first."""

    def __init__(self) -> None:
        self._groups: dict[MdbKey, list[MdbMember[PortT]]] = {}
        #: Whether there are groups of the link layer.
        self._holds_back = False

    # --- members ----------------------------------------------------------------------------------------------------

    def members(self, now: int) -> list[MdbMember[PortT]]:
        """All of them, as they are dumped."""
        self._expire(now)
        return [member for members in reversed(self._groups.values()) for member in members]

    def find(self, key: MdbKey, port: PortT | None, now: int) -> MdbMember[PortT] | None:
        known = next((member for member in self._groups.get(key, ()) if member.port is port), None)
        if known is not None and known.until is not None and known.until <= now:
            self.delete(known)
            return None
        return known

    def add(self, key: MdbKey, port: PortT | None, now: int, *, permanent: bool, static: bool) -> None:
        member = MdbMember(key, port, None if permanent else now + MEMBERSHIP, static=static)
        self._groups.setdefault(key, []).insert(0, member)
        self._changed()

    def delete(self, member: MdbMember[PortT]) -> None:
        self._groups[member.key].remove(member)
        if not self._groups[member.key]:
            del self._groups[member.key]
        self._changed()

    def port_gone(self, port: PortT, now: int, *, everything: bool) -> None:
        """br_multicast_del_port; br_multicast_disable_port leaves permanent entries there."""
        for member in self.members(now):
            if member.port is port and (everything or member.until is not None):
                self.delete(member)

    def _expire(self, now: int) -> None:
        if not self._groups:
            return
        for key, members in list(self._groups.items()):
            left = [member for member in members if member.until is None or member.until > now]
            if len(left) == len(members):
                continue
            if left:
                self._groups[key] = left
            else:
                del self._groups[key]

    def _changed(self) -> None:
        self._holds_back = any(isinstance(key.group, Mac) for key in self._groups)

    # --- frames -----------------------------------------------------------------------------------------------------

    def snoop(self, frame: Frame, port: PortT | None, vlan: int, now: int) -> None:
        """br_multicast_rcv: learn from a report that came in by a port, or from the bridge itself."""
        packet = frame.payload
        if isinstance(packet, ipv4.Packet) and isinstance(packet.payload, Igmp):
            self._learn_igmp(packet.payload, port, vlan, now)
        elif isinstance(packet, ipv6.Packet) and isinstance(packet.payload, Icmpv6):
            for record in packet.payload.records():
                leaves = record.type in (icmpv6.TO_INCLUDE, icmpv6.IS_INCLUDE) and not record.sources
                self._report(record.group, port, vlan, now, leaves=leaves)

    def _learn_igmp(self, message: Igmp, port: PortT | None, vlan: int, now: int) -> None:
        if message.type in (igmp.V1_REPORT, igmp.V2_REPORT, igmp.LEAVE):
            self._report(message.group, port, vlan, now, leaves=message.type == igmp.LEAVE)
        for record in message.records:
            leaves = record.type in (igmp.TO_INCLUDE, igmp.IS_INCLUDE) and not record.sources
            self._report(record.group, port, vlan, now, leaves=leaves)

    def _report(self, group: IPv4 | IPv6, port: PortT | None, vlan: int, now: int, *, leaves: bool) -> None:
        """br_multicast_add_group, br_multicast_leave_group: not for groups that every host is in."""
        if group >> 8 == _LOCAL if isinstance(group, IPv4) else group == _ALL_NODES:
            return
        key = MdbKey(group, vlan)
        member = self.find(key, port, now)
        if leaves:
            if member is not None and member.until is not None:
                member.until = min(member.until, now + _LEAVING)
        elif member is None:
            self.add(key, port, now, permanent=False, static=False)
        elif member.until is not None:
            member.until = now + MEMBERSHIP

    def holds_back(self, frame: Frame, vlan: int) -> list[PortT | None] | None:
        """Who alone gets a frame for a group of the link layer; None if it is flooded (br_multicast_querier_exists)."""
        if not self._holds_back or frame.ethertype in (IPV4, IPV6):
            return None
        members = self._groups.get(MdbKey(frame.destination, vlan))
        return None if members is None else [member.port for member in members]
