"""tail (coreutils 9.1): -n N, -n +N, -N, -c N, -q, -v; -f and -F show what is there and then what is added, for ever.

-F (--follow=name --retry) also waits for files that are not there yet.

Not modelled: -s, --pid, --retry and --follow=name alone, following directories.
"""

from __future__ import annotations

from collections.abc import Sequence

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.coreutils.head import HeadOptions, number_option
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.octets import decode, encode
from vnetsim.programs.libc.options import flag
from vnetsim.programs.libc.streams import absolute, source
from vnetsim.values import define


@define
class TailOptions(HeadOptions):
    unmodelled = "-z -s: --pid: --retry --sleep-interval: --zero-terminated"

    follow: bool = flag("-f")
    retry: bool = flag("-F")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = TailOptions.read(process, _follow_args(number_option(process.argv[1:])))
    limit = options.number("+-")
    names = options.operands or ("-",)
    shown = _Shown(process, titled=options.titled)
    status = 0
    for name in names:
        try:
            text = yield from source(process, name).rest()
        except KernelError as error:
            process.error(f"tail: cannot open '{name}' for reading: {error.errno.strerror}\n")
            status = 1
            continue
        shown.write(name, _tail(text, options.unit, limit, from_start=options.amount.startswith("+")), always=True)
    if options.operands and (options.follow or options.retry):
        return (yield from _follow(process, options.operands, shown, retry=options.retry))
    if (options.follow or options.retry) and getattr(process.stdin, "is_device", False):
        while True:
            yield process.sleep(SECOND)
    return status


def _follow_args(args: Sequence[str]) -> list[str]:
    """--follow with its optional argument."""
    if "--follow=name" in args:
        raise NotModelled("tail --follow=name")
    return ["-f" if arg in ("--follow", "--follow=descriptor") else arg for arg in args]


@define
class _Shown:
    """What is written, with a title wherever another file goes on."""

    process: Process
    titled: bool
    last: str | None = None

    def write(self, name: str, text: str, *, always: bool = False) -> None:
        if self.titled and (always or (text and name != self.last)):
            title = "standard input" if name == "-" else name
            self.process.write(f"{'' if self.last is None else chr(10)}==> {title} <==\n")
            self.last = name
        self.process.write(text)


def _tail(text: str, kind: str, count: int, *, from_start: bool) -> str:
    if kind == "c":
        data = encode(text)
        return decode(data[max(count - 1, 0) if from_start else max(len(data) - count, 0) :])
    lines = text.splitlines(keepends=True)
    return "".join(lines[max(count - 1, 0) if from_start else max(len(lines) - count, 0) :])


@define
class _File:
    """A file that is followed; `seen` characters of it were written, None while it is not there."""

    name: str
    path: str
    seen: int | None

    def more(self, process: Process) -> str:
        """What was added since the last look."""
        try:
            text = _content(process, self.path)
        except KernelError as error:
            if self.seen is not None:
                process.error(f"tail: '{self.name}' has become inaccessible: {error.errno.strerror}\n")
            self.seen = None
            return ""
        if self.seen is None:
            process.error(f"tail: '{self.name}' has appeared;  following new file\n")
            self.seen = 0
        if len(text) < self.seen:
            process.error(f"tail: {self.name}: file truncated\n")
            self.seen = 0
        added, self.seen = text[self.seen :], len(text)
        return added


def _content(process: Process, path: str) -> str:
    return "" if path == "/dev/null" else process.files.read(path)


def _follow(process: Process, names: Sequence[str], shown: _Shown, *, retry: bool) -> Coroutine[int]:
    """Look for more once a second, as tail does without inotify."""
    files = []
    for name in names:
        if name == "-":
            raise NotModelled("tail -f of standard input beside files")
        path = absolute(process, name)
        try:
            files.append(_File(name, path, len(_content(process, path))))
        except KernelError as error:
            if error.errno is not Errno.ENOENT:
                raise NotModelled(f"following {name}, which is no file") from None
            if retry:
                files.append(_File(name, path, None))
    if not files:
        process.error("tail: no files remaining\n")
        return 1
    while True:
        yield process.sleep(SECOND)
        for file in files:
            if retry or process.files.exists(file.path) or file.path == "/dev/null":
                shown.write(file.name, file.more(process))
