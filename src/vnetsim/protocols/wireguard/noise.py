"""Handshakes and sessions (drivers/net/wireguard/noise.c; the protocol's paper, 5.4).

Not modelled: cryptography.  Nothing is encrypted: a message carries the public key of its sender, and tags that are
hashes over what only the two peers know (the shared secret of their static keys, the preshared key).  So a peer with
another key completes no handshake, as on Linux, but a capture shows what is in the messages.
"""

from __future__ import annotations

import hashlib
from typing import Final

import attrs

from vnetsim.protocols import x25519
from vnetsim.values import define, frozen
from vnetsim.wire import wireguard as wire
from vnetsim.wire.wireguard import HandshakeInitiation, HandshakeResponse, TransportData

NO_KEY: Final = bytes(x25519.LENGTH)
_LABEL_MAC1: Final = b"mac1----"
#: Counters that may arrive late (COUNTER_WINDOW_SIZE).
_WINDOW: Final = 8192 - 64
#: Initiations of one peer are this far apart (INITIATIONS_PER_SECOND), in nanoseconds.
_FLOOD: Final = 1_000_000_000 // 50


def tag(secret: bytes, *parts: bytes) -> bytes:
    """What only those who know the secret can make of the parts."""
    return hashlib.blake2s(b"".join(parts), digest_size=wire.TAG_LENGTH, key=secret).digest()


def mac1(message: bytes, receiver: bytes) -> bytes:
    """The message authentication code of a message to the peer with that public key (the paper, 5.4.4)."""
    key = hashlib.blake2s(_LABEL_MAC1 + receiver).digest()
    return hashlib.blake2s(wire.before_macs(message), digest_size=wire.TAG_LENGTH, key=key).digest()


@frozen
class StaticIdentity:
    """The keys of a device; without a private key it takes part in no handshake."""

    private: bytes = NO_KEY
    public: bytes = NO_KEY

    @classmethod
    def of(cls, private: bytes) -> StaticIdentity:
        """Of a private key as a user gives it; no bits set: none."""
        if private == NO_KEY:
            return cls()
        clamped = x25519.clamped(private)
        return cls(clamped, x25519.public_key(clamped))

    def __bool__(self) -> bool:
        return self.private != NO_KEY

    def shared_with(self, public: bytes) -> bytes:
        """The secret that it shares with the owner of a public key (precomputed_static_static)."""
        return x25519.x25519(self.private, public) if self else NO_KEY

    def is_addressed(self, message: bytes, code: bytes) -> bool:
        """wg_cookie_validate_packet: whether a handshake message is for this device."""
        return mac1(message, self.public) == code


@define(eq=False)
class NoiseKeypair:
    """A session: `local` and `remote` are the indexes by which both ends know it."""

    local: int
    remote: int
    initiator: bool
    born: int
    secret: bytes
    counter: int = 0
    _greatest: int = -1
    _seen: int = 0

    def seal(self, content: bytes) -> TransportData:
        """A message with the next counter."""
        counter, self.counter = self.counter, self.counter + 1
        return TransportData(self.remote, counter, content, tag(self.secret, counter.to_bytes(8, "little"), content))

    def opens(self, message: TransportData) -> bool:
        """Whether the other end made a message, and it did not arrive before (counter_validate)."""
        counter = message.counter
        if message.tag != tag(self.secret, counter.to_bytes(8, "little"), message.content):
            return False
        late = self._greatest - counter
        if late >= _WINDOW or (late >= 0 and self._seen >> late & 1):
            return False
        if late < 0:
            self._seen = (self._seen << -late | 1) & (1 << _WINDOW) - 1
            self._greatest = counter
        else:
            self._seen |= 1 << late
        return True


@define(eq=False)
class NoiseHandshake:
    """The handshake with one peer, whose public key is `remote_static`; at most one is pending."""

    identity: StaticIdentity
    remote_static: bytes
    preshared: bytes = NO_KEY
    secret: bytes = NO_KEY
    #: "", "created initiation", "consumed initiation", "created response" or "consumed response".
    state: str = ""
    local: int = 0
    remote: int = 0
    ephemeral: bytes = b""
    remote_ephemeral: bytes = b""
    _latest: bytes = b""
    _last_consumed: int | None = None

    def set_identity(self, identity: StaticIdentity) -> None:
        """wg_noise_precompute_static_static"""
        self.identity, self.secret = identity, identity.shared_with(self.remote_static)

    def clear(self) -> None:
        self.state, self.ephemeral, self.remote_ephemeral, self.local, self.remote = "", b"", b"", 0, 0

    def create_initiation(self, index: int, ephemeral: bytes, timestamp: bytes) -> bytes | None:
        """The message; None without keys (wg_noise_handshake_create_initiation)."""
        if not self.identity or self.secret == NO_KEY:
            return None
        self.local, self.ephemeral, self.state = index, ephemeral, "created initiation"
        proof = tag(self.secret, ephemeral, timestamp)
        return self._addressed(HandshakeInitiation(index, ephemeral, self.identity.public, timestamp, proof))

    def consume_initiation(self, message: HandshakeInitiation, now: int) -> bool:
        """False for what the peer did not make, for an old message, and for too many of them."""
        if self.secret == NO_KEY or message.tag != tag(self.secret, message.ephemeral, message.timestamp):
            return False
        flood = self._last_consumed is not None and self._last_consumed + _FLOOD > now
        if message.timestamp <= self._latest or flood:
            return False
        self._latest, self._last_consumed = message.timestamp, now
        self.remote, self.remote_ephemeral, self.state = message.sender, message.ephemeral, "consumed initiation"
        return True

    def create_response(self, index: int, ephemeral: bytes) -> bytes | None:
        if self.state != "consumed initiation":
            return None
        self.local, self.ephemeral, self.state = index, ephemeral, "created response"
        proof = tag(self.secret, self.preshared, self.remote_ephemeral, ephemeral)
        return self._addressed(HandshakeResponse(index, self.remote, ephemeral, proof))

    def consume_response(self, message: HandshakeResponse) -> bool:
        """False for what does not answer the initiation, and if the preshared keys differ."""
        if self.state != "created initiation":
            return False
        if message.tag != tag(self.secret, self.preshared, self.ephemeral, message.ephemeral):
            return False
        self.remote, self.remote_ephemeral, self.state = message.sender, message.ephemeral, "consumed response"
        return True

    def begin_session(self, now: int) -> NoiseKeypair | None:
        """wg_noise_handshake_begin_session"""
        if self.state not in ("created response", "consumed response"):
            return None
        initiator = self.state == "consumed response"
        ephemerals = (self.ephemeral, self.remote_ephemeral)
        secret = hashlib.blake2s(
            b"".join((self.preshared, *(ephemerals if initiator else reversed(ephemerals)))), key=self.secret
        ).digest()
        keypair = NoiseKeypair(self.local, self.remote, initiator, now, secret)
        self.clear()
        return keypair

    def _addressed(self, message: HandshakeInitiation | HandshakeResponse) -> bytes:
        code = mac1(message.encode(), self.remote_static)
        return attrs.evolve(message, mac1=code).encode()


@define(eq=False)
class NoiseKeypairs:
    """The sessions with one peer: the one in use, the one before, and one that the peer has not used yet."""

    current: NoiseKeypair | None = None
    previous: NoiseKeypair | None = None
    next: NoiseKeypair | None = None

    def add(self, new: NoiseKeypair) -> None:
        """add_new_keypair: a responder waits for the first message of the session."""
        if not new.initiator:
            self.next, self.previous = new, None
            return
        self.previous = self.current if self.next is None else self.next
        self.current, self.next = new, None

    def received_with(self, keypair: NoiseKeypair) -> bool:
        """wg_noise_received_with_keypair: whether this message confirms the next session."""
        if keypair is not self.next:
            return False
        self.previous, self.current, self.next = self.current, keypair, None
        return True

    def find(self, local: int) -> NoiseKeypair | None:
        """The session that this host knows by an index."""
        return next((each for each in self.all() if each.local == local), None)

    def all(self) -> list[NoiseKeypair]:
        return [each for each in (self.current, self.previous, self.next) if each is not None]

    def clear(self) -> None:
        self.current = self.previous = self.next = None
