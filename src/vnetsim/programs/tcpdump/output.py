"""How packets are written: lines with a time, bytes behind them, in the portions in which stdio writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import AnyStr, Final, Generic

from vnetsim.programs.tcpdump.options import TcpdumpOptions
from vnetsim.wire.printer import dump

#: BUFSIZ of a file or pipe.
_PORTION: Final = 4096
_DAY: Final = 86_400


class Buffered(Generic[AnyStr]):
    """A stream of text or bytes that writes whole portions; with `at_once` each write."""

    def __init__(self, write: Callable[[AnyStr], None], nothing: AnyStr, *, at_once: bool) -> None:
        self._write: Callable[[AnyStr], None] = write
        self._at_once = at_once
        self._nothing: AnyStr = nothing
        self._held: AnyStr = nothing

    def write(self, text: AnyStr) -> None:
        self._held += text
        whole = len(self._held) if self._at_once else len(self._held) // _PORTION * _PORTION
        if whole:
            self._write(self._held[:whole])
            self._held = self._held[whole:]

    def flush(self) -> None:
        if self._held:
            self._write(self._held)
            self._held = self._nothing


class Lines:
    """Makes the text of one packet after the other; times are nanoseconds since 1970."""

    def __init__(self, options: TcpdumpOptions) -> None:
        self._options = options
        self._number = 0
        self._first: int | None = None
        self._previous: int | None = None

    def line(self, at: int, text: str, data: bytes, header: int) -> str:
        """`text` describes the packet, whose bytes are `data` with a link-layer header of `header` bytes."""
        self._number += 1
        number = f"{self._number:5}  " if self._options.numbered else ""
        bytes_ = self._bytes(data, header)
        # An undecoded payload is dumped by the printer; not if -x dumps all bytes.
        text = text.partition("\n\t0x")[0] if bytes_ else text
        return f"{number}{self._time(at)}{text}{bytes_}\n"

    def _time(self, at: int) -> str:
        """Without -t, and with one to five of them."""
        microseconds = at // 1000
        seconds, fraction = divmod(microseconds, 1_000_000)
        times = self._options.times
        if times == 0:
            return f"{_clock(seconds % _DAY)}.{fraction:06} "
        if times == 2:
            return f"{seconds}.{fraction:06} "
        if times == 4:
            return f"{time.strftime('%Y-%m-%d', time.gmtime(seconds))} {_clock(seconds % _DAY)}.{fraction:06} "
        return self._since(microseconds, times) if times > 2 else ""

    def _since(self, microseconds: int, times: int) -> str:
        """The time since the packet before (-ttt) or the first one (-ttttt)."""
        base = self._previous if times == 3 else self._first
        passed = microseconds - (microseconds if base is None else base)
        self._first = microseconds if self._first is None else self._first
        self._previous = microseconds
        seconds, fraction = divmod(passed, 1_000_000)
        return f" {_clock(seconds)}.{fraction:06} "

    def _bytes(self, data: bytes, header: int) -> str:
        options = self._options
        if options.both:
            return dump(data if options.both > 1 else data[header:])
        if options.hexadecimal:
            return dump(data if options.hexadecimal > 1 else data[header:], text=False)
        if options.text:
            return f"\n{_ascii(data if options.text > 1 else data[header:])}"
        return ""


def _clock(seconds: int) -> str:
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _ascii(data: bytes) -> str:
    """ascii_print(): no carriage returns at the ends of lines."""
    text = ""
    for position, octet in enumerate(data):
        if octet == 0x0D:
            text += "." if data[position + 1 : position + 2] not in (b"\n", b"") else ""
        else:
            text += chr(octet) if 0x20 <= octet < 0x7F or octet in (0x09, 0x0A) else "."
    return text
