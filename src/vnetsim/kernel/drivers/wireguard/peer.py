"""A peer of a WireGuard device: its sessions, and the packets that are sent to it (peer.c, send.c)."""

from __future__ import annotations

import random
from collections import deque
from typing import TYPE_CHECKING, Final

from vnetsim.clock import SECOND
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.kernel.drivers.wireguard.timers import REJECT_AFTER_TIME, REKEY_AFTER_TIME, REKEY_TIMEOUT, WgTimers
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.protocols.wireguard.noise import NoiseHandshake, NoiseKeypair, NoiseKeypairs
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.ethernet import IPV4, Frame
from vnetsim.wire.mac import UNKNOWN
from vnetsim.wire.wireguard import KEEPALIVE_LENGTH, KEY_LENGTH, padded

if TYPE_CHECKING:
    from vnetsim.kernel.drivers.wireguard.device import WireguardDevice
    from vnetsim.kernel.drivers.wireguard.socket import WgEndpoint

#: Packets that wait for a session (MAX_STAGED_PACKETS).
_MAX_STAGED: Final = 128
#: The TOS of handshake messages: AF41 (HANDSHAKE_DSCP).
_HANDSHAKE_TOS: Final = 0x88
#: TAI64N: 2^62 seconds, and the 10 leap seconds of 1970 (tai64n_now).
_TAI64: Final = 0x400000000000000A
#: An initiation has the time to about 17 milliseconds only.
_TAI64_BITS: Final = 24


class WgPeer:
    """`staged` waits for a session."""

    def __init__(self, device: WireguardDevice, public: bytes) -> None:
        self.device = device
        self.public = public
        self.handshake = NoiseHandshake(device.identity, public)
        self.handshake.set_identity(device.identity)
        self.keypairs = NoiseKeypairs()
        self.endpoint: WgEndpoint | None = None
        self.persistent_keepalive = 0
        self.rx_bytes = self.tx_bytes = 0
        #: Nanoseconds since 1970, 0 without one.
        self.last_handshake = 0
        self.staged: deque[Skb] = deque()
        self._last_sent_handshake: int | None = None
        self.sent_lastminute_handshake = False
        self.timers = WgTimers(self, device.engine)

    @property
    def random(self) -> random.Random:
        return self.device.namespace.host.random

    def handshake_complete(self) -> None:
        self.sent_lastminute_handshake = False
        self.last_handshake = self.device.namespace.host.wall_clock()

    def stop(self) -> None:
        """wg_stop, wg_peer_remove: sessions and packets that wait are lost."""
        self.purge_staged_packets(DropReason.DEV_READY)
        self.timers.stop()
        self.forget_sessions()
        self._last_sent_handshake = None

    def forget_sessions(self) -> None:
        self.handshake.clear()
        self.keypairs.clear()

    def expire_sessions(self) -> None:
        """wg_noise_expire_current_peer_keypairs"""
        self.handshake.clear()
        self._last_sent_handshake = None
        self.keypairs.current = self.keypairs.next = None

    def clear_endpoint_source(self) -> None:
        if self.endpoint is not None:
            self.endpoint.clear_source()

    # --- handshakes -------------------------------------------------------------------------------------------------

    def send_queued_handshake_initiation(self, *, retry: bool = False) -> None:
        """Not more often than each five seconds."""
        if not retry:
            self.timers.handshake_attempts = 0
        now = self.device.engine.now()
        if self._last_sent_handshake is not None and now - self._last_sent_handshake < REKEY_TIMEOUT:
            return
        self._last_sent_handshake = now
        message = self.handshake.create_initiation(
            self.device.new_index(self), self.random.randbytes(KEY_LENGTH), self._timestamp()
        )
        if message is None:
            return
        self.timers.any_authenticated_packet_traversal()
        self.timers.any_authenticated_packet_sent()
        self._send(message, self._own_skb(), _HANDSHAKE_TOS)
        self.timers.handshake_initiated()

    def _timestamp(self) -> bytes:
        seconds, nanoseconds = divmod(self.device.namespace.host.wall_clock(), SECOND)
        coarse = nanoseconds >> _TAI64_BITS << _TAI64_BITS
        return (_TAI64 + seconds).to_bytes(8, "big") + coarse.to_bytes(4, "big")

    def send_handshake_response(self) -> None:
        self._last_sent_handshake = self.device.engine.now()
        message = self.handshake.create_response(self.device.new_index(self), self.random.randbytes(KEY_LENGTH))
        if message is None or not self.begin_session():
            return
        self.timers.any_authenticated_packet_traversal()
        self.timers.any_authenticated_packet_sent()
        self._send(message, self._own_skb(), _HANDSHAKE_TOS)

    def begin_session(self) -> bool:
        keypair = self.handshake.begin_session(self.device.engine.now())
        if keypair is None:
            return False
        self.keypairs.add(keypair)
        self.timers.session_derived()
        return True

    # --- data -------------------------------------------------------------------------------------------------------

    def stage(self, skb: Skb) -> None:
        """A packet for the peer: the oldest one goes if too many wait."""
        while len(self.staged) >= _MAX_STAGED:
            self.device.tx_dropped += 1
            self.device.namespace.drop(self.staged.popleft(), self.device, DropReason.WG_HANDSHAKE)
        self.staged.append(skb)

    def purge_staged_packets(self, reason: DropReason = DropReason.WG_HANDSHAKE) -> None:
        """wg_packet_purge_staged_packets"""
        while self.staged:
            self.device.tx_dropped += 1
            self.device.namespace.drop(self.staged.popleft(), self.device, reason)

    def send_keepalive(self) -> None:
        """What waits, or else a message without contents."""
        if not self.staged:
            self.staged.append(self._own_skb())
        self.send_staged_packets()

    def send_staged_packets(self) -> None:
        """wg_packet_send_staged_packets: without a session they wait for a handshake."""
        if not self.staged:
            return
        keypair, now = self.keypairs.current, self.device.engine.now()
        if keypair is None or now - keypair.born >= REJECT_AFTER_TIME:
            self.send_queued_handshake_initiation()
            return
        packets, self.staged = self.staged, deque()
        data_sent = False
        self.timers.any_authenticated_packet_traversal()
        self.timers.any_authenticated_packet_sent()
        for skb in packets:
            data_sent |= self._seal(skb, keypair)
        if data_sent:
            self.timers.data_sent()
        if keypair.initiator and now - keypair.born >= REKEY_AFTER_TIME:
            self.send_queued_handshake_initiation()

    def _seal(self, skb: Skb, keypair: NoiseKeypair) -> bool:
        """Send a packet; whether it was sent, and is no keepalive."""
        inner = skb.frame.payload
        content, tos = b"", 0
        if isinstance(inner, (ipv4.Packet, ipv6.Packet)):
            length = padded(inner.length, self.device.mtu)
            content = inner.encode().ljust(length, b"\0")
            tos = (inner.tos if isinstance(inner, ipv4.Packet) else inner.traffic_class) & 3
            if tos == 3:
                tos = 2
        data = keypair.seal(content).encode()
        return self._send(data, skb, tos) is None and len(data) > KEEPALIVE_LENGTH

    def _own_skb(self) -> Skb:
        """A message of the device itself."""
        device = self.device
        return Skb(Frame(UNKNOWN, UNKNOWN, IPV4, b"", 0), device.namespace.host.next_packet(), device)

    def _send(self, data: bytes, skb: Skb, tos: int) -> Errno | None:
        """wg_socket_send_buffer_to_peer"""
        device = self.device
        if self.endpoint is None or device.sockets is None:
            device.namespace.drop(skb, device, DropReason.WG_ENDPOINT)
            return Errno.EDESTADDRREQ
        outer = Skb(skb.frame, skb.identity, device)
        failed = device.sockets.send(outer, data, self.endpoint, tos, device.fwmark)
        if failed is None:
            self.tx_bytes += len(data)
            device.tx_packets += 1
            device.tx_bytes += len(data)
        return failed
