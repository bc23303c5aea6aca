"""`docker system df` (docker/cli, command/system/df.go, formatter/disk_usage.go).  Not modelled: --verbose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import ParsedFlags
from vnetsim.programs.docker.formatter import Column, Listing
from vnetsim.programs.docker.go.times import human_size
from vnetsim.programs.docker.session import DockerSession
from vnetsim.values import frozen

Json = dict[str, Any]


@frozen(eq=False)
class UsageRow:
    """`size` and `used` in bytes."""

    kind: str
    total: int
    active: int
    size: int
    used: int = 0

    @property
    def reclaimable(self) -> str:
        left = self.size - self.used
        return human_size(left) + (f" ({left * 100 // self.size}%)" if self.size else "")


LISTING: Final[Listing[UsageRow]] = Listing(
    type_name="*formatter.diskUsageImagesContext",
    columns={
        "Type": Column("TYPE", lambda row: row.kind),
        "TotalCount": Column("TOTAL", lambda row: str(row.total)),
        "Active": Column("ACTIVE", lambda row: str(row.active)),
        "Size": Column("SIZE", lambda row: human_size(row.size)),
        "Reclaimable": Column("RECLAIMABLE", lambda row: row.reclaimable),
    },
    table="{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
)


def run(session: DockerSession, options: ParsedFlags) -> Program:
    yield from ()
    if options.switch("verbose"):
        raise NotModelled("docker system df --verbose")
    usage = session.engine.system_disk_usage()
    session.process.write(LISTING.render(list(_rows(usage)), options.text("format")))
    return 0


def _rows(usage: Json) -> Iterator[UsageRow]:
    images, containers, volumes = usage["Images"], usage["Containers"], usage["Volumes"]
    used = [one for one in images if one["Containers"]]
    yield UsageRow(
        "Images", len(images), len(used), usage["LayersSize"], sum(one["Size"] - one["SharedSize"] for one in used)
    )
    running = [one for one in containers if one["State"] in ("running", "paused", "restarting")]
    written = [sum(one.get("SizeRw", 0) for one in some) for some in (containers, running)]
    yield UsageRow("Containers", len(containers), len(running), written[0], written[1])
    mounted = [one for one in volumes if one["UsageData"]["RefCount"]]
    yield UsageRow("Local Volumes", len(volumes), len(mounted), 0)
    yield UsageRow("Build Cache", 0, 0, 0)
