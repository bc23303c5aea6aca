"""The engine's state, which its parts share (daemon/daemon.go of moby 28.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import attrs

from vnetsim.docker.api.network import DEFAULT
from vnetsim.docker.config.options import DaemonOptions
from vnetsim.docker.container.view import Containers
from vnetsim.docker.daemon.events import Events
from vnetsim.docker.daemon.links import LinkIndex
from vnetsim.docker.images.store import ImageStore, Registry
from vnetsim.docker.ipamutils import DEFAULT_POOLS, NetworkToSplit
from vnetsim.docker.libnetwork.driverapi import Driver
from vnetsim.docker.libnetwork.drivers.bridge import BridgeDriver
from vnetsim.docker.libnetwork.drivers.iptabler import Firewall
from vnetsim.docker.libnetwork.drivers.ipvlan import IpvlanDriver
from vnetsim.docker.libnetwork.drivers.macvlan import MacvlanDriver
from vnetsim.docker.libnetwork.drivers.null import SingleNetworkDriver
from vnetsim.docker.libnetwork.ipam import AddressSpace
from vnetsim.docker.libnetwork.nlwrap import EngineHost
from vnetsim.docker.libnetwork.portmapper import PORT_DRIVER, PortDriver, PortMapper
from vnetsim.docker.libnetwork.proxy import Proxies
from vnetsim.docker.libnetwork.store import Networks
from vnetsim.docker.stringid import new_id
from vnetsim.docker.volumes import Volumes
from vnetsim.errors import KernelError
from vnetsim.process.machine import Machine
from vnetsim.values import define
from vnetsim.wire.inet import Address, IPv6, Prefix


@define(eq=False, kw_only=True)
class Disk:
    """What outlives an engine and a reboot (/var/lib/docker, /etc/docker).

    `global_id` is the 40-bit global ID (RFC 4193, 3.2) of this engine's unique local IPv6 addresses.
    """

    global_id: int
    engine_id: str
    containers: Containers = attrs.field(factory=Containers)
    networks: Networks = attrs.field(factory=Networks)
    links: LinkIndex = attrs.field(factory=LinkIndex)
    images: ImageStore = attrs.field(factory=ImageStore)
    volumes: Volumes = attrs.field(factory=Volumes)

    @classmethod
    def new(cls, machine: Machine, registry: Registry | None = None) -> Disk:
        global_id = machine.random.getrandbits(40)
        engine_id = str(UUID(int=machine.random.getrandbits(128), version=4))
        return cls(global_id=global_id, engine_id=engine_id, images=ImageStore(registry))


class Daemon:
    """`forwards` is the state of IPv4 forwarding when the engine started, which warnings report.

    `stopping`: the engine shuts down, and restarts no containers.
    """

    def __init__(self, machine: Machine, options: DaemonOptions, disk: Disk) -> None:
        self.machine = machine
        self.options = options
        self.host = EngineHost(machine)
        self.disk = disk
        self.containers = disk.containers
        self.networks = disk.networks
        self.links = disk.links
        self.images = disk.images
        self.volumes = disk.volumes
        self.containers.linked = self.links.named
        self.stopping = False
        self.events = Events(machine.wall_clock)
        self.spaces = _address_spaces(options, disk.global_id)
        self.firewall = Firewall(
            self.host.network,
            ipv4=options.iptables,
            ipv6=options.ip6tables,
            hairpin=not options.userland_proxy,
            allow_direct_routing=options.allow_direct_routing,
        )
        self.mapper = PortMapper(
            self.host.network, Proxies(self.host, enabled=options.userland_proxy),
            userland_proxy=options.userland_proxy, driver=self._port_driver,
        )  # fmt: skip
        self.drivers: Mapping[str, Driver] = {
            "bridge": BridgeDriver(self.host, options, self.firewall, self.mapper),
            "macvlan": MacvlanDriver(self.host),
            "ipvlan": IpvlanDriver(self.host),
            "host": SingleNetworkDriver("host"),
            "null": SingleNetworkDriver("null"),
        }
        self.host_gateways: list[Address] = list(options.host_gateway_ip)
        self.forwards = True

    def _port_driver(self) -> PortDriver | None:
        try:
            driver: PortDriver = self.machine.service(PORT_DRIVER)
        except KernelError:
            return None
        return driver

    def start(self) -> None:
        """Call once the predefined networks exist."""
        self.forwards = self.host.sysctl("net/ipv4/ip_forward") == "1"
        default = self.networks.named(DEFAULT)
        if default is not None and not self.host_gateways:
            subnets = (default.subnet_of(version) for version in (4, 6))
            self.host_gateways = [subnet.gateway for subnet in subnets if subnet is not None and subnet.gateway]

    def new_id(self) -> str:
        return new_id(self.machine.random)

    def now(self) -> int:
        """Nanoseconds since 1970."""
        return self.machine.wall_clock()

    def users_of(self, volume: str) -> list[str]:
        """The containers that use it."""
        return [one.id for one in self.containers if any(mount.get("Name") == volume for mount in one.mounts)]

    @property
    def has_bridge(self) -> bool:
        """Whether there is a default bridge network."""
        return self.options.bridge != "none"


#: The engine's own IPv6 block is a /48, its subnets are /64.
_ULA_LENGTH: Final = 48
_ULA_SUBNET: Final = 64


def _address_spaces(options: DaemonOptions, global_id: int) -> dict[int, AddressSpace]:
    """By family."""
    pools = options.default_address_pools or list(DEFAULT_POOLS)
    own = Prefix(IPv6(0xFD << 120 | global_id << 80), _ULA_LENGTH)
    pools6: list[NetworkToSplit] = [pool for pool in pools if pool[0].version == 6] or [(own, _ULA_SUBNET)]
    return {4: AddressSpace(pool for pool in pools if pool[0].version == 4), 6: AddressSpace(pools6)}
