"""The network namespaces of a host as `ip netns` names them (/run/netns), and their views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vnetsim.errors import Errno, KernelError
from vnetsim.kernel.rtnetlink.network import NetnsNetwork
from vnetsim.observations import NetnsEntry

if TYPE_CHECKING:
    from vnetsim.kernel.host import Host
    from vnetsim.kernel.netns import NetworkNamespace
    from vnetsim.process.network import Network as AnyNetwork


class HostNamespaces:
    """The part of process.Machine that is about namespaces."""

    def __init__(self, host: Host) -> None:
        self.kernel = host

    def network(self, namespace: NetworkNamespace) -> NetnsNetwork:
        """The view of a namespace; there is one for each."""
        if namespace.view is None:
            namespace.view = NetnsNetwork(namespace)
        assert isinstance(namespace.view, NetnsNetwork)
        return namespace.view

    def named_namespaces(self) -> list[str]:
        return list(reversed(self.kernel.named))

    def list_namespaces(self, viewer: AnyNetwork) -> list[NetnsEntry]:
        ids = namespace_behind(viewer).nsids
        named = [NetnsEntry(name=name, nsid=ids.get(self.kernel.named[name])) for name in self.named_namespaces()]
        known = set(self.kernel.named.values())
        return named + [NetnsEntry(name="", nsid=nsid) for other, nsid in ids.items() if other not in known]

    def namespace(self, name: str) -> NetnsNetwork:
        return self.network(self.kernel.namespace_of(name))

    def add_namespace(self, name: str) -> None:
        if name in self.kernel.named:
            raise KernelError(Errno.EEXIST)
        self._attach(name, self.kernel.new_namespace(name))

    def attach_namespace(self, name: str, pid: int) -> None:
        if name in self.kernel.named:
            raise KernelError(Errno.EEXIST)
        self._attach(name, self.kernel.namespace_of(pid))

    def _attach(self, name: str, namespace: NetworkNamespace) -> None:
        self.kernel.named[name] = namespace
        self.kernel.hold(namespace)

    def delete_namespace(self, name: str) -> None:
        namespace = self.kernel.namespace_of(name)
        del self.kernel.named[name]
        self.kernel.release(namespace)

    def set_nsid(self, viewer: AnyNetwork, name: str, nsid: int | None) -> None:
        namespace = namespace_behind(viewer)
        ids = namespace.nsids
        other = self.kernel.namespace_of(name)
        if other in ids:
            raise KernelError(Errno.EEXIST, "Peer netns already has a nsid assigned")
        if nsid is None:
            namespace.peernet2id_alloc(other)
        elif nsid in namespace.by_nsid:
            raise KernelError(Errno.EEXIST, "The specified nsid is already used")
        else:
            namespace.set_nsid(other, nsid)

    def name_of(self, network: AnyNetwork) -> str | None:
        return self.kernel.name_of(namespace_behind(network))

    def pids_in(self, network: AnyNetwork) -> list[int]:
        return [pid for pid, namespace in self.kernel.pids.items() if namespace is namespace_behind(network)]

    def network_of(self, pid: int) -> NetnsNetwork:
        return self.network(self.kernel.namespace_of(pid))

    def new_network(self, label: str = "unnamed") -> NetnsNetwork:
        namespace = self.kernel.new_namespace(label)
        self.kernel.hold(namespace)
        return self.network(namespace)

    def release_network(self, network: AnyNetwork) -> None:
        self.kernel.release(namespace_behind(network))


def namespace_behind(network: AnyNetwork) -> NetworkNamespace:
    """The namespace behind a view."""
    assert isinstance(network, NetnsNetwork)
    return network.namespace
