"""Who reaches whom: everybody against everybody else and the ports they listen at, by address and by name.

    matrix = Matrix.of(lab)                                  # asks a copy of the lab
    matrix = Matrix.of(lab, ports=[Probe("tcp", 5432)], senders=["web*"], receivers=["db"])
    matrix.rows()                                            # dicts: pandas.DataFrame(matrix.rows())
    matrix.graph()                                           # networkx.MultiDiGraph
    matrix.reaches("web", "db", "tcp/5432")

Every cell is what became of a packet: an echo request as `ping -c 1` sends it, a connection as `nc -z` makes one, or a
datagram that a socket got.  Work is shared where it is the same work: one sender's probe to one address and port is
sent once, whatever names lead there; and probes are under way together (see `vnetsim.reach.sweep`) unless something
in the lab counts packets, loses them or serves one client only: then each has a copy of the lab to itself.

Not modelled: ports at which nobody listens, unless they are asked for; sctp.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from vnetsim.failures import Failure
from vnetsim.process import Resolved
from vnetsim.reach import services
from vnetsim.reach.asking import Asker
from vnetsim.reach.endpoints import Endpoint, Probe, Question, addresses_of, everybody, parse_probe, state_of
from vnetsim.reach.probes import Outcome, ask
from vnetsim.reach.services import Published
from vnetsim.reach.sweep import Answer, Shot
from vnetsim.trace import Filtered
from vnetsim.wire.inet import Address

if TYPE_CHECKING:
    import networkx as nx

    from vnetsim.lab import Lab

Row: TypeAlias = dict[str, Any]
_NO_NAME: Final = Answer(Outcome.NO_NAME)


@attrs.frozen(kw_only=True)
class Cell:
    """One probe.  `target` is what was typed, a name or an address, `address` where that led ("" for nowhere).

    `published`: on the host, the container and port that its port leads to.  `firewall` tells, of such a port that the
    machine outside reaches, which of the host's chains its first packet met.
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
            "words": self.answer.words,
            "published": self.published,
            "firewall": self.firewall,
        }


@attrs.frozen(kw_only=True)
class Matrix:
    """The cells, by source, destination, port, target.  `absent` are those that do not run, and their state.

    `failures` are commands of the scenario that did not do what they were asked to, if the answer leaves them out.
    """

    cells: tuple[Cell, ...]
    endpoints: tuple[Endpoint, ...]
    absent: tuple[tuple[Endpoint, str], ...] = ()
    failures: tuple[Failure, ...] = ()

    @classmethod
    def of(
        cls, lab: Lab, *, ports: Iterable[Probe | str] = (), senders: Iterable[str] = (),
        receivers: Iterable[str] = (), names: bool = True, in_place: bool = False,
        jobs: int | None = None,
    ) -> Matrix:  # fmt: skip
        """Ask a copy of `lab` (the lab itself if `in_place`, which changes it as programs do).

        `ports` instead of those at which each one listens; `senders` and `receivers` are names or patterns (`web*`,
        `container:web`), all if there are none.  `jobs` is how many processes may work at it, all cores if None; what
        they find is the same.  IncompleteLab if something that was asked of the lab did not come about, unless
        `lab.shortfall.accepted`.
        """
        probes = [port if isinstance(port, Probe) else parse_probe([port]) for port in ports]
        failures = lab.shortfall.required()
        asker = Asker(lab, in_place=in_place, jobs=jobs)
        found = _Asking(asker, probes, tuple(senders), tuple(receivers), names=names).matrix()
        return attrs.evolve(found, failures=failures)

    def rows(self) -> list[Row]:
        """A dict a cell, for pandas.DataFrame, csv.DictWriter and the like."""
        return [cell.row() for cell in self.cells]

    def reaches(self, source: str, destination: str, port: str = "icmp") -> bool:
        """Whether the destination is reached at a port by any of its addresses or names; KeyError if none was tried."""
        probe = parse_probe([port])
        found = [
            cell.reached
            for cell in self.cells
            if cell.probe == probe and _is_called(cell.source, source) and _is_called(cell.destination, destination)
        ]
        if not found:
            raise KeyError((source, destination, port))
        return any(found)

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


def matches(endpoint: Endpoint, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns is about it; none at all are about everybody."""
    return not patterns or any(_is_called(endpoint, pattern) for pattern in patterns)


def _is_called(endpoint: Endpoint, pattern: str) -> bool:
    return fnmatchcase(endpoint.short, pattern) or fnmatchcase(str(endpoint), pattern)


@attrs.frozen
class _Way:
    """How a destination is called: what was typed, and where it led."""

    target: str
    address: Address | None
    words: str = ""


class _Asking:
    """One matrix in the making."""

    def __init__(
        self, asker: Asker, probes: list[Probe], senders: tuple[str, ...], receivers: tuple[str, ...], *, names: bool
    ) -> None:
        self._asker = asker
        self._lab = lab = asker.lab
        self._probes, self._names = probes, names
        running = self._running = asker.running
        self._absent = [(one, state_of(lab, one)) for one in everybody(lab) if one not in running]
        self._senders = [one for one in asker.senders if matches(one, senders)]
        self._receivers = [one for one in running if matches(one, receivers)]
        self._meanings: dict[tuple[Endpoint, str], Resolved] = {}

    def matrix(self) -> Matrix:
        self._ask_names()
        questions = list(self._questions())
        shots = list(dict.fromkeys(Shot(source, way.address, probe)
                                   for source, _, way, probe in questions if way.address is not None))  # fmt: skip
        answers = self._asker.answers(shots)
        cells = (self._cell(source, destination, way, probe, answers) for source, destination, way, probe in questions)
        return Matrix(cells=tuple(cells), endpoints=tuple(self._running), absent=tuple(self._absent))

    # --- what to ask ----------------------------------------------------------------------------------------------

    def _ask_names(self) -> None:
        known = [one.name for one in self._receivers if one.kind == "container"]
        if self._names and known:
            self._meanings = self._asker.meanings(dict.fromkeys(self._senders, known))

    def _questions(self) -> Iterator[tuple[Endpoint, Endpoint, _Way, Probe]]:
        lab = self._lab
        addresses = {one: addresses_of(lab, one) for one in self._receivers}
        probes = {one: self._probes or services.probes_for(lab, one, self._asker.doors) for one in self._receivers}
        for source in self._senders:
            for destination in self._receivers:
                if destination == source:
                    continue
                ways = list(self._ways(source, destination, addresses[destination]))
                for probe in probes[destination]:
                    for way in ways:
                        yield source, destination, way, probe

    def _ways(self, source: Endpoint, destination: Endpoint, addresses: list[Address]) -> Iterator[_Way]:
        told = self._meanings.get((source, destination.name)) if destination.kind == "container" else None
        if told is not None:
            first = told.addresses[0] if told.addresses else None
            yield _Way(destination.name, first, told.error or "")
        for address in addresses:
            yield _Way(str(address), address)

    # --- answers --------------------------------------------------------------------------------------------------

    def _cell(
        self, source: Endpoint, destination: Endpoint, way: _Way, probe: Probe, answers: dict[Shot, Answer]
    ) -> Cell:
        if way.address is None:
            return Cell(source=source, destination=destination, target=way.target, address="", probe=probe,
                        answer=attrs.evolve(_NO_NAME, words=way.words))  # fmt: skip
        answer = answers[Shot(source, way.address, probe)]
        door = self._door(destination, way.address, probe)
        firewall = ""
        if door is not None and source.kind == "lan" and answer:
            firewall = self._chains(Question(source, Endpoint("address", str(way.address)), probe))
        return Cell(
            source=source, destination=destination, target=way.target, address=str(way.address), probe=probe,
            answer=answer, published="" if door is None else str(door), firewall=firewall,
        )  # fmt: skip

    def _door(self, destination: Endpoint, address: Address, probe: Probe) -> Published | None:
        if destination.kind != "host":
            return None
        return next((door for door in self._asker.doors if door.covers(address, probe)), None)

    def _chains(self, question: Question) -> str:
        """The hooks of the host's filter table that the first packet met."""
        verdict = ask(self._lab, question, watch=True)
        request, host = verdict.request, self._lab.machine.kernel.root.label
        met = [
            event.hook
            for event in verdict.events
            if isinstance(event, Filtered) and event.packet == request and event.table == "filter"
            and event.namespace == host
        ]  # fmt: skip
        return " ".join(dict.fromkeys(met)) or "none"
