"""A project as `docker compose config` prints it, and the hashes of its parts (pkg/compose/hash.go)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import cast

import attrs

from vnetsim.compose import jsonwriter, yamlwriter
from vnetsim.compose.kinds import Fields, Plain, Struct
from vnetsim.compose.model import (
    FILE_OBJECTS,
    MODELS,
    NETWORKS,
    SERVICES,
    VOLUMES,
    FileObjectConfig,
    NetworkConfig,
    Project,
    VolumeConfig,
)
from vnetsim.compose.service import ServiceConfig


def to_yaml(project: Project) -> str:
    """With `$` doubled, so that the text can be loaded again."""
    pairs: list[tuple[str, Plain]] = [("name", project.name), ("services", SERVICES.encode(project.services, False))]
    pairs += [(key, value) for key, value in _resources(project, json=False) if value]
    if project.models:
        pairs.append(("models", MODELS.encode(project.models, False)))
    pairs += sorted(cast("Mapping[str, Plain]", project.extensions).items())
    return yamlwriter.to_yaml(Fields(tuple(pairs))).replace("$", "$$")


def to_json(project: Project) -> str:
    """The same without models, and without `x-` fields but for those at the top."""
    tree: dict[str, Plain] = {"name": project.name, "services": SERVICES.encode(project.services, True)}
    tree |= {key: value for key, value in _resources(project, json=True) if value}
    tree |= cast("Mapping[str, Plain]", project.extensions)
    return jsonwriter.to_json(tree, indent=2).replace("$", "$$")


def _resources(project: Project, *, json: bool) -> list[tuple[str, Plain]]:
    """The contents of secrets are not printed, nor those of configs that the environment has."""
    secrets = {name: attrs.evolve(item, content="") for name, item in project.secrets.items()}
    configs = {name: _without_content(item) for name, item in project.configs.items()}
    return [
        ("networks", NETWORKS.encode(project.networks, json)),
        ("volumes", VOLUMES.encode(project.volumes, json)),
        ("secrets", FILE_OBJECTS.encode(secrets, json)),
        ("configs", FILE_OBJECTS.encode(configs, json)),
    ]


def _without_content(config: FileObjectConfig) -> FileObjectConfig:
    return attrs.evolve(config, content="") if config.environment else config


# --- hashes: com.docker.compose.config-hash ------------------------------------------------------------------------


def service_hash(service: ServiceConfig) -> str:
    """Of all but what a running container does not show."""
    deploy = attrs.evolve(service.deploy, replicas=None) if service.deploy is not None else None
    shown = attrs.evolve(service, build=None, pull_policy="", scale=None, deploy=deploy, depends_on={}, profiles=[])
    return _digest(Struct(ServiceConfig).encode(shown, True))


def network_hash(network: NetworkConfig) -> str:
    return _digest(Struct(NetworkConfig).encode(network, True))


def volume_hash(volume: VolumeConfig) -> str:
    """VolumeHash: the driver is `local` unless another one is given."""
    return _digest(Struct(VolumeConfig).encode(attrs.evolve(volume, driver=volume.driver or "local"), True))


def _digest(value: Plain) -> str:
    return hashlib.sha256(jsonwriter.to_json(value).encode("utf-8", "surrogateescape")).hexdigest()
