"""Simple Internet Transition: IPv6, or IPv4, in IPv4 (RFC 4213; net/ipv6/sit.c).

Not modelled: automatic tunnels (6to4, ISATAP, 6rd), MPLS inside.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.drivers.ip_tunnel import IpTunnel, TunnelNetns, receive_ipip
from vnetsim.kernel.drivers.ip_tunnel_config import TunnelConfig
from vnetsim.kernel.drivers.ip_tunnel_fallback import Fallback
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire import ipv4
from vnetsim.wire.ethernet import IPV4, IPV6
from vnetsim.wire.ipv4 import Packet

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_LEAST_MTU: Final = 1280
#: IP6_MAX_MTU without the outer header.
_LARGEST_MTU: Final = 65575 - 20
_ETHERTYPES: Final = {ipv4.IPIP: IPV4, ipv4.IPV6: IPV6}


class SitDevice(IpTunnel):
    kind: str | None = "sit"
    link_type = "sit"
    protocol: ClassVar[int] = ipv4.IPV6
    carried: ClassVar[tuple[int, ...]] = (IPV6, IPV4)
    min_mtu = _LEAST_MTU
    max_mtu = _LARGEST_MTU

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: TunnelNetns) -> IpTunnel:
        if int(request.options.get("mode", 0)) not in (0, *_ETHERTYPES):
            raise NotModelled("MPLS in a tunnel")
        origin.host.register_pernet("sit", _init_net)
        if not request.options.get("remote") and not request.options.get("local"):
            # ipip6_tunnel_locate finds sit0, which has the same ends.
            raise KernelError(Errno.ENOBUFS if request.options.get("ioctl") else Errno.EEXIST)
        return cls.create(namespace, request, origin)

    def __init__(self, name: str, underlay: TunnelNetns, config: TunnelConfig) -> None:
        super().__init__(name, underlay, config)
        self.min_mtu, self.max_mtu = _LEAST_MTU, _LARGEST_MTU

    def change_mtu(self, mtu: int) -> None:
        self.mtu = mtu

    def outer_protocol(self, ethertype: int) -> int:
        return ipv4.IPIP if ethertype == IPV4 else ipv4.IPV6

    def details(self) -> dict[str, str | int]:
        return {**super().details(), "prefix": "2002::", "prefixlen": 16}


def _init_net(namespace: TunnelNetns) -> None:
    """sit_init_net, and the handlers of its packets."""
    fallback = Fallback(
        "sit0", "sit", 1480, link_type="sit", limits=(_LEAST_MTU, _LARGEST_MTU),
        details={
            "remote": "any", "local": "any", "ttl": 64, "pmtudisc": 0, "proto": 41, "prefix": "2002::",
            "prefixlen": 16,
        },
    )  # fmt: skip
    namespace.register(fallback)
    namespace.ip_tunnels.fallbacks["sit0"] = fallback

    def receive(skb: Skb, packet: Packet) -> None:
        """ipip6_rcv"""
        device = namespace.ip_tunnels.receive(("sit",), skb, packet)
        if device is not None:
            device.arrived(skb, packet, IPV6, packet.encode_payload())

    namespace.ip.protocols[ipv4.IPV6] = receive
    namespace.ip.protocols.setdefault(ipv4.IPIP, partial(receive_ipip, namespace))
