"""Creating, changing, moving and deleting devices (net/core/rtnetlink.c: rtnl_newlink, do_setlink; net/core/dev.c).

Not modelled: link groups as a unit (the program walks them), XDP, VFs.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.bridge.bridge import Bridge
from vnetsim.kernel.bridge.options import set_bridge_options, set_port_options
from vnetsim.kernel.bridge.port import br_port_get
from vnetsim.kernel.drivers.veth import Veth
from vnetsim.kernel.netdev.device import Device, unregister_netdevice
from vnetsim.kernel.rtnetlink.qdisc import shutdown
from vnetsim.operations import AddLink, DeleteLink, Peer, SetBridgePort, SetLink
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.operations import NetnsRef

_IFNAMSIZ: Final = 16
_MOST_QUEUES: Final = 4096

#: What makes a device of a kind: its arguments are its namespace, the request, and the namespace of the request.
Maker = Callable[["NetworkNamespace", AddLink, "NetworkNamespace"], Device]


def add_link(namespace: NetworkNamespace, request: AddLink) -> None:
    """RTM_NEWLINK with NLM_F_CREATE | NLM_F_EXCL, requested in `namespace`."""
    target = _target(namespace, request.netns) or namespace
    if request.kind in namespace.host.missing_modules or request.kind not in (*KINDS, *_ABSENT):
        raise KernelError(Errno.EOPNOTSUPP, "Unknown device type")
    if request.kind not in KINDS:
        raise NotModelled(f"devices of type {request.kind}")
    kind, make = _kind(request.kind)
    _check_request(namespace, target, request, kind)
    for queues in (request.queues, {} if request.peer is None else request.peer.queues):
        _check_queues(queues)
    device = make(target, request, namespace)
    device.queue_counts = dict(request.queues)
    try:
        _configure(target, device, request)
    except KernelError:
        unregister_netdevice(device)
        raise


def _check_request(namespace: NetworkNamespace, target: NetworkNamespace, request: AddLink, kind: type[Device]) -> None:
    if request.name is not None:
        _check_length(request.name)
        if target.find(request.name) is not None:
            raise KernelError(Errno.EEXIST)
        check_name(request.name)
    if request.index is not None and request.index in target.by_index:
        raise KernelError(Errno.EEXIST)
    if request.mac is not None:
        _check_mac(request.mac)
    if request.mtu is not None and request.kind != "veth":
        _check_mtu(request.mtu, kind.min_mtu, kind.max_mtu)
    if request.master is not None and namespace.find(request.master) is None:
        raise KernelError(Errno.ENODEV)


def _check_queues(queues: Mapping[str, int]) -> None:
    """rtnl_create_link"""
    for kind, name in (("num_tx_queues", "transmit"), ("num_rx_queues", "receive")):
        if not 1 <= queues.get(kind, 1) <= _MOST_QUEUES:
            raise KernelError(Errno.EINVAL, f"Invalid number of {name} queues")


def _configure(namespace: NetworkNamespace, device: Device, request: AddLink) -> None:
    if request.mtu is not None and not device.sets_own_mtu:
        set_mtu(device, request.mtu)
    if request.qlen is not None:
        device.qlen = request.qlen
    if request.group is not None:
        device.group = request.group
    if request.alias is not None:
        device.alias = request.alias
    if not request.up:
        namespace.tell_link(device)
    if request.master is not None:
        _set_master(namespace, device, request.master)
    if request.up:
        namespace.open(device)
    alloc_nsids(device)


def set_link(namespace: NetworkNamespace, request: SetLink) -> None:
    """do_setlink: the order of the changes is the kernel's."""
    device = namespace.device(request.device)
    if request.kind is not None and request.options:
        _set_options(device, request)
    if request.netns is not None:
        target = _target(namespace, request.netns)
        assert target is not None
        move(device, target, request.name, request.index)
        namespace = target
    if request.mac is not None:
        set_mac(device, request.mac)
    if request.mtu is not None:
        set_mtu(device, request.mtu)
    if request.group is not None:
        device.group = request.group
    if request.name is not None and request.name != device.name:
        rename(device, request.name)
    _set_plain(device, request)
    _set_flags(device, request)
    if request.master is not None:
        _set_master(namespace, device, request.master)
    if request.carrier is not None:
        device.change_carrier(request.carrier)
    if _is_notified(request):
        namespace.tell_link(device)


def _is_notified(request: SetLink) -> bool:
    """DO_SETLINK_NOTIFY: netdev_state_change at the end."""
    plain = (request.alias, request.qlen, request.group, request.addrgenmode, request.add_altname, request.broadcast)
    return bool(request.options) or request.delete_altname is not None or plain.count(None) < len(plain)


def rename(device: Device, name: str) -> None:
    """dev_change_name: `%d` picks the first free number."""
    check_name(name)
    namespace = device.namespace
    if "%d" in name:
        name = namespace.free_name(name)
    _check_length(name)
    namespace.rename(device, name)


def _set_plain(device: Device, request: SetLink) -> None:
    if request.alias is not None:
        device.alias = request.alias or None
    if request.broadcast is not None:
        device.broadcast = request.broadcast
    if request.qlen is not None:
        device.qlen = request.qlen
    if request.addrgenmode is not None:
        device.ip6.addr_gen_mode = request.addrgenmode
    if request.add_altname is not None:
        device.namespace.add_altname(device, request.add_altname)
    if request.delete_altname is not None:
        device.namespace.delete_altname(device, request.delete_altname)


def _set_flags(device: Device, request: SetLink) -> None:
    before = device.arp, device.multicast, device.allmulticast, device.promisc
    for flag in ("arp", "multicast", "allmulticast"):
        value = getattr(request, flag)
        if value is not None:
            setattr(device, flag, value)
    if request.promisc is not None and request.promisc != device.promisc:
        device.promisc = request.promisc
        device.promiscuity += 1 if request.promisc else -1
    if (device.arp, device.multicast, device.allmulticast, device.promisc) != before:
        device.namespace.tell_link(device)
    if request.up is True:
        device.namespace.open(device)
    elif request.up is False:
        device.namespace.close(device)


def delete_link(namespace: NetworkNamespace, request: DeleteLink) -> None:
    """RTM_DELLINK; only devices that were made with a kind can be deleted."""
    device = namespace.device(request.device)
    if device.kind is None:
        raise KernelError(Errno.EOPNOTSUPP)
    if not device.permanent:
        unregister_netdevice(device)


def move(device: Device, target: NetworkNamespace, name: str | None = None, index: int | None = None) -> None:
    """__dev_change_net_namespace: everything of the old namespace is lost; alternative names and a free index stay.

    KernelError(EBUSY) for an `index` that is taken there.
    """
    source = device.namespace
    if device.netns_immutable:
        raise KernelError(Errno.EINVAL, "The interface netns is immutable")
    if target is source:
        return
    _check_move(device, target, name, index)
    source.peernet2id_alloc(target)
    message = source.unlist(device)
    for upper in [upper for upper in device.uppers if not upper.survives_lower_move]:
        unregister_netdevice(upper)
    device.name = name or device.name
    shutdown(device)
    kept = None if device.index in target.by_index else device.index
    target.register(device, kept if index is None else index)
    if message is not None:
        message.send(source.nsids[target], device.index)
    target.tell_link(device)
    alloc_nsids(device)


def _check_move(device: Device, target: NetworkNamespace, name: str | None, index: int | None) -> None:
    if target.find(name or device.name) is not None:
        raise KernelError(Errno.EEXIST, "An interface with the same name exists in the target netns")
    for altname in device.altnames:
        if target.find(altname) is not None:
            raise KernelError(Errno.EEXIST, f"An interface with the altname {altname} exists in the target netns")
    if name is not None:
        _check_length(name)
        check_name(name)
    if index is not None and index in target.by_index:
        raise KernelError(Errno.EBUSY, f"The ifindex {index} is not available in the target netns")


def alloc_nsids(device: Device) -> None:
    """A link that crosses namespaces makes each side allocate an id for the other."""
    peer = device.peer
    if peer is None or peer.namespace is device.namespace:
        return
    device.namespace.peernet2id_alloc(peer.namespace)
    if peer.peer is device:
        peer.namespace.peernet2id_alloc(device.namespace)


def set_mac(device: Device, mac: Mac) -> None:
    _check_mac(mac)
    device.set_mac(mac)


def _check_mtu(mtu: int, low: int, high: int) -> None:
    if mtu < low:
        raise KernelError(Errno.EINVAL, "mtu less than device minimum")
    if high and mtu > high:
        raise KernelError(Errno.EINVAL, "mtu greater than device maximum")


def set_mtu(device: Device, mtu: int) -> None:
    _check_mtu(mtu, device.min_mtu, device.max_mtu)
    device.set_mtu(mtu)


def set_bridge_port(namespace: NetworkNamespace, request: SetBridgePort) -> None:
    """RTM_SETLINK of AF_BRIDGE: KernelError(EOPNOTSUPP) for a device that is no port."""
    device = namespace.device(request.device)
    port = br_port_get(device)
    if port is None:
        raise KernelError(Errno.EOPNOTSUPP)
    set_port_options(port, request.options)
    namespace.tell_port(port.device)


def _set_options(device: Device, request: SetLink) -> None:
    if request.kind is not None and request.kind.endswith("_slave"):
        _set_slave_options(device, request.kind.removesuffix("_slave"), request.options)
    elif isinstance(device, Bridge) and request.kind == "bridge":
        set_bridge_options(device, request.options)
    elif request.kind == device.kind:
        device.configure(request.options)
    else:
        raise KernelError(Errno.EOPNOTSUPP)


def _set_slave_options(device: Device, kind: str, options: Mapping[str, str | int]) -> None:
    """IFLA_INFO_SLAVE_DATA: KernelError(EOPNOTSUPP) for a device without a master.

    Linux takes options for a master of another kind by their numbers.
    """
    if device.master is None:
        raise KernelError(Errno.EOPNOTSUPP)
    if device.master.kind != kind:
        raise NotModelled(f"options of a {kind}_slave for a device whose master is a {device.master.kind}")
    if (port := br_port_get(device)) is not None:
        set_port_options(port, options)
        device.namespace.tell_port(device)
    else:
        device.master.configure_slave(device, options)


def _set_master(namespace: NetworkNamespace, device: Device, name: str) -> None:
    """do_set_master: it leaves the master that it has."""
    master = namespace.device(name) if name else None
    if device.master is not None:
        if master is device.master:
            return
        device.master.del_slave(device)
    if master is not None:
        master.add_slave(device)


def _target(namespace: NetworkNamespace, reference: NetnsRef | None) -> NetworkNamespace | None:
    return None if reference is None else namespace.host.namespace_of(reference)


def _check_length(name: str) -> None:
    if len(name) >= _IFNAMSIZ:
        raise KernelError(Errno.ERANGE, "Attribute failed policy validation")


def check_name(name: str) -> None:
    """dev_valid_name and dev_alloc_name: KernelError(EINVAL) for what cannot be a name, or has more than one `%d`."""
    bad = name in (".", "..", "all", "default") or "/" in name or ":" in name or name.split() != [name]
    if bad or ("%" in name and (name.count("%") > 1 or "%d" not in name)):
        raise KernelError(Errno.EINVAL)


def _check_mac(mac: Mac) -> None:
    """is_valid_ether_addr: neither a group address nor zero."""
    if not mac or mac.is_multicast:
        raise KernelError(Errno.EADDRNOTAVAIL)


def _make_veth(namespace: NetworkNamespace, request: AddLink, origin: NetworkNamespace) -> Device:
    """veth_newlink: the peer is registered first, in the namespace that it names, or else in the requesting one."""
    host = namespace.host
    peer = request.peer or Peer()
    for mtu in (request.mtu, peer.mtu):
        if mtu is not None and not Veth.min_mtu <= mtu <= Veth.max_mtu:
            raise KernelError(Errno.EINVAL)
    peer_namespace = origin if peer.netns is None else host.namespace_of(peer.netns)
    mac = request.mac or host.random_mac()
    peer_mac = peer.mac or host.random_mac()
    device, other = Veth.pair(("", mac), (_peer_name(peer_namespace, peer), peer_mac))
    peer_namespace.register(other)
    device.name = namespace.new_name(request.name, "veth%d")
    try:
        namespace.register(device, request.index)
    except KernelError:
        peer_namespace.unlist(other)
        raise
    if peer.mtu is not None:
        set_mtu(other, peer.mtu)
    if peer.qlen is not None:
        other.qlen = peer.qlen
    other.queue_counts = dict(peer.queues)
    if peer_namespace.rtnl is not None:
        peer_namespace.rtnl.link(other, alone=True)
    for end in (other, device):
        host.linkwatch.fire(end)
    alloc_nsids(other)
    return device


def _peer_name(namespace: NetworkNamespace, peer: Peer) -> str:
    """The requested name, or a free one: KernelError for an invalid name and one that is taken."""
    name = peer.name
    if name is None:
        return namespace.free_name("veth%d")
    _check_length(name)
    check_name(name)
    if "%d" in name:
        return namespace.free_name(name)
    if namespace.find(name) is not None:
        raise KernelError(Errno.EEXIST)
    return name


def _make_bridge(namespace: NetworkNamespace, request: AddLink, _origin: NetworkNamespace) -> Device:
    host = namespace.host
    name = namespace.new_name(request.name, "bridge%d")
    bridge = Bridge(name, request.mac or host.random_mac(), namespace.br_netfilter)
    namespace.register(bridge, request.index)
    bridge.created(mac_given=request.mac is not None)
    if request.options:
        set_bridge_options(bridge, request.options)
    return bridge


#: Modules of `drivers/` that have one kind of device each: a class with its `kind`, and with `make` (rtnl_link_ops).
_DRIVERS: Final = "dummy gre geneve gretap ifb ipip ipvlan macvlan macvtap sit tun vlan vrf vxlan"
_MODULES: Final = {**{name: name for name in _DRIVERS.split()}, "bond": "bonding.bond", "wireguard": "wireguard.device"}
_BUILT_IN: Final[dict[str, tuple[type[Device], Maker]]] = {"veth": (Veth, _make_veth), "bridge": (Bridge, _make_bridge)}
#: The kinds of devices that there are.
KINDS: Final = (*_BUILT_IN, *_MODULES)


@cache
def _kind(name: str) -> tuple[type[Device], Maker]:
    """A kind: what its devices are, and how they are made (request_module)."""
    if name in _BUILT_IN:
        return _BUILT_IN[name]
    known: dict[str, Any] = vars(importlib.import_module(f"vnetsim.kernel.drivers.{_MODULES[name]}"))
    device = next(each for each in known.values() if getattr(each, "kind", None) == name and hasattr(each, "make"))
    return device, device.make


#: Kinds that Linux has and vnetsim has not.
_ABSENT: Final = frozenset({
    "ipvtap", "team", "erspan", "ip6tnl", "ip6gretap", "vti", "vti6",
    "nlmon", "can", "vcan", "macsec", "hsr", "bareudp", "ip6gre",
})  # fmt: skip
