"""The output options of nft (struct output_ctx)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import attrs

from vnetsim.values import frozen


def _unknown(_number: int) -> str | None:
    return None


@frozen(kw_only=True)
class OutputContext:
    """`numeric_*` print numbers where there are names; `interface` names a device by its index (None: no such device).

    `stateless` leaves out what has been counted, `terse` the elements of sets, `handles` adds handles.  `now` is in
    nanoseconds: elements with a timeout print how long they have left.
    """

    numeric_symbols: bool = False
    numeric_protocols: bool = False
    numeric_priorities: bool = False
    numeric_times: bool = False
    services: bool = False
    users: bool = False
    host_names: bool = False
    stateless: bool = False
    terse: bool = False
    handles: bool = False
    interface: Callable[[int], str | None] = _unknown
    now: int = 0

    def in_range(self) -> OutputContext:
        """Both ends of a range are always numbers."""
        return attrs.evolve(
            self, numeric_symbols=True, numeric_protocols=True, numeric_times=True, services=False, users=False,
            host_names=False,
        )  # fmt: skip


#: Without what has been counted.
STATELESS: Final = OutputContext(stateless=True)
