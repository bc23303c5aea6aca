from __future__ import annotations

import contextlib

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wire.captured import octets
from tests.wire.packets import ipv4s, ipv6s, u8, u16, u32
from vnetsim.errors import DecodeError
from vnetsim.wire import dns
from vnetsim.wire.dns import Message, Mx, Opcode, Question, Rcode, Record, Soa, Srv
from vnetsim.wire.dns_printer import describe
from vnetsim.wire.domain_name import text_of_label
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.printer import Printer

WEB = Message.query(53682, "web")
#: Captured from a real socket behind Ethernet, IPv4 and UDP.
QUERY = octets("dns-query", skip=42)
#: Made by dnspython 2.9.2: a compressed answer to MX with everything that points back.
COMPRESSED = bytes.fromhex(
    "000781800001000100000001076578616d706c65036f726700000f0001c00c000f00010000003c0009000a046d61696cc00c"
    "c02b00010001000000780004c0000201"
)
MAIL = Message(
    identification=7, response=True, recursion_desired=True, recursion_available=True,
    questions=(Question("example.org.", dns.MX),),
    answers=(Record("example.org.", dns.MX, 60, Mx(10, "mail.example.org.")),),
    additionals=(Record("mail.example.org.", dns.A, 120, IPv4.parse("192.0.2.1")),),
)  # fmt: skip

names = st.lists(st.binary(min_size=1, max_size=8).map(text_of_label), max_size=4).map(
    lambda labels: "".join(f"{label}." for label in labels) or "."
)


def _records(kind: int, content: st.SearchStrategy[dns.Data]) -> st.SearchStrategy[Record]:
    return st.builds(Record, names, st.just(kind), u32, content)


records = st.one_of(
    _records(dns.A, ipv4s),
    _records(dns.AAAA, ipv6s),
    _records(dns.CNAME, names),
    _records(dns.NS, names),
    _records(dns.PTR, names),
    _records(dns.MX, st.builds(Mx, u16, names)),
    _records(dns.SRV, st.builds(Srv, u16, u16, u16, names)),
    _records(dns.SOA, st.builds(Soa, names, names, u32, u32, u32, u32, u32)),
    _records(dns.TXT, st.lists(st.binary(max_size=20), max_size=3).map(tuple)),
    _records(dns.HTTPS, st.binary(max_size=20)),
    st.builds(Record, st.just("."), st.just(dns.OPT), u32, st.binary(max_size=20), u16),
)
sections = st.lists(records, max_size=2).map(tuple)
messages = st.builds(
    Message,
    identification=u16,
    response=st.booleans(),
    opcode=st.sampled_from(Opcode),
    authoritative=st.booleans(),
    truncated=st.booleans(),
    recursion_desired=st.booleans(),
    recursion_available=st.booleans(),
    authentic_data=st.booleans(),
    checking_disabled=st.booleans(),
    rcode=st.sampled_from(Rcode),
    questions=st.lists(st.builds(Question, names, u16, u16), max_size=2).map(tuple),
    answers=sections,
    authorities=sections,
    additionals=sections,
)


def test_decode() -> None:
    assert Message.decode(QUERY) == WEB


def test_encode() -> None:
    assert WEB.encode() == QUERY


@given(messages, st.booleans())
def test_round_trip(message: Message, compress: bool) -> None:
    assert Message.decode(message.encode(compress=compress)) == message


@given(st.binary(max_size=60) | st.binary(max_size=60).map(lambda data: QUERY[:12] + data))
def test_decode_is_total(data: bytes) -> None:
    with contextlib.suppress(DecodeError):
        assert Message.decode(data).identification == int.from_bytes(data[:2], "big")


@given(messages, st.data())
def test_a_message_cut_anywhere_can_be_printed(message: Message, choice: st.DataObject) -> None:
    data = message.encode()
    cut = data[: choice.draw(st.integers(0, len(data)))]
    assert describe(Printer(verbosity=choice.draw(st.integers(0, 3))), cut)


# --- names ----------------------------------------------------------------------------------------------------------


def test_a_compressed_message_is_read() -> None:
    assert Message.decode(COMPRESSED) == MAIL


def test_a_message_is_compressed_as_others_do() -> None:
    assert MAIL.encode(compress=True) == COMPRESSED


def test_dockers_resolver_repeats_the_name_in_each_answer() -> None:
    """Recorded: `MSG SIZE  rcvd: 78` for three addresses of `web`."""
    answers = tuple(Record("web.", dns.A, 600, IPv4(0xAC120003 + host)) for host in range(3))
    assert len(attrs.evolve(WEB, response=True, answers=answers).encode()) == 78


@pytest.mark.parametrize("pointer", ["c00c", "c0ff", "c014"])
def test_a_name_that_points_at_itself_or_forwards_is_refused(pointer: str) -> None:
    with pytest.raises(DecodeError):
        Message.decode(QUERY[:12] + bytes.fromhex(pointer) + QUERY[-4:])


def test_a_chain_of_pointers_that_makes_a_name_too_long_is_refused() -> None:
    label = b"\x3f" + b"x" * 63
    with pytest.raises(DecodeError, match="too long"):
        Message.decode(QUERY[:12] + label * 4 + b"\0" + QUERY[-4:])


def test_a_name_that_is_none_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="is not a domain name"):
        Message.query(1, "a..b").encode()


# --- what dig says --------------------------------------------------------------------------------------------------


def test_flags_have_digs_words() -> None:
    assert WEB.flag_words() == ("rd",)
    everything = attrs.evolve(
        WEB, response=True, authoritative=True, truncated=True, recursion_available=True, authentic_data=True,
        checking_disabled=True,
    )  # fmt: skip
    assert everything.flag_words() == ("qr", "aa", "tc", "rd", "ra", "ad", "cd")


def test_codes_have_digs_names() -> None:
    assert [Rcode(code).name for code in (0, 2, 3, 5, 11)] == [
        "NOERROR",
        "SERVFAIL",
        "NXDOMAIN",
        "REFUSED",
        "RESERVED11",
    ]
    assert [Opcode(code).name for code in (0, 4)] == ["QUERY", "NOTIFY"]


def test_types_and_classes_have_digs_names() -> None:
    assert [dns.type_word(number) for number in (1, 28, 65, 65400)] == ["A", "AAAA", "HTTPS", "TYPE65400"]
    assert [dns.class_word(number) for number in (1, 3, 9)] == ["IN", "CH", "CLASS9"]


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (dns.A, IPv4.parse("172.18.0.3"), "172.18.0.3"),
        (dns.AAAA, IPv6.parse("fd00::2"), "fd00::2"),
        (dns.CNAME, "web.", "web."),
        (dns.MX, Mx(10, "mail."), "10 mail."),
        (dns.SRV, Srv(1, 2, 80, "web."), "1 2 80 web."),
        (dns.SOA, Soa("ns.", "admin.", 1, 2, 3, 4, 5), "ns. admin. 1 2 3 4 5"),
        (dns.TXT, (b"hello world", b'"'), '"hello world" "\\""'),
        (65400, b"\xde\xad", "\\# 2 DEAD"),
        (65400, b"", "\\# 0"),
    ],
)
def test_data_is_told_as_dig_does(kind: int, data: dns.Data, words: str) -> None:
    assert Record("x.", kind, 1, data).data_words() == words


# --- what tcpdump says ----------------------------------------------------------------------------------------------

ANSWER = attrs.evolve(
    WEB, response=True, recursion_available=True, answers=(Record("web.", dns.A, 600, IPv4.parse("10.0.0.1")),)
)
_RECORDS = (
    Record("web.", dns.AAAA, 600, IPv6.parse("fd00::1")),
    Record("web.", dns.CNAME, 60, "x.y."),
    Record("m.", dns.MX, 60, Mx(10, "mail.m.")),
    Record("t.", dns.TXT, 60, (b"hello world", b"v=spf1 -all")),
    Record("s.", dns.SRV, 60, Srv(1, 2, 80, "web.")),
    Record("z.", dns.SOA, 60, Soa("ns.z.", "admin.z.", 1, 2, 3, 4, 5)),
    Record("h.", dns.HTTPS, 1, b"\0\1\0"),
    Record("v.", dns.TXT, 0, (b"test",), dns.CHAOS),
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
        (Message.query(1, "web", dns.AAAA), "1+ AAAA? web. (21)"),
        (Message.query(1, "2.0.18.172.in-addr.arpa", dns.PTR), "1+ PTR? 2.0.18.172.in-addr.arpa. (41)"),
        (Message.query(1, ".", dns.NS), "1+ NS? . (17)"),
        (Message.query(1, "web", edns=1232), "1+ [1au] A? web. (32)"),
        (Message.query(1, "web", 1234), "1+ Type1234? web. (21)"),
        (
            attrs.evolve(WEB, questions=(Question("version.bind.", dns.TXT, dns.CHAOS),)),
            "53682+ TXT CHAOS? version.bind. (30)",
        ),
        (attrs.evolve(WEB, recursion_desired=False), "53682 A? web. (21)"),
        (attrs.evolve(WEB, checking_disabled=True), "53682+% A? web. (21)"),
        (attrs.evolve(WEB, recursion_available=True), "53682+ [b2&3=0x180] A? web. (21)"),
        (attrs.evolve(WEB, opcode=Opcode.NOTIFY), "53682 notify+ A? web. (21)"),
        (attrs.evolve(WEB, questions=()), "53682+ [0q] (12)"),
        (ANSWER, "53682 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, recursion_available=False), "53682- 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, authoritative=True), "53682* 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, truncated=True), "53682| 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, authentic_data=True), "53682$ 1/0/0 A 10.0.0.1 (40)"),
        (attrs.evolve(ANSWER, rcode=Rcode.NXDOMAIN, answers=()), "53682 NXDomain 0/0/0 (21)"),
        (attrs.evolve(ANSWER, rcode=Rcode.SERVFAIL, answers=()), "53682 ServFail 0/0/0 (21)"),
        (attrs.evolve(ANSWER, rcode=Rcode.REFUSED, answers=()), "53682 Refused 0/0/0 (21)"),
        (attrs.evolve(ANSWER, questions=(), answers=()), "53682 [0q] 0/0/0 (12)"),
        (attrs.evolve(ANSWER, answers=_RECORDS), f"53682 8/0/0{MANY} (238)"),
        (
            attrs.evolve(ANSWER, answers=(Record(".", dns.OPT, 0x8000, b"", 512),)),
            "53682 1/0/0 OPT UDPsize=512 DO (32)",
        ),
    ],
)  # fmt: skip
def test_prints_like_tcpdump(message: Message, words: str) -> None:
    assert describe(Printer(), message.encode()) == words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"hello\n", "domain [length 6 < 12] (invalid)"),
        (b"hello world\n", "26725 updateMA [b2&3=0x6c6c] [30575a] [28448q] [29292n] [25610au] [|domain]"),
        (QUERY[:16], "53682+ [|domain]"),
    ],
)
def test_nonsense_prints_like_tcpdump(data: bytes, words: str) -> None:
    assert describe(Printer(), data) == words


# What tcpdump 4.99.3 -n printed of the same messages with so many -v.
@pytest.mark.parametrize(
    ("message", "verbosity", "words"),
    [
        (ANSWER, 1, "53682 1/0/0 web. A 10.0.0.1 (40)"),
        (ANSWER, 2, "53682 q: A? web. 1/0/0 web. A 10.0.0.1 (40)"),
        (ANSWER, 3, "53682 q: A? web. 1/0/0 web. [10m] A 10.0.0.1 (40)"),
        (Message.query(1, "web", edns=1232), 2, "1+ [1au] A? web. ar: . OPT UDPsize=1232 (32)"),
        (
            attrs.evolve(WEB, additionals=(Record(".", dns.OPT, 0, b"\0\x0a\0\x08abcdefgh", 1232),)),
            2,
            "53682+ [1au] A? web. ar: . OPT UDPsize=1232 [COOKIE 6162636465666768] (44)",
        ),
        (
            attrs.evolve(ANSWER, answers=(), authorities=(Record("z.", dns.SOA, 90061, _RECORDS[5].data),)),
            3,
            "53682 q: A? web. 0/1/0 ns: z. [1d1h1m1s] SOA ns.z. admin.z. 1 2 3 4 5 (69)",
        ),
    ],
)
def test_verbose_messages_print_like_tcpdump(message: Message, verbosity: int, words: str) -> None:
    assert describe(Printer(verbosity=verbosity), message.encode()) == words


@given(st.lists(u8, max_size=12).map(bytes))
def test_less_than_a_header_is_no_message(data: bytes) -> None:
    if len(data) < 12:
        assert describe(Printer(), data) == f"domain [length {len(data)} < 12] (invalid)"
