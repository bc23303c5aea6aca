"""Remedies: changes that turn a verdict, tried on copies, and ranked by what else they change.

A change that only moves the trouble on (the packet is lost somewhere else then) is gone on from, up to three steps:
what heals two mistakes at once is found like that.  Every proposal is made on a copy of the lab by typing its
commands, and the question is asked again: nothing is believed.

Of the changes that turn the verdict, who reaches whom is compared before and after (`vnetsim.reach.remedies.effects`).
Refused are those that take out a rule by which others are kept out as well, and a block that keeps out the one sender
only. The rest are ranked: what works around a mistake behind what mends it, what closes something behind what does not,
then by the number of pairs and ports that change, of containers that end, and of commands.

Not modelled: remedies for what others than the question's own ends complain about.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from vnetsim.ddmin import shrunk
from vnetsim.errors import UsageError, VnetsimError
from vnetsim.reach.diagnosis.case import Diagnosis
from vnetsim.reach.diagnosis.diagnosis import diagnose
from vnetsim.reach.endpoints.endpoints import Endpoint, Question, containers
from vnetsim.reach.endpoints.places import Places
from vnetsim.reach.forks.copies import Copy, copied
from vnetsim.reach.probing.probes import ask, ask_all
from vnetsim.reach.remedies import proposals
from vnetsim.reach.remedies.changes import stopping
from vnetsim.reach.remedies.changes.options import lost
from vnetsim.reach.remedies.changes.situation import Change, Situation, joined
from vnetsim.reach.remedies.effects import Comparison, Effect
from vnetsim.reach.remedies.outsiders import Outsider, add_outsiders
from vnetsim.reach.remedies.remedy import Findings, Hint, Refused, Remedy
from vnetsim.wire.inet import Prefix

if TYPE_CHECKING:
    from vnetsim.lab import Lab

#: How many copies are tried before the search is given up; fewer where each takes long to make.
BUDGET: Final = 150
#: So much may be done to make copies: a command counts as one, a container as ten.
_WORK: Final = 3000
_LEAST: Final = 12
_STEPS: Final = 3
#: From how many of the changes that moved the trouble the search goes on.
_BEAM: Final = 4
#: How many changes that turn the verdict are compared, how many are proposed, and how many more are tried after the
#: first of them.
_COMPARED: Final = 4
_PROPOSED: Final = 3
_MORE: Final = 8
#: Of how many on the sender's network it is asked whether they are kept out too.
_PEERS: Final = 4
#: Simulated seconds after a change: a server has started, an address is no longer tentative.
_PAUSE_SECONDS: Final = 1.5
_PATIENCE_SECONDS: Final = 90.0
#: What the commands of a change may make travel: more than that is a storm.
_FRAMES: Final = 50_000


@attrs.define
class _Budget:
    left: int = BUDGET


@attrs.frozen(eq=False)
class Asked:
    """A question that was asked on a copy, which is as it was left then."""

    copy: Copy[Situation]
    diagnosis: Diagnosis

    @property
    def question(self) -> Question:
        return self.diagnosis.question

    def close(self) -> None:
        self.copy.close()


@attrs.frozen(eq=False)
class _Tried:
    """A change that was made on a copy, where the question ended there, and whether it arrived."""

    change: Change
    copy: Copy[Situation]
    spot: tuple[str, str, str, str]
    arrives: bool = False
    place: int = 0  #: in the order of trials


def healing(lab: Lab, start: Asked, budget: int = BUDGET) -> Findings:
    """Changes after which it arrives."""
    return _found(_Search, lab, start, budget)


def preventing(lab: Lab, start: Asked, budget: int = BUDGET) -> Findings:
    """Changes after which it does not arrive any more, nor from the sender's neighbours."""
    return _found(_Closing, lab, start, budget)


def _found(kind: type[_Search], lab: Lab, start: Asked, budget: int) -> Findings:
    with ExitStack() as copies:
        return kind(lab, start, budget, copies).find()


class _Search:
    #: A remedy with so many more effects than the best one is no alternative to it.
    more_effects = 8

    #: Whether it shall arrive, and what might turn the verdict.
    arriving = True
    proposals: Callable[[Situation], Iterator[Change]] = staticmethod(proposals.healing)

    def __init__(self, lab: Lab, start: Asked, budget: int, copies: ExitStack) -> None:
        self._lab, self._start, self._copies = lab, start, copies
        self._budget = _Budget(min(budget, max(_LEAST, _WORK // _work(lab))))
        self._seen: set[tuple[str, ...]] = set()
        self._more = _MORE
        self._hints: list[Hint] = []
        self._refused: list[Refused] = []
        self._comparison = Comparison(lab, start.question)

    def find(self) -> Findings:
        """Step by step: all proposals of one step before those of the next, which is taken if all were refused."""
        compared: list[tuple[_Tried, Remedy]] = []
        for goals in self._steps():
            once = {goal.change.commands: goal for goal in reversed(goals)}
            compared = [remedy for goal in reversed(once.values()) if (remedy := self._compared(goal)) is not None]
            if compared:
                break
        remedies = self._ranked(compared)
        return Findings(
            remedies=tuple(remedies[:_PROPOSED]), hints=tuple(self._hints), tried=len(self._seen),
            refused=tuple(dict.fromkeys(self._refused)),
        )  # fmt: skip

    def _steps(self) -> Iterator[list[_Tried]]:
        """The changes of each step that turn the verdict; the next one goes on from those that moved the trouble."""
        spots = {self._start.diagnosis.spot}
        beam = [_Tried(Change((), ""), self._start.copy, self._start.diagnosis.spot)]
        for _ in range(_STEPS):
            moved: list[_Tried] = []
            goals: list[_Tried] = []
            for tried in self._trials(beam, goals):
                if self._turns(tried):
                    goals.append(self._shortened(tried))
                    if _is_enough(goals):
                        break
                elif tried.spot not in spots and len(moved) < _BEAM:
                    spots.add(tried.spot)
                    moved.append(tried)
                else:
                    tried.copy.close()
            yield goals
            beam = moved

    def _turns(self, tried: _Tried) -> bool:
        return tried.arrives is self.arriving

    def _trials(self, beam: Iterable[_Tried], goals: list[_Tried]) -> Iterator[_Tried]:
        """What works around the mistake is not tried once something mends it."""
        proposed = [
            tried.change.then(change)
            for tried in beam
            for change in tried.copy.call(partial(_proposed, propose=self.proposals))
            # Another question is an answer of its own, and none that comes after changes.
            if change.question is None or not tried.change.commands
        ]
        for change in sorted(proposed, key=lambda each: each.cost):
            key = (*change.commands, str(change.question))
            if key in self._seen or self._budget.left <= 0 or (change.makeshift and goals):
                continue
            self._seen.add(key)
            self._budget.left -= 1
            if any(not goal.change.weakens for goal in goals):
                self._budget.left = min(self._budget.left, self._more)
                self._more -= 1
            tried = self._try(change)
            if tried is None:
                continue
            if change.commands:
                yield tried
            elif tried.arrives and change.question is not None:
                self._hints.append(Hint(description=change.words, question=change.question))
                tried.copy.close()

    def _try(self, change: Change) -> _Tried | None:
        """None if one of the commands is refused."""
        question = change.question or self._start.question
        copy = copied(self._lab, partial(_situation_after, change=change, question=question))
        self._copies.callback(copy.close)
        ending = copy.call(_ending)
        if ending is None:
            copy.close()
            return None
        spot, arrives = ending
        return _Tried(change, cast("Copy[Situation]", copy), spot, arrives, len(self._seen))

    def _shortened(self, tried: _Tried) -> _Tried:
        """Without the changes, and the rules, that make no difference."""
        change = tried.change
        parts = change.parts or tuple(attrs.evolve(change, commands=(line,)) for line in change.commands)
        rules = all(" -I " in line or " insert " in line for line in change.commands)
        if len(parts) < 2 or change.whole or not (change.parts or rules):
            return tried
        known = {parts: tried}

        def still(some: tuple[Change, ...]) -> bool:
            if some not in known and some:
                found = self._try(attrs.evolve(joined(some), words=change.words) if not change.parts else joined(some))
                if found is not None and self._turns(found):
                    known[some] = found
            return some in known

        return known[shrunk(parts, still)]

    # --- what else it changes ----------------------------------------------------------------------------------------

    def _compared(self, tried: _Tried) -> tuple[_Tried, Remedy] | None:
        """As a remedy; None, and why not, where it is to be refused."""
        change = tried.change
        effects = self._effects(tried)
        reason = self._objection(change, effects) or self._damage(tried)
        if reason:
            self._refused.append(Refused(description=change.words, reason=reason))
            return None
        return tried, Remedy(
            commands=change.commands, description=change.words, effects=effects, scope=self._comparison.scope,
            question=change.question,
        )  # fmt: skip

    def _effects(self, tried: _Tried) -> tuple[Effect, ...]:
        return self._comparison.effects(tried.copy, tried.change.question)

    def _objection(self, change: Change, effects: tuple[Effect, ...]) -> str:
        """Why no expert would sign it; "" if one would."""
        if change.weakens:
            for effect in effects:
                if effect.opens:
                    return f"it also {effect}"
        return ""

    def _damage(self, tried: _Tried) -> str:
        """That a container that is made again loses some of its options; "" if it loses none."""
        for line in tried.change.commands:
            name = line.removeprefix("docker rm -f ")
            if name != line:
                now = tried.copy.call(partial(_inspected, name=name))
                keys = lost(self._lab.docker.container_inspect(name), now)
                if keys:
                    return f"{name} would be made without its {', '.join(keys)}"
        return ""

    def _ranked(self, found: list[tuple[_Tried, Remedy]]) -> list[Remedy]:
        """The best one, and others that do something else, not just more, and do not change much more."""
        order = [remedy for _, remedy in sorted(found, key=_rank)]
        fewest = len(order[0].effects) if order else 0
        different = {_manner(remedy): remedy for remedy in reversed(order)}
        return [
            each for place, each in enumerate(order)
            if each in different.values() and len(each.effects) <= fewest + self.more_effects
            and not any(set(better.commands) < set(each.commands) for better in order[:place])
        ]  # fmt: skip


def _manner(remedy: Remedy) -> tuple[str, ...]:
    """What tells one way to do it from another: not the addresses in a rule, nor the size of an MTU."""
    return tuple(_PARTICULARS.sub(r"\1", line) for line in remedy.commands)


_PARTICULARS: Final = re.compile(r"((?:ip6?tables(?: -t \w+)? -I [\w-]+|nft insert rule|mtu)) .*")


def _rank(found: tuple[_Tried, Remedy]) -> tuple[bool, int, int, int, int, int]:
    """Of those that change as much, what ends containers is behind, by their number."""
    tried, remedy = found
    ended = sum(map(_ended, remedy.commands))
    return tried.change.makeshift, len(remedy.closes), len(remedy.effects), ended, len(remedy.commands), tried.place


def _ended(line: str) -> int:
    """How many containers end by a command, to be made anew or started again."""
    if line.startswith("docker start "):
        return len(line.split()) - len(("docker", "start"))
    return int(line.startswith("docker rm "))


def _work(lab: Lab) -> int:
    """How much is done to make a copy."""
    return len(lab.journal.requests) + 10 * len(containers(lab)) + 5


def _is_enough(goals: list[_Tried]) -> bool:
    return sum(not goal.change.weakens for goal in goals) >= _COMPARED


class _Closing(_Search):
    """Keeping something out: for the sender and for those like it.  More than that may be closed, and is told."""

    more_effects = 1000
    arriving = False
    proposals = staticmethod(proposals.preventing)

    @cached_property
    def _alike(self) -> _Alike:
        return self._start.copy.call(partial(_like_the_sender, added=self._comparison.added))

    def _turns(self, tried: _Tried) -> bool:
        if not super()._turns(tried):
            return False
        others = tried.copy.call(partial(_still_arrives, alike=self._alike, question=self._start.question))
        if others:
            reason = f"it still arrives from {', '.join(others)}"
            self._refused.append(Refused(description=tried.change.words, reason=reason))
        return not others

    def _effects(self, tried: _Tried) -> tuple[Effect, ...]:
        """That it is closed for those who are like the sender is what is wanted."""
        port = str(self._start.question.probe.plain)
        alike = {each.name for each in self._comparison.added} | {end.short for end in self._alike.peers}
        return tuple(
            each for each in super()._effects(tried)
            if each.opens or each.source not in alike or (each.destination, each.port) != (self._alike.target, port)
        )  # fmt: skip


# --- what is done on copies ------------------------------------------------------------------------------------------


def asked(lab: Lab, question: Question) -> Asked:
    """Ask on a copy, and find out why.  Whoever asks closes the copy."""
    copy = copied(lab, partial(situation_of, question=question))
    try:
        return Asked(copy, copy.call(_diagnosis))
    except BaseException:
        copy.close()
        raise


def situation_of(lab: Lab, question: Question) -> Situation:
    """What a question comes to in a lab, which it changes."""
    verdict = ask(lab, question, settle=True)
    places = Places(lab)
    return Situation(lab, diagnose(lab, verdict, places), places)


def _situation_after(lab: Lab, change: Change, question: Question) -> Situation | None:
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


def _diagnosis(situation: Situation) -> Diagnosis:
    return situation.diagnosis


def _ending(situation: Situation | None) -> tuple[tuple[str, str, str, str], bool] | None:
    """Where it ended, and whether it arrived."""
    return None if situation is None else (situation.diagnosis.spot, situation.diagnosis.arrives)


def _proposed(situation: Situation, propose: Callable[[Situation], Iterator[Change]]) -> list[Change]:
    return list(dict.fromkeys(propose(situation)))


def _inspected(situation: Situation, name: str) -> Any:
    return situation.lab.docker.container_inspect(name)


@attrs.frozen
class _Alike:
    """Who must be kept out as well as the sender: `near` are added, `peers` there; `target` is what they ask."""

    target: str
    near: tuple[Outsider, ...]
    peers: tuple[Endpoint, ...]


def _like_the_sender(situation: Situation, added: Iterable[Outsider]) -> _Alike:
    sender, place = situation.sender, situation.target
    address = situation.diagnosis.verdict.address
    near = [
        each for each in added
        if sender is not None and address is not None
        and each.host == sender.endpoint and each.version == address.version
        and not stopping.uncovered(situation, each.source.address)
    ]  # fmt: skip
    target = situation.question.target.short if place is None else place.endpoint.short
    return _Alike(target, tuple(near), tuple(_peers(situation)))


def _peers(situation: Situation) -> list[Endpoint]:
    """Others on the sender's network, whom a rule was meant for too if there was one for this network."""
    sender, packet = situation.sender, situation.packet()
    if not situation.missed or sender is None or packet is None:
        return []
    own = [Prefix.of(each.address, each.length) for each in sender.addresses() if each.address == packet.source]
    return [
        place.endpoint for place in situation.places
        if place not in (sender, situation.target) and place.endpoint.kind in ("container", "netns")
        and any(each.address in prefix and not stopping.uncovered(situation, each.address)
                for each in place.addresses() for prefix in own)
    ][:_PEERS]  # fmt: skip


def _still_arrives(situation: Situation, alike: _Alike, question: Question) -> list[str]:
    """Machines beside the sender from which it arrives all the same."""
    lab = situation.lab
    names = {each.source: each.name for each in add_outsiders(lab, list(alike.near))}
    names.update((end, end.short) for end in alike.peers)
    questions = [attrs.evolve(question, sender=end, probe=question.probe.plain) for end in names]
    verdicts = ask_all(lab, questions, watch=True) if questions else []
    return [name for name, verdict in zip(names.values(), verdicts, strict=True) if verdict]
