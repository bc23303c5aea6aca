"""`dmesg`: the kernel's log (util-linux 2.38), read from /dev/kmsg.

The kernel logs what the target LOG logs, in the initial namespace as on a real machine (there,
net.netfilter.nf_log_all_netns is 0), and nothing else.  Not modelled: following (-w), other times, colours, clearing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.values import define, frozen

_LEVELS: Final = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")


@frozen
class LogRecord:
    level: int
    microseconds: int
    text: str

    def shown(self, *, decoded: bool, timed: bool) -> str:
        facility = f"kern  :{_LEVELS[self.level]:<6}: " if decoded else ""
        seconds, rest = divmod(self.microseconds, 1_000_000)
        return facility + (f"[{seconds:5d}.{rest:06d}] " if timed else "") + self.text


@define
class DmesgOptions(GnuOptions):
    ignored = "-k|--kernel"

    untimed: bool = flag("-t", "--notime")
    levels: str | None = argument("-l", "--level", default=None)
    decode: bool = flag("-x", "--decode")


@ends_by_exit
def main(process: Process) -> Program:
    options = DmesgOptions.read(process)
    if options.operands:
        raise options.misused("bad usage")
    wanted = _LEVELS if options.levels is None else options.levels.split(",")
    for name in wanted:
        if name not in _LEVELS:
            raise Exit(1, f"unknown level '{name}'")
    try:
        lines = list(_lines(process.context.files.read("/dev/kmsg")))
    except KernelError as error:
        raise NotModelled(f"dmesg: {error}") from None
    for line in lines:
        if _LEVELS[line.level] in wanted:
            process.write(line.shown(decoded=options.decode, timed=not options.untimed) + "\n")
    return 0


def _lines(records: str) -> Iterator[LogRecord]:
    for record in records.splitlines():
        facts, _, text = record.partition(";")
        level, _number, microseconds, _flags = facts.split(",")
        yield LogRecord(int(level), int(microseconds), text)
