"""A host: what a Linux machine has once, whatever the namespace."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from vnetsim.engine import Engine
from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.globals import KernelGlobals
from vnetsim.kernel.netdev.device import unregister_netdevice
from vnetsim.kernel.netdev.linkwatch import LinkWatch
from vnetsim.kernel.netdev.net_namespace import Netns
from vnetsim.kernel.netns import NetworkNamespace
from vnetsim.trace import Event

if TYPE_CHECKING:
    from vnetsim.operations import NetnsRef


_INIT: Final = 1


class Host(KernelGlobals):
    """`root` is where the host's own processes run.

    It is the machine's first namespace, whose IPv4 settings every new namespace copies; `nested` hosts run in a
    namespace of their own on such a machine (as a recording in `unshare --net` does), which forwards or not.
    """

    def __init__(
        self, engine: Engine, rng: random.Random, hostname: str = "host", *, seed: int = 0, nested: bool = False,
        first_forwards: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(engine, rng, seed)
        self.hostname = hostname
        #: Is called with each operation and its namespace, and with programs that are started without one.
        self.on_change: Callable[[NetworkNamespace | None, object], None] | None = None
        self.linkwatch = LinkWatch(engine)
        self.first: NetworkNamespace | None = None
        self.named: dict[str, NetworkNamespace] = {}
        self._held: dict[NetworkNamespace, int] = {}
        #: The namespace of each process, and how many processes are in each; changed by `attach` and `detach`.
        self.pids: dict[int, NetworkNamespace] = {}
        self._processes: dict[NetworkNamespace, int] = {}
        self.namespaces: list[NetworkNamespace] = []
        first = self.new_namespace("first" if nested else hostname)
        self.first = first
        if first_forwards:
            first.sysctls.write("net/ipv4/ip_forward", "1")
        self.root = self.new_namespace(hostname) if nested else first
        self.root.logs_packets = True
        self.attach(_INIT, first)

    def trace(self, tracer: Callable[[Event], None] | None) -> None:
        """Call `tracer` with everything that happens to packets from now on; None to stop."""
        self.tracer = tracer
        for namespace in self.namespaces:
            namespace.update_nit()

    # --- namespaces ---------------------------------------------------------------------------------------------

    def each_namespace(self) -> list[NetworkNamespace]:
        return list(self.namespaces)

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
        """put_net: a namespace without references and processes is destroyed (cleanup_net)."""
        self._held[namespace] = self._held.get(namespace, 0) - 1
        self.collect(namespace)

    def attach(self, pid: int, namespace: NetworkNamespace) -> None:
        """A process is in a namespace."""
        self.pids[pid] = namespace
        self._processes[namespace] = self._processes.get(namespace, 0) + 1

    def detach(self, pid: int) -> NetworkNamespace:
        """A process ends, or goes to another namespace; the one it was in is to be collected."""
        namespace = self.pids.pop(pid)
        self._processes[namespace] -= 1
        if not self._processes[namespace]:
            del self._processes[namespace]
        return namespace

    def collect(self, namespace: NetworkNamespace) -> None:
        if namespace in (self.root, self.first) or not namespace.alive or self._held.get(namespace, 0) > 0:
            return
        if namespace not in self._processes:
            self._destroy(namespace)

    def _destroy(self, namespace: NetworkNamespace) -> None:
        namespace.alive = False
        for leave in namespace.pre_exit:
            leave()
        with self.linkwatch:
            for device in namespace.devices():
                if device is not namespace.lo and namespace.by_index.get(device.index) is device:
                    unregister_netdevice(device)
            vxlans = namespace.vxlans.devices if "vxlans" in vars(namespace) else ()
            geneves = namespace.geneves.devices if "geneves" in vars(namespace) else ()
            ip_tunnels = namespace.ip_tunnels.devices if self.pernet else ()
            for tunnel in (*vxlans, *geneves, *ip_tunnels):
                unregister_netdevice(tunnel)
            namespace.close(namespace.lo)
        self.engine.meter.charge_device(-1)
        self.namespaces.remove(namespace)
        self._held.pop(namespace, None)
        for other in list(namespace.known_by):
            other.forget_nsid(namespace)
        for other in namespace.nsids:
            other.known_by.pop(namespace, None)

    def name_of(self, namespace: Netns) -> str | None:
        """Its name in /run/netns, the newest if it has several."""
        if not self.named:
            return None
        return next((name for name, named in reversed(self.named.items()) if named is namespace), None)
