"""Who reaches whom: every endpoint against all others and their listening ports, by address and by name.

    matrix = Matrix.of(lab)                                  # probes a copy of the lab
    matrix = Matrix.of(lab, ports=[Probe("tcp", 5432)], senders=["web*"], receivers=["db"])
    matrix.rows()                                            # dicts: pandas.DataFrame(matrix.rows())
    matrix.graph()                                           # networkx.MultiDiGraph
    matrix.reaches("web", "db", "tcp/5432")

Every cell is what became of a packet: an echo request as `ping -c 1` sends it, a connection as `nc -z` makes one, or a
datagram that a socket got.  Work is shared where it is the same work: one sender's probe to one address and port is
sent once, whatever names lead there; and probes are in flight together (see `vnetsim.reach.probing.sweep`) unless
something in the lab counts packets, loses them or serves one client only: then each has a copy of the lab to itself.

Not modelled: ports without a listener, unless they are given; sctp.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from vnetsim.failures import Failure, NoAnswer
from vnetsim.process import Resolved
from vnetsim.reach.endpoints.endpoints import Endpoint, addresses_of, all_endpoints, state_of
from vnetsim.reach.endpoints.probe import Probe, parse_probe
from vnetsim.reach.endpoints.question import ReachQuestion
from vnetsim.reach.probing.asking import Asker, question_of
from vnetsim.reach.probing.probes import ask
from vnetsim.reach.probing.sweep import Answer, ProbeRequest
from vnetsim.reach.probing.verdict import Outcome
from vnetsim.trace import Filtered
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    import networkx as nx

    from vnetsim.lab.base_lab import BaseLab

Row: TypeAlias = dict[str, Any]
_NO_NAME: Final = Answer(Outcome.NO_NAME)


@frozen(kw_only=True)
class Cell:
    """One probe.  `target` is what was typed, a name or an address, `address` where that led ("" for nowhere).

    `published`: of a port that is translated, by an engine or by a rule, the machine and port that it leads to: where
    the packet arrived, if it did.  `firewall` tells, of such a port that the machine outside reaches, which of the
    host's chains its first packet met.
    """

    source: Endpoint
    destination: Endpoint
    target: str
    address: str
    probe: Probe
    answer: Answer
    published: str = ""
    firewall: str = ""

    @property
    def by(self) -> str:
        """`address` or `name`."""
        return "address" if self.target == self.address else "name"

    @property
    def reached(self) -> bool:
        return bool(self.answer)

    @property
    def is_unknown(self) -> bool:
        """Whether the packet met what is not modelled, or frames circled."""
        return self.answer.outcome is Outcome.UNKNOWN

    def is_about(self, destination: str, probe: Probe) -> bool:
        """Whether it probes this port of a machine of that name."""
        if self.probe == probe and not self.is_behind and _is_called(self.destination, destination):
            return True
        name, _, port = self.published.rpartition(" ")
        return port == str(probe) and fnmatchcase(name, destination.partition(":")[2] or destination)

    @property
    def is_behind(self) -> bool:
        """Whether it is probed at an address that is not the destination's own, but translated to it."""
        return self.published.rpartition(" ")[0] == self.destination.short

    def row(self) -> Row:
        """Plain values, the same keys in every row."""
        return {
            "source": self.source.short,
            "source_kind": self.source.kind,
            "destination": self.destination.short,
            "destination_kind": self.destination.kind,
            "by": self.by,
            "target": self.target,
            "address": self.address,
            "protocol": self.probe.protocol,
            "port": self.probe.port,
            "reached": self.reached,
            "outcome": self.answer.outcome.value,
            "words": self.answer.text,
            "published": self.published,
            "firewall": self.firewall,
        }


@frozen(kw_only=True)
class Matrix:
    """The cells, by source, destination, port, target.  `absent` are those that do not run, and their state.

    `failures` are the failed commands of the scenario, if the answer leaves them out.
    """

    cells: tuple[Cell, ...]
    endpoints: tuple[Endpoint, ...]
    absent: tuple[tuple[Endpoint, str], ...] = ()
    failures: tuple[Failure, ...] = ()
    #: On what the answer is built (lab.shortfall.assumptions).
    assumptions: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, lab: BaseLab, *, ports: Iterable[Probe | str] = (), senders: Iterable[str] = (),
        receivers: Iterable[str] = (), names: bool = True, in_place: bool = False,
        jobs: int | None = None,
    ) -> Matrix:  # fmt: skip
        """Probe a copy of `lab` (the lab itself if `in_place`, which changes it as programs do).

        `ports` instead of those at which each one listens; `senders` and `receivers` are names or patterns (`web*`,
        `container:web`), all if there are none.  `jobs` is how many processes may work at it, all cores if None; what
        they find is the same.  IncompleteLab if a command of the lab failed, unless
        `lab.shortfall.accepted`.
        """
        probes = [port if isinstance(port, Probe) else parse_probe([port]) for port in ports]
        failures = lab.shortfall.required()
        asker = Asker(lab, in_place=in_place, jobs=jobs)
        found = _MatrixBuilder(asker, probes, tuple(senders), tuple(receivers), names=names).matrix()
        return attrs.evolve(found, failures=failures, assumptions=lab.shortfall.assumptions)

    def rows(self) -> list[Row]:
        """A dict a cell, for pandas.DataFrame, csv.DictWriter and the like."""
        return [cell.row() for cell in self.cells]

    def reaches(self, source: str, destination: str, port: str = "icmp") -> bool:
        """Whether the destination is reached at a port: by any of its addresses or names, or by what is translated to
        it; KeyError if none was tried, NoAnswer if none that is known leads there and others are unknown.
        """
        probe = parse_probe([port])
        found = [cell for cell in self.cells if _is_called(cell.source, source) and cell.is_about(destination, probe)]
        if not found:
            raise KeyError((source, destination, port))
        reached = any(cell.reached for cell in found)
        for cell in found if not reached else ():
            if cell.is_unknown:
                raise NoAnswer(f"no answer: {source} -> {destination} {probe}: {cell.answer.text}")
        return reached

    @property
    def unknown(self) -> tuple[Cell, ...]:
        """The cells without a verdict."""
        return tuple(cell for cell in self.cells if cell.is_unknown)

    def open_to_lan(self) -> tuple[Cell, ...]:
        """What the machine outside reaches, other than by ping."""
        return tuple(cell for cell in self.cells if cell.source.kind == "lan" and cell.reached and cell.probe.port)

    def graph(self) -> nx.MultiDiGraph:
        """An edge for each cell that is reached, its key the port, its data the row; nodes have their `kind`.

        Needs networkx (`pip install 'vnetsim[graph]'`).
        """
        import networkx as nx  # noqa: PLC0415 -- an extra

        graph = nx.MultiDiGraph()
        for endpoint in self.endpoints:
            graph.add_node(endpoint.short, kind=endpoint.kind)
        for cell in self.cells:
            if cell.reached:
                graph.add_edge(
                    cell.source.short, cell.destination.short, key=f"{cell.probe} {cell.target}", **cell.row()
                )
        return graph


def _ports_reached(cell: Cell) -> set[tuple[Endpoint, str]]:
    """The sender, and each port of a machine that it reaches: that of the cell, and the one behind it."""
    own = f"{cell.destination.short} {cell.probe}"
    found = {cell.published} if cell.is_behind else {own, cell.published}
    return {(cell.source, port) for port in found if port}


def matches(endpoint: Endpoint, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns is about it; none at all match every endpoint."""
    return not patterns or any(_is_called(endpoint, pattern) for pattern in patterns)


def _is_called(endpoint: Endpoint, pattern: str) -> bool:
    names = (endpoint.short, str(endpoint), endpoint.service)
    return any(fnmatchcase(name, pattern) for name in names if name)


@frozen
class _CellQuestion:
    """One cell to be: what is typed, and where that leads."""

    source: Endpoint
    destination: Endpoint
    target: str
    address: Address | None
    probe: Probe
    text: str = ""

    @property
    def request(self) -> ProbeRequest | None:
        return None if self.address is None else ProbeRequest(self.source, self.address, self.probe)


class _MatrixBuilder:
    """One matrix in the making."""

    def __init__(
        self, asker: Asker, probes: list[Probe], senders: tuple[str, ...], receivers: tuple[str, ...], *, names: bool
    ) -> None:
        self._asker = asker
        self._lab = lab = asker.lab
        self._probes, self._names = probes, names
        running = self._running = asker.running
        self._absent = [(one, state_of(lab, one)) for one in all_endpoints(lab) if one not in running]
        self._senders = [one for one in asker.senders if matches(one, senders)]
        self._receivers = [one for one in running if matches(one, receivers)]
        self._meanings: dict[tuple[Endpoint, str], Resolved] = {}

    def matrix(self) -> Matrix:
        self._resolve_names()
        questions = list(self._questions())
        more = list(self._behind()) if self._asker.entries else []
        requests = list(dict.fromkeys(request for each in (*questions, *more) if (request := each.request) is not None))
        answers = self._asker.answers(requests, {request for request in requests if self._is_translated(request)})
        cells = [self._cell(each, answers) for each in questions]
        cells += self._only_by_these([self._cell(each, answers) for each in more], cells)
        return Matrix(cells=tuple(cells), endpoints=tuple(self._running), absent=tuple(self._absent))

    # --- what to probe --------------------------------------------------------------------------------------------

    def _resolve_names(self) -> None:
        known = [one.name for one in self._receivers if one.kind == "container"]
        if self._names and known:
            self._meanings = self._asker.meanings(dict.fromkeys(self._senders, known))

    def _questions(self) -> Iterator[_CellQuestion]:
        addresses = {one: addresses_of(self._lab, one) for one in self._receivers}
        probes = {one: self._probes or self._asker.ports(one) for one in self._receivers}
        for source in self._senders:
            for destination in self._receivers:
                if destination == source:
                    continue
                called = list(self._called(source, destination, addresses[destination]))
                for probe in probes[destination]:
                    for target, address, text in called:
                        yield _CellQuestion(source, destination, target, address, probe, text)

    def _called(
        self, source: Endpoint, destination: Endpoint, addresses: list[Address]
    ) -> Iterator[tuple[str, Address | None, str]]:
        resolved = self._meanings.get((source, destination.name)) if destination.kind == "container" else None
        if resolved is not None:
            yield destination.name, resolved.addresses[0] if resolved.addresses else None, resolved.error or ""
        for address in addresses:
            yield str(address), address, ""

    # --- by what is translated ------------------------------------------------------------------------------------

    def _behind(self) -> Iterator[_CellQuestion]:
        """What leads to a receiver at addresses that no other receiver has."""
        entries = self._asker.entries
        for source in self._senders:
            for destination in self._receivers:
                shown = {a for one in self._receivers if one != source for a in self._addresses[one]}
                for probe in (Probe(), *self._asker.servers(destination)) if destination != source else ():
                    for entry in entries.to(destination, probe):
                        if entry.sender in ("", entries.labels[source]) and entry.address not in shown:
                            yield _CellQuestion(source, destination, str(entry.address), entry.address, entry.probe)

    @cached_property
    def _addresses(self) -> dict[Endpoint, list[Address]]:
        return {one: addresses_of(self._lab, one) for one in self._running}

    def _only_by_these(self, found: list[Cell], cells: list[Cell]) -> Iterator[Cell]:
        """The cells by which a sender reaches what no other cell reaches, or only addresses that lead there as well."""
        reached = {port for cell in cells if cell.reached for port in _ports_reached(cell)}
        for cell in found:
            if cell.reached and cell.is_behind and not reached.intersection(_ports_reached(cell)):
                reached.update(_ports_reached(cell))
                yield cell

    @cached_property
    def _translated(self) -> set[tuple[Address, Probe]]:
        return {(entry.address, entry.probe) for _, entry in self._asker.all_entries}

    def _is_translated(self, request: ProbeRequest) -> bool:
        return (request.address, request.probe) in self._translated

    # --- answers --------------------------------------------------------------------------------------------------

    def _cell(self, question: _CellQuestion, answers: dict[ProbeRequest, Answer]) -> Cell:
        request = question.request
        if request is None:
            return Cell(source=question.source, destination=question.destination, target=question.target, address="",
                        probe=question.probe, answer=attrs.evolve(_NO_NAME, text=question.text))  # fmt: skip
        answer = answers[request]
        published = self._published(request, answer) if self._is_translated(request) else ""
        firewall = ""
        if published and question.source.kind == "lan" and answer:
            firewall = self._chains(question_of(request))
        return Cell(
            source=question.source, destination=question.destination, target=question.target,
            address=str(request.address), probe=question.probe, answer=answer, published=published, firewall=firewall,
        )  # fmt: skip

    def _published(self, request: ProbeRequest, answer: Answer) -> str:
        """Where it arrived, if that is not what it was sent to; where it would lead, if it did not arrive."""
        entries = self._asker.entries
        if answer and answer.arrival is not None:
            owner = entries.owner_of(answer.arrival.namespace)
            found = None if owner is None else (owner, attrs.evolve(request.probe, port=answer.arrival.port))
        else:
            found = entries.leads_to(request.address, request.probe)
        if found is None or (request.address in self._addresses[found[0]] and found[1] == request.probe):
            return ""
        return f"{found[0].short} {found[1]}"

    def _chains(self, question: ReachQuestion) -> str:
        """The hooks of the host's filter table that the first packet met."""
        verdict = ask(self._lab, question, watch=True)
        request, host = verdict.request, self._lab.machine.kernel.root.label
        met = [
            event.hook
            for event in verdict.events
            if isinstance(event, Filtered)
            and event.packet == request
            and event.table == "filter"
            and event.namespace == host
        ]
        return " ".join(dict.fromkeys(met)) or "none"
