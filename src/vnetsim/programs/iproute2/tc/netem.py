"""The options of netem (iproute2 6.1: tc/q_netem.c).

What is printed follows the source; its error messages are recorded.  Not modelled: what the kernel's part does
not model (loss models with states, slots, ecn, distributions other than uniform and normal).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, lookup, number, signed, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output, RawNumber
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions

_DISTRIBUTIONS: Final = "/usr/lib/x86_64-linux-gnu/tc/"


def _illegal(what: str) -> Iproute2Error:
    return Iproute2Error(1, f'Illegal "{what}"')


def _explained(args: str) -> Iproute2Error:
    return usage("tc-netem", 1, args)


def _optional(args: Args, *, negative: bool = False) -> str | None:
    """The next argument if it is a number."""
    arg = args.peek
    if not arg or not (is_digits(arg[0]) or (negative and arg[0] == "-")):
        return None
    return args.take()


def _ticks(text: str) -> int | None:
    """get_ticks(), in nanoseconds."""
    time = units.time(text)
    if time is None:
        return None
    if not units.fits_ticks(time):
        raise Iproute2Error(1, f'Illegal {time} time (too large)\nIllegal "latency"')
    return units.to_ticks(time) * units.TICK_NS


def _share(text: str, what: str) -> int:
    share = units.percent(text)
    if share is None:
        raise _illegal(what)
    return share


def _delay(args: Args, options: Options) -> None:
    for key in ("latency", "jitter"):
        text = args.next_arg() if key == "latency" else _optional(args)
        if text is None:
            return
        time = _ticks(text)
        if time is None:
            raise _illegal("latency")
        options[key] = time
    text = _optional(args)
    if text is not None:
        options["delay_correlation"] = _share(text, "latency")


def _loss(args: Args, options: Options) -> None:
    if options.get("loss"):
        raise _illegal("duplicate loss argument\n")
    text = args.next_arg()
    if text in ("state", "gemodel"):
        model, text = text, args.next_arg()
        if units.percent(text) is None:
            raise _illegal("loss p13" if model == "state" else "loss gemodel p")
        raise NotModelled(f"netem loss {model}")
    if text == "random":
        text = args.next_arg()
    elif not is_digits(text[:1]):
        raise Iproute2Error(1, f"Unknown loss parameter: {text}")
    options["loss"] = _share(text, "loss percent")
    correlation = _optional(args)
    if correlation is not None:
        options["loss_correlation"] = _share(correlation, "loss correlation")


def _probability(what: str) -> Callable[[Args, Options], None]:
    def read_probability(args: Args, options: Options) -> None:
        options[what] = _share(args.next_arg(), what)
        correlation = _optional(args)
        if correlation is not None:
            options[f"{what}_correlation"] = _share(correlation, what)

    return read_probability


def _limit(args: Args, options: Options) -> None:
    limit = units.size(args.next_arg())
    if limit is None:
        raise _illegal("limit")
    options["limit"] = limit


def _gap(args: Args, options: Options) -> None:
    gap = number(args.next_arg())
    if gap is None:
        raise _illegal("gap")
    options["gap"] = gap


def _ecn(_: Args, options: Options) -> None:
    options["ecn"] = 1


def _distribution(args: Args, options: Options) -> None:
    name = args.next_arg()
    if name in ("pareto", "paretonormal", "experimental"):
        raise NotModelled(f"netem distribution {name}")
    if name not in ("uniform", "normal"):
        file = f"{_DISTRIBUTIONS}/{name}.dist"
        raise Iproute2Error(1, f"No distribution data for {name} ({file}: No such file or directory)")
    options["distribution"] = int(name == "normal")


def _rate(args: Args, options: Options) -> None:
    rate = units.rate(args.next_arg())
    if rate is None:
        raise _illegal("rate")
    options["rate"] = rate
    for key, negative in (("packet_overhead", True), ("cell_size", False), ("cell_overhead", True)):
        text = _optional(args, negative=negative)
        if text is None:
            return
        value = signed(text)
        if value is None:
            raise _illegal("rate")
        options[key] = value


def _slot(args: Args, _: Options) -> None:
    text = args.next_arg()
    if text != "distribution" and units.time(text) is None:
        raise Iproute2Error(1, f"Unknown slot parameter: {text}")
    raise NotModelled("netem slot")


#: In the order of lookup().
_KEYWORDS: Final[dict[str, Callable[[Args, Options], None]]] = {
    "limit": _limit, "latency": _delay, "delay": _delay, "loss": _loss, "drop": _loss, "ecn": _ecn,
    "reorder": _probability("reorder"), "corrupt": _probability("corrupt"), "gap": _gap,
    "duplicate": _probability("duplicate"), "distribution": _distribution, "rate": _rate, "slot": _slot,
}  # fmt: skip


def read(args: Args, _kind: str) -> Options:
    options: Options = {}
    for arg in args:
        if arg == "help":
            raise usage("tc-netem", 1)
        found = lookup(arg, _KEYWORDS.items())
        if found is None:
            raise _explained(f'What is "{arg}"?')
        found[1](args, options)
    _check(options)
    return options


def _check(options: Options) -> None:
    if options.get("reorder"):
        if not options.get("latency"):
            raise _explained("reordering not possible without specifying some delay")
        options["gap"] = options.get("gap") or 1
    elif options.get("gap"):
        raise _explained("gap specified without reorder probability")
    if "ecn" in options:
        if not options.get("loss"):
            raise _explained("ecn requested without loss model")
        raise NotModelled("netem ecn")
    if "distribution" in options and not (options.get("latency") and options.get("jitter")):
        raise _explained("distribution specified but no latency and jitter values")


# --- showing ---------------------------------------------------------------------------------------------------------

#: With the names of their objects in JSON.
_SHARES: Final = {"loss": "loss-random", "duplicate": "duplicate", "reorder": "reorder", "corrupt": "corrupt"}


def show(out: Iproute2Output, qdisc: Qdisc, options: TcOptions) -> None:
    known = qdisc.options
    out.both("limit", f"limit {known.get('limit', 0)}", known.get("limit", 0))
    _show_delay(out, known.get("latency", 0), known.get("jitter", 0), known.get("delay_correlation", 0))
    for key, name in _SHARES.items():
        if known.get(key):
            out.open_object(name)
            out.both(key, f" {key} {units.percent_text(known[key])}%", _number(known[key] / units.WHOLE))
            _show_correlation(out, known.get(f"{key}_correlation", 0))
            out.close_object()
    if known.get("rate"):
        _show_rate(out, qdisc, options)
    out.data("ecn", False)
    gap = known.get("gap", 0)
    out.both("gap", f" gap {gap}" if gap else "", gap)


def _show_delay(out: Iproute2Output, latency: int, jitter: int, correlation: int) -> None:
    if not latency:
        return
    time, wobble = (units.from_ticks(value // units.TICK_NS) for value in (latency, jitter))
    out.open_object("delay")
    out.both("delay", f" delay {units.time_text(time)}", _number(time / 1_000_000))
    out.both("jitter", f"  {units.time_text(wobble)}" if jitter else "", _number(wobble / 1_000_000))
    _show_correlation(out, correlation if jitter else 0)
    out.close_object()


def _show_correlation(out: Iproute2Output, correlation: int) -> None:
    text = f" {units.percent_text(correlation)}%" if correlation else ""
    out.both("correlation", text, _number(correlation / units.WHOLE))


def _number(value: float) -> RawNumber:
    """print_float()"""
    return RawNumber(f"{value:g}")


def _show_rate(out: Iproute2Output, qdisc: Qdisc, options: TcOptions) -> None:
    known = qdisc.options
    out.open_object("rate")
    out.both("rate", f" rate {units.rate_text(known['rate'], iec=options.iec)}", known["rate"])
    for key in ("packet_overhead", "cell_size", "cell_overhead"):
        name = key.replace("_", "")
        value = known.get(key, 0)
        out.both(name, f" {name} {value}" if value else "", value)
    out.close_object()
