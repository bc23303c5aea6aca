"""Services that proxies find by the engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.findings.files import added, examined, only
from vnetsim.findings.discovered import discovered
from vnetsim.scenario.build import compose_scenario

SERVER = "traefik.http.services.w.loadbalancer.server.port"
ROUTER = "traefik.http.routers.w.rule"


def of(directory: Path, proxy: str, app: str) -> list[str]:
    path = directory / "compose.yaml"
    path.write_text(f"services:\n  proxy: {{{proxy}}}\n  app: {{image: traefik/whoami, {app}}}\n", "utf-8")
    return [f"{each.target} {each.key}" for each in discovered(compose_scenario(path))]


@pytest.mark.parametrize(
    ("proxy", "app", "found"),
    [
        ("image: traefik:v3", f"labels: {{{SERVER}: 8000}}", [f"app:8000 {SERVER}"]),
        ("image: traefik:v3", f"labels: ['{ROUTER}=Host(`x`)', '{SERVER}=81']", [f"app:81 {SERVER}"]),
        ("image: traefik:v3", f"labels: {{{ROUTER}: Host(`x`)}}", [f"app {ROUTER}"]),
        ("image: traefik:v3", f"labels: {{{SERVER}: 8000, traefik.enable: 'false'}}", []),
        ("image: traefik:v3, command: --providers.docker.exposedbydefault=false", f"labels: {{{SERVER}: 8000}}", []),
        ("image: traefik:v3, command: --providers.docker.exposedByDefault=false",
         f"labels: {{{SERVER}: 8000, traefik.enable: true}}", [f"app:8000 {SERVER}"]),
        ("image: traefik:v3, environment: {TRAEFIK_PROVIDERS_DOCKER_EXPOSEDBYDEFAULT: 'false'}",
         f"labels: {{{SERVER}: 8000}}", []),
        ("image: traefik:v3, network_mode: host", f"labels: {{{SERVER}: 8000}}", []),
        ("image: traefik:v3", f"network_mode: host, labels: {{{SERVER}: 8000}}", []),
        ("image: nginx", f"labels: {{{SERVER}: 8000}}, environment: {{VIRTUAL_HOST: x, VIRTUAL_PORT: 81}}", []),
        ("image: nginxproxy/nginx-proxy", "environment: {VIRTUAL_HOST: x, VIRTUAL_PORT: 81}", ["app:81 VIRTUAL_PORT"]),
        ("image: nginxproxy/nginx-proxy", "environment: {VIRTUAL_HOST: x}", ["app VIRTUAL_HOST"]),
        ("image: nginxproxy/nginx-proxy", "environment: {VIRTUAL_PORT: 81}", []),
    ],
)  # fmt: skip
def test_labels_and_variables_say_what_a_proxy_is_to_reach(
    tmp_path: Path, proxy: str, app: str, found: list[str]
) -> None:
    assert of(tmp_path, proxy, app) == found


FILE = """\
services:
  proxy:
    image: traefik:v3
    command: --providers.docker --entrypoints.web.address=:80
    networks: [outer]
  app:
    image: traefik/whoami
    labels:
      - traefik.http.services.w.loadbalancer.server.port=%s
    networks: [%s]
networks: {outer: {}, inner: {}}
"""


def test_the_port_of_a_label_is_tried(tmp_path: Path) -> None:
    assert examined(tmp_path, FILE % (80, "outer")).findings == ()
    found = only(examined(tmp_path, FILE % (8080, "outer")))
    assert (found.rule, found.line) == ("nothing-listens", 9)
    assert added(found) == ["- traefik.http.services.w.loadbalancer.server.port=80"]


def test_a_proxy_without_the_network_of_the_service_is_found(tmp_path: Path) -> None:
    found = only(examined(tmp_path, FILE % (80, "inner")))
    assert (found.rule, found.service, found.line) == ("no-shared-network", "proxy", 9)
    assert added(found) == ["networks: [outer, inner]"]
