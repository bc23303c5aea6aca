"""The options of netem (iproute2 6.1: tc/q_netem.c).

What is printed and its error messages are recorded.  Not modelled: what the kernel's part does not model (slots with a
distribution), distributions from files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import NotModelled
from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, lookup, number, signed, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output, RawNumber
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions

#: By their number in the options.
DISTRIBUTIONS: Final = ("uniform", "normal", "pareto", "paretonormal")
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
        _loss_model(args, options, text)
        return
    if text == "random":
        text = args.next_arg()
    elif not is_digits(text[:1]):
        raise Iproute2Error(1, f"Unknown loss parameter: {text}")
    options["loss"] = _share(text, "loss percent")
    correlation = _optional(args)
    if correlation is not None:
        options["loss_correlation"] = _share(correlation, "loss correlation")


#: The options of the models with states, in their order: how they are shown, and their defaults by the first one.
_MODELS: Final[dict[str, tuple[tuple[str, str, Callable[[int], int]], ...]]] = {
    "state": (
        ("state", "p13", lambda _: 0), ("p31", "p31", lambda p13: units.WHOLE - p13), ("p32", "p32", lambda _: 0),
        ("p23", "p23", lambda _: units.WHOLE), ("p14", "p14", lambda _: 0),
    ),
    "gemodel": (
        ("gemodel", "p", lambda _: 0), ("r", "r", lambda p: units.WHOLE - p), ("h", "1-h", lambda _: 0),
        ("k1", "1-k", lambda _: 0),
    ),
}  # fmt: skip


def _loss_model(args: Args, options: Options, model: str) -> None:
    """The kernel gets 1-h as h."""
    first = 0
    for index, (key, name, default) in enumerate(_MODELS[model]):
        text = args.next_arg() if not index else _optional(args)
        what = f"loss {name}" if model == "state" else f"loss gemodel {name}"
        value = default(first) if text is None else _share(text, what)
        if text is not None and key == "h":
            value = units.WHOLE - value
        options[key] = value
        first = value if not index else first


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
    if name == "experimental":
        raise NotModelled(f"netem distribution {name}")
    if name not in DISTRIBUTIONS:
        file = f"{_DISTRIBUTIONS}/{name}.dist"
        raise Iproute2Error(1, f"No distribution data for {name} ({file}: No such file or directory)")
    options["distribution"] = DISTRIBUTIONS.index(name)


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


def _slot(args: Args, options: Options) -> None:
    text = args.next_arg()
    if text == "distribution":
        raise NotModelled("netem slot distribution")
    options["slot_min"] = options["slot_max"] = _slot_time(text)
    if (most := _optional(args)) is not None:
        options["slot_max"] = max(_slot_time(most), options["slot_min"])
    while args.peek in ("packets", "bytes"):
        key = args.next_arg()
        value = units.size(args.next_arg()) if key == "bytes" else signed(args.next_arg())
        if value is None:
            raise _illegal(f"slot {key}")
        options[f"slot_{key}"] = value


def _slot_time(text: str) -> int:
    """get_time64(), in nanoseconds."""
    time = units.time64(text)
    if time is None:
        raise Iproute2Error(1, f"Unknown slot parameter: {text}")
    return time


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
    if "ecn" in options and not any(key in options for key in ("loss", *_MODELS)):
        raise _explained("ecn requested without loss model")
    if "distribution" in options and not (options.get("latency") and options.get("jitter")):
        raise _explained("distribution specified but no latency and jitter values")


# --- showing ---------------------------------------------------------------------------------------------------------

#: With the names of their objects in JSON.
_SHARES: Final = {"loss": "loss-random", "duplicate": "duplicate", "reorder": "reorder", "corrupt": "corrupt"}


def show(out: Iproute2Output, qdisc: Qdisc, options: TcOptions) -> None:
    known = qdisc.options
    out.both("limit", f"limit {known.get('limit', 0)}", known.get("limit", 0))
    _show_delay(out, known.get("latency", 0), known.get("jitter", 0), known.get("delay_correlation", 0))
    _show_models(out, known)
    for key, name in _SHARES.items():
        if known.get(key):
            out.open_object(name)
            out.both(key, f" {key} {units.percent_text(known[key])}%", _number(known[key] / units.WHOLE))
            _show_correlation(out, known.get(f"{key}_correlation", 0))
            out.close_object()
    if known.get("rate"):
        _show_rate(out, qdisc, options)
    if "slot_min" in known:
        _show_slot(out, known)
    out.both("ecn", " ecn " if known.get("ecn") else "", bool(known.get("ecn")))
    gap = known.get("gap", 0)
    out.both("gap", f" gap {gap}" if gap else "", gap)


def _show_models(out: Iproute2Output, known: Mapping[str, int]) -> None:
    for model, parameters in _MODELS.items():
        if model not in known:
            continue
        out.open_object(f"loss-{model}")
        out.text(f" loss {model}")
        for key, name, _ in parameters:
            value = units.WHOLE - known[key] if key == "h" else known[key]
            out.both(name, f" {name} {units.percent_text(value)}%", _number(value / units.WHOLE))
        out.close_object()


def _show_slot(out: Iproute2Output, known: Mapping[str, int]) -> None:
    least, most = known["slot_min"], known["slot_max"]
    out.open_object("slot")
    out.both("min-delay", f" slot {units.time64_text(least)}", _number(least / 1e9))
    out.both("max-delay", f" {units.time64_text(most)}", _number(most / 1e9))
    packets, size = known.get("slot_packets", 0), known.get("slot_bytes", 0)
    out.both("packets", f" packets {packets}" if packets else "", packets)
    out.both("bytes", f" bytes {size}" if size else "", size)
    out.close_object()


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
