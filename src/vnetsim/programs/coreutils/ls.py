"""ls (coreutils), sorted as in the C locale: -1 -a -A -d -r -p -F -l -h -t; one name a line.

What the machine began with has its time of start.  Busybox lists long lines in its own form.

Not modelled: recursion, colours, columns, sizes of programs, long lines of what the kernel makes up.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.process.files import FileStatus
from vnetsim.process.passwd import groups, passwd
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define

#: Half of a mean Gregorian year: what changed earlier, or later than now, is shown with its year.
_RECENT: Final = 31556952 // 2
_KIB, _BLOCK, _BITS = 1024, 4096, "rwxrwxrwx"
_SPECIAL: Final = ((0o4000, 3, "sS"), (0o2000, 6, "sS"), (0o1000, 9, "tT"))


@define
class LsOptions(GnuOptions):
    status = 2
    ignored = "-1 -N -U --color:"
    unmodelled = (
        "-C -n -S -o -g -i -s -u -c -R -L -H -Q -Z -m -x -k -B -b -f --full-time --recursive --size --inode --sort: "
        "--time:"
    )

    all: bool = flag("-a", "--all")
    almost_all: bool = flag("-A", "--almost-all")
    directory: bool = flag("-d", "--directory")
    reverse: bool = flag("-r", "--reverse")
    slashed: bool = flag("-p")
    marked: bool = flag("-F", "--classify")
    long: bool = flag("-l")
    human: bool = flag("-h", "--human-readable")
    by_time: bool = flag("-t")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    yield from ()
    listing = _Listing(process, LsOptions.read(process))
    options = listing.options
    status, plain, directories = 0, [], []
    for name in options.operands or (".",):
        path = absolute(process, name)
        if not process.files.exists(path):
            process.error(f"ls: cannot access '{name}': {Errno.ENOENT.strerror}\n")
            status = 2
        elif process.files.is_directory(path) and not options.directory:
            directories.append(name)
        else:
            plain.append(name)
    listing.show("", plain)
    for index, name in enumerate(listing.ordered("", directories)):
        if len(options.operands) > 1:
            process.write(("\n" if index or plain else "") + f"{name}:\n")
        listing.show_directory(name)
    return status


class _Listing:
    def __init__(self, process: Process, options: LsOptions) -> None:
        self._process, self.options = process, options
        self._known: dict[str, FileStatus] = {}

    def show_directory(self, name: str) -> None:
        process, options = self._process, self.options
        path = absolute(process, name)
        try:
            names = list(process.files.list(path))
        except KernelError as error:
            process.error(f"ls: cannot open directory '{name}': {error.errno.strerror}\n")
            return
        shown = [each for each in names if options.all or options.almost_all or not each.startswith(".")]
        shown += [".", ".."] if options.all else []
        if self.options.long:
            blocks = sum(-(-(self._status(path, each).size or 0) // _BLOCK) * (_BLOCK // _KIB) for each in shown)
            process.write(f"total {_human(blocks * _KIB) if options.human else blocks}\n")
        self.show(path, shown)

    def ordered(self, directory: str, names: Sequence[str]) -> list[str]:
        names = sorted(names)
        if self.options.by_time:
            names.sort(key=lambda name: -self._changed(self._status(directory, name)))
        return names[::-1] if self.options.reverse else names

    def show(self, directory: str, names: Sequence[str]) -> None:
        names = self.ordered(directory, names)
        if self.options.long:
            self._show_long(directory, names)
            return
        shown = [name + self._mark(directory, name) for name in names]
        self._process.write("".join(f"{each}\n" for each in shown))

    def _path(self, directory: str, name: str) -> str:
        return f"{directory.rstrip('/')}/{name}" if directory else absolute(self._process, name)

    def _status(self, directory: str, name: str) -> FileStatus:
        path = self._path(directory, name)
        if path not in self._known:
            self._known[path] = self._process.files.status(path)
            if self._known[path].size is None:
                raise NotModelled(f"the size of a program: {path}")
        return self._known[path]

    def _changed(self, status: FileStatus) -> int:
        """In seconds since 1970."""
        machine = self._process.machine
        if status.changed is None:
            machine.assume("files that a machine began with have the time at which it started")
            return (machine.wall_clock() - machine.now()) // SECOND
        return status.changed // SECOND

    def _mark(self, directory: str, name: str) -> str:
        path, files = self._path(directory, name), self._process.files
        if not (self.options.marked or self.options.slashed):
            return ""
        if files.is_directory(path):
            return "/"
        return "*" if self.options.marked and (files.is_program(path) or files.is_executable(path)) else ""

    def _show_long(self, directory: str, names: Sequence[str]) -> None:
        rows = []
        for name in names:
            status = self._status(directory, name)
            size = status.size or 0
            owner, group = self._owner(status)
            links = "1" if status.directories is None else str(status.directories + 2)
            rows.append((_mode(status), links, owner, group, _human(size) if self.options.human else str(size),
                         self._date(status), name + self._mark(directory, name)))  # fmt: skip
        if self._process.context.busybox:
            lines = [f"{a} {b:>4} {c:<8.8} {d:<8.8} {e:>9} {f} {g}\n" for a, b, c, d, e, f, g in rows]
        else:
            lines = _aligned(rows)
        self._process.write("".join(lines))

    def _owner(self, status: FileStatus) -> tuple[str, str]:
        files, (uid, gid) = self._process.files, status.owner
        user = next((line.name for line in passwd(files) if line.uid == uid), str(uid))
        return user, next((line.name for line in groups(files) if line.gid == gid), str(gid))

    def _date(self, status: FileStatus) -> str:
        changed, now = self._changed(status), self._process.machine.wall_clock() // SECOND
        moment = time.gmtime(changed)
        recent = now - _RECENT < changed <= now
        return time.strftime("%b %e %H:%M" if recent else "%b %e  %Y", moment)


def _aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Numbers to the right, those of owners too."""
    wide = [max((len(row[column]) for row in rows), default=0) for column in range(5)]
    return [
        " ".join(
            each
            if column in (0, 5, 6)
            else f"{each:>{wide[column]}}"
            if is_digits(each) or column == 4
            else f"{each:<{wide[column]}}"
            for column, each in enumerate(row)
        )
        + "\n"
        for row in rows
    ]


def _mode(status: FileStatus) -> str:
    """As lsmode of gnulib writes it."""
    bits = [letter if status.mode >> (8 - index) & 1 else "-" for index, letter in enumerate(_BITS)]
    shown = ["-" if status.directories is None else "d", *bits]
    for bit, place, letters in _SPECIAL:
        if status.mode & bit:
            shown[place] = letters[shown[place] != "x"]
    return "".join(shown)


def _human(size: int) -> str:
    """Rounded up, with one digit below 10."""
    power, value = 0, float(size)
    while value >= _KIB:
        value /= _KIB
        power += 1
    if not power:
        return str(size)
    tenths = math.ceil(value * 10)
    text = f"{tenths / 10:.1f}" if tenths < 100 else str(math.ceil(value))
    return f"{text}{'KMGT'[power - 1]}"
