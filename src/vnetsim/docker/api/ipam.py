"""IPAM configuration in requests and its validation (api/types/network/ipam.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import attrs

from vnetsim.docker.api.types import Json
from vnetsim.docker.gotypes import bullets
from vnetsim.errors import EngineError
from vnetsim.values import frozen
from vnetsim.wire.inet import Address, InterfaceAddress, Prefix, parse_address


def sort_keys(mapping: Mapping[str, str]) -> dict[str, str]:
    """Maps are printed in the order of their keys."""
    return dict(sorted(mapping.items()))


@frozen(kw_only=True)
class IpamConfig:
    """The request; a field is empty where the request has none."""

    subnet: str = ""
    ip_range: str = ""
    gateway: str = ""
    auxiliary: dict[str, str] = attrs.field(factory=dict)

    @classmethod
    def of(cls, config: Json) -> IpamConfig:
        return cls(
            subnet=config.get("Subnet") or "",
            ip_range=config.get("IPRange") or "",
            gateway=config.get("Gateway") or "",
            auxiliary=dict(config.get("AuxiliaryAddresses") or {}),
        )

    def json(self) -> Json:
        fields = {
            "Subnet": self.subnet,
            "IPRange": self.ip_range,
            "Gateway": self.gateway,
            "AuxiliaryAddresses": sort_keys(self.auxiliary),
        }
        return {key: value for key, value in fields.items() if value}

    def contains(self, address: Address) -> bool:
        """Whether an endpoint of a network with a subnet may request `address`."""
        prefixes = [Prefix.parse(text) for text in (self.ip_range, self.subnet) if text]
        return any(prefix.version == address.version and address in prefix for prefix in prefixes)


def validate_ipam(configs: Iterable[IpamConfig], enable_ipv6: bool) -> None:
    """The checks of api/types/network.ValidateIPAM: EngineError 400 with all that is wrong."""
    errors: list[str] = []
    for config in configs:
        errors += _subnet_errors(config, enable_ipv6)
    if errors:
        raise EngineError(400, f"invalid network config:\n{bullets(errors)}")


def _parse_prefix(text: str) -> InterfaceAddress | None:
    try:
        return InterfaceAddress.parse(text) if "/" in text else None
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
    if message := _address_error(config.gateway, subnet, str(given)):
        yield f"invalid gateway {config.gateway}: {message}"
    for name, address in config.auxiliary.items():
        if message := _address_error(address, subnet, str(given)):
            yield f"invalid auxiliary address {name}: {message}"


def _range_errors(text: str, subnet: Prefix, parent: str) -> Iterator[str]:
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
        yield f"invalid ip-range {text}: CIDR block is bigger than its parent subnet {parent}"
    if given.address != given.network.address:
        yield f"invalid ip-range {given}: it should be {given.network}"
    if not subnet.overlaps(given.network):
        yield f"invalid ip-range {text}: parent subnet {parent} doesn't contain ip-range"


def _address_error(text: str, subnet: Prefix, parent: str) -> str | None:
    if not text:
        return None
    try:
        address = parse_address(text)
    except ValueError:
        return "invalid address"
    if address.version != subnet.version:
        return f"parent subnet is an IPv{subnet.version} block"
    return None if address in subnet else f"parent subnet {parent} doesn't contain this address"
