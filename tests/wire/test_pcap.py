from __future__ import annotations

import struct
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnetsim.errors import DecodeError
from vnetsim.wire import pcap
from vnetsim.wire.pcap import PcapCapture, PcapRecord

#: Two packets that tcpdump 4.99.3 wrote (link type LINUX_SLL2).
WRITTEN: Final = bytes.fromhex(
    "d4c3b2a102000400000000000000000000000400140100000000000000000000300000003000000008060000000000020001040602000000"
    "0001000000010800060400010200000000010a0000010000000000000a000002010000000000000030000000300000000806000000000002"
    "00010006020000000002000000010800060400020200000000020a0000020200000000010a000001"
)
SECOND: Final = 1_000_000_000
packets: Final = st.builds(
    PcapRecord,
    st.integers(0, 2**32 - 1).map(lambda seconds: seconds * SECOND + 999_999_000),
    st.binary(max_size=60),
    st.integers(0, 2**32 - 1),
)


def test_what_tcpdump_wrote_is_read() -> None:
    capture = PcapCapture.decode(WRITTEN)
    assert (capture.link_type, capture.snapshot, capture.error) == (pcap.COOKED, 262144, None)
    assert [(packet.at, len(packet.data), packet.length) for packet in capture.packets] == [
        (0, 48, 48),
        (SECOND, 48, 48),
    ]
    assert capture.encode() == WRITTEN


@given(st.sampled_from((pcap.ETHERNET, pcap.COOKED)), st.lists(packets, max_size=4).map(tuple))
def test_what_is_written_is_read(link_type: int, written: tuple[PcapRecord, ...]) -> None:
    capture = PcapCapture(link_type, 65535, written)
    assert PcapCapture.decode(capture.encode()) == capture


def test_a_record_is_appended_to_what_there_is() -> None:
    one, two = PcapRecord(SECOND, b"one", 3), PcapRecord(2 * SECOND, b"two", 3)
    data = pcap.header(pcap.ETHERNET) + pcap.record(one) + pcap.record(two)
    assert PcapCapture.decode(data).packets == (one, two)


@pytest.mark.parametrize(
    ("magic", "order", "fraction", "nanoseconds"),
    [(0xA1B2C3D4, "<", 5, 5000), (0xA1B2C3D4, ">", 5, 5000), (0xA1B23C4D, "<", 5, 5), (0xA1B23C4D, ">", 5, 5)],
)
def test_files_of_other_machines_are_read(magic: int, order: str, fraction: int, nanoseconds: int) -> None:
    head = struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    data = head + struct.pack(f"{order}IIII", 1, fraction, 2, 7) + b"ab"
    assert PcapCapture.decode(data).packets == (PcapRecord(SECOND + nanoseconds, b"ab", 7),)


#: What tcpdump 4.99.3 says about files that are none.
WRONG: Final = [
    (WRITTEN[:2], "truncated dump file; tried to read 4 file header bytes, only got 2"),
    (WRITTEN[:10], "truncated dump file; tried to read 24 file header bytes, only got 6"),
    (b"abcdefgh" * 10, "unknown file format"),
    (WRITTEN[:4] + bytes((3, 0, 3, 0)) + WRITTEN[8:], "unsupported pcap savefile version 3.3"),
]


@pytest.mark.parametrize(("data", "words"), WRONG)
def test_what_is_no_capture_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(DecodeError) as refused:
        PcapCapture.decode(data)
    assert str(refused.value) == words


@pytest.mark.parametrize(
    ("length", "error"),
    [
        (30, "truncated dump file; tried to read 16 header bytes, only got 6"),
        (60, "truncated dump file; tried to read 48 captured bytes, only got 20"),
    ],
)
def test_what_ends_too_early_is_read_up_to_there(length: int, error: str) -> None:
    capture = PcapCapture.decode(WRITTEN[:length])
    assert (capture.packets, capture.error) == ((), error)
    longer = PcapCapture.decode(WRITTEN[: 64 + length])
    assert len(longer.packets) == 1
