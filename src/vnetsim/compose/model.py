"""A compose project: its services, networks, volumes, secrets and configs (compose-go's types/project.go)."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.compose import fieldtypes
from vnetsim.compose.kinds import EXTENSIONS, Extensible, ListOf, MapOf, Struct, field, pointer
from vnetsim.compose.service import ServiceConfig
from vnetsim.compose.values import Path, YamlMap, matches
from vnetsim.values import define


@define
class IpamPool:
    """A subnet of a network."""

    subnet: str = field(fieldtypes.STRING)
    gateway: str = field(fieldtypes.STRING)
    ip_range: str = field(fieldtypes.STRING)
    aux_addresses: dict[str, str] = field(fieldtypes.MAPPING)


@define
class NetworkIpam(Extensible):
    """`ipam` of a network."""

    driver: str = field(fieldtypes.STRING)
    config: list[IpamPool | None] = field(ListOf(pointer(Struct(IpamPool))))


@define
class NetworkConfig(Extensible):
    """A network of the project; `name` is that of the engine."""

    name: str = field(fieldtypes.STRING)
    driver: str = field(fieldtypes.STRING)
    driver_opts: dict[str, str] = field(fieldtypes.OPTIONS)
    ipam: NetworkIpam = field(Struct(NetworkIpam))
    external: bool = field(fieldtypes.BOOL)
    internal: bool = field(fieldtypes.BOOL)
    attachable: bool = field(fieldtypes.BOOL)
    labels: dict[str, str] = field(fieldtypes.LABELS)
    #: Set by compose itself, and written nowhere.
    custom_labels: dict[str, str] = attrs.field(factory=dict)
    enable_ipv4: bool | None = field(pointer(fieldtypes.BOOL))
    enable_ipv6: bool | None = field(pointer(fieldtypes.BOOL))


@define
class VolumeConfig(Extensible):
    """A volume of the project."""

    name: str = field(fieldtypes.STRING)
    driver: str = field(fieldtypes.STRING)
    driver_opts: dict[str, str] = field(fieldtypes.OPTIONS)
    external: bool = field(fieldtypes.BOOL)
    labels: dict[str, str] = field(fieldtypes.LABELS)
    #: Set by compose itself, and written nowhere.
    custom_labels: dict[str, str] = attrs.field(factory=dict)


@define
class FileObjectConfig(Extensible):
    """A secret or a config of the project."""

    name: str = field(fieldtypes.STRING)
    file: str = field(fieldtypes.STRING)
    environment: str = field(fieldtypes.STRING)
    content: str = field(fieldtypes.STRING)
    external: bool = field(fieldtypes.BOOL)
    labels: dict[str, str] = field(fieldtypes.LABELS)
    driver: str = field(fieldtypes.STRING)
    driver_opts: dict[str, str] = field(fieldtypes.STRING_MAP)
    template_driver: str = field(fieldtypes.STRING)


@define
class ModelConfig(Extensible):
    """A model of the project."""

    name: str = field(fieldtypes.STRING)
    model: str = field(fieldtypes.STRING)
    context_size: int = field(fieldtypes.INT)
    runtime_flags: list[str] = field(fieldtypes.STRINGS)


@define
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
