"""The options of red (iproute2 6.1: tc/q_red.c), and what tc computes of them (tc/tc_red.c).

Not modelled: adaptive, qevents.
"""

from __future__ import annotations

import math
from typing import Final

from vnetsim.errors import NotModelled
from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options, count, reader
from vnetsim.programs.iproute2.tc.options import TcOptions

_WHOLE: Final = 1 << 32
_SHIFTS: Final = 32
#: 10 Mbit/s.
_RATE: Final = 1_250_000
_DEFAULT_PROBABILITY: Final = 0.02
_CELLS: Final = 512
#: The average of an idle queue shrinks by so many bits at most.
_MOST_SHIFT: Final = 31
_LARGE: Final = 10


def _probability(text: str) -> int | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value * _WHOLE)


def _rate(text: str) -> int | None:
    if text.endswith("%"):
        raise NotModelled("red bandwidth in percent")
    return units.rate(text) or None


_read: Final = reader("red", {
    "limit": units.size, "min": units.size, "max": units.size, "avpkt": units.size, "burst": count,
    "probability": _probability, "bandwidth": _rate, "ecn": ("ecn", 1), "harddrop": ("harddrop", 1),
    "nodrop": ("nodrop", 1), "adaptive": None, "adaptative": None, "qevent": None,
})  # fmt: skip


def read(args: Args, kind: str) -> Options:
    """red_parse_opt()"""
    options = _read(args, kind)
    if not options.get("limit") or not options.get("avpkt"):
        raise Iproute2Error(1, "RED: Required parameter (limit, avpkt) is missing")
    if not options.get("max"):
        options["max"] = 3 * options["min"] if options.get("min") else options["limit"] // 4
    if not options.get("min"):
        options["min"] = options["max"] // 3
    if not options.get("burst"):
        options["burst"] = (2 * options["min"] + options["max"]) // (3 * options["avpkt"])
    options.setdefault("probability", int(_DEFAULT_PROBABILITY * _WHOLE))
    options["ewma"] = _ewma(options)
    options["plog"] = _plog(options)
    options["probability"] %= _WHOLE
    options["cell_log"] = _cell_log(options)
    return options


def warning_of(options: Options) -> str:
    """What tc says of options that it takes."""
    large = f"RED: WARNING. Burst {options['burst']} seems to be too large.\n"
    return _assumed(options) + (large if options["ewma"] >= _LARGE else "")


def _assumed(options: Options) -> str:
    return "" if "bandwidth" in options else "RED: set bandwidth to 10Mbit\n"


def _ewma(options: Options) -> int:
    """tc_red_eval_ewma(): the exponent of the weight with which a burst passes."""
    burst, least, said = options["burst"], options["min"] // options["avpkt"], _assumed(options)
    wanted = burst + 1 - options["min"] / options["avpkt"]
    if wanted < 1:
        said += f"tc_red_eval_ewma() burst {burst} is too small ? Try burst {1 + least}\n"
    else:
        for exponent in range(1, _SHIFTS):
            weight = 2.0**-exponent
            if wanted <= (1 - (1 - weight) ** burst) / weight:
                return exponent
    raise Iproute2Error(1, f"{said}RED: failed to calculate EWMA constant.")


def _plog(options: Options) -> int:
    """tc_red_eval_P()"""
    spread, share = options["max"] - options["min"], options["probability"] / _WHOLE
    if not spread:
        return 0
    for exponent in range(_SHIFTS):
        if spread > 0 and share / spread * 2**exponent > 1:
            return exponent
    raise Iproute2Error(1, f"{_assumed(options)}RED: failed to calculate probability.")


def _cell_log(options: Options) -> int:
    """tc_red_eval_idle_damping(): the size of the table's cells."""
    sending = units.to_ticks(int(1_000_000 * options["avpkt"] / options.get("bandwidth", _RATE)))
    longest = _MOST_SHIFT * sending / -math.log(1 - 2.0 ** -options["ewma"]) if sending else 0
    for exponent in range(_SHIFTS):
        if longest / 2**exponent < _CELLS:
            return exponent
    raise Iproute2Error(1, "RED: failed to calculate idle damping table.")


def show(out: Iproute2Output, qdisc: Qdisc, options: TcOptions) -> None:
    known = qdisc.options
    for key in ("limit", "min", "max"):
        out.both(key, f"{key} {units.size_text(known[key])} ", known[key])
    for key in ("ecn", "harddrop", "adaptive", "nodrop"):
        out.both(key, f"{key} " if known.get(key) else "", bool(known.get(key)))
    if options.details:
        out.both("ewma", f"ewma {known['ewma']} ", known["ewma"])
        share = known["probability"] / _WHOLE
        out.both("probability", f"probability {share:g} ", float(f"{share:g}"))
        out.both("Scell_log", f"Scell_log {known['cell_log']}", known["cell_log"])


def show_counters(out: Iproute2Output, qdisc: Qdisc) -> None:
    for key in ("marked", "early", "pdrop", "other"):
        value = qdisc.options.get(key, 0)
        out.both(key, f"{'  ' if key == 'marked' else ''}{key} {value} ", value)
