"""What becomes of a frame that a device has received: filters, VLANs, a registered handler (net/core/dev.c,
__netif_receive_skb_core; net/8021q/vlan_core.c)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from vnetsim.errors import Errno, KernelError
from vnetsim.wire.ethernet import Tagged

#: What takes a Skb; the modules of Device and Skb know this one.
Handler: TypeAlias = Callable[[Any], None]


class RxHandlers:
    """The handlers of a device: `rx_handler` is the one in effect, None for the protocols."""

    __slots__ = ("__dict__", "__weakref__", "rx_handler")

    rx_handler: Handler | None
    #: VLAN devices by the ethertype of their tags and their number.
    vlans: Mapping[tuple[int, int], Any]
    rx_handler_data: object | None = None
    #: Filters (ingress, clsact), which say whether a frame goes on.
    ingress_hook: Callable[[Any], bool] | None = None
    #: Chains of nft, behind the filters.
    nf_ingress: Callable[[Any], bool] | None = None
    #: Chains of nft for what leaves.
    nf_egress: Callable[[Any], Errno | None] | None = None
    _registered_rx_handler: Handler | None = None
    pass_up: Handler

    def register_rx_handler(self, handler: Handler, data: object) -> None:
        """netdev_rx_handler_register: KernelError(EBUSY) if there is one."""
        if self._registered_rx_handler is not None:
            raise KernelError(Errno.EBUSY)
        self._registered_rx_handler, self.rx_handler_data = handler, data
        self._select_rx_handler()

    def unregister_rx_handler(self) -> None:
        """netdev_rx_handler_unregister."""
        self._registered_rx_handler = self.rx_handler_data = None
        self._select_rx_handler()

    def add_vlan(self, tag: tuple[int, int], device: Any) -> None:
        self.vlans = {**self.vlans, tag: device}
        self._select_rx_handler()

    def remove_vlan(self, tag: tuple[int, int]) -> None:
        self.vlans = {known: device for known, device in self.vlans.items() if known != tag}
        self._select_rx_handler()

    def set_ingress(self, hook: Callable[[Any], bool] | None) -> None:
        """Filters before all handlers, or none."""
        self.ingress_hook = hook
        self._select_rx_handler()

    def set_nf_ingress(self, hook: Callable[[Any], bool] | None) -> None:
        """Chains of nft before all handlers, or none."""
        if hook is not self.nf_ingress:
            self.nf_ingress = hook
            self._select_rx_handler()

    def set_nf_egress(self, hook: Callable[[Any], Errno | None] | None) -> None:
        """Chains of nft that `transmit` comes to first, or none."""
        self.nf_egress = hook
        if hook is not None:
            self.__dict__["transmit"] = hook
        else:
            self.__dict__.pop("transmit", None)

    def _select_rx_handler(self) -> None:
        if self.ingress_hook is not None or self.nf_ingress is not None:
            self.rx_handler = self._handle_ingress
        else:
            self.rx_handler = self._vlan_do_receive if self.vlans else self._registered_rx_handler

    def _handle_ingress(self, skb: Any) -> None:
        """sch_handle_ingress, nf_ingress: no walk behind filters is recorded."""
        skb.path = skb.previous = None
        if self.ingress_hook is not None and not self.ingress_hook(skb):
            return
        if self.nf_ingress is None or self.nf_ingress(skb):
            self.received_again(skb)

    def received_again(self, skb: Any) -> None:
        """netif_receive_skb of a frame that filters have seen (skb_skip_tc_classify)."""
        skb.device = self
        if self.vlans:
            self._vlan_do_receive(skb)
        elif self._registered_rx_handler is not None:
            self._registered_rx_handler(skb)
        else:
            self.pass_up(skb)

    def _vlan_do_receive(self, skb: Any) -> None:
        """A tagged frame is received by its VLAN device; without one it is handled as it is."""
        tag = skb.frame.payload
        vlan = self.vlans.get((skb.frame.ethertype, tag.vlan)) if isinstance(tag, Tagged) else None
        if vlan is not None:
            vlan.receive(skb)
        elif self._registered_rx_handler is not None:
            self._registered_rx_handler(skb)
        else:
            self.pass_up(skb)
