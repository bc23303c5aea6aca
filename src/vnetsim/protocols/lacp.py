"""Which ports are one aggregation, and which aggregation is used (IEEE 802.3-2008, 43.4.14; bond_3ad.c).

Each port brings an aggregator; ports with the same key and the same partner share one.  One aggregator at a time is
active: `select` follows the policy (`stable`, `bandwidth`, `count`).  A port whose partner does not speak is alone.
Not modelled: policies by the priority of ports.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from vnetsim.protocols.lacp_port import AggregationPort
from vnetsim.wire.lacp import AGGREGATION, SYNCHRONIZATION
from vnetsim.wire.mac import UNKNOWN, Mac


class Aggregator:
    """`ports` are those attached, the latest first; `key` and the partner are those of the first one that came."""

    def __init__(self, aggregation: Aggregation, identifier: int) -> None:
        self.aggregation, self.identifier = aggregation, identifier
        self.ports: list[AggregationPort] = []
        self.clear()

    def clear(self) -> None:
        self.ports.clear()
        self.individual = self.active = False
        self.key = self.partner_key = self.partner_priority = 0
        self.partner: Mac = UNKNOWN

    @property
    def has_partner(self) -> bool:
        return self.partner != UNKNOWN

    @property
    def active_ports(self) -> int:
        return sum(port.is_enabled for port in self.ports)

    @property
    def device_up(self) -> bool:
        return any(port.device_up() for port in self.ports)

    @property
    def bandwidth(self) -> int:
        """In Mbit/s; all its ports have the same speed."""
        return self.aggregation.bandwidth_of(self.ports[0]) * self.active_ports if self.ports else 0

    def update_ready(self) -> None:
        """Its ports attach together, when all have waited."""
        ready = all(port.ready_n for port in self.ports)
        for port in self.ports:
            port.ready = ready

    def suits(self, port: AggregationPort) -> bool:
        ours = self.key, self.partner, self.partner_priority, self.partner_key
        partner = port.partner
        theirs = port.key, partner.system, partner.system_priority, partner.key
        return ours == theirs and self.has_partner and not self.individual

    def found(self, port: AggregationPort) -> None:
        """The first port gives it its values."""
        self.individual = not port.key & 1
        self.key, self.partner = port.key, port.partner.system
        self.partner_priority, self.partner_key = port.partner.system_priority, port.partner.key


class Aggregation(ABC):
    """Of one bond; `own` are the aggregators of its ports, in order; `selecting`: ticks until one is selected."""

    def __init__(self) -> None:
        self.own: dict[AggregationPort, Aggregator] = {}
        self.selecting = 0
        self._last = 0

    # --- of whoever has the aggregation -----------------------------------------------------------------------------

    @property
    @abstractmethod
    def policy(self) -> str: ...

    @abstractmethod
    def bandwidth_of(self, port: AggregationPort) -> int:
        """In Mbit/s, 0 if its link is down."""

    @abstractmethod
    def selected(self) -> None:
        """An aggregator was selected, or none: the carrier and the devices to send by may be others."""

    # --- ports ------------------------------------------------------------------------------------------------------

    @property
    def active(self) -> Aggregator | None:
        return next((each for each in self.own.values() if each.active), None)

    def bind(self, port: AggregationPort) -> None:
        """bond_3ad_bind_slave"""
        self._last += 1
        self.own[port] = Aggregator(self, self._last)
        port.disable()

    def unbind(self, port: AggregationPort) -> None:
        """bond_3ad_unbind_slave: the partner gets a last frame, and other ports of its aggregator get another one."""
        port.state &= ~AGGREGATION
        port.send_now()
        leaving = self.own[port]
        others = [each for each in leaving.ports if each is not port]
        if others:
            free = next(each for owner, each in self.own.items() if owner is not port and each.ports in ([], [port]))
            free.ports[:] = leaving.ports
            free.individual, free.active, free.key = leaving.individual, leaving.active, leaving.key
            free.partner, free.partner_priority = leaving.partner, leaving.partner_priority
            free.partner_key = leaving.partner_key
            for each in free.ports:
                each.aggregator = free
            leaving.clear()
        current, was_active = port.aggregator, False
        if current is not None and port in current.ports:
            current.ports.remove(port)
            if not current.ports:
                was_active = current.active
                current.clear()
        port.aggregator = None
        del self.own[port]
        if was_active and self.own:
            self.select()

    # --- ticks ------------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """bond_3ad_state_machine_handler"""
        if not self.own:
            return
        if self.selecting:
            self.selecting -= 1
            if not self.selecting:
                self.select()
        for port in list(self.own):
            port.tick_before()
            if not port.selected:
                self._select_aggregator(port)
            port.tick_after()

    def _select_aggregator(self, port: AggregationPort) -> None:
        """ad_port_selection_logic"""
        if port.aggregator is not None:
            port.aggregator.ports.remove(port)
            if not port.aggregator.ports:
                port.aggregator.clear()
        aggregators = self.own.values()
        suitable = next((each for each in aggregators if each.ports and each.suits(port)), None)
        if suitable is None:
            suitable = next(each for each in aggregators if not each.ports)
            suitable.found(port)
        suitable.ports.insert(0, port)
        port.aggregator, port.selected = suitable, True
        suitable.update_ready()
        self.select()
        if not suitable.active:
            port.state &= ~SYNCHRONIZATION

    # --- the active aggregator --------------------------------------------------------------------------------------

    def select(self) -> None:
        """ad_agg_selection_logic"""
        before = self.active
        best = before if before is not None and before.device_up else None
        for each in self.own.values():
            each.active = False
            if each.ports and each.device_up:
                best = each if best is None or self._is_better(each, best) else best
        if before is not None and (best is before or (best is not None and self._stays(before, best))):
            before.active = True
        elif best is not None:
            best.active = True
            for port in before.ports if before is not None else ():
                port.disable()
        active = self.active
        if active is not None and not active.has_partner:
            for port in active.ports:
                port.enable()
        self.selected()

    def _stays(self, before: Aggregator, best: Aggregator) -> bool:
        """The policy stable: an active one with a partner stays, and one without as long as there is none."""
        if self.policy != "stable" or not before.active_ports:
            return False
        return (before.has_partner or not best.has_partner) and not (best.key and not before.key)

    def _is_better(self, one: Aggregator, best: Aggregator) -> bool:
        """ad_agg_selection_test"""
        if one.individual != best.individual:
            return best.individual
        if one.has_partner != best.has_partner:
            return one.has_partner
        if self.policy == "count" and one.active_ports != best.active_ports:
            return one.active_ports > best.active_ports
        return one.bandwidth > best.bandwidth
