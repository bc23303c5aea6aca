"""PKT_TOO_BIG: which device takes no frame as long as this one, and what a sender's packets must fit into."""

from __future__ import annotations

from vnetsim.reach.diagnosis.case import DiagnosisCase
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.walks.loss import Loss


def explain(case: DiagnosisCase, loss: Loss) -> str:
    length = 0 if loss.event.frame is None else loss.event.frame.length
    for netns in case.namespaces:
        for link in netns.links():
            if link.name == loss.event.device and link.mtu + 14 < length:
                return f"{link.name} of {netns.label} has an MTU of {link.mtu}"
    return ""


def narrowest(case: DiagnosisCase, netns: LabNetns | None) -> str:
    """What the sender's own packets must fit into: the MTU of a route, or of its device."""
    address = case.verdict.address
    if netns is None or address is None:
        return ""
    for route in sorted(netns.network.routes(address.version), key=lambda each: -each.destination.length):
        device = route.hops[0].device if route.hops else None
        link = None if device is None else netns.link(device)
        if link is None or address not in route.destination:
            continue
        if route.mtu is not None and route.mtu < link.mtu:
            return f"route {route.destination if route.destination.length else 'default'} mtu {route.mtu}"
        path = netns.network.route_get(address).mtu
        if path is not None and path < link.mtu:
            return f"the path to {address} takes {path}, as a router told; {link.name} mtu {link.mtu}"
        return f"{link.name} mtu {link.mtu}"
    return ""
