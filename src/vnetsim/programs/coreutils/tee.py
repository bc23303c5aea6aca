"""tee (coreutils): -a."""

from __future__ import annotations

from vnetsim.errors import KernelError
from vnetsim.process import Coroutine, Output, Process
from vnetsim.programs.libc.exit import ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, flag
from vnetsim.programs.libc.streams import absolute, create
from vnetsim.values import define


@define
class TeeOptions(GnuOptions):
    ignored = "-i|--ignore-interrupts"
    unmodelled = "-p --output-error:"

    append: bool = flag("-a", "--append")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = TeeOptions.read(process)
    outputs: list[tuple[str, Output]] = [("standard output", process.stdout)]
    status = 0
    for name in options.operands:
        try:
            outputs.append((name, create(process.context, absolute(process, name), append=options.append)))
        except KernelError as error:
            process.error(f"tee: {name}: {error.errno.strerror}\n")
            status = 1
    while line := (yield process.stdin.read_line()):
        for name, output in list(outputs):
            try:
                output.write(line)
            except KernelError as error:
                process.error(f"tee: {name}: {error.errno.strerror}\n")
                outputs.remove((name, output))
                status = 1
    return status
