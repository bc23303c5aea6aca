"""How the words behind `type KIND` are read: by tables of keywords (iproute2: the parse_opt of ip/iplink_*.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeAlias

import attrs

from vnetsim.errors import NotModelled
from vnetsim.process import Network
from vnetsim.programs.iproute2.lib.arguments import (
    CommandError,
    Words,
    invarg,
    matches,
    number,
    on_off,
    usage,
)

#: What newer versions know and vnetsim does not.
_NEWER_WORDS: Final = frozenset(
    {
        "stp_mode", "mst_enabled", "fdb_local_vlan_0", "fdb_max_learned", "mdb_offload_fail_notification",
        "neigh_vlan_suppress", "neigh_forward_grat", "mab", "backup_nhid", "bclim", "localbypass", "mcroute",
        "reserved_bits",
    }
)  # fmt: skip

Options: TypeAlias = dict[str, str | int]


@attrs.frozen
class KindWords:
    """What a kind has to read; `warn` writes to standard error while the command goes on."""

    kind: str
    words: Words
    network: Network
    creating: bool
    family: int | None
    newer: bool
    warn: Callable[[str], None]
    options: Options = attrs.field(factory=dict)

    def unknown(self, word: str, what: str = "option") -> CommandError:
        """The answer to a word that the kind does not know: the usage follows."""
        if self.newer and word.removeprefix("no") in _NEWER_WORDS:
            raise NotModelled(f"{self.kind} {word}")
        return self.usage(f'{self.kind}: unknown {what} "{word}"?')

    def usage(self, problem: str = "") -> CommandError:
        return usage(f"ip-link-{self.kind}", 1, problem)


#: Reads the value behind a keyword into the options.
Handler: TypeAlias = Callable[[KindWords, str], None]
#: In the order of asking; keywords with a dot behind them may not be abbreviated.
Table: TypeAlias = tuple[tuple[str, Handler], ...]


def read_table(it: KindWords, table: Table, what: str) -> None:
    """Read all words by a table."""
    for word in it.words:
        handler = _find(word, table)
        if handler is not None:
            handler[1](it, handler[0])
        elif matches(word, "help"):
            raise it.usage()
        else:
            raise it.unknown(word, what)


def _find(word: str, table: Table) -> tuple[str, Handler] | None:
    for keyword, handler in table:
        exact = keyword.endswith(".")
        if word == keyword[:-1] if exact else matches(word, keyword):
            return keyword.removesuffix("."), handler
    return None


def integer(bits: int, complaint: str = "invalid {}") -> Handler:
    def handle(it: KindWords, keyword: str) -> None:
        word = it.words.next_arg()
        value = number(word, bits)
        if value is None:
            raise invarg(complaint.format(keyword), word)
        it.options[keyword] = value

    return handle


def switch(key: str | None = None) -> Handler:
    def handle(it: KindWords, keyword: str) -> None:
        it.options[key or keyword] = int(_exit_on_off(keyword, it.words.next_arg()))

    return handle


def _exit_on_off(keyword: str, word: str) -> bool:
    try:
        return on_off(keyword, word)
    except CommandError as error:
        raise CommandError(1, str(error), exits=True) from None


def each(handler: Handler, *keywords: str) -> Table:
    """Rows of a table that are read alike."""
    return tuple((keyword, handler) for keyword in keywords)


def present(it: KindWords, keyword: str) -> None:
    """A keyword without a value."""
    it.options[keyword] = 1
