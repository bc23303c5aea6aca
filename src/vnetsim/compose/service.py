"""A service of a project, with compose-go's names and order of fields, which is that of `docker compose config`."""

from __future__ import annotations

from typing import Final

import attrs

from vnetsim.compose import fieldtypes
from vnetsim.compose.deployment import (
    ULIMIT,
    BlkioConfig,
    BuildConfig,
    DeployConfig,
    DevelopConfig,
    DeviceRequest,
    FileReferenceConfig,
    ServiceHook,
    UlimitsConfig,
)
from vnetsim.compose.kinds import Extensible, ListOf, MapOf, Plain, Struct, field, pointer
from vnetsim.values import define


@define
class CredentialSpecConfig(Extensible):
    """`credential_spec`, of Windows."""

    config: str = field(fieldtypes.STRING)
    file: str = field(fieldtypes.STRING)
    registry: str = field(fieldtypes.STRING)


@define
class ServiceDependency(Extensible):
    """One service of `depends_on`."""

    condition: str = field(fieldtypes.STRING)
    restart: bool = field(fieldtypes.BOOL)
    required: bool = field(fieldtypes.BOOL, omit=False)


@define
class DeviceMapping(Extensible):
    """`devices`."""

    source: str = field(fieldtypes.STRING)
    target: str = field(fieldtypes.STRING)
    permissions: str = field(fieldtypes.STRING)


@define
class ServiceProviderConfig(Extensible):
    """`provider`: the service is run by something else."""

    type: str = field(fieldtypes.STRING)
    options: dict[str, list[str]] = field(fieldtypes.MULTI_OPTIONS)


@define
class EnvFile:
    """One file of `env_file`."""

    path: str = field(fieldtypes.STRING)
    required: bool = field(fieldtypes.BOOL, omit=False)
    format: str = field(fieldtypes.STRING)


class _EnvFileKind(Struct[EnvFile]):
    """A required file is written as its path alone."""

    def _fields(self, value: EnvFile, json: bool) -> Plain:
        if value.required:
            return value.path
        return {"path": value.path, "required": False, **({"format": value.format} if json and value.format else {})}


ENV_FILE: Final = _EnvFileKind(EnvFile)


@define
class ExtendsConfig:
    """`extends`; gone once it is applied."""

    file: str = field(fieldtypes.STRING)
    service: str = field(fieldtypes.STRING)


@define
class HealthCheckConfig(Extensible):
    """`healthcheck`; durations in nanoseconds."""

    test: list[str] = field(fieldtypes.HEALTH_TEST)
    timeout: int | None = field(pointer(fieldtypes.DURATION))
    interval: int | None = field(pointer(fieldtypes.DURATION))
    retries: int | None = field(pointer(fieldtypes.UINT64))
    start_period: int | None = field(pointer(fieldtypes.DURATION))
    start_interval: int | None = field(pointer(fieldtypes.DURATION))
    disable: bool = field(fieldtypes.BOOL)


@define
class LoggingConfig(Extensible):
    """`logging`."""

    driver: str = field(fieldtypes.STRING)
    options: dict[str, str] = field(fieldtypes.OPTIONS)


@define
class ServiceModelConfig(Extensible):
    """A model as a service uses it."""

    endpoint_var: str = field(fieldtypes.STRING)
    model_var: str = field(fieldtypes.STRING)


@define
class ServiceNetworkConfig(Extensible):
    """A service on one network."""

    aliases: list[str] = field(fieldtypes.STRINGS)
    driver_opts: dict[str, str] = field(fieldtypes.OPTIONS)
    gw_priority: int = field(fieldtypes.INT)
    interface_name: str = field(fieldtypes.STRING)
    ipv4_address: str = field(fieldtypes.STRING)
    ipv6_address: str = field(fieldtypes.STRING)
    link_local_ips: list[str] = field(fieldtypes.STRINGS)
    mac_address: str = field(fieldtypes.STRING)
    priority: int = field(fieldtypes.INT)


@define
class ServicePortConfig(Extensible):
    """One published port; `published` may be a range."""

    name: str = field(fieldtypes.STRING)
    mode: str = field(fieldtypes.STRING)
    host_ip: str = field(fieldtypes.STRING)
    target: int = field(fieldtypes.UINT32)
    published: str = field(fieldtypes.STRING)
    protocol: str = field(fieldtypes.STRING)
    app_protocol: str = field(fieldtypes.STRING)


@define
class ServiceVolumeBind(Extensible):
    """Options of a bind mount."""

    selinux: str = field(fieldtypes.STRING)
    propagation: str = field(fieldtypes.STRING)
    create_host_path: bool = field(fieldtypes.BOOL)
    recursive: str = field(fieldtypes.STRING)


@define
class ServiceVolumeVolume(Extensible):
    """Options of a volume mount."""

    labels: dict[str, str] = field(fieldtypes.MAPPING)
    nocopy: bool = field(fieldtypes.BOOL)
    subpath: str = field(fieldtypes.STRING)


@define
class ServiceVolumeTmpfs(Extensible):
    """Options of a tmpfs mount."""

    size: int = field(fieldtypes.UNIT_BYTES)
    mode: int = field(fieldtypes.UINT32)


@define
class ServiceVolumeImage(Extensible):
    """Options of an image mount."""

    subpath: str = field(fieldtypes.STRING)


@define
class ServiceVolumeConfig(Extensible):
    """One mount of a service."""

    type: str = field(fieldtypes.STRING)
    source: str = field(fieldtypes.STRING)
    target: str = field(fieldtypes.STRING)
    read_only: bool = field(fieldtypes.BOOL)
    consistency: str = field(fieldtypes.STRING)
    bind: ServiceVolumeBind | None = field(pointer(Struct(ServiceVolumeBind)))
    volume: ServiceVolumeVolume | None = field(pointer(Struct(ServiceVolumeVolume)))
    tmpfs: ServiceVolumeTmpfs | None = field(pointer(Struct(ServiceVolumeTmpfs)))
    image: ServiceVolumeImage | None = field(pointer(Struct(ServiceVolumeImage)))


@define
class ServiceConfig(Extensible):
    """One service."""

    #: The key in `services`; written nowhere.
    name: str = ""
    profiles: list[str] = field(fieldtypes.STRINGS)
    annotations: dict[str, str] = field(fieldtypes.MAPPING)
    attach: bool | None = field(pointer(fieldtypes.BOOL))
    build: BuildConfig | None = field(pointer(Struct(BuildConfig)))
    develop: DevelopConfig | None = field(pointer(Struct(DevelopConfig)))
    blkio_config: BlkioConfig | None = field(pointer(Struct(BlkioConfig)))
    cap_add: list[str] = field(fieldtypes.STRINGS)
    cap_drop: list[str] = field(fieldtypes.STRINGS)
    cgroup_parent: str = field(fieldtypes.STRING)
    cgroup: str = field(fieldtypes.STRING)
    cpu_count: int = field(fieldtypes.INT64)
    cpu_percent: float = field(fieldtypes.FLOAT32)
    cpu_period: int = field(fieldtypes.INT64)
    cpu_quota: int = field(fieldtypes.INT64)
    cpu_rt_period: int = field(fieldtypes.INT64)
    cpu_rt_runtime: int = field(fieldtypes.INT64)
    cpus: float = field(fieldtypes.FLOAT32)
    cpuset: str = field(fieldtypes.STRING)
    cpu_shares: int = field(fieldtypes.INT64)
    command: list[str] | None = field(fieldtypes.SHELL_COMMAND, json_always=True)
    configs: list[FileReferenceConfig] = field(ListOf(Struct(FileReferenceConfig)))
    container_name: str = field(fieldtypes.STRING)
    credential_spec: CredentialSpecConfig | None = field(pointer(Struct(CredentialSpecConfig)))
    depends_on: dict[str, ServiceDependency] = field(MapOf(Struct(ServiceDependency)))
    deploy: DeployConfig | None = field(pointer(Struct(DeployConfig)))
    device_cgroup_rules: list[str] = field(fieldtypes.STRINGS)
    devices: list[DeviceMapping] = field(ListOf(Struct(DeviceMapping)))
    dns: list[str] = field(fieldtypes.STRING_LIST)
    dns_opt: list[str] = field(fieldtypes.STRINGS)
    dns_search: list[str] = field(fieldtypes.STRING_LIST)
    dockerfile: str = field(fieldtypes.STRING)
    domainname: str = field(fieldtypes.STRING)
    entrypoint: list[str] | None = field(fieldtypes.SHELL_COMMAND, json_always=True)
    provider: ServiceProviderConfig | None = field(pointer(Struct(ServiceProviderConfig)))
    environment: dict[str, str | None] = field(fieldtypes.MAPPING_WITH_EQUALS)
    env_file: list[EnvFile] = field(ListOf(ENV_FILE))
    expose: list[str] = field(fieldtypes.STRING_OR_NUMBER_LIST)
    extends: ExtendsConfig | None = field(pointer(Struct(ExtendsConfig)))
    external_links: list[str] = field(fieldtypes.STRINGS)
    extra_hosts: dict[str, list[str]] = field(fieldtypes.HOSTS)
    group_add: list[str] = field(fieldtypes.STRINGS)
    gpus: list[DeviceRequest] = field(ListOf(Struct(DeviceRequest)))
    hostname: str = field(fieldtypes.STRING)
    healthcheck: HealthCheckConfig | None = field(pointer(Struct(HealthCheckConfig)))
    image: str = field(fieldtypes.STRING)
    init: bool | None = field(pointer(fieldtypes.BOOL))
    ipc: str = field(fieldtypes.STRING)
    isolation: str = field(fieldtypes.STRING)
    labels: dict[str, str] = field(fieldtypes.LABELS)
    label_file: list[str] = field(fieldtypes.STRINGS)
    #: Set by compose itself, and written nowhere.
    custom_labels: dict[str, str] = attrs.field(factory=dict)
    links: list[str] = field(fieldtypes.STRINGS)
    logging: LoggingConfig | None = field(pointer(Struct(LoggingConfig)))
    log_driver: str = field(fieldtypes.STRING)
    log_opt: dict[str, str] = field(fieldtypes.STRING_MAP)
    mem_limit: int = field(fieldtypes.UNIT_BYTES)
    mem_reservation: int = field(fieldtypes.UNIT_BYTES)
    memswap_limit: int = field(fieldtypes.UNIT_BYTES)
    mem_swappiness: int = field(fieldtypes.UNIT_BYTES)
    mac_address: str = field(fieldtypes.STRING)
    models: dict[str, ServiceModelConfig | None] = field(MapOf(pointer(Struct(ServiceModelConfig))))
    net: str = field(fieldtypes.STRING)
    network_mode: str = field(fieldtypes.STRING)
    networks: dict[str, ServiceNetworkConfig | None] = field(MapOf(pointer(Struct(ServiceNetworkConfig))))
    oom_kill_disable: bool = field(fieldtypes.BOOL)
    oom_score_adj: int = field(fieldtypes.INT64)
    pid: str = field(fieldtypes.STRING)
    pids_limit: int = field(fieldtypes.INT64)
    platform: str = field(fieldtypes.STRING)
    ports: list[ServicePortConfig] = field(ListOf(Struct(ServicePortConfig)))
    privileged: bool = field(fieldtypes.BOOL)
    pull_policy: str = field(fieldtypes.STRING)
    read_only: bool = field(fieldtypes.BOOL)
    restart: str = field(fieldtypes.STRING)
    runtime: str = field(fieldtypes.STRING)
    scale: int | None = field(pointer(fieldtypes.INT))
    secrets: list[FileReferenceConfig] = field(ListOf(Struct(FileReferenceConfig)))
    security_opt: list[str] = field(fieldtypes.STRINGS)
    shm_size: int = field(fieldtypes.UNIT_BYTES)
    stdin_open: bool = field(fieldtypes.BOOL)
    stop_grace_period: int | None = field(pointer(fieldtypes.DURATION))
    stop_signal: str = field(fieldtypes.STRING)
    storage_opt: dict[str, str] = field(fieldtypes.STRING_MAP)
    sysctls: dict[str, str] = field(fieldtypes.MAPPING)
    tmpfs: list[str] = field(fieldtypes.STRING_LIST)
    tty: bool = field(fieldtypes.BOOL)
    ulimits: dict[str, UlimitsConfig | None] = field(MapOf(pointer(ULIMIT)))
    use_api_socket: bool = field(fieldtypes.BOOL)
    user: str = field(fieldtypes.STRING)
    userns_mode: str = field(fieldtypes.STRING)
    uts: str = field(fieldtypes.STRING)
    volume_driver: str = field(fieldtypes.STRING)
    volumes: list[ServiceVolumeConfig] = field(ListOf(Struct(ServiceVolumeConfig)))
    volumes_from: list[str] = field(fieldtypes.STRINGS)
    working_dir: str = field(fieldtypes.STRING)
    post_start: list[ServiceHook] = field(ListOf(Struct(ServiceHook)))
    pre_stop: list[ServiceHook] = field(ListOf(Struct(ServiceHook)))
