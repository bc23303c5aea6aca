"""Verifying scenarios: each is played on both sides, again where the machine was too slow to be believed.

What differs is played again, too: a real machine is late at times, and a difference that does not come again is one
between the real machine and itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from queue import SimpleQueue

from vnetsim.backends.linux import Kernel, RealMachine, inspect
from vnetsim.errors import UsageError
from vnetsim.scenario.shellscript import is_run_whole
from vnetsim.verify import hostside
from vnetsim.verify.hostside import translated
from vnetsim.verify.outcome import Verification, best_of, outcome
from vnetsim.verify.plan import Plan, possible, programs
from vnetsim.verify.sides import bare_lab, really, simulate


def verify(plan: Plan, kernel: Kernel, machine: RealMachine, seed: int = 0) -> Verification:
    """Play a plan on both sides and compare: the attempt with the fewest doubts."""
    wanted = possible(plan, machine.absent)
    return best_of(lambda: _verify(wanted, kernel, machine, seed))


def _verify(plan: Plan, kernel: Kernel, machine: RealMachine, seed: int) -> Verification:
    if plan.kind == "docker":
        return _verify_host(plan, kernel, machine, seed)
    real = really(plan, kernel)
    simulated = simulate(plan, machine, forwards=real.forwards, seed=seed)
    return outcome(plan, {"steps": real.steps}, simulated, real.canaries, machine.lacks)


def _verify_host(plan: Plan, kernel: Kernel, machine: RealMachine, seed: int) -> Verification:
    """Without an engine: the operations of ours on the host are applied to the real kernel."""
    if is_run_whole(plan.script):
        raise UsageError(f"{plan.name}: what a shell script asks of docker needs an engine: --docker HOST")
    side = translated(plan, bare_lab(plan, machine, forwards=machine.forwards, seed=seed), machine.absent)
    real = really(side.plan, kernel, more_files=hostside.files())
    steps, canaries = side.real(real.steps, real.canaries)
    return outcome(side.plan, {"steps": steps}, {"steps": side.simulated}, canaries, machine.lacks)


def verify_all(
    plans: Sequence[Plan], *, seed: int = 0, jobs: int = 1, tell: Callable[[RealMachine], object] = lambda _: None,
    progress: Callable[[int, int], object] = lambda _done, _of: None,
) -> tuple[RealMachine, list[Verification]]:  # fmt: skip
    """The machine, reported before anything is played, and the result of each plan; `jobs` are played at once.

    `progress` is called after each: how many are done, and how many there are.
    """
    with ExitStack() as stack:
        kernels = [stack.enter_context(Kernel()) for _ in range(max(1, min(jobs, len(plans))))]
        machine = inspected(kernels[0], plans)
        tell(machine)
        free: SimpleQueue[Kernel] = SimpleQueue()
        for kernel in kernels:
            free.put(kernel)

        def one(plan: Plan) -> Verification:
            kernel = free.get()
            try:
                return verify(plan, kernel, machine, seed)
            finally:
                free.put(kernel)

        pool = stack.enter_context(ThreadPoolExecutor(len(kernels)))
        try:
            outcomes: list[Verification] = []
            for each in pool.map(one, plans):
                outcomes.append(each)
                progress(len(outcomes), len(plans))
            return machine, outcomes
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for kernel in kernels:
                kernel.close()
            raise


def inspected(kernel: Kernel, plans: Sequence[Plan]) -> RealMachine:
    """The machine, with regard to what the plans need of it."""
    named = [name for plan in plans for name in programs(plan)]
    named += [name for plan in plans if plan.kind == "docker" for name in hostside.needed(plan)]
    return inspect(kernel, tuple(dict.fromkeys(named)))
