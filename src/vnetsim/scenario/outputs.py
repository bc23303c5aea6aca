"""What a run leaves besides its text: a capture file, a page with the player, pictures of the network at its end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import attrs

from vnetsim.errors import UsageError
from vnetsim.lab import Lab
from vnetsim.lab.simulation import EPOCH_NS
from vnetsim.trace import Event
from vnetsim.values import define, frozen
from vnetsim.views.capture import CaptureView

if TYPE_CHECKING:
    from vnetsim.playback.recorder import PlayerRecorder


@frozen
class Outputs:
    """The files, None for those that are not to be written.

    `capture`: all packets, in the pcapng format, or those at `devices`; `player`: a page that plays the run;
    `diagrams`: pictures of the network at the end, by their option (vnetsim.views.diagrams).
    """

    capture: Path | None = None
    player: Path | None = None
    diagrams: Mapping[str, Path] = attrs.field(factory=dict)
    devices: Sequence[str] = ()

    def wanted(self) -> dict[str, Path]:
        """By option."""
        options = {"--pcapng": self.capture, "--html": self.player, **self.diagrams}
        return {option: path for option, path in options.items() if path is not None}

    def require_one(self, files: int) -> None:
        """UsageError if there are files to be written, and more than one scenario to be played."""
        for option, path in self.wanted().items() if files > 1 else ():
            raise UsageError(f"{option} {path}: expected one scenario, because its file is about one machine")

    def begin(self, lab: Lab, title: str) -> RunOutputs:
        """Watch the lab from now on."""
        return RunOutputs(self, lab, title)


@define
class RunOutputs:
    """The watchers of one lab; `write` when it is over."""

    outputs: Outputs
    lab: Lab
    title: str
    _capture: CaptureView | None = attrs.field(init=False, default=None)
    _recorder: PlayerRecorder | None = attrs.field(init=False, default=None)

    def __attrs_post_init__(self) -> None:
        listeners: list[Callable[[Event], object]] = [self.lab.events.append]
        if self.outputs.player is not None:
            from vnetsim.playback.recorder import PlayerRecorder  # noqa: PLC0415 -- most runs are not played again

            self._recorder = PlayerRecorder(self.lab, self.title)
            listeners.append(self._recorder.take)
        if self.outputs.capture is not None:
            self._capture = CaptureView(EPOCH_NS, self.outputs.devices)
            listeners.append(self._capture)
        if len(listeners) > 1:
            self.lab.watch(_each(listeners))

    def write(self) -> None:
        """UsageError for a file that cannot be written; stderr says if a run was too long for the player."""
        if self._capture is not None and self.outputs.capture is not None:
            _write(self.outputs.capture, self._capture.encode())
        self._draw()
        if self._recorder is not None and self.outputs.player is not None:
            from vnetsim.views.player.page import page  # noqa: PLC0415 -- most runs are not played again

            self._recorder.finish()
            timeline = self._recorder.timeline
            _write(self.outputs.player, page(timeline.chunk()).encode("utf-8"))
            if timeline.cut_at is not None:
                sys.stderr.write(f"vnetsim: {self.outputs.player}: {timeline.cut_text}\n")

    def _draw(self) -> None:
        if self.outputs.diagrams:
            from vnetsim.playback.topology import topology_of  # noqa: PLC0415 -- most runs are not drawn
            from vnetsim.views.diagrams import DIAGRAMS  # noqa: PLC0415

            topology = topology_of(self.lab, self.title)
            for option, path in self.outputs.diagrams.items():
                _write(path, DIAGRAMS[option](topology).encode("utf-8", "replace"))


def _each(listeners: list[Callable[[Event], object]]) -> Callable[[Event], None]:
    def take(event: Event) -> None:
        for listener in listeners:
            listener(event)

    return take


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
