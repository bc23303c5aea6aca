"""What a Linux kernel keeps once per machine and every floor reads: time, random numbers, printk, tracepoints."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from vnetsim.clock import SECOND
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.engine import Engine
    from vnetsim.trace import Event

#: The log keeps so many lines, the newest ones.
_LOG_LINES: Final = 5000
#: net.core.message_cost in nanoseconds, and message_burst: the rate limit of messages about packets.
_MESSAGE_COST: Final = 5 * SECOND
_MESSAGE_BURST: Final = 10


class KernelGlobals:
    """State of one kernel that belongs to no namespace."""

    def __init__(self, engine: Engine, rng: random.Random, seed: int) -> None:
        self.engine = engine
        self.seed = seed
        self.random = rng
        #: Nanoseconds between 1970 and the boot.
        self.epoch = 0
        #: Kinds of devices and qdiscs that this kernel was built without.
        self.missing_modules: frozenset[str] = frozenset()
        #: What modules that are loaded do with each namespace (pernet_operations), by their names, in that order.
        self.pernet: dict[str, Callable[[Any], None]] = {}
        #: Receives an event for everything that happens to packets, if set.
        self.tracer: Callable[[Event], None] | None = None
        #: printk's ring buffer: time, level (0-7, and eight times the facility), text.  `dmesg` reads it as /dev/kmsg.
        self.kernel_log: deque[tuple[int, int, str]] = deque(maxlen=_LOG_LINES)
        #: State of net_ratelimit: begin of the interval, messages left in it, messages suppressed.
        self._interval_begin: int | None = None
        self._messages_left = self._messages_missed = 0
        #: Number of packets so far, which is the identity of the newest one.
        self.packets = 0
        self._qdisc_handle = 0x8000
        self._qdiscs = 0
        #: How many redirections by filters there are on the stack (mirred_nest_level).
        self.redirections = 0
        #: The namespaces in which a process has sockets open, as transport.owners knows them.
        self.descriptors: dict[int, tuple[Any, ...]] = {}

    def register_pernet(self, module: str, init: Callable[[Any], None]) -> None:
        """register_pernet_device: a module is loaded, unless it is already."""
        if module not in self.pernet:
            self.pernet[module] = init
            for namespace in self.each_namespace():
                init(namespace)

    def each_namespace(self) -> list[Any]:
        """Those that there are."""
        raise NotImplementedError

    def wall_clock(self) -> int:
        """Nanoseconds since 1970."""
        return self.epoch + self.engine.now()

    def next_packet(self) -> int:
        """The identity of a new packet."""
        self.packets += 1
        return self.packets

    def printk(self, level: int, line: str) -> None:
        self.kernel_log.append((self.engine.now(), level, line))

    def net_ratelimit(self) -> bool:
        """Whether one more message about packets may be logged (net/core/utils.c)."""
        now = self.engine.now()
        if self._interval_begin is None or now - self._interval_begin > _MESSAGE_COST:
            self._interval_begin, self._messages_left = now, _MESSAGE_BURST
            if self._messages_missed:
                self.printk(4, f"net_ratelimit: {self._messages_missed} callbacks suppressed")
                self._messages_missed = 0
        if not self._messages_left:
            self._messages_missed += 1
            return False
        self._messages_left -= 1
        return True

    def new_qdisc_handle(self) -> int:
        """qdisc_alloc_handle: 8001 and so on."""
        self._qdisc_handle += 1
        return self._qdisc_handle

    def new_qdisc_number(self) -> int:
        """Tells disciplines of one bucket apart, by their age."""
        self._qdiscs += 1
        return self._qdiscs

    def random_mac(self) -> Mac:
        """eth_hw_addr_random: locally administered, no group."""
        return Mac(self.random.getrandbits(48) & 0xFCFFFFFFFFFF | 0x020000000000)
