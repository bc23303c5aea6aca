"""Why a name means nothing, or something else: Docker's name service, hosts files, name servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.reach.endpoints.endpoints import Endpoint, containers, context_of, state_of
from vnetsim.reach.endpoints.name_lookup import container_exists, hosts_name, lookup, networks
from vnetsim.reach.endpoints.netns import LabNamespaces
from vnetsim.wire.inet import Address, parse_address

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab

#: Where the engine's name service listens in containers (libnetwork/resolver).
_EMBEDDED: Final = "127.0.0.11"
_DOMAIN: Final = 53


class Naming:
    """The relation between `sender` (an end of a question) and the name of its destination."""

    def __init__(self, lab: BaseLab, namespaces: LabNamespaces, sender: Endpoint, name: str) -> None:
        self._lab, self._namespaces, self._sender, self._name = lab, namespaces, sender, name

    def unresolved(self) -> Iterator[str]:
        """Why the name is not resolved."""
        sender, name = self._sender, self._name
        if not container_exists(self._lab, name):
            where = [f"{other} is called so on {network}" for other, network in lookup(self._lab, name)]
            if where and sender.kind == "container":
                yield f"{' and '.join(where)}, where {sender.name} is not"
            linked = self._linked()
            if linked:
                yield f"only {' and '.join(linked)} knows it (/etc/hosts)"
            yield from self._servers()
        elif sender.kind == "container":
            yield from self._of_container()

    def _linked(self) -> list[str]:
        """The other containers whose hosts file has the name, as --link and --add-host write it."""
        ends = [Endpoint("container", other) for other in containers(self._lab) if other != self._sender.name]
        running = [end for end in ends if state_of(self._lab, end) == "running"]
        return [end.name for end in running if hosts_name(self._lab, end, self._name)]

    def _of_container(self) -> Iterator[str]:
        sender, name = self._sender, self._name
        known, theirs = set(networks(self._lab, sender.name)), set(networks(self._lab, name))
        if known <= {"bridge"}:
            yield "the default bridge has no name service, only user-defined networks have"
        state = state_of(self._lab, Endpoint("container", name))
        if state != "running":
            yield f"container {name} is {state}, not running"
        elif known == {"host"}:
            yield f"{sender.name} is in host mode and asks the host's name server, which knows no containers"
        elif theirs == {"host"}:
            yield f"{name} is in host mode, and has no name on any network"
        elif not known & theirs:
            yield f"{sender.name} and {name} share no network"

    def _servers(self) -> Iterator[str]:
        """The name servers of the sender."""
        files = context_of(self._lab, self._sender).files
        text = files.read("/etc/resolv.conf") if files.exists("/etc/resolv.conf") else ""
        servers = [line.split()[1] for line in text.splitlines() if line.startswith("nameserver ")]
        yield f"it asks {', '.join(servers)} (/etc/resolv.conf)" if servers else "/etc/resolv.conf names no server"
        for server in self._upstream() if servers == [_EMBEDDED] else servers:
            message = self._about(server)
            if message:
                yield message

    def _upstream(self) -> list[str]:
        """The servers of --dns, to which the embedded server forwards what it does not know itself."""
        return list(self._lab.docker.container_inspect(self._sender.name)["HostConfig"]["Dns"] or ())

    def _about(self, server: str) -> str:
        """That no server answers there."""
        try:
            address = parse_address(server)
        except ValueError:
            return ""
        netns = self._namespaces.of(self._sender) if address.is_loopback else self._namespaces.owner(address)
        if netns is None:
            return f"no namespace here has {server}"
        if self._listens(address):
            return ""
        itself = f"{server} is {self._sender.short} itself, and " if address.is_loopback else ""
        return f"{itself}nothing listens on udp port {_DOMAIN} of {netns.label}"

    def _listens(self, address: Address) -> bool:
        netns = self._namespaces.of(self._sender) if address.is_loopback else self._namespaces.owner(address)
        sockets = netns.network.sockets() if netns is not None else ()
        return any(
            entry.protocol == "udp"
            and entry.local_port == _DOMAIN
            and (int(entry.local) == 0 or entry.local == address)
            for entry in sockets
        )

    def others(self, address: Address) -> str:
        """Who else on the sender's networks has the name that was resolved to `address`."""
        owner, *others = self.namesakes(address) or [""]
        return f"{self._name} is {owner} here, and {' and '.join(others)} is called {self._name}, too" if others else ""

    def namesakes(self, address: Address) -> list[str]:
        """The containers on the sender's networks that have the name, the one with the address first; or none."""
        if self._sender.kind != "container" or not self._lab.has_engine:
            return []
        mine = set(networks(self._lab, self._sender.name))
        named = [other for other, network in lookup(self._lab, self._name) if network in mine]
        if container_exists(self._lab, self._name) and mine & set(networks(self._lab, self._name)):
            named.append(self._name)
        owner = self._namespaces.owner(address)
        if owner is None or owner.endpoint.name not in named:
            return []
        return list(dict.fromkeys([owner.endpoint.name, *named]))
