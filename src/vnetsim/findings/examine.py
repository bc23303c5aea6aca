"""All findings of a compose file, each with a change that was tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import attrs

from vnetsim.errors import VnetsimError
from vnetsim.findings import addresses
from vnetsim.findings.addresses import Cause, Subject, UnknownAddress
from vnetsim.findings.changes import FileProposal
from vnetsim.findings.discovered import discovered
from vnetsim.findings.exposure import exposures
from vnetsim.findings.finding import ComposeFinding, Examination, FileChange
from vnetsim.findings.monitored import monitored
from vnetsim.findings.proxied import proxied
from vnetsim.findings.published import published
from vnetsim.findings.references import quoted, references
from vnetsim.lab import Lab
from vnetsim.scenario.composefile import ComposeScenario
from vnetsim.values import define, frozen


def examine(
    scenario: ComposeScenario,
    build: Callable[[ComposeScenario], Lab],
    *,
    declared: Mapping[str, Sequence[str]] | None = None,
    changes: bool = True,
    allow_unknown: bool = False,
) -> Examination:
    """Build the lab, ask it for each address, and try the changes, unless `changes` is False, each in a lab of its own.

    `declared` are the images whose ports the user declared.  IncompleteLab if the services do not come up.
    """
    subject = Subject(scenario, build(scenario), declared or {})
    asked = _Asked.of(subject)
    trials = _Trials(scenario, build, declared or {}, asked) if changes else None
    tried = [None if trials is None else trials.first_that_helps(cause) for cause in asked.causes]
    found = [_finding(scenario, *each) for each in zip(asked.causes, tried, strict=True)]
    return Examination(
        scenario=scenario.name,
        findings=tuple(sorted(found, key=lambda each: (each.file, each.line, each.rule))),
        tried=asked.tried,
        unknown=asked.unknown,
        allow_unknown=allow_unknown,
        assumptions=subject.lab.shortfall.assumptions,
    )


def _finding(scenario: ComposeScenario, cause: Cause, change: FileChange | None) -> ComposeFinding:
    return ComposeFinding(
        rule=cause.rule, service=cause.service, file=scenario.shown(cause.location.path), line=cause.location.line,
        text=cause.text, evidence=cause.evidence, change=change,
    )  # fmt: skip


@frozen
class _Asked:
    """What came of all addresses and published ports of a lab."""

    causes: tuple[Cause, ...]
    unknown: tuple[str, ...]
    tried: int

    @classmethod
    def of(cls, subject: Subject) -> _Asked:
        project = subject.scenario.project
        used = references(project) if project is not None else []
        if project is not None:
            texts = subject.scenario.texts
            used += proxied(subject.services, texts)
            used += monitored(subject.services, texts)
            used += discovered(subject.scenario)
        outcomes = [(each, outcome) for each in used for outcome in addresses.tried(subject, each)]
        working = [each for each, outcome in outcomes if outcome is None]
        causes = [outcome for _, outcome in outcomes if isinstance(outcome, Cause)]
        causes += [addresses.of_quoted(subject, each) for each in (quoted(project) if project is not None else ())]
        of_ports = list(published(subject))
        causes += [outcome for outcome in of_ports if isinstance(outcome, Cause)]
        unknown = [each.text for each in (*(one for _, one in outcomes), *of_ports) if isinstance(each, UnknownAddress)]
        causes += exposures(subject, working)
        return cls(tuple(causes), tuple(dict.fromkeys(unknown)), len(outcomes) + len(of_ports) - len(unknown))

    @property
    def identities(self) -> set[tuple[str, str, str]]:
        return {_identity(cause) for cause in self.causes}


def _identity(cause: Cause) -> tuple[str, str, str]:
    return cause.rule, cause.service, cause.text


@define
class _Trials:
    """Labs of changed files; each changed text is tried once."""

    scenario: ComposeScenario
    build: Callable[[ComposeScenario], Lab]
    declared: Mapping[str, Sequence[str]]
    before: _Asked
    results: dict[tuple[str, str], _Asked | None] = attrs.field(factory=dict)

    def first_that_helps(self, cause: Cause) -> FileChange | None:
        """The first change after which this cause is gone, and no new one and no address without an answer appeared."""
        for proposal in cause.proposals:
            if proposal is not None and self._helps(proposal, cause):
                return proposal.change(self.scenario)
        return None

    def _helps(self, proposal: FileProposal, cause: Cause) -> bool:
        key = proposal.path, proposal.changed
        if key not in self.results:
            self.results[key] = self._tried(proposal)
        after = self.results[key]
        if after is None or not set(after.unknown) <= set(self.before.unknown):
            return False
        return _identity(cause) not in after.identities and not _new(after.causes, self.before.identities)

    def _tried(self, proposal: FileProposal) -> _Asked | None:
        """None if the changed file does not come up."""
        try:
            changed = proposal.applied(self.scenario)
            return _Asked.of(Subject(changed, self.build(changed), self.declared))
        except VnetsimError:
            return None


def _new(causes: Iterable[Cause], before: set[tuple[str, str, str]]) -> list[Cause]:
    return [cause for cause in causes if _identity(cause) not in before]
