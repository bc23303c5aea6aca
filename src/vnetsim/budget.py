"""The budget of a lab: how much a scenario may use before it is ended, and the meter that counts it.

A scenario may come from a stranger, so nothing in it may run without end or use memory without limit.  The defaults
are far above what a lab of this size of networks uses.  All limits but `wall_seconds` are exact: the same commands
exceed them at the same step on every computer.  The clock of the computer is read for `wall_seconds` alone, and only
to end a lab, so it changes no byte of a lab that stays within its budget.

Not counted: the memory of Python's own objects (packets, devices, rules): the other limits bound it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NoReturn

import attrs

from vnetsim.errors import BudgetExceeded, UsageError
from vnetsim.values import frozen

#: Bytes of a string besides its characters: the overhead of a Python object.
OBJECT_BYTES: Final = 64
#: Steps between two readings of the wall clock.
QUANTUM_STEPS: Final = 4096
_UNITS: Final = {
    "steps": "steps of simulation",
    "string_bytes": "bytes in the strings of one process",
    "file_bytes": "bytes in files",
    "output_bytes": "bytes of output",
    "frames": "frames",
    "processes": "processes at the same time",
    "devices": "devices at the same time",
    "wall_seconds": "seconds of the wall clock",
}


@frozen(kw_only=True)
class Budget:
    """The limits of one lab.

    `steps` are events and iterations of loops in shells and programs.  `string_bytes` is the length of one
    string, of all arguments of a command and of all variables of a shell, each string counting OBJECT_BYTES more;
    `file_bytes` that of all files, `output_bytes` that of everything printed; all are counted in characters.  `frames`
    are hops of frames from device to device over all command lines (`Lab(frame_limit=...)` is the limit of one).
    `devices` are those of all namespaces, each of which has one.  `wall_seconds` is the wall-clock time of the
    simulation itself.
    """

    steps: int = 50_000_000
    string_bytes: int = 64 << 20
    file_bytes: int = 256 << 20
    output_bytes: int = 256 << 20
    frames: int = 200_000_000
    processes: int = 32_768
    devices: int = 10_000
    wall_seconds: float = 3600.0

    @classmethod
    def parse(cls, settings: tuple[str, ...]) -> Budget:
        """The budget in texts like `steps=1000000`; UsageError for an unknown limit."""
        limits: dict[str, float] = {}
        for setting in settings:
            name, _, text = setting.partition("=")
            kind = {"int": int, "float": float}.get(str(getattr(attrs.fields_dict(cls).get(name), "type", "")))
            if kind is None:
                raise UsageError(f"{setting}: expected one of {', '.join(attrs.fields_dict(cls))} before `=`")
            try:
                limits[name] = kind(text)
            except ValueError:
                limits[name] = 0
            if not 0 < limits[name] < float("inf"):
                raise UsageError(f"{setting}: expected a positive number behind `=`")
        return cls(**limits)  # type: ignore[arg-type]  # the fields' own types


class Meter:
    """Counts a lab's use of its budget.  From the first excess on, every charge raises BudgetExceeded."""

    __slots__ = ("_began", "_clock", "_frames", "_renewed", "_steps", "_strings", "_wall", "budget", "devices",
                 "exceeded", "files", "output")  # fmt: skip

    def __init__(self, budget: Budget, clock: Callable[[], float] = time.monotonic) -> None:
        self.budget = budget
        #: The excess that ended this lab.
        self.exceeded: BudgetExceeded | None = None
        self.devices = 0
        self.files = 0
        self.output = 0
        self._clock = clock
        self._steps = 0
        self._frames = 0
        #: Events before the budget was renewed.
        self._renewed = 0
        #: Wall-clock seconds of earlier runs, and the start of the present one.
        self._wall = 0.0
        self._began: float | None = None
        #: Characters in the variables of each shell, by pid, at its last count.
        self._strings: dict[int, int] = {}

    def _exceed(self, what: str) -> NoReturn:
        limit = f"{getattr(self.budget, what):.15g}"
        self.exceeded = BudgetExceeded(f"the scenario ran over its budget: more than {limit} {_UNITS[what]}")
        raise self.exceeded

    def check(self) -> None:
        """BudgetExceeded if the lab has been ended."""
        if self.exceeded is not None:
            raise BudgetExceeded(*self.exceeded.args)

    # --- time --------------------------------------------------------------------------------------------------------

    def begin_run(self) -> bool:
        """The simulation starts to run; gives False if it runs already."""
        self.check()
        if self._began is not None:
            return False
        self._began = self._clock()
        return True

    def end_run(self) -> None:
        if self._began is not None:
            self._wall += self._clock() - self._began
            self._began = None

    def charge_steps(self, steps: int) -> None:
        """Charge events or iterations, in batches of QUANTUM_STEPS for small ones."""
        self.check()
        before = self._steps
        self._steps = before + steps
        if self._steps > self.budget.steps:
            self._exceed("steps")
        if before // QUANTUM_STEPS != self._steps // QUANTUM_STEPS:
            self._check_clock()

    def _check_clock(self) -> None:
        if self._began is not None and self._wall + self._clock() - self._began > self.budget.wall_seconds:
            self._exceed("wall_seconds")

    def renew(self) -> None:
        """Forget what time was spent on (steps, frames, wall-clock seconds): for a lab that is to live on.

        A lab that is over its budget remains so; what is held (files, devices, strings) is counted on.
        """
        self._renewed = self.events
        self._steps = self._frames = 0
        self._wall = 0.0

    @property
    def events(self) -> int:
        """Steps and frames since the lab was made."""
        return self._renewed + self._steps + self._frames

    @property
    def frames_left(self) -> int:
        return self.budget.frames - self._frames

    def charge_frames(self, frames: int) -> None:
        self._frames += frames
        if self._frames > self.budget.frames:
            self._exceed("frames")

    # --- space -------------------------------------------------------------------------------------------------------

    def check_string(self, characters: int) -> None:
        """Check the length of a string before it is made."""
        if characters > self.budget.string_bytes:
            self._exceed("string_bytes")

    def charge_strings(self, pid: int, characters: int) -> None:
        """Set the total length of a process's variables; 0 when it ends."""
        if not characters:
            self._strings.pop(pid, None)
            return
        self.check_string(characters)
        self._strings[pid] = characters
        if sum(self._strings.values()) > 4 * self.budget.string_bytes:
            self._exceed("string_bytes")

    def charge_file(self, characters: int) -> None:
        """Charge the growth of a file, negative if it shrinks."""
        self.files += characters
        if characters > 0 and self.files > self.budget.file_bytes:
            self._exceed("file_bytes")

    def charge_output(self, characters: int) -> None:
        self.output += characters
        if self.output > self.budget.output_bytes:
            self._exceed("output_bytes")

    def check_processes(self, processes: int) -> None:
        if processes > self.budget.processes:
            self._exceed("processes")

    def charge_device(self, change: int) -> None:
        """Charge a new device (1), or a deleted one (-1)."""
        self.devices += change
        if change > 0 and self.devices > self.budget.devices:
            self._exceed("devices")

    def reboot(self) -> None:
        """A new kernel boots: processes and devices of the previous one are gone."""
        self.devices = 0
        self._strings.clear()
