"""Published ports at which nothing listens: each is asked of the container, by a segment from the host.

The segment goes to the container itself, because the userland proxy takes connections whether the
container listens or not.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from vnetsim.findings import changes
from vnetsim.findings.addresses import Cause, Subject, UnknownAddress
from vnetsim.findings.changes import FileProposal
from vnetsim.findings.yamllocations import key_location, port_item
from vnetsim.reach.endpoints.endpoints import Endpoint, state_of
from vnetsim.reach.endpoints.endpoints import services as all_services
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
    for service, config in subject.services.items():
        wanted = sorted({each.target for each in config.ports if each.protocol in ("", "tcp")})
        for port in wanted if config.ports else ():
            yield from _discarded(subject, service, port)


def _discarded(subject: Subject, service: str, port: int) -> Iterator[Cause]:
    """A port that the engine does not publish, or that of a container that has ended."""
    running = subject.containers.get(service)
    name = running.name if running is not None else next(iter(_ended(subject, service)), "")
    if not name:
        return
    inspected = subject.lab.docker.container_inspect(name)
    item = port_item(subject.scenario, service, port)
    location = item[0] if item else key_location(subject.scenario, service, "ports")
    if running is None:
        status = inspected["State"]["ExitCode"]
        text = f"{service} publishes tcp/{port}, and its container has ended with status {status}"
        yield Cause("nothing-published", service, location, text, (f"{name} runs {_command(inspected)}",))
    elif inspected["HostConfig"]["NetworkMode"] == "host":
        if not subject.listens(service, port) or not _is_same(subject, service, port):
            text = f"{service} publishes tcp/{port}, which Docker discards on the host's network"
            yield Cause("port-discarded", service, location, text, (f"{name} has no port of its own",))
    elif not (inspected["NetworkSettings"]["Ports"] or {}).get(f"{port}/tcp"):
        text = f"{service} publishes tcp/{port}, and all its networks are internal: the host has no such port"
        yield Cause("port-discarded", service, location, text, (f"docker port {name} tells none of tcp/{port}",))


def _ended(subject: Subject, service: str) -> Iterator[str]:
    for name, owner in all_services(subject.lab).items():
        if owner == service and state_of(subject.lab, Endpoint("container", name, service)) == "exited":
            yield name


def _command(inspected: Mapping[str, Any]) -> str:
    return f"`{shlex.join([inspected['Path'], *inspected['Args']])}`"


def _is_same(subject: Subject, service: str, port: int) -> bool:
    """Whether the port of the host is to be that of the container, at which the server listens anyway."""
    return all(each.published in ("", str(port)) for each in subject.services[service].ports if each.target == port)


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
