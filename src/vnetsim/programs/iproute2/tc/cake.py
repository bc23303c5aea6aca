"""The options of cake, and its statistics (iproute2 6.1: tc/q_cake.c).

Not modelled: ack-filter, autorate-ingress.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.observations import Qdisc
from vnetsim.operations.qdisc import DIFFSERV_MODES, FLOW_MODES
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, duparg, number, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions

#: Names of round trip times, in microseconds.
_PRESETS: Final = {
    "datacentre": 100, "lan": 1000, "metro": 10_000, "regional": 30_000, "internet": 100_000, "oceanic": 300_000,
    "satellite": 1_000_000, "interplanetary": 1_000_000_000,
}  # fmt: skip
_NOATM, _ATM, _PTM = range(3)
_WORDS: Final[Mapping[str, Options]] = {
    **{name: {"diffserv_mode": mode} for mode, name in enumerate(DIFFSERV_MODES)}, "diffserv": {"diffserv_mode": 1},
    **{name: {"flow_mode": mode} for mode, name in enumerate(FLOW_MODES)},
    "unlimited": {"bandwidth": 0}, "nat": {"nat": 1}, "nonat": {"nat": 0}, "wash": {"wash": 1}, "nowash": {"wash": 0},
    "split-gso": {"split_gso": 1}, "no-split-gso": {"split_gso": 0}, "ingress": {"ingress": 1},
    "egress": {"ingress": 0}, "ptm": {"atm": _PTM}, "atm": {"atm": _ATM}, "noatm": {"atm": _NOATM},
    "no-ack-filter": {"ack_filter": 0},
    "raw": {"atm": _NOATM, "overhead": 0, "raw": 1}, "conservative": {"atm": _ATM, "overhead": 48}, "via-ethernet": {},
}  # fmt: skip
#: Overheads that add up, by what they are of.
_OVERHEADS: Final[Mapping[str, tuple[int, Options]]] = {
    "ipoa-vcmux": (8, {"atm": _ATM}), "ipoa-llcsnap": (16, {"atm": _ATM}), "bridged-vcmux": (24, {"atm": _ATM}),
    "bridged-llcsnap": (32, {"atm": _ATM}), "pppoa-vcmux": (10, {"atm": _ATM}), "pppoa-llc": (14, {"atm": _ATM}),
    "pppoe-vcmux": (32, {"atm": _ATM}), "pppoe-llcsnap": (40, {"atm": _ATM}), "pppoe-ptm": (30, {"atm": _PTM}),
    "bridged-ptm": (22, {"atm": _PTM}), "ethernet": (38, {"mpu": 84}), "ether-vlan": (4, {}),
    "docsis": (18, {"atm": _NOATM, "mpu": 64}),
}  # fmt: skip
_UNMODELLED: Final = ("ack-filter", "ack-filter-aggressive", "autorate-ingress")
_ROUND_TRIPS: Final = 20


def _between(least: int, most: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        try:
            value = int(text)
        except ValueError:
            return None
        return value if least <= value <= most else None

    return read


def _word(text: str) -> int | None:
    return number(text, 32)


#: How a value is read, and the message about one that is none.
_VALUES: Final[Mapping[str, tuple[Callable[[str], int | None], str]]] = {
    "bandwidth": (units.rate, 'Illegal "bandwidth"'), "rtt": (units.time, 'Illegal "rtt"'),
    "overhead": (_between(-64, 256), 'Illegal "overhead", valid range is -64 to 256\\n'),
    "mpu": (_between(0, 256), 'Illegal "mpu", valid range is 0 to 256\\n'),
    "memlimit": (units.size, 'Illegal value for "memlimit": "{}"'),
    "fwmark": (_word, 'Illegal value for "fwmark": "{}"'),
}  # fmt: skip


def read(args: Args, _kind: str) -> Options:
    """cake_parse_opt()"""
    options: Options = {}
    preset = ""
    for arg in args:
        if arg in _UNMODELLED:
            raise NotModelled(f"cake {arg}")
        if arg in _PRESETS:
            if preset:
                raise duparg(arg, preset)
            preset = arg
        if not _set(options, args, arg):
            raise usage("tc-cake", 1, "" if arg == "help" else f'What is "{arg}"?')
    return {key: value for key, value in options.items() if value or key not in ("mpu", "memlimit", "fwmark", "rtt")}


def _set(options: Options, args: Args, arg: str) -> bool:
    """False for what is no option."""
    if arg in _PRESETS or arg == "rtt":
        options["rtt"] = _PRESETS[arg] if arg in _PRESETS else _value(args, arg)
        options["target_of_rtt"] = max(options["rtt"] // _ROUND_TRIPS, 1)
    elif arg in _VALUES:
        options[arg] = _value(args, arg)
    elif arg in _OVERHEADS:
        size, others = _OVERHEADS[arg]
        options |= {"overhead": options.get("overhead", 0) + size, **others}
    elif arg in _WORDS:
        options |= _WORDS[arg]
    else:
        return False
    return True


def _value(args: Args, name: str) -> int:
    measure, problem = _VALUES[name]
    value = measure(text := args.next_arg())
    if value is None:
        raise Iproute2Error(1, problem.format(text))
    return value


def show(out: Iproute2Output, qdisc: Qdisc, _: TcOptions) -> None:
    """cake_print_opt()"""
    known = qdisc.options
    rate = known["bandwidth"]
    out.both("bandwidth", f"bandwidth {units.rate_text(rate) if rate else 'unlimited'} ", rate or "unlimited")
    for key, name in (
        ("diffserv", DIFFSERV_MODES[known["diffserv_mode"]]),
        ("flowmode", FLOW_MODES[known["flow_mode"]]),
    ):
        out.both(key, f"{name} ", name)
    out.both("nat", "nat " if known["nat"] else "nonat ", bool(known["nat"]))
    out.both("wash", "wash " if known["wash"] else "nowash ", bool(known["wash"]))
    out.both("ingress", "ingress " if known["ingress"] else "", bool(known["ingress"]))
    out.both("ack-filter", "no-ack-filter ", "disabled")
    out.both("split_gso", "split-gso " if known["split_gso"] else "no-split-gso ", bool(known["split_gso"]))
    out.both("rtt", f"rtt {units.time_text(known['rtt'])} ", known["rtt"])
    _show_overhead(out, known)
    if known["memlimit"]:
        out.both("memlimit", f"memlimit {units.size_text(known['memlimit'])} ", known["memlimit"])
    mark = known["fwmark"]
    out.both("fwmark", f"fwmark {mark:#x} " if mark else "", f"{mark:#x}" if mark else "0")


def _show_overhead(out: Iproute2Output, known: Mapping[str, int]) -> None:
    out.both("raw", "raw ", True) if known["raw"] else out.data("raw", False)
    name = ("noatm", "atm", "ptm")[known["atm"]]
    if known["atm"] or not known["raw"]:
        out.both("atm", f"{name} ", name)
    out.both("overhead", f"overhead {known['overhead']} ", known["overhead"])
    if known["mpu"]:
        out.both("mpu", f"mpu {known['mpu']} ", known["mpu"])


def _plain(value: int) -> str:
    return str(value)


#: The lines of tins: their names, their keys in JSON, and how their values are shown.
_LINES: Final[tuple[tuple[str, str, Callable[[int], str]], ...]] = (
    ("thresh", "threshold_rate", units.rate_text), ("target", "target_us", units.time_text),
    ("interval", "interval_us", units.time_text), ("pk_delay", "peak_delay_us", units.time_text),
    ("av_delay", "avg_delay_us", units.time_text), ("sp_delay", "base_delay_us", units.time_text),
    ("backlog", "backlog_bytes", units.size_text), ("pkts", "sent_packets", _plain), ("bytes", "sent_bytes", _plain),
    ("way_inds", "way_indirect_hits", _plain), ("way_miss", "way_misses", _plain),
    ("way_cols", "way_collisions", _plain), ("drops", "drops", _plain), ("marks", "ecn_mark", _plain),
    ("ack_drop", "ack_drops", _plain), ("sp_flows", "sparse_flows", _plain), ("bk_flows", "bulk_flows", _plain),
    ("un_flows", "unresponsive_flows", _plain), ("max_len", "max_pkt_len", _plain),
    ("quantum", "flow_quantum", _plain),
)  # fmt: skip
#: JSON has them in another order.
_JSON_ORDER: Final = (
    "threshold_rate", "sent_bytes", "backlog_bytes", "target_us", "interval_us", "peak_delay_us", "avg_delay_us",
    "base_delay_us", "sent_packets", "way_indirect_hits", "way_misses", "way_collisions", "drops", "ecn_mark",
    "ack_drops", "sparse_flows", "bulk_flows", "unresponsive_flows", "max_pkt_len", "flow_quantum",
)  # fmt: skip
_HEADINGS: Final = {3: ("Bulk", "Best Effort", "Voice"), 4: ("Bulk", "Best Effort", "Video", "Voice")}


def show_counters(out: Iproute2Output, qdisc: Qdisc) -> None:
    """cake_print_xstats()"""
    known = qdisc.options
    used, limit = known["memory_used"], known["memory_limit"]
    out.text(f" memory used: {units.size_text(used)} of {units.size_text(limit)}\n")
    out.data("memory_used", used)
    out.data("memory_limit", limit)
    rate = known["capacity"]
    out.both("capacity_estimate", f" capacity estimate: {units.rate_text(rate)}\n", rate)
    out.both("min_network_size", f" min/max network layer size: {known['min_net']:12}", known["min_net"])
    out.both("max_network_size", f" /{known['max_net']:8}\n", known["max_net"])
    out.both("min_adj_size", f" min/max overhead-adjusted size: {known['min_adj']:8}", known["min_adj"])
    out.both("max_adj_size", f" /{known['max_adj']:8}\n", known["max_adj"])
    header = known["hdr_offset"]
    out.both("avg_hdr_offset", f" average network hdr offset: {header:12}\n\n", header)
    tins = [{key: known[f"{place} {name}"] for name, key, _ in _LINES} for place in range(known["tins"])]
    out.data("tins", [{key: tin[key] for key in _JSON_ORDER} for tin in tins])
    out.text(_heading(len(tins)) + "\n")
    for name, key, text in _LINES:
        out.text(f"  {name:8}" + "".join(f" {text(tin[key]):>12}" for tin in tins) + "\n")
    out.line()


def _heading(tins: int) -> str:
    if tins in _HEADINGS:
        return " " * 10 + "".join(f" {name:>12}" for name in _HEADINGS[tins])
    return " " * 10 + "".join(f"        Tin {place}" for place in range(tins))
