"""Random scenarios by the thousand, on both sides: python -m vnetsim.verify.campaign --examples 1000 --seed 1

Scenarios are drawn from `vnetsim.strategies`, played in several sessions on the real kernel at once while the simulator
plays them too, in as many processes as there are cores or by any executor, and compared in full, in their order:
outputs and errors, neighbours, fdb, counters, captured frames.  A step on which
the real machine does not agree with itself is left out (`varying`).  What differs is grouped by what it looks like, and
the first of each group is shrunk to the smallest session that shows it.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, Literal

import attrs

from vnetsim.backends.acts import Act, CaptureAct, CommandAct, PauseAct, StopAct
from vnetsim.backends.linux import Kernel, PlayedOnKernel, RealMachine, inspect
from vnetsim.ddmin import shrunk
from vnetsim.errors import UsageError
from vnetsim.reach.forks.workers import cores
from vnetsim.strategies.commands import Scenario
from vnetsim.strategies.drawing import drawn
from vnetsim.values import define, frozen
from vnetsim.verify.keep import keep, script
from vnetsim.verify.outcome import Checked, Verification, outcome
from vnetsim.verify.plan import Plan, possible
from vnetsim.verify.sides import really, simulate

#: Programs that scenarios use.
_PROGRAMS: Final = ("ip", "bridge", "ping", "nc", "arping", "iptables", "iptables-save", "sysctl")
#: Scenarios that are drawn at once.
_BATCH: Final = 200
#: How often a disagreement is played again before it is believed.
_AGAIN: Final = 2
#: What the kernel tells of carriers it tells once a second at most (net/core/link_watch.c), to all namespaces.
_SETTLING: Final = PauseAct(1.2)
#: When probing of a neighbour has ended: five seconds of DELAY, then three requests a second and a little apart.
_QUIET_AGAIN: Final = PauseAct(9.5)
#: No tcpdump has to start here.
_CAPTURE_SECONDS: Final = (0.0, 0.05)
_BACKGROUND_SECONDS: Final = 0.1


def plan_of(scenario: Scenario, number: int) -> Plan:
    """The scenario as a plan; every other one looks at the frames of one device while it probes."""
    before = [CommandAct(line) for line in (*scenario.setup, *scenario.changes)]
    probes = [CommandAct(probe.command()) for probe in scenario.probes]
    looks = [CommandAct(line) for line in scenario.looks]
    ports = scenario.topology.ports
    watched = ports[number // 2 % len(ports)] if number % 2 else None
    taps = [] if watched is None else [CaptureAct(watched.namespace or "-", watched.device)]
    acts: tuple[Act, ...] = (*before, _SETTLING, *taps, *probes, _QUIET_AGAIN, *([StopAct()] if taps else []), *looks)
    return Plan(name=f"scenario {number}", kind="kernel", acts=acts, session=False)


# --- playing -------------------------------------------------------------------------------------------------------


@frozen
class BothSides:
    """A plan on both sides, and how long the simulator took."""

    real: PlayedOnKernel
    simulated: dict[str, Any]
    seconds: float


def simulated(plan: Plan, machine: RealMachine, *, forwards: bool) -> tuple[dict[str, Any], float]:
    """What the simulator makes of it, and in how many seconds."""
    began = time.monotonic()
    found = simulate(
        plan, machine, forwards=forwards, capture_seconds=_CAPTURE_SECONDS, background_seconds=_BACKGROUND_SECONDS
    )
    return found, time.monotonic() - began


class Sessions:
    """Several sessions on the real kernel, of which one at a time plays each plan.

    The simulator plays it afterwards: in `executor`, or in processes of their own, so many that all cores have one.
    """

    def __init__(self, count: int, executor: Executor | None = None) -> None:
        self._own = ProcessPoolExecutor(min(count, cores())) if executor is None else None
        self._simulators: Executor = executor or self._own  # type: ignore[assignment]
        self._simulators.submit(int).result()  # what is forked is forked before there are threads
        self._free: SimpleQueue[Kernel] = SimpleQueue()
        self.count = count
        self._all = [Kernel() for _ in range(count)]
        for kernel in self._all:
            self._free.put(kernel)
        self._pool = ThreadPoolExecutor(2 * count)

    def submit(self, plan: Plan, machine: RealMachine) -> Future[BothSides]:
        return self._pool.submit(self.both, plan, machine)

    def both(self, plan: Plan, machine: RealMachine) -> BothSides:
        """The simulator needs to know whether the real machine forwards."""
        real = self.play(plan)
        return BothSides(real, *self._simulators.submit(simulated, plan, machine, forwards=real.forwards).result())

    def play(self, plan: Plan) -> PlayedOnKernel:
        kernel = self._free.get()
        try:
            return really(
                plan, kernel, capture_seconds=_CAPTURE_SECONDS, background_seconds=_BACKGROUND_SECONDS, batched=True
            )
        finally:
            self._free.put(kernel)

    def inspect(self, programs: Sequence[str]) -> RealMachine:
        return inspect(self._all[0], programs)

    def close(self) -> None:
        for kernel in self._all:
            kernel.close()
        self._pool.shutdown(cancel_futures=True)
        if self._own is not None:
            self._own.shutdown(cancel_futures=True)


@define
class Tally:
    """What a campaign came to; `real_seconds` and `simulated_seconds` are what playing took."""

    scenarios: int = 0
    steps: int = 0
    same: int = 0
    unsure: int = 0
    explained: int = 0
    varying: int = 0
    differing: int = 0
    real_seconds: float = 0.0
    simulated_seconds: float = 0.0
    seconds: float = 0.0
    groups: dict[str, Finding] = attrs.field(factory=dict)


@define
class Finding:
    """Differences that look alike: how many, the first one's commands, shrunk if there was time, and their file."""

    signature: str
    count: int
    command: str
    diff: tuple[str, ...]
    lines: tuple[str, ...]
    smallest: tuple[str, ...] = ()
    file: str = ""


@frozen
class _WaitingPlan:
    """A plan that is being played, for the `times`-th time; `suspects` differed every time before."""

    plan: Plan
    future: Future[BothSides]
    suspects: dict[str, Checked] | None = None
    times: int = 0


class Campaign:
    """Plays scenarios and keeps the tally."""

    def __init__(
        self,
        sessions: Sessions,
        *,
        shrink: bool = True,
        directory: Path | None = None,
        write: Callable[[str], object] = lambda _: None,
    ) -> None:
        self._sessions = sessions
        self._machine = sessions.inspect(_PROGRAMS)
        self._shrink = shrink
        self._keep = directory
        self._tell = write
        self._number = 0
        self.tally = Tally()

    @property
    def machine(self) -> RealMachine:
        return self._machine

    def run(self, scenarios: Iterable[Scenario]) -> Iterator[Tally]:
        """Play all; the tally so far, after each."""
        began = time.monotonic()
        waiting: deque[_WaitingPlan] = deque()
        for scenario in chain(scenarios, [None]):
            if scenario is not None:
                plan = possible(plan_of(scenario, self._number), self._machine.absent)
                self._number += 1
                waiting.append(_WaitingPlan(plan, self._sessions.submit(plan, self._machine)))
            while waiting and (scenario is None or len(waiting) > self._sessions.count * 2):
                again = self._settle(waiting.popleft())
                if again is not None:
                    waiting.append(again)
                else:
                    self.tally.seconds = time.monotonic() - began
                    yield self.tally

    def _settle(self, playing: _WaitingPlan) -> _WaitingPlan | None:
        """Judge what has been played; what must be played again, if anything."""
        found = self._outcome(playing.plan, playing.future.result())
        differing = {signature(step): step for step in found.differences}
        if playing.suspects is None:
            self._count(found)
            suspects = differing
        else:
            suspects = {key: step for key, step in playing.suspects.items() if key in differing}
            self.tally.varying += len(playing.suspects) - len(suspects)
        if suspects and playing.times < _AGAIN:
            return attrs.evolve(
                playing, future=self._sessions.submit(playing.plan, self._machine), suspects=suspects,
                times=playing.times + 1,
            )  # fmt: skip
        if suspects:
            self.tally.differing += 1
            # What follows from a difference differs too: the first one is the one to look at.
            self._note(*next(iter(suspects.items())), playing.plan)
        return None

    def _count(self, found: Verification) -> None:
        tally = self.tally
        tally.scenarios += 1
        tally.steps += len(found.steps)
        tally.same += len(found.those("same", "skipped"))
        tally.explained += len(found.those("explained"))
        tally.unsure += len(found.those("unsure"))

    def _outcome(self, plan: Plan, both: BothSides) -> Verification:
        real = both.real
        self.tally.simulated_seconds += both.seconds
        self.tally.real_seconds += sum(step.get("seconds", 0.0) for step in real.steps)
        return outcome(plan, {"steps": real.steps}, both.simulated, real.canaries, self._machine.lacks, counters=True)

    # --- disagreements ---------------------------------------------------------------------------------------------

    def _note(self, key: str, step: Checked, plan: Plan) -> None:
        known = self.tally.groups.get(key)
        if known is not None:
            known.count += 1
            return
        lines = tuple(script(plan.acts))
        finding = Finding(key, 1, step.command, tuple(line for line in step.diff if line[0] in "-+"), lines)
        self.tally.groups[key] = finding
        acts = self._smallest(key, plan) if self._shrink else plan.acts
        if self._shrink:
            finding.smallest = tuple(script(acts))
        if self._keep is not None:
            finding.file = str(self._kept(self._keep, step, attrs.evolve(plan, acts=acts)))
        self._tell(finding_text(finding))

    def _kept(self, directory: Path, step: Checked, plan: Plan) -> Path:
        both = self._sessions.both(plan, self._machine)
        differing = self._outcome(plan, both).differences
        return keep(directory, len(self.tally.groups), step, plan.acts, both.real.steps, differing)

    def _smallest(self, key: str, plan: Plan) -> tuple[Act, ...]:
        def shows(acts: tuple[Act, ...]) -> bool:
            smaller = attrs.evolve(plan, acts=acts)
            if not acts:
                return False
            found = self._outcome(smaller, self._sessions.both(smaller, self._machine))
            return any(signature(step) == key for step in found.differences)

        return shrunk(plan.acts, shows, most=120)


def signature(step: Checked) -> str:
    """What a difference looks like, whoever it happened to."""
    changed = [line for line in step.diff if line[0] in "-+"][:4]
    text = " | ".join([step.command.partition(" 10.")[0], *changed, f"{step.statuses[0]}/{step.statuses[1]}"])
    text = re.sub(r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", "MAC", text)
    text = re.sub(r"\b\d+\.\d+\.\d+\.\d+\b", "ADDRESS", text)
    text = re.sub(r"\b(netns exec|-n) \w+", r"\1 NS", text)
    return re.sub(r"\d+", "N", text)


def finding_text(finding: Finding) -> str:
    """A finding for people."""
    lines = finding.smallest or ("...", *finding.lines[-12:])
    commands = "".join(f"    {line}\n" for line in lines)
    diff = "".join(f"      {line}\n" for line in finding.diff[:12])
    kept = f"  kept in {finding.file}\n" if finding.file else ""
    return f"$ {finding.command}\n{diff}  shown by\n{commands}{kept}"


def as_json(tally: Tally, machine: RealMachine, seed: int) -> dict[str, Any]:
    """What docs/fidelity.md is made of, and what to look into."""
    data = attrs.asdict(tally)
    data["groups"] = sorted(data["groups"].values(), key=lambda group: (-group["count"], group["signature"]))
    return {"machine": machine.described(), "seed": seed, **data}


def main(argv: Sequence[str] | None = None) -> int:
    """The exit status: 0 if all agreed, 1 if something differs."""
    parser = argparse.ArgumentParser(
        prog="python -m vnetsim.verify.campaign", description="Random scenarios, both sides."
    )
    parser.add_argument("--examples", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sessions", type=int, default=16, help="scenarios that are played at once on the real kernel")
    parser.add_argument("--json", type=Path, help="where the tally goes")
    parser.add_argument("--ipv6", action="store_true", help="networks of IPv6")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="where the smallest scenario of each kind goes")
    parser.add_argument("--no-shrink", action="store_true")
    wanted = parser.parse_args(argv)
    try:
        return campaign(
            wanted.examples, wanted.seed, wanted.sessions, wanted.json, sys.stdout.write, shrink=not wanted.no_shrink,
            directory=wanted.keep, version=6 if wanted.ipv6 else 4,
        )  # fmt: skip
    except UsageError as error:
        print(f"vnetsim: {error}", file=sys.stderr)  # noqa: T201
        return 2


def campaign(
    examples: int, seed: int, sessions: int, output: Path | None, write: Callable[[str], object], *,
    shrink: bool = True, directory: Path | None = None, version: Literal[4, 6] = 4,
    progress: Callable[[int, int], object] = lambda _done, _of: None, executor: Executor | None = None,
) -> int:  # fmt: skip
    """Play `examples` scenarios; 1 if something differed, else 0.  `directory`: where the smallest ones are kept."""
    warnings.simplefilter("ignore")  # Hypothesis thinks that we draw too much at once
    held = Sessions(sessions, executor)
    try:
        run = Campaign(held, shrink=shrink, directory=directory, write=write)
        write(f"on {run.machine.described()}\n")
        reported = 0
        for tally in run.run(_all(examples, seed, version)):
            progress(tally.scenarios, examples)
            if tally.scenarios - reported >= _BATCH or tally.scenarios == examples:
                reported = tally.scenarios
                write(summary(tally) + "\n")
                if output is not None:
                    output.write_text(json.dumps(as_json(tally, run.machine, seed), indent=1) + "\n", "utf-8")
    finally:
        held.close()
    return 1 if run.tally.differing else 0


def _all(examples: int, seed: int, version: Literal[4, 6]) -> Iterator[Scenario]:
    for start in range(0, examples, _BATCH):
        yield from drawn(min(_BATCH, examples - start), seed + start, version)


def summary(tally: Tally) -> str:
    """One line."""
    return (
        f"{tally.scenarios} scenarios, {tally.same} of {tally.steps} steps the same, {tally.differing} scenarios "
        f"differ in {len(tally.groups)} ways, {tally.varying} varying and {tally.unsure} unsure steps left out; "
        f"{tally.seconds:.0f} s, of which the simulator {tally.simulated_seconds:.0f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
