"""`docker version` (docker/cli, system/version.go)."""

from __future__ import annotations

from typing import Any, Final

from vnetsim.errors import EngineError
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.formatter import aligned
from vnetsim.programs.docker.go.parse import TemplateError
from vnetsim.programs.docker.go.template import ExecutionError, Template
from vnetsim.programs.docker.go.times import moment_of, nanoseconds
from vnetsim.programs.docker.go.values import GoValue, decode
from vnetsim.programs.docker.session import API_VERSION, BUILT, GIT_COMMIT, GO_VERSION, VERSION, DockerSession
from vnetsim.programs.docker.templates import template
from vnetsim.programs.docker.types import go_type

Json = dict[str, Any]

CLIENT: Final[Json] = {
    "Version": VERSION,
    "ApiVersion": API_VERSION,
    "DefaultAPIVersion": API_VERSION,
    "GitCommit": GIT_COMMIT,
    "GoVersion": GO_VERSION,
    "Os": "linux",
    "Arch": "amd64",
    "BuildTime": BUILT,
    "Context": "default",
}
_COLUMN: Final = 20


def ansi_date(when: str) -> str:
    """A build time as C's ctime writes it; what is no RFC 3339 time stays."""
    try:
        moment = moment_of(nanoseconds(when))
    except ValueError:
        return when
    return f"{moment:%a %b} {moment.day:2d} {moment:%H:%M:%S %Y}"


def run(session: DockerSession, options: ParsedFlags) -> Program:
    form = options.text("format")
    try:
        parsed = template("{{json .}}" if form == "json" else form, "version")
    except TemplateError as error:
        raise CommandError(f"template parsing error: {error}", 64) from None
    server, complaint = _server(session)
    if not form:
        session.process.write(_client_text() + (_server_text(server) if server is not None else ""))
    else:
        failure = _apply(session, parsed, decode(go_type("system.versionInfo"), {"Client": CLIENT, "Server": server}))
        complaint = complaint or failure
    if complaint:
        raise CommandError(complaint)
    return 0


def _apply(session: DockerSession, parsed: Template, data: GoValue) -> str:
    """Print the template's text, up to an error; returns the error."""
    try:
        session.line(parsed.execute(data))
    except ExecutionError as error:
        session.line(error.written)
        return str(error)
    return ""


def _server(session: DockerSession) -> tuple[Json | None, str]:
    """The engine's version, or why there is none."""
    try:
        answer = dict(session.engine.system_version())
    except EngineError as error:
        return None, str(error)
    answer["Components"] = [_component(component) for component in answer.get("Components") or []]
    return answer, ""


def _component(component: Json) -> Json:
    details = component.get("Details") or {}
    if "BuildTime" not in details:
        return component
    return {**component, "Details": {**details, "BuildTime": ansi_date(details["BuildTime"])}}


def _client_text() -> str:
    rows = (
        ("Version", VERSION),
        ("API version", API_VERSION),
        ("Go version", GO_VERSION),
        ("Git commit", GIT_COMMIT),
        ("Built", BUILT),
        ("OS/Arch", "linux/amd64"),
        ("Context", "default"),
    )
    return aligned("Client:\n" + "".join(f" {name}:\t{value}\n" for name, value in rows), _COLUMN, 1)


def _server_text(server: Json) -> str:
    lines = [f"\nServer: {server['Platform']['Name']}".rstrip()]
    for component in server["Components"]:
        lines.append(f" {component['Name']}:")
        lines.append(f"  Version:\t{component['Version']}")
        lines += _detail_lines(component)
    return aligned("\n".join(lines) + "\n", _COLUMN, 1)


def _detail_lines(component: Json) -> list[str]:
    details = component.get("Details") or {}
    if component["Name"] != "Engine":
        return [f"  {name}:\t{details[name]}" for name in sorted(details)]
    rows = (
        ("API version", f"{details['ApiVersion']} (minimum version {details['MinAPIVersion']})"),
        ("Go version", details["GoVersion"]),
        ("Git commit", details["GitCommit"]),
        ("Built", details["BuildTime"]),
        ("OS/Arch", f"{details['Os']}/{details['Arch']}"),
        ("Experimental", details["Experimental"]),
    )
    return [f"  {name}:\t{value}" for name, value in rows]
