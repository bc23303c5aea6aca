"""What tcpdump says about DNS messages (print-domain.c): `53682+ A? web. (21)`."""

from __future__ import annotations

import struct
from typing import Final

import attrs

from vnetsim.errors import DecodeError
from vnetsim.wire import dns
from vnetsim.wire.domain_name import labels_of
from vnetsim.wire.inet import IPv4, IPv6
from vnetsim.wire.printer import Printer, visible

_OPCODES: Final = (
    "", " inv_q", " stat", " op3", " notify", " update", " op6", " op7", " op8", " updateA", " updateD", " updateDA",
    " updateM", " updateMA", " zoneInit", " zoneRef",
)  # fmt: skip
_RCODES: Final = (
    "", " FormErr", " ServFail", " NXDomain", " NotImp", " Refused", " YXDomain", " YXRRSet", " NXRRSet", " NotAuth",
    " NotZone", " Resp11", " Resp12", " Resp13", " Resp14", " NoChange",
)  # fmt: skip
_CLASSES: Final = {dns.CHAOS: "CHAOS", 4: "HS", 255: "ANY"}
_COOKIE: Final = 10
#: Types without a name in tcpdump 4.99.
_TOO_NEW: Final = frozenset({"NSEC3", "TLSA", "SVCB", "HTTPS", "CAA"})
#: Header bits that a query should not have.
_WEIRD: Final = 0x6CF


def describe(printer: Printer, data: bytes) -> str:
    """What follows the ports of a datagram that holds a message."""
    if len(data) < _HEADER.size:
        return f"domain [length {len(data)} < {_HEADER.size}] (invalid)"
    header = _Header(*_HEADER.unpack_from(data))
    try:
        message = dns.Message.decode(data)
    except DecodeError:
        return f"{header.words()} [|domain]"
    words = _response(printer, header, message) if message.response else _query(printer, header, message)
    return f"{words} ({len(data)})"


_HEADER: Final = struct.Struct("!HHHHHH")


@attrs.frozen
class _Header:
    identification: int
    flags: int
    questions: int
    answers: int
    authorities: int
    additionals: int

    def words(self) -> str:
        return self._response_words() if self.flags >> 15 else self._query_words()

    def _query_words(self) -> str:
        words = f"{self.identification}{_OPCODES[self.flags >> 11 & 15]}"
        words += "+" * (self.flags >> 8 & 1) + "%" * (self.flags >> 4 & 1)
        if self.flags & _WEIRD:
            words += f" [b2&3=0x{self.flags:x}]"
        counts = (self.answers, "a"), (self.questions, "q"), (self.authorities, "n"), (self.additionals, "au")
        usual = {"q": 1}
        return words + "".join(f" [{count}{word}]" for count, word in counts if count != usual.get(word, 0))

    def _response_words(self) -> str:
        flags = self.flags
        words = f"{self.identification}{_OPCODES[flags >> 11 & 15]}{_RCODES[flags & 15]}"
        words += "*" * (flags >> 10 & 1) + "-" * (~flags >> 7 & 1) + "|" * (flags >> 9 & 1) + "$" * (flags >> 5 & 1)
        return words + f" [{self.questions}q]" * (self.questions != 1)


def _query(printer: Printer, header: _Header, message: dns.Message) -> str:
    words = header.words() + ",".join(_question(question) for question in message.questions)
    if printer.verbosity > 1:
        words += _section(printer, "", message.answers)
        words += _section(printer, " ns:", message.authorities) + _section(printer, " ar:", message.additionals)
    return words


def _response(printer: Printer, header: _Header, message: dns.Message) -> str:
    words = header.words()
    if printer.verbosity > 1:
        words += ",".join(f" q:{_question(question)}" for question in message.questions)
    words += f" {header.answers}/{header.authorities}/{header.additionals}"
    words += _section(printer, "", message.answers)
    if printer.verbosity > 1:
        words += _section(printer, " ns:", message.authorities) + _section(printer, " ar:", message.additionals)
    return words


def _section(printer: Printer, title: str, records: tuple[dns.Record, ...]) -> str:
    return title + ",".join(f" {_record(printer, record)}" for record in records) if records else ""


def _question(question: dns.Question) -> str:
    cls = "" if question.cls == dns.IN else f" {_class(question.cls)}"
    return f" {_type(question.type)}{cls}? {_name(question.name)}"


def _record(printer: Printer, record: dns.Record) -> str:
    words = f"{_name(record.name)} " if printer.verbosity else ""
    if record.cls != dns.IN and record.type != dns.OPT:
        words += f"{_class(record.cls)} "
    if printer.verbosity > 2 and record.type != dns.OPT:
        words += f"[{_duration(record.ttl)}] "
    return words + _type(record.type) + _data(printer, record)


def _data(printer: Printer, record: dns.Record) -> str:
    match record.data:
        case IPv4() | IPv6():
            return f" {record.data}"
        case str(name):
            return f" {_name(name)}"
        case dns.Mx(preference, exchange):
            return f" {_name(exchange)} {preference}"
        case dns.Srv(priority, weight, port, target):
            return f" {_name(target)}:{port} {priority} {weight}"
        case dns.Soa() as soa if printer.verbosity:
            numbers = f"{soa.serial} {soa.refresh} {soa.retry} {soa.expire} {soa.minimum}"
            return f" {_name(soa.primary)} {_name(soa.mailbox)} {numbers}"
        case tuple(strings):
            return "".join(f' "{visible(string)}"' for string in strings)
        case bytes(options) if record.type == dns.OPT:
            return f" UDPsize={record.cls}" + " DO" * (record.ttl >> 15 & 1) + _cookie(options)
    return ""


def _cookie(options: bytes) -> str:
    """The cookie of dig (RFC 7873), if it is the first option; others are not told."""
    code, length = int.from_bytes(options[:2], "big"), int.from_bytes(options[2:4], "big")
    return f" [COOKIE {options[4 : 4 + length].hex()}]" if code == _COOKIE else ""


def _type(number: int) -> str:
    word = dns.type_word(number)
    return word if word in dns.TYPES and word not in _TOO_NEW else f"Type{number}"


def _class(number: int) -> str:
    return _CLASSES.get(number, f"Class {number}")


def _name(name: str) -> str:
    return "".join(f"{visible(label)}." for label in labels_of(name)) or "."


def _duration(seconds: int) -> str:
    """1d2h3m4s, without what is zero."""
    parts = []
    for unit, word in ((604800, "w"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count}{word}")
    return "".join(parts) or "0s"
