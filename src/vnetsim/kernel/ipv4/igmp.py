"""Groups of IPv4 and the reports of a member, version 3 (RFC 3376; net/ipv4/igmp.c).

Every device that is up is in all-hosts, which is not reported; a bridge with snooping is in all-snoopers as well.
A join or leave is reported twice, the first time at once.  What a socket of the kernel joins (`join_group`) stays
joined while the device is down; so does the group of an address that was added with autojoin.

Not modelled: queries and their answers, groups that programs join, sources.
"""

from __future__ import annotations

import random
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.clock import MILLISECOND, Timer
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.ipv4.devinet import LOWEST_MTU
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.wire.igmp import PROTOCOL, ROUTER_ALERT, TO_EXCLUDE, TO_INCLUDE, Igmp, IgmpGroupRecord
from vnetsim.wire.inet import ANY4, IPv4
from vnetsim.wire.ipv4 import Packet

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.ip import Ip4
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb

ALL_HOSTS: Final = IPv4.parse("224.0.0.1")
#: RFC 4286.
ALL_SNOOPERS: Final = IPv4.parse("224.0.0.106")
_ALL_ROUTERS: Final = IPv4.parse("224.0.0.22")
#: A report never leaves earlier than two ticks of the kernel's clock (igmp_ifc_start_timer).
_TWO_TICKS: Final = 8 * MILLISECOND
_TOS: Final = 0xC0
_NOT_JOINED: Final = "ipv4: Multicast auto join failed"


class Igmp4:
    """The groups of one namespace's devices, by their numbers, the newest one first."""

    def __init__(self, ip: Ip4) -> None:
        self.namespace = ip.namespace
        self._ip = ip
        self._joined: dict[int, list[IPv4]] = {}
        #: How many sockets joined a group (im->users).
        self._users: dict[tuple[int, IPv4], int] = {}
        #: What the socket for addresses with autojoin joined (net->ipv4.mc_autojoin_sk).
        self._autojoined: set[tuple[int, IPv4]] = set()
        #: Records that are still to be sent: their type, and how many times.
        self._changes: dict[int, dict[IPv4, tuple[int, int]]] = {}
        self._runs: dict[int, int] = {}
        self._timers: dict[int, Timer] = {}

    @cached_property
    def _random(self) -> random.Random:
        return random.Random(f"groups {self.namespace.host.seed} {self.namespace.number}")

    def receive(self, skb: Skb, _packet: Packet) -> None:
        """igmp_rcv: reports of other hosts need no answer, and there are no queries."""
        self.namespace.delivered(skb, "IGMP")

    netdev_events: ClassVar = (NetdevEvent.UP, NetdevEvent.DOWN, NetdevEvent.UNREGISTER)

    def netdev_event(self, event: NetdevEvent, device: Device, _before: Before) -> None:
        if event is NetdevEvent.UP and device.mtu >= LOWEST_MTU:
            self.device_up(device)
        elif event in (NetdevEvent.DOWN, NetdevEvent.UNREGISTER):
            self.device_down(device)
            if event is NetdevEvent.UNREGISTER:
                self._joined.pop(device.index, None)
                self._users = {key: users for key, users in self._users.items() if key[0] != device.index}

    def groups(self, device: Device) -> list[IPv4]:
        return list(self._joined.get(device.index, ()))

    def device_up(self, device: Device) -> None:
        """ip_mc_up, and br_multicast_join_snoopers before it."""
        if isinstance(device, Bridge) and device.extra.get("mcast_snooping", 1):
            self.join(device, ALL_SNOOPERS)
        for group in self._joined.get(device.index, ()):
            if (device.index, group) in self._users:
                self._group_changed(device, group, TO_EXCLUDE)
        self.join(device, ALL_HOSTS)

    def device_down(self, device: Device) -> None:
        """ip_mc_down: pending reports are cancelled."""
        timer = self._timers.pop(device.index, None)
        if timer is not None:
            timer.cancel()
        for table in (self._changes, self._runs):
            table.pop(device.index, None)
        kept = [group for group in self._joined.pop(device.index, []) if (device.index, group) in self._users]
        if kept:
            self._joined[device.index] = kept

    def join_group(self, device: Device, group: IPv4) -> None:
        """ip_mc_join_group: a socket joins."""
        self._users[device.index, group] = self._users.get((device.index, group), 0) + 1
        self.join(device, group)
        self.namespace.rt_cache_flush()

    def leave_group(self, device: Device, group: IPv4) -> None:
        """ip_mc_leave_group: the last socket that leaves takes the device out of the group."""
        users = self._users.pop((device.index, group), 0) - 1
        if users > 0:
            self._users[device.index, group] = users
        elif users == 0:
            self.leave(device, group)
            self.namespace.rt_cache_flush()

    def autojoin(self, device: Device, group: IPv4) -> None:
        """ip_mc_autojoin_config: KernelError for a group that the socket is in already."""
        if not group.is_multicast:
            raise KernelError(Errno.EINVAL, _NOT_JOINED)
        if (device.index, group) in self._autojoined:
            raise KernelError(Errno.EADDRINUSE, _NOT_JOINED)
        if len(self._autojoined) >= self.namespace.sysctls.number("net/ipv4/igmp_max_memberships"):
            raise KernelError(Errno.ENOBUFS, _NOT_JOINED)
        self._autojoined.add((device.index, group))
        self.join_group(device, group)

    def autoleave(self, device: Device, group: IPv4) -> None:
        if (device.index, group) in self._autojoined:
            self._autojoined.remove((device.index, group))
            self.leave_group(device, group)

    def join(self, device: Device, group: IPv4) -> None:
        joined = self._joined.setdefault(device.index, [])
        if group not in joined:
            joined.insert(0, group)
            if device.up:
                self._group_changed(device, group, TO_EXCLUDE)

    def leave(self, device: Device, group: IPv4) -> None:
        joined = self._joined.get(device.index, [])
        if group in joined:
            joined.remove(group)
            if device.up:
                self._group_changed(device, group, TO_INCLUDE)

    def _group_changed(self, device: Device, group: IPv4, kind: int) -> None:
        """igmp_group_added, igmp_group_dropped, igmp_ifc_event."""
        number = self.namespace.sysctls.number
        if group == ALL_HOSTS or (group >> 8 == 0xE00000 and not number("net/ipv4/igmp_link_local_mcast_reports")):
            return
        robustness = number("net/ipv4/igmp_qrv")
        self._changes.setdefault(device.index, {})[group] = (kind, robustness)
        self._runs[device.index] = robustness
        self._start(device, 0)

    def _start(self, device: Device, within: int) -> None:
        if (timer := self._timers.get(device.index)) is not None:
            timer.cancel()
        delay = _TWO_TICKS + (self._random.randrange(within) if within else 0)
        self._timers[device.index] = self.namespace.host.engine.after(delay, self._expired, device)

    def _expired(self, device: Device) -> None:
        """igmp_ifc_timer_expire"""
        self._report(device)
        if self._runs.get(device.index):
            self._runs[device.index] -= 1
            self._start(device, device.ip.conf["igmpv3_unsolicited_report_interval"] * MILLISECOND)

    def _report(self, device: Device) -> None:
        """igmpv3_send_cr"""
        changes = self._changes.get(device.index)
        if not changes or self.namespace.by_index.get(device.index) is not device:
            return
        records = tuple(IgmpGroupRecord(kind, group) for group, (kind, _) in changes.items())
        self._changes[device.index] = {group: (kind, left - 1) for group, (kind, left) in changes.items() if left > 1}
        ip = self._ip
        try:
            route = ip.routes.route_output(_ALL_ROUTERS, None, device)
        except KernelError:
            return
        own = route.source if any(ifa.local == route.source for ifa in device.ip.addresses) else ANY4
        packet = Packet.build(
            own, _ALL_ROUTERS, PROTOCOL, Igmp.report(records), ttl=1, tos=_TOS, dont_fragment=True,
            identification=0, options=ROUTER_ALERT,
        )  # fmt: skip
        ip.send(packet, route)
