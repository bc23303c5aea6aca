"""more (util-linux 2.38.1): files, or standard input, a window at a time; where the output is no terminal, all of it.

-d -f -l -c -p -s -u -e -n NUMBER, +NUMBER and +/PATTERN, of which only the last two matter, and those at a terminal.
Keys there: Space, z, Enter, d, b, q, /PATTERN, n, =, :n, :p, a NUMBER before them.  Not modelled: other keys, MORE.
"""

from __future__ import annotations

import re
from typing import ClassVar, Final

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process, is_terminal
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument
from vnetsim.programs.libc.streams import absolute, source
from vnetsim.programs.screen.pager import PagedText, Pager, PagerOptions
from vnetsim.programs.screen.window import Window, reverse, terminal_to_draw_on
from vnetsim.values import define

_FIRST: Final = re.compile(r"\+(\d+|/.+)")
_RULE: Final = "::::::::::::::"


@define
class MoreOptions(GnuOptions):
    ignored = (
        "-d|--silent -f|--logical -l|--no-pause -c|--print-over -p|--clean-print -s|--squeeze -u|--plain "
        "-e|--exit-on-eof"
    )

    number: str = argument("-n", "--lines", default="")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    """The exit status is 0 also where a file cannot be read."""
    first = next((word for word in process.argv[1:] if _FIRST.fullmatch(word)), "")
    options = MoreOptions.read(process, [word for word in process.argv[1:] if word != first])
    if not options.operands and is_terminal(process.stdin):
        raise Exit(1, stderr="more: bad usage\nTry 'more --help' for more information.\n")
    documents = yield from _documents(process, options.operands)
    terminal = terminal_to_draw_on(process)
    if terminal is not None and documents:
        return (yield from MorePager(Window(process, terminal), documents, PagerOptions(first=first[1:])).run())
    for document in documents:
        process.write(document.text)
    return 0


def _documents(process: Process, names: tuple[str, ...]) -> Coroutine[list[PagedText]]:
    found = []
    for name in names or ("-",):
        if process.files.is_directory(absolute(process, name)):
            process.write(f"\n*** {name}: directory ***\n\n")
            continue
        try:
            text = yield from source(process, name).rest()
        except KernelError as error:
            process.error(f"more: cannot open {name}: {error.errno.strerror}\n")
            continue
        titled = terminal_to_draw_on(process) is None or len(names) > 1
        found.append(PagedText(name if names else "", f"{_RULE}\n{name}\n{_RULE}\n" * (titled and bool(names)) + text))
    return found


class MorePager(Pager):
    """Its prompts, and the screen that stays as it is."""

    keys: ClassVar[dict[str, str]] = {
        " ": "forward", "z": "forward", "f": "forward", "\x06": "forward", "\r": "down", "s": "down",
        "d": "half forward", "\x04": "half forward", "b": "back", "\x02": "back", "q": "quit", "Q": "quit",
        "\x03": "quit", "/": "search", "n": "again", "=": "place", ":": "colon", "\x0c": "redraw",
    }  # fmt: skip

    def run(self) -> Coroutine[int]:
        self._begin()
        while not self._over:
            self._draw()
            yield from self._command()
        self._window.write("\r\x1b[K")
        return 0

    def _prompt(self, count: int) -> str:
        end = self._top + count
        if end >= len(self._rows()):
            return reverse("(END)")
        shown, total = self._characters(end)
        return reverse("--More--" + f"({100 * shown // total}%)" * bool(self._documents[self._index].name))

    def _forward(self, count: int) -> None:
        """At the end of a file comes the next one, and at that of the last the shell."""
        if self._top < self._last_top():
            self._go(self._top + count)
        elif self._index + 1 < len(self._documents):
            self._colon("n")
        else:
            self._over = True
