from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import ipv4s, ipv6s, tcps
from vnetsim.errors import DecodeError
from vnetsim.wire import tcp
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.printer import PacketPrinter
from vnetsim.wire.tcp import ACK, FIN, PSH, RST, SYN, Tcp

pairs: st.SearchStrategy[tuple[Address, Address]] = st.one_of(st.tuples(ipv4s, ipv4s), st.tuples(ipv6s, ipv6s))
ONE, TWO = IPv4.parse("10.0.0.1"), IPv4.parse("10.0.0.2")
CLIENT, SERVER = IPv4.parse("10.0.1.2"), IPv4.parse("10.0.2.2")
NOP = (tcp.NOP, None)

HELLO = Tcp.build(
    53202, 9000, 3914258307, 0, SYN, 65280,
    ((tcp.MSS, 1360), (tcp.SACK_PERMITTED, None), (tcp.TIMESTAMPS, (1799102603, 0)), NOP, (tcp.WINDOW_SCALE, 10)),
)  # fmt: skip
DATA = Tcp.build(
    9000, 53202, 955255020, 3914258308, PSH | ACK, 64,
    (NOP, NOP, (tcp.TIMESTAMPS, (1122653438, 1799102604))), b"hi\n",
)  # fmt: skip
#: Captured from a real kernel.
GOLDEN = [
    ("syn", CLIENT, SERVER, HELLO),
    ("data", SERVER, CLIENT, DATA),
    ("reset", SERVER, CLIENT, Tcp.build(9001, 52878, 0, 2739111734, RST | ACK, 0)),
]


@pytest.mark.parametrize(("name", "source", "destination", "segment"), GOLDEN)
def test_decode(name: str, source: IPv4, destination: IPv4, segment: Tcp) -> None:
    assert Tcp.decode(octets(name, skip=34), source, destination) == segment


@pytest.mark.parametrize(("name", "source", "destination", "segment"), GOLDEN)
def test_encode(name: str, source: IPv4, destination: IPv4, segment: Tcp) -> None:
    assert segment.encode(source, destination) == octets(name, skip=34)


@given(tcps, pairs)
def test_round_trip(segment: Tcp, pair: tuple[Address, Address]) -> None:
    data = segment.encode(*pair)
    assert Tcp.decode(data, *pair) == segment
    assert segment.length == len(data)
    assert segment.data_length == len(segment.data)


@given(st.binary(max_size=80) | st.binary(max_size=40).map(lambda data: bytes(12) + b"\xa0\x02" + data))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        segment = Tcp.decode_start(data, len(data))
        assert segment.describe(PacketPrinter(), ONE, TWO)
        assert segment.encode(ONE, TWO)[:12] == data[:12]


@given(tcps.filter(lambda segment: segment.data), st.integers(0, 7))
def test_a_flipped_bit_is_found(segment: Tcp, bit: int) -> None:
    data = bytearray(segment.encode(ONE, TWO))
    data[-1] ^= 1 << bit
    with pytest.raises(DecodeError):
        Tcp.decode(bytes(data), ONE, TWO)


# --- what is in a segment -------------------------------------------------------------------------------------------


def test_options_can_be_asked_for() -> None:
    assert (HELLO.mss, HELLO.window_scale, HELLO.sack_permitted, HELLO.timestamps) == (1360, 10, True, (1799102603, 0))
    assert (DATA.mss, DATA.window_scale, DATA.sack_permitted) == (None, None, False)
    assert Tcp.build(1, 2, 0, 0, ACK, 0).timestamps is None


def test_options_are_padded_to_a_multiple_of_four_bytes() -> None:
    segment = Tcp.build(1, 2, 0, 0, SYN, 0, ((tcp.WINDOW_SCALE, 7),))
    assert segment.options == ((tcp.WINDOW_SCALE, 7), (tcp.END, None))
    assert segment.length == 24


@pytest.mark.parametrize(("flags", "length"), [(SYN, 4), (FIN | ACK, 4), (SYN | FIN, 5), (ACK, 3), (RST, 3)])
def test_syn_and_fin_take_a_sequence_number_each(flags: int, length: int) -> None:
    assert Tcp.build(1, 2, 0, 0, flags, 0, data=b"abc").sequence_length == length


# --- words ----------------------------------------------------------------------------------------------------------


SCALE = "nop,wscale 10"
CLOCKS = "TS val 1122653437 ecr 1799102603"


def test_a_conversation_is_printed_with_relative_numbers() -> None:
    """As tcpdump 4.99.3 -n printed the captured one."""
    printer = PacketPrinter(link=False)
    names = "syn", "syn-ack", "ack", "data", "fin"
    lines = [Frame.decode(octets(name)).describe(printer).partition(": ")[2] for name in names]
    assert lines == [
        f"Flags [S], seq 3914258307, win 65280, options [mss 1360,sackOK,TS val 1799102603 ecr 0,{SCALE}], length 0",
        f"Flags [S.], seq 955255019, ack 3914258308, win 65160, options [mss 1460,sackOK,{CLOCKS},{SCALE}], length 0",
        "Flags [.], ack 1, win 64, options [nop,nop,TS val 1799102604 ecr 1122653437], length 0",
        "Flags [P.], seq 1:4, ack 1, win 64, options [nop,nop,TS val 1122653438 ecr 1799102604], length 3",
        "Flags [F.], seq 4, ack 1, win 64, options [nop,nop,TS val 1122653438 ecr 1799102604], length 0",
    ]


def test_numbers_of_a_conversation_met_late_are_relative_from_the_second_segment_on() -> None:
    printer = PacketPrinter()
    words = [Tcp.build(1, 2, number, 7, ACK, 0, data=b"x").describe(printer, ONE, TWO) for number in (100, 101)]
    assert words == [
        "Flags [.], seq 100:101, ack 7, win 0, length 1",
        "Flags [.], seq 1:2, ack 1, win 0, length 1",
    ]


def test_numbers_wrap_around() -> None:
    printer = PacketPrinter()
    Tcp.build(1, 2, 2**32 - 2, 1, SYN | ACK, 0).describe(printer, ONE, TWO)
    words = Tcp.build(1, 2, 3, 2, ACK, 0, data=b"xyz").describe(printer, ONE, TWO)
    assert words == "Flags [.], seq 5:8, ack 2, win 0, length 3"


def test_blocks_that_arrived_are_relative_to_the_other_side() -> None:
    """As recorded: `sack 1 {6007:6215}`."""
    printer = PacketPrinter()
    Tcp.build(41003, 80, 999, 1000, SYN | ACK, 0).describe(printer, ONE, TWO)
    segment = Tcp.build(41003, 80, 1083, 1214, ACK, 63, (NOP, NOP, (tcp.SACK, ((7006, 7214),))))
    words = "Flags [.], ack 215, win 63, options [nop,nop,sack 1 {6007:6215}], length 0"
    assert segment.describe(printer, ONE, TWO) == words


# What tcpdump 4.99.3 -n printed of the same segments.
@pytest.mark.parametrize(
    ("segment", "words"),
    [
        (Tcp.build(1, 2, 5, 6, 0, 7), "Flags [none], win 7, length 0"),
        (Tcp.build(1, 2, 5, 6, 0xFF, 7, urgent=9), "Flags [FSRP.UEW], seq 5, ack 6, win 7, urg 9, length 0"),
        (Tcp.build(1, 2, 5, 6, RST, 7), "Flags [R], seq 5, win 7, length 0"),
        (Tcp.build(1, 2, 5, 6, RST | ACK, 7), "Flags [R.], seq 5, ack 6, win 7, length 0"),
        (Tcp.build(1, 2, 5, 6, FIN | ACK, 7), "Flags [F.], seq 5, ack 6, win 7, length 0"),
        (
            Tcp.build(1, 2, 5, 6, SYN, 7, ((99, b"xyz"), (tcp.WINDOW_SCALE, 7))),
            "Flags [S], seq 5, win 7, options [unknown-99 0x78797a,wscale 7], length 0",
        ),
        (
            Tcp.build(1, 2, 5, 6, SYN, 7, ((tcp.MSS, 1400), NOP)),
            "Flags [S], seq 5, win 7, options [mss 1400,nop,eol], length 0",
        ),
    ],
)
def test_prints_like_tcpdump(segment: Tcp, words: str) -> None:
    assert segment.describe(PacketPrinter(), ONE, TWO) == words


RECORDED_OPTIONS = "options [mss 1460,sackOK,TS val 3602824134 ecr 0,nop,wscale 10], length 0"


# What tcpdump 4.99.3 -n -v printed of the same segments, the second on a veth that leaves checksums to the hardware.
@pytest.mark.parametrize(
    ("segment", "printer", "words"),
    [
        (
            Tcp.build(1, 2, 5, 6, RST, 7, data=b"abc"),
            PacketPrinter(verbosity=1),
            "Flags [R], cksum 0xd763 (correct), seq 5:8, win 7, length 3 [RST abc]",
        ),
        (
            Tcp.build(
                40000, 9001, 4020521765, 0, SYN, 64240,
                ((2, 1460), (4, None), (8, (3602824134, 0)), NOP, (3, 10)),
            ),
            PacketPrinter(verbosity=1, offload=True),
            "Flags [S], cksum 0x1431 (incorrect -> 0xac50), seq 4020521765, win 64240, " + RECORDED_OPTIONS,
        ),
        (
            Tcp.build(1, 2, 5, 6, ACK, 7),
            PacketPrinter(verbosity=2),
            "Flags [.], cksum 0x9bbd (correct), seq 5, ack 6, win 7, length 0",
        ),
    ],
)  # fmt: skip
def test_a_verbose_segment_prints_like_tcpdump(segment: Tcp, printer: PacketPrinter, words: str) -> None:
    assert segment.describe(printer, ONE, TWO) == words


def test_the_kernels_own_reset_has_its_checksum() -> None:
    reset = Tcp.build(9001, 40000, 0, 4020521766, RST | ACK, 0)
    words = "Flags [R.], cksum 0xa199 (correct), seq 0, ack 4020521766, win 0, length 0"
    assert reset.describe(PacketPrinter(verbosity=1, offload=True), TWO, ONE) == words
