"""Which daemons run: processes by the name of their program, as start-stop-daemon(8) and pidof(8) look for them."""

from __future__ import annotations

from vnetsim.process import Process


def named_here(process: Process, program: str) -> list[int]:
    """Those of a program in the network namespace of `process`, the oldest first."""
    here = set(process.machine.pids_in(process.network))
    return sorted(entry.pid for entry in process.machine.processes() if entry.pid in here and entry.argv[0] == program)
