"""TCP of one namespace: demultiplexing, ports, resets (net/ipv4/tcp_ipv4.c, net/ipv6/tcp_ipv6.c).

The protocol itself is protocols.tcp; an Endpoint carries one connection, a TcpSock is what a program holds.
Not modelled: SYN cookies (with tcp_syncookies 1 connections beyond the limit begin as others do), balancing between
sockets that share a port (the last one to call listen() gets all), reuse of TIME-WAIT ports, connections of equal
link-local addresses and ports on two links.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.fib.info import Transport
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.kernel.transport.af_ops import AfOps, Ipv4Ops, Ipv6Ops
from vnetsim.kernel.transport.bound_dev import bound_dev_eq, slave_of
from vnetsim.kernel.transport.sock import UNREACHABLE
from vnetsim.kernel.transport.tcp_endpoint import Key, TcpEndpoint
from vnetsim.protocols.tcp import TcpSettings, TcpState, refusal
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import ANY6, Address
from vnetsim.wire.ipv4 import TCP
from vnetsim.wire.tcp import ACK, RST, SYN, Tcp

if TYPE_CHECKING:
    from vnetsim.kernel.ipv6.netns import InetNetns
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.transport.owners import Owners
    from vnetsim.kernel.transport.tcp_sockets import TcpSock
    from vnetsim.observations import SocketEntry

AnyPacket: TypeAlias = "ipv4.Packet | ipv6.Packet"
#: icmpv6_err_convert.
_UNREACHABLE6: Final = {
    icmpv6.NO_ROUTE: Errno.ENETUNREACH,
    icmpv6.ADMINISTRATIVELY_PROHIBITED: Errno.EACCES,
    icmpv6.BEYOND_SCOPE: Errno.EHOSTUNREACH,
    icmpv6.ADDRESS_UNREACHABLE: Errno.EHOSTUNREACH,
    icmpv6.PORT_UNREACHABLE: Errno.ECONNREFUSED,
    icmpv6.POLICY_FAILED: Errno.EACCES,
    icmpv6.REJECT_ROUTE: Errno.EACCES,
}
_MILLISECONDS: Final = 1_000_000
_SECONDS: Final = 1_000_000_000


class Bound(NamedTuple):
    """The user of a port: a socket, or a connection without one."""

    address: Address
    dual_stack: bool
    reuse: bool
    reuse_port: bool
    listening: bool
    device: Device | None = None

    def overlaps(self, other: Bound) -> bool:
        """Whether a segment could be for both (ipv6_rcv_saddr_equal)."""
        if self.device is not other.device and self.device is not None and other.device is not None:
            return False
        one, two = self.address, other.address
        if one.version != two.version:
            six = self if one.version == 6 else other
            return six.dual_stack and six.address == ANY6
        return not int(one) or not int(two) or one == two

    def tolerates(self, other: Bound) -> bool:
        """inet_bind_conflict."""
        if self.reuse and other.reuse and not other.listening:
            return True
        return self.reuse_port and other.reuse_port


class TcpTable:
    """The TCP sockets and connections of one namespace."""

    def __init__(self, namespace: InetNetns, owners: Owners) -> None:
        self.namespace = namespace
        self.owners = owners
        self._af_ops: dict[int, AfOps] = {4: Ipv4Ops(namespace), 6: Ipv6Ops(namespace)}
        self.sockets: dict[int, list[TcpSock]] = {}
        self.connections: dict[Key, TcpEndpoint] = {}
        #: The sysctls, cached.
        self._settings: TcpSettings | None = None

    def af_ops(self, address: Address) -> AfOps:
        """The operations for the family of an address."""
        return self._af_ops[address.version]

    # --- incoming -----------------------------------------------------------------------------------------------

    def receive(self, skb: Skb, packet: AnyPacket) -> None:
        """tcp_v4_rcv, tcp_v6_rcv."""
        segment = packet.payload
        namespace = self.namespace
        if not isinstance(segment, Tcp):
            namespace.drop(skb, skb.device, DropReason.IP_INHDR)
            return
        if skb.frame.destination >> 40 & 1:
            namespace.drop(skb, skb.device, DropReason.OTHERHOST, "a frame to everybody")
            return
        key = (packet.destination, segment.destination_port, packet.source, segment.source_port)
        endpoint = self.connections.get(key)
        if endpoint is not None and not self._is_in_vrf(endpoint, skb):
            namespace.drop(skb, skb.device, DropReason.NO_SOCKET, "the connection belongs to another VRF")
            return
        if endpoint is not None and not self._replaces_time_wait(endpoint, segment):
            if namespace.host.tracer is not None:
                namespace.delivered(skb, f"tcp port {segment.destination_port}")
            endpoint.receive(segment, ecn_field(packet))
            return
        link = self._link(skb, packet)
        listener = self.listener(packet.destination, segment.destination_port, link)
        if listener is not None:
            self._to_listener(skb, packet, segment, listener)
            return
        namespace.drop(skb, skb.device, DropReason.NO_SOCKET, f"tcp port {segment.destination_port}")
        self.refuse(skb, packet, segment, link)

    def _link(self, skb: Skb, packet: AnyPacket) -> Device | None:
        """The device that a segment came by, if its sender means something on one link only."""
        if (slave := slave_of(skb)) is not None:
            return slave
        if isinstance(packet, ipv6.Packet) and packet.source.is_link_local:
            return self.namespace.ip6.routes.link(skb.device, packet.destination)
        return None

    def _is_in_vrf(self, endpoint: TcpEndpoint, skb: Skb) -> bool:
        """Whether a segment came by the VRF of a connection: any for one that belongs to none, if they are accepted."""
        vrf = skb.device.l3mdev
        return endpoint.vrf is vrf or (endpoint.vrf is None and self._accepts_vrfs)

    @property
    def _accepts_vrfs(self) -> bool:
        return bool(self.namespace.sysctls.number("net/ipv4/tcp_l3mdev_accept"))

    def _replaces_time_wait(self, endpoint: TcpEndpoint, segment: Tcp) -> bool:
        """A connection in TIME-WAIT ends when a new one begins."""
        if not segment.flags & SYN or segment.flags & (RST | ACK):
            return False
        if not endpoint.connection.may_be_replaced(segment):
            return False
        endpoint.forget()
        return True

    def _to_listener(self, skb: Skb, packet: AnyPacket, segment: Tcp, listener: TcpSock) -> None:
        """tcp_rcv_state_process in LISTEN."""
        namespace = self.namespace
        if segment.flags & RST:
            namespace.drop(skb, skb.device, DropReason.NO_SOCKET, f"tcp port {segment.destination_port}")
        elif segment.flags & ACK:
            self.refuse(skb, packet, segment, self._link(skb, packet))
        elif segment.flags & SYN:
            if listener.is_full or self._has_too_many_requests(listener):
                namespace.drop(skb, skb.device, DropReason.SOCKET_RCVBUFF, "the listener's backlog")
                return
            if namespace.host.tracer is not None:
                namespace.delivered(skb, f"tcp port {segment.destination_port}")
            mark = skb.mark if skb.mark and namespace.sysctls.number("net/ipv4/tcp_fwmark_accept") else 0
            link = self._link(skb, packet)
            link = link if link is None else link.l3mdev or link
            TcpEndpoint.answering(self, listener, packet, segment, link, mark=mark, ecn=ecn_field(packet))

    def _has_too_many_requests(self, listener: TcpSock) -> bool:
        """tcp_conn_request: without SYN cookies a listener holds so many connections that are not established."""
        number = self.namespace.sysctls.number
        if number("net/ipv4/tcp_syncookies"):
            return False
        requests = sum(
            endpoint.listener is listener and endpoint.connection.state is TcpState.SYN_RECV
            for endpoint in self.connections.values()
        )
        most = number("net/ipv4/tcp_max_syn_backlog")
        return requests > listener.backlog or most - requests < most >> 2

    def listener(self, address: Address, port: int, link: Device | None) -> TcpSock | None:
        """The best match: a specific address is better than the wildcard, IPv4 better than dual-stack."""
        best, best_score = None, 0
        in_vrf = link is not None and link.l3mdev is not None
        accepts = in_vrf and self._accepts_vrfs
        for socket in self.sockets.get(port, ()):
            if not bound_dev_eq(socket.vrf, link if in_vrf else None, accepts=accepts):
                continue
            score = socket.listens_to(address, link)
            if score and score >= best_score:
                best, best_score = socket, score
        return best

    def refuse(self, skb: Skb, packet: AnyPacket, segment: Tcp, link: Device | None = None) -> None:
        """tcp_v4_send_reset, for a segment to an address of this host, by `link` only if given."""
        answer, af_ops = refusal(segment), self.af_ops(packet.source)
        if answer is None or not af_ops.is_local(packet.destination, link):
            return
        mark = af_ops.reply_mark(skb)
        try:
            transport = Transport(TCP, answer.source_port, answer.destination_port)
            out = link if link is None else link.l3mdev or link
            route = af_ops.route(packet.source, packet.destination, out, mark, transport)
        except KernelError:
            return
        af_ops.send(answer, packet.destination, packet.source, route, 0, 0, mark=mark)

    # --- ICMP errors ----------------------------------------------------------------------

    def _about(self, about: AnyPacket, segment: Tcp) -> TcpEndpoint | None:
        key = (about.source, segment.source_port, about.destination, segment.destination_port)
        endpoint = self.connections.get(key)
        return None if endpoint is None or endpoint.connection.state is TcpState.TIME_WAIT else endpoint

    def icmp_error(self, message: Icmp, about: ipv4.Packet, segment: Tcp) -> None:
        """tcp_v4_err."""
        endpoint = self._about(about, segment)
        if endpoint is None:
            return
        if message.type == icmp.DESTINATION_UNREACHABLE:
            if message.code == icmp.FRAGMENTATION_NEEDED:
                endpoint.path_changed()
            else:
                endpoint.unreachable(UNREACHABLE.get(message.code, Errno.EHOSTUNREACH), segment.sequence)
        elif message.type == icmp.TIME_EXCEEDED:
            endpoint.unreachable(Errno.EHOSTUNREACH, segment.sequence)

    def v6_err(self, _packet: ipv6.Packet, message: Icmpv6, about: ipv6.Packet, _device: Device) -> None:
        """tcp_v6_err.

        An error about the first SYN comes while connect(2) holds the socket, which is why it does not end it; one about
        the second SYN does.
        """
        segment = about.payload
        endpoint = self._about(about, segment) if isinstance(segment, Tcp) else None
        if endpoint is None or not isinstance(segment, Tcp):
            return
        if message.type == icmpv6.PACKET_TOO_BIG:
            endpoint.path_changed()
        elif endpoint.connection.state is not TcpState.SYN_SENT or endpoint.connection.tries:
            error = _UNREACHABLE6.get(message.code) if message.type == icmpv6.DESTINATION_UNREACHABLE else None
            endpoint.unreachable(error or Errno.EHOSTUNREACH, segment.sequence)

    # --- outgoing -----------------------------------------------------------------------------------------------

    def sysctls_changed(self) -> None:
        """A sysctl was written."""
        self._settings = None

    def settings(self) -> TcpSettings:
        """The current sysctls."""
        if self._settings is None:
            self._settings = self._read_settings()
        return self._settings

    def _read_settings(self) -> TcpSettings:
        sysctls = self.namespace.sysctls
        number = sysctls.number
        receive = sysctls.read("net/ipv4/tcp_rmem").split()
        send = sysctls.read("net/ipv4/tcp_wmem").split()
        return TcpSettings(
            timestamps=bool(number("net/ipv4/tcp_timestamps")),
            sack=bool(number("net/ipv4/tcp_sack")),
            window_scaling=bool(number("net/ipv4/tcp_window_scaling")),
            receive_buffer=int(receive[1]),
            receive_buffer_max=int(receive[2]),
            send_buffer_initial=int(send[1]),
            send_buffer_max=int(send[2]),
            syn_retries=number("net/ipv4/tcp_syn_retries"),
            syn_linear_timeouts=number("net/ipv4/tcp_syn_linear_timeouts"),
            synack_retries=number("net/ipv4/tcp_synack_retries"),
            retries=number("net/ipv4/tcp_retries2"),
            orphan_retries=number("net/ipv4/tcp_orphan_retries") or 8,
            fin_timeout=number("net/ipv4/tcp_fin_timeout") * _SECONDS,
            rto_min=number("net/ipv4/tcp_rto_min_us") * 1000,
            rto_max=number("net/ipv4/tcp_rto_max_ms") * _MILLISECONDS,
            ecn=number("net/ipv4/tcp_ecn"),
            ecn_fallback=bool(number("net/ipv4/tcp_ecn_fallback")),
            congestion_control=sysctls.read("net/ipv4/tcp_congestion_control"),
        )

    # --- ports ----------------------------------------------------------------------------------------------------

    def holders(self, port: int) -> list[Bound]:
        """All users of a port (struct inet_bind_bucket)."""
        held = [socket.bound for socket in self.sockets.get(port, ())]
        held += [
            Bound(endpoint.shown_local, False, endpoint.reuse, False, False, endpoint.vrf)
            for key, endpoint in self.connections.items()
            if key[1] == port and endpoint.socket is None
        ]
        return held

    def claim(self, socket: TcpSock, port: int) -> int:
        """bind(2): KernelError(EADDRINUSE) if the port is taken, any free one for 0."""
        if port == 0:
            port = self._free_port()
        else:
            wanted = socket.bound
            if any(wanted.overlaps(held) and not wanted.tolerates(held) for held in self.holders(port)):
                raise KernelError(Errno.EADDRINUSE)
        self.sockets.setdefault(port, []).append(socket)
        return port

    def claim_for_connection(self, socket: TcpSock, source: Address, destination: Address, remote_port: int) -> int:
        """__inet_hash_connect: a port that is not bound, and without a connection to the same remote end."""
        low, high = self.namespace.sysctls.port_range()
        reserved = self.namespace.sysctls.reserved_ports()
        start = self.namespace.host.random.randrange(low, high + 1) & ~1
        # The even ones first: bind(2) gives the odd ones.
        for odd in (0, 1):
            ports = range(low + ((low ^ odd) & 1), high + 1, 2)
            first = max(0, (start - low) // 2) % max(len(ports), 1)
            for port in itertools.chain(ports[first:], ports[:first]):
                if port in reserved or port in self.sockets:
                    continue
                if (source, port, destination, remote_port) not in self.connections:
                    self.sockets[port] = [socket]
                    return port
        raise KernelError(Errno.EADDRNOTAVAIL)

    def _free_port(self) -> int:
        """inet_csk_find_open_port: connections prefer the even ones, so bind(2) gives the odd ones."""
        low, high = self.namespace.sysctls.port_range()
        claimed = (*self.sockets, *(key[1] for key in self.connections), *self.namespace.sysctls.reserved_ports())
        used = {port for port in claimed if low <= port <= high}
        for ports, taken in (
            (range(low | 1, high + 1, 2), [port for port in used if port % 2]),
            (range(low, high + 1), [*used]),
        ):
            if len(taken) < len(ports):
                index = self.namespace.host.random.randrange(len(ports) - len(taken))
                for port in sorted(taken):
                    index += port <= ports[index]
                return ports[index]
        raise KernelError(Errno.EADDRINUSE)

    def release(self, socket: TcpSock) -> None:
        bound = self.sockets.get(socket.port, [])
        if socket in bound:
            bound.remove(socket)
            if not bound:
                del self.sockets[socket.port]

    # --- what there is ----------------------------------------------------------------------------------------------

    def entries(self, port: int | None = None) -> list[SocketEntry]:
        """As ss lists them: listeners, then connections."""
        ports = sorted(self.sockets) if port is None else [port]
        listening = [socket.entry() for each in ports for socket in self.sockets.get(each, ()) if socket.listening]
        connected = [endpoint.entry() for endpoint in self.connections.values()]
        return listening + [entry for entry in connected if port in (None, entry.local_port)]


def ecn_field(packet: AnyPacket) -> int:
    """The last two bits of TOS or traffic class (RFC 3168, 5)."""
    return (packet.traffic_class if isinstance(packet, ipv6.Packet) else packet.tos) & 3
