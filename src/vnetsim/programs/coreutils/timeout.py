"""timeout (coreutils): DURATION COMMAND, -s SIGNAL, -k DURATION, --preserve-status, -v, --foreground."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Child, Coroutine, Interrupted, Killed, Process
from vnetsim.programs.coreutils.sleep import duration
from vnetsim.programs.libc import signals
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.values import define

_TIMED_OUT: Final = 124
#: What busybox's timeout, which becomes the command, ends with then.
_KILLED_BY_TERM: Final = 143
#: SIGKILL ended the child; timeout then kills itself with the same signal.
_KILLED: Final = 137


@define
class TimeoutOptions(GnuOptions):
    posix = True
    status = 125
    unmodelled = "-v|--verbose"

    signal: str = argument("-s", "--signal", default="TERM")
    kill_after: str = argument("-k", "--kill-after", default="0")
    preserve_status: bool = flag("--preserve-status")
    foreground: bool = flag("--foreground")


@ends_by_exit
def main(process: Process) -> Coroutine[int]:
    options = TimeoutOptions.read(process)
    if len(options.operands) < 2:
        raise Exit(125, stderr="Try 'timeout --help' for more information.\n")
    limit, killing = duration(options.operands[0]), duration(options.kill_after or "0")
    for text, time in ((options.operands[0], limit), (options.kill_after, killing)):
        if time is None:
            raise options.misused(f"invalid time interval '{text}'")
    signal = signals.number(options.signal or "TERM")
    if signal is None:
        raise options.misused(f"'{options.signal}': invalid signal")
    command = options.operands[1:]
    try:
        child = process.spawn(command)
    except KernelError as error:
        process.error(f"timeout: failed to run command '{command[0]}': {error.errno.strerror}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    timed_out = yield from _watch(process, child, limit or 0, signal, killing or 0, alone=options.foreground)
    status = child.status or 0
    if not timed_out or options.preserve_status:
        return status
    if signal == signals.NUMBERS["KILL"] or (killing and status == _KILLED):
        raise Killed(signals.NUMBERS["KILL"])
    return _KILLED_BY_TERM if process.context.busybox else _TIMED_OUT


def _watch(process: Process, child: Child, limit: int, signal: int, killing: int, *, alone: bool) -> Coroutine[bool]:
    """Wait for the child, and send it signals when its time is over; whether it was.  No limit is 0."""
    try:
        if not limit:
            yield child.wait()
            return False
        yield process.any_of([child.wait(), process.sleep(limit)])
        if child.status is not None:
            return False
        process.machine.kill(child.pid, signal)
        if not alone:
            _send_to_group(process, child, signal)
        if killing:
            yield process.any_of([child.wait(), process.sleep(killing)])
            if child.status is None:
                process.machine.kill(child.pid, signals.NUMBERS["KILL"])
        yield child.wait()
        return True
    except Interrupted:
        child.interrupt()
        raise
    except Killed as death:
        return (yield from _pass_on(process, child, death, alone=alone))


def _pass_on(process: Process, child: Child, death: Killed, *, alone: bool) -> Coroutine[bool]:
    """What ends this program ends the child, whose status it then has; who sends SIGKILL ends this program alone."""
    if death.args in ((), (signals.NUMBERS["KILL"],)) or child.status is not None:
        raise death
    process.machine.kill(child.pid, *death.args)
    if not alone:
        _send_to_group(process, child, *death.args)
    yield child.wait()
    if child.signal is not None:
        raise death
    return False


def _send_to_group(process: Process, child: Child, signal: int) -> None:
    """kill(2) of the process group, which the child has its signal of already."""
    for pid in process.machine.group(process.pid):
        if pid not in (process.pid, child.pid):
            process.machine.kill(pid, signal)
