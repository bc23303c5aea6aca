"""The network `bridge` as the engine's flags configure it (daemon/daemon_unix.go: initBridgeDriver of moby 28.5).

Each start of the engine creates it again; an existing address of its device is kept where the flags allow it.
"""

from __future__ import annotations

from typing import Final

from vnetsim.docker.api.ipam import IpamConfig
from vnetsim.docker.config.options import DaemonOptions
from vnetsim.docker.libnetwork.network import GATEWAY_AUX, DockerNetwork
from vnetsim.docker.libnetwork.nlwrap import EngineHost
from vnetsim.errors import EngineError
from vnetsim.wire.inet import Address, InterfaceAddress, Prefix

DOCKER0: Final = "docker0"
#: The kernel assigns link-local addresses from it.
_LINK_LOCAL: Final = Prefix.parse("fe80::/64")


def configure(network: DockerNetwork, options: DaemonOptions, host: EngineHost) -> DockerNetwork:
    """`network` with its options and addresses; EngineError for what makes the engine fail to start."""
    network.enable = {4: True, 6: options.ipv6}
    network.options = {
        "com.docker.network.bridge.default_bridge": "true",
        "com.docker.network.bridge.enable_icc": _go_bool(options.icc),
        "com.docker.network.bridge.enable_ip_masquerade": _go_bool(options.ip_masq),
        "com.docker.network.bridge.host_binding_ipv4": str(options.ip),
        "com.docker.network.bridge.name": options.bridge or DOCKER0,
        "com.docker.network.driver.mtu": str(options.mtu),
    }
    for version in (4, 6):
        if network.enable[version]:
            network.config[version] = [_ipam(options, host, version)]
    return network


def _go_bool(value: bool) -> str:
    return "true" if value else "false"


def _ipam(options: DaemonOptions, host: EngineHost, version: int) -> IpamConfig:
    """getDefaultBridgeIPAMConf: --bip, or else what the device has; --fixed-cidr is the range or else the subnet."""
    fixed = options.interface("fixed_cidr" if version == 4 else "fixed_cidr_v6")
    gateway = options.default_gateway if version == 4 else options.default_gateway_v6
    own = options.interface("bip" if version == 4 else "bip6") or _present(options, host, version, fixed)
    subnet = own.network if own is not None else fixed.network if fixed is not None else None
    within = "" if fixed is None else str(fixed.network)
    if fixed is not None and options.bridge and own is not None and not _holds(own, fixed):
        if version == 6:
            message = "is outside any subnet implied by addresses on the user-managed default bridge"
            raise EngineError(500, f"fixed-cidr-v6={fixed} {message}")
        within = ""
    return IpamConfig(
        subnet="" if subnet is None else str(subnet),
        ip_range=within,
        gateway="" if own is None else str(own.address),
        auxiliary={} if gateway is None else {GATEWAY_AUX[version]: str(gateway)},
    )


def _holds(own: InterfaceAddress, fixed: InterfaceAddress) -> bool:
    return fixed.address in own.network and fixed.length >= own.length


def _present(
    options: DaemonOptions, host: EngineHost, version: int, fixed: InterfaceAddress | None
) -> InterfaceAddress | None:
    """selectBIP: the existing address of the bridge, if it is compatible with --fixed-cidr."""
    present = _addresses(host, options.bridge or DOCKER0, version)
    if version == 6 and (fixed is None or fixed.address not in _LINK_LOCAL):
        present = [own for own in present if own.address not in _LINK_LOCAL]
    if not present:
        return None
    own = _best(present, fixed)
    if options.bridge or fixed is None:
        return own
    if fixed.address not in own.network:
        return None
    return InterfaceAddress(own.address, min(own.length, fixed.length))


def _best(present: list[InterfaceAddress], fixed: InterfaceAddress | None) -> InterfaceAddress:
    """The address whose network contains the fixed range, or else lies in it, or else the first."""
    chosen = present[0]
    for own in present if fixed is not None and len(present) > 1 else ():
        assert fixed is not None
        if fixed.address in own.network:
            return own
        if own.address in fixed.network and chosen.address not in fixed.network:
            chosen = own
    return chosen


def _addresses(host: EngineHost, device: str, version: int) -> list[InterfaceAddress]:
    entries: list[tuple[Address, int]] = [
        (entry.address, entry.length)
        for entry in host.network.addresses()
        if entry.device == device and entry.address.version == version
    ]
    return [InterfaceAddress(address, length) for address, length in entries]
