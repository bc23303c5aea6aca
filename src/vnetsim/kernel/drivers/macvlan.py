"""Several stations on one Ethernet device (drivers/net/macvlan.c): each child has an address of its own.

Modes: `vepa` (everything goes to the wire), `bridge` (children speak with each other directly), `private` (never),
`passthru` (one child that has the whole device).  Frames between the device below and its children are not
switched: a child's frame for it leaves by the wire.  Not modelled: mode source, offloading; broadcasts are
delivered at once, so that their queue (bcqueuelen) is never full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.drivers.stacked import LowerPort, PortChild
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

_MODES: Final = ("private", "vepa", "bridge", "passthru")
_QUEUE_LENGTH: Final = 1000


class MacvlanPort(LowerPort["Macvlan"]):
    """What children of one device share (struct macvlan_port).  `stations`: those that are up, by address."""

    def __init__(self, lower: Device) -> None:
        super().__init__(lower)
        self.stations: dict[Mac, Macvlan] = {}
        self.passthru = False

    def is_taken(self, mac: Mac) -> bool:
        """macvlan_addr_busy"""
        return (not self.passthru and mac == self.lower.mac) or mac in self.stations

    @property
    def queue_length(self) -> int:
        return max((child.queue_length for child in self.children), default=_QUEUE_LENGTH)

    # --- frames -----------------------------------------------------------------------------------------------------

    def receive(self, skb: Skb) -> None:
        """macvlan_handle_frame: what came in by the device below."""
        destination = skb.frame.destination
        if destination >> 40 & 1:
            self._receive_group(skb)
            return
        child = self.children[0] if self.passthru else self.stations.get(destination)
        if child is None:
            self.lower.pass_up(skb)
            return
        if self.passthru:
            # Whatever its address, it is for the host that has the whole device.
            skb.is_host = skb.dirty = True
        child.receive(skb)

    def _receive_group(self, skb: Skb) -> None:
        """Broadcasts and multicasts: for the children that listen, and for the host below."""
        source = self.stations.get(skb.frame.source)
        if source is not None and source.mode not in ("vepa", "bridge"):
            source.arrive(skb)  # its own, come back from the wire
            return
        if source is None:
            self.spread(skb, _MODES, None)
        elif source.mode == "vepa":
            self.spread(skb, ("vepa", "bridge"), source)
        else:
            self.spread(skb, ("vepa",), source)  # bridge children received it when it was sent
        self.lower.pass_up(skb)

    def spread(self, skb: Skb, modes: Iterable[str], source: Macvlan | None) -> None:
        """macvlan_broadcast: a copy for every child in one of `modes`."""
        for child in self.children:
            if child is not source and child.up and child.mode in modes and child.listens(skb.frame.destination):
                child.arrive(skb.clone())

    def forward(self, skb: Skb) -> None:
        """From child to child; packet sockets of the device below see it."""
        namespace = self.lower.namespace
        if not self.lower.up:
            namespace.drop(skb, self.lower, DropReason.DEV_READY)
            return
        skb.device = self.lower
        if namespace.nit_active:
            namespace.received(skb, self.lower)
        self.receive(skb)


class Macvlan(PortChild):
    port_below: MacvlanPort
    kind: str | None = "macvlan"

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: Netns) -> Macvlan:
        """macvlan_common_newlink: KernelError as the kernel's; a child of a child becomes its sibling."""
        if request.link is None:
            raise KernelError(Errno.EINVAL)
        lower = origin.device(request.link)
        if isinstance(lower, Macvlan):
            lower = lower.lower
        if request.mtu is not None and request.mtu > lower.mtu:
            raise KernelError(Errno.EINVAL)
        mode = str(request.options.get("mode", "vepa"))
        if mode == "source":
            raise NotModelled("macvlan mode source")
        port = MacvlanPort.of(lower)
        try:
            name = namespace.new_name(request.name, "macvlan%d")
            child = cls(name, request.mac or namespace.host.random_mac(), port, mode)
            namespace.register(child, request.index)
        except KernelError:
            port.leave_if_empty()
            raise
        child.mtu = child.mtu if request.mtu is None else request.mtu
        child.link()
        child.configure({key: value for key, value in request.options.items() if key != "mode"})
        return child

    def __init__(self, name: str, mac: Mac, port: MacvlanPort, mode: str) -> None:
        """KernelError(EINVAL): passthru beside another child."""
        if port.passthru or (mode == "passthru" and port.children):
            raise KernelError(Errno.EINVAL)
        super().__init__(name, port.lower.mac if mode == "passthru" else mac, port.lower)
        self.port_below = port
        self.mode = mode
        self.queue_length = _QUEUE_LENGTH
        self.flags: dict[str, int] = {}

    def link(self) -> None:
        super().link()
        self.port_below.children.append(self)
        self.port_below.passthru = self.mode == "passthru"

    def configure(self, options: Mapping[str, str | int]) -> None:
        """macvlan_changelink: KernelError(EINVAL) for a change to or from passthru."""
        mode = str(options.get("mode", self.mode))
        if mode == "source":
            raise NotModelled("macvlan mode source")
        if mode != self.mode and "passthru" in (mode, self.mode):
            raise KernelError(Errno.EINVAL)
        self.mode = mode
        self.queue_length = int(options.get("bcqueuelen", self.queue_length))
        self.flags.update({name: int(options[name]) for name in ("nopromisc", "nodst") if name in options})

    # --- frames -----------------------------------------------------------------------------------------------------

    def arrive(self, skb: Skb) -> bool:
        """Counts as multicast (macvlan_broadcast_one)."""
        fits = super().arrive(skb)
        self.rx_multicast += fits
        return fits

    def _xmit(self, skb: Skb) -> Errno | None:
        """macvlan_queue_xmit"""
        length, failed = skb.frame.length, None
        port, destination = self.port_below, skb.frame.destination
        if self.mode == "bridge" and destination >> 40 & 1:
            port.spread(skb, ("bridge",), self)
        other = port.stations.get(destination) if self.mode == "bridge" else None
        if other is not None and other.mode == "bridge":
            skb.scrub()
            self.queue(port.forward, skb)
        else:
            failed = self.lower.transmit(skb)
        return self.count_sent(length, failed)

    # --- state ------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """KernelError(EADDRINUSE): another station here has the address."""
        port = self.port_below
        if port.passthru:
            self.lower.promiscuity += not self.flags.get("nopromisc")
        elif port.is_taken(self.mac):
            raise KernelError(Errno.EADDRINUSE)
        else:
            self.lower.add_filter(self.mac)
        port.stations[self.mac] = self

    def stop(self) -> None:
        port = self.port_below
        if port.passthru:
            self.lower.promiscuity -= not self.flags.get("nopromisc")
        else:
            self.lower.delete_filter(self.mac)
        port.stations.pop(self.mac, None)

    def change_mac(self, mac: Mac) -> None:
        """A child in passthru changes the address of the device below, which is its own."""
        if self.port_below.passthru:
            self.lower.set_mac(mac)
        elif self.port_below.is_taken(mac):
            raise KernelError(Errno.EADDRINUSE)
        else:
            self._take_address(mac)

    def _take_address(self, mac: Mac) -> None:
        was_up = self.up
        if was_up:
            self.stop()
        self.mac = mac
        if was_up:
            self.open()

    def lower_mac_changed(self, old: Mac) -> None:
        del old
        if self.port_below.passthru and self.mac != self.lower.mac:
            before = self.mac
            self._take_address(self.lower.mac)
            self.mac_changed(before)

    def details(self) -> Mapping[str, str | int]:
        return {
            "mode": self.mode,
            **self.flags,
            "bcqueuelen": self.queue_length,
            "usedbcqueuelen": self.port_below.queue_length,
            "tso_max_size": self.tso_max_size,
        }
