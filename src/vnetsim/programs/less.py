"""less (590): files, or standard input, a window at a time; where the output is no terminal, as cat does.

-N -S -s -F -X -E -e -M -m -i -I -n -R -r -Q -q, -p PATTERN, +NUMBER, +G, +/PATTERN; keys: screen/pager.py.  Standard
input is read to its end before the first page.  Not modelled: other options, long ones, LESS, LESSOPEN.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Coroutine, Process, is_terminal
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.streams import absolute, source
from vnetsim.programs.screen.pager import PagedText, Pager, PagerOptions
from vnetsim.programs.screen.window import Window, terminal_to_draw_on
from vnetsim.values import define

#: What has its meaning here, and what the program has besides.
_MODELLED: Final = "NSsFXEeMmiInRrQq"
_OTHERS: Final = "aABbcCdDfgGhjJkKLoOPTtuUVwWxyz~#?"


@define
class _Command:
    """The command line, parsed."""

    letters: str = ""
    #: What follows `+`.
    first: str = ""
    files: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    command = _read(process.argv[1:])
    for complaint in command.complaints:
        process.error(complaint)
    names = command.files or ("-",)
    if names == ("-",) and is_terminal(process.stdin):
        process.write('Missing filename ("less --help" for help)\n')
        return 0
    terminal = terminal_to_draw_on(process)
    documents = yield from _documents(process, names)
    if not documents:
        return 0
    if terminal is None:
        for document in documents:
            process.write(document.text)
        return 0
    pager = Pager(Window(process, terminal), documents, _options(command))
    return (yield from pager.run())


def _read(args: Sequence[str]) -> _Command:
    """Options end at the first file, as those of less do."""
    command, rest = _Command(), list(args)
    while rest and rest[0][:1] in ("-", "+") and len(rest[0]) > 1:
        word = rest.pop(0)
        if word == "--":
            break
        if word.startswith("+"):
            command.first = word[1:]
        elif word.startswith("--"):
            raise NotModelled(f"less {word}")
        else:
            _take_letters(command, word, rest)
    command.files = tuple(dict.fromkeys(rest))
    return command


def _take_letters(command: _Command, word: str, rest: list[str]) -> None:
    for at, letter in enumerate(word[1:], 2):
        if letter == "p":
            pattern = word[at:] or (rest.pop(0) if rest else "")
            if not pattern:
                raise Exit(0, stdout="Value is required after -p (--pattern)\n")
            command.first = f"/{pattern}"
            return
        if letter in _MODELLED:
            command.letters += letter
        elif letter in _OTHERS:
            raise NotModelled(f"less -{letter}")
        else:
            command.complaints += (f'There is no -{letter} option ("less --help" for help)\n',)


def _documents(process: Process, names: tuple[str, ...]) -> Coroutine[list[PagedText]]:
    """What can be read of the files; the others are complained about, on standard output."""
    found = []
    for name in names:
        if name != "-" and process.files.is_directory(absolute(process, name)):
            process.write(f"{name} is a directory\n")
            continue
        try:
            text = yield from source(process, name).rest()
        except KernelError as error:
            process.write(f"{name}: {error.errno.strerror}\n")
            continue
        found.append(PagedText("" if name == "-" else name, text))
    return found


def _options(command: _Command) -> PagerOptions:
    letters = command.letters
    return PagerOptions(
        numbers="N" in letters, chop="S" in letters, squeeze="s" in letters, quit_if_one="F" in letters,
        quit_at_end=2 * ("e" in letters) or ("E" in letters), long_prompt="M" in letters, medium_prompt="m" in letters,
        ignore_case="i" in letters or "I" in letters, first=command.first, colours="R" in letters or "r" in letters,
    )  # fmt: skip
