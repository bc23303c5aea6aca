"""GVRP as vlan_registration has it, recorded on Linux 6.18."""

from __future__ import annotations

import pytest

from vnetsim.errors import DecodeError
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.garp import GarpPdu
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter

DATA = bytes.fromhex("424203000101040200050000")
FRAME = Frame(Mac.parse("01:80:c2:00:00:21"), Mac.parse("02:00:00:00:00:01"), 12, GarpPdu(DATA, 12), 26)


def test_it_is_shown_as_tcpdump_shows_it() -> None:
    assert str(FRAME) == (
        "02:00:00:00:00:01 > 01:80:c2:00:00:21, 802.3, length 12: LLC, dsap STP (0x42) Individual, ssap STP (0x42) "
        "Command, ctrl 0x03: unknown STP version, length 9"
    )
    assert FRAME.describe(PacketPrinter(link=False)) == "unknown STP version, length 9"


def test_frames_have_it_there_and_back() -> None:
    assert Frame.decode(FRAME.encode()) == FRAME


@pytest.mark.parametrize("data", [b"", DATA[:5], b"\xaa" + DATA[1:], DATA[:5] + b"\0" + DATA[6:]])
def test_what_is_none_is_not_decoded(data: bytes) -> None:
    with pytest.raises(DecodeError):
        GarpPdu.decode(data)
