"""What proposals are made from, and what they are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from vnetsim.reach.diagnosis.case import Diagnosis
from vnetsim.reach.diagnosis.missed import Missed, missed
from vnetsim.reach.endpoints.endpoints import containers
from vnetsim.reach.endpoints.name_lookup import network_owner
from vnetsim.reach.endpoints.netns import LabNamespaces, LabNetns
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.walks.loss import Loss, arrival
from vnetsim.reach.walks.packets import content
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


@frozen
class Change:
    """A proposal: commands to be typed on the host, a text of what they do, and the question afterwards.

    `question` is another path to the same destination (a port of the host that leads to it), None for the question as
    it was.  Without commands it is no change at all but a hint: another question that would be answered.

    A `makeshift` works around a mistake, or does more than is needed: it is tried when nothing better is left.
    `weakens` takes out a rule that drops: only if no other endpoint is reached, or reaches more, because of it.
    `whole`: its rules belong together, even if one of them makes no difference to the question.
    """

    commands: tuple[str, ...]
    text: str
    question: ReachQuestion | None = None
    makeshift: bool = False
    weakens: bool = False
    #: Of several changes one after the other: each of them.
    parts: tuple[Change, ...] = ()
    whole: bool = False

    def then(self, other: Change) -> Change:
        """First the one, then the other."""
        if not self.commands and self.question is None:
            return other
        return joined([*(self.parts or (self,)), other])

    @property
    def cost(self) -> tuple[bool, int]:
        return self.makeshift, len(self.commands)


def joined(parts: Sequence[Change]) -> Change:
    """Changes one after the other; there is at least one."""
    first, *rest = parts
    if not rest:
        return first
    return Change(
        tuple(line for part in parts for line in part.commands),
        ", and ".join(part.text for part in parts),
        next((part.question for part in reversed(parts) if part.question is not None), None),
        makeshift=any(part.makeshift for part in parts),
        weakens=any(part.weakens for part in parts),
        parts=tuple(parts),
    )


class Situation:
    """A lab, a question and the diagnosis of its answer."""

    def __init__(self, lab: BaseLab, diagnosis: Diagnosis, namespaces: LabNamespaces) -> None:
        self.lab, self.diagnosis, self.namespaces = lab, diagnosis, namespaces

    @property
    def code(self) -> str:
        return self.diagnosis.code

    @property
    def question(self) -> ReachQuestion:
        return self.diagnosis.question

    @cached_property
    def sender(self) -> LabNetns | None:
        return self.namespaces.of(self.question.sender)

    @cached_property
    def target(self) -> LabNetns | None:
        """The namespace of the destination, or that which has the destination's address."""
        found = self.namespaces.of(self.question.target)
        address = self.diagnosis.verdict.address
        if address is not None and address.is_loopback:
            return self.sender
        return found or (None if address is None else self.namespaces.owner(address))

    @cached_property
    def spot(self) -> LabNetns | None:
        """Where it ended."""
        return self.namespaces.find(self.diagnosis.namespace)

    @cached_property
    def path(self) -> list[LabNetns]:
        """The namespaces that the packets came through, the ends included, in order."""
        labels = [event.namespace for event in self.diagnosis.verdict.events if event.packet in self._packets]
        found = [self.sender, *(self.namespaces.find(label) for label in labels), self.target]
        return list(dict.fromkeys(netns for netns in found if netns is not None))

    @cached_property
    def _packets(self) -> set[int]:
        verdict = self.diagnosis.verdict
        found = {*verdict.packets[:1], *(made.packet for made in verdict.replies())}
        if self.diagnosis.resolution is not None:
            found.update(self.diagnosis.resolution.requests)
        return found

    @cached_property
    def joined(self) -> dict[str, list[str]]:
        """The containers whose network others share (`--network container:NAME`), and these."""
        found: dict[str, list[str]] = {}
        for name in containers(self.lab):
            owner = network_owner(self.lab, name)
            if owner != name:
                found.setdefault(owner, []).append(name)
        return found

    @cached_property
    def missed(self) -> list[Missed]:
        """Of what arrived: the rules that were meant to stop it."""
        return missed(self.namespaces, self.diagnosis.verdict) if self.diagnosis.arrives else []

    @property
    def loss(self) -> Loss | None:
        return self.diagnosis.lost[0] if self.diagnosis.lost else None

    def packet(self, loss: Loss | None = None) -> Any:
        """The IP packet that was lost, as it was last seen; that of the request where none was."""
        verdict, loss = self.diagnosis.verdict, loss or self.loss
        identity = loss.packet if loss is not None else verdict.request
        return content(event for event in verdict.events if event.packet == identity)

    @property
    def towards(self) -> Address | None:
        """Where the lost packet was to go: for an answer that was not even made, back to the sender."""
        packet, diagnosis = self.packet(), self.diagnosis
        back: Address | None = None if packet is None else packet.source
        there: Address | None = diagnosis.verdict.address if packet is None else packet.destination
        return back if diagnosis.packet == "reply" and not diagnosis.lost else there

    @property
    def arrived(self) -> bool:
        return arrival(self.diagnosis.verdict) is not None

    @property
    def is_closed(self) -> bool:
        """Whether the request came as far as the machine that it is for, and no socket listens there."""
        return self.code == "NO_SOCKET" and self.diagnosis.packet == "request" and self.spot is self.target
