"""Implicit networks, dependencies, names and defaults become explicit (compose-go's loader/normalize.go)."""

from __future__ import annotations

import posixpath
from typing import Final

from vnetsim.compose.golang import parse_bool, sprint
from vnetsim.compose.values import YamlMap, YamlValue

_NAMESPACES: Final = ("network_mode", "ipc", "pid", "uts", "cgroup")


def normalize(tree: YamlMap, environment: dict[str, str]) -> YamlMap:
    _networks(tree)
    for service in _services(tree):
        if service.get("pull_policy") == "if_not_present":
            service["pull_policy"] = "missing"
        _build(service, environment)
        if "environment" in service:
            service["environment"] = _resolve(service["environment"], environment, keep_empty=True)
        depends_on = _dependencies(service)
        if depends_on:
            service["depends_on"] = depends_on
        for volume in _list(service.get("volumes")):
            if isinstance(volume, dict):
                target = posixpath.normpath(sprint(volume.get("target", "")))
                volume["target"] = target[1:] if target.startswith("//") else target
    _names(tree)
    return tree


def _services(tree: YamlMap) -> list[YamlMap]:
    services = tree.get("services")
    return [item for item in services.values() if isinstance(item, dict)] if isinstance(services, dict) else []


def _list(value: YamlValue) -> list[YamlValue]:
    return value if isinstance(value, list) else []


def _networks(tree: YamlMap) -> None:
    """A service without networks is on `default`, which exists only if some service uses it."""
    found = tree.get("networks")
    networks = found if isinstance(found, dict) else {}
    uses_default = False
    for service in _services(tree):
        if "provider" in service or "network_mode" in service:
            continue
        own = service.get("networks")
        if not own or not isinstance(own, dict):
            service["networks"] = own = {"default": None}
        uses_default = uses_default or "default" in own
    if uses_default:
        networks.setdefault("default", None)
    if networks:
        tree["networks"] = networks


def _build(service: YamlMap, environment: dict[str, str]) -> None:
    build = service.get("build")
    if not isinstance(build, dict):
        return
    if build.get("context") is None:
        build["context"] = "."
    if build.get("dockerfile") is None and build.get("dockerfile_inline") is None:
        build["dockerfile"] = "Dockerfile"
    if "args" in build:
        build["args"] = _resolve(build["args"], environment, keep_empty=False)


def _resolve(value: YamlValue, environment: dict[str, str], *, keep_empty: bool) -> YamlValue:
    """Variables without a value take it from the environment."""
    if isinstance(value, dict):
        found: YamlMap = {}
        for key, item in value.items():
            if item is not None or key in environment or keep_empty:
                found[key] = item if item is not None else environment.get(key)
        return found
    if not isinstance(value, list):
        return value
    items: list[YamlValue] = []
    for entry in value:
        if not isinstance(entry, str) or "=" in entry:
            items.append(entry)
        elif entry in environment:
            items.append(f"{entry}={environment[entry]}")
        elif keep_empty:
            items.append(entry)
    return items


def _dependencies(service: YamlMap) -> YamlMap:
    """`depends_on`, with what links, shared namespaces and `volumes_from` imply."""
    found = service.get("depends_on")
    depends_on = found if isinstance(found, dict) else {}

    def imply(name: str, *, restart: bool) -> None:
        depends_on.setdefault(name, {"condition": "service_started", "restart": restart, "required": True})

    for link in map(sprint, _list(service.get("links"))):
        parts = link.split(":")
        imply(parts[0] if len(parts) == 2 else link, restart=True)
    for namespace in _NAMESPACES:
        mode = service.get(namespace)
        if isinstance(mode, str) and mode.startswith("service:"):
            imply(mode.removeprefix("service:"), restart=True)
    for source in map(sprint, _list(service.get("volumes_from"))):
        if not source.startswith("container:"):
            imply(source.split(":")[0], restart=False)
    return depends_on


def _names(tree: YamlMap) -> None:
    """A resource is called PROJECT_KEY, an external one KEY, where no name is given."""
    for section in ("networks", "volumes", "configs", "secrets"):
        resources = tree.get(section)
        if not isinstance(resources, dict):
            continue
        for key, found in resources.items():
            resource = found if isinstance(found, dict) else {}
            if resource.get("name") is None:
                external = bool(parse_bool(sprint(resource.get("external"))))
                resource["name"] = key if external else f"{sprint(tree.get('name'))}_{key}"
            resources[key] = resource
