"""Published ports at which nothing listens: each is asked of the container, by a segment from the host.

The segment goes to the container itself, because the userland proxy takes connections whether the
container listens or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vnetsim.findings import changes
from vnetsim.findings.addresses import Cause, Subject, UnknownAddress
from vnetsim.findings.changes import FileProposal
from vnetsim.findings.yamllocations import key_location, port_item
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.endpoints.publications import publications
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.endpoints.services import listening, sockets
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.reach.why.why import why


def published(subject: Subject) -> Iterator[Cause | UnknownAddress | None]:
    """For each published TCP port of a container that runs: None if the container takes connections there."""
    services = {endpoint.name: service for service, endpoint in subject.containers.items()}
    inside = [(each.container, each.inside) for each in publications(subject.lab) if each.inside.protocol == "tcp"]
    for container, probe in dict.fromkeys(inside):
        if container in services:
            yield _asked(subject, services[container], probe)


def _asked(subject: Subject, service: str, probe: Probe) -> Cause | UnknownAddress | None:
    endpoint = subject.containers[service]
    answer = why(subject.lab, ReachQuestion(Endpoint("host"), endpoint, probe), change=False)
    if answer.verdict.outcome is not Outcome.REFUSED:
        return None  # whether the host reaches it is another matter
    if not subject.knows_ports(service):
        return UnknownAddress(f"{service} publishes {probe}: at which ports it listens is not known")
    item = port_item(subject.scenario, service, probe.port)
    location = item[0] if item else key_location(subject.scenario, service, "ports")
    text, proposal = _sentence(subject, service, endpoint, probe.port)
    return Cause("nothing-published", service, location, text, (f"host -> {service} {probe}: {answer.sentence}",),
                 (proposal,))  # fmt: skip


def _sentence(subject: Subject, service: str, endpoint: Endpoint, port: int) -> tuple[str, FileProposal | None]:
    at_loopback = [each for each in sockets(subject.lab, endpoint) if each.local.is_loopback]
    if any(each.protocol == "tcp" and each.local_port == port for each in at_loopback):
        return f"{service} publishes tcp/{port}, at which it listens at its own loopback address alone", None
    heard = sorted({each.local_port for each in listening(subject.lab, endpoint) if each.protocol == "tcp"})
    where = f"; it listens at {', '.join(f'tcp/{each}' for each in heard)}" if heard else ""
    text = f"{service} publishes tcp/{port}, at which it does not listen{where}"
    return text, _retargeted(subject, service, port, heard[0]) if len(heard) == 1 else None


def _retargeted(subject: Subject, service: str, port: int, heard: int) -> FileProposal | None:
    """The port of the container at which it listens, in the short form."""
    found = port_item(subject.scenario, service, port)
    if found is None or found[1].kind == "mapping":
        return None
    location, item = found
    changed = re.sub(rf"(?<!\d){port}(?=(?:/tcp)?$)", str(heard), item.value)
    return changes.replaced(subject.scenario, location, item.value, changed)
