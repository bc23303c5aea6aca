"""Address allocation for networks and endpoints (ipamAllocate, assignAddress in libnetwork/network.go, endpoint.go)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import attrs

from vnetsim.docker.api.ipam import IpamConfig
from vnetsim.docker.libnetwork.ipam import AddressSpace, Lease, NoAddressError
from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint, Subnet
from vnetsim.errors import EngineError
from vnetsim.wire.inet import InterfaceAddress, Prefix, parse_address

if TYPE_CHECKING:
    from vnetsim.docker.libnetwork.network import DockerNetwork


def allocate(
    network: DockerNetwork,
    spaces: Mapping[int, AddressSpace],
    avoid: Mapping[int, list[Prefix]],
    no_gateway: Mapping[int, bool],
) -> None:
    """Allocate subnets, gateways and auxiliary addresses for `network`; EngineError releases all.

    Automatic subnets do not overlap `avoid`; `no_gateway` families need no gateway address.
    """
    if network.is_special or network.config_only:
        return
    try:
        for version in (4, 6):
            if not network.enable[version]:
                continue
            for config in network.config[version] or [IpamConfig()]:
                subnet = Subnet(lease=_lease(config, spaces[version], avoid[version]))
                network.subnets[version].append(subnet)
                _set_aside(subnet, config, no_gateway[version])
    except EngineError:
        release(network, spaces)
        raise


def _lease(config: IpamConfig, space: AddressSpace, avoid: Iterable[Prefix]) -> Lease:
    if not config.subnet:
        return space.request_any(avoid)
    subnet = InterfaceAddress.parse(config.subnet).network
    return space.request(subnet, InterfaceAddress.parse(config.ip_range).network if config.ip_range else None)


def _set_aside(subnet: Subnet, config: IpamConfig, skip_gateway: bool) -> None:
    if config.gateway or not skip_gateway:
        try:
            subnet.gateway = subnet.lease.take(parse_address(config.gateway) if config.gateway else None)
        except EngineError as error:
            raise EngineError(500, f"failed to allocate gateway ({config.gateway}): {error.message}") from None
    for name, text in sorted(config.auxiliary.items()):
        address = parse_address(text)
        if address not in subnet.prefix:
            message = f"auxiliary address: ({name}:{text}) must belong to the master pool: {subnet.prefix}"
            raise EngineError(403, message)
        try:
            subnet.auxiliary[name] = subnet.lease.take(address)
        except EngineError as error:
            message = f"failed to allocate secondary ip address ({name}:{text}): {error.message}"
            raise EngineError(500, message) from None


def release(network: DockerNetwork, spaces: Mapping[int, AddressSpace]) -> None:
    for version, subnets in network.subnets.items():
        for subnet in subnets:
            for address in (subnet.gateway, *subnet.auxiliary.values()):
                if address is not None:
                    subnet.lease.release(address)
            spaces[version].release(subnet.lease)
        subnets.clear()


def reserve(network: DockerNetwork, spaces: Mapping[int, AddressSpace]) -> None:
    """Reserve the subnets and addresses that a network had under the previous engine."""
    for version, subnets in network.subnets.items():
        given, subnets[:] = list(subnets), []
        for old in given:
            within = None if old.lease.within == old.prefix else old.lease.within
            lease = spaces[version].request(old.prefix, within)
            for address in (old.gateway, *old.auxiliary.values()):
                if address is not None:
                    lease.take(address)
            subnets.append(attrs.evolve(old, lease=lease))


def take_addresses(endpoint: NetworkEndpoint, *, ipv6: bool = True) -> None:
    """Allocate an address of each family, of IPv6 only if the container has it (CreateOptionDisableIPv6).

    EngineError if no address is available or the requested one is in use.
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


def _take(endpoint: NetworkEndpoint, version: int) -> InterfaceAddress:
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
        message = f"invalid address {text}: It does not belong to any of this network's subnets"
        raise EngineError(400, message)
    where = f"{network.name} ({network.id})"
    raise EngineError(500, f"no available IPv{version} addresses on this network's address pools: {where}")


def release_addresses(endpoint: NetworkEndpoint) -> None:
    for version, interface in endpoint.addresses.items():
        for subnet in endpoint.network.subnets[version]:
            if interface.address in subnet.prefix:
                subnet.lease.release(interface.address)
    endpoint.addresses.clear()
