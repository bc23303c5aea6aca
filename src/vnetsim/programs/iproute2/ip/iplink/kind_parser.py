"""How the arguments behind `type KIND` are read: by tables of keywords (iproute2: the parse_opt of ip/iplink_*.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import attrs

from vnetsim.errors import NotModelled
from vnetsim.process.files import Files
from vnetsim.process.network import Network
from vnetsim.programs.iproute2.lib.arguments import Args, Iproute2Error, lookup, matches, number, on_off, usage, valid
from vnetsim.values import frozen

#: What newer versions know and vnetsim does not.
_NEWER_OPTIONS: Final = frozenset(
    {
        "stp_mode", "mst_enabled", "fdb_local_vlan_0", "fdb_max_learned", "mdb_offload_fail_notification",
        "neigh_vlan_suppress", "neigh_forward_grat", "mab", "backup_nhid", "bclim", "localbypass", "mcroute",
        "reserved_bits",
    }
)  # fmt: skip

Options: TypeAlias = dict[str, str | int]


@frozen
class KindArgs:
    """What a kind has to read; `warn` writes to standard error while the command goes on."""

    kind: str
    args: Args
    network: Network
    creating: bool
    family: int | None
    newer: bool
    warn: Callable[[str], None]
    files: Files
    options: Options = attrs.field(factory=dict)

    def unknown(self, arg: str, what: str = "option") -> Iproute2Error:
        """The answer to an argument that the kind does not know: the usage follows."""
        if self.newer and arg.removeprefix("no") in _NEWER_OPTIONS:
            raise NotModelled(f"{self.kind} {arg}")
        return self.usage(f'{self.kind}: unknown {what} "{arg}"?')

    def usage(self, problem: str = "") -> Iproute2Error:
        return usage(f"ip-link-{self.kind}", 1, problem)


#: Reads the value behind a keyword into the options.
Handler: TypeAlias = Callable[[KindArgs, str], None]
#: In the order of lookup().
Table: TypeAlias = tuple[tuple[str, Handler], ...]


def read_table(it: KindArgs, table: Table, what: str) -> None:
    """Read all arguments by a table."""
    for arg in it.args:
        if found := lookup(arg, table):
            found[1](it, found[0])
        elif matches(arg, "help"):
            raise it.usage()
        else:
            raise it.unknown(arg, what)


def integer(bits: int, complaint: str = "invalid {}") -> Handler:
    def handle(it: KindArgs, keyword: str) -> None:
        it.options[keyword] = valid(number(arg := it.args.next_arg(), bits), complaint.format(keyword), arg)

    return handle


def switch(key: str | None = None) -> Handler:
    def handle(it: KindArgs, keyword: str) -> None:
        it.options[key or keyword] = int(_exit_on_off(keyword, it.args.next_arg()))

    return handle


def _exit_on_off(keyword: str, arg: str) -> bool:
    try:
        return on_off(keyword, arg)
    except Iproute2Error as error:
        raise Iproute2Error(1, str(error), exits=True) from None


def each(handler: Handler, *keywords: str) -> Table:
    """Rows of a table that are read alike."""
    return tuple((keyword, handler) for keyword in keywords)


def present(it: KindArgs, keyword: str) -> None:
    """A keyword without a value."""
    it.options[keyword] = 1
