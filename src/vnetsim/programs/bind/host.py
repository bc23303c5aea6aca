"""`host`: what a name or an address means, in sentences (BIND 9.18; 9.20 in containers: bin/dig/host.c).

Not modelled: `-C -l -D -m`, zone transfers, `-A` and more than one `-c` beyond what `-a` and the last one do.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.bind import resconf
from vnetsim.programs.bind.dighost import BindError, Dighost, DighostCallbacks
from vnetsim.programs.bind.lookup import DigAnswer, DigLookup, is_newer, reverse_name, version
from vnetsim.programs.bind.masterdump import MasterStyle, without_dot
from vnetsim.programs.libc.getopt import OptionError, Parsed, parse
from vnetsim.programs.resources import resource
from vnetsim.values import define
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage, DnsRecord
from vnetsim.wire.dns_codec import opcode_text, parse_class, parse_type, rcode_text, type_text

#: The phrase for a record, by its type.
_PHRASES: Final = {
    dns.A: "has address", dns.NS: "name server", dns.CNAME: "is an alias for", 11: "has well known services",
    dns.PTR: "domain name pointer", 13: "host information", dns.MX: "mail is handled by",
    dns.TXT: "descriptive text", 19: "x25 address", 20: "ISDN address", 24: "has signature", 25: "has key",
    dns.AAAA: "has IPv6 address", 29: "location",
}  # fmt: skip
_TRANSFERS: Final = (251, 252)
_FOREVER_SECONDS: Final = 1 << 31
_INTEGER: Final = re.compile(r"\s*([+-]?\d+)")


@define
class _Settings:
    verbose: bool = False
    #: A, AAAA, MX (and HTTPS), if no type was given.
    everything: bool = True
    tries: int = 2
    versions: tuple[int, ...] = (4, 6)
    server: str | None = None


def main(process: Process) -> Program:
    """Exit status 0: there are such records, or at least the name; 1: there is no such name, or no server answered."""
    name = process.argv[0].rpartition("/")[2]
    try:
        parsed = parse(process.argv[1:], "46aAc:dilnm:p:rst:vVwCDN:R:TUW:", None)
    except OptionError as error:
        complaint = str(error).replace("invalid option", "illegal option").replace("'", "")
        process.error(f"{name}: {complaint}\n{resource('bind', 'host')}")
        return 1
    if "V" in parsed:
        newer = is_newer(process.context)
        (process.write if newer else process.error)(f"host {version(process.context)}\n")
        return 0
    return _run(process, parsed)


def _run(process: Process, parsed: Parsed) -> Coroutine[int]:
    known = resconf.read(process)
    settings = _Settings()
    output = _Output(process, settings)
    dighost = output.dighost = Dighost(output, known)
    dighost.timeout_seconds = known.timeout
    try:
        lookup = _read(parsed, settings, dighost)
        if not parsed.operands:
            process.error(resource("bind", "host"))
            return 1
        dighost.servers = known.usable(settings.versions)
        if settings.server is not None:
            dighost.servers = yield from dighost.addresses(settings.server)
        lookup.tries = settings.tries
        _name(lookup, parsed.operands[0], settings, dighost)
        dighost.wants_recursion = settings.server is None
        dighost.pending.append(lookup)
        yield from dighost.run()
    except BindError as error:
        process.error(f"{process.argv[0]}: {error}\n")
        return error.status or 1
    return int(output.failed)


# --- options ----------------------------------------------------------------------------------------------------------


def _read(parsed: Parsed, settings: _Settings, dighost: Dighost) -> DigLookup:
    lookup = DigLookup(servfail_stops=False, best_effort=False, comments=False, new_search=True)
    for letter, argument in parsed.options:
        if letter in "ClDm":
            raise NotModelled(f"host -{letter}")
        if letter in "tcaA":
            _question(letter, argument, lookup, settings)
        elif letter in _NUMBERS:
            _number(letter, _atoi(argument), settings, dighost)
        elif letter in "46":
            _only(int(letter), settings)
        else:
            _switch(letter, lookup, settings, dighost)
    if len(parsed.operands) > 1:
        settings.server = parsed.operands[1]
    return lookup


_NUMBERS: Final = "NpRW"


def _switch(letter: str, lookup: DigLookup, settings: _Settings, dighost: Dighost) -> None:
    """`-i` and `-n` mean nothing any more."""
    if letter in "vd":
        settings.verbose = True
    elif letter in "TU":
        lookup.tcp, lookup.tcp_set = letter == "T", True
    elif letter == "r":
        lookup.recurse = False
    elif letter == "s":
        lookup.servfail_stops = True
    elif letter == "w":
        dighost.timeout_seconds = _FOREVER_SECONDS


def _only(family: int, settings: _Settings) -> None:
    if family not in settings.versions:
        raise BindError("only one of -4 and -6 allowed")
    settings.versions = (family,)


def _number(letter: str, number: int, settings: _Settings, dighost: Dighost) -> None:
    if letter == "N":
        dighost.ndots = number
    elif letter == "p":
        dighost.port = number & 0xFFFF
    elif letter == "R":
        settings.tries = max(2, number + 1)
    else:
        dighost.timeout_seconds = max(1, number)


def _atoi(text: str) -> int:
    found = _INTEGER.match(text)
    return int(found[1]) if found else 0


def _question(letter: str, argument: str, lookup: DigLookup, settings: _Settings) -> None:
    settings.everything = False
    if letter == "c":
        cls = parse_class(argument)
        if cls is None:
            raise BindError(f"invalid class: {argument}\n", 2)
        lookup.cls = cls
        return
    kind = dns.ANY if letter in "aA" else parse_type(argument)
    if kind is None and not argument.lower().startswith("ixfr="):
        raise BindError(f"invalid type: {argument}\n", 2)
    if kind is None or kind in _TRANSFERS:
        raise NotModelled("zone transfers")
    lookup.type = kind
    if letter in "aA":
        settings.verbose = True
    elif kind == dns.ANY and not lookup.tcp_set:
        lookup.tcp = True


def _name(lookup: DigLookup, text: str, settings: _Settings, dighost: Dighost) -> None:
    reverse = reverse_name(text, strict=True)
    if reverse is not None:
        lookup.name, lookup.type = reverse, dns.PTR
        settings.everything = False
    else:
        lookup.name = text
        dighost.uses_search = True


# --- output -----------------------------------------------------------------------------------------------------------


class _Output(DighostCallbacks):
    """What host prints; `failed` is whether nothing was found out so far."""

    illegal_status = 1
    dighost: Dighost

    def __init__(self, process: Process, settings: _Settings) -> None:
        super().__init__(process)
        self.failed = True
        self._settings = settings
        self._server_named = False
        self._seen = False

    def trying(self, name: str) -> None:
        if self._settings.verbose:
            self.process.write(f'Trying "{name}"\n')

    def received(self, answer: DigAnswer) -> None:
        if self._settings.verbose:
            milliseconds = (answer.received - answer.sent) // 1_000_000
            self.process.write(f"Received {answer.size} bytes from {answer.socket} in {milliseconds} ms\n")

    def printmessage(self, answer: DigAnswer) -> None:
        # Who was wrong once stays so: only what follows a success may still be one.
        failed_before = self._seen and self.failed
        self.failed, self._seen = True, True
        self._name_server(answer)
        lookup, message = answer.lookup, answer.message
        if message.rcode != dns.NOERROR:
            name = _full_name(answer) if message.rcode != dns.NXDOMAIN else lookup.name
            self.process.write(f"Host {name} not found: {message.rcode}({rcode_text(message.rcode)})\n")
            return
        if self._settings.everything and lookup.type == dns.A:
            self._query_more(lookup, message)
        self.process.write(_verbose(message) if self._settings.verbose else self._brief(answer))
        self.failed = failed_before

    def _name_server(self, answer: DigAnswer) -> None:
        if self._settings.server is not None and not self._server_named:
            self._server_named = True
            self.process.write(
                f"Using domain server:\nName: {answer.server.argument}\nAddress: {answer.socket}\nAliases: \n\n"
            )

    def _query_more(self, lookup: DigLookup, message: DnsMessage) -> None:
        """The other types, of the name that the answer leads to."""
        name = without_dot(canonical(message))
        types = [dns.AAAA, dns.MX] + [dns.HTTPS] * is_newer(self.process.context)
        for kind in types:
            more = attrs.evolve(lookup.clone(), name=name, type=kind, origin=None, tries=self._settings.tries)
            self.dighost.pending.append(more)

    def _brief(self, answer: DigAnswer) -> str:
        message = answer.message
        if not message.answers and not self._settings.everything:
            return f"{_full_name(answer)} has no {type_text(answer.lookup.type)} record\n"
        newer = is_newer(self.process.context)
        return "".join(f"{_sentence(record, newer=newer)}\n" for record in message.answers)


def _full_name(answer: DigAnswer) -> str:
    questions = answer.message.questions
    return without_dot(questions[0].name) if questions else answer.lookup.name


def canonical(message: DnsMessage) -> str:
    """The end of the chain of CNAMEs that begins with the question's name."""
    name = message.questions[0].name if message.questions else "."
    for _ in message.answers:
        aliases = (record for record in message.answers if record.type == dns.CNAME)
        following = [record.data for record in aliases if record.name.lower() == name.lower()]
        if not following:
            break
        name = following[0]
    return name


def _sentence(record: DnsRecord, *, newer: bool) -> str:
    phrase = _PHRASES.get(record.type, f"has {type_text(record.type)} record")
    if newer and record.type == dns.HTTPS:
        phrase = "has HTTP service bindings"
    return f"{without_dot(record.name)} {phrase} {record.data}"


def _verbose(message: DnsMessage) -> str:
    counts = len(message.questions), len(message.answers), len(message.authorities), len(message.additionals)
    opcode, status = opcode_text(message.opcode), rcode_text(message.rcode)
    text = (
        f";; ->>HEADER<<- opcode: {opcode}, status: {status}, id: {message.identification}\n"
        f";; flags: {' '.join(message.flag_names())}; "
        "QUERY: {}, ANSWER: {}, AUTHORITY: {}, ADDITIONAL: {}\n".format(*counts)
    )
    style = MasterStyle()
    for record in message.additionals:
        if record.type == dns.OPT:
            text += f";; EDNS: version: {record.ttl >> 16 & 255}, udp={record.cls}\n"
    sections = [("QUESTION", "".join(f";{style.question(question)}" for question in message.questions))]
    records_of = {"ANSWER": message.answers, "AUTHORITY": message.authorities, "ADDITIONAL": message.additionals}
    for title, records in records_of.items():
        sections.append((title, "".join(style.record(record) for record in records if record.type != dns.OPT)))
    return text + "".join(f"\n;; {title} SECTION:\n{lines}" for title, lines in sections if lines) + "\n"
