"""Zones, and what a name server has in its cache (RFC 1034, 4.3; lib/dns of BIND 9.18).

Not modelled: wildcards, DNAME, DNSSEC and other types than `_TYPES`, which a zone is refused for; a zone that named
would not load.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.errors import NotModelled
from vnetsim.values import define, frozen
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsRecord

_TYPES: Final = frozenset((dns.A, dns.NS, dns.CNAME, dns.SOA, dns.PTR, dns.MX, dns.TXT, dns.AAAA, dns.SRV))
#: Types of records that a host has, and which of their data is a host (check-names).
_OWNERS: Final = (dns.A, dns.AAAA, dns.MX)
_HOSTS: Final = {dns.NS: -1, dns.MX: -1, dns.SRV: -1, dns.PTR: -1, dns.SOA: 0}
_HOST: Final = re.compile(r"((?!-)[a-z0-9-]+(?<!-)\.)+|\.", re.I)
#: The zones without names that a recursive server has (bin/named/server.c: empty_zones), as they are written.
EMPTY: Final = (*(f"{zone}.IN-ADDR.ARPA." for zone in (
    "10", *(f"{each}.172" for each in range(16, 32)), "168.192", *(f"{each}.100" for each in range(64, 128)), "0",
    "127", "254.169", "2.0.192", "100.51.198", "113.0.203", "255.255.255.255",
)), "D.F.IP6.ARPA.", "8.E.F.IP6.ARPA.", "9.E.F.IP6.ARPA.", "A.E.F.IP6.ARPA.", "B.E.F.IP6.ARPA.")  # fmt: skip


def parents(name: str) -> Iterator[str]:
    """The name, and all that it is in, to the root."""
    while name != ".":
        yield name
        name = name.partition(".")[2] or "."
    yield name


@frozen
class DnsFinding:
    """Records of a name, or that it has none (NODATA), or that there is no such name (`rcode`), with the SOA."""

    records: tuple[DnsRecord, ...] = ()
    rcode: int = dns.NOERROR
    soa: tuple[DnsRecord, ...] = ()

    @classmethod
    def nothing(cls, rcode: int, soa: DnsRecord) -> DnsFinding:
        """For as long as the SOA record's last number says (RFC 2308, 3)."""
        return cls((), rcode, (attrs.evolve(soa, ttl=min(soa.ttl, int(soa.data.split()[-1]))),))


@define
class DnsZone:
    origin: str
    names: dict[str, dict[int, list[DnsRecord]]] = attrs.field(factory=dict)

    @classmethod
    def load(cls, origin: str, records: list[DnsRecord], *, is_hint: bool = False) -> DnsZone:
        zone = cls(origin)
        for record in records:
            name = record.name.lower()
            if record.type not in _TYPES or name.startswith("*."):
                raise NotModelled(f"named: the zone {origin} with a wildcard, or a record of type {record.type}")
            hosts = [name] * (record.type in _OWNERS)
            hosts += [record.data.split()[_HOSTS[record.type]]] if record.type in _HOSTS else ()
            if not is_hint and (wrong := [host for host in hosts if not _HOST.fullmatch(host)]):
                raise NotModelled(f"named with the zone {origin}: {wrong[0]} is no name of a host")
            if name == origin or not is_hint or record.type in (dns.A, dns.AAAA):
                zone.names.setdefault(name, {}).setdefault(record.type, []).append(record)
        if not is_hint:
            zone.check()
        return zone

    @classmethod
    def empty(cls, written: str) -> DnsZone:
        soa = DnsRecord(written, dns.SOA, 86400, f"{written} . 0 28800 7200 604800 86400")
        return cls(written.lower(), {written.lower(): {dns.SOA: [soa]}})

    def check(self) -> None:
        top = self.names.get(self.origin, {})
        if dns.SOA not in top or dns.NS not in top:
            raise NotModelled(f"named with the zone {self.origin}: no SOA or NS record: not loaded")
        for server in top[dns.NS]:
            mine = self.origin in parents(server.data.lower()) and not self.delegation(server.data.lower())
            if mine and not self.addresses(server.data):
                raise NotModelled(f"named with the zone {self.origin}: no address of {server.data}: not loaded")

    def delegation(self, name: str) -> list[DnsRecord]:
        """NS records of the first name below the origin that has them."""
        found: list[DnsRecord] = []
        for each in parents(name):
            if each == self.origin:
                break
            found = self.names.get(each, {}).get(dns.NS, found)
        return found

    def addresses(self, name: str) -> list[DnsRecord]:
        here = self.names.get(name.lower(), {})
        return here.get(dns.A, []) + here.get(dns.AAAA, [])

    def find(self, name: str, kind: int) -> DnsFinding:
        """Of a name that is not below a delegation."""
        here = self.names.get(name)
        (soa,) = self.names[self.origin][dns.SOA]
        if here is None:
            inside = any(other.endswith(f".{name}") for other in self.names)
            return DnsFinding.nothing(dns.NOERROR if inside else dns.NXDOMAIN, soa)
        if kind == dns.ANY:
            return DnsFinding(tuple(record for records in here.values() for record in records))
        records = here.get(kind) or here.get(dns.CNAME)
        return DnsFinding(tuple(records)) if records else DnsFinding.nothing(dns.NOERROR, soa)


@define
class DnsCache:
    """What other servers answered, until it is too old; times in nanoseconds."""

    entries: dict[tuple[str, int], tuple[int, DnsFinding]] = attrs.field(factory=dict)

    def add(self, name: str, kind: int, found: DnsFinding, now: int) -> None:
        ttl = min((record.ttl for record in found.records or found.soa), default=1)
        self.entries[name.lower(), kind] = now + ttl * 10**9, found

    def find(self, name: str, kind: int, now: int) -> DnsFinding | None:
        """With the seconds that are left."""
        end, found = self.entries.get((name.lower(), kind), (0, None))
        if found is None or end <= now:
            return None
        left = -((now - end) // 10**9)
        aged = [tuple(attrs.evolve(each, ttl=left) for each in part) for part in (found.records, found.soa)]
        return DnsFinding(aged[0], found.rcode, aged[1])
