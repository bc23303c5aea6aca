"""Labels of connections: connlabel (xt_connlabel.c).

A label is one of 128 bits that a rule sets on a connection.  Not modelled: names of labels (connlabel.conf), and that
connections have no labels which began before the first rule about labels was there.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.errors import NO_LABEL_NAMES, ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, ParsedOptions, XtOption, negation, number
from vnetsim.netfilter.packet import PktInfo
from vnetsim.netfilter.rules import XtMatch
from vnetsim.values import frozen

_HIGHEST: Final = 127
_LARGEST: Final = 0xFFFF


@frozen
class ConnlabelMatch(XtMatch):
    """`sets`: it sets the label, and matches then."""

    name = "connlabel"
    tracks = True
    label: int
    sets_it: bool = False
    negated: bool = False

    @property
    def overflows(self) -> bool:
        """nf_connlabels_get"""
        return self.label > _HIGHEST

    def matches(self, packet: PktInfo) -> bool:
        """connlabel_mt"""
        connection = packet.connection
        if connection is None:
            return self.negated
        if self.sets_it:
            connection.labels |= {self.label}
        return (self.label in connection.labels) != self.negated

    def listing(self, _numeric: bool) -> str:
        return f"connlabel {negation(self.negated)}{self.label}{' set' if self.sets_it else ''}"

    def __str__(self) -> str:
        return f'-m connlabel {negation(self.negated)}--label "{self.label}"{" --set" if self.sets_it else ""}'


def _label(text: str, context: ParseContext) -> int:
    value = number(text)
    if value is None or value > _LARGEST:
        context.notes.append(NO_LABEL_NAMES)
        raise ArgumentError(f"label '{text}' not found or invalid value")
    return value


def _build(parsed: ParsedOptions) -> ConnlabelMatch:
    return ConnlabelMatch(parsed.get("label"), "set" in parsed, parsed.negated("label"))


MATCHES: Final = (
    Extension("connlabel", (XtOption("label", _label, inverts=True, mandatory=True), XtOption("set")), _build),
)
