"""Queueing disciplines: `tc qdisc` (net/sched/sch_api.c)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import attrs

from vnetsim.operations.verb import Verb, command_line, option
from vnetsim.values import frozen

#: Parents that are no class: where frames leave, and where they arrive (TC_H_ROOT, TC_H_INGRESS).
ROOT: Final = 0xFFFF_FFFF
INGRESS: Final = 0xFFFF_FFF1
#: The hooks of clsact (TC_H_CLSACT with TC_H_MIN_INGRESS, TC_H_MIN_EGRESS).
CLSACT_INGRESS: Final = 0xFFFF_FFF2
CLSACT_EGRESS: Final = 0xFFFF_FFF3

#: Options that are a share of all frames, of which the whole is 2**32 - 1.
_SHARES: Final = frozenset({"loss", "duplicate", "reorder", "corrupt"})
#: Options without a keyword, which follow the one they belong to.
_BARE: Final = frozenset({
    "jitter", "delay_correlation", "loss_correlation", "duplicate_correlation", "reorder_correlation",
    "corrupt_correlation", "packet_overhead", "cell_size", "cell_overhead",
})  # fmt: skip
_WHOLE: Final = 0xFFFF_FFFF
#: What cake divides by, and what has queues of its own: by their numbers (CAKE_DIFFSERV_*, CAKE_FLOW_*).
DIFFSERV_MODES: Final = ("diffserv3", "diffserv4", "diffserv8", "besteffort", "precedence")
FLOW_MODES: Final = (
    "flowblind", "srchost", "dsthost", "hosts", "flows", "dual-srchost", "dual-dsthost", "triple-isolate",
)  # fmt: skip
#: Options without a value of their own: how 0 is typed, and 1; None for what is left out.
_WORDS: Final[Mapping[str, tuple[str | None, ...]]] = {
    "ecn": ("noecn", "ecn"), "bytemode": ("nobytemode", "bytemode"), "pacing": ("nopacing", "pacing"),
    "nat": ("nonat", "nat"), "wash": ("nowash", "wash"), "split_gso": ("no-split-gso", "split-gso"),
    "ingress": ("egress", "ingress"), "raw": (None, "raw"), "atm": ("noatm", "atm", "ptm"),
    "ack_filter": ("no-ack-filter",),
    "diffserv_mode": DIFFSERV_MODES, "flow_mode": FLOW_MODES,
    "harddrop": (None, "harddrop"), "nodrop": (None, "nodrop"),
}  # fmt: skip
#: Curves of hfsc.
_CURVES: Final = frozenset({"rt", "ls", "ul"})
#: What tc computes of other options.
_COMPUTED: Final = frozenset({"ewma", "plog", "cell_log", "target_of_rtt"})


@frozen(kw_only=True)
class ChangeQdisc:
    """A new or changed discipline: Verb ADD, CHANGE, REPLACE, as tc has them.

    `handle` and `parent` are numbers of 32 bits (`8001:` is 0x80010000), 0 where they are not given.  `options` are in
    netlink's units: bytes, bytes a second, packets, nanoseconds, and shares of 2**32 - 1.
    """

    device: str
    kind: str | None = None
    parent: int = ROOT
    handle: int = 0
    options: Mapping[str, int] = attrs.field(factory=dict)
    verb: Verb = Verb.ADD

    def command(self) -> str:
        return command_line(
            "tc qdisc", self.verb, "dev", self.device, _position(self.parent, self.handle, self.kind), self.kind,
            *_typed(self.options),
        )  # fmt: skip


@frozen(kw_only=True)
class DeleteQdisc:
    device: str
    kind: str | None = None
    parent: int = ROOT
    handle: int = 0

    def command(self) -> str:
        return command_line(
            "tc qdisc del", "dev", self.device, _position(self.parent, self.handle, self.kind), self.kind
        )


@frozen(kw_only=True)
class ChangeClass:
    """A new or changed class of a classful discipline: `options` as in ChangeQdisc."""

    device: str
    kind: str
    parent: int = 0
    classid: int = 0
    options: Mapping[str, int] = attrs.field(factory=dict)
    verb: Verb = Verb.ADD

    def command(self) -> str:
        return command_line(
            "tc class", self.verb, "dev", self.device, f"parent {_classid(self.parent)}" if self.parent else None,
            f"classid {_classid(self.classid)}", self.kind, *_typed(self.options),
        )  # fmt: skip


@frozen(kw_only=True)
class DeleteClass:
    device: str
    classid: int

    def command(self) -> str:
        return command_line("tc class del", "dev", self.device, f"classid {_classid(self.classid)}")


def _classid(number: int) -> str:
    return "root" if number == ROOT else f"{number >> 16:x}:{number & 0xFFFF:x}"


def _position(parent: int, handle: int, kind: str | None) -> str | None:
    if parent == INGRESS and kind in ("ingress", "clsact"):
        return None
    where = "root" if parent == ROOT else f"parent {parent >> 16:x}:{parent & 0xFFFF:x}" if parent else None
    return command_line(where, option("handle", f"{handle >> 16:x}:" if handle else None))


def _typed(options: Mapping[str, int]) -> list[str]:
    """As a person types them, in their order."""
    typed = (_words(key, value) for key, value in options.items() if key not in _COMPUTED)
    return [words for words in typed if words]


def _words(key: str, value: int) -> str:
    curve, _, slope = key.partition("_")
    if curve in _CURVES:
        return f"{curve} m1 {value}bps" if slope == "m1" else f"d {value}us" if slope == "d" else f"m2 {value}bps"
    if key == "bandwidth" and not value:
        return "unlimited"
    if key in _WORDS:
        return _WORDS[key][value] or ""
    return f"{'' if key in _BARE else key} {_value(key, value)}".strip()


def _value(key: str, value: int) -> str:
    if key in _SHARES or key.endswith("_correlation"):
        return f"{100 * value / _WHOLE:g}%"
    if key == "rtt":
        return f"{value}us"
    if key in ("latency", "jitter"):
        return f"{value / 1000:g}us"
    if key == "probability":
        return f"{value / (_WHOLE + 1) or 1:g}"
    if key == "distribution":
        return "normal" if value else "uniform"
    return f"{value}bps" if key in ("rate", "peakrate", "ceil", "bandwidth") else str(value)
