"""The messages of WireGuard (drivers/net/wireguard/messages.h; the protocol's paper, 5.4): layouts and lengths.

Not modelled: cryptography.  What a real message has encrypted is here as it is, behind an authentication tag.
"""

from __future__ import annotations

import enum
import struct
from typing import Final, TypeAlias

from vnetsim.errors import DecodeError
from vnetsim.values import frozen


class MessageType(enum.IntEnum):
    INITIATION = 1
    RESPONSE = 2
    DATA = 4


#: Bytes of a key, of an authentication tag, and of the message authentication codes at the end of a handshake message.
KEY_LENGTH: Final = 32
TAG_LENGTH: Final = 16
_MACS: Final = 32
#: The contents of a data message are filled up to a multiple of that.
PADDING: Final = 16
_INITIATION: Final = struct.Struct("<B3xI32s32s16s12s16s16s16s")
_RESPONSE: Final = struct.Struct("<B3xII32s16s16s16s")
_DATA: Final = struct.Struct("<B3xIQ")
#: Bytes of a data message without contents, which is a keepalive.
KEEPALIVE_LENGTH: Final = _DATA.size + TAG_LENGTH
_NO_MAC: Final = bytes(TAG_LENGTH)


@frozen
class HandshakeInitiation:
    """From the peer with the public key `static`; `tag` proves that it has its private key, `mac1` to whom it is."""

    sender: int
    ephemeral: bytes
    static: bytes
    timestamp: bytes
    tag: bytes
    mac1: bytes = _NO_MAC

    @classmethod
    def decode(cls, data: bytes) -> HandshakeInitiation:
        if len(data) != _INITIATION.size:
            raise DecodeError(f"a handshake initiation has {_INITIATION.size} bytes, not {len(data)}")
        _, sender, ephemeral, static, _, timestamp, tag, mac1, _ = _INITIATION.unpack(data)
        return cls(sender, ephemeral, static, timestamp, tag, mac1)

    def encode(self) -> bytes:
        return _INITIATION.pack(
            MessageType.INITIATION, self.sender, self.ephemeral, self.static, _NO_MAC, self.timestamp, self.tag,
            self.mac1, _NO_MAC,
        )  # fmt: skip


@frozen
class HandshakeResponse:
    """To the initiation of the index `receiver`."""

    sender: int
    receiver: int
    ephemeral: bytes
    tag: bytes
    mac1: bytes = _NO_MAC

    @classmethod
    def decode(cls, data: bytes) -> HandshakeResponse:
        if len(data) != _RESPONSE.size:
            raise DecodeError(f"a handshake response has {_RESPONSE.size} bytes, not {len(data)}")
        _, sender, receiver, ephemeral, tag, mac1, _ = _RESPONSE.unpack(data)
        return cls(sender, receiver, ephemeral, tag, mac1)

    def encode(self) -> bytes:
        return _RESPONSE.pack(
            MessageType.RESPONSE, self.sender, self.receiver, self.ephemeral, self.tag, self.mac1, _NO_MAC
        )


@frozen
class TransportData:
    """A packet of the session with the index `receiver`, filled up; without `content` a keepalive."""

    receiver: int
    counter: int
    content: bytes
    tag: bytes

    @classmethod
    def decode(cls, data: bytes) -> TransportData:
        if len(data) < KEEPALIVE_LENGTH:
            raise DecodeError(f"a data message has at least {KEEPALIVE_LENGTH} bytes, not {len(data)}")
        _, receiver, counter = _DATA.unpack_from(data)
        return cls(receiver, counter, data[_DATA.size : -TAG_LENGTH], data[-TAG_LENGTH:])

    def encode(self) -> bytes:
        return _DATA.pack(MessageType.DATA, self.receiver, self.counter) + self.content + self.tag


Message: TypeAlias = HandshakeInitiation | HandshakeResponse | TransportData


def decode(data: bytes) -> Message:
    """A message by its type; cookie replies are unknown here, as no host is ever under load."""
    match int.from_bytes(data[:4], "little") if len(data) >= 4 else 0:
        case MessageType.INITIATION:
            return HandshakeInitiation.decode(data)
        case MessageType.RESPONSE:
            return HandshakeResponse.decode(data)
        case MessageType.DATA:
            return TransportData.decode(data)
    raise DecodeError("no message of WireGuard")


def before_macs(data: bytes) -> bytes:
    """What `mac1` of a handshake message is about."""
    return data[:-_MACS]


def padded(length: int, mtu: int) -> int:
    """Bytes of a packet of that length as it is sent: not more than the device's MTU (calculate_skb_padding)."""
    if not mtu:
        return -(-length // PADDING) * PADDING
    last = length % mtu if length > mtu else length
    return length - last + min(mtu, -(-last // PADDING) * PADDING)
