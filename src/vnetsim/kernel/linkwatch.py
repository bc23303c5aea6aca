"""When the network stack hears of a carrier (net/core/link_watch.c), as far as it shows: in which order IPv6 begins.

Most news is urgent and told as soon as whoever holds the network lets go of it.  A device that finds its carrier while
it is opened for the first time, and whose number is that of its other end, is told in the next ordinary run, of which
there is at most one a second.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vnetsim.clock import SECOND

if TYPE_CHECKING:
    from vnetsim.engine import Engine
    from vnetsim.kernel.devices.device import Device


class LinkWatch:
    """Of one host; `tell` is what a device's news comes to."""

    def __init__(self, engine: Engine, tell: Callable[[Device], None]) -> None:
        self._engine = engine
        self._tell = tell
        self._opening: Device | None = None
        self._first = False
        self._held: list[Device] = []
        self._late: list[Device] = []
        self._next = 0

    def opening(self, device: Device, *, first: bool) -> None:
        """A device is being opened: what happens to carriers is told when `opened` is called."""
        self._opening, self._first = device, first

    def opened(self) -> None:
        news, self._held, self._opening = self._held, [], None
        for device in news:
            self._tell(device)

    def fire(self, device: Device) -> None:
        """The carrier of a device came."""
        if device is self._opening and self._first and not _crosses(device):
            self._postpone(device)
        elif self._opening is not None:
            self._held.append(device)
        else:
            self._tell(device)

    def is_waiting(self, device: Device) -> bool:
        """Whether its news is still to be told."""
        return device in self._held or device in self._late

    def note(self) -> None:
        """Something happened that is no news here, but has a run of its own."""
        now = self._engine.now()
        if now >= self._next and not self._late:
            self._next = now + SECOND

    def _postpone(self, device: Device) -> None:
        now = self._engine.now()
        if now >= self._next and not self._late:
            self._next = now + SECOND
            self._held.append(device)
            return
        if not self._late:
            self._engine.after(self._next - now, self._run)
        self._late.append(device)

    def _run(self) -> None:
        news, self._late = self._late, []
        self._next = self._engine.now() + SECOND
        for device in news:
            if device.running:
                self._tell(device)


def _crosses(device: Device) -> bool:
    """Whether it has another number than the device at its other end, or below it (dev_get_iflink)."""
    return device.peer is not None and device.peer.index != device.index
