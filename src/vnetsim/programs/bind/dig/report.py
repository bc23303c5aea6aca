"""What dig prints of a message (printmessage() and received() of bin/dig/dig.c)."""

from __future__ import annotations

import time
from typing import Final

from vnetsim.process import Process
from vnetsim.programs.bind.dig.options import DigSettings
from vnetsim.programs.bind.dighost import DighostCallbacks
from vnetsim.programs.bind.lookup import DigAnswer, DigLookup
from vnetsim.programs.bind.masterdump import MasterStyle
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage, DnsRecord
from vnetsim.wire.dns_codec import opcode_text, rcode_text

_COOKIE: Final = 10
_DNSSEC_OK: Final = 1 << 15


class DigReport(DighostCallbacks):
    """What dig prints."""

    def __init__(self, process: Process, settings: DigSettings) -> None:
        super().__init__(process)
        self._settings = settings

    def comments(self, lookup: DigLookup, text: str) -> None:
        if lookup.comments and not self._settings.short:
            self.warning(text)

    def printmessage(self, answer: DigAnswer) -> None:
        lookup, message = answer.lookup, answer.message
        if self._settings.command and not self._settings.short:
            self.process.write(lookup.banner)
        lookup.banner = ""
        if self._settings.short:
            self.process.write(self._short(answer))
            return
        style = MasterStyle.of(
            ttl=lookup.ttl, ttl_units=lookup.ttl_units, shows_class=lookup.cls_shown, multiline=lookup.multiline
        )
        text = _header(answer) if lookup.comments else ""
        self.process.write(text + _sections(lookup, message, style))
        if answer.is_query and lookup.stats:
            self.process.write(f";; QUERY SIZE: {answer.size}\n\n")

    def _short(self, answer: DigAnswer) -> str:
        """The data of the records alone."""
        if answer.is_query or not answer.lookup.answer:
            return ""
        identity = ""
        if answer.lookup.identify:
            identity = f" from server {answer.server.address} in {_duration(answer, 'us', 'ms')}."
        return "".join(f"{record.data}{identity}\n" for record in answer.message.answers)

    def received(self, answer: DigAnswer) -> None:
        if self._settings.short:
            return
        where = f"{answer.socket}({answer.server.argument})"
        if answer.lookup.stats:
            protocol = "TCP" if answer.lookup.tcp else "UDP"
            self.process.write(
                f";; Query time: {_duration(answer, 'usec', 'msec')}\n;; SERVER: {where} ({protocol})\n"
                f";; WHEN: {self._when()}\n;; MSG SIZE  rcvd: {answer.size}\n\n"
            )
        elif answer.lookup.identify:
            self.process.write(f";; Received {answer.size} bytes from {where} in {_duration(answer, 'us', 'ms')}\n\n")

    def _when(self) -> str:
        now = time.gmtime(self.process.machine.wall_clock() // 1_000_000_000)
        return time.strftime("%a %b %d %H:%M:%S UTC %Y", now)


def _duration(answer: DigAnswer, fine: str, coarse: str) -> str:
    passed = (answer.received - answer.sent) // 1000
    return f"{passed} {fine}" if answer.lookup.microseconds else f"{passed // 1000} {coarse}"


def _header(answer: DigAnswer) -> str:
    lookup, message = answer.lookup, answer.message
    status = rcode_text(message.rcode)
    text = ";; Sending:\n" if answer.is_query else ";; Got answer:\n"
    if any(_is_local(question.name) for question in message.questions):
        text += (
            ";; WARNING: .local is reserved for Multicast DNS\n"
            ";; You are currently testing what happens when an mDNS query is leaked to DNS\n"
        )
    text += f";; ->>HEADER<<- opcode: {opcode_text(message.opcode)}, status: {status}, "
    text += f"id: {message.identification}\n;; flags:{''.join(f' {flag}' for flag in message.flag_names())}"
    counts = len(message.questions), len(message.answers), len(message.authorities), len(message.additionals)
    text += "; QUERY: {}, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n".format(*counts)
    if not answer.is_query:
        if message.recursion_desired and not message.recursion_available:
            text += ";; WARNING: recursion requested but not available\n"
        if lookup.edns is not None and _option_record(message) is None and message.rcode in _WITHOUT_EDNS:
            nodnssec = "+nodnssec " if lookup.dnssec else ""
            text += f"\n;; WARNING: EDNS query returned status {status} - retry with '{nodnssec}+noedns'\n"
    return f"{text}\n"


_WITHOUT_EDNS: Final = (dns.FORMERR, dns.NOTIMP)


def _is_local(name: str) -> bool:
    return f".{name.lower()}".endswith(".local.")


def _option_record(message: DnsMessage) -> DnsRecord | None:
    return next((record for record in message.additionals if record.type == dns.OPT), None)


def _sections(lookup: DigLookup, message: DnsMessage, style: MasterStyle) -> str:
    text = _pseudosection(_option_record(message)) if lookup.comments else ""
    if lookup.question:
        lines = "".join(f";{style.question(question)}" for question in message.questions)
        text += _section(lookup, "QUESTION", lines)
    additionals = tuple(record for record in message.additionals if record.type != dns.OPT)
    for wanted, title, records in (
        (lookup.answer, "ANSWER", message.answers),
        (lookup.authority, "AUTHORITY", message.authorities),
        (lookup.additional, "ADDITIONAL", additionals),
    ):
        if wanted:
            text += _section(lookup, title, "".join(style.record(record) for record in records))
    return text


def _section(lookup: DigLookup, title: str, lines: str) -> str:
    if not lines or not lookup.comments:
        return lines
    return f";; {title} SECTION:\n{lines}\n"


def _pseudosection(record: DnsRecord | None) -> str:
    """The OPT record (dns_message_pseudosectiontotext)."""
    if record is None:
        return ""
    flags = " do" if record.ttl & _DNSSEC_OK else ""
    text = f";; OPT PSEUDOSECTION:\n; EDNS: version: {record.ttl >> 16 & 255}, flags:{flags}; udp: {record.cls}\n"
    options = record.options
    while len(options) >= 4:
        code, length = int.from_bytes(options[:2], "big"), int.from_bytes(options[2:4], "big")
        data, options = options[4 : 4 + length], options[4 + length :]
        text += f"; {_option_text(code, data)}\n"
    return text


def _option_text(code: int, data: bytes) -> str:
    if code == _ERROR and len(data) >= 2:
        number, text = int.from_bytes(data[:2], "big"), data[2:].decode(errors="replace")
        known = f" ({_ERRORS[number]})" if number in _ERRORS else ""
        return f"EDE: {number}{known}{f': ({text})' if text else ''}"
    return f"{'COOKIE' if code == _COOKIE else f'OPT={code}'}: {data.hex()}"


#: Extended DNS Errors (RFC 8914) that servers here give.
_ERROR: Final = 15
_ERRORS: Final = {14: "Not Ready", 18: "Prohibited"}
