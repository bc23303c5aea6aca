"""Addresses in the configuration of monitoring programs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.findings.files import added, examined, only
from vnetsim.compose.service import ServiceConfig, ServiceVolumeConfig
from vnetsim.findings.monitored import monitored


def of(target: str, text: str) -> list[str]:
    mount = ServiceVolumeConfig(type="bind", source=f"/srv/x/{target.rpartition('/')[2]}", target=target)
    services = {"m": ServiceConfig(name="m", volumes=[mount])}
    found = list(monitored(services, {mount.source: text}))
    return [f"{each.target} {each.location.line}" for each in found if each.location is not None]


PROMETHEUS, PROVISIONED = "/etc/prometheus/prometheus.yml", "/etc/grafana/provisioning/datasources/all.yml"
JOB = "scrape_configs:\n- job_name: a\n  static_configs:\n  - targets: ['api:9090', web]\n"
PROBED = """\
scrape_configs:
- static_configs: [{targets: ['https://example.com']}]
  relabel_configs:
  - {source_labels: [__address__], target_label: __param_target}
  - {target_label: __address__, replacement: 'blackbox:9115'}
"""
SOURCES = """\
datasources:
- {name: p, url: 'http://prometheus:9090'}
- {name: d, url: 'db:5432'}
- {name: b, access: direct, url: 'http://localhost:9090'}
- {name: v, url: '${URL}'}
"""
OTEL = "exporters:\n  otlp:\n    endpoint: tempo:4317\n  prometheus: {endpoint: '0.0.0.0:8889'}\n"
MANAGERS = "alerting:\n  alertmanagers:\n  - static_configs: [{targets: ['am:9093']}]\n"


@pytest.mark.parametrize(
    ("target", "text", "found"),
    [
        (PROMETHEUS, JOB, ["api:9090 4", "web:80 4"]),
        (PROMETHEUS, "scrape_configs: [{static_configs: [{targets: ['$X:1']}]}]\n", []),
        (PROMETHEUS, MANAGERS, ["am:9093 3"]),
        (PROMETHEUS, "remote_write: [{url: 'http://mimir:9009/api/v1/push'}]\n", ["mimir:9009 1"]),
        (PROMETHEUS, PROBED, ["blackbox:9115 5"]),
        (PROVISIONED, SOURCES, ["prometheus:9090 2", "db:5432 3"]),
        ("/etc/promtail/config.yml", "clients:\n- url: http://loki:3100/loki/api/v1/push\n", ["loki:3100 2"]),
        ("/etc/promtail/config.yml", f"clients:\n- url: http://loki:3100\n{JOB}", ["loki:3100 2"]),
        ("/etc/otel.yaml", OTEL, ["tempo:4317 3"]),
        ("/etc/prometheus/rules.yml", "groups: []\n", []),
        (PROMETHEUS, "scrape_configs: [\n", []),
        (PROMETHEUS, "- a\n", []),
        (PROMETHEUS, "scrape_configs: none\n", []),
        ("/app/prometheus.yml", "remote_write: [{url: 'http://mimir:9009'}]\n", []),
    ],
)
def test_what_is_asked_or_sent_to_is_an_address(target: str, text: str, found: list[str]) -> None:
    assert of(target, text) == found


FILE = """\
services:
  prometheus:
    image: prom/prometheus
    volumes: ["./prom.yml:/etc/prometheus/prometheus.yml"]
  node:
    image: prom/node-exporter
  grafana:
    image: grafana/grafana
    volumes: ["./provisioning:/etc/grafana/provisioning"]
"""
SCRAPED = "scrape_configs:\n- static_configs:\n  - targets: ['%s', 'localhost:9090']\n"


def test_targets_and_sources_are_tried(tmp_path: Path) -> None:
    sources = tmp_path / "provisioning" / "datasources"
    sources.mkdir(parents=True)
    source = sources / "all.yml"
    source.write_text("datasources:\n- url: http://prometheus:9090\n", "utf-8")
    right = examined(tmp_path, FILE, prom_yml=SCRAPED % "node:9100")
    assert (right.findings, right.unknown, right.assumptions, right.tried) == ((), (), (), 3)
    found = only(examined(tmp_path, FILE, prom_yml=SCRAPED % "node:9101"))
    assert (found.rule, Path(found.file).name, found.line) == ("nothing-listens", "prom.yml", 3)
    assert added(found) == ["- targets: ['node:9100', 'localhost:9090']"]
    source.write_text("datasources:\n- url: http://localhost:9090\n", "utf-8")
    found = only(examined(tmp_path, FILE, prom_yml=SCRAPED % "node:9100"))
    assert (found.rule, added(found)) == ("loopback-of-itself", ["- url: http://prometheus:9090"])
