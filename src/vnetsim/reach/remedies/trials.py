"""What is done on copies of a lab: a change is typed there, and the question is probed again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import attrs

from vnetsim.errors import UsageError, VnetsimError
from vnetsim.reach.diagnosis.case import Diagnosis
from vnetsim.reach.diagnosis.diagnosis import diagnose
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.forks.copies import Copy, copied
from vnetsim.reach.probing.probes import ask, ask_all
from vnetsim.reach.remedies.changes import stopping
from vnetsim.reach.remedies.changes.situation import Change, Situation
from vnetsim.reach.remedies.outsiders import Outsider, add_outsiders
from vnetsim.values import frozen
from vnetsim.wire.inet import Prefix

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: How many others on the sender's network are probed to see whether they are kept out too.
_PEERS: Final = 4
#: Simulated seconds after a change: a server has started, an address is no longer tentative.
_PAUSE_SECONDS: Final = 1.5
_PATIENCE_SECONDS: Final = 90.0
#: What the commands of a change may make travel: more than that is a storm.
_FRAMES: Final = 50_000


@frozen(eq=False)
class ProbedCopy:
    """A question that was probed on a copy, which stays as it was then."""

    copy: Copy[Situation]
    diagnosis: Diagnosis

    @property
    def question(self) -> ReachQuestion:
        return self.diagnosis.question

    def close(self) -> None:
        self.copy.close()


def probed_copy(lab: BaseLab, question: ReachQuestion) -> ProbedCopy:
    """Probe on a copy, and diagnose.  The caller closes the copy."""
    copy = copied(lab, partial(situation_of, question=question))
    try:
        return ProbedCopy(copy, copy.call(diagnosis_of))
    except BaseException:
        copy.close()
        raise


def situation_of(lab: BaseLab, question: ReachQuestion) -> Situation:
    """What a question comes to in a lab, which it changes."""
    verdict = ask(lab, question, settle=True)
    namespaces = LabNamespaces(lab)
    return Situation(lab, diagnose(lab, verdict, namespaces), namespaces)


def situation_after(lab: BaseLab, change: Change, question: ReachQuestion) -> Situation | None:
    """None if one of the commands is refused."""
    lab.machine.engine.limit_frames(_FRAMES)
    try:
        for line in change.commands:
            if line.endswith("&"):
                lab.start("exec " + line[:-1])
                lab.sleep(_PAUSE_SECONDS)
            elif not lab.run(line, timeout_seconds=_PATIENCE_SECONDS):
                return None
        lab.sleep(_PAUSE_SECONDS)
    except VnetsimError:
        return None
    try:
        return situation_of(lab, question)
    except UsageError:
        return None


def diagnosis_of(situation: Situation) -> Diagnosis:
    return situation.diagnosis


def ending_of(situation: Situation | None) -> tuple[tuple[str, str, str, str], bool] | None:
    """Where it ended, and whether it arrived."""
    return None if situation is None else (situation.diagnosis.spot, situation.diagnosis.arrives)


def proposed(situation: Situation, propose: Callable[[Situation], Iterator[Change]]) -> list[Change]:
    return list(dict.fromkeys(propose(situation)))


def inspected(situation: Situation, name: str) -> Any:
    return situation.lab.docker.container_inspect(name)


@frozen
class SenderPeers:
    """The hosts to be kept out with the sender: `near` are added, `peers` there; `target` is their destination."""

    target: str
    near: tuple[Outsider, ...]
    peers: tuple[Endpoint, ...]


def peers_of_sender(situation: Situation, added: Iterable[Outsider]) -> SenderPeers:
    sender, netns = situation.sender, situation.target
    address = situation.diagnosis.verdict.address
    near = [
        each
        for each in added
        if sender is not None
        and address is not None
        and each.host == sender.endpoint
        and each.version == address.version
        and not stopping.uncovered(situation, each.source.address)
    ]
    target = situation.question.target.short if netns is None else netns.endpoint.short
    return SenderPeers(target, tuple(near), tuple(_peers(situation)))


def _peers(situation: Situation) -> list[Endpoint]:
    """Others on the sender's network, whom a rule was meant for too if there was one for this network."""
    sender, packet = situation.sender, situation.packet()
    if not situation.missed or sender is None or packet is None:
        return []
    own = [Prefix.of(each.address, each.length) for each in sender.addresses() if each.address == packet.source]
    return [
        netns.endpoint for netns in situation.namespaces
        if netns not in (sender, situation.target) and netns.endpoint.kind in ("container", "netns")
        and any(each.address in prefix and not stopping.uncovered(situation, each.address)
                for each in netns.addresses() for prefix in own)
    ][:_PEERS]  # fmt: skip


def still_arrives(situation: Situation, alike: SenderPeers, question: ReachQuestion) -> list[str]:
    """Machines beside the sender from which it arrives all the same."""
    lab = situation.lab
    names = {each.source: each.name for each in add_outsiders(lab, list(alike.near))}
    names.update((end, end.short) for end in alike.peers)
    questions = [attrs.evolve(question, sender=end, probe=question.probe.plain) for end in names]
    verdicts = ask_all(lab, questions, watch=True) if questions else []
    return [name for name, verdict in zip(names.values(), verdicts, strict=True) if verdict]
