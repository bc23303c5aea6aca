"""timeout (coreutils): DURATION COMMAND, -s SIGNAL, -k DURATION, --preserve-status, -v, --foreground."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

from vnetsim.errors import Errno, KernelError
from vnetsim.process import Child, Interrupted, Killed, Process
from vnetsim.programs.coreutils.sleep import duration
from vnetsim.programs.libc import signals
from vnetsim.programs.libc.getopt import gnu

_LONG: Final = {
    "signal=": "s", "kill-after=": "k", "preserve-status": "p", "verbose": "v", "foreground": "f",
}  # fmt: skip
_TIMED_OUT: Final = 124
#: Of the child; timeout then kills itself in the same way.
_KILLED: Final = 137
_HINT: Final = "Try 'timeout --help' for more information.\n"


def main(process: Process) -> Generator[Any, Any, int]:
    parsed = gnu(process, "s:k:v", _LONG, posix=True, status=125)
    if isinstance(parsed, int):
        return parsed
    if len(parsed.operands) < 2:
        process.error(_HINT)
        return 125
    limit, killing = duration(parsed.operands[0]), duration(parsed.last("k") or "0")
    for text, time in ((parsed.operands[0], limit), (parsed.last("k") or "", killing)):
        if time is None:
            process.error(f"timeout: invalid time interval '{text}'\n{_HINT}")
            return 125
    signal = signals.number(parsed.last("s") or "TERM")
    if signal is None:
        process.error(f"timeout: '{parsed.last('s')}': invalid signal\n{_HINT}")
        return 125
    command = parsed.operands[1:]
    try:
        child = process.spawn(command)
    except KernelError as error:
        process.error(f"timeout: failed to run command '{command[0]}': {error.errno.words}\n")
        return 127 if error.errno is Errno.ENOENT else 126
    timed_out = yield from _watch(process, child, limit or 0, signal, killing or 0)
    status = child.status or 0
    if not timed_out or "p" in parsed:
        return status
    if signal == signals.NUMBERS["KILL"] or (killing and status == _KILLED):
        raise Killed(signals.NUMBERS["KILL"])
    return _TIMED_OUT


def _watch(process: Process, child: Child, limit: int, signal: int, killing: int) -> Generator[Any, Any, bool]:
    """Wait for the child, and send it signals when its time is over; whether it was.  No limit is 0."""
    try:
        if not limit:
            yield child.wait()
            return False
        yield process.any_of([child.wait(), process.sleep(limit)])
        if child.status is not None:
            return False
        process.machine.kill(child.pid, signal)
        if killing:
            yield process.any_of([child.wait(), process.sleep(killing)])
            if child.status is None:
                process.machine.kill(child.pid, signals.NUMBERS["KILL"])
        yield child.wait()
        return True
    except Interrupted:
        child.interrupt()
        raise
    except Killed:
        child.kill()
        raise
