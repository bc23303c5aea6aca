"""IPv4 in IPv4 (RFC 2003; net/ipv4/ipip.c).  Not modelled: MPLS inside."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from vnetsim.errors import NotModelled
from vnetsim.kernel.drivers.ip_tunnel import IpTunnel, TunnelNetns, receive_ipip
from vnetsim.kernel.drivers.ip_tunnel_fallback import Fallback
from vnetsim.wire import ipv4
from vnetsim.wire.ethernet import IPV4

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_MODES: tuple[int, ...] = (0, ipv4.IPIP)


class IpipDevice(IpTunnel):
    kind: str | None = "ipip"
    link_type = "ipip"
    protocol: ClassVar[int] = ipv4.IPIP
    carried: ClassVar[tuple[int, ...]] = (IPV4,)

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: TunnelNetns) -> IpTunnel:
        if int(request.options.get("mode", 0)) not in _MODES:
            raise NotModelled("MPLS in a tunnel")
        origin.host.register_pernet("ipip", _init_net)
        return cls.create(namespace, request, origin)


def _init_net(namespace: TunnelNetns) -> None:
    """ipip_init_net, and the handler of its packets."""
    fallback = Fallback(
        "tunl0", "ipip", 1480, details={"remote": "any", "local": "any", "pmtudisc": 0}, link_type="ipip"
    )
    namespace.register(fallback)
    namespace.ip_tunnels.fallbacks["tunl0"] = fallback
    namespace.ip.protocols[ipv4.IPIP] = partial(receive_ipip, namespace)
