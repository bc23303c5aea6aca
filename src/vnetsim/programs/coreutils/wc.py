"""wc (coreutils): -l -w -c -m -L."""

from __future__ import annotations

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.octets import encode
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.programs.libc.streams import source
from vnetsim.values import define


@define
class WcOptions(GnuOptions):
    unmodelled = "--files0-from: --total:"

    lines: bool = flag("-l", "--lines")
    words: bool = flag("-w", "--words")
    characters: bool = flag("-m", "--chars")
    bytes: bool = flag("-c", "--bytes")
    longest: bool = flag("-L", "--max-line-length")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = WcOptions.read(process)
    rows: list[tuple[list[int], str]] = []
    status = 0
    for name in options.operands or ("",):
        try:
            text = yield from source(process, name or "-").rest()
        except KernelError as error:
            process.error(f"wc: {name}: {error.errno.strerror}\n")
            status = 1
            continue
        rows.append((_counts(text, options), name))
    if len(options.operands) > 1:
        columns = zip(*(counts for counts, _ in rows), strict=True)
        rows.append(([sum(column) for column in columns], "total"))
    _show(process, rows, named=bool(options.operands))
    return status


def _counts(text: str, options: WcOptions) -> list[int]:
    usual = not (options.lines or options.words or options.characters or options.bytes or options.longest)
    counts = (
        (usual or options.lines, text.count("\n")),
        (usual or options.words, len(text.split())),
        (options.characters, len(text)),
        (usual or options.bytes, len(encode(text))),
        (options.longest, max((len(line) for line in text.splitlines()), default=0)),
    )
    return [count for wanted, count in counts if wanted]


def _show(process: Process, rows: list[tuple[list[int], str]], *, named: bool) -> None:
    """Columns are as wide as the widest number; of standard input, whose size is unknown, seven."""
    single = len(rows) == 1 and len(rows[0][0]) == 1
    widest = max((len(str(count)) for counts, _ in rows for count in counts), default=1)
    width = 1 if single else widest if named else 7
    for counts, name in rows:
        process.write(" ".join(f"{count:{width}}" for count in counts) + (f" {name}" if name else "") + "\n")
