"""The embedded name server: 127.0.0.11 in every container that is on a user-defined network.

It is a thread of the engine in the container's network namespace.  Clients query port 53; rules in the container's nat
table redirect them to the random port it listens on.  It knows the names of containers on shared networks (RFC 1035
answers with a TTL of 600 s, PTR for their addresses) and forwards all other queries: to the host's servers from the
host's namespace, to those of `--dns` from the container's.  Follows libnetwork/resolver.go, resolver_unix.go and
sandbox.go (ResolveName) of moby 28.5.

It answers over TCP as well, but forwards over UDP only.  Not modelled: SRV records of Swarm services, more than
1024 queries at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

import attrs

from vnetsim.clock import SECOND, Wait
from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.nlwrap import EngineHost
from vnetsim.docker.libnetwork.resolvconf import ExternalServer
from vnetsim.docker.libnetwork.resolver_rules import ResolverRules
from vnetsim.docker.libnetwork.sandbox import Sandbox
from vnetsim.docker.libnetwork.sandbox_dns import RESOLVER
from vnetsim.errors import DecodeError, KernelError
from vnetsim.process import Child, Coroutine, Process, Program, Service
from vnetsim.sockets import Datagram, TcpSocket, UdpSocket
from vnetsim.values import frozen
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage, DnsRecord
from vnetsim.wire.inet import IPv4, IPv6

TTL: Final = 600
TIMEOUT: Final = 4 * SECOND
#: After which a silent client is disconnected.
IDLE: Final = 8 * SECOND
_BACKLOG: Final = 4096
_MOST_SERVERS: Final = 3

_FAMILIES: Final = {dns.A: 4, dns.AAAA: 6}


# --- names ---------------------------------------------------------------------------------------------------------


def known_addresses(network: DockerNetwork, name: str) -> dict[int, list[IPv4 | IPv6]] | None:
    """The addresses of all endpoints called `name`, by family; None if no endpoint has that name."""
    wanted = name.lower()
    owners = [e for e in network.endpoints.values() if wanted in (known.lower() for known in e.names)]
    found: dict[int, list[IPv4 | IPv6]] = {4: [], 6: []}
    for endpoint in owners:
        for version, addresses in found.items():
            address = endpoint.address(version)
            if address is not None and address not in addresses:
                addresses.append(address)
    return found if any(found.values()) else None


def resolve(sandbox: Sandbox, name: str) -> dict[int, list[IPv4 | IPv6]] | None:
    """The first network that knows the name answers: `a.b` may be all of a name, or `a` on network `b`."""
    for part, network in _readings(name.removesuffix(".")):
        for links in (True, False):
            for endpoint in sandbox.endpoints:
                target = _target_of(endpoint, part, links)
                if target is None or network not in ("", endpoint.network.name):
                    continue
                found = known_addresses(endpoint.network, target)
                if found is not None:
                    return found
    return None


def _readings(name: str) -> Iterator[tuple[str, str]]:
    yield name, ""
    at = name.rfind(".")
    while at != -1:
        yield name[:at], name[at + 1 :]
        at = name.rfind(".", 0, at)


def _target_of(endpoint: NetworkEndpoint, name: str, links: bool) -> str | None:
    """What to look up on the endpoint's network: first what --link names, then the other names."""
    if links:
        return endpoint.links.get(name)
    return None if name in endpoint.links else name


def reverse(sandbox: Sandbox, address: IPv4 | IPv6) -> str | None:
    """`web.app` for the address of container `web` on network `app`."""
    for own in sandbox.endpoints:
        for endpoint in own.network.endpoints.values():
            if endpoint.names and endpoint.address(address.version) == address:
                return f"{endpoint.names[0]}.{own.network.name}"
    return None


def _reverse_address(name: str) -> IPv4 | IPv6 | None:
    """The address in `2.0.18.172.in-addr.arpa.`"""
    labels = name.lower().split(".")
    try:
        if name.lower().endswith(".in-addr.arpa."):
            return IPv4.parse(".".join(reversed(labels[:-3])))
        if name.lower().endswith(".ip6.arpa."):
            return IPv6(int("".join(reversed(labels[:-3])), 16))
    except ValueError:
        pass
    return None


# --- the server ----------------------------------------------------------------------------------------------------


@frozen(eq=False)
class Resolver:
    """The name server of one container."""

    host: EngineHost
    sandbox: Sandbox

    def start(self) -> Child:
        """In the container's namespace, which is there."""
        osl = self.sandbox.osl
        assert osl is not None
        return self.host.run(self.main, "dockerd", osl.context)

    def main(self, process: Process) -> Service:
        socket, listener = process.network.udp_socket(), process.network.tcp_socket()
        socket.bind(RESOLVER, 0)
        listener.bind(RESOLVER, 0)
        listener.listen(_BACKLOG)
        process.network.execute(ResolverRules(udp_port=socket.local[1], tcp_port=listener.local[1]))
        accepting = self.host.run(partial(_Accepting, self, listener), "dockerd", process.context)
        return _Answering(self, socket, process, accepting)

    def received(self, process: Process, socket: UdpSocket, datagram: Datagram) -> None:
        query = _query(datagram.data)
        if query is None:
            return
        answer = self.answer(query)
        if answer is not None:
            _reply(socket, datagram, answer.encode())
        else:
            self.host.run(self._forwarder(socket, datagram, query), "dockerd", process.context)

    def accepted(self, process: Process, connection: TcpSocket) -> None:
        self.host.run(self._conversation(connection), "dockerd", process.context)

    def _conversation(self, connection: TcpSocket) -> Callable[[Process], Program]:
        """Questions and answers over TCP, each behind its length (RFC 1035, 4.2.2)."""

        def main(process: Process) -> Program:
            data = b""
            try:
                while more := (yield connection.receive(IDLE)):
                    data += more
                    query, data = dns.split_stream(data)
                    while query is not None:
                        answer = yield from self._answer_over_tcp(process, query)
                        yield connection.send(dns.with_length(answer))
                        query, data = dns.split_stream(data)
            except (KernelError, DecodeError):
                pass
            finally:
                connection.close()
            return 0

        return main

    def _answer_over_tcp(self, process: Process, data: bytes) -> Coroutine[bytes]:
        """DecodeError where it is no question."""
        query = _query(data)
        if query is None:
            raise DecodeError("no question")
        answer = self.answer(query)
        return answer.encode() if answer is not None else (yield from self._forward(process, data, query))

    # --- what the engine knows -------------------------------------------------------------------------------------

    def answer(self, query: DnsMessage) -> DnsMessage | None:
        """None for a query to forward."""
        question = query.questions[0]
        if question.type in _FAMILIES:
            return self._addresses(query, question.name, question.type)
        if question.type == dns.MX and resolve(self.sandbox, question.name) is not None:
            return _response(query, ())
        if question.type == dns.PTR:
            return self._name(query, question.name)
        return None

    def _addresses(self, query: DnsMessage, name: str, kind: int) -> DnsMessage | None:
        found = resolve(self.sandbox, name)
        if found is None:
            if self.sandbox.etc.has_ndots and "." not in name.removesuffix("."):
                return _response(query, ())
            return None
        addresses = found[_FAMILIES[kind]]
        if len(addresses) > 1:
            self.host.random.shuffle(addresses)
        return _response(query, tuple(DnsRecord(name, kind, TTL, str(address)) for address in addresses))

    def _name(self, query: DnsMessage, name: str) -> DnsMessage | None:
        from vnetsim.wire.dns_codec import absolute  # noqa: PLC0415 -- dnspython is loaded with the first message

        address = _reverse_address(name)
        owner = None if address is None else reverse(self.sandbox, address)
        try:
            records = () if owner is None else (DnsRecord(name, dns.PTR, TTL, absolute(owner)),)
        except ValueError:  # a container may have a longer name than a label can be
            records = ()
        return _response(query, records) if records else None

    # --- what others know ------------------------------------------------------------------------------------------

    def _servers(self) -> list[ExternalServer]:
        """In order; a container without a gateway must not forward from the host's namespace."""
        reaches_out = self.sandbox.reaches_out()
        servers = [server for server in self.sandbox.etc.external if server.on_host or server.address != RESOLVER]
        return [server for server in servers[:_MOST_SERVERS] if reaches_out or not server.on_host]

    def _forwarder(self, socket: UdpSocket, datagram: Datagram, query: DnsMessage) -> Callable[[Process], Program]:
        def main(process: Process) -> Program:
            answer = yield from self._forward(process, datagram.data, query)
            _reply(socket, datagram, answer)
            return 0

        return main

    def _forward(self, process: Process, data: bytes, query: DnsMessage) -> Coroutine[bytes]:
        """The answer of the first server that gives one; SERVFAIL if none does."""
        for server in self._servers():
            answer = yield from self._ask(process, server, data, query.identification)
            if answer is not None:
                return answer
        return attrs.evolve(_response(query, (), available=False), rcode=dns.SERVFAIL).encode()

    def _ask(
        self, process: Process, server: ExternalServer, data: bytes, identification: int
    ) -> Coroutine[bytes | None]:
        """The server's answer as it is; None if it gives none or a failure."""
        network = self.host.network if server.on_host else process.network
        try:
            socket = network.udp_socket(server.address.version)
        except KernelError:
            return None
        deadline = process.now() + TIMEOUT
        try:
            socket.connect(server.address, dns.PORT)
            socket.send(data)
            while (left := deadline - process.now()) > 0:
                datagram = yield socket.receive(left)
                if datagram is not None and (useful := _useful(datagram.data, identification)) is not None:
                    return datagram.data if useful else None
        except KernelError:
            return None
        finally:
            socket.close()
        return None


class _Answering(Service):
    """Queries by UDP."""

    __slots__ = ("_accepting", "_resolver", "_socket")

    def __init__(self, resolver: Resolver, socket: UdpSocket, process: Process, accepting: Child) -> None:
        super().__init__(process)
        self._resolver, self._socket, self._accepting = resolver, socket, accepting

    def wait(self) -> Wait:
        return self._socket.receive()

    def handle(self, event: Datagram) -> None:
        self._resolver.received(self.process, self._socket, event)

    def close(self) -> None:
        self._accepting.kill()
        self._socket.close()


class _Accepting(Service):
    """Connections for queries by TCP."""

    __slots__ = ("_listener", "_resolver")

    def __init__(self, resolver: Resolver, listener: TcpSocket, process: Process) -> None:
        super().__init__(process)
        self._resolver, self._listener = resolver, listener

    def wait(self) -> Wait:
        return self._listener.accept()

    def handle(self, event: TcpSocket) -> None:
        self._resolver.accepted(self.process, event)

    def close(self) -> None:
        self._listener.close()


def _query(data: bytes) -> DnsMessage | None:
    """None for what is no question."""
    try:
        query = DnsMessage.decode(data)
    except DecodeError:
        return None
    return query if query.questions and not query.response else None


def _useful(data: bytes, identification: int) -> bool | None:
    """Whether an answer is to be passed on; None if it is none to this query."""
    try:
        answer = DnsMessage.decode(data)
    except DecodeError:
        return None
    if answer.identification != identification or not answer.response:
        return None
    return answer.rcode not in (dns.SERVFAIL, dns.REFUSED)


def _response(query: DnsMessage, answers: tuple[DnsRecord, ...], *, available: bool = True) -> DnsMessage:
    return DnsMessage(
        identification=query.identification, response=True, opcode=query.opcode,
        recursion_desired=query.recursion_desired, recursion_available=available,
        checking_disabled=query.checking_disabled, questions=query.questions[:1], answers=answers,
    )  # fmt: skip


def _reply(socket: UdpSocket, datagram: Datagram, data: bytes) -> None:
    try:
        socket.send_to(data, datagram.source, datagram.source_port)
    except KernelError:
        return
