"""The spanning tree of a bridge: IEEE 802.1D-1998 as net/bridge/br_stp.c, br_stp_if.c and br_stp_timer.c run it.

    tree = SpanningTree[Port](mac)
    tree.add_port(port, number, cost) / remove_port(port, now)     # the bridge's ports; disabled at first
    tree.start(ready, now) / stop(now)                             # the bridge goes up, down
    tree.enable_port(port, now) / disable_port(port, now)          # a port can, cannot carry frames
    tree.set_enabled(on, now)                                      # stp_state; off: a port forwards at once
    tree.received(port, bpdu, now)
    tree.deadline, tree.expire(now)
    tree.set_priority / set_mac / set_times / set_port_priority / set_cost / set_state

Everything returns actions, in order: a port's new state, a BPDU to send, the beginning and end of a topology change
(during which learned addresses live for forward_delay only).  Times are nanoseconds.

Not modelled: the user-space protocols that Linux can hand this over to (RSTP, MSTP), BPDU filters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Generic

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError
from vnetsim.protocols.jiffies import JIFFY, expiry, rounded_expiry, rounded_target, target
from vnetsim.protocols.stp_info import (
    Action,
    Port,
    PortInfo,
    Relearn,
    SetState,
    StpPortState,
    TimerKind,
    Transmit,
)
from vnetsim.wire.bpdu import TICKS, TOPOLOGY_CHANGE, TOPOLOGY_CHANGE_ACK, Bpdu, Config, TopologyChange, bridge_id
from vnetsim.wire.mac import Mac

#: How long after a configuration BPDU the next one leaves by the same port (BR_HOLD_TIME).
HOLD_TIME: Final = 1 * SECOND
#: What a BPDU ages by in a bridge that passes the news on (MESSAGE_AGE_INCR).
_AGE_INCREMENT: Final = JIFFY

#: What the times of a bridge may be while the protocol runs, in seconds.
FORWARD_DELAY: Final = (2, 30)
HELLO_TIME: Final = (1, 10)
MAX_AGE: Final = (6, 40)


class SpanningTree(Generic[Port]):
    """The protocol machine of one bridge; `mac` and `priority` are its id."""

    def __init__(self, mac: Mac, priority: int = 0x8000) -> None:
        self.mac = mac
        self.priority = priority
        self.enabled = False  #: stp_state
        self.up = False
        self.bridge_max_age = self.max_age = 20 * SECOND
        self.bridge_hello_time = self.hello_time = 2 * SECOND
        self.bridge_forward_delay = self.forward_delay = 15 * SECOND
        self.designated_root = self.identifier
        self.root_path_cost = 0
        self.root_port = 0  #: its number; 0: this bridge is the root
        self.topology_change = False
        self.topology_change_detected = False
        self._ports: dict[Port, PortInfo[Port]] = {}
        #: When timers fire, and when they were asked to.
        self._timers: dict[tuple[TimerKind, Port | None], int] = {}
        self._asked: dict[tuple[TimerKind, Port | None], int] = {}
        self._actions: list[Action[Port]] = []

    # --- what is known --------------------------------------------------------------------------------------------

    @property
    def identifier(self) -> int:
        """16 bits of priority and 48 of address: the lowest is the best."""
        return bridge_id(self.priority, self.mac)

    @property
    def is_root(self) -> bool:
        return self.designated_root == self.identifier

    def info(self, port: Port) -> PortInfo[Port]:
        return self._ports[port]

    def remaining(self, kind: TimerKind, port: Port | None, now: int) -> int:
        """Nanoseconds, in whole ticks, until a timer should fire; 0 if it does not run."""
        if (kind, port) not in self._timers:
            return 0
        return max(0, self._asked[kind, port] - now // JIFFY * JIFFY)

    def is_designated(self, info: PortInfo[Port]) -> bool:
        """Whether this bridge speaks for the segment of the port."""
        return (info.designated_bridge, info.designated_port) == (self.identifier, info.identifier)

    # --- what happens to the bridge -------------------------------------------------------------------------------

    def start(self, ready: Iterable[Port], now: int) -> list[Action[Port]]:
        """The bridge goes up, and with it the ports that are `ready` (br_stp_enable_bridge)."""
        self.up = True
        if self.enabled:
            self._set(TimerKind.HELLO, None, now, self.hello_time)
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
            self._cancel(kind)
        return self._done()

    def set_enabled(self, on: bool, now: int) -> list[Action[Port]]:
        """stp_state 1 or 0.  Ports keep their states: off, what is blocking stays so until something changes."""
        if on and not self.enabled:
            low, high = (limit * SECOND for limit in FORWARD_DELAY)
            self._set_forward_delay(min(max(self.bridge_forward_delay, low), high))
            self.enabled = True
            if self.up:
                self._set(TimerKind.HELLO, None, now, self.hello_time)
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

    # --- what happens to a port -----------------------------------------------------------------------------------

    def add_port(self, port: Port, number: int, cost: int, priority: int = 32) -> PortInfo[Port]:
        """A new port, disabled; `number` from 1."""
        info = self._ports[port] = PortInfo(port, number, cost, priority)
        self._designate(info)
        return info

    def remove_port(self, port: Port, now: int) -> list[Action[Port]]:
        """Without a word about the port itself, which is gone."""
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
        """br_stp_disable_port; what was learned behind it is to be forgotten."""
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
            self._cancel(kind, info.port)
        self._update(now)
        if self.is_root and not was_root:
            self._become_root(now)

    # --- BPDUs ----------------------------------------------------------------------------------------------------

    def received(self, port: Port, bpdu: Bpdu, now: int) -> list[Action[Port]]:
        """A BPDU arrived at a port."""
        info = self._ports[port]
        if not self.enabled or not self.up or info.state is StpPortState.DISABLED:
            return []
        if isinstance(bpdu, TopologyChange):
            self._received_tcn(info, now)
        elif bpdu.message_age <= bpdu.maximum_age:
            self._received_config(info, bpdu, now)
        return self._done()

    def _received_tcn(self, info: PortInfo[Port], now: int) -> None:
        if self.is_designated(info):
            self._detect_topology_change(now)
            info.topology_change_ack = True
            self._transmit_config(info, now)

    def _received_config(self, info: PortInfo[Port], bpdu: Config, now: int) -> None:
        if not self._supersedes(bpdu, info):
            if self.is_designated(info):
                self._transmit_config(info, now)  # whoever says so has missed something better
            return
        was_root = self.is_root
        self._record(info, bpdu, now)
        self._update(now)
        if was_root and not self.is_root:
            self._resign(now)
        if info.number == self.root_port:
            self.max_age, self.hello_time = _nanoseconds(bpdu.maximum_age), _nanoseconds(bpdu.hello_time)
            self.forward_delay = _nanoseconds(bpdu.forward_delay)
            self._set_topology_change(active=bool(bpdu.flags & TOPOLOGY_CHANGE))
            self._generate(now)
            if bpdu.flags & TOPOLOGY_CHANGE_ACK:
                self.topology_change_detected = False
                self._cancel(TimerKind.TCN)

    def _supersedes(self, bpdu: Config, info: PortInfo[Port]) -> bool:
        """Whether it is better than what is known, or news from the same bridge."""
        heard = (bpdu.root, bpdu.root_path_cost, bpdu.bridge)
        known = info.vector()[:3]
        if heard != known:
            return heard < known
        return bpdu.bridge != self.identifier or bpdu.port <= info.designated_port

    def _record(self, info: PortInfo[Port], bpdu: Config, now: int) -> None:
        age = _nanoseconds(bpdu.message_age)
        info.designated_root, info.designated_cost = bpdu.root, bpdu.root_path_cost
        info.designated_bridge, info.designated_port = bpdu.bridge, bpdu.port
        info.designated_age = now - age
        self._set(TimerKind.MESSAGE_AGE, info.port, now, _nanoseconds(bpdu.maximum_age) - age)

    def _generate(self, now: int) -> None:
        """A configuration BPDU on every segment that this bridge speaks for."""
        for info in self._infos():
            if info.state is not StpPortState.DISABLED and self.is_designated(info):
                self._transmit_config(info, now)

    def _transmit_config(self, info: PortInfo[Port], now: int) -> None:
        if (TimerKind.HOLD, info.port) in self._timers:
            info.config_pending = True
            return
        age = 0 if self.is_root else now - self._root_info().designated_age + _AGE_INCREMENT
        if age >= self.max_age:
            return
        if self.enabled:
            flags = self.topology_change * TOPOLOGY_CHANGE | info.topology_change_ack * TOPOLOGY_CHANGE_ACK
            bpdu = Config.build(
                flags, self.designated_root, self.root_path_cost, self.identifier, info.identifier,
                message_age=_ticks(age), maximum_age=_ticks(self.max_age), hello_time=_ticks(self.hello_time),
                forward_delay=_ticks(self.forward_delay),
            )  # fmt: skip
            self._actions.append(Transmit(info.port, bpdu))
            self._set(TimerKind.HOLD, info.port, now, HOLD_TIME, rounded=True)
        info.topology_change_ack = info.config_pending = False

    def _transmit_tcn(self, now: int) -> None:
        """Tell the root that something has changed here, until it says that it heard."""
        if self.root_port:
            self._actions.append(Transmit(self._root_info().port, TopologyChange()))
        self._set(TimerKind.TCN, None, now, self.bridge_hello_time)

    # --- choosing -------------------------------------------------------------------------------------------------

    def _update(self, now: int) -> None:
        """br_configuration_update and br_port_state_selection."""
        self._select_root()
        for info in self._infos():
            if info.state is not StpPortState.DISABLED and self._should_designate(info):
                self._designate(info)
        self._select_states(now)

    def _select_root(self) -> None:
        candidates = [
            info for info in self._infos()
            if info.state is not StpPortState.DISABLED and not self.is_designated(info) and not info.root_block
            and info.designated_root < self.identifier
        ]  # fmt: skip
        best = min(candidates, key=PortInfo.path, default=None)
        if best is None:
            self.root_port, self.designated_root, self.root_path_cost = 0, self.identifier, 0
        else:
            self.root_port, self.designated_root = best.number, best.designated_root
            self.root_path_cost = best.designated_cost + best.cost

    def _should_designate(self, info: PortInfo[Port]) -> bool:
        if self.is_designated(info) or info.designated_root != self.designated_root:
            return True
        own = (self.root_path_cost, self.identifier, info.identifier)
        return own < (info.designated_cost, info.designated_bridge, info.designated_port)

    def _designate(self, info: PortInfo[Port]) -> None:
        info.designated_root, info.designated_cost = self.designated_root, self.root_path_cost
        info.designated_bridge, info.designated_port = self.identifier, info.identifier

    def _select_states(self, now: int) -> None:
        """Towards the root and where this bridge speaks, ports forward in the end; the others block."""
        for info in self._infos():
            if info.state is StpPortState.DISABLED:
                continue
            if self.is_designated(info) and info.number != self.root_port:
                self._cancel(TimerKind.MESSAGE_AGE, info.port)
                self._make_forwarding(info, now)
                continue
            info.config_pending = info.topology_change_ack = False
            if info.number == self.root_port:
                self._make_forwarding(info, now)
            else:
                self._make_blocking(info, now)

    def _make_forwarding(self, info: PortInfo[Port], now: int) -> None:
        if info.state is not StpPortState.BLOCKING:
            return
        if self.enabled and self.forward_delay:
            self._enter(info, StpPortState.LISTENING)
        else:
            self._enter(info, StpPortState.FORWARDING)
            self._detect_topology_change(now)
            self._cancel(TimerKind.FORWARD_DELAY, info.port)
        if self.forward_delay:
            self._set(TimerKind.FORWARD_DELAY, info.port, now, self.forward_delay)

    def _make_blocking(self, info: PortInfo[Port], now: int) -> None:
        if info.state is StpPortState.BLOCKING:
            return
        if info.state in (StpPortState.FORWARDING, StpPortState.LEARNING):
            self._detect_topology_change(now)
        self._enter(info, StpPortState.BLOCKING)
        self._cancel(TimerKind.FORWARD_DELAY, info.port)

    def _become_root(self, now: int) -> None:
        self.max_age, self.hello_time = self.bridge_max_age, self.bridge_hello_time
        self.forward_delay = self.bridge_forward_delay
        self._detect_topology_change(now)
        self._cancel(TimerKind.TCN)
        if self.up:
            self._generate(now)
            self._set(TimerKind.HELLO, None, now, self.hello_time)

    def _resign(self, now: int) -> None:
        """Another bridge is the root."""
        self._cancel(TimerKind.HELLO)
        if self.topology_change_detected:
            self._cancel(TimerKind.TOPOLOGY_CHANGE)
            self._transmit_tcn(now)

    def _detect_topology_change(self, now: int) -> None:
        if not self.enabled:
            return
        if self.is_root:
            self._set_topology_change(active=True)
            lasting = self.bridge_forward_delay + self.bridge_max_age
            self._set(TimerKind.TOPOLOGY_CHANGE, None, now, lasting)
        elif not self.topology_change_detected:
            self._transmit_tcn(now)
        self.topology_change_detected = True

    def _set_topology_change(self, *, active: bool) -> None:
        if self.topology_change != active:
            self.topology_change = active
            if self.enabled:
                self._actions.append(Relearn(active))

    # --- time -----------------------------------------------------------------------------------------------------

    @property
    def deadline(self) -> int | None:
        """When `expire` next has something to do."""
        return min(self._timers.values(), default=None)

    def expire(self, now: int) -> list[Action[Port]]:
        """Time passed: timers fire in their order."""
        while (due := self.deadline) is not None and due <= now:
            kind, port = next(key for key, at in self._timers.items() if at == due)
            del self._timers[kind, port]
            if port is None:
                self._bridge_timer(kind, now)
            else:
                self._port_timer(kind, self._ports[port], now)
        return self._done()

    def _bridge_timer(self, kind: TimerKind, now: int) -> None:
        if kind is TimerKind.HELLO:
            self._generate(now)
            if self.enabled and self.up:
                self._set(TimerKind.HELLO, None, now, self.hello_time, rounded=True)
        elif kind is TimerKind.TCN and not self.is_root and self.up and self.enabled:
            self._transmit_tcn(now)
        elif kind is TimerKind.TOPOLOGY_CHANGE:
            self.topology_change_detected = False
            self._set_topology_change(active=False)

    def _port_timer(self, kind: TimerKind, info: PortInfo[Port], now: int) -> None:
        if kind is TimerKind.HOLD and info.config_pending:
            self._transmit_config(info, now)
        elif kind is TimerKind.MESSAGE_AGE:
            self._news_are_too_old(info, now)
        elif kind is TimerKind.FORWARD_DELAY:
            self._advance(info, now)

    def _news_are_too_old(self, info: PortInfo[Port], now: int) -> None:
        """The bridge that spoke for this segment has fallen silent."""
        was_root = self.is_root
        self._designate(info)
        self._update(now)
        if self.is_root and not was_root:
            self._become_root(now)

    def _advance(self, info: PortInfo[Port], now: int) -> None:
        """From listening to learning to forwarding."""
        if info.state is StpPortState.LISTENING:
            self._enter(info, StpPortState.LEARNING)
            self._set(TimerKind.FORWARD_DELAY, info.port, now, self.forward_delay)
        elif info.state is StpPortState.LEARNING:
            self._enter(info, StpPortState.FORWARDING)
            if any(
                i.state is not StpPortState.DISABLED and i.designated_bridge == self.identifier for i in self._infos()
            ):
                self._detect_topology_change(now)

    # --- bookkeeping ----------------------------------------------------------------------------------------------

    def _infos(self) -> list[PortInfo[Port]]:
        """Newest port first, as the kernel keeps them."""
        return list(reversed(self._ports.values()))

    def _root_info(self) -> PortInfo[Port]:
        return next(info for info in self._ports.values() if info.number == self.root_port)

    def _enter(self, info: PortInfo[Port], state: StpPortState) -> None:
        if info.state is not state:
            info.state = state
            self._actions.append(SetState(info.port, state))

    def _set(self, kind: TimerKind, port: Port | None, now: int, delay: int, *, rounded: bool = False) -> None:
        self._timers.pop((kind, port), None)
        self._timers[kind, port] = rounded_expiry(now, delay) if rounded else expiry(now, delay)
        self._asked[kind, port] = rounded_target(now, delay) if rounded else target(now, delay)

    def _cancel(self, kind: TimerKind, port: Port | None = None) -> None:
        self._timers.pop((kind, port), None)

    def _done(self) -> list[Action[Port]]:
        actions, self._actions = self._actions, []
        return actions


def _ticks(nanoseconds: int) -> int:
    """As a BPDU encodes times."""
    return nanoseconds * TICKS // SECOND


def _nanoseconds(ticks: int) -> int:
    return -(-ticks * SECOND // (TICKS * JIFFY)) * JIFFY


def _check(value: int, limits: tuple[int, int]) -> int:
    if not limits[0] * SECOND <= value <= limits[1] * SECOND:
        raise KernelError(Errno.ERANGE)
    return value
