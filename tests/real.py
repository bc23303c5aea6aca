"""What tests on the real kernel need: a session, if this machine gives one, and a look at what is left of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

if sys.platform.startswith("linux"):
    from vnetsim.backends.linux import Kernel, RealMachine, inspect
    from vnetsim.backends.linux.kernel import KernelUnavailable
else:  # pragma: no cover
    pytest.skip("there is no Linux kernel here", allow_module_level=True)

#: How often a test looks whether something has gone that is about to go.
_LOOKS = 200_000


def kernel_session() -> Kernel:
    """A session on the real kernel, or the test is skipped with the reason."""
    try:
        return Kernel()
    except KernelUnavailable as error:
        pytest.skip(str(error))


def machine(kernel: Kernel, *programs: str) -> RealMachine:
    """The machine, which has all of these programs, or the test is skipped."""
    found = inspect(kernel, programs)
    if found.absent:
        pytest.skip(f"this machine has no {', '.join(sorted(found.absent))}")
    return found


def running(marker: str) -> list[str]:
    """The command lines of processes, in whatever namespace, that hold `marker`."""
    found = []
    for pid in _processes():
        with suppress(OSError):
            words = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if marker in words and pid != os.getpid():
                found.append(words)
    return found


def namespaces() -> set[str]:
    """The network namespaces in which there is any process."""
    found = set()
    for pid in _processes():
        with suppress(OSError):
            found.add(str(Path(f"/proc/{pid}/ns/net").readlink()))
    return found


def alive(pid: int) -> bool:
    """Whether there is such a process that has not ended; one that ends meanwhile is ESRCH to some readers of /proc."""
    try:
        Path(f"/proc/{pid}/ns/net").readlink()
    except OSError:
        return False
    return True


def _processes() -> list[int]:
    """Only the names: a process that ends while its files are looked at is an error to `Path.glob`."""
    return [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold; the kernel ends processes in its own time."""
    for _ in range(_LOOKS):
        if holds():
            return True
        os.sched_yield()
    return False
