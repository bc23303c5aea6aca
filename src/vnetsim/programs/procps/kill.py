"""kill (procps): -SIGNAL, -s SIGNAL, -l, pids."""

from __future__ import annotations

from vnetsim.digits import is_digits
from vnetsim.errors import KernelError
from vnetsim.process import Process, Program
from vnetsim.programs.libc import signals
from vnetsim.programs.libc.exit import Exit, ends_by_exit


@ends_by_exit
def main(process: Process) -> Program:
    args, signal = list(process.argv[1:]), signals.NUMBERS["TERM"]
    if args[:1] in (["-l"], ["-L"]):
        raise Exit(0, stdout=" ".join(signals.NUMBERS) + "\n")
    if args and args[0].startswith("-") and args[0] != "--":
        option = args.pop(0)
        name = args.pop(0) if option in ("-s", "--signal") and args else option.lstrip("-")
        number = signals.number(name)
        if number is None:
            raise Exit(1, stderr=f"kill: unknown signal name {name}\n")
        signal = number
    pids = args[1:] if args[:1] == ["--"] else args
    if not pids:
        raise Exit(1, stderr="\nUsage:\n kill [options] <pid> [...]\n\nFor more details see kill(1).\n")
    return max(_send(process, pid, signal) for pid in pids)


def _send(process: Process, pid: str, signal: int) -> int:
    if not is_digits(pid):
        process.error(f"kill: failed to parse argument: '{pid}'\n")
        return 1
    try:
        process.machine.kill(int(pid), signal, process.context)
    except KernelError as error:
        process.error(f"kill: ({pid}): {error.errno.strerror}\n")
        return 1
    return 0
