"""The options of pie (iproute2 6.1: tc/q_pie.c).  Not modelled: dq_rate_estimator."""

from __future__ import annotations

from typing import Final

from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import count, nanoseconds, reader
from vnetsim.programs.iproute2.tc.options import TcOptions

_MOST: Final = 32
#: What the kernel calls certain (MAX_PROB).
_CERTAIN: Final = (1 << 56) - 1


def _weight(text: str) -> int | None:
    value = count(text)
    return value if value is not None and value <= _MOST else None


read: Final = reader("pie", {
    "limit": count, "target": nanoseconds, "tupdate": nanoseconds, "alpha": _weight, "beta": _weight,
    "ecn": ("ecn", 1), "noecn": ("ecn", 0), "bytemode": ("bytemode", 1), "nobytemode": ("bytemode", 0),
    "dq_rate_estimator": None, "no_dq_rate_estimator": ("dq_rate_estimator", 0),
})  # fmt: skip


def show(out: Iproute2Output, qdisc: Qdisc, _: TcOptions) -> None:
    known = qdisc.options
    out.both("limit", f"limit {known['limit']}p ", known["limit"])
    for key in ("target", "tupdate"):
        micro = known[key] // 1000
        out.both(key, f"{key} {units.time_text(micro)} ", micro)
    for key in ("alpha", "beta"):
        out.both(key, f"{key} {known[key]} ", known[key])
    for key in ("ecn", "bytemode"):
        if known[key]:
            out.both(key, f"{key} ", True)


def show_counters(out: Iproute2Output, qdisc: Qdisc) -> None:
    known = qdisc.options
    probability, delay = known["prob"] / _CERTAIN, known["delay"] // 1000
    out.both("prob", f"  prob {probability:g}", probability)
    out.both("delay", f" delay {units.time_text(delay)}", delay)
    out.text("\n ")
    for key in ("pkts_in", "overlimit", "dropped", "maxq", "ecn_mark"):
        out.both(key, f" {key} {known[key]}", known[key])
    out.line()
