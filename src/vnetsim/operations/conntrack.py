"""Tracked connections: `conntrack -D` and `-F` (net/netfilter/nf_conntrack_netlink.c)."""

from __future__ import annotations

from typing import Final

from vnetsim.operations.verb import command_line, option
from vnetsim.values import frozen
from vnetsim.wire.inet import Address

_PROTOCOLS: Final = {1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6"}
_WITH_PORTS: Final = ("tcp", "udp")
_ZONES: Final = {1: "--orig-zone", 2: "--reply-zone", 3: "-w"}


@frozen(kw_only=True)
class DeleteConnection:
    """Forget the connection that began with such a packet; ENOENT if there is none.

    Ports as in observations.Flow, zones as in observations.ConnectionEntry.
    `by` and `by_name` are the requesting process, which events name.
    """

    protocol: int
    source: Address
    destination: Address
    source_port: int = 0
    destination_port: int = 0
    zone: int = 0
    zone_directions: int = 3
    by: int = 0
    by_name: str = ""

    def command(self) -> str:
        protocol = _PROTOCOLS.get(self.protocol, str(self.protocol))
        if protocol in _WITH_PORTS:
            ports = command_line(option("--sport", self.source_port), option("--dport", self.destination_port))
        elif protocol in ("icmp", "icmpv6"):
            ports = command_line(
                option(f"--{protocol}-type", self.destination_port >> 8),
                option(f"--{protocol}-code", self.destination_port & 0xFF),
                option(f"--{protocol}-id", self.source_port),
            )
        else:
            ports = ""
        zone = option(_ZONES[self.zone_directions], self.zone or None)
        return command_line("conntrack -D -p", protocol, "-s", self.source, "-d", self.destination, ports, zone)


@frozen(kw_only=True)
class FlushConnections:
    """Forget all connections, or those of one family."""

    version: int | None = None
    by: int = 0
    by_name: str = ""

    def command(self) -> str:
        return command_line("conntrack -F", None if self.version is None else f"-f ipv{self.version}")
