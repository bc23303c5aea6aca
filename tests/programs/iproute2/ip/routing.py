"""A host with routes, rules and neighbours, for tests of `ip route`, `ip rule` and `ip neigh`."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any, cast

import attrs

from tests.programs.fake import Ended, FakeContext, FakeFiles, FakeNetwork, FakeProcess, run
from tests.programs.iproute2.ip.ip_host import LO, veth
from vnetsim.errors import Errno, KernelError
from vnetsim.observations import NeighbourEntry, NextHop, Route, RouteAnswer, RoutingRule
from vnetsim.operations import DeleteNeighbour, DeletePolicyRule, DeleteRoute
from vnetsim.programs.iproute2 import ip
from vnetsim.wire.inet import Address, Prefix, parse_address

#: v0 (2) and w0 (3) of the captured outputs.
V0, W0 = veth(2, "v0", 3), veth(3, "w0", 2)


def prefix(text: str) -> Prefix:
    """`default`, `10.0.0.1` or `10.0.0.0/24`."""
    if text == "default":
        return Prefix(parse_address("0.0.0.0"), 0)
    word, _, length = text.partition("/")
    address = parse_address(word)
    return Prefix(address, int(length) if length else address.bits)


def hop(via: str | None, dev: str | None, *flags: str, weight: int = 1) -> NextHop:
    return NextHop(via=parse_address(via) if via else None, device=dev, flags=flags, weight=weight)


def route(to: str, via: str | None = None, dev: str | None = None, *flags: str, **changes: Any) -> Route:
    """A plain route, or one without any hop."""
    values: dict[str, Any] = {"destination": prefix(to), "hops": (hop(via, dev, *flags),) if via or dev else ()}
    if isinstance(changes.get("source"), str):
        changes["source"] = parse_address(changes["source"])
    return Route(**{**values, **changes})


def connected(to: str, dev: str, source: str, *flags: str, **changes: Any) -> Route:
    """The route that the kernel makes for an address."""
    return route(to, None, dev, *flags, **{"protocol": 2, "scope": 253, "source": source, **changes})


@attrs.define
class Routing(FakeNetwork):
    """`asked` are the questions of `ip route get`; what is deleted is gone."""

    tables: list[Route] = attrs.field(factory=list)
    rules: list[RoutingRule] = attrs.field(factory=list)
    entries: list[NeighbourEntry] = attrs.field(factory=list)
    answers: dict[str, RouteAnswer] = attrs.field(factory=dict)
    asked: list[tuple[str, dict[str, Any]]] = attrs.field(factory=list)
    cached: list[Route] = attrs.field(factory=list)
    cache_flushed: bool = False

    def routes(self, version: int = 4, table: int | None = 254) -> Sequence[Route]:
        mine = [it for it in self.tables if it.destination.version == version]
        found = mine if table is None else [it for it in mine if it.table == table]
        if table not in (None, 254) and not found:
            raise KernelError(Errno.ENOENT, f"ipv{version}: FIB table does not exist")
        return found

    def route_get(self, destination: Address, **question: Any) -> RouteAnswer:
        self.asked.append((str(destination), {key: value for key, value in question.items() if value}))
        if str(destination) not in self.answers:
            raise KernelError(Errno.ENETUNREACH)
        return self.answers[str(destination)]

    def routing_rules(self, version: int = 4) -> Sequence[RoutingRule]:
        return [rule for rule in self.rules if rule.version == version]

    def neighbours(self, version: int | None = None) -> Sequence[NeighbourEntry]:
        return [entry for entry in self.entries if version in (None, entry.address.version)]

    def cached_routes(self, version: int = 4) -> list[Route]:
        return self.cached if version == 6 else []

    def flush_route_cache(self, version: int = 4) -> None:
        self.cached = []
        if version == 6:
            return
        self.cache_flushed = True

    def execute(self, operation: Any) -> None:
        FakeNetwork.execute(self, operation)
        if isinstance(operation, DeleteRoute):
            said = (operation.destination, operation.table, operation.metric, operation.kind, operation.tos)
            gone = [it for it in self.tables if (it.destination, it.table, it.metric, it.kind, it.tos) == said]
            self.tables = [it for it in self.tables if it not in gone[:1]]
        elif isinstance(operation, DeletePolicyRule):
            self.rules = [rule for rule in self.rules if rule.priority != operation.priority]
        elif isinstance(operation, DeleteNeighbour):
            self.entries = [entry for entry in self.entries if entry.address != operation.address]


def run_ip(command: str, network: Routing | None = None, files: dict[str, str] | None = None) -> Ended:
    network = network or Routing()
    network.links_seen = network.links_seen or (LO, V0, W0)
    process = FakeProcess(shlex.split(command), FakeContext(network=network, files=FakeFiles(files or {})))
    return run(ip.main, process)


def said(command: str, network: Routing | None = None) -> str:
    """What a command prints that must succeed without a word on standard error."""
    ended = run_ip(command, network)
    assert (ended.status, ended.err) == (0, "")
    return ended.out


def session(text: str) -> list[tuple[str, str]]:
    """Commands with what they print, `.` standing for the blank at the end of a line."""
    found = []
    for part in text.split("$ ")[1:]:
        command, _, printed = part.partition("\n")
        lines = [line.removesuffix(".") if line.endswith(" .") else line for line in printed.splitlines()]
        found.append((command, "".join(f"{line}\n" for line in lines)))
    return found


def refuse(errno: Errno, explanation: str | None = None) -> Any:
    """For FakeNetwork.refuse."""

    def refusing(_: object) -> None:
        raise KernelError(errno, explanation)

    return cast(Any, refusing)
