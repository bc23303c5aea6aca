"""Two hosts with cables between them, for the machines of LACP: time passes by ticks, frames arrive at once."""

from __future__ import annotations

from vnetsim.protocols.lacp import Aggregation
from vnetsim.protocols.lacp_port import AggregationPort
from vnetsim.wire.lacp import TIMEOUT, Lacpdu
from vnetsim.wire.mac import Mac

#: The number of 10 Gbit/s.
FAST = 7


class CablePort(AggregationPort):
    """`peer` hears what it sends; None for a switch that speaks no LACP."""

    def __init__(self, number: int, system: Mac, *, short: bool = False) -> None:
        super().__init__(number, 65535, system)
        self.state |= TIMEOUT * short
        self.peer: CablePort | None = None
        self.plugged, self.active, self.looped = True, False, 0
        self.sent: list[Lacpdu] = []
        self.set_link(FAST, up=True)

    def device_up(self) -> bool:
        return self.plugged

    def is_active(self) -> bool:
        return self.active

    def enable(self) -> None:
        self.active = self.plugged

    def disable(self) -> None:
        self.active = False

    def transmit(self, pdu: Lacpdu) -> None:
        self.sent.append(pdu)
        if self.plugged and self.peer is not None:
            self.peer.received(pdu)

    def loopback(self) -> None:
        self.looped += 1

    def plug(self, plugged: bool) -> None:
        for end in (self, self.peer):
            if end is not None:
                end.plugged = plugged
                end.active = end.active and plugged
                end.set_link(FAST, up=plugged)


class Host(Aggregation):
    policy = "stable"

    def __init__(self, system: str, ports: int, *, short: bool = True) -> None:
        super().__init__()
        self.ports = [CablePort(number, Mac.parse(system), short=short) for number in range(1, ports + 1)]
        for port in self.ports:
            self.bind(port)
        self.selecting = 1

    def bandwidth_of(self, port: AggregationPort) -> int:
        return 10_000 if port.is_enabled else 0

    def selected(self) -> None:
        """Nothing depends on it."""


def hosts(cables: int) -> tuple[Host, Host]:
    one, other = Host("02:00:00:00:00:01", cables), Host("02:00:00:00:00:b1", cables)
    for here, there in zip(one.ports, other.ports, strict=True):
        here.peer, there.peer = there, here
    return one, other


def pass_seconds(seconds: float, *each: Host) -> None:
    for _ in range(round(seconds * 10)):
        for host in each:
            host.tick()


def used(host: Host) -> set[int]:
    """The numbers of the ports that carry traffic."""
    return {port.number for port in host.ports if port.active and port.aggregator is host.active}
