"""The macvlan driver: devices on top of one of the host's own (libnetwork/drivers/macvlan of moby 28.5)."""

from __future__ import annotations

from typing import Final

from vnetsim.docker.libnetwork.drivers.parent import ParentDriver, ParentInterface
from vnetsim.docker.libnetwork.netutils import mac_address
from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.osl import ContainerNetns
from vnetsim.errors import EngineError

_MODES: Final = ("bridge", "private", "passthru", "vepa")


class MacvlanDriver(ParentDriver):
    name = kind = "macvlan"
    option = "macvlan_mode"
    modes = _MODES

    def _dummy(self, network: DockerNetwork) -> str:
        return f"dm-{network.id[:12]}"

    def _check_sharing(self, parent: ParentInterface) -> None:
        for other in self._sharers(parent):
            if parent.mode == "passthru":
                message = f"macvlan network {other.network.id} is already using parent interface {parent.device}"
                raise EngineError(500, f"cannot use mode passthru, {message}")
            if other.mode == "passthru":
                message = f"is already using parent interface {parent.device} in mode passthru"
                raise EngineError(500, f"macvlan network {other.network.id} {message}")

    def create_endpoint(self, endpoint: NetworkEndpoint, netns: ContainerNetns | None) -> None:
        del netns
        endpoint.mac = endpoint.mac or mac_address(self._host.random)
