"""One network namespace, put together from all floors (include/net/net_namespace.h): what Linux keeps per namespace."""

from __future__ import annotations

import importlib
from operator import attrgetter
from typing import TYPE_CHECKING, Final

from vnetsim.kernel.br_netfilter import BrNetfilter
from vnetsim.kernel.bridge.bridge import br_device_event
from vnetsim.kernel.drivers.loopback import Loopback
from vnetsim.kernel.drivers.stacked import lower_device_event
from vnetsim.kernel.ipv4.arp import Arp4
from vnetsim.kernel.ipv4.devinet import InetDevices
from vnetsim.kernel.ipv4.icmp import Icmp4
from vnetsim.kernel.ipv4.igmp import Igmp4
from vnetsim.kernel.ipv4.ip import Ip4
from vnetsim.kernel.ipv4.netfilter import NfIpv4
from vnetsim.kernel.ipv6.addrconf import Addrconf
from vnetsim.kernel.ipv6.icmp import Icmp6
from vnetsim.kernel.ipv6.ip6 import Ip6
from vnetsim.kernel.ipv6.mcast import Mcast6
from vnetsim.kernel.ipv6.ndisc import Ndisc
from vnetsim.kernel.ipv6.netfilter import NfIpv6
from vnetsim.kernel.ipv6.netns import InetNetns
from vnetsim.kernel.ipv6.route import Routes6
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.notifier import UNCHANGED, Before, NetdevEvent
from vnetsim.kernel.netdev.uppers import slave_device_event
from vnetsim.kernel.netfilter.netfilter import Netfilter
from vnetsim.kernel.sysctl.values import Sysctls
from vnetsim.kernel.transport.owners import Owners
from vnetsim.kernel.transport.packet import PacketSockets
from vnetsim.kernel.transport.ping import PingTable
from vnetsim.kernel.transport.ping6 import PingTable6
from vnetsim.kernel.transport.tcp import TcpTable
from vnetsim.kernel.transport.tcp_probes import RawTcp
from vnetsim.kernel.transport.udp import UdpTable
from vnetsim.kernel.transport.udp6 import UdpTable6
from vnetsim.values import made_on_first_use
from vnetsim.wire.ethernet import ARP, IPV4, IPV6
from vnetsim.wire.inet import Address
from vnetsim.wire.ipv4 import GRE, ICMP, IGMP, IPIP, TCP, UDP
from vnetsim.wire.ipv4 import IPV6 as IPV6_IN_IPV4
from vnetsim.wire.ipv6 import ICMPV6
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.geneve import Geneves
    from vnetsim.kernel.drivers.ip_tunnel import IpTunnels
    from vnetsim.kernel.drivers.vxlan_net import Vxlans
    from vnetsim.kernel.fib.nexthop import Nexthops
    from vnetsim.kernel.host import Host
    from vnetsim.kernel.ipv6.mld import Mld6
    from vnetsim.kernel.netdev.skbuff import Skb
    from vnetsim.kernel.qdisc.tcaction import TcAction
    from vnetsim.kernel.transport.nf_socket import SocketLookup
    from vnetsim.netfilter.packet import IpPacket


#: The subscribers of netdev_chain in the order of Linux: that in which the subsystems register at boot.
_SUBSCRIBERS: Final = (
    ("netfilter", Netfilter.netdev_events), ("inet", InetDevices.netdev_events), ("igmp", Igmp4.netdev_events),
    ("arp", Arp4.netdev_events), ("addrconf", Addrconf.netdev_events), ("ndisc", Ndisc.netdev_events),
    ("", tuple(NetdevEvent)), ("packet", PacketSockets.netdev_events),
)  # fmt: skip
#: Those that take an event, as attributes of a namespace.
_TAKERS: Final = {
    event: tuple(attrgetter(f"{name}.netdev_event".lstrip(".")) for name, events in _SUBSCRIBERS if event in events)
    for event in NetdevEvent
}

#: inet_protos and inet6_protos: the handlers of packets and of errors about packets, as attributes of a namespace.
_PROTOS: Final = {
    ICMP: attrgetter("icmp.receive"), TCP: attrgetter("tcp.receive"), UDP: attrgetter("udp.receive"),
    IGMP: attrgetter("igmp.receive"),
}  # fmt: skip
_PROTOS6: Final = {
    ICMPV6: attrgetter("icmp6.receive"), TCP: attrgetter("tcp.receive"), UDP: attrgetter("udp6.receive"),
}  # fmt: skip
_ERR_PROTOS: Final = {
    ICMP: attrgetter("ping"), UDP: attrgetter("udp"), TCP: attrgetter("raw_tcp"),
    **dict.fromkeys((IPIP, IPV6_IN_IPV4, GRE), attrgetter("ip_tunnels")),
}  # fmt: skip
_ERR_PROTOS6: Final = {
    ICMPV6: attrgetter("ping6.err"), UDP: attrgetter("udp6.err"), TCP: attrgetter("tcp.v6_err"),
}  # fmt: skip


class NetworkNamespace(InetNetns):
    """A namespace starts with its own `lo`, down.  It implements SysctlHandlers."""

    host: Host

    def __init__(self, host: Host, label: str) -> None:
        sysctls = Sysctls(self, None if host.first is None else host.first.sysctls)
        super().__init__(host, label, len(host.namespaces), sysctls, host.linkwatch)
        #: The actions of filters, for their numbers.
        self.tc_actions: tuple[TcAction, ...] = ()
        #: Nexthop objects, once there were any.
        self.nexthops: Nexthops | None = None
        self._create_inet()
        self._create_transport()
        self._register_protocols()
        self.routes = (self.ip.routes, self.ip6.routes)
        self.lo = Loopback(self.ip)
        self.register(self.lo)
        for init in host.pernet.values():
            init(self)

    def _create_inet(self) -> None:
        self.netfilter = Netfilter(self)
        self.inet = InetDevices(self)
        self.arp = Arp4(self, self.inet)
        self.ip = Ip4(self, self.inet, self.netfilter, self.arp)
        self.icmp = Icmp4(self.ip)
        self.igmp = Igmp4(self.ip)
        self.ndisc = Ndisc(self)
        self.mcast6 = Mcast6(self.ndisc.proxies)
        self.ip6 = Ip6(self.netfilter, self.ndisc, Routes6(self, self.inet, self.mcast6), self.mcast6)
        self.icmp6 = Icmp6(self.ip6)
        self.addrconf = Addrconf(self.inet, self.ndisc)
        self.ip.neighbours6, self.ndisc.error_report = self.ndisc, self._link_failure
        self.netfilter.register_ip_ops(4, NfIpv4(self.ip, self.icmp))
        self.netfilter.register_ip_ops(6, NfIpv6(self.ip6, self.icmp6))
        self.br_netfilter = BrNetfilter(self)

    def _link_failure(self, skb: Skb) -> None:
        """dst_link_failure: neighbours of IPv6 may be next hops of IPv4 packets."""
        routes = self.ip.routes if skb.frame.ethertype == IPV4 else self.ip6.routes
        routes.link_failure(skb)

    def _create_transport(self) -> None:
        self.owners = Owners(self.host.descriptors)
        self.packet = PacketSockets(self)
        self.ping, self.ping6 = PingTable(self), PingTable6(self)
        self.udp = UdpTable(self, self.owners)
        self.udp6 = UdpTable6(self.udp)
        self.tcp = TcpTable(self, self.owners)
        self.netfilter.register_socket_lookup(self._find_socket)
        self.raw_tcp = RawTcp(self.tcp)

    def _register_protocols(self) -> None:
        """dev_add_pack, inet_add_protocol, inet6_add_protocol."""
        self.packet_types.update({IPV4: self.ip.receive, ARP: self.arp.receive, IPV6: self.ip6.receive})
        self.ip.protos, self.ip6.protos = _PROTOS, _PROTOS6
        self.icmp.raw_local_deliver = self.ping.raw_local_deliver
        self.icmp.err_protos, self.icmp6.err_protos = _ERR_PROTOS, _ERR_PROTOS6
        self.icmp6.raw_local_deliver = self.ping6.raw_local_deliver

    @made_on_first_use
    def _sockets(self) -> SocketLookup:
        module = importlib.import_module("vnetsim.kernel.transport.nf_socket")
        lookup: SocketLookup = module.SocketLookup(self.tcp, self.udp, self.udp6)
        return lookup

    def _find_socket(self, packet: IpPacket, device: Device | None) -> str:
        return self._sockets.find(packet, device)

    @made_on_first_use
    def mld(self) -> Mld6:
        module = importlib.import_module("vnetsim.kernel.ipv6.mld")
        mld: Mld6 = module.Mld6(self.ip6, self.mcast6)
        self.netdev_chain += (mld,)
        return mld

    @made_on_first_use
    def vxlans(self) -> Vxlans:
        module = importlib.import_module("vnetsim.kernel.drivers.vxlan_net")
        vxlans: Vxlans = module.Vxlans(self)
        return vxlans

    @made_on_first_use
    def geneves(self) -> Geneves:
        module = importlib.import_module("vnetsim.kernel.drivers.geneve")
        geneves: Geneves = module.Geneves(self)
        return geneves

    @made_on_first_use
    def ip_tunnels(self) -> IpTunnels:
        module = importlib.import_module("vnetsim.kernel.drivers.ip_tunnel")
        tunnels: IpTunnels = module.IpTunnels(self)
        return tunnels

    def call_netdevice_notifiers(self, event: NetdevEvent, device: Device, before: Before = UNCHANGED) -> None:
        """The subsystems that take the event, then who subscribed to this namespace."""
        for taker in _TAKERS[event]:
            taker(self)(event, device, before)
        if device.rx_handler_data is not None:
            br_device_event(event, device, before)
        if device.uppers:
            lower_device_event(event, device, before)
        if device.master is not None:
            slave_device_event(event, device, before)
        super().call_netdevice_notifiers(event, device, before)

    def netdev_event(self, _event: NetdevEvent, _device: Device, _before: Before) -> None:
        """Routes may be others after each event."""
        self.rt_cache_flush()

    def multicast_list(self, device: Device) -> list[Mac]:
        return self.mcast6.multicast_list(device, self.igmp.groups(device))

    def has_joined(self, device: Device, group: Address) -> bool:
        return group in self.igmp.groups(device)

    # --- handlers of sysctls --------------------------------------------------------------------------------------

    def conntrack_count(self) -> int:
        return self.netfilter.connection_count()

    def flush_exceptions(self) -> None:
        self.inet.fib.flush_exceptions()
        self.rt_cache_flush()

    def max_mtu6(self, device: str) -> int | None:
        found = self.by_name.get(device)
        return None if found is None else found.mtu

    def conf_replaced(self, device: str) -> None:
        if (found := self.by_name.get(device)) is not None:
            found.ip.conf, found.ip6.conf = self.sysctls.conf4[device], self.sysctls.conf6[device]

    def addr_gen_mode_changed(self, device: str, mode: str) -> None:
        if (found := self.by_name.get(device)) is not None:
            found.ip6.addr_gen_mode = mode

    def ipv6_conf_changed(self, device: str, name: str) -> None:
        if (found := self.by_name.get(device)) is not None:
            self.addrconf.conf_changed(found, name)

    def sysctls_changed(self) -> None:
        if self.rtnl is not None:
            self.rtnl.settings_changed()
        self.netfilter.sysctls_changed()
        self.tcp.sysctls_changed()
        self.ip.sysctls_changed()
        self.rt_cache_flush()
