"""What the lab adds to the words of a loss: who sent it there, which entry said so, which setting stands behind it.

A remark follows the reason after a semicolon.  It is made from the walk and from what the walk points to; it decides
nothing, and where nothing more is known there is none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.dropreason import DropReason
from vnetsim.observations import Link
from vnetsim.reach.diagnosis.neighbourhood import misled
from vnetsim.reach.endpoints.places import Place, Places, conf
from vnetsim.reach.walks.loss import Loss, rule_text
from vnetsim.reach.walks.packets import content, ip_packet, own
from vnetsim.trace import Event, Filtered, Made, Received, Routed, Transmitted
from vnetsim.wire.arp import Arp
from vnetsim.wire.inet import Address, Prefix

if TYPE_CHECKING:
    from vnetsim.reach.probing.probes import Verdict

#: Devices that share the card below them.
SHARING: Final = ("macvlan", "ipvlan")


def annotation(places: Places, verdict: Verdict, loss: Loss) -> str:
    """What is to be added about a loss, with its semicolon; "" for nothing."""
    about = _ABOUT.get(loss.reason)
    words = "" if about is None else about(places, own(verdict.events, loss.packet), loss)
    return f"; {words}" if words else ""


def passed_before(way: list[Event], loss: Loss) -> list[tuple[str, str]]:
    """Where the packet was sent on before it ended, and by which route: namespace and words, without repetitions."""
    before = way[: way.index(loss.event)]
    return list(dict.fromkeys((event.namespace, event.words) for event in before if isinstance(event, Routed)))


def _came_back(places: Places, way: list[Event], loss: Loss) -> str:
    """A host that does not forward: the packet was its own and came back, or was not meant for it."""
    if not any(isinstance(event, Made) and event.namespace == loss.event.namespace for event in way):
        return misled(places, way, loss) or _sent_by_rule(places, way, loss)
    passed = passed_before(way, loss)
    if not passed or passed[-1][0] == loss.event.namespace:
        return ""
    return f"it came back: {passed[-1][0]} sent it by its route {passed[-1][1]}"


def _sent_by_rule(places: Places, way: list[Event], loss: Loss) -> str:
    """That a routing rule which somebody made sent it there."""
    before = way[: way.index(loss.event)]
    sent = next((event for event in reversed(before) if isinstance(event, Routed)), None)
    place = None if sent is None else places.find(sent.namespace)
    packet = content(way)
    if sent is None or place is None or packet is None:
        return ""
    for rule in place.network.routing_rules(packet.source.version):
        is_about = (rule.source is None or packet.source in rule.source) and (
            rule.destination is None or packet.destination in rule.destination
        )
        is_plain = not rule.negated and rule.in_device is None and rule.out_device is None and rule.mark is None
        if rule.priority not in _KERNELS and rule.action == "lookup" and is_about and is_plain:
            return f"{place.label} sent it there by its routing rule {rule.priority} ({sent.words})"
    return ""


#: Priorities of the kernel's own routing rules.
_KERNELS: Final = (0, 32766, 32767)


def _used_up(_places: Places, way: list[Event], loss: Loss) -> str:
    for event in way:
        for hit in event.hits if isinstance(event, Filtered) and event.table == "mangle" else ():
            if "-j TTL" in str(hit.rule) or "-j HL" in str(hit.rule):
                return f"{event.namespace} changed it: mangle {hit.chain} rule {hit.number}: {rule_text(hit)}"
    passed = passed_before(way, loss)
    routers = [event.namespace for event in way if isinstance(event, Routed)]
    circle = [f"{name} by {words}" for name, words in passed if routers.count(name) > 1]
    if circle:
        return f"it goes round: {', '.join(circle)}"
    made = next((event.content for event in way if isinstance(event, Made)), None)
    began = getattr(made, "ttl", getattr(made, "hop_limit", None))
    return f"it began with {began}" if began is not None else ""


def _not_for_us(places: Places, way: list[Event], loss: Loss) -> str:
    """Whose neighbour entry it was that named another card."""
    frame = loss.event.frame
    sent = [event for event in way if isinstance(event, Transmitted) and ip_packet(event) is not None]
    place = places.find(sent[-1].namespace) if sent else None
    if frame is None or not sent:
        return ""
    for event in reversed(sent):
        place = places.find(event.namespace)
        for entry in place.network.neighbours() if place is not None else ():
            if entry.mac == frame.destination:
                mine = places.find(loss.event.namespace)
                link = None if mine is None else mine.link(loss.event.device)
                has = f", and {link.name} has {link.mac}" if link is not None else ""
                entry_words = f"{entry.address} at {entry.mac} ({entry.state.lower()} neighbour entry)"
                return f"{event.namespace} knows {entry_words}{has}"
    return ""


def _no_port(places: Places, _way: list[Event], loss: Loss) -> str:
    """Two cards with one address."""
    frame = loss.event.frame
    cards = [
        f"{link.name} of {place.label}" for place in places for link in place.links()
        if frame is not None and link.mac == frame.destination and link.kind not in ("bridge", *SHARING)
    ]  # fmt: skip
    if frame is not None and len(cards) > 1:
        return f"{' and '.join(cards)} have the same address {frame.destination}"
    if "behind the port it came from" in loss.event.detail:
        return f"it would have to go back by {loss.event.device}, whose hairpin mode is off"
    return ""


def _port_state(places: Places, _way: list[Event], loss: Loss) -> str:
    place = places.find(loss.event.namespace)
    link = None if place is None else place.link(loss.event.device)
    if place is None or link is None:
        return ""
    bridge = place.link(link.master) if link.master else None
    down = next((each for each in (bridge, link) if each is not None and "UP" not in each.flags), None)
    return f"{down.name} is down" if down is not None else ""


def _too_long(places: Places, _way: list[Event], loss: Loss) -> str:
    length = 0 if loss.event.frame is None else loss.event.frame.length
    for place in places:
        for link in place.links():
            if link.name == loss.event.device and link.mtu + 14 < length:
                return f"{link.name} of {place.label} has an MTU of {link.mtu}"
    return ""


def _filtered(places: Places, way: list[Event], loss: Loss) -> str:
    """That it was a bridged frame, or no longer what was sent: rules speak of the packet as they see it."""
    before = way[: way.index(loss.event)]
    here = [event for event in before if event.namespace == loss.event.namespace]
    if loss.decider.hook == "FORWARD" and not any(isinstance(event, Routed) for event in here):
        place = places.find(loss.event.namespace)
        packet = content([loss.event]) or content(way)
        six = packet is not None and packet.source.version == 6
        key = f"net.bridge.bridge-nf-call-ip{'6' if six else ''}tables"
        if place is not None and place.sysctl_value(key):
            return f"bridged frames pass there too ({key} = 1)"
    made = next((event.content for event in before if isinstance(event, Made)), None)
    now = content([loss.event])
    if made is None or now is None or now.destination == getattr(made, "destination", now.destination):
        return ""
    port = getattr(now.payload, "destination_port", None)
    return f"its destination had been translated to {now.destination}{f' port {port}' if port is not None else ''}"


def downed(place: Place | None, address: Address) -> str:
    """That the device which has the network of an address is down, and its route gone with it."""
    for entry in place.addresses(address.version) if place is not None else ():
        link = None if place is None else place.link(entry.device)
        if link is not None and "UP" not in link.flags and address in Prefix.of(entry.address, entry.length):
            return f"{link.name}, which has {entry.address}/{entry.length}, is down"
    return ""


def _no_route(places: Places, way: list[Event], loss: Loss) -> str:
    packet = content([loss.event]) or content(way)
    if packet is None or not packet.source.is_loopback or packet.source.version != 4:
        if packet is None:
            return ""
        return downed(places.find(loss.event.namespace), packet.destination) or misled(places, way, loss)
    return f"what comes from {packet.source} leaves only by devices with route_localnet = 1"


def _martian(places: Places, way: list[Event], loss: Loss) -> str:
    """A destination of 127.0.0.0/8, or a source that is the host's own: mostly because of a translation."""
    packet, place = content([loss.event]) or content(way), places.find(loss.event.namespace)
    asked = None if loss.event.frame is None else loss.event.frame.payload
    if place is not None and isinstance(asked, Arp) and place.has(asked.sender_ip):
        return f"{place.label} has the address {asked.sender_ip}, too"
    if packet is None or place is None:
        return ""
    if packet.destination.is_loopback and packet.destination.version == 4:
        key = conf(loss.event.device, "route_localnet")
        return f"it was translated to {packet.destination}, and does not come in by a device with {key} = 0"
    if place.has(packet.source):
        return f"{packet.source} is its own address: it was sent back to {place.label}, and nobody masqueraded it"
    return ""


def _nowhere(places: Places, _way: list[Event], loss: Loss) -> str:
    packet = content([loss.event])
    place = places.find(loss.event.namespace)
    if packet is None or place is None:
        return ""
    return beside(places, place, loss.event.device, packet.destination)


_ABOUT: Final[dict[DropReason, Callable[[Places, list[Event], Loss], str]]] = {
    DropReason.IP_INADDRERRORS: _came_back,
    DropReason.TTL_EXCEEDED: _used_up,
    DropReason.OTHERHOST: _not_for_us,
    DropReason.NO_TX_TARGET: _no_port,
    DropReason.BRIDGE_INGRESS_STP_STATE: _port_state,
    DropReason.PKT_TOO_BIG: _too_long,
    DropReason.NETFILTER_DROP: _filtered,
    DropReason.NETFILTER_REJECT: _filtered,
    DropReason.IP_INNOROUTES: _no_route,
    DropReason.NO_PEER: _nowhere,
    DropReason.IP_INVALID_SOURCE: _martian,
}


# --- devices that share a card ---------------------------------------------------------------------------------------


def sharing(places: Places) -> Iterator[tuple[Place, Link, Place, Link]]:
    """macvlan and ipvlan devices, and the cards that they share, each with its place."""
    for place in places:
        for link in place.links():
            if link.kind in SHARING:
                lower = _lower(places, place, link)
                if lower is not None:
                    yield place, link, *lower


def _lower(places: Places, place: Place, link: Link) -> tuple[Place, Link] | None:
    """The device below another one, which may be in another namespace (then only its number is known here)."""
    if link.peer_name is not None:
        below = place.link(link.peer_name)
        return None if below is None else (place, below)
    named = [each for each in places if link.peer_netns is None or each.endpoint.name == link.peer_netns]
    for each in sorted(named, key=lambda other: other.endpoint.kind != "host"):
        for below in each.links():
            if each is not place and below.index == link.peer_index and below.kind not in SHARING:
                return each, below
    return None


def beside(places: Places, place: Place, device: str, address: Address) -> str:
    """That an address is on a device that shares the card, or another one's, and cannot be reached by it."""
    found = [each for each in sharing(places) if any(e.address == address and e.device == each[1].name
                                                     for e in each[0].addresses())]  # fmt: skip
    for upper_place, upper, below_place, below in sharing(places):
        if upper_place is place and upper.name == device and below_place.has(address):
            return f"{address} is on {below_place.label}, and {device} is upon its {below.name}: {_APART}"
    for owner, link, below_place, below in found:
        if below_place is place and below.name == device:
            kind = f"{'an' if link.kind == 'ipvlan' else 'a'} {link.kind} of {device}"
            return f"{address} is on {link.name} of {owner.label}, {kind}: {_APART}"
        for other, mine, mine_place, mine_below in sharing(places):
            if other is place and mine.name == device and (mine_place, mine_below) == (below_place, below):
                modes = ", ".join(dict.fromkeys(_mode(each) for each in (mine, link)))
                return f"both are {link.kind}s of {below.name}, and do not reach each other by it ({modes})"
    return ""


def one_segment(places: Places, verdict: Verdict) -> str:
    """That what left by the card below one device came back by the card below another one of the same host."""
    way = own(verdict.events, verdict.request or 0)
    sent = [(event.namespace, event.device) for event in way if isinstance(event, Transmitted)]
    came = [(event.namespace, event.device) for event in way if isinstance(event, Received)]
    cards = [(below_place, below.name, (place.label, link.name)) for place, link, below_place, below in sharing(places)]
    for place, out, upper in cards:
        for other, back, far in cards:
            crossed = (place.label, out) in sent and (place.label, back) in came and upper in sent and far in came
            if other is place and out != back and crossed:
                return (
                    f"it left by {out} of {place.label} and came back by {back}: both cards are on one segment, "
                    "and a network of its own upon each does not keep them apart"
                )
    return ""


_APART: Final = "the device below and those upon it do not reach each other"


def _mode(link: Link) -> str:
    mode = str(link.details.get("mode", ""))
    flag = next((flag for flag in ("private", "vepa") if link.details.get(flag)), "")
    return f"mode {mode}{f' {flag}' if flag else ''}"
