"""`dmesg`: what the kernel said (util-linux 2.38), read from /dev/kmsg.

The kernel here says what iptables' LOG makes it say, in the machine's first namespace as on a real one (there,
net.netfilter.nf_log_all_netns is 0), and nothing else.  Not modelled: following (-w), other times, colours, clearing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import attrs

from vnetsim.errors import KernelError, NotModelled
from vnetsim.process import Process, Program
from vnetsim.programs.libc.getopt import gnu

_LEVELS: Final = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")
_LONG: Final = {"notime": "t", "level=": "l", "decode": "x", "kernel": "k"}


@attrs.frozen
class Line:
    level: int
    microseconds: int
    text: str

    def shown(self, *, decoded: bool, timed: bool) -> str:
        facility = f"kern  :{_LEVELS[self.level]:<6}: " if decoded else ""
        seconds, rest = divmod(self.microseconds, 1_000_000)
        return facility + (f"[{seconds:5d}.{rest:06d}] " if timed else "") + self.text


def main(process: Process) -> Program:
    parsed = gnu(process, "tl:xk", _LONG)
    if isinstance(parsed, int):
        return parsed
    if parsed.operands:
        process.error("dmesg: bad usage\nTry 'dmesg --help' for more information.\n")
        return 1
    options = dict(parsed.options)
    wanted = list(_LEVELS)
    if "l" in options:
        wanted = (options["l"] or "").split(",")
        for name in wanted:
            if name not in _LEVELS:
                process.error(f"dmesg: unknown level '{name}'\n")
                return 1
    try:
        lines = list(_lines(process.context.files.read("/dev/kmsg")))
    except KernelError as error:
        raise NotModelled(f"dmesg: {error}") from None
    for line in lines:
        if _LEVELS[line.level] in wanted:
            process.write(line.shown(decoded="x" in options, timed="t" not in options) + "\n")
    return 0


def _lines(text: str) -> Iterator[Line]:
    for record in text.splitlines():
        facts, _, said = record.partition(";")
        level, _number, microseconds, _flags = facts.split(",")
        yield Line(int(level), int(microseconds), said)
