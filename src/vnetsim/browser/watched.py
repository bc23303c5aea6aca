"""Who watches the machine of the page: `why`, the player, and the capture file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vnetsim.journal import JournalRequest, Slept
from vnetsim.lab import Lab
from vnetsim.lab.simulation import EPOCH_NS
from vnetsim.playback.recorder import PlayerRecorder
from vnetsim.trace import Event
from vnetsim.views.capture import CaptureView

Observer = Callable[[JournalRequest], Callable[[JournalRequest], object]]


def _commands(observer: Observer | None) -> Observer:
    """Without the parts in which time passes between two commands: there is one each moment."""

    def observe(request: JournalRequest) -> Callable[[JournalRequest], object]:
        if observer is None or isinstance(request, Slept):
            return lambda _met: None
        return observer(request)

    return observe


class WatchedLab:
    """One lab; what it met before is in no picture and in no capture."""

    def __init__(self, lab: Lab, title: str) -> None:
        self.lab = lab
        self._recorder, self._capture = PlayerRecorder(lab, title), CaptureView(EPOCH_NS)
        self._given = False
        lab.watch(self._take)
        lab.journal.observer = _commands(lab.journal.observer)

    def _take(self, event: Event) -> None:
        self.lab.events.append(event)
        self._recorder.take(event)
        self._capture(event)

    def chunk(self) -> dict[str, Any] | None:
        """What is new for the player; None if nothing is."""
        chunk = self._recorder.timeline.chunk()
        if self._given and not chunk["kind"]:
            return None
        self._given = True
        return chunk

    def pcapng(self) -> bytes:
        """All frames since the beginning."""
        return self._capture.encode()
