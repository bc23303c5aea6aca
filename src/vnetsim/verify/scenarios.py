"""Verifying scenarios: each is played on both sides, again where the machine was too slow to be believed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from vnetsim.backends.linux import Kernel, Machine, inspect
from vnetsim.verify.outcome import Outcome, outcome
from vnetsim.verify.plan import Plan, possible, programs
from vnetsim.verify.sides import really, simulate

_ATTEMPTS: Final = 3


def verify(plan: Plan, kernel: Kernel, machine: Machine, seed: int = 0) -> Outcome:
    """Play a plan on both sides and compare."""
    wanted = possible(plan, machine.absent)
    for attempt in range(_ATTEMPTS):
        real = really(wanted, kernel)
        simulated = simulate(wanted, machine, forwards=real.forwards, seed=seed)
        found = outcome(wanted, {"steps": real.steps}, simulated, real.canaries, machine.lacks)
        if not found.those("unsure") or attempt == _ATTEMPTS - 1:
            return found
    raise AssertionError("unreachable")


def inspected(kernel: Kernel, plans: Sequence[Plan]) -> Machine:
    """The machine, with regard to what the plans need of it."""
    return inspect(kernel, tuple(dict.fromkeys(name for plan in plans for name in programs(plan))))
