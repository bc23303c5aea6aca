"""What the module of a kind of queueing discipline gives: how its options are read and shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from vnetsim.observations import Qdisc
from vnetsim.programs.iproute2.lib.arguments import Args
from vnetsim.programs.iproute2.lib.json_print import Iproute2Output
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
