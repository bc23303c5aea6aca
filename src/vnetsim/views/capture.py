"""A trace as a capture file: each frame at each device, and why one was dropped, as comments of packets.

The comment on a dropped packet is at the last frame of its journey in that namespace, or at the frame as it was
dropped if none was seen there (what a rule of OUTPUT dropped, for example).  With some devices only, a packet that none
of them saw in that namespace has the comment at its last frame at all.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from vnetsim.dropreason import DropReason
from vnetsim.errors import UsageError
from vnetsim.trace import Dropped, Event, Filtered, Received, Transmitted
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.pcapng import CapturedFrame, pcapng


class CaptureView:
    """A listener of a trace; `epoch` is when the machine was switched on, in nanoseconds since 1970.

    `devices` are those whose frames are wanted, as NAMESPACE:DEVICE; without any, all are.
    """

    def __init__(self, epoch: int, devices: Sequence[str] = ()) -> None:
        self._epoch, self._devices = epoch, tuple(devices)
        #: Devices with frames that are not wanted.
        self._others: dict[str, None] = {}
        self._interfaces: dict[str, int] = {}
        self._frames: list[CapturedFrame] = []
        #: The index of a journey's last frame in a namespace, by packet and namespace.
        self._last: dict[tuple[int, str], int] = {}
        #: The same in any namespace.
        self._last_of_all: dict[int, int] = {}
        #: What a table did with a packet last, by packet and namespace, if it did not accept it.
        self._verdicts: dict[tuple[int, str], str] = {}

    def __call__(self, event: Event) -> None:
        if isinstance(event, Transmitted | Received):
            self._take(event, event.frame, outbound=isinstance(event, Transmitted))
        elif isinstance(event, Filtered):
            if event.verdict != "ACCEPT":
                self._verdicts[event.packet, event.namespace] = str(event)
        elif isinstance(event, Dropped):
            self._drop(event)

    def _take(self, event: Event, frame: Frame, *, outbound: bool, comment: str = "") -> None:
        name = f"{event.namespace}:{event.device}"
        if self._devices and name not in self._devices:
            self._others[name] = None
            return
        index = self._interfaces.setdefault(name, len(self._interfaces))
        self._last[event.packet, event.namespace] = self._last_of_all[event.packet] = len(self._frames)
        self._frames.append(CapturedFrame(index, self._epoch + event.at, frame.encode(), outbound, comment))

    def _drop(self, event: Dropped) -> None:
        key = event.packet, event.namespace
        filtered = self._verdicts.get(key) if event.reason is DropReason.NETFILTER_DROP else None
        why = event if filtered is None else f"dropped: {event.reason.value} ({filtered})"
        comment = f"{event.namespace}: {why}"
        at = self._last.get(key, self._last_of_all.get(event.packet) if self._devices else None)
        if at is not None:
            seen = self._frames[at]
            both = f"{seen.comment}\n{comment}" if seen.comment else comment
            self._frames[at] = attrs.evolve(seen, comment=both)
        elif event.frame is not None:
            self._take(event, event.frame, outbound=True, comment=comment)

    def encode(self) -> bytes:
        """The file, in the pcapng format; UsageError for a wanted device that no frame met."""
        for device in self._devices:
            if device not in self._interfaces:
                known = ", ".join(sorted(self._interfaces | self._others)) or "none"
                raise UsageError(f"--device {device}: no frame met it; frames met: {known}")
        return pcapng(tuple(self._interfaces), self._frames, "vnetsim")
