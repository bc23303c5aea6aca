"""The options of pfifo, bfifo, pfifo_head_drop, pfifo_fast and ingress (iproute2 6.1: tc/q_fifo.c, tc/q_prio.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions

#: Which of the three bands a frame goes to by its type of service.
_PRIOMAP: Final = (1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)


def read(args: Args, kind: str) -> Options:
    options: Options = {}
    for arg in args:
        if arg == "limit":
            text = args.next_arg()
            limit = units.size(text)
            if limit is None:
                raise Iproute2Error(1, f'{kind}: Illegal value for "limit": "{text}"')
            options["limit"] = limit
        elif arg == "help":
            raise usage("tc-fifo", 1)
        else:
            raise usage("tc-fifo", 1, f'{kind}: unknown parameter "{arg}"')
    return options


def show(out: Iproute2Output, qdisc: Qdisc, _: TcOptions) -> None:
    limit = qdisc.options.get("limit", 0)
    if qdisc.kind == "bfifo":
        out.both("limit", f"limit {units.size_text(limit)}", limit)
    else:
        out.both("limit", f"limit {limit}p", limit)


def read_nothing(args: Args, kind: str) -> Options:
    """ingress and clsact have no options."""
    arg = args.take()
    if arg is not None:
        raise usage(f"tc-{kind}", 1, "" if arg == "help" else f'What is "{arg}"?')
    return {}


def show_ingress(out: Iproute2Output, _qdisc: Qdisc, _: TcOptions) -> None:
    out.text("---------------- ")


def show_bands(out: Iproute2Output, _qdisc: Qdisc, _: TcOptions) -> None:
    """pfifo_fast, whose bands are fixed."""
    out.both("bands", "bands 3 ", 3)
    out.both("priomap", "priomap " + " ".join(map(str, _PRIOMAP)), _PRIOMAP)
    out.data("multiqueue", False)
