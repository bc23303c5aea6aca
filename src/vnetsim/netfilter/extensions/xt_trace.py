"""Packets whose path through the rules is reported: TRACE (xt_TRACE.c, nf_tables_trace.c).

The reports go to programs that listen (`xtables-monitor --trace`, `nft monitor trace`); the
former is not modelled, and beside the latter it is refused.
"""

from __future__ import annotations

from typing import Final

from vnetsim.netfilter.options import Extension
from vnetsim.netfilter.rules import XtTarget
from vnetsim.values import frozen


@frozen(str=False)
class TraceTarget(XtTarget):
    name = "TRACE"
    cacheable = True


TARGETS: Final = (Extension("TRACE", (), lambda _parsed: TraceTarget()),)
