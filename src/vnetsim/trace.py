"""What happened, in order.  Events are values; nothing here decides anything.

Everything a person can see beyond a program's output (captures, explanations, pictures) is a function of these.
"""

from __future__ import annotations

import enum
from typing import TypeAlias

import attrs

from vnetsim.netfilter.evaluate import Hit
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Frame


class Reason(enum.Enum):
    """Every way in which a packet can end without arriving.  The value is the sentence for people."""

    DEVICE_DOWN = "the device is down"
    NO_CARRIER = "the device has no carrier"
    TOO_BIG = "the frame is longer than the receiving device takes"
    NOT_FOR_US = "the frame is addressed to another station"
    PORT_STATE = "the bridge port does not forward in its state"
    PORT_POLICY = "a flag of the bridge port forbids it"
    INVALID_SOURCE = "the frame's source address cannot be one"
    NO_PORT = "the bridge knows no other port to send it to"
    UNKNOWN_PROTOCOL = "nobody here handles this protocol"
    MALFORMED = "the packet makes no sense"
    FILTERED = "a netfilter rule or policy dropped it"
    REJECTED = "a netfilter rule rejected it"
    NO_ROUTE = "no route leads to its destination"
    UNREACHABLE_ROUTE = "a route says that its destination is unreachable"
    BLACKHOLE_ROUTE = "a blackhole route swallowed it"
    PROHIBITED_ROUTE = "a route prohibits its destination"
    NOT_FORWARDING = "this host does not forward"
    MARTIAN_SOURCE = "its source address cannot come from there"
    REVERSE_PATH = "the reverse path filter dropped it"
    TTL_EXCEEDED = "its time to live was used up"
    FRAGMENTATION_NEEDED = "it does not fit and must not be fragmented"
    REASSEMBLY_FAILED = "its fragments did not all arrive in time"
    NEIGHBOUR_FAILED = "nobody answered ARP for the next hop"
    NEIGHBOUR_QUEUE_FULL = "too many packets wait for the next hop's address"
    NO_SOCKET = "no socket listens there"
    SOCKET_BUFFER_FULL = "the socket's buffer is full"
    ARP_IGNORED = "this host does not answer such ARP requests"
    ECHO_IGNORED = "this host ignores such echo requests"
    RATE_LIMITED = "ICMP errors to that host are rate limited"
    BACKLOG_FULL = "the machine's backlog is full"
    QUEUE_FULL = "the device's queueing discipline has no room for it"
    LEADS_NOWHERE = "the device leads nowhere"
    TUNNEL = "the tunnel does not lead anywhere"
    DEAD_LOOP = "devices that stand on each other send it round and round"
    LOST = "the cable lost it"


@attrs.frozen(kw_only=True)
class _Event:
    at: int  #: nanoseconds since the machine started
    namespace: str  #: how a person would name it: `host`, `ns1`, `tomcat01`
    device: str  #: "" where no device is involved
    packet: int  #: identity of the journey; survives bridges, forwarding and NAT


@attrs.frozen(kw_only=True)
class Made(_Event):
    """A packet of IP or ARP begins its journey here; `about` is the packet on which it is a report, 0 for none."""

    content: ipv4.Packet | ipv6.Packet | Arp
    about: int = 0

    def __str__(self) -> str:
        if isinstance(self.content, Arp):
            return f"is made: {self.content}"
        return f"is made: {self.content.source} > {self.content.destination}"


@attrs.frozen(kw_only=True)
class Transmitted(_Event):
    frame: Frame

    def __str__(self) -> str:
        return f"leaves {self.device}: {self.frame}"


@attrs.frozen(kw_only=True)
class Received(_Event):
    frame: Frame

    def __str__(self) -> str:
        return f"arrives on {self.device}: {self.frame}"


@attrs.frozen(kw_only=True)
class Filtered(_Event):
    """A netfilter table was walked; `hits` are the rules that matched, in order."""

    hook: str
    table: str
    verdict: str
    hits: tuple[Hit, ...]

    def __str__(self) -> str:
        why = f"{self.hits[-1]}" if self.hits else "policy"
        return f"{self.table} {self.hook}: {self.verdict} ({why})"


@attrs.frozen(kw_only=True)
class Routed(_Event):
    """A route was found; `words` tell it as `ip route` prints it."""

    words: str

    def __str__(self) -> str:
        return f"route: {self.words}"


@attrs.frozen(kw_only=True)
class Waiting(_Event):
    """The packet waits until the next hop's link-layer address is known."""

    hop: str

    def __str__(self) -> str:
        return f"waits for the link-layer address of {self.hop}"


@attrs.frozen(kw_only=True)
class Delivered(_Event):
    to: str

    def __str__(self) -> str:
        return f"delivered to {self.to}"


@attrs.frozen(kw_only=True)
class Dropped(_Event):
    reason: Reason
    detail: str = ""
    #: As it was when it ended, translated where it was translated.
    frame: Frame | None = attrs.field(default=None, eq=False, repr=False)

    def __str__(self) -> str:
        return f"dropped: {self.reason.value}" + (f" ({self.detail})" if self.detail else "")


Event: TypeAlias = Made | Transmitted | Received | Filtered | Routed | Waiting | Delivered | Dropped
