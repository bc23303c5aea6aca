"""A share of the packets: statistic (xt_statistic.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import UINT32_MAX, Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Test, XtMatch
from vnetsim.values import frozen

#: A probability of one.
_CERTAIN: Final = 0x8000_0000


@frozen
class ByChance(XtMatch):
    """`--mode random`: `probability` counts in 1 / 2**31."""

    name = "statistic"
    probability: int
    negated: bool = False

    def matches(self, packet: PktInfo) -> bool:
        assert packet.context.random is not None, "the kernel gives packets a source of chance"
        return (packet.context.random.getrandbits(31) < self.probability) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f"statistic mode random {negation(self.negated)}probability {self._share}"

    @property
    def _share(self) -> str:
        return f"{self.probability / _CERTAIN:.11f}"

    def __str__(self) -> str:
        return f"-m statistic --mode random {negation(self.negated)}--probability {self._share}"


@frozen
class EveryNth(XtMatch):
    """`--mode nth`: of each `every` packets the one with number `packet` (from 0)."""

    name = "statistic"
    every: int
    packet: int
    negated: bool = False

    def test(self) -> Test:
        return _Counter(self).count

    def matches(self, packet: PktInfo) -> bool:
        """As if it were the first one."""
        return self.test()(packet)

    def listing(self, _numeric: bool) -> str:
        which = f" packet {self.packet}" if self.packet else ""
        return f"statistic mode nth {negation(self.negated)}every {self.every}{which}"

    def __str__(self) -> str:
        return f"-m statistic --mode nth {negation(self.negated)}--every {self.every} --packet {self.packet}"


class _Counter:
    def __init__(self, match: EveryNth) -> None:
        self._match = match
        self._seen = 0

    def count(self, _packet: PktInfo) -> bool:
        number = self._seen
        self._seen = (number + 1) % self._match.every
        return (number == self._match.packet) != self._match.negated


def _mode(text: str, _context: ParseContext) -> str:
    if text not in ("random", "nth"):
        raise ArgumentError(f'Bad mode "{text}"')
    return text


def _probability(text: str, context: ParseContext) -> int:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise ArgumentError(f'{context.extension}: bad value for option "--{context.option}", or out of range (0-1).\n')
    return int(share * _CERTAIN + 0.5)


def _statistic_check(parsed: ParsedOptions) -> None:
    if parsed.get("mode", "random") == "random":
        if "probability" not in parsed:
            raise ArgumentError("--probability must be specified when using random mode")
    elif "every" not in parsed and "packet" not in parsed:
        raise ArgumentError("--every and --packet must be specified when using nth mode")
    elif parsed.get("packet", 0) >= parsed.get("every", 1 + parsed.get("packet", 0)):
        raise ArgumentError("the --packet p must be 0 <= p <= n-1")


def _statistic(parsed: ParsedOptions) -> XtMatch:
    if parsed.get("mode") == "random":
        return ByChance(parsed.get("probability"), parsed.negated("probability"))
    return EveryNth(parsed.get("every"), parsed.get("packet"), parsed.negated("every"))


MATCHES: Final = (
    Extension(
        "statistic",
        (
            XtOption("mode", _mode, mandatory=True),
            XtOption("probability", _probability, inverts=True, excludes=("every", "packet")),
            XtOption("every", options.integer(1, UINT32_MAX), inverts=True, requires=("packet",)),
            XtOption("packet", options.integer(0, UINT32_MAX), requires=("every",)),
        ),
        _statistic,
        _statistic_check,
    ),
)
