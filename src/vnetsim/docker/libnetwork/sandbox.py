"""A container's endpoints in order, its gateways, its files and its resolver.

Follows libnetwork/sandbox*.go and endpoint.go (join, leave) of moby 28.5.

Not modelled: docker_gwbridge, load balancers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

from vnetsim.docker.libnetwork.driverapi import Driver, ExternalConnectivity
from vnetsim.docker.libnetwork.network import NetworkEndpoint
from vnetsim.docker.libnetwork.nlwrap import EngineHost, NetlinkError
from vnetsim.docker.libnetwork.osl import ContainerNetns, OslNamespace
from vnetsim.docker.libnetwork.portbinding import PortBinding
from vnetsim.docker.libnetwork.sandbox_dns import SandboxFiles
from vnetsim.docker.nat import ContainerPort
from vnetsim.errors import EngineError
from vnetsim.process import Child


class Sandbox:
    """`on_host`: the container is in the host's namespace; `osl` is None until there is a namespace.

    `requests` and `exposed` are the container's ports; `start_resolver` starts its name service.
    """

    def __init__(
        self, host: EngineHost, sandbox_id: str, etc: SandboxFiles, drivers: Mapping[str, Driver], *, on_host: bool,
        requests: list[PortBinding], exposed: list[ContainerPort], start_resolver: Callable[[Sandbox], Child],
    ) -> None:  # fmt: skip
        self._host = host
        self._drivers = drivers
        self._start_resolver = start_resolver
        self.id = sandbox_id
        self.etc = etc
        self.on_host = on_host
        self.requests = requests
        self.exposed = exposed
        self.osl: OslNamespace | None = None
        self.endpoints: list[NetworkEndpoint] = []
        self.resolver: Child | None = None
        self._populated: set[str] = set()

    @property
    def key(self) -> str:
        return f"/var/run/docker/netns/{'default' if self.on_host else self.id[:12]}"

    @property
    def netns(self) -> ContainerNetns | None:
        return None if self.osl is None else self.osl.netns

    def set_key(self, netns: ContainerNetns) -> None:
        """SetKey: the namespace exists, which decides whether the container has IPv6."""
        self.osl = OslNamespace(self._host, netns, on_host=self.on_host)
        if not self.has_ipv6:
            self.etc.leave_out_ipv6()

    @property
    def has_ipv6(self) -> bool:
        """Whether the container has IPv6: `--sysctl net.ipv6.conf.all.disable_ipv6=1` disables it."""
        return self.on_host or self.osl is None or self.osl.has_ipv6

    def _driver(self, endpoint: NetworkEndpoint) -> Driver:
        return self._drivers[endpoint.network.driver]

    # --- gateways --------------------------------------------------------------------------------------------------

    def reaches_out(self) -> bool:
        """Whether the resolver may forward from the host's namespace."""
        return any(e.gateways and not e.network.internal and not e.network.is_special for e in self.endpoints)

    def gateway_endpoints(self) -> dict[int, NetworkEndpoint]:
        """getGatewayEndpoint by family: an endpoint with both gateways, or else the first with that of the family."""
        candidates = [endpoint for endpoint in self.endpoints if not endpoint.network.is_special]
        found: dict[int, NetworkEndpoint] = {}
        for endpoint in candidates:
            if len(endpoint.gateways) == 2:
                return dict.fromkeys((4, 6), endpoint)
            for version in endpoint.gateways:
                found.setdefault(version, endpoint)
        return found

    def _set_gateways(self, gateways: Mapping[int, NetworkEndpoint]) -> None:
        if self.osl is not None:
            ready = {version: endpoint for version, endpoint in gateways.items() if endpoint.id in self._populated}
            self.osl.set_gateways({version: e.gateways[version] for version, e in ready.items()})

    def publish(self, endpoint: NetworkEndpoint, gateways: Mapping[int, NetworkEndpoint]) -> None:
        """Publish the container's ports on a gateway endpoint."""
        wanted = ExternalConnectivity(
            requests=self.requests, exposed=self.exposed, own_family_only=_gateways_differ(gateways)
        )
        try:
            self._driver(endpoint).publish(endpoint, wanted)
        except EngineError as error:
            where = f"{endpoint.name} ({endpoint.id})"
            message = f"driver failed programming external connectivity on endpoint {where}: {error.message}"
            raise EngineError(500, message) from None

    def bindings(self) -> list[PortBinding]:
        return [binding for endpoint in self.endpoints for binding in endpoint.bindings]

    def exposed_now(self) -> list[ContainerPort]:
        return [port for endpoint in self.endpoints for port in endpoint.exposed]

    # --- joining ---------------------------------------------------------------------------------------------------

    def join(self, endpoint: NetworkEndpoint) -> None:
        """Endpoint.sbJoin; after EngineError the endpoint has left again, though its device may stay."""
        driver = self._driver(endpoint)
        try:
            driver.join(endpoint)
            if 6 not in endpoint.addresses:
                endpoint.gateways.pop(6, None)
            self._enter(endpoint)
        except EngineError:
            if endpoint in self.endpoints:
                self.endpoints.remove(endpoint)
            driver.leave(endpoint)
            raise

    def _enter(self, endpoint: NetworkEndpoint) -> None:
        self.etc.add_addresses(_addresses(endpoint))
        self.etc.update_resolv_conf(ipv6=endpoint.network.enable[6], on_host=self.on_host)
        before = self.gateway_endpoints()
        at = next((i for i, other in enumerate(self.endpoints) if endpoint.precedes(other)), len(self.endpoints))
        self.endpoints.insert(at, endpoint)
        self._populate(endpoint)
        after = self.gateway_endpoints()
        if endpoint in after.values():
            self._take_over(endpoint, before, after)

    def _populate(self, endpoint: NetworkEndpoint) -> None:
        if self.osl is None:
            return
        if endpoint.uses_resolver and self.resolver is None:
            self.etc.use_resolver()
            self.resolver = self._start_resolver(self)
        if endpoint.source:
            try:
                self.osl.add(endpoint)
            except NetlinkError as error:
                message = f"failed to add interface {endpoint.source} to sandbox: {error}"
                raise EngineError(500, message) from None
        self._populated.add(endpoint.id)
        gateways = self.gateway_endpoints()
        if endpoint in gateways.values():
            self._set_gateways(gateways)

    def _take_over(
        self, endpoint: NetworkEndpoint, before: Mapping[int, NetworkEndpoint], after: Mapping[int, NetworkEndpoint]
    ) -> None:
        """`endpoint` has become a gateway endpoint: move the port bindings of the previous one to it."""
        old4, old6 = before.get(4), before.get(6)
        again4 = endpoint is not after.get(4) and _gateways_differ(before) != _gateways_differ(after)
        if old4 is not None and (endpoint is after.get(4) or again4):
            self._driver(old4).withdraw(old4)
            if again4:
                self.publish(old4, after)
        if old6 is not None and endpoint is after.get(6) and old6 is not old4:
            self._driver(old6).withdraw(old6)
        if endpoint.network.internal:
            return
        try:
            self.publish(endpoint, after)
        except EngineError:
            if old4 is not None and endpoint is after.get(4):
                self.publish(old4, before)
            raise

    # --- leaving ---------------------------------------------------------------------------------------------------

    def leave(self, endpoint: NetworkEndpoint) -> None:
        """Endpoint.sbLeave."""
        driver = self._driver(endpoint)
        before = self.gateway_endpoints()
        gave = [version for version, other in before.items() if other is endpoint]
        if gave:
            driver.withdraw(endpoint)
        driver.leave(endpoint)
        self._clear(endpoint, before)
        self.etc.remove_addresses(_addresses(endpoint))
        if gave:
            self._hand_over(before, self.gateway_endpoints(), gave)

    def _clear(self, endpoint: NetworkEndpoint, before: Mapping[int, NetworkEndpoint]) -> None:
        if self.osl is not None:
            self.osl.remove(endpoint)
        self._populated.discard(endpoint.id)
        self.endpoints.remove(endpoint)
        after = self.gateway_endpoints()
        if any(after.get(version) not in (None, before.get(version)) for version in (4, 6)):
            with suppress(EngineError):  # the engine only logs it
                self._set_gateways(after)

    def _hand_over(
        self, before: Mapping[int, NetworkEndpoint], after: Mapping[int, NetworkEndpoint], gave: list[int]
    ) -> None:
        """Publish the ports of the endpoint that left on the new gateway endpoints; the engine only logs a failure."""
        new4, new6 = after.get(4), after.get(6)
        again4 = new4 is not None and before.get(4) is new4 and (before.get(6) is None) != (new6 is None)
        try:
            if new4 is not None and (again4 or 4 in gave):
                if again4:
                    self._driver(new4).withdraw(new4)
                self.publish(new4, after)
            if new6 is not None and 6 in gave and new6 is not new4:
                self.publish(new6, after)
        except EngineError:
            return

    def refresh(self) -> None:
        """Sandbox.Refresh: all endpoints leave and join again, with files as at the start, without lines of links."""
        endpoints = list(self.endpoints)
        for endpoint in endpoints:
            self.leave(endpoint)
        self.etc.renew(on_host=self.on_host)
        for endpoint in endpoints:
            endpoint.linked, endpoint.created_in_sandbox = [], False
            self.join(endpoint)

    def close(self) -> None:
        """Stop the resolver and the advertisers of a container that has ended."""
        if self.resolver is not None:
            self.resolver.kill()
            self.resolver = None
        if self.osl is not None:
            self.osl.close()
            self.osl = None


def _gateways_differ(gateways: Mapping[int, NetworkEndpoint]) -> bool:
    """Whether IPv6 has a gateway endpoint of its own, so that the IPv4 one must not serve it by proxy."""
    return 4 in gateways and 6 in gateways and gateways[4] is not gateways[6]


def _addresses(endpoint: NetworkEndpoint) -> list[str]:
    return [str(endpoint.addresses[version].address) for version in (4, 6) if version in endpoint.addresses]
