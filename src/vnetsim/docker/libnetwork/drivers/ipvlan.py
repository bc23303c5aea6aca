"""The ipvlan driver (libnetwork/drivers/ipvlan of moby 28.5).

In modes l3 and l3s the host routes: containers have no gateway but a default route to their device.
"""

from __future__ import annotations

from collections.abc import Mapping

from vnetsim.docker.libnetwork.driverapi import by_family
from vnetsim.docker.libnetwork.drivers.parent import ParentDriver, ParentInterface
from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.osl import DEFAULT_ROUTES, ContainerNetns
from vnetsim.errors import EngineError

_FLAGS = ("bridge", "private", "vepa")


class IpvlanDriver(ParentDriver):
    name = kind = "ipvlan"
    option = "ipvlan_mode"
    modes = ("l2", "l3", "l3s")

    def _parse(self, network: DockerNetwork) -> ParentInterface:
        parent = super()._parse(network)
        flag = self._flag(network)
        if flag not in _FLAGS:
            message = f"requested ipvlan flag '{flag}' is not valid, 'bridge' is the ipvlan driver default"
            raise EngineError(500, message)
        return parent

    @staticmethod
    def _flag(network: DockerNetwork) -> str:
        return network.options.get("ipvlan_flag") or "bridge"

    def check(self, network: DockerNetwork) -> Mapping[int, bool]:
        parent = self._parse(network)
        return by_family((4, 6) if parent.internal or parent.mode != "l2" else ())

    def _dummy(self, network: DockerNetwork) -> str:
        return f"di-{network.id[:12]}"

    def _check_sharing(self, parent: ParentInterface) -> None:
        for other in self._sharers(parent):
            message = f"network {self._dummy(other.network)} is already using parent interface {parent.device}"
            raise EngineError(500, message)

    def create_endpoint(self, endpoint: NetworkEndpoint, netns: ContainerNetns | None) -> None:
        del netns
        if endpoint.mac is not None:
            raise EngineError(500, "ipvlan interfaces do not support custom mac address assignment")

    def join(self, endpoint: NetworkEndpoint) -> None:
        super().join(endpoint)
        parent = self._parents[endpoint.network.id]
        if parent.mode != "l2" and not parent.internal:
            endpoint.gateways = {}
            endpoint.routes = [DEFAULT_ROUTES[version] for version in sorted(endpoint.addresses)]

    def _link_options(self, parent: ParentInterface) -> dict[str, str | int]:
        return {"mode": parent.mode, self._flag(parent.network): ""}
