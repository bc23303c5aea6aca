"""Who reaches whom: every endpoint against all others and their listening ports, by address and by name.

    matrix = Matrix.of(lab)                                  # probes a copy of the lab
    matrix = Matrix.of(lab, ports=[Probe("tcp", 5432)], senders=["web*"], receivers=["db"])
    matrix.rows()                                            # dicts: pandas.DataFrame(matrix.rows())
    matrix.graph()                                           # networkx.MultiDiGraph
    matrix.reaches("web", "db", "tcp/5432")

Every cell is what became of a packet: an echo request as `ping -c 1` sends it, a connection as `nc -z` makes one, or a
datagram that a socket got.  Work is shared where it is the same work: one sender's probe to one address and port is
sent once, whatever names lead there; probes that are the same walk are one (`vnetsim.reach.equivalence`), and cells are
made of its answer on access; and probes are in flight together (see `vnetsim.reach.probing.sweep`)
unless something in the lab counts packets, loses them or serves one client only: then each has a copy of the lab to
itself.

Not modelled: ports without a listener, unless they are given; sctp.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from vnetsim.failures import Failure, NoAnswer
from vnetsim.garbage import no_collector
from vnetsim.reach.endpoints.endpoints import Endpoint
from vnetsim.reach.endpoints.probe import Probe, parse_probe
from vnetsim.reach.forks.copies import on_copy
from vnetsim.reach.matrix.building import MatrixBuilder
from vnetsim.reach.matrix.cells import Cell, Row, is_called
from vnetsim.reach.probing.asking import Asker, Progress
from vnetsim.values import frozen

if TYPE_CHECKING:
    import networkx as nx

    from vnetsim.lab.base_lab import BaseLab


@frozen(kw_only=True)
class Matrix:
    """The cells, by source, destination, port, target.  `absent` are those that do not run, and their state.

    `failures` are the failed commands of the scenario, if the answer leaves them out.
    """

    cells: Sequence[Cell]
    endpoints: tuple[Endpoint, ...]
    absent: tuple[tuple[Endpoint, str], ...] = ()
    failures: tuple[Failure, ...] = ()
    #: On what the answer is built (lab.shortfall.assumptions).
    assumptions: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, lab: BaseLab, *, ports: Iterable[Probe | str] = (), senders: Iterable[str] = (),
        receivers: Iterable[str] = (), names: bool = True, in_place: bool = False,
        jobs: int | None = None, progress: Progress | None = None,
    ) -> Matrix:  # fmt: skip
        """Probe a copy of `lab` (the lab itself if `in_place`, which changes it as programs do).

        `ports` instead of those at which each one listens; `senders` and `receivers` are names or patterns (`web*`,
        `container:web`), all if there are none.  `jobs` is how many processes may work at it, all cores if None; what
        they find is the same; `progress` is called while the lab itself is probed.  IncompleteLab if a command of the
        lab failed, unless `lab.shortfall.accepted`.
        """
        probes = [port if isinstance(port, Probe) else parse_probe([port]) for port in ports]
        lab.shortfall.required()
        probed = partial(
            cls._probed, probes=probes, senders=tuple(senders), receivers=tuple(receivers), names=names, jobs=jobs
        )
        return probed(lab, progress=progress) if in_place else on_copy(probed, lab)

    @classmethod
    def _probed(
        cls, lab: BaseLab, probes: list[Probe], senders: tuple[str, ...], receivers: tuple[str, ...], *,
        names: bool, jobs: int | None, progress: Progress | None = None,
    ) -> Matrix:  # fmt: skip
        asker = Asker(lab, in_place=True, jobs=jobs, progress=progress)
        with no_collector():
            builder = MatrixBuilder(asker, probes, senders, receivers, names=names)
            cells = builder.cells()
        return cls(cells=cells, endpoints=tuple(asker.running), absent=tuple(builder.absent),
                   failures=lab.shortfall.required(), assumptions=lab.shortfall.assumptions)  # fmt: skip

    def rows(self) -> list[Row]:
        """A dict a cell, for pandas.DataFrame, csv.DictWriter and the like."""
        return [cell.row() for cell in self.cells]

    def reaches(self, source: str, destination: str, port: str = "icmp") -> bool:
        """Whether the destination is reached at a port: by any of its addresses or names, or by what is translated to
        it; KeyError if none was tried, NoAnswer if none that is known leads there and others are unknown.
        """
        probe = parse_probe([port])
        found = [cell for cell in self.cells if is_called(cell.source, source) and cell.is_about(destination, probe)]
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
