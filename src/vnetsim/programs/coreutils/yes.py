"""yes (coreutils): a line again and again, until its reader is gone (SIGPIPE)."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from vnetsim.clock import MILLISECOND
from vnetsim.process import Process


def main(process: Process) -> Generator[Any, Any, int]:
    line = " ".join(process.argv[1:] or ["y"]) + "\n"
    while True:
        process.write(line)
        yield process.sleep(MILLISECOND)
