"""`docker volume create, inspect, ls, prune, rm` (docker/cli, package volume)."""

from __future__ import annotations

from typing import Any, Final

from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.confirm import confirmed, print_deleted
from vnetsim.programs.docker.flags import pairs
from vnetsim.programs.docker.formatter import Column, Listing, label_text
from vnetsim.programs.docker.network_list import natural_order
from vnetsim.programs.docker.session import DockerSession, for_each
from vnetsim.values import frozen

Json = dict[str, Any]


def run_create(session: DockerSession, options: ParsedFlags) -> Program:
    name = options.text("name")
    if options.arguments:
        if name:
            both = "cannot specify a volume-name through both --name and as a positional arg"
            raise CommandError(f"conflicting options: {both}")
        name = options.arguments[0]
    body = {
        "Name": name,
        "Driver": options.text("driver"),
        "DriverOpts": pairs(options.texts("opt")),
        "Labels": pairs(options.texts("label")),
    }
    answer: Json = yield from session.engine.volume_create(body)
    session.line(answer["Name"])
    return 0


def run_rm(session: DockerSession, options: ParsedFlags) -> Program:
    force = options.switch("force")
    return for_each(session, options.arguments, lambda name: session.engine.volume_delete(name, force))


def run_prune(session: DockerSession, options: ParsedFlags) -> Program:
    every = options.switch("all")
    what = "all local volumes" if every else "anonymous local volumes"
    warning = f"WARNING! This will remove {what} not used by at least one container."
    if not (options.switch("force") or (yield from confirmed(session, warning))):
        return 0
    filters = options.filters()
    if every:
        filters["all"] = ["true"]
    answer: Json = yield from session.engine.volume_prune(filters)
    print_deleted(session, "Volumes", answer["VolumesDeleted"])
    session.line("Total reclaimed space: 0B")
    return 0


@frozen(eq=False)
class VolumeRow:
    volume: Json

    def labels(self) -> dict[str, str]:
        return self.volume["Labels"] or {}

    def value(self, key: str) -> str:
        return str(self.volume[key])


LISTING: Final[Listing[VolumeRow]] = Listing(
    type_name="*formatter.volumeContext",
    columns={
        "Name": Column("VOLUME NAME", lambda row: row.value("Name")),
        "Driver": Column("DRIVER", lambda row: row.value("Driver")),
        "Scope": Column("SCOPE", lambda row: row.value("Scope")),
        "Mountpoint": Column("MOUNTPOINT", lambda row: row.value("Mountpoint")),
        "Labels": Column("LABELS", lambda row: label_text(row.labels())),
        "Links": Column("LINKS", lambda _row: "N/A"),
        "Size": Column("SIZE", lambda _row: "N/A"),
        "Availability": Column("AVAILABILITY", lambda _row: "N/A"),
        "Group": Column("GROUP", lambda _row: "N/A"),
        "Status": Column("STATUS", lambda _row: "N/A"),
    },
    table="{{.Driver}}\t{{.Name}}",
    raw="name: {{.Name}}\ndriver: {{.Driver}}\n",
    raw_quiet="name: {{.Name}}",
    quiet="{{.Name}}",
    labels=VolumeRow.labels,
)


def run_ls(session: DockerSession, options: ParsedFlags) -> Program:
    volumes = sorted(session.engine.volume_list(options.filters()), key=lambda volume: natural_order(volume["Name"]))
    rows = [VolumeRow(volume) for volume in volumes]
    session.process.write(LISTING.render(rows, options.text("format"), quiet=options.switch("quiet")))
    return 0
