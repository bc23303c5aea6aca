"""xargs (findutils): arguments from standard input; -n, -I, -r, -0, -d, -t, -a is not modelled, nor is -P."""

from __future__ import annotations

import re
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.errors import Errno, KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.values import define

_TOKEN: Final = re.compile(r"((?:'[^'\n]*'|\"[^\"\n]*\"|\\.|[^\s'\"\\])+)", re.DOTALL)
_QUOTES: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"|\\(.)", re.DOTALL)


@define
class XargsOptions(GnuOptions):
    posix = True
    unmodelled = "-P: -L: -s: -a: -E: -x -p -o --max-procs: --arg-file:"

    max_args: str | None = argument("-n", "--max-args", default=None)
    replace: str | None = argument("-I", "--replace", default=None)
    no_run_if_empty: bool = flag("-r", "--no-run-if-empty")
    null: bool = flag("-0", "--null")
    delimiter: str | None = argument("-d", "--delimiter", default=None)
    verbose: bool = flag("-t", "--verbose")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = XargsOptions.read(process)
    text = yield process.stdin.read_all()
    command = list(options.operands) or ["echo"]
    if options.max_args is not None and not is_digits(options.max_args):
        raise Exit(1, f'invalid number "{options.max_args}" for -n option')
    status = 0
    for args in _commands(command, text, options):
        if options.verbose:
            process.error(" ".join(args) + "\n")
        code = yield from _run(process, args)
        if code in (126, 127):
            return code
        status = 123 if 1 <= code <= 125 else status
    return status


def _commands(command: list[str], text: str, options: XargsOptions) -> list[list[str]]:
    marker = options.replace
    if marker is not None:
        lines = [line.lstrip() for line in text.splitlines() if line.strip()]
        return [[arg.replace(marker, line) for arg in command] for line in lines]
    items = _items(text, options)
    if not items:
        return [] if options.no_run_if_empty else [command]
    count = int(options.max_args or len(items))
    return [command + items[index : index + count] for index in range(0, len(items), count)]


def _items(text: str, options: XargsOptions) -> list[str]:
    delimiter = "\0" if options.null else options.delimiter
    if delimiter is not None:
        delimiter = {"\\n": "\n", "\\t": "\t", "\\0": "\0"}.get(delimiter, delimiter)
        return text.removesuffix(delimiter).split(delimiter) if text else []
    return [
        _QUOTES.sub(lambda found: found[1] or found[2] or found[3] or "", token[1]) for token in _TOKEN.finditer(text)
    ]


def _run(process: Process, args: list[str]) -> Coroutine[int]:
    try:
        child = process.spawn(args)
    except KernelError as error:
        process.error(f"xargs: {args[0]}: {error.errno.strerror}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    status: int = yield child.wait()
    return status
