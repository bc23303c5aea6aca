"""`docker network connect, disconnect, rm, prune` (docker/cli, package network)."""

from __future__ import annotations

from typing import Any, Final

from vnetsim.errors import EngineError
from vnetsim.process import Program
from vnetsim.programs.docker.cobra import CobraCommand, CommandError, ParsedFlags, at_least, exactly
from vnetsim.programs.docker.confirm import confirmed
from vnetsim.programs.docker.endpoints import settings
from vnetsim.programs.docker.flags import FILTER, INT, STRINGS, Flag, listing, switch, text
from vnetsim.programs.docker.session import DockerSession
from vnetsim.programs.docker.validators import check_link

Json = dict[str, Any]


def _run_connect(session: DockerSession, options: ParsedFlags) -> Program:
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


def _run_disconnect(session: DockerSession, options: ParsedFlags) -> Program:
    network, container = options.arguments
    request = {"Container": container, "Force": options.switch("force")}
    yield from session.engine.network_disconnect(network, request)
    return 0


def _run_rm(session: DockerSession, options: ParsedFlags) -> Program:
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


def _run_prune(session: DockerSession, options: ParsedFlags) -> Program:
    warning = "WARNING! This will remove all custom networks not used by at least one container."
    if not (options.switch("force") or (yield from confirmed(session, warning))):
        return 0
    answer: Json = yield from session.engine.network_prune(options.filters())
    deleted = answer["NetworksDeleted"] or []
    if deleted:
        session.line("\n".join(["Deleted Networks:", *deleted, ""]))
    return 0


CONNECT: Final = CobraCommand(
    "[OPTIONS] NETWORK CONTAINER",
    "Connect a container to a network",
    _run_connect,
    exactly(2),
    (
        Flag("alias", STRINGS, "Add network-scoped alias for the container"),
        Flag("driver-opt", STRINGS, "driver options for the network"),
        Flag(
            "gw-priority",
            INT,
            "Highest gw-priority provides the default gateway. Accepts positive and negative values.",
        ),
        text("ip", 'IPv4 address (e.g., "172.30.100.104")'),
        text("ip6", 'IPv6 address (e.g., "2001:db8::33")'),
        Flag("link", listing(check_link), "Add link to another container"),
        Flag("link-local-ip", STRINGS, "Add a link-local address for the container"),
    ),
)
DISCONNECT: Final = CobraCommand(
    "[OPTIONS] NETWORK CONTAINER",
    "Disconnect a container from a network",
    _run_disconnect,
    exactly(2),
    (switch("force", "Force the container to disconnect from a network", "f"),),
)
RM: Final = CobraCommand(
    "NETWORK [NETWORK...]",
    "Remove one or more networks",
    _run_rm,
    at_least(1),
    (switch("force", "Do not error if the network does not exist", "f"),),
    ("docker network rm", "docker network remove"),
)
PRUNE: Final = CobraCommand(
    "[OPTIONS]",
    "Remove all unused networks",
    _run_prune,
    exactly(0),
    (
        Flag("filter", FILTER, 'Provide filter values (e.g. "until=<timestamp>")'),
        switch("force", "Do not prompt for confirmation", "f"),
    ),
)
