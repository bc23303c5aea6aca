"""Neighbours: `ip neigh` (net/core/neighbour.c)."""

from __future__ import annotations

from vnetsim.operations.verb import Verb, command_line, option
from vnetsim.values import frozen
from vnetsim.wire.inet import Address
from vnetsim.wire.mac import Mac


@frozen(kw_only=True)
class ChangeNeighbour:
    """`state` is the state of `ip neigh` in lower case (permanent, reachable, stale, ...); `router`: it is one."""

    device: str
    address: Address
    mac: Mac | None = None
    state: str = "permanent"
    proxy: bool = False
    router: bool = False
    verb: Verb = Verb.ADD

    def command(self) -> str:
        if self.proxy:
            return command_line("ip neigh", self.verb, "proxy", self.address, "dev", self.device)
        return command_line(
            "ip neigh", self.verb, self.address, option("lladdr", self.mac), "nud", self.state, "dev", self.device,
            "router" if self.router else None,
        )  # fmt: skip


@frozen(kw_only=True)
class DeleteNeighbour:
    device: str
    address: Address
    proxy: bool = False

    def command(self) -> str:
        return command_line("ip neigh del", "proxy" if self.proxy else None, self.address, "dev", self.device)
