"""`docker stats --no-stream` (docker/cli, container/stats.go, formatter_stats.go).

Programs use neither processor nor memory here, and no disk; packets and processes are counted.  Not modelled: the
stream that a terminal shows.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final, TypeAlias

from vnetsim.clock import SECOND, Wait
from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import ParsedFlags
from vnetsim.programs.docker.formatter import Column, Listing
from vnetsim.programs.docker.go.times import bytes_size, human_size
from vnetsim.programs.docker.session import DockerSession
from vnetsim.values import frozen

Json = dict[str, Any]

#: Gives the exit status.
Showing: TypeAlias = Generator[Wait, Any, int]
#: How long the engine measures.
_TIME: Final = 2 * SECOND
_DIGITS: Final = 3


@frozen(eq=False)
class StatsRow:
    """`container` is what the user calls it; `usage` of one that does not run is empty."""

    container: str
    id: str
    name: str
    usage: Json

    def traffic(self, direction: str) -> str:
        found: int = sum(device[f"{direction}_bytes"] for device in self.usage.get("networks", {}).values())
        return human_size(found, _DIGITS)


LISTING: Final[Listing[StatsRow]] = Listing(
    type_name="*container.statsContext",
    columns={
        "Container": Column("CONTAINER", lambda row: row.container),
        "Name": Column("NAME", lambda row: row.name),
        "ID": Column("CONTAINER ID", lambda row: row.id),
        "CPUPerc": Column("CPU %", lambda _row: "0.00%"),
        "MemUsage": Column("MEM USAGE / LIMIT", lambda row: f"0B / {bytes_size(row.usage.get('limit', 0))}"),
        "MemPerc": Column("MEM %", lambda _row: "0.00%"),
        "NetIO": Column("NET I/O", lambda row: f"{row.traffic('rx')} / {row.traffic('tx')}"),
        "BlockIO": Column("BLOCK I/O", lambda _row: "0B / 0B"),
        "PIDs": Column("PIDS", lambda row: str(row.usage.get("pids", 0))),
    },
    table="{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
)


def run(session: DockerSession, options: ParsedFlags) -> Program:
    names = options.arguments
    if not names:
        found = session.engine.container_list(all=options.switch("all"))
        names = [one["Id"][:12] for one in found]
    status = yield from show(session, names, options, "docker stats")
    return status


def show(session: DockerSession, names: Sequence[str], options: ParsedFlags, command: str) -> Showing:
    """Of these containers; EngineError 404."""
    if not options.switch("no-stream"):
        raise NotModelled(f"{command} without --no-stream")
    containers = [session.engine.container_inspect(name) for name in names]
    yield session.process.sleep(_TIME)
    rows = [
        StatsRow(
            container=name,
            id=one["Id"] if options.switch("no-trunc") else one["Id"][:12],
            name=one["Name"].removeprefix("/"),
            usage=session.engine.container_usage(one["Id"]),
        )
        for name, one in zip(names, containers, strict=True)
    ]
    session.process.write(LISTING.render(rows, options.text("format")))
    return 0
