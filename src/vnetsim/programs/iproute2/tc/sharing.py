"""The options of drr and ets (iproute2 6.1: tc/q_drr.c, q_ets.c), and those of their classes."""

from __future__ import annotations

from typing import Final

from vnetsim.observations import Qdisc, QdiscClass
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, number, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options, reader
from vnetsim.programs.iproute2.tc.options import TcOptions

_MOST_BANDS: Final = 16
_ILLEGAL: Final = {"quanta": "quantum", "priomap": "priomap element"}

read_drr: Final = reader("drr", {})
_drr_class: Final = reader("drr-class", {"quantum": units.size})
_ets_class: Final = reader("ets-class", {"quantum": units.size})


def read_drr_class(args: Args) -> Options:
    return _drr_class(args, "drr")


def read_ets_class(args: Args) -> Options:
    return _ets_class(args, "ets")


def show_class(out: Iproute2Output, each: QdiscClass) -> None:
    quantum = each.options["quantum"]
    if each.kind == "drr":
        out.text(f"quantum {units.size_text(quantum)} ")
    elif quantum:
        out.text(f"quantum {quantum} ")


def read_ets(args: Args, _kind: str) -> Options:
    """ets_parse_opt()"""
    options: Options = {}
    found: dict[str, list[int]] = {"quanta": [], "priomap": []}
    reads = ""
    for arg in args:
        if arg in ("bands", "strict"):
            options[arg], reads = _number(args.next_arg(), arg), ""
            if options[arg] > _MOST_BANDS:
                raise Iproute2Error(1, f'The number of "{arg}" must be <= {_MOST_BANDS}')
        elif arg in found:
            reads = arg
        elif not reads or arg == "help":
            raise usage("tc-ets", 1, "" if arg == "help" else f'What is "{arg}"?')
        else:
            found[reads].append(_element(arg, reads, len(found[reads])))
    return _ets(options, found["quanta"], found["priomap"])


def _element(arg: str, reads: str, before: int) -> int:
    if before >= _MOST_BANDS:
        most = "quanta" if reads == "quanta" else '"priomap"'
        raise Iproute2Error(1, f"Too many {most} elements" if reads == "quanta" else f"{most} index cannot be higher "
                               f"than {_MOST_BANDS - 1}")  # fmt: skip
    return _number(arg, _ILLEGAL[reads])


def _ets(options: Options, quanta: list[int], priomap: list[int]) -> Options:
    if not options.keys() and not quanta:
        raise usage("tc-ets", 1, 'One of "bands", "quanta" or "strict" needs to be specified')
    strict = options.setdefault("strict", 0)
    bands = options.setdefault("bands", strict + len(quanta))
    if bands < strict + len(quanta):
        raise usage("tc-ets", 1, "Not enough total bands to cover all the strict bands and quanta")
    if any(band >= bands for band in priomap):
        raise Iproute2Error(1, '"priomap" element is out of bounds')
    for name, values in (("quantum", quanta), ("priomap", priomap)):
        options.update((f"{name}{index}", value) for index, value in enumerate(values))
    return options


def _number(text: str, what: str) -> int:
    value = number(text, 32)
    if value is None:
        raise Iproute2Error(1, f'Illegal "{what}"')
    return value


def show_ets(out: Iproute2Output, qdisc: Qdisc, _: TcOptions) -> None:
    known = qdisc.options
    out.both("bands", f"bands {known['bands']} ", known["bands"])
    if known["strict"]:
        out.both("strict", f"strict {known['strict']} ", known["strict"])
    quanta = [known[f"quantum{index}"] for index in range(known["bands"] - known["strict"])]
    priomap = [known[f"priomap{index}"] for index in range(_MOST_BANDS)]
    if quanta:
        out.both("quanta", f"quanta {' '.join(map(str, quanta))} ", quanta)
    out.both("priomap", f"priomap {' '.join(map(str, priomap))} ", priomap)
