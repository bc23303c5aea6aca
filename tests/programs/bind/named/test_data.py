"""Zones and the cache of a name server."""

from __future__ import annotations

import pytest

from vnetsim.errors import NotModelled
from vnetsim.programs.bind.named.data import DnsCache, DnsFinding, DnsZone, parents
from vnetsim.wire import dns
from vnetsim.wire.dns import DnsRecord

SOA = DnsRecord("x.", dns.SOA, 60, "ns.y. root.y. 1 2 3 4 5")
NS = DnsRecord("x.", dns.NS, 60, "ns.y.")
SECOND = 10**9


def test_a_name_is_in_all_that_follows_its_dots() -> None:
    assert list(parents("a.b.")) == ["a.b.", "b.", "."]


def test_names_between_others_have_no_records_and_are_there() -> None:
    zone = DnsZone.load("x.", [SOA, NS, DnsRecord("a.b.x.", dns.A, 60, "10.0.0.1")])
    assert [zone.find(name, dns.A).rcode for name in ("a.b.x.", "b.x.", "c.x.")] == [0, 0, dns.NXDOMAIN]
    assert zone.find("c.x.", dns.A).soa[0].ttl == 5


def test_the_cache_counts_down_and_forgets() -> None:
    cache = DnsCache()
    cache.add("A.", dns.A, DnsFinding((DnsRecord("a.", dns.A, 60, "10.0.0.1"),)), 0)
    found = [cache.find("a.", dns.A, now) for now in (1, SECOND, 60 * SECOND)]
    assert [each and each.records[0].ttl for each in found] == [60, 59, None]


@pytest.mark.parametrize(
    ("records", "refusal"),
    [
        ([SOA, DnsRecord("*.x.", dns.A, 1, "10.0.0.1")], "wildcard"),
        ([SOA, DnsRecord("x.", dns.HTTPS, 1, "1 .")], "a record of type 65"),
        ([], "no SOA or NS record"),
        ([SOA], "no SOA or NS record"),
        ([SOA, DnsRecord("x.", dns.NS, 1, "ns.x.")], "no address of ns.x."),
        ([SOA, NS, DnsRecord("a_b.x.", dns.AAAA, 1, "::1")], "a_b.x. is no name of a host"),
        ([SOA, NS, DnsRecord("a.x.", dns.MX, 1, "5 b-.y.")], "b-.y. is no name of a host"),
    ],
)
def test_zones_that_are_refused(records: list[DnsRecord], refusal: str) -> None:
    with pytest.raises(NotModelled, match=refusal):
        DnsZone.load("x.", records)


def test_names_that_need_not_be_of_hosts() -> None:
    records = [("_a._b.x.", dns.SRV, "0 0 5 c.y."), ("a_b.x.", dns.CNAME, "c_d.y."), ("x.", dns.MX, "0 .")]
    zone = DnsZone.load("x.", [SOA, NS, *(DnsRecord(name, kind, 1, data) for name, kind, data in records)])
    assert zone.find("a_b.x.", dns.A).records[0].data == "c_d.y."
