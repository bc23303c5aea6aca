"""The IPv4, IPv6 and netfilter state of a namespace (include/net/netns/ipv4.h, ipv6.h), as the floors above know it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.kernel.netdev.net_namespace import Netns

if TYPE_CHECKING:
    from vnetsim.kernel.ipv4.arp import Arp4
    from vnetsim.kernel.ipv4.devinet import InetDevices
    from vnetsim.kernel.ipv4.icmp import Icmp4
    from vnetsim.kernel.ipv4.igmp import Igmp4
    from vnetsim.kernel.ipv4.ip import Ip4
    from vnetsim.kernel.ipv6.addrconf import Addrconf
    from vnetsim.kernel.ipv6.icmp import Icmp6
    from vnetsim.kernel.ipv6.ip6 import Ip6
    from vnetsim.kernel.ipv6.mcast import Mcast6
    from vnetsim.kernel.ipv6.mld import Mld6
    from vnetsim.kernel.ipv6.ndisc import Ndisc
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netfilter.netfilter import Netfilter


class InetNetns(Netns):
    """kernel.netns sets these."""

    netfilter: Netfilter
    inet: InetDevices
    ip: Ip4
    arp: Arp4
    icmp: Icmp4
    igmp: Igmp4
    ip6: Ip6
    ndisc: Ndisc
    icmp6: Icmp6
    mcast6: Mcast6
    mld: Mld6
    addrconf: Addrconf


def inet_net(device: Device) -> InetNetns:
    """dev_net: the namespace that a device is in now."""
    namespace = device.namespace
    assert isinstance(namespace, InetNetns)
    return namespace
