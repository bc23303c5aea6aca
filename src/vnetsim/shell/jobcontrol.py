"""Jobs of a shell, and how an interactive one reports them (bash 5.2, jobs.c; dash 0.5.12, jobs.c).

Not modelled: process groups; a job is its processes and what they started.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from vnetsim.errors import KernelError
from vnetsim.programs.libc.signals import DESCRIPTIONS, NUMBERS
from vnetsim.shell.state import Job, ShellState

if TYPE_CHECKING:
    from vnetsim.process import Child
    from vnetsim.process.machine import Machine

#: The exit status of a command that Ctrl-Z stopped: 128 + SIGTSTP.
SUSPENDED: Final = 148


def add(state: ShellState, children: Sequence[Child], source: str, line: int, *, stopped: bool = False) -> Job:
    """A new job with the next number."""
    number = max((job.number for job in state.jobs), default=0) + 1
    job = Job(number, children[-1], source, line, together=tuple(children), stopped=stopped)
    state.jobs.append(job)
    return job


def condition(job: Job, *, bash: bool) -> str:
    """`Running`, `Stopped`, `Done`, `Exit 1`, `Terminated`."""
    status, signal = job.child.status, job.child.signal
    if status is None or job.runs:
        return "Stopped" if job.stopped else "Running"
    if signal is not None:
        return DESCRIPTIONS.get(signal, f"Signal {signal}")
    if not status:
        return "Done"
    return f"Exit {status}" if bash else f"Done({status})"


def mark(state: ShellState, job: Job) -> str:
    """`+` for the current job, `-` for the one before: those that stopped last, else those that started last."""
    ranked = sorted(state.jobs, key=lambda each: each.stopped)
    return "+" if ranked[-1] is job else "-" if job in ranked[-2:] else " "


def line_of(state: ShellState, job: Job) -> str:
    """The line about a job that `jobs` prints, and an interactive shell when its state changes."""
    found = condition(job, bash=state.dialect.bash)
    if state.dialect.bash:
        running = " &" if found == "Running" else ""
        return f"[{job.number}]{mark(state, job)}  {found:<23} {job.source}{running}\n"
    return f"[{job.number}] {mark(state, job)} {found:<27}{job.source if state.interactive else ''}\n"


def ended(state: ShellState) -> str:
    """The lines about jobs that ended and were not reported; they are forgotten."""
    over = [job for job in state.jobs if not job.runs]
    lines = "".join(line_of(state, job) for job in over if not job.waited)
    state.jobs = [job for job in state.jobs if job not in over]
    return lines


def current(state: ShellState) -> Job | None:
    return next((job for job in state.jobs if mark(state, job) == "+"), None)


def stop(machine: Machine, children: Iterable[Child]) -> None:
    """SIGSTOP to processes and to what they started."""
    _signal(machine, children, NUMBERS["STOP"])


def resume(machine: Machine, job: Job) -> None:
    job.stopped = False
    _signal(machine, job.together, NUMBERS["CONT"])


def _signal(machine: Machine, children: Iterable[Child], signal: int) -> None:
    entries = machine.processes()
    pids = {child.pid for child in children}
    while more := {entry.pid for entry in entries if entry.parent in pids} - pids:
        pids |= more
    for pid in sorted(pids):
        with suppress(KernelError):
            machine.kill(pid, signal)
