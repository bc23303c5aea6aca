"""What a bridge calls of higher floors (struct nf_br_ops, and the hooks of the families bridge, IPv4 and IPv6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netdev.skbuff import Skb


class BridgeHooks(Protocol):
    """The functions of higher floors that a `bridge.Bridge` calls: netfilter's hooks, and IGMP for its own groups."""

    def calls(self, bridge: Any, table: str) -> bool:
        """Whether `iptables` or `ip6tables` sees the packets of a bridge (bridge-nf-call-*, nf_call_*)."""

    def pre_routing(self, skb: Skb, bridge: Any) -> bool:
        """False if the packet ended here, or waits for a neighbour; `is_host` if it is still for the address it had."""

    def forward(self, skb: Skb, bridge: Any, egress: Device) -> bool:
        """FORWARD and POSTROUTING."""

    def ebtables(self, hook: str, skb: Skb, bridge: Any, ingress: Device | None, egress: Device | None) -> bool:
        """The rules of ebtables and nft for bridges at a hook; False if the frame ended here."""

    def fragment(self, skb: Skb, egress: Device) -> None:
        """Send a packet that is longer than the mtu of the port."""

    def snooping_changed(self, bridge: Any, *, on: bool) -> None:
        """mcast_snooping was switched."""
