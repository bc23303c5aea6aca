"""Which daemons run: processes by the name of their program, as start-stop-daemon(8) and pidof(8) look for them."""

from __future__ import annotations

from typing import Final

from vnetsim.errors import KernelError
from vnetsim.process import Process

#: What a device of Kathará has, with the name of its image.
KATHARA_IMAGE: Final = "/etc/kathara-image"


def named_here(process: Process, program: str) -> list[int]:
    """Those of a program in the network namespace of `process`, the oldest first."""
    here = set(process.machine.pids_in(process.network))
    return sorted(entry.pid for entry in process.machine.processes() if entry.pid in here and entry.argv[0] == program)


def kathara_image(process: Process) -> str:
    """The image of the device, "" elsewhere."""
    try:
        return process.files.read(KATHARA_IMAGE).strip()
    except KernelError:
        return ""
