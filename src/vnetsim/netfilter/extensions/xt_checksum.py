"""Missing checksums: CHECKSUM (xt_CHECKSUM.c).

Not modelled: packets without checksums.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.options import Extension, XtOption
from vnetsim.netfilter.rules import XtTarget
from vnetsim.values import frozen

_MANGLE: Final = frozenset({"mangle"})


@frozen(str=False)
class Checksum(XtTarget):
    name = "CHECKSUM"
    tables = _MANGLE

    def listing(self, _numeric: bool) -> str:
        return "CHECKSUM fill"

    def __str__(self) -> str:
        return "CHECKSUM --checksum-fill"


TARGETS: Final = (Extension("CHECKSUM", (XtOption("checksum-fill", mandatory=True),), lambda _parsed: Checksum()),)
