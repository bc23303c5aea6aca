"""How a query is sent: search list, servers in order, tries (bin/dig/dighost.c of BIND 9).

A server that does not answer is queried `tries` times, the later ones once.  If the socket cannot be opened,
the whole lookup starts again.

Not modelled: TSIG, TLS and HTTPS, zone transfers, following referrals (+trace, +nssearch), internationalized names,
cookies of servers, retries for the sake of EDNS.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import attrs

from vnetsim.errors import DecodeError, NotModelled, VnetsimError
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.programs.bind.lookup import UDP_SIZE, DigAnswer, DigLookup, DigServer
from vnetsim.programs.bind.masterdump import without_dot
from vnetsim.programs.bind.query import DigQuery, DigReply, QueryFailed
from vnetsim.programs.bind.resconf import ResConf
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage, DnsQuestion, DnsRecord
from vnetsim.wire.dns_codec import absolute, class_text, opcode_text, type_text
from vnetsim.wire.inet import Address, parse_address

_COOKIE: Final = 10
_DNSSEC_OK: Final = 1 << 15
_HEADER: Final = 12
#: What a lookup without an answer makes the exit status.
_UNANSWERED: Final = 9
_NO_SERVERS: Final = "no servers could be reached"


class BindError(VnetsimError):
    """The tool ends after a complaint, with `status` or (None) with the one that it has come to, or 1."""

    def __init__(self, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status


class DighostCallbacks:
    """What a tool does about the events of a lookup (the function pointers of dighost.h)."""

    #: The status of a tool that ends because a name is not legal.
    illegal_status = 10

    def __init__(self, process: Process) -> None:
        self.process = process

    def trying(self, name: str) -> None:
        """A name is about to be queried."""

    def printmessage(self, answer: DigAnswer) -> None:
        """The message."""

    def received(self, answer: DigAnswer) -> None:
        """How the answer came."""

    def comments(self, lookup: DigLookup, text: str) -> None:
        if lookup.comments:
            self.warning(text)

    def warning(self, text: str) -> None:
        """An error or a warning."""
        self.process.write(f";; {text}\n")


class Dighost:
    """Works off the `pending` lookups, to which a tool may add meanwhile.

    `servers` are for lookups that name none, `source` is the address and port to send from; answers without "recursion
    available" are rejected if it `wants_recursion`.
    """

    def __init__(self, callbacks: DighostCallbacks, configuration: ResConf) -> None:
        self.pending: deque[DigLookup] = deque()
        self.servers: list[DigServer] = []
        self.port = dns.PORT
        self.timeout_seconds = configuration.timeout
        self.source: tuple[Address, int] | None = None
        self.search = list(configuration.search)
        self.ndots = configuration.ndots
        self.uses_search = False
        self.shows_search = False
        self.wants_recursion = False
        self.status = 0
        self._callbacks = callbacks
        self._process = callbacks.process
        self._secret = b""

    def run(self) -> Coroutine[None]:
        while self.pending:
            yield from self._look_up(self.pending.popleft())

    def addresses(self, name: str) -> Coroutine[list[DigServer]]:
        """isc_getaddresses(): a server's addresses by its name."""
        try:
            parse_address(name)
        except ValueError:
            pass
        else:
            return [DigServer(name, name)]
        resolved: Resolved = yield self._process.resolve(name)
        if resolved.addresses:
            return [DigServer(str(address), name) for address in resolved.addresses]
        temporary = resolved.error is not None and resolved.error.startswith("Temporary")
        raise BindError(f"couldn't get address for '{name}': {'failure' if temporary else 'not found'}")

    # --- one lookup -------------------------------------------------------------------------------------------------

    def _look_up(self, lookup: DigLookup) -> Coroutine[None]:
        """setup_lookup(), and server after server until one has answered."""
        lookup.servers = lookup.servers or list(self.servers)
        name = self._full_name(lookup)
        self._callbacks.trying(without_dot(name))
        query = self._query(lookup, name)
        for position, server in enumerate(lookup.servers):
            last = position + 1 == len(lookup.servers)
            try:
                reply = yield from self._query_server(lookup, server, query)
            except QueryFailed as failure:
                self.status = max(self.status, _UNANSWERED)
                if self._starts_again(lookup, failure, last=last):
                    return
                continue
            if reply is None or self._is_final(lookup, server, reply.message, last=last):
                if reply is not None:
                    self._finish(lookup, _answer(lookup, server, self.port, reply))
                return

    def _starts_again(self, lookup: DigLookup, failure: QueryFailed, *, last: bool) -> bool:
        """Without a socket, and over TCP, the lookup is queued again while it has tries left."""
        again = lookup.tries > 1 and (failure.refused or lookup.tcp)
        if last and not again and not failure.refused:
            self._process.write(lookup.banner)
        if (last and not again) or (again and failure.refused):
            self._callbacks.warning(_NO_SERVERS)
        if again:
            self.pending.appendleft(attrs.evolve(lookup.clone(), tries=lookup.tries - 1))
        return again

    def _full_name(self, lookup: DigLookup) -> str:
        """The name with the search domain whose turn it is."""
        if lookup.new_search:
            if lookup.name.count(".") >= self.ndots or not self.uses_search:
                lookup.origin, lookup.done_as_is, lookup.need_search = None, True, self.uses_search
            elif lookup.origin is None:
                lookup.origin, lookup.need_search = 0 if self.search else None, False
        if lookup.origin is None:
            return self._legal(lookup, lookup.name, "is not a legal name", self._callbacks.illegal_status)
        name = lookup.name if lookup.name.endswith(".") else f"{lookup.name}.{self.search[lookup.origin]}"
        return self._legal(lookup, name, "is not in legal name syntax", None)

    def _legal(self, lookup: DigLookup, name: str, complaint: str, status: int | None) -> str:
        try:
            return absolute(name)
        except ValueError as error:
            raise BindError(f"'{lookup.name}' {complaint} ({error})", status) from None

    def _query(self, lookup: DigLookup, name: str) -> DnsMessage:
        chosen = lookup.identification
        return DnsMessage(
            identification=self._process.machine.random.getrandbits(16) if chosen is None else chosen,
            opcode=lookup.opcode, recursion_desired=lookup.recurse, authoritative=lookup.authoritative,
            authentic_data=lookup.authentic, truncated=lookup.truncated, recursion_available=lookup.available,
            checking_disabled=lookup.checking_disabled, additionals=self._options(lookup),
            questions=() if lookup.header_only else (DnsQuestion(name, lookup.type, lookup.cls),),
        )  # fmt: skip

    def _options(self, lookup: DigLookup) -> tuple[DnsRecord, ...]:
        """The OPT record (RFC 6891) with a cookie (RFC 7873), the same for all of one run."""
        if lookup.edns is None and not lookup.dnssec and lookup.udp_size is None:
            return ()
        if lookup.cookie and not self._secret:
            self._secret = self._process.machine.random.randbytes(8)
        options = _COOKIE.to_bytes(2, "big") + b"\x00\x08" + self._secret if lookup.cookie else b""
        flags = (lookup.edns or 0) << 16 | _DNSSEC_OK * lookup.dnssec
        return (DnsRecord.opt(UDP_SIZE if lookup.udp_size is None else lookup.udp_size, flags, options),)

    # --- one server -------------------------------------------------------------------------------------------------

    def _query_server(self, lookup: DigLookup, server: DigServer, query: DnsMessage) -> Coroutine[DigReply | None]:
        """None: it answered with something that cannot be read, which has been shown."""
        while True:
            try:
                return (yield from self._send_query(lookup, server, query))
            except _BadPacket as bad:
                self._process.write(f";; Got bad packet: FORMERR\n{_hex_dump(bad.data)}")
                return None
            except QueryFailed as failure:
                self._warn_of_failure(lookup, server, failure)
                if failure.refused or lookup.tcp or lookup.tries <= 1:
                    raise
                lookup.tries -= 1

    def _send_query(self, lookup: DigLookup, server: DigServer, query: DnsMessage) -> Coroutine[DigReply]:
        data = query.encode()

        def connected() -> None:
            self.status = 0

        def sending(now: int) -> None:
            if lookup.query:
                self._callbacks.printmessage(
                    _answer(lookup, server, self.port, DigReply(query, len(data), now, now), is_query=True)
                )

        exchange = DigQuery(
            process=self._process, port=self.port, source=self.source, seconds=self.timeout_seconds,
            accept=lambda answer: self._accept(answer, lookup, query), connected=connected, sending=sending,
        )  # fmt: skip
        address = parse_address(server.address)
        return (yield from (exchange.over_tcp if lookup.tcp else exchange.over_udp)(address, data))

    def _warn_of_failure(self, lookup: DigLookup, server: DigServer, failure: QueryFailed) -> None:
        where = f"{server.address}#{self.port}"
        if failure.refused:
            kind = "Connection to" if lookup.tcp else "UDP setup with"
            self._callbacks.warning(f"{kind} {where}({server.address}) for {lookup.name} failed: {failure}.")
        else:
            self._callbacks.warning(f"communications error to {where}: {failure}")

    # --- answers ----------------------------------------------------------------------------------------------------

    def _accept(self, data: bytes, lookup: DigLookup, query: DnsMessage) -> DnsMessage | None:
        """The answer, if it is one to this query; a warning names what is wrong with it."""
        warning = self._callbacks.warning
        if len(data) < _HEADER:
            warning("Warning: short (< header size) message received")
            return None
        identification = int.from_bytes(data[:2], "big")
        if identification != query.identification:
            warning(f"Warning: ID mismatch: expected ID {query.identification}, got {identification}")
        if not data[2] & 0x80:
            warning("Warning: query response not set")
        if identification != query.identification:
            return None
        try:
            message = DnsMessage.decode(data)
        except DecodeError:
            raise NotModelled("DNS messages that are broken") from None
        if any(record.cls != question.cls for question in query.questions for record in message.answers):
            if not lookup.best_effort:
                raise _BadPacket(data)
            warning("Warning: Message parser reports malformed message packet.")
        return message if self._matches_question(message, lookup, query) else None

    def _matches_question(self, message: DnsMessage, lookup: DigLookup, query: DnsMessage) -> bool:
        if message.opcode != lookup.opcode:
            self._callbacks.warning(
                f"Warning: Opcode mismatch: expected {opcode_text(lookup.opcode)}, got {opcode_text(message.opcode)}"
            )
            return False
        if not message.questions and not lookup.header_only:
            self._callbacks.warning("missing question section")
        for got, sent in zip(message.questions, query.questions, strict=False):
            if (got.type, got.cls) != (sent.type, sent.cls) or got.name.lower() != sent.name.lower():
                question = f"{without_dot(got.name)}/{type_text(got.type)}/{class_text(got.cls)}"
                self._callbacks.warning(f";; Question section mismatch: got {question}")
                return False
        return True

    def _is_final(self, lookup: DigLookup, server: DigServer, message: DnsMessage, *, last: bool) -> bool:
        """False if the next server is to be queried instead."""
        if _wants_tcp(lookup, message):
            return True
        failed = message.rcode == dns.SERVFAIL and not lookup.servfail_stops
        if not failed and not (self.wants_recursion and not message.recursion_available and lookup.recurse):
            return True
        text = f"Got {'SERVFAIL reply' if failed else 'recursion not available'} from {server.address}"
        self._callbacks.comments(lookup, text if last else f"{text}, trying next server")
        return last

    def _finish(self, lookup: DigLookup, answer: DigAnswer) -> None:
        message = answer.message
        if _wants_tcp(lookup, message):
            self._callbacks.comments(lookup, "Truncated, retrying in TCP mode.")
            self.pending.appendleft(attrs.evolve(lookup.clone(), tcp=True))
            return
        searching = lookup.origin is not None or lookup.need_search
        if message.rcode != dns.NXDOMAIN or not searching:
            self._callbacks.printmessage(answer)
        elif not self._next_origin(lookup) or self.shows_search:
            self._callbacks.printmessage(answer)
            self._callbacks.received(answer)
        if message.rcode == dns.NOERROR or lookup.origin is None:
            self._callbacks.received(answer)

    def _next_origin(self, lookup: DigLookup) -> bool:
        """Queue the lookup with the next search domain, at last without any."""
        if not self.uses_search or lookup.name.endswith(".") or lookup.name.count(".") + 1 > self.ndots:
            return False
        if lookup.origin is None and not lookup.need_search:
            return False
        position = 0 if lookup.origin is None else lookup.origin + 1
        following = position if position < len(self.search) else None
        if lookup.origin is not None and following is None and lookup.done_as_is:
            return False
        self.pending.appendleft(attrs.evolve(lookup.clone(), origin=following, need_search=False))
        return True


class _BadPacket(Exception):
    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data


def _answer(lookup: DigLookup, server: DigServer, port: int, reply: DigReply, *, is_query: bool = False) -> DigAnswer:
    times = {"sent": reply.sent, "received": reply.received}
    return DigAnswer(
        lookup=lookup, message=reply.message, size=reply.size, server=server, port=port, is_query=is_query, **times
    )


def _wants_tcp(lookup: DigLookup, message: DnsMessage) -> bool:
    return message.truncated and not lookup.ignore_truncation and not lookup.tcp


def _hex_dump(data: bytes) -> str:
    text = f"{len(data)} bytes\n"
    for at in range(0, len(data), 16):
        line = data[at : at + 16]
        shown = "".join(chr(octet) if 0x21 <= octet <= 0x7D else "." for octet in line)
        text += f"{line.hex(' '):<47}          {shown}\n"
    return text
