"""Network modes and a container's settings on one network (api/types/network, api/types/container of moby 28.5)."""

from __future__ import annotations

from typing import Final

from vnetsim.docker.api.types import Json
from vnetsim.values import define
from vnetsim.wire.mac import Mac

DEFAULT: Final = "bridge"
PREDEFINED: Final = frozenset(("bridge", "host", "none", "default"))


def is_user_defined(mode: str) -> bool:
    """container.NetworkMode.IsUserDefined, also of a network's name."""
    return mode not in PREDEFINED and not mode.startswith("container:")


IFNAME: Final = "com.docker.network.endpoint.ifname"
SYSCTLS: Final = "com.docker.network.endpoint.sysctls"


@define(kw_only=True)
class EndpointSettings:
    """network.EndpointSettings, as inspection of a container shows it.

    `desired_mac` is the requested MAC address, which is kept over restarts.
    """

    ipam_config: Json | None = None
    links: list[str] | None = None
    aliases: list[str] | None = None
    mac: str = ""
    driver_opts: dict[str, str] | None = None
    gw_priority: int = 0
    network_id: str = ""
    endpoint_id: str = ""
    gateway: str = ""
    address: str = ""
    length: int = 0
    gateway6: str = ""
    address6: str = ""
    length6: int = 0
    dns_names: list[str] | None = None
    desired_mac: str = ""

    @classmethod
    def of(cls, body: Json | None) -> EndpointSettings:
        """From a request's EndpointConfig."""
        body = body or {}
        mac = _normal_mac(body.get("MacAddress") or "")
        return cls(
            ipam_config=body.get("IPAMConfig"), links=body.get("Links"), aliases=body.get("Aliases"), mac=mac,
            driver_opts=body.get("DriverOpts"), gw_priority=int(body.get("GwPriority") or 0), desired_mac=mac,
        )  # fmt: skip

    def json(self) -> Json:
        return {
            "IPAMConfig": self.ipam_config,
            "Links": self.links,
            "Aliases": self.aliases,
            "MacAddress": self.mac,
            "DriverOpts": self.driver_opts,
            "GwPriority": self.gw_priority,
            "NetworkID": self.network_id,
            "EndpointID": self.endpoint_id,
            "Gateway": self.gateway,
            "IPAddress": self.address,
            "IPPrefixLen": self.length,
            "IPv6Gateway": self.gateway6,
            "GlobalIPv6Address": self.address6,
            "GlobalIPv6PrefixLen": self.length6,
            "DNSNames": self.dns_names,
        }

    def forget(self) -> None:
        """Clear the operational fields when the endpoint is deleted."""
        self.endpoint_id = self.gateway = self.address = self.gateway6 = self.address6 = self.mac = ""
        self.length = self.length6 = 0

    def ipam(self, key: str) -> str:
        """The requested `IPv4Address` or `IPv6Address`."""
        return (self.ipam_config or {}).get(key) or ""

    @property
    def link_local(self) -> list[str]:
        return (self.ipam_config or {}).get("LinkLocalIPs") or []

    def reference(self, name: str) -> str:
        """The term by which the network `name` is looked up: its id once the container has joined it."""
        return self.network_id if is_user_defined(name) and self.network_id else name


def _normal_mac(text: str) -> str:
    """`02-42-AC-11-00-9D` as `02:42:ac:11:00:9d`; `validate` refuses what is no MAC address."""
    try:
        return str(Mac.parse(text.replace("-", ":")))
    except ValueError:
        return text
