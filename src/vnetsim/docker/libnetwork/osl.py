"""The network namespace of a container: interfaces moved in and out, and default routes.

Follows libnetwork/osl (interface_linux.go, route_linux.go) of moby 28.5, with its messages.

Not modelled: static routes with a next hop, neighbour entries.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.docker.gotypes import quote
from vnetsim.docker.libnetwork.l2disco import advertiser, schedule
from vnetsim.docker.libnetwork.network import NetworkEndpoint
from vnetsim.docker.libnetwork.nlwrap import EngineHost, NetlinkError
from vnetsim.errors import EngineError, KernelError, NotModelled, go_errno
from vnetsim.operations import AddAddress, AddRoute, DeleteRoute, Hop, SetLink
from vnetsim.process import Child, Context
from vnetsim.process.network import Network as Namespace
from vnetsim.values import define, evolved, frozen
from vnetsim.wire.inet import DEFAULT4, DEFAULT6, LOOPBACK6, Address, InterfaceAddress, Prefix


@frozen
class ContainerNetns:
    """A container's network namespace and a process in it."""

    network: Namespace
    pid: int


#: RT_SCOPE_LINK
_LINK: Final = 253
DEFAULT_ROUTES: Final = {4: DEFAULT4, 6: DEFAULT6}


@define(eq=False, kw_only=True)
class OslInterface:
    """An interface of a container; `name` is its name there."""

    endpoint: NetworkEndpoint
    name: str
    advertiser: Child | None = None


class OslNamespace:
    """The interfaces and gateways of a container's namespace; `on_host`: the host's own namespace."""

    def __init__(self, host: EngineHost, netns: ContainerNetns, *, on_host: bool) -> None:
        self._host = host
        self._on_host = on_host
        self.netns = netns
        self._devices: list[OslInterface] = []
        self._gateways: dict[int, tuple[Address, str]] = {}
        #: Whether the loopback device has an IPv6 address, as the namespace was made (osl.IPv6LoEnabled).
        self.has_ipv6 = any(entry.address == LOOPBACK6 for entry in netns.network.addresses())

    @property
    def context(self) -> Context:
        """The context of the engine's threads in this namespace."""
        return evolved(self._host.machine.host, network=self.netns.network)

    def _device_name(self, endpoint: NetworkEndpoint) -> str:
        if self._on_host:
            return endpoint.source
        if endpoint.wanted_name:
            return endpoint.wanted_name
        used = {device.name for device in self._devices}
        return next(name for number in range(len(used) + 1) if (name := f"{endpoint.prefix}{number}") not in used)

    def add(self, endpoint: NetworkEndpoint) -> None:
        """osl.AddInterface: move the device in, rename and configure it, set it up."""
        host, source, name = self._host, endpoint.source, self._device_name(endpoint)
        if not endpoint.created_in_sandbox and not self._on_host:
            host.execute(SetLink(device=source, netns=self.netns.pid))
        host.execute(SetLink(device=source, up=False), self.netns.network)
        self._rename(source, name)
        device = OslInterface(endpoint=endpoint, name=name)
        self._devices.append(device)
        try:
            self._configure(device)
        except NetlinkError:
            host.try_execute(SetLink(device=name, name=source), self.netns.network)
            host.try_execute(SetLink(device=source, netns=host.pid), self.netns.network)
            raise
        host.execute(SetLink(device=name, up=True), self.netns.network)
        for destination in endpoint.routes:
            route = AddRoute(destination=destination, hops=(Hop(device=name),), scope=_scope(destination))
            self._do(f"error setting interface {quote(source)} routes to {quote(str(destination))}", route)
        self._advertise(device)

    def _rename(self, source: str, name: str) -> None:
        if name == source:
            return
        try:
            self._host.check_name(name)
            self._host.execute(SetLink(device=source, name=name), self.netns.network)
        except NetlinkError as error:
            raise NetlinkError(f"error renaming interface {quote(source)} to {quote(name)}: {error}") from None

    def _configure(self, device: OslInterface) -> None:
        endpoint, name = device.endpoint, device.name
        setting = f"error setting interface {quote(endpoint.source)}"
        if endpoint.mac is not None:
            self._do(f'{setting} MAC to "{endpoint.mac}"', SetLink(device=name, mac=endpoint.mac))
        if 4 in endpoint.addresses:
            own = endpoint.addresses[4]
            self._check_route_conflict(f"{setting} IP to {own}", own)
            self._do(f"{setting} IP to {own}", _add_address(name, own))
        self._configure_ipv6(device, setting)
        for own in endpoint.link_local:
            addresses = " ".join(map(str, endpoint.link_local))
            self._do(f"{setting} link local IPs to [{addresses}]", _add_address(name, own))
        for sysctl in endpoint.sysctls:
            self._set_sysctl(name, sysctl)

    def _configure_ipv6(self, device: OslInterface, setting: str) -> None:
        """Enable IPv6 if and only if the network has it: otherwise the device would join multicast groups."""
        own = device.endpoint.addresses.get(6)
        key = f"net/ipv6/conf/{device.name}/disable_ipv6"
        self._host.set_sysctl(key, "0" if own is not None else "1", self.netns.network)
        if own is not None:
            action = f"{setting} IPv6 to {own}"
            self._check_route_conflict(action, own)
            self._do(action, AddAddress(device=device.name, interface=own, flags=("nodad",)))

    def _do(self, what: str, operation: object) -> None:
        try:
            self._host.execute(operation, self.netns.network)
        except NetlinkError as error:
            raise NetlinkError(f"{what}: {error}") from None

    def _check_route_conflict(self, what: str, own: InterfaceAddress) -> None:
        for route in self.netns.network.routes(own.address.version):
            if route.destination.length == 0 or not route.destination.overlaps(own.network):
                continue
            hop = route.hops[0] if route.hops else None
            links = {link.name: link.index for link in self.netns.network.links()}
            gateway = "<nil>" if hop is None or hop.via is None else str(hop.via)
            shown = (
                f"{{Ifindex: {links.get(hop.device or '', 0) if hop else 0} Dst: {route.destination} "
                f"Src: {route.source or '<nil>'} Gw: {gateway} Flags: [] Table: {route.table} Realm: 0}}"
            )
            message = (
                f"cannot program address {own} in sandbox interface because it conflicts with existing route {shown}"
            )
            raise NetlinkError(f"{what}: {message}")

    def _set_sysctl(self, device: str, sysctl: str) -> None:
        """`net.ipv4.conf.IFNAME.log_martians=1`."""
        key, equals, value = sysctl.partition("=")
        if not equals:
            raise NetlinkError(f"expected sysctl '{sysctl}' to have format name=value")
        parts = key.split(".", 4)
        path = "/".join((*parts[:3], device, *parts[4].split(".")))
        files = self._host.machine.network_files(self._host.files, self.netns.network)
        if not self._host.sysctl(path, files):
            raise NetlinkError(f"/proc/sys/{path} is not a sysctl file")
        self._host.set_sysctl(path, value, self.netns.network)

    def _advertise(self, device: OslInterface) -> None:
        """advertiseAddrs: NetlinkError if the first advertisement of an IPv6 address cannot be sent."""
        endpoint = device.endpoint
        addresses = [own.address for version, own in sorted(endpoint.addresses.items()) if self._advertises(version)]
        timing = schedule(endpoint.network.options)
        if not addresses or endpoint.mac is None or not timing.messages:
            return
        if addresses[-1].version == 6 and self._is_disabled6(device):
            raise NetlinkError("failed to advertise addresses: write ip ::1->ff02::1: sendmsg: invalid argument")
        main = advertiser(device.name, endpoint.mac, addresses, timing)
        device.advertiser = self._host.run(main, "dockerd", self.context)

    def _advertises(self, version: int) -> bool:
        """Without ::1 there is no socket for neighbour advertisements, which the engine only logs."""
        return version == 4 or any(entry.address == LOOPBACK6 for entry in self.netns.network.addresses())

    def _is_disabled6(self, device: OslInterface) -> bool:
        files = self._host.machine.network_files(self._host.files, self.netns.network)
        return self._host.sysctl(f"net/ipv6/conf/{device.name}/disable_ipv6", files) != "0"

    def remove(self, endpoint: NetworkEndpoint) -> None:
        """Move the device back to the host, where the driver deletes it; if its index is in use, it gets a new one."""
        device = next((device for device in self._devices if device.endpoint is endpoint), None)
        if device is None:
            return
        if device.advertiser is not None:
            device.advertiser.kill()
        self._devices.remove(device)
        host, source = self._host, device.endpoint.source
        if host.link(device.name, self.netns.network) is None:
            return
        host.try_execute(SetLink(device=device.name, up=False), self.netns.network)
        host.try_execute(SetLink(device=device.name, name=source), self.netns.network)
        if not self._on_host:
            host.try_execute(SetLink(device=source, netns=host.pid), self.netns.network)

    def close(self) -> None:
        """Stop the advertisers of a container that has ended."""
        for device in self._devices:
            if device.advertiser is not None:
                device.advertiser.kill()

    # --- gateways --------------------------------------------------------------------------------------------------

    def set_gateways(self, gateways: Mapping[int, Address]) -> None:
        """sb.updateGateway: delete the old default routes, then add the new ones."""
        for version in (4, 6):
            gateway = self._gateways.pop(version, None)
            if gateway is not None:
                hop = Hop(via=gateway[0], device=gateway[1])
                route = DeleteRoute(destination=DEFAULT_ROUTES[version], hops=(hop,))
                self._host.try_execute(route, self.netns.network)
        for version, address in gateways.items():
            try:
                self._set_gateway(version, address)
            except NotModelled:
                if version == 4:
                    raise  # without IPv6 routes in the kernel, containers have their addresses all the same

    def _set_gateway(self, version: int, gateway: Address) -> None:
        kind = "gateway" if version == 4 else "IPv6 gateway"
        try:
            device = _device_towards(gateway, self.netns)
        except NetlinkError as error:
            raise EngineError(500, f"updating gateway endpoint: failed to set {kind}: {error}") from None
        try:
            route = AddRoute(destination=DEFAULT_ROUTES[version], hops=(Hop(via=gateway, device=device),))
            self._host.execute(route, self.netns.network)
        except NetlinkError as error:
            raise EngineError(500, f"updating gateway endpoint: failed to set {kind}: {error}") from None
        self._gateways[version] = gateway, device


def _scope(destination: Prefix) -> int | None:
    return _LINK if destination.version == 4 else None


def broadcast_of(interface: InterfaceAddress) -> Address | None:
    """The broadcast address that Go's netlink library sets: the directed one of subnets up to /30."""
    return interface.network.last if interface.length < interface.address.bits - 1 else None


def _add_address(device: str, own: InterfaceAddress) -> AddAddress:
    return AddAddress(device=device, interface=own, broadcast=broadcast_of(own))


def _device_towards(gateway: Address, netns: ContainerNetns) -> str:
    """The device on whose link `gateway` is; NetlinkError if there is none."""
    try:
        answer = netns.network.route_get(gateway)
    except KernelError as error:
        raise NetlinkError(f"route for the gateway {gateway} could not be found: {go_errno(error.errno)}") from None
    if answer.via is not None or answer.device is None:
        raise NetlinkError(f"direct route for the gateway {gateway} could not be found")
    return answer.device
