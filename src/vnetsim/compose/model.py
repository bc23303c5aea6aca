"""A compose project: its services, networks, volumes, secrets and configs (compose-go's types/project.go)."""

# ruff: noqa: RUF009 (`field` and `extensions` are attrs.field with compose-go's tags)
from __future__ import annotations

from typing import Final

import attrs

from vnetsim.compose.fieldtypes import BOOL, INT, LABELS, MAPPING, OPTIONS, STRING, STRING_MAP, STRINGS
from vnetsim.compose.kinds import EXTENSIONS, ListOf, MapOf, Struct, extensions, field, pointer
from vnetsim.compose.service import ServiceConfig
from vnetsim.compose.values import Path, YamlMap, matches


@attrs.define
class IpamPool:
    """A subnet of a network."""

    subnet: str = field(STRING, "subnet")
    gateway: str = field(STRING, "gateway")
    ip_range: str = field(STRING, "ip_range")
    aux_addresses: dict[str, str] = field(MAPPING, "aux_addresses")


@attrs.define
class NetworkIpam:
    """`ipam` of a network."""

    driver: str = field(STRING, "driver")
    config: list[IpamPool | None] = field(ListOf(pointer(Struct(IpamPool))), "config")
    extensions: YamlMap = extensions()


@attrs.define
class NetworkConfig:
    """A network of the project; `name` is that of the engine."""

    name: str = field(STRING, "name")
    driver: str = field(STRING, "driver")
    driver_opts: dict[str, str] = field(OPTIONS, "driver_opts")
    ipam: NetworkIpam = field(Struct(NetworkIpam), "ipam")
    external: bool = field(BOOL, "external")
    internal: bool = field(BOOL, "internal")
    attachable: bool = field(BOOL, "attachable")
    labels: dict[str, str] = field(LABELS, "labels")
    #: Set by compose itself, and written nowhere.
    custom_labels: dict[str, str] = attrs.field(factory=dict)
    enable_ipv4: bool | None = field(pointer(BOOL), "enable_ipv4")
    enable_ipv6: bool | None = field(pointer(BOOL), "enable_ipv6")
    extensions: YamlMap = extensions()


@attrs.define
class VolumeConfig:
    """A volume of the project."""

    name: str = field(STRING, "name")
    driver: str = field(STRING, "driver")
    driver_opts: dict[str, str] = field(OPTIONS, "driver_opts")
    external: bool = field(BOOL, "external")
    labels: dict[str, str] = field(LABELS, "labels")
    #: Set by compose itself, and written nowhere.
    custom_labels: dict[str, str] = attrs.field(factory=dict)
    extensions: YamlMap = extensions()


@attrs.define
class FileObjectConfig:
    """A secret or a config of the project."""

    name: str = field(STRING, "name")
    file: str = field(STRING, "file")
    environment: str = field(STRING, "environment")
    content: str = field(STRING, "content")
    external: bool = field(BOOL, "external")
    labels: dict[str, str] = field(LABELS, "labels")
    driver: str = field(STRING, "driver")
    driver_opts: dict[str, str] = field(STRING_MAP, "driver_opts")
    template_driver: str = field(STRING, "template_driver")
    extensions: YamlMap = extensions()


@attrs.define
class ModelConfig:
    """A model of the project."""

    name: str = field(STRING, "name")
    model: str = field(STRING, "model")
    context_size: int = field(INT, "context_size")
    runtime_flags: list[str] = field(STRINGS, "runtime_flags")
    extensions: YamlMap = extensions()


@attrs.define
class Project:
    """What `loader.load` makes of a project's files; `disabled` are the services that no active profile enables."""

    name: str = ""
    working_dir: str = ""
    services: dict[str, ServiceConfig] = attrs.field(factory=dict)
    networks: dict[str, NetworkConfig] = attrs.field(factory=dict)
    volumes: dict[str, VolumeConfig] = attrs.field(factory=dict)
    secrets: dict[str, FileObjectConfig] = attrs.field(factory=dict)
    configs: dict[str, FileObjectConfig] = attrs.field(factory=dict)
    models: dict[str, ModelConfig] = attrs.field(factory=dict)
    extensions: YamlMap = attrs.field(factory=dict)
    compose_files: list[str] = attrs.field(factory=list)
    environment: dict[str, str] = attrs.field(factory=dict)
    disabled: dict[str, ServiceConfig] = attrs.field(factory=dict)
    profiles: list[str] = attrs.field(factory=list)


SERVICES: Final = MapOf(Struct(ServiceConfig))
NETWORKS: Final = MapOf(Struct(NetworkConfig))
VOLUMES: Final = MapOf(Struct(VolumeConfig))
FILE_OBJECTS: Final = MapOf(Struct(FileObjectConfig))
MODELS: Final = MapOf(Struct(ModelConfig))


#: Mappings whose keys are names, among which `x-` means nothing.
_NAMES: Final = ("services", "services.*.depends_on", "volumes", "networks", "secrets", "configs")


def move_extensions(tree: YamlMap, path: Path = ()) -> YamlMap:
    """processExtensions.  Labels and options are no exception, so that compose loses those that begin with `x-`."""
    found: YamlMap = {}
    extensions: YamlMap = {}
    names = any(matches(path, pattern) for pattern in _NAMES)
    for key, value in tree.items():
        if key.startswith("x-") and not names:
            extensions[key] = value
        elif isinstance(value, dict):
            found[key] = move_extensions(value, (*path, key))
        elif isinstance(value, list):
            found[key] = [
                move_extensions(item, (*path, key, str(index))) if isinstance(item, dict) else item
                for index, item in enumerate(value)
            ]
        else:
            found[key] = value
    return {**found, EXTENSIONS: extensions} if extensions else found


def from_dict(tree: YamlMap) -> Project:
    """ModelToProject: bind the normalised tree to types."""
    tree = move_extensions(tree)
    more = tree.get(EXTENSIONS)
    project = Project(
        services=SERVICES.decode(tree.get("services"), "services"),
        networks=NETWORKS.decode(tree.get("networks"), "networks"),
        volumes=VOLUMES.decode(tree.get("volumes"), "volumes"),
        secrets=FILE_OBJECTS.decode(tree.get("secrets"), "secrets"),
        configs=FILE_OBJECTS.decode(tree.get("configs"), "configs"),
        models=MODELS.decode(tree.get("models"), "models"),
        extensions=more if isinstance(more, dict) else {},
    )
    for name, service in project.services.items():
        service.name = name
    return project
