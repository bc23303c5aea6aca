"""What is seen of filters: the entries of `tc filter` and their actions."""

from __future__ import annotations

from vnetsim.operations.tcfilter import Action, Match
from vnetsim.values import frozen


@frozen(kw_only=True)
class FilterAction:
    """An action of a filter; `device` is the name of the one that it redirects to, times are nanoseconds ago."""

    spec: Action
    index: int
    device: str = ""
    bytes: int = 0
    packets: int = 0
    drops: int = 0
    overlimits: int = 0
    installed: int = 0
    used: int = 0
    first_used: int = 0


@frozen(kw_only=True)
class TrafficFilter:
    """An entry of `tc filter`: of a preference (without `match` and `table`), of a table of u32, or of a filter."""

    device: str
    parent: int
    protocol: int
    kind: str
    preference: int
    table: int = 0
    handle: int = 0
    match: Match | None = None
    classid: int = 0
    actions: tuple[FilterAction, ...] = ()
    old_police: bool = False
    hits: int = 0
    successes: int = 0
    key_successes: tuple[int, ...] = ()
