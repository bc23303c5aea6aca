"""`named`: a name server with its zones, which queries other servers (BIND 9.18.49 of Debian 12; recorded).

    named [-u USER] [-c FILE] [-4]

It listens at port 53 of each address, also of those that come later, and answers as `bin/named` and `lib/ns/query.c`
do: sections, flags and lifetimes are those that were recorded of a lab with a root, two levels below and two resolvers.

Not modelled, and refused when it is asked for: recursion with DNSSEC validation, which is the case without
`dnssec-validation no`; other classes and operations; answers that are longer than the client takes.  Not modelled: the
cookies of answers, logs, rndc.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Final

from vnetsim.errors import DecodeError, KernelError, NotModelled
from vnetsim.process import Coroutine, Process, Program
from vnetsim.programs.bind.named import config
from vnetsim.programs.bind.named.config import NamedConfig
from vnetsim.programs.bind.named.data import EMPTY, DnsCache, DnsFinding, DnsZone, parents
from vnetsim.programs.bind.named.resolver import RecursiveResolver
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, argument, flag
from vnetsim.programs.libc.running import kathara_image
from vnetsim.sockets import Datagram, TcpSocket, UdpSocket
from vnetsim.values import define
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage, DnsQuestion, DnsRecord
from vnetsim.wire.dns_codec import zone_records
from vnetsim.wire.inet import LOOPBACK4, Address, IPv6

PROGRAM: Final = "/usr/sbin/named"
_EDNS: Final = 1232
_PLAIN: Final = 512
_BACKLOG: Final = 10
_LONGEST_CHAIN: Final = 11
_DS: Final = 43
#: Its named has options that 9.18 has not.
_OLD_IMAGE: Final = "kathara/bind:9.11"
#: Extended DNS Error 18, Prohibited (RFC 8914).
_PROHIBITED: Final = b"\x00\x0f\x00\x02\x00\x12"
_REFUSED: Final = DnsFinding(rcode=dns.REFUSED)


@define
class NamedOptions(Options):
    ignored = "-u:"

    file: str | None = argument("-c", default=None)
    only_v4: bool = flag("-4")

    def misused(self, problem: str) -> Exit:
        raise NotModelled(f"named: {problem}")


@ends_by_exit
def main(process: Process) -> Program:
    options = NamedOptions.read(process)
    if options.operands:
        raise NotModelled(f"named with {options.operands[0]}")
    file = options.file or "/etc/bind/named.conf"
    settings = config.read(process.files, file, NamedConfig())
    if settings.directory != NamedConfig().directory and not process.files.is_directory(settings.directory):
        raise NotModelled(f"named without {settings.directory}")
    image = kathara_image(process)
    old = [option for option in settings.said if option in config.OLD]
    if old and not image.startswith(_OLD_IMAGE):
        raise NotModelled(f"named with the option {old[0]}, which BIND 9.18 does not have")
    if image.startswith(_OLD_IMAGE):
        process.machine.assume(f"named of {image.strip()} answers as BIND 9.18 does")
    server = _Server(process, settings, *_zones(process, settings))
    process.fork(lambda child: server.run(child, only_v4=options.only_v4))
    return 0


def _zones(process: Process, settings: NamedConfig) -> tuple[dict[str, DnsZone], DnsZone]:
    """Those that it answers for, and the hints."""
    empty = EMPTY if settings.recursion else ()
    zones = {written.lower(): DnsZone.empty(written) for written in empty}
    hints = DnsZone(".")
    for origin, (kind, file) in settings.zones.items():
        text = settings.text(process.files, file)
        try:
            records = zone_records(f"$TTL 0\n{text}" if kind == "hint" else text, origin)
        except ValueError as error:
            raise NotModelled(f"named with the zone {origin} of {file}: {error}") from None
        zone = DnsZone.load(origin, records, is_hint=kind == "hint")
        if kind == "hint":
            hints = zone
        else:
            zones[origin] = zone
    return zones, hints


class _Server:
    def __init__(self, process: Process, settings: NamedConfig, zones: dict[str, DnsZone], hints: DnsZone) -> None:
        self._settings = settings
        self._zones = zones
        self._resolver = RecursiveResolver(process, zones, hints, DnsCache())
        self._network = process.network
        self._random = process.machine.random
        for each in settings.askers:
            self._matches(each, LOOPBACK4)

    # --- sockets -----------------------------------------------------------------------------------------------------

    def run(self, process: Process, *, only_v4: bool) -> Coroutine[int]:
        self._resolver.process = process
        watch = self._network.watch_network()
        serving: dict[tuple[Address, str], Callable[[], None]] = {}
        while True:
            here = {
                (entry.address, entry.device)
                for entry in self._network.addresses()
                if "tentative" not in entry.flags and not (only_v4 and entry.address.version == 6)
            }
            for gone in serving.keys() - here:
                serving.pop(gone)()
            for address, device in sorted(here - serving.keys(), key=lambda each: (each[0].is_loopback, str(each))):
                serving[address, device] = self._listen(process, address, device)
            yield watch.receive()

    def _listen(self, process: Process, address: Address, device: str) -> Callable[[], None]:
        """What ends it."""
        zone = device if isinstance(address, IPv6) and address.is_link_local else None
        datagrams = self._network.udp_socket(address.version, owner=process)
        listener = self._network.tcp_socket(address.version, owner=process)
        try:
            datagrams.bind(address, dns.PORT, zone=zone)
            listener.bind(address, dns.PORT, reuse=True, zone=zone)
            listener.listen(_BACKLOG)
        except KernelError as error:
            raise NotModelled(f"named where port 53 of {address} cannot be bound: {error.errno.strerror}") from None
        children = (
            process.fork(lambda child: self._datagrams(child, datagrams)),
            process.fork(lambda child: self._accept(child, listener)),
        )

        def end() -> None:
            for each in children:
                each.kill()
            datagrams.close()
            listener.close()

        return end

    def _datagrams(self, process: Process, socket: UdpSocket) -> Coroutine[int]:
        while True:
            datagram: Datagram = yield socket.receive()
            process.fork(partial(self._reply, socket, datagram))

    def _reply(self, socket: UdpSocket, datagram: Datagram, process: Process) -> Coroutine[int]:
        del process
        answer = yield from self._answered(datagram.data, datagram.source, stream=False)
        if answer:
            socket.send_to(answer, datagram.source, datagram.source_port, datagram.zone)
        return 0

    def _accept(self, process: Process, listener: TcpSocket) -> Coroutine[int]:
        while True:
            connection: TcpSocket = yield listener.accept()
            process.fork(partial(self._converse, connection))

    def _converse(self, connection: TcpSocket, process: Process) -> Coroutine[int]:
        del process
        data = b""
        try:
            while more := (yield connection.receive()):
                query, data = dns.split_stream(data + more)
                while query is not None:
                    answer = yield from self._answered(query, connection.remote[0], stream=True)
                    yield connection.send(dns.with_length(answer))
                    query, data = dns.split_stream(data)
        except KernelError:
            pass
        finally:
            connection.close()
        return 0

    def _answered(self, data: bytes, source: Address, *, stream: bool) -> Coroutine[bytes]:
        """Nothing for what is no question."""
        try:
            query = DnsMessage.decode(data)
        except DecodeError:
            return b""
        if query.response or len(query.questions) != 1:
            return b""
        question = query.questions[0]
        if query.opcode != dns.QUERY or question.cls != dns.IN or question.type == _DS:
            raise NotModelled(f"named: a question of class {question.cls}, type {question.type}, opcode {query.opcode}")
        answer = yield from self._answer(query, question, source)
        encoded = answer.encode(compress=True)
        size = next((each.cls for each in query.additionals if each.type == dns.OPT), _PLAIN)
        if not stream and len(encoded) > min(size, _EDNS):
            raise NotModelled("named: an answer that does not fit into a datagram")
        return encoded

    # --- answers -----------------------------------------------------------------------------------------------------

    def _answer(self, query: DnsMessage, question: DnsQuestion, source: Address) -> Coroutine[DnsMessage]:
        allowed = self._settings.recursion and self._is_asker(source)
        records: list[DnsRecord] = []
        name, kind = question.name.lower(), question.type
        zone = self._zone(name)
        for _ in range(_LONGEST_CHAIN):
            found = yield from self._find(name, kind, allowed=allowed, recursing=query.recursion_desired and allowed)
            records += self._random.sample(found.records, len(found.records))
            aliases = [each.data.lower() for each in found.records if each.type == dns.CNAME]
            if not aliases or kind in (dns.CNAME, dns.ANY):
                break
            name = aliases[0]
        refused = found.rcode == dns.REFUSED and not records
        authorities = () if refused else self._authorities(query, found, name, records)
        edns = [DnsRecord.opt(_EDNS, options=_PROHIBITED if refused else b"")
                for each in query.additionals if each.type == dns.OPT]  # fmt: skip
        return DnsMessage(
            identification=query.identification, response=True, recursion_desired=query.recursion_desired,
            recursion_available=allowed, authoritative=zone is not None and bool(records or found.soa),
            rcode=dns.NOERROR if records and found.rcode == dns.REFUSED else found.rcode, questions=query.questions,
            answers=tuple(records), authorities=tuple(authorities),
            additionals=(*(self._additionals(records, authorities) if kind != dns.ANY else ()), *edns),
        )  # fmt: skip

    def _zone(self, name: str) -> DnsZone | None:
        """The zone that has the name, unless it is below a delegation."""
        zone = next((self._zones[each] for each in parents(name) if each in self._zones), None)
        return None if zone is None or zone.delegation(name) else zone

    def _find(self, name: str, kind: int, *, allowed: bool, recursing: bool) -> Coroutine[DnsFinding]:
        """Without records, code and SOA: a referral."""
        zone = self._zone(name)
        if zone is not None:
            return zone.find(name, kind)
        if recursing:
            if kind == dns.ANY:
                raise NotModelled("named: recursion for all types (ANY)")
            if self._settings.validation != "no":
                raise NotModelled(f"named: DNSSEC validation, for {name}; its options lack `dnssec-validation no;`")
            found = yield from self._resolver.resolve(name, kind)
            if "filter-aaaa-on-v4" in self._settings.said and kind == dns.AAAA and found.records:
                raise NotModelled("named: an IPv6 address with filter-aaaa-on-v4")
            return found
        is_below = any(each in self._zones for each in parents(name))
        if not allowed:
            return DnsFinding() if is_below else _REFUSED
        return (None if is_below else self._resolver.known(name, kind)) or DnsFinding()

    def _authorities(
        self, query: DnsMessage, found: DnsFinding, name: str, records: list[DnsRecord]
    ) -> list[DnsRecord] | tuple[DnsRecord, ...]:
        """The SOA record; where no recursion is desired, or for a referral, the servers (minimal-responses)."""
        if found.soa or (records and query.recursion_desired) or found.rcode == dns.SERVFAIL:
            return found.soa
        zone = self._zone(name)
        _, servers = self._resolver.servers(name)
        if zone is not None:
            servers = zone.names[zone.origin].get(dns.NS, [])
        else:
            above = next((self._zones[each] for each in parents(name) if each in self._zones), None)
            servers = servers if above is None else above.delegation(name)
        return [each for each in servers if each not in records]

    def _additionals(self, records: Iterable[DnsRecord], authorities: Iterable[DnsRecord]) -> list[DnsRecord]:
        """Addresses of what the records name (lib/ns/query.c: query_additional), but for the root's servers."""
        servers = [each for each in records if each.name != "."]
        named = [each.data.split()[-1] for each in (*servers, *authorities) if each.type in (dns.NS, dns.MX, dns.SRV)]
        found = [address for name in dict.fromkeys(named) for address in self._resolver.addresses(name)]
        return [each for each in found if each not in records and each.ttl]

    def _is_asker(self, source: Address) -> bool:
        return any(self._matches(each, source) for each in self._settings.askers)

    def _matches(self, item: str, source: Address) -> bool:
        """An element of an address match list."""
        entries = self._network.addresses()
        match item:
            case "any" | "none":
                return item == "any"
            case "localhost":
                return any(entry.address == source for entry in entries)
            case "localnets":
                texts = [f"{entry.address}/{entry.length}" for entry in entries]
            case _:
                prefix, _, length = item.partition("/")
                octets = prefix + ".0" * (3 - prefix.count(".")) if length and ":" not in prefix else prefix
                texts = [f"{octets}/{length}" if length else octets]
        try:
            networks = [ip_network(text, strict=item != "localnets") for text in texts]
        except ValueError:
            raise NotModelled(f"named: `{item}` in an address match list") from None
        return any(ip_address(str(source)) in network for network in networks)
