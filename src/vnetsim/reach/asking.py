"""Shots and their answers, each as if it was the only one, with as little work as that allows.

    asker = Asker(lab, in_place=False)
    answers = asker.answers([Shot(sender, address, probe), ...])

Sent together where that changes nothing (`vnetsim.reach.sweep`), and each on a copy of the lab where one would decide
about the next (`vnetsim.reach.independence`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

from vnetsim.observations import SocketEntry
from vnetsim.reach import services
from vnetsim.reach.endpoints import Endpoint, Probe, Question, addresses_of, everybody, network_of, state_of
from vnetsim.reach.independence import (
    is_frail,
    is_slow,
    is_stopped,
    lessons,
    owners,
    remembers,
    room_left,
    waiting_room,
)
from vnetsim.reach.names import Meanings, resolve_all
from vnetsim.reach.probes import ask, ask_all
from vnetsim.reach.sweep import Answer, Room, Shot, sweep
from vnetsim.reach.workers import WORTH_A_PROCESS, at_once, can_fork, cores, each_alone, elsewhere, parts_of
from vnetsim.wire.inet import LOOPBACK4, Address

if TYPE_CHECKING:
    from vnetsim.journal import Recipe
    from vnetsim.lab import Lab

Item = TypeVar("Item")
Got = TypeVar("Got")

#: Where a server is reached.
Place: TypeAlias = tuple[Address, Probe]
#: What programs that were started just before need until they listen, in simulated seconds.
SETTLE_SECONDS: Final = 1.0
#: Datagrams that are watched at the same time.
_WATCHED: Final = 20


class Asker:
    """Asks a copy of a lab, or the lab itself if `in_place`, which changes it as programs do, in so many processes.

    `lab` is the one that is asked, `running` everybody in it who can be asked, `senders` who can send, `doors` its
    published ports.
    """

    def __init__(self, lab: Lab, *, in_place: bool = False, jobs: int | None = None) -> None:
        self._origin, self._before = lab, len(lab.journal.requests)
        self._jobs = jobs or (cores() if can_fork() else 1)
        self.lab = lab if in_place else lab.fork()
        self.lab.sleep(SETTLE_SECONDS)
        self.running = [one for one in everybody(self.lab) if network_of(self.lab, one) is not None]
        #: A paused container answers as its kernel does, and sends nothing.
        self.senders = [one for one in self.running if state_of(self.lab, one) != "paused"]
        self._owner = owners(self.lab)
        self.doors = services.published(self.lab)

    def answers(self, shots: Sequence[Shot]) -> dict[Shot, Answer]:
        """What became of each."""
        if remembers(self.lab):
            return dict(zip(shots, self._alone(shots), strict=True))
        frail = self._frail | self._filled_by(shots)
        alone = [shot for shot in shots if self._goes_to(shot, frail)]
        answers = dict(zip(alone, self._alone(alone), strict=True))
        rest = [shot for shot in shots if shot not in answers]
        together = [shot for shot in rest if shot.probe.protocol != "udp"]
        answers.update(zip(together, self._together(together), strict=True))
        datagrams = [shot for shot in rest if shot not in answers]
        for first in range(0, len(datagrams), _WATCHED):
            some = datagrams[first : first + _WATCHED]
            verdicts = ask_all(self.lab, [question_of(shot) for shot in some], watch=True)
            answers.update((shot, Answer(v.outcome, v.words)) for shot, v in zip(some, verdicts, strict=True))
        return answers

    def _together(self, shots: list[Shot]) -> list[Answer]:
        swept = self._shared_out(_swept, shots, len(shots))
        if any(learned for _, learned in swept):
            # A redirect for one of them made another one go another way.
            return self._alone(shots)
        return [answer for answers, _ in swept for answer in answers]

    def meanings(self, names: Mapping[Endpoint, Sequence[str]]) -> Meanings:
        """What its names mean to each sender."""
        parts = self._shared_out(_resolved, list(names.items()), sum(map(len, names.values())))
        return {key: told for part in parts for key, told in part.items()}

    def _shared_out(self, call: Callable[[Asker, Sequence[Item]], Got], items: Sequence[Item], work: int) -> list[Got]:
        """What processes said of their parts of the items; here and as one part if there is too little work."""
        parts = parts_of(items, max(1, min(self._jobs, work // WORTH_A_PROCESS)))
        if len(parts) < 2:
            return [call(self, items)]
        if can_fork():
            return at_once(partial(call, self), parts)
        return elsewhere(partial(_made_again, self._origin.journal.recipe(self._before)), call, parts)

    @cached_property
    def _frail(self) -> dict[Place, Room]:
        """Servers that take one client and leave, by where they are reached."""
        return self._servers(lambda entry: is_frail(self._owner(entry)))

    @cached_property
    def _slow(self) -> dict[Place, Room]:
        """Servers that let few clients wait."""
        return self._servers(is_slow)

    def _filled_by(self, shots: Sequence[Shot]) -> dict[Place, Room]:
        """Servers that nobody is about to serve, and that these are too many for: who comes late is not let in."""
        stopped = self._servers(lambda entry: entry.protocol == "tcp" and is_stopped(self._owner(entry)), room_left)
        going = Counter(room.server for shot in shots if (room := self._goes_to(shot, stopped)) is not None)
        return {place: room for place, room in stopped.items() if 0 < room.clients < going[room.server]}

    def _servers(
        self, wanted: Callable[[SocketEntry], bool], clients: Callable[[SocketEntry], int] = waiting_room
    ) -> dict[Place, Room]:
        lab = self.lab
        return {
            (address, Probe(entry.protocol, entry.local_port)): Room((one, entry.local_port), clients(entry))
            for one in self.running
            for entry in services.listening(lab, one)
            if wanted(entry)
            for address in addresses_of(lab, one)
        }

    def room(self, shot: Shot) -> Room | None:
        """Of those that let few clients wait."""
        return self._goes_to(shot, self._slow)

    def _goes_to(self, shot: Shot, servers: dict[Place, Room]) -> Room | None:
        """Which of these it goes to, maybe by a published port."""
        if not servers:
            return None
        found = servers.get((shot.address, shot.probe))
        if found is None and (shot.address, shot.probe) in self._leads_to:
            return next(
                (servers[place] for place in self._leads_to[shot.address, shot.probe] if place in servers), None
            )
        return found

    @cached_property
    def _leads_to(self) -> dict[Place, list[Place]]:
        """Where each published port of the host leads."""
        lab = self.lab
        found: dict[Place, list[Place]] = {}
        own = [LOOPBACK4, *addresses_of(lab, Endpoint("host"))]
        for door in self.doors:
            inside = [(address, door.inside) for address in addresses_of(lab, Endpoint("container", door.container))]
            for address in own:
                if door.covers(address, door.probe):
                    found.setdefault((address, door.probe), []).extend(inside)
        return found

    def _alone(self, shots: Sequence[Shot]) -> list[Answer]:
        return self.on_copies(_asked, shots)

    def on_copies(self, call: Callable[[Lab, Item], Got], items: Sequence[Item]) -> list[Got]:
        """What `call` says of each item, each on a lab as it was before anything was asked; it may be pickled."""
        if len(items) > 1 and can_fork():
            return each_alone(partial(call, self.copy()), items, self._jobs)
        return [call(self.copy(), item) for item in items]

    def copy(self) -> Lab:
        """A lab as it was before anything was asked."""
        copy = self._origin.fork(self._before)
        copy.sleep(SETTLE_SECONDS)
        return copy


def _made_again(recipe: Recipe) -> Asker:
    return Asker(recipe(), in_place=True, jobs=1)


def _swept(asker: Asker, shots: Sequence[Shot]) -> tuple[list[Answer], int]:
    return sweep(asker.lab, shots, asker.room), lessons(asker.lab)


def _resolved(asker: Asker, names: Sequence[tuple[Endpoint, Sequence[str]]]) -> Meanings:
    return resolve_all(asker.lab, dict(names))


def _asked(lab: Lab, shot: Shot) -> Answer:
    verdict = ask(lab, question_of(shot), watch=shot.probe.protocol == "udp")
    return Answer(verdict.outcome, verdict.words)


def question_of(shot: Shot) -> Question:
    return Question(shot.sender, Endpoint("address", str(shot.address)), shot.probe)
