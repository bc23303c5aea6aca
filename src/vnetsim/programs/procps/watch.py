"""watch (procps 4.0.2): a command again and again, in the whole window; -n -t -b -e -g -q -d -x -w -p.

As ncurses does, it draws also where the output is no terminal: 24 lines of 80 columns then, and fails without TERM.
Where the real one writes what has changed since the drawing before, the whole window is written.  -d marks the
characters that changed.  Not modelled: -c, which shows colours (they are left out, as without it).
"""

from __future__ import annotations

import re
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.process import Child, Coroutine, Interrupted, Killed, Process
from vnetsim.programs.coreutils.date import formatted
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, argument, flag, option
from vnetsim.programs.resources import resource
from vnetsim.programs.screen.window import CLEAR, Window, cells, reverse, terminal_to_draw_on, wrapped
from vnetsim.values import define

_NUMBER: Final = re.compile(r"\d+(\.\d*)?|\.\d+")
_SHORTEST: Final = 0.1
_SIZE: Final = (24, 80)
_COLOUR: Final = re.compile(r"\x1b\[[0-9;]*m")


@define
class WatchOptions(Options):
    posix = True
    getopt_long = True
    ignored = "-b|--beep -p|--precise"
    unmodelled = "-c|--color"

    interval: str = argument("-n", "--interval", default="2")
    no_title: bool = flag("-t", "--no-title")
    error_exit: bool = flag("-e", "--errexit")
    change_exit: bool = flag("-g", "--chgexit")
    equal_exit: str = argument("-q", "--equexit", default="0")
    differences: str | None = argument("-d", "--differences", default=None, optional=True)
    exec_: bool = flag("-x", "--exec")
    no_wrap: bool = flag("-w", "--no-wrap")

    def misused(self, problem: str) -> Exit:
        return Exit(1, stderr=f"watch: {problem}\n{resource('procps', 'watch')}")

    @option("-h", "--help")
    def help(self, _: str) -> None:
        raise Exit(0, stdout=resource("procps", "watch"))

    @option("-v", "--version")
    def version(self, _: str) -> None:
        raise Exit(0, stdout="watch from procps-ng 4.0.2\n")

    @property
    def seconds(self) -> float:
        if not _NUMBER.fullmatch(self.interval):
            raise Exit(1, stderr=f"watch: failed to parse argument: '{self.interval}': Invalid argument\n")
        return max(_SHORTEST, float(self.interval))


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = WatchOptions.read(process)
    if not options.operands:
        raise Exit(1, stderr=resource("procps", "watch"))
    seconds = options.seconds
    if not process.context.environment.get("TERM"):
        raise Exit(1, stderr="Error opening terminal: unknown.\n")
    return (yield from _Watch(process, options, seconds).run())


class _Watch:
    """One command that is watched."""

    def __init__(self, process: Process, options: WatchOptions, seconds: float) -> None:
        self._process, self._options, self._seconds = process, options, seconds
        self._terminal = terminal_to_draw_on(process)
        #: What the command printed before, and how often in a row.
        self._before: str | None = None
        self._same = 0

    @property
    def _size(self) -> tuple[int, int]:
        return _SIZE if self._terminal is None else self._terminal.size

    def run(self) -> Coroutine[int]:
        process = self._process
        process.write("\x1b[?1049h")
        try:
            while (status := (yield from self._once())) is None:
                yield process.sleep(round(self._seconds * SECOND))
        finally:
            process.write("\x1b[?1049l")
        return status

    def _once(self) -> Coroutine[int | None]:
        """Run the command and draw; the exit status if that is the end."""
        options = self._options
        status, text = yield from output_of(self._process, options.operands, shell=not options.exec_)
        if self._terminal is None:
            self._process.write(CLEAR + "\r\n".join(self._drawn(text)))
        else:
            Window(self._process, self._terminal).draw(self._drawn(text))
        changed = self._before is not None and text != self._before
        self._same = 0 if changed or self._before is None else self._same + 1
        self._before = text
        if (options.change_exit and changed) or 0 < int(options.equal_exit or 0) <= self._same:
            return 0
        if status and options.error_exit:
            return 8
        return None

    def _drawn(self, text: str) -> list[str]:
        height, width = self._size
        title = [] if self._options.no_title else [_header(self._process, self._options, self._seconds, width), ""]
        shown = _rows(text, width, wraps=not self._options.no_wrap)
        if self._options.differences is not None and self._before is not None:
            before = _rows(self._before, width, wraps=not self._options.no_wrap)
            shown = [_marked(row, before[at] if at < len(before) else "") for at, row in enumerate(shown)]
        return [*title, *shown][:height]


def _rows(text: str, width: int, *, wraps: bool) -> list[str]:
    lines = [cells(line, colours=True) for line in text.removesuffix("\n").split("\n")]
    return [row for line in lines for row in (wrapped(line, width) if wraps else [line[:width]])]


def _marked(row: str, before: str) -> str:
    """The characters that were others before, in reverse."""
    marked = "".join(reverse(each) if before[at : at + 1] != each else each for at, each in enumerate(row))
    return marked.replace("\x1b[m\x1b[7m", "")


def _header(process: Process, options: WatchOptions, seconds: float, width: int) -> str:
    """watch.c, output_header(): too long a command is cut; a narrow window has the time alone, or nothing."""
    left = f"Every {seconds:.1f}s: "
    right = f"{process.context.hostname}: {formatted('%a %b %e %T %Y', process.machine.wall_clock())}"
    if width <= len(right):
        return ""
    room = width - len(right)
    if room < len(left) + 3:
        return (left if room == len(left) + 2 else "").ljust(room) + right
    command = left + " ".join(options.operands)
    if len(command) + 1 > room:
        command = command[: room - 5] + "..."
    return command.ljust(room) + right


def output_of(process: Process, command: tuple[str, ...], *, shell: bool = True) -> Coroutine[tuple[int, str]]:
    """Run a command to its end; what it printed on both outputs."""
    reader, writer = process.pipe()
    child: Child = process.spawn(["sh", "-c", " ".join(command)] if shell else command, stdout=writer, stderr=writer)
    writer.close()
    try:
        text: str = yield reader.read_all()
        status: int = yield child.wait()
    except (Interrupted, Killed):
        child.kill()
        raise
    return status, text
