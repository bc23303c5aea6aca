"""The VXLAN devices of a namespace, and the sockets that they share (drivers/net/vxlan/vxlan_core.c).

Devices with the same UDP port and version of IP share a socket, which joins their groups.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.dropreason import DropReason
from vnetsim.errors import DecodeError
from vnetsim.kernel.drivers.udp_tunnel import Outer, TunnelSocket, UdpTunnelNetns
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.udp import Udp
from vnetsim.wire.vxlan import Vxlan

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.vxlan import VxlanDevice


class VxlanNetns(UdpTunnelNetns):
    """A namespace with its VXLAN state; kernel.netns sets it."""

    vxlans: Vxlans


class Vxlans:
    """The VXLAN devices that were made in one namespace (struct vxlan_net), and their sockets by version and port."""

    def __init__(self, namespace: VxlanNetns) -> None:
        self.namespace = namespace
        self.devices: tuple[VxlanDevice, ...] = ()
        self._sockets: dict[tuple[int, int], TunnelSocket] = {}

    def find(self, version: int, vni: int, port: int) -> VxlanDevice | None:
        """A device that is up and listens."""
        wanted = (version, vni, port)
        return next((d for d in self.devices if d.up and (d.version, d.vni, d.port_number) == wanted), None)

    def listen(self, device: VxlanDevice) -> None:
        """vxlan_sock_add, vxlan_multicast_join: KernelError(EADDRINUSE) if the port is taken."""
        key = (device.version, device.port_number)
        if key not in self._sockets:
            self._sockets[key] = TunnelSocket(self.namespace, *key, self._receive)
        if (group := device.membership) is not None:
            self._sockets[key].join(*group)

    def stop_listening(self, device: VxlanDevice) -> None:
        """vxlan_multicast_leave, vxlan_sock_release: unless another device still uses the group, or the socket."""
        key = (device.version, device.port_number)
        others = [d for d in self.devices if d is not device and d.up and (d.version, d.port_number) == key]
        if (group := device.membership) is not None and all(other.membership != group for other in others):
            self._sockets[key].leave(*group)
        if not others:
            self._sockets.pop(key).close()

    def _receive(self, skb: Skb, packet: Outer, datagram: Udp) -> None:
        """vxlan_rcv"""
        try:
            message = Vxlan.decode(datagram.data)
        except DecodeError:
            self.namespace.drop(skb, skb.device, DropReason.IP_INHDR, "VXLAN")
            return
        device = self.find(packet.source.version, message.vni, datagram.destination_port)
        if device is None:
            self.namespace.drop(skb, skb.device, DropReason.TUNNEL, f"no VXLAN device of network {message.vni} is up")
        else:
            device.arrived(skb, packet, message.frame)
