"""Probe requests and their answers, each as if it was the only one, with as little work as that allows.

    asker = Asker(lab, in_place=False)
    answers = asker.answers([ProbeRequest(sender, address, probe), ...])

Probes are sent together where that changes nothing (`vnetsim.reach.probing.sweep`), and each on a copy of the lab where
one would affect the next (`vnetsim.reach.translation.independence`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from copy import copy
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, TypeAlias, TypeVar

import attrs

from vnetsim.observations import SocketEntry
from vnetsim.reach.endpoints import services
from vnetsim.reach.endpoints.endpoints import Endpoint, addresses_of, all_endpoints, network_of, state_of
from vnetsim.reach.endpoints.names import Meanings, resolve_all
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.equivalence.classes import EquivalenceClasses
from vnetsim.reach.equivalence.naming import NameClasses
from vnetsim.reach.forks.workers import WORTH_A_PROCESS, at_once, can_fork, cores, each_alone, elsewhere, parts_of
from vnetsim.reach.probing.arrivals import Arrival, Arrivals
from vnetsim.reach.probing.entries import Entries, EntryPoint
from vnetsim.reach.probing.orbits import NameQuestion, SharedAnswers, SharedMeanings
from vnetsim.reach.probing.probes import ask_all
from vnetsim.reach.probing.single import answer_of, probed, question_of
from vnetsim.reach.probing.sweep import Answer, Backlog, ProbeRequest, sweep, unlimited
from vnetsim.reach.probing.verdict import ProbeVerdict
from vnetsim.reach.translation.independence import (
    backlog_left,
    backlog_size,
    has_moving_ports,
    is_frail,
    is_slow,
    is_stopped,
    nexthop_exceptions,
    owners,
    remembers,
)
from vnetsim.reach.translation.translations import PROXY, Translation, address_of
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    from vnetsim.journal import Recipe
    from vnetsim.lab.base_lab import BaseLab

Item = TypeVar("Item")
Got = TypeVar("Got")

#: Is given how many answers are known, and of how many.
Progress: TypeAlias = Callable[[int, int], object]
#: Where a server is reached.
ServerAddress: TypeAlias = tuple[Address, Probe]
#: What programs that were started just before need until they listen, in simulated seconds.
SETTLE_SECONDS: Final = 1.0
#: Fewer probes for each end are sent sooner than it is found out which of them are the same.
_WORTH_CLASSES: Final = 5
#: Datagrams that are watched at the same time.
_WATCHED: Final = 20


class Asker:
    """Sends probes in a copy of a lab, or in the lab itself if `in_place`, which changes it as programs do, in `jobs`
    processes.

    `lab` is the one that is probed, `running` its possible destinations, `senders` its senders, `entries` how
    they are reached by translations; `progress` is called meanwhile.
    """

    def __init__(
        self, lab: BaseLab, *, in_place: bool = False, jobs: int | None = None, progress: Progress | None = None
    ) -> None:
        self._origin, self._before = lab, len(lab.journal.requests)
        self.progress, self._done, self._of = progress, 0, 0
        self._jobs = jobs or (cores() if can_fork() else 1)
        self.lab = lab if in_place else lab.fork()
        self.lab.sleep(SETTLE_SECONDS)
        self.running = [one for one in all_endpoints(self.lab) if network_of(self.lab, one) is not None]
        #: A paused container answers as its kernel does, and sends nothing.
        self.senders = [one for one in self.running if state_of(self.lab, one) != "paused"]
        self._owner = owners(self.lab)
        self.entries = Entries(self.lab, self.running)
        self._servers_of: dict[Endpoint, list[Probe]] = {}

    def answers(
        self, requests: Sequence[ProbeRequest], watched: Collection[ProbeRequest] = ()
    ) -> dict[ProbeRequest, Answer]:
        """What became of each; of those that are `watched`, and of datagrams, where they arrived as well."""
        if not self.shares(len(requests)):
            return self._answers(requests, watched)
        shared = self.shared_answers(requests, lambda: requests, frozenset(watched).__contains__)
        return {request: shared[request] for request in requests}

    def shares(self, probes: int) -> bool:
        """Whether there are so many probes that it is found out which are the same, and some are."""
        return probes >= _WORTH_CLASSES * len(self.running) and bool(self.classes)

    def shared_answers(
        self, first_ones: Iterable[ProbeRequest], everything: Callable[[], Iterable[ProbeRequest]],
        is_watched: Callable[[ProbeRequest], bool],
    ) -> SharedAnswers:  # fmt: skip
        """What became of everything, as if each was asked by itself; `first_ones` has one of each orbit at least."""
        shared = SharedAnswers(self.classes, is_watched)
        shared.send(first_ones, everything, lambda some: self._answers(some, set(filter(is_watched, some))))
        return shared

    @cached_property
    def classes(self) -> EquivalenceClasses:
        """Of those that are running, as things are before anything is asked."""
        return EquivalenceClasses(self.lab, self.running)

    @cached_property
    def name_classes(self) -> NameClasses:
        return NameClasses(self.lab, self.running, self.classes)

    def _answers(
        self, requests: Sequence[ProbeRequest], watched: Collection[ProbeRequest]
    ) -> dict[ProbeRequest, Answer]:
        """Each asked by itself."""
        self._done, self._of = 0, len(requests)
        if remembers(self.lab) or has_moving_ports(self.lab):
            return dict(zip(requests, self._alone(requests, watch=bool(watched)), strict=True))
        frail = self._frail | self._filled_by(requests)
        alone = [request for request in requests if self._goes_to(request, frail)]
        answers = dict(zip(alone, self._alone(alone, watch=bool(watched)), strict=True))
        rest = [request for request in requests if request not in answers]
        together = [request for request in rest if request.probe.protocol != "udp" and request not in watched]
        self.report(len(answers))
        answers.update(zip(together, self._together(together), strict=True))
        self._done = len(answers)
        seen = [request for request in rest if request.probe.protocol != "udp" and request in watched]
        answers.update(self._located(seen))
        datagrams = [request for request in rest if request not in answers]
        for first in range(0, len(datagrams), _WATCHED):
            some = datagrams[first : first + _WATCHED]
            with unlimited(self.lab):
                verdicts = ask_all(self.lab, [question_of(request) for request in some], watch=True)
            answers.update((request, self._answer(v)) for request, v in zip(some, verdicts, strict=True))
            self._done = len(answers)
            self.report(0)
        return answers

    def report(self, more: int) -> None:
        """So many answers more than `_done` are known."""
        if self.progress is not None:
            self.progress(self._done + more, self._of)

    def _located(self, requests: list[ProbeRequest]) -> dict[ProbeRequest, Answer]:
        """Answers with their destination: by the trace, unless there is but one server that can have answered."""
        only = {request: server for request in requests if (server := self._only_server(request)) is not None}
        quick = list(only)
        found = {
            request: attrs.evolve(answer, arrival=only[request]) if answer else answer
            for request, answer in zip(quick, self._together(quick), strict=True)
        }
        rest = [request for request in requests if request not in only]
        return found | dict(zip(rest, self._together(rest, watch=True), strict=True))

    def _only_server(self, request: ProbeRequest) -> Arrival | None:
        """The only server that can accept this connection: neither the owner of the address nor a proxy alone."""
        candidates = self._candidates.get((request.address, request.probe), set())
        if request.probe.protocol != "tcp" or len(candidates) != 1:
            return None
        owners = [request.sender] if request.address.is_loopback else self._owners(request.address)
        if any((one, request.probe.port) in self._own_servers for one in owners):
            return None
        netns = request.address.version, int(request.address), request.probe.protocol, request.probe.port
        proxies = [each for each in self._proxies if each.covers(*netns)]
        return next(iter(candidates)) if self._working.issuperset(proxies) else None

    @cached_property
    def _candidates(self) -> dict[ServerAddress, set[Arrival]]:
        """Where each address and port may lead by a translation."""
        found: dict[ServerAddress, set[Arrival]] = {}
        for one in self.running:
            for probe in self.servers(one):
                for entry in self.entries.to(one, probe):
                    where = Arrival(self.entries.labels[one], probe.port)
                    found.setdefault((entry.address, entry.probe), set()).add(where)
        return found

    @cached_property
    def _own_servers(self) -> set[tuple[Endpoint, int]]:
        """TCP servers that are no proxies."""
        return {
            (one, entry.local_port)
            for one in self.running
            for entry in services.sockets(self.lab, one)
            if entry.protocol == "tcp" and entry.process != "docker-proxy"
        }

    @cached_property
    def _proxies(self) -> list[Translation]:
        return [e for e in self.entries.translations if e.hook == PROXY and e.matched.protocols == {"tcp"}]

    @cached_property
    def _working(self) -> set[Translation]:
        """Proxies that get through to their server, whoever the client."""
        found = {}
        for each in self._proxies:
            host = self.entries.owner_of(each.namespace)
            if host is not None and each.addresses is not None and each.ports is not None:
                address = address_of(each.version, each.addresses[0])
                found[each] = ProbeRequest(host, address, Probe("tcp", each.ports[0]))
        requests = list(dict.fromkeys(found.values()))
        answers = dict(zip(requests, self._together(requests), strict=True))
        return {each for each, request in found.items() if answers[request]}

    def _owners(self, address: Address) -> list[Endpoint]:
        return self._owned.get(address, [])

    @cached_property
    def _owned(self) -> dict[Address, list[Endpoint]]:
        """Who has each address that others can use."""
        found: dict[Address, list[Endpoint]] = {}
        for one in self.running:
            for address in addresses_of(self.lab, one):
                found.setdefault(address, []).append(one)
        return found

    def _answer(self, verdict: ProbeVerdict) -> Answer:
        return answer_of(verdict, self.arrivals())

    @property
    def arrivals(self) -> Callable[[], Arrivals]:
        """Makes what tells, of a trace that it listens to, where packets arrive."""
        return partial(Arrivals, self.entries.translations)

    def _together(self, requests: list[ProbeRequest], *, watch: bool = False) -> list[Answer]:
        parts = self._shared_out(partial(_sweep_part, watch=watch), requests, len(requests))
        if any(exceptions for _, exceptions in parts):
            # A redirect for one of them changed another one's route.
            return self._alone(requests, watch=watch)
        return [answer for answers, _ in parts for answer in answers]

    def meanings(self, names: Mapping[Endpoint, Sequence[str]]) -> Meanings:
        """What its names mean to each sender."""
        if not self.shares(sum(map(len, names.values()))):
            return self._meanings(names)
        questions = [(sender, name) for sender, some in names.items() for name in some]
        shared = self.shared_meanings(questions, lambda: questions)
        return {question: shared[question] for question in questions}

    def shared_meanings(
        self, first_ones: Iterable[NameQuestion], everything: Callable[[], Iterable[NameQuestion]]
    ) -> SharedMeanings:
        """The same for names."""
        shared = SharedMeanings(self.name_classes)
        shared.ask(first_ones, everything, self._meanings)
        return shared

    def _meanings(self, names: Mapping[Endpoint, Sequence[str]]) -> Meanings:
        parts = self._shared_out(_resolved, list(names.items()), sum(map(len, names.values())))
        return {key: answer for part in parts for key, answer in part.items()}

    def _shared_out(self, call: Callable[[Asker, Sequence[Item]], Got], items: Sequence[Item], work: int) -> list[Got]:
        """The results of processes for their parts of the items; here and as one part if there is too little work."""
        if not items:
            return []
        parts = parts_of(items, max(1, min(self._jobs, work // WORTH_A_PROCESS)))
        if len(parts) < 2:
            return [call(self, items)]
        if can_fork():
            quiet = copy(self)
            quiet.progress = None
            return at_once(partial(call, quiet), parts, lambda done: self.report(sum(map(len, parts[:done]))))
        return elsewhere(partial(_made_again, self._origin.journal.recipe(self._before)), call, parts)

    def servers(self, one: Endpoint) -> list[Probe]:
        """The ports at which it takes what comes, on loopback too."""
        if one not in self._servers_of:
            self._servers_of[one] = services.servers(self.lab, one)
        return self._servers_of[one]

    def ports(self, one: Endpoint, *, to_itself: bool = True) -> list[Probe]:
        """The probes of an endpoint: an echo request, its servers, and what is translated at its addresses.

        A server on loopback counts if a translation may lead there.  `to_itself`: ports at its addresses that lead to
        other ports of its own count, too.
        """
        found = dict.fromkeys([Probe()])
        owner = one if one.address is None else self.owner(one.address)
        if owner is not None:
            heard = services.listening(self.lab, owner)
            found.update(dict.fromkeys(Probe(entry.protocol, entry.local_port) for entry in heard))
            found.update(dict.fromkeys(p for p in self.servers(owner) if p not in found and self.entries.to(owner, p)))
        own = {one.address} if one.address is not None else set(addresses_of(self.lab, one))
        found.update(
            dict.fromkeys(
                entry.probe
                for server, entry in self.all_entries
                if entry.address in own and (to_itself or server != owner)
            )
        )
        return list(found)

    def owner(self, address: Address) -> Endpoint | None:
        """Who has an address that others can use."""
        return next(iter(self._owners(address)), None)

    @cached_property
    def all_entries(self) -> list[tuple[Endpoint, EntryPoint]]:
        """To every server, and to every machine by an echo request."""
        if not self.entries:
            return []
        probes = [(one, probe) for one in self.running for probe in (Probe(), *self.servers(one))]
        return list(dict.fromkeys((one, entry) for one, probe in probes for entry in self.entries.to(one, probe)))

    @cached_property
    def _frail(self) -> dict[ServerAddress, Backlog]:
        """Servers that take one client and leave, by where they are reached."""
        return self._servers(lambda entry: is_frail(self._owner(entry)))

    @cached_property
    def _slow(self) -> dict[ServerAddress, Backlog]:
        """Servers that let few clients wait."""
        return self._servers(is_slow)

    def _filled_by(self, requests: Sequence[ProbeRequest]) -> dict[ServerAddress, Backlog]:
        """Servers that will not accept soon, and whose backlog is too short for these: later clients are not let in."""
        stopped = self._servers(lambda entry: entry.protocol == "tcp" and is_stopped(self._owner(entry)), backlog_left)
        going = Counter(
            backlog.server for request in requests if (backlog := self._goes_to(request, stopped)) is not None
        )
        return {netns: backlog for netns, backlog in stopped.items() if 0 < backlog.clients < going[backlog.server]}

    def _servers(
        self, wanted: Callable[[SocketEntry], bool], clients: Callable[[SocketEntry], int] = backlog_size
    ) -> dict[ServerAddress, Backlog]:
        """By their own addresses, and by those that are translated to them."""
        lab = self.lab
        found: dict[ServerAddress, Backlog] = {}
        for one in self.running:
            for socket in services.sockets(lab, one):
                if wanted(socket):
                    probe, backlog = (
                        Probe(socket.protocol, socket.local_port),
                        Backlog((one, socket.local_port), clients(socket)),
                    )
                    found.update(((address, probe), backlog) for address in addresses_of(lab, one))
                    for entry in self.entries.to(one, probe):
                        found.setdefault((entry.address, entry.probe), backlog)
        return found

    def backlog(self, request: ProbeRequest) -> Backlog | None:
        """Of those that let few clients wait."""
        return self._goes_to(request, self._slow)

    def _goes_to(self, request: ProbeRequest, servers: dict[ServerAddress, Backlog]) -> Backlog | None:
        """Which of these it goes to."""
        return servers.get((request.address, request.probe))

    def _alone(self, requests: Sequence[ProbeRequest], *, watch: bool = False) -> list[Answer]:
        return self.on_copies(partial(probed, arrivals=self.arrivals if watch else None), requests)

    def alone(self, request: ProbeRequest) -> Answer:
        """What became of one, on a copy of the lab, and where it arrived."""
        return probed(self.copy(), request, arrivals=self.arrivals)

    def on_copies(self, call: Callable[[BaseLab, Item], Got], items: Sequence[Item]) -> list[Got]:
        """The result of `call` for each item, each on a lab as it was before the first probe; it may be pickled."""
        if len(items) > 1 and can_fork():
            return each_alone(partial(call, self.copy()), items, self._jobs)
        return [call(self.copy(), item) for item in items]

    def copy(self) -> BaseLab:
        """A lab as it was before the first probe."""
        lab = self._origin.fork(self._before)
        lab.sleep(SETTLE_SECONDS)
        return lab


def _made_again(recipe: Recipe) -> Asker:
    return Asker(recipe(), in_place=True, jobs=1)


def _sweep_part(asker: Asker, requests: Sequence[ProbeRequest], *, watch: bool) -> tuple[list[Answer], int]:
    answers = sweep(asker.lab, requests, asker.backlog, asker.arrivals if watch else None, asker.report)
    return answers, nexthop_exceptions(asker.lab)


def _resolved(asker: Asker, names: Sequence[tuple[Endpoint, Sequence[str]]]) -> Meanings:
    return resolve_all(asker.lab, dict(names))
