"""Packets for a program in user space: NFQUEUE (xt_NFQUEUE.c).

Not modelled: such programs.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options, verdicts
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtTarget
from vnetsim.netfilter.verdicts import Verdict
from vnetsim.values import frozen

_SHORT: Final = 0xFFFF


@frozen(str=False, kw_only=True)
class NfQueue(XtTarget):
    """Queues from `first` to `last`, none of which has a listener: the packet is dropped, or with `bypass` accepted."""

    name = "NFQUEUE"
    first: int = 0
    last: int = 0
    bypass: bool = False
    fanout: bool = False

    def fits(self, _rule: Rule) -> bool:
        """nfqueue_tg_check: the kernel's count of queues has 16 bits."""
        return self.last - self.first < _SHORT

    def act(self, _packet: PktInfo) -> Verdict:
        return verdicts.ACCEPT if self.bypass else verdicts.DROP

    def listing(self, _numeric: bool) -> str:
        queues = f"num {self.first}" if self.first == self.last else f"balance {self.first}:{self.last}"
        return f"NFQUEUE {queues}{' bypass' * self.bypass}{' cpu-fanout' * self.fanout}"

    def __str__(self) -> str:
        queues = f"num {self.first}" if self.first == self.last else f"balance {self.first}:{self.last}"
        return f"NFQUEUE --queue-{queues}{' --queue-bypass' * self.bypass}{' --queue-cpu-fanout' * self.fanout}"


def _balance(text: str, context: ParseContext) -> tuple[int, int]:
    first, last = options.integers(_SHORT)(text, context)
    if ":" not in text:
        raise ArgumentError(f'Bad range "{text}"')
    if first >= last:
        raise ArgumentError(f"{first} should be less than {last}")
    return first, last


def _nfqueue(parsed: ParsedOptions) -> NfQueue:
    number = parsed.get("queue-num", 0)
    first, last = parsed.get("queue-balance", (number, number))
    return NfQueue(first=first, last=last, bypass="queue-bypass" in parsed, fanout="queue-cpu-fanout" in parsed)


TARGETS: Final = (
    Extension(
        "NFQUEUE",
        (
            XtOption("queue-num", options.integer(0, _SHORT), excludes=("queue-balance",)),
            XtOption("queue-balance", _balance, excludes=("queue-num",)),
            XtOption("queue-bypass"),
            XtOption("queue-cpu-fanout", requires=("queue-balance",)),
        ),
        _nfqueue,
    ),
)
