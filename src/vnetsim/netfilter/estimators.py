"""Estimators of rates by their names, as rules make and use them (include/net/netfilter/xt_rateest.h)."""

from __future__ import annotations

from vnetsim.values import frozen


@frozen
class Estimators:
    """`made` has the parameters of one that the rule makes."""

    names: tuple[str, ...]
    made: tuple[int, int] | None = None
