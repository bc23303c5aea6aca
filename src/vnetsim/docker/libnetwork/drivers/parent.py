"""What the macvlan and ipvlan drivers share: a parent device, children created when a container joins."""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.digits import is_digits
from vnetsim.docker.libnetwork.driverapi import ExternalConnectivity, by_family, check_pools
from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.nlwrap import EngineHost, NetlinkError
from vnetsim.docker.libnetwork.osl import ContainerNetns
from vnetsim.errors import EngineError
from vnetsim.operations import AddLink, SetLink
from vnetsim.values import define
from vnetsim.wire.inet import Address


@define(eq=False, kw_only=True)
class ParentInterface:
    """A network and its parent device; `made`: the driver created it, and deletes it with the network."""

    network: DockerNetwork
    device: str
    mode: str
    internal: bool
    made: bool = False


class ParentDriver:
    """What macvlan and ipvlan have in common: a parent device, and children made when a container joins."""

    name: str
    kind: str
    option: str
    modes: tuple[str, ...]

    def __init__(self, host: EngineHost) -> None:
        self._host = host
        self._parents: dict[str, ParentInterface] = {}

    def _mode(self, network: DockerNetwork) -> str:
        mode = network.options.get(self.option) or self.modes[0]
        if mode not in self.modes:
            hint = f"'{self.modes[0]}' mode is the {self.name} driver default"
            raise EngineError(500, f"requested {self.name} mode '{mode}' is not valid, {hint}")
        return mode

    def _parse(self, network: DockerNetwork) -> ParentInterface:
        mode = self._mode(network)
        device = network.options.get("parent", "")
        if device == "lo":
            raise EngineError(500, f"loopback interface is not a valid {self.name} parent link")
        return ParentInterface(network=network, device=device, mode=mode, internal=network.internal or not device)

    def check(self, network: DockerNetwork) -> Mapping[int, bool]:
        return by_family((4, 6) if self._parse(network).internal else ())

    def create(self, network: DockerNetwork) -> None:
        check_pools(network)
        parent = self._parse(network)
        parent.device = parent.device or self._dummy(network)
        self._check_sharing(parent)
        if self._host.link(parent.device) is None:
            try:
                self._make_parent(parent)
            except NetlinkError as error:
                raise EngineError(500, str(error)) from None
            parent.made = True
        else:
            shared = any(p.made for p in self._parents.values() if p.device == parent.device)
            parent.made = shared if network.owns_device is None else network.owns_device
        network.owns_device = parent.made
        self._parents[network.id] = parent

    def _dummy(self, network: DockerNetwork) -> str:
        raise NotImplementedError

    def _check_sharing(self, parent: ParentInterface) -> None:
        raise NotImplementedError

    def _sharers(self, parent: ParentInterface) -> list[ParentInterface]:
        return [other for other in self._parents.values() if other.device == parent.device]

    def _make_parent(self, parent: ParentInterface) -> None:
        """A dummy where no parent was named, a VLAN device for `eth0.10`."""
        if parent.device == self._dummy(parent.network):
            self._host.execute(AddLink(kind="dummy", name=parent.device))
            self._host.execute(SetLink(device=parent.device, up=True))
            return
        lower, dot, number = parent.device.partition(".")
        if not dot:
            message = f"invalid subinterface vlan name {parent.device}, example formatting is eth0.10"
            raise EngineError(500, message)
        self._make_vlan(parent.device, lower, number)

    def _make_vlan(self, device: str, lower: str, number: str) -> None:
        if not is_digits(number):
            raise EngineError(500, f"unable to parse a valid vlan id from: {number} (ex. eth0.10 for vlan 10)")
        if self._host.link(lower) is None:
            raise EngineError(500, f"-o parent interface was not found on the host: {lower}")
        if not 1 <= int(number) <= 4094:
            raise EngineError(500, f"vlan id must be between 1-4094, received: {int(number)}")
        try:
            self._host.execute(AddLink(kind="vlan", name=device, link=lower, options={"id": int(number)}))
        except NetlinkError as error:
            raise EngineError(500, f"failed to create {device} vlan link: {error}") from None
        self._host.execute(SetLink(device=device, up=True))

    def delete(self, network: DockerNetwork) -> None:
        parent = self._parents.pop(network.id, None)
        if parent is not None and parent.made and not self._sharers(parent):
            self._host.delete_link(parent.device)

    def create_endpoint(self, endpoint: NetworkEndpoint, netns: ContainerNetns | None) -> None:
        del endpoint, netns

    def delete_endpoint(self, endpoint: NetworkEndpoint) -> None:
        if endpoint.source:
            self._host.delete_link(endpoint.source)

    def join(self, endpoint: NetworkEndpoint) -> None:
        parent = self._parents[endpoint.network.id]
        name = self._host.new_interface_name()
        if self._host.link(parent.device) is None:
            message = f"the requested parent interface {parent.device} was not found on the Docker host"
            raise EngineError(500, message)
        try:
            self._host.execute(
                AddLink(kind=self.kind, name=name, link=parent.device, qlen=0, options=self._link_options(parent))
            )
        except NetlinkError as error:
            raise EngineError(500, f"failed to create the {self.kind} port: {error}") from None
        endpoint.source = name
        endpoint.prefix = "eth"
        endpoint.gateways = {} if parent.internal else self._gateways(endpoint)

    def _link_options(self, parent: ParentInterface) -> dict[str, str | int]:
        return {"mode": parent.mode}

    def _gateways(self, endpoint: NetworkEndpoint) -> dict[int, Address]:
        """The gateway of the subnet that the endpoint's address is in."""
        found = {}
        for version, own in endpoint.addresses.items():
            for subnet in endpoint.network.subnets[version]:
                if own.address in subnet.prefix and subnet.gateway is not None:
                    found[version] = subnet.gateway
                    break
        return found

    def leave(self, endpoint: NetworkEndpoint) -> None: ...
    def publish(self, endpoint: NetworkEndpoint, publication: ExternalConnectivity) -> None: ...
    def withdraw(self, endpoint: NetworkEndpoint) -> None: ...
