"""Handshakes between two ends: who completes one, and which messages a session takes."""

from __future__ import annotations

import pytest

from vnetsim.protocols.wireguard.noise import NO_KEY, NoiseHandshake, NoiseKeypair, NoiseKeypairs, StaticIdentity
from vnetsim.wire.wireguard import HandshakeInitiation, HandshakeResponse, TransportData

ALICE, BOB, EVE = (StaticIdentity.of(bytes((number,)) * 32) for number in (1, 2, 3))
SECOND = 1_000_000_000


def end(own: StaticIdentity, of_peer: StaticIdentity, preshared: bytes = NO_KEY) -> NoiseHandshake:
    made = NoiseHandshake(own, of_peer.public, preshared)
    made.set_identity(own)
    return made


def initiation(sender: NoiseHandshake, at: int = 1) -> HandshakeInitiation:
    data = sender.create_initiation(10 + at, b"e" * 32, bytes(11) + bytes((at,)))
    assert data is not None
    return HandshakeInitiation.decode(data)


def response(sender: NoiseHandshake) -> HandshakeResponse:
    data = sender.create_response(20, b"f" * 32)
    assert data is not None
    return HandshakeResponse.decode(data)


def session(one: NoiseHandshake, other: NoiseHandshake) -> tuple[NoiseKeypair, NoiseKeypair]:
    assert other.consume_initiation(initiation(one), 0)
    answer = response(other)
    responder = other.begin_session(5)
    assert one.consume_response(answer)
    initiator = one.begin_session(6)
    assert initiator is not None
    assert responder is not None
    return initiator, responder


def test_both_ends_of_a_session_open_what_the_other_seals() -> None:
    initiator, responder = session(end(ALICE, BOB), end(BOB, ALICE))
    assert (initiator.initiator, responder.initiator) == (True, False)
    assert (initiator.local, initiator.remote) == (responder.remote, responder.local)
    assert responder.opens(initiator.seal(b"there"))
    assert initiator.opens(responder.seal(b"and back"))


@pytest.mark.parametrize(("initiator", "responder"), [(EVE, BOB), (ALICE, EVE)])
def test_a_handshake_of_or_with_another_key_is_not_taken(initiator: StaticIdentity, responder: StaticIdentity) -> None:
    """EVE's messages are not ALICE's, and ALICE's are not for EVE."""
    assert not end(responder, ALICE).consume_initiation(initiation(end(initiator, BOB)), 0)


def test_a_message_for_another_key_is_not_for_this_device() -> None:
    data = end(ALICE, BOB).create_initiation(1, b"e" * 32, bytes(12))
    assert data is not None
    code = HandshakeInitiation.decode(data).mac1
    assert BOB.is_addressed(data, code)
    assert not EVE.is_addressed(data, code)


@pytest.mark.parametrize(("here", "there"), [(b"p" * 32, NO_KEY), (NO_KEY, b"p" * 32), (b"p" * 32, b"q" * 32)])
def test_different_preshared_keys_refuse_the_response(here: bytes, there: bytes) -> None:
    one, other = end(ALICE, BOB, here), end(BOB, ALICE, there)
    assert other.consume_initiation(initiation(one), 0)
    assert not one.consume_response(response(other))
    assert one.begin_session(0) is None


def test_without_a_private_key_there_is_no_handshake() -> None:
    assert end(StaticIdentity(), BOB).create_initiation(1, b"e" * 32, bytes(12)) is None


def test_an_initiation_is_taken_once_and_not_too_often() -> None:
    one, other = end(ALICE, BOB), end(BOB, ALICE)
    first, second, third = (initiation(one, at) for at in (1, 2, 3))
    assert other.consume_initiation(first, 0)
    assert not other.consume_initiation(first, SECOND)
    assert not other.consume_initiation(second, SECOND // 100)
    assert other.consume_initiation(third, SECOND)


def test_a_message_opens_once_and_late_ones_open_too() -> None:
    initiator, responder = session(end(ALICE, BOB), end(BOB, ALICE))
    first, second, third = (initiator.seal(b"x") for _ in range(3))
    assert [responder.opens(message) for message in (third, first, third, first, second)] == [
        True, True, False, False, True,
    ]  # fmt: skip
    assert not responder.opens(TransportData(third.receiver, 9, b"forged", third.tag))


def test_a_responder_uses_a_session_from_its_first_message_on() -> None:
    pairs = NoiseKeypairs()
    old, new = (NoiseKeypair(number, number, initiator, 0, b"s") for number, initiator in ((1, True), (2, False)))
    pairs.add(old)
    pairs.add(new)
    assert (pairs.current, pairs.next) == (old, new)
    assert not pairs.received_with(old)
    assert pairs.received_with(new)
    assert (pairs.current, pairs.previous, pairs.next, pairs.find(1)) == (new, old, None, old)
    pairs.clear()
    assert pairs.all() == []
