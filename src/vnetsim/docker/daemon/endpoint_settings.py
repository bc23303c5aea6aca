"""Validation of endpoint settings (validateEndpointSettings in daemon/container_operations.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from vnetsim.docker.api.network import SYSCTLS, EndpointSettings, is_user_defined
from vnetsim.docker.gotypes import bullets
from vnetsim.docker.libnetwork.network import DockerNetwork
from vnetsim.errors import EngineError
from vnetsim.wire.inet import Address, parse_address
from vnetsim.wire.mac import Mac

_NO_STATIC: Final = "user specified IP address is supported on user defined networks only"
_NO_SUBNET: Final = (
    "user specified IP address is supported only when connecting to networks with user configured subnets"
)
_NO_ALIAS: Final = "network-scoped alias is supported only for containers in user defined networks"


def validate(network: DockerNetwork | None, name: str, settings: EndpointSettings) -> None:
    """daemon.validateEndpointSettings: EngineError 400 with all errors."""
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


def _range_errors(network: DockerNetwork, settings: EndpointSettings) -> Iterator[str]:
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
    text = (settings.driver_opts or {}).get(SYSCTLS)
    for sysctl in text.split(",") if text else ():
        parts = sysctl.split(".", 4)
        if len(parts) != 5 or parts[1] not in ("ipv4", "ipv6", "mpls") or parts[3] not in ("IFNAME", "ifname"):
            yield (
                f"unrecognised network interface sysctl '{sysctl}'; represent 'net.X.Y.ethN.Z=V' as "
                "'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls'"
            )


def dns_names(container: str, aliases: Iterable[str], short_id: str, hostname: str) -> list[str]:
    """buildEndpointDNSNames: the names of an endpoint without duplicates."""
    return list(dict.fromkeys(filter(None, (container, *aliases, short_id, hostname))))
