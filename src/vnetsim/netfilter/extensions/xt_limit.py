"""A token bucket: limit (nft_limit.c, as iptables-nft translates xt_limit)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Test, XtMatch
from vnetsim.values import frozen

#: Seconds of a unit, from the longest on, and how it is printed.
UNITS: Final = ((86400, "day"), (3600, "hour"), (60, "min"), (1, "sec"))
#: xt_limit counts in ten-thousandths of a second.
_SCALE: Final = 10_000
_DEFAULT_BURST: Final = 5


@frozen
class Limit(XtMatch):
    """`rate` packets in each `unit` seconds, and up to `burst` at once after a time without any."""

    name = "limit"
    rate: int = 3
    unit: int = 3600
    burst: int = _DEFAULT_BURST

    def test(self) -> Test:
        return self.bucket().take

    def bucket(self) -> LimitBucket:
        return LimitBucket(self)

    def matches(self, packet: PktInfo) -> bool:
        """As if no packet had ever come before."""
        return self.test()(packet)

    @property
    def _rate(self) -> str:
        return f"{self.rate}/{dict(UNITS)[self.unit]}"

    def listing(self, _numeric: bool) -> str:
        return f"limit: avg {self._rate} burst {self.burst}"

    def __str__(self) -> str:
        burst = "" if self.burst == _DEFAULT_BURST else f" --limit-burst {self.burst}"
        return f"-m limit --limit {self._rate}{burst}"


class LimitBucket:
    """Tokens in nanoseconds: a packet costs the time in which one may pass."""

    def __init__(self, limit: Limit) -> None:
        period = limit.unit * SECOND
        self._cost = period // limit.rate
        self._full = period * limit.burst // limit.rate
        self._tokens = self._full
        self._filled: int | None = None

    def take(self, packet: PktInfo) -> bool:
        return self.take_at(packet.context.now())

    def take_at(self, now: int) -> bool:
        """Whether one more fits at that time in nanoseconds."""
        if self._filled is not None:
            self._tokens = min(self._full, self._tokens + now - self._filled)
        self._filled = now
        if self._tokens < self._cost:
            return False
        self._tokens -= self._cost
        return True


def _rate(text: str, _context: ParseContext) -> tuple[int, int]:
    """Packets and seconds, brought to the unit in which iptables prints them."""
    found = read_rate(text, _SCALE)
    if found is None:
        raise ArgumentError(f'bad rate "{text}"\'')
    return found


_LONG: Final = {"day": "day", "hour": "hour", "min": "minute", "sec": "second"}


def read_rate(text: str, scale: int) -> tuple[int, int] | None:
    """`COUNT/UNIT` in the unit in which it is printed, by who counts in parts of a second; None if it is no rate."""
    count_text, slash, unit_text = text.partition("/")
    unit = named_unit(unit_text) if slash else 1
    count = int(count_text) if count_text.isascii() and is_digits(count_text) else 0
    if unit is None or count == 0:
        return None
    if count > scale * unit:
        raise ArgumentError(f'Rate too fast "{text}"')
    return printed_rate(scale * unit // count, scale)


def named_unit(text: str) -> int | None:
    """Seconds of a unit by a beginning of its name."""
    return next((seconds for seconds, name in UNITS if text and _LONG[name].startswith(text.lower())), None)


def printed_rate(period: int, scale: int) -> tuple[int, int]:
    """The shortest unit in which `period` (in parts of a second) still expresses a rate without much error."""
    chosen = UNITS[0][0]
    for unit, _ in UNITS[1:]:
        ticks = unit * scale
        if period > ticks or ticks // period < ticks % period:
            break
        chosen = unit
    return chosen * scale // period, chosen


def _limit(parsed: ParsedOptions) -> Limit:
    rate, unit = parsed.get("limit", (3, 3600))
    return Limit(rate, unit, parsed.get("limit-burst") or _DEFAULT_BURST)


MATCHES: Final = (
    Extension("limit", (XtOption("limit", _rate), XtOption("limit-burst", options.integer(0, 10000))), _limit),
)
