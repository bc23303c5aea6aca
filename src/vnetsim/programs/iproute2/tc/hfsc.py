"""The options of hfsc and of its classes (iproute2 6.1: tc/q_hfsc.c).  Not modelled: rates in percent."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from vnetsim.errors import NotModelled
from vnetsim.observations import Qdisc, QdiscClass
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, matches, number, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions

_MICROSECONDS: Final = 1_000_000
_WORD: Final = 0xFFFF_FFFF
_NAMES: Final = ("rt", "ls", "sc", "ul")
#: The slope of the first line, its length, the slope of the second line.
_Curve: TypeAlias = tuple[int, int, int]
_Measure: TypeAlias = "Callable[[str], int | None]"


def read(args: Args, _kind: str) -> Options:
    """hfsc_parse_opt()"""
    options: Options = {}
    for arg in args:
        if not matches(arg, "default"):
            raise usage("tc-hfsc", 1, "" if matches(arg, "help") else f'HFSC: What is "{arg}" ?')
        text = args.next_arg()
        if options.get("default"):
            raise Iproute2Error(1, 'HFSC: Double "default"')
        value = number(text, 16, 16)
        if value is None:
            raise Iproute2Error(1, 'HFSC: Illegal "default"')
        options["default"] = value
    return options or {"default": 0}


def show(out: Iproute2Output, qdisc: Qdisc, _: TcOptions) -> None:
    """The default class is text even with -j."""
    default = qdisc.options["default"]
    if default and out.json is not None:
        raise NotModelled("tc -j for hfsc with a default class")
    if default:
        out.text(f"default {default:x} ")


def read_class(args: Args) -> Options:
    """hfsc_parse_class_opt()"""
    found: dict[str, _Curve] = {}
    for arg in args:
        name = next((each for each in _NAMES if matches(arg, each)), None)
        if name is None:
            raise usage("tc-hfsc-class", 1, "" if matches(arg, "help") else f'HFSC: What is "{arg}" ?')
        curve = _curve(args, name)
        found |= {"rt": curve, "ls": curve} if name == "sc" else {name: curve}
    if not found:
        raise usage("tc-hfsc-class", 1, "HFSC: no parameters given")
    if "ul" in found and "ls" not in found:
        raise usage("tc-hfsc-class", 1, "HFSC: Upper-limit Service Curve without Link-Share Service Curve")
    ordered = [(name, found[name]) for name in ("rt", "ls", "ul") if name in found]
    keys = ("m1", "d", "m2")
    return {f"{name}_{key}": value for name, curve in ordered for key, value in zip(keys, curve, strict=True)}


def _curve(args: Args, name: str) -> _Curve:
    """hfsc_get_sc(): as two slopes, or as a unit of work, its delay and a rate."""
    arg = args.next_arg()
    slopes = any(matches(arg, word) for word in ("m1", "d", "m2"))
    words = _SLOPES if slopes else _DELAYS
    *optional, (last, measure) = words.items()
    values: list[int] = []
    for word, each in optional:
        known = matches(arg, word)
        values.append(_value(args, name, word, each) if known else 0)
        arg = args.next_arg() if known else arg
    if not matches(arg, last):
        raise _illegal(name)
    values.append(_value(args, name, last, measure))
    curve = (values[0], values[1], values[2]) if slopes else _of_delay(values, name)
    if not curve[0] and not curve[2]:
        raise _illegal(name, "HFSC: Service Curve has two zero slopes")
    return curve


_SLOPES: Final[dict[str, _Measure]] = {"m1": units.rate, "d": units.time, "m2": units.rate}
_DELAYS: Final[dict[str, _Measure]] = {"umax": units.size, "dmax": units.time, "rate": units.rate}


def _illegal(name: str, *said: str) -> Iproute2Error:
    return Iproute2Error(1, "\n".join([*said, f'HFSC: Illegal "{name}"']))


def _value(args: Args, name: str, word: str, measure: _Measure) -> int:
    text = args.next_arg()
    if text.endswith("%"):
        raise NotModelled(f"hfsc {word} in percent")
    value = measure(text)
    if value is None:
        raise _illegal(name, f'HFSC: Illegal "{word}"')
    return value


def _of_delay(values: list[int], name: str) -> _Curve:
    """hfsc_get_sc2(): the slope of the first line is that of the unit of work, if it is the steeper one."""
    work, delay, rate = values
    if work and not delay:
        raise _illegal(name, "HFSC: umax given but dmax is zero.")
    steep = math.ceil(work * _MICROSECONDS / delay) if delay else 0
    if steep > rate:
        return steep, delay, rate
    if not rate:
        return 0, 0, 0
    return 0, (delay - (work * _MICROSECONDS & _WORD) // rate) & _WORD, rate


def show_class(out: Iproute2Output, each: QdiscClass) -> None:
    """hfsc_print_class_opt()"""
    curves = {name: _shown(each.options, name) for name in ("rt", "ls", "ul")}
    if curves["rt"] and curves["rt"] == curves["ls"]:
        curves = {"sc": curves["rt"], "ul": curves["ul"]}
    out.text("".join(f"{name} {text}" for name, text in curves.items() if text))


def _shown(options: Mapping[str, int], name: str) -> str:
    if f"{name}_m2" not in options:
        return ""
    first, time, second = (options[f"{name}_{key}"] for key in ("m1", "d", "m2"))
    return f"m1 {units.rate_text(first)} d {units.time_text(time)} m2 {units.rate_text(second)} "


def show_counters(out: Iproute2Output, each: QdiscClass) -> None:
    """hfsc_print_xstats()"""
    known = each.options
    work = f"work {known['work']} bytes " if known["work"] else ""
    served = f"rtwork {known['rtwork']} bytes " if known["rtwork"] else ""
    out.text(f" period {known['period']} {work}{served}level {each.level} ")
    out.line()
    out.line()
