"""Networks as the engine knows them: what was asked for, what they were given, and how the API tells it.

Follows daemon/network.go, libnetwork/network.go, libnetwork/controller.go and api/types/network of moby 28.5: the
same checks in the same order.

Not modelled: Swarm scopes, ingress, plugins, other IPAM drivers, load balancing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

import attrs

from vnetsim.docker.api import Json
from vnetsim.docker.gotypes import parse_bool
from vnetsim.docker.names import short
from vnetsim.docker.subnets import IpamConfig, Subnet, sort_keys, validate_ipam
from vnetsim.errors import EngineError
from vnetsim.wire.inet import Interface

if TYPE_CHECKING:
    from vnetsim.docker.endpoints import Endpoint

DEFAULT: Final = "bridge"
PREDEFINED: Final = frozenset(("bridge", "host", "none", "default"))

ENABLE_IPV4: Final = "com.docker.network.enable_ipv4"
ENABLE_IPV6: Final = "com.docker.network.enable_ipv6"

#: Names under which --aux-address sets the containers' default gateway.
GATEWAY_AUX: Final = {4: "DefaultGatewayIPv4", 6: "DefaultGatewayIPv6"}

_CONFIG_ONLY_LIMITS: Final = (
    "configuration network can only contain network specific fields. Network operator fields like "
    "[ ingress | internal | attachable | scope ] are not supported."
)


def is_user_defined(mode: str) -> bool:
    """Whether a network mode (or a network's name) is none of the predefined ones nor another container's."""
    return mode not in PREDEFINED and not mode.startswith("container:")


# --- a network -----------------------------------------------------------------------------------------------------


@attrs.define(eq=False, kw_only=True)
class Network:
    """`config` is what was asked for and `subnets` what was given, both by family; `endpoints` in their order."""

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
    endpoints: dict[str, Endpoint] = attrs.field(factory=dict)
    #: Whether its driver made the host's device below it, and takes it away with the network; None: not made yet.
    owns_device: bool | None = None

    def __str__(self) -> str:
        return self.name

    @property
    def is_special(self) -> bool:
        """Without addresses of its own."""
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
        """What was asked for where a subnet was named, else what was given: only then the gateway shows by itself."""
        asked = {version: [c.json() for c in self.config[version] if c.subnet] for version in (4, 6)}
        told = [*asked[4], *asked[6]]
        told += [subnet.json() for version in (4, 6) if not asked[version] for subnet in self.subnets[version]]
        return told or None

    def endpoint_named(self, name: str) -> Endpoint | None:
        return next((endpoint for endpoint in self.endpoints.values() if endpoint.name == name), None)


# --- from a request --------------------------------------------------------------------------------------------------


@attrs.frozen(kw_only=True)
class Asker:
    """What the checks of a request need to know of the engine."""

    now: str
    new_id: str
    default_options: Mapping[str, Mapping[str, str]]


def from_request(body: Json, asker: Asker) -> Network:
    """The network that POST /networks/create asks for, as far as it can be judged alone; EngineError 400 or 403."""
    name: str = body.get("Name") or ""
    if name in PREDEFINED:
        raise EngineError(403, f"operation is not permitted on predefined {name} network")
    driver: str = body.get("Driver") or "bridge"
    if driver == "overlay":
        raise EngineError(
            403,
            'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to '
            "swarm and try again.",
        )
    options = dict(body.get("Options") or {})
    config_from: str = (body.get("ConfigFrom") or {}).get("Network") or ""
    if not config_from:
        options = {**asker.default_options.get(driver, {}), **options}
    enable = {
        4: _enabled(body.get("EnableIPv4"), options, ENABLE_IPV4, True),
        6: _enabled(body.get("EnableIPv6"), options, ENABLE_IPV6, False),
    }
    network = Network(
        id=asker.new_id, name=name, created=asker.now, driver=driver, scope=body.get("Scope") or "", enable=enable,
        internal=bool(body.get("Internal")), attachable=bool(body.get("Attachable")),
        ingress=bool(body.get("Ingress")), config_only=bool(body.get("ConfigOnly")), config_from=config_from,
        options=options, labels=dict(body.get("Labels") or {}),
    )  # fmt: skip
    _take_ipam(network, body.get("IPAM"))
    if not name.strip():
        raise EngineError(400, "invalid name: name is empty")
    _check_configuration_network(network)
    return network


def _enabled(said: bool | None, options: dict[str, str], key: str, default: bool) -> bool:
    """From the request, or else from a driver option."""
    if said is not None:
        options.pop(key, None)
        return said
    if key not in options:
        return default
    try:
        return parse_bool(options[key])
    except ValueError:
        raise EngineError(400, f'driver-opt "{key}" is not a valid bool') from None


def _take_ipam(network: Network, ipam: Json | None) -> None:
    if ipam is None:
        return
    configs = [IpamConfig.of(config) for config in ipam.get("Config") or []]
    validate_ipam(configs, network.enable[6])
    for config in configs:
        network.config[Interface.parse(config.subnet).address.version].append(config)
    network.ipam_driver = ipam.get("Driver") or "default"
    network.ipam_options = ipam.get("Options")


def _check_configuration_network(network: Network) -> None:
    if network.config_only:
        if network.ingress or network.internal or network.attachable or network.scope:
            raise EngineError(403, _CONFIG_ONLY_LIMITS)
        if network.config_from:
            raise EngineError(403, "a configuration network cannot depend on another configuration network")
    elif network.config_from:
        configured = any(network.config.values()) or network.enable != {4: True, 6: False}
        if network.labels or network.ipam_options or configured:
            words = "user specified configurations are not supported if the network depends on a configuration network"
            raise EngineError(403, words)
        if network.options:
            words = "network driver options are not supported if the network depends on a configuration network"
            raise EngineError(403, words)


def apply_configuration(source: Network, target: Network) -> None:
    """--config-from."""
    target.enable = dict(source.enable)
    target.labels = dict(source.labels)
    target.ipam_driver = source.ipam_driver
    target.ipam_options = source.ipam_options or target.ipam_options
    target.config = {version: list(configs) for version, configs in source.config.items()}
    target.options = dict(source.options)


# --- all networks --------------------------------------------------------------------------------------------------


class Networks:
    """Those that exist, in the order of their creation."""

    def __init__(self) -> None:
        self._by_id: dict[str, Network] = {}

    def __iter__(self) -> Iterator[Network]:
        return iter(list(self._by_id.values()))

    def add(self, network: Network) -> None:
        self._by_id[network.id] = network

    def remove(self, network: Network) -> None:
        del self._by_id[network.id]

    def named(self, name: str) -> Network | None:
        return next((network for network in self if network.name == name), None)

    def find(self, term: str) -> Network:
        """By full id, by name, by the beginning of an id; EngineError 404 or 400."""
        if term in self._by_id:
            return self._by_id[term]
        if (network := self.named(term)) is not None:
            return network
        beginning = [network for network in self if network.id.startswith(term)]
        if len(beginning) == 1:
            return beginning[0]
        if beginning and term:
            matches = f"{len(beginning)} matches found based on ID prefix"
            raise EngineError(400, f"network {term} is ambiguous ({matches})")
        raise EngineError(404, f"network {term} not found")

    def check_unused(self, network: Network) -> None:
        """EngineError 403 where something hinders `network rm`."""
        if network.config_only:
            if any(other.config_from == network.name for other in self):
                words = f'error while removing network: configuration network "{network.name}" is in use'
                raise EngineError(403, words)
        elif network.endpoints:
            users = ", ".join(f'name:"{e.name}" id:"{short(e.id)}"' for e in network.endpoints.values())
            words = f"network {network.name} has active endpoints ({users})"
            raise EngineError(403, f"error while removing network: {words}")
