"""Networks, their subnets and their endpoints (libnetwork/network.go, endpoint.go of moby 28.5).

Mappings are by address family, 4 and 6.

Not modelled: Swarm scopes, ingress, plugins, other IPAM drivers, load balancing.
"""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.docker.api.ipam import IpamConfig, sort_keys
from vnetsim.docker.api.network import IFNAME, SYSCTLS, EndpointSettings, is_user_defined
from vnetsim.docker.api.types import Json
from vnetsim.docker.libnetwork.ipam import Lease
from vnetsim.docker.libnetwork.portbinding import PortBinding
from vnetsim.docker.nat import ContainerPort
from vnetsim.values import define
from vnetsim.wire.inet import Address, InterfaceAddress, Prefix
from vnetsim.wire.mac import Mac

#: Names under which --aux-address sets the containers' default gateway.
GATEWAY_AUX: Final = {4: "DefaultGatewayIPv4", 6: "DefaultGatewayIPv6"}


@define(eq=False, kw_only=True)
class DockerNetwork:
    """`config` is the request and `subnets` the allocation, both by family; `endpoints` in order of creation."""

    id: str
    name: str
    created: str
    driver: str
    scope: str = "local"
    enable: dict[int, bool] = attrs.field(factory=lambda: {4: True, 6: False})
    ipam_driver: str = "default"
    ipam_options: dict[str, str] | None = None
    config: dict[int, list[IpamConfig]] = attrs.field(factory=lambda: {4: [], 6: []})
    subnets: dict[int, list[Subnet]] = attrs.field(factory=lambda: {4: [], 6: []})
    internal: bool = False
    attachable: bool = False
    ingress: bool = False
    config_only: bool = False
    config_from: str = ""
    options: dict[str, str] = attrs.field(factory=dict)
    labels: dict[str, str] = attrs.field(factory=dict)
    endpoints: dict[str, NetworkEndpoint] = attrs.field(factory=dict)
    #: Whether its driver created the host's device, and deletes it with the network; None: not created yet.
    owns_device: bool | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def is_special(self) -> bool:
        """Whether the network has no addresses: `host` and `none`."""
        return self.driver in ("host", "null")

    def subnet_of(self, version: int) -> Subnet | None:
        """The first one: a bridge has no other."""
        return next(iter(self.subnets[version]), None)

    def inspect(self, containers: Json) -> Json:
        return {
            "Name": self.name,
            "Id": self.id,
            "Created": self.created,
            "Scope": self.scope,
            "Driver": self.driver,
            "EnableIPv4": self.enable[4],
            "EnableIPv6": self.enable[6],
            "IPAM": {"Driver": self.ipam_driver, "Options": self.ipam_options, "Config": self._ipam_json()},
            "Internal": self.internal,
            "Attachable": self.attachable,
            "Ingress": self.ingress,
            "ConfigFrom": {"Network": self.config_from},
            "ConfigOnly": self.config_only,
            "Containers": containers,
            "Options": sort_keys(self.options),
            "Labels": sort_keys(self.labels),
        }

    def _ipam_json(self) -> list[Json] | None:
        """The request where it has a subnet, else the allocation: only then an automatic gateway is shown."""
        requested = {version: [c.json() for c in self.config[version] if c.subnet] for version in (4, 6)}
        configs = [*requested[4], *requested[6]]
        configs += [subnet.json() for version in (4, 6) if not requested[version] for subnet in self.subnets[version]]
        return configs or None

    def endpoint_named(self, name: str) -> NetworkEndpoint | None:
        return next((endpoint for endpoint in self.endpoints.values() if endpoint.name == name), None)


@define(kw_only=True)
class Subnet:
    """An allocated subnet with its reserved addresses."""

    lease: Lease
    gateway: Address | None = None
    auxiliary: dict[str, Address] = attrs.field(factory=dict)

    @property
    def prefix(self) -> Prefix:
        return self.lease.prefix

    def interface(self, address: Address) -> InterfaceAddress:
        return InterfaceAddress(address, self.prefix.length)

    def json(self) -> Json:
        gateway = {} if self.gateway is None else {"Gateway": str(self.gateway)}
        return {"Subnet": str(self.prefix), **gateway}


@define(eq=False, kw_only=True)
class NetworkEndpoint:
    """`addresses` and `gateways` are by family; `source` is the device's name outside of the container.

    `links` are names that only this endpoint's container knows (of a user-defined network), `linked` the endpoints that
    it is linked to (on the default bridge); `bindings` and `exposed` are set while the endpoint is a gateway
    endpoint.
    """

    id: str
    name: str
    network: DockerNetwork
    settings: EndpointSettings
    mac: Mac | None = None
    addresses: dict[int, InterfaceAddress] = attrs.field(factory=dict)
    link_local: list[InterfaceAddress] = attrs.field(factory=list)
    gateways: dict[int, Address] = attrs.field(factory=dict)
    routes: list[Prefix] = attrs.field(factory=list)  #: routes by its device without a gateway
    source: str = ""
    prefix: str = "eth"
    created_in_sandbox: bool = False
    names: list[str] = attrs.field(factory=list)
    links: dict[str, str] = attrs.field(factory=dict)
    linked: list[NetworkEndpoint] = attrs.field(factory=list)
    priority: int = 0
    bindings: list[PortBinding] = attrs.field(factory=list)
    exposed: list[ContainerPort] = attrs.field(factory=list)

    def address(self, version: int) -> Address | None:
        interface = self.addresses.get(version)
        return None if interface is None else interface.address

    @property
    def wanted_name(self) -> str:
        """The requested name of the device in the container."""
        return (self.settings.driver_opts or {}).get(IFNAME, "")

    @property
    def sysctls(self) -> list[str]:
        text = (self.settings.driver_opts or {}).get(SYSCTLS)
        return text.split(",") if text else []

    @property
    def uses_resolver(self) -> bool:
        return is_user_defined(self.network.name)

    def resource(self) -> Json:
        """Its entry in a network's Containers."""
        addresses = {version: str(self.addresses[version]) if version in self.addresses else "" for version in (4, 6)}
        return {
            "Name": self.name,
            "EndpointID": self.id,
            "MacAddress": "" if self.mac is None else str(self.mac),
            "IPv4Address": addresses[4],
            "IPv6Address": addresses[6],
        }

    def precedes(self, other: NetworkEndpoint) -> bool:
        """Endpoint.Less: priority, networks that are not internal, those with more gateways, the name."""
        return self._rank() < other._rank()

    def _rank(self) -> tuple[int, bool, int, str]:
        return -self.priority, self.network.internal, -len(self.gateways), self.network.name
