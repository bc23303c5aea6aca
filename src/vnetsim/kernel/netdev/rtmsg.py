"""Who hears of changes by rtnetlink (the multicast groups RTNLGRP_*), as the code that makes a change knows them.

`Netns.rtnl` is None as long as no program listens; kernel.rtnetlink.events implements RtnlListeners.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from vnetsim.observations import RoutingRule
    from vnetsim.observations.nexthop import NexthopEntry


class RtnlListeners(Protocol):
    """The listeners of one namespace."""

    def link(self, device: Any, *, event: str = "", alone: bool = False) -> None:
        """rtmsg_ifinfo(RTM_NEWLINK): `event` is IFLA_EVENT, `alone` a veth device without its other end."""

    def port(self, device: Any, *, deleted: bool = False) -> None:
        """br_ifinfo_notify: a port of a bridge."""

    def fdb(self, bridge: Any, entry: Any, *, deleted: bool = False) -> None:
        """fdb_notify: an entry of a bridge's forwarding database."""

    def link_gone(self, device: Any) -> LinkMessage:
        """rtmsg_ifinfo_build_skb(RTM_DELLINK): what is shown once the device is gone."""

    def address(self, device: Any, ifa: Any, *, deleted: bool = False) -> None:
        """rtmsg_ifa, inet6_ifa_notify."""

    def netconf(self, version: int, device: str, *, deleted: bool = False) -> None:
        """inet_netconf_notify_devconf, inet6_netconf_notify_devconf of a device that came or went."""

    def settings_changed(self) -> None:
        """A sysctl was written: the same for those that changed."""

    def nsid(self, other: Any, *, deleted: bool = False) -> None:
        """rtnl_net_notifyid."""

    def rule(self, rule: RoutingRule, *, deleted: bool = False) -> None:
        """notify_rule_change"""

    def attach_nexthops(self, nexthops: NexthopReporter) -> None:
        """There are nexthop objects now, which are reported (nexthop_notify)."""


class NexthopReporter(Protocol):
    """Who calls a listener for each nexthop that is new or deleted."""

    listener: Callable[[NexthopEntry, bool], None] | None


class LinkMessage(Protocol):
    """A message that waits until the device has gone."""

    def send(self, nsid: int | None = None, index: int = 0) -> None:
        """To the listeners; a device that moved has an index in a namespace with that id."""
