"""From a verdict to a reason: which packet was lost, where, why, and what decided it.

The reason comes from the walk; the lab is only looked at for what the walk points to (whose address was asked for in
vain, who listens where nobody answered).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim import dropreason
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno
from vnetsim.observations import SocketEntry
from vnetsim.reach.diagnosis import bypassed, membership
from vnetsim.reach.diagnosis.annotations import annotation, beside, downed, one_segment
from vnetsim.reach.diagnosis.naming import Naming
from vnetsim.reach.diagnosis.neighbourhood import proxies, tunnelled
from vnetsim.reach.endpoints.endpoints import Endpoint, Question, state_of
from vnetsim.reach.endpoints.name_lookup import networks, written
from vnetsim.reach.endpoints.places import Place, Places, conf
from vnetsim.reach.probing.probes import Outcome, Verdict
from vnetsim.reach.walks.loss import Decider, Loss, arrival, loss_of, losses
from vnetsim.reach.walks.packets import content, own
from vnetsim.reach.walks.resolution import Resolution, resolution
from vnetsim.trace import Delivered, Event, Made, Routed
from vnetsim.wire.arp import Arp
from vnetsim.wire.inet import Address, IPv4
from vnetsim.wire.tcp import ACK, SYN, Tcp

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: Where the engine's name service listens in containers.
_EMBEDDED: Final = IPv4.parse("127.0.0.11")
#: default, main and local.
_OWN_TABLES: Final = (253, 254, 255)
#: Refusals that tell of a route of the sender's own.
_BY_ROUTE: Final = {Errno.EACCES: "prohibit", Errno.EINVAL: "blackhole", Errno.EHOSTUNREACH: "unreachable"}


@attrs.frozen(kw_only=True)
class Diagnosis:
    """Why a question was answered as it was.

    `code` is one of dropreason.CODES; `packet` tells which one was lost (request, reply, error, "" for none);
    `namespace` and `device` where; `lost` all that was lost, the first being what decided; `route` is where the
    request went, as far as `address`.
    """

    verdict: Verdict
    code: str
    sentence: str
    decider: Decider | None = None
    packet: str = ""
    namespace: str = ""
    device: str = ""
    lost: tuple[Loss, ...] = ()
    resolution: Resolution | None = None
    from_hosts: bool = False  #: a name's address is that of a line in /etc/hosts

    @property
    def question(self) -> Question:
        return self.verdict.question

    @property
    def arrives(self) -> bool:
        return self.code == dropreason.ARRIVES

    @property
    def spot(self) -> tuple[str, str, str, str]:
        """What tells this ending from another one."""
        return self.code, self.namespace, self.device, "" if self.decider is None else str(self.decider)


def diagnose(lab: Lab, verdict: Verdict, places: Places | None = None) -> Diagnosis:
    """The reason of a verdict that was asked with `watch` and `settle`; `lab` is the one that was asked."""
    return _Diagnostician(lab, verdict, places or Places(lab)).diagnosis()


class _Diagnostician:
    def __init__(self, lab: Lab, verdict: Verdict, places: Places) -> None:
        self._lab, self._verdict, self._places = lab, verdict, places
        self._question = verdict.question

    def diagnosis(self) -> Diagnosis:
        verdict = self._verdict
        if verdict.outcome is Outcome.NO_NAME:
            return self._no_name()
        if verdict.outcome is Outcome.NOBODY:
            return self._nobody()
        if verdict.arrives:
            return self._elsewhere() or self._behind_proxy() or self._arrived()
        lost = losses(verdict)
        if lost:
            return self._lost(lost)
        if verdict.outcome is Outcome.NOT_SENT:
            return self._not_sent()
        return self._unanswered()

    def _made(self, code: str, sentence: str, decider: Decider | None = None, **more: object) -> Diagnosis:
        verdict, target = self._verdict, self._question.target
        named = target.kind == "name" and verdict.address is not None
        if named and written(self._lab, self._question.sender, target.name, verdict.address):  # type: ignore[arg-type]
            more["from_hosts"] = True
            if code != dropreason.ARRIVES:
                sentence += (
                    f"; that {target.name} is {verdict.address} says /etc/hosts of {self._question.sender.short}"
                )
        elif named:
            others = Naming(self._lab, self._places, self._question.sender, target.name).others(verdict.address)  # type: ignore[arg-type]
            sentence += f"; {others}" if others else ""
        return Diagnosis(verdict=verdict, code=code, sentence=sentence, decider=decider, **more)  # type: ignore[arg-type]

    # --- no packet ---------------------------------------------------------------------------------------------------

    def _no_name(self) -> Diagnosis:
        target, sender = self._question.target, self._question.sender
        text = f"{sender.short} cannot resolve the name {target.name}: {self._verdict.words}"
        text += "".join(f"; {words}" for words in Naming(self._lab, self._places, sender, target.name).unresolved())
        decider = Decider("name", f"{target.name}: {self._verdict.words}")
        return self._made(DropReason.NAME_NOT_RESOLVED.code, text, decider, namespace=self._label(sender))

    def _nobody(self) -> Diagnosis:
        sender, target = self._question.sender, self._question.target
        decider = Decider("container" if target.kind == "container" else "address", self._verdict.words)
        for end in (sender, target):
            if state_of(self._lab, end) != "running":
                return self._made(
                    DropReason.CONTAINER_NOT_RUNNING.code, self._verdict.words + self._last_words(end), decider
                )
        place = self._places.of(target)
        words = self._verdict.words + ("; it has no device but lo" if place is not None and not place.links() else "")
        return self._made(DropReason.NO_ADDRESS.code, words, decider, namespace=self._label(target))

    def _last_words(self, target: Endpoint) -> str:
        """What the container said, or the engine said of it, before it ended."""
        state = self._lab.docker.container_inspect(target.name)["State"]
        said = [text for _, text in self._lab.docker.container_logs(target.name)]
        words = state.get("Error") or "".join(said).strip().rpartition("\n")[2]
        return f" (it said: {words.strip()})" if words.strip() else ""

    def _not_sent(self) -> Diagnosis:
        verdict = self._verdict
        errno = verdict.errno or Errno.ENETUNREACH
        code = dropreason.REFUSALS.get(errno, DropReason.NOT_SPECIFIED).code
        where = self._label(self._question.sender)
        route = _matching_route(self._places.find(where), verdict.address, _BY_ROUTE.get(errno))
        if errno is Errno.EMSGSIZE:
            narrow = self._narrow(self._places.find(where))
            words = f"the packet is longer than the MTU, and must not be fragmented{f' ({narrow})' if narrow else ''}"
            return self._made(
                code, f"{where}: {words}", Decider("device", narrow or words), packet="request", namespace=where
            )
        text = route or f"no route to {verdict.address}"
        if not route:
            text = _matching_rule(self._places.find(where), errno) or text
        if errno is Errno.EACCES and "rule" not in text and not route:
            text = f"{verdict.address} is a broadcast address"
        if errno is Errno.EADDRNOTAVAIL:
            text = f"{where} has no address from which to speak to {verdict.address}"
        sentence = f"{where} cannot send to {verdict.address}: {errno.words} ({text})"
        if code == DropReason.IP_OUTNOROUTES.code:
            sentence += _after("; ", self._shut_in(self._places.find(where)))
            sentence += _after("; ", self._downed(self._places.find(where), verdict.address))
        return self._made(code, sentence, Decider("route", text), packet="request", namespace=where)

    def _shut_in(self, place: Place | None) -> str:
        """That the sender has no address of this family, or is on internal networks only."""
        address = self._verdict.address
        if place is not None and address is not None and address.version == 6 and not place.addresses(6):
            return f"{place.label} has no IPv6 address"
        return membership.shut_in(self._lab, self._question.sender)

    def _downed(self, place: Place | None, address: Address | None) -> str:
        return "" if address is None else downed(place, address)

    def _narrow(self, place: Place | None) -> str:
        """What the sender's own packets must fit into: the MTU of a route, or of its device."""
        address = self._verdict.address
        if place is None or address is None:
            return ""
        for route in sorted(place.network.routes(address.version), key=lambda each: -each.destination.length):
            device = route.hops[0].device if route.hops else None
            link = None if device is None else place.link(device)
            if link is None or address not in route.destination:
                continue
            if route.mtu is not None and route.mtu < link.mtu:
                return f"route {route.destination if route.destination.length else 'default'} mtu {route.mtu}"
            path = place.network.route_get(address).mtu
            if path is not None and path < link.mtu:
                return f"the path to {address} takes {path}, as a router told; {link.name} mtu {link.mtu}"
            return f"{link.name} mtu {link.mtu}"
        return ""

    # --- arrived, but ------------------------------------------------------------------------------------------------

    def _elsewhere(self) -> Diagnosis | None:
        """Somebody else has the address too, and got it."""
        arrived = arrival(self._verdict)
        words = "" if arrived is None else self._twin(arrived.namespace)
        if arrived is None or not words:
            return None
        return self._made(
            DropReason.DUPLICATE_ADDRESS.code, words,
            Decider("address", f"{self._verdict.address} is on {arrived.namespace} too"),
            packet="request", namespace=arrived.namespace, device=arrived.device,
        )  # fmt: skip

    def _behind_proxy(self) -> Diagnosis | None:
        """A proxy took the connection; what became of the one that it makes in its turn counts."""
        arrived = arrival(self._verdict)
        if arrived is None or not self._verdict.closed:
            return None
        for made in _connections(self._verdict.events, arrived):
            lost = loss_of(self._verdict.events, made.packet, "request")
            if lost is not None:
                found = self._lost([lost])
                words = f"docker-proxy took the connection, and could not make its own: {found.sentence}"
                return attrs.evolve(found, sentence=words)
        return None

    def _arrived(self) -> Diagnosis:
        arrived = arrival(self._verdict)
        words = self._verdict.outcome.value
        if arrived is not None:
            words = f"{arrived.namespace}: reached {arrived.to}{self._about_receiver(arrived)}"
            words += _after("; ", bypassed.protection(self._places, self._verdict, arrived) or self._past(arrived))
            words += _after("; ", bypassed.still_tracked(self._places, self._verdict, arrived))
            words += _after("; ", one_segment(self._places, self._verdict))
        return self._made(dropreason.ARRIVES, words, namespace="" if arrived is None else arrived.namespace)

    def _past(self, arrived: Delivered) -> str:
        """That an internal network is shut off from other networks, and not from the host itself."""
        place = self._places.find(arrived.namespace)
        if place is None or place.endpoint.kind != "host" or not membership.shut_in(self._lab, self._question.sender):
            return ""
        names = " and ".join(networks(self._lab, self._question.sender.name))
        return f"{names} is internal, which forbids forwarding, and not the host itself"

    def _about_receiver(self, arrived: Delivered) -> str:
        """That nobody reads there; that it is a proxy, and whom that asks in its turn."""
        place = self._places.find(arrived.namespace)
        if place is None:
            return ""
        if place.endpoint.kind == "container" and state_of(self._lab, place.endpoint) == "paused":
            return f"; {place.label} is paused: its kernel answers, its programs do not"
        port = self._question.probe.port
        here = [entry for entry in listeners(place) if entry.local_port == port and entry.process == "docker-proxy"]
        onwards = next(_connections(self._verdict.events, arrived), None) if here else None
        if onwards is None or isinstance(onwards.content, Arp):
            return ""
        behind = self._places.owner(onwards.content.destination)
        who = "" if behind is None else f" of {behind.label}"
        segment = onwards.content.payload
        return f" of docker-proxy, which connects to {onwards.content.destination}:{segment.destination_port}{who}"  # type: ignore[union-attr]

    # --- lost --------------------------------------------------------------------------------------------------------

    def _lost(self, lost: list[Loss]) -> Diagnosis:
        first = lost[0]
        event = first.event
        found = resolution(self._verdict.events, first) if first.reason is DropReason.NEIGH_FAILED else None
        place = f"{event.namespace}, {event.device}" if event.device else event.namespace
        words = f"{place}: {self._words(first, found)}"
        if first.role == "reply":
            words = f"the request arrived, its answer did not: {words}"
        code, words = self._taken(first, words)
        words += _after("; ", bypassed.translation(self._places, self._verdict, first))
        words += _after("; ", bypassed.remembered(self._places, self._verdict))
        words += self._about_gateway(first)
        later = [each for each in lost[1:] if each.role == "error"]
        if later:
            words += f"; the ICMP error about it was lost too ({later[0].event.namespace}: {later[0].decider})"
        if found is not None and found.lost is not None:
            lost = [first, found.lost, *lost[1:]]
        return self._made(
            code, words, first.decider, packet=first.role, namespace=event.namespace,
            device=event.device, lost=tuple(lost), resolution=found,
        )  # fmt: skip

    def _taken(self, loss: Loss, words: str) -> tuple[str, str]:
        """The code, and the words: that it was lost at somebody else who has the address too, if so."""
        taken = self._twin(loss.event.namespace) if loss.role == "request" else ""
        return (DropReason.DUPLICATE_ADDRESS.code, f"{taken}; {words}") if taken else (loss.reason.code, words)

    def _twin(self, namespace: str) -> str:
        """That another one than who was asked has the address, too, and got the packet."""
        here, wanted = self._places.find(namespace), self._places.of(self._question.target)
        address = self._verdict.address
        if here is None or wanted is None or here is wanted or address is None or address.is_loopback:
            return ""
        if not (here.has(address) and wanted.has(address)):
            return ""
        return f"{here.label} has the address {address} too, and it got the packet, not {wanted.label}"

    def _about_gateway(self, loss: Loss) -> str:
        """Which of a container's networks its default gateway is of, where a packet was lost beyond it."""
        if (
            loss.reason in (DropReason.NO_SOCKET, DropReason.ICMP_ECHO_IGNORED)
            or loss.role == "error"
            or not self._lab.has_engine
        ):
            return ""
        return _after("; ", membership.gateway(self._lab, self._places, self._verdict))

    def _words(self, loss: Loss, found: Resolution | None) -> str:
        if found is not None:
            return self._about_neighbour(found)
        return self._plainly(loss) + annotation(self._places, self._verdict, loss)

    def _plainly(self, loss: Loss) -> str:
        if loss.reason is DropReason.IP_INVALID_SOURCE:
            packet = content([loss.event])
            local = packet is not None and packet.destination.is_loopback
            return f"{_MARTIAN_DESTINATION if local else loss.reason.value} ({loss.decider})"
        if loss.reason is DropReason.NO_SOCKET:
            return f"{loss.reason.value}: {loss.decider}{self._about_sockets(loss)}"
        if loss.decider.kind == "sysctl":
            return f"{loss.reason.value} ({self._about_sysctl(loss)})"
        text = str(loss.decider)
        if loss.decider.kind == "device" and loss.event.detail and loss.reason is not DropReason.ICMP_FRAG_NEEDED:
            text = loss.event.detail
        if loss.reason in _BY_RULE and not loss.event.detail:
            text = _matching_rule(self._places.find(loss.event.namespace), _BY_RULE[loss.reason]) or text
        return f"{loss.reason.value} ({text})" if text and text != loss.event.device else loss.reason.value

    def _about_sysctl(self, loss: Loss) -> str:
        place = self._places.find(loss.event.namespace)
        if place is None:
            return str(loss.decider)
        packet = content([event for event in self._verdict.events if event.packet == loss.packet])
        about = f", {packet.source} > {packet.destination}" if packet is not None else ""
        key = sysctl_of(place, loss)
        return f"{key} = {place.sysctl_value(key)}{about}"

    def _about_neighbour(self, found: Resolution) -> str:
        words = f"nobody answered for the next hop {found.hop}"
        owner = self._places.owner(found.hop)
        asker = self._places.find(found.namespace)
        near = "" if asker is None else beside(self._places, asker, found.device, found.hop)
        near = near or proxies(self._places, self._verdict.events, found)
        if near:
            return f"{words}: {near}"
        lost = found.lost
        if lost is not None and lost.reason is not DropReason.OTHERHOST:
            what = "the answer" if found.answered else "the question"
            where = f"{lost.event.namespace}, {lost.event.device}" if lost.event.device else lost.event.namespace
            return f"{words}: {what} was lost at {where}: {self._words(lost, None)}{self._astray(found, lost)}"
        if owner is None:
            tunnel = tunnelled(self._places, own(self._verdict.events, self._verdict.request or 0), found.hop)
            return f"{words}: no namespace here has this address{_after('; ', tunnel)}"
        if owner.label == found.namespace:
            return f"{words}: it is an address of {owner.label} itself"
        if owner.label in found.heard_by:
            link = None if asker is None else asker.link(found.device)
            port = f" by {link.name}, a port of {link.master}" if link is not None and link.master else ""
            return f"{words}: {owner.label} has it, heard the question, and did not answer{port}"
        route = self._route_at(found.namespace)
        heard = f"; heard by {', '.join(found.heard_by)}" if found.heard_by else ""
        return f"{words}: {owner.label} has it, and is not on this link{route}{heard}"

    def _astray(self, found: Resolution, lost: Loss) -> str:
        """That who has the next hop's address is elsewhere, where the question went into a link with nobody on it."""
        owner = self._places.owner(found.hop)
        if owner is None or owner.label in (found.namespace, *found.heard_by):
            return ""
        asker = self._places.find(found.namespace)
        link = None if asker is None else asker.link(found.device)
        if lost.reason is not DropReason.NO_CARRIER or link is None or link.kind != "bridge":
            return ""
        route = self._route_at(found.namespace)
        return f"; {owner.label} has it, and is not on this link{route}" if route else ""

    def _route_at(self, namespace: str) -> str:
        """The route by which the packet was sent to where the next hop is not."""
        packets = self._waiting(namespace)
        for event in self._verdict.events:
            is_sent = isinstance(event, Routed) and event.namespace == namespace and event.packet in packets
            if is_sent and not event.words.startswith("local "):  # type: ignore[union-attr]
                return f" (route: {event.words})"  # type: ignore[union-attr]
        return ""

    def _waiting(self, namespace: str) -> set[int]:
        """The packets that a namespace sent or answered."""
        replies = {each.packet for each in self._verdict.replies() if each.namespace == namespace}
        return {*self._verdict.packets, *replies}

    def _about_sockets(self, loss: Loss) -> str:
        """Who listens nearly there."""
        place = self._places.find(loss.event.namespace)
        if place is None:
            return ""
        if loss.role == "reply":
            return self._about_answer(loss)
        port = self._port(loss)
        elsewhere = self._about_loopback(place, port)
        if elsewhere:
            return elsewhere
        near = [entry for entry in listeners(place) if entry.local_port == port]
        if near:
            return f"; {near[0].process or 'a program'} listens on {_socket(near[0])} only"
        unpublished = _after("; ", self._unpublished(place, port))
        people = [entry for entry in listeners(place) if entry.process != "dockerd" and entry.local != _EMBEDDED]
        others = [_socket(entry) for entry in people]
        if unpublished and not others:
            return unpublished
        heard = f"listening there: {', '.join(dict.fromkeys(others))}" if others else "nothing listens there"
        return f"{unpublished}; {heard}"

    def _unpublished(self, place: Place, port: int) -> str:
        if not self._lab.has_engine or not port:
            return ""
        return membership.unpublished(self._lab, place, self._question.probe.protocol, port)

    def _about_loopback(self, place: Place, port: int) -> str:
        """That 127.0.0.1 is the one who asks, where others listen on that port."""
        address = self._verdict.address
        if address is None or not address.is_loopback:
            return ""
        others = [
            other.label for other in self._places
            if other is not place and any(entry.local_port == port for entry in listeners(other))
        ]  # fmt: skip
        return f"; {address} is {place.label} itself, and it is {others[0]} that listens on that port" if others else ""

    def _about_answer(self, loss: Loss) -> str:
        """An answer that nobody waits for: it does not come from where the question went."""
        packet = content(event for event in self._verdict.events if event.packet == loss.packet)
        asked = self._verdict.address
        if packet is None or asked is None or packet.source == asked:
            return ""
        return f"; it comes from {packet.source}, and {asked} was asked: it did not come back by who translated that"

    def _port(self, loss: Loss) -> int:
        packet = content([event for event in self._verdict.events if event.packet == loss.packet])
        return int(getattr(getattr(packet, "payload", None), "destination_port", 0))

    def _unanswered(self) -> Diagnosis:
        """It arrived, and nothing was made in answer; or nothing is known of its end."""
        arrived = arrival(self._verdict)
        packet = None if arrived is None else content(
            event for event in self._verdict.events if event.packet == arrived.packet
        )  # fmt: skip
        if arrived is None or packet is None:
            return self._made(DropReason.NOT_SPECIFIED.code, "no answer came, and nothing is known of the packet's end")
        words = f"no route to {packet.source}"
        place = self._places.find(arrived.namespace)
        route = _matching_route(place, packet.source, None) or words
        sentence = f"the request arrived at {arrived.namespace}, and no answer left: {route}"
        if place is not None and place.has(packet.source):
            sentence += f"; that is its own address: it was sent back to {place.label}, and nobody masqueraded it"
        sentence += _after("; ", downed(place, packet.source))
        if self._lab.has_engine:
            sentence += _after("; ", membership.gateway(self._lab, self._places, self._verdict))
        taken = self._twin(arrived.namespace)
        if taken:
            return self._made(
                DropReason.DUPLICATE_ADDRESS.code, f"{taken}; {sentence}", Decider("address", taken), packet="request",
                namespace=arrived.namespace,
            )  # fmt: skip
        return self._made(
            DropReason.IP_OUTNOROUTES.code,
            sentence,
            Decider("route", route),
            packet="reply",
            namespace=arrived.namespace,
        )

    def _label(self, endpoint: Endpoint) -> str:
        place = self._places.of(endpoint)
        return endpoint.short if place is None else place.label


#: Ends that a routing rule may be the reason of, and what it says then.
_BY_RULE: Final = {DropReason.ROUTE_PROHIBIT: Errno.EACCES, DropReason.ROUTE_BLACKHOLE: Errno.EINVAL,
                   DropReason.ROUTE_UNREACHABLE: Errno.EHOSTUNREACH}  # fmt: skip


def sysctl_of(place: Place, loss: Loss) -> str:
    """The sysctl that decided: that of the device, or the one of all devices where that is what counts."""
    key = str(loss.decider)
    if loss.reason is DropReason.IP_INADDRERRORS and place.sysctl_value(key):
        family = "ipv6" if "ipv6" in key else "ipv4"
        return conf(loss.event.device, "forwarding").replace("ipv4", family)
    every = conf("all", key.rpartition(".")[2])
    strictest = loss.reason in (DropReason.IP_RPFILTER, DropReason.ARP_IGNORED)
    return every if strictest and place.sysctl_value(every) > place.sysctl_value(key) else key


#: Where not the source of a packet is what cannot be on a wire.
_MARTIAN_DESTINATION: Final = "its destination address cannot come in there"


def _after(separator: str, words: str) -> str:
    """The words behind a separator; nothing if there are none."""
    return f"{separator}{words}" if words else ""


def _socket(entry: SocketEntry) -> str:
    local = f"[{entry.local}]" if entry.local.version == 6 else str(entry.local)
    return f"{entry.protocol} {local}:{entry.local_port}"


def listeners(place: Place) -> list[SocketEntry]:
    """Sockets that wait for connections or datagrams."""
    return [
        entry for entry in place.network.sockets()
        if entry.state == "LISTEN" or (entry.protocol == "udp" and entry.state == "UNCONN" and not entry.remote_port)
    ]  # fmt: skip


def _connections(events: tuple[Event, ...], arrived: Delivered) -> Iterator[Made]:
    """The connections that the namespace in which something arrived began afterwards."""
    for event in events:
        if isinstance(event, Made) and event.at > arrived.at and event.namespace == arrived.namespace:
            segment = getattr(event.content, "payload", None)
            if isinstance(segment, Tcp) and segment.flags & (SYN | ACK) == SYN:
                yield event


def _matching_route(place: Place | None, destination: Address | None, kind: str | None) -> str:
    """The route that refuses, in words."""
    if place is None or destination is None:
        return ""
    for route in sorted(place.network.routes(destination.version, None), key=lambda each: -each.destination.length):
        refuses = route.kind in ("blackhole", "unreachable", "prohibit") and kind in (None, route.kind)
        if refuses and destination in route.destination:
            table = "" if route.table in _OWN_TABLES else f" table {route.table}"
            return f"{route.kind} {route.destination if route.destination.length else 'default'}{table}"
    return ""


def _matching_rule(place: Place | None, errno: Errno) -> str:
    """The routing rule that refuses, in words."""
    kind = _BY_ROUTE.get(errno)
    for rule in place.network.routing_rules() if place is not None else ():
        if rule.action == kind:
            return f"routing rule {rule.priority}: {kind}"
    return ""
