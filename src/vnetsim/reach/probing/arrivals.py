"""Where probes arrive: the namespace and port at which each packet was delivered, read from the trace.

A connection that docker-proxy takes arrives where the connection arrives that the proxy makes in its turn.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vnetsim.reach.translation.translations import PROXY, Translation, address_of
from vnetsim.trace import Delivered, Event, Made
from vnetsim.values import frozen
from vnetsim.wire.arp import Arp
from vnetsim.wire.inet import Address
from vnetsim.wire.tcp import Tcp
from vnetsim.wire.udp import Udp

_PROTOCOLS: Final = ("tcp", "udp")


@frozen
class Arrival:
    """`namespace` as traces call it; `port` is 0 for icmp."""

    namespace: str
    port: int = 0


class Arrivals:
    """Records deliveries in a trace; `translations` are searched for proxies only."""

    def __init__(self, translations: Iterable[Translation]) -> None:
        self._delivered: dict[int, Delivered] = {}
        #: Packets that a namespace with proxies made, by where they go.
        self._made: dict[tuple[str, Address, int], list[int]] = {}
        self._behind: dict[tuple[str, str, int], tuple[Address, int]] = {}
        for each in translations:
            if each.hook == PROXY and each.addresses is not None and each.ports is not None:
                destination = each.namespace, *each.matched.protocols, each.matched.ports[0][0]
                self._behind[destination] = address_of(each.version, each.addresses[0]), each.ports[0]  # type: ignore[index]
        self._proxied = {namespace for namespace, _, _ in self._behind}

    def __call__(self, event: Event) -> None:
        if isinstance(event, Delivered):
            self._delivered[event.packet] = event
        elif isinstance(event, Made) and event.namespace in self._proxied and not isinstance(event.content, Arp):
            payload = event.content.payload
            if isinstance(payload, Tcp | Udp):
                destination = event.namespace, event.content.destination, payload.destination_port
                self._made.setdefault(destination, []).append(event.packet)

    def of(self, packet: int) -> Arrival | None:
        """Where it was delivered; None if it was not."""
        event = self._delivered.get(packet)
        if event is None:
            return None
        protocol, _, rest = event.to.partition(" port ")
        if protocol not in _PROTOCOLS:
            return Arrival(event.namespace)
        behind = self._behind.get((event.namespace, protocol, int(rest)))
        return Arrival(event.namespace, int(rest)) if behind is None else self._onwards(event.namespace, behind)

    def _onwards(self, namespace: str, behind: tuple[Address, int]) -> Arrival | None:
        """Where the proxy's own packets arrived; None if they did not."""
        made = self._made.get((namespace, *behind), ())
        return next((found for packet in made if (found := self.of(packet)) is not None), None)
