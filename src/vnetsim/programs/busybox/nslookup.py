"""`nslookup` of busybox (networking/nslookup.c): A and AAAA of a name, PTR of an address, -type, a server.

Both questions leave at once on a real machine, and their answers are printed in the order of their arrival; here A
comes first.  Not modelled: search domains, other types than a, aaaa and ptr, -debug.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.errors import DecodeError, NotModelled
from vnetsim.process import Coroutine, Process, Resolved
from vnetsim.programs.bind import resconf
from vnetsim.programs.bind.query import DigQuery, DigReply, QueryFailed
from vnetsim.programs.busybox.appletlib import AppletOptions
from vnetsim.programs.libc.exit import Exit
from vnetsim.programs.libc.options import argument
from vnetsim.values import define
from vnetsim.wire import dns
from vnetsim.wire.inet import LOOPBACK4, Address, is_address, parse_address

_TYPES: Final = {"a": dns.A, "aaaa": dns.AAAA, "ptr": dns.PTR}
_TRIES: Final = 2
#: Seconds that each try waits.
_PATIENCE: Final = 5
_RCODES: Final = {dns.FORMERR: "FORMERR", dns.NXDOMAIN: "NXDOMAIN", dns.NOTIMP: "NOTIMP", dns.REFUSED: "REFUSED"}


@define
class NslookupOptions(AppletOptions):
    applet = "nslookup"
    usage_name = "nslookup"
    unmodelled = "--debug"

    type: str = argument("--type", default="")


def main(process: Process, args: Sequence[str]) -> Coroutine[int]:
    options = NslookupOptions.read(process, [f"-{each}" if each.startswith("-") else each for each in args])
    if not 1 <= len(options.operands) <= 2:
        raise Exit(1, stderr=options.usage)
    if options.type and options.type.lower() not in _TYPES:
        raise NotModelled(f"busybox nslookup -type={options.type}")
    known = resconf.read(process)
    name, *servers = options.operands
    if known.search and "." not in name:
        raise NotModelled("busybox nslookup with search domains")
    addresses = (yield from _address(options, servers[0])) if servers else known.servers[:1]
    return (yield from _Lookup(process, addresses[0] if addresses else LOOPBACK4).run(_questions(name, options.type)))


def _questions(name: str, kind: str) -> list[tuple[str, int]]:
    if kind:
        return [(name, _TYPES[kind.lower()])]
    if is_address(name):
        return [(dns.reverse_name(parse_address(name)), dns.PTR)]
    return [(name, dns.A), (name, dns.AAAA)]


def _address(options: NslookupOptions, server: str) -> Coroutine[tuple[Address, ...]]:
    if is_address(server):
        return (parse_address(server),)
    resolved: Resolved = yield options.process.resolve(server)
    if not resolved.addresses:
        raise options.die(f"bad address '{server}'")
    return resolved.addresses[:1]


@define
class _Lookup:
    """Questions to one server; `_named`: it has answered something, so that its address was printed."""

    _process: Process
    _server: Address
    _named: bool = False

    def run(self, questions: Sequence[tuple[str, int]]) -> Coroutine[int]:
        texts, unknown = [], 0
        for name, kind in questions:
            answer = yield from self._ask(name, kind)
            if answer is None:
                self._process.write(";; connection timed out; no servers could be reached\n\n")
                return 1
            if answer.rcode:
                self._process.write(f"** server can't find {name}: {_RCODES.get(answer.rcode, answer.rcode)}\n\n")
                unknown += 1
                continue
            texts.append("" if answer.authoritative else "Non-authoritative answer:\n")
            texts.append("".join(map(_shown, answer.answers)) + "\n")
        self._process.write("".join(texts))
        return int(unknown == len(questions))

    def _ask(self, name: str, kind: int) -> Coroutine[dns.DnsMessage | None]:
        """None: no answer, or SERVFAIL, which is asked for again."""
        for _ in range(_TRIES):
            message = dns.DnsMessage.query(self._process.machine.random.getrandbits(16), name, kind)
            query = DigQuery(
                process=self._process, port=dns.PORT, source=None, seconds=_PATIENCE, accept=_decoded,
                connected=lambda: None, sending=lambda _: None,
            )  # fmt: skip
            try:
                reply: DigReply = yield from query.over_udp(self._server, message.encode())
            except QueryFailed:
                continue
            if not self._named:
                self._named = True
                self._process.write(f"Server:\t\t{self._server}\nAddress:\t{_with_port(self._server)}\n\n")
            if reply.message.rcode != dns.SERVFAIL:
                return reply.message
        return None


def _with_port(address: Address) -> str:
    return f"{address}:{dns.PORT}" if address.version == 4 else f"[{address}]:{dns.PORT}"


def _decoded(data: bytes) -> dns.DnsMessage | None:
    try:
        return dns.DnsMessage.decode(data)
    except DecodeError:
        return None


def _shown(record: dns.DnsRecord) -> str:
    name = record.name.rstrip(".")
    if record.type in (dns.A, dns.AAAA):
        return f"Name:\t{name}\nAddress: {record.data}\n"
    word = {dns.PTR: "name", dns.CNAME: "canonical name"}.get(record.type)
    if word is None:
        raise NotModelled(f"how busybox nslookup shows records of type {record.type}")
    return f"{name}\t{word} = {record.data.rstrip('.')}\n"
