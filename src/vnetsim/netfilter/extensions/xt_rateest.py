"""Estimators of rates: RATEEST makes them, rateest compares them (xt_RATEEST.c, xt_rateest.c, gen_estimator.c).

The intervals of an estimator begin with its first packet here, and with its rule in Linux.  Not modelled: estimators
that rules of the other family make.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

from vnetsim.clock import MILLISECOND
from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.estimators import Estimators
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, XtOption, number
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch, XtTarget
from vnetsim.values import frozen

_SHORTEST: Final = 250 * MILLISECOND
#: Of what is kept of a rate, so many bits are behind the point.
_POINT: Final = 8
_QUARTERS: Final = 2
_SECOND_US: Final = 1_000_000
_LONGEST_NAME: Final = 15
_INTERVALS: Final = 6
_MOST_SHIFTS: Final = 31
_NUMBER: Final = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)(.*)", re.DOTALL)
_PREFIXES: Final = {"": (1, 1), "k": (1000, 1024), "m": (1000**2, 1024**2), "g": (1000**3, 1024**3),
                    "t": (1000**4, 1024**4)}  # fmt: skip
#: Bytes a second, by the unit in lower case; without one they are bytes.
_RATES: Final = {"": 1 / 8}
for _prefix, (_decimal, _binary) in _PREFIXES.items():
    for _unit, _bits in (("bit", 1), ("bps", 8)):
        _RATES[f"{_prefix}{_unit}"] = _decimal * _bits / 8
        if _prefix:
            _RATES[f"{_prefix}i{_unit}"] = _binary * _bits / 8
_TIMES: Final = {"": 1, **dict.fromkeys(("s", "sec", "secs"), _SECOND_US), **dict.fromkeys(("us", "usec", "usecs"), 1),
                 **dict.fromkeys(("ms", "msec", "msecs"), 1000)}  # fmt: skip
_MODES: Final = ("lt", "gt", "eq")


class RateEstimator:
    """struct net_rate_estimator: weighted averages, moved on when they are read."""

    def __init__(self, interval: int, weight: int, now: int) -> None:
        self._interval, self._weight, self._began = interval, weight, now
        self._counted = [0, 0]
        self._averages = [0, 0]

    def count(self, length: int, now: int) -> None:
        self._move(now)
        self._counted = [self._counted[0] + length, self._counted[1] + 1]

    def read(self, now: int) -> tuple[int, int]:
        """gen_estimator_read: bytes and packets a second."""
        self._move(now)
        return self._averages[0] >> _POINT, self._averages[1] >> _POINT

    def _move(self, now: int) -> None:
        """est_timer, as often as it would have run."""
        length = _SHORTEST << self._interval
        while now - self._began >= length:
            self._began += length
            if not any(self._counted) and not any(average >> self._weight for average in self._averages):
                self._began += (now - self._began) // length * length
                return
            shift = _POINT + _QUARTERS - self._interval
            for index, average in enumerate(self._averages):
                self._averages[index] += (self._counted[index] << shift >> self._weight) - (average >> self._weight)
            self._counted = [0, 0]


@frozen(str=False)
class RateEst(XtTarget):
    """The target: `interval` is 0 for 250 ms, and each more doubles it; `weight` is the exponent of the average's."""

    name = "RATEEST"
    estimated: str
    interval: int
    weight: int

    @property
    def estimators(self) -> Estimators:
        return Estimators((self.estimated,), (self.interval, self.weight))

    @property
    def memory_key(self) -> tuple[str, str]:
        return "RATEEST", self.estimated

    def act(self, packet: PktInfo) -> None:
        now, memory = packet.context.now(), packet.context.memory
        found = memory.setdefault(self.memory_key, RateEstimator(self.interval, self.weight, now))
        found.count(packet.ip.length, now)

    def _text(self, dashes: str) -> str:
        interval = (_SECOND_US << self.interval) // 4
        times = f"{dashes}interval {_time_text(interval)} {dashes}ewmalog {_time_text(interval << self.weight)}"
        return f"{dashes}name {self.estimated} {times}"

    def listing(self, _numeric: bool) -> str:
        return self._text("")

    def __str__(self) -> str:
        return f"RATEEST {self._text('--rateest-')}"


def _time_text(time: int) -> str:
    return f"{time / _SECOND_US:.1f}s" if time >= _SECOND_US else f"{time / 1000:.1f}ms"


@frozen
class RateestMatch(XtMatch):
    """`rates` are the two of bytes and the two of packets, None for what is not compared."""

    name = "rateest"
    first: str
    second: str
    mode: str
    rates: tuple[tuple[int, int] | None, tuple[int, int] | None]
    delta: bool = False
    negated: bool = False

    @property
    def estimators(self) -> Estimators:
        return Estimators((self.first, self.second) if self.second else (self.first,))

    @property
    def memory_key(self) -> tuple[str, str]:
        return "RATEEST", self.first

    def fits(self, _rule: Rule) -> bool:
        return bool(self.mode) and any(each is not None for each in self.rates)

    def matches(self, packet: PktInfo) -> bool:
        """xt_rateest_mt"""
        measured = _measured(packet, self.first), _measured(packet, self.second)
        return all(
            self._compares(given, (measured[0][index], measured[1][index]))
            for index, given in enumerate(self.rates)
            if given is not None
        ) != self.negated  # fmt: skip

    def _compares(self, given: tuple[int, int], measured: tuple[int, int]) -> bool:
        one = max(given[0] - measured[0], 0) if self.delta else measured[0]
        other = given[1]
        if self.second:
            other = max(given[1] - measured[1], 0) if self.delta else measured[1]
        return one < other if self.mode == "lt" else one > other if self.mode == "gt" else one == other

    def _mode(self, dashes: str = "") -> str:
        return f"{options.negation(self.negated)}{dashes}{self.mode}"

    def listing(self, numeric: bool) -> str:
        words = [f"rateest match {self.first}"] + (["delta"] if self.delta else [])
        for name, given in zip(("bps", "pps"), self.rates, strict=True):
            if given is None:
                continue
            first, second = (_rate_text(each, numeric or name == "pps") for each in given)
            words += [name, *([first] if self.delta else [])]
            if not self.second:
                words += [second, self._mode()] if name == "bps" else [self._mode(), second]
        if self.second:
            words += [self._mode(), self.second]
            for name, given in zip(("bps", "pps"), self.rates, strict=True):
                if given is not None:
                    words += [name, *([_rate_text(given[1], numeric or name == "pps")] if self.delta else [])]
        return " ".join(words)

    def __str__(self) -> str:
        words = ["-m rateest"] + (["--rateest-delta"] if self.delta else [])
        words.append(f"--rateest{1 if self.second else ''} {self.first}")
        for name, given in zip(("bps", "pps"), self.rates, strict=True):
            if given is None:
                continue
            first, second = (_rate_text(each, name == "pps") for each in given)
            words += [f"--rateest-{name}1 {first}"] if self.delta else []
            words += [self._mode("--rateest-"), f"--rateest-{name}{2 if self.delta else ''}"]
            words += [second] if self.delta or not self.second else []
        return " ".join(words + ([f"--rateest2 {self.second}"] if self.second else []))


def _measured(packet: PktInfo, name: str) -> tuple[int, int]:
    found: Any = packet.context.memory.get(("RATEEST", name))
    return (0, 0) if found is None else found.read(packet.context.now())


def _rate_text(rate: int, numeric: bool) -> str:
    bits = 8 * rate
    if numeric:
        return str(rate)
    if bits >= 1000 * _SECOND_US:
        return f"{bits / 1_000_000:.0f}Mbit"
    return f"{bits / 1000:.0f}Kbit" if bits >= _SECOND_US else f"{bits}bit"


# --- options ---------------------------------------------------------------------------------------------------------


def _measure(text: str, units: dict[str, float]) -> float | None:
    """strtod(3) and a unit."""
    found = _NUMBER.fullmatch(text)
    unit = found[2].lower() if found else ""
    return float(found[1]) * units[unit] if found and unit in units else None


def _bps(text: str, _context: ParseContext) -> int:
    value = _measure(text, {**_RATES, "": 1 / 8}) if text else 0
    if value is None:
        raise ArgumentError(f"rateest: could not parse rate `{text}'")
    return int(value) & UINT32_MAX


def _pps(text: str, _context: ParseContext) -> int:
    value = number(text) if text else 0
    if value is None or value > UINT32_MAX:
        raise ArgumentError(f"rateest: could not parse pps `{text}'")
    return value


def _match_option(name: str, key: str, about: str, **more: Any) -> XtOption:
    return XtOption(name, key=key, inverts=True, repeated=f"rateest: can't specify {about} twice", **more)


def _check_match(parsed: ParsedOptions) -> None:
    for key in ("rateest1", "rateest2", "bps1", "bps2", "pps1", "pps2", "delta"):
        if parsed.negated(key):
            what = "rateest" if key.startswith("rateest") else f"rateest-{key.rstrip('12')}"
            raise ArgumentError(f"rateest: {what} can't be inverted")


def _build_match(parsed: ParsedOptions) -> RateestMatch:
    modes = [mode for mode in _MODES if mode in parsed]
    rates = [
        (parsed.get(f"{name}1", 0), parsed.get(f"{name}2", 0)) if f"{name}1" in parsed or f"{name}2" in parsed else None
        for name in ("bps", "pps")
    ]
    return RateestMatch(
        parsed.get("rateest1", ""), parsed.get("rateest2", ""), parsed.last(*modes) if modes else "",
        (rates[0], rates[1]), "delta" in parsed, any(parsed.negated(mode) for mode in modes),
    )  # fmt: skip


def _time(text: str, context: ParseContext) -> int:
    value = _measure(text, dict(_TIMES))
    if value is None:
        what = context.option.removeprefix("rateest-")
        raise ArgumentError(f'RATEEST: bad {what} value "{text}"')
    return int(value)


def _check_target(parsed: ParsedOptions) -> None:
    """RATEEST_final_check, which comes before it is asked whether they are all there."""
    _parameters(parsed)


def _parameters(parsed: ParsedOptions) -> tuple[int, int]:
    given, average = parsed.get("rateest-interval", 0), parsed.get("rateest-ewmalog", 0)
    interval = next((each for each in range(_INTERVALS) if given <= (_SECOND_US << each) // 4), None)
    if interval is None:
        raise ArgumentError("RATEEST: interval value is too large")
    weight = next(
        (each for each in range(1, _MOST_SHIFTS + 1) if given / -math.log(1 - 2.0**-each) > average), _MOST_SHIFTS + 1
    )
    if not 0 < weight - 1 < _MOST_SHIFTS:
        raise ArgumentError("RATEEST: ewmalog value is out of range")
    return interval, weight - 1


def _build_target(parsed: ParsedOptions) -> RateEst:
    return RateEst(parsed.get("rateest-name"), *_parameters(parsed))


MATCHES: Final = (
    Extension(
        "rateest",
        (
            *(_match_option(name, "rateest1", "--rateest1", read=options.string(_LONGEST_NAME))
              for name in ("rateest1", "rateest")),
            _match_option("rateest2", "rateest2", "--rateest2", read=options.string(_LONGEST_NAME)),
            *(_match_option(f"rateest-{name}", key, f"--rateest-{key}", read=reader, optional=True)
              for reader, names in ((_bps, (("bps1", "bps1"), ("bps2", "bps2"), ("bps", "bps2"))),
                                    (_pps, (("pps1", "pps1"), ("pps2", "pps2"), ("pps", "pps2"))))
              for name, key in names),
            _match_option("rateest-delta", "delta", "--rateest-delta"),
            *(_match_option(f"rateest-{mode}", mode, "lt/gt/eq") for mode in _MODES),
        ),
        _build_match,
        _check_match,
    ),
)  # fmt: skip
TARGETS: Final = (
    Extension(
        "RATEEST",
        (
            XtOption("rateest-name", options.string(_LONGEST_NAME), mandatory=True),
            XtOption("rateest-interval", _time, mandatory=True),
            XtOption("rateest-ewmalog", _time, mandatory=True),
        ),
        _build_target,
        _check_target,
    ),
)
