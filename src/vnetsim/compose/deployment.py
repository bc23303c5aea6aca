"""Building and deploying a service: `build`, `deploy`, `develop`, `blkio_config` (compose-go's types)."""

from __future__ import annotations

from typing import Final

from vnetsim.compose import fieldtypes
from vnetsim.compose.golang import type_name
from vnetsim.compose.kinds import Extensible, FieldKind, Fields, ListOf, MapOf, Plain, Struct, field, pointer
from vnetsim.compose.values import ComposeError, YamlValue
from vnetsim.values import define


@define
class UlimitsConfig(Extensible):
    """One number, or a soft and a hard limit."""

    single: int = field(fieldtypes.INT)
    soft: int = field(fieldtypes.INT)
    hard: int = field(fieldtypes.INT)


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


@define
class FileReferenceConfig(Extensible):
    """A secret or config as a service mounts it."""

    source: str = field(fieldtypes.STRING)
    target: str = field(fieldtypes.STRING)
    uid: str = field(fieldtypes.STRING)
    gid: str = field(fieldtypes.STRING)
    mode: int | None = field(pointer(fieldtypes.FILE_MODE))


@define
class BuildConfig(Extensible):
    """`build`; nothing is built here."""

    context: str = field(fieldtypes.STRING)
    dockerfile: str = field(fieldtypes.STRING)
    dockerfile_inline: str = field(fieldtypes.STRING)
    entitlements: list[str] = field(fieldtypes.STRINGS)
    args: dict[str, str | None] = field(fieldtypes.MAPPING_WITH_EQUALS)
    provenance: str = field(fieldtypes.STRING)
    sbom: str = field(fieldtypes.STRING)
    ssh: dict[str, str] = field(fieldtypes.SSH)
    labels: dict[str, str] = field(fieldtypes.LABELS)
    cache_from: list[str] = field(fieldtypes.STRING_LIST)
    cache_to: list[str] = field(fieldtypes.STRING_LIST)
    no_cache: bool = field(fieldtypes.BOOL)
    additional_contexts: dict[str, str] = field(fieldtypes.MAPPING)
    pull: bool = field(fieldtypes.BOOL)
    extra_hosts: dict[str, list[str]] = field(fieldtypes.HOSTS)
    isolation: str = field(fieldtypes.STRING)
    network: str = field(fieldtypes.STRING)
    target: str = field(fieldtypes.STRING)
    secrets: list[FileReferenceConfig] = field(ListOf(Struct(FileReferenceConfig)))
    shm_size: int = field(fieldtypes.UNIT_BYTES)
    tags: list[str] = field(fieldtypes.STRING_LIST)
    ulimits: dict[str, UlimitsConfig | None] = field(MapOf(pointer(ULIMIT)))
    platforms: list[str] = field(fieldtypes.STRING_LIST)
    privileged: bool = field(fieldtypes.BOOL)


@define
class ServiceHook(Extensible):
    """`post_start`, `pre_stop` and `exec`: a command in the container."""

    command: list[str] | None = field(fieldtypes.SHELL_COMMAND, json_always=True)
    user: str = field(fieldtypes.STRING)
    privileged: bool = field(fieldtypes.BOOL)
    working_dir: str = field(fieldtypes.STRING)
    environment: dict[str, str | None] = field(fieldtypes.MAPPING_WITH_EQUALS)


@define
class WatchTrigger(Extensible):
    """One path of `develop.watch`."""

    path: str = field(fieldtypes.STRING, omit=False)
    action: str = field(fieldtypes.STRING, omit=False)
    target: str = field(fieldtypes.STRING)
    exec: ServiceHook = field(Struct(ServiceHook))
    include: list[str] = field(fieldtypes.STRINGS)
    ignore: list[str] = field(fieldtypes.STRINGS)
    initial_sync: bool = field(fieldtypes.BOOL)


@define
class DevelopConfig(Extensible):
    """`develop`."""

    watch: list[WatchTrigger] = field(ListOf(Struct(WatchTrigger)))


@define
class WeightDevice(Extensible):
    """`blkio_config.weight_device`."""

    path: str = field(fieldtypes.STRING, omit=False, json="Path")
    weight: int = field(fieldtypes.UINT16, omit=False, json="Weight")


@define
class ThrottleDevice(Extensible):
    """A device and a rate per second."""

    path: str = field(fieldtypes.STRING, omit=False, json="Path")
    rate: int = field(fieldtypes.UNIT_BYTES, omit=False, json="Rate")


@define
class BlkioConfig(Extensible):
    """`blkio_config`."""

    weight: int = field(fieldtypes.UINT16)
    weight_device: list[WeightDevice] = field(ListOf(Struct(WeightDevice)))
    device_read_bps: list[ThrottleDevice] = field(ListOf(Struct(ThrottleDevice)))
    device_read_iops: list[ThrottleDevice] = field(ListOf(Struct(ThrottleDevice)))
    device_write_bps: list[ThrottleDevice] = field(ListOf(Struct(ThrottleDevice)))
    device_write_iops: list[ThrottleDevice] = field(ListOf(Struct(ThrottleDevice)))


@define
class UpdateConfig(Extensible):
    """`deploy.update_config` and `deploy.rollback_config`."""

    parallelism: int | None = field(pointer(fieldtypes.UINT64))
    delay: int = field(fieldtypes.DURATION)
    failure_action: str = field(fieldtypes.STRING)
    monitor: int = field(fieldtypes.DURATION)
    max_failure_ratio: float = field(fieldtypes.FLOAT32)
    order: str = field(fieldtypes.STRING)


@define
class DeviceRequest:
    """`gpus` and `devices` of reservations."""

    capabilities: list[str] = field(fieldtypes.STRINGS)
    driver: str = field(fieldtypes.STRING)
    count: int = field(fieldtypes.DEVICE_COUNT)
    device_ids: list[str] = field(fieldtypes.STRINGS)
    options: dict[str, str] = field(fieldtypes.MAPPING)


@define
class DiscreteGenericResource(Extensible):
    """`SSD=3`."""

    kind: str = field(fieldtypes.STRING, omit=False)
    value: int = field(fieldtypes.INT64, omit=False)


@define
class GenericResource(Extensible):
    """A user-defined resource."""

    discrete_resource_spec: DiscreteGenericResource | None = field(pointer(Struct(DiscreteGenericResource)))


@define
class DeployResource(Extensible):
    """What is limited or reserved."""

    cpus: float = field(fieldtypes.FLOAT32)
    memory: int = field(fieldtypes.UNIT_BYTES)
    pids: int = field(fieldtypes.INT64)
    devices: list[DeviceRequest] = field(ListOf(Struct(DeviceRequest)))
    generic_resources: list[GenericResource] = field(ListOf(Struct(GenericResource)))


@define
class DeployResources(Extensible):
    """`deploy.resources`."""

    limits: DeployResource | None = field(pointer(Struct(DeployResource)))
    reservations: DeployResource | None = field(pointer(Struct(DeployResource)))


@define
class DeployRestartPolicy(Extensible):
    """`deploy.restart_policy`."""

    condition: str = field(fieldtypes.STRING)
    delay: int | None = field(pointer(fieldtypes.DURATION))
    max_attempts: int | None = field(pointer(fieldtypes.UINT64))
    window: int | None = field(pointer(fieldtypes.DURATION))


@define
class PlacementPreferences(Extensible):
    """`deploy.placement.preferences`."""

    spread: str = field(fieldtypes.STRING)


@define
class Placement(Extensible):
    """`deploy.placement`."""

    constraints: list[str] = field(fieldtypes.STRINGS)
    preferences: list[PlacementPreferences] = field(ListOf(Struct(PlacementPreferences)))
    max_replicas_per_node: int = field(fieldtypes.UINT64)


@define
class DeployConfig(Extensible):
    """`deploy`, of which Compose uses replicas, resources, labels and the restart policy."""

    mode: str = field(fieldtypes.STRING)
    replicas: int | None = field(pointer(fieldtypes.INT))
    labels: dict[str, str] = field(fieldtypes.LABELS)
    update_config: UpdateConfig | None = field(pointer(Struct(UpdateConfig)))
    rollback_config: UpdateConfig | None = field(pointer(Struct(UpdateConfig)))
    resources: DeployResources = field(Struct(DeployResources))
    restart_policy: DeployRestartPolicy | None = field(pointer(Struct(DeployRestartPolicy)))
    placement: Placement = field(Struct(Placement))
    endpoint_mode: str = field(fieldtypes.STRING)
