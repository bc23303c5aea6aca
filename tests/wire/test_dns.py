from __future__ import annotations

import contextlib
import struct

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import ipv4s, ipv6s, u8, u16, u32
from vnetsim.errors import DecodeError
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage, DnsQuestion, DnsRecord
from vnetsim.wire.dns_codec import (
    absolute,
    class_text,
    labels_of,
    opcode_text,
    parse_class,
    parse_type,
    rcode_text,
    type_text,
)
from vnetsim.wire.dns_printer import describe
from vnetsim.wire.printer import PacketPrinter

WEB = DnsMessage.query(53682, "web")
EDNS = attrs.evolve(DnsMessage.query(1, "web"), additionals=(DnsRecord.opt(1232),))
#: Captured from a real socket behind Ethernet, IPv4 and UDP.
QUERY = octets("dns-query", skip=42)
#: Made by dnspython 2.9.2: a compressed answer to MX with everything that points back.
COMPRESSED = bytes.fromhex(
    "000781800001000100000001076578616d706c65036f726700000f0001c00c000f00010000003c0009000a046d61696cc00c"
    "c02b00010001000000780004c0000201"
)
MAIL = DnsMessage(
    identification=7,
    response=True,
    recursion_desired=True,
    recursion_available=True,
    questions=(DnsQuestion("example.org.", dns.MX),),
    answers=(DnsRecord("example.org.", dns.MX, 60, "10 mail.example.org."),),
    additionals=(DnsRecord("mail.example.org.", dns.A, 120, "192.0.2.1"),),
)


def text_of(label: bytes) -> str:
    """Every byte escaped, as dig reads it; dnspython writes it as dig does."""
    return "".join(f"\\{octet:03}" for octet in label)


labels = st.lists(st.binary(min_size=1, max_size=20), max_size=6).map(tuple)
names = labels.map(lambda name: absolute("".join(f"{text_of(label)}." for label in name) or "."))


def _records(kind: int, *fields: st.SearchStrategy[object]) -> st.SearchStrategy[DnsRecord]:
    return st.builds(
        DnsRecord, names, st.just(kind), u32, st.tuples(*fields).map(lambda data: " ".join(map(str, data)))
    )


def _quoted(string: bytes) -> str:
    octets = (chr(o) if 31 < o < 127 and o not in b'"\\' else f"\\{o:03}" for o in string)
    return f'"{"".join(octets)}"'.replace("\\034", '\\"').replace("\\092", "\\\\")


records = st.one_of(
    _records(dns.A, ipv4s),
    _records(dns.AAAA, ipv6s.filter(lambda address: address >> 32 not in (0, 0xFFFF))),
    _records(dns.CNAME, names),
    _records(dns.NS, names),
    _records(dns.PTR, names),
    _records(dns.MX, u16, names),
    _records(dns.SRV, u16, u16, u16, names),
    _records(dns.SOA, names, names, u32, u32, u32, u32, u32),
    _records(dns.TXT, st.lists(st.binary(max_size=20).map(_quoted), min_size=1, max_size=3).map(" ".join)),
    _records(65400, st.binary(min_size=1, max_size=20).map(lambda data: f"\\# {len(data)} {data.hex().upper()}")),
    st.builds(DnsRecord.opt, u16, u32, st.binary(max_size=20)),
)
sections = st.lists(records, max_size=2).map(tuple)
messages = st.builds(
    DnsMessage,
    identification=u16,
    response=st.booleans(),
    opcode=st.integers(0, 15),
    authoritative=st.booleans(),
    truncated=st.booleans(),
    recursion_desired=st.booleans(),
    recursion_available=st.booleans(),
    authentic_data=st.booleans(),
    checking_disabled=st.booleans(),
    rcode=st.integers(0, 15),
    questions=st.lists(st.builds(DnsQuestion, names, u16, u16), max_size=2).map(tuple),
    answers=sections,
    authorities=sections,
    additionals=sections,
)


def test_decode() -> None:
    assert DnsMessage.decode(QUERY) == WEB


def test_encode() -> None:
    assert WEB.encode() == QUERY


@given(messages, st.booleans())
def test_round_trip(message: DnsMessage, compress: bool) -> None:
    assert DnsMessage.decode(message.encode(compress=compress)) == message


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda data: QUERY[:12] + data))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert DnsMessage.decode(data).identification == int.from_bytes(data[:2], "big")


@given(messages, st.data())
def test_a_message_cut_anywhere_can_be_printed(message: DnsMessage, choice: st.DataObject) -> None:
    data = message.encode()
    cut = data[: choice.draw(st.integers(0, len(data)))]
    assert describe(PacketPrinter(verbosity=choice.draw(st.integers(0, 3))), cut)


# --- names ----------------------------------------------------------------------------------------------------------


def test_a_compressed_message_is_read() -> None:
    assert DnsMessage.decode(COMPRESSED) == MAIL


def test_a_message_is_compressed_as_others_do() -> None:
    assert MAIL.encode(compress=True) == COMPRESSED


def test_dockers_resolver_repeats_the_name_in_each_answer() -> None:
    """Recorded: `MSG SIZE  rcvd: 78` for three addresses of `web`."""
    answers = tuple(DnsRecord("web.", dns.A, 600, f"172.18.0.{host}") for host in (3, 4, 5))
    assert len(attrs.evolve(WEB, response=True, answers=answers).encode()) == 78


@pytest.mark.parametrize("pointer", ["c00c", "c0ff", "c014"])
def test_a_name_that_points_at_itself_or_forwards_is_refused(pointer: str) -> None:
    with pytest.raises(DecodeError):
        DnsMessage.decode(QUERY[:12] + bytes.fromhex(pointer) + QUERY[-4:])


def test_a_chain_of_pointers_that_makes_a_name_too_long_is_refused() -> None:
    label = b"\x3f" + b"x" * 63
    with pytest.raises(DecodeError, match="255 octets"):
        DnsMessage.decode(QUERY[:12] + label * 4 + b"\0" + QUERY[-4:])


def test_a_name_that_is_none_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="empty label"):
        DnsMessage.query(1, "a..b").encode()


@given(labels)
def test_labels_survive_their_text(name: tuple[bytes, ...]) -> None:
    text = absolute("".join(f"{text_of(label)}." for label in name) or ".")
    assert labels_of(text) == name
    assert text.isascii()
    assert text.isprintable()


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (".", ()),
        ("web", (b"web",)),
        ("web.", (b"web",)),
        ("a\\.b.example.", (b"a.b", b"example")),
        ("a\\.", (b"a.",)),
        ("a\\\\.", (b"a\\",)),
        ("\\000\\255.", (b"\x00\xff",)),
        ("_http._tcp.web", (b"_http", b"_tcp", b"web")),
        ("ä.", ("ä".encode(),)),
    ],
)
def test_text_is_read_as_dig_reads_it(text: str, name: tuple[bytes, ...]) -> None:
    assert labels_of(text) == name


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("..", "empty label"),
        ("a..b", "empty label"),
        (".a", "empty label"),
        ("x" * 64, "label too long"),
        ("x." * 128, "ran out of space"),
        ("\\256.", "."),
    ],
)
def test_other_text_is_no_name(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        labels_of(text)


def test_the_longest_names_are_names() -> None:
    assert len(labels_of("x" * 63 + ".")) == 1
    assert len(labels_of("x." * 127)) == 127


@pytest.mark.parametrize(
    ("text", "expected"), [("web", "web."), ("web.", "web."), ("a\\.", "a\\.."), ("a\\\\.", "a\\\\."), ("", ".")]
)
def test_an_absolute_name_ends_with_a_dot(text: str, expected: str) -> None:
    assert absolute(text) == expected


# --- what dig says --------------------------------------------------------------------------------------------------


def test_flags_have_digs_words() -> None:
    assert WEB.flag_names() == ("rd",)
    everything = attrs.evolve(
        WEB, response=True, authoritative=True, truncated=True, recursion_available=True, authentic_data=True,
        checking_disabled=True,
    )  # fmt: skip
    assert everything.flag_names() == ("qr", "aa", "tc", "rd", "ra", "ad", "cd")


def test_codes_have_digs_names() -> None:
    assert [rcode_text(code) for code in (0, 2, 3, 5, 11)] == [
        "NOERROR",
        "SERVFAIL",
        "NXDOMAIN",
        "REFUSED",
        "RESERVED11",
    ]
    assert [opcode_text(code) for code in (0, 3, 4)] == ["QUERY", "RESERVED3", "NOTIFY"]


def test_types_and_classes_have_digs_names() -> None:
    assert [type_text(number) for number in (1, 28, 65, 65400)] == ["A", "AAAA", "HTTPS", "TYPE65400"]
    assert [class_text(number) for number in (1, 3, 9)] == ["IN", "CH", "CLASS9"]


@pytest.mark.parametrize(
    ("text", "number"),
    [("a", 1), ("NSAP-PTR", 23), ("eid", 31), ("type65", 65), ("TYPE65536", None), ("NONE", None), ("web", None)],
)
def test_types_as_dig_reads_them(text: str, number: int | None) -> None:
    assert parse_type(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("in", 1), ("CHAOS", 3), ("class9", 9), ("NONE", 254), ("INTERNET", None), ("CLASS65536", None)],
)
def test_classes_as_dig_reads_them(text: str, number: int | None) -> None:
    assert parse_class(text) == number


@pytest.mark.parametrize(
    ("kind", "octets", "text"),
    [
        (dns.TXT, b'\x0bhello world\x01"', '"hello world" "\\""'),
        (dns.TXT, b"\x04\\ \n\xff", '"\\\\ \\010\\255"'),
        (65400, b"\xde\xad", "\\# 2 DEAD"),
        (65400, b"", "\\# 0"),
    ],
)
def test_data_is_printed_as_dig_prints_it(kind: int, octets: bytes, text: str) -> None:
    header = attrs.evolve(WEB, response=True, questions=()).header
    data = attrs.evolve(header, counts=(0, 1, 0, 0)).encode() + b"\1x\0" + struct.pack("!HHIH", kind, 1, 1, len(octets))
    assert DnsMessage.decode(data + octets).answers == (DnsRecord("x.", kind, 1, text),)


# --- what tcpdump says ----------------------------------------------------------------------------------------------

ANSWER = attrs.evolve(
    WEB, response=True, recursion_available=True, answers=(DnsRecord("web.", dns.A, 600, "10.0.0.1"),)
)
_RECORDS = (
    DnsRecord("web.", dns.AAAA, 600, "fd00::1"),
    DnsRecord("web.", dns.CNAME, 60, "x.y."),
    DnsRecord("m.", dns.MX, 60, "10 mail.m."),
    DnsRecord("t.", dns.TXT, 60, '"hello world" "v=spf1 -all"'),
    DnsRecord("s.", dns.SRV, 60, "1 2 80 web."),
    DnsRecord("z.", dns.SOA, 60, "ns.z. admin.z. 1 2 3 4 5"),
    DnsRecord("h.", dns.HTTPS, 1, "1 ."),
    DnsRecord("v.", dns.TXT, 0, '"test"', dns.CHAOS),
)
MANY = (
    ' AAAA fd00::1, CNAME x.y., MX mail.m. 10, TXT "hello world" "v=spf1 -all", SRV web.:80 1 2, SOA, Type65,'
    ' CHAOS TXT "test"'
)


# What tcpdump 4.99.3 -n printed of the same messages.
@pytest.mark.parametrize(
    ("message", "words"),
    [
        (WEB, "53682+ A? web. (21)"),
        (DnsMessage.query(1, "web", dns.AAAA), "1+ AAAA? web. (21)"),
        (DnsMessage.query(1, "2.0.18.172.in-addr.arpa", dns.PTR), "1+ PTR? 2.0.18.172.in-addr.arpa. (41)"),
        (DnsMessage.query(1, ".", dns.NS), "1+ NS? . (17)"),
        (EDNS, "1+ [1au] A? web. (32)"),
        (DnsMessage.query(1, "web", 1234), "1+ Type1234? web. (21)"),
        (
            attrs.evolve(WEB, questions=(DnsQuestion("version.bind.", dns.TXT, dns.CHAOS),)),
            "53682+ TXT CHAOS? version.bind. (30)",
        ),
        (attrs.evolve(WEB, recursion_desired=False), "53682 A? web. (21)"),
        (attrs.evolve(WEB, checking_disabled=True), "53682+% A? web. (21)"),
        (attrs.evolve(WEB, recursion_available=True), "53682+ [b2&3=0x180] A? web. (21)"),
        (attrs.evolve(WEB, opcode=4), "53682 notify+ A? web. (21)"),
        (attrs.evolve(WEB, questions=()), "53682+ [0q] (12)"),
        (ANSWER, "53682 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, recursion_available=False), "53682- 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, authoritative=True), "53682* 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, truncated=True), "53682| 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, authentic_data=True), "53682$ 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, rcode=dns.NXDOMAIN, answers=()), "53682 NXDomain 0/0/0 (21)"),
        (attrs.evolve(ANSWER, rcode=dns.SERVFAIL, answers=()), "53682 ServFail 0/0/0 (21)"),
        (attrs.evolve(ANSWER, rcode=dns.REFUSED, answers=()), "53682 Refused 0/0/0 (21)"),
        (attrs.evolve(ANSWER, questions=(), answers=()), "53682 [0q] 0/0/0 (12)"),
        (attrs.evolve(ANSWER, answers=_RECORDS), f"53682 8/0/0{MANY} (238)"),
        (
            attrs.evolve(ANSWER, answers=(DnsRecord.opt(512, 0x8000),)),
            "53682 1/0/0 OPT UDPsize=512 DO (32)",
        ),
    ],
)
def test_prints_like_tcpdump(message: DnsMessage, words: str) -> None:
    assert describe(PacketPrinter(), message.encode()) == words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello\n", "domain [length 6 < 12] (invalid)"),
        (b"hello world\n", "26725 updateMA [b2&3=0x6c6c] [30575a] [28448q] [29292n] [25610au] [|domain]"),
        (QUERY[:16], "53682+ [|domain]"),
    ],
)
def test_nonsense_prints_like_tcpdump(data: bytes, words: str) -> None:
    assert describe(PacketPrinter(), data) == words


# What tcpdump 4.99.3 -n printed of the same messages with so many -v.
@pytest.mark.parametrize(
    ("message", "verbosity", "words"),
    [
        (ANSWER, 1, "53682 1/0/0 web. A 10.0.0.1 (40)"),
        (ANSWER, 2, "53682 q: A? web. 1/0/0 web. A 10.0.0.1 (40)"),
        (ANSWER, 3, "53682 q: A? web. 1/0/0 web. [10m] A 10.0.0.1 (40)"),
        (EDNS, 2, "1+ [1au] A? web. ar: . OPT UDPsize=1232 (32)"),
        (
            attrs.evolve(WEB, additionals=(DnsRecord.opt(1232, 0, b"\0\x0a\0\x08abcdefgh"),)),
            2,
            "53682+ [1au] A? web. ar: . OPT UDPsize=1232 [COOKIE 6162636465666768] (44)",
        ),
        (
            attrs.evolve(ANSWER, answers=(), authorities=(DnsRecord("z.", dns.SOA, 90061, _RECORDS[5].data),)),
            3,
            "53682 q: A? web. 0/1/0 ns: z. [1d1h1m1s] SOA ns.z. admin.z. 1 2 3 4 5 (69)",
        ),
    ],
)
def test_verbose_messages_print_like_tcpdump(message: DnsMessage, verbosity: int, words: str) -> None:
    assert describe(PacketPrinter(verbosity=verbosity), message.encode()) == words


@given(st.lists(u8, max_size=12).map(bytes))
def test_less_than_a_header_is_no_message(data: bytes) -> None:
    if len(data) < 12:
        assert describe(PacketPrinter(), data) == f"domain [length {len(data)} < 12] (invalid)"
