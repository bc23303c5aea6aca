"""`sysctl`: kernel parameters (procps-ng 4.0).

Not modelled: `--system`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import OptionError, parse
from vnetsim.programs.resources import resource
from vnetsim.regex import NOTHING, BadExpression, Pattern, compile_posix

_ROOT: Final = "/proc/sys/"
_DEFAULT_FILE: Final = "/etc/sysctl.conf"
#: Listed only if asked for: the same in other units is beside them.
_DEPRECATED: Final = ("base_reachable_time", "retrans_time")
_LONG: Final = {
    "all": "a", "deprecated": "D", "dry-run": "y", "binary": "b", "ignore": "e", "names": "N", "values": "n",
    "load": "p", "system": "S", "pattern=": "r", "quiet": "q", "write": "w", "help": "h", "version": "V",
}  # fmt: skip
_USAGE: Final = "procps/usage/sysctl.txt"


@attrs.define
class _Options:
    everything: bool = False
    deprecated: bool = False
    dry_run: bool = False
    no_newline: bool = False
    ignore: bool = False
    names: bool = False
    values: bool = False
    load: bool = False
    quiet: bool = False
    write: bool = False
    pattern: Pattern | None = None
    words: tuple[str, ...] = ()


@attrs.frozen
class _Key:
    """A parameter: its name as it is printed, and the path below /proc/sys."""

    name: str
    path: str

    @classmethod
    def of(cls, text: str) -> _Key:
        """The first separator decides: after a slash dots are part of names, and the other way round."""
        swapped = text.translate(_SWAPPED)
        slashes = re.search(r"[./]", text)
        if slashes is not None and slashes[0] == "/":
            return cls(swapped, _ROOT + text)
        return cls(text, _ROOT + swapped)

    @classmethod
    def at(cls, path: str) -> _Key:
        return cls(path.removeprefix(_ROOT).translate(_SWAPPED), path)


_SWAPPED: Final = str.maketrans("./", "/.")


def main(process: Process) -> Program:
    """The exit status counts the keys that could not be read."""
    if len(process.argv) < 2:
        process.error(resource(_USAGE))
        return 1
    options = _parse(process)
    if isinstance(options, int):
        return options
    sysctl = _Sysctl(process, options)
    if options.everything:
        return sysctl.show_all()
    if options.load:
        return sysctl.load(options.words or (_DEFAULT_FILE,))
    status = 0
    for word in options.words:
        if options.write or "=" in word:
            status |= sysctl.set(word)
        else:
            status += sysctl.show(_checked(process, word))
    return status


def _parse(process: Process) -> _Options | int:
    words = [part for word in process.argv[1:] for part in _load_option(word)]
    try:
        parsed = parse(words, "bneNwfpqoxaAXr:Vdh", _LONG)
    except OptionError as error:
        process.error(f"{process.argv[0]}: {error}\n")
        process.write(resource(_USAGE))
        return 0
    options = _Options(words=parsed.operands)
    for letter, argument in parsed.options:
        if letter in "hd":
            process.write(resource(_USAGE))
            return 0
        if letter == "V":
            version = "4.0.2" if process.context.release == "bookworm" else "4.0.7"
            process.write(f"sysctl from procps-ng {version}\n")
            return 0
        if letter == "S":
            raise NotModelled("sysctl --system")
        _set_option(options, letter, argument)
    return options


def _load_option(word: str) -> list[str]:
    """`--load=FILE` is `-p FILE`."""
    return ["-p", word.removeprefix("--load=")] if word.startswith("--load=") else [word]


def _set_option(options: _Options, letter: str, argument: str) -> None:
    if letter == "r":
        options.pattern = _pattern(argument)
    elif letter in _SWITCHES:
        setattr(options, _SWITCHES[letter], True)


_SWITCHES: Final = {
    "a": "everything", "A": "everything", "X": "everything", "D": "deprecated", "y": "dry_run", "b": "no_newline",
    "e": "ignore", "N": "names", "n": "values", "p": "load", "f": "load", "q": "quiet", "w": "write",
}  # fmt: skip


def _pattern(text: str) -> Pattern:
    """An expression that makes no sense matches nothing."""
    try:
        return compile_posix(text, extended=True)
    except BadExpression:
        return NOTHING


def _checked(process: Process, text: str) -> _Key:
    repeated = re.search(r"([./])\1.*", text)
    if repeated is not None:
        process.error(f"{process.argv[0]}: separators should not be repeated: {repeated[0]}\n")
    return _Key.of(text)


class _Sysctl:
    """Reads, writes and prints for one process."""

    def __init__(self, process: Process, options: _Options) -> None:
        self._process = process
        self._files = process.files
        self._options = options

    def _complain(self, text: str) -> None:
        self._process.error(f"{self._process.argv[0]}: {text}\n")

    # --- reading ------------------------------------------------------------------------------------------------

    def show_all(self) -> int:
        for key in self._below(_ROOT.rstrip("/")):
            self._print_file(key, quietly=True)
        return 0

    def show(self, key: _Key) -> int:
        """One parameter, or all of a directory."""
        if not self._files.exists(key.path):
            return self._missing(key.path)
        if self._files.is_directory(key.path):
            for member in self._below(key.path):
                self._print_file(member, quietly=True)
            return 0
        return self._print_file(key, quietly=False)

    def _missing(self, path: str) -> int:
        if self._options.ignore:
            return 0
        self._complain(f"cannot stat {path}: {Errno.ENOENT.words}")
        return 1

    def _below(self, directory: str) -> Iterator[_Key]:
        for name in sorted(self._files.list(directory)):
            path = f"{directory}/{name}"
            if self._files.is_directory(path):
                yield from self._below(path)
            elif self._options.deprecated or name not in _DEPRECATED:
                yield _Key.at(path)

    def _print_file(self, key: _Key, *, quietly: bool) -> int:
        options = self._options
        if options.pattern is not None and not options.pattern.occurs(key.name):
            return 0
        if options.names:
            self._process.write(f"{key.name}\n")
            return 0
        try:
            text = self._files.read(key.path)
        except KernelError as error:
            return 0 if quietly else self._unreadable(key, error.errno)
        for line in text.splitlines():
            self._print(key.name, line)
        return 0

    def _unreadable(self, key: _Key, errno: Errno) -> int:
        """One that can only be written is passed over."""
        if errno is Errno.EACCES:
            return 0
        if errno is Errno.EIO:
            return 1
        if errno is Errno.EPERM:
            self._complain(f'permission denied on key "{key.name}"')
        else:
            self._complain(f'reading key "{key.name}": {errno.words}')
        return 1

    def _print(self, name: str, value: str) -> None:
        end = "" if self._options.no_newline else "\n"
        alone = self._options.values or self._options.no_newline or self._options.names
        self._process.write(f"{value}{end}" if alone else f"{name} = {value}\n")

    # --- writing ------------------------------------------------------------------------------------------------

    def load(self, paths: tuple[str, ...]) -> int:
        """Lines that make no sense are complained about before the others count."""
        status, settings = 0, list[str]()
        for path in paths:
            try:
                text = self._files.read(path)
            except KernelError as error:
                if error.errno is not Errno.EISDIR:
                    self._complain(f'cannot open "{path}": {error.errno.words}')
                    status = 1
                continue
            settings += self._settings(path, text)
        for setting in settings:
            status |= self.set(setting)
        return status

    def _settings(self, path: str, text: str) -> Iterator[str]:
        for number, line in enumerate(text.splitlines(), 1):
            line = line.strip()
            if not line or line[0] in "#;":
                continue
            if "=" in line:
                yield line.removeprefix("-")
            else:
                self._complain(f"{path}({number}): invalid syntax, continuing...")

    def set(self, word: str) -> int:
        """`key=value`"""
        name, equals, value = word.partition("=")
        if word == "=":
            return 1
        if not equals:
            self._complain("command line(0): invalid syntax, continuing...")
            return 1
        if not name.strip():
            self._complain(f"Path is not under {_ROOT}: {_ROOT}")
            return 1
        key, value = _Key.of(name.strip()), value.strip()
        if not self._files.exists(key.path):
            return self._missing(key.path)
        if self._files.is_directory(key.path):
            self._complain(f'setting key "{key.name}": {Errno.EINVAL.words}')
            return 0
        return self._write(key, value)

    def _write(self, key: _Key, value: str) -> int:
        if not self._options.dry_run:
            try:
                self._files.write(key.path, f"{value}\n")
            except KernelError as error:
                return self._unwritable(key, error.errno)
            except NotModelled as error:
                self._process.error(f"{error}\n")
                return 1
        if not self._options.quiet:
            self._print(key.name, value)
        return 0

    def _unwritable(self, key: _Key, errno: Errno) -> int:
        """A parameter that nobody can write is told of, but does not count."""
        if errno in (Errno.EROFS, Errno.EPERM):
            self._complain(f'permission denied on key "{key.name}"')
            return 1
        self._complain(f'setting key "{key.name}": {(Errno.EINVAL if errno is Errno.EACCES else errno).words}')
        return 0 if errno is Errno.EACCES else 1
