"""Why does it arrive, why does it not, and what would turn that.

    answer = lab.why("web", "db:5432")
    answer.arrives, answer.reason, answer.sentence
    answer.remedies[0].commands, answer.remedies[0].effects
    print(answer)

The question is asked on a copy of the lab, which stays as it was.  The story is that of the packets; up to three
remedies are proposed, each made on another copy and tried there, the one that changes least besides first.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.clock import MILLISECOND
from vnetsim.failures import Failure
from vnetsim.reach.diagnosis.case import Diagnosis
from vnetsim.reach.diagnosis.missed import Missed
from vnetsim.reach.endpoints.endpoints import Endpoint, addresses_of, context_of, state_of
from vnetsim.reach.endpoints.names import resolve_all
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.forks.copies import copied
from vnetsim.reach.probing.flows import connected, connection_text
from vnetsim.reach.probing.verdict import Outcome, ProbeVerdict
from vnetsim.reach.remedies import goals
from vnetsim.reach.remedies.changes.situation import Situation
from vnetsim.reach.remedies.remedy import Findings, Hint, Refused, Remedy
from vnetsim.reach.remedies.search import BUDGET
from vnetsim.reach.remedies.trials import ProbedCopy, probed_copy
from vnetsim.reach.walks.crossing import crossings
from vnetsim.reach.walks.loss import Decider, arrival, rule_text
from vnetsim.reach.walks.packets import own
from vnetsim.reach.walks.story import StoryStep, steps
from vnetsim.reach.walks.tracked import Remembered, remembered
from vnetsim.trace import Filtered
from vnetsim.values import frozen
from vnetsim.views.why import why_text

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: Hooks at which a packet is let in or through.
_GATES: Final = ("FORWARD", "INPUT")


@frozen(kw_only=True)
class Why:
    """The answer; `str` tells it, `json` is the same as plain values (docs/why.md describes them).

    `remedies` would turn the verdict, and were tried: none if none was found, or none was looked for (`searched`);
    `change` is the first of them.  `hints` are other questions that are answered as things are, `refused` what would
    turn the verdict and is not proposed, `tried` how many changes were.  `let_through` are the rules and policies by
    which the packet arrived; of a flow that exists, `connection` is its state at the sender and
    `remembered` what the hosts on its path know of it.  `missed` are the rules that were meant to stop it, and why they
    did not.  `failures` are the failed commands of the scenario, if the answer leaves
    them out.
    `otherwise` is what came of the same question by address, where a name was given and gives another result, or
    by name, where both fail.
    """

    question: ReachQuestion
    diagnosis: Diagnosis
    story: tuple[StoryStep, ...]
    let_through: tuple[Decider, ...] = ()
    missed: tuple[Missed, ...] = ()
    connection: str | None = None
    remembered: tuple[Remembered, ...] = ()
    findings: Findings = attrs.field(factory=Findings)
    searched: bool = True
    failures: tuple[Failure, ...] = ()
    #: On what the answer is built (lab.shortfall.assumptions).
    assumptions: tuple[str, ...] = ()
    otherwise: Diagnosis | None = None

    @property
    def remedies(self) -> tuple[Remedy, ...]:
        return self.findings.remedies

    @property
    def change(self) -> Remedy | None:
        return self.remedies[0] if self.remedies else None

    @property
    def hints(self) -> tuple[Hint, ...]:
        return self.findings.hints

    @property
    def refused(self) -> tuple[Refused, ...]:
        return self.findings.refused

    @property
    def verdict(self) -> ProbeVerdict:
        return self.diagnosis.verdict

    @property
    def arrives(self) -> bool:
        return self.diagnosis.arrives

    @property
    def is_known(self) -> bool:
        """False if the packet met what is not modelled."""
        return self.verdict.outcome is not Outcome.UNKNOWN

    @property
    def reason(self) -> str:
        """One of dropreason.CODES: `ARRIVES`, or a name like Linux's."""
        return self.diagnosis.code

    @property
    def sentence(self) -> str:
        return self.diagnosis.sentence

    def __bool__(self) -> bool:
        return self.arrives

    def __str__(self) -> str:
        return why_text(self.json())

    def __contains__(self, text: str) -> bool:
        return text in str(self)

    def json(self) -> dict[str, Any]:
        """Plain values, in a stable shape."""
        probe, found, verdict = self.question.probe, self.diagnosis, self.verdict
        return {
            "question": {
                "from": str(self.question.sender), "to": str(self.question.target), "protocol": probe.protocol,
                "port": probe.port or None, "size": probe.size, "df": probe.df,
                "source_port": probe.source_port or None, "established": probe.established,
            },
            "arrives": self.arrives,
            "reason": self.reason,
            "sentence": self.sentence,
            "outcome": verdict.outcome.value,
            "address": None if verdict.address is None else str(verdict.address),
            "packet": found.packet or None,
            "at": {"namespace": found.namespace or None, "device": found.device or None},
            "decided_by": None if found.decider is None else _decider(found.decider),
            "story": [_step(step) for step in self.story],
            "let_through": [_decider(each) for each in self.let_through],
            "flow": {
                "connection": self.connection,
                "remembered": [{"namespace": each.namespace, "text": each.text, "translated": each.translated}
                               for each in self.remembered],
            },
            "missed": [_missed(each) for each in self.missed],
            "change": None if self.change is None else self.change.json(),
            "remedies": [each.json() for each in self.remedies],
            "hints": [each.json() for each in self.hints],
            "refused": [each.json() for each in self.refused],
            "tried": self.findings.tried,
            "searched": self.searched,
            "incomplete": [failure.json() for failure in self.failures],
            **({"assumptions": list(self.assumptions)} if self.assumptions else {}),
            "otherwise": None if self.otherwise is None else _otherwise(self.otherwise),
        }  # fmt: skip


def why(
    lab: BaseLab, question: ReachQuestion, *, change: bool = True, budget: int = BUDGET,
    progress: goals.Progress | None = None,
) -> Why:  # fmt: skip
    """Answer on a copy, with the story and, unless `change` is False, what would turn the verdict.

    A bare name means what the sender's resolver answers (`ReachQuestion.typed_name`).  `budget` is how many changes are
    tried; `progress` is called while they are.  UsageError if the sender cannot send, or the lab cannot be copied.
    IncompleteLab if a command of the lab failed, unless `lab.shortfall.accepted`.
    """
    failures = lab.shortfall.required()
    connection = _connection(lab.fork(), question) if question.probe.established else None
    with ExitStack() as copies:
        probed, other = _probed_copies(lab, question, copies)
        found = probed.diagnosis
        findings = Findings()
        if change:
            # Where both the name and the address fail, the change must heal the name.
            start = other if other is not None and not found.arrives and _is_by_name(other) else probed
            findings = (goals.preventing if found.arrives else goals.healing)(lab, start, budget, progress)
        return Why(
            question=probed.question, diagnosis=found, story=tuple(_story(found)), findings=findings, searched=change,
            let_through=tuple(let_through(found)) if found.arrives else (), missed=tuple(probed.copy.call(_missed_by)),
            failures=failures, assumptions=lab.shortfall.assumptions,
            otherwise=None if other is None else other.diagnosis,
            connection=connection, remembered=_remembered(lab, probed),
        )  # fmt: skip


def _probed_copies(lab: BaseLab, question: ReachQuestion, copies: ExitStack) -> tuple[ProbedCopy, ProbedCopy | None]:
    """The answer, and the second one: by address if a name gives another result.

    A name that is not resolved decides if a container calls another one; names of namespaces are not resolved, and the
    host and the machine outside do not query Docker.  Where the address fails as well, its reason is more useful.
    """
    by_address = copies.enter_context(closing(probed_copy(lab, question)))
    sender = question.sender
    if not question.typed_name or sender == question.target or state_of(lab, sender) != "running":
        return by_address, None
    with closing(copied(lab, partial(resolve_all, names={sender: [question.typed_name]}))) as resolver:
        resolved_name = resolver.call(dict)[sender, question.typed_name]
    resolved = resolved_name.addresses[0] if resolved_name.addresses else None
    matters = resolved is not None or (sender.kind, question.target.kind) == ("container", "container")
    if not matters or resolved == by_address.diagnosis.verdict.address:
        return by_address, None
    target = Endpoint("name", question.typed_name)
    by_name = copies.enter_context(closing(probed_copy(lab, attrs.evolve(question, target=target, typed_name=""))))
    if resolved is None and not by_address.diagnosis.arrives:
        return by_address, by_name
    return by_name, by_address


def _is_by_name(probed: ProbedCopy) -> bool:
    return probed.question.target.kind == "name"


def _missed_by(situation: Situation) -> list[Missed]:
    return situation.missed


def _otherwise(found: Diagnosis) -> dict[str, Any]:
    verdict = found.verdict
    by_name = verdict.question.target.kind == "name"
    return {
        "by": "name" if by_name else "address",
        "target": verdict.question.target.name if by_name or verdict.address is None else str(verdict.address),
        "arrives": found.arrives,
        "reason": found.code,
        "sentence": found.sentence,
    }


def _connection(lab: BaseLab, question: ReachQuestion) -> str | None:
    """The connection of the question, as it is before the probe."""
    if question.target.kind == "name":
        return None
    lab.settle()
    addresses = addresses_of(lab, question.target, question.sender)
    network = context_of(lab, question.sender).network
    if not addresses:
        return None
    return connection_text(network, connected(network, addresses, question.probe), question.probe)


def _remembered(lab: BaseLab, probed: ProbedCopy) -> tuple[Remembered, ...]:
    """What was known of the flow before the probe."""
    probe = probed.question.probe
    if not probe.established and not probe.source_port:
        return ()
    before = LabNamespaces(lab)
    found = []
    for each in probed.copy.call(_remembered_there):
        netns = before.find(each.namespace)
        known = {} if netns is None else {entry.id for v in (4, 6) for entry in netns.network.connections(v)}
        if each.entry.id in known:
            found.append(each)
    return tuple(found)


def _remembered_there(situation: Situation) -> list[Remembered]:
    found = crossings(situation.namespaces, situation.diagnosis.verdict, ended=True)
    return [each for crossing in found for each in remembered(crossing)]


def _story(found: Diagnosis) -> Iterator[StoryStep]:
    """The request, what became of the question for a next hop, and what came back."""
    verdict = found.verdict
    if verdict.question.target.kind == "name" and verdict.address is not None:
        sender = verdict.question.sender.short
        source = " (/etc/hosts)" if found.from_hosts else ""
        yield StoryStep(
            "name", 0, sender, "", "name", f"resolves {verdict.question.target.name}: {verdict.address}{source}"
        )
    if verdict.request is not None:
        yield from steps(verdict.events, verdict.request, "request")
    if found.resolution is not None:
        for packet in found.resolution.requests[:1]:
            yield from (step for step in steps(verdict.events, packet, "neighbour"))
    reported: set[int] = set()
    for made in verdict.replies():
        if made.packet not in reported:
            reported.add(made.packet)
            yield from steps(verdict.events, made.packet, "error" if made.about else "reply")
            break


def let_through(found: Diagnosis) -> Iterator[Decider]:
    """The gates that the request went through: the rule that accepted it, or that none did."""
    verdict = found.verdict
    if verdict.request is None or arrival(verdict) is None:
        return
    for event in own(verdict.events, verdict.request):
        if not isinstance(event, Filtered):
            continue
        last = event.hits[-1] if event.hits else None
        if event.table == "nat":
            if last is not None and event.verdict != "ACCEPT":
                yield Decider("rule", rule_text(last), last.table, event.hook, last.chain, last.number, event.verdict)
        elif last is not None and "-j ACCEPT" in str(last.rule):
            yield Decider("rule", rule_text(last), last.table, event.hook, last.chain, last.number, event.verdict)
        elif event.hook in _GATES and event.table == "filter":
            text = f"no rule of filter {event.hook} decided, its policy is ACCEPT"
            yield Decider("policy", text, event.table, event.hook, event.hook, verdict=event.verdict)


def _decider(decider: Decider) -> dict[str, Any]:
    return {
        "kind": decider.kind, "text": decider.text, "table": decider.table or None, "hook": decider.hook or None,
        "chain": decider.chain or None, "number": decider.number or None, "verdict": decider.verdict or None,
    }  # fmt: skip


def _missed(rule: Missed) -> dict[str, Any]:
    return {
        "namespace": rule.namespace, "table": rule.table, "chain": rule.chain, "number": rule.number or None,
        "text": rule.text, "cause": rule.cause, "sentence": rule.sentence,
    }  # fmt: skip


def _step(step: StoryStep) -> dict[str, Any]:
    return {
        "packet": step.role,
        "at_ms": step.at / MILLISECOND,
        "namespace": step.namespace,
        "device": step.device or None,
        "event": step.kind,
        "text": step.text,
    }
