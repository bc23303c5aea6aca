"""The states of a bridge's ports (net/bridge/br_stp.c, br_stp_if.c) and what `ip -d` tells of a bridge.

With the spanning tree protocol off, a port that can forwards at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vnetsim.clock import SECOND
from vnetsim.errors import Errno, KernelError, NotModelled
from vnetsim.kernel.buffer import Skb
from vnetsim.trace import Reason

if TYPE_CHECKING:
    from vnetsim.kernel.devices.bridge import Bridge, BridgePort

DISABLED: Final = 0
LISTENING: Final = 1
LEARNING: Final = 2
FORWARDING: Final = 3
BLOCKING: Final = 4

_WORDS: Final = ("disabled", "listening", "learning", "forwarding", "blocking")


class Spanning:
    """The port states of one bridge.  Times are in the unit of the options: 1/100 s."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self.enabled = False
        self.priority = 32768
        self.forward_delay = 1500
        self.hello_time = 200
        self.max_age = 2000
        self._enabled_at: dict[BridgePort, int] = {}

    def word(self, state: int) -> str:
        return _WORDS[state]

    def start(self) -> None:
        """The bridge went up."""

    def stop(self) -> None:
        """The bridge went down."""

    def enable_port(self, port: BridgePort) -> None:
        port.state = FORWARDING
        self._enabled_at[port] = self._bridge.namespace.host.engine.now()
        self._bridge.select_states()

    def disable_port(self, port: BridgePort) -> None:
        port.state = DISABLED
        self._enabled_at.pop(port, None)
        self._bridge.fdb.flush_port(port)
        self._bridge.select_states()

    def set_state(self, port: BridgePort, state: int) -> None:
        """`bridge link set ... state N` (br_set_port_state): KernelError as the kernel refuses."""
        if not 0 <= state <= BLOCKING:
            raise KernelError(Errno.ERANGE)
        if self.enabled:
            raise KernelError(Errno.EBUSY)
        if not port.device.running and state != DISABLED:
            raise KernelError(Errno.ENETDOWN)
        port.state = state
        self.select_states()
        self._bridge.select_states()

    def select_states(self) -> None:
        """Without the protocol every port that is not held by hand forwards."""
        for port in self._bridge.ports:
            if port.state in (LISTENING, BLOCKING):
                port.state = FORWARDING

    def set_enabled(self, value: int) -> None:
        if value:
            raise NotModelled("the spanning tree protocol (stp_state 1)")
        self.enabled = False

    def receive(self, skb: Skb, port: BridgePort) -> None:
        self._bridge.namespace.drop(skb, port.device, Reason.UNKNOWN_PROTOCOL, "BPDU")

    def forward_delay_timer(self, port: BridgePort) -> int:
        """Nanoseconds until the port would leave its state, which runs with the protocol off too."""
        begun = self._enabled_at.get(port)
        if begun is None:
            return 0
        delay = self.forward_delay * SECOND // 100
        return max(0, begun + delay - self._bridge.namespace.host.engine.now())

    def set_priority(self, priority: int) -> None:
        self.priority = priority

    def set_cost(self, port: BridgePort, cost: int) -> None:
        """br_stp_set_path_cost."""
        if not 1 <= cost <= 65535:
            raise KernelError(Errno.ERANGE)
        port.cost, port.user_cost = cost, True

    def set_port_priority(self, port: BridgePort, priority: int) -> None:
        """br_stp_set_port_priority: six bits."""
        if not 0 <= priority <= 63:
            raise KernelError(Errno.ERANGE)
        port.priority = priority

    def identifier(self) -> str:
        """`8000.2:0:0:0:0:1`, as iproute2 prints a bridge id."""
        mac = self._bridge.mac.to_bytes(6, "big")
        return f"{self.priority:04x}." + ":".join(f"{octet:x}" for octet in mac)

    def root_identifier(self) -> str:
        """Of the root of the tree, which a bridge is by itself."""
        return self.identifier()

    def timers(self) -> dict[str, str | int]:
        """The dynamic part of a bridge's details; timers in 1/100 s."""
        return {
            "root_port": 0, "root_path_cost": 0, "topology_change": 0, "topology_change_detected": 0, "hello_timer": 0,
            "tcn_timer": 0, "topology_change_timer": 0, "gc_timer": 0,
        }  # fmt: skip

    def port_details(self, port: BridgePort) -> dict[str, str | int]:
        """The dynamic part of a port's details; timers in 1/100 s."""
        return {
            "designated_port": port.identifier | 0x8000, "designated_cost": 0, "bridge_id": self.identifier(),
            "root_id": self.root_identifier(), "hold_timer": 0, "message_age_timer": 0,
            "forward_delay_timer": self.forward_delay_timer(port) * 100 // SECOND, "topology_change_ack": 0,
            "config_pending": 0,
        }  # fmt: skip
