"""Which devices a socket gets packets from (include/net/inet_sock.h: inet_bound_dev_eq; l3mdev)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.errors import NotModelled

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb


def slave_of(skb: Skb) -> Device | None:
    """The device by which a packet of a VRF came in: a slave, or the VRF itself (inet_sdif); None outside of VRFs."""
    device = skb.device
    return None if device.l3mdev is None else skb.iif or device


def bound_dev_eq(bound: Device | None, slave: Device | None, *, accepts: bool) -> bool:
    """Whether a socket gets a packet by its device; `accepts`: unbound ones get those of VRFs (tcp_l3mdev_accept).

    A socket that is bound to a VRF gets all that belong to it, one that is bound to a slave those of the slave.
    """
    if bound is None:
        return slave is None or accepts
    return slave is not None and (bound is slave or bound is slave.l3mdev)


def check_modelled(version: int, vrf: Device | None) -> None:
    """NotModelled for a socket of IPv6 in a VRF."""
    if vrf is not None and version == 6:
        raise NotModelled("sockets of IPv6 in a VRF")
