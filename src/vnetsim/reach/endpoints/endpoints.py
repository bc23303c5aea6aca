"""Senders and destinations: the host, the machine outside, containers, namespaces, addresses, names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.errors import EngineError, KernelError, UsageError
from vnetsim.process import Context
from vnetsim.process.network import Network
from vnetsim.values import frozen
from vnetsim.wire.inet import LOOPBACK4, Address, Prefix, parse_address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

KINDS: Final = ("container", "netns", "address", "name")
LAN: Final = "lan"
#: The label by which `docker compose` marks a service's containers.
COMPOSE_SERVICE: Final = "com.docker.compose.service"


@frozen
class Endpoint:
    """One end; `kind` is host, lan, or one of KINDS, whose `name` tells which; `service` is that of a container."""

    kind: str
    name: str = ""
    service: str = attrs.field(default="", eq=False, repr=False)

    def __str__(self) -> str:
        return self.kind if not self.name else self.name if self.kind == "address" else f"{self.kind}:{self.name}"

    @property
    def short(self) -> str:
        """As people call it."""
        return self.name or self.kind

    @property
    def address(self) -> Address | None:
        return parse_address(self.name) if self.kind == "address" else None


def all_endpoints(lab: BaseLab) -> list[Endpoint]:
    """All senders and destinations: the host, the machine outside, containers by age, namespaces by age."""
    found = [Endpoint("host")]
    found += [Endpoint(LAN)] if LAN in namespaces(lab) else []
    found += [Endpoint("container", name, service) for name, service in _with_services(lab).items()]
    return found + [Endpoint("netns", name) for name in namespaces(lab) if name != LAN]


def namespaces(lab: BaseLab) -> list[str]:
    """Named network namespaces, the oldest first."""
    return list(reversed(lab.machine.named_namespaces()))


def check_engine(lab: BaseLab) -> None:
    """UsageError for a lab whose Docker engine did not start: its containers are unknown."""
    if lab.engine_failure:
        raise UsageError(f"the Docker engine did not start, so its containers are unknown: {lab.engine_failure}")


def containers(lab: BaseLab) -> list[str]:
    """The names of all containers, running or not, the oldest first; UsageError if the engine did not start."""
    return list(_with_services(lab))


def services(lab: BaseLab) -> dict[str, str]:
    """The Compose services of containers, by the containers' names, the oldest first."""
    return {name: service for name, service in _with_services(lab).items() if service}


def _with_services(lab: BaseLab) -> dict[str, str]:
    """The same of all containers, "" for those without a service."""
    check_engine(lab)
    if not lab.has_engine:
        return {}
    entries = reversed(lab.docker.container_list(all=True))
    return {entry["Names"][0].removeprefix("/"): entry["Labels"].get(COMPOSE_SERVICE, "") for entry in entries}


def container_named(lab: BaseLab, term: str) -> str | None:
    """The name of the container that docker would take for this one."""
    check_engine(lab)
    if not lab.has_engine or not term:
        return None
    try:
        name: str = lab.docker.container_inspect(term)["Name"]
    except EngineError:
        return None
    return name.removeprefix("/")


def aliases(lab: BaseLab) -> set[str]:
    """Names other than their own that containers have on their networks."""
    found: set[str] = set()
    for name in containers(lab):
        for settings in lab.docker.container_inspect(name)["NetworkSettings"]["Networks"].values():
            found.update(settings.get("Aliases") or (), settings.get("DNSNames") or ())
    return found


def state_of(lab: BaseLab, endpoint: Endpoint) -> str:
    """`running`, or why nothing can be sent from there or to there: the container's State.Status."""
    if endpoint.kind != "container":
        return "running"
    return str(lab.docker.container_inspect(endpoint.name)["State"]["Status"])


# --- their namespaces and addresses --------------------------------------------------------------------------------


def context_of(lab: BaseLab, endpoint: Endpoint) -> Context:
    """Where the sender's programs run; UsageError if nothing can run there (a container that does not run)."""
    machine = lab.machine
    if endpoint.kind == "host":
        return machine.host
    if endpoint.kind == "container":
        return _container_context(lab, endpoint)
    if endpoint.kind in ("netns", LAN):
        return _inside(lab, machine.namespace(endpoint.name or LAN))
    address = endpoint.address
    if address is None:
        raise UsageError(f"{endpoint}: nothing can be sent from a name")
    for other in all_endpoints(lab):
        network = network_of(lab, other)
        if network is not None and any(entry.address == address for entry in network.addresses()):
            return context_of(lab, other)
    raise UsageError(f"{endpoint}: nobody here has this address, so nothing can be sent from it")


def _container_context(lab: BaseLab, endpoint: Endpoint) -> Context:
    try:
        return lab.docker.container_context(endpoint.name)
    except EngineError:
        raise UsageError(f"{endpoint} is {state_of(lab, endpoint)}, so nothing can be sent from it") from None


def _inside(lab: BaseLab, network: Network) -> Context:
    host = lab.machine.host
    return attrs.evolve(host, network=network, files=lab.machine.network_files(host.files, network))


def network_of(lab: BaseLab, endpoint: Endpoint) -> Network | None:
    """Its network namespace; None for names, for addresses, and for containers that do not run."""
    if endpoint.kind in ("name", "address"):
        return None
    try:
        return context_of(lab, endpoint).network
    except (UsageError, KernelError):
        return None


def addresses_of(lab: BaseLab, endpoint: Endpoint, sender: Endpoint | None = None) -> list[Address]:
    """The addresses of an end, the one that `sender` would use first: on a network that both are on, IPv4 before IPv6.

    None of its loopback ones, unless it is the sender itself; none at all if it does not run or has none.
    """
    if endpoint.address is not None:
        return [endpoint.address]
    network = network_of(lab, endpoint)
    if network is None:
        return []
    origin = None if sender is None else network_of(lab, sender)
    own = [entry for entry in network.addresses() if not _is_local(entry.address)]
    if origin is network:
        return [LOOPBACK4, *(entry.address for entry in own)]
    near = [] if origin is None else _prefixes(origin)
    shared = _shared_subnets(lab, endpoint, sender)

    def rank(address: Address) -> tuple[bool, bool, bool]:
        on_network = any(address in prefix for prefix in shared)
        speaks = not near or any(prefix.version == address.version for prefix in near)
        return not speaks, not on_network, not any(address in prefix for prefix in near)

    return sorted((entry.address for entry in own), key=rank)


def _is_local(address: Address) -> bool:
    return address.is_loopback or (address.version == 6 and bool(getattr(address, "is_link_local", False)))


def _prefixes(network: Network) -> list[Prefix]:
    return [Prefix.of(entry.address, entry.length) for entry in network.addresses() if not _is_local(entry.address)]


def _shared_subnets(lab: BaseLab, one: Endpoint, other: Endpoint | None) -> list[Prefix]:
    """Those of the Docker networks that both containers are on."""
    if other is None or one.kind != "container" or other.kind != "container":
        return []
    mine, theirs = (lab.docker.container_inspect(each.name)["NetworkSettings"]["Networks"] for each in (one, other))
    found: list[Prefix] = []
    for name, settings in mine.items():
        if name in theirs:
            for address, length in (("IPAddress", "IPPrefixLen"), ("GlobalIPv6Address", "GlobalIPv6PrefixLen")):
                if settings.get(address):
                    found.append(Prefix.of(parse_address(settings[address]), settings[length]))
    return found
