"""A wire between two connections: delays, loses, doubles and overtakes as it is told.

What passes is told as `a [P.] 1:6 ack 1`, with numbers that count from each end's first one, as tcpdump's do.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.clock import MICROSECOND, MILLISECOND, SECOND
from vnetsim.protocols.tcp import Outgoing, TcpConnection, TcpPath, TcpPorts, TcpSettings
from vnetsim.wire.tcp import ACK, SACK, Tcp, flags_text

DELAY: Final = 50 * MICROSECOND
NUMBERS: Final = {"a": 1000, "b": 900_000}
#: Fate of the n-th segment on the wire: when each of its copies arrives, in nanoseconds from now.
Fate = Callable[[int, Tcp], list[int]]


def faithful(_index: int, _segment: Tcp) -> list[int]:
    return [DELAY]


def losing(which: Callable[[Tcp], bool], times: int = 1 << 30) -> Fate:
    """The first so many segments of a kind are lost."""
    left = times

    def fate(_index: int, segment: Tcp) -> list[int]:
        nonlocal left
        if left and which(segment):
            left -= 1
            return []
        return [DELAY]

    return fate


@attrs.define
class Wire:
    """`a` connects to `b`; `log` is (nanoseconds, who sent, segment) for everything sent."""

    settings: TcpSettings = TcpSettings()  # noqa: RUF009
    other_settings: TcpSettings | None = None
    path: TcpPath = TcpPath(mtu=1500)  # noqa: RUF009
    fate: Fate = faithful
    now: int = 0
    log: list[tuple[int, str, Tcp]] = attrs.field(factory=list)
    a: TcpConnection = attrs.field(init=False)
    b: TcpConnection | None = None
    lost: int = 0
    _events: list[tuple[int, int, str, Tcp]] = attrs.field(factory=list)
    _order: itertools.count[int] = attrs.field(factory=itertools.count)
    _sent: int = 0

    def __attrs_post_init__(self) -> None:
        self.a = TcpConnection(
            self.settings, TcpPorts(40000, 80), self.path, number=NUMBERS["a"], clock=7, answering=False
        )

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
        self.log.append((self.now, name, segment))
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
            self.b = TcpConnection.answering(
                segment, self.other_settings or self.settings, TcpPorts(80, 40000), self.path, self.now,
                number=NUMBERS["b"], clock=1_000_000,
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

    # --- what a test does and asks -----------------------------------------------------------------------------------

    @property
    def other(self) -> TcpConnection:
        """`b`, which is there as soon as a SYN arrived."""
        assert self.b is not None
        return self.b

    def end(self, name: str) -> TcpConnection:
        return self.a if name == "a" else self.other

    def write(self, name: str, size: int, *, more: bool = False) -> None:
        self.end(name).write(bytes(size), self.now, more=more)
        self.flush()

    def read(self, name: str, size: int = 1 << 20) -> int:
        """How much there was."""
        data = self.end(name).read(size, self.now)
        self.flush()
        return len(data)

    def close(self, name: str) -> None:
        self.end(name).close(self.now)
        self.flush()

    def shutdown(self, name: str) -> None:
        self.end(name).shutdown(self.now)
        self.flush()

    def put(self, name: str, segment: Tcp) -> None:
        """A segment arrives out of nowhere."""
        self.end(name).receive(segment, self.now)
        self.flush()

    def later(self, milliseconds: float = 1000.0) -> list[str]:
        """Let time pass; what was sent since the last call."""
        self.run(self.now + int(milliseconds * MILLISECOND))
        return self.words()

    def words(self) -> list[str]:
        """What was sent since the last call."""
        told = [describe(name, segment) for _, name, segment in self.log]
        self.log.clear()
        return told

    def times(self) -> list[float]:
        """When the segments since the last call were sent, in milliseconds after the first."""
        first = self.log[0][0]
        told = [round((at - first) / MILLISECOND, 1) for at, _, _ in self.log]
        self.log.clear()
        return told


def describe(name: str, segment: Tcp) -> str:
    ours, theirs = NUMBERS[name], NUMBERS["b" if name == "a" else "a"]
    start = segment.sequence - ours & 0xFFFF_FFFF
    parts = [name, f"[{flags_text(segment.flags)}]"]
    if segment.data_length:
        parts.append(f"{start}:{start + segment.data_length}")
    elif segment.flags & ~ACK:
        parts.append(str(start))
    if segment.flags & ACK:
        parts.append(f"ack {segment.acknowledgement - theirs & 0xFFFF_FFFF}")
    blocks = segment.option(SACK)
    if isinstance(blocks, tuple):
        parts += [f"{left - theirs}:{right - theirs}" for left, right in blocks]  # type: ignore[misc]
    return " ".join(parts)


def connected(
    *,
    settings: TcpSettings | None = None,
    other: TcpSettings | None = None,
    path: TcpPath | None = None,
    fate: Fate = faithful,
) -> Wire:
    """After the handshake and a second of silence."""
    wire = Wire(settings or TcpSettings(), other, path or TcpPath(mtu=1500), fate)
    wire.connect()
    wire.run(SECOND)
    wire.log.clear()
    return wire
