"""`ip route`: routing tables (iproute2 6.1: ip/iproute.c).

Not modelled: `save`, `restore`, `showdump`, `test`, what routefilter and routewords leave out, and multicast routing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from vnetsim.errors import KernelError
from vnetsim.observations import Route
from vnetsim.operations import DeleteRoute, Hop, Verb
from vnetsim.process import Program
from vnetsim.programs.iproute2.ip.iproute.filter import RouteFilter, parse
from vnetsim.programs.iproute2.ip.iproute.get import get
from vnetsim.programs.iproute2.ip.iproute.modify import add_route, delete_route
from vnetsim.programs.iproute2.ip.iproute.printing import RoutePrinter
from vnetsim.programs.iproute2.lib.arguments import (
    Command,
    Iproute2Error,
    Request,
    help_command,
    not_modelled,
    run_command,
)
from vnetsim.programs.iproute2.lib.rt_tables import RouteNames

#: How often a flush looks again for what is left.
_ROUNDS: Final = 10


def main(request: Request) -> Program:
    """Lists the main table without arguments."""
    if not request.args:
        return _show(request)
    return run_command(request, _COMMANDS.items(), "ip route help")


def _show(request: Request) -> Program:
    names = RouteNames(request.process.files, request.options.numeric)
    chosen = parse(request, names)
    printer = RoutePrinter(request.printer(), names, request.options, chosen, request.network)
    for route in _dump(request, chosen, "Dump terminated"):
        printer.route(route)
    request.process.write(printer.out.result())
    return 0


def _dump(request: Request, chosen: RouteFilter, excuse: str) -> Sequence[Route]:
    """The routes wanted, in the kernel's order; of the cache the kernel shows only IPv6's exceptions."""
    family = request.options.family
    if chosen.cached:
        return [route for route in request.network.cached_routes(6 if family == 6 else 4) if chosen.wants(route)]
    versions = (family,) if family in (4, 6) else (4,) if chosen.table is not None else (4, 6)
    try:
        routes = [route for version in versions for route in request.network.routes(version, chosen.table)]
    except KernelError as error:
        raise Iproute2Error(2, f"{error}\n{excuse}") from None
    return [route for route in routes if chosen.wants(route)]


def _flush(request: Request) -> Program:
    if not request.args:
        raise Iproute2Error(1, '"ip route flush" requires arguments.')
    names = RouteNames(request.process.files, request.options.numeric)
    chosen = parse(request, names)
    if chosen.cached and request.options.family != 6:
        return _flush_cache(request)
    write, verbosity = request.process.write, request.options.stats
    for round_ in range(_ROUNDS):
        routes = _dump(request, chosen, "Flush terminated")
        if verbosity and not routes:
            rounds = f"{round_} round{'s' if round_ > 1 else ''}"
            write(f"*** Flush is complete after {rounds} ***\n" if round_ else "Nothing to flush.\n")
        if not routes:
            return 0
        if verbosity > 1:
            printer = RoutePrinter(request.printer(), names, request.options, chosen)
            for route in routes:
                printer.route(route)
            write(printer.out.result())
        _delete_all(request, chosen, routes)
        if verbosity:
            write(f"\n*** Round {round_ + 1}, deleting {len(routes)} entries ***\n")
    return 1


def _delete_all(request: Request, chosen: RouteFilter, routes: Sequence[Route]) -> None:
    if chosen.cached:
        request.network.flush_route_cache(6)
        return
    for route in routes:
        request.execute(_deletion(route))


def _deletion(route: Route) -> DeleteRoute:
    """The operation that deletes just this route."""
    return DeleteRoute(
        destination=route.destination, kind=route.kind, source=route.source, metric=route.metric, table=route.table,
        protocol=route.protocol or None, scope=route.scope, tos=route.tos, mtu=route.mtu,
        mtu_locked=route.mtu_locked, advmss=route.advmss, metrics=route.metrics,
        nhid=route.nhid,
        hops=() if route.nhid else tuple(
            Hop(via=hop.via, device=hop.device, weight=hop.weight, onlink="onlink" in hop.flags) for hop in route.hops
        ),
    )  # fmt: skip


def _flush_cache(request: Request) -> Program:
    """IPv4's path MTUs and redirects are deleted, by a sysctl."""
    request.network.flush_route_cache(4)
    if request.options.stats:
        request.process.write("*** IPv4 routing cache is flushed.\n")
    return 0


def _change(verb: Verb) -> Callable[[Request], Program]:
    def command(request: Request) -> Program:
        request.execute(add_route(request, verb))
        return 0

    return command


def _delete(request: Request) -> Program:
    request.execute(delete_route(request))
    return 0


#: Commands in the order of lookup().
_COMMANDS: Final[dict[str, Command]] = {
    "list": _show, "show": _show, "lst": _show, "get": get, "add": _change(Verb.ADD), "change": _change(Verb.CHANGE),
    "chg.": _change(Verb.CHANGE), "replace": _change(Verb.REPLACE), "prepend": _change(Verb.PREPEND),
    "append": _change(Verb.APPEND), "test": not_modelled("ip route test"), "delete": _delete,
    "save": not_modelled("ip route save"), "restore": not_modelled("ip route restore"),
    "showdump": not_modelled("ip route showdump"), "flush": _flush, "help": help_command("ip-route"),
}  # fmt: skip
