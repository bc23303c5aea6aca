"""Network drivers: who makes the devices of a network and of its endpoints (libnetwork/driverapi)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import attrs

from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.osl import ContainerNetns
from vnetsim.docker.libnetwork.portbinding import PortBinding
from vnetsim.docker.nat import ContainerPort
from vnetsim.errors import EngineError


@attrs.frozen(kw_only=True)
class ExternalConnectivity:
    """What an endpoint that gives its container the way out makes known.

    With `own_family_only`, host IPv6 is not proxied to an IPv4 address: another endpoint is the IPv6 gateway.
    """

    requests: Sequence[PortBinding] = ()
    exposed: Sequence[ContainerPort] = ()
    own_family_only: bool = False


class Driver(Protocol):
    """Refusals are EngineError."""

    def check(self, network: DockerNetwork) -> Mapping[int, bool]:
        """Judge the options of a new network and tell by family which gateways need no address."""
        ...

    def create(self, network: DockerNetwork) -> None: ...
    def delete(self, network: DockerNetwork) -> None: ...
    def create_endpoint(self, endpoint: NetworkEndpoint, inside: ContainerNetns | None) -> None: ...
    def delete_endpoint(self, endpoint: NetworkEndpoint) -> None: ...
    def join(self, endpoint: NetworkEndpoint) -> None:
        """Settle the device's names and the gateways."""
        ...

    def leave(self, endpoint: NetworkEndpoint) -> None: ...
    def publish(self, endpoint: NetworkEndpoint, publication: ExternalConnectivity) -> None: ...
    def withdraw(self, endpoint: NetworkEndpoint) -> None: ...


def check_pools(network: DockerNetwork) -> None:
    """Both bridge and macvlan refuse a subnet of everything."""
    for version in (4, 6):
        subnet = network.subnet_of(version)
        if network.enable[version] and (subnet is None or subnet.prefix.length == 0):
            raise EngineError(400, f"ipv{version} pool is empty")


def by_family(addresses: Iterable[int]) -> dict[int, bool]:
    """A mapping that is true for these families."""
    wanted = set(addresses)
    return {version: version in wanted for version in (4, 6)}
