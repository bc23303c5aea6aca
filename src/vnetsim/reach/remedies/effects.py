"""What a change does besides: who reaches whom at which port, by real packets before and after it, on copies.

    comparison = Comparison(lab, question)
    comparison.effects(changed_copy)          # (Effect(lan -> web tcp/80, opens), ...)

The probes are an echo request, the TCP and UDP ports at which the destination listens or that are published there,
and one TCP port without a listener: it represents all others, and a reset by the destination itself shows that no rule
drops it.  Sources are the senders of the lab and some machines that it does not have
(`vnetsim.reach.remedies.outsiders`).

In a large lab one end of each kind and network represents those like it; `Comparison.scope` is what was compared.

Not modelled: connections that last; ports that only a client of this lab would know; more than one port without a
listener.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final, NamedTuple

from vnetsim.dropreason import DropReason
from vnetsim.reach.diagnosis.missed import forbidden_ports
from vnetsim.reach.endpoints import services
from vnetsim.reach.endpoints.endpoints import Endpoint, addresses_of, all_endpoints, network_of, state_of
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.reach.endpoints.probe import Probe
from vnetsim.reach.endpoints.publications import Publication, publications
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.forks.copies import Copy, copied
from vnetsim.reach.probing.asking import SETTLE_SECONDS
from vnetsim.reach.probing.probes import ask_all
from vnetsim.reach.probing.verdict import Outcome, ProbeVerdict
from vnetsim.reach.remedies.outsiders import Outsider, add_outsiders, outsiders
from vnetsim.reach.translation.independence import remembers
from vnetsim.trace import Delivered, Dropped
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, Prefix

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab
    from vnetsim.reach.remedies.changes.situation import Situation

#: So many cells are probed; of a lab with more, one end of each kind represents the others, with few of its ports.
MOST_CELLS: Final = 250
_FEW_PORTS: Final = 3
#: Probes that are in flight at the same time.
_AT_ONCE: Final = 60
#: How long an answer may take: the SYN is sent a second time meanwhile.
_PATIENCE_SECONDS: Final = 2.5
_CLOSED, _REFUSED, _OPEN = range(3)
#: Without a listener: a reset, or port unreachable.
_LISTED: Final = (Outcome.REFUSED, Outcome.ERROR)
#: TCP port multiplexer (RFC 1078), which is obsolete: it represents every port without a listener.
_UNUSED: Final = {"tcp": Probe("tcp", 1), "udp": Probe("udp", 1)}
#: How many ports that rules forbid are probed at the target.
_RULED_PORTS: Final = 4


class ComparedCell(NamedTuple):
    source: Endpoint
    destination: Endpoint
    probe: Probe
    version: int


@frozen
class Effect:
    """A pair and a port (`icmp`, `tcp/80`, `any other tcp port`) of which a change turns the verdict."""

    source: str
    destination: str
    port: str
    opens: bool

    def __str__(self) -> str:
        return f"{'opens' if self.opens else 'closes'}: {self.source} -> {self.destination} {self.port}"


@frozen
class Scope:
    """What was compared: how many of the ends, how many pairs and ports, which machines were added.

    `caveat`: why one packet may fare otherwise because of another, so that more than this may change; "" if none does.
    """

    sources: int
    destinations: int
    ends: int
    cells: int
    added: tuple[str, ...]
    caveat: str = ""


class Comparison:
    """A lab as it is, with which each effect is compared.  `question` is the one of the change."""

    def __init__(self, lab: BaseLab, question: ReachQuestion) -> None:
        self._lab, self._question = lab, question

    @cached_property
    def added(self) -> list[Outsider]:
        return outsiders(LabNamespaces(self._lab), self._question)

    @cached_property
    def _base(self) -> tuple[_Measured, _Plan]:
        with closing(copied(self._lab, _settled)) as copy:
            return copy.call(partial(_measured_first, question=self._question, outsiders=self.added))

    @cached_property
    def scope(self) -> Scope:
        measured, plan = self._base
        ends = all_endpoints(self._lab)
        return Scope(
            sources=len(plan.sources),
            destinations=len(plan.destinations),
            ends=len(ends),
            cells=len(measured.cells),
            added=tuple(map(str, self.added)),
            caveat=_caveat(self._lab),
        )

    def effects(self, changed: Copy[Situation], after: ReachQuestion | None = None) -> tuple[Effect, ...]:
        """What is reached in `changed` (which is probed itself) and was not, and the opposite, besides the question."""
        before, plan = self._base
        now = changed.call(partial(_measured_again, plan=plan, outsiders=self.added, after=after))
        of_question = {_cell_of(self._lab, self._question), *now.of_question}
        names = {each.source: each.name for each in self.added}
        heard = before.heard ^ now.measured.heard
        found = [
            _effect(cell, names, opens=new > old)
            for cell in dict.fromkeys([*before.cells, *now.measured.cells])
            if cell[:3] not in of_question
            and cell.source not in now.lost
            and (new := now.measured.value(cell, heard)) != (old := before.value(cell, heard))
        ]
        return tuple(dict.fromkeys(found))


def _cell_of(lab: BaseLab, question: ReachQuestion) -> tuple[Endpoint, Endpoint, Probe]:
    """The cells that a question itself is about."""
    netns = LabNamespaces(lab).of(question.target)
    return question.sender, question.target if netns is None else netns.endpoint, question.probe.plain


@frozen
class _Again:
    """The result of a changed lab; `of_question` are the cells of its question, `lost` its missing outsiders."""

    measured: _Measured
    of_question: tuple[tuple[Endpoint, Endpoint, Probe], ...]
    lost: frozenset[Endpoint]


def _settled(lab: BaseLab) -> BaseLab:
    lab.sleep(SETTLE_SECONDS)
    return lab


def _measured_first(lab: BaseLab, question: ReachQuestion, outsiders: list[Outsider]) -> tuple[_Measured, _Plan]:
    added = add_outsiders(lab, outsiders)
    plan = _chosen(lab, question, added)
    return _measured(lab, plan, added), plan


def _measured_again(
    situation: Situation, plan: _Plan, outsiders: list[Outsider], after: ReachQuestion | None
) -> _Again:
    lab = situation.lab
    added = add_outsiders(lab, outsiders)
    of_question = () if after is None else (_cell_of(lab, after),)
    return _Again(
        _measured(lab, plan, added), of_question, frozenset(each.source for each in outsiders if each not in added)
    )


def _caveat(lab: BaseLab) -> str:
    return "rules that count, links that lose, or doubtful neighbours: more may change" if remembers(lab) else ""


@frozen
class _Measured:
    """`heard`: the ports with a listener, or that lead to one."""

    cells: dict[ComparedCell, int]
    heard: set[tuple[Endpoint, Probe]]

    def value(self, cell: ComparedCell, changed: set[tuple[Endpoint, Probe]]) -> int:
        """The result of a cell; without a listener it is that of the port that represents those.

        Where the change takes away the listener, or brings one (`changed`), a reset is as good as nothing.
        """
        unused = _UNUSED.get(cell.probe.protocol, cell.probe)
        found = self.cells.get(cell, self.cells.get(cell._replace(probe=unused), _CLOSED))
        return _CLOSED if found == _REFUSED and (cell.destination, cell.probe) in changed else found


def _effect(cell: ComparedCell, names: Mapping[Endpoint, str], *, opens: bool) -> Effect:
    port = f"any other {cell.probe.protocol} port" if cell.probe in _UNUSED.values() else str(cell.probe)
    return Effect(names.get(cell.source, cell.source.short), cell.destination.short, port, opens)


# --- the probes ------------------------------------------------------------------------------------------------------


@frozen
class _Plan:
    """The cells; `few`: not at every address and port; the `target` at the ports that rules forbid too."""

    question: ReachQuestion
    sources: list[Endpoint]
    destinations: list[Endpoint]
    few: bool
    target: Endpoint
    ruled: tuple[int, ...] = ()

    def probes(self, lab: BaseLab, end: Endpoint, doors: list[Publication]) -> list[Probe]:
        found = _probes(lab, end, doors, self.question)
        of_question = self.question.probe.plain
        fixed = [probe for probe in found if probe in (Probe(), *_UNUSED.values(), of_question)]
        rest = [probe for probe in found if probe not in fixed]
        ruled = [Probe("tcp", port) for port in self.ruled] if end == self.target else []
        return list(dict.fromkeys([*fixed, *(rest[:_FEW_PORTS] if self.few else rest), *ruled]))

    def addresses(self, lab: BaseLab, end: Endpoint) -> list[Address]:
        """Of few, the first of each family, and the one of the question."""
        found = addresses_of(lab, end)
        if not self.few:
            return found
        of_question = {self.question.target.address, *addresses_of(lab, self.question.target, self.question.sender)[:1]}
        first = {each.version: each for each in reversed(found)}
        return [each for each in found if each in of_question or each in first.values()]


def _chosen(lab: BaseLab, question: ReachQuestion, added: Sequence[Outsider]) -> _Plan:
    """Sources and destinations: all, or one of each kind and network if that were too many."""
    namespaces, ends = LabNamespaces(lab), all_endpoints(lab)
    outside = [each.source for each in added]
    doors = publications(lab)
    ports = sum(len(_probes(lab, one, doors, question)) * len(addresses_of(lab, one)) for one in ends)
    few = (len(ends) + len(outside)) * ports > MOST_CELLS
    if few:
        of_question = [
            netns.endpoint for end in (question.sender, question.target) if (netns := namespaces.of(end)) is not None
        ]
        ends = _representatives(namespaces, of_question, ends)
    netns = namespaces.of(question.target)
    target = question.target if netns is None else netns.endpoint
    return _Plan(question, [*ends, *outside], ends, few, target, tuple(forbidden_ports(namespaces))[:_RULED_PORTS])


def _representatives(
    namespaces: LabNamespaces, of_question: Sequence[Endpoint], ends: Sequence[Endpoint]
) -> list[Endpoint]:
    """The two ends of the question, and the first of each kind and set of networks; none of those that do not run."""
    found: dict[object, Endpoint] = {end: end for end in of_question}
    for end in ends:
        netns = namespaces.of(end)
        if netns is not None:
            networks = frozenset(str(Prefix.of(each.address, each.length)) for each in netns.addresses())
            found.setdefault((end.kind, networks), end)
    return list(dict.fromkeys(found.values()))


def _probes(lab: BaseLab, end: Endpoint, doors: list[Publication], question: ReachQuestion) -> list[Probe]:
    """The ports at which an end is probed."""
    kinds = dict.fromkeys(["tcp", question.probe.protocol])
    found = dict.fromkeys([Probe(), *(_UNUSED[kind] for kind in kinds if kind in _UNUSED)])
    found.update(dict.fromkeys(Probe(entry.protocol, entry.local_port) for entry in services.listening(lab, end)))
    if end.kind == "host":
        found.update(dict.fromkeys(door.probe for door in doors if door.probe.protocol in ("tcp", "udp")))
    if question.probe.port:
        found[Probe(question.probe.protocol, question.probe.port)] = None
    return list(found)


def _measured(lab: BaseLab, plan: _Plan, added: Sequence[Outsider]) -> _Measured:
    """The best answer for each cell, over the addresses of the destination."""
    hosts = {each.source: each.host for each in added}
    doors = publications(lab)
    senders = [source for source in plan.sources if _may_send(lab, source, hosts)]
    questions: list[tuple[ComparedCell, ReachQuestion]] = []
    for destination in plan.destinations:
        if network_of(lab, destination) is None:
            continue
        probes = plan.probes(lab, destination, doors)
        for address in plan.addresses(lab, destination):
            for source in senders:
                if destination in (source, hosts.get(source)) or not _speaks(source, address.version):
                    continue
                target = Endpoint("address", str(address))
                cells = (ComparedCell(source, destination, probe, address.version) for probe in probes)
                questions += ((cell, ReachQuestion(source, target, cell.probe)) for cell in cells)
    found: dict[ComparedCell, int] = {}
    for first in range(0, len(questions), _AT_ONCE):
        some = questions[first : first + _AT_ONCE]
        verdicts = ask_all(lab, [each for _, each in some], patience_seconds=_PATIENCE_SECONDS, watch=True)
        for (cell, _), value in zip(some, _values(verdicts), strict=True):
            found[cell] = max(found.get(cell, _CLOSED), value)
    return _Measured(found, _heard(lab, plan.destinations, doors))


def _heard(lab: BaseLab, destinations: Sequence[Endpoint], doors: Sequence[Publication]) -> set[tuple[Endpoint, Probe]]:
    found = {
        (end, Probe(each.protocol, each.local_port)) for end in destinations for each in services.listening(lab, end)
    }
    return found | {(Endpoint("host"), door.probe) for door in doors if not door.address.is_loopback}


def _may_send(lab: BaseLab, source: Endpoint, hosts: Mapping[Endpoint, Endpoint]) -> bool:
    if source.address is not None:
        return source in hosts
    return network_of(lab, source) is not None and state_of(lab, source) == "running"


def _speaks(source: Endpoint, version: int) -> bool:
    return source.address is None or source.address.version == version


def _values(verdicts: Sequence[ProbeVerdict]) -> Iterator[int]:
    """A reset counts where the packet itself found no socket: a rule that rejects is a closed door."""
    reached = {
        event.packet
        for event in (verdicts[0].events if verdicts else ())
        if isinstance(event, Delivered) or (isinstance(event, Dropped) and event.reason is DropReason.NO_SOCKET)
    }
    for verdict in verdicts:
        if verdict.arrives:
            yield _OPEN
        elif verdict.request in reached and verdict.outcome in _LISTED:
            yield _REFUSED
        else:
            yield _CLOSED
