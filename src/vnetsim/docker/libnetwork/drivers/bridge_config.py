"""The options of a bridge network (networkConfiguration and its labels in libnetwork/drivers/bridge of moby 28.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import attrs

from vnetsim.docker.gotypes import parse_bool, parse_int
from vnetsim.docker.libnetwork.network import DockerNetwork
from vnetsim.errors import EngineError
from vnetsim.values import define
from vnetsim.wire.inet import ANY4, Address, InterfaceAddress, parse_address

PREFIX: Final = "com.docker.network.bridge."
MTU: Final = "com.docker.network.driver.mtu"
DOCKER0: Final = "docker0"
_MODES: Final = ("nat", "nat-unprotected", "routed", "isolated")


def _gateway_mode(text: str) -> str:
    if text not in _MODES:
        raise ValueError(f"unknown gateway mode {text}")
    return text


def _ip(text: str) -> Address:
    try:
        return parse_address(text)
    except ValueError:
        raise ValueError("nil ip") from None


@define(kw_only=True)
class BridgeConfig:
    """The options of a bridge network; `addresses` are the bridge's own, by family."""

    name: str = ""
    default_bridge: bool = False
    mtu: int = 0
    icc: bool = True
    masquerade: bool = True
    inhibit_ipv4: bool = False
    binding: Address = ANY4
    modes: dict[int, str] = attrs.field(factory=lambda: {4: "nat", 6: "nat"})
    trusted: tuple[str, ...] = ()
    prefix: str = "eth"
    snat: dict[int, Address] = attrs.field(factory=dict)
    addresses: dict[int, InterfaceAddress] = attrs.field(factory=dict)
    exists: bool = False
    made_by_user: bool = False

    @classmethod
    def parse(cls, network: DockerNetwork) -> BridgeConfig:
        """EngineError 400 for an invalid value."""
        config = cls()
        for label, value in sorted(network.options.items()):
            if label not in _LABELS:
                continue
            try:
                _LABELS[label](config, value)
            except ValueError as error:
                raise EngineError(400, f"failed to parse {label} value: {value} ({error})") from None
        if not config.name:
            config.name = DOCKER0 if config.default_bridge else f"br-{network.id[:12]}"
        return config

    def isolated(self, version: int) -> bool:
        return self.modes[version] == "isolated"

    def has_no_address(self, version: int) -> bool:
        return self.isolated(version) or (version == 4 and self.inhibit_ipv4)


def _label(attribute: str, read: Callable[[str], object]) -> Callable[[BridgeConfig, str], None]:
    return lambda config, text: setattr(config, attribute, read(text))


def _item(attribute: str, version: int, read: Callable[[str], object]) -> Callable[[BridgeConfig, str], None]:
    def store(config: BridgeConfig, text: str) -> None:
        values: dict[int, Any] = getattr(config, attribute)
        values[version] = read(text)

    return store


_LABELS: Final[dict[str, Callable[[BridgeConfig, str], None]]] = {
    PREFIX + "name": _label("name", str),
    PREFIX + "default_bridge": _label("default_bridge", parse_bool),
    PREFIX + "enable_icc": _label("icc", parse_bool),
    PREFIX + "enable_ip_masquerade": _label("masquerade", parse_bool),
    PREFIX + "host_binding_ipv4": _label("binding", _ip),
    PREFIX + "inhibit_ipv4": _label("inhibit_ipv4", parse_bool),
    PREFIX + "gateway_mode_ipv4": _item("modes", 4, _gateway_mode),
    PREFIX + "gateway_mode_ipv6": _item("modes", 6, _gateway_mode),
    PREFIX + "trusted_host_interfaces": _label("trusted", lambda text: tuple(filter(None, text.split(":")))),
    MTU: _label("mtu", parse_int),
    "com.docker.network.container_iface_prefix": _label("prefix", str),
    "com.docker.network.host_ipv4": _item("snat", 4, _ip),
    "com.docker.network.host_ipv6": _item("snat", 6, _ip),
}
