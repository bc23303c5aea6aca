"""`docker network connect, disconnect, rm, prune` (docker/cli, package network)."""

from __future__ import annotations

from typing import Any

from vnetsim.errors import EngineError
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CommandError, ParsedFlags
from vnetsim.programs.docker.confirm import confirmed, print_deleted
from vnetsim.programs.docker.endpoints import settings
from vnetsim.programs.docker.session import DockerSession

Json = dict[str, Any]


def run_connect(session: DockerSession, options: ParsedFlags) -> Program:
    network, container = options.arguments
    addresses: Json = {}
    if options.text("ip"):
        addresses["IPv4Address"] = options.text("ip")
    if options.text("ip6"):
        addresses["IPv6Address"] = options.text("ip6")
    if options.texts("link-local-ip"):
        addresses["LinkLocalIPs"] = options.texts("link-local-ip")
    endpoint = settings(
        IPAMConfig=addresses,
        Links=options.texts("link") or None,
        Aliases=options.texts("alias"),
        DriverOpts=_driver_options(options.texts("driver-opt")),
        GwPriority=options.number("gw-priority"),
    )
    yield from session.engine.network_connect(network, {"Container": container, "EndpointConfig": endpoint})
    return 0


def _driver_options(texts: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for option in texts:
        key, equals, value = option.partition("=")
        if not equals or not key:
            raise CommandError("invalid key/value pair format in driver options")
        found[key] = value
    return found


def run_disconnect(session: DockerSession, options: ParsedFlags) -> Program:
    network, container = options.arguments
    request = {"Container": container, "Force": options.switch("force")}
    yield from session.engine.network_disconnect(network, request)
    return 0


def run_rm(session: DockerSession, options: ParsedFlags) -> Program:
    failed = False
    for name in options.arguments:
        try:
            yield from session.engine.network_delete(name)
        except EngineError as error:
            if not (options.switch("force") and error.status == 404):
                session.error_line(str(error))
                failed = True
        else:
            session.line(name)
    if failed:
        raise CommandError("exit status 1")
    return 0


def run_prune(session: DockerSession, options: ParsedFlags) -> Program:
    warning = "WARNING! This will remove all custom networks not used by at least one container."
    if not (options.switch("force") or (yield from confirmed(session, warning))):
        return 0
    answer: Json = yield from session.engine.network_prune(options.filters())
    print_deleted(session, "Networks", answer["NetworksDeleted"])
    return 0
