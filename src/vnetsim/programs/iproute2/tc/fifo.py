"""The options of pfifo, bfifo, pfifo_head_drop, pfifo_fast and ingress (iproute2 6.1: tc/q_fifo.c, tc/q_prio.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.arguments import CommandError, Words, usage
from vnetsim.programs.iproute2.lib.json_print import Printer
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.kind import Options
from vnetsim.programs.iproute2.tc.options import TcOptions

#: Which of the three bands a frame goes to by its type of service.
_PRIOMAP: Final = (1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)


def read(words: Words, kind: str) -> Options:
    options: Options = {}
    for word in words:
        if word == "limit":
            text = words.next_arg()
            limit = units.size(text)
            if limit is None:
                raise CommandError(1, f'{kind}: Illegal value for "limit": "{text}"')
            options["limit"] = limit
        elif word == "help":
            raise usage("tc-fifo", 1)
        else:
            raise usage("tc-fifo", 1, f'{kind}: unknown parameter "{word}"')
    return options


def show(out: Printer, qdisc: Qdisc, _: TcOptions) -> None:
    limit = qdisc.options.get("limit", 0)
    if qdisc.kind == "bfifo":
        out.both("limit", f"limit {units.size_words(limit)}", limit)
    else:
        out.both("limit", f"limit {limit}p", limit)


def read_nothing(words: Words, kind: str) -> Options:
    """ingress and clsact have no options."""
    word = words.take()
    if word is not None:
        raise usage(f"tc-{kind}", 1, "" if word == "help" else f'What is "{word}"?')
    return {}


def show_ingress(out: Printer, _qdisc: Qdisc, _: TcOptions) -> None:
    out.text("---------------- ")


def show_bands(out: Printer, _qdisc: Qdisc, _: TcOptions) -> None:
    """pfifo_fast, whose bands are fixed."""
    out.both("bands", "bands 3 ", 3)
    out.both("priomap", "priomap " + " ".join(map(str, _PRIOMAP)), _PRIOMAP)
    out.data("multiqueue", False)
