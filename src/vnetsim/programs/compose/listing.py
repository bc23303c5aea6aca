"""`docker compose ps` and `docker compose ls`."""

from __future__ import annotations

import json
from typing import Final

from vnetsim.compose.jsonwriter import to_json
from vnetsim.compose.kinds import Fields, Plain
from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.compose.containers import containers_of, name_of, service_of
from vnetsim.programs.compose.session import (
    FILES_LABEL,
    HASH_LABEL,
    PROJECT_LABEL,
    ComposeSession,
    Json,
    require_services,
)
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.formatter import Column, Listing, aligned
from vnetsim.programs.docker.ps import LISTING, ContainerRow
from vnetsim.values import frozen

#: Columns of `ls` (pkg/formatter).
_WIDTH: Final = 20
_PADDING: Final = 3


# --- ps ------------------------------------------------------------------------------------------------------------


@frozen(eq=False)
class ComposeRow(ContainerRow):
    """A container of a project."""

    exit_code: int
    health: str

    def name(self) -> str:
        return name_of(self.container)

    def service(self) -> str:
        return service_of(self.container)

    def project(self) -> str:
        return str(self.container["Labels"].get(PROJECT_LABEL, ""))

    def everything(self) -> dict[str, Plain]:
        """What --format json prints."""
        texts: dict[str, Plain] = {name: column.text(self) for name, column in _LISTING.columns.items()}
        ports = sorted(self.container["Ports"] or [], key=lambda one: (one["PrivatePort"], one.get("IP", "")))
        publishers: list[Plain] = [
            Fields(
                (
                    ("URL", port.get("IP", "")),
                    ("TargetPort", port["PrivatePort"]),
                    ("PublishedPort", port.get("PublicPort", 0)),
                    ("Protocol", port["Type"]),
                )
            )
            for port in ports
        ]
        return {**texts, "ExitCode": self.exit_code, "Publishers": publishers}


def _row(session: ComposeSession, container: Json, now: int, *, truncate: bool) -> ComposeRow:
    state = session.docker.engine.container_inspect(container["Id"])["State"]
    return ComposeRow(
        container, truncate, now, int(state["ExitCode"]), str((state.get("Health") or {}).get("Status", ""))
    )


def _same(row: ComposeRow, name: str) -> str | None:
    return LISTING.columns[name].text(row)


_LISTING: Final = Listing[ComposeRow](
    type_name="*formatter.ContainerContext",
    columns={
        "Name": Column("NAME", ComposeRow.name),
        "Project": Column("PROJECT", ComposeRow.project),
        "Service": Column("SERVICE", ComposeRow.service),
        "Health": Column("HEALTH", lambda row: row.health),
        "ExitCode": Column("EXIT CODE", lambda row: str(row.exit_code)),
        **{
            name: Column(column.header, lambda row, name=name: _same(row, name))  # type: ignore[misc]
            for name, column in LISTING.columns.items()
            if name != "Platform"
        },
    },
    table="{{.Name}}\t{{.Image}}\t{{.Command}}\t{{.Service}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}",
    labels=ContainerRow.labels,
)


def run_ps(session: ComposeSession, options: ParsedFlags) -> Program:
    wanted = options.arguments
    project, name = session.project_or_name(wanted)
    require_services(project, wanted)
    if project is not None and not wanted and not options.switch("orphans"):
        wanted = sorted(project.services)
    statuses = [*options.texts("status"), *(options.filters().get("status") or [])]
    found = containers_of(
        session,
        name.lower(),
        stopped=options.switch("all") or bool(statuses),
        services=wanted or None,
        one_off=options.switch("all"),
    )
    found = [one for one in found if not statuses or one["State"] in statuses]
    _print_containers(session, options, sorted(found, key=name_of))
    return 0


def _print_containers(session: ComposeSession, options: ParsedFlags, found: list[Json]) -> None:
    if options.switch("quiet"):
        session.process.write("".join(f"{container['Id']}\n" for container in found))
        return
    if options.switch("services"):
        session.line("\n".join(dict.fromkeys(map(service_of, found))))
        return
    form = options.text("format")
    if ".Publishers" in form:
        raise NotModelled("docker compose ps --format with .Publishers")
    now = session.process.machine.wall_clock()
    rows = [_row(session, container, now, truncate=not options.switch("no-trunc")) for container in found]
    if form == "json":
        session.process.write("".join(f"{to_json(row.everything())}\n" for row in rows))
        return
    session.process.write(_LISTING.render(rows, "" if form == "table" else form))


# --- ls ------------------------------------------------------------------------------------------------------------


def run_ls(session: ComposeSession, options: ParsedFlags) -> Program:
    found = session.docker.engine.container_list(
        all=options.switch("all"), filters={"label": [PROJECT_LABEL, HASH_LABEL]}
    )
    projects: dict[str, list[Json]] = {}
    for container in found:
        projects.setdefault(container["Labels"][PROJECT_LABEL], []).append(container)
    names = options.filters().get("name")
    rows = [(name, _status(own), _files(own)) for name, own in projects.items() if not names or name in names]
    if options.switch("quiet"):
        session.process.write("".join(f"{name}\n" for name, _, _ in rows))
    elif options.text("format") == "json":
        stacks = [{"Name": name, "Status": status, "ConfigFiles": files} for name, status, files in rows]
        session.line(json.dumps(stacks, separators=(",", ":"), ensure_ascii=False))
    elif options.text("format") in ("table", ""):
        lines = [("NAME", "STATUS", "CONFIG FILES"), *rows]
        session.process.write(aligned("".join("\t".join(line) + "\n" for line in lines), _WIDTH, _PADDING))
    else:
        raise CommandError(f'format value "{options.text("format")}" could not be parsed: parsing failed')
    return 0


def _status(containers: list[Json]) -> str:
    states = sorted(container["State"] for container in containers)
    return ", ".join(f"{state}({states.count(state)})" for state in dict.fromkeys(states))


def _files(containers: list[Json]) -> str:
    paths = [path for container in containers for path in container["Labels"].get(FILES_LABEL, "N/A").split(",")]
    return ",".join(dict.fromkeys(paths))
