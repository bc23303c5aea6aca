"""Counters of a device: `ip -s link`, twice `-s` for the kinds of errors (ip/ipaddress.c: print_stats64).

Of the kinds of errors only those of frames are made by something simulated; the others are zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.observations import Statistics
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.lib.options import Iproute2Options
from vnetsim.values import frozen

_RECEIVED: Final = ("bytes", "packets", "errors", "dropped", "missed", "mcast", "")
_SENT: Final = ("bytes", "packets", "errors", "dropped", "carrier", "collsns", "")
_RECEIVE_ERRORS: Final = ("length", "crc", "frame", "fifo", "overrun")
_SEND_ERRORS: Final = ("aborted", "fifo", "window", "heartbt", "transns")
_JSON_RECEIVED: Final = ("bytes", "packets", "errors", "dropped", "over_errors", "multicast")
_JSON_SENT: Final = ("bytes", "packets", "errors", "dropped", "carrier_errors", "collisions")
_JSON_RECEIVE_ERRORS: Final = ("length_errors", "crc_errors", "frame_errors", "fifo_errors", "missed_errors")
_JSON_SEND_ERRORS: Final = (
    "aborted_errors",
    "fifo_errors",
    "window_errors",
    "heartbeat_errors",
    "carrier_changes",
)
#: Columns are never narrower than the longest of their titles.
_NARROWEST: Final = tuple(map(len, ("*X errors:", "packets", "errors", "dropped", "heartbt", "overrun", "compressed")))
_PREFIXES: Final = "kMGTPE"


@frozen
class LinkCounters:
    """The numbers of one device in the order of the columns."""

    received: tuple[int, ...]
    sent: tuple[int, ...]
    receive_errors: tuple[int, ...]
    send_errors: tuple[int, ...]

    @classmethod
    def of(cls, it: Statistics, carrier_changes: int) -> LinkCounters:
        return cls(
            (it.rx_bytes, it.rx_packets, it.rx_errors, it.rx_dropped, it.rx_missed, it.multicast),
            (it.tx_bytes, it.tx_packets, it.tx_errors, it.tx_dropped, it.tx_carrier, it.collisions),
            (0, 0, it.rx_frame_errors, 0, 0),
            (0, 0, 0, 0, carrier_changes),
        )


def print_statistics(out: Iproute2Output, options: Iproute2Options, counts: Statistics, carrier_changes: int) -> None:
    """Text without the last line's end, or the object `stats64`."""
    counters = LinkCounters.of(counts, carrier_changes)
    if out.json is None:
        _print_text(out, options, counters)
    else:
        _print_json(out, counters, errors=options.stats > 1)


def _print_json(out: Iproute2Output, counters: LinkCounters, *, errors: bool) -> None:
    *first, missed, multicast = counters.received
    received = dict(zip(_JSON_RECEIVED, (*first, 0, multicast), strict=True))
    sent = dict(zip(_JSON_SENT, counters.sent, strict=True))
    if errors:
        received |= zip(_JSON_RECEIVE_ERRORS, (*counters.receive_errors[:4], missed), strict=True)
        sent |= zip(_JSON_SEND_ERRORS, counters.send_errors, strict=True)
    out.data("stats64", {"rx": received, "tx": sent})


def _print_text(out: Iproute2Output, options: Iproute2Options, counters: LinkCounters) -> None:
    columns = _widths(options, counters)
    _print_row(out, options, columns, "RX: ", _RECEIVED, counters.received)
    if options.stats > 1:
        out.line()
        _print_errors(out, options, columns, "RX", _RECEIVE_ERRORS, counters.receive_errors)
    out.line()
    _print_row(out, options, columns, "TX: ", _SENT, counters.sent)
    if options.stats > 1:
        out.line()
        _print_errors(out, options, columns, "TX", _SEND_ERRORS, counters.send_errors)


def _widths(options: Iproute2Options, counters: LinkCounters) -> list[int]:
    widths = list(_NARROWEST)
    rows: list[Sequence[int]] = [counters.received, counters.sent]
    if options.stats > 1:
        rows += [(0, *counters.receive_errors), (0, *counters.send_errors)]
    for row in () if options.human else rows:
        widths[: len(row)] = [max(width, len(str(count))) for width, count in zip(widths, row, strict=False)]
    return widths


def _print_row(
    out: Iproute2Output,
    options: Iproute2Options,
    widths: list[int],
    what: str,
    titles: Sequence[str],
    counts: Sequence[int],
) -> None:
    header = [titles[0].rjust(widths[0] - 4), *(t.rjust(w) for t, w in zip(titles[1:], widths[1:], strict=True))]
    out.text("    " + what + " ".join(header))
    out.line()
    out.text("    " + "".join(_number(options, width, count) for width, count in zip(widths, counts, strict=False)))


def _print_errors(
    out: Iproute2Output,
    options: Iproute2Options,
    widths: list[int],
    what: str,
    titles: Sequence[str],
    counts: Sequence[int],
) -> None:
    header = " ".join(title.rjust(width) for title, width in zip(titles, widths[1:6], strict=True))
    out.text(f"    {what} errors:{'':>{widths[0] - 10}} {header}")
    out.line()
    numbers = "".join(_number(options, width, count) for width, count in zip(widths[1:6], counts, strict=True))
    out.text(" " * (widths[0] + 5) + numbers)


def _number(options: Iproute2Options, width: int, count: int) -> str:
    """print_num(): right-aligned with a blank behind; with `-h` in thousands (`-iec`: 1024) and up to three digits."""
    base = 1024 if options.iec else 1000
    if not options.human or count < base:
        return f"{count:>{width}} "
    power, prefix = base, 0
    while count // base >= power and prefix < len(_PREFIXES) - 1:
        power *= base
        prefix += 1
    precision, limit = 2, 10
    while precision > 0 and count // power >= limit:
        precision, limit = precision - 1, limit * 10
    text = f"{count / power:.{precision}f}{_PREFIXES[prefix]}{'i' if options.iec else ''}"
    return f"{text:>{width}} "
