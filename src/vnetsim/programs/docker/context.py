"""`docker context` (docker/cli, command/context): the one context there is, `default`.

Not modelled: contexts of the user's own, which would be engines on other machines.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from typing import Any, Final

from vnetsim.errors import NotModelled
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.formatter import Column, Listing
from vnetsim.programs.docker.go.encode import document, indented, marshal
from vnetsim.programs.docker.go.parse import TemplateError
from vnetsim.programs.docker.go.values import untyped
from vnetsim.programs.docker.session import DockerSession
from vnetsim.programs.docker.templates import template

Json = dict[str, Any]

DEFAULT: Final = "default"
_DESCRIPTION: Final = "Current DOCKER_HOST based configuration"
_META: Final = "/root/.docker/contexts/meta"
_NAME: Final = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.+-]+")
_MEMORY: Final = "<IN MEMORY>"
_OVERRIDES: Final = (
    "Warning: DOCKER_HOST environment variable overrides the active context. To use a context, either set the global"
    " --context flag, or unset DOCKER_HOST environment variable."
)

LISTING: Final[Listing[str]] = Listing(
    type_name="*formatter.clientContextContext",
    columns={
        "Name": Column("NAME", lambda _host: DEFAULT),
        "Description": Column("DESCRIPTION", lambda _host: _DESCRIPTION),
        "DockerEndpoint": Column("DOCKER ENDPOINT", lambda host: host),
        "Error": Column("ERROR", lambda _host: ""),
        "Current": Column("", lambda _host: "true"),
    },
    table="{{.Name}}{{if .Current}} *{{end}}\t{{.Description}}\t{{.DockerEndpoint}}\t{{.Error}}",
    quiet="{{.Name}}",
)


def not_found(name: str) -> str:
    """What the client says of a context that has no file."""
    path = posixpath.join(_META, hashlib.sha256(name.encode("utf-8", "replace")).hexdigest(), "meta.json")
    return f'context "{name}": context not found: open {path}: no such file or directory'


def run_ls(session: DockerSession, options: ParsedFlags) -> Program:
    yield from ()
    form, quiet = options.text("format"), options.switch("quiet")
    if "{{json" in form.replace(" ", ""):
        raise NotModelled("{{json}} in a template for contexts")
    if form == "json" and not quiet:
        shown: Json = {"Current": True, "Description": _DESCRIPTION, "DockerEndpoint": session.host, "Error": ""}
        session.line(marshal(untyped(shown | {"Name": DEFAULT})))
    else:
        session.process.write(LISTING.render([session.host], form, quiet=quiet))
    if session.process.context.environment.get("DOCKER_HOST"):
        session.error_line(_OVERRIDES)
    return 0


def run_show(session: DockerSession, _options: ParsedFlags) -> Program:
    session.line(DEFAULT)
    return 0


def run_use(session: DockerSession, options: ParsedFlags) -> Program:
    if len(options.arguments) != 1:
        raise CommandError(f"accepts 1 arg(s), received {len(options.arguments)}")
    (name,) = options.arguments
    if name != DEFAULT:
        _expect_name(name)
        raise CommandError(not_found(name))
    session.line(DEFAULT)
    session.error_line('Current context is now "default"')
    return 0


def run_create(_session: DockerSession, options: ParsedFlags) -> Program:
    (name,) = options.arguments
    if name == DEFAULT:
        raise CommandError('"default" is a reserved context name')
    _expect_name(name)
    raise NotModelled(f"docker context create {name}")


def run_rm(session: DockerSession, options: ParsedFlags) -> Program:
    refused = []
    for name in options.arguments:
        if name == DEFAULT:
            refused.append('context "default" cannot be removed')
        elif options.switch("force"):
            session.line(name)
        else:
            refused.append(f'context "{name}" does not exist')
    if refused:
        raise CommandError("\n".join(refused))
    return 0


def _expect_name(name: str) -> None:
    if _NAME.fullmatch(name) is None:
        said = f'names are validated against regexp "^{_NAME.pattern}$"'
        raise CommandError(f'context name "{name}" is invalid, {said}')


def run_inspect(session: DockerSession, options: ParsedFlags) -> Program:
    names, form = options.arguments or [DEFAULT], options.text("format")
    known = [_inspected(session.host) for name in names if name == DEFAULT]
    if form in ("", "json"):
        session.line(document(known) if form else indented(known))
    else:
        try:
            parsed = template(form)
            session.process.write("".join(f"{parsed.execute(untyped(one))}\n" for one in known) or "\n")
        except TemplateError as error:
            raise CommandError(f"template parsing error: {error}") from None
    unknown = [not_found(name) for name in names if name != DEFAULT]
    if unknown:
        raise CommandError("\n".join(unknown))
    return 0


def _inspected(host: str) -> Json:
    return {
        "Name": DEFAULT,
        "Metadata": {},
        "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}},
        "TLSMaterial": {},
        "Storage": {"MetadataPath": _MEMORY, "TLSPath": _MEMORY},
    }
