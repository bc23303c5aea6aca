"""What a session counts, and the lines it ends with (iputils: ping_common.c, gather_statistics and finish)."""

from __future__ import annotations

import math
import struct
from typing import Final

import attrs

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.programs.iputils.ping.options import PingOptions
from vnetsim.values import define

_SEQUENCES: Final = 0x10000
_HALF: Final = 0x7FFF


@define
class PingStatistics:
    """Times of replies are in microseconds; `rtt` is eight times their moving average."""

    transmitted: int = 0
    received: int = 0
    repeated: int = 0
    errors: int = 0
    acknowledged: int = 0
    pipe: int = 0
    shortest: int | None = None
    longest: int = 0
    total: int = 0
    squares: int = 0
    rtt: int = 0
    seen: set[int] = attrs.field(factory=set)

    @property
    def in_flight(self) -> int:
        """Requests sent behind the newest one that was heard of."""
        distance = (self.transmitted - self.acknowledged) % _SEQUENCES
        return distance if distance <= _HALF else self.transmitted - self.received - self.errors

    def sent(self) -> None:
        """The next sequence number starts afresh."""
        self.transmitted += 1
        self.seen.discard((self.transmitted + 1) % _SEQUENCES)

    def acknowledge(self, sequence: int) -> None:
        distance = (self.transmitted - sequence) % _SEQUENCES
        if distance > _HALF:
            return
        self.pipe = max(self.pipe, distance + 1)
        ahead = (sequence - self.acknowledged) % _SEQUENCES
        if 0 < ahead <= _HALF:
            self.acknowledged = sequence

    def replied(self, sequence: int) -> bool:
        """Whether this is the first reply to that request."""
        self.acknowledge(sequence)
        if sequence % _SEQUENCES in self.seen:
            self.repeated += 1
            return False
        self.seen.add(sequence % _SEQUENCES)
        self.received += 1
        return True

    def timed(self, microseconds: int) -> None:
        self.total += microseconds
        self.squares += microseconds * microseconds
        self.shortest = microseconds if self.shortest is None else min(self.shortest, microseconds)
        self.longest = max(self.longest, microseconds)
        self.rtt = self.rtt + microseconds - self.rtt // 8 if self.rtt else microseconds * 8

    def lines(self, name: str, options: PingOptions, interval: int, elapsed: int) -> str:
        """The last lines; `elapsed` nanoseconds lie between the first and the last request."""
        return f"--- {name} ping statistics ---\n{self._packets(elapsed)}\n{self._times(options, interval, elapsed)}\n"

    def _packets(self, elapsed: int) -> str:
        text = f"{self.transmitted} packets transmitted, {self.received} received"
        if self.repeated:
            text += f", +{self.repeated} duplicates"
        if self.errors:
            text += f", +{self.errors} errors"
        if not self.transmitted:
            return text
        loss = _single((self.transmitted - self.received) * 100.0 / self.transmitted)
        return f"{text}, {loss:g}% packet loss, time {(elapsed + MILLISECOND // 2) // MILLISECOND}ms"

    def _times(self, options: PingOptions, interval: int, elapsed: int) -> str:
        parts = []
        if self.received and self.shortest is not None:
            count = self.received + self.repeated
            average = self.total // count
            deviation = math.isqrt(max(0, (self.squares - self.total * self.total // count) // count))
            times = "/".join(_milliseconds(value) for value in (self.shortest, average, self.longest, deviation))
            parts.append(f"rtt min/avg/max/mdev = {times} ms")
        if self.pipe > 1:
            parts.append(f"pipe {self.pipe}")
        if self.received and self.transmitted > 1 and (not interval or options.flood or options.adaptive):
            gap = elapsed // 1000 // (self.transmitted - 1)
            parts.append(f"ipg/ewma {_milliseconds(gap)}/{_milliseconds(self.rtt // 8)} ms")
        return ", ".join(parts)


def _milliseconds(microseconds: int) -> str:
    return f"{microseconds // 1000}.{microseconds % 1000:03}"


def _single(value: float) -> float:
    """A C float."""
    result: float = struct.unpack("f", struct.pack("f", value))[0]
    return result


def reply_time(microseconds: int) -> str:
    """` time=0.123 ms`: four digits at most."""
    if microseconds >= 100_000 - 50:
        text = f"{(microseconds + 500) // 1000}"
    elif microseconds >= 10_000 - 5:
        text = f"{(microseconds + 50) // 1000}.{(microseconds + 50) % 1000 // 100}"
    elif microseconds >= 1000:
        text = f"{(microseconds + 5) // 1000}.{(microseconds + 5) % 1000 // 10:02}"
    else:
        text = f"0.{microseconds:03}"
    return f" time={text} ms"


#: A struct timeval at the start of the data: seconds and microseconds.
TIMEVAL: Final = struct.Struct("<qq")


def stamp(wall_clock: int) -> bytes:
    return TIMEVAL.pack(wall_clock // SECOND, wall_clock % SECOND // 1000)


def age(data: bytes, wall_clock: int) -> int:
    """Microseconds since `data` was stamped; never below zero."""
    sent: tuple[int, int] = TIMEVAL.unpack_from(data)
    return max(0, wall_clock // 1000 - (sent[0] * 1_000_000 + sent[1]))
