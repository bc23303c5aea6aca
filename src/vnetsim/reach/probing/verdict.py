"""What became of a question: an outcome, and the packets that tell how far it came."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from vnetsim.errors import Errno
from vnetsim.programs.iputils.ping.pr_icmph import describe
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.trace import Delivered, Dropped, Event, Made
from vnetsim.values import frozen
from vnetsim.wire.arp import Arp
from vnetsim.wire.icmp import Icmp
from vnetsim.wire.icmpv6 import Icmpv6
from vnetsim.wire.inet import Address
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp


class Outcome(enum.Enum):
    """How a question was answered; the value is the text in reports."""

    ANSWERED = "answered"
    DELIVERED = "delivered"  #: a datagram reached a socket, which need not answer
    REFUSED = "refused"  #: RST
    ERROR = "ICMP error"
    SILENT = "no answer"
    NOT_SENT = "not sent"  #: the sender's own kernel refused
    NO_NAME = "name not resolved"
    UNKNOWN = "not known"  #: the packet, or what it meets, is not modelled, or frames circled
    NOBODY = "nobody to send it to"  #: or from: a container that does not run, or has no address


def socket_outcome(errno: Errno, *, made: bool) -> Outcome:
    """What a client concludes from the error of its socket; `made` is whether a packet was made.

    A reset and an ICMP port unreachable are both ECONNREFUSED (tcp_v4_err), also if the client's own host rejects it.
    """
    if not made or errno in (Errno.EPERM, Errno.EMSGSIZE):
        return Outcome.NOT_SENT
    if errno in (Errno.ECONNREFUSED, Errno.ECONNRESET):
        return Outcome.REFUSED
    return Outcome.SILENT if errno is Errno.ETIMEDOUT else Outcome.ERROR


def error_text(message: Icmp | Icmpv6) -> str:
    """An ICMP error as ping prints it."""
    return describe(4 if isinstance(message, Icmp) else 6, message.type, message.code, message.rest)


@frozen(kw_only=True)
class ProbeVerdict:
    """What became of a question.

    `address` is where it was sent; `errno` the error of the sender's socket; `message` the ICMP error that it received,
    from `origin`.  `packets` are the identities of what was sent, `events` all that happened meanwhile (none if
    the trace was off).  `closed`: a connection was accepted, and closed again at once without data.
    """

    question: ReachQuestion
    outcome: Outcome
    source: Address | None = None
    address: Address | None = None
    errno: Errno | None = None
    text: str = ""
    message: Icmp | Icmpv6 | None = None
    origin: Address | None = None
    packets: tuple[int, ...] = ()
    closed: bool = False
    seconds: float = 0.0
    events: tuple[Event, ...] = attrs.field(default=(), repr=False)

    @property
    def arrives(self) -> bool:
        return self.outcome in (Outcome.ANSWERED, Outcome.DELIVERED)

    def __bool__(self) -> bool:
        return self.arrives

    @property
    def request(self) -> int | None:
        """The identity of the packet that the verdict is about: the first that was sent; None if none was."""
        return self.packets[0] if self.packets else None

    def journey(self, packet: int) -> list[Event]:
        """What happened to one packet, in order."""
        return [event for event in self.events if event.packet == packet]

    def ending(self, packet: int) -> Dropped | Delivered | None:
        """The last thing known of a packet, if that is its end."""
        own = [event for event in self.journey(packet) if isinstance(event, Dropped | Delivered)]
        return own[-1] if own else None

    def replies(self, events: Sequence[Event] | None = None) -> list[Made]:
        """Packets that the end of a request, or its death, gave rise to: answers, resets, ICMP errors; in order.

        `events` are the milestones, for a caller who knows them.
        """
        events = milestones(self.events) if events is None else events
        return [event for packet in self.packets for event in _replies(events, packet)]

    @property
    def reply(self) -> int | None:
        """The identity of the answer; None if none was made."""
        made = self.replies()
        return made[0].packet if made else None

    @property
    def died(self) -> str | None:
        """Which packet did not arrive: `request`, `reply`, or None where both did or nothing was sent."""
        for name, packet in (("request", self.request), ("reply", self.reply)):
            if packet is not None and not isinstance(self.ending(packet), Delivered):
                return name
        return None


def milestones(events: Iterable[Event]) -> list[Event]:
    """The beginnings and ends of packets."""
    return [event for event in events if isinstance(event, Made | Delivered | Dropped)]


def _replies(events: Iterable[Event], request: int) -> list[Made]:
    """What was made because of `request`: reports on it, and what its receiver sent at once to its sender."""
    found: list[Made] = []
    end: Event | None = None
    talks = None
    for event in events:
        if event.packet == request:
            if isinstance(event, Made):
                talks = event.content
            elif isinstance(event, Delivered | Dropped):
                end = event
        elif isinstance(event, Made) and (event.about == request or _answers(event, end, talks)):
            found.append(event)
    return found


def _answers(made: Made, end: Event | None, request: Any) -> bool:
    """Whether a packet is an answer of the receiver of `request`: from its namespace, at the same time, of its kind."""
    if end is None or request is None or made.at != end.at or made.namespace != end.namespace:
        return False
    if isinstance(made.content, Arp) or isinstance(request, Arp):
        return False
    sent, replied = request.payload, made.content.payload
    if isinstance(sent, Tcp):
        return isinstance(replied, Tcp) and replied.destination_port == sent.source_port
    if isinstance(replied, Tcp | Udp):
        return False
    return isinstance(replied, Icmp | Icmpv6)
