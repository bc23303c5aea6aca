"""What netfilter needs of IPv4 and of IPv6, which register it (struct nf_ipv6_ops; include/linux/netfilter_ipv6.h)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from vnetsim.kernel.fib.dst import DstEntry
    from vnetsim.kernel.fib.info import FibResult, Flowi
    from vnetsim.kernel.fib.tables import Fib
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.netfilter.packet import IpPacket
    from vnetsim.wire.inet import Address


class NfIpOps(Protocol):
    """Is called with packets and addresses of its family only."""

    def defrag(self, skb: Skb) -> IpPacket | None:
        """Add a fragment; the whole packet if no other is missing (nf_defrag_ipv4, nf_defrag_ipv6)."""

    def route_me_harder(self, skb: Skb) -> bool:
        """Rules changed a packet of this host: route it again; False if there is no route and it was dropped."""

    def address_type(self, address: Address, device: str) -> str:
        """The type of an address for `addrtype`, on a device or, for "", on all."""

    @property
    def fib(self) -> Fib:
        """The routes."""

    def path_mtu(self, address: Address) -> int:
        """The path MTU to an address; without a route the largest number."""

    def masquerade_address(self, out: Device, towards: Address) -> Address | None:
        """The address that this host sends with by a device (nf_nat_masquerade.c)."""

    def redirect_address(self, device: Device | None) -> Address | None:
        """The address of REDIRECT: of the ingress device, or loopback for packets of this host (nf_nat_redirect.c)."""

    def duplicate(self, packet: IpPacket, gateway: Address, device: Device | None, *, arrived: bool) -> None:
        """Send an untracked copy by the route to a gateway (nf_dup_ipv4.c, nf_dup_ipv6.c); nothing without a route."""

    def flow_route(self, address: Address, mark: int) -> DstEntry:
        """The route to an end of a flow: KernelError without one.  It is the same object until routes change."""

    def flow_lookup(self, flow: Flowi) -> FibResult:
        """What the tables of routes say of a packet."""

    def flow_send(self, skb: Skb, packet: IpPacket, route: Any) -> None:
        """A packet of a flow to its next hop, past all hooks (neigh_xmit)."""

    def reject(self, skb: Skb, kind: str) -> None:
        """Answer with an ICMP error or a TCP reset (nf_reject_ipv4.c, nf_reject_ipv6.c)."""
