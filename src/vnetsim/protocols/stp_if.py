"""The spanning tree as bridge and ports configure it (net/bridge/br_stp_if.c).

tree = SpanningTree[Port](mac)
tree.add_port(port, number, cost) / remove_port(port, now)     # the bridge's ports; disabled at first
tree.start(ready, now) / stop(now)                             # the bridge goes up, down
tree.enable_port(port, now) / disable_port(port, now)          # a port can, cannot carry frames
tree.set_enabled(on, now)                                      # stp_state; off: a port forwards at once
tree.received(port, bpdu, now)
tree.timers.deadline, tree.expire(now)
tree.set_priority / set_mac / set_times / set_port_priority / set_cost / set_state
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.protocols.stp import StpAlgorithm
from vnetsim.protocols.stp_info import Action, Port, PortInfo, SetState, StpPortState, TimerKind
from vnetsim.wire.mac import Mac

#: What the times of a bridge may be while the protocol runs, in seconds.
FORWARD_DELAY: Final = (2, 30)
HELLO_TIME: Final = (1, 10)
MAX_AGE: Final = (6, 40)


class SpanningTree(StpAlgorithm[Port]):
    """The spanning tree of one bridge."""

    # --- the bridge ---------------------------------------------------------------------------------------------------

    def start(self, ready: Iterable[Port], now: int) -> list[Action[Port]]:
        """The bridge goes up, and with it the ports that are `ready` (br_stp_enable_bridge)."""
        self.up = True
        if self.enabled:
            self.timers.set(TimerKind.HELLO, None, now, self.hello_time)
        self._generate(now)
        for port in ready:
            self._enable(self._ports[port], now)
        return self._done()

    def stop(self, now: int) -> list[Action[Port]]:
        """The bridge goes down (br_stp_disable_bridge)."""
        self.up = False
        for info in self._infos():
            if info.state is not StpPortState.DISABLED:
                self._disable(info, now)
        self._set_topology_change(active=False)
        self.topology_change_detected = False
        for kind in (TimerKind.HELLO, TimerKind.TCN, TimerKind.TOPOLOGY_CHANGE):
            self.timers.cancel(kind)
        return self._done()

    def set_enabled(self, on: bool, now: int) -> list[Action[Port]]:
        """stp_state 1 or 0.  Ports keep their states: off, what is blocking stays so until something changes."""
        if on and not self.enabled:
            low, high = (limit * SECOND for limit in FORWARD_DELAY)
            self._set_forward_delay(min(max(self.bridge_forward_delay, low), high))
            self.enabled = True
            if self.up:
                self.timers.set(TimerKind.HELLO, None, now, self.hello_time)
            self._select_states(now)
        elif not on:
            self.enabled = False
        return self._done()

    def set_times(
        self, *, forward_delay: int | None = None, hello_time: int | None = None, max_age: int | None = None
    ) -> None:
        """The bridge's own times, used everywhere if it is the root; KernelError(ERANGE) as the kernel refuses."""
        if forward_delay is not None:
            if self.enabled:
                _check(forward_delay, FORWARD_DELAY)
            self._set_forward_delay(forward_delay)
        if hello_time is not None:
            self.bridge_hello_time = _check(hello_time, HELLO_TIME)
            self.hello_time = hello_time if self.is_root else self.hello_time
        if max_age is not None:
            self.bridge_max_age = _check(max_age, MAX_AGE)
            self.max_age = max_age if self.is_root else self.max_age

    def _set_forward_delay(self, delay: int) -> None:
        self.bridge_forward_delay = delay
        self.forward_delay = delay if self.is_root else self.forward_delay

    def set_priority(self, priority: int, now: int) -> list[Action[Port]]:
        """A new priority, 0 to 65535."""
        return self._rename(priority, self.mac, now)

    def set_mac(self, mac: Mac, now: int) -> list[Action[Port]]:
        """A new address of the bridge (br_stp_change_bridge_id)."""
        return self._rename(self.priority, mac, now)

    def _rename(self, priority: int, mac: Mac, now: int) -> list[Action[Port]]:
        was_root, old = self.is_root, self.identifier
        designated = [info for info in self._infos() if info.designated_bridge == old]
        self.priority, self.mac = priority, mac
        for info in designated:
            info.designated_bridge = self.identifier
            if info.designated_root == old:
                info.designated_root = self.identifier
        self._update(now)
        if self.is_root and not was_root:
            self._become_root(now)
        return self._done()

    # --- ports --------------------------------------------------------------------------------------------------------

    def add_port(self, port: Port, number: int, cost: int, priority: int = 32) -> PortInfo[Port]:
        """A new port, disabled; `number` from 1."""
        info = self._ports[port] = PortInfo(port, number, cost, priority)
        self._designate(info)
        return info

    def remove_port(self, port: Port, now: int) -> list[Action[Port]]:
        """br_stp_disable_port for a port that goes: no action names it."""
        info = self._ports[port]
        if info.state is not StpPortState.DISABLED:
            self._disable(info, now)
        del self._ports[port]
        return [action for action in self._done() if not (isinstance(action, SetState) and action.port == port)]

    def enable_port(self, port: Port, now: int) -> list[Action[Port]]:
        """The port is up and has a carrier, and so does the bridge (br_stp_enable_port)."""
        self._enable(self._ports[port], now)
        return self._done()

    def disable_port(self, port: Port, now: int) -> list[Action[Port]]:
        """br_stp_disable_port; the caller flushes what was learned behind it."""
        self._disable(self._ports[port], now)
        return self._done()

    def set_state(self, port: Port, state: StpPortState, now: int) -> list[Action[Port]]:
        """`bridge link set ... state`: KernelError(EBUSY) while the protocol runs."""
        if self.enabled:
            raise KernelError(Errno.EBUSY)
        self._enter(self._ports[port], state)
        self._select_states(now)
        return self._done()

    def set_cost(self, port: Port, cost: int, now: int) -> list[Action[Port]]:
        """KernelError(ERANGE) outside 1 to 65535."""
        if not 1 <= cost <= 65535:
            raise KernelError(Errno.ERANGE)
        self._ports[port].cost = cost
        self._update(now)
        return self._done()

    def set_port_priority(self, port: Port, priority: int, now: int) -> list[Action[Port]]:
        """KernelError(ERANGE) outside 0 to 63."""
        if not 0 <= priority <= 63:
            raise KernelError(Errno.ERANGE)
        info = self._ports[port]
        designated = self.is_designated(info)
        info.priority = priority
        if designated:
            info.designated_port = info.identifier
        if info.designated_bridge == self.identifier and info.identifier < info.designated_port:
            self._designate(info)
            self._select_states(now)
        return self._done()

    def _enable(self, info: PortInfo[Port], now: int) -> None:
        self._designate(info)
        self._enter(info, StpPortState.BLOCKING)
        info.topology_change_ack = info.config_pending = False
        self._select_states(now)

    def _disable(self, info: PortInfo[Port], now: int) -> None:
        was_root = self.is_root
        self._designate(info)
        self._enter(info, StpPortState.DISABLED)
        info.topology_change_ack = info.config_pending = False
        for kind in (TimerKind.MESSAGE_AGE, TimerKind.FORWARD_DELAY, TimerKind.HOLD):
            self.timers.cancel(kind, info.port)
        self._update(now)
        if self.is_root and not was_root:
            self._become_root(now)


def _check(value: int, limits: tuple[int, int]) -> int:
    if not limits[0] * SECOND <= value <= limits[1] * SECOND:
        raise KernelError(Errno.ERANGE)
    return value
