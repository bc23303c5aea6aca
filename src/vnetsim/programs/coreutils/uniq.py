"""uniq (coreutils): -c -d -u -i."""

from __future__ import annotations

from itertools import groupby

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.programs.libc.streams import source
from vnetsim.values import define


@define
class UniqOptions(GnuOptions):
    unmodelled = "-D -f: -s: -w: -z --skip-fields: --skip-chars: --check-chars: --group"

    count: bool = flag("-c", "--count")
    repeated: bool = flag("-d", "--repeated")
    unique: bool = flag("-u", "--unique")
    ignore_case: bool = flag("-i", "--ignore-case")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = UniqOptions.read(process)
    name = options.operands[0] if options.operands else "-"
    try:
        text = yield from source(process, name).rest()
    except KernelError as error:
        process.error(f"uniq: {name}: {error.errno.strerror}\n")
        return 1
    fold = str.lower if options.ignore_case else str
    for _, group in groupby(text.splitlines(), key=fold):
        lines = list(group)
        if (options.repeated and len(lines) < 2) or (options.unique and len(lines) > 1):
            continue
        process.write((f"{len(lines):7} " if options.count else "") + lines[0] + "\n")
    return 0
