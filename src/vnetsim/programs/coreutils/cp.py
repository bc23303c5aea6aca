"""cp and mv (coreutils): files, and directories (cp -r, mv); -f -n -v -t -T, cp -a -p -P -L.

Not modelled: links, -i, -u, -b, --reflink and other options; /proc and /sys as sources of directories; in containers
the files of images that vnetsim has not.
"""

from __future__ import annotations

import posixpath
from typing import ClassVar

from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define


@define
class CopyOptions(GnuOptions):
    ignored = "-f|--force -P|--no-dereference -L|--dereference"
    unmodelled = (
        "-i|--interactive -u|--update -b -S|--suffix: -l|--link -s|--symbolic-link -H -x|--one-file-system -Z "
        "--backup --preserve: --parents --reflink --sparse: --remove-destination --attributes-only"
    )

    into_directories: bool = flag("-r", "-R", "--recursive")
    archive: bool = flag("-a", "--archive")
    preserve: bool = flag("-p")
    keeps: bool = flag("-n", "--no-clobber")
    verbose: bool = flag("-v", "--verbose")
    into: str | None = argument("-t", "--target-directory", default=None)
    no_directory: bool = flag("-T", "--no-target-directory")

    @property
    def recursive(self) -> bool:
        return self.into_directories or self.archive

    @property
    def whole(self) -> bool:
        """Whether owner, mode and time are the source's."""
        return self.preserve or self.archive


@define
class MoveOptions(GnuOptions):
    ignored = "-f|--force"
    unmodelled = "-i|--interactive -u|--update -b -S|--suffix: -Z --backup --strip-trailing-slashes"

    recursive: ClassVar[bool] = True
    whole: ClassVar[bool] = True
    keeps: bool = flag("-n", "--no-clobber")
    verbose: bool = flag("-v", "--verbose")
    into: str | None = argument("-t", "--target-directory", default=None)
    no_directory: bool = flag("-T", "--no-target-directory")


@ends_by_exit
def main(process: Process) -> Program:
    """The program is selected by its name."""
    moves = process.argv[0].rpartition("/")[2] == "mv"
    options: CopyOptions | MoveOptions = (MoveOptions if moves else CopyOptions).read(process)
    sources, target, into = _operands(process, options)
    status = 0
    for name in sources:
        to = posixpath.join(target, posixpath.basename(name.rstrip("/"))) if into else target
        try:
            _Transfer(process, options, moves=moves).carry_out(name, to)
        except KernelError as error:
            process.error(f"{process.argv[0]}: {error}\n")
            status = 1
    return status


def _operands(process: Process, options: CopyOptions | MoveOptions) -> tuple[tuple[str, ...], str, bool]:
    """What is transferred, where to, and whether that is a directory to put it into."""
    names = options.operands
    if not names:
        raise options.misused("missing file operand")
    if options.into is not None:
        if not process.files.is_directory(absolute(process, options.into)):
            raise Exit(1, f"target directory '{options.into}': {_reason(process, options.into)}")
        return names, options.into, True
    if len(names) == 1:
        raise options.misused(f"missing destination file operand after '{names[0]}'")
    *sources, target = names
    is_directory = process.files.is_directory(absolute(process, target)) and not options.no_directory
    if len(sources) > 1 and not is_directory:
        if options.no_directory:
            raise options.misused(f"extra operand '{names[2]}'")
        raise Exit(1, f"target '{target}': {_reason(process, target)}")
    return tuple(sources), target, is_directory


def _reason(process: Process, name: str) -> str:
    """Why it is no directory."""
    return (Errno.ENOTDIR if process.files.exists(absolute(process, name)) else Errno.ENOENT).strerror


class _Refused(KernelError):
    """With the whole sentence."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Errno.EINVAL)
        self._sentence = sentence

    def __str__(self) -> str:
        return self._sentence


class _Transfer:
    def __init__(self, process: Process, options: CopyOptions | MoveOptions, *, moves: bool) -> None:
        self._process, self._files, self._options, self._moves = process, process.files, options, moves

    def carry_out(self, name: str, target: str) -> None:
        """Copy one operand to the path `target`, or move it there."""
        files, source, to = self._files, absolute(self._process, name), absolute(self._process, target)
        self._check(name, source, target, to)
        if self._options.keeps and files.exists(to):
            return
        if self._options.verbose and self._moves:
            self._process.write(f"renamed '{name}' -> '{target}'\n")
        self._copy(source, to, name, target)
        if self._moves:
            self._remove(source)

    def _check(self, name: str, source: str, target: str, to: str) -> None:
        files, verb = self._files, "move" if self._moves else "copy"
        if not files.exists(source):
            if self._process.context.available is not None:
                raise NotModelled(f"{self._process.argv[0]} {name}: most files of images")
            raise _Refused(f"cannot stat '{name}': {Errno.ENOENT.strerror}")
        is_directory = files.is_directory(source)
        if is_directory and not self._options.recursive:
            raise _Refused(f"-r not specified; omitting directory '{name}'")
        if source == to:
            raise _Refused(f"'{name}' and '{target}' are the same file")
        if is_directory and to.startswith(f"{source}/"):
            if self._moves:
                raise _Refused(f"cannot move '{name}' to a subdirectory of itself, '{target}'")
            raise _Refused(f"cannot copy a directory, '{name}', into itself, '{target}'")
        self._check_target(name, target, to, is_directory=is_directory, verb=verb)

    def _check_target(self, name: str, target: str, to: str, *, is_directory: bool, verb: str) -> None:
        files = self._files
        if files.is_directory(to) and not is_directory:
            raise _Refused(f"cannot overwrite directory '{target}' with non-directory")
        if is_directory and files.exists(to) and not files.is_directory(to):
            raise _Refused(f"cannot overwrite non-directory '{target}' with directory '{name}'")
        if self._moves and is_directory and files.is_directory(to) and files.list(to):
            raise _Refused(f"cannot move '{name}' to '{target}': {Errno.ENOTEMPTY.strerror}")
        above = files.is_directory(posixpath.dirname(to))
        if above and not (target.endswith("/") and not is_directory):
            return
        reason = (Errno.ENOTDIR if above else Errno.ENOENT).strerror
        if verb == "move":
            raise _Refused(f"cannot move '{name}' to '{target}': {reason}")
        raise _Refused(f"cannot create {'directory' if is_directory else 'regular file'} '{target}': {reason}")

    def _copy(self, source: str, to: str, name: str, target: str) -> None:
        files = self._files
        if self._options.verbose and not self._moves:
            self._process.write(f"'{name}' -> '{target}'\n")
        if not files.is_directory(source):
            is_new = not files.exists(to)
            files.write(to, files.read(source))
            self._copy_status(source, to, is_new=is_new)
            return
        if is_new := not files.is_directory(to):
            files.make_directory(to)
        for each in sorted(files.list(source)):
            self._copy(f"{source}/{each}", f"{to}/{each}", f"{name.rstrip('/')}/{each}", f"{target.rstrip('/')}/{each}")
        self._copy_status(source, to, is_new=is_new)

    def _copy_status(self, source: str, to: str, *, is_new: bool) -> None:
        """What is moved stays as it is; a new file has the mode of the other one."""
        if to.startswith("/dev/"):
            return
        status = self._files.status(source)
        if self._options.whole:
            self._files.set_status(to, status.mode, status.owner, status.changed)
        elif is_new:
            self._files.set_status(to, status.mode & ~0o022)

    def _remove(self, path: str) -> None:
        files = self._files
        if not files.is_directory(path):
            files.remove(path)
            return
        for each in list(files.list(path)):
            self._remove(f"{path}/{each}")
        files.remove_directory(path)
