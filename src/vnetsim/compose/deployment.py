"""Building and deploying a service: `build`, `deploy`, `develop`, `blkio_config` (compose-go's types)."""

# ruff: noqa: RUF009 (`field` and `extensions` are attrs.field with compose-go's tags)
from __future__ import annotations

from typing import Final

import attrs

from vnetsim.compose.fieldtypes import (
    BOOL,
    DEVICE_COUNT,
    DURATION,
    FILE_MODE,
    FLOAT32,
    HOSTS,
    INT,
    INT64,
    LABELS,
    MAPPING,
    MAPPING_WITH_EQUALS,
    SHELL_COMMAND,
    SSH,
    STRING,
    STRING_LIST,
    STRINGS,
    UINT16,
    UINT64,
    UNIT_BYTES,
)
from vnetsim.compose.golang import type_name
from vnetsim.compose.kinds import FieldKind, Fields, ListOf, MapOf, Plain, Struct, extensions, field, pointer
from vnetsim.compose.values import ComposeError, YamlMap, YamlValue


@attrs.define
class UlimitsConfig:
    """One number, or a soft and a hard limit."""

    single: int = field(INT, "single")
    soft: int = field(INT, "soft")
    hard: int = field(INT, "hard")
    extensions: YamlMap = extensions()


def _ulimit(value: YamlValue) -> UlimitsConfig:
    if isinstance(value, dict):
        soft, hard = value.get("soft", 0), value.get("hard", 0)
        if not isinstance(soft, int) or not isinstance(hard, int):
            raise ComposeError(f"unexpected value type {type_name(value)} for ulimit")
        return UlimitsConfig(soft=soft, hard=hard)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ComposeError(f"unexpected value type {type_name(value)} for ulimit")
    return UlimitsConfig(single=value)


def _ulimit_plain(value: UlimitsConfig, json: bool) -> Plain:
    if value.single:
        return value.single
    pairs = (("soft", value.soft), ("hard", value.hard))
    return Fields(tuple(pair for pair in pairs if pair[1] or not json))


ULIMIT: Final = FieldKind(UlimitsConfig, _ulimit, _ulimit_plain)


@attrs.define
class FileReferenceConfig:
    """A secret or config as a service mounts it."""

    source: str = field(STRING, "source")
    target: str = field(STRING, "target")
    uid: str = field(STRING, "uid")
    gid: str = field(STRING, "gid")
    mode: int | None = field(pointer(FILE_MODE), "mode")
    extensions: YamlMap = extensions()


@attrs.define
class BuildConfig:
    """`build`; nothing is built here."""

    context: str = field(STRING, "context")
    dockerfile: str = field(STRING, "dockerfile")
    dockerfile_inline: str = field(STRING, "dockerfile_inline")
    entitlements: list[str] = field(STRINGS, "entitlements")
    args: dict[str, str | None] = field(MAPPING_WITH_EQUALS, "args")
    provenance: str = field(STRING, "provenance")
    sbom: str = field(STRING, "sbom")
    ssh: dict[str, str] = field(SSH, "ssh")
    labels: dict[str, str] = field(LABELS, "labels")
    cache_from: list[str] = field(STRING_LIST, "cache_from")
    cache_to: list[str] = field(STRING_LIST, "cache_to")
    no_cache: bool = field(BOOL, "no_cache")
    additional_contexts: dict[str, str] = field(MAPPING, "additional_contexts")
    pull: bool = field(BOOL, "pull")
    extra_hosts: dict[str, list[str]] = field(HOSTS, "extra_hosts")
    isolation: str = field(STRING, "isolation")
    network: str = field(STRING, "network")
    target: str = field(STRING, "target")
    secrets: list[FileReferenceConfig] = field(ListOf(Struct(FileReferenceConfig)), "secrets")
    shm_size: int = field(UNIT_BYTES, "shm_size")
    tags: list[str] = field(STRING_LIST, "tags")
    ulimits: dict[str, UlimitsConfig | None] = field(MapOf(pointer(ULIMIT)), "ulimits")
    platforms: list[str] = field(STRING_LIST, "platforms")
    privileged: bool = field(BOOL, "privileged")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceHook:
    """`post_start`, `pre_stop` and `exec`: a command in the container."""

    command: list[str] | None = field(SHELL_COMMAND, "command", json_always=True)
    user: str = field(STRING, "user")
    privileged: bool = field(BOOL, "privileged")
    working_dir: str = field(STRING, "working_dir")
    environment: dict[str, str | None] = field(MAPPING_WITH_EQUALS, "environment")
    extensions: YamlMap = extensions()


@attrs.define
class WatchTrigger:
    """One path of `develop.watch`."""

    path: str = field(STRING, "path", omit=False)
    action: str = field(STRING, "action", omit=False)
    target: str = field(STRING, "target")
    exec: ServiceHook = field(Struct(ServiceHook), "exec")
    include: list[str] = field(STRINGS, "include")
    ignore: list[str] = field(STRINGS, "ignore")
    initial_sync: bool = field(BOOL, "initial_sync")
    extensions: YamlMap = extensions()


@attrs.define
class DevelopConfig:
    """`develop`."""

    watch: list[WatchTrigger] = field(ListOf(Struct(WatchTrigger)), "watch")
    extensions: YamlMap = extensions()


@attrs.define
class WeightDevice:
    """`blkio_config.weight_device`."""

    path: str = field(STRING, "path", omit=False, json="Path")
    weight: int = field(UINT16, "weight", omit=False, json="Weight")
    extensions: YamlMap = extensions()


@attrs.define
class ThrottleDevice:
    """A device and a rate per second."""

    path: str = field(STRING, "path", omit=False, json="Path")
    rate: int = field(UNIT_BYTES, "rate", omit=False, json="Rate")
    extensions: YamlMap = extensions()


@attrs.define
class BlkioConfig:
    """`blkio_config`."""

    weight: int = field(UINT16, "weight")
    weight_device: list[WeightDevice] = field(ListOf(Struct(WeightDevice)), "weight_device")
    device_read_bps: list[ThrottleDevice] = field(ListOf(Struct(ThrottleDevice)), "device_read_bps")
    device_read_iops: list[ThrottleDevice] = field(ListOf(Struct(ThrottleDevice)), "device_read_iops")
    device_write_bps: list[ThrottleDevice] = field(ListOf(Struct(ThrottleDevice)), "device_write_bps")
    device_write_iops: list[ThrottleDevice] = field(ListOf(Struct(ThrottleDevice)), "device_write_iops")
    extensions: YamlMap = extensions()


@attrs.define
class UpdateConfig:
    """`deploy.update_config` and `deploy.rollback_config`."""

    parallelism: int | None = field(pointer(UINT64), "parallelism")
    delay: int = field(DURATION, "delay")
    failure_action: str = field(STRING, "failure_action")
    monitor: int = field(DURATION, "monitor")
    max_failure_ratio: float = field(FLOAT32, "max_failure_ratio")
    order: str = field(STRING, "order")
    extensions: YamlMap = extensions()


@attrs.define
class DeviceRequest:
    """`gpus` and `devices` of reservations."""

    capabilities: list[str] = field(STRINGS, "capabilities")
    driver: str = field(STRING, "driver")
    count: int = field(DEVICE_COUNT, "count")
    device_ids: list[str] = field(STRINGS, "device_ids")
    options: dict[str, str] = field(MAPPING, "options")


@attrs.define
class DiscreteGenericResource:
    """`SSD=3`."""

    kind: str = field(STRING, "kind", omit=False)
    value: int = field(INT64, "value", omit=False)
    extensions: YamlMap = extensions()


@attrs.define
class GenericResource:
    """A user-defined resource."""

    discrete_resource_spec: DiscreteGenericResource | None = field(
        pointer(Struct(DiscreteGenericResource)), "discrete_resource_spec"
    )
    extensions: YamlMap = extensions()


@attrs.define
class DeployResource:
    """What is limited or reserved."""

    cpus: float = field(FLOAT32, "cpus")
    memory: int = field(UNIT_BYTES, "memory")
    pids: int = field(INT64, "pids")
    devices: list[DeviceRequest] = field(ListOf(Struct(DeviceRequest)), "devices")
    generic_resources: list[GenericResource] = field(ListOf(Struct(GenericResource)), "generic_resources")
    extensions: YamlMap = extensions()


@attrs.define
class DeployResources:
    """`deploy.resources`."""

    limits: DeployResource | None = field(pointer(Struct(DeployResource)), "limits")
    reservations: DeployResource | None = field(pointer(Struct(DeployResource)), "reservations")
    extensions: YamlMap = extensions()


@attrs.define
class DeployRestartPolicy:
    """`deploy.restart_policy`."""

    condition: str = field(STRING, "condition")
    delay: int | None = field(pointer(DURATION), "delay")
    max_attempts: int | None = field(pointer(UINT64), "max_attempts")
    window: int | None = field(pointer(DURATION), "window")
    extensions: YamlMap = extensions()


@attrs.define
class PlacementPreferences:
    """`deploy.placement.preferences`."""

    spread: str = field(STRING, "spread")
    extensions: YamlMap = extensions()


@attrs.define
class Placement:
    """`deploy.placement`."""

    constraints: list[str] = field(STRINGS, "constraints")
    preferences: list[PlacementPreferences] = field(ListOf(Struct(PlacementPreferences)), "preferences")
    max_replicas_per_node: int = field(UINT64, "max_replicas_per_node")
    extensions: YamlMap = extensions()


@attrs.define
class DeployConfig:
    """`deploy`, of which Compose uses replicas, resources, labels and the restart policy."""

    mode: str = field(STRING, "mode")
    replicas: int | None = field(pointer(INT), "replicas")
    labels: dict[str, str] = field(LABELS, "labels")
    update_config: UpdateConfig | None = field(pointer(Struct(UpdateConfig)), "update_config")
    rollback_config: UpdateConfig | None = field(pointer(Struct(UpdateConfig)), "rollback_config")
    resources: DeployResources = field(Struct(DeployResources), "resources")
    restart_policy: DeployRestartPolicy | None = field(pointer(Struct(DeployRestartPolicy)), "restart_policy")
    placement: Placement = field(Struct(Placement), "placement")
    endpoint_mode: str = field(STRING, "endpoint_mode")
    extensions: YamlMap = extensions()
