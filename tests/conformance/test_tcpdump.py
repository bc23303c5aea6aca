"""The words of `vnetsim.wire` beside those of a real tcpdump reading the same bytes."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.laws import examples
from tests.wire.captured import FRAMES
from tests.wire.packets import ipv4s, ipv6s, macs, u8, u16, u32
from vnetsim.wire import dns, ethernet, icmp, icmpv6, ipv4, ipv6, tcp, udp
from vnetsim.wire.arp import Arp, ArpOperation
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.mac import Mac
from vnetsim.wire.printer import PacketPrinter

TCPDUMP = shutil.which("tcpdump")
pytestmark = pytest.mark.skipif(TCPDUMP is None, reason="there is no tcpdump here")

#: Without shrinking: each example starts a process, and one of its lines tells what is wrong.
RANDOM = settings(
    max_examples=examples(20), deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
)
FLAGS = [("-e",), (), ("-e", "-v"), ("-v", "-v"), ("-e", "-S")]


def capture(frames: Sequence[bytes]) -> bytes:
    """A file that tcpdump reads; the number of a frame is its time in seconds."""
    records = (struct.pack("<IIII", at, 0, len(frame), len(frame)) + frame for at, frame in enumerate(frames))
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1) + b"".join(records)


def told_by_tcpdump(frames: Sequence[bytes], flags: Sequence[str]) -> list[str]:
    assert TCPDUMP is not None
    command = [TCPDUMP, "-n", "-tt", *flags, "-r", "-"]
    output = subprocess.run(command, input=capture(frames), capture_output=True, check=True).stdout.decode()
    starts = [
        output.index(f"{at}.000000 ") if at == 0 else output.index(f"\n{at}.000000 ") + 1 for at in range(len(frames))
    ]
    return [output[start:end].rstrip("\n").partition(" ")[2] for start, end in pairwise([*starts, len(output)])]


def agree(frames: Sequence[bytes], flags: Sequence[str]) -> None:
    for ours, theirs in zip(told_by_us(frames, flags), told_by_tcpdump(frames, flags), strict=True):
        assert ours == theirs


def told_by_us(frames: Sequence[bytes], flags: Sequence[str]) -> list[str]:
    printer = PacketPrinter(link="-e" in flags, verbosity=flags.count("-v"), absolute="-S" in flags)
    return [Frame.decode(frame).describe(printer) for frame in frames]


@pytest.mark.parametrize("flags", FLAGS)
def test_captured_frames(flags: tuple[str, ...]) -> None:
    frames = [data for _, data in FRAMES.values()]
    agree(frames, flags)


# --- packets at random -----------------------------------------------------------------------------------------------

#: Ports behind which tcpdump looks for nothing, or for something that we know too.
ports = st.sampled_from((1, 9, 1024, 5000, 9000, 33434, 40000, 65535))
data = st.binary(max_size=40)
texts = st.sampled_from(
    (b"GET / HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n", b"hello\n", b"*1\r\n$4\r\nPING\r\n")
)
codes = st.integers(0, 16)

udps = st.builds(udp.Udp.build, ports, ports, data)
lookups = st.builds(
    lambda identification, kind, port: udp.Udp.build(
        port, dns.PORT, dns.DnsMessage.query(identification, "web.example.org", kind).encode()
    ),
    u16,
    st.integers(1, 300),
    ports,
)
tcps = st.builds(
    tcp.Tcp.build,
    ports | st.just(80),
    ports | st.just(6379),
    u32,
    u32,
    u8,
    u16,
    options=st.sampled_from(
        (
            (),
            ((tcp.NOP, None), (tcp.NOP, None), (tcp.TIMESTAMPS, (1, 2))),
            ((tcp.MSS, 1460), (tcp.SACK_PERMITTED, None), (tcp.WINDOW_SCALE, 10)),
            ((tcp.SACK, ((5, 7), (9, 12))),),
        )
    ),
    data=st.just(b"") | texts,
    urgent=u16,
)
echoes = st.builds(icmp.Icmp.echo_request, u16, u16, data)
plain4 = st.one_of(
    st.builds(ipv4.Packet.build, ipv4s, ipv4s, st.just(ipv4.UDP), udps | lookups, ttl=u8, identification=u16, tos=u8),
    st.builds(ipv4.Packet.build, ipv4s, ipv4s, st.just(ipv4.TCP), tcps, dont_fragment=st.booleans()),
    st.builds(ipv4.Packet.build, ipv4s, ipv4s, st.just(ipv4.ICMP), echoes),
)
errors4 = st.one_of(
    st.builds(icmp.error, st.just(icmp.DESTINATION_UNREACHABLE), codes, plain4, u16),
    st.builds(icmp.error, st.just(icmp.REDIRECT), st.integers(0, 3), plain4, u32),
    st.builds(icmp.error, st.just(icmp.TIME_EXCEEDED), st.integers(0, 2), plain4),
)
packets4 = plain4 | st.builds(ipv4.Packet.build, ipv4s, ipv4s, st.just(ipv4.ICMP), errors4)
fragments4 = st.builds(lambda packet, at: (pieces := packet.fragments(64))[at % len(pieces)], plain4, st.integers(0, 3))

plain6 = st.one_of(
    st.builds(ipv6.Packet.build, ipv6s, ipv6s, st.just(ipv6.UDP), udps | lookups, hop_limit=u8, traffic_class=u8),
    st.builds(ipv6.Packet.build, ipv6s, ipv6s, st.just(ipv6.TCP), tcps),
    st.builds(
        ipv6.Packet.build,
        ipv6s,
        ipv6s,
        st.just(ipv6.ICMPV6),
        st.one_of(
            st.builds(icmpv6.Icmpv6.echo_request, u16, u16, data),
            st.builds(icmpv6.Icmpv6.neighbor_solicitation, ipv6s, st.none() | macs),
            st.builds(icmpv6.Icmpv6.neighbor_advertisement, ipv6s, macs, st.integers(0, 7).map(lambda n: n << 29)),
            st.builds(icmpv6.Icmpv6.router_solicitation, st.none() | macs),
        ),
        hop_limit=st.just(255),
    ),
)
errors6 = st.one_of(
    st.builds(icmpv6.error, st.just(icmpv6.DESTINATION_UNREACHABLE), st.integers(0, 6), plain6),
    st.builds(icmpv6.error, st.just(icmpv6.TIME_EXCEEDED), st.integers(0, 2), plain6),
    st.builds(icmpv6.error, st.just(icmpv6.PACKET_TOO_BIG), st.just(0), plain6, u16),
)
packets6 = plain6 | st.builds(ipv6.Packet.build, ipv6s, ipv6s, st.just(ipv6.ICMPV6), errors6)
fragments6 = st.builds(
    lambda packet, at: (pieces := packet.fragments(96, 7))[at % len(pieces)], plain6, st.integers(0, 3)
)

frames = st.one_of(
    st.builds(
        Frame.build,
        macs,
        macs,
        st.just(ethernet.ARP),
        st.builds(Arp, st.sampled_from(ArpOperation), macs, ipv4s, macs, ipv4s),
    ),
    st.builds(Frame.build, macs, macs, st.just(ethernet.IPV4), packets4 | fragments4),
    st.builds(Frame.build, macs, macs, st.just(ethernet.IPV6), packets6 | fragments6),
    st.builds(Frame.build, macs, macs, st.just(0x88B5), data),
)


@RANDOM
@given(st.lists(frames, min_size=10, max_size=40), st.sampled_from(FLAGS))
def test_frames_at_random(values: list[Frame], flags: tuple[str, ...]) -> None:
    encoded = [frame.encode() for frame in values]
    agree(encoded, flags)


# --- conversations ---------------------------------------------------------------------------------------------------


@RANDOM
@given(
    u32,
    u32,
    st.lists(st.tuples(st.booleans(), st.integers(0, 64), st.sampled_from((0x10, 0x18, 0x11, 0x14))), max_size=20),
)
def test_a_conversation(mine: int, yours: int, segments: list[tuple[bool, int, int]]) -> None:
    """Sequence numbers, relative as tcpdump makes them, whoever speaks and whatever was seen of the beginning."""
    encoded = []
    for back, size, flags in segments:
        sequence, acknowledgement = (yours, mine) if back else (mine, yours)
        segment = tcp.Tcp.build(
            9000 if back else 40000, 40000 if back else 9000, sequence, acknowledgement, flags, 64, data=bytes(size)
        )
        ends = (IPv4(2), IPv4(1)) if back else (IPv4(1), IPv4(2))
        packet = ipv4.Packet.build(*ends, ipv4.TCP, segment)
        encoded.append(Frame.build(Mac(1), Mac(2), ethernet.IPV4, packet).encode())
        mine, yours = (mine, yours + size & 0xFFFF_FFFF) if back else (mine + size & 0xFFFF_FFFF, yours)
    agree(encoded, ())


def test_addresses_print_like_the_c_librarys() -> None:
    numbers = [
        0,
        1,
        0xFFFF_0A00_0001,
        0x0A00_0001,
        1 << 16,
        0xFFFF,
        0xFE80 << 112 | 1,
        1 << 112 | 1 << 64 | 1,
        2**128 - 1,
    ]
    encoded = [
        Frame.build(Mac(1), Mac(2), ethernet.IPV6, ipv6.Packet.build(IPv6(number), IPv6(1), 59, b"")).encode()
        for number in numbers
    ]
    agree(encoded, ())
