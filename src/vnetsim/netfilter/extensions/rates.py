"""Matches that remember: limit, statistic (nft_limit.c, as iptables-nft translates xt_limit; xt_statistic.c)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import UINT32_MAX, Context, Extension, Option, Said, negation
from vnetsim.netfilter.packet import Packet
from vnetsim.netfilter.rules import Match, Test

#: Seconds of a unit, from the longest on, and how it is printed.
UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "min"), (1, "sec"))
#: xt_limit counts in ten-thousandths of a second.
_SCALE: Final = 10_000
_DEFAULT_BURST: Final = 5


@attrs.frozen
class Limit(Match):
    """`rate` packets in each `unit` seconds, and up to `burst` at once after a time without any."""

    name = "limit"
    rate: int = 3
    unit: int = 3600
    burst: int = _DEFAULT_BURST

    def test(self) -> Test:
        return _Bucket(self).take

    def matches(self, packet: Packet) -> bool:
        """As if no packet had ever come before."""
        return self.test()(packet)

    @property
    def _rate(self) -> str:
        return f"{self.rate}/{dict(UNITS)[self.unit]}"

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"limit: avg {self._rate} burst {self.burst}"

    def __str__(self) -> str:
        burst = "" if self.burst == _DEFAULT_BURST else f" --limit-burst {self.burst}"
        return f"-m limit --limit {self._rate}{burst}"


class _Bucket:
    """Tokens in nanoseconds: a packet costs the time in which one may pass."""

    def __init__(self, limit: Limit) -> None:
        period = limit.unit * SECOND
        self._cost = period // limit.rate
        self._full = period * limit.burst // limit.rate
        self._tokens = self._full
        self._filled: int | None = None

    def take(self, packet: Packet) -> bool:
        if self._filled is not None:
            self._tokens = min(self._full, self._tokens + packet.context.now() - self._filled)
        self._filled = packet.context.now()
        if self._tokens < self._cost:
            return False
        self._tokens -= self._cost
        return True


def _rate(text: str, context: Context) -> tuple[int, int]:
    """Packets and seconds, brought to the unit in which iptables prints them."""
    del context
    found = read_rate(text, _SCALE)
    if found is None:
        raise ArgumentError(f'bad rate "{text}"\'')
    return found


_LONG: Final = {"day": "day", "hour": "hour", "min": "minute", "sec": "second"}


def read_rate(text: str, scale: int) -> tuple[int, int] | None:
    """`COUNT/UNIT` in the unit in which it is printed, by who counts in parts of a second; None if it is no rate."""
    count_text, slash, unit_text = text.partition("/")
    unit = (
        next((s for s, name in UNITS if unit_text and _LONG[name].startswith(unit_text.lower())), None) if slash else 1
    )
    count = int(count_text) if count_text.isascii() and is_digits(count_text) else 0
    if unit is None or count == 0:
        return None
    if count > scale * unit:
        raise ArgumentError(f'Rate too fast "{text}"')
    return printed_rate(scale * unit // count, scale)


def printed_rate(period: int, scale: int) -> tuple[int, int]:
    """The shortest unit in which `period` (in parts of a second) still tells a rate without much error."""
    chosen = UNITS[0][0]
    for unit, _ in UNITS[1:]:
        ticks = unit * scale
        if period > ticks or ticks // period < ticks % period:
            break
        chosen = unit
    return chosen * scale // period, chosen


def _limit(said: Said, context: Context) -> Limit:
    del context
    rate, unit = said.get("limit", (3, 3600))
    return Limit(rate, unit, said.get("limit-burst") or _DEFAULT_BURST)


# --- statistic -----------------------------------------------------------------------------------------------------

#: A probability of one.
_CERTAIN: Final = 0x8000_0000


@attrs.frozen
class ByChance(Match):
    """`--mode random`: `probability` counts in 1 / 2**31."""

    name = "statistic"
    probability: int
    negated: bool = False

    def matches(self, packet: Packet) -> bool:
        assert packet.context.random is not None, "the kernel gives packets a source of chance"
        return (packet.context.random.getrandbits(31) < self.probability) != self.negated

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"statistic mode random {negation(self.negated)}probability {self._share}"

    @property
    def _share(self) -> str:
        return f"{self.probability / _CERTAIN:.11f}"

    def __str__(self) -> str:
        return f"-m statistic --mode random {negation(self.negated)}--probability {self._share}"


@attrs.frozen
class EveryNth(Match):
    """`--mode nth`: of each `every` packets the one with number `packet` (from 0)."""

    name = "statistic"
    every: int
    packet: int
    negated: bool = False

    def test(self) -> Test:
        return _Counter(self).count

    def matches(self, packet: Packet) -> bool:
        """As if it were the first one."""
        return self.test()(packet)

    def listing(self, numeric: bool) -> str:
        del numeric
        which = f" packet {self.packet}" if self.packet else ""
        return f"statistic mode nth {negation(self.negated)}every {self.every}{which}"

    def __str__(self) -> str:
        return f"-m statistic --mode nth {negation(self.negated)}--every {self.every} --packet {self.packet}"


class _Counter:
    def __init__(self, match: EveryNth) -> None:
        self._match = match
        self._seen = 0

    def count(self, packet: Packet) -> bool:
        del packet
        number = self._seen
        self._seen = (number + 1) % self._match.every
        return (number == self._match.packet) != self._match.negated


def _mode(text: str, context: Context) -> str:
    del context
    if text not in ("random", "nth"):
        raise ArgumentError(f'Bad mode "{text}"')
    return text


def _probability(text: str, context: Context) -> int:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ArgumentError(f'{context.extension}: bad value for option "--{context.option}", or out of range (0-1).\n')
    return int(share * _CERTAIN + 0.5)


def _statistic_check(said: Said, context: Context) -> None:
    del context
    if said.get("mode", "random") == "random":
        if "probability" not in said:
            raise ArgumentError("--probability must be specified when using random mode")
    elif "every" not in said and "packet" not in said:
        raise ArgumentError("--every and --packet must be specified when using nth mode")
    elif said.get("packet", 0) >= said.get("every", 1 + said.get("packet", 0)):
        raise ArgumentError("the --packet p must be 0 <= p <= n-1")


def _statistic(said: Said, context: Context) -> Match:
    del context
    if said.get("mode") == "random":
        return ByChance(said.get("probability"), said.negated("probability"))
    return EveryNth(said.get("every"), said.get("packet"), said.negated("every"))


MATCHES: Final = (
    Extension("limit", (Option("limit", _rate), Option("limit-burst", options.integer(0, 10000))), _limit),
    Extension(
        "statistic",
        (
            Option("mode", _mode, mandatory=True),
            Option("probability", _probability, inverts=True, excludes=("every", "packet")),
            Option("every", options.integer(1, UINT32_MAX), inverts=True, requires=("packet",)),
            Option("packet", options.integer(0, UINT32_MAX), requires=("every",)),
        ),
        _statistic,
        _statistic_check,
    ),
)
