"""What a container's networks have to do with a loss: which of them gives the gateway, which of them are internal.

The engine gives one default gateway for each family (libnetwork/sandbox.go); a network made with --internal gives none,
and nothing is published for it (libnetwork/drivers/bridge).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.reach.endpoints.endpoints import Endpoint, containers
from vnetsim.reach.endpoints.name_lookup import network_owner, networks
from vnetsim.reach.endpoints.netns import LabNamespaces, LabNetns
from vnetsim.reach.walks.packets import own
from vnetsim.trace import Routed

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab
    from vnetsim.reach.probing.verdict import ProbeVerdict

_MASQUERADE: Final = "com.docker.network.bridge.enable_ip_masquerade"


def gateway(lab: BaseLab, namespaces: LabNamespaces, verdict: ProbeVerdict) -> str:
    """That the request left a container of several networks by the default gateway of one of them."""
    found = default_network(lab, namespaces, verdict, verdict.request)
    if found is None:
        return ""
    name, chosen = found
    others = [each for each in networks(lab, name) if each != chosen]
    what = "" if is_masqueraded(lab, chosen) else ", which is not masqueraded"
    return f"the default gateway of {name} is that of {chosen}{what} (it is on {' and '.join(others)}, too)"


def default_network(
    lab: BaseLab, namespaces: LabNamespaces, verdict: ProbeVerdict, packet: int | None
) -> tuple[str, str] | None:
    """The container of several networks by whose default gateway a packet left it, and the network whose that is."""
    first = next((event for event in own(verdict.events, packet or 0) if isinstance(event, Routed)), None)
    netns = None if first is None else namespaces.find(first.namespace)
    if first is None or netns is None or netns.endpoint.kind != "container":
        return None
    name = netns.endpoint.name
    mine = networks(lab, name)
    if len(mine) < 2 or not first.text.startswith("default via "):
        return None
    via = first.text.split()[2]
    chosen = next((each for each in mine if via in _gateways(lab, name, each)), None)
    return None if chosen is None else (name, chosen)


def _gateways(lab: BaseLab, container: str, network: str) -> tuple[str, ...]:
    endpoint = lab.docker.container_inspect(container)["NetworkSettings"]["Networks"][network]
    return endpoint["Gateway"], endpoint["IPv6Gateway"]


def _options(lab: BaseLab, network: str) -> dict[str, Any]:
    return dict(lab.docker.network_inspect(network)["Options"] or {})


def is_masqueraded(lab: BaseLab, network: str) -> bool:
    return _options(lab, network).get(_MASQUERADE) != "false"


def is_internal(lab: BaseLab, network: str) -> bool:
    return network not in ("host", "none") and bool(lab.docker.network_inspect(network)["Internal"])


def shut_in(lab: BaseLab, sender: Endpoint) -> str:
    """That a container is on internal networks only."""
    if sender.kind != "container":
        return ""
    mine = networks(lab, sender.name)
    if not mine or not all(is_internal(lab, name) for name in mine):
        return ""
    return f"{' and '.join(mine)} is internal, so that {sender.name} has no way out"


def unpublished(lab: BaseLab, netns: LabNetns, protocol: str, port: int) -> str:
    """Why a container does not reach a port of the host, by its networks; or that one joined another's."""
    if netns.endpoint.kind != "host":
        return ""
    published: set[str] = set()
    for name in containers(lab):
        wanted, mine = _wanted(lab, name, protocol), networks(lab, name)
        published |= wanted
        if str(port) in wanted and mine and all(is_internal(lab, each) for each in mine):
            return f"{name} is to be published there, and its network {' and '.join(mine)} is internal"
        if str(port) in wanted and mine == ["host"]:
            return f"{name} is to be published there, and is in host mode, in which ports are not published"
    return "" if published else _of_those_who_joined(lab)


def _wanted(lab: BaseLab, name: str, protocol: str) -> set[str]:
    """The ports of the host that are a container's."""
    bindings = lab.docker.container_inspect(name)["HostConfig"]["PortBindings"] or {}
    return {
        each["HostPort"] for inside, several in bindings.items() if inside.endswith(f"/{protocol}") for each in several
    }


def _of_those_who_joined(lab: BaseLab) -> str:
    """Where nothing is published: that a container has another one's network, and cannot publish ports itself."""
    for name in containers(lab):
        owner = network_owner(lab, name)
        if owner != name:
            return f"{name} has the network of {owner}, and only {owner} publishes its ports, which has published none"
    return ""
