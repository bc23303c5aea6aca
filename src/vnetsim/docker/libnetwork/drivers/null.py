"""The drivers `host` and `null` (libnetwork/drivers/host, null): one network of each, endpoints without devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.docker.libnetwork.driverapi import ExternalConnectivity
from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.osl import ContainerNetns
from vnetsim.errors import EngineError

#: Both families have a gateway.
WITH_GATEWAYS: Final = {4: False, 6: False}


class SingleNetworkDriver:
    """`host` and `null`: one network of each, whose endpoints have no device."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._made = False

    def check(self, network: DockerNetwork) -> Mapping[int, bool]:
        del network
        return WITH_GATEWAYS

    def create(self, network: DockerNetwork) -> None:
        del network
        if self._made:
            raise EngineError(403, f'only one instance of "{self._name}" network is allowed')
        self._made = True

    def delete(self, network: DockerNetwork) -> None: ...
    def create_endpoint(self, endpoint: NetworkEndpoint, netns: ContainerNetns | None) -> None: ...
    def delete_endpoint(self, endpoint: NetworkEndpoint) -> None: ...
    def join(self, endpoint: NetworkEndpoint) -> None: ...
    def leave(self, endpoint: NetworkEndpoint) -> None: ...
    def publish(self, endpoint: NetworkEndpoint, publication: ExternalConnectivity) -> None: ...
    def withdraw(self, endpoint: NetworkEndpoint) -> None: ...
