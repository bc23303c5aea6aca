"""Addresses that services use and that cannot work: each is asked of the lab, by the name that the service uses.

    for found in tried(subject, reference): ...

The verdict is that of `why`: the container's resolver, then a TCP segment to what it answers.  An address outside the
file (`smtp.example.com`) is left out, and one without an answer is listed as unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import cached_property

from vnetsim.compose.config import image_of
from vnetsim.compose.service import ServiceConfig
from vnetsim.docker import images
from vnetsim.findings import changes
from vnetsim.findings.changes import FileProposal
from vnetsim.findings.references import HOST_GATEWAY, ServiceReference
from vnetsim.findings.yamllocations import YamlLocation, key_location, variable_location
from vnetsim.lab import Lab
from vnetsim.reach.diagnosis.naming import Naming
from vnetsim.reach.endpoints.endpoints import Endpoint, aliases, services, state_of
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.endpoints.services import listening, sockets
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.reach.why.why import Why, why
from vnetsim.scenario.composefile import ComposeScenario
from vnetsim.values import define, frozen
from vnetsim.wire.inet import parse_address

_BROWSERS = ("http", "https", "ws", "wss")
#: Names of variables that have the address by which a browser reaches a site.
_OF_BROWSERS = re.compile(r"DOMAIN|ORIGIN|PUBLIC|EXTERNAL|CORS|SITE|FRONTEND|ALLOWED_HOST", re.IGNORECASE)


@frozen
class Cause:
    """A rule that is broken, the sentence, the evidence, and proposals of which the first that helps is taken."""

    rule: str
    service: str
    location: YamlLocation
    text: str
    evidence: tuple[str, ...]
    proposals: tuple[FileProposal | None, ...] = ()


@frozen
class UnknownAddress:
    """An address without an answer, and why."""

    text: str


@define(slots=False)
class Subject:
    """A compose file and its lab; `declared` are the images whose ports the user declared."""

    scenario: ComposeScenario
    lab: Lab
    declared: Mapping[str, Sequence[str]]

    @property
    def services(self) -> dict[str, ServiceConfig]:
        assert self.scenario.project is not None
        return self.scenario.project.services

    @cached_property
    def containers(self) -> dict[str, Endpoint]:
        """The oldest container of each service that runs."""
        found: dict[str, Endpoint] = {}
        for name, service in services(self.lab).items():
            endpoint = Endpoint("container", name, service)
            if state_of(self.lab, endpoint) == "running":
                found.setdefault(service, endpoint)
        return found

    @cached_property
    def names(self) -> set[str]:
        """All names that the engine's resolver answers somewhere."""
        return aliases(self.lab)

    def ask(self, service: str, target: Endpoint, port: int) -> Why:
        question = ReachQuestion(self.containers[service], target, Probe("tcp", port) if port else Probe())
        return why(self.lab, question, change=False)

    def listens(self, service: str, port: int) -> bool:
        """Whether a socket of the service's container takes connections at a TCP port."""
        endpoint = self.containers.get(service)
        return endpoint is not None and any(
            entry.protocol == "tcp" and entry.local_port == port for entry in listening(self.lab, endpoint)
        )

    def listens_to_itself(self, service: str, port: int) -> bool:
        """Whether a socket of the service's container takes connections of its own loopback address alone."""
        endpoint = self.containers.get(service)
        return endpoint is not None and any(
            entry.protocol == "tcp" and entry.local_port == port and entry.local.is_loopback
            for entry in sockets(self.lab, endpoint)
        )

    def knows_ports(self, service: str) -> bool:
        """Whether it is known, and not assumed, at which ports the main process of a service listens."""
        config, project = self.services[service], self.scenario.project
        assert project is not None
        image = images.of_name(image_of(config, project))
        if image_of(config, project) in self.declared or image.name in self.declared:
            return True
        endpoint = self.containers.get(service)
        return endpoint is not None and self.lab.docker.container_knows_ports(endpoint.name)

    def published(self, service: str) -> dict[int, int]:
        """Ports of the container by the ports at which they are published."""
        ports = self.services[service].ports
        return {int(each.published): each.target for each in ports if each.published.isdigit()}


def tried(subject: Subject, reference: ServiceReference) -> Iterator[Cause | UnknownAddress | None]:
    """None for an address that works; nothing at all for one that is not about the lab."""
    if reference.service not in subject.containers:
        yield UnknownAddress(f"{reference}: no container of {reference.service} runs")
    elif reference.is_loopback:
        yield from _loopback(subject, reference)
    elif reference.host == HOST_GATEWAY:
        yield _host_gateway(subject, reference)
    elif _is_inside(subject, reference):
        yield _asked(subject, reference)


def _is_inside(subject: Subject, reference: ServiceReference) -> bool:
    """Whether the host is one of the file: any name of one label, or what the engine knows; no address."""
    host = reference.host
    if _is_address(host):
        return False
    return "." not in host or host in subject.names


def _is_address(text: str) -> bool:
    try:
        parse_address(text)
    except ValueError:
        return text.replace(".", "").isdigit()
    return True


def of_quoted(subject: Subject, reference: ServiceReference) -> Cause:
    """The value of a variable is the text with its quotes."""
    location = _location(subject, reference)
    text = f"{reference.service} gets {reference.key} with its quotes, which are a part of the value in a list"
    proposal = changes.unquoted(subject.scenario, location, reference.value)
    return Cause("quoted-value", reference.service, location, text, (f"{reference.target} is meant",), (proposal,))


# --- its own loopback ------------------------------------------------------------------------------------------------


def _loopback(subject: Subject, reference: ServiceReference) -> Iterator[Cause | UnknownAddress | None]:
    port = reference.port
    config = subject.services[reference.service]
    if not port or config.network_mode == "host":
        return
    if subject.listens(reference.service, port) or port in (each.target for each in config.ports):
        yield None
        return
    others = [name for name in subject.services if name != reference.service]
    published = [name for name in others if port in subject.published(name)]
    if published and (reference.scheme in _BROWSERS or _OF_BROWSERS.search(reference.key)):
        return  # for a browser on the host
    heard = [name for name in others if subject.listens(name, port)]
    if not heard and (reference.guessed or not published):
        if reference.guessed:
            return
        yield UnknownAddress(f"{reference}: whether {reference.service} listens there is not known")
        return
    answer = subject.ask(reference.service, Endpoint("address", "127.0.0.1"), port)
    if answer.arrives or not answer.is_known:
        yield None if answer.arrives else UnknownAddress(f"{reference}: {answer.sentence}")
        return
    other = (heard or published)[0]
    inside = port if other in heard else subject.published(other)[port]
    location = _location(subject, reference)
    proposal = changes.replaced(subject.scenario, location, f"{reference.host}:{port}", f"{other}:{inside}")
    if proposal is None and inside == port:
        proposal = changes.replaced(subject.scenario, location, reference.host, other)
    yield Cause(
        "loopback-of-itself", reference.service, location,
        f"{reference.service} uses {reference.target} ({reference.key}), which is its own loopback address; "
        f"{other} listens at tcp/{inside}", _evidence(answer), (proposal,),
    )  # fmt: skip


def _host_gateway(subject: Subject, reference: ServiceReference) -> Cause | None:
    answer = subject.ask(reference.service, Endpoint("name", reference.host), 0)
    if answer.diagnosis.verdict.outcome is not Outcome.NO_NAME:
        return None
    proposal = changes.with_host_gateway(subject.scenario, reference.service)
    return Cause(
        "no-host-gateway", reference.service, _location(subject, reference),
        f"{reference.service} uses {reference.target} ({reference.key}), a name that Docker Engine does not resolve "
        "without extra_hosts (Docker Desktop does)", _evidence(answer), (proposal,),
    )  # fmt: skip


# --- another service -------------------------------------------------------------------------------------------------


def _asked(subject: Subject, reference: ServiceReference) -> Cause | UnknownAddress | None:
    answer = subject.ask(reference.service, Endpoint("name", reference.host), reference.port)
    outcome = answer.verdict.outcome
    if answer.arrives:
        return _namesake(subject, reference, answer)
    if not reference.port and outcome is not Outcome.NO_NAME:
        return None
    if outcome is Outcome.UNKNOWN:
        return UnknownAddress(f"{reference}: {answer.sentence}")
    if outcome is Outcome.NO_NAME:
        return _unresolved(subject, reference, answer)
    if outcome is Outcome.REFUSED:
        return _refused(subject, reference, answer)
    text = f"{reference.service} does not reach {reference.target} ({reference.key}): {answer.reason}"
    return Cause("not-delivered", reference.service, _location(subject, reference), text, _evidence(answer))


def _namesake(subject: Subject, reference: ServiceReference, answer: Why) -> UnknownAddress | None:
    """A service of the same name that it does not reach: chance decides which one it is (libnetwork/resolver.go)."""
    assert answer.verdict.address is not None
    naming = Naming(subject.lab, LabNamespaces(subject.lab), subject.containers[reference.service], reference.host)
    others = naming.namesakes(answer.verdict.address)[1:]
    for target in subject.containers.values():
        if target.name in others and not (other := subject.ask(reference.service, target, reference.port)).arrives:
            return UnknownAddress(f"{reference}: {answer.sentence}; {other.sentence}")
    return None


def _unresolved(subject: Subject, reference: ServiceReference, answer: Why) -> Cause | UnknownAddress:
    project = subject.scenario.project
    assert project is not None
    host, service = reference.host, reference.service
    disabled = next((each for each in project.disabled.values() if host in _names_of(each)), None)
    if disabled is not None:
        return UnknownAddress(f"{reference}: no profile of {host} is active ({', '.join(disabled.profiles)})")
    location = _location(subject, reference)
    target = next((name for name in subject.services if host in _names_of(subject.services[name])), None)
    if target is not None and target not in subject.containers:
        return UnknownAddress(f"{reference}: no container of {target} runs")
    if target is not None:
        text = f"{service} uses {reference.target} ({reference.key}) and shares no network with {target}"
        theirs = subject.services[target].networks
        proposals = tuple(changes.on_network(subject.scenario, service, name) for name in theirs)
        return Cause("no-shared-network", service, location, text, _evidence(answer), proposals)
    near = get_close_matches(host, [name for name in subject.services if name != service], 1, 0.75)
    proposals = tuple(changes.replaced(subject.scenario, location, host, name) for name in near)
    meant = f"; did you mean {near[0]}?" if near else ""
    text = f"{service} uses {reference.target} ({reference.key}), and no machine on its networks has this name{meant}"
    return Cause("no-such-name", service, location, text, _evidence(answer), proposals)


def _names_of(service: ServiceConfig) -> set[str]:
    attached = [each for each in service.networks.values() if each is not None]
    return {service.name, service.container_name, *(alias for each in attached for alias in each.aliases)}


def _refused(subject: Subject, reference: ServiceReference, answer: Why) -> Cause | UnknownAddress:
    host, port, location = reference.host, reference.port, _location(subject, reference)
    target = next((name for name in subject.services if host in _names_of(subject.services[name])), None)
    if target is None:
        return UnknownAddress(f"{reference}: {answer.sentence}")
    inside = subject.published(target).get(port)
    if inside is not None and inside != port:
        proposal = changes.replaced(
            subject.scenario, location, f"{host}:{port}", f"{host}:{inside}"
        ) or changes.replaced(subject.scenario, location, str(port), str(inside))
        text = (
            f"{reference.service} uses {reference.target} ({reference.key}), but {port} is the port of the host at "
            f"which tcp/{inside} of {target} is published"
        )
        return Cause("published-port-inside", reference.service, location, text, _evidence(answer), (proposal,))
    if subject.listens_to_itself(target, port):
        text = f"{reference.service} uses {reference.target} ({reference.key}), where {target} listens for itself alone"
        return Cause("nothing-listens", reference.service, location, text, _evidence(answer))
    if not subject.knows_ports(target) or _mentions(subject.services[target], port):
        return UnknownAddress(f"{reference}: at which ports {target} listens is not known")
    text = f"{reference.service} uses {reference.target} ({reference.key}), where {target} does not listen"
    proposals = _by_its_port(subject, reference, target)
    return Cause("nothing-listens", reference.service, location, text, _evidence(answer), proposals)


def _by_its_port(subject: Subject, reference: ServiceReference, target: str) -> tuple[FileProposal | None, ...]:
    """The port at which the other service listens, where there is one."""
    endpoint = subject.containers.get(target)
    entries = listening(subject.lab, endpoint) if endpoint is not None else []
    ports = {entry.local_port for entry in entries if entry.protocol == "tcp"}
    if len(ports) != 1:
        return ()
    host, old, new, location = reference.host, reference.port, ports.pop(), _location(subject, reference)
    return (
        changes.replaced(subject.scenario, location, f"{host}:{old}", f"{host}:{new}"),
        changes.replaced(subject.scenario, location, str(old), str(new)),
    )


def _mentions(service: ServiceConfig, port: int) -> bool:
    """Whether the configuration of a service has the number, so that it may listen there."""
    return any(str(port) in (value or "") for value in service.environment.values()) or any(
        mount.target.endswith((".conf", ".cfg", ".yml", ".yaml", ".toml", ".ini")) for mount in service.volumes
    )


# --- where, and by what ----------------------------------------------------------------------------------------------


def _location(subject: Subject, reference: ServiceReference) -> YamlLocation:
    if reference.location is not None:
        return reference.location
    if reference.key == "command":
        return key_location(subject.scenario, reference.service, "command")
    return variable_location(subject.scenario, reference.service, reference.key)


def _evidence(answer: Why) -> tuple[str, ...]:
    sent = [f"{step.namespace} {step.text}" for step in answer.story if step.text.startswith("sends ")]
    return (*sent[:1], f"{answer.reason}: {answer.sentence}")
