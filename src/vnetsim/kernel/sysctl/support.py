"""What becomes of a value that is written to a sysctl: it is modelled, it has no effect here, or it is refused.

Each key below /proc/sys/net is in one of the three lists of support.txt; docs/sysctls.md shows them.  A value
is without effect only if no packet, address, port or frame could be another one because of it.
"""

from __future__ import annotations

import enum
from functools import cache
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.packagedata import data_text
from vnetsim.values import frozen

#: The wildcard for a device, `all` and `default` in keys below conf and neigh.
DEVICE: Final = "DEVICE"
_FIELDS: Final = 5


class SysctlKind(enum.Enum):
    MODELLED = "modelled"
    NO_EFFECT = "no effect"
    REFUSED = "refused"


@frozen
class Support:
    """`values`: the only ones that are modelled or without effect; empty for all.  Others need `missing`."""

    key: str
    kind: SysctlKind
    values: tuple[range, ...] = ()
    #: Why nothing that is simulated depends on it.
    reason: str = ""
    #: What the simulator would need for another value.
    missing: str = ""

    def covers(self, value: str) -> bool:
        if self.kind is SysctlKind.REFUSED:
            return False
        return not self.values or any(int(value) in each for each in self.values)


def pattern(key: str) -> str:
    """The key with DEVICE instead of the interface that it is about."""
    parts = key.split("/")
    if len(parts) == 5 and parts[2] in ("conf", "neigh"):
        parts[3] = DEVICE
    return "/".join(parts)


@cache
def table() -> dict[str, Support]:
    """All keys, as patterns."""
    text = data_text("vnetsim.kernel.sysctl", "support.txt")
    entries = [_entry(line) for line in text.splitlines() if not line.startswith("#")]
    return {entry.key: entry for entry in entries}


def _entry(line: str) -> Support:
    fields = [field.strip() for field in line.split("|")]
    key, kind, values, reason, missing = fields + [""] * (_FIELDS - len(fields))
    return Support(key, SysctlKind(kind), tuple(map(_range, values.split(","))) if values else (), reason, missing)


def _range(text: str) -> range:
    first, _, last = text.partition("-")
    return range(int(first), int(last or first) + 1)


def check(key: str, value: str) -> None:
    """NotModelled if the simulator would not act as Linux does with the key set to `value`."""
    support = table()[pattern(key)]
    if not support.covers(value):
        raise NotModelled(f"sysctl {key.replace('/', '.')}={value} ({support.missing})")
