"""Metrics of routes: read from arguments, and printed (ip/iproute.c: iproute_modify, print_rta_metrics)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

import attrs

from vnetsim.operations.route import VALUES, RouteMetrics
from vnetsim.programs.iproute2.lib.arguments import Request, invarg, number, valid
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output

#: Takes a metric from the arguments, beside those that were read before.
MetricReader = Callable[[Request, RouteMetrics], RouteMetrics]

#: What one unit of a value is in what netlink has: 1/8 ms, 1/4 ms, ms.
_UNITS: Final = {"rtt": 8, "rttvar": 4, "rto_min": 1}
_TIME: Final = re.compile(r"(\d+\.?\d*|\.\d+|0x[0-9a-f]+)(s|sec|secs|ms|msec|msecs)?\Z", re.IGNORECASE)
_SECONDS: Final = ("s", "sec", "secs")
_MOST_HOPS: Final = 255
#: In the order of RTAX_*, by which they are printed.
_ORDER: Final = (
    "mtu", "window", "rtt", "rttvar", "ssthresh", "cwnd", "advmss", "reordering", "hoplimit", "initcwnd", "ecn",
    "rto_min", "initrwnd", "quickack", "congctl", "fastopen_no_cookie",
)  # fmt: skip


def locked(request: Request, metrics: RouteMetrics, name: str) -> tuple[str, RouteMetrics]:
    """The next argument, and the metrics with a lock if it was `lock`."""
    arg = request.args.next_arg()
    return (request.args.next_arg(), with_lock(metrics, name)) if arg == "lock" else (arg, metrics)


def with_lock(metrics: RouteMetrics, name: str) -> RouteMetrics:
    """Locked metrics are in the order of the fields."""
    names = {*metrics.locked, name}
    return attrs.evolve(metrics, locked=tuple(each for each in ("advmss", *VALUES) if each in names))


def _with(metrics: RouteMetrics, name: str, value: int) -> RouteMetrics:
    changes: dict[str, Any] = {name: value}
    return attrs.evolve(metrics, **changes)


def _number(name: str) -> MetricReader:
    def read(request: Request, metrics: RouteMetrics) -> RouteMetrics:
        arg, metrics = locked(request, metrics, name)
        value = number(arg)
        if value is not None and name == "hoplimit" and value > _MOST_HOPS:
            value = None
        return _with(metrics, name, valid(value, f'"{name}" value is invalid\n', arg))

    return read


def _flag(name: str) -> MetricReader:
    def read(request: Request, metrics: RouteMetrics) -> RouteMetrics:
        arg = request.args.next_arg()
        value = valid(number(arg), f'"{name}" value is invalid\n', arg)
        if value not in (0, 1):
            raise invarg(f'"{name}" value should be 0 or 1\n', arg)
        return _with(metrics, name, value)

    return read


def _time(name: str) -> MetricReader:
    def read(request: Request, metrics: RouteMetrics) -> RouteMetrics:
        arg, metrics = (request.args.next_arg(), metrics) if name == "rto_min" else locked(request, metrics, name)
        value = valid(_time_rtt(arg, _UNITS[name]), f'"{name}" value is invalid\n', arg)
        metrics = with_lock(metrics, name) if name == "rto_min" else metrics
        return _with(metrics, name, value)

    return read


def _time_rtt(arg: str, unit: int) -> int | None:
    """get_time_rtt: a number without a unit is one of the kernel's."""
    found = _TIME.match(arg)
    if found is None:
        return None
    digits, suffix = found[1].lower(), (found[2] or "").lower()
    amount = float(digits) if "." in digits else float(valid(number(digits), "invalid\n", arg))
    scaled = amount * (1000 if suffix in _SECONDS else 1)
    whole = int(scaled) + (scaled > int(scaled))
    return whole * unit if suffix else whole


def _features(request: Request, metrics: RouteMetrics) -> RouteMetrics:
    arg = request.args.next_arg()
    if arg != "ecn":
        raise invarg('"features" value not valid\n', arg)
    return attrs.evolve(metrics, ecn=True)


def _algorithm(request: Request, metrics: RouteMetrics) -> RouteMetrics:
    arg, metrics = locked(request, metrics, "congctl")
    return attrs.evolve(metrics, congctl=arg)


#: How each metric is read.
READERS: Final[dict[str, MetricReader]] = {
    **{name: _number(name) for name in (
        "hoplimit", "reordering", "window", "cwnd", "initcwnd", "initrwnd", "ssthresh",
    )},
    **{name: _time(name) for name in _UNITS},
    **{name: _flag(name) for name in ("quickack", "fastopen_no_cookie")},
    "features": _features,
    "congctl": _algorithm,
}  # fmt: skip


def print_metrics(
    out: Iproute2Output, mtu: int | None, mtu_locked: bool, advmss: int | None, metrics: RouteMetrics
) -> None:
    """print_rta_metrics()"""
    values = {"mtu": mtu, "advmss": advmss, **dict(metrics.given())}
    shown = [name for name in _ORDER if (metrics.ecn if name == "ecn" else values.get(name))]
    if not shown:
        return
    locks = {*metrics.locked, *(("mtu",) if mtu_locked else ())}
    out.data("metrics", [dict(_json(name, values.get(name)) for name in shown)])
    for name in shown:
        out.text("".join(_text(name, values.get(name), locked=name in locks)))


def _json(name: str, value: int | str | None) -> tuple[str, int | str | None]:
    if isinstance(value, int) and name in _UNITS:
        return name, value // _UNITS[name]
    return ("congestion" if name == "congctl" else name), value


def _text(name: str, value: int | str | None, *, locked: bool) -> Iterator[str]:
    if name == "ecn":
        yield "features ecn "
        return
    yield f"{name} {'lock ' if locked else ''}"
    if isinstance(value, int) and name in _UNITS:
        milliseconds = value // _UNITS[name]
        yield f"{milliseconds / 1000:g}s " if milliseconds >= 1000 else f"{milliseconds}ms "
    else:
        yield f"{value} "
