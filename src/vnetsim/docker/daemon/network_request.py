"""Requests of POST /networks/create (daemon/network.go, libnetwork/controller.go of moby 28.5).

The checks are moby's, in its order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from vnetsim.docker.api.ipam import IpamConfig, validate_ipam
from vnetsim.docker.api.network import PREDEFINED
from vnetsim.docker.api.types import Json
from vnetsim.docker.gotypes import parse_bool
from vnetsim.docker.libnetwork.network import DockerNetwork
from vnetsim.errors import EngineError
from vnetsim.values import frozen
from vnetsim.wire.inet import InterfaceAddress

ENABLE_IPV4: Final = "com.docker.network.enable_ipv4"
ENABLE_IPV6: Final = "com.docker.network.enable_ipv6"
_CONFIG_ONLY_LIMITS: Final = (
    "configuration network can only contain network specific fields. Network operator fields like "
    "[ ingress | internal | attachable | scope ] are not supported."
)


@frozen(kw_only=True)
class NetworkDefaults:
    """Values of the engine for a new network."""

    now: str
    new_id: str
    default_options: Mapping[str, Mapping[str, str]]


def from_request(body: Json, asker: NetworkDefaults) -> DockerNetwork:
    """The requested network after all checks that need no other network; EngineError 400 or 403."""
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
    network = DockerNetwork(
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


def _enabled(requested: bool | None, options: dict[str, str], key: str, default: bool) -> bool:
    """From the request, or else from a driver option."""
    if requested is not None:
        options.pop(key, None)
        return requested
    if key not in options:
        return default
    try:
        return parse_bool(options[key])
    except ValueError:
        raise EngineError(400, f'driver-opt "{key}" is not a valid bool') from None


def _take_ipam(network: DockerNetwork, ipam: Json | None) -> None:
    if ipam is None:
        return
    configs = [IpamConfig.of(config) for config in ipam.get("Config") or []]
    validate_ipam(configs, network.enable[6])
    for config in configs:
        network.config[InterfaceAddress.parse(config.subnet).address.version].append(config)
    network.ipam_driver = ipam.get("Driver") or "default"
    network.ipam_options = ipam.get("Options")


def _check_configuration_network(network: DockerNetwork) -> None:
    if network.config_only:
        if network.ingress or network.internal or network.attachable or network.scope:
            raise EngineError(403, _CONFIG_ONLY_LIMITS)
        if network.config_from:
            raise EngineError(403, "a configuration network cannot depend on another configuration network")
    elif network.config_from:
        configured = any(network.config.values()) or network.enable != {4: True, 6: False}
        if network.labels or network.ipam_options or configured:
            message = (
                "user specified configurations are not supported if the network depends on a configuration network"
            )
            raise EngineError(403, message)
        if network.options:
            message = "network driver options are not supported if the network depends on a configuration network"
            raise EngineError(403, message)


def apply_configuration(source: DockerNetwork, target: DockerNetwork) -> None:
    """--config-from."""
    target.enable = dict(source.enable)
    target.labels = dict(source.labels)
    target.ipam_driver = source.ipam_driver
    target.ipam_options = source.ipam_options or target.ipam_options
    target.config = {version: list(configs) for version, configs in source.config.items()}
    target.options = dict(source.options)
