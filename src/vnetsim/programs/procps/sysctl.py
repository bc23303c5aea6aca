"""`sysctl`: kernel parameters (procps-ng 4.0).

Not modelled: `--system`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import Options, argument, flag, option
from vnetsim.programs.resources import resource
from vnetsim.regex import NOTHING, BadExpression, RegexPattern, compile_posix
from vnetsim.values import define, frozen

_ROOT: Final = "/proc/sys/"
_DEFAULT_FILE: Final = "/etc/sysctl.conf"
#: Listed only if named: the same in other units is beside them.
_DEPRECATED: Final = ("base_reachable_time", "retrans_time")


def _pattern(text: str) -> RegexPattern:
    """An expression that makes no sense matches nothing."""
    try:
        return compile_posix(text, extended=True)
    except BadExpression:
        return NOTHING


@define
class SysctlOptions(Options):
    ignored = "-o -x"
    unmodelled = "--system"

    all: bool = flag("-a", "-A", "-X", "--all")
    deprecated: bool = flag("--deprecated")
    dry_run: bool = flag("--dry-run")
    binary: bool = flag("-b", "--binary")
    ignore: bool = flag("-e", "--ignore")
    names: bool = flag("-N", "--names")
    values: bool = flag("-n", "--values")
    load: bool = flag("-p", "-f", "--load")
    quiet: bool = flag("-q", "--quiet")
    write: bool = flag("-w", "--write")
    pattern: RegexPattern | None = argument("-r", "--pattern", default=None, convert=_pattern)

    def misused(self, problem: str) -> Exit:
        return Exit(0, problem, stdout=resource("procps", "sysctl"))

    @option("-h", "-d", "--help")
    def help(self, _: str) -> None:
        raise Exit(0, stdout=resource("procps", "sysctl"))

    @option("-V", "--version")
    def version(self, _: str) -> None:
        version = "4.0.2" if self.process.context.release == "bookworm" else "4.0.7"
        raise Exit(0, stdout=f"sysctl from procps-ng {version}\n")


@frozen
class _SysctlKey:
    """A parameter: its name as it is printed, and the path below /proc/sys."""

    name: str
    path: str

    @classmethod
    def of(cls, text: str) -> _SysctlKey:
        """The first separator decides: after a slash dots are part of names, and vice versa."""
        swapped = text.translate(_SWAPPED)
        slashes = re.search(r"[./]", text)
        if slashes is not None and slashes[0] == "/":
            return cls(swapped, _ROOT + text)
        return cls(text, _ROOT + swapped)

    @classmethod
    def at(cls, path: str) -> _SysctlKey:
        return cls(path.removeprefix(_ROOT).translate(_SWAPPED), path)


#: Names of standard input.
_INPUTS: Final = frozenset(("-", "/dev/stdin"))
_SWAPPED: Final = str.maketrans("./", "/.")


@ends_by_exit
def main(process: Process) -> Program:
    """The exit status counts the keys that could not be read."""
    if len(process.argv) < 2:
        raise Exit(1, stderr=resource("procps", "sysctl"))
    options = SysctlOptions.read(process, [part for arg in process.argv[1:] for part in _load_option(arg)])
    sysctl = _Sysctl(process, options)
    if options.all:
        return sysctl.show_all()
    if options.load:
        paths = options.operands or (_DEFAULT_FILE,)
        return _load_input(process, sysctl, paths) if _INPUTS & set(paths) else sysctl.load(paths)
    status = 0
    for operand in options.operands:
        if options.write or "=" in operand:
            status |= sysctl.set(operand)
        else:
            status += sysctl.show(_checked(process, operand))
    return status


def _load_input(process: Process, sysctl: _Sysctl, paths: tuple[str, ...]) -> Program:
    """`-p -`: standard input is one of the files."""
    text: str = yield process.stdin.read_all()
    return sysctl.load(paths, text)


def _load_option(arg: str) -> list[str]:
    """`--load=FILE` is `-p FILE`."""
    return ["-p", arg.removeprefix("--load=")] if arg.startswith("--load=") else [arg]


def _checked(process: Process, text: str) -> _SysctlKey:
    repeated = re.search(r"([./])\1.*", text)
    if repeated is not None:
        process.error(f"{process.argv[0]}: separators should not be repeated: {repeated[0]}\n")
    return _SysctlKey.of(text)


class _Sysctl:
    """Reads, writes and prints for one process."""

    def __init__(self, process: Process, options: SysctlOptions) -> None:
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

    def show(self, key: _SysctlKey) -> int:
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
        self._complain(f"cannot stat {path}: {Errno.ENOENT.strerror}")
        return 1

    def _below(self, directory: str) -> Iterator[_SysctlKey]:
        for name in sorted(self._files.list(directory)):
            path = f"{directory}/{name}"
            if self._files.is_directory(path):
                yield from self._below(path)
            elif self._options.deprecated or name not in _DEPRECATED:
                yield _SysctlKey.at(path)

    def _print_file(self, key: _SysctlKey, *, quietly: bool) -> int:
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

    def _unreadable(self, key: _SysctlKey, errno: Errno) -> int:
        """One that can only be written is passed over."""
        if errno is Errno.EACCES:
            return 0
        if errno is Errno.EIO:
            return 1
        if errno is Errno.EPERM:
            self._complain(f'permission denied on key "{key.name}"')
        else:
            self._complain(f'reading key "{key.name}": {errno.strerror}')
        return 1

    def _print(self, name: str, value: str) -> None:
        end = "" if self._options.binary else "\n"
        alone = self._options.values or self._options.binary or self._options.names
        self._process.write(f"{value}{end}" if alone else f"{name} = {value}\n")

    # --- writing ------------------------------------------------------------------------------------------------

    def load(self, paths: tuple[str, ...], piped: str = "") -> int:
        """Lines that make no sense are complained about before the others count."""
        status, settings = 0, list[str]()
        for path in paths:
            try:
                text = piped if path in _INPUTS else self._files.read(path)
            except KernelError as error:
                if error.errno is not Errno.EISDIR:
                    self._complain(f'cannot open "{path}": {error.errno.strerror}')
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

    def set(self, setting: str) -> int:
        """`key=value`"""
        name, equals, value = setting.partition("=")
        if setting == "=":
            return 1
        if not equals:
            self._complain("command line(0): invalid syntax, continuing...")
            return 1
        if not name.strip():
            self._complain(f"Path is not under {_ROOT}: {_ROOT}")
            return 1
        key, value = _SysctlKey.of(name.strip()), value.strip()
        if not self._files.exists(key.path):
            return self._missing(key.path)
        if self._files.is_directory(key.path):
            self._complain(f'setting key "{key.name}": {Errno.EINVAL.strerror}')
            return 0
        return self._write(key, value)

    def _write(self, key: _SysctlKey, value: str) -> int:
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

    def _unwritable(self, key: _SysctlKey, errno: Errno) -> int:
        """A read-only parameter is reported, but does not change the exit status."""
        if errno in (Errno.EROFS, Errno.EPERM):
            self._complain(f'permission denied on key "{key.name}"')
            return 1
        self._complain(f'setting key "{key.name}": {(Errno.EINVAL if errno is Errno.EACCES else errno).strerror}')
        return 0 if errno is Errno.EACCES else 1
