"""What a container's networks have to do with a loss: which of them gives the gateway, which of them are internal.

The engine gives one default gateway for each family (libnetwork/sandbox.go); a network made with --internal gives none,
and nothing is published for it (libnetwork/drivers/bridge).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.reach.called import networks
from vnetsim.reach.endpoints import Endpoint, containers
from vnetsim.reach.places import Place, Places
from vnetsim.reach.walk import own
from vnetsim.trace import Routed

if TYPE_CHECKING:
    from vnetsim.lab import Lab
    from vnetsim.reach.probes import Verdict

_MASQUERADE: Final = "com.docker.network.bridge.enable_ip_masquerade"


def gateway(lab: Lab, places: Places, verdict: Verdict) -> str:
    """That the request left a container of several networks by the default gateway of one of them."""
    sender = verdict.question.sender
    place = places.of(sender)
    if sender.kind != "container" or place is None or verdict.request is None:
        return ""
    mine = networks(lab, sender.name)
    first = next((event for event in own(verdict.events, verdict.request) if isinstance(event, Routed)), None)
    if len(mine) < 2 or first is None or first.namespace != place.label or not first.words.startswith("default via "):
        return ""
    via = first.words.split()[2]
    chosen = next((name for name in mine if via in _gateways(lab, sender.name, name)), None)
    if chosen is None:
        return ""
    others = [name for name in mine if name != chosen]
    masquerades = _options(lab, chosen).get(_MASQUERADE) != "false"
    what = "" if masquerades else ", which is not masqueraded"
    return f"the default gateway of {sender.name} is that of {chosen}{what} (it is on {' and '.join(others)}, too)"


def _gateways(lab: Lab, container: str, network: str) -> tuple[str, ...]:
    endpoint = lab.docker.container_inspect(container)["NetworkSettings"]["Networks"][network]
    return endpoint["Gateway"], endpoint["IPv6Gateway"]


def _options(lab: Lab, network: str) -> dict[str, Any]:
    return dict(lab.docker.network_inspect(network)["Options"] or {})


def is_internal(lab: Lab, network: str) -> bool:
    return network not in ("host", "none") and bool(lab.docker.network_inspect(network)["Internal"])


def shut_in(lab: Lab, sender: Endpoint) -> str:
    """That a container is on internal networks only."""
    if sender.kind != "container":
        return ""
    mine = networks(lab, sender.name)
    if not mine or not all(is_internal(lab, name) for name in mine):
        return ""
    return f"{' and '.join(mine)} is internal, so that {sender.name} has no way out"


def unpublished(lab: Lab, place: Place, protocol: str, port: int) -> str:
    """That a container asks for a port of the host, and has it not, as its networks are internal."""
    if place.endpoint.kind != "host":
        return ""
    for name in containers(lab):
        seen = lab.docker.container_inspect(name)
        wanted = {
            binding["HostPort"] for inside, each in (seen["HostConfig"]["PortBindings"] or {}).items()
            if inside.endswith(f"/{protocol}") for binding in each
        }  # fmt: skip
        mine = list(seen["NetworkSettings"]["Networks"])
        if str(port) in wanted and mine and all(is_internal(lab, each) for each in mine):
            return f"{name} is to be published there, and its network {' and '.join(mine)} is internal"
        if str(port) in wanted and mine == ["host"]:
            return f"{name} is to be published there, and is in host mode, in which ports are not published"
    return ""
