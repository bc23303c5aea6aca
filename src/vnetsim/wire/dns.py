"""Domain Name System messages (RFC 1035; AAAA RFC 3596, SRV RFC 2782, OPT RFC 6891), with dig's words.

Names are text as in `domain_name`.  Not modelled: the insides of other types than those in `_READERS`, which are
carried as bytes.
"""

from __future__ import annotations

import enum
import struct
from collections.abc import Callable
from typing import Final, TypeAlias

import attrs

from vnetsim.errors import DecodeError
from vnetsim.wire.domain_name import LONGEST, absolute, labels_of, quote, text_of_label
from vnetsim.wire.inet import IPv4, IPv6

PORT: Final = 53
#: What fits into a UDP datagram without EDNS.
MAXIMUM: Final = 512

# Types.
A: Final = 1
NS: Final = 2
CNAME: Final = 5
SOA: Final = 6
PTR: Final = 12
MX: Final = 15
TXT: Final = 16
AAAA: Final = 28
SRV: Final = 33
OPT: Final = 41
HTTPS: Final = 65
ANY: Final = 255
TYPES: Final = {
    "A": A, "NS": NS, "CNAME": CNAME, "SOA": SOA, "PTR": PTR, "HINFO": 13, "MX": MX, "TXT": TXT, "AAAA": AAAA,
    "LOC": 29, "SRV": SRV, "NAPTR": 35, "DNAME": 39, "OPT": OPT, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47,
    "DNSKEY": 48, "NSEC3": 50, "TLSA": 52, "SVCB": 64, "HTTPS": HTTPS, "SPF": 99, "AXFR": 252, "ANY": ANY, "CAA": 257,
}  # fmt: skip
_TYPE_WORDS: Final = {number: word for word, number in TYPES.items()}

# Classes.
IN: Final = 1
CHAOS: Final = 3
_CLASS_WORDS: Final = {IN: "IN", CHAOS: "CH", 4: "HS", 254: "NONE", 255: "ANY"}

_HEADER: Final = struct.Struct("!HHHHHH")
_RECORD: Final = struct.Struct("!HHIH")
_POINTER: Final = 0xC0


class Opcode(enum.IntEnum):
    """Named as dig does."""

    QUERY = 0
    IQUERY = 1
    STATUS = 2
    RESERVED3 = 3
    NOTIFY = 4
    UPDATE = 5
    RESERVED6 = 6
    RESERVED7 = 7
    RESERVED8 = 8
    RESERVED9 = 9
    RESERVED10 = 10
    RESERVED11 = 11
    RESERVED12 = 12
    RESERVED13 = 13
    RESERVED14 = 14
    RESERVED15 = 15


class Rcode(enum.IntEnum):
    """Named as dig does."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5
    YXDOMAIN = 6
    YXRRSET = 7
    NXRRSET = 8
    NOTAUTH = 9
    NOTZONE = 10
    RESERVED11 = 11
    RESERVED12 = 12
    RESERVED13 = 13
    RESERVED14 = 14
    RESERVED15 = 15


def type_word(number: int) -> str:
    """`A`; `TYPE1234` for one without a name (RFC 3597)."""
    return _TYPE_WORDS.get(number, f"TYPE{number}")


def class_word(number: int) -> str:
    return _CLASS_WORDS.get(number, f"CLASS{number}")


# --- values ---------------------------------------------------------------------------------------------------------


@attrs.frozen
class Question:
    name: str
    type: int
    cls: int = IN


@attrs.frozen
class Mx:
    preference: int
    exchange: str

    def __str__(self) -> str:
        return f"{self.preference} {self.exchange}"


@attrs.frozen
class Srv:
    priority: int
    weight: int
    port: int
    target: str

    def __str__(self) -> str:
        return f"{self.priority} {self.weight} {self.port} {self.target}"


@attrs.frozen
class Soa:
    """Start of a zone of authority; times in seconds."""

    primary: str
    mailbox: str
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int

    def __str__(self) -> str:
        numbers = f"{self.serial} {self.refresh} {self.retry} {self.expire} {self.minimum}"
        return f"{self.primary} {self.mailbox} {numbers}"


#: An address, a name (NS, CNAME, PTR), strings (TXT), one of the above, or the bytes of another type.
Data: TypeAlias = IPv4 | IPv6 | str | tuple[bytes, ...] | Mx | Srv | Soa | bytes


@attrs.frozen
class Record:
    """A resource record; `ttl` in seconds.  In OPT, `cls` is the largest UDP answer the sender takes."""

    name: str
    type: int
    ttl: int
    data: Data
    cls: int = IN

    def data_words(self) -> str:
        """As dig prints it."""
        match self.data:
            case tuple(strings):
                return " ".join(quote(string) for string in strings)
            case bytes(octets):
                return f"\\# {len(octets)} {octets.hex().upper()}".rstrip()
        return str(self.data)


@attrs.frozen(kw_only=True)
class Message:
    """A query or, if `response`, its answer."""

    identification: int
    response: bool = False
    opcode: Opcode = Opcode.QUERY
    authoritative: bool = False
    truncated: bool = False
    recursion_desired: bool = False
    recursion_available: bool = False
    authentic_data: bool = False
    checking_disabled: bool = False
    rcode: Rcode = Rcode.NOERROR
    questions: tuple[Question, ...] = ()
    answers: tuple[Record, ...] = ()
    authorities: tuple[Record, ...] = ()
    additionals: tuple[Record, ...] = ()

    @classmethod
    def query(cls, identification: int, name: str, type: int = A, *, edns: int | None = None) -> Message:  # noqa: A002
        """What a stub resolver asks.  `edns` is the size of a UDP answer that it would take (RFC 6891)."""
        return cls(
            identification=identification, recursion_desired=True, questions=(Question(absolute(name), type),),
            additionals=() if edns is None else (Record(".", OPT, 0, b"", edns),),
        )  # fmt: skip

    @property
    def flags(self) -> int:
        """The second 16-bit word."""
        return (
            self.response << 15 | self.opcode << 11 | self.authoritative << 10 | self.truncated << 9
            | self.recursion_desired << 8 | self.recursion_available << 7 | self.authentic_data << 5
            | self.checking_disabled << 4 | self.rcode
        )  # fmt: skip

    def flag_words(self) -> tuple[str, ...]:
        """dig's words, in its order."""
        flags = (
            (self.response, "qr"), (self.authoritative, "aa"), (self.truncated, "tc"), (self.recursion_desired, "rd"),
            (self.recursion_available, "ra"), (self.authentic_data, "ad"), (self.checking_disabled, "cd"),
        )  # fmt: skip
        return tuple(word for isset, word in flags if isset)

    @classmethod
    def decode(cls, data: bytes) -> Message:
        """Names may be compressed; bytes behind the last record are ignored."""
        if len(data) < _HEADER.size:
            raise DecodeError(f"DNS needs {_HEADER.size} bytes, got {len(data)}")
        identification, flags, *counts = _HEADER.unpack_from(data)
        reader = _Reader(data, _HEADER.size)
        return cls(
            identification=identification, response=bool(flags & 0x8000), opcode=Opcode(flags >> 11 & 15),
            authoritative=bool(flags & 0x400), truncated=bool(flags & 0x200), recursion_desired=bool(flags & 0x100),
            recursion_available=bool(flags & 0x80), authentic_data=bool(flags & 0x20),
            checking_disabled=bool(flags & 0x10), rcode=Rcode(flags & 15),
            questions=tuple(reader.question() for _ in range(counts[0])),
            answers=tuple(reader.record() for _ in range(counts[1])),
            authorities=tuple(reader.record() for _ in range(counts[2])),
            additionals=tuple(reader.record() for _ in range(counts[3])),
        )  # fmt: skip

    def encode(self, *, compress: bool = False) -> bytes:
        """Docker's resolver does not compress (recorded: each answer repeats its name), other servers do.

        ValueError if a name is not one.
        """
        sections = self.answers, self.authorities, self.additionals
        writer = _Writer(compress)
        writer.data += _HEADER.pack(self.identification, self.flags, len(self.questions), *map(len, sections))
        for question in self.questions:
            writer.name(question.name)
            writer.data += struct.pack("!HH", question.type, question.cls)
        for section in sections:
            for record in section:
                writer.record(record)
        return bytes(writer.data)


# --- bytes ----------------------------------------------------------------------------------------------------------


@attrs.define
class _Writer:
    compress: bool
    data: bytearray = attrs.field(factory=bytearray)
    known: dict[tuple[bytes, ...], int] = attrs.field(factory=dict)

    def name(self, text: str) -> None:
        labels = labels_of(text)
        for index, label in enumerate(labels):
            suffix = labels[index:]
            if suffix in self.known:
                self.data += struct.pack("!H", _POINTER << 8 | self.known[suffix])
                return
            if self.compress and len(self.data) < 0x4000:
                self.known[suffix] = len(self.data)
            self.data += bytes((len(label),)) + label
        self.data.append(0)

    def record(self, record: Record) -> None:
        self.name(record.name)
        start = len(self.data)
        self.data += _RECORD.pack(record.type, record.cls, record.ttl, 0)
        self.content(record.data)
        length = len(self.data) - start - _RECORD.size
        self.data[start + 8 : start + 10] = length.to_bytes(2, "big")

    def content(self, data: Data) -> None:
        match data:
            case IPv4() | IPv6():
                self.data += data.to_bytes(data.bits // 8, "big")
            case str():
                self.name(data)
            case bytes():
                self.data += data
            case Mx():
                self.data += data.preference.to_bytes(2, "big")
                self.name(data.exchange)
            case Srv():
                self.data += struct.pack("!HHH", data.priority, data.weight, data.port)
                self.name(data.target)
            case Soa():
                self.name(data.primary)
                self.name(data.mailbox)
                self.data += struct.pack("!5I", data.serial, data.refresh, data.retry, data.expire, data.minimum)
            case _:
                self.data += b"".join(bytes((len(string),)) + string for string in data)


@attrs.define
class _Reader:
    data: bytes
    at: int

    def take(self, count: int) -> bytes:
        taken = self.data[self.at : self.at + count]
        if len(taken) < count:
            raise DecodeError("a DNS message is cut short")
        self.at += count
        return taken

    def numbers(self, layout: str) -> tuple[int, ...]:
        return struct.unpack(layout, self.take(struct.calcsize(layout)))

    def number(self) -> int:
        return int.from_bytes(self.take(2), "big")

    def name(self) -> str:
        labels: list[bytes] = []
        resume: int | None = None
        size = 1
        while first := self.take(1)[0]:
            if first >= _POINTER:
                target = (first & 0x3F) << 8 | self.take(1)[0]
                # Names point backwards only, so that none is without end.
                if target >= self.at - 2:
                    raise DecodeError("a DNS name points forwards")
                resume = self.at if resume is None else resume
                self.at = target
                continue
            size += 1 + first
            if first > 63 or size > LONGEST:
                raise DecodeError("a DNS label or name is too long")
            labels.append(self.take(first))
        self.at = self.at if resume is None else resume
        return "".join(f"{text_of_label(label)}." for label in labels) or "."

    def question(self) -> Question:
        return Question(self.name(), *self.numbers("!HH"))

    def record(self) -> Record:
        name = self.name()
        kind, cls, ttl, length = self.numbers("!HHIH")
        end = self.at + length
        if end > len(self.data):
            raise DecodeError("a DNS record is cut short")
        data = self.content(kind, cls, length)
        if self.at != end:
            raise DecodeError("a DNS record's data is not as long as it says")
        return Record(name, kind, ttl, data, cls)

    def content(self, kind: int, cls: int, length: int) -> Data:
        if kind not in _READERS or (cls != IN and kind != TXT):
            return self.take(length)
        return _READERS[kind](self, length)

    def strings(self, length: int) -> tuple[bytes, ...]:
        end = self.at + length
        strings = []
        while self.at < end:
            strings.append(self.take(self.take(1)[0]))
        return tuple(strings)

    def soa(self) -> Soa:
        return Soa(self.name(), self.name(), *self.numbers("!5I"))


_READERS: Final[dict[int, Callable[[_Reader, int], Data]]] = {
    A: lambda reader, _: IPv4.from_bytes(reader.take(4), "big"),
    AAAA: lambda reader, _: IPv6.from_bytes(reader.take(16), "big"),
    NS: lambda reader, _: reader.name(),
    CNAME: lambda reader, _: reader.name(),
    PTR: lambda reader, _: reader.name(),
    MX: lambda reader, _: Mx(reader.number(), reader.name()),
    TXT: lambda reader, length: reader.strings(length),
    SRV: lambda reader, _: Srv(reader.number(), reader.number(), reader.number(), reader.name()),
    SOA: lambda reader, _: reader.soa(),
}
