"""DNS on the wire and as text, by dnspython: loaded with the first message, not with the package.

dnspython's `DnsMessage` keeps an OPT record beside the sections, refuses more than one, and always compresses names.
tcpdump shows such records where they are, and Docker's resolver does not compress.  So sections are walked here;
dnspython reads and writes the names and the data of the records in them.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import dns.exception
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.wire
import dns.zone
from dns.name import from_wire_parser
from dns.rdataclass import RdataClass
from dns.rdatatype import RdataType

from vnetsim.errors import DecodeError
from vnetsim.wire.dns import OPT, DnsHeader, DnsMessage, DnsQuestion, DnsRecord

_RECORD: Final = struct.Struct("!HHIH")
#: Types of BIND's that dnspython does not name, and names that BIND does not take for a type.
_MORE_TYPES: Final = {"EID": 31, "NIMLOC": 32, "ATMA": 34, "SINK": 40}
_NO_TYPES: Final = ("NONE", "NSAP_PTR")
#: A synonym that BIND does not have.
_NO_CLASS: Final = "INTERNET"
#: dns_name_fromtext() of BIND: why a text is not a name.
_COMPLAINTS: Final = {
    dns.name.EmptyLabel: "empty label",
    dns.name.LabelTooLong: "label too long",
    dns.name.NameTooLong: "ran out of space",
}
#: The last response code with a name of its own in BIND 9.18: NOTZONE.
_LAST_RCODE: Final = 10


# --- bytes ----------------------------------------------------------------------------------------------------------


def decode(data: bytes) -> DnsMessage:
    header = DnsHeader.decode(data)
    parser = dns.wire.Parser(data, len(header.encode()))
    questions, *sections = header.counts
    try:
        return DnsMessage.build(
            header,
            tuple(DnsQuestion(from_wire_parser(parser).to_text(), *parser.get_struct("!HH")) for _ in range(questions)),
            *(tuple(_record(parser) for _ in range(count)) for count in sections),
        )
    except dns.exception.DNSException as error:
        raise DecodeError(f"broken DNS message: {error}") from None


def _record(parser: dns.wire.Parser) -> DnsRecord:
    name = from_wire_parser(parser).to_text()
    kind, cls, ttl, length = parser.get_struct("!HHIH")
    with parser.restrict_to(length):
        if kind == OPT:
            return DnsRecord(name, kind, ttl, "", cls, parser.get_remaining())
        rdata = dns.rdata.from_wire_parser(RdataClass(cls), RdataType(kind), parser)
    return DnsRecord(name, kind, ttl, _data_text(rdata), cls)


def _data_text(rdata: dns.rdata.Rdata) -> str:
    """Bytes of unknown types in BIND's capitals (RFC 3597, 5)."""
    if isinstance(rdata, dns.rdata.GenericRdata):
        return f"\\# {len(rdata.data)} {rdata.data.hex().upper()}".rstrip()
    return rdata.to_text()


class _ExactNames(dict[Any, Any]):
    """Where names are in a message; those that differ in case are others, as for BIND."""

    def get(self, key: Any, default: Any = None, /) -> Any:
        return super().get(key.labels, default)

    def __setitem__(self, key: Any, value: Any, /) -> None:
        super().__setitem__(key.labels, value)


def encode(message: DnsMessage, *, compress: bool) -> bytes:
    out = io.BytesIO()
    known = _ExactNames() if compress else None
    out.write(message.header.encode())
    for question in message.questions:
        _name(question.name).to_wire(out, known)
        out.write(struct.pack("!HH", question.type, question.cls))
    for section in (message.answers, message.authorities, message.additionals):
        for record in section:
            _write_record(out, record, known)
    return out.getvalue()


def _write_record(out: io.BytesIO, record: DnsRecord, known: dict[dns.name.Name, int] | None) -> None:
    _name(record.name).to_wire(out, known)
    start = out.tell() + _RECORD.size
    out.write(_RECORD.pack(record.type, record.cls, record.ttl, 0))
    if record.type == OPT:
        out.write(record.options)
    else:
        with _value_errors():
            dns.rdata.from_text(RdataClass(record.cls), RdataType(record.type), record.data).to_wire(out, known)
    out.getbuffer()[start - 2 : start] = (out.tell() - start).to_bytes(2, "big")


# --- names ----------------------------------------------------------------------------------------------------------


@contextmanager
def _value_errors() -> Iterator[None]:
    try:
        yield
    except dns.exception.DNSException as error:
        raise ValueError(_COMPLAINTS.get(type(error), str(error))) from None


def _name(text: str) -> dns.name.Name:
    """The bytes of the text are those of the name: no IDNA."""
    with _value_errors():
        return dns.name.from_text(text.encode())


def absolute(name: str) -> str:
    """As dig prints it: with a final dot, odd bytes escaped (`web.`, `a\\.b.example.`).

    ValueError with BIND's message if it is not a name.
    """
    return _name(name).to_text()


def labels_of(name: str) -> tuple[bytes, ...]:
    """The labels of a name, without the root's empty one."""
    return _name(name).labels[:-1]


def character_strings(data: str) -> tuple[bytes, ...]:
    """Those of a TXT record (RFC 1035, 3.3.14)."""
    rdata = dns.rdata.from_text(RdataClass.IN, RdataType.TXT, data)
    assert isinstance(rdata, dns.rdtypes.ANY.TXT.TXT)
    return tuple(rdata.strings)


# --- codes ----------------------------------------------------------------------------------------------------------


def type_text(number: int) -> str:
    """`A`; `TYPE1234` for one without a name (RFC 3597)."""
    return dns.rdatatype.to_text(RdataType(number))


def class_text(number: int) -> str:
    return dns.rdataclass.to_text(RdataClass(number))


def parse_type(text: str) -> int | None:
    """dns_rdatatype_fromtext(): in any case, `TYPE65` included."""
    name = text.upper()
    if name in _MORE_TYPES or name in _NO_TYPES:
        return _MORE_TYPES.get(name)
    try:
        return int(dns.rdatatype.from_text(name))
    except (dns.exception.DNSException, ValueError):
        return None


def parse_class(text: str) -> int | None:
    """dns_rdataclass_fromtext()."""
    try:
        return None if text.upper() == _NO_CLASS else int(dns.rdataclass.from_text(text))
    except (dns.exception.DNSException, ValueError):
        return None


def opcode_text(number: int) -> str:
    """As dig prints it: `RESERVED3` for one without a name."""
    return dns.opcode.Opcode(number).name if number in list(dns.opcode.Opcode) else f"RESERVED{number}"


def rcode_text(number: int) -> str:
    return dns.rcode.to_text(dns.rcode.Rcode(number)) if number <= _LAST_RCODE else f"RESERVED{number}"


# --- zone files -----------------------------------------------------------------------------------------------------


class _Zone(dns.zone.Zone):
    """Of several CNAME or SOA records of a name, the last would be taken."""

    def writer(self, replacement: bool = False) -> Any:
        writer = super().writer(replacement)
        writer.check_put_rdataset(_expect_single)
        return writer


def _expect_single(zone: Any, name: Any, new: Any) -> None:
    old = zone.get(name, new.rdtype)
    if old and dns.rdatatype.is_singleton(new.rdtype) and set(old) != set(new):
        raise ValueError(f"several of {new}")


def zone_records(text: str, origin: str) -> list[DnsRecord]:
    """The records of a zone file (RFC 1035, 5), those of other zones left out; ValueError with what is wrong."""
    with _value_errors():
        zone = dns.zone.from_text(text, origin, relativize=False, zone_factory=_Zone, check_origin=False)
        found = zone.iterate_rdatas()
        return [DnsRecord(name.to_text(), rdata.rdtype, ttl, _data_text(rdata)) for name, ttl, rdata in found]
