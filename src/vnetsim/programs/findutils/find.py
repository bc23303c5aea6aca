"""find (findutils 4.9): -name -iname -path -type f,d -empty -true -maxdepth -mindepth -depth -prune -print -print0
-delete -exec ( ) ! -a -o, below directories that have all that the machine or image has there.

Entries of a directory are in the order of ls.  Not modelled: other tests and actions, links, and what the kernel or the
distribution made: a walk that comes to /proc, /sys, /dev or programs is refused, since most of it would be missing.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from fnmatch import translate
from typing import Final, TypeAlias

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define

#: What is there has another source, and is not listed here as it is on Linux.
_OF_SYSTEM: Final = frozenset(("/proc", "/sys", "/dev", "/usr", "/bin", "/sbin", "/lib", "/boot", "/run"))
_KINDS: Final = frozenset("bcdpflsD")
_UNMODELLED: Final = """
    -amin -anewer -atime -cmin -cnewer -context -ctime -daystart -execdir -executable -false -files0-from -fls -follow
    -fprint -fprint0 -fprintf -fstype -gid -group -help -ignore_readdir_race -ilname -inum -ipath -iregex -iwholename
    -links -lname -ls -mmin -mount -mtime -newer -nogroup -noleaf -nouser -nowarn -ok -okdir -perm -printf -quit
    -readable -regex -regextype -samefile -size -uid -used -user -version -warn -writable -xdev -xtype
    -L -H -P -D -O0 -O1 -O2 -O3
"""


@define
class FoundFile:
    """`name` as it is printed, `path` from the root."""

    name: str
    path: str
    depth: int
    is_directory: bool
    pruned: bool = False


Test: TypeAlias = Callable[[FoundFile], Coroutine[bool]]


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    args = list(process.argv[1:])
    starts = []
    while args and not (args[0].startswith("-") and len(args[0]) > 1) and args[0] not in ("(", "!"):
        starts.append(args.pop(0))
    search = _Search(process)
    test = _Expression(search, args).parse()
    for start in starts or ["."]:
        path = absolute(process, start)
        if not _exists(process, start, path):
            search.complain(f"'{start}': {Errno.ENOENT.strerror}")
            continue
        yield from search.walk(test, FoundFile(start, path, 0, process.files.is_directory(path)))
    yield from search.finish()
    return search.status


def _exists(process: Process, name: str, path: str) -> bool:
    is_file = process.files.exists(path) and not process.files.is_directory(path)
    return bool(name) and process.files.exists(path) and not (is_file and name.endswith("/"))


class _Search:
    """The walk and what its actions leave: a status, and commands of `-exec ... +`."""

    def __init__(self, process: Process) -> None:
        self.process, self.status = process, 0
        self.least, self.most, self.deepest_first, self.acts = 0, 1 << 31, False, False
        self._collected: list[tuple[list[str], list[str]]] = []

    def complain(self, what: str) -> None:
        self.process.error(f"find: {what}\n")
        self.status = 1

    def walk(self, test: Test, entry: FoundFile) -> Coroutine[None]:
        shown = entry.depth >= self.least
        if shown and not self.deepest_first:
            yield from test(entry)
        if entry.is_directory and entry.depth < self.most and not entry.pruned:
            for inner in self._inside(entry):
                yield from self.walk(test, inner)
        if shown and self.deepest_first:
            yield from test(entry)

    def _inside(self, entry: FoundFile) -> Iterator[FoundFile]:
        files = self.process.files
        enters = entry.path == "/" and self.most > entry.depth + 1
        if enters or "/" + entry.path.split("/")[1] in _OF_SYSTEM:
            raise NotModelled(f"find in {entry.path}")
        for name in files.list(entry.path):
            path = posixpath.join(entry.path, name)
            yield FoundFile(posixpath.join(entry.name, name), path, entry.depth + 1, files.is_directory(path))

    # --- tests and actions -------------------------------------------------------------------------------------------

    def is_empty(self, entry: FoundFile) -> bool:
        files = self.process.files
        return not (files.list(entry.path) if entry.is_directory else files.read(entry.path))

    def print(self, entry: FoundFile, end: str) -> bool:
        self.process.write(entry.name + end)
        return True

    def delete(self, entry: FoundFile) -> bool:
        files = self.process.files
        try:
            (files.remove_directory if entry.is_directory else files.remove)(entry.path)
        except KernelError as error:
            self.complain(f"cannot delete '{entry.name}': {error.errno.strerror}")
            return False
        return True

    def run(self, command: list[str]) -> Coroutine[int]:
        try:
            child = self.process.spawn(command)
        except KernelError as error:
            self.process.error(f"find: '{command[0]}': {error.errno.strerror}\n")
            return 1
        status: int = yield child.wait()
        return status

    def collector(self, command: list[str]) -> list[str]:
        """The names that are put behind the command at the end."""
        names: list[str] = []
        self._collected.append((command, names))
        return names

    def collect(self, names: list[str], entry: FoundFile) -> bool:
        names.append(entry.name)
        return True

    def finish(self) -> Coroutine[None]:
        for command, names in self._collected:
            if names and (yield from self.run([*command, *names])):
                self.status = 1


class _Expression:
    """Tests and actions with their operators; nothing at all prints."""

    def __init__(self, search: _Search, args: list[str]) -> None:
        self._search, self._args = search, args

    def parse(self) -> Test:
        test = self._either() if self._args else _known(lambda _: True)
        if self._args:
            raise Exit(1, "you have too many ')'")
        return test if self._search.acts else _both(test, _known(lambda entry: self._search.print(entry, "\n")))

    def _either(self) -> Test:
        test = self._all_of()
        while self._args[:1] in (["-o"], ["-or"]):
            self._args.pop(0)
            test = _either(test, self._all_of())
        return test

    def _all_of(self) -> Test:
        test = self._one()
        while self._args and self._args[0] not in ("-o", "-or", ")", ","):
            if self._args[0] in ("-a", "-and"):
                self._args.pop(0)
            test = _both(test, self._one())
        if self._args[:1] == [","]:
            raise NotModelled("find with a list of expressions")
        return test

    def _one(self) -> Test:
        word = self._args.pop(0) if self._args else ""
        if word in ("!", "-not"):
            if not self._args:
                raise Exit(1, f"expected an expression after '{word}'")
            return _negation(self._one())
        if word == "(":
            test = self._either() if self._args else None
            if test is None or not self._args:
                raise Exit(1, "invalid expression; I was expecting to find a ')' somewhere but did not see one.")
            self._args.pop(0)
            return test
        if word in ("-o", "-or", "-a", "-and", ""):
            raise Exit(1, f"invalid expression; you have used a binary operator '{word}' with nothing before it.")
        return self._primary(word)

    def _primary(self, word: str) -> Test:
        search = self._search
        if word in ("-print", "-print0"):
            search.acts = True
            end = "\n" if word == "-print" else "\0"
            return _known(lambda entry: search.print(entry, end))
        if word == "-delete":
            search.acts = search.deepest_first = True
            return _known(search.delete)
        if word in ("-depth", "-d", "-true"):
            search.deepest_first |= word != "-true"
            return _known(lambda _: True)
        if word == "-empty":
            return _known(search.is_empty)
        if word == "-prune":
            return _known(_prune)
        if word == "-exec":
            return self._exec()
        return self._with_argument(word)

    def _with_argument(self, word: str) -> Test:
        if word not in ("-name", "-iname", "-path", "-wholename", "-type", "-maxdepth", "-mindepth"):
            raise _unknown(word)
        if not self._args:
            raise Exit(1, f"missing argument to `{word}'")
        value = self._args.pop(0)
        if word.endswith("depth"):
            return self._depth(word, value)
        if word == "-type":
            return _of_kind(value)
        pattern = re.compile(translate(value), re.IGNORECASE if word == "-iname" else 0)
        if "\\" in value:
            raise NotModelled(f"find with a backslash in {word}")
        if word in ("-name", "-iname"):
            return _known(lambda entry: bool(pattern.match(posixpath.basename(entry.name.rstrip("/")) or "/")))
        return _known(lambda entry: bool(pattern.match(entry.name)))

    def _depth(self, word: str, value: str) -> Test:
        if not (value.isascii() and value.isdigit()):
            raise Exit(1, f"Expected a positive decimal integer argument to {word}, but got '{value}'")
        setattr(self._search, "most" if word == "-maxdepth" else "least", int(value))
        return _known(lambda _: True)

    def _exec(self) -> Test:
        search = self._search
        command: list[str] = []
        search.acts = True
        while self._args and self._args[0] != ";" and not (self._args[0] == "+" and command[-1:] == ["{}"]):
            command.append(self._args.pop(0))
        if not self._args or not command:
            raise Exit(1, "missing argument to `-exec'")
        if self._args.pop(0) == "+":
            names = search.collector(command[:-1])
            return _known(lambda entry: search.collect(names, entry))

        def test(entry: FoundFile) -> Coroutine[bool]:
            return (yield from search.run([word.replace("{}", entry.name) for word in command])) == 0

        return test


def _unknown(word: str) -> Exit | NotModelled:
    if not word.startswith("-"):
        return Exit(1, f"paths must precede expression: `{word}'")
    known = word in _UNMODELLED.split() or word.startswith("-newer")
    return NotModelled(f"find {word}") if known else Exit(1, f"unknown predicate `{word}'")


def _of_kind(value: str) -> Test:
    *kinds, last = value.split(",")
    for kind in (*kinds, last or "f"):
        if kind[:1] not in _KINDS:
            raise Exit(1, f"Unknown argument to -type: {kind[:1] or ','}")
        if len(kind) > 1:
            raise Exit(1, "Must separate multiple arguments to -type using: ','")
    if not last:
        raise Exit(1, "Last file type in list argument to -type is missing, i.e., list is ending on: ','")
    if not {*kinds, last} <= {"f", "d"}:
        raise NotModelled(f"find -type {value}")
    return _known(lambda entry: ("d" if entry.is_directory else "f") in (*kinds, last))


def _prune(entry: FoundFile) -> bool:
    entry.pruned = True
    return True


def _known(decide: Callable[[FoundFile], bool]) -> Test:
    """A test that runs no program."""

    def test(entry: FoundFile) -> Coroutine[bool]:
        yield from ()
        return decide(entry)

    return test


def _negation(inner: Test) -> Test:
    def test(entry: FoundFile) -> Coroutine[bool]:
        return not (yield from inner(entry))

    return test


def _both(first: Test, second: Test) -> Test:
    def test(entry: FoundFile) -> Coroutine[bool]:
        return (yield from first(entry)) and (yield from second(entry))

    return test


def _either(first: Test, second: Test) -> Test:
    def test(entry: FoundFile) -> Coroutine[bool]:
        return (yield from first(entry)) or (yield from second(entry))

    return test
