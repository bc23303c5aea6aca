"""The drivers `host` and `null` (libnetwork/drivers/host, null): one network of each, endpoints without devices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.docker.libnetwork.driverapi import Publication
from vnetsim.docker.libnetwork.network import Endpoint, Network
from vnetsim.docker.libnetwork.osl import Inside
from vnetsim.errors import EngineError

#: Both families have a gateway.
WITH_GATEWAYS: Final = {4: False, 6: False}


class OneOnly:
    """`host` and `null`: one network of each, whose endpoints have no device."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._made = False

    def check(self, network: Network) -> Mapping[int, bool]:
        del network
        return WITH_GATEWAYS

    def create(self, network: Network) -> None:
        del network
        if self._made:
            raise EngineError(403, f'only one instance of "{self._name}" network is allowed')
        self._made = True

    def delete(self, network: Network) -> None: ...
    def create_endpoint(self, endpoint: Endpoint, inside: Inside | None) -> None: ...
    def delete_endpoint(self, endpoint: Endpoint) -> None: ...
    def join(self, endpoint: Endpoint) -> None: ...
    def leave(self, endpoint: Endpoint) -> None: ...
    def publish(self, endpoint: Endpoint, publication: Publication) -> None: ...
    def withdraw(self, endpoint: Endpoint) -> None: ...
