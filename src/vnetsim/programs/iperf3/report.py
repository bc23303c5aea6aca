"""What iperf3 prints of a test (iperf_api.c: iperf_reporter_callback; locale.c)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import attrs

from vnetsim.programs.iperf3.streams import Stream
from vnetsim.programs.iperf3.units import written
from vnetsim.values import define, frozen
from vnetsim.wire.inet import Address, parse_address

_HEAD: Final = "[ ID] Interval           Transfer     Bitrate"
_RESENT: Final = f"{_HEAD}         Retr"
_WINDOW: Final = f"{_RESENT}  Cwnd"
_UDP: Final = f"{_HEAD}         Jitter    Lost/Total Datagrams"
_UDP_SENDER: Final = f"{_HEAD}         Total Datagrams"
RULE: Final = "- - - - - - - - - - - - - - - - - - - - - - - - -"


@frozen(kw_only=True)
class Figures:
    """What one stream, or all of them, came to between `start` and `end` (seconds)."""

    start: float
    end: float
    size: int
    resent: int | None = None
    window: int | None = None
    datagrams: int | None = None
    lost: int = 0
    jitter: float | None = None

    @property
    def bits_per_second(self) -> float:
        return self.size * 8 / (self.end - self.start) if self.end > self.start else 0.0

    @property
    def lost_percent(self) -> float:
        return 100 * self.lost / self.datagrams if self.datagrams else 0.0


def together(figures: Sequence[Figures]) -> Figures:
    """[SUM]."""
    first = figures[0]
    return Figures(
        start=first.start,
        end=first.end,
        size=sum(it.size for it in figures),
        resent=None if first.resent is None else sum(it.resent or 0 for it in figures),
        datagrams=None if first.datagrams is None else sum(it.datagrams or 0 for it in figures),
        lost=sum(it.lost for it in figures),
        jitter=None if first.jitter is None else sum(it.jitter or 0 for it in figures) / len(figures),
    )


@define(eq=False)
class IntervalMeter:
    """Measures the streams interval by interval; `intervals` is all that was measured."""

    streams: list[Stream]
    began: int
    intervals: list[list[Figures]] = attrs.field(factory=list)
    _before: list[tuple[int, int, int, int]] = attrs.field(factory=list)
    _last: float = 0.0

    def __attrs_post_init__(self) -> None:
        self._before = [(0, 0, 0, 0)] * len(self.streams)

    def interval(self, now: int) -> list[Figures]:
        """What happened since the last call; [] if nothing did."""
        end = (now - self.began) / 1e9
        found = []
        for index, stream in enumerate(self.streams):
            present = (stream.count(), stream.sent_again(), stream.datagrams, stream.lost)
            size, resent, datagrams, lost = (new - old for new, old in zip(present, self._before[index], strict=True))
            self._before[index] = present
            found.append(_figures(stream, self._last, end, size, resent, datagrams, lost))
        self._last = end
        self.intervals.append(found)
        return found

    def whole(self, now: int) -> list[Figures]:
        end = (now - self.began) / 1e9
        return [
            _figures(it, 0.0, end, it.count(), it.sent_again(), it.datagrams, it.lost, at_end=True)
            for it in self.streams
        ]


def _figures(
    stream: Stream, start: float, end: float, size: int, resent: int, datagrams: int, lost: int, *, at_end: bool = False
) -> Figures:
    if stream.udp:
        jitter = None if stream.sends and not at_end else stream.jitter
        return Figures(start=start, end=end, size=size, datagrams=datagrams, lost=lost, jitter=jitter)
    if not stream.sends:
        return Figures(start=start, end=end, size=size)
    window = None
    if not at_end:
        info = stream.socket.info()
        window = info.window * info.mss
    return Figures(start=start, end=end, size=size, resent=resent, window=window)


def plain(address: Address) -> Address:
    """IPv4 as such, where a socket of IPv6 carries it (mapped_v4_to_regular_v4)."""
    text = str(address)
    return parse_address(text.removeprefix("::ffff:")) if text.startswith("::ffff:") and "." in text else address


class IperfPrinter:
    """Lines of a test; `write` gets them with the title in front."""

    def __init__(self, write: Callable[[str], Any], form: str, title: str) -> None:
        self._write, self._form, self._title = write, form, title
        self._begun = False

    def line(self, text: str) -> None:
        self._write(f"{self._title}{text}\n")

    def connected(self, stream: Stream) -> None:
        (local, local_port), (remote, remote_port) = stream.local, stream.remote
        local, remote = plain(local), plain(remote)
        self.line(f"[{stream.number:3}] local {local} port {local_port} connected to {remote} port {remote_port}")

    def interval(self, streams: Sequence[Stream], figures: Sequence[Figures]) -> None:
        if not self._begun:
            self._begun = True
            self.line(_head(figures[0], summary=False))
        elif len(streams) > 1:
            self.line(RULE)
        for stream, each in zip(streams, figures, strict=True):
            self.line(self._line(f"[{stream.number:3}]", each, ""))
        if len(streams) > 1:
            self.line(self._line("[SUM]", together(figures), ""))

    def summary(self, streams: Sequence[Stream], directions: Sequence[tuple[str, Sequence[Figures]]]) -> None:
        """`directions` are the figures of all streams at the senders, and those at the receivers."""
        self._begun = False
        self.line(RULE)
        self.line(_head(directions[0][1][0], summary=True))
        for index, stream in enumerate(streams):
            for role, figures in directions:
                self.line(self._line(f"[{stream.number:3}]", figures[index], role))
        if len(streams) > 1:
            for role, figures in directions:
                self.line(self._line("[SUM]", together(figures), role))

    def _line(self, name: str, it: Figures, role: str) -> str:
        rate = it.bits_per_second / 8
        form = self._form
        text = f"{name} {it.start:6.2f}-{it.end:<6.2f} sec  {written(it.size, 'A')}s  {written(rate, form)}s/sec"
        if it.datagrams is not None and it.jitter is None:
            return f"{text}  {it.datagrams}  {role}"
        if it.datagrams is not None and it.jitter is not None:
            lost = f"{it.lost}/{it.datagrams} ({it.lost_percent:.2g}%)"
            return f"{text}  {it.jitter * 1000:5.3f} ms  {lost}  {role}"
        if it.resent is None:
            return f"{text}                  {role}"
        if it.window is None:
            return f"{text}  {it.resent:3}             {role}"
        return f"{text}  {it.resent:3}   {written(it.window, 'A')}s       {role}"


def _head(it: Figures, *, summary: bool) -> str:
    if it.datagrams is not None:
        return _UDP_SENDER if it.jitter is None else _UDP
    if it.resent is None:
        return _HEAD
    return _RESENT if summary else _WINDOW
