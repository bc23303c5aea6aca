"""Sockets that listen to groups of rtnetlink: what programs hear of changes (rtmsg_ifinfo, rtmsg_fib, ...).

Not modelled: messages of multicast entries of neighbour tables (NOARP), of groups and VLANs of bridges, of multicast
routing, prefixes and statistics; of listeners to all namespaces (NETLINK_LISTEN_ALL_NSID).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.kernel.fib.semantics import observe
from vnetsim.kernel.rtnetlink.fdb import observe_fdb
from vnetsim.kernel.rtnetlink.link_dump import dump_link, link_entry
from vnetsim.kernel.rtnetlink.neigh import neighbour_entry
from vnetsim.kernel.transport.sock import ReceiveQueue
from vnetsim.observations.monitor import Entry, Netconf, NetworkEvent, Nsid
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.kernel.bridge.bridge import Bridge
    from vnetsim.kernel.bridge.fdb import BridgeFdbEntry
    from vnetsim.kernel.bridge.port import BridgePort
    from vnetsim.kernel.fib.info import FibEntry
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.inetdevice import Ifa4, Ifa6
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.kernel.netdev.rtmsg import NexthopReporter
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.observations import Link, RoutingRule
    from vnetsim.observations.nexthop import NexthopEntry
    from vnetsim.protocols.neighbour_entry import Neighbour

#: The settings that are reported (NETCONFA_*), and how `ip` calls some of them; "" is multicast forwarding.
_NETCONF: Final = {
    4: ("forwarding", "rp_filter", "", "proxy_arp", "ignore_routes_with_linkdown"),
    6: ("forwarding", "", "proxy_ndp", "ignore_routes_with_linkdown"),
}
_NAMES: Final = {"proxy_arp": "proxy_neigh", "proxy_ndp": "proxy_neigh"}
#: Which only a routing daemon turns on, and there is none.
_NO_MULTICAST: Final = "mc_forwarding off"
#: In which order the devices of a family are reported: those between are the namespace's own.
_RANKS: Final = {4: {"all": 0, "default": 1}, 6: {"default": 0, "all": 3}}


def _shown(key: str, conf: Mapping[str, int]) -> str:
    if not key:
        return _NO_MULTICAST
    value = ("off", "strict", "loose")[conf[key]] if key == "rp_filter" else "on" if conf[key] else "off"
    return f"{_NAMES.get(key, key)} {value}"


class NetworkEvents:
    """One listening socket; closing the last one of a namespace ends the reports."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self._queue = ReceiveQueue(namespace.host.engine)
        self._namespace = namespace
        if namespace.rtnl is None:
            namespace.rtnl = RtnlGroups(namespace)
        self._listeners = namespace.rtnl
        assert isinstance(self._listeners, RtnlGroups)
        self._listeners.sockets += (self,)

    def tell(self, event: NetworkEvent) -> None:
        self._queue.put(event)

    def receive(self, timeout: int | None = None) -> Any:
        return self._queue.get(timeout)

    def close(self) -> None:
        listeners = self._listeners
        assert isinstance(listeners, RtnlGroups)
        listeners.sockets = tuple(known for known in listeners.sockets if known is not self)
        if not listeners.sockets:
            listeners.detach()


class RtnlGroups:
    """All of one namespace (RtnlListeners)."""

    def __init__(self, namespace: NetworkNamespace) -> None:
        self.sockets: tuple[NetworkEvents, ...] = ()
        self._namespace = namespace
        self._known = {version: self._settings(version) for version in (4, 6)}
        inet = namespace.inet
        inet.fib.listener = inet.fib6.listener = self._route
        namespace.arp.table.listener = namespace.ndisc.table.listener = self._neighbour
        if namespace.nexthops is not None:
            self.attach_nexthops(namespace.nexthops)

    def detach(self) -> None:
        namespace = self._namespace
        namespace.inet.fib.listener = namespace.inet.fib6.listener = None
        namespace.arp.table.listener = namespace.ndisc.table.listener = None
        if namespace.nexthops is not None:
            namespace.nexthops.listener = None
        namespace.rtnl = None

    def _now(self) -> int:
        return self._namespace.host.engine.now()

    def _tell(self, entry: Entry, *, deleted: bool = False) -> None:
        self.tell(NetworkEvent(at=self._now(), entry=entry, deleted=deleted))

    def tell(self, event: NetworkEvent) -> None:
        for socket in self.sockets:
            socket.tell(event)

    # --- RtnlListeners --------------------------------------------------------------------------------------------

    def link(self, device: Device, *, event: str = "", alone: bool = False) -> None:
        self.tell(NetworkEvent(at=self._now(), entry=self._observe(device, alone=alone), event=event))

    def port(self, device: Device, *, deleted: bool = False) -> None:
        entry = link_entry(self._namespace, device)
        entry = attrs.evolve(entry, port=None) if deleted else entry
        self.tell(NetworkEvent(at=self._now(), entry=entry, deleted=deleted, is_port=True))

    def fdb(self, bridge: Bridge, entry: BridgeFdbEntry[BridgePort], *, deleted: bool = False) -> None:
        self._tell(observe_fdb(bridge, entry), deleted=deleted)

    def link_gone(self, device: Device) -> _Gone:
        return _Gone(self, attrs.evolve(self._observe(device, alone=False), qdisc="noop"), self._now())

    def _observe(self, device: Device, *, alone: bool) -> Link:
        if alone or (device.dismantled and device.kind == "veth"):
            entry = link_entry(self._namespace, device)
            return attrs.evolve(entry, peer_index=0, peer_name=None, peer_netnsid=None, peer_netns=None)
        return dump_link(self._namespace, device)

    def address(self, device: Device, ifa: Ifa4 | Ifa6, *, deleted: bool = False) -> None:
        self._tell(ifa.entry(device, self._now()), deleted=deleted)

    def netconf(self, version: int, device: str, *, deleted: bool = False) -> None:
        settings = {} if deleted else self._settings(version)[device]
        self._known[version].pop(device, None)
        if not deleted:
            self._known[version][device] = settings
        values = tuple(settings.values())
        self._tell(Netconf(version=version, device=device, values=values), deleted=deleted)

    def _settings(self, version: int) -> dict[str, dict[str, str]]:
        sysctls = self._namespace.sysctls
        every = sysctls.conf4 if version == 4 else sysctls.conf6
        return {device: {key: _shown(key, conf) for key in _NETCONF[version]} for device, conf in every.items()}

    def settings_changed(self) -> None:
        """Of IPv4 those of `all` come first, of IPv6 last (inet_forward_change, addrconf_fixup_forwarding)."""
        for version, known in self._known.items():
            now = self._settings(version)
            for device in sorted(now, key=lambda name: _RANKS[version].get(name, 2)):
                before = known.get(device)
                changed = tuple(v for k, v in now[device].items() if before is not None and before[k] != v)
                if changed:
                    self._tell(Netconf(version=version, device=device, values=changed))
            self._known[version] = now

    def nsid(self, other: Netns, *, deleted: bool = False) -> None:
        namespace = self._namespace
        self._tell(Nsid(id=namespace.nsids[other], name=namespace.host.name_of(other)), deleted=deleted)

    # --- routes, neighbours, rules, nexthops ----------------------------------------------------------------------

    def _route(self, entry: FibEntry, deleted: bool) -> None:
        inet = self._namespace.inet
        devices = inet.devices if entry.destination.version == 4 else inet.devices6
        self._tell(observe(entry, devices, self._now()), deleted=deleted)

    def _neighbour(self, entry: Neighbour[Skb], deleted: bool) -> None:
        if entry.index in self._namespace.by_index:
            self._tell(neighbour_entry(self._namespace, entry), deleted=deleted)

    def rule(self, rule: RoutingRule, *, deleted: bool = False) -> None:
        self._tell(rule, deleted=deleted)

    def attach_nexthops(self, nexthops: NexthopReporter) -> None:
        """There are nexthop objects now."""
        nexthops.listener = self._nexthop

    def _nexthop(self, entry: NexthopEntry, deleted: bool) -> None:
        self._tell(entry, deleted=deleted)


@frozen
class _Gone:
    """A device that is about to go."""

    listeners: RtnlGroups
    entry: Link
    at: int

    def send(self, nsid: int | None = None, index: int = 0) -> None:
        self.listeners.tell(NetworkEvent(at=self.at, entry=self.entry, deleted=True, new_nsid=nsid, new_index=index))
