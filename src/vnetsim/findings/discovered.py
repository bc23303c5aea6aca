"""Services that a reverse proxy of the same file finds by the engine's API, from their labels or variables.

    traefik.http.services.NAME.loadbalancer.server.port=8000      Traefik 2 and 3, docker provider; tcp and udp, too
    traefik.http.routers.NAME.rule=Host(`api.example.com`)        without a port: only whether they share a network
    VIRTUAL_HOST=api.example.com, VIRTUAL_PORT=8000               nginx-proxy

The proxy sends to the container's address and needs no name, but where it resolves none it shares no network either.

Not seen: the network that `traefik.docker.network` chooses, or that Traefik takes where two are shared, services of
Traefik's file provider, and the paths of `VIRTUAL_HOST_MULTIPORTS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from vnetsim.compose.config import image_of
from vnetsim.compose.service import ServiceConfig
from vnetsim.docker import images
from vnetsim.findings.references import ServiceReference
from vnetsim.findings.yamllocations import YamlLocation, entry_location, key_location
from vnetsim.scenario.composefile import ComposeScenario
from vnetsim.values import frozen

_PORT: Final = re.compile(r"traefik\.(?:http|tcp)\.services\.[\w-]+\.loadbalancer\.server\.port", re.IGNORECASE)
_ROUTER: Final = re.compile(r"traefik\.(?:http|tcp)\.routers\.[\w-]+\.rule", re.IGNORECASE)
_ONLY_ENABLED: Final = re.compile(r"exposedbydefault[=:\s]+\"?false", re.IGNORECASE)
_NGINX: Final = frozenset(("nginxproxy/nginx-proxy", "jwilder/nginx-proxy"))


@frozen
class _Proxied:
    """The label or variable by which a proxy finds a service, its value, and the port, 0 if it is not written."""

    key: str
    value: str
    port: int


def discovered(scenario: ComposeScenario) -> Iterator[ServiceReference]:
    """What each proxy of the file is to reach."""
    project = scenario.project
    assert project is not None
    on_networks = [service for service in project.services.values() if not service.network_mode]
    for proxy in on_networks:
        find = _finder(images.of_name(image_of(proxy, project)).name, proxy, scenario.texts)
        for service in on_networks:
            found = find(service) if service is not proxy else None
            if found is not None:
                yield ServiceReference(
                    service=proxy.name, key=found.key, value=found.value, scheme="", host=service.name,
                    port=found.port, explicit=bool(found.port), location=_location(scenario, service.name, found.key),
                )  # fmt: skip


def _location(scenario: ComposeScenario, service: str, key: str) -> YamlLocation:
    found = (entry_location(scenario, service, section, key) for section in ("labels", "environment"))
    return next(filter(None, found), None) or key_location(scenario, service, "labels")


def _finder(image: str, proxy: ServiceConfig, texts: Mapping[str, str]) -> Callable[[ServiceConfig], _Proxied | None]:
    """How a service is found by the containers of an image; one that is no such proxy finds none."""
    if image == "traefik":
        return partial(_of_traefik, only_enabled=_is_for_enabled(proxy, texts))
    return _of_nginx if image in _NGINX else _of_none


def _is_for_enabled(proxy: ServiceConfig, texts: Mapping[str, str]) -> bool:
    """Whether the proxy leaves out services without `traefik.enable=true`."""
    mounted = [texts.get(mount.source, "") for mount in proxy.volumes]
    variables = (f"{key.replace('_', '')}={value}" for key, value in proxy.environment.items())
    return any(map(_ONLY_ENABLED.search, (*(proxy.command or ()), *mounted, *variables)))


def _of_traefik(service: ServiceConfig, *, only_enabled: bool) -> _Proxied | None:
    enabled = service.labels.get("traefik.enable", "false" if only_enabled else "true")
    if enabled.lower() != "true":
        return None
    for key, value in service.labels.items():
        if _PORT.fullmatch(key) and value.isdigit():
            return _Proxied(key, value, int(value))
    router = next((key for key in service.labels if _ROUTER.fullmatch(key)), None)
    return None if router is None else _Proxied(router, service.labels[router], 0)


def _of_nginx(service: ServiceConfig) -> _Proxied | None:
    host, port = service.environment.get("VIRTUAL_HOST"), service.environment.get("VIRTUAL_PORT") or ""
    if not host:
        return None
    return _Proxied("VIRTUAL_PORT", port, int(port)) if port.isdigit() else _Proxied("VIRTUAL_HOST", host, 0)


def _of_none(_service: ServiceConfig) -> None:
    return None
