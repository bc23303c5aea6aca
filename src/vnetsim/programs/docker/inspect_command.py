"""`docker inspect` of containers, networks and images (docker/cli, command/inspect and system/inspect.go).

A template is applied to the structure the client knows; where that fails, to the engine's JSON as it came, in which a
missing key is an error.  An object that does not exist does not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from vnetsim.errors import EngineError, NotModelled
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.go.encode import document, indented
from vnetsim.programs.docker.go.parse import TemplateError
from vnetsim.programs.docker.go.printing import quote
from vnetsim.programs.docker.go.template import Template
from vnetsim.programs.docker.go.values import decode, untyped
from vnetsim.programs.docker.session import DockerSession, Unreachable
from vnetsim.programs.docker.templates import template
from vnetsim.programs.docker.types import go_type
from vnetsim.values import frozen

Json = dict[str, Any]


@frozen
class InspectResult:
    """The engine's answer, and its type in the client."""

    answer: Json
    type_name: str


_Finder: TypeAlias = Callable[[str], InspectResult]


def _container(session: DockerSession, size: bool) -> _Finder:
    def find(name: str) -> InspectResult:
        found = session.engine.container_inspect(name)
        sizes = session.engine.container_size(found["Id"]) if size else {}
        return InspectResult({**found, **sizes}, "container.InspectResponse")

    return find


def _network(session: DockerSession, verbose: bool) -> _Finder:
    return lambda name: InspectResult(session.engine.network_inspect(name, verbose), "network.Inspect")


def _image(session: DockerSession) -> _Finder:
    return lambda name: InspectResult(session.engine.image_inspect(name), "image.InspectResponse")


def _inspect(session: DockerSession, names: Sequence[str], form: str, find: _Finder) -> int:
    """Print the objects, then the errors in the order of the names."""
    parsed = _template(form)
    complaints: list[str] = []
    answers: list[Json] = []
    texts: list[str] = []
    for name in names:
        try:
            found = find(name)
            answers.append(found.answer)
            if parsed is not None:
                texts.append(f"{_text(parsed, found)}\n")
        except EngineError as error:
            complaints.append(str(error))
        except LookupError as error:
            complaints.append(str(error.args[0]))
        except TemplateError as error:
            complaints.append(f"template parsing error: {error}")
    if parsed is not None:
        session.process.write("".join(texts) or "\n")
    else:
        session.line(document(answers) if form == "json" else indented(answers))
    if complaints:
        raise CommandError("\n".join(complaints))
    return 0


def _template(form: str) -> Template | None:
    if form in ("", "json"):
        return None
    try:
        return template(form)
    except TemplateError as error:
        raise CommandError(f"template parsing error: {error}", 64) from None


def _text(parsed: Template, found: InspectResult) -> str:
    try:
        return parsed.execute(decode(go_type(found.type_name), found.answer))
    except TemplateError:
        return parsed.execute(untyped(found.answer), missing_key_is_error=True)


def _volume(session: DockerSession) -> _Finder:
    return lambda name: InspectResult(session.engine.volume_inspect(name), "volume.Volume")


# --- docker inspect: objects of any kind -----------------------------------------------------------------------------

_TYPES: Final = ("config", "container", "image", "network", "node", "plugin", "secret", "service", "task", "volume")


def _any_kind(session: DockerSession, size: bool) -> _Finder:
    """The first kind of object that has the name; only `not found` lets the next kind try."""
    finders = (_container(session, size), _image(session), _network(session, False), _volume(session))

    def find(name: str) -> InspectResult:
        for finder in finders:
            try:
                return finder(name)
            except Unreachable:
                raise
            except EngineError as error:
                if error.status != 404:
                    raise
        raise LookupError(f"Error: No such object: {name}")

    return find


def run(session: DockerSession, options: ParsedFlags) -> Program:
    form, kind, size = options.text("format"), options.text("type"), options.switch("size")
    if "type" in options.given and kind not in _TYPES:
        known = ", ".join(f'"{name}"' for name in _TYPES)
        what = f"unknown type: {quote(kind)}" if kind else "type is empty"
        raise CommandError(f"{what}: must be one of {known}")
    if kind in ("", "container"):
        find = _any_kind(session, size) if not kind else _container(session, size)
    elif kind == "network":
        find = _network(session, False)
    elif kind == "volume":
        find = _volume(session)
    elif kind == "image":
        find = _image(session)
    else:
        raise NotModelled(f"docker inspect --type {kind}")
    return _inspect(session, options.arguments, form, find)


def run_container(session: DockerSession, options: ParsedFlags) -> Program:
    return _inspect(session, options.arguments, options.text("format"), _container(session, options.switch("size")))


def run_network(session: DockerSession, options: ParsedFlags) -> Program:
    return _inspect(session, options.arguments, options.text("format"), _network(session, options.switch("verbose")))


def run_image(session: DockerSession, options: ParsedFlags) -> Program:
    return _inspect(session, options.arguments, options.text("format"), _image(session))


def run_volume(session: DockerSession, options: ParsedFlags) -> Program:
    return _inspect(session, options.arguments, options.text("format"), _volume(session))
