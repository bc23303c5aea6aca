"""ls (coreutils) as it writes into a pipe: one name a line, sorted as in the C locale; -1 -a -A -d -r -p -F.

Not modelled: owners, modes, sizes and times (-l), sorting by them, recursion.
"""

from __future__ import annotations

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.programs.libc.streams import absolute
from vnetsim.values import define


@define
class LsOptions(GnuOptions):
    status = 2
    ignored = "-1 -N -U --color:"
    unmodelled = (
        "-C -l -n -o -g -i -s -S -t -u -c -h -R -L -H -Q -Z -m -x -k -B -b -f --full-time --recursive --size --inode "
        "--sort: --time:"
    )

    all: bool = flag("-a", "--all")
    almost_all: bool = flag("-A", "--almost-all")
    directory: bool = flag("-d", "--directory")
    reverse: bool = flag("-r", "--reverse")
    marked: bool = flag("-p", "-F", "--classify")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    yield from ()
    options = LsOptions.read(process)
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
    for name in _ordered(plain, options):
        process.write(name + _mark(process, absolute(process, name), options) + "\n")
    titled = len(directories) + len(plain) > 1 or status != 0
    for index, name in enumerate(_ordered(directories, options)):
        if titled and len(options.operands) > 1:
            process.write(("\n" if index or plain else "") + f"{name}:\n")
        _list(process, name, options)
    return status


def _ordered(names: list[str], options: LsOptions) -> list[str]:
    return sorted(names, reverse=options.reverse)


def _list(process: Process, name: str, options: LsOptions) -> None:
    path = absolute(process, name)
    try:
        names = list(process.files.list(path))
    except KernelError as error:
        process.error(f"ls: cannot open directory '{name}': {error.errno.strerror}\n")
        return
    shown = [each for each in names if options.all or options.almost_all or not each.startswith(".")]
    if options.all:
        shown += [".", ".."]
    for each in _ordered(shown, options):
        process.write(each + _mark(process, f"{path.rstrip('/')}/{each}", options) + "\n")


def _mark(process: Process, path: str, options: LsOptions) -> str:
    return "/" if options.marked and process.files.is_directory(path) else ""
