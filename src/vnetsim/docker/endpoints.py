"""Endpoints: a container's leg in a network, and the settings that the API tells about it.

Follows api/types/network.EndpointSettings, daemon/container_operations.go and libnetwork/endpoint.go of moby 28.5.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.docker.api import Json
from vnetsim.docker.gotypes import bullets
from vnetsim.docker.ipam import NoAddressError
from vnetsim.docker.networks import Network, is_user_defined
from vnetsim.docker.portmap import Binding, Port
from vnetsim.errors import EngineError
from vnetsim.wire.inet import Address, Interface, Prefix, parse_address
from vnetsim.wire.mac import Mac

if TYPE_CHECKING:
    from vnetsim.docker.sandbox import Sandbox

IFNAME: Final = "com.docker.network.endpoint.ifname"
SYSCTLS: Final = "com.docker.network.endpoint.sysctls"

_NO_STATIC: Final = "user specified IP address is supported on user defined networks only"
_NO_SUBNET: Final = (
    "user specified IP address is supported only when connecting to networks with user configured subnets"
)
_NO_ALIAS: Final = "network-scoped alias is supported only for containers in user defined networks"


# --- settings ------------------------------------------------------------------------------------------------------


@attrs.define(kw_only=True)
class EndpointSettings:
    """What a container's inspection tells of one network; empty where there is nothing to tell.

    `desired_mac` is the MAC address that was asked for, which is kept over restarts.
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
        """What held while the endpoint was there."""
        self.endpoint_id = self.gateway = self.address = self.gateway6 = self.address6 = self.mac = ""
        self.length = self.length6 = 0

    def ipam(self, key: str) -> str:
        """`IPv4Address` or `IPv6Address` as asked for."""
        return (self.ipam_config or {}).get(key) or ""

    @property
    def link_local(self) -> list[str]:
        return (self.ipam_config or {}).get("LinkLocalIPs") or []

    def reference(self, name: str) -> str:
        """What the network `name` is looked up by: its id once the container has been there."""
        return self.network_id if is_user_defined(name) and self.network_id else name


def _normal_mac(text: str) -> str:
    """`02-42-AC-11-00-9D` as `02:42:ac:11:00:9d`; what is no MAC address is left for `validate`."""
    try:
        return str(Mac.parse(text.replace("-", ":")))
    except ValueError:
        return text


class Attachments:
    """The networks of a container by name, in the order in which its endpoints are made.

    Go's small maps reuse the lowest slot that was freed; that order decides which interface is eth0 after a restart.
    (Go then starts at a random slot; here it is always the first.)
    """

    def __init__(self) -> None:
        self._slots: list[str | None] = []
        self._settings: dict[str, EndpointSettings] = {}

    def __iter__(self) -> Iterator[tuple[str, EndpointSettings]]:
        return iter([(name, self._settings[name]) for name in self._slots if name is not None])

    def __len__(self) -> int:
        return len(self._settings)

    def __contains__(self, name: str) -> bool:
        return name in self._settings

    def get(self, name: str) -> EndpointSettings | None:
        return self._settings.get(name)

    def set(self, name: str, settings: EndpointSettings) -> None:
        if name not in self._settings:
            if None in self._slots:
                self._slots[self._slots.index(None)] = name
            else:
                self._slots.append(name)
        self._settings[name] = settings

    def remove(self, name: str) -> None:
        if name in self._settings:
            del self._settings[name]
            self._slots[self._slots.index(name)] = None

    def json(self) -> Json:
        return {name: settings.json() for name, settings in sorted(self._settings.items())}


# --- what may be asked for -----------------------------------------------------------------------------------------


def validate(network: Network | None, name: str, settings: EndpointSettings) -> None:
    """daemon.validateEndpointSettings: EngineError 400 with all that is wrong."""
    errors = [
        *_predefined_errors(name, settings),
        *_address_errors(settings),
        *(_range_errors(network, settings) if network is not None else ()),
    ]
    if settings.mac and not _is_mac(settings.mac):
        raise EngineError(400, f"invalid MAC address {settings.mac}")
    errors += _sysctl_errors(settings)
    if errors:
        raise EngineError(400, f"invalid endpoint settings:\n{bullets(errors)}")


def _predefined_errors(name: str, settings: EndpointSettings) -> Iterator[str]:
    if is_user_defined(name):
        return
    if settings.ipam("IPv4Address") or settings.ipam("IPv6Address"):
        yield _NO_STATIC
    if settings.aliases:
        yield _NO_ALIAS


def _parse(text: str) -> Address | None:
    try:
        return parse_address(text)
    except ValueError:
        return None


def _address_errors(settings: EndpointSettings) -> Iterator[str]:
    for version in (4, 6):
        text = settings.ipam(f"IPv{version}Address")
        address = _parse(text)
        if text and (address is None or address.version != version or int(address) == 0):
            yield f"invalid IPv{version} address: {text}"
    for text in settings.link_local:
        address = _parse(text)
        if address is None or int(address) == 0:
            yield f"invalid link-local IP address: {text}"


def _range_errors(network: Network, settings: EndpointSettings) -> Iterator[str]:
    for version in (4, 6):
        text = settings.ipam(f"IPv{version}Address")
        if not text:
            continue
        static = [config for config in network.config[version] if config.subnet]
        address = _parse(text)
        if address is not None and any(config.contains(address) for config in static):
            continue
        yield f"no configured subnet or ip-range contain the IP address {text}" if static else _NO_SUBNET


def _is_mac(text: str) -> bool:
    try:
        Mac.parse(text)
    except ValueError:
        return False
    return True


def _sysctl_errors(settings: EndpointSettings) -> Iterator[str]:
    told = (settings.driver_opts or {}).get(SYSCTLS)
    for sysctl in told.split(",") if told else ():
        parts = sysctl.split(".", 4)
        if len(parts) != 5 or parts[1] not in ("ipv4", "ipv6", "mpls") or parts[3] not in ("IFNAME", "ifname"):
            yield (
                f"unrecognised network interface sysctl '{sysctl}'; represent 'net.X.Y.ethN.Z=V' as "
                "'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'"
            )


def dns_names(container: str, aliases: Iterable[str], short_id: str, hostname: str) -> list[str]:
    """Under which names an endpoint is known, each once."""
    return list(dict.fromkeys(filter(None, (container, *aliases, short_id, hostname))))


# --- endpoints -----------------------------------------------------------------------------------------------------


@attrs.define(eq=False, kw_only=True)
class Endpoint:
    """`addresses` and `gateways` are by family; `source` is the device's name outside of the container.

    `links` are names that only this endpoint's container knows (of a user-defined network), `linked` the endpoints that
    it is linked to (on the default bridge); `bindings` and `exposed` are there while the endpoint
    gives the container its way out.
    """

    id: str
    name: str
    network: Network
    settings: EndpointSettings
    mac: Mac | None = None
    addresses: dict[int, Interface] = attrs.field(factory=dict)
    link_local: list[Interface] = attrs.field(factory=list)
    gateways: dict[int, Address] = attrs.field(factory=dict)
    routes: list[Prefix] = attrs.field(factory=list)  #: what its device leads to directly
    source: str = ""
    prefix: str = "eth"
    created_in_sandbox: bool = False
    names: list[str] = attrs.field(factory=list)
    links: dict[str, str] = attrs.field(factory=dict)
    linked: list[Endpoint] = attrs.field(factory=list)
    priority: int = 0
    sandbox: Sandbox | None = None
    bindings: list[Binding] = attrs.field(factory=list)
    exposed: list[Port] = attrs.field(factory=list)

    def address(self, version: int) -> Address | None:
        interface = self.addresses.get(version)
        return None if interface is None else interface.address

    @property
    def wanted_name(self) -> str:
        """Of the device inside, if somebody chose it."""
        return (self.settings.driver_opts or {}).get(IFNAME, "")

    @property
    def sysctls(self) -> list[str]:
        told = (self.settings.driver_opts or {}).get(SYSCTLS)
        return told.split(",") if told else []

    @property
    def uses_resolver(self) -> bool:
        return is_user_defined(self.network.name)

    def resource(self) -> Json:
        """Its entry in a network's Containers."""
        told = {version: str(self.addresses[version]) if version in self.addresses else "" for version in (4, 6)}
        return {
            "Name": self.name,
            "EndpointID": self.id,
            "MacAddress": "" if self.mac is None else str(self.mac),
            "IPv4Address": told[4],
            "IPv6Address": told[6],
        }

    def precedes(self, other: Endpoint) -> bool:
        """Endpoint.Less: priority, then networks with a way out, then those with more gateways, then the name."""
        return self._rank() < other._rank()

    def _rank(self) -> tuple[int, bool, int, str]:
        return -self.priority, self.network.internal, -len(self.gateways), self.network.name


def take_addresses(endpoint: Endpoint, *, ipv6: bool = True) -> None:
    """An address of each family of the network, of IPv6 only if the container has it (CreateOptionDisableIPv6).

    EngineError if there is none or it is taken.
    """
    network = endpoint.network
    if network.is_special:
        return
    try:
        for version in (4, 6):
            if network.enable[version] and (ipv6 or version == 4):
                endpoint.addresses[version] = _take(endpoint, version)
    except EngineError:
        release_addresses(endpoint)
        raise


def _take(endpoint: Endpoint, version: int) -> Interface:
    network = endpoint.network
    text = endpoint.settings.ipam(f"IPv{version}Address")
    preferred = parse_address(text) if text else None
    for subnet in network.subnets[version]:
        if preferred is not None and preferred not in subnet.prefix:
            continue
        try:
            return subnet.interface(subnet.lease.take(preferred))
        except NoAddressError:
            continue
    if preferred is not None:
        words = f"invalid address {text}: It does not belong to any of this network's subnets"
        raise EngineError(400, words)
    where = f"{network.name} ({network.id})"
    raise EngineError(500, f"no available IPv{version} addresses on this network's address pools: {where}")


def release_addresses(endpoint: Endpoint) -> None:
    for version, interface in endpoint.addresses.items():
        for subnet in endpoint.network.subnets[version]:
            if interface.address in subnet.prefix:
                subnet.lease.release(interface.address)
    endpoint.addresses.clear()
