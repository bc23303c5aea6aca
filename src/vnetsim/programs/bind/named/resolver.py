"""Asking other servers, from the root on (RFC 1034, 5.3.3; lib/dns/resolver.c of BIND 9.18).

A server that refuses to be reached is not asked again; ten seconds are the end of it (resolver-query-timeout), and a
failure is known for a second (servfail-ttl).  NotModelled in what a capture shows between servers: minimised names,
cookies and DNSSEC in their queries; the choice of a server by its round-trip times; TCP.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.errors import DecodeError, KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.bind.named.data import DnsCache, DnsFinding, DnsZone, parents
from vnetsim.sockets import Datagram
from vnetsim.values import define
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsMessage, DnsQuestion, DnsRecord
from vnetsim.wire.inet import ANY4, ANY6, Address, parse_address

#: Ten seconds; dig, which waits twice five, gets the answer.
_LONGEST: Final = 9_995 * 10**6
_FIRST_TRY: Final = 800 * 10**6
_TICK: Final = 10**6
_DEPTH: Final = 12
_FAILURE: Final = DnsFinding(rcode=dns.SERVFAIL)


@define
class RecursiveResolver:
    process: Process
    zones: dict[str, DnsZone]
    hints: DnsZone
    cache: DnsCache
    asking: set[tuple[str, int]] = attrs.field(factory=set)

    def known(self, name: str, kind: int) -> DnsFinding | None:
        now = self.process.now()
        return self.cache.find(name, kind, now) or self.cache.find(name, dns.CNAME, now)

    def servers(self, name: str) -> tuple[str, list[DnsRecord]]:
        """The NS records of the nearest domain that this server knows them of, and the domain."""
        for each in parents(name):
            found = self.cache.find(each, dns.NS, self.process.now())
            if found is not None and found.records:
                return each, list(found.records)
            zone = self.zones.get(each)
            if zone is not None and (delegation := zone.delegation(name)):
                return delegation[0].name.lower(), delegation
        return ".", self.hints.names.get(".", {}).get(dns.NS, [])

    def addresses(self, name: str) -> list[DnsRecord]:
        """What is known of a server's addresses."""
        zones = [self.zones[each] for each in parents(name.lower()) if each in self.zones]
        found = [address for zone in zones for address in zone.addresses(name)]
        for kind in (dns.A, dns.AAAA):
            cached = self.cache.find(name, kind, self.process.now())
            found += cached.records if cached is not None and not found else ()
        return found or self.hints.addresses(name)

    def resolve(self, name: str, kind: int, depth: int = 0) -> Coroutine[DnsFinding]:
        """One that is being asked already is not asked a second time."""
        while (name, kind) in self.asking:
            yield self.process.sleep(_TICK)
        self.asking.add((name, kind))
        try:
            return (yield from self._resolve(name, kind, depth))
        finally:
            self.asking.remove((name, kind))

    def _resolve(self, name: str, kind: int, depth: int) -> Coroutine[DnsFinding]:
        end = self.process.now() + _LONGEST
        for _ in range(_DEPTH):
            found = self.known(name, kind)
            if found is not None:
                return found
            domain, servers = self.servers(name)
            addresses = yield from self._addresses(servers, depth)
            answer = yield from self._ask(addresses, name, kind, domain, end)
            if answer is None:
                break
            found = self._learn(answer, name, kind, domain)
            if found is not None:
                return found
        self.cache.add(name, kind, _FAILURE, self.process.now())
        return _FAILURE

    def _addresses(self, servers: list[DnsRecord], depth: int) -> Coroutine[list[Address]]:
        texts = [record.data for server in servers for record in self.addresses(server.data)]
        for server in servers if not texts and depth < _DEPTH else ():
            if (server.data.lower(), dns.A) in self.asking:  # which is what its address is asked for
                continue
            found = yield from self.resolve(server.data.lower(), dns.A, depth + 1)
            texts += [record.data for record in found.records if record.type == dns.A]
        return [parse_address(text) for text in texts]

    def _ask(
        self, addresses: list[Address], name: str, kind: int, domain: str, end: int
    ) -> Coroutine[DnsMessage | None]:
        """The first answer that helps, None if there is none."""
        wait = _FIRST_TRY
        while addresses and self.process.now() < end:
            for address in list(addresses):
                answer, is_bad = yield from self._query(address, name, kind, min(wait, end - self.process.now()))
                if answer is not None and _helps(answer, name, domain):
                    return answer
                if answer is not None or is_bad:
                    addresses.remove(address)
            wait = min(2 * wait, _LONGEST)
        return None

    def _query(self, address: Address, name: str, kind: int, wait: int) -> Coroutine[tuple[DnsMessage | None, bool]]:
        """The answer, and whether the address cannot be reached."""
        identification = self.process.machine.random.getrandbits(16)
        query = DnsMessage(identification=identification, questions=(DnsQuestion(name, kind),),
                           additionals=(DnsRecord.opt(1232),))  # fmt: skip
        socket = self.process.network.udp_socket(address.version, owner=self.process)
        try:
            socket.bind(ANY4 if address.version == 4 else ANY6, 0)
            socket.connect(address, dns.PORT)
            socket.send(query.encode(compress=True))
            end = self.process.now() + max(wait, 1)
            datagram: Datagram | None = yield socket.receive(end - self.process.now())
            if datagram is None and self.process.now() < end:
                datagram = yield socket.receive(end - self.process.now())  # which raises the error that came
            answer = None if datagram is None else DnsMessage.decode(datagram.data)
        except DecodeError:
            return None, False
        except KernelError:
            return None, True
        finally:
            socket.close()
        if answer is not None and answer.truncated:
            raise NotModelled("named: an answer of another server that needs TCP")
        return (answer if answer is not None and answer.identification == identification else None), False

    def _learn(self, answer: DnsMessage, name: str, kind: int, domain: str) -> DnsFinding | None:
        """The answer; None if there are servers to ask next.  Nothing about names outside of the domain is taken."""
        now = self.process.now()
        groups: dict[tuple[str, int], list[DnsRecord]] = {}
        for record in (*answer.answers, *answer.authorities, *answer.additionals):
            if domain in parents(record.name.lower()) and record.type != dns.OPT:
                groups.setdefault((record.name.lower(), record.type), []).append(record)
        for (owner, type_), records in groups.items():
            self.cache.add(owner, type_, DnsFinding(tuple(records)), now)
        soas = [record for record in answer.authorities if record.type == dns.SOA]
        if not answer.answers and soas:
            found = DnsFinding.nothing(answer.rcode, soas[0])
            self.cache.add(name, kind, found, now)
            return found
        mine = groups.get((name, kind)) or groups.get((name, dns.CNAME))
        return DnsFinding(tuple(mine)) if mine and answer.answers else None


def _helps(answer: DnsMessage, name: str, domain: str) -> bool:
    if answer.rcode not in (dns.NOERROR, dns.NXDOMAIN):
        return False
    if answer.answers or any(record.type == dns.SOA for record in answer.authorities):
        return True
    deeper = [record.name.lower() for record in answer.authorities if record.type == dns.NS]
    return any(each != domain and domain in parents(each) and each in parents(name) for each in deeper)
