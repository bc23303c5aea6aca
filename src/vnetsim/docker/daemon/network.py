"""Creating and removing networks (daemon/network.go, libnetwork/controller.go of moby 28.5)."""

from __future__ import annotations

from typing import Final

from vnetsim.clock import MILLISECOND, SECOND
from vnetsim.docker.api.network import DEFAULT, PREDEFINED
from vnetsim.docker.api.types import EngineOperation, Filters, Json
from vnetsim.docker.daemon import defaultbridge
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.daemon.filters import Matcher, read_until
from vnetsim.docker.daemon.list_networks import prunable, select_networks
from vnetsim.docker.daemon.network_request import NetworkDefaults, apply_configuration, from_request
from vnetsim.docker.gotypes import parse_timestamp, timestamp
from vnetsim.docker.libnetwork.allocation import allocate, release, reserve
from vnetsim.docker.libnetwork.l2disco import schedule
from vnetsim.docker.libnetwork.network import DockerNetwork
from vnetsim.docker.libnetwork.nlwrap import read_file
from vnetsim.docker.libnetwork.resolvconf import RESOLV_CONF, ResolvConf
from vnetsim.errors import EngineError
from vnetsim.wire.inet import Prefix

#: How long these take, roughly as recorded.
CREATE: Final = 30 * MILLISECOND
DELETE: Final = 140 * MILLISECOND
#: How long the engine searches for a plugin.
PLUGIN_SEARCH: Final = 15 * SECOND
_LINK_SCOPE: Final = 253


class NetworkControl:
    """Creates, removes and lists networks."""

    def __init__(self, daemon: Daemon) -> None:
        self._daemon = daemon

    # --- making --------------------------------------------------------------------------------------------------

    def create(self, body: Json) -> EngineOperation[Json]:
        daemon = self._daemon
        asker = NetworkDefaults(
            now=timestamp(daemon.now()), new_id=daemon.new_id(), default_options=daemon.options.default_network_opt
        )
        network = from_request(body, asker)
        if daemon.networks.named(network.name) is not None:
            raise EngineError(409, f"network with name {network.name} already exists")
        if network.config_only:
            network.driver, network.scope = "null", "local"
            daemon.networks.add(network)
        else:
            yield from self._find_plugins(network)
            self._check_scope(network)
            schedule(network.options)
            self.make(network)
            yield daemon.host.sleep(CREATE)
        return {"Id": network.id, "Warning": ""}

    def _find_plugins(self, network: DockerNetwork) -> EngineOperation[None]:
        for name, known in ((network.driver, self._daemon.drivers), (network.ipam_driver, ("default", "null"))):
            if name not in known:
                yield self._daemon.host.sleep(PLUGIN_SEARCH)
                raise EngineError(404, f'plugin "{name}" not found')

    def _check_scope(self, network: DockerNetwork) -> None:
        if network.ingress:
            raise EngineError(403, "Ingress network can only be global scope network")
        if network.config_from:
            source = self._daemon.networks.named(network.config_from)
            if source is None or not source.config_only:
                raise EngineError(404, f'configuration network "{network.config_from}" does not exist')
            apply_configuration(source, network)
        if network.scope == "swarm":
            raise EngineError(403, "cannot create a swarm scoped network when swarm is not active")
        network.scope = "local"

    def make(self, network: DockerNetwork) -> None:
        """Allocate addresses, then create devices and rules; after EngineError nothing is left."""
        self._make_quietly(network)
        self._daemon.events.network(network, "create")

    def _make_quietly(self, network: DockerNetwork) -> None:
        daemon = self._daemon
        driver = daemon.drivers[network.driver]
        no_gateway = driver.check(network)
        if network.ipam_driver == "null" and not network.is_special:
            # The null driver's pool is 0.0.0.0/0, which every driver with devices refuses.
            raise EngineError(400, f"ipv{4 if network.enable[4] else 6} pool is empty")
        allocate(network, daemon.spaces, self._reserved(), no_gateway)
        try:
            driver.create(network)
        except EngineError:
            release(network, daemon.spaces)
            raise
        daemon.networks.add(network)

    def _reserved(self) -> dict[int, list[Prefix]]:
        """The prefixes that automatic subnets avoid: the host's networks and its name servers."""
        servers = ResolvConf.parse(read_file(self._daemon.host.files, RESOLV_CONF)).servers
        routes = self._daemon.host.network.routes(4)
        return {
            4: [
                *(Prefix(server, server.bits) for server in servers if server.version == 4),
                *(r.destination for r in routes if r.scope == _LINK_SCOPE and r.destination.length),
            ],
            6: [Prefix(server, server.bits) for server in servers if server.version == 6],
        }

    # --- those that were there before --------------------------------------------------------------------------------

    def restore(self) -> None:
        """Restore addresses, devices and rules of the networks of the previous engine."""
        daemon = self._daemon
        for network in daemon.networks:
            network.endpoints.clear()
            if not network.config_only:
                reserve(network, daemon.spaces)
        for network in daemon.networks:
            if not network.config_only:
                daemon.drivers[network.driver].create(network)

    # --- the predefined ones ---------------------------------------------------------------------------------------

    def make_predefined(self) -> None:
        """Create `none` and `host` if they are missing, and a new `bridge` unless --bridge=none."""
        daemon = self._daemon
        for name, driver in (("none", "null"), ("host", "host")):
            if daemon.networks.named(name) is None:
                self._make_quietly(self._new(name, driver))
        stale = daemon.networks.named(DEFAULT)
        if stale is not None:
            daemon.networks.remove(stale)
            release(stale, daemon.spaces)
            daemon.drivers[stale.driver].delete(stale)
        if not daemon.has_bridge or (stale is not None and daemon.options.default_address_pools):
            daemon.host.delete_link(defaultbridge.DOCKER0)
        if daemon.has_bridge:
            bridge = self._default_bridge()
            try:
                self._make_quietly(bridge)
            except EngineError as error:
                raise EngineError(500, f'error creating default "bridge" network: {error.message}') from None

    def _new(self, name: str, driver: str) -> DockerNetwork:
        daemon = self._daemon
        return DockerNetwork(id=daemon.new_id(), name=name, created=timestamp(daemon.now()), driver=driver)

    def _default_bridge(self) -> DockerNetwork:
        return defaultbridge.configure(self._new(DEFAULT, "bridge"), self._daemon.options, self._daemon.host)

    # --- removing ------------------------------------------------------------------------------------------------

    def delete(self, term: str) -> EngineOperation[None]:
        network = self._daemon.networks.find(term)
        if network.name in PREDEFINED:
            raise EngineError(403, f"{network.name} is a pre-defined network and cannot be removed")
        self._daemon.networks.check_unused(network)
        yield from self._remove(network)

    def _remove(self, network: DockerNetwork) -> EngineOperation[None]:
        daemon = self._daemon
        daemon.networks.remove(network)
        if network.config_only:
            return
        release(network, daemon.spaces)
        daemon.drivers[network.driver].delete(network)
        daemon.events.network(network, "destroy")
        yield daemon.host.sleep(DELETE)

    def prune(self, filters: Filters) -> EngineOperation[Json]:
        matcher = Matcher(filters, ("label", "label!", "until"))
        until = read_until(matcher, self._daemon.now())
        deleted = []
        for network in self._daemon.networks:
            if prunable(network, matcher, until, parse_timestamp(network.created)):
                yield from self._remove(network)
                deleted.append(network.name)
        self._daemon.events.pruned("network")
        return {"NetworksDeleted": deleted or None}

    # --- reading -------------------------------------------------------------------------------------------------

    def list(self, filters: Filters) -> list[Json]:
        return [network.inspect({}) for network in select_networks(self._daemon.networks, filters)]

    def inspect(self, term: str) -> Json:
        network = self._daemon.networks.find(term)
        owners = {
            endpoint.id: container.id
            for container in self._daemon.containers
            if container.sandbox is not None
            for endpoint in container.sandbox.endpoints
        }
        containers = {owners.get(e.id, f"ep-{e.id}"): e.resource() for e in network.endpoints.values()}
        return network.inspect(dict(sorted(containers.items())))
