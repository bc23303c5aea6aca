"""Published ports: those of data stores that other machines reach, and those that the services of the file use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vnetsim.findings import changes
from vnetsim.findings.addresses import Cause, Subject
from vnetsim.findings.references import ServiceReference
from vnetsim.findings.yamllocations import key_location, port_item
from vnetsim.reach.endpoints.endpoints import LAN, Endpoint, namespaces
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.endpoints.publications import Publication, publications
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.why.why import why
from vnetsim.wire.inet import Address, Prefix

#: Ports of containers at which data stores listen (IANA's registry, and the defaults of the servers).
DATA_STORES: Final = {
    1433: "Microsoft SQL Server", 2379: "etcd", 3306: "MySQL", 5432: "PostgreSQL", 5984: "CouchDB", 6379: "Redis",
    7687: "Neo4j", 8086: "InfluxDB", 9042: "Cassandra", 9200: "Elasticsearch", 11211: "memcached", 26257: "CockroachDB",
    27017: "MongoDB", 28015: "RethinkDB",
}  # fmt: skip
_BROWSERS: Final = ("http", "https", "ws", "wss")


def exposures(subject: Subject, working: Iterable[ServiceReference]) -> Iterator[Cause]:
    """A cause for each port of a service that is published on all addresses without need.

    `working` are the references that reach their target.
    """
    users = list(working)
    of = {endpoint.name: service for service, endpoint in subject.containers.items()}
    seen: set[tuple[str, int]] = set()
    for each in publications(subject.lab):
        service = of.get(each.container)
        if service is None or each.inside.protocol != "tcp" or int(each.address):
            continue
        if (service, each.inside.port) not in seen:
            seen.add((service, each.inside.port))
            yield from _published(subject, service, each, users)


def _published(
    subject: Subject, service: str, publication: Publication, users: list[ServiceReference]
) -> Iterator[Cause]:
    port = publication.inside.port
    item = port_item(subject.scenario, service, port)
    location = item[0] if item else key_location(subject.scenario, service, "ports")
    proposal = changes.bound_to_loopback(subject.scenario, service, port)
    by = [each for each in users if each.host == service and each.port == port and each.scheme not in _BROWSERS]
    if port in DATA_STORES:
        sentence = _from_lan(subject, publication)
        if sentence:
            text = f"{service} publishes {DATA_STORES[port]} (tcp/{port}) on all addresses of the host"
            yield Cause("data-store-open", service, location, text, (sentence,), (proposal,))
    elif by:
        names = ", ".join(dict.fromkeys(each.service for each in by))
        text = f"{service} publishes tcp/{port} on all addresses; {names} reaches it without that"
        yield Cause("publication-unneeded", service, location, text, tuple(map(str, by)), (proposal,))


def _from_lan(subject: Subject, publication: Publication) -> str:
    """The evidence that another machine of the LAN reaches it; "" if it does not."""
    lab, host = subject.lab, _address_of_host(subject, publication.address.version)
    if LAN not in namespaces(lab) or host is None:
        return ""
    question = ReachQuestion(Endpoint(LAN), Endpoint("address", str(host)), Probe("tcp", publication.probe.port))
    answer = why(lab, question, change=False)
    if not answer.arrives:
        return ""
    chains = [each.text for each in answer.let_through]
    return f"lan -> {host} tcp/{publication.probe.port}: {answer.sentence}{'; ' if chains else ''}{'; '.join(chains)}"


def _address_of_host(subject: Subject, version: int) -> Address | None:
    """That of the host on the LAN."""
    machine = subject.lab.machine
    theirs = [entry for entry in machine.namespace(LAN).addresses() if not entry.address.is_loopback]
    found = [
        entry.address
        for entry in machine.host.network.addresses()
        if entry.address.version == version
        and any(entry.address in Prefix.of(other.address, other.length) for other in theirs)
    ]
    return found[0] if found else None
