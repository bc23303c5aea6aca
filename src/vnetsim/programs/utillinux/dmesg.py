"""`dmesg`: the kernel's log (util-linux 2.38), read from /dev/kmsg.

The kernel logs what the target LOG logs, in the initial namespace as on a real machine (there,
net.netfilter.nf_log_all_netns is 0), what bonds say, and what is written to /dev/kmsg.  What is not printable is shown
by its number, as in the C locale.  Not modelled: following (-w), other times, colours, clearing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.exit import Exit, ends_by_exit
from vnetsim.programs.libc.options import GnuOptions, argument, flag
from vnetsim.values import define, frozen

_FACILITIES: Final = (
    "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp",
)  # fmt: skip
#: What is not shown as it is: but space characters.
_UNPRINTABLE: Final = r"[\x00-\x08\x0e-\x1f\x7f-\xff]"
_LEVELS: Final = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")


@frozen
class LogRecord:
    level: int
    facility: int
    microseconds: int
    text: str

    def shown(self, *, decoded: bool, timed: bool) -> str:
        facility = self._priority() if decoded else ""
        seconds, rest = divmod(self.microseconds, 1_000_000)
        return facility + (f"[{seconds:5d}.{rest:06d}] " if timed else "") + self.text

    def _priority(self) -> str:
        return f"{_FACILITIES[self.facility]:<6}:{_LEVELS[self.level]:<6}: " if self.is_known else ""

    @property
    def is_known(self) -> bool:
        """Whether dmesg has a name for its facility; others have neither facility nor level."""
        return self.facility < len(_FACILITIES)


@define
class DmesgOptions(GnuOptions):
    unmodelled = (
        "-C|--clear -c|--read-clear -w|--follow -W|--follow-new -H|--human -T|--ctime -r|--raw -J|--json "
        "-f|--facility: -n|--console-level: -D|--console-off -E|--console-on -L|--color -P|--nopager -e|--reltime "
        "-d|--show-delta -S|--syslog -s|--buffer-size: -F|--file: -p|--force-prefix --time-format: --noescape "
        "--since: --until:"
    )

    kernel: bool = flag("-k", "--kernel")
    userspace: bool = flag("-u", "--userspace")
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
    filtered = options.levels is not None or options.kernel or options.userspace
    for line in lines:
        if not filtered or (line.is_known and _LEVELS[line.level] in wanted and _is_wanted(options, line)):
            process.write(line.shown(decoded=options.decode, timed=not options.untimed) + "\n")
    return 0


def _is_wanted(options: DmesgOptions, line: LogRecord) -> bool:
    """-k and -u, which are all together."""
    if options.kernel == options.userspace:
        return True
    return options.kernel == (line.facility == 0)


def _lines(records: str) -> Iterator[LogRecord]:
    for record in records.splitlines():
        facts, _, text = record.partition(";")
        priority, _number, microseconds, _flags = facts.split(",")
        text = re.sub(r"\\x([0-9a-f]{2})", lambda found: chr(int(found[1], 16)), text)
        text = re.sub(_UNPRINTABLE, lambda found: f"\\x{ord(found[0]):02x}", text)
        yield LogRecord(int(priority) & 7, int(priority) >> 3, int(microseconds), text)
