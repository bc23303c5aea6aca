"""`docker compose top`, `images` and `volumes` (cmd/compose, pkg/compose)."""

from __future__ import annotations

import json
from typing import Final

from vnetsim.docker.gotypes import human_duration
from vnetsim.process import Program
from vnetsim.programs.compose.containers import containers_of, name_of, number_of, service_of
from vnetsim.programs.compose.session import ONEOFF_LABEL, PROJECT_LABEL, ComposeSession, Json, require_services
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.formatter import aligned, short_id
from vnetsim.programs.docker.go.times import human_size, nanoseconds
from vnetsim.programs.docker.network_list import natural_order
from vnetsim.programs.docker.volume import LISTING, VolumeRow

_TOP_PADDING: Final = 2
#: Columns of `images` (pkg/formatter).
_WIDTH, _PADDING = 20, 3
_VOLUME: Final = "volume"


def run_top(session: ComposeSession, options: ParsedFlags) -> Program:
    _, name = session.project_or_name()
    found = containers_of(session, name.lower(), stopped=False, services=options.arguments or None, one_off=True)
    titles: list[str] = []
    rows: list[list[str]] = []
    for container in sorted(found, key=lambda one: (service_of(one), number_of(one))):
        answer = session.docker.engine.container_top(container["Id"])
        titles = ["SERVICE", "#", *answer["Titles"]]
        is_one_off = container["Labels"].get(ONEOFF_LABEL) == "True"
        number = name_of(container) if is_one_off else str(number_of(container))
        rows += [[service_of(container), number, *process] for process in answer["Processes"]]
    if rows:
        text = "".join("\t".join(row) + "\n" for row in (titles, *rows))
        session.process.write(aligned(text, 0, _TOP_PADDING))
    return 0


def run_images(session: ComposeSession, options: ParsedFlags) -> Program:
    _, name = session.project_or_name()
    found = containers_of(session, name.lower(), services=options.arguments or None, one_off=True)
    images = {one["Id"]: session.docker.engine.image_inspect(one["ImageID"]) for one in found}
    found.sort(key=name_of)
    if options.switch("quiet"):
        identities = dict.fromkeys(images[one["Id"]]["Id"].removeprefix("sha256:") for one in found)
        session.process.write("".join(f"{identity}\n" for identity in identities))
        return 0
    rows = [_image_row(one, images[one["Id"]]) for one in found]
    if options.text("format") == "json":
        session.line(json.dumps(rows, separators=(",", ":"), ensure_ascii=False) + "\n")
        return 0
    if options.text("format") != "table":
        raise CommandError(f'format value "{options.text("format")}" could not be parsed: parsing failed')
    now = session.process.machine.wall_clock()
    lines = [
        (row["ContainerName"], row["Repository"], row["Tag"], row["Platform"], short_id(row["ID"]),
         human_size(row["Size"], 3), f"{human_duration(now - nanoseconds(row['LastTagTime']))} ago")
        for row in rows
    ]  # fmt: skip
    header = ("CONTAINER", "REPOSITORY", "TAG", "PLATFORM", "IMAGE ID", "SIZE", "CREATED")
    text = "".join("\t".join(line) + "\n" for line in (header, *lines))
    session.process.write(aligned(text, _WIDTH, _PADDING))
    return 0


def _image_row(container: Json, image: Json) -> Json:
    path, _, last = str(container["Image"]).rpartition("/")
    repository, _, tag = last.partition(":")
    return {
        "ID": image["Id"],
        "ContainerName": name_of(container),
        "Repository": f"{path}/{repository}" if path else repository,
        "Tag": tag or "latest",
        "Platform": "linux/amd64",
        "Size": image["Size"],
        "LastTagTime": image["Metadata"]["LastTagTime"],
    }


def run_volumes(session: ComposeSession, options: ParsedFlags) -> Program:
    project, name = session.project_or_name()
    require_services(project, options.arguments)
    found = session.docker.engine.volume_list({"label": [f"{PROJECT_LABEL}={name}"]})
    if options.arguments:
        used = {
            mount["Name"]
            for one in containers_of(session, name.lower(), services=options.arguments, one_off=True)
            for mount in session.docker.engine.container_inspect(one["Id"])["Mounts"]
            if mount["Type"] == _VOLUME
        }
        found = [volume for volume in found if volume["Name"] in used]
    rows = [VolumeRow(volume) for volume in sorted(found, key=lambda one: natural_order(one["Name"]))]
    form = options.text("format")
    session.process.write(LISTING.render(rows, "" if form == "table" else form, quiet=options.switch("quiet")))
    return 0
