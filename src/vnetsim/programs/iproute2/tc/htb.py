"""The options of htb and of its classes (iproute2 6.1: tc/q_htb.c).

Not modelled: `offload`, link layers, debug.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.observations import Qdisc, QdiscClass
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, matches, number, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions

_MTU: Final = 1600
#: Ticks of a clock of which a burst lets one pass (psched: nanoseconds).
_HZ: Final = 1_000_000_000
_UNMODELLED: Final = ("offload", "linklayer", "debug", "mpu", "overhead")
#: The largest quantum, and the smallest, that the kernel takes without a warning.
_QUANTA: Final = (1000, 200_000)


def _hexadecimal(text: str) -> int | None:
    try:
        return int(text, 16)
    except ValueError:
        return None


def _decimal(text: str) -> int | None:
    return number(text, 32)


def read(args: Args, _kind: str) -> Options:
    """Of the discipline."""
    known: Mapping[str, tuple[str, Callable[[str], int | None]]] = {
        "default": ("default", _hexadecimal), "r2q": ("r2q", _decimal),
        "direct_qlen": ("direct_qlen", _decimal),
    }  # fmt: skip
    parsed: Options = {"r2q": 10, "default": 0}
    for arg in args:
        if matches(arg, "offload"):
            raise NotModelled(f"htb {arg}")
        key, measure = known.get(arg, ("", _decimal))
        if not key:
            raise usage("tc-htb", 1, "" if arg == "help" else f'What is "{arg}"?')
        value = measure(args.next_arg())
        if value is None:
            raise usage("tc-htb", 1, f'Illegal "{key}"')
        parsed[key] = value
    return parsed


_MEASURES: Final[Mapping[str, tuple[str, Callable[[str], int | None]]]] = {
    "rate": ("rate", units.rate), "ceil": ("ceil", units.rate), "burst": ("burst", units.size),
    "buffer": ("burst", units.size), "maxburst": ("burst", units.size), "cburst": ("cburst", units.size),
    "cbuffer": ("cburst", units.size), "cmaxburst": ("cburst", units.size), "prio": ("prio", _decimal),
    "quantum": ("quantum", _decimal), "mtu": ("mtu", _decimal),
}  # fmt: skip


def read_class(args: Args) -> Options:
    """Of a class, with the defaults that tc computes."""
    parsed: Options = {}
    for arg in args:
        if arg in _UNMODELLED:
            raise NotModelled(f"htb {arg}")
        if arg not in _MEASURES:
            raise usage("tc-htb", 1, "" if arg == "help" else f'What is "{arg}"?')
        key, measure = _MEASURES[arg]
        value = measure(args.next_arg())
        if value is None:
            raise usage("tc-htb", 1, f'Illegal "{key}"')
        parsed[key] = value
    if not parsed.get("rate"):
        raise Iproute2Error(1, '"rate" is required.')
    mtu = parsed.pop("mtu", _MTU)
    parsed.setdefault("ceil", parsed["rate"])
    parsed.setdefault("burst", parsed["rate"] // _HZ + mtu)
    parsed.setdefault("cburst", parsed["ceil"] // _HZ + mtu)
    parsed.setdefault("prio", 0)
    return parsed


def warning_of(classid: int, options: Mapping[str, int], r2q: int) -> str:
    """What the kernel says about a quantum that it had to change."""
    least, most = _QUANTA
    found = options["rate"] // r2q
    if options.get("quantum") or least <= found <= most:
        return ""
    size = "small" if found < least else "big"
    return f"Warning: sch_htb: quantum of class {classid:X} is {size}. Consider r2q change.\n"


def show(out: Iproute2Output, qdisc: Qdisc, options: TcOptions) -> None:
    known = qdisc.options
    out.both("r2q", f"r2q {known['r2q']} ", known["r2q"])
    out.both("default", f"default {known['default']:#x} ", f"{known['default']:#x}")
    direct = known["direct_packets_stat"]
    out.both("direct_packets_stat", f"direct_packets_stat {direct} ", direct)
    if options.details:
        out.both("ver", "ver 3.17 ", "3.17")
    out.both("direct_qlen", f"direct_qlen {known['direct_qlen']}", known["direct_qlen"])


def show_class(out: Iproute2Output, each: QdiscClass, options: TcOptions) -> None:
    known = each.options
    if not each.level:
        out.text(f"prio {known['prio']} ")
        if options.details:
            out.text(f"quantum {known['quantum']} ")
    for key in ("rate", "ceil"):
        out.text(f"{key} {units.rate_text(known[key], iec=options.iec)} ")
    if options.details:
        out.text("linklayer ethernet ")
    for key, rate in (("burst", "rate"), ("cburst", "ceil")):
        size = units.size_text(units.sent_in(known[rate], _depth(known[rate], known[key])))
        out.text(f"{key} {size}{'/1 mpu 0b' if options.details else ''} ")
    if options.details:
        out.text(f"level {each.level} ")
    if options.raw:
        for key, burst, rate in (("buffer", "burst", "rate"), ("cbuffer", "cburst", "ceil")):
            out.text(f"{key} [{_depth(known[rate], known[burst]) // units.TICK_NS:08x}] ")


def _depth(rate: int, burst: int) -> int:
    """The time that a burst takes, in nanoseconds."""
    return burst * _HZ // rate
