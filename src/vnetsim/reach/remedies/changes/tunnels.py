"""Proposals about VXLAN devices: made as their far end is, with entries that lead there (bridge(8), ip-link(8)).

Without a group, a remote or entries of its own a device does not know where to send what it floods; one that does not
learn needs an entry on either side.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from vnetsim.dropreason import DropReason
from vnetsim.observations import Link
from vnetsim.reach.diagnosis.neighbourhood import having
from vnetsim.reach.endpoints.netns import LabNetns
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.walks.loss import Loss
from vnetsim.reach.walks.packets import own
from vnetsim.trace import Made, Transmitted
from vnetsim.wire.mac import Mac

End = tuple[LabNetns, Link]
#: The entry for what has none of its own, and for what goes to groups.
_DEFAULT: Final = Mac(0)


def entries(situation: Situation) -> Iterator[Change]:
    """Entries of a device that sent the packet to the wrong machine, or to none."""
    for loss in situation.diagnosis.lost:
        if loss.reason is DropReason.TUNNEL and loss.event.detail.startswith("no far end"):
            yield from _flooding(situation, loss)
        else:
            sent = _sent(situation, loss)
            yield from _astray(situation, *sent) if sent is not None else ()


def _flooding(situation: Situation, loss: Loss) -> Iterator[Change]:
    """The far end gets what is flooded, and floods back if it would not learn from that where to answer."""
    found, towards = situation.diagnosis.resolution, situation.towards
    hop = found.hop if found is not None else towards
    near = _end(situation, loss.event.namespace, loss.event.device)
    if near is None:
        return
    wanted = [netns for netns, _ in having(situation.namespaces, hop)] if hop is not None else []
    for far in _far_ends(situation, near):
        if far[0] in wanted or not wanted:
            commands = [_floods(near, far), *([] if _answers(far, near) else [_floods(far, near)])]
            text = f"{near[1].name} of {near[0].label} floods to {_node(far)}, where {far[0].label} is"
            yield Change(tuple(commands), text + (", and the other way" if len(commands) > 1 else ""))


def _answers(end: End, other: End) -> bool:
    """Whether an end knows already how to send to another one, or learns it."""
    netns, link = end
    return bool(
        link.details.get("learning")
        or link.details.get("remote")
        or link.details.get("group")
        or any(str(entry.remote) == _node(other) for entry in netns.network.fdb() if entry.device == link.name)
    )


def _floods(end: End, other: End) -> str:
    return end[0].command(f"bridge fdb append {_DEFAULT} dev {end[1].name} dst {_node(other)}")


def _sent(situation: Situation, loss: Loss) -> tuple[End, Mac] | None:
    """The tunnel by which a packet was sent last, and the address that its frame had."""
    journey = own(situation.diagnosis.verdict.events, loss.packet)
    context = [event for event in journey if isinstance(event, Made)][1:]
    for event in reversed(journey[: journey.index(context[-1])] if context else ()):
        near = _end(situation, event.namespace, event.device) if isinstance(event, Transmitted) else None
        if near is not None and isinstance(event, Transmitted):
            return near, event.frame.destination
    return None


def _astray(situation: Situation, near: End, mac: Mac) -> Iterator[Change]:
    """An entry named another machine than the one that has the far end with that address."""
    netns, link = near
    remotes = [entry.remote for entry in netns.network.fdb() if (entry.device, entry.mac) == (link.name, mac)]
    for far in _far_ends(situation, near):
        if far[1].mac == mac and any(each is not None and not far[0].has(each) for each in remotes):
            line = f"bridge fdb replace {mac} dev {link.name} dst {_node(far)}"
            text = f"{link.name} of {netns.label} sends {mac} to {_node(far)}, where {far[0].label} is"
            yield Change((netns.command(line),), text)


def _end(situation: Situation, label: str, device: str) -> End | None:
    netns = situation.namespaces.find(label)
    link = None if netns is None else netns.link(device)
    return (netns, link) if netns is not None and link is not None and link.kind == "vxlan" else None


def _far_ends(situation: Situation, near: End) -> Iterator[End]:
    """The other devices of the same network."""
    keys = ("id", "port")
    for netns in situation.namespaces:
        for link in netns.links():
            same = link.kind == "vxlan" and all(link.details[key] == near[1].details[key] for key in keys)
            if same and (netns, link) != near and _node((netns, link)):
                yield netns, link


def _node(end: End) -> str:
    return str(_underlay(*end))


# --- made anew -------------------------------------------------------------------------------------------------------


def anew(situation: Situation, namespaces: list[LabNetns]) -> Iterator[Change]:
    """A VXLAN device with the network, the port and the far end that its other end has."""
    ends = [(netns, link) for netns in namespaces for link in netns.links() if link.kind == "vxlan"]
    for netns, link in ends:
        for other, far in ends:
            if other is netns or netns not in situation.path:
                continue
            vxlan = link.details
            wanted = {"id": far.details["id"], "port": far.details["port"]}
            if "remote" in vxlan and not any(
                str(e.address) == vxlan["remote"] for p in namespaces for e in p.addresses()
            ):
                wanted["remote"] = _underlay(other, far)
            if any(vxlan.get(key) != value for key, value in wanted.items()):
                yield _tunnel(netns, link, {**vxlan, **wanted})


def _underlay(netns: LabNetns, link: Link) -> str | int:
    """The address that a tunnel's end sends from."""
    fixed = link.details.get("local")
    others = [str(entry.address) for entry in netns.addresses() if entry.device != link.name]
    return fixed if fixed is not None else next(iter(others), "")


def _tunnel(netns: LabNetns, link: Link, vxlan: Mapping[str, str | int]) -> Change:
    text = "".join(f" {key} {vxlan[key]}" for key in ("remote", "group", "local", "dev") if vxlan.get(key))
    entries = [entry for entry in netns.addresses() if entry.device == link.name]
    lines = [
        f"ip link delete {link.name}",
        f"ip link add {link.name} type vxlan id {vxlan['id']}{text} dstport {vxlan['port']}",
        *(f"ip address add {entry.address}/{entry.length} dev {link.name}" for entry in entries),
        *([f"ip link set {link.name} master {link.master}"] if link.master else []),
        f"ip link set {link.name} up",
    ]
    about = f"network {vxlan['id']}, port {vxlan['port']}" + (f", to {vxlan['remote']}" if vxlan.get("remote") else "")
    return Change(
        tuple(map(netns.command, lines)), f"make {link.name} of {netns.label} anew, as its far end is: {about}"
    )
