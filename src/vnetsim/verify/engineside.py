"""Docker scenarios on a real engine: its answers, and those of its host, held against the simulator's own engine.

The simulator's machine is made like the real one: with the machine outside if there is one, with the same name servers,
with a kernel that lacks the same.  Both play the same plan, which is what `permitted` leaves of the scenario.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Any, Final

import attrs

from vnetsim.backends.docker import EngineSession, RealEngine
from vnetsim.backends.docker.engine import HostAccess
from vnetsim.backends.docker.ownership import LABEL
from vnetsim.backends.docker.session import remove_abandoned
from vnetsim.backends.linux import Kernel, RealMachine, inspect
from vnetsim.backends.linux.kernel import KernelDied, KernelUnavailable
from vnetsim.lab import Lab
from vnetsim.record import Recorder
from vnetsim.verify import known_engine
from vnetsim.verify.outcome import Verification, best_of, outcome
from vnetsim.verify.permitted import EngineLimits, host_programs, permitted
from vnetsim.verify.plan import Plan, possible
from vnetsim.verify.sides import outfit, perform

#: The mark of what a scenario makes, as outputs have it: alone, and before and after others.
_MARK: Final = rf"{re.escape(LABEL)}[=:][\w.-]+"
_MARKS: Final = tuple(
    (re.compile(pattern), shown)
    for pattern, shown in (
        (rf'\{{\s*"{re.escape(LABEL)}": ?"[^"]*"\s*\}}', "{}"),
        (rf'"{re.escape(LABEL)}": ?"[^"]*",\s*', ""),
        (rf',\s*"{re.escape(LABEL)}": ?"[^"]*"', ""),
        (rf"{_MARK}[, ]\s*", ""),
        (rf"(?:, ?| )?{_MARK}", ""),
    )
)


class EngineSide:
    """An engine without objects of others, a session at it, and what is known of both; UsageError if there is none."""

    def __init__(self, host: str, plans: Sequence[Plan]) -> None:
        self._engine = RealEngine(host)
        #: Runs whose things were found and removed.
        self.abandoned = remove_abandoned(self._engine)
        self._engine.refuse_if_used()
        self.machine = self._inspected(plans)
        where = self._engine.residence
        self._limits = EngineLimits(
            images=self._engine.images(),
            absent=self.machine.absent,
            probes=where.access is HostAccess.SHARED,
            closed="" if where.access is HostAccess.OPEN else where.reason,
        )
        self._first_process = EngineSession(self._engine)

    def _inspected(self, plans: Sequence[Plan]) -> RealMachine:
        """The engine, and this machine's tools where they are used on its host."""
        versions = self._engine.versions
        if self._engine.residence.access is not HostAccess.CLOSED:
            try:
                with Kernel() as kernel:
                    here = inspect(kernel, tuple(dict.fromkeys(name for plan in plans for name in host_programs(plan))))
            except KernelUnavailable:
                return RealMachine(versions, frozenset(), frozenset(), unprivileged=True, forwards=True)
            return attrs.evolve(
                here, versions={**versions, **{k: v for k, v in here.versions.items() if k != "kernel"}}
            )
        return RealMachine(versions, frozenset(), frozenset(), unprivileged=True, forwards=True)

    def close(self) -> None:
        self._first_process.close()

    def verify(self, plan: Plan, seed: int = 0) -> Verification:
        """Play a plan on both sides and compare: the attempt with the fewest doubts."""
        wanted = permitted(possible(plan, frozenset()), self._limits)
        return best_of(lambda: self._once(wanted, seed))

    def _once(self, plan: Plan, seed: int) -> Verification:
        if not plan.acts:
            return outcome(plan, {"steps": ()}, {"steps": ()})
        hostname, files = self._outfit(plan)
        self._first_process.wants_lan = not plan.session
        real = self._first_process.play(plan.acts, files=files, hostname=hostname)
        if self._first_process.left:
            raise KernelDied(
                f"the engine did not remove all that a scenario made: {', '.join(self._first_process.left)}"
            )
        steps = list(map(unmarked, real.steps))
        lab = self._lab(plan, seed)
        explained = partial(known_engine.reason, numbered=_numbers(lab) != self._first_process.indexes)
        simulated = perform(plan, Recorder(lab))
        return outcome(
            plan, {"steps": steps}, {"steps": simulated}, real.canaries, self.machine.lacks, explained=explained
        )

    def _outfit(self, plan: Plan) -> tuple[str, dict[str, str]]:
        hostname, files = outfit(plan)
        servers = self._engine.resolv_conf()
        return hostname, files if servers is None else {**files, "/etc/resolv.conf": servers}

    def _lab(self, plan: Plan, seed: int) -> Lab:
        """A simulated machine like the engine's, its engine started."""
        hostname, files = self._outfit(plan)
        apart = self._engine.residence.access is HostAccess.OPEN
        forwards = self.machine.forwards
        if apart and (self._first_process.has_lan or self._first_process.wants_lan):
            lab = Lab.docker_host(
                seed, hostname=hostname, nested=True, first_forwards=forwards, files=files, without=self.machine.lacks
            )
        else:
            lab = Lab(
                seed, docker=True, hostname=hostname, nested=apart, first_forwards=forwards, files=files,
                without=self.machine.lacks,
            )  # fmt: skip
        lab.machine.kernel.root.skip_indexes(self._first_process.next_index)
        return lab


def _numbers(lab: Lab) -> dict[str, int]:
    return {device.name: device.index for device in lab.machine.kernel.root.devices()}


def unmarked(step: dict[str, Any]) -> dict[str, Any]:
    """A step without the label that the real things carry."""
    return {key: _without_mark(value) if key in ("stdout", "stderr") else value for key, value in step.items()}


def _without_mark(text: str) -> str:
    for pattern, shown in _MARKS if LABEL in text else ():
        text = pattern.sub(shown, text)
    return text


def verify_on_engine(host: str, plans: Sequence[Plan], *, seed: int = 0) -> tuple[RealMachine, list[Verification]]:
    """The machine, and what came of each plan; those without docker are played on this machine's kernel."""
    with ExitStack() as stack:
        side = EngineSide(host, plans)
        stack.callback(side.close)
        return side.machine, list(_all(side, plans, seed))


def _all(side: EngineSide, plans: Sequence[Plan], seed: int) -> Iterator[Verification]:
    from vnetsim.verify.scenarios import inspected, verify  # noqa: PLC0415

    for plan in plans:
        if plan.kind == "docker":
            yield side.verify(plan, seed)
            continue
        with Kernel() as kernel:
            yield verify(plan, kernel, inspected(kernel, [plan]), seed)
