"""One network namespace (include/net/net_namespace.h): all that Linux keeps once per namespace, and nothing else.

Devices and their indexes, addresses, routing, neighbours, netfilter, sockets, sysctls.  The protocols themselves are
in ip, arp, icmp and in ip6, ndisc, icmp6, addrconf; changes asked for by programs come in through rtnetlink and
inetdev.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.drivers.loopback import Loopback
from vnetsim.kernel.drivers.vxlan import Vxlans
from vnetsim.kernel.ipv4.arp import Arp4
from vnetsim.kernel.ipv4.devinet import InetDevices
from vnetsim.kernel.ipv4.icmp import Icmp4
from vnetsim.kernel.ipv4.igmp import Igmp4
from vnetsim.kernel.ipv4.ip import Ip4
from vnetsim.kernel.ipv6.addrconf import Addrconf
from vnetsim.kernel.ipv6.icmp import Icmp6
from vnetsim.kernel.ipv6.ip6 import Ip6
from vnetsim.kernel.ipv6.ndisc import Ndisc
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.netfilter.hooks import Netfilter
from vnetsim.kernel.sysctl.values import Sysctls
from vnetsim.kernel.transport import tcp_probes
from vnetsim.kernel.transport.sockets import SocketTable
from vnetsim.kernel.transport.sockets6 import SocketTable6
from vnetsim.kernel.transport.tcp import TcpTable
from vnetsim.trace import Dropped, Received, Transmitted
from vnetsim.wire.ethernet import ARP, IPV4, IPV6
from vnetsim.wire.ipv4 import ICMP, IGMP, TCP, UDP
from vnetsim.wire.ipv6 import ICMPV6

if TYPE_CHECKING:
    from vnetsim.kernel.host import Host
    from vnetsim.kernel.transport.tcp_probes import TcpProbes


class NetworkNamespace:
    """A namespace starts with its own `lo`, down."""

    def __init__(self, host: Host, label: str) -> None:
        self.host = host
        self.label = label  #: how a person would name it, for traces
        self.alive = True
        self.by_index: dict[int, Device] = {}
        self.by_name: dict[str, Device] = {}
        self.nsids: dict[NetworkNamespace, int] = {}
        self._last_index = 0
        #: Whether anybody looks at frames here: a tracer of the host, or packet sockets.
        self.watched = host.tracer is not None
        self.taps = 0
        #: Whether nobody looks at packets here, no rule either: what the quickest ways ask.
        self.quiet = not self.watched
        self.sysctls = Sysctls(self)
        self.netfilter = Netfilter(self)
        self.sockets = SocketTable(self)
        self.sockets6 = SocketTable6(self)
        self.tcp = TcpTable(self)
        self.vxlans = Vxlans(self)
        self.inet = InetDevices(self)
        self.arp = Arp4(self)
        self.igmp = Igmp4(self)
        self.icmp = Icmp4(self)
        self.ip = Ip4(self)
        self.ndisc = Ndisc(self)
        self.icmp6 = Icmp6(self)
        self.addrconf = Addrconf(self)
        self.ip6 = Ip6(self)
        self.protocols: dict[int, Callable[[Skb], None]] = {
            IPV4: self.ip.receive,
            ARP: self.arp.receive,
            IPV6: self.ip6.receive,
        }
        self.ip.handlers = {
            ICMP: self.icmp.receive,
            TCP: self.tcp.receive,
            UDP: self.sockets.udp_receive,
            IGMP: self.ip.delivered_quietly,
        }
        #: Raw sockets that want to see what arrives for TCP.
        self.raw_tcp: list[TcpProbes] = []
        self.ip6.handlers = {ICMPV6: self.icmp6.receive, TCP: self.tcp.receive, UDP: self.sockets6.udp_receive}
        self.lo = Loopback()
        self.register(self.lo)

    def choose_handlers(self) -> None:
        """Only while somebody has a raw socket does TCP's input cost more."""
        self.ip.handlers[TCP] = partial(tcp_probes.receive, self) if self.raw_tcp else self.tcp.receive

    # --- devices ------------------------------------------------------------------------------------------------

    def devices(self) -> list[Device]:
        """In the order of their indexes, as every listing has them."""
        return [self.by_index[index] for index in sorted(self.by_index)]

    def device(self, name: str) -> Device:
        """KernelError(ENODEV) if there is none of that name or alternative name."""
        found = self.find(name)
        if found is None:
            raise KernelError(Errno.ENODEV)
        return found

    def find(self, name: str) -> Device | None:
        found = self.by_name.get(name)
        if found is None:
            found = next((device for device in self.by_index.values() if name in device.altnames), None)
        return found

    def skip_indexes(self, following: int) -> None:
        """As if devices with all indexes before `following` had been here, and most had gone."""
        self._last_index = max(self._last_index, following - 1)

    def new_index(self) -> int:
        self._last_index += 1
        while self._last_index in self.by_index:
            self._last_index += 1
        return self._last_index

    def free_name(self, pattern: str) -> str:
        """The first free name of a pattern like `veth%d` (dev_alloc_name)."""
        number = 0
        while self.find(pattern.replace("%d", str(number))) is not None:
            number += 1
        return pattern.replace("%d", str(number))

    def new_name(self, name: str | None, pattern: str) -> str:
        """The name that was asked for; a free one where it is, or should be, a pattern."""
        return name if name is not None and "%d" not in name else self.free_name(name or pattern)

    def register(self, device: Device, index: int | None = None) -> None:
        """A device appears: KernelError(EEXIST) if its name is taken, (EBUSY) if its index is."""
        if self.find(device.name) is not None:
            raise KernelError(Errno.EEXIST)
        if index is not None and index in self.by_index:
            raise KernelError(Errno.EBUSY)
        self.host.engine.meter.charge_device(1)
        device.index = self.new_index() if index is None else index
        device.namespace = self
        device.engine = self.host.engine
        device.queue, device.softirq = self.host.engine.queue, self.host.engine.softirq
        device.update_fast_path()
        self.by_index[device.index] = device
        self.by_name[device.name] = device
        self.netfilter.devices_renamed()
        self.inet.device_added(device)
        self.sockets.device_added(device)

    def withdraw(self, device: Device) -> None:
        """A device disappears from here, being deleted or moved: nothing here knows it afterwards."""
        self.host.engine.meter.charge_device(-1)
        self.close(device)
        if device.port is not None:
            device.port.bridge.remove_port(device.port)
        self.inet.device_removed(device)
        self.sockets.device_removed(device)
        del self.by_index[device.index]
        del self.by_name[device.name]

    def rename(self, device: Device, name: str) -> None:
        if self.find(name) is not None:
            raise KernelError(Errno.EEXIST)
        del self.by_name[device.name]
        self.inet.device_renamed(device, name)
        device.name = name
        self.by_name[name] = device
        self.netfilter.devices_renamed()
        self.forget_routes()

    def open(self, device: Device) -> None:
        """`ip link set up` (dev_open): KernelError if the driver refuses."""
        if device.up:
            return
        with self.host.linkwatch.held():
            device.up = True
            try:
                device.open()
            except KernelError:
                device.up = False
                raise
            if device.qdisc == "noop":
                device.qdisc = device.default_qdisc
            device.active = device.carrier
            self.inet.device_up(device)
            if device.port is not None:
                device.port.bridge.port_changed(device.port)
            for upper in list(device.uppers):
                upper.lower_opened()

    def close(self, device: Device) -> None:
        """`ip link set down` (dev_close)."""
        if not device.up:
            return
        with self.host.linkwatch.held():
            device.up = device.active = False
            device.stop()
            if device.discipline is not None:
                device.discipline.reset()
            self.inet.device_down(device)
            if device.port is not None:
                device.port.bridge.port_changed(device.port)
            for upper in list(device.uppers):
                upper.lower_closed()

    def state_changed(self, device: Device) -> None:
        """NETDEV_CHANGE: the carrier came or went."""
        self.inet.carrier_changed(device)
        if device.port is not None:
            device.port.bridge.port_changed(device.port)
        for upper in list(device.uppers):
            upper.lower_changed()

    def forget_routes(self) -> None:
        """Whatever a cached route was made from has changed (rt_cache_flush)."""
        self.ip.forget_routes()
        self.ip6.forget_routes()

    def settings_changed(self) -> None:
        """A sysctl was written: what was read of them before is to be read again."""
        self.netfilter.settings_changed()
        self.tcp.settings_changed()
        self.forget_routes()
        for device in self.by_index.values():
            device.update_fast_path()

    # --- what can be watched ------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Look again whether anybody watches, or rules have to be asked."""
        before = self.watched, self.quiet
        self.watched = self.host.tracer is not None or self.taps > 0
        self.quiet = not self.watched and not self.netfilter.busy
        if before != (self.watched, self.quiet):
            for device in self.by_index.values():
                device.update_fast_path()

    def received(self, skb: Skb, device: Device) -> None:
        for tap in device.taps:
            tap.saw(skb.frame, device, outgoing=False)
        tracer = self.host.tracer
        if tracer is not None:
            tracer(Received(at=self.host.engine.now(), namespace=self.label, device=device.name, packet=skb.identity,
                            frame=skb.frame))  # fmt: skip

    def transmitted(self, skb: Skb, device: Device) -> None:
        for tap in device.taps:
            tap.saw(skb.frame, device, outgoing=True)
        tracer = self.host.tracer
        if tracer is not None:
            tracer(Transmitted(at=self.host.engine.now(), namespace=self.label, device=device.name,
                               packet=skb.identity, frame=skb.frame))  # fmt: skip

    def drop(self, skb: Skb, device: Device | None, reason: DropReason, detail: str = "") -> None:
        """A packet ends here, for a reason; there is no other way to lose one."""
        tracer = self.host.tracer
        if tracer is not None:
            where = "" if device is None else device.name
            tracer(Dropped(at=self.host.engine.now(), namespace=self.label, device=where, packet=skb.identity,
                           reason=reason, detail=detail, frame=skb.frame))  # fmt: skip

    def __repr__(self) -> str:
        return f"<NetworkNamespace {self.label}>"
