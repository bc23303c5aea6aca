"""A host: what a Linux machine has once, whatever the namespace."""

from __future__ import annotations

import random
from collections import Counter, deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vnetsim.clock import SECOND
from vnetsim.engine import Engine
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.netdev.device import Device, unregister_netdevice
from vnetsim.kernel.netdev.linkwatch import LinkWatch
from vnetsim.kernel.netns import NetworkNamespace
from vnetsim.trace import Event
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.operations import NetnsRef


_INIT: Final = 1
#: The oldest lines of the kernel's log make room for new ones.
_LOG_LINES: Final = 5000
#: net.core.message_cost and message_burst: so many messages about packets in such a time, in nanoseconds.
_MESSAGE_COST: Final = 5 * SECOND
_MESSAGE_BURST: Final = 10


class Host:
    """`root` is where the host's own processes run.

    It is the machine's first namespace, whose IPv4 settings every new namespace copies; `nested` hosts run in a
    namespace of their own on such a machine (as a recording in `unshare --net` does), which forwards or not.
    """

    def __init__(
        self, engine: Engine, rng: random.Random, hostname: str = "host", *, seed: int = 0, nested: bool = False,
        first_forwards: bool = False,
    ) -> None:  # fmt: skip
        self.engine = engine
        self.seed = seed
        self.random = rng
        self.hostname = hostname
        #: When it started, in nanoseconds since 1970.
        self.epoch = 0
        #: Kinds of devices and of queueing disciplines that this kernel was built without.
        self.without: frozenset[str] = frozenset()
        self.tracer: Callable[[Event], None] | None = None
        #: Is told of operations, with their namespace, and of programs that are started without one.
        self.asked: Callable[[NetworkNamespace | None, object], None] | None = None
        #: What the kernel said: when, how urgent (0-7), what.  `dmesg` reads it as /dev/kmsg.
        self.kernel_log: deque[tuple[int, int, str]] = deque(maxlen=_LOG_LINES)
        #: Of net_ratelimit: since when messages are counted, how many more may be logged, how many were not.
        self._messages_since: int | None = None
        self._messages_left = self._messages_missed = 0
        #: How many packets there were: the newest one's identity.
        self.packets = 0
        self._qdisc_handle = 0x8000
        self.linkwatch = LinkWatch(engine, lambda device: device.namespace.state_changed(device))
        self.first: NetworkNamespace | None = None
        self.named: dict[str, NetworkNamespace] = {}
        self._held: dict[NetworkNamespace, int] = {}
        self.pids: dict[int, NetworkNamespace] = {}
        #: How many sockets each process has open.
        self.descriptors: Counter[int] = Counter()
        self.namespaces: list[NetworkNamespace] = []
        first = self.new_namespace("first" if nested else hostname)
        self.first = first
        if first_forwards:
            first.sysctls.write("net/ipv4/ip_forward", "1")
        self.root = self.new_namespace(hostname) if nested else first
        self.pids[_INIT] = first

    # --- small things -------------------------------------------------------------------------------------------

    def wall_clock(self) -> int:
        """Nanoseconds since 1970."""
        return self.epoch + self.engine.now()

    def next_packet(self) -> int:
        """The identity of a new packet."""
        self.packets += 1
        return self.packets

    def say(self, level: int, line: str) -> None:
        """printk."""
        self.kernel_log.append((self.engine.now(), level, line))

    def net_ratelimit(self) -> bool:
        """Whether one more message about packets may be logged (net/core/utils.c)."""
        now = self.engine.now()
        if self._messages_since is None or now - self._messages_since > _MESSAGE_COST:
            self._messages_since, self._messages_left = now, _MESSAGE_BURST
            if self._messages_missed:
                self.say(4, f"net_ratelimit: {self._messages_missed} callbacks suppressed")
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

    def random_mac(self) -> Mac:
        """eth_hw_addr_random: locally administered, no group."""
        return Mac(self.random.getrandbits(48) & 0xFCFFFFFFFFFF | 0x020000000000)

    def trace(self, tracer: Callable[[Event], None] | None) -> None:
        """Tell `tracer` everything that happens to packets from now on; None to stop."""
        self.tracer = tracer
        for namespace in self.namespaces:
            namespace.watch()

    # --- namespaces ---------------------------------------------------------------------------------------------

    def new_namespace(self, label: str) -> NetworkNamespace:
        namespace = NetworkNamespace(self, label)
        self.namespaces.append(namespace)
        return namespace

    def namespace_of(self, reference: NetnsRef) -> NetworkNamespace:
        """KernelError(ENOENT) for a name, (ESRCH) for a process number that there is not."""
        if isinstance(reference, int):
            found = self.pids.get(reference)
            if found is None:
                raise KernelError(Errno.ESRCH)
            return found
        try:
            return self.named[reference]
        except KeyError:
            raise KernelError(Errno.ENOENT) from None

    def hold(self, namespace: NetworkNamespace) -> None:
        self._held[namespace] = self._held.get(namespace, 0) + 1

    def release(self, namespace: NetworkNamespace) -> None:
        """One holder less: a namespace that nobody holds and no process is in disappears (cleanup_net)."""
        self._held[namespace] = self._held.get(namespace, 0) - 1
        self.collect(namespace)

    def collect(self, namespace: NetworkNamespace) -> None:
        if namespace in (self.root, self.first) or not namespace.alive or self._held.get(namespace, 0) > 0:
            return
        if namespace not in self.pids.values():
            self._destroy(namespace)

    def _destroy(self, namespace: NetworkNamespace) -> None:
        namespace.alive = False
        with self.linkwatch.held():
            for device in namespace.devices():
                if device is not namespace.lo and namespace.by_index.get(device.index) is device:
                    unregister_netdevice(device)
            for tunnel in list(namespace.vxlans.devices):
                unregister_netdevice(tunnel)
            namespace.close(namespace.lo)
        self.engine.meter.charge_device(-1)
        self.namespaces.remove(namespace)
        self._held.pop(namespace, None)
        for other in self.namespaces:
            other.nsids.pop(namespace, None)

    # --- ids that namespaces give each other ----------------------------------------------------------------------

    def nsid(self, viewer: NetworkNamespace, other: NetworkNamespace) -> int:
        """peernet2id_alloc: the id by which `viewer` knows `other`, the lowest free one if it is new."""
        known = viewer.nsids.get(other)
        if known is None:
            used = set(viewer.nsids.values())
            known = next(number for number in range(len(used) + 1) if number not in used)
            viewer.nsids[other] = known
        return known

    def give_nsids(self, device: Device) -> None:
        """Links that cross namespaces make both sides give an id to the other."""
        for one, other in ((device, device.peer), (device.peer, device)):
            if one is not None and other is not None and one.peer is other and one.namespace is not other.namespace:
                self.nsid(one.namespace, other.namespace)

    def name_of(self, namespace: NetworkNamespace) -> str | None:
        """Its name in /run/netns, the newest if it has several."""
        return next((name for name, named in reversed(self.named.items()) if named is namespace), None)
