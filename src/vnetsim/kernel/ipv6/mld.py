"""Groups of IPv6 that sockets of the kernel join, with the reports of a listener (RFC 3810; net/ipv6/mcast.c).

A join or leave is reported twice, the first time at once.  Groups that follow from addresses are reported by
kernel.ipv6.addrconf.  Not modelled: queries and their answers, groups that programs join, sources.
"""

from __future__ import annotations

import random
from functools import cached_property
from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.ipv6.ndisc import link_local_of
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.wire.icmpv6 import PROTOCOL, ROUTER_ALERT, TO_EXCLUDE, TO_INCLUDE, Icmpv6, MldGroupRecord
from vnetsim.wire.inet import ANY6, IPv6
from vnetsim.wire.ipv6 import Packet

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.ip6 import Ip6
    from vnetsim.kernel.ipv6.mcast import Mcast6
    from vnetsim.kernel.netdev.device import Device

_ALL_MLDV2_ROUTERS: Final = IPv6.parse("ff02::16")
#: A report never leaves earlier than two ticks of the kernel's clock (mld_ifc_start_work).
_TWO_TICKS: Final = 8 * MILLISECOND
#: The robustness variable (net.ipv6.mld_qrv).
_REPORTS: Final = 2
_NOT_JOINED: Final = "ipv6: Multicast auto join failed"


class Mld6:
    """The joins of one namespace's sockets."""

    def __init__(self, ip6: Ip6, mcast: Mcast6) -> None:
        self.namespace = ip6.namespace
        self._ip6 = ip6
        self._mcast = mcast
        #: How many sockets joined a group (ma->mca_users).
        self._users: dict[tuple[int, IPv6], int] = {}
        #: What the socket for addresses with autojoin joined (net->ipv6.mc_autojoin_sk).
        self._autojoined: set[tuple[int, IPv6]] = set()

    @cached_property
    def _random(self) -> random.Random:
        return random.Random(f"listeners {self.namespace.host.seed} {self.namespace.number}")

    def netdev_event(self, event: NetdevEvent, device: Device, _before: Before) -> None:
        """ipv6_mc_up, ipv6_mc_destroy_dev"""
        groups = self._mcast.joined.get(device.index, ())
        if event is NetdevEvent.UP:
            for group in groups:
                self._report(device, group, TO_EXCLUDE, 0)
        elif event is NetdevEvent.UNREGISTER and groups:
            del self._mcast.joined[device.index]
            self._users = {key: users for key, users in self._users.items() if key[0] != device.index}

    def join_group(self, device: Device, group: IPv6) -> None:
        """ipv6_sock_mc_join: a socket joins."""
        users = self._users[device.index, group] = self._users.get((device.index, group), 0) + 1
        if users == 1:
            self._mcast.joined[device.index] = (*self._mcast.joined.get(device.index, ()), group)
            self._changed(device, group, TO_EXCLUDE)

    def leave_group(self, device: Device, group: IPv6) -> None:
        """ipv6_sock_mc_drop: the last socket that leaves takes the device out of the group."""
        users = self._users.pop((device.index, group), 0) - 1
        if users > 0:
            self._users[device.index, group] = users
        elif users == 0:
            left = tuple(known for known in self._mcast.joined[device.index] if known != group)
            self._mcast.joined[device.index] = left
            self._changed(device, group, TO_INCLUDE)

    def autojoin(self, device: Device, group: IPv6) -> None:
        """ipv6_mc_config: KernelError for a group that the socket is in already."""
        if not group.is_multicast:
            raise KernelError(Errno.EINVAL, _NOT_JOINED)
        if (device.index, group) in self._autojoined:
            raise KernelError(Errno.EADDRINUSE, _NOT_JOINED)
        self._autojoined.add((device.index, group))
        self.join_group(device, group)

    def autoleave(self, device: Device, group: IPv6) -> None:
        if (device.index, group) in self._autojoined:
            self._autojoined.remove((device.index, group))
            self.leave_group(device, group)

    def _changed(self, device: Device, group: IPv6, kind: int) -> None:
        self.namespace.rt_cache_flush()
        if device.up:
            self._report(device, group, kind, 0)

    def _report(self, device: Device, group: IPv6, kind: int, sent: int) -> None:
        """mld_ifc_event: report a change now, and once more within a second."""
        within = device.ip6.conf["mldv2_unsolicited_report_interval"] * MILLISECOND if sent else 0
        delay = _TWO_TICKS + (self._random.randrange(within) if within else 0)
        self.namespace.host.engine.after(delay, self._send, device, group, kind, sent)

    def _send(self, device: Device, group: IPv6, kind: int, sent: int) -> None:
        """mld_send_cr: unless the opposite is true by now."""
        joined = group in self._mcast.joined.get(device.index, ())
        if not device.running or joined != (kind == TO_EXCLUDE) or device.ip6.conf["disable_ipv6"]:
            return
        packet = Packet.build(
            link_local_of(device) or ANY6, _ALL_MLDV2_ROUTERS, PROTOCOL,
            Icmpv6.listener_report((MldGroupRecord(kind, group),)), hop_limit=1, hop_by_hop=ROUTER_ALERT,
        )  # fmt: skip
        self._ip6.send_by(device, packet)
        if sent + 1 < _REPORTS:
            self._report(device, group, kind, sent + 1)
