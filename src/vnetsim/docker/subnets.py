"""What networks ask of address management and what they are given (api/types/network/ipam.go, libnetwork/network.go).

All mappings are by address family, 4 and 6.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import attrs

from vnetsim.docker.api import Json
from vnetsim.docker.gotypes import bullets
from vnetsim.docker.ipam import AddressSpace, Lease
from vnetsim.errors import EngineError
from vnetsim.wire.inet import Address, Interface, Prefix, parse_address

if TYPE_CHECKING:
    from vnetsim.docker.networks import Network


def sort_keys(mapping: Mapping[str, str]) -> dict[str, str]:
    """Maps are printed in the order of their keys."""
    return dict(sorted(mapping.items()))


@attrs.frozen(kw_only=True)
class IpamConfig:
    """What was asked for; empty texts were not said."""

    subnet: str = ""
    ip_range: str = ""
    gateway: str = ""
    auxiliary: dict[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(cls, config: Json) -> IpamConfig:
        return cls(
            subnet=config.get("Subnet") or "", ip_range=config.get("IPRange") or "",
            gateway=config.get("Gateway") or "", auxiliary=dict(config.get("AuxiliaryAddresses") or {}),
        )  # fmt: skip

    def json(self) -> Json:
        said = {
            "Subnet": self.subnet, "IPRange": self.ip_range, "Gateway": self.gateway,
            "AuxiliaryAddresses": sort_keys(self.auxiliary),
        }  # fmt: skip
        return {key: value for key, value in said.items() if value}

    def contains(self, address: Address) -> bool:
        """Of a network with a subnet: whether an endpoint may ask for `address`."""
        prefixes = [Prefix.parse(text) for text in (self.ip_range, self.subnet) if text]
        return any(prefix.version == address.version and address in prefix for prefix in prefixes)


@attrs.define(kw_only=True)
class Subnet:
    """What was given: a lease and the addresses set aside."""

    lease: Lease
    gateway: Address | None = None
    auxiliary: dict[str, Address] = attrs.field(factory=dict)

    @property
    def prefix(self) -> Prefix:
        return self.lease.prefix

    def interface(self, address: Address) -> Interface:
        return Interface(address, self.prefix.length)

    def json(self) -> Json:
        gateway = {} if self.gateway is None else {"Gateway": str(self.gateway)}
        return {"Subnet": str(self.prefix), **gateway}


def validate_ipam(configs: Iterable[IpamConfig], enable_ipv6: bool) -> None:
    """The checks of api/types/network.ValidateIPAM: EngineError 400 with all that is wrong."""
    errors: list[str] = []
    for config in configs:
        errors += _subnet_errors(config, enable_ipv6)
    if errors:
        raise EngineError(400, f"invalid network config:\n{bullets(errors)}")


def _parse_prefix(text: str) -> Interface | None:
    try:
        return Interface.parse(text) if "/" in text else None
    except ValueError:
        return None


def _subnet_errors(config: IpamConfig, enable_ipv6: bool) -> Iterator[str]:
    given = _parse_prefix(config.subnet)
    if given is None:
        yield f"invalid subnet {config.subnet}: invalid CIDR block notation"
        return
    if given.address.version == 6 and not enable_ipv6:
        return
    subnet = given.network
    if given.address != subnet.address:
        yield f"invalid subnet {given}: it should be {subnet}"
    yield from _range_errors(config.ip_range, subnet, str(given))
    if words := _address_error(config.gateway, subnet, str(given)):
        yield f"invalid gateway {config.gateway}: {words}"
    for name, address in config.auxiliary.items():
        if words := _address_error(address, subnet, str(given)):
            yield f"invalid auxiliary address {name}: {words}"


def _range_errors(text: str, subnet: Prefix, told: str) -> Iterator[str]:
    if not text:
        return
    given = _parse_prefix(text)
    if given is None:
        yield f"invalid ip-range {text}: invalid CIDR block notation"
        return
    if given.address.version != subnet.version:
        yield f"invalid ip-range {text}: parent subnet is an IPv{subnet.version} block"
        return
    if given.length < subnet.length:
        yield f"invalid ip-range {text}: CIDR block is bigger than its parent subnet {told}"
    if given.address != given.network.address:
        yield f"invalid ip-range {given}: it should be {given.network}"
    if not subnet.overlaps(given.network):
        yield f"invalid ip-range {text}: parent subnet {told} doesn't contain ip-range"


def _address_error(text: str, subnet: Prefix, told: str) -> str | None:
    if not text:
        return None
    try:
        address = parse_address(text)
    except ValueError:
        return "invalid address"
    if address.version != subnet.version:
        return f"parent subnet is an IPv{subnet.version} block"
    return None if address in subnet else f"parent subnet {told} doesn't contain this address"


def allocate(
    network: Network,
    spaces: Mapping[int, AddressSpace],
    avoid: Mapping[int, list[Prefix]],
    no_gateway: Mapping[int, bool],
) -> None:
    """Subnets, gateways and auxiliary addresses for `network`; nothing is kept when one is refused.

    `avoid` is what automatic subnets must not overlap; `no_gateway` tells families that need none.
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
    subnet = Interface.parse(config.subnet).network
    return space.request(subnet, Interface.parse(config.ip_range).network if config.ip_range else None)


def _set_aside(subnet: Subnet, config: IpamConfig, skip_gateway: bool) -> None:
    if config.gateway or not skip_gateway:
        try:
            subnet.gateway = subnet.lease.take(parse_address(config.gateway) if config.gateway else None)
        except EngineError as error:
            raise EngineError(500, f"failed to allocate gateway ({config.gateway}): {error.message}") from None
    for name, text in sorted(config.auxiliary.items()):
        address = parse_address(text)
        if address not in subnet.prefix:
            words = f"auxiliary address: ({name}:{text}) must belong to the master pool: {subnet.prefix}"
            raise EngineError(403, words)
        try:
            subnet.auxiliary[name] = subnet.lease.take(address)
        except EngineError as error:
            words = f"failed to allocate secondary ip address ({name}:{text}): {error.message}"
            raise EngineError(500, words) from None


def release(network: Network, spaces: Mapping[int, AddressSpace]) -> None:
    for version, subnets in network.subnets.items():
        for subnet in subnets:
            for address in (subnet.gateway, *subnet.auxiliary.values()):
                if address is not None:
                    subnet.lease.release(address)
            spaces[version].release(subnet.lease)
        subnets.clear()


def reserve(network: Network, spaces: Mapping[int, AddressSpace]) -> None:
    """What a network was given under an engine before this one is its own again."""
    for version, subnets in network.subnets.items():
        given, subnets[:] = list(subnets), []
        for old in given:
            within = None if old.lease.within == old.prefix else old.lease.within
            lease = spaces[version].request(old.prefix, within)
            for address in (old.gateway, *old.auxiliary.values()):
                if address is not None:
                    lease.take(address)
            subnets.append(attrs.evolve(old, lease=lease))
