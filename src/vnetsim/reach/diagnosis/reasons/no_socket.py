"""NO_SOCKET: who listens nearly there: on another address, another port, another namespace, or unpublished."""

from __future__ import annotations

from typing import Final

from vnetsim.observations import SocketEntry
from vnetsim.reach.diagnosis import membership
from vnetsim.reach.diagnosis.case import DiagnosisCase, after
from vnetsim.reach.diagnosis.vrfs import accepting, listener_outside, vrf_of
from vnetsim.reach.endpoints.netns import LabNetns, listeners
from vnetsim.reach.walks.loss import Loss
from vnetsim.wire.inet import ANY6, IPv4, IPv6

#: Where the engine's name service listens in containers.
_EMBEDDED: Final = IPv4.parse("127.0.0.11")


def explain(case: DiagnosisCase, loss: Loss) -> str:
    """Who listens nearly there; for an answer, that it comes from somewhere else."""
    netns = case.namespaces.find(loss.event.namespace)
    if netns is None:
        return ""
    if loss.role == "reply":
        return _about_answer(case, loss)
    port = _port(case, loss)
    elsewhere = _about_loopback(case, netns, port)
    if elsewhere:
        return elsewhere
    outside = listener_outside(netns, loss, case.question.probe.protocol, port)
    if outside is not None:
        key = accepting(outside.protocol)
        who = f"{outside.process or 'a program'} listens on {_socket(outside)} outside of it"
        return f"it came in by the VRF {vrf_of(netns, loss)}, and {who} ({key} = {netns.sysctl_value(key)})"
    near = [entry for entry in listeners(netns) if entry.local_port == port]
    if near:
        detail = _about_family(near[0]) or after(", ", _bound(case, near[0]))
        return f"{near[0].process or 'a program'} listens on {_socket(near[0])} only{detail}"
    unpublished = _unpublished(case, netns, port)
    people = [entry for entry in listeners(netns) if entry.process != "dockerd" and entry.local != _EMBEDDED]
    others = [_socket(entry) for entry in people]
    if unpublished and not others:
        return unpublished
    heard = f"listening there: {', '.join(dict.fromkeys(others))}" if others else "nothing listens there"
    return f"{unpublished}; {heard}" if unpublished else heard


def _about_family(entry: SocketEntry) -> str:
    """That a socket at all addresses is of IPv6 alone."""
    is_only = isinstance(entry.local, IPv6) and entry.local == ANY6 and not entry.dual_stack
    return ", with IPV6_V6ONLY: the port is closed for IPv4" if is_only else ""


def _bound(case: DiagnosisCase, entry: SocketEntry) -> str:
    """Why docker-proxy listens on that address."""
    if entry.process != "docker-proxy" or not case.lab.has_engine:
        return ""
    return membership.bound_by_default(case.lab, entry.protocol, entry.local_port)


def _unpublished(case: DiagnosisCase, netns: LabNetns, port: int) -> str:
    if not case.lab.has_engine or not port:
        return ""
    return membership.unpublished(case.lab, netns, case.question.probe.protocol, port)


def _about_loopback(case: DiagnosisCase, netns: LabNetns, port: int) -> str:
    """That 127.0.0.1 is the sender itself, where others listen on that port."""
    address = case.verdict.address
    if address is None or not address.is_loopback:
        return ""
    others = [
        other.label
        for other in case.namespaces
        if other is not netns and any(entry.local_port == port for entry in listeners(other))
    ]
    return f"{address} is {netns.label} itself, and it is {others[0]} that listens on that port" if others else ""


def _about_answer(case: DiagnosisCase, loss: Loss) -> str:
    """An answer without a waiting socket: it does not come from the destination of the request."""
    packet = case.packet(loss.packet)
    destination = case.verdict.address
    if packet is None or destination is None or packet.source == destination:
        return ""
    return f"it comes from {packet.source}, and {destination} was asked: it did not come back by who translated that"


def _port(case: DiagnosisCase, loss: Loss) -> int:
    packet = case.packet(loss.packet)
    return int(getattr(getattr(packet, "payload", None), "destination_port", 0))


def _socket(entry: SocketEntry) -> str:
    local = f"[{entry.local}]" if entry.local.version == 6 else str(entry.local)
    zone = "" if entry.device is None else f"%{entry.device}"
    return f"{entry.protocol} {local}{zone}:{entry.local_port}"
