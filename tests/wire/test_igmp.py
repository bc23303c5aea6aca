from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import igmps
from vnetsim.errors import DecodeError
from vnetsim.wire import igmp
from vnetsim.wire.checksum import checksum
from vnetsim.wire.igmp import Igmp, IgmpGroupRecord
from vnetsim.wire.inet import IPv4
from vnetsim.wire.printer import PacketPrinter

GROUP = IPv4.parse("239.1.2.3")
#: Captured from a real kernel that joined a group.
GOLDEN = octets("igmp-report", skip=38)
JOINED = Igmp.report((IgmpGroupRecord(igmp.TO_EXCLUDE, GROUP),))


def test_decode() -> None:
    assert Igmp.decode(GOLDEN) == JOINED


def test_encode() -> None:
    assert JOINED.encode() == GOLDEN


@given(igmps)
def test_round_trip(message: Igmp) -> None:
    assert Igmp.decode(message.encode()) == message
    assert message.length == len(message.encode())


def _summed(data: bytes) -> bytes:
    total = checksum(data[:2] + b"\0\0" + data[4:])
    return data[:2] + total.to_bytes(2, "big") + data[4:]


@given(st.binary(max_size=40).map(_summed) | st.binary(max_size=40).map(lambda data: _summed(b"\x22" + data)))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        message = Igmp.decode(data)
        assert message.describe(PacketPrinter())
        assert len(message.encode()) == len(data)


def test_a_wrong_checksum_is_found() -> None:
    with pytest.raises(DecodeError, match="checksum"):
        Igmp.decode(GOLDEN[:-1] + b"x")


def _v3_query(code: int, group: IPv4 = GROUP, sources: int = 0) -> Igmp:
    rest = bytes((2, 125)) + sources.to_bytes(2, "big") + b"".join(bytes((10, 0, 0, n)) for n in range(sources))
    return Igmp.build(igmp.QUERY, group, code, rest)


# What tcpdump 4.99.3 -n printed of the same messages.
@pytest.mark.parametrize(
    ("message", "words"),
    [
        (JOINED, "igmp v3 report, 1 group record(s)"),
        (Igmp.build(igmp.V2_REPORT, GROUP), "igmp v2 report 239.1.2.3"),
        (Igmp.build(igmp.V1_REPORT, GROUP), "igmp v1 report 239.1.2.3"),
        (Igmp.build(igmp.LEAVE, GROUP), "igmp leave 239.1.2.3"),
        (Igmp.build(igmp.QUERY), "igmp query v1"),
        (Igmp.build(igmp.QUERY, GROUP, 100), "igmp query v2 [gaddr 239.1.2.3]"),
        (Igmp.build(igmp.QUERY, GROUP, 50), "igmp query v2 [max resp time 50] [gaddr 239.1.2.3]"),
        (_v3_query(100, IPv4(0)), "igmp query v3"),
        (_v3_query(9), "igmp query v3 [max resp time 0.9s] [gaddr 239.1.2.3]"),
        (_v3_query(127), "igmp query v3 [max resp time 12.7s] [gaddr 239.1.2.3]"),
        (_v3_query(200, sources=2), "igmp query v3 [max resp time 5m7s] [gaddr 239.1.2.3, 2 source(s)]"),
        (Igmp.build(0x99), "igmp-153"),
    ],
)
def test_prints_like_tcpdump(message: Igmp, words: str) -> None:
    assert message.describe(PacketPrinter()) == words


TWO_RECORDS = " [gaddr 239.1.2.3 to_in { 1.2.3.4 }] [gaddr 239.1.2.3  [v3-report-#9] { }]"


@pytest.mark.parametrize(
    ("message", "verbosity", "words"),
    [
        (JOINED, 1, "igmp v3 report, 1 group record(s) [gaddr 239.1.2.3 to_ex, 0 source(s)]"),
        (JOINED, 2, "igmp v3 report, 1 group record(s) [gaddr 239.1.2.3 to_ex { }]"),
        (
            Igmp.report((IgmpGroupRecord(igmp.TO_INCLUDE, GROUP, (IPv4(0x01020304),)), IgmpGroupRecord(9, GROUP))),
            2,
            "igmp v3 report, 2 group record(s)" + TWO_RECORDS,
        ),
        (_v3_query(100, sources=2), 2, "igmp query v3 [gaddr 239.1.2.3 { 10.0.0.0 10.0.0.1 }]"),
    ],
)
def test_verbose_messages_print_like_tcpdump(message: Igmp, verbosity: int, words: str) -> None:
    assert message.describe(PacketPrinter(verbosity=verbosity)) == words
