"""The packet's mark: mark, MARK (xt_mark.c)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.extensions.connmarks import mark_words, said_xmark, setter_options, xmark_listing
from vnetsim.netfilter.options import UINT32_MAX, Context, Extension, Option, Said, negation
from vnetsim.netfilter.packet import Packet
from vnetsim.netfilter.rules import Match, Target


@attrs.frozen
class Mark(Match):
    """The bits in `mask` are `value`."""

    name = "mark"
    value: int
    mask: int = UINT32_MAX
    negated: bool = False

    def matches(self, packet: Packet) -> bool:
        return (packet.mark & self.mask == self.value) != self.negated

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"mark match {negation(self.negated)}{mark_words(self.value, self.mask)}"

    def __str__(self) -> str:
        return f"-m mark {negation(self.negated)}--mark {mark_words(self.value, self.mask)}"


@attrs.frozen(str=False)
class SetMark(Target):
    """The mark loses the bits of `mask` and has those of `value` turned."""

    name = "MARK"
    value: int
    mask: int = UINT32_MAX

    def act(self, packet: Packet) -> None:
        packet.mark = (packet.mark & ~self.mask) ^ self.value

    def listing(self, numeric: bool) -> str:
        del numeric
        return f"MARK {xmark_listing(self.value, self.mask)}"

    def __str__(self) -> str:
        return f"MARK --set-xmark {self.value:#x}/{self.mask:#x}"


def _mark(said: Said, context: Context) -> Mark:
    del context
    value, mask = said.get("mark")
    return Mark(value, UINT32_MAX if mask is None else mask, said.negated("mark"))


def _set_mark_check(said: Said, context: Context) -> None:
    del context
    if not said:
        raise ArgumentError("MARK: One of the --set-xmark, --{and,or,xor,set}-mark options is required")


def _set_mark(said: Said, context: Context) -> SetMark:
    del context
    xmark = said_xmark(said)
    assert xmark is not None, "the check asks for one"
    return SetMark(*xmark)


MATCHES: Final = (Extension("mark", (Option("mark", options.marks, inverts=True, mandatory=True),), _mark),)
TARGETS: Final = (Extension("MARK", setter_options(), _set_mark, _set_mark_check),)
