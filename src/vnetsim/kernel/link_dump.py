"""What a dump of links shows (net/core/rtnetlink.c: rtnl_fill_ifinfo)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.kernel.devices.bridge_options import port_details
from vnetsim.observations import Link, Statistics

if TYPE_CHECKING:
    from vnetsim.kernel.devices.device import Device
    from vnetsim.kernel.namespace import NetworkNamespace


def dump_links(namespace: NetworkNamespace) -> list[Link]:
    """All devices in the order of their indexes; links that cross namespaces give ids, as a dump does in Linux."""
    for device in namespace.devices():
        if device.peer is not None and device.peer.namespace is not namespace:
            namespace.host.nsid(namespace, device.peer.namespace)
    return [_link(namespace, device) for device in namespace.devices()]


def _link(namespace: NetworkNamespace, device: Device) -> Link:
    peer = device.peer
    here = peer is not None and peer.namespace is namespace
    nsid = None if peer is None or here else namespace.nsids.get(peer.namespace)
    return Link(
        index=device.index,
        name=device.name,
        kind=device.kind,
        flags=_flags(device),
        lower_down=peer is not None and here and not peer.up,
        mtu=device.mtu,
        min_mtu=device.min_mtu,
        max_mtu=device.max_mtu,
        qdisc=device.qdisc,
        state=device.operstate if device.up else "DOWN",
        group=device.group,
        qlen=device.qlen,
        link_type=device.link_type,
        mac=None if device.link_type == "none" else device.mac,
        broadcast=None if device.link_type == "none" else device.broadcast,
        peer_index=None if peer is None else peer.index,
        peer_name=peer.name if peer is not None and here else None,
        peer_netnsid=nsid,
        peer_netns=None if peer is None or here else namespace.host.name_of(peer.namespace),
        master=None if device.master is None else device.master.name,
        alias=device.alias,
        altnames=tuple(device.altnames),
        promiscuity=device.promiscuity,
        allmulti=device.allmulti_count + int(device.allmulticast),
        addrgenmode=device.addrgenmode,
        statistics=_statistics(device),
        carrier_changes=device.carrier_changes,
        details=device.details(),
        port=None if device.port is None else port_details(device.port),
    )


def _flags(device: Device) -> tuple[str, ...]:
    """In the order in which iproute2 prints them."""
    base = device.flags_base
    has = (
        ("LOOPBACK", "LOOPBACK" in base),
        ("BROADCAST", "BROADCAST" in base),
        ("POINTOPOINT", "POINTOPOINT" in base),
        ("MULTICAST", "MULTICAST" in base and device.multicast),
        ("NOARP", "NOARP" in base or not device.arp),
        ("ALLMULTI", device.allmulticast),
        ("PROMISC", device.promisc),
        ("UP", device.up),
        ("LOWER_UP", device.running),
    )
    return tuple(word for word, there in has if there)


def _statistics(device: Device) -> Statistics:
    return Statistics(
        rx_bytes=device.rx_bytes, rx_packets=device.rx_packets, rx_dropped=device.rx_dropped,
        multicast=device.rx_multicast, tx_bytes=device.tx_bytes, tx_packets=device.tx_packets,
        tx_dropped=device.tx_dropped, tx_carrier=device.tx_carrier,
    )  # fmt: skip
