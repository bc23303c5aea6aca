"""The options of sfq, fq_codel, fq and codel (iproute2 6.1: tc/q_sfq.c, q_fq_codel.c, q_fq.c, q_codel.c).

Not modelled: RED below sfq, thresholds for marks, pacing limits of fq.
"""

from __future__ import annotations

from typing import Final

from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import count, nanoseconds, reader
from vnetsim.programs.iproute2.tc.options import TcOptions

read_sfq: Final = reader("sfq", {
    "limit": count, "perturb": count, "quantum": units.size, "divisor": count, "flows": count, "depth": count,
    **dict.fromkeys(("headdrop", "redflowlimit", "min", "max", "avpkt", "burst", "probability", "ecn", "harddrop")),
})  # fmt: skip
read_fq_codel: Final = reader("fq_codel", {
    "limit": count, "flows": count, "quantum": count, "target": nanoseconds, "interval": nanoseconds,
    "memory_limit": units.size, "ecn": ("ecn", 1), "noecn": ("ecn", 0), "drop_batch": count, "ce_threshold": None,
    "ce_threshold_selector": None,
})  # fmt: skip
read_fq: Final = reader("fq", {
    "limit": count, "flow_limit": count, "quantum": units.size, "initial_quantum": units.size,
    "pacing": ("pacing", 1), "nopacing": ("pacing", 0), "refill_delay": nanoseconds,
    "low_rate_threshold": units.rate, **dict.fromkeys(("buckets", "orphan_mask", "maxrate", "defrate", "ce_threshold",
                                                       "timer_slack", "horizon", "horizon_cap", "horizon_drop")),
})  # fmt: skip
read_codel: Final = reader("codel", {
    "limit": count, "target": nanoseconds, "interval": nanoseconds, "ecn": ("ecn", 1), "noecn": ("ecn", 0),
    "ce_threshold": None,
})  # fmt: skip


def _time(out: Iproute2Output, key: str, nanoseconds: int) -> None:
    """What CoDel keeps in units of 1024 ns: it loses a microsecond."""
    micro = (nanoseconds >> 10 << 10) // 1000
    out.both(key, f"{key} {units.time_text(micro)} ", micro)


def show_sfq(out: Iproute2Output, qdisc: Qdisc, options: TcOptions) -> None:
    known = qdisc.options
    out.both("limit", f"limit {known['limit']}p ", known["limit"])
    out.both("quantum", f"quantum {units.size_text(known['quantum'])} ", known["quantum"])
    out.both("depth", f"depth {known['depth']} ", known["depth"])
    if options.details:
        out.both("flows", f"flows {known['flows']} ", known["flows"])
    out.both("divisor", f"divisor {known['divisor']} ", known["divisor"])
    if known.get("perturb"):
        out.both("perturb", f"perturb {known['perturb']}sec ", known["perturb"])


def show_fq_codel(out: Iproute2Output, qdisc: Qdisc, _: TcOptions) -> None:
    known = qdisc.options
    out.both("limit", f"limit {known['limit']}p ", known["limit"])
    out.both("flows", f"flows {known['flows']} ", known["flows"])
    out.both("quantum", f"quantum {known['quantum']} ", known["quantum"])
    _time(out, "target", known["target"])
    _time(out, "interval", known["interval"])
    out.both("memory_limit", f"memory_limit {units.size_text(known['memory_limit'])} ", known["memory_limit"])
    if known["ecn"]:
        out.both("ecn", "ecn ", True)
    out.both("drop_batch", f"drop_batch {known['drop_batch']} ", known["drop_batch"])


def count_fq_codel(out: Iproute2Output, qdisc: Qdisc) -> None:
    known = qdisc.options
    out.text("  ")
    for key in ("maxpacket", "drop_overlimit", "new_flow_count", "ecn_mark"):
        out.both(key, f"{'' if key == 'maxpacket' else ' '}{key} {known[key]}", known[key])
    out.text("\n  ")
    out.both("new_flows_len", f"new_flows_len {known['new_flows_len']}", known["new_flows_len"])
    out.both("old_flows_len", f" old_flows_len {known['old_flows_len']}", known["old_flows_len"])
    out.line()


def show_fq(out: Iproute2Output, qdisc: Qdisc, _: TcOptions) -> None:
    known = qdisc.options
    for key in ("limit", "flow_limit"):
        out.both(key, f"{key} {known[key]}p ", known[key])
    for key in ("buckets", "orphan_mask"):
        out.both(key, f"{key} {known[key]} ", known[key])
    if not known["pacing"]:
        out.both("pacing", "nopacing ", False)
    for key in ("quantum", "initial_quantum"):
        out.both(key, f"{key} {units.size_text(known[key])} ", known[key])
    rate = known["low_rate_threshold"]
    out.both("low_rate_threshold", f"low_rate_threshold {units.rate_text(rate)} ", rate)
    for key in ("refill_delay", "timer_slack", "horizon"):
        micro = known[key] // 1000
        value = known[key] if key == "timer_slack" else micro
        out.both(key, f"{key} {units.time_text(micro)} ", value)
    out.both("horizon_drop", "horizon_drop ", True)


def count_fq(out: Iproute2Output, qdisc: Qdisc) -> None:
    """Flows are counted while they wait."""
    flows = qdisc.options["new_flows_len"] + qdisc.options["old_flows_len"]
    out.both("flows", f"  flows {flows}", flows)
    out.both("inactive", " (inactive 0", 0)
    out.both("throttled", " throttled 0)", 0)
    out.text("\n")
    out.both("gc", "  gc 0", 0)
    out.both("highprio", " highprio 0", 0)
    out.both("throttled", " throttled 0", 0)
    out.line()


def show_codel(out: Iproute2Output, qdisc: Qdisc, _: TcOptions) -> None:
    known = qdisc.options
    out.both("limit", f"limit {known['limit']}p ", known["limit"])
    _time(out, "target", known["target"])
    _time(out, "interval", known["interval"])
    if known["ecn"]:
        out.both("ecn", "ecn ", True)


def count_codel(out: Iproute2Output, qdisc: Qdisc) -> None:
    known = qdisc.options
    out.text("  ")
    for key in ("count", "lastcount"):
        out.both(key, f"{key} {known[key]} ", known[key])
    delay = known["last_delay"] // 1000
    out.both("ldelay", f"ldelay {units.time_text(delay)} ", delay)
    out.both("drop_next", "drop_next 0us", 0)
    out.text("\n  ")
    for key in ("maxpacket", "ecn_mark", "drop_overlimit"):
        out.both(key, f"{'' if key == 'maxpacket' else ' '}{key} {known[key]}", known[key])
    out.line()
