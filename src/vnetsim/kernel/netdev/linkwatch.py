"""When the network stack hears of a carrier (net/core/link_watch.c).

A driver turns a carrier on or off; what people see of it, the operational state and IFF_RUNNING, and what follows from
it (routes, neighbours, bridge ports, IPv6), changes when the news is told.  News is urgent where a device that is up
has another number than the device at its other end, or gets its first carrier: it is told as soon as whoever holds the
network (rtnl_lock) lets go of it.  Other news waits for the next ordinary run, of which there is at most one a second,
or until somebody asks for that very device (`sync`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from vnetsim.clock import SECOND, Timer

if TYPE_CHECKING:
    from vnetsim.engine import Engine
    from vnetsim.kernel.netdev.device import Device


class LinkWatch:
    """Of one host; `tell` is what a device's news comes to, after its operational state was computed."""

    def __init__(self, engine: Engine, tell: Callable[[Device], None]) -> None:
        self._engine = engine
        self._tell = tell
        self._news: list[Device] = []
        self._holders = 0
        #: LW_URGENT, and whether a run waits for the network to be let go.
        self._urgent = self._due = False
        self._timer: Timer | None = None
        self._next = 0

    @contextmanager
    def held(self) -> Iterator[None]:
        """The network is being changed: nothing is told before the outermost of these ends."""
        self._holders += 1
        try:
            yield
        finally:
            self._holders -= 1
            if self._due and not self._holders:
                self._work()

    def fire(self, device: Device) -> None:
        """linkwatch_fire_event: the carrier of a registered device came or went, or it is new."""
        urgent = _is_urgent(device)
        if device not in self._news:
            self._news.append(device)
        elif not urgent:
            return
        self._schedule(urgent=urgent)

    def sync(self, device: Device) -> None:
        """linkwatch_sync_dev: somebody asks for this device."""
        if device in self._news:
            self._news.remove(device)
            with self.held():
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
        """linkwatch_event: between ordinary runs only the urgent news is told."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due, self._urgent = None, False, False
        now = self._engine.now()
        everything = now >= self._next
        if everything:
            self._next = now + SECOND
        news, self._news = self._news, []
        with self.held():
            for device in news:
                if everything or _is_urgent(device):
                    self._handle(device)
                elif device not in self._news:
                    self._news.append(device)
            if self._news:
                self._schedule(urgent=False)

    def _handle(self, device: Device) -> None:
        """linkwatch_do_dev"""
        if device.namespace.by_index.get(device.index) is not device:
            return
        device.note_operstate()
        if device.up:
            device.active = device.carrier
            self._tell(device)


def _is_urgent(device: Device) -> bool:
    """linkwatch_urgent_event; a queueing discipline that is not at work yet is about to be (qdisc_tx_changing)."""
    if not device.up:
        return False
    if device.peer is not None and device.peer.index != device.index:
        return True
    return device.carrier and not device.active and device.qdisc != "noop"
