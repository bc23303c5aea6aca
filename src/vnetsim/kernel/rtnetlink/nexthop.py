"""Requests about nexthop objects (net/ipv4/nexthop.c: rtm_new_nexthop, rtm_del_nexthop, nh_netdev_event)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.kernel.fib.nexthop import Nexthops
from vnetsim.kernel.netdev.notifier import Before, NetdevEvent
from vnetsim.observations.nexthop import NexthopEntry
from vnetsim.operations.nexthop import AddNexthop, DeleteNexthop

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace


class _Listener:
    """Nexthops go with their devices."""

    def __init__(self, nexthops: Nexthops) -> None:
        self._nexthops = nexthops

    def netdev_event(self, event: NetdevEvent, device: Device, _before: Before) -> None:
        lost = event is NetdevEvent.CHANGE and not device.carrier
        if lost or event in (NetdevEvent.DOWN, NetdevEvent.UNREGISTER):
            self._nexthops.device_gone(device.index, deleted=event is NetdevEvent.UNREGISTER)


def _nexthops(namespace: NetworkNamespace) -> Nexthops:
    if namespace.nexthops is None:
        inet = namespace.inet
        made = Nexthops((inet.fib, inet.devices), (inet.fib6, inet.devices6), namespace.rt_cache_flush)
        namespace.nexthops = made
        namespace.netdev_chain += (_Listener(made),)
        if namespace.rtnl is not None:
            namespace.rtnl.attach_nexthops(made)
    return namespace.nexthops


def add_nexthop(namespace: NetworkNamespace, request: AddNexthop) -> None:
    _nexthops(namespace).add(request)


def delete_nexthop(namespace: NetworkNamespace, request: DeleteNexthop) -> None:
    _nexthops(namespace).delete(request.id)


def dump_nexthops(namespace: NetworkNamespace) -> list[NexthopEntry]:
    return [] if namespace.nexthops is None else namespace.nexthops.dump()
