"""The namespaces of a lab by their names in traces, and how a command is typed on the host to run in one."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from vnetsim.errors import KernelError
from vnetsim.observations import AddressEntry, Link, SocketEntry
from vnetsim.process.network import Network
from vnetsim.reach.endpoints.endpoints import Endpoint, all_endpoints, network_of
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, Prefix

if TYPE_CHECKING:
    from vnetsim.lab.base_lab import BaseLab


@frozen(eq=False)
class LabNetns:
    """A namespace; `label` is its name in traces."""

    lab: BaseLab
    endpoint: Endpoint
    network: Network
    label: str

    def command(self, line: str) -> str:
        """The line typed on the host that runs `line` here."""
        if self.endpoint.kind == "host":
            return line
        if self.endpoint.kind == "container":
            return self._in_container(line)
        name = self.endpoint.name or self.endpoint.kind
        if line.startswith("ip "):
            return f"ip -n {name} {line.removeprefix('ip ')}"
        return f"ip netns exec {name} {line}"

    def _in_container(self, line: str) -> str:
        """By the host's programs in the container's network: images have neither them nor the right to use them."""
        return f"nsenter -t $(docker inspect -f '{{{{.State.Pid}}}}' {self.endpoint.name}) -n {line}"

    def card(self, device: str) -> str:
        """The MAC address of a device as a command substitution: each machine has another one."""
        line = f"cat /sys/class/net/{device}/address"
        if self.endpoint.kind == "container":
            return f"$(docker exec {self.endpoint.name} {line})"
        return f"$({self.command(line)})"

    def ending(self, protocol: str, port: int) -> str:
        """The line that kills the process listening on a port, whose pid ss(8) prints."""
        letter = "u" if protocol == "udp" else "t"
        sockets = self.command(f"ss -Hl{letter}np 'sport = :{port}'")
        return f"kill $({sockets} | grep -o 'pid=[0-9]*' | cut -d= -f2)"

    def background(self, line: str) -> str:
        """The line of a server."""
        if self.endpoint.kind == "container":
            return f"docker exec -d {self.endpoint.name} {line}"
        return f"{self.command(line)} &"

    def sysctl(self, key: str, value: int) -> str:
        return self.command(f"sysctl -w {key}={value}")

    @property
    def is_outside(self) -> bool:
        """Whether it is a machine outside the lab: the LAN's, or one with a public address."""
        public = (entry for entry in self.addresses() if not is_private(entry.address))
        return self.endpoint.kind == "lan" or (self.endpoint.kind == "netns" and any(public))

    # --- what is here ------------------------------------------------------------------------------------------------

    def links(self) -> list[Link]:
        return [link for link in self.network.links() if link.kind is not None or link.link_type != "loopback"]

    def link(self, name: str) -> Link | None:
        return next((link for link in self.network.links() if link.name == name), None)

    def addresses(self, version: int | None = None) -> list[AddressEntry]:
        """Those that others can use."""
        return [
            entry
            for entry in self.network.addresses()
            if not entry.address.is_loopback
            and not _link_local(entry.address)
            and version in (None, entry.address.version)
        ]

    def has(self, address: Address) -> bool:
        return any(entry.address == address for entry in self.network.addresses())

    def sysctl_value(self, key: str) -> int:
        """0 for what is not there; a dot in a device's name is written as a slash (sysctl(8))."""
        host = self.lab.machine.host
        files = self.lab.machine.network_files(host.files, self.network)
        try:
            return int(files.read("/proc/sys/" + key.translate(_SWAPPED)).split()[0])
        except (KernelError, ValueError):
            return 0


_SWAPPED: Final = str.maketrans("./", "/.")
#: How many addresses of a network are looked at for one that is free.
_TRIED: Final = 1000


#: RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291.
_PRIVATE: Final = tuple(map(Prefix.parse, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10",
                                           "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10")))  # fmt: skip


def is_private(address: Address) -> bool:
    """Whether the internet has no route to it."""
    return any(address.version == prefix.version and address in prefix for prefix in _PRIVATE)


def conf(device: str, name: str) -> str:
    """The sysctl `name` of a device, for IPv4."""
    return f"net.ipv4.conf.{device.replace('.', '/')}.{name}"


def _link_local(address: Address) -> bool:
    return address.version == 6 and bool(getattr(address, "is_link_local", False))


class LabNamespaces:
    """The namespaces of a lab that have a name: the host's, the LAN's, those of containers and of `ip netns`."""

    def __init__(self, lab: BaseLab) -> None:
        self.lab = lab
        self._by_label: dict[str, LabNetns] = {}
        self._by_network: dict[int, LabNetns] = {}
        for endpoint in all_endpoints(lab):
            network = network_of(lab, endpoint)
            if network is None:
                continue
            label = lab.label_of(network)
            netns = LabNetns(lab, endpoint, network, label)
            self._by_label.setdefault(label, netns)
            self._by_network.setdefault(id(network), netns)

    def __iter__(self) -> Iterator[LabNetns]:
        return iter(self._by_label.values())

    def find(self, label: str) -> LabNetns | None:
        return self._by_label.get(label)

    def of(self, endpoint: Endpoint) -> LabNetns | None:
        """The namespace of an end; that which has an address, but None for loopback addresses, which all have."""
        if endpoint.address is not None:
            return None if endpoint.address.is_loopback else self.owner(endpoint.address)
        network = network_of(self.lab, endpoint)
        return None if network is None else self._by_network.get(id(network))

    def owner(self, address: Address, *, other_than: LabNetns | None = None) -> LabNetns | None:
        """The first namespace that has an address."""
        return next((netns for netns in self if netns.has(address) and netns is not other_than), None)

    def taken(self) -> set[Address]:
        return {entry.address for netns in self for entry in netns.network.addresses()}

    def free_address(self, prefix: Prefix, kept: Collection[Address] = (), *, last: bool = False) -> Address | None:
        """The first address of a network that no namespace has or uses as a next hop, and that is not in `kept`.

        The network address and the broadcast address are excluded; with `last` the search starts at the last
        address but one, which address allocators reach at the end.
        """
        taken = {*self.taken(), *self._next_hops(prefix.version), *kept}
        numbers = range(int(prefix.first) + 1, int(prefix.last))
        for number in reversed(numbers[-_TRIED:-1]) if last else numbers[:_TRIED]:
            candidate = type(prefix.first)(number)
            if candidate not in taken:
                return candidate
        return None

    def _next_hops(self, version: int) -> Iterator[Address]:
        for netns in self:
            for route in netns.network.routes(version):
                yield from (hop.via for hop in route.hops if hop.via is not None and hop.via.version == version)


def quoted(*args: str) -> str:
    return " ".join(shlex.quote(arg) for arg in args)


def listeners(netns: LabNetns) -> list[SocketEntry]:
    """Sockets that wait for connections or datagrams."""
    return [
        entry
        for entry in netns.network.sockets()
        if entry.state == "LISTEN" or (entry.protocol == "udp" and entry.state == "UNCONN" and not entry.remote_port)
    ]
