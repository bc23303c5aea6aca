"""The spanning tree algorithm of a bridge: IEEE 802.1D-1998 as net/bridge/br_stp.c runs it.

Everything returns actions, in order: a port's new state, a BPDU to send, the beginning and end of a topology change
(during which learned addresses age after forward_delay).  Times are nanoseconds.  The timers are in
protocols.stp_timer, the configuration of bridge and ports is in protocols.stp_if.

Not modelled: spanning tree in user space (RSTP, MSTP), BPDU filters.
"""

from __future__ import annotations

from typing import Final, Generic

from vnetsim.clock import SECOND
from vnetsim.protocols.jiffies import JIFFY
from vnetsim.protocols.stp_info import Action, Port, PortInfo, Relearn, SetState, StpPortState, TimerKind, Transmit
from vnetsim.protocols.stp_timer import StpTimers
from vnetsim.wire.bpdu import TICKS, TOPOLOGY_CHANGE, TOPOLOGY_CHANGE_ACK, Bpdu, Config, TopologyChange, bridge_id
from vnetsim.wire.mac import Mac

#: How long after a configuration BPDU the next one leaves by the same port (BR_HOLD_TIME).
HOLD_TIME: Final = 1 * SECOND
#: What a BPDU ages by in a bridge that relays its information (MESSAGE_AGE_INCR).
_AGE_INCREMENT: Final = JIFFY


class StpAlgorithm(Generic[Port]):
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
        self.timers: StpTimers[Port] = StpTimers()
        self._actions: list[Action[Port]] = []

    @property
    def identifier(self) -> int:
        """16 bits of priority and 48 of address: the lowest is the best."""
        return bridge_id(self.priority, self.mac)

    @property
    def is_root(self) -> bool:
        return self.designated_root == self.identifier

    def info(self, port: Port) -> PortInfo[Port]:
        return self._ports[port]

    def is_designated(self, info: PortInfo[Port]) -> bool:
        """br_is_designated_port: whether this is the designated bridge of the segment of the port."""
        return (info.designated_bridge, info.designated_port) == (self.identifier, info.identifier)

    # --- BPDUs --------------------------------------------------------------------------------------------------------

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
                self._transmit_config(info, now)  # the sender has missed something better
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
                self.timers.cancel(TimerKind.TCN)

    def _supersedes(self, bpdu: Config, info: PortInfo[Port]) -> bool:
        """br_supersedes_port_info: whether it is better than what is known, or newer from the same bridge."""
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
        self.timers.set(TimerKind.MESSAGE_AGE, info.port, now, _nanoseconds(bpdu.maximum_age) - age)

    def _generate(self, now: int) -> None:
        """br_config_bpdu_generation: a configuration BPDU on every segment whose designated bridge this is."""
        for info in self._infos():
            if info.state is not StpPortState.DISABLED and self.is_designated(info):
                self._transmit_config(info, now)

    def _transmit_config(self, info: PortInfo[Port], now: int) -> None:
        if self.timers.pending(TimerKind.HOLD, info.port):
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
            self.timers.set(TimerKind.HOLD, info.port, now, HOLD_TIME, rounded=True)
        info.topology_change_ack = info.config_pending = False

    def _transmit_tcn(self, now: int) -> None:
        """br_transmit_tcn: report a topology change to the root until it acknowledges that."""
        if self.root_port:
            self._actions.append(Transmit(self._root_info().port, TopologyChange()))
        self.timers.set(TimerKind.TCN, None, now, self.bridge_hello_time)

    # --- configuration ------------------------------------------------------------------------------------------------

    def _update(self, now: int) -> None:
        """br_configuration_update and br_port_state_selection."""
        self._select_root()
        for info in self._infos():
            if info.state is not StpPortState.DISABLED and self._should_designate(info):
                self._designate(info)
        self._select_states(now)

    def _select_root(self) -> None:
        candidates = [
            info
            for info in self._infos()
            if info.state is not StpPortState.DISABLED
            and not self.is_designated(info)
            and not info.root_block
            and info.designated_root < self.identifier
        ]
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
        """Root and designated ports forward in the end; the others block."""
        own, running = self.identifier, self.timers.runs(TimerKind.MESSAGE_AGE)
        for info in self._infos():
            if info.state is StpPortState.DISABLED:
                continue
            number = info.number
            # As `identifier`, without a call for each port.
            designated = info.designated_bridge == own and info.designated_port == info.priority << 10 | number
            if designated and number != self.root_port:
                if running:
                    self.timers.cancel(TimerKind.MESSAGE_AGE, info.port)
                if info.state is StpPortState.BLOCKING:
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
            self.timers.cancel(TimerKind.FORWARD_DELAY, info.port)
        if self.forward_delay:
            self.timers.set(TimerKind.FORWARD_DELAY, info.port, now, self.forward_delay)

    def _make_blocking(self, info: PortInfo[Port], now: int) -> None:
        if info.state is StpPortState.BLOCKING:
            return
        if info.state in (StpPortState.FORWARDING, StpPortState.LEARNING):
            self._detect_topology_change(now)
        self._enter(info, StpPortState.BLOCKING)
        self.timers.cancel(TimerKind.FORWARD_DELAY, info.port)

    def _become_root(self, now: int) -> None:
        self.max_age, self.hello_time = self.bridge_max_age, self.bridge_hello_time
        self.forward_delay = self.bridge_forward_delay
        self._detect_topology_change(now)
        self.timers.cancel(TimerKind.TCN)
        if self.up:
            self._generate(now)
            self.timers.set(TimerKind.HELLO, None, now, self.hello_time)

    def _resign(self, now: int) -> None:
        """Another bridge is the root."""
        self.timers.cancel(TimerKind.HELLO)
        if self.topology_change_detected:
            self.timers.cancel(TimerKind.TOPOLOGY_CHANGE)
            self._transmit_tcn(now)

    def _detect_topology_change(self, now: int) -> None:
        if not self.enabled:
            return
        if self.is_root:
            self._set_topology_change(active=True)
            lasting = self.bridge_forward_delay + self.bridge_max_age
            self.timers.set(TimerKind.TOPOLOGY_CHANGE, None, now, lasting)
        elif not self.topology_change_detected:
            self._transmit_tcn(now)
        self.topology_change_detected = True

    def _set_topology_change(self, *, active: bool) -> None:
        if self.topology_change != active:
            self.topology_change = active
            if self.enabled:
                self._actions.append(Relearn(active))

    # --- timers -------------------------------------------------------------------------------------------------------

    def expire(self, now: int) -> list[Action[Port]]:
        """Time passed: timers fire in their order."""
        while (timer := self.timers.pop(now)) is not None:
            kind, port = timer
            if port is None:
                self._bridge_timer(kind, now)
            else:
                self._port_timer(kind, self._ports[port], now)
        return self._done()

    def _bridge_timer(self, kind: TimerKind, now: int) -> None:
        if kind is TimerKind.HELLO:
            self._generate(now)
            if self.enabled and self.up:
                self.timers.set(TimerKind.HELLO, None, now, self.hello_time, rounded=True)
        elif kind is TimerKind.TCN and not self.is_root and self.up and self.enabled:
            self._transmit_tcn(now)
        elif kind is TimerKind.TOPOLOGY_CHANGE:
            self.topology_change_detected = False
            self._set_topology_change(active=False)

    def _port_timer(self, kind: TimerKind, info: PortInfo[Port], now: int) -> None:
        if kind is TimerKind.HOLD and info.config_pending:
            self._transmit_config(info, now)
        elif kind is TimerKind.MESSAGE_AGE:
            self._message_age_expired(info, now)
        elif kind is TimerKind.FORWARD_DELAY:
            self._forward_delay_expired(info, now)

    def _message_age_expired(self, info: PortInfo[Port], now: int) -> None:
        """br_message_age_timer_expired: the designated bridge of the segment sends no BPDUs any more."""
        was_root = self.is_root
        self._designate(info)
        self._update(now)
        if self.is_root and not was_root:
            self._become_root(now)

    def _forward_delay_expired(self, info: PortInfo[Port], now: int) -> None:
        """br_forward_delay_timer_expired: from listening to learning to forwarding."""
        if info.state is StpPortState.LISTENING:
            self._enter(info, StpPortState.LEARNING)
            self.timers.set(TimerKind.FORWARD_DELAY, info.port, now, self.forward_delay)
        elif info.state is StpPortState.LEARNING:
            self._enter(info, StpPortState.FORWARDING)
            if any(
                i.state is not StpPortState.DISABLED and i.designated_bridge == self.identifier for i in self._infos()
            ):
                self._detect_topology_change(now)

    # --- bookkeeping --------------------------------------------------------------------------------------------------

    def _infos(self) -> list[PortInfo[Port]]:
        """Newest port first, as the kernel keeps them."""
        return list(reversed(self._ports.values()))

    def _root_info(self) -> PortInfo[Port]:
        return next(info for info in self._ports.values() if info.number == self.root_port)

    def _enter(self, info: PortInfo[Port], state: StpPortState) -> None:
        if info.state is not state:
            info.state = state
            self._actions.append(SetState(info.port, state))

    def _done(self) -> list[Action[Port]]:
        actions, self._actions = self._actions, []
        return actions


def _ticks(nanoseconds: int) -> int:
    """As a BPDU encodes times."""
    return nanoseconds * TICKS // SECOND


def _nanoseconds(ticks: int) -> int:
    return -(-ticks * SECOND // (TICKS * JIFFY)) * JIFFY
