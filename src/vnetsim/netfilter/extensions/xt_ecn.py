"""Explicit congestion notification: ecn, ECN (xt_ecn.c, ipt_ECN.c)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.netfilter import options
from vnetsim.netfilter.options import Extension, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import Rule, XtMatch, XtTarget
from vnetsim.values import frozen
from vnetsim.wire.tcp import CWR, ECE, Tcp

_MANGLE: Final = frozenset({"mangle"})


@frozen(str=False)
class RemoveEcn(XtTarget):
    """TCP's flags ECE and CWR go."""

    name = "ECN"
    tables = _MANGLE

    def fits(self, rule: Rule) -> bool:
        return rule.protocol is not None and rule.protocol.number == _TCP and not rule.protocol.negated

    def act(self, packet: PktInfo) -> None:
        segment = packet.ip.payload
        if isinstance(segment, Tcp) and segment.flags & (ECE | CWR):
            changed = attrs.evolve(segment, flags=segment.flags & ~(ECE | CWR))
            packet.ip = attrs.evolve(packet.ip, payload=changed)

    def listing(self, _numeric: bool) -> str:
        return "ECN TCP remove"

    def __str__(self) -> str:
        return "ECN --ecn-tcp-remove"


_TCP: Final = 6


@frozen(kw_only=True)
class EcnMatch(XtMatch):
    """`cwr` and `ece`: whether TCP's flags are to be there, None if that does not matter; `codepoint` of IP."""

    name = "ecn"
    cwr: bool | None = None
    ece: bool | None = None
    codepoint: int | None = None
    negated: bool = False

    def fits(self, rule: Rule) -> bool:
        if self.cwr is None and self.ece is None:
            return True
        return rule.protocol is not None and rule.protocol.number == _TCP and not rule.protocol.negated

    def matches(self, packet: PktInfo) -> bool:
        if self.codepoint is not None and (packet.tos & 3 == self.codepoint) == self.negated:
            return False
        flags = ((CWR, self.cwr), (ECE, self.ece))
        segment = packet.transport
        if not isinstance(segment, Tcp):
            return all(wanted is None for _, wanted in flags)
        return all(wanted is None or bool(segment.flags & flag) == wanted for flag, wanted in flags)

    def listing(self, _numeric: bool) -> str:
        # ecn_print has the reverse order of ecn_save.
        parts = [f"{'' if wanted else '!'}{name}" for name, wanted in self._flags[::-1] if wanted is not None]
        parts += [f"{'!' if self.negated else ''}ECT={self.codepoint}"] if self.codepoint is not None else []
        return " ".join(["ECN match", *parts])

    @property
    def _flags(self) -> tuple[tuple[str, bool | None], ...]:
        return ("CWR", self.cwr), ("ECE", self.ece)

    def __str__(self) -> str:
        parts = [
            f"{negation(not wanted)}--ecn-tcp-{name.lower()}"
            for name, wanted in reversed(self._flags)
            if wanted is not None
        ]
        parts += [f"{negation(self.negated)}--ecn-ip-ect {self.codepoint}"] if self.codepoint is not None else []
        return " ".join(["-m ecn", *parts])


def _ecn(parsed: ParsedOptions) -> EcnMatch:
    cwr, ece = (not parsed.negated(key) if key in parsed else None for key in ("ecn-tcp-cwr", "ecn-tcp-ece"))
    return EcnMatch(cwr=cwr, ece=ece, codepoint=parsed.get("ecn-ip-ect"), negated=parsed.negated("ecn-ip-ect"))


MATCHES: Final = (
    Extension(
        "ecn",
        (
            XtOption("ecn-tcp-cwr", inverts=True),
            XtOption("ecn-tcp-ece", inverts=True),
            XtOption("ecn-ip-ect", options.integer(0, 3), inverts=True),
        ),
        _ecn,
        required="ECN match: some option required",
    ),
)


TARGETS: Final = (
    Extension(
        "ECN",
        (XtOption("ecn-tcp-remove"),),
        lambda _parsed: RemoveEcn(),
        required="ECN target: An operation is required",
        versions=(4,),
    ),
)
