"""Audit records: AUDIT (xt_AUDIT.c).

Not modelled: the audit log.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.errors import ArgumentError
from vnetsim.netfilter.options import Extension, ParseContext, XtOption
from vnetsim.netfilter.rules import XtTarget
from vnetsim.values import frozen


@frozen(str=False)
class Audit(XtTarget):
    """`kind` is accept, drop or reject: the verdict that the record names."""

    name = "AUDIT"
    kind: str

    def listing(self, _numeric: bool) -> str:
        return f"AUDIT {self.kind}"

    def __str__(self) -> str:
        return f"AUDIT --type {self.kind}"


def _audited(text: str, _context: ParseContext) -> str:
    if text.lower() not in ("accept", "drop", "reject"):
        raise ArgumentError(f'Bad action type value "{text}"')
    return text.lower()


TARGETS: Final = (
    Extension("AUDIT", (XtOption("type", _audited, mandatory=True),), lambda parsed: Audit(parsed.get("type"))),
)
