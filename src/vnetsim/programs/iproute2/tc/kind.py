"""What the module of a kind of queueing discipline gives: how its options are read and shown.

Most have options that are a keyword and a value each (iproute2: tc/q_*.c).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from vnetsim.errors import NotModelled
from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, number, usage
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
from vnetsim.programs.iproute2.tc import units
from vnetsim.programs.iproute2.tc.options import TcOptions
from vnetsim.values import frozen

#: In netlink's units.
Options: TypeAlias = dict[str, int]


@frozen
class Kind:
    """`read` gets the arguments behind the kind, and its name; Iproute2Error for what it does not understand.

    `count` shows the counters that other kinds do not have; `warn` is what tc says of options that it takes.
    """

    read: Callable[[Args, str], Options]
    show: Callable[[Iproute2Output, Qdisc, TcOptions], None] = lambda _out, _qdisc, _options: None
    count: Callable[[Iproute2Output, Qdisc], None] = lambda _out, _qdisc: None
    warn: Callable[[Options], str] = lambda _options: ""


#: How a value is read (None: it is no such value), or the value that a keyword without one sets.
Measure: TypeAlias = "Callable[[str], int | None] | tuple[str, int]"


def count(text: str) -> int | None:
    return number(text, 32)


def nanoseconds(text: str) -> int | None:
    """get_time(), whose unit is the microsecond."""
    time = units.time(text)
    return None if time is None else 1000 * time


def reader(kind: str, keywords: Mapping[str, Measure | None]) -> Callable[[Args, str], Options]:
    """Reads the options of `kind`; what a keyword with None does is not modelled."""

    def read(args: Args, _kind: str) -> Options:
        options: Options = {}
        for arg in args:
            if arg not in keywords:
                raise usage(f"tc-{kind}", 1, "" if arg == "help" else f'What is "{arg}"?')
            _set(args, arg, kind, keywords[arg], options)
        return options

    return read


def _set(args: Args, arg: str, kind: str, measure: Measure | None, options: Options) -> None:
    if measure is None:
        raise NotModelled(f"{kind} {arg}")
    if isinstance(measure, tuple):
        options[measure[0]] = measure[1]
        return
    value = measure(args.next_arg())
    if value is None:
        raise Iproute2Error(1, f'Illegal "{arg}"')
    options[arg] = value
