"""A wire between two connections: delays, loses, doubles and overtakes as it is told."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.clock import MICROSECOND
from vnetsim.protocols.tcp import Connection, Outgoing, Path, Ports, Settings
from vnetsim.wire.tcp import Tcp

DELAY: Final = 50 * MICROSECOND
#: Fate of the n-th segment on the wire: when each of its copies arrives, in nanoseconds from now.
Fate = Callable[[int, Tcp], list[int]]


def faithful(_index: int, _segment: Tcp) -> list[int]:
    return [DELAY]


@attrs.define
class Wire:
    """`a` connects to `b`; `log` is (microseconds, who sent, segment) for everything sent."""

    settings: Settings = Settings()
    other_settings: Settings | None = None
    path: Path = Path(mtu=1500)
    fate: Fate = faithful
    now: int = 0
    log: list[tuple[int, str, Tcp]] = attrs.field(factory=list)
    a: Connection = attrs.field(init=False)
    b: Connection | None = None
    lost: int = 0
    _events: list[tuple[int, int, str, Tcp]] = attrs.field(factory=list)
    _order: itertools.count[int] = attrs.field(factory=itertools.count)
    _sent: int = 0

    def __attrs_post_init__(self) -> None:
        self.a = Connection(self.settings, Ports(40000, 80), self.path, number=1000, clock=7, answering=False)

    def connect(self) -> None:
        self.a.connect(self.now)
        self.flush()

    def flush(self) -> None:
        for name, end in (("a", self.a), ("b", self.b)):
            if end is not None:
                for outgoing in end.take():
                    self._send(name, outgoing)

    def _send(self, name: str, outgoing: Outgoing) -> None:
        segment = outgoing.segment
        self.log.append((self.now // MICROSECOND, name, segment))
        fates = self.fate(self._sent, segment)
        self._sent += 1
        self.lost += not fates
        for delay in fates:
            heapq.heappush(self._events, (self.now + delay, next(self._order), "b" if name == "a" else "a", segment))

    def deadline(self) -> int | None:
        times = [end.deadline for end in (self.a, self.b) if end is not None and end.deadline is not None]
        if self._events:
            times.append(self._events[0][0])
        return min(times) if times else None

    def step(self) -> None:
        """The next thing that happens."""
        due = self.deadline()
        assert due is not None
        self.now = max(self.now, due)
        if self._events and self._events[0][0] <= self.now:
            _, _, target, segment = heapq.heappop(self._events)
            self._arrive(target, segment)
        else:
            for end in (self.a, self.b):
                if end is not None and end.deadline is not None and end.deadline <= self.now:
                    end.expire(self.now)
        self.flush()

    def _arrive(self, target: str, segment: Tcp) -> None:
        if target == "a":
            self.a.receive(segment, self.now)
        elif self.b is None:
            self.b = Connection.answering(
                segment, self.other_settings or self.settings, Ports(80, 40000), self.path, self.now,
                number=900_000, clock=1_000_000,
            )  # fmt: skip
        else:
            self.b.receive(segment, self.now)

    def run(self, until: int | None = None, *, quiet: Callable[[], bool] = lambda: False) -> None:
        """Until nothing is due any more, or `until`, or `quiet` says so."""
        while not quiet() and (due := self.deadline()) is not None:
            if until is not None and due > until:
                break
            self.step()
        if until is not None:
            self.now = max(self.now, until)
