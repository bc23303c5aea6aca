"""`nslookup`: what a name or an address means, as it used to be printed (BIND 9.18; 9.20 in containers).

Follows bin/dig/nslookup.c.  Without a name it reads commands from its standard input, as it does where that is no
terminal.  Not modelled: `-d2`, zone transfers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled, VnetsimError
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.bind import resconf
from vnetsim.programs.bind.dighost import BindError, Dighost, DighostCallbacks
from vnetsim.programs.bind.host import canonical
from vnetsim.programs.bind.lookup import DigAnswer, DigLookup, is_newer, reverse_name, version
from vnetsim.programs.bind.masterdump import without_dot
from vnetsim.programs.resources import resource
from vnetsim.values import define
from vnetsim.wire import dns
from vnetsim.wire.dns import SOA, DnsMessage, DnsRecord
from vnetsim.wire.dns_codec import class_text, parse_class, parse_type, rcode_text, type_text

#: rtypetext of nslookup.c: what precedes the data of a record, by its type.
_RTYPES: Final = {
    int(number): f"{text} "
    for number, _, text in (line.partition(" ") for line in resource("bind", "nslookup-rtypes").splitlines())
}
_KNOWN_TYPES: Final = 42
_TRANSFERS: Final = (251, 252)


class _Usage(VnetsimError):
    """Too many arguments."""


@define
class _Settings:
    """What `set` changes, and what came of the lookups."""

    type: str = "A"
    cls: str = "IN"
    everything: bool = True
    verbose: bool = False
    recurse: bool = True
    tcp: bool | None = None
    tries: int = 3
    fails_over: bool = True
    unanswered: bool = True
    failed: bool = False
    without_a: bool = False


def main(process: Process) -> Program:
    """Exit status 1: no server answered, or one of the names is not known."""
    if any(arg.lower().startswith("-ver") for arg in process.argv[1:]):
        newer = is_newer(process.context)
        (process.write if newer else process.error)(f"nslookup {version(process.context)}\n")
        return 0
    return _Session(process).run()


class _Session:
    def __init__(self, process: Process) -> None:
        self._process = process
        self._configuration = resconf.read(process)
        self._settings = _Settings(tries=self._configuration.attempts or 3)
        self._dighost = Dighost(DighostCallbacks(process), self._configuration)
        output = _Output(process, self._settings, self._dighost)
        self._dighost = output.dighost = Dighost(output, self._configuration)
        self._dighost.uses_search = self._dighost.wants_recursion = True
        self._dighost.servers = self._configuration.usable((4, 6))

    def run(self) -> Coroutine[int]:
        process = self._process
        try:
            if (yield from self._arguments()):
                yield from self._dighost.run()
            else:
                yield from self._commands()
        except _Usage:
            process.error(resource("bind", "nslookup"))
            return 1
        except BindError as error:
            process.error(f"{process.argv[0]}: {error}\n")
            return error.status or self._dighost.status or 1
        process.write("\n")
        return int(self._settings.unanswered or self._settings.failed)

    def _arguments(self) -> Coroutine[bool]:
        """Whether there is a name to look up."""
        named = looking = False
        args = list(self._process.argv[1:])
        for position, arg in enumerate(args):
            if arg.startswith("-") and arg != "-":
                self._set(arg[1:])
            elif arg == "-":
                named = True
            elif not named:
                named = looking = True
                self._add(arg)
            elif position + 1 < len(args):
                raise _Usage
            else:
                yield from self._use_server(arg)
        return looking

    def _use_server(self, name: str) -> Coroutine[None]:
        self._dighost.servers = yield from self._dighost.addresses(name)
        self._dighost.wants_recursion = False

    def _add(self, name: str) -> None:
        settings = self._settings
        settings.without_a = False
        kind, cls = parse_type(settings.type), parse_class(settings.cls)
        assert kind is not None
        assert cls is not None
        if kind in _TRANSFERS:
            raise NotModelled("zone transfers")
        reverse = reverse_name(name, strict=True)
        if reverse is not None:
            name, kind = reverse, dns.PTR
        tcp = kind == dns.ANY if settings.tcp is None else settings.tcp
        self._dighost.pending.append(
            DigLookup(
                name=name,
                type=kind,
                cls=cls,
                tcp=tcp,
                recurse=settings.recurse,
                tries=settings.tries,
                new_search=True,
                servfail_stops=not settings.fails_over,
                best_effort=False,
            )
        )

    # --- commands ---------------------------------------------------------------------------------------------------

    def _commands(self) -> Coroutine[None]:
        while True:
            line: str = yield self._process.stdin.read_line()
            if not line:
                return
            args = line.split()
            if not args:
                continue
            if args[0].lower() == "exit":
                return
            yield from self._command(args)
            yield from self._dighost.run()

    def _command(self, args: list[str]) -> Coroutine[None]:
        verb = args[0].lower()
        if verb == "set" and len(args) > 1:
            self._set(args[1])
        elif verb in ("server", "lserver"):
            if len(args) > 1:
                yield from self._use_server(args[1])
            self._dighost.wants_recursion = False
            self._show_servers(all_servers=True)
        elif verb in ("help", "?"):
            self._process.write(f"The '{args[0]}' command is not yet implemented.\n")
        elif verb in ("finger", "root", "ls", "view"):
            self._process.write(f"The '{args[0]}' command is not implemented.\n")
        else:
            self._add(args[0])

    def _show_servers(self, *, all_servers: bool) -> None:
        for server in self._dighost.servers if all_servers else self._dighost.servers[:1]:
            self._process.write(f"Default server: {server.argument}\nAddress: {server.address}#{self._dighost.port}\n")

    def _show_settings(self) -> None:
        settings, dighost = self._settings, self._dighost
        self._show_servers(all_servers=True)
        self._process.write(
            f"\nSet options:\n  {'vc' if settings.tcp else 'novc'}\t\t\t"
            f"{'debug' if settings.verbose else 'nodebug'}\t\tnod2\n"
            f"  {'search' if dighost.uses_search else 'nosearch'}\t\t{'recurse' if settings.recurse else 'norecurse'}\n"
            f"  timeout = {dighost.timeout_seconds}\t\tretry = {settings.tries}\tport = {dighost.port}\t"
            f"ndots = {dighost.ndots}\n"
            f"  querytype = {settings.type:<8}\tclass = {settings.cls}\n  srchlist = {'/'.join(dighost.search)}\n"
        )

    # --- options ----------------------------------------------------------------------------------------------------

    def _set(self, option: str) -> None:
        """setoption(): `type=MX`, or a keyword that may be abbreviated."""
        name, equals, value = option.partition("=")
        if equals and name.lower() in _VALUES:
            _VALUES[name.lower()](self, value)
            return
        keyword = option.lower()
        for full, (shortest, change) in _KEYWORDS.items():
            if len(keyword) >= shortest and full.startswith(keyword):
                change(self)
                return
        self._process.write(f"*** Invalid option: {option}\n")

    def set_type(self, value: str) -> None:
        if parse_type(value) is None:
            self._process.write(f"unknown query type: {value}\n")
            return
        self._settings.type, self._settings.everything = value, False

    def set_class(self, value: str) -> None:
        if parse_class(value) is None:
            self._process.write(f"unknown query class: {value}\n")
        else:
            self._settings.cls = value

    def set_domain(self, value: str) -> None:
        self._dighost.search, self._dighost.uses_search = [value], True

    def set_port(self, value: str) -> None:
        self._dighost.port = self._number(value, 0xFFFF, "port", self._dighost.port)

    def set_timeout(self, value: str) -> None:
        self._dighost.timeout_seconds = self._number(value, 0xFFFFFFFF, "timeout", self._dighost.timeout_seconds)

    def set_tries(self, value: str) -> None:
        self._settings.tries = self._number(value, 0x7FFFFFFF, "tries", self._settings.tries)

    def set_ndots(self, value: str) -> None:
        self._dighost.ndots = self._number(value, 128, "ndots", self._dighost.ndots)

    def _number(self, text: str, most: int, what: str, current: int) -> int:
        digits = text.isascii() and is_digits(text)
        if digits and int(text) <= most:
            return int(text)
        self._process.write(f"invalid {what} '{text}': {'out of range' if digits else 'not a valid number'}\n")
        return current

    def set_search(self, on: bool) -> None:
        self._dighost.uses_search = on

    def set_recursion(self, on: bool) -> None:
        self._settings.recurse = on

    def set_tcp(self, on: bool) -> None:
        self._settings.tcp = on

    def set_verbose(self, on: bool) -> None:
        self._settings.verbose = self._dighost.shows_search = on

    def set_failing_over(self, on: bool) -> None:
        self._settings.fails_over = on

    def show_all(self) -> None:
        self._show_settings()

    def refuse_d2(self) -> None:
        raise NotModelled("nslookup -d2")


_VALUES: Final[dict[str, Callable[[_Session, str], None]]] = {
    **dict.fromkeys(("type", "ty", "querytype", "query", "qu", "q"), _Session.set_type),
    **dict.fromkeys(("class", "cl"), _Session.set_class),
    **dict.fromkeys(("domain", "do"), _Session.set_domain),
    **dict.fromkeys(("port", "po"), _Session.set_port),
    **dict.fromkeys(("timeout", "t"), _Session.set_timeout),
    **dict.fromkeys(("retry", "ret"), _Session.set_tries),
    "ndots": _Session.set_ndots,
}
#: Keywords with the length of their shortest abbreviation, in the order in which they are tried.
_KEYWORDS: Final[dict[str, tuple[int, Callable[[_Session], None]]]] = {
    "all": (3, _Session.show_all),
    "recurse": (3, lambda session: session.set_recursion(True)),
    "norecurse": (5, lambda session: session.set_recursion(False)),
    "defname": (3, lambda session: session.set_search(True)),
    "nodefname": (5, lambda session: session.set_search(False)),
    "vc": (2, lambda session: session.set_tcp(True)),
    "novc": (4, lambda session: session.set_tcp(False)),
    "debug": (3, lambda session: session.set_verbose(True)),
    "nodebug": (5, lambda session: session.set_verbose(False)),
    "d2": (2, _Session.refuse_d2),
    "nod2": (4, lambda _: None),
    "search": (3, lambda session: session.set_search(True)),
    "nosearch": (5, lambda session: session.set_search(False)),
    "sil": (3, lambda _: None),
    "fail": (3, lambda session: session.set_failing_over(False)),
    "nofail": (5, lambda session: session.set_failing_over(True)),
}


# --- output -----------------------------------------------------------------------------------------------------------


class _Output(DighostCallbacks):
    def __init__(self, process: Process, settings: _Settings, dighost: Dighost) -> None:
        super().__init__(process)
        self.dighost = dighost
        self._settings = settings

    def printmessage(self, answer: DigAnswer) -> None:
        settings, lookup, message = self._settings, answer.lookup, answer.message
        write = self.process.write
        settings.unanswered = False
        first = not settings.everything or lookup.type == dns.A
        if first:
            write(f"Server:\t\t{answer.server.argument}\nAddress:\t{answer.socket}\n\n")
        if settings.verbose:
            write(_details(message))
        if message.rcode != dns.NOERROR:
            name = without_dot(message.questions[0].name) if message.questions else lookup.name
            write(f"** server can't find {name}: {rcode_text(message.rcode)}\n")
            settings.failed = True
            return
        if settings.everything and lookup.type == dns.A:
            name = without_dot(canonical(message))
            self.dighost.pending.append(
                attrs.evolve(lookup.clone(), name=name, type=dns.AAAA, origin=None, tries=settings.tries)
            )
        if not message.authoritative and first:
            write("Non-authoritative answer:\n")
        self._answers(lookup, message)
        if not message.authoritative and lookup.type not in (dns.A, dns.AAAA):
            write("\nAuthoritative answers can be found from:\n")
            write("".join(map(_line, message.authorities)) + "".join(map(_line, _plain(message.additionals))))

    def _answers(self, lookup: DigLookup, message: DnsMessage) -> None:
        settings = self._settings
        if message.answers:
            self.process.write("".join(map(_answer_lines, message.answers)))
        elif settings.everything and lookup.type == dns.A:
            settings.without_a = True
        elif not settings.everything or (lookup.type == dns.AAAA and settings.without_a):
            self.process.write(f"*** Can't find {lookup.name}: No answer\n")


def _plain(records: tuple[DnsRecord, ...]) -> list[DnsRecord]:
    return [record for record in records if record.type != dns.OPT]


def _answer_lines(record: DnsRecord) -> str:
    if record.type in (dns.A, dns.AAAA):
        return f"Name:\t{without_dot(record.name)}\nAddress: {record.data}\n"
    return _line(record)


def _line(record: DnsRecord) -> str:
    if record.type == SOA:
        return f"{without_dot(record.name)}\n{_soa(record.data)}"
    return f"{without_dot(record.name)}\t{_data(record)}"


def _data(record: DnsRecord) -> str:
    kind = record.type
    label = _RTYPES.get(kind, f"rtype_{kind} = " if kind < _KNOWN_TYPES else f"rdata_{kind} = ")
    return f"{label}{record.data}\n"


def _soa(data: str) -> str:
    return "".join(
        f"\t{title} = {without_dot(field)}\n" for title, field in zip(_SOA_TITLES, data.split(), strict=True)
    )


_SOA_TITLES: Final = ("origin", "mail addr", "serial", "refresh", "retry", "expire", "minimum")


def _details(message: DnsMessage) -> str:
    """`debug`: every section."""
    text = "------------\n    QUESTIONS:\n"
    for question in message.questions:
        described = f"type = {type_text(question.type)}, class = {class_text(question.cls)}"
        text += f"\t{without_dot(question.name)}, {described}\n"
    sections = message.answers, message.authorities, message.additionals
    for title, records in zip(("ANSWERS", "AUTHORITY RECORDS", "ADDITIONAL RECORDS"), sections, strict=True):
        text += f"    {title}:\n"
        for record in _plain(records):
            data = _soa(record.data) if record.type == SOA else f"\t{_data(record)}"
            text += f"    ->  {without_dot(record.name)}\n{data}\tttl = {record.ttl}\n"
    return f"{text}------------\n"
