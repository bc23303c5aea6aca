"""The device, and the messages that arrive for it (drivers/net/wireguard/device.c, receive.c)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Final

from vnetsim.dropreason import DropReason
from vnetsim.errors import DecodeError, Errno, KernelError
from vnetsim.kernel.drivers.wireguard.peer import WgPeer
from vnetsim.kernel.drivers.wireguard.socket import WgEndpoint, WgSockets, WireguardNetns
from vnetsim.kernel.drivers.wireguard.timers import KEEPALIVE_TIMEOUT, REJECT_AFTER_TIME, REKEY_TIMEOUT
from vnetsim.kernel.ipv6.netns import inet_net
from vnetsim.kernel.netdev.device import Device
from vnetsim.kernel.netdev.gso import transmit_segments
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.protocols.wireguard.allowedips import AllowedIps
from vnetsim.protocols.wireguard.noise import NoiseKeypair, StaticIdentity
from vnetsim.wire import icmp, icmpv6, ipv4, ipv6, wireguard
from vnetsim.wire.ethernet import HEADER_LENGTH, IPV4, IPV6, Frame
from vnetsim.wire.mac import UNKNOWN
from vnetsim.wire.udp import Udp
from vnetsim.wire.wireguard import HandshakeInitiation, HandshakeResponse, TransportData

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.wireguard.socket import Packet
    from vnetsim.kernel.netdev.net_namespace import Netns
    from vnetsim.operations import AddLink

#: A session is renewed before it ends, if this host began it and hears from the peer.
_LAST_MINUTE: Final = REJECT_AFTER_TIME - KEEPALIVE_TIMEOUT - REKEY_TIMEOUT


class WireguardDevice(Device):
    kind: str | None = "wireguard"
    link_type: str = "none"
    has_arp: ClassVar[bool] = False
    flags_base: tuple[str, ...] = ("POINTOPOINT", "NOARP")
    default_mtu: ClassVar[int] = 1420
    min_mtu: int = 0
    max_mtu: int = 2147483552

    @classmethod
    def make(cls, namespace: Netns, request: AddLink, origin: WireguardNetns) -> WireguardDevice:
        """wg_newlink: its messages will travel through `origin`, where it is made."""
        device = cls(namespace.new_name(request.name, "wg%d"), origin)
        namespace.register(device, request.index)
        origin.pre_exit += (device.origin_exits,)
        return device

    def __init__(self, name: str, underlay: WireguardNetns) -> None:
        super().__init__(name, UNKNOWN)
        self.underlay = underlay
        #: Whether the namespace that it was made in is gone (wg->creating_net is NULL).
        self.is_orphan = False
        self.identity = StaticIdentity()
        self.listen_port = 0
        self.fwmark = 0
        self.peers: dict[bytes, WgPeer] = {}
        self.allowed_ips: AllowedIps[WgPeer] = AllowedIps()
        self.sockets: WgSockets | None = None
        #: The peers by the indexes of handshakes and sessions (index_hashtable).
        self._indexes: dict[int, WgPeer] = {}

    # --- state ------------------------------------------------------------------------------------------------------

    @property
    def tso_max_size(self) -> int:
        return 524280

    @property
    def received(self) -> tuple[int, int]:
        """Bytes as they arrived by UDP, without its header."""
        return self.rx_packets, self.rx_bytes

    def details(self) -> Mapping[str, str | int]:
        return {"tso_max_size": self.tso_max_size}

    def open(self) -> None:
        """wg_open: KernelError(EADDRINUSE) if the port is taken."""
        self.ip6.addr_gen_mode = "none"
        for name in ("all", self.name):
            self.namespace.sysctls.write(f"net/ipv4/conf/{name}/send_redirects", "0")
        self.listen(self.listen_port)
        for peer in self.peers.values():
            peer.send_staged_packets()
            if peer.persistent_keepalive:
                peer.send_keepalive()

    def listen(self, port: int) -> None:
        """wg_socket_init: KernelError(EADDRINUSE), and nothing has changed; (ENONET) without a namespace for it."""
        if self.is_orphan:
            raise KernelError(Errno.ENONET)
        sockets = WgSockets(self.underlay, self._received, port)
        self._stop_listening()
        self.sockets = sockets
        self.listen_port = self.sockets.port

    def _stop_listening(self) -> None:
        if self.sockets is not None:
            self.sockets.close()
            self.sockets = None

    def origin_exits(self) -> None:
        """wg_netns_pre_exit: no more sockets, and no carrier."""
        if self.registered:
            self.is_orphan = True
            self.set_carrier(False)
            self._stop_listening()

    def stop(self) -> None:
        for peer in self.peers.values():
            peer.stop()
        self._indexes.clear()
        self._stop_listening()

    def uninit(self) -> None:
        self.peers.clear()
        self.underlay.pre_exit = tuple([call for call in self.underlay.pre_exit if call != self.origin_exits])

    def remove_peer(self, peer: WgPeer) -> None:
        peer.stop()
        self.allowed_ips.remove_by_peer(peer)
        del self.peers[peer.public]

    def new_index(self, peer: WgPeer) -> int:
        """wg_index_hashtable_insert: a new one for a handshake."""
        kept = {keypair.local for keypair in peer.keypairs.all()}
        stale = [number for number, owner in self._indexes.items() if owner is peer and number not in kept]
        for number in stale:
            del self._indexes[number]
        index = 0
        while not index or index in self._indexes:
            index = self.namespace.host.random.getrandbits(32)
        self._indexes[index] = peer
        return index

    # --- packets that leave -----------------------------------------------------------------------------------------

    def transmit(self, skb: Skb) -> Errno | None:
        """GSO packets are segmented here, so that each segment is a message of its own."""
        if skb.gso and isinstance(skb.frame.payload, (ipv4.Packet, ipv6.Packet)):
            return transmit_segments(skb, skb.frame.payload, self)
        return super().transmit(skb)

    def _xmit(self, skb: Skb) -> Errno | None:
        """wg_xmit"""
        inner = skb.frame.payload
        if not isinstance(inner, (ipv4.Packet, ipv6.Packet)):
            self.tx_errors += 1
            self.namespace.drop(skb, self, DropReason.UNHANDLED_PROTO)
            return Errno.EPROTONOSUPPORT
        peer = self.allowed_ips.lookup(inner.destination)
        if peer is None:
            return self._unroutable(skb, inner, DropReason.WG_NOKEY, Errno.ENOKEY)
        if peer.endpoint is None:
            return self._unroutable(skb, inner, DropReason.WG_ENDPOINT, Errno.EDESTADDRREQ)
        peer.stage(skb)
        peer.send_staged_packets()
        return None

    def _unroutable(self, skb: Skb, inner: Packet, reason: DropReason, error: Errno) -> Errno:
        here = inet_net(self)
        self.tx_errors += 1
        here.drop(skb, self, reason, str(inner.destination))
        if isinstance(inner, ipv4.Packet):
            here.icmp.error(skb, inner, icmp.DESTINATION_UNREACHABLE, icmp.HOST_UNREACHABLE)
        else:
            here.icmp6.error(skb, inner, icmpv6.DESTINATION_UNREACHABLE, icmpv6.ADDRESS_UNREACHABLE)
        return error

    # --- messages that arrive ---------------------------------------------------------------------------------------

    def _received(self, skb: Skb, packet: Packet, datagram: Udp) -> None:
        """wg_receive"""
        try:
            message = wireguard.decode(datagram.data)
        except DecodeError as error:
            self._ignore(skb, str(error))
            return
        endpoint = WgEndpoint(packet.source, datagram.source_port, packet.destination, skb.device)
        if isinstance(message, TransportData):
            self._consume_data(skb, message, endpoint)
            return
        if not self.identity.is_addressed(datagram.data, message.mac1):
            self._ignore(skb, "a handshake for another public key")
            return
        if isinstance(message, HandshakeInitiation):
            peer = self._initiated(skb, message, endpoint)
        else:
            peer = self._responded(skb, message, endpoint)
        if peer is not None:
            self._count(peer, len(datagram.data))
            peer.timers.any_authenticated_packet_received()
            peer.timers.any_authenticated_packet_traversal()

    def _ignore(self, skb: Skb, why: str) -> None:
        self.underlay.drop(skb, self, DropReason.WG_HANDSHAKE, why)

    def _initiated(self, skb: Skb, message: HandshakeInitiation, endpoint: WgEndpoint) -> WgPeer | None:
        peer = self.peers.get(message.static)
        if peer is None:
            self._ignore(skb, "a handshake of an unknown public key")
            return None
        if not peer.handshake.consume_initiation(message, self.engine.now()):
            self._ignore(skb, "a handshake that is not the peer's, or is old")
            return None
        peer.endpoint = endpoint
        peer.send_handshake_response()
        return peer

    def _responded(self, skb: Skb, message: HandshakeResponse, endpoint: WgEndpoint) -> WgPeer | None:
        peer = self._indexes.get(message.receiver)
        if peer is None or peer.handshake.local != message.receiver:
            self._ignore(skb, "a response to no handshake of this device")
            return None
        if not peer.handshake.consume_response(message):
            self._ignore(skb, "a response of other keys: the preshared keys may differ")
            return None
        peer.endpoint = endpoint
        if peer.begin_session():
            peer.timers.handshake_complete()
            peer.send_keepalive()
        return peer

    def _count(self, peer: WgPeer, length: int) -> None:
        """update_rx_stats"""
        self.rx_packets += 1
        self.rx_bytes += length
        peer.rx_bytes += length

    def _consume_data(self, skb: Skb, message: TransportData, endpoint: WgEndpoint) -> None:
        """wg_packet_consume_data, wg_packet_consume_data_done"""
        peer = self._indexes.get(message.receiver)
        keypair = None if peer is None else peer.keypairs.find(message.receiver)
        now = self.engine.now()
        if peer is None or keypair is None or now - keypair.born >= REJECT_AFTER_TIME or not keypair.opens(message):
            self._ignore(skb, "no session of this device")
            return
        peer.endpoint = endpoint
        if peer.keypairs.received_with(keypair):
            peer.timers.handshake_complete()
            peer.send_staged_packets()
        self._keep_key_fresh(peer, now)
        peer.timers.any_authenticated_packet_received()
        peer.timers.any_authenticated_packet_traversal()
        if not message.content:
            self._count(peer, wireguard.KEEPALIVE_LENGTH)
            return
        peer.timers.data_received()
        self._decrypted(skb, peer, message.content)

    def _keep_key_fresh(self, peer: WgPeer, now: int) -> None:
        keypair: NoiseKeypair | None = peer.keypairs.current
        if peer.sent_lastminute_handshake or keypair is None or not keypair.initiator:
            return
        if now - keypair.born >= _LAST_MINUTE:
            peer.sent_lastminute_handshake = True
            peer.send_queued_handshake_initiation()

    def _decrypted(self, skb: Skb, peer: WgPeer, content: bytes) -> None:
        """A packet of the peer, if it may have that source."""
        six = content[0] >> 4 == 6
        try:
            inner = ipv6.Packet.decode(content) if six else ipv4.Packet.decode(content)
        except DecodeError:
            self.rx_errors += 1
            self.underlay.drop(skb, self, DropReason.IP_INHDR, "inside wireguard")
            return
        if self.allowed_ips.lookup(inner.source) is not peer:
            self.rx_errors += 1
            self.rx_frame_errors += 1
            self.namespace.drop(skb, self, DropReason.WG_ALLOWED_IPS, str(inner.source))
            return
        self._count(peer, len(content) + wireguard.KEEPALIVE_LENGTH)
        frame = Frame(self.mac, UNKNOWN, IPV6 if six else IPV4, inner, HEADER_LENGTH + inner.length)
        arrived = Skb(frame, skb.identity, self)
        if self.up:
            self.accept(arrived)
        else:
            self.namespace.drop(arrived, self, DropReason.DEV_READY)
