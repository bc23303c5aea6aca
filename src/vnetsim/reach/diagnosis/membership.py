"""What a container's networks have to do with a loss: which of them gives the gateway, which of them are internal.

The engine gives one default gateway for each family (libnetwork/sandbox.go); a network made with --internal gives none,
and nothing is published for it (libnetwork/drivers/bridge).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from vnetsim.reach.endpoints.endpoints import Endpoint, containers, state_of
from vnetsim.reach.endpoints.name_lookup import left_behind, network_owner, networks
from vnetsim.reach.endpoints.netns import LabNamespaces, LabNetns, listeners
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
    if netns.endpoint.kind == "container":
        return left(lab, netns.endpoint.name, protocol, port)
    if netns.endpoint.kind != "host":
        return ""
    published: set[str] = set()
    for name in containers(lab):
        wanted = _wanted(lab, name, protocol)
        published |= wanted.keys()
        reason = _not_published(lab, name) if str(port) in wanted else ""
        if reason:
            address = wanted[str(port)]
            return f"{name} is to be published {f'on {address}' if address else 'there'}, and {reason}"
    return "" if published else _of_those_who_joined(lab)


def _not_published(lab: BaseLab, name: str) -> str:
    """Why the ports of a container are not published: it does not run, or by its networks (daemon/network.go)."""
    state, mine = state_of(lab, Endpoint("container", name)), networks(lab, name)
    if state != "running":
        return f"is {state}"
    if mine == ["host"]:
        return "is in host mode, in which ports are not published"
    if not mine:
        return "is on no network"
    if all(is_internal(lab, each) for each in mine):
        return f"its network {' and '.join(mine)} is internal"
    drivers = [str(lab.docker.network_inspect(each)["Driver"]) for each in mine]
    if not {*drivers} & {"bridge", "host"}:
        return f"its network {' and '.join(mine)} ({' and '.join(dict.fromkeys(drivers))}) publishes no ports"
    return ""


def bound_by_default(lab: BaseLab, protocol: str, port: int) -> str:
    """That a port is published on one address because `-p` names none."""
    for name in containers(lab):
        if str(port) in _wanted(lab, name, protocol) and any_address(lab, name):
            return f"on which {name} is published if -p names no address (host_binding_ipv4, or --ip of dockerd)"
    return ""


def any_address(lab: BaseLab, name: str) -> str:
    """What `-p` has to name for all addresses of the host: nothing, unless the engine binds others by default."""
    inspected = lab.docker.container_inspect(name)
    wanted = inspected["HostConfig"]["PortBindings"] or {}
    for inside, several in (inspected["NetworkSettings"]["Ports"] or {}).items():
        unnamed = {each["HostPort"] for each in wanted.get(inside) or () if not each["HostIp"]}
        bound = {each["HostIp"] for each in several or () if each["HostPort"] in unnamed}
        if bound and not bound & {"0.0.0.0", "::"}:
            return "0.0.0.0"
    return ""


def left(lab: BaseLab, owner: str, protocol: str, port: int) -> str:
    """That a server has the network that a container had in an earlier run, whose port is asked for now."""
    for name, joined in left_behind(lab):
        netns = LabNamespaces(lab).of(Endpoint("container", name))
        heard = () if netns is None else listeners(netns)
        if joined == owner and any(each.local_port == port and each.protocol == protocol for each in heard):
            return f"{name} listens on it, in the network that {owner} had before it was started again"
    return ""


def publishes(lab: BaseLab, name: str, protocol: str, port: int) -> bool:
    """Whether a container is to have that port of the host."""
    return str(port) in _wanted(lab, name, protocol)


def _wanted(lab: BaseLab, name: str, protocol: str) -> dict[str, str]:
    """The ports of the host that are a container's, with the addresses that `-p` names."""
    bindings = lab.docker.container_inspect(name)["HostConfig"]["PortBindings"] or {}
    return {
        each["HostPort"]: each["HostIp"]
        for inside, several in bindings.items()
        if inside.endswith(f"/{protocol}")
        for each in several
    }


def _of_those_who_joined(lab: BaseLab) -> str:
    """Where nothing is published: that a container has another one's network, and cannot publish ports itself."""
    for name in containers(lab):
        owner = network_owner(lab, name)
        if owner != name:
            return f"{name} has the network of {owner}, and only {owner} publishes its ports, which has published none"
    return ""
