"""The options of tbf (iproute2 6.1: tc/q_tbf.c).

Not modelled: rates as a share of the device's, link layers with cells.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, matches, number, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions
from vnetsim.values import frozen

_MICROSECONDS: Final = 1_000_000


def _size_and_cell(text: str) -> int | None:
    """The cell size behind a slash has no effect any more, but must be a power of two."""
    before, slash, cell = text.partition("/")
    if slash and (not is_digits(cell) or int(cell) & int(cell) - 1 or not int(cell)):
        return None
    return units.size(before)


def _rate(text: str) -> int | None:
    if "%" in text:
        raise NotModelled("a rate as a share of the device's")
    return units.rate(text)


def _linklayer(text: str) -> int | None:
    if text in ("adsl", "atm"):
        raise NotModelled(f"linklayer {text}")
    return 1 if text == "ethernet" else None


@frozen
class _Keyword:
    """A keyword, whether it may be abbreviated, what it sets, how a second one is named, and how it is read."""

    arg: str
    abbreviated: bool
    key: str
    name: str
    measure: Callable[[str], int | None]

    def is_meant(self, arg: str) -> bool:
        return matches(arg, self.arg) if self.abbreviated else arg == self.arg


_KEYWORDS: Final = (
    _Keyword("limit", True, "limit", "limit", units.size),
    _Keyword("latency", True, "latency", "latency", units.time),
    _Keyword("burst", True, "burst", "buffer/burst/maxburst", _size_and_cell),
    _Keyword("buffer", False, "burst", "buffer/burst/maxburst", _size_and_cell),
    _Keyword("maxburst", False, "burst", "buffer/burst/maxburst", _size_and_cell),
    _Keyword("mtu", False, "mtu", "mtu/minburst", _size_and_cell),
    _Keyword("minburst", False, "mtu", "mtu/minburst", _size_and_cell),
    _Keyword("mpu", False, "mpu", "mpu", units.size),
    _Keyword("rate", False, "rate", "rate", _rate),
    _Keyword("peakrate", True, "peakrate", "peakrate", _rate),
    _Keyword("overhead", True, "overhead", "overhead", lambda text: number(text, 16)),
    _Keyword("linklayer", True, "linklayer", "linklayer", _linklayer),
)


def read(args: Args, _kind: str) -> Options:
    parsed: Options = {}
    for arg in args:
        _read_arg(args, arg, parsed)
    _check(parsed)
    if not parsed.get("limit"):
        parsed["limit"] = _limit(parsed)
    return {
        key: parsed[key] for key in ("rate", "burst", "limit", "peakrate", "mtu", "mpu", "overhead") if parsed.get(key)
    }


def _read_arg(args: Args, arg: str, parsed: Options) -> None:
    keyword = next((keyword for keyword in _KEYWORDS if keyword.is_meant(arg)), None)
    if keyword is None:
        raise usage("tc-tbf", 1, "" if arg == "help" else f'tbf: unknown parameter "{arg}"')
    text, key = args.next_arg(), keyword.key
    if parsed.get(key):
        raise Iproute2Error(1, f'tbf: duplicate "{keyword.name}" specification')
    if (key, "latency" in parsed) == ("limit", True):
        raise Iproute2Error(1, 'tbf: specifying both "latency" and "limit" is not allowed')
    if (key, "limit" in parsed) == ("latency", True):
        raise Iproute2Error(1, 'tbf: specifying both "limit" and "/latency" is not allowed')
    value = keyword.measure(text)
    if value is None:
        name = arg if key in ("burst", "mtu") else keyword.arg
        raise Iproute2Error(1, f'tbf: illegal value for "{name}": "{text}"')
    parsed[key] = value


def _check(parsed: Options) -> None:
    """All that is missing is reported at once."""
    missing = []
    if not parsed.get("rate"):
        missing.append('the "rate" parameter is mandatory.')
    if not parsed.get("burst"):
        missing.append('the "burst" parameter is mandatory.')
    if parsed.get("peakrate") and not parsed.get("mtu"):
        missing.append('when "peakrate" is specified, "mtu" must also be specified.')
    if not parsed.get("limit") and not parsed.get("latency"):
        missing.append('either "limit" or "latency" is required.')
    if missing:
        raise usage("tc-tbf", 1, "\n".join(f"tbf: {message}" for message in missing))


def _limit(parsed: Options) -> int:
    """As many bytes as leave within the latency."""
    limit = parsed["rate"] * parsed["latency"] / _MICROSECONDS + parsed["burst"]
    if parsed.get("peakrate"):
        limit = min(limit, parsed["peakrate"] * parsed["latency"] / _MICROSECONDS + parsed["mtu"])
    return int(limit)


# --- showing ---------------------------------------------------------------------------------------------------------


def show(out: Iproute2Output, qdisc: Qdisc, options: TcOptions) -> None:
    known = qdisc.options
    rate, peak = known["rate"], known.get("peakrate", 0)
    out.both("rate", f"rate {units.rate_text(rate, iec=options.iec)} ", rate)
    _show_burst(out, "burst", units.sent_in(rate, known["buffer"]), known.get("mpu", 0), options)
    _show_ticks(out, known["buffer"], options)
    if peak:
        out.both("peakrate", f"peakrate {units.rate_text(peak, iec=options.iec)} ", peak)
        name = "mtu" if options.details else "minburst"
        _show_burst(out, name, units.sent_in(peak, known["peak_buffer"]), known.get("mpu", 0), options)
        _show_ticks(out, known["peak_buffer"], options)
    latency = _latency(known["limit"], rate, known["buffer"])
    if peak:
        latency = max(latency, _latency(known["limit"], peak, known["peak_buffer"]))
    if latency >= 0:
        out.both("lat", f"lat {units.time_text(int(latency))} ", int(latency))
    if options.raw or latency < 0:
        out.both("limit", f"limit {units.size_text(known['limit'])} ", known["limit"])
    if known.get("overhead"):
        out.both("overhead", f"overhead {known['overhead']} ", known["overhead"])
    if options.details:
        out.both("linklayer", "linklayer ethernet ", "ethernet")


def _show_ticks(out: Iproute2Output, buffer: int, options: TcOptions) -> None:
    if options.raw:
        out.text(f"[{buffer // units.TICK_NS:08x}] ")


def _show_burst(out: Iproute2Output, name: str, size: int, least: int, options: TcOptions) -> None:
    args = units.size_text(size)
    if options.details:
        out.both(name, f"{name} {args}/1", f"{args}/1")
        out.both("mpu", f" mpu {units.size_text(least)} ", least)
    else:
        out.both(name, f"{name} {args} ", size)


def _latency(limit: int, rate: int, buffer: int) -> float:
    return _MICROSECONDS * (limit / rate) - units.from_ticks(buffer // units.TICK_NS)
