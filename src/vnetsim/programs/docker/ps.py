"""`docker ps` (docker/cli, container/list.go and formatter/container.go)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import attrs

from vnetsim.docker.gotypes import human_duration
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.formatter import Column, Listing, ellipsis, label_text, short_id
from vnetsim.programs.docker.go.parse import TemplateError
from vnetsim.programs.docker.go.printing import quote
from vnetsim.programs.docker.go.times import SECOND, human_size, printed_seconds
from vnetsim.programs.docker.ports import join_host_port
from vnetsim.programs.docker.session import DockerSession
from vnetsim.programs.docker.templates import template
from vnetsim.values import frozen

Json = dict[str, Any]


_SMALL_COMMAND: Final = 20
_SMALL_MOUNT: Final = 15


@frozen(eq=False)
class ContainerRow:
    """A container of the engine's list, whether to shorten its texts, and the time from which ages are counted."""

    container: Json
    short: bool
    now: int

    def id(self) -> str:
        identity: str = self.container["Id"]
        return short_id(identity) if self.short else identity

    def names(self) -> str:
        names = [name.removeprefix("/") for name in self.container["Names"]]
        if self.short:
            # Names with a slash are those of links.
            names = [name for name in names if "/" not in name][:1] or names
        return ",".join(names)

    def image(self) -> str:
        image: str = self.container["Image"]
        if not image:
            return "<no image>"
        if self.short and short_id(self.container["ImageID"]) == short_id(image):
            return short_id(image)
        return image.partition("@")[0] if self.short else image

    def command(self) -> str:
        command: str = self.container["Command"]
        return quote(ellipsis(command, _SMALL_COMMAND) if self.short else command)

    def created_at(self) -> str:
        return printed_seconds(self.container["Created"])

    def running_for(self) -> str:
        return f"{human_duration(self.now - self.container['Created'] * SECOND)} ago"

    def ports(self) -> str:
        return ports_text(self.container["Ports"] or [])

    def state(self) -> str:
        return str(self.container["State"])

    def status(self) -> str:
        return str(self.container["Status"])

    def size(self) -> str:
        size = human_size(self.container.get("SizeRw", 0), 3)
        root = self.container.get("SizeRootFs", 0)
        return f"{size} (virtual {human_size(root, 3)})" if root > 0 else size

    def labels(self) -> dict[str, str]:
        return self.container["Labels"] or {}

    def label_list(self) -> str:
        return label_text(self.labels())

    def mounts(self) -> str:
        names = [mount.get("Name") or mount["Source"] for mount in self.container["Mounts"] or []]
        return ",".join(ellipsis(name, _SMALL_MOUNT) if self.short else name for name in names)

    def local_volumes(self) -> str:
        return str(sum(mount.get("Driver") == "local" for mount in self.container["Mounts"] or []))

    def networks(self) -> str:
        return ",".join(sorted((self.container["NetworkSettings"] or {}).get("Networks") or {}))


LISTING: Final = Listing(
    type_name="*formatter.ContainerContext",
    columns={
        "ID": Column("CONTAINER ID", ContainerRow.id),
        "Names": Column("NAMES", ContainerRow.names),
        "Image": Column("IMAGE", ContainerRow.image),
        "Command": Column("COMMAND", ContainerRow.command),
        "CreatedAt": Column("CREATED AT", ContainerRow.created_at),
        "RunningFor": Column("CREATED", ContainerRow.running_for),
        "Ports": Column("PORTS", ContainerRow.ports),
        "State": Column("STATE", ContainerRow.state),
        "Status": Column("STATUS", ContainerRow.status),
        "Size": Column("SIZE", lambda row: row.size()),
        "Labels": Column("LABELS", ContainerRow.label_list),
        "Mounts": Column("MOUNTS", ContainerRow.mounts),
        "LocalVolumes": Column("LOCAL VOLUMES", ContainerRow.local_volumes),
        "Networks": Column("NETWORKS", ContainerRow.networks),
        "Platform": Column("PLATFORM", lambda _row: None),
    },
    table="{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}",
    raw=(
        "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\n"
        "state: {{- pad .State 1 0}}\nstatus: {{- pad .Status 1 0}}\nnames: {{.Names}}\n"
        "labels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n"
    ),
    raw_quiet="container_id: {{.ID}}",
    labels=ContainerRow.labels,
)


# --- ports -----------------------------------------------------------------------------------------------------------


def ports_text(ports: Sequence[Json]) -> str:
    """`0.0.0.0:7000-7003->7000-7003/tcp`: ports on their own numbers are merged into ranges, others are not."""
    finished: list[str] = []
    alone: list[str] = []
    open_ranges: dict[str, tuple[int, int]] = {}
    for port in sorted(ports, key=_port_order):
        private, address = port["PrivatePort"], port.get("IP", "")
        if address and port.get("PublicPort", 0) != private:
            alone.append(f"{join_host_port(address, str(port.get('PublicPort', 0)))}->{private}/{port['Type']}")
            continue
        key = f"{address}/{port['Type']}" if address else port["Type"]
        first, last = open_ranges.get(key, (private, private))
        if key in open_ranges and private != last + 1:
            finished.append(_range_text(key, first, last))
            first = private
        open_ranges[key] = (first, private)
    finished += [_range_text(key, first, last) for key, (first, last) in open_ranges.items()]
    return ", ".join(finished + alone)


def _port_order(port: Json) -> tuple[int, str, int, str]:
    return port["PrivatePort"], port.get("IP", ""), port.get("PublicPort", 0), port["Type"]


def _range_text(key: str, first: int, last: int) -> str:
    numbers = str(first) if first == last else f"{first}-{last}"
    address, slash, protocol = key.rpartition("/")
    return f"{join_host_port(address, numbers)}->{numbers}/{protocol}" if slash else f"{numbers}/{protocol}"


#: The container on which the client tests a template before its request.
_NOTHING: Final[Json] = {
    "Id": "", "Names": [], "Image": "", "ImageID": "", "Command": "", "Created": 0, "Ports": [], "Labels": {},
    "State": "", "Status": "", "NetworkSettings": None, "Mounts": [],
}  # fmt: skip


@frozen(eq=False)
class _Trial(ContainerRow):
    """Notes whether a template shows the size."""

    used: list[str] = attrs.field(factory=list)

    def size(self) -> str:
        self.used.append("Size")
        return ""


def _try_template(form: str) -> bool:
    """Whether it shows the size of containers."""
    trial = _Trial(_NOTHING, True, 0)
    try:
        parsed = template(form)
    except TemplateError as error:
        raise CommandError(f"failed to parse template: {error}") from None
    try:
        parsed.execute(LISTING.value(trial))
    except TemplateError as error:
        raise CommandError(f"failed to execute template: {error}") from None
    return bool(trial.used)


def run(session: DockerSession, options: ParsedFlags) -> Program:
    filters = options.filters()
    limit = 1 if options.switch("latest") and "last" not in options.given else options.number("last")
    form, quiet = options.text("format"), options.switch("quiet")
    wanted = form
    if quiet and form:
        session.error_line("WARNING: Ignoring custom format, because both --format and --quiet are set.")
        form = form if form == "raw" else ""
    shows_size = _try_template(wanted) and not quiet and "size" not in options.given
    found = session.engine.container_list(
        all=options.switch("all"), filters=filters, limit=limit if limit > 0 else None
    )
    if shows_size or options.switch("size"):
        found = [{**one, **session.engine.container_size(one["Id"])} for one in found]
    listing = LISTING
    if options.switch("size"):
        listing = attrs.evolve(listing, table=f"{listing.table}\t{{{{.Size}}}}")
    now = session.process.machine.wall_clock()
    rows = [ContainerRow(container, not options.switch("no-trunc"), now) for container in found]
    session.process.write(listing.render(rows, form, quiet=quiet))
    return 0
