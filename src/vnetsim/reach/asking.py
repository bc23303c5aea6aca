"""Shots and their answers, each as if it was the only one, with as little work as that allows.

    asker = Asker(lab, in_place=False)
    answers = asker.answers([Shot(sender, address, probe), ...])

Sent together where that changes nothing (`vnetsim.reach.sweep`), in turn where a server takes few clients at a time,
and each on a copy of the lab where one would decide about the next (`vnetsim.reach.independence`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.reach import services
from vnetsim.reach.endpoints import Endpoint, Probe, Question, addresses_of, everybody, network_of
from vnetsim.reach.independence import is_frail, is_slow, lessons, remembers
from vnetsim.reach.probes import ask, ask_all
from vnetsim.reach.sweep import Answer, Shot, sweep
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: What programs that were started just before need until they listen, in simulated seconds.
SETTLE_SECONDS: Final = 1.0
#: Datagrams that are watched at the same time.
_WATCHED: Final = 20


class Asker:
    """Asks a copy of a lab, or the lab itself if `in_place`, which changes it as programs do.

    `lab` is the one that is asked, `running` everybody in it who can send, `doors` its published ports.
    """

    def __init__(self, lab: Lab, *, in_place: bool = False) -> None:
        self._origin, self._before = lab, len(lab.journal.requests)
        self.lab = lab if in_place else lab.fork()
        self.lab.sleep(SETTLE_SECONDS)
        self.running = [one for one in everybody(self.lab) if network_of(self.lab, one) is not None]
        self.doors = services.published(self.lab)

    def answers(self, shots: Sequence[Shot]) -> dict[Shot, Answer]:
        """What became of each."""
        if remembers(self.lab):
            return {shot: self._alone(shot) for shot in shots}
        frail, slow = self._servers(frail=True), self._servers(frail=False)
        answers = {shot: self._alone(shot) for shot in shots if self._is_of(shot, frail)}
        rest = [shot for shot in shots if shot not in answers]
        answers.update((shot, _asked(self.lab, shot)) for shot in rest if self._is_of(shot, slow))
        together = [shot for shot in rest if shot not in answers and shot.probe.protocol != "udp"]
        answers.update(zip(together, self._together(together), strict=True))
        datagrams = [shot for shot in rest if shot not in answers]
        for first in range(0, len(datagrams), _WATCHED):
            some = datagrams[first : first + _WATCHED]
            verdicts = ask_all(self.lab, [question_of(shot) for shot in some], watch=True)
            answers.update((shot, Answer(v.outcome, v.words)) for shot, v in zip(some, verdicts, strict=True))
        return answers

    def _together(self, shots: list[Shot]) -> list[Answer]:
        answers = sweep(self.lab, shots)
        if lessons(self.lab):
            # A redirect for one of them made another one go another way.
            return [self._alone(shot) for shot in shots]
        return answers

    def _servers(self, *, frail: bool) -> set[tuple[Address, Probe]]:
        """Where one client at a time is served; if `frail`, only the first one."""
        lab = self.lab
        return {
            (address, Probe(entry.protocol, entry.local_port))
            for one in self.running
            for entry in services.listening(lab, one)
            if (is_frail(lab, entry) if frail else is_slow(lab, entry))
            for address in addresses_of(lab, one)
        }

    def _is_of(self, shot: Shot, servers: set[tuple[Address, Probe]]) -> bool:
        """Whether it goes to one of these, maybe by a published port."""
        if not servers:
            return False
        doors = [door for door in self.doors if door.covers(shot.address, shot.probe)]
        inside = [
            (address, door.inside)
            for door in doors
            for address in addresses_of(self.lab, Endpoint("container", door.container))
        ]
        return any(place in servers for place in ((shot.address, shot.probe), *inside))

    def _alone(self, shot: Shot) -> Answer:
        """On a copy of its own."""
        return _asked(self.copy(), shot)

    def copy(self) -> Lab:
        """A lab as it was before anything was asked."""
        copy = self._origin.fork(self._before)
        copy.sleep(SETTLE_SECONDS)
        return copy


def _asked(lab: Lab, shot: Shot) -> Answer:
    verdict = ask(lab, question_of(shot), watch=shot.probe.protocol == "udp")
    return Answer(verdict.outcome, verdict.words)


def question_of(shot: Shot) -> Question:
    return Question(shot.sender, Endpoint("address", str(shot.address)), shot.probe)
