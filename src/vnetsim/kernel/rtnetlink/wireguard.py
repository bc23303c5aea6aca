"""Generic netlink of WireGuard: WG_CMD_SET_DEVICE and WG_CMD_GET_DEVICE (drivers/net/wireguard/netlink.c)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.drivers.wireguard.device import WireguardDevice
from vnetsim.kernel.drivers.wireguard.peer import WgPeer
from vnetsim.kernel.drivers.wireguard.socket import WgEndpoint
from vnetsim.observations import WireguardConfig, WireguardPeer
from vnetsim.protocols.wireguard.noise import NO_KEY, StaticIdentity

if TYPE_CHECKING:
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.operations.wireguard import SetWireguard, SetWireguardPeer


def _find(namespace: NetworkNamespace, name: str) -> WireguardDevice:
    device = namespace.device(name)
    if not isinstance(device, WireguardDevice):
        raise KernelError(Errno.EOPNOTSUPP)
    return device


def set_wireguard(namespace: NetworkNamespace, request: SetWireguard) -> None:
    """wg_set_device: the order of the changes is the kernel's."""
    device = _find(namespace, request.device)
    if request.fwmark is not None:
        device.fwmark = request.fwmark
    if request.listen_port is not None:
        _set_port(device, request.listen_port)
    if request.replace_peers:
        for peer in list(device.peers.values()):
            device.remove_peer(peer)
    if request.private_key is not None:
        _set_private_key(device, request.private_key)
    for change in request.peers:
        _set_peer(device, change)


def _set_port(device: WireguardDevice, port: int) -> None:
    if device.listen_port == port:
        return
    for peer in device.peers.values():
        peer.clear_endpoint_source()
    if device.up:
        device.listen(port)
    else:
        device.listen_port = port


def _set_private_key(device: WireguardDevice, key: bytes) -> None:
    """A peer with the public key of the device itself is removed, and sessions end."""
    if key == device.identity.private:
        return
    identity = StaticIdentity.of(key)
    same = device.peers.get(identity.public) if identity else None
    if same is not None:
        device.remove_peer(same)
    device.identity = identity
    for peer in device.peers.values():
        peer.handshake.set_identity(identity)
        peer.expire_sessions()


def _set_peer(device: WireguardDevice, change: SetWireguardPeer) -> None:
    """set_peer: what names the device itself is ignored."""
    peer = device.peers.get(change.public_key)
    if peer is None:
        if change.remove or (device.identity and device.identity.public == change.public_key):
            return
        peer = device.peers[change.public_key] = WgPeer(device, change.public_key)
    if change.remove:
        device.remove_peer(peer)
        return
    if change.preshared_key is not None:
        peer.handshake.preshared = change.preshared_key
    if change.endpoint is not None:
        peer.endpoint = WgEndpoint(*change.endpoint)
    if change.replace_allowed_ips:
        device.allowed_ips.remove_by_peer(peer)
    for network in change.allowed_ips:
        device.allowed_ips.insert(network, peer)
    _keep_alive(peer, change.persistent_keepalive)
    if device.up:
        peer.send_staged_packets()


def _keep_alive(peer: WgPeer, seconds: int | None) -> None:
    if seconds is None:
        return
    begins = seconds and not peer.persistent_keepalive and peer.device.up
    peer.persistent_keepalive = seconds
    if begins:
        peer.send_keepalive()


def dump_wireguard(namespace: NetworkNamespace, name: str) -> WireguardConfig:
    """wg_get_device"""
    device = _find(namespace, name)
    identity = device.identity
    return WireguardConfig(
        device=device.name, private_key=identity.private if identity else None,
        public_key=identity.public if identity else None, listen_port=device.listen_port, fwmark=device.fwmark,
        peers=tuple(_dump_peer(device, peer) for peer in device.peers.values()),
    )  # fmt: skip


def _dump_peer(device: WireguardDevice, peer: WgPeer) -> WireguardPeer:
    preshared, endpoint = peer.handshake.preshared, peer.endpoint
    return WireguardPeer(
        public_key=peer.public, preshared_key=None if preshared == NO_KEY else preshared,
        endpoint=None if endpoint is None else (endpoint.address, endpoint.port),
        allowed_ips=device.allowed_ips.of(peer), latest_handshake=peer.last_handshake, received=peer.rx_bytes,
        sent=peer.tx_bytes, persistent_keepalive=peer.persistent_keepalive,
    )  # fmt: skip
