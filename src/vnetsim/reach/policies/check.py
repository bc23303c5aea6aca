"""Holding a policy against a lab: which rules are broken, by which packet, and why.

    report = check(lab, policy)
    report.violations[0].sentence, report.violations[0].story

A destination is reached at a port if it is by any path: one of its addresses, its name as the sender resolves it, or an
address and port that something translates to it (`vnetsim.reach.probing.entries`).  Of a range of ports one is probed
for each interval in which nothing in the lab tells one port from another (`vnetsim.reach.translation.boundaries`).

A rule that allows is broken by each pair of which no path leads there, one that forbids by each pair of which one does;
`only` forbids the other ports at which the destination listens.

What does not run neither reaches nor is reached: it breaks rules that allow, and no rule that forbids.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

import attrs

from vnetsim.failures import Failure
from vnetsim.reach.endpoints.endpoints import Endpoint, state_of
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.policies import status
from vnetsim.reach.policies.policy import Policy, PolicyPort, PolicyRule
from vnetsim.reach.policies.selection import Selection
from vnetsim.reach.policies.status import Status
from vnetsim.reach.policies.vacuous import UnprovenRule, unproven_rules
from vnetsim.reach.probing.asking import Asker, Progress
from vnetsim.reach.probing.command_lines import command_line
from vnetsim.reach.probing.probe_paths import ProbePath, ProbePaths
from vnetsim.reach.probing.sweep import Answer, ProbeRequest
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.reach.translation.boundaries import Boundaries
from vnetsim.reach.translation.doubts import Doubt, doubts
from vnetsim.reach.translation.intervals import cut
from vnetsim.reach.why.explain import explain
from vnetsim.values import frozen

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


@frozen(kw_only=True)
class Violation:
    """A rule that is broken, by whom, at which port.

    `path` is where the packet went, None if there was nowhere to send it.  `sentence` is what happened, `story` why,
    hop by hop ("" if nothing was sent).
    """

    rule: PolicyRule
    source: Endpoint
    destination: Endpoint
    probe: Probe
    outcome: str
    sentence: str = ""
    story: str = ""
    path: ProbePath | None = None
    #: What a person would type to see it; none if there was nowhere to send it.
    commands: tuple[str, ...] = ()
    #: The ports that `probe` represents.
    ports: PolicyPort | None = None

    def __str__(self) -> str:
        return f"{self.rule.location}: {self.headline}"

    def because(self, sentence: str, story: str) -> Violation:
        return attrs.evolve(self, sentence=sentence, story=story)

    @property
    def headline(self) -> str:
        verb = "does not reach" if self.rule.allows and not self.is_surplus else "reaches"
        expected = "must" if verb == "does not reach" else "must not"
        ports = self.ports or self.probe
        return f"{self.source.short} {verb} {self.destination.short} at {ports}, and {expected} (`{self.rule}`)"

    @property
    def packet(self) -> str:
        """From whom and to where, as it was sent; "" if none was."""
        return "" if self.path is None else str(self.path)

    @property
    def is_surplus(self) -> bool:
        """Whether it is `only` that is broken."""
        named = any(port.covers(self.probe.protocol, self.probe.port) for port in self.rule.ports)
        return self.rule.only and not named

    def json(self) -> dict[str, Any]:
        return {
            "rule": str(self.rule),
            "file": self.rule.file,
            "line": self.rule.line,
            "source": self.source.short,
            "destination": self.destination.short,
            "port": str(self.probe),
            "packet": self.packet,
            "outcome": self.outcome,
            "message": self.headline,
            "why": self.sentence,
            "story": self.story,
        }


@frozen(kw_only=True)
class PolicyReport:
    """What came of a check; `probes` is how many packets were sent for it.

    `unproven_rules` are rules that are neither broken nor hold; `failures` are the failed commands of the scenario,
    if the answer leaves them out.  `allow_vacuous`: a vacuous rule is as good as
    one that holds.  True if the exit status is 0.
    """

    policy: Policy
    violations: tuple[Violation, ...]
    probes: int = 0
    unproven_rules: tuple[UnprovenRule, ...] = ()
    failures: tuple[Failure, ...] = ()
    #: On what the answer is built (lab.shortfall.assumptions).
    assumptions: tuple[str, ...] = ()
    allow_vacuous: bool = False

    def __bool__(self) -> bool:
        return self.exit_status == status.HOLD

    def status(self, rule: PolicyRule) -> Status:
        if any(violation.rule == rule for violation in self.violations):
            return Status.BROKEN
        found = {unproven.status for unproven in self.unproven_rules if unproven.rule == rule}
        return next((each for each in (Status.UNKNOWN, Status.VACUOUS) if each in found), Status.HOLDS)

    def those(self, wanted: Status) -> tuple[PolicyRule, ...]:
        """The rules of which that came."""
        return tuple(rule for rule in self.policy.rules if self.status(rule) is wanted)

    def is_good(self, rule: PolicyRule) -> bool:
        found = self.status(rule)
        return found is Status.HOLDS or (found is Status.VACUOUS and self.allow_vacuous)

    @property
    def exit_status(self) -> int:
        """0: all rules hold; 1: one is broken; 2: none is, and of one there is no answer."""
        if self.violations:
            return status.BROKEN
        return status.HOLD if all(map(self.is_good, self.policy.rules)) else status.NO_ANSWER


@frozen
class _Case:
    """One sender, one destination, one port, as a rule has it; `ports` are those that it represents."""

    rule: PolicyRule
    source: Endpoint
    destination: Endpoint
    probe: Probe
    wanted: bool
    ports: PolicyPort | None = None


def check(lab: BaseLab, policy: Policy, *, lenient: bool = False, in_place: bool = False, explained: bool = True,
          jobs: int | None = None, allow_vacuous: bool = False, absent: bool = False,
          progress: Progress | None = None) -> PolicyReport:  # fmt: skip
    """Probe in a copy of the lab (the lab itself if `in_place`) everything that the policy's rules are about.

    `lenient` passes over what does not exist or does not run, which is otherwise a UsageError or breaks a rule; rules
    that are vacuous for it are reported if `absent`.
    `explained` False leaves out the reasons, which take a copy of the lab for each violation.  `jobs` is how many
    processes may work at it, all cores if None; `progress` is called meanwhile.  `allow_vacuous`: the report is true
    if rules are vacuous, too.
    IncompleteLab if a command of the lab failed, unless `lab.shortfall.accepted`.
    """
    failures = lab.shortfall.required()
    asker = Asker(lab, in_place=in_place, jobs=jobs, progress=progress)
    checking = _Checking(policy, asker, lenient=lenient, absent=absent or not lenient)
    report = checking.report(explained=explained)
    assumptions = lab.shortfall.assumptions
    return attrs.evolve(report, failures=failures, assumptions=assumptions, allow_vacuous=allow_vacuous)


class _Checking:
    def __init__(self, policy: Policy, asker: Asker, *, lenient: bool, absent: bool) -> None:
        self._asker, self._lab = asker, asker.lab
        self._policy, self._lenient, self._reports_absent = policy, lenient, absent
        self._running, self._senders = set(asker.running), set(asker.senders)
        self._known_ports: dict[Endpoint, list[Probe]] = {}
        self._selection = Selection(self._lab, policy, lenient=lenient)

    def report(self, *, explained: bool) -> PolicyReport:
        cases = list(self._cases())
        every = ProbePaths(self._asker, ((case.source, case.destination) for case in cases))
        paths = {case: self._paths(every, case) for case in dict.fromkeys(cases)}
        requests = list(dict.fromkeys(path.request for found in paths.values() for path in found))
        watched = {path.request for found in paths.values() for path in found if path.inside is not None}
        answers = self._asker.answers(requests, watched)
        violations = [found for case in cases if (found := self._judged(case, paths[case], answers)) is not None]
        if explained:
            violations = self._explained(violations)
        vacuous = self._unproven_rules(paths) if self._reports_absent else ()
        unproven_rules = (*vacuous, *self._unknown(paths, answers), *self._doubted(paths, answers))
        return PolicyReport(
            policy=self._policy, violations=tuple(violations), probes=len(requests), unproven_rules=unproven_rules
        )

    def _unproven_rules(self, paths: dict[_Case, list[ProbePath]]) -> Iterator[UnprovenRule]:
        for rule in self._policy.rules:
            cases = [case for case in paths if case.rule == rule]
            absence = self._absence(cases[0]) if cases and not any(paths[case] for case in cases) else ""
            heard = [probe for one in self._selection.destinations(rule) for probe in self._ports_of(one)]
            yield from unproven_rules(rule, self._selection, len(cases), absence, heard)

    def _unknown(
        self, paths: dict[_Case, list[ProbePath]], answers: dict[ProbeRequest, Answer]
    ) -> Iterator[UnprovenRule]:
        """A rule whose packets met what is not modelled, or were too many, neither holds nor is broken."""
        for rule in self._policy.rules:
            found = [answers[path.request] for case in paths if case.rule == rule for path in paths[case]]
            reasons = dict.fromkeys(answer.text for answer in found if answer.outcome is Outcome.UNKNOWN)
            yield from (UnprovenRule(rule, each, Status.UNKNOWN) for each in reasons)

    def _doubted(
        self, paths: dict[_Case, list[ProbePath]], answers: dict[ProbeRequest, Answer]
    ) -> Iterator[UnprovenRule]:
        """A rule that forbids, and that other packets than the probes may break."""
        found: dict[tuple[PolicyRule, str], None] = {}
        for case in (case for case in paths if not case.wanted and paths[case]):
            if not any(path.leads(answers[path.request]) for path in paths[case]):
                found.update(dict.fromkeys((case.rule, reason) for reason in self._reasons(case, paths[case])))
        yield from (UnprovenRule(rule, reason, Status.UNKNOWN) for rule, reason in found)

    def _reasons(self, case: _Case, paths: list[ProbePath]) -> Iterator[str]:
        labels = self._asker.entries.labels
        ends = labels[case.source], labels.get(case.destination, "")
        yield from (str(doubt) for doubt in self._doubts if doubt.concerns(*ends, case.probe.protocol))
        for path in paths:
            if path.chooses:
                sent = f"{path.target} {path.request.probe}"
                yield f"{sent} is translated to one of several destinations: the next packet may arrive"

    @cached_property
    def _doubts(self) -> list[Doubt]:
        return doubts(self._lab)

    # --- what the rules are about ---------------------------------------------------------------------------------

    def _cases(self) -> Iterator[_Case]:
        for rule in self._policy.rules:
            for source in self._selection.senders(rule):
                for destination in self._selection.destinations(rule):
                    if source != destination and not (self._lenient and self._absent(source, destination)):
                        yield from self._ports(rule, source, destination)

    def _absent(self, source: Endpoint, destination: Endpoint) -> Endpoint | None:
        """Which of the two cannot send, or cannot be sent to."""
        if source not in self._senders:
            return source
        return destination if destination.kind != "address" and destination not in self._running else None

    def _ports(self, rule: PolicyRule, source: Endpoint, destination: Endpoint) -> Iterator[_Case]:
        everything = self._ports_of(destination)
        named = [(probe, ports) for port in rule.ports for probe, ports in self._representatives(port)]
        if rule.allows:
            for probe, ports in named or [(Probe(), None)]:
                yield _Case(rule, source, destination, probe, True, ports)
            for probe in everything if rule.only else ():
                if probe.port and not any(port.covers(probe.protocol, probe.port) for port in rule.ports):
                    yield _Case(rule, source, destination, probe, False)
        else:
            for probe, ports in named or [(probe, None) for probe in everything]:
                yield _Case(rule, source, destination, probe, False, ports)

    def _representatives(self, port: PolicyPort) -> Iterator[tuple[Probe, PolicyPort | None]]:
        """One port for each elementary interval of a range, and the interval, if it is more than that port."""
        if port.last == port.number:
            yield Probe(port.protocol, port.number), None
            return
        for first, last in cut(((port.number, port.last),), self._boundaries.ports):
            yield Probe(port.protocol, first), PolicyPort(port.protocol, first, last) if last > first else None

    @cached_property
    def _boundaries(self) -> Boundaries:
        return self._asker.entries.boundaries

    def _ports_of(self, destination: Endpoint) -> list[Probe]:
        """An echo request, every port at which it listens, or which is translated at an address of its own."""
        if destination not in self._known_ports:
            self._known_ports[destination] = self._asker.ports(destination, to_itself=False)
        return self._known_ports[destination]

    def _paths(self, every: ProbePaths, case: _Case) -> list[ProbePath]:
        """Of a port that is forbidden by `only`, not those by which an allowed one is reached."""
        found = every.between(case.source, case.destination, case.probe)
        if case.wanted or not case.rule.only:
            return found
        allowed = [port for port in case.rule.ports if port.number == port.last]
        probes = [Probe(port.protocol, port.number) for port in allowed]
        requests = {
            path.request
            for probe in probes
            for path in every.between(case.source, case.destination, probe)
            if path.inside is None
        }
        return [path for path in found if path.request not in requests]

    # --- judging --------------------------------------------------------------------------------------------------

    def _judged(self, case: _Case, paths: list[ProbePath], answers: dict[ProbeRequest, Answer]) -> Violation | None:
        leading = [path for path in paths if path.leads(answers[path.request])]
        if bool(leading) == case.wanted or (not case.wanted and not paths):
            return None
        if any(answers[path.request].outcome is Outcome.UNKNOWN for path in paths) and not leading:
            return None
        if not paths:
            return self._violation(case, outcome="nothing was sent", sentence=self._absence(case))
        path = (leading or paths)[0]
        outcome = answers[path.request].outcome
        line = command_line(self._lab, path, is_silent=outcome is Outcome.SILENT)
        return self._violation(case, outcome=outcome.value, path=path, commands=(line,))

    def _explained(self, violations: list[Violation]) -> list[Violation]:
        """With their reasons, where a packet was sent."""
        named = [violation.path.question for violation in violations if violation.path is not None]
        explanations = iter(self._asker.on_copies(explain, named))
        return [each if each.path is None else each.because(*next(explanations)) for each in violations]

    def _violation(self, case: _Case, **details: Any) -> Violation:
        return Violation(rule=case.rule, source=case.source, destination=case.destination, probe=case.probe,
                         ports=case.ports, **details)  # fmt: skip

    def _absence(self, case: _Case) -> str:
        end = self._absent(case.source, case.destination)
        if end is not None:
            return f"{end.short} is {state_of(self._lab, end)}, not running"
        return f"{case.destination.short} has no address"
