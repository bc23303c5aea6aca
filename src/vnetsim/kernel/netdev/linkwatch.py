"""Link watch: the delay between a carrier change and NETDEV_CHANGE (net/core/link_watch.c).

A driver turns a carrier on or off.  The operational state, IFF_RUNNING and all that follows (routes, neighbours, bridge
ports, IPv6) change when the event is handled.  An event is urgent if the device is up, and is a bond or belongs to one,
has another index than the device at its other end, or gets its first carrier: it is handled when rtnl_lock is released.
Other events wait for the next ordinary run, at most one a second, or until that device is read (`sync`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Protocol

from vnetsim.clock import SECOND, Timer

if TYPE_CHECKING:
    from vnetsim.engine import Engine


class WatchedLink(Protocol):
    """A device, as far as its carrier is concerned."""

    up: bool
    carrier: bool
    active: bool
    qdisc: str
    index: int
    is_slave: bool
    is_lag_master: ClassVar[bool]

    @property
    def peer(self) -> WatchedLink | None: ...
    @property
    def registered(self) -> bool: ...
    def update_operstate(self) -> None: ...
    def carrier_changed(self) -> None:
        """netdev_state_change: NETDEV_CHANGE."""


class LinkWatch:
    """Of one host.  As a context it is rtnl_lock: urgent events are handled when the outermost lock is released."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._events: list[WatchedLink] = []
        self._holders = 0
        #: LW_URGENT, and whether a run waits for rtnl_unlock.
        self._urgent = self._due = False
        self._timer: Timer | None = None
        self._next = 0

    def __enter__(self) -> None:
        self._holders += 1

    def __exit__(self, *_error: object) -> None:
        self._holders -= 1
        if self._due and not self._holders:
            self._work()

    def fire(self, device: WatchedLink) -> None:
        """linkwatch_fire_event: the carrier of a registered device came or went, or it is new."""
        urgent = _is_urgent(device)
        if device not in self._events:
            self._events.append(device)
        elif not urgent:
            return
        self._schedule(urgent=urgent)

    def sync(self, device: WatchedLink) -> None:
        """linkwatch_sync_dev: handle the event of this device now."""
        if device in self._events:
            self._events.remove(device)
            with self:
                self._handle(device)

    def _schedule(self, *, urgent: bool) -> None:
        if self._urgent or self._due:
            self._urgent = self._urgent or urgent
            return
        delay = 0 if urgent else max(0, self._next - self._engine.now())
        self._urgent = urgent
        if delay:
            self._timer = self._timer or self._engine.after(delay, self._work)
            return
        self._due = True
        if not self._holders:
            self._work()

    def _work(self) -> None:
        """linkwatch_event: between ordinary runs only urgent events are handled."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due, self._urgent = None, False, False
        now = self._engine.now()
        ordinary = now >= self._next
        if ordinary:
            self._next = now + SECOND
        events, self._events = self._events, []
        with self:
            for device in events:
                if ordinary or _is_urgent(device):
                    self._handle(device)
                elif device not in self._events:
                    self._events.append(device)
            if self._events:
                self._schedule(urgent=False)

    def _handle(self, device: WatchedLink) -> None:
        """linkwatch_do_dev"""
        if not device.registered:
            return
        device.update_operstate()
        if device.up:
            device.active = device.carrier
            device.carrier_changed()


def _is_urgent(device: WatchedLink) -> bool:
    """linkwatch_urgent_event; qdisc_tx_changing: the qdisc is not at work yet and will be."""
    if not device.up:
        return False
    if device.is_slave or device.is_lag_master:
        return True
    peer = device.peer
    if peer is not None and peer.index != device.index:
        return True
    return device.carrier and not device.active and device.qdisc != "noop"
