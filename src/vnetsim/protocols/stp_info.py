"""What the spanning tree is made of, as values: port states, timers, actions, what is known of a port.

The algorithm is in protocols.stp.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable
from typing import Generic, TypeAlias, TypeVar

from vnetsim.values import define, frozen
from vnetsim.wire.bpdu import Bpdu

Port = TypeVar("Port", bound=Hashable)


class StpPortState(enum.IntEnum):
    """As `bridge link` prints them in lower case."""

    DISABLED = 0
    LISTENING = 1
    LEARNING = 2
    FORWARDING = 3
    BLOCKING = 4


class TimerKind(enum.Enum):
    """By their names in `ip -d link` and `brctl showstp`; those of the bridge, then those of a port."""

    HELLO = "hello_timer"
    TCN = "tcn_timer"
    TOPOLOGY_CHANGE = "topology_change_timer"
    MESSAGE_AGE = "message_age_timer"
    FORWARD_DELAY = "forward_delay_timer"
    HOLD = "hold_timer"


@frozen
class SetState(Generic[Port]):
    port: Port
    state: StpPortState


@frozen
class Transmit(Generic[Port]):
    """Send a BPDU to the bridge group, from the address of `port`."""

    port: Port
    bpdu: Bpdu


@frozen
class Relearn:
    """The topology changes: while `active`, learned addresses age after `forward_delay`."""

    active: bool


Action: TypeAlias = SetState[Port] | Transmit[Port] | Relearn


@define(eq=False)
class PortInfo(Generic[Port]):
    """What a bridge knows of one port; `designated_*` is the best that was heard on its segment."""

    port: Port
    number: int
    cost: int
    priority: int = 32
    state: StpPortState = StpPortState.DISABLED
    designated_root: int = 0
    designated_cost: int = 0
    designated_bridge: int = 0
    designated_port: int = 0
    designated_age: int = 0  #: when the root sent what was heard
    topology_change_ack: bool = False
    config_pending: bool = False
    root_block: bool = False

    @property
    def identifier(self) -> int:
        """`8001`: six bits of priority and ten of number."""
        return self.priority << 10 | self.number

    def vector(self) -> tuple[int, int, int, int]:
        """What is known of the segment, best first."""
        return (self.designated_root, self.designated_cost, self.designated_bridge, self.designated_port)

    def path(self) -> tuple[int, int, int, int, int]:
        """The priority vector of this port, best first."""
        cost = self.designated_cost + self.cost
        return (self.designated_root, cost, self.designated_bridge, self.designated_port, self.identifier)
