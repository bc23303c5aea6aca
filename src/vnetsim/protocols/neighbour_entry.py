"""A neighbour, its states, and the actions of the neighbour table (struct neighbour, NUD_* of net/core/neighbour.c)."""

from __future__ import annotations

import enum
from collections import deque
from typing import Final, Generic, TypeAlias, TypeVar

import attrs

from vnetsim.clock import SECOND
from vnetsim.values import define, frozen
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

P = TypeVar("P")


class NudState(enum.Enum):
    """As `ip neigh` prints them (NUD_*)."""

    NONE = "NONE"
    INCOMPLETE = "INCOMPLETE"
    REACHABLE = "REACHABLE"
    STALE = "STALE"
    DELAY = "DELAY"
    PROBE = "PROBE"
    FAILED = "FAILED"
    NOARP = "NOARP"
    PERMANENT = "PERMANENT"


#: States in which the address is used without a probe (NUD_CONNECTED), is known (NUD_VALID), has a timer.
CONNECTED: Final = (NudState.REACHABLE, NudState.PERMANENT, NudState.NOARP)


READY: Final = (*CONNECTED, NudState.DELAY, NudState.PROBE)


VALID: Final = (*CONNECTED, NudState.STALE, NudState.DELAY, NudState.PROBE)


IN_TIMER: Final = (NudState.INCOMPLETE, NudState.REACHABLE, NudState.DELAY, NudState.PROBE)


@frozen(kw_only=True)
class Parameters:
    """/proc/sys/net/ipv4/neigh/DEV/*, in nanoseconds, attempts and bytes."""

    base_reachable: int = 30 * SECOND
    retransmit: int = SECOND
    delay_first_probe: int = 5 * SECOND
    mcast_solicit: int = 3
    ucast_solicit: int = 3
    mcast_resolicit: int = 0
    locktime: int = SECOND
    queue_bytes: int = 212_992


class DropWhy(enum.Enum):
    """Why a queued packet is dropped without an error to its sender."""

    QUEUE_FULL = "too many packets wait for this neighbour"
    FLUSHED = "the neighbour was forgotten"
    NO_SOLICITATION = "no request is ever sent on this device"


@frozen
class Solicit(Generic[P]):
    """Solicit `address`: by broadcast (multicast), or `unicast_to` the last address known.

    `about` is the newest packet that waits: an ARP request has its source as sender (arp_announce).
    """

    index: int
    address: Address
    unicast_to: Mac | None = None
    about: P | None = None


@frozen
class NeighbourSend(Generic[P]):
    """Transmit `packet` by device `index` to `mac`."""

    index: int
    packet: P
    mac: Mac


@frozen
class NeighbourFail(Generic[P]):
    """Resolution failed: `packet` is dropped and its sender gets a host unreachable error."""

    index: int
    packet: P


@frozen
class NeighbourDrop(Generic[P]):
    """`packet` is lost silently."""

    index: int
    packet: P
    why: DropWhy


Action: TypeAlias = Solicit[P] | NeighbourSend[P] | NeighbourFail[P] | NeighbourDrop[P]


@define(eq=False)
class Neighbour(Generic[P]):
    """What is known of one neighbour.  Whoever keeps a reference looks at `ready`; a forgotten entry never is."""

    index: int
    address: Address
    used: int
    confirmed: int
    updated: int
    mac: Mac | None = None
    state: NudState = NudState.NONE
    connected: bool = False
    #: Packets leave without an event: connected, or being probed already.
    ready: bool = False
    router: bool = False
    probes: int = 0
    dead: bool = False
    timer: int | None = None
    waiting: deque[P] = attrs.field(factory=deque)
    waiting_bytes: int = 0

    @property
    def known_mac(self) -> Mac | None:
        """What `ip neigh` shows as lladdr: not the old address of a failed neighbour."""
        return self.mac if self.state in VALID else None
