"""DNS messages as tcpdump prints them (print-domain.c): `53682+ A? web. (21)`."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import DecodeError
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsHeader, DnsMessage, DnsQuestion, DnsRecord
from vnetsim.wire.dns_codec import character_strings, labels_of, type_text
from vnetsim.wire.printer import PacketPrinter, visible

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
#: Types that tcpdump 4.99 names, and those that dnspython names otherwise or not at all.
_NAMED_TYPES: Final = frozenset((*range(1, 49), *range(99, 105), *range(249, 257)))
_OWN_TYPES: Final = {
    23: "NSAP_PTR", 31: "EID", 32: "NIMLOC", 34: "ATMA", 40: "SINK", 100: "UINFO", 101: "UID", 102: "GID",
    104: "UNSPECA",
}  # fmt: skip
#: Header bits that a query should not have.
_WEIRD: Final = 0x6CF


def describe(printer: PacketPrinter, data: bytes) -> str:
    """What follows the ports of a datagram that holds a message."""
    try:
        header = DnsHeader.decode(data)
    except DecodeError:
        return f"domain [length {len(data)} < 12] (invalid)"
    text = _response_header(header) if header.flags >> 15 else _query_header(header)
    try:
        message = DnsMessage.decode(data)
    except DecodeError:
        return f"{text} [|domain]"
    return f"{text}{(_response if message.response else _query)(printer, header, message)} ({len(data)})"


def _query_header(header: DnsHeader) -> str:
    text = f"{header.identification}{_OPCODES[header.flags >> 11 & 15]}"
    text += "+" * (header.flags >> 8 & 1) + "%" * (header.flags >> 4 & 1)
    if header.flags & _WEIRD:
        text += f" [b2&3=0x{header.flags:x}]"
    questions, answers, authorities, additionals = header.counts
    shown = (answers, "a", 0), (questions, "q", 1), (authorities, "n", 0), (additionals, "au", 0)
    return text + "".join(f" [{count}{unit}]" for count, unit, usual in shown if count != usual)


def _response_header(header: DnsHeader) -> str:
    flags, questions = header.flags, header.counts[0]
    text = f"{header.identification}{_OPCODES[flags >> 11 & 15]}{_RCODES[flags & 15]}"
    text += "*" * (flags >> 10 & 1) + "-" * (~flags >> 7 & 1) + "|" * (flags >> 9 & 1) + "$" * (flags >> 5 & 1)
    return text + f" [{questions}q]" * (questions != 1)


def _query(printer: PacketPrinter, _: DnsHeader, message: DnsMessage) -> str:
    text = ",".join(map(_question, message.questions))
    if printer.verbosity > 1:
        text += _section(printer, "", message.answers)
        text += _section(printer, " ns:", message.authorities) + _section(printer, " ar:", message.additionals)
    return text


def _response(printer: PacketPrinter, header: DnsHeader, message: DnsMessage) -> str:
    text = ""
    if printer.verbosity > 1:
        text += ",".join(f" q:{_question(question)}" for question in message.questions)
    text += f" {'/'.join(map(str, header.counts[1:]))}" + _section(printer, "", message.answers)
    if printer.verbosity > 1:
        text += _section(printer, " ns:", message.authorities) + _section(printer, " ar:", message.additionals)
    return text


def _section(printer: PacketPrinter, title: str, records: tuple[DnsRecord, ...]) -> str:
    return title + ",".join(f" {_record(printer, record)}" for record in records) if records else ""


def _question(question: DnsQuestion) -> str:
    cls = "" if question.cls == dns.IN else f" {_class(question.cls)}"
    return f" {_type(question.type)}{cls}? {_name(question.name)}"


def _record(printer: PacketPrinter, record: DnsRecord) -> str:
    text = f"{_name(record.name)} " if printer.verbosity else ""
    if record.cls != dns.IN and record.type != dns.OPT:
        text += f"{_class(record.cls)} "
    if printer.verbosity > 2 and record.type != dns.OPT:
        text += f"[{_duration(record.ttl)}] "
    return text + _type(record.type) + _data(printer, record)


def _data(printer: PacketPrinter, record: DnsRecord) -> str:
    if record.type == dns.OPT:
        return f" UDPsize={record.cls}" + " DO" * (record.ttl >> 15 & 1) + _cookie(record.options)
    if record.type == dns.TXT:
        return "".join(f' "{visible(string)}"' for string in character_strings(record.data))
    return _fields(printer, record.type, record.data.split()) if record.cls == dns.IN else ""


def _fields(printer: PacketPrinter, kind: int, fields: list[str]) -> str:
    match kind, fields:
        case ((dns.A | dns.AAAA), [address]):
            return f" {address}"
        case ((dns.NS | dns.CNAME | dns.PTR), [name]):
            return f" {_name(name)}"
        case dns.MX, [preference, exchange]:
            return f" {_name(exchange)} {preference}"
        case dns.SRV, [priority, weight, port, target]:
            return f" {_name(target)}:{port} {priority} {weight}"
        case dns.SOA, [primary, mailbox, *numbers] if printer.verbosity:
            return f" {_name(primary)} {_name(mailbox)} {' '.join(numbers)}"
    return ""


def _cookie(options: bytes) -> str:
    """The cookie of dig (RFC 7873), if it is the first option; tcpdump does not print others."""
    code, length = int.from_bytes(options[:2], "big"), int.from_bytes(options[2:4], "big")
    return f" [COOKIE {options[4 : 4 + length].hex()}]" if code == _COOKIE else ""


def _type(number: int) -> str:
    return _OWN_TYPES.get(number) or (type_text(number) if number in _NAMED_TYPES else f"Type{number}")


def _class(number: int) -> str:
    return _CLASSES.get(number, f"Class {number}")


def _name(name: str) -> str:
    return "".join(f"{visible(label)}." for label in labels_of(name)) or "."


def _duration(seconds: int) -> str:
    """1d2h3m4s, without what is zero."""
    parts = []
    for unit, suffix in ((604800, "w"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s")):
        count, seconds = divmod(seconds, unit)
        if count:
            parts.append(f"{count}{suffix}")
    return "".join(parts) or "0s"
