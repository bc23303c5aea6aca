"""true: succeed."""

from __future__ import annotations

from vnetsim.process import Process, Program


def main(process: Process) -> Program:  # noqa: ARG001 -- it looks at nothing
    return 0
