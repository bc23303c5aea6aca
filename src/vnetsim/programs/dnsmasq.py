"""`dnsmasq`: a name server for the names on its command line (dnsmasq 2.90).

    dnsmasq -R -h [-k] [-u USER] [--address=/DOMAIN/ADDRESS] [--host-record=NAME,ADDRESS]

--address answers for a domain and all names in it, --host-record for one name and for its address; all else is refused,
as there is no upstream server (recorded: also other types of known names).

Not modelled: all other options, and complaints about those that dnsmasq does not have either; name servers to pass
questions on to and hosts files, so that --no-resolv (-R) and --no-hosts (-h) must be given; DHCP, TFTP, what it logs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from vnetsim.errors import DecodeError, KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, arguments, flag
from vnetsim.sockets import Datagram, TcpSocket, UdpSocket
from vnetsim.values import define, frozen
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage, DnsQuestion, DnsRecord
from vnetsim.wire.dns_codec import absolute
from vnetsim.wire.inet import ANY4, ANY6, Address, parse_address

_BACKLOG: Final = 32
#: The largest UDP answer that it takes itself.
_EDNS: Final = 1232
#: Extended DNS Error 14, Not Ready (RFC 8914): there is no upstream server.
_NOT_READY: Final = b"\x00\x0f\x00\x02\x00\x0e"
_FAMILIES: Final = {dns.A: 4, dns.AAAA: 6}
_BAD_USE: Final = 1
_BAD_NET: Final = 2


@define
class DnsmasqOptions(Options):
    ignored = "-u|--user:"

    foreground: bool = flag("-k", "--keep-in-foreground")
    no_resolv: bool = flag("-R", "--no-resolv")
    no_hosts: bool = flag("-h", "--no-hosts")
    addresses: tuple[str, ...] = arguments("-A", "--address")
    host_records: tuple[str, ...] = arguments("--host-record")

    def misused(self, problem: str) -> Exit:
        raise NotModelled(f"dnsmasq: {problem}")


def _die(problem: str, status: int = _BAD_USE) -> Exit:
    return Exit(status, stderr=f"\ndnsmasq: {problem}\n")


@ends_by_exit
def main(process: Process) -> Program:
    options = DnsmasqOptions.read(process)
    if options.operands:
        raise _die("junk found in command line")
    zone = _Zone(tuple(_addresses(options.addresses)), tuple(_hosts(options.host_records)))
    if not options.no_resolv or not options.no_hosts:
        raise NotModelled("dnsmasq without --no-resolv and --no-hosts")
    return _served(process, zone, foreground=options.foreground)


def _addresses(texts: tuple[str, ...]) -> Iterator[tuple[str, Address]]:
    """`/example.org/10.0.0.9`"""
    for text in texts:
        parts = text.split("/")
        if len(parts) < 3 or parts[0]:
            raise _die("bad command line options: Bad address in --address")
        for domain in parts[1:-1]:
            yield _domain(domain, "--address"), _address(parts[-1], "--address")


def _hosts(texts: tuple[str, ...]) -> Iterator[tuple[str, Address]]:
    """`db.lan,10.0.0.5`"""
    for text in texts:
        name, _, address = text.partition(",")
        yield _domain(name, "--host-record"), _address(address, "--host-record")


def _domain(text: str, option: str) -> str:
    try:
        return absolute(text.lower())
    except ValueError:
        raise NotModelled(f"dnsmasq {option} with {text!r} for a name") from None


def _address(text: str, option: str) -> Address:
    try:
        return parse_address(text)
    except ValueError:
        if option == "--address":
            raise _die(f"bad command line options: Bad address in {option}") from None
        raise NotModelled(f"dnsmasq {option} with {text!r} for an address") from None


# --- answers ---------------------------------------------------------------------------------------------------------


@frozen
class _Zone:
    """Domains with all names in them, and single names."""

    domains: tuple[tuple[str, Address], ...]
    hosts: tuple[tuple[str, Address], ...]

    def answer(self, query: DnsMessage) -> DnsMessage:
        question = query.questions[0]
        records = tuple(self._records(question))
        return DnsMessage(
            identification=query.identification, response=True, opcode=query.opcode, authoritative=bool(records),
            recursion_desired=query.recursion_desired, recursion_available=True,
            rcode=dns.NOERROR if records else dns.REFUSED, questions=query.questions[:1], answers=records,
            additionals=tuple(_edns(query, known=bool(records))),
        )  # fmt: skip

    def _records(self, question: DnsQuestion) -> Iterator[DnsRecord]:
        name = question.name.lower()
        if question.type == dns.PTR:
            for host, address in self.hosts:
                if dns.reverse_name(address) == name:
                    yield DnsRecord(question.name, dns.PTR, 0, host)
            return
        found = [address for host, address in self.hosts if host == name] or self._of_domain(name)
        for address in found:
            if address.version == _FAMILIES.get(question.type):
                yield DnsRecord(question.name, question.type, 0, str(address))

    def _of_domain(self, name: str) -> list[Address]:
        """The narrowest domain that a name is in."""
        mine = [domain for domain, _ in self.domains if name == domain or name.endswith(f".{domain}")]
        longest = max(mine, key=len, default="")
        return [address for domain, address in self.domains if domain == longest]


def _edns(query: DnsMessage, *, known: bool) -> Iterator[DnsRecord]:
    if any(record.type == dns.OPT for record in query.additionals):
        yield DnsRecord.opt(_EDNS, options=b"" if known else _NOT_READY)


# --- the server ------------------------------------------------------------------------------------------------------


def _served(process: Process, zone: _Zone, *, foreground: bool) -> Coroutine[int]:
    """In the background by a child, which binds anew what could be bound here."""
    try:
        datagrams, listeners = _bound(process)
    except KernelError as error:
        problem = f"failed to create listening socket for port {dns.PORT}: {error.errno.strerror}"
        raise _die(problem, _BAD_NET) from None
    if not foreground:
        _close(*datagrams, *listeners)
        process.fork(ends_by_exit(lambda child: _served(child, zone, foreground=True)))
        return 0
    children = [process.fork(_answering(zone, socket)) for socket in datagrams]
    children += [process.fork(_accepting(zone, listener)) for listener in listeners]
    yield children[0].wait()
    return 0


def _bound(process: Process) -> tuple[list[UdpSocket], list[TcpSocket]]:
    """Sockets at all addresses of both families; KernelError, and none, if one of them cannot be."""
    every: tuple[Address, ...] = (ANY4, ANY6)
    datagrams = [process.network.udp_socket(address.version, owner=process) for address in every]
    listeners = [process.network.tcp_socket(address.version, owner=process) for address in every]
    try:
        for address, datagram, listener in zip(every, datagrams, listeners, strict=True):
            datagram.bind(address, dns.PORT, only_v6=address.version == 6)
            listener.bind(address, dns.PORT, only_v6=address.version == 6)
            listener.listen(_BACKLOG)
    except KernelError:
        _close(*datagrams, *listeners)
        raise
    return datagrams, listeners


def _close(*sockets: UdpSocket | TcpSocket) -> None:
    for socket in sockets:
        socket.close()


def _answering(zone: _Zone, socket: UdpSocket) -> Callable[[Process], Coroutine[int]]:
    def serve(process: Process) -> Coroutine[int]:
        del process
        while True:
            datagram: Datagram = yield socket.receive()
            answer = _answer(zone, datagram.data)
            if answer:
                socket.send_to(answer, datagram.source, datagram.source_port)

    return serve


def _answer(zone: _Zone, data: bytes) -> bytes:
    """Nothing for what is no question."""
    try:
        query = DnsMessage.decode(data)
    except DecodeError:
        return b""
    return zone.answer(query).encode(compress=True) if query.questions and not query.response else b""


def _accepting(zone: _Zone, listener: TcpSocket) -> Callable[[Process], Coroutine[int]]:
    def serve(process: Process) -> Coroutine[int]:
        while True:
            connection: TcpSocket = yield listener.accept()
            process.fork(_conversation(zone, connection))

    return serve


def _conversation(zone: _Zone, connection: TcpSocket) -> Callable[[Process], Coroutine[int]]:
    """Questions and answers, each behind its length (RFC 1035, 4.2.2)."""

    def serve(process: Process) -> Coroutine[int]:
        del process
        data = b""
        try:
            while more := (yield connection.receive()):
                data += more
                query, data = dns.split_stream(data)
                while query is not None:
                    yield connection.send(dns.with_length(_answer(zone, query)))
                    query, data = dns.split_stream(data)
        except KernelError:
            pass
        finally:
            connection.close()
        return 0

    return serve
