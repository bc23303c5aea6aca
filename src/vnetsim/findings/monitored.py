"""Addresses of other machines in the YAML that monitoring programs mount below /etc.

    scrape_configs: [{static_configs: [{targets: ["api:9090"]}]}]         Prometheus, and its alertmanagers
    remote_write: [{url: "http://mimir:9009/api/v1/push"}]                Prometheus
    datasources: [{url: "http://prometheus:9090"}]                        Grafana's provisioning
    clients: [{url: "http://loki:3100/loki/api/v1/push"}]                 Promtail
    exporters: {otlp: {endpoint: "tempo:4317"}}                           the OpenTelemetry collector

A target without a port is at 80 (Prometheus: configuration, "host").  Left out are the targets of a job of which a rule
replaces `__address__`, as those of a prober, but what it is replaced by is taken; URLs with a variable; and targets of
Prometheus' service discovery.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from vnetsim.compose.reading import YamlNode, documents
from vnetsim.compose.service import ServiceConfig
from vnetsim.compose.values import ComposeError
from vnetsim.findings.references import ServiceReference, url_references
from vnetsim.findings.yamllocations import YamlLocation, items
from vnetsim.scenario.composefile import child, pairs

_HOST_PORT: Final = re.compile(r"(?P<host>[A-Za-z0-9][\w.-]*)(?::(?P<port>\d{1,5}))?")
_HTTP_PORT: Final = 80


def monitored(services: Mapping[str, ServiceConfig], texts: Mapping[str, str]) -> Iterator[ServiceReference]:
    """`texts` are the files that were read, by their paths on the host."""
    for service in services.values():
        for path in dict.fromkeys(_paths(service, texts)):
            for node in _addresses(texts[path]):
                yield from _references(service.name, path, node)


def _paths(service: ServiceConfig, texts: Mapping[str, str]) -> Iterator[str]:
    for mount in service.volumes:
        if mount.type == "bind" and mount.target.startswith("/etc/"):
            inside = (path for path in texts if path == mount.source or path.startswith(f"{mount.source}/"))
            yield from (path for path in inside if path.endswith((".yml", ".yaml")))


def _addresses(text: str) -> Iterator[YamlNode]:
    """The scalars that are addresses; none of a file that is no YAML, about which the program itself complains."""
    try:
        roots = list(documents(text))
    except ComposeError:
        return
    for root in roots:
        pushes = child(root, "clients") is not None
        for key, value in pairs(root):
            read = _SECTIONS.get(key.value)
            # Promtail tails files: the targets of its jobs are labels only (grafana/loki, promtail configuration).
            if read is not None and not (pushes and key.value == "scrape_configs"):
                yield from read(value)


def _references(service: str, path: str, node: YamlNode) -> Iterator[ServiceReference]:
    location, key = YamlLocation(path, node.line), posixpath.basename(path)
    if "$" in node.value:
        return
    if "://" in node.value:
        yield from url_references(service, key, node.value, location)
    elif found := _HOST_PORT.fullmatch(node.value):
        yield ServiceReference(
            service=service, key=key, value=node.value, scheme="", host=found["host"],
            port=int(found["port"] or _HTTP_PORT), explicit=bool(found["port"]), location=location,
        )  # fmt: skip


def _jobs(node: YamlNode) -> Iterator[YamlNode]:
    """Of a list of jobs, or of alertmanagers."""
    for job in items(node):
        replaced = [rule for rule in items(child(job, "relabel_configs")) if _replaces_address(rule)]
        if replaced:
            replacements = (child(rule, "replacement") for rule in replaced)
            yield from (each for each in replacements if each is not None and _HOST_PORT.fullmatch(each.value))
            continue
        for group in items(child(job, "static_configs")):
            yield from items(child(group, "targets"))


def _replaces_address(rule: YamlNode) -> bool:
    label = child(rule, "target_label")
    return label is not None and label.value == "__address__"


def _alerting(node: YamlNode) -> Iterator[YamlNode]:
    managers = child(node, "alertmanagers")
    return iter(()) if managers is None else _jobs(managers)


def _urls(node: YamlNode) -> Iterator[YamlNode]:
    """`url` of each item, but of those that a browser opens itself (Grafana: `access: direct`)."""
    for each in items(node):
        url, access = child(each, "url"), child(each, "access")
        if url is not None and (access is None or access.value != "direct"):
            yield url


def _exporters(node: YamlNode) -> Iterator[YamlNode]:
    """`endpoint` of each; the one of `prometheus` is where it listens."""
    for name, exporter in pairs(node):
        endpoint = child(exporter, "endpoint")
        if endpoint is not None and not name.value.startswith("prometheus/") and name.value != "prometheus":
            yield endpoint


_SECTIONS: Final[Mapping[str, Callable[[YamlNode], Iterator[YamlNode]]]] = {
    "scrape_configs": _jobs,
    "alerting": _alerting,
    "remote_write": _urls,
    "remote_read": _urls,
    "datasources": _urls,
    "clients": _urls,
    "exporters": _exporters,
}
