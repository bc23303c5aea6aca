"""Connecting containers to networks and disconnecting them (daemon/container_operations.go of moby 28.5)."""

from __future__ import annotations

from typing import Final

from vnetsim.docker.api.network import DEFAULT, EndpointSettings, is_user_defined
from vnetsim.docker.container.container import Container, short_id
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.endpoint_settings import dns_names, validate
from vnetsim.docker.daemon.links import parse_link
from vnetsim.docker.libnetwork.allocation import release_addresses, take_addresses
from vnetsim.docker.libnetwork.network import DockerNetwork, NetworkEndpoint
from vnetsim.docker.libnetwork.sandbox import Sandbox
from vnetsim.errors import EngineError, NotModelled
from vnetsim.wire.inet import Address, InterfaceAddress, parse_address
from vnetsim.wire.mac import Mac

SHARED: Final = (
    "container sharing network namespace with another container or host cannot be connected to any other network"
)
TO_HOST: Final = "cannot connect container to host network - container must be created in host network mode"
FROM_HOST: Final = "cannot disconnect container from host network - container was created in host network mode"
_NONE: Final = "container cannot be connected to multiple networks with one of the networks in private (none) mode"


class Connector:
    """Connects and disconnects containers."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    # --- connecting ----------------------------------------------------------------------------------------------

    def connect(self, container: Container, term: str, settings: EndpointSettings) -> None:
        """`docker network connect`: at once if the container runs, else for its next start."""
        if container.state.running:
            self.join(container, term, settings)
            return
        try:
            network = self._daemon.networks.find(term)
        except EngineError:
            container.attachments.set(term, settings)
            return
        self._configure(container, network, settings)

    def join(self, container: Container, term: str, settings: EndpointSettings) -> None:
        """daemon.connectToNetwork; EngineError leaves the settings, and perhaps a device, behind."""
        if container.joins is not None:
            raise EngineError(400, SHARED)
        if not self._daemon.has_bridge and term == DEFAULT:
            container.network_disabled = True
            return
        network = self._daemon.networks.find(settings.reference(term))
        if term != container.mode:
            self._complete_mode(container)
        self._configure(container, network, settings)
        sandbox = container.sandbox
        if sandbox is None:
            raise EngineError(404, f"network sandbox for container {container.id} not found")
        endpoint = self._create(container, network, settings, sandbox)
        try:
            self._tell(container, endpoint)
            if network.name == DEFAULT:
                self._link(container, endpoint, sandbox)
            self._take_join_options(endpoint)
            sandbox.join(endpoint)
        except EngineError:
            self._delete(endpoint)
            raise
        settings.gateway = str(endpoint.gateways.get(4, ""))
        settings.gateway6 = str(endpoint.gateways.get(6, ""))
        self._daemon.events.network(network, "connect", container=container.id)

    def _complete_mode(self, container: Container) -> None:
        """Expand a network mode that is the beginning of an id to the whole id."""
        if is_user_defined(container.mode):
            network = self._daemon.networks.find(container.mode)
            if container.mode not in (network.id, network.name):
                container.host_config["NetworkMode"] = network.id

    def _configure(self, container: Container, network: DockerNetwork, settings: EndpointSettings) -> None:
        """daemon.updateNetworkConfig: DNS names, validation, and conflicts between networks."""
        if is_user_defined(network.name):
            settings.dns_names = dns_names(
                container.name, settings.aliases or (), short_id(container), container.hostname
            )
        validate(network, network.name, settings)
        if container.mode != "host" and network.driver == "host":
            raise EngineError(400, TO_HOST)
        for name, other_settings in container.attachments:
            other = self._find(other_settings.reference(name))
            if other is None:
                continue
            if other.name == network.name and other_settings is not settings:
                return  # the settings of the first connection hold
            if other.name == network.name:
                break
            if "host" in (other.driver, network.driver):
                raise EngineError(400, SHARED)
            if "none" in (other.name, network.name):
                raise EngineError(400, _NONE)
        container.attachments.set(network.name, settings)
        container.attachments.remove(network.id)

    def _find(self, term: str) -> DockerNetwork | None:
        try:
            return self._daemon.networks.find(term)
        except EngineError:
            return None

    def _create(
        self, container: Container, network: DockerNetwork, settings: EndpointSettings, sandbox: Sandbox
    ) -> NetworkEndpoint:
        """Network.CreateEndpoint: an address, then a device."""
        if network.config_only:
            raise EngineError(403, "cannot create endpoint on configuration-only network")
        if not sandbox.has_ipv6 and network.enable[6] and not (network.enable[4] or network.internal):
            raise NotModelled("docker_gwbridge, for a container without IPv6 on a network without IPv4")
        if network.endpoint_named(container.name) is not None:
            message = f"endpoint with name {container.name} already exists in network {network.name}"
            raise EngineError(403, message)
        endpoint = NetworkEndpoint(
            id=self._daemon.new_id(),
            name=container.name,
            network=network,
            settings=settings,
            mac=Mac.parse(settings.desired_mac) if settings.desired_mac else None,
            link_local=[_link_local(text) for text in settings.link_local],
        )
        take_addresses(endpoint, ipv6=sandbox.has_ipv6)
        try:
            self._daemon.drivers[network.driver].create_endpoint(endpoint, sandbox.netns)
        except EngineError:
            release_addresses(endpoint)
            raise
        endpoint.names = settings.dns_names or []
        network.endpoints[endpoint.id] = endpoint
        return endpoint

    def _tell(self, container: Container, endpoint: NetworkEndpoint) -> None:
        """What `docker inspect` shows of the endpoint."""
        settings = endpoint.settings
        container.attachments.set(endpoint.network.name, settings)
        settings.network_id, settings.endpoint_id = endpoint.network.id, endpoint.id
        settings.mac = "" if endpoint.mac is None else str(endpoint.mac)
        if 4 in endpoint.addresses:
            own = endpoint.addresses[4]
            settings.address, settings.length = str(own.address), own.length
        if 6 in endpoint.addresses:
            own = endpoint.addresses[6]
            settings.address6, settings.length6 = str(own.address), own.length

    def _take_join_options(self, endpoint: NetworkEndpoint) -> None:
        endpoint.priority = endpoint.settings.gw_priority
        endpoint.links = {alias: name for name, alias in map(parse_link, endpoint.settings.links or ())}

    # --- links on the default bridge -------------------------------------------------------------------------------

    def _link(self, container: Container, endpoint: NetworkEndpoint, sandbox: Sandbox) -> None:
        """daemon.addLegacyLinks: lines in /etc/hosts here and in the containers that link here."""
        children = self._daemon.links.children(container)
        for _, child in children:
            if DEFAULT not in child.attachments:
                message = f"Cannot link to /{child.name}, as it does not belong to the default network"
                raise EngineError(500, message)
        for link, child in children:
            self._link_child(link, child, endpoint, sandbox)
        for link, parent in self._daemon.links.parents(container):
            if parent.sandbox is not None:
                for address in _addresses(endpoint):
                    parent.sandbox.etc.update_link(link.rsplit("/", 1)[-1], address)

    def _link_child(self, link: str, child: Container, endpoint: NetworkEndpoint, sandbox: Sandbox) -> None:
        alias = link.rsplit("/", 1)[-1]
        names = f"{alias} {child.hostname}" + (f" {child.name}" if alias != child.name else "")
        settings = child.attachments.get(DEFAULT)
        own = [address for other in sandbox.endpoints for address in _addresses(other)]
        for address in (settings.address, settings.address6) if settings is not None else ():
            if address:
                sandbox.etc.add_link(names, address, own)
        if settings is not None and settings.endpoint_id in endpoint.network.endpoints:
            endpoint.linked.append(endpoint.network.endpoints[settings.endpoint_id])

    # --- disconnecting -------------------------------------------------------------------------------------------

    def disconnect(self, container: Container, term: str, force: bool) -> None:
        network = self._find(term)
        if not container.state.running or (network is None and force):
            name = network.name if network is not None else term
            if name not in container.attachments:
                raise EngineError(500, f"container {container.id} is not connected to the network {name}")
            container.attachments.remove(name)
            return
        if network is None:
            network = self._daemon.networks.find(term)
        if container.mode == "host" and network.driver == "host":
            raise EngineError(400, FROM_HOST)
        self._leave(container, network, force)

    def _leave(self, container: Container, network: DockerNetwork, force: bool) -> None:
        sandbox = container.sandbox
        endpoints = [] if sandbox is None else sandbox.endpoints
        endpoint = next((endpoint for endpoint in endpoints if endpoint.network is network), None)
        if sandbox is None or endpoint is None:
            stray = network.endpoint_named(container.name)
            if force and stray is not None:
                self._delete(stray)
                return
            raise EngineError(500, f"container {container.id} is not connected to network {network.name}")
        sandbox.leave(endpoint)
        self._delete(endpoint)
        container.attachments.remove(network.name)
        self._daemon.events.network(network, "disconnect", container=container.id)

    def delete_stray(self, term: str, name: str) -> None:
        """ForceEndpointDelete for an unknown container: EngineError, for no endpoint outlives its container."""
        network = self._daemon.networks.find(term)
        if network.endpoint_named(name) is None:
            raise EngineError(404, f"endpoint {name} not found")

    def _delete(self, endpoint: NetworkEndpoint) -> None:
        """Endpoint.Delete: remove the names, the device and the rules, release the addresses."""
        endpoint.network.endpoints.pop(endpoint.id, None)
        self._daemon.drivers[endpoint.network.driver].delete_endpoint(endpoint)
        release_addresses(endpoint)

    def release(self, container: Container) -> None:
        """daemon.releaseNetwork: the container has ended."""
        sandbox = container.sandbox
        container.sandbox = None
        if sandbox is None:
            return
        for endpoint in list(sandbox.endpoints):
            sandbox.leave(endpoint)
            self._delete(endpoint)
        sandbox.close()
        for name, settings in container.attachments:
            network = self._find(settings.reference(name))
            if network is not None:
                self._daemon.events.network(network, "disconnect", container=container.id)
            settings.forget()

    def refresh(self, container: Container) -> None:
        """daemon.updateNetwork: rewrite the container's files as at its start, without its links."""
        if container.sandbox is not None:
            container.sandbox.refresh()

    def rename(self, container: Container) -> None:
        """Rename the endpoints of a renamed container, and update their DNS names."""
        for endpoint in container.sandbox.endpoints if container.sandbox is not None else ():
            endpoint.name = container.name
            if endpoint.settings.dns_names is not None:
                aliases = endpoint.settings.aliases or ()
                names = dns_names(container.name, aliases, short_id(container), container.hostname)
                endpoint.settings.dns_names = endpoint.names = names


def _addresses(endpoint: NetworkEndpoint) -> list[str]:
    return [str(own.address) for _, own in sorted(endpoint.addresses.items())]


def _link_local(text: str) -> InterfaceAddress:
    """--link-local-ip: 169.254.0.0/16 or fe80::/64."""
    address = parse_address(text)
    if not _is_link_local(address):
        raise EngineError(400, f"invalid link local IP address: {text}")
    return InterfaceAddress(address, 16 if address.version == 4 else 64)


def _is_link_local(address: Address) -> bool:
    if address.version == 4:
        return address >> 16 == 0xA9FE
    return address >> 118 == 0x3FA
