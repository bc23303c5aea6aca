"""What TCP needs of the protocol below, for IPv4 and for IPv6 (struct inet_connection_sock_af_ops)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.ipv4.rtable import Rtable
from vnetsim.kernel.ipv6.route import Rt6Info
from vnetsim.kernel.netdev.skbuff import Skb, SkbSock
from vnetsim.protocols.tcp import TcpPath
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import IPV4, IPV6, Frame
from vnetsim.wire.inet import Address, IPv4, IPv6
from vnetsim.wire.mac import UNKNOWN
from vnetsim.wire.tcp import PROTOCOL, Tcp

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.netdev.device import Device

AnyRoute: TypeAlias = "Rtable | Rt6Info"
_HEADER4: Final = 20
_HEADER6: Final = 40
_TCP_HEADER: Final = 20


class AfOps(Protocol):
    """For addresses of one family only."""

    @property
    def generation(self) -> int:
        """Changes when cached routes become stale."""

    def route(
        self, destination: Address, source: Address | None, device: Device | None, mark: int, transport: Transport
    ) -> AnyRoute:
        """KernelError if there is no route, by `device` only if given."""

    def path(self, route: AnyRoute, destination: Address) -> TcpPath: ...
    def send(
        self, segment: Tcp, source: Address, destination: Address, route: AnyRoute, identification: int, gso: int,
        sender: SkbSock | None = None, mark: int = 0, *, ecn: int = 0, whole: bool = True,
    ) -> Errno | None:  # fmt: skip
        """The error of a system call, or None; `sender` counts what waits in queues of this host.

        `ecn` is the ECN field of the packet (RFC 3168, 5); `whole`: DF is set (IPv4).
        """

    def confirm(self, route: AnyRoute, destination: Address, now: int) -> None:
        """dst_confirm_neigh: the next hop is reachable."""

    def is_local(self, address: Address, device: Device | None) -> bool:
        """Whether it is an address of this host, in the VRF of `device`."""

    def reply_mark(self, skb: Skb) -> int:
        """The mark of a reply without a socket."""


class Ipv4Ops:
    def __init__(self, namespace: InetNetns) -> None:
        self._namespace = namespace

    @property
    def generation(self) -> int:
        return self._namespace.ip.routes.generation

    def route(
        self, destination: Address, source: Address | None, device: Device | None, mark: int, transport: Transport
    ) -> Rtable:
        assert isinstance(destination, IPv4)
        assert source is None or isinstance(source, IPv4)
        return self._namespace.ip.routes.route_output(destination, source, device, mark, transport=transport)

    def path(self, route: AnyRoute, destination: Address) -> TcpPath:
        assert isinstance(route, Rtable)
        assert isinstance(destination, IPv4)
        match = route.match
        advertised = None if match is None or match.entry is None else match.entry.advmss
        mtu = self._namespace.ip.routes.mtu(route, destination)
        least = self._namespace.sysctls.number("net/ipv4/route/min_adv_mss")
        return TcpPath(mtu=mtu, headers=_HEADER4 + _TCP_HEADER, advertised=advertised, least_advertised=least)

    def send(
        self, segment: Tcp, source: Address, destination: Address, route: AnyRoute, identification: int, gso: int,
        sender: SkbSock | None = None, mark: int = 0, *, ecn: int = 0, whole: bool = True,
    ) -> Errno | None:  # fmt: skip
        assert isinstance(source, IPv4)
        assert isinstance(destination, IPv4)
        assert isinstance(route, Rtable)
        assert route.device is not None
        ip = self._namespace.ip
        length = _HEADER4 + segment.length
        packet = ipv4.Packet(
            source,
            destination,
            PROTOCOL,
            segment,
            route.hoplimit or ip.default_ttl,
            identification,
            whole,
            False,
            0,
            ecn,
            b"",
            length,
        )
        if not gso and (sender is None or not _may_wait(route)):
            return ip.send(packet, route, mark)
        frame = Frame(UNKNOWN, UNKNOWN, IPV4, packet, 14 + length)
        skb = Skb(frame, self._namespace.host.next_packet(), route.device)
        skb.gso, skb.sender, skb.mark = gso, sender, mark
        return ip.send_skb(skb, route)

    def confirm(self, route: AnyRoute, destination: Address, now: int) -> None:
        device = route.device
        if device is not None and device.has_arp:
            hop = route.gateway or destination
            neighbours = self._namespace.arp if isinstance(hop, IPv4) else self._namespace.ndisc
            neighbours.table.confirm(device.index, hop, now)

    def reply_mark(self, skb: Skb) -> int:
        return self._namespace.icmp.reply_mark(skb)

    def is_local(self, address: Address, device: Device | None) -> bool:
        assert isinstance(address, IPv4)
        return self._namespace.ip.routes.is_local(address, device)


def _may_wait(route: Rtable) -> bool:
    """Whether a packet may wait in a queue of this host: that of a device, or of an incomplete neighbour."""
    assert route.device is not None
    return route.device.root_qdisc is not None or route.neighbour is None or not route.neighbour.ready


class Ipv6Ops:
    def __init__(self, namespace: InetNetns) -> None:
        self._namespace = namespace

    @property
    def generation(self) -> int:
        return self._namespace.ip6.routes.generation

    def route(
        self, destination: Address, source: Address | None, device: Device | None, mark: int, transport: Transport
    ) -> Rt6Info:
        assert isinstance(destination, IPv6)
        assert source is None or isinstance(source, IPv6)
        route = self._namespace.ip6.routes.route_output(destination, source, device, mark, transport=transport)
        if route.device is None:
            raise KernelError(Errno.ENETUNREACH)
        return route

    def path(self, route: AnyRoute, destination: Address) -> TcpPath:
        assert isinstance(route, Rt6Info)
        assert isinstance(destination, IPv6)
        match = route.match
        advertised = None if match is None or match.entry is None else match.entry.advmss
        mtu = self._namespace.ip6.routes.path_mtu(route, destination)
        least = self._namespace.sysctls.number("net/ipv6/route/min_adv_mss")
        return TcpPath(mtu=mtu, headers=_HEADER6 + _TCP_HEADER, advertised=advertised, least_advertised=least)

    def send(
        self, segment: Tcp, source: Address, destination: Address, route: AnyRoute, identification: int, gso: int,
        sender: SkbSock | None = None, mark: int = 0, *, ecn: int = 0, whole: bool = True,
    ) -> Errno | None:  # fmt: skip
        del identification, whole  # IPv6 numbers fragments only
        assert isinstance(source, IPv6)
        assert isinstance(destination, IPv6)
        assert isinstance(route, Rt6Info)
        assert route.device is not None
        ip6 = self._namespace.ip6
        length = _HEADER6 + segment.length
        limit = ip6.hop_limit(route)
        packet = ipv6.Packet(source, destination, PROTOCOL, segment, limit, ecn, 0, b"", None, length)
        frame = Frame(UNKNOWN, UNKNOWN, IPV6, packet, 14 + length)
        skb = Skb(frame, self._namespace.host.next_packet(), route.device)
        if gso:
            skb.gso = gso
        skb.sender, skb.mark = sender, mark
        return ip6.send_skb(skb, route)

    def confirm(self, route: AnyRoute, destination: Address, now: int) -> None:
        device = route.device
        if device is not None and device.has_arp:
            self._namespace.ndisc.table.confirm(device.index, route.gateway or destination, now)

    def reply_mark(self, skb: Skb) -> int:
        return self._namespace.icmp6.reply_mark(skb)

    def is_local(self, address: Address, device: Device | None) -> bool:
        assert isinstance(address, IPv6)
        return self._namespace.ip6.routes.is_local(address, device)
