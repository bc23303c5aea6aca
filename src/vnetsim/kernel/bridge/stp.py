"""The states of a bridge's ports: runs the spanning tree of protocols.stp_if (net/bridge/br_stp_if.c, br_stp_bpdu.c).

With the protocol off (stp_state 0) the same machine lets a port forward at once.  Here are its timer, the frames that
carry its BPDUs, and the ageing time of addresses while the topology changes.  What a user sets is in the options' unit,
1/100 s.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from vnetsim.clock import MILLISECOND, DeadlineTimer
from vnetsim.dropreason import DropReason
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.bridge.fdb import AGEING
from vnetsim.kernel.netdev.skbuff import Skb
from vnetsim.protocols.stp_if import SpanningTree
from vnetsim.protocols.stp_info import Action, PortInfo, Relearn, SetState, StpPortState, TimerKind, Transmit
from vnetsim.wire import bpdu
from vnetsim.wire.ethernet import Frame
from vnetsim.wire.mac import UNKNOWN, Mac

if TYPE_CHECKING:
    from vnetsim.kernel.bridge.bridge import Bridge
    from vnetsim.kernel.bridge.port import BridgePort

# As plain numbers, which are faster to compare.
DISABLED: Final = int(StpPortState.DISABLED)
LISTENING: Final = int(StpPortState.LISTENING)
LEARNING: Final = int(StpPortState.LEARNING)
FORWARDING: Final = int(StpPortState.FORWARDING)
BLOCKING: Final = int(StpPortState.BLOCKING)

_STATE_NAMES: Final = ("disabled", "listening", "learning", "forwarding", "blocking")
_CENTISECOND: Final = 10 * MILLISECOND
_BRIDGE_TIMERS: Final = (TimerKind.HELLO, TimerKind.TCN, TimerKind.TOPOLOGY_CHANGE)
_PORT_TIMERS: Final = (TimerKind.HOLD, TimerKind.MESSAGE_AGE, TimerKind.FORWARD_DELAY)
#: When the first collection of aged addresses is due, and how long the next one waits at least.
_FIRST_COLLECTION: Final = 100 * MILLISECOND
_SHORTEST_COLLECTION: Final = 10 * MILLISECOND


class Spanning:
    """The spanning tree of one bridge."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        # A new bridge has no address in its id until a port or a user gives it one.
        self.tree: SpanningTree[BridgePort] = SpanningTree(UNKNOWN)
        #: The configured ageing time, and the current one (shorter during a topology change).
        self._bridge_ageing = self._ageing = AGEING
        self._timer = DeadlineTimer(self._expired)
        #: When aged addresses were, or are, first collected.
        self._collected: int | None = None

    @property
    def enabled(self) -> bool:
        return self.tree.enabled

    def state_name(self, state: int) -> str:
        return _STATE_NAMES[state]

    def info(self, port: BridgePort) -> PortInfo[BridgePort]:
        return self.tree.info(port)

    def _now(self) -> int:
        return self._bridge.namespace.host.engine.now()

    # --- the bridge -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        """The bridge went up: its ports that can, begin (br_stp_enable_bridge)."""
        now = self._now()
        self._collected = now + _FIRST_COLLECTION
        ready = [port for port in self._bridge.ports if port.device.oper_up]
        self._carry_out(self.tree.start(ready, now), chosen=False)

    def stop(self) -> None:
        """The bridge went down (br_stp_disable_bridge)."""
        for port in self._bridge.ports:
            if port.state != DISABLED:
                self._bridge.fdb.flush_port(port)
        self._collected = None
        self._carry_out(self.tree.stop(self._now()))

    def set_mac(self, mac: Mac) -> None:
        """The address in the bridge's id (br_stp_change_bridge_id)."""
        self._carry_out(self.tree.set_mac(mac, self._now()))

    def set_enabled(self, value: int) -> None:
        self._carry_out(self.tree.set_enabled(bool(value), self._now()))

    def set_priority(self, priority: int) -> None:
        self._carry_out(self.tree.set_priority(priority, self._now()))

    def set_forward_delay(self, value: int) -> None:
        """KernelError(ERANGE) while the protocol runs for what it does not allow, as the other times always are."""
        self.tree.set_times(forward_delay=value * _CENTISECOND)
        self._note_ageing()

    def set_hello_time(self, value: int) -> None:
        self.tree.set_times(hello_time=value * _CENTISECOND)

    def set_max_age(self, value: int) -> None:
        self.tree.set_times(max_age=value * _CENTISECOND)

    def set_ageing_time(self, value: int) -> None:
        self._bridge_ageing = self._ageing = value * _CENTISECOND
        if self._collected is not None:
            self._collected = self._now()
        self._note_ageing()

    # --- ports ----------------------------------------------------------------------------------------------------

    def add_port(self, port: BridgePort, cost: int) -> None:
        self.tree.add_port(port, port.number, cost)

    def remove_port(self, port: BridgePort) -> None:
        self._carry_out(self.tree.remove_port(port, self._now()))

    def enable_port(self, port: BridgePort) -> None:
        self._carry_out(self.tree.enable_port(port, self._now()))
        self._bridge.namespace.tell_port(port.device)

    def disable_port(self, port: BridgePort) -> None:
        self._bridge.fdb.flush_port(port)
        if port.state != DISABLED:
            self._carry_out(self.tree.disable_port(port, self._now()))
            self._bridge.namespace.tell_port(port.device)
            return
        self._carry_out(self.tree.disable_port(port, self._now()))

    def set_state(self, port: BridgePort, state: int) -> None:
        """`bridge link set ... state N` (br_set_port_state): KernelError as the kernel refuses."""
        if not 0 <= state <= BLOCKING:
            raise KernelError(Errno.EINVAL)
        if self.enabled:
            raise KernelError(Errno.EBUSY)
        if not port.device.up or (not port.device.carrier and state != DISABLED):
            raise KernelError(Errno.ENETDOWN)
        self._carry_out(self.tree.set_state(port, StpPortState(state), self._now()))

    def set_cost(self, port: BridgePort, cost: int) -> None:
        self._carry_out(self.tree.set_cost(port, cost, self._now()))

    def set_port_priority(self, port: BridgePort, priority: int) -> None:
        self._carry_out(self.tree.set_port_priority(port, priority, self._now()))

    # --- frames ---------------------------------------------------------------------------------------------------

    def receive(self, skb: Skb, port: BridgePort) -> None:
        """br_stp_rcv: a frame for the bridge group; a guarded port is closed by the first BPDU."""
        bridge, message = self._bridge, skb.frame.payload
        if not isinstance(message, (bpdu.Config, bpdu.TopologyChange)):
            bridge.namespace.drop(skb, port.device, DropReason.UNHANDLED_PROTO, "not a BPDU")
        elif not bridge.up or port.state == DISABLED or skb.frame.destination != bridge.group_address:
            bridge.namespace.drop(skb, port.device, DropReason.BRIDGE_INGRESS_STP_STATE, "BPDU")
        elif port.flags["guard"]:
            bridge.namespace.drop(skb, port.device, DropReason.BRIDGE_PORT_POLICY, "BPDU guard")
            self.disable_port(port)
        else:
            bridge.namespace.delivered(skb, "the spanning tree")
            self._carry_out(self.tree.received(port, message, self._now()))

    def _send(self, port: BridgePort, message: bpdu.Bpdu) -> None:
        """br_send_bpdu: from the port's own address, whatever the state of the port."""
        device = port.device
        frame = Frame.build(self._bridge.group_address, device.mac, message.length, message)
        device.transmit(device.new_skb(frame))

    # --- actions of the tree -----------------------------------------------------------------------------------

    def _carry_out(self, actions: Sequence[Action[BridgePort]], *, chosen: bool = True) -> None:
        """`chosen`: states were chosen, even if none has changed; without a port that forwards no carrier is left."""
        for action in actions:
            if isinstance(action, SetState):
                quiet = action.port.state == DISABLED and action.state is StpPortState.BLOCKING
                action.port.state = int(action.state)
                if action.port.state != DISABLED and not quiet:
                    self._bridge.namespace.tell_port(action.port.device)
                chosen = True
            elif isinstance(action, Transmit):
                self._send(action.port, action.bpdu)
            elif isinstance(action, Relearn):
                self._ageing = 2 * self.tree.forward_delay if action.active else self._bridge_ageing
        self._note_ageing()
        self._timer.set(self.tree.timers.deadline, self._bridge.namespace.host.engine)
        if chosen:
            self._bridge.select_states()

    def _note_ageing(self) -> None:
        """hold_time: while the topology changes, addresses age after the forward delay."""
        self._bridge.fdb.ageing = self.tree.forward_delay if self.tree.topology_change else self._ageing

    def _expired(self) -> None:
        self._carry_out(self.tree.expire(self._now()), chosen=False)

    # --- dumps --------------------------------------------------------------------------------------------

    def details(self) -> dict[str, str | int]:
        """IFLA_BR_*, the part that is the tree's; ids as iproute2 prints them, times in 1/100 s."""
        tree = self.tree
        return {
            "forward_delay": tree.forward_delay // _CENTISECOND, "hello_time": tree.hello_time // _CENTISECOND,
            "max_age": tree.max_age // _CENTISECOND, "ageing_time": self._ageing // _CENTISECOND,
            "stp_state": int(tree.enabled), "priority": tree.priority, "bridge_id": _bridge_id(tree.identifier),
            "root_id": _bridge_id(tree.designated_root), "root_port": tree.root_port,
            "root_path_cost": tree.root_path_cost, "topology_change": int(tree.topology_change),
            "topology_change_detected": int(tree.topology_change_detected),
            **{kind.value: self._remaining(kind) for kind in _BRIDGE_TIMERS},
            "gc_timer": self._until_collection() // _CENTISECOND,
            "bridge_forward_delay": tree.bridge_forward_delay // _CENTISECOND,
            "bridge_hello_time": tree.bridge_hello_time // _CENTISECOND,
            "bridge_max_age": tree.bridge_max_age // _CENTISECOND,
        }  # fmt: skip

    def port_details(self, port: BridgePort) -> dict[str, str | int]:
        """IFLA_BRPORT_*, the part that is the tree's."""
        info = self.tree.info(port)
        return {
            "priority": info.priority, "cost": info.cost, "id": info.identifier,
            "designated_port": info.designated_port, "designated_cost": info.designated_cost,
            "bridge_id": _bridge_id(info.designated_bridge), "root_id": _bridge_id(info.designated_root),
            **{kind.value: self._remaining(kind, port) for kind in _PORT_TIMERS},
            "topology_change_ack": int(info.topology_change_ack), "config_pending": int(info.config_pending),
        }  # fmt: skip

    def _remaining(self, kind: TimerKind, port: BridgePort | None = None) -> int:
        return self.tree.timers.remaining(kind, port, self._now()) // _CENTISECOND

    def _until_collection(self) -> int:
        """Until the next br_fdb_cleanup."""
        if self._collected is None:
            return 0
        period = max(self._bridge.fdb.ageing, _SHORTEST_COLLECTION)
        late = self._now() - self._collected
        return -late if late < 0 else period - late % period


def _bridge_id(identifier: int) -> str:
    """`8000.2:0:0:0:0:1`, as iproute2 prints a bridge id."""
    octets = (identifier & 0xFFFF_FFFF_FFFF).to_bytes(6, "big")
    return f"{identifier >> 48:04x}." + ":".join(f"{octet:x}" for octet in octets)
