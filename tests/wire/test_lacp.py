"""LACPDUs: one as drivers/net/bonding of Linux 6.18 sends it, and the lines of tcpdump 4.99 about it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import DecodeError
from vnetsim.wire.ethernet import SLOW, Frame
from vnetsim.wire.lacp import GROUP, Lacpdu, LacpInfo
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter

ONE, OTHER = Mac.parse("02:00:00:00:00:01"), Mac.parse("02:00:00:00:00:b1")
PDU = Lacpdu(LacpInfo(65535, ONE, 15, 255, 1, 0x3F), LacpInfo(65535, OTHER, 15, 255, 1, 0x4D))
#: bond_8023ad_pair, recorded.
GOLDEN = bytes.fromhex(
    "0101 0114ffff020000000001000f00ff00013f000000 0214ffff0200000000b1000f00ff00014d000000 0310"
).ljust(110, b"\0")  # fmt: skip
LINES = """\
LACPv1, length 110
\tActor Information TLV (0x01), length 20
\t  System 02:00:00:00:00:01, System Priority 65535, Key 15, Port 1, Port Priority 255
\t  State Flags [Activity, Timeout, Aggregation, Synchronization, Collecting, Distributing]
\tPartner Information TLV (0x02), length 20
\t  System 02:00:00:00:00:b1, System Priority 65535, Key 15, Port 1, Port Priority 255
\t  State Flags [Activity, Aggregation, Synchronization, Default]
\tCollector Information TLV (0x03), length 16
\t  Max Delay 0
\tTerminator TLV (0x00), length 0"""

numbers = st.integers(0, 0xFFFF)
infos = st.builds(
    LacpInfo, numbers, st.integers(0, (1 << 48) - 1).map(Mac), numbers, numbers, numbers, st.integers(0, 255)
)


def test_encode_and_decode() -> None:
    assert PDU.encode() == GOLDEN
    assert Lacpdu.decode(GOLDEN) == PDU


@given(infos, infos)
def test_round_trip(actor: LacpInfo, partner: LacpInfo) -> None:
    pdu = Lacpdu(actor, partner)
    assert Lacpdu.decode(pdu.encode()) == pdu
    assert len(pdu.encode()) == pdu.length


@pytest.mark.parametrize("data", [GOLDEN[:109], b"\2" + GOLDEN[1:], GOLDEN[:2] + b"\2" + GOLDEN[3:]])
def test_what_is_none_is_not_decoded(data: bytes) -> None:
    with pytest.raises(DecodeError):
        Lacpdu.decode(data)


def test_tcpdump_prints_one_line_and_with_v_all_of_it() -> None:
    frame = Frame.build(GROUP, ONE, SLOW, PDU)
    kind = "02:00:00:00:00:01 > 01:80:c2:00:00:02, ethertype Slow Protocols (0x8809), length 124: "
    assert str(frame) == f"{kind}LACPv1, length 110"
    assert Frame.decode(frame.encode()) == frame
    assert frame.describe(PacketPrinter(link=False)) == "LACPv1, length 110"
    assert frame.describe(PacketPrinter(link=False, verbosity=1)) == LINES
    assert "\n\t  0x0000:  ffff 0200 0000 0001 000f 00ff 0001 3f00\n\t  0x0010:  0000\n" in frame.describe(
        PacketPrinter(verbosity=2)
    )


def test_another_slow_protocol_stays_bytes() -> None:
    frame = Frame.decode(Frame.build(GROUP, ONE, SLOW, b"\3" + bytes(50)).encode())
    assert frame.payload == b"\3" + bytes(50)
