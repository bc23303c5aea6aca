"""Connections of the IP virtual server: ipvs (xt_ipvs.c).

There is no virtual server here (`ipvsadm` is not modelled), so no packet belongs to one: only `! --ipvs` matches.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter import options
from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen

_METHODS: Final = ("GATE", "IPIP", "MASQ")
_DIRECTIONS: Final = ("ORIGINAL", "REPLY")


@frozen(kw_only=True)
class Ipvs(XtMatch):
    """`parts` are the options with their texts and whether they are negated, in the order in which they are saved."""

    name = "ipvs"
    cacheable = True
    parts: tuple[tuple[str, str, bool], ...]

    def matches(self, _packet: PktInfo) -> bool:
        """ipvs_mt: of packets that are not of a virtual server."""
        return [name for name, _, _ in self.parts] == ["ipvs"] and self.parts[0][2]

    def listing(self, _numeric: bool) -> str:
        return " ".join(f"{negation(negated)}{name} {text}".rstrip() for name, text, negated in self.parts)

    def __str__(self) -> str:
        return "-m ipvs " + " ".join(
            f"{negation(negated)}--{name} {text}".rstrip() for name, text, negated in self.parts
        )


def _word(text: str, context: ParseContext, words: tuple[str, ...]) -> str:
    if text.upper() not in words:
        raise ArgumentError(f'ipvs: Bad value for "--{context.option}" option: "{text}"')
    return text.upper()


def _port(text: str, context: ParseContext) -> str:
    found = options.service(text, context.protocol)
    if found is None:
        raise ArgumentError(f'Port "{text}" does not resolve to anything.\n')
    return str(found)


def _address(text: str, context: ParseContext) -> str:
    host, slash, mask = text.partition("/")
    address, bits = options.numeric_host(host, context), context.bits
    length = options.prefix_length_or_all(mask, context) if slash else bits
    return str(address) if length == bits else f"{address}/{length}"


def _build(parsed: ParsedOptions) -> Ipvs:
    names = ("ipvs", "vproto", "vaddr", "vport", "vdir", "vmethod", "vportctl")
    texts = ((name, "" if name == "ipvs" else parsed.get(name)) for name in names if name in parsed)
    return Ipvs(parts=tuple((name, text, parsed.negated(name)) for name, text in texts))


MATCHES: Final = (
    Extension(
        "ipvs",
        (
            XtOption("ipvs", inverts=True),
            XtOption("vproto", lambda text, _: str(options.protocol_number(text)), inverts=True),
            XtOption("vaddr", _address, inverts=True),
            XtOption("vport", _port, inverts=True),
            XtOption("vdir", lambda text, context: _word(text, context, _DIRECTIONS)),
            XtOption("vmethod", lambda text, context: _word(text, context, _METHODS), inverts=True),
            XtOption("vportctl", _port, inverts=True),
        ),
        _build,
        required="IPVS: At least one option is required",
    ),
)
