"""What happened, in order.  Events are values; nothing here decides anything.

Everything a person can see beyond a program's output (captures, explanations, pictures) is a function of these.
"""

from __future__ import annotations

from typing import TypeAlias

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.netfilter.outcome import RuleHit
from vnetsim.values import frozen
from vnetsim.wire import ipv4, ipv6
from vnetsim.wire.arp import Arp
from vnetsim.wire.ethernet import Frame


@frozen(kw_only=True)
class _Event:
    at: int  #: nanoseconds since the machine started
    namespace: str  #: how a person would name it: `host`, `ns1`, `tomcat01`
    device: str  #: "" where no device is involved
    packet: int  #: identity of the journey; survives bridges, forwarding and NAT


@frozen(kw_only=True)
class Made(_Event):
    """A packet of IP or ARP begins its journey here; `about` is the packet on which it is a report, 0 for none."""

    content: ipv4.Packet | ipv6.Packet | Arp
    about: int = 0

    def __str__(self) -> str:
        if isinstance(self.content, Arp):
            return f"is made: {self.content}"
        return f"is made: {self.content.source} > {self.content.destination}"


@frozen(kw_only=True)
class Transmitted(_Event):
    frame: Frame

    def __str__(self) -> str:
        return f"leaves {self.device}: {self.frame}"


@frozen(kw_only=True)
class Received(_Event):
    frame: Frame

    def __str__(self) -> str:
        return f"arrives on {self.device}: {self.frame}"


@frozen(kw_only=True)
class Filtered(_Event):
    """A netfilter table was walked; `hits` are the rules that matched, in order; `by_policy`: none of them decided."""

    hook: str
    table: str
    verdict: str
    hits: tuple[RuleHit, ...]
    by_policy: bool = False

    def __str__(self) -> str:
        why = f"{self.hits[-1]}" if self.hits else "policy"
        return f"{self.table} {self.hook}: {self.verdict} ({why})"


@frozen(kw_only=True)
class Routed(_Event):
    """A route was found; `text` is the route as `ip route` prints it."""

    text: str

    def __str__(self) -> str:
        return f"route: {self.text}"


@frozen(kw_only=True)
class Waiting(_Event):
    """The packet waits until the next hop's link-layer address is known."""

    hop: str

    def __str__(self) -> str:
        return f"waits for the link-layer address of {self.hop}"


@frozen(kw_only=True)
class Delivered(_Event):
    to: str

    def __str__(self) -> str:
        return f"delivered to {self.to}"


@frozen(kw_only=True)
class Dropped(_Event):
    reason: DropReason
    detail: str = ""
    #: As it was when it ended, translated where it was translated.
    frame: Frame | None = attrs.field(default=None, eq=False, repr=False)

    def __str__(self) -> str:
        return f"dropped: {self.reason.value}" + (f" ({self.detail})" if self.detail else "")


Event: TypeAlias = Made | Transmitted | Received | Filtered | Routed | Waiting | Delivered | Dropped
