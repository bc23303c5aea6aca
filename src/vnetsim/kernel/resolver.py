"""The C library's resolver, which every process has: getaddrinfo(3) and getnameinfo(3) as glibc does them.

/etc/hosts first, then the servers of /etc/resolv.conf over UDP, which must answer in the simulation like anybody else.
Not modelled: nsswitch.conf (it is `hosts: files dns`), TCP after a truncated answer, EDNS, rotation of servers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.errors import DecodeError, KernelError
from vnetsim.kernel.destinations import sorted_destinations
from vnetsim.kernel.network import Network
from vnetsim.kernel.source6 import LINK_LOCAL, scope_of
from vnetsim.process import Datagram, Resolved
from vnetsim.wire.dns import AAAA, PTR, A, Message, Rcode
from vnetsim.wire.inet import LOOPBACK4, Address, IPv4, IPv6, parse_address

if TYPE_CHECKING:
    from vnetsim.engine import Signal
    from vnetsim.kernel.devices.device import Device
    from vnetsim.kernel.machine import Process
    from vnetsim.kernel.namespace import NetworkNamespace

_UNKNOWN: Final = "Name or service not known"
_TEMPORARY: Final = "Temporary failure in name resolution"
_NO_DATA: Final = "No address associated with hostname"
_FAMILY: Final = "Address family for hostname not supported"
_DEFAULT_ATTEMPTS: Final = 2
_DEFAULT_TIMEOUT_SECONDS: Final = 5


@attrs.frozen
class Configuration:
    """resolv.conf(5)."""

    servers: tuple[Address, ...]
    search: tuple[str, ...]
    ndots: int = 1
    timeout_seconds: int = _DEFAULT_TIMEOUT_SECONDS
    attempts: int = _DEFAULT_ATTEMPTS

    @classmethod
    def parse(cls, text: str) -> Configuration:
        servers: list[Address] = []
        search: tuple[str, ...] = ()
        options = {"ndots": 1, "timeout": _DEFAULT_TIMEOUT_SECONDS, "attempts": _DEFAULT_ATTEMPTS}
        for line in text.splitlines():
            words = line.split()
            if not words or words[0].startswith(("#", ";")):
                continue
            if words[0] == "nameserver" and len(words) > 1:
                with contextlib.suppress(ValueError):
                    servers.append(parse_address(words[1]))
            elif words[0] in ("search", "domain"):
                search = tuple(word.rstrip(".") for word in words[1:] if word != ".")
            elif words[0] == "options":
                for name, _, number in (word.partition(":") for word in words[1:]):
                    if name in options and number.isdigit():
                        options[name] = int(number)
        return cls(
            tuple(servers[:3]) or (LOOPBACK4,), search, options["ndots"], options["timeout"], options["attempts"]
        )

    def candidates(self, name: str) -> Iterator[str]:
        """The full names to ask for, in order."""
        if name.endswith("."):
            yield name
            return
        first = name.count(".") >= self.ndots
        if first:
            yield name + "."
        for domain in self.search:
            yield f"{name}.{domain}."
        if not first:
            yield name + "."


class Resolver:
    """Resolves for one process: with its files, by its network."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def resolve(self, name: str, version: int | None = None) -> Signal:
        """A signal that is set with a Resolved."""
        return self._run(self._resolve(name, version))

    def reverse(self, address: Address) -> Signal:
        """A signal that is set with a name or None."""
        return self._run(self._reverse(address))

    def _run(self, question: Generator[Any, Any, object]) -> Signal:
        engine = self._process.machine.engine
        answer = engine.signal()

        def steps() -> Generator[Any, Any, int]:
            answer.set((yield from question))
            return 0

        engine.spawn(steps())
        return answer

    # --- names to addresses ---------------------------------------------------------------------------------------

    def _resolve(self, name: str, version: int | None) -> Generator[Any, Any, Resolved]:
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
        answer: Resolved = yield from self._ask_dns(name, version)
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
        assert isinstance(network, Network)
        return network.namespace

    def _hosts(self) -> list[tuple[Address, list[str]]]:
        """/etc/hosts: addresses and their names in lower case."""
        entries: list[tuple[Address, list[str]]] = []
        for line in self._read("/etc/hosts").splitlines():
            words = line.split("#")[0].split()
            if len(words) < 2:
                continue
            try:
                entries.append((parse_address(words[0]), [word.lower() for word in words[1:]]))
            except ValueError:
                continue
        return entries

    def _read(self, path: str) -> str:
        try:
            return self._process.files.read(path)
        except KernelError:
            return ""

    def _ask_dns(self, name: str, version: int | None) -> Generator[Any, Any, Resolved]:
        configuration = Configuration.parse(self._read("/etc/resolv.conf"))
        types = {None: (A, AAAA), 4: (A,), 6: (AAAA,)}[version]
        error = _UNKNOWN
        for candidate in configuration.candidates(name):
            answers = yield from self._query(configuration, candidate, types)
            if answers is None:
                error = _TEMPORARY
                continue
            addresses = [r.data for answer in answers for r in answer.answers if isinstance(r.data, IPv4 | IPv6)]
            if addresses:
                return Resolved(tuple(self._sorted(addresses)))
            if any(answer.rcode == Rcode.NOERROR for answer in answers):
                error = _NO_DATA if version is None else _FAMILY
        return Resolved(error=error)

    # --- addresses to names ---------------------------------------------------------------------------------------

    def _reverse(self, address: Address) -> Generator[Any, Any, str | None]:
        for known, names in self._hosts():
            if known == address and known.version == address.version:
                return names[0]
        configuration = Configuration.parse(self._read("/etc/resolv.conf"))
        name = _reverse_name(address)
        answers = yield from self._query(configuration, name, (PTR,))
        for answer in answers or ():
            for record in answer.answers:
                if record.type == PTR and isinstance(record.data, str):
                    return record.data.rstrip(".")
        return None

    # --- the wire -------------------------------------------------------------------------------------------------

    def _query(
        self, configuration: Configuration, name: str, types: tuple[int, ...]
    ) -> Generator[Any, Any, list[Message] | None]:
        """res_nsend: answers to all of `types`, or None if no server gave any that counts."""
        for _attempt in range(configuration.attempts):
            for server in configuration.servers:
                answers = yield from self._ask(server, name, types, configuration.timeout_seconds * SECOND)
                if answers is not None:
                    return answers
        return None

    def _ask(
        self, server: Address, name: str, types: tuple[int, ...], timeout: int
    ) -> Generator[Any, Any, list[Message] | None]:
        """send_dg: all questions on one socket; None for silence, an ICMP error or a server that failed."""
        process = self._process
        socket = process.network.udp_socket(server.version)
        try:
            socket.connect(server, 53)
            queries = [Message.query(process.machine.random.getrandbits(16), name, kind) for kind in types]
            for query in queries:
                socket.send(query.encode())
            return (yield from self._collect(socket.receive, queries, process.now() + timeout))
        except KernelError:
            return None
        finally:
            socket.close()

    def _collect(
        self, receive: Callable[[int | None], Any], queries: list[Message], deadline: int
    ) -> Generator[Any, Any, list[Message] | None]:
        waiting = {query.identification for query in queries}
        answers: list[Message] = []
        while waiting:
            # Woken without a datagram: by an ICMP error, which the next call raises, or because the time is over.
            datagram: Datagram | None = yield receive(max(0, deadline - self._process.now()))
            if datagram is None:
                return None
            try:
                message = Message.decode(datagram.data)
            except DecodeError:
                continue
            if message.identification not in waiting or not message.response:
                continue
            if message.rcode not in (Rcode.NOERROR, Rcode.NXDOMAIN):
                return None
            waiting.discard(message.identification)
            answers.append(message)
        return answers


def _is_index(zone: str, device: Device) -> bool:
    return zone.isascii() and zone.isdigit() and int(zone) == device.index


def _reverse_name(address: Address) -> str:
    """Under which an address has its name (RFC 1035, 3.5; RFC 3596, 2.5)."""
    if isinstance(address, IPv4):
        return ".".join(reversed(str(address).split("."))) + ".in-addr.arpa."
    return ".".join(reversed(f"{int(address):032x}")) + ".ip6.arpa."


def _is_domain_name(name: str) -> bool:
    labels = name.rstrip(".").split(".")
    return bool(name) and all(0 < len(label) < 64 and not label.startswith("-") and
                              all(c.isalnum() or c in "-_" for c in label) for label in labels)  # fmt: skip
