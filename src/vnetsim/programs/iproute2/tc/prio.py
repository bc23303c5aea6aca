"""The options of prio (iproute2 6.1: tc/q_prio.c).  Not modelled: multiqueue."""

from __future__ import annotations

from vnetsim.errors import NotModelled
from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, matches, number, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions

_PRIORITIES = 16


def read(args: Args, _kind: str) -> Options:
    options: Options = {"bands": 3}
    at: int | None = None
    for arg in args:
        if arg == "bands":
            options["bands"] = _number(args.next_arg(), "bands")
        elif arg == "priomap":
            at = 0
        elif matches(arg, "multiqueue"):
            raise NotModelled("prio multiqueue")
        elif arg == "help" or at is None:
            raise usage("tc-prio", 1, "" if arg == "help" else f'What is "{arg}"?')
        else:
            at = _read_band(arg, at, options)
    return options


def _number(text: str, what: str) -> int:
    value = number(text, 32, 10)
    if value is None:
        raise Iproute2Error(1, f'Illegal "{what}"')
    return value


def _read_band(arg: str, at: int, options: Options) -> int:
    band = _number(arg, "priomap element")
    if band >= options["bands"]:
        raise Iproute2Error(1, '"priomap" element is out of bands')
    if at >= _PRIORITIES:
        raise Iproute2Error(1, '"priomap" index > TC_PRIO_MAX=15')
    options[f"priomap{at}"] = band
    return at + 1


def show(out: Iproute2Output, qdisc: Qdisc, _: TcOptions) -> None:
    known = qdisc.options
    priomap = [known[f"priomap{index}"] for index in range(_PRIORITIES)]
    out.both("bands", f"bands {known['bands']} ", known["bands"])
    out.both("priomap", "priomap " + " ".join(map(str, priomap)), priomap)
    out.data("multiqueue", False)
