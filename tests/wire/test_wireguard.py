"""Messages of WireGuard: their lengths, as a packet capture shows them, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import DecodeError
from vnetsim.wire.wireguard import HandshakeInitiation, HandshakeResponse, Message, TransportData, decode, padded

KEY, TAG = bytes(range(32)), bytes(range(16))
MESSAGES: dict[int, Message] = {
    148: HandshakeInitiation(7, KEY, KEY[::-1], bytes(12), TAG, TAG[::-1]),
    92: HandshakeResponse(8, 7, KEY, TAG, TAG[::-1]),
    32: TransportData(8, 0, b"", TAG),
    128: TransportData(8, 2**40, bytes(96), TAG),
}


@pytest.mark.parametrize("length", MESSAGES)
def test_each_message_has_the_length_of_the_real_one_and_is_read_again(length: int) -> None:
    data = MESSAGES[length].encode()
    assert len(data) == length
    assert decode(data) == MESSAGES[length]


@given(st.binary(max_size=160) | st.sampled_from([1, 2, 3, 4]).flatmap(
    lambda kind: st.binary(max_size=160).map(lambda rest: bytes((kind, 0, 0, 0)) + rest)))  # fmt: skip
def test_any_bytes_are_a_message_or_a_decode_error(data: bytes) -> None:
    try:
        message = decode(data)
    except DecodeError:
        return
    assert len(message.encode()) == len(data)


@pytest.mark.parametrize(
    ("length", "mtu", "sent"),
    [
        (0, 1420, 0),
        (84, 1420, 96),
        (96, 1420, 96),
        (1420, 1420, 1420),
        (1409, 1420, 1420),
        (84, 0, 96),
        (2000, 1420, 2012),
    ],
)
def test_contents_are_filled_up_to_16_bytes_but_not_beyond_the_mtu(length: int, mtu: int, sent: int) -> None:
    assert padded(length, mtu) == sent
