"""Resolving next hops: the neighbour machine of net/core/neighbour.c, for ARP and for IPv6 neighbour discovery.

    table = NeighbourTable[Packet](parameters, random)
    entry = table.entries.get((index, address))             # the packet's path: entry.ready, entry.mac
    table.resolve(index, address, packet, now)              # otherwise -> [Solicit | Send | Fail | Drop]
    table.solicited_by / heard / update / confirm(...)      # something was heard (of) a neighbour
    table.change / delete / flush(...)                      # `ip neigh`, devices
    table.deadline, table.expire(now)                       # time

One table serves one namespace and one address family; entries are keyed by (device index, address).  The machine
never looks into a packet and knows no clock: what it wants done it returns as actions, in order.

Not modelled: garbage collection (Linux leaves a table of fewer than gc_thresh1 = 128 entries alone), proxy entries,
application probes (app_solicit), managed and externally learned entries, IPv6's PROBE by several multicasts.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.protocols.jiffies import expiry
from vnetsim.protocols.neighbour_entry import (
    CONNECTED,
    IN_TIMER,
    READY,
    VALID,
    Action,
    DropWhy,
    Neighbour,
    NeighbourDrop,
    NeighbourFail,
    NeighbourSend,
    NudState,
    Parameters,
    Solicit,
)
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac

P = TypeVar("P")


#: How often the random reachable time of a device is drawn anew (neigh_periodic_work).
RANDOMISE_EVERY: Final = 300 * SECOND
# A timer that fired is not set for less (HZ/100).
_AT_LEAST: Final = 10 * MILLISECOND


def truesize(length: int) -> int:
    """Memory that a packet of `length` bytes takes while it waits (skb->truesize), and that `queue_bytes` limits.

    The slab it fits into, with space for the link-layer header and struct skb_shared_info, plus struct sk_buff:
    832, 1280, 2304 ... bytes, as measured on Linux 6.18.
    """
    needed = length + 32 + 320
    return 256 + (576 if needed <= 576 else max(1024, 1 << (needed - 1).bit_length()))


class NeighbourTable(Generic[P]):
    """The neighbours of one namespace and family; oldest entries first.

    `parameters` gives those of a device, `size` the bytes that a waiting packet counts for: `truesize` of its length.
    """

    def __init__(
        self,
        parameters: Callable[[int], Parameters],
        random: random.Random,
        size: Callable[[P], int] = lambda _: truesize(0),
        entries: dict[tuple[int, Address], Neighbour[P]] | None = None,
    ) -> None:
        self.entries = {} if entries is None else entries
        self._parameters = parameters
        self._random = random
        self._size = size
        self._reachable: dict[int, tuple[int, int, int]] = {}
        self._timers: list[tuple[int, int, Neighbour[P]]] = []
        self._order = itertools.count()
        #: The listener to entries that change or are deleted (neigh_update_notify, RTM_DELNEIGH).
        self.listener: Callable[[Neighbour[P], bool], None] | None = None

    # --- being used -----------------------------------------------------------------------------------------------

    def lookup(self, index: int, address: Address) -> Neighbour[P] | None:
        return self.entries.get((index, address))

    def resolve(self, index: int, address: Address, packet: P, now: int) -> list[Action[P]]:
        """Send `packet` to a neighbour, or queue it until the address is resolved (neigh_resolve_output)."""
        entry = self._entry(index, address, now)
        if not entry.connected:
            return self._event_send(entry, packet, now)
        assert entry.mac is not None
        return [NeighbourSend(index, packet, entry.mac)]

    def event_send(self, index: int, address: Address, now: int) -> list[Action[P]]:
        """Resolve a neighbour unless its address is known (neigh_event_send without a packet)."""
        entry = self._entry(index, address, now)
        if entry.state in VALID or entry.state is NudState.INCOMPLETE:
            return []
        return self._begin(entry, None, now)

    def confirm(self, index: int, address: Address, now: int) -> None:
        """A protocol above has got an answer from there (dst_confirm, MSG_CONFIRM)."""
        entry = self.entries.get((index, address))
        if entry is not None:
            entry.confirmed = now

    def _event_send(self, entry: Neighbour[P], packet: P, now: int) -> list[Action[P]]:
        entry.used = now
        if entry.state is NudState.STALE:
            self._enter(entry, NudState.DELAY, now)
            self._arm(entry, now, self._parameters(entry.index).delay_first_probe)
        if entry.state in VALID:
            assert entry.mac is not None
            return [NeighbourSend(entry.index, packet, entry.mac)]
        if entry.state is NudState.INCOMPLETE:
            return self._enqueue(entry, packet)
        return self._begin(entry, packet, now)

    def _begin(self, entry: Neighbour[P], packet: P | None, now: int) -> list[Action[P]]:
        """The first packet for a neighbour of which nothing is known, or that did not answer last time."""
        parameters = self._parameters(entry.index)
        if not parameters.mcast_solicit:
            self._enter(entry, NudState.FAILED, now)
            return [] if packet is None else [NeighbourDrop(entry.index, packet, DropWhy.NO_SOLICITATION)]
        self._enter(entry, NudState.INCOMPLETE, now)
        entry.probes = parameters.ucast_solicit  # no unicast solicitations: the address is not known
        self._arm(entry, now, parameters.retransmit)
        return [*([] if packet is None else self._enqueue(entry, packet)), self._probe(entry)]

    def _enqueue(self, entry: Neighbour[P], packet: P) -> list[Action[P]]:
        """Let the packet wait; the oldest ones are dropped for it."""
        limit, size = self._parameters(entry.index).queue_bytes, self._size(packet)
        actions: list[Action[P]] = []
        while entry.waiting and entry.waiting_bytes + size > limit:
            oldest = entry.waiting.popleft()
            entry.waiting_bytes -= self._size(oldest)
            actions.append(NeighbourDrop(entry.index, oldest, DropWhy.QUEUE_FULL))
        entry.waiting.append(packet)
        entry.waiting_bytes += size
        return actions

    # --- hearing --------------------------------------------------------------------------------------------------

    def solicited_by(self, index: int, address: Address, mac: Mac, now: int) -> list[Action[P]]:
        """A neighbour solicits our address: record its own, for the answer (neigh_event_ns)."""
        return self.update(index, address, mac, NudState.STALE, now, create=True)

    def heard(
        self, index: int, address: Address, mac: Mac, now: int, *, reply: bool, unicast: bool,
        gratuitous: bool = False, create: bool = False,
    ) -> list[Action[P]]:  # fmt: skip
        """An ARP packet has a binding (the end of arp_process); `create`: whether unknown ones are welcome.

        The first of several replies counts: what comes within `locktime` of the last change changes nothing, unless
        it is gratuitous.  Only a unicast reply confirms that the neighbour is reachable.
        """
        entry = self.entries.get((index, address))
        if entry is None and not create:
            return []
        locked = entry is not None and now <= entry.updated + self._parameters(index).locktime
        state = NudState.REACHABLE if reply and unicast else NudState.STALE
        return self.update(index, address, mac, state, now, override=gratuitous or not locked, create=create)

    def update(
        self, index: int, address: Address, mac: Mac | None, state: NudState, now: int, *, override: bool = True,
        weak_override: bool = False, admin: bool = False, create: bool = False, router: bool | None = None,
    ) -> list[Action[P]]:  # fmt: skip
        """A binding was received or configured (neigh_update).

        `override` lets it replace another link-layer address, `weak_override` only makes the entry doubtful,
        `admin` may change PERMANENT and NOARP, `router` is the flag of a neighbour advertisement.
        KernelError(EINVAL) where an administrator gives no address for a state that needs one.
        """
        entry = self._entry(index, address, now) if create else self.entries.get((index, address))
        if entry is None or (entry.state in (NudState.NOARP, NudState.PERMANENT) and not admin):
            return []
        if state not in VALID:
            return self._invalidate(entry, state)
        if mac is None and entry.state not in VALID:
            raise KernelError(Errno.EINVAL, "No link layer address given")
        if state in CONNECTED:
            entry.confirmed = now
        update = self._weigh(entry, mac, state, override, weak_override, admin)
        if update is None:
            return []
        if router is not None:
            entry.router = router
        return self._accept(entry, *update, now)

    def _weigh(
        self, entry: Neighbour[P], mac: Mac | None, state: NudState, override: bool, weak: bool, admin: bool
    ) -> tuple[Mac | None, NudState] | None:
        """What of the news counts, given what is known: the address and state to take, or None."""
        if entry.state not in VALID:
            return mac, state
        if mac is not None and mac != entry.mac and not override:
            return (entry.mac, NudState.STALE) if weak and entry.connected else None
        if mac in (None, entry.mac) and state is NudState.STALE and not admin:
            return entry.mac, entry.state
        return mac if mac is not None else entry.mac, state

    def _accept(self, entry: Neighbour[P], mac: Mac | None, state: NudState, now: int) -> list[Action[P]]:
        old, moved = entry.state, mac != entry.mac
        if state is not old or moved:
            entry.updated = now
        if moved:
            entry.mac = mac
            if state not in CONNECTED:
                entry.confirmed = now - 2 * self._parameters(entry.index).base_reachable
        if state is not old:
            if state is NudState.PROBE:
                entry.probes = 0
            self._enter(entry, state, now)
            if state in IN_TIMER:
                self._arm(entry, now, self._reachable_time(entry.index, now) if state is NudState.REACHABLE else 0)
        if state is not old or moved:
            self._tell(entry)
        return self._release(entry, now) if old not in VALID else []

    def _release(self, entry: Neighbour[P], now: int) -> list[Action[P]]:
        """The packets that waited leave, in order."""
        actions: list[Action[P]] = []
        for packet in self._take_waiting(entry):
            if entry.connected and entry.mac is not None:
                actions.append(NeighbourSend(entry.index, packet, entry.mac))
            else:
                actions += self._event_send(entry, packet, now)
        return actions

    def _invalidate(self, entry: Neighbour[P], state: NudState) -> list[Action[P]]:
        """An administrator deletes what is known of the neighbour."""
        hopeless = entry.state in (NudState.INCOMPLETE, NudState.PROBE) and state is NudState.FAILED
        known = entry.state in VALID
        entry.timer, entry.state, entry.connected, entry.ready = None, state, False, False
        if known:
            self._tell(entry)
        return [NeighbourFail(entry.index, packet) for packet in self._take_waiting(entry)] if hopeless else []

    # --- time -----------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> int | None:
        """When `expire` next has something to do, in nanoseconds."""
        timers = self._timers
        while timers and timers[0][2].timer != timers[0][0]:
            heapq.heappop(timers)
        return timers[0][0] if timers else None

    def expire(self, now: int) -> list[Action[P]]:
        """neigh_timer_handler: probe again, fail, or become STALE."""
        actions: list[Action[P]] = []
        while (due := self.deadline) is not None and due <= now:
            entry = heapq.heappop(self._timers)[2]
            entry.timer = None
            actions += self._timed_out(entry, now)
        return actions

    def _timed_out(self, entry: Neighbour[P], now: int) -> list[Action[P]]:
        """neigh_timer_handler."""
        parameters = self._parameters(entry.index)
        if entry.state is NudState.REACHABLE:
            return self._reachable_is_over(entry, parameters, now)
        if entry.state is NudState.DELAY:
            if now <= entry.confirmed + parameters.delay_first_probe:
                self._enter(entry, NudState.REACHABLE, now)
                self._tell(entry)
                until = entry.confirmed + self._reachable_time(entry.index, now)
                self._arm(entry, now, max(until - now, _AT_LEAST))
                return []
            self._enter(entry, NudState.PROBE, now)
            self._tell(entry)
            entry.probes = 0
        again = parameters.mcast_resolicit if entry.state is NudState.PROBE else parameters.mcast_solicit
        if entry.probes >= parameters.ucast_solicit + again:
            self._enter(entry, NudState.FAILED, now, touch=False)
            self._tell(entry)
            return [NeighbourFail(entry.index, packet) for packet in self._take_waiting(entry)]
        self._arm(entry, now, parameters.retransmit)
        return [self._probe(entry)]

    def _reachable_is_over(self, entry: Neighbour[P], parameters: Parameters, now: int) -> list[Action[P]]:
        until = entry.confirmed + self._reachable_time(entry.index, now)
        if now <= until:
            self._arm(entry, now, max(until - now, _AT_LEAST))
        elif now <= entry.used + parameters.delay_first_probe:
            self._enter(entry, NudState.DELAY, now)
            self._arm(entry, now, parameters.delay_first_probe)
        else:
            self._enter(entry, NudState.STALE, now)
            self._tell(entry)
        return []

    def _probe(self, entry: Neighbour[P]) -> Action[P]:
        personal = entry.probes < self._parameters(entry.index).ucast_solicit
        entry.probes += 1
        about = entry.waiting[-1] if entry.waiting else None
        return Solicit(entry.index, entry.address, entry.mac if personal else None, about)

    # --- changes by users and devices -----------------------------------------------------------------------------

    def change(
        self, index: int, address: Address, mac: Mac | None, state: NudState, now: int, *, create: bool,
        exclusive: bool,
        replace: bool, router: bool = False,
    ) -> list[Action[P]]:  # fmt: skip
        """`ip neigh add` (create, exclusive), `change` (replace), `replace` (create, replace): neigh_add.

        KernelError: EEXIST, ENOENT, EINVAL; an addition refused for want of an address leaves an entry in NONE.
        """
        known = (index, address) in self.entries
        if known and exclusive:
            raise KernelError(Errno.EEXIST)
        if not known and not create:
            raise KernelError(Errno.ENOENT)
        override = not known or replace
        return self.update(
            index, address, mac, state, now, override=override, admin=True, create=True, router=router or None
        )

    def delete(self, index: int, address: Address, now: int) -> list[Action[P]]:
        """`ip neigh del`; KernelError(ENOENT) if there is no such entry."""
        entry = self.entries.get((index, address))
        if entry is None:
            raise KernelError(Errno.ENOENT)
        actions = self.update(index, address, None, NudState.FAILED, now, admin=True)
        return actions + self._forget(entry)

    def flush(self, index: int, *, keep_permanent: bool = False) -> list[Action[P]]:
        """The device lost its carrier (which keeps PERMANENT), went down, is gone, or has a new address of its own."""
        actions: list[Action[P]] = []
        for entry in [e for e in self.entries.values() if e.index == index]:
            if not (keep_permanent and entry.state is NudState.PERMANENT):
                actions += self._forget(entry)
        return actions

    def dump(self) -> list[Neighbour[P]]:
        """All entries, oldest first (Linux's order is that of a hash with a random key)."""
        return list(self.entries.values())

    # --- bookkeeping ----------------------------------------------------------------------------------------------

    def _entry(self, index: int, address: Address, now: int) -> Neighbour[P]:
        entry = self.entries.get((index, address))
        if entry is None:
            confirmed = now - 2 * self._parameters(index).base_reachable
            entry = self.entries[index, address] = Neighbour(index, address, now, confirmed, now)
        return entry

    def _forget(self, entry: Neighbour[P]) -> list[Action[P]]:
        del self.entries[entry.index, entry.address]
        self._tell(entry, deleted=True)
        entry.dead, entry.connected, entry.ready, entry.timer = True, False, False, None
        return [NeighbourDrop(entry.index, packet, DropWhy.FLUSHED) for packet in self._take_waiting(entry)]

    def _tell(self, entry: Neighbour[P], *, deleted: bool = False) -> None:
        if self.listener is not None:
            self.listener(entry, deleted)

    def _take_waiting(self, entry: Neighbour[P]) -> deque[P]:
        waiting, entry.waiting, entry.waiting_bytes = entry.waiting, deque(), 0
        return waiting

    def _enter(self, entry: Neighbour[P], state: NudState, now: int, *, touch: bool = True) -> None:
        entry.state, entry.connected, entry.timer = state, state in CONNECTED, None
        entry.ready = state in READY and entry.mac is not None
        if touch:
            entry.updated = now

    def _arm(self, entry: Neighbour[P], now: int, delay: int) -> None:
        entry.timer = expiry(now, delay)
        heapq.heappush(self._timers, (entry.timer, next(self._order), entry))

    def _reachable_time(self, index: int, now: int) -> int:
        """Between half and one and a half of the base, the same for all neighbours of a device for five minutes."""
        base, epoch = self._parameters(index).base_reachable, now // RANDOMISE_EVERY
        drawn = self._reachable.get(index)
        if drawn is None or drawn[:2] != (base, epoch):
            drawn = self._reachable[index] = (base, epoch, base // 2 + self._random.randrange(base) if base else 0)
        return drawn[2]
