"""The C library's resolver, which every process has: getaddrinfo(3) and getnameinfo(3) as glibc does them.

/etc/hosts first, then the servers of /etc/resolv.conf over UDP, which are processes in the simulation.
Not modelled: nsswitch.conf (it is `hosts: files dns`), TCP after a truncated answer, EDNS, rotation of servers.
"""

from __future__ import annotations

import contextlib
import enum
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.clock import SECOND, Wait
from vnetsim.digits import is_digits
from vnetsim.errors import DecodeError, KernelError
from vnetsim.kernel.ipv6.source import LINK_LOCAL, scope_of
from vnetsim.kernel.proc.destinations import sorted_destinations
from vnetsim.kernel.rtnetlink.network import NetnsNetwork
from vnetsim.process import Coroutine, Resolved
from vnetsim.sockets import Datagram
from vnetsim.values import define, frozen
from vnetsim.wire import dns
from vnetsim.wire.dns import AAAA, PTR, A, DnsMessage
from vnetsim.wire.inet import LOOPBACK4, Address, IPv4, parse_address

if TYPE_CHECKING:
    from vnetsim.engine.task import Signal
    from vnetsim.kernel.netdev.device import Device
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.kernel.proc.process import HostProcess

_UNKNOWN: Final = "Name or service not known"
_TEMPORARY: Final = "Temporary failure in name resolution"
_NO_DATA: Final = "No address associated with hostname"
_FAMILY: Final = "Address family for hostname not supported"
#: RES_MAXNDOTS, RES_MAXRETRANS, RES_MAXRETRY.
_HIGHEST: Final = {"ndots": 15, "timeout": 30, "attempts": 5}
_DEFAULT_ATTEMPTS: Final = 2
_DEFAULT_TIMEOUT_SECONDS: Final = 5


@frozen
class ResolverConfig:
    """resolv.conf(5)."""

    servers: tuple[Address, ...]
    search: tuple[str, ...]
    ndots: int = 1
    timeout_seconds: int = _DEFAULT_TIMEOUT_SECONDS
    attempts: int = _DEFAULT_ATTEMPTS

    @classmethod
    def parse(cls, text: str) -> ResolverConfig:
        servers: list[Address] = []
        search: tuple[str, ...] = ()
        options = {"ndots": 1, "timeout": _DEFAULT_TIMEOUT_SECONDS, "attempts": _DEFAULT_ATTEMPTS}
        for line in text.splitlines():
            fields = line.split()
            if not fields or fields[0].startswith(("#", ";")):
                continue
            if fields[0] == "nameserver" and len(fields) > 1:
                with contextlib.suppress(ValueError):
                    servers.append(parse_address(fields[1]))
            elif fields[0] in ("search", "domain"):
                search = tuple(field.rstrip(".") for field in fields[1:] if field != ".")
            elif fields[0] == "options":
                for name, _, number in (field.partition(":") for field in fields[1:]):
                    if name in options and is_digits(number):
                        options[name] = min(int(number), _HIGHEST[name])
        return cls(
            tuple(servers[:3]) or (LOOPBACK4,), search, options["ndots"], options["timeout"], options["attempts"]
        )

    def timeout(self, server: int) -> int:
        """Nanoseconds to wait for the server at an index of the list (send_dg)."""
        seconds = self.timeout_seconds << server
        if server:
            seconds //= len(self.servers)
        return max(1, seconds) * SECOND

    def candidates(self, name: str) -> Iterator[tuple[str, bool]]:
        """The full names to query, in order, and whether each comes from the search list."""
        if name.endswith("."):
            yield name, False
            return
        first = name.count(".") >= self.ndots
        if first:
            yield name + ".", False
        for domain in self.search:
            yield f"{name}.{domain}.", True
        if not first:
            yield name + ".", False


class _Failure(enum.Enum):
    """Why no server gave a usable answer; other error codes count as no answer."""

    SILENT = "no answer came"
    REFUSED = "the port is closed"
    SERVFAIL = "the server itself failed"


@define
class _Failures:
    """The failures of the queries so far, and the error that results."""

    first: str | None = None
    last: str = _UNKNOWN
    no_data: str | None = None
    servfail: bool = False
    #: The rest of the search list is not queried.
    hopeless: bool = False
    tries: int = 0

    def note(self, error: str, failure: _Failure | None, *, searched: bool) -> None:
        if not searched and not self.tries:
            self.first = error
        self.tries += 1
        self.last = error
        if searched:
            self.no_data = error if failure is None and error != _UNKNOWN else self.no_data
            self.servfail = self.servfail or failure is _Failure.SERVFAIL
            self.hopeless = self.hopeless or failure in (_Failure.SILENT, _Failure.REFUSED)

    @property
    def error(self) -> str:
        """The failure of the name as given counts if it was queried first."""
        return self.first or self.no_data or (_TEMPORARY if self.servfail else self.last)


class StubResolver:
    """Resolves for one process: with its files, by its network."""

    def __init__(self, process: HostProcess) -> None:
        self._process = process

    def resolve(self, name: str, version: int | None = None) -> Signal:
        """A signal that is set with a Resolved."""
        return self._run(self._resolve(name, version))

    def reverse(self, address: Address) -> Signal:
        """A signal that is set with a name or None."""
        return self._run(self._reverse(address))

    def _run(self, question: Coroutine[object]) -> Signal:
        engine = self._process.machine.engine
        answer = engine.signal()

        def steps() -> Coroutine[int]:
            answer.set((yield from question))
            return 0

        engine.spawn(steps())
        return answer

    # --- names to addresses ---------------------------------------------------------------------------------------

    def _resolve(self, name: str, version: int | None) -> Coroutine[Resolved]:
        numeric = self._numeric(name)
        if numeric is not None:
            if version in (None, *(address.version for address in numeric.addresses)):
                return numeric
            return Resolved(error=_FAMILY)
        hosts = [entry for entry in self._hosts() if name.lower() in entry[1]]
        known = [address for address, _names in hosts if version in (None, address.version)]
        if known:
            return Resolved(tuple(self._sorted(known)))
        if not _is_domain_name(name):
            return Resolved(error=_UNKNOWN)
        answer: Resolved = yield from self._search(name, version)
        return answer if answer.addresses or not hosts else Resolved(error=_FAMILY)

    def _numeric(self, name: str) -> Resolved | None:
        """An address instead of a name, a link-local one perhaps with its zone (RFC 4007, 11)."""
        text, mark, zone = name.partition("%")
        try:
            address = parse_address(text)
        except ValueError:
            return None
        if not mark:
            return Resolved((address,))
        if isinstance(address, IPv4):
            return None
        local = scope_of(address) <= LINK_LOCAL
        for device in self._namespace().devices():
            if (local and device.name == zone) or _is_index(zone, device):
                return Resolved((address,), zone=device.name)
        return None

    def _sorted(self, addresses: list[Address]) -> list[Address]:
        return sorted_destinations(self._namespace(), addresses)

    def _namespace(self) -> NetworkNamespace:
        network = self._process.network
        assert isinstance(network, NetnsNetwork)
        return network.namespace

    def _hosts(self) -> list[tuple[Address, list[str]]]:
        """/etc/hosts: addresses and their names in lower case."""
        entries: list[tuple[Address, list[str]]] = []
        for line in self._read("/etc/hosts").splitlines():
            fields = line.split("#")[0].split()
            if len(fields) < 2:
                continue
            try:
                entries.append((parse_address(fields[0]), [field.lower() for field in fields[1:]]))
            except ValueError:
                continue
        return entries

    def _read(self, path: str) -> str:
        try:
            return self._process.files.read(path)
        except KernelError:
            return ""

    def _search(self, name: str, version: int | None) -> Coroutine[Resolved]:
        """__res_context_search: which names are queried depends on the failures of the earlier ones."""
        configuration = ResolverConfig.parse(self._read("/etc/resolv.conf"))
        types = {None: (A, AAAA), 4: (A,), 6: (AAAA,)}[version]
        failures = _Failures()
        for candidate, searched in configuration.candidates(name):
            if searched and failures.hopeless:
                continue
            if not _has_labels(candidate):
                failures.note(_UNKNOWN, None, searched=searched)
                continue
            answers = yield from self._send(configuration, candidate, types)
            if isinstance(answers, _Failure):
                failures.note(_TEMPORARY, answers, searched=searched)
                if searched and answers is _Failure.REFUSED:
                    break
                continue
            addresses = [address for answer in answers for address in _addresses(answer)]
            if addresses:
                return Resolved(tuple(self._sorted(addresses)))
            exists = any(answer.rcode == dns.NOERROR for answer in answers)
            failures.note(self._no_data(version) if exists else _UNKNOWN, None, searched=searched)
        return Resolved(error=failures.error)

    def _no_data(self, version: int | None) -> str:
        """The name exists and has no address, of that family at least: newer C libraries report that."""
        older = self._process.context.release == "bookworm"
        return _NO_DATA if version is None or older else _FAMILY

    # --- addresses to names ---------------------------------------------------------------------------------------

    def _reverse(self, address: Address) -> Coroutine[str | None]:
        for known, names in self._hosts():
            if known == address and known.version == address.version:
                return names[0]
        configuration = ResolverConfig.parse(self._read("/etc/resolv.conf"))
        name = dns.reverse_name(address)
        answers = yield from self._send(configuration, name, (PTR,))
        for answer in () if isinstance(answers, _Failure) else answers:
            for record in answer.answers:
                if record.type == PTR:
                    return record.data.rstrip(".")
        return None

    # --- the wire -------------------------------------------------------------------------------------------------

    def _send(
        self, configuration: ResolverConfig, name: str, types: tuple[int, ...]
    ) -> Coroutine[list[DnsMessage] | _Failure]:
        """res_nsend: answers to all of `types`, or the failure of the last server."""
        failure = _Failure.REFUSED
        for _attempt in range(configuration.attempts):
            for number, server in enumerate(configuration.servers):
                answers = yield from self._send_dg(server, name, types, configuration.timeout(number))
                if not isinstance(answers, _Failure):
                    return answers
                if answers is not _Failure.REFUSED or failure is _Failure.REFUSED:
                    failure = answers
        return failure

    def _send_dg(
        self, server: Address, name: str, types: tuple[int, ...], timeout: int
    ) -> Coroutine[list[DnsMessage] | _Failure]:
        """send_dg: all questions on one socket."""
        process = self._process
        socket = process.network.udp_socket(server.version)
        socket.recverr = True  # __res_enable_icmp
        try:
            socket.connect(server, 53)
            queries = [DnsMessage.query(process.machine.random.getrandbits(16), name, kind) for kind in types]
            for query in queries:
                socket.send(query.encode())
            return (yield from self._collect(socket.receive, queries, process.now() + timeout))
        except KernelError:
            return _Failure.REFUSED
        finally:
            socket.close()

    def _collect(
        self, receive: Callable[[int | None], Wait], queries: list[DnsMessage], deadline: int
    ) -> Coroutine[list[DnsMessage] | _Failure]:
        """A server that refuses one of two questions is trusted about the other (send_dg's next_ns)."""
        waiting = {query.identification for query in queries}
        answers: list[DnsMessage] = []
        failure: _Failure | None = None
        while waiting:
            # Woken without a datagram: by an ICMP error, which the next call raises, or by the timeout.
            datagram: Datagram | None = yield receive(max(0, deadline - self._process.now()))
            if datagram is None:
                return _Failure.SILENT if self._process.now() >= deadline else _Failure.REFUSED
            try:
                message = DnsMessage.decode(datagram.data)
            except DecodeError:
                continue
            if message.identification not in waiting or not message.response:
                continue
            waiting.discard(message.identification)
            if message.rcode in (dns.NOERROR, dns.NXDOMAIN):
                answers.append(message)
            else:
                failure = _Failure.SERVFAIL if message.rcode == dns.SERVFAIL else _Failure.SILENT
        return answers if failure is None or answers else failure


def _is_index(zone: str, device: Device) -> bool:
    return zone.isascii() and is_digits(zone) and int(zone) == device.index


def _addresses(answer: DnsMessage) -> Iterator[Address]:
    for record in answer.answers:
        if record.type in (A, AAAA) and record.cls == dns.IN:
            yield parse_address(record.data)


def _is_domain_name(name: str) -> bool:
    return name.isascii() and bool(name) and all(map(_is_label, name.rstrip(".").split(".")))


def _is_label(label: str) -> bool:
    return 0 < len(label) < 64 and label[0] != "-" and all(c.isalnum() or c in "-_" for c in label)


def _has_labels(name: str) -> bool:
    """Whether a name of the search list makes a query: `search a..b` does not (ns_name_pton)."""
    from vnetsim.wire.dns_codec import labels_of  # noqa: PLC0415 -- dnspython is loaded with the first message

    try:
        return bool(labels_of(name))
    except ValueError:
        return False
