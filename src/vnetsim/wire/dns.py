"""Domain Name System messages (RFC 1035) as values: header, questions, records.

Names are text as in `dns_codec.absolute`, the data of a record is text as in a zone file (RFC 1035, 5.1).  An OPT
record (RFC 6891) has no such text, but `options`.
"""

from __future__ import annotations

import struct
from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

PORT: Final = 53

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

# Classes.
IN: Final = 1
CHAOS: Final = 3

# Opcodes and response codes.
QUERY: Final = 0
NOERROR: Final = 0
FORMERR: Final = 1
SERVFAIL: Final = 2
NXDOMAIN: Final = 3
NOTIMP: Final = 4
REFUSED: Final = 5

_HEADER: Final = struct.Struct("!6H")
#: The attribute of `DnsMessage`, the bit in the header, and what dig calls it, in dig's order.
_FLAGS: Final = (
    ("response", 1 << 15, "qr"),
    ("authoritative", 1 << 10, "aa"),
    ("truncated", 1 << 9, "tc"),
    ("recursion_desired", 1 << 8, "rd"),
    ("recursion_available", 1 << 7, "ra"),
    ("authentic_data", 1 << 5, "ad"),
    ("checking_disabled", 1 << 4, "cd"),
)


@frozen
class DnsHeader:
    """The first twelve bytes; `counts` are those of questions, answers, authorities and additionals."""

    identification: int
    flags: int
    counts: tuple[int, int, int, int]

    @classmethod
    def decode(cls, data: bytes) -> DnsHeader:
        if len(data) < _HEADER.size:
            raise DecodeError(f"DNS needs {_HEADER.size} bytes, got {len(data)}")
        identification, flags, questions, answers, authorities, additionals = _HEADER.unpack_from(data)
        return cls(identification, flags, (questions, answers, authorities, additionals))

    def encode(self) -> bytes:
        return _HEADER.pack(self.identification, self.flags, *self.counts)


@frozen
class DnsQuestion:
    name: str
    type: int
    cls: int = IN


@frozen
class DnsRecord:
    """A resource record; `ttl` in seconds."""

    name: str
    type: int
    ttl: int
    data: str
    cls: int = IN
    options: bytes = b""

    @classmethod
    def opt(cls, udp_size: int, flags: int = 0, options: bytes = b"") -> DnsRecord:
        """`udp_size` is the largest UDP answer that the sender takes."""
        return cls(".", OPT, flags, "", udp_size, options)


@frozen(kw_only=True)
class DnsMessage:
    """A query or, if `response`, its answer."""

    identification: int
    response: bool = False
    opcode: int = QUERY
    authoritative: bool = False
    truncated: bool = False
    recursion_desired: bool = False
    recursion_available: bool = False
    authentic_data: bool = False
    checking_disabled: bool = False
    rcode: int = NOERROR
    questions: tuple[DnsQuestion, ...] = ()
    answers: tuple[DnsRecord, ...] = ()
    authorities: tuple[DnsRecord, ...] = ()
    additionals: tuple[DnsRecord, ...] = ()

    @classmethod
    def query(cls, identification: int, name: str, type: int = A) -> DnsMessage:  # noqa: A002
        """The query of a stub resolver."""
        question = DnsQuestion(name if name.endswith(".") else f"{name}.", type)
        return cls(identification=identification, recursion_desired=True, questions=(question,))

    @classmethod
    def build(
        cls, header: DnsHeader, questions: tuple[DnsQuestion, ...], *sections: tuple[DnsRecord, ...]
    ) -> DnsMessage:
        """`sections`: answers, authorities, additionals."""
        flags = {name: bool(header.flags & bit) for name, bit, _ in _FLAGS}
        answers, authorities, additionals = sections
        return cls(
            identification=header.identification,
            opcode=header.flags >> 11 & 15,
            rcode=header.flags & 15,
            questions=questions,
            answers=answers,
            authorities=authorities,
            additionals=additionals,
            **flags,
        )

    @property
    def header(self) -> DnsHeader:
        flags = sum(bit for name, bit, _ in _FLAGS if getattr(self, name))
        counts = len(self.questions), len(self.answers), len(self.authorities), len(self.additionals)
        return DnsHeader(self.identification, flags | self.opcode << 11 | self.rcode, counts)

    def flag_names(self) -> tuple[str, ...]:
        """dig's abbreviations, in its order."""
        return tuple(text for name, _, text in _FLAGS if getattr(self, name))

    @classmethod
    def decode(cls, data: bytes) -> DnsMessage:
        """Names may be compressed; bytes behind the last record are ignored."""
        from vnetsim.wire import dns_codec  # noqa: PLC0415 -- dnspython is loaded with the first message

        return dns_codec.decode(data)

    def encode(self, *, compress: bool = False) -> bytes:
        """Docker's resolver does not compress (recorded: each answer repeats its name), other servers do.

        ValueError if a name or the data of a record is not valid.
        """
        from vnetsim.wire import dns_codec  # noqa: PLC0415 -- as above

        return dns_codec.encode(self, compress=compress)


def with_length(message: bytes) -> bytes:
    """As it goes over TCP (RFC 1035, 4.2.2)."""
    return len(message).to_bytes(2, "big") + message


def split_stream(data: bytes) -> tuple[bytes | None, bytes]:
    """The first message of what came over TCP, None while it is not complete; and what follows it."""
    end = 2 + int.from_bytes(data[:2], "big")
    return (data[2:end], data[end:]) if len(data) >= end else (None, data)


def reverse_name(address: Address) -> str:
    """`2.0.18.172.in-addr.arpa.`: the name of an address (RFC 1035, 3.5; RFC 3596, 2.5)."""
    if address.version == 4:
        return f"{'.'.join(reversed(str(address).split('.')))}.in-addr.arpa."
    return f"{'.'.join(reversed(f'{int(address):032x}'))}.ip6.arpa."
