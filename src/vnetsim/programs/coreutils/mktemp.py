"""mktemp (coreutils): a file or directory (-d) with a name that nothing else has; -u, -q, -p DIR, -t, --suffix.

The characters come from the machine's own generator.  Not modelled: modes.
"""

from __future__ import annotations

import posixpath
import re
import string
from typing import Final

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define

_LETTERS: Final = string.ascii_letters + string.digits
_DEFAULT: Final = "tmp.XXXXXXXXXX"


@define
class MktempOptions(GnuOptions):
    directory: bool = flag("-d", "--directory")
    dry_run: bool = flag("-u", "--dry-run")
    quiet: bool = flag("-q", "--quiet")
    in_directory: str | None = argument("-p", "--tmpdir", default=None)
    in_tmpdir: bool = flag("-t")
    suffix: str | None = argument("--suffix", default=None)


@ends_by_exit
def main(process: Process) -> Program:
    options = MktempOptions.read(process)
    if len(options.operands) > 1:
        raise options.misused("too many templates")
    template = _template(options)
    name = _free_name(process, template, options.suffix)
    if not options.dry_run:
        try:
            _make(process, absolute(process, name), directory=options.directory)
        except KernelError as error:
            what = "directory" if options.directory else "file"
            message = f"failed to create {what} via template '{template}{options.suffix or ''}': {error.errno.strerror}"
            raise Exit(1, *([] if options.quiet else [message])) from None
    process.write(f"{name}\n")
    return 0


def _template(options: MktempOptions) -> str:
    """The whole path without the suffix, as mktemp.c checks it."""
    given = (options.operands or (_DEFAULT,))[0]
    if options.suffix is None:
        end = given.rfind("X") + 1
        given, options.suffix = (given[:end], given[end:]) if end else (given, "")
    elif not given.endswith("X"):
        raise Exit(1, f"with --suffix, template '{given}' must end in X")
    if "/" in options.suffix:
        raise Exit(1, f"invalid suffix '{options.suffix}', contains directory separator")
    if not given.endswith("XXX"):
        raise Exit(1, f"too few X's in template '{given}{options.suffix}'")
    return posixpath.join(_directory(options, given), given)


def _directory(options: MktempOptions, given: str) -> str:
    """Where the file is made; "" for a template that says so itself."""
    temporary = options.process.context.environment.get("TMPDIR") or "/tmp"
    if options.in_tmpdir:
        if "/" in given:
            raise Exit(1, f"invalid template, '{given}{options.suffix}', contains directory separator")
        return temporary if options.in_directory is None else options.in_directory
    if options.in_directory is not None:
        if given.startswith("/"):
            raise Exit(1, f"invalid template, '{given}{options.suffix}'; with --tmpdir, it may not be absolute")
        return options.in_directory or temporary
    return "" if options.operands else temporary


def _free_name(process: Process, template: str, suffix: str | None) -> str:
    random = process.machine.random
    while True:
        name = re.sub(r"X+$", lambda found: "".join(random.choices(_LETTERS, k=len(found[0]))), template)
        if not process.files.exists(absolute(process, name + (suffix or ""))):
            return name + (suffix or "")


def _make(process: Process, path: str, *, directory: bool) -> None:
    if not process.files.is_directory(posixpath.dirname(path)):
        raise KernelError(Errno.ENOENT)
    if directory:
        process.files.make_directory(path)
    else:
        process.files.write(path, "")
    process.files.set_status(path, mode=0o700 if directory else 0o600)
