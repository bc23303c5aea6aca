"""The interface of network drivers (libnetwork/driverapi of moby 28.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.osl import ContainerNetns
from vnetsim.docker.libnetwork.portbinding import PortBinding
from vnetsim.docker.nat import ContainerPort
from vnetsim.errors import EngineError
from vnetsim.values import frozen


@frozen(kw_only=True)
class ExternalConnectivity:
    """The ports that a gateway endpoint publishes (ProgramExternalConnectivity).

    With `own_family_only`, host IPv6 is not proxied to an IPv4 address: another endpoint is the IPv6 gateway.
    """

    requests: Sequence[PortBinding] = ()
    exposed: Sequence[ContainerPort] = ()
    own_family_only: bool = False


class Driver(Protocol):
    """A network driver; its methods raise EngineError."""

    def check(self, network: DockerNetwork) -> Mapping[int, bool]:
        """Validate the options of a new network; by family, whether its gateway needs no address."""

    def create(self, network: DockerNetwork) -> None: ...
    def delete(self, network: DockerNetwork) -> None: ...
    def create_endpoint(self, endpoint: NetworkEndpoint, netns: ContainerNetns | None) -> None: ...
    def delete_endpoint(self, endpoint: NetworkEndpoint) -> None: ...
    def join(self, endpoint: NetworkEndpoint) -> None:
        """Set the name prefix of the device, and the gateways."""

    def leave(self, endpoint: NetworkEndpoint) -> None: ...
    def publish(self, endpoint: NetworkEndpoint, publication: ExternalConnectivity) -> None: ...
    def withdraw(self, endpoint: NetworkEndpoint) -> None: ...


def check_pools(network: DockerNetwork) -> None:
    """EngineError 400 for a network without a subnet, or with 0.0.0.0/0."""
    for version in (4, 6):
        subnet = network.subnet_of(version)
        if network.enable[version] and (subnet is None or subnet.prefix.length == 0):
            raise EngineError(400, f"ipv{version} pool is empty")


def by_family(addresses: Iterable[int]) -> dict[int, bool]:
    """A mapping that is true for these families."""
    wanted = set(addresses)
    return {version: version in wanted for version in (4, 6)}
