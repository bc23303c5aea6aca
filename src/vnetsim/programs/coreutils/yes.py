"""yes (coreutils): a line again and again, until its reader is gone (SIGPIPE)."""

from __future__ import annotations

from vnetsim.clock import MILLISECOND
from vnetsim.process import Coroutine, Process


def main(process: Process) -> Coroutine[int]:
    line = " ".join(process.argv[1:] or ["y"]) + "\n"
    while True:
        process.write(line)
        yield process.sleep(MILLISECOND)
