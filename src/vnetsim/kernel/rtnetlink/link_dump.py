"""What a dump of links shows (net/core/rtnetlink.c: rtnl_fill_ifinfo)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.bridge.options import bridge_details, port_details
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.observations import Link, Statistics

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace


def dump_links(namespace: NetworkNamespace) -> list[Link]:
    """All devices in the order of their indexes; links that cross namespaces give ids, as a dump does in Linux."""
    for device in namespace.devices():
        if device.link_namespace is not namespace:
            namespace.peernet2id_alloc(device.link_namespace)
    return [link_entry(namespace, device) for device in namespace.devices()]


def dump_link(namespace: NetworkNamespace, device: Device) -> Link:
    """One device."""
    prepare_dump(namespace, device)
    return link_entry(namespace, device)


def prepare_dump(namespace: NetworkNamespace, device: Device) -> None:
    """If its link crosses namespaces, the other one gets an id, and no other does."""
    if device.link_namespace is not namespace:
        namespace.peernet2id_alloc(device.link_namespace)


def link_entry(namespace: NetworkNamespace, device: Device) -> Link:
    peer, port = device.peer, br_port_get(device)
    below = device.link_namespace
    here = below is namespace
    # What has no device below, but something in another namespace, points at itself (nla_put_iflink).
    link = device if peer is None and not here and not device.shows_link else peer
    mac, broadcast = device.link_addresses
    return Link(
        index=device.index,
        name=device.name,
        kind=device.kind,
        flags=flags_of(device),
        lower_down=peer is not None and here and not peer.up,
        mtu=device.mtu,
        min_mtu=device.min_mtu,
        max_mtu=device.max_mtu,
        qdisc=device.qdisc,
        state=device.operstate if device.up else "DOWN",
        group=device.group,
        qlen=device.qlen,
        link_type=device.link_type,
        mac=mac,
        broadcast=broadcast,
        peer_index=(0 if device.shows_link else None) if link is None else link.index,
        peer_name=link.name if link is not None and here else None,
        peer_netnsid=None if here else namespace.nsids.get(below),
        peer_netns=None if here else namespace.host.name_of(below),
        master=None if device.master is None else device.master.name,
        alias=device.alias,
        altnames=tuple(device.altnames),
        promiscuity=device.promiscuity + device.is_promiscuous_for_filters,
        speed=device.speed,
        allmulti=device.allmulti_count + int(device.allmulticast),
        addrgenmode=device.ip6.addr_gen_mode,
        statistics=statistics(device),
        carrier_changes=device.carrier_changes,
        details={**(bridge_details(device) if isinstance(device, Bridge) else device.details()), **device.queue_counts},
        port=None if port is None else port_details(port),
        slave=None if device.master is None else device.master.slave_details(device),
    )


def flags_of(device: Device) -> tuple[str, ...]:
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
        ("MASTER", "MASTER" in base),
        ("SLAVE", device.is_slave),
        ("UP", device.up),
        ("LOWER_UP", device.running),
    )
    return tuple([name for name, is_set in has if is_set])


def statistics(device: Device) -> Statistics:
    return Statistics(**device.get_stats()._asdict())
