"""A service of a project, with compose-go's names and order of fields, which is that of `docker compose config`."""

# ruff: noqa: RUF009 (`field` and `extensions` are attrs.field with compose-go's tags)
from __future__ import annotations

from typing import Final

import attrs

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
from vnetsim.compose.fieldtypes import (
    BOOL,
    DURATION,
    FLOAT32,
    HEALTH_TEST,
    HOSTS,
    INT,
    INT64,
    LABELS,
    MAPPING,
    MAPPING_WITH_EQUALS,
    MULTI_OPTIONS,
    OPTIONS,
    SHELL_COMMAND,
    STRING,
    STRING_LIST,
    STRING_MAP,
    STRING_OR_NUMBER_LIST,
    STRINGS,
    UINT32,
    UINT64,
    UNIT_BYTES,
)
from vnetsim.compose.kinds import ListOf, MapOf, Plain, Struct, extensions, field, pointer
from vnetsim.compose.values import YamlMap


@attrs.define
class CredentialSpecConfig:
    """`credential_spec`, of Windows."""

    config: str = field(STRING, "config")
    file: str = field(STRING, "file")
    registry: str = field(STRING, "registry")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceDependency:
    """One service of `depends_on`."""

    condition: str = field(STRING, "condition")
    restart: bool = field(BOOL, "restart")
    required: bool = field(BOOL, "required", omit=False)
    extensions: YamlMap = extensions()


@attrs.define
class DeviceMapping:
    """`devices`."""

    source: str = field(STRING, "source")
    target: str = field(STRING, "target")
    permissions: str = field(STRING, "permissions")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceProviderConfig:
    """`provider`: the service is run by something else."""

    type: str = field(STRING, "type")
    options: dict[str, list[str]] = field(MULTI_OPTIONS, "options")
    extensions: YamlMap = extensions()


@attrs.define
class EnvFile:
    """One file of `env_file`."""

    path: str = field(STRING, "path")
    required: bool = field(BOOL, "required", omit=False)
    format: str = field(STRING, "format")


def _env_file_plain(value: EnvFile, json: bool) -> Plain:
    if value.required:
        return value.path
    return {"path": value.path, "required": False, **({"format": value.format} if json and value.format else {})}


class _EnvFileKind(Struct[EnvFile]):
    """A required file is written as its path alone."""

    def _fields(self, value: EnvFile, json: bool) -> Plain:
        return _env_file_plain(value, json)


ENV_FILE: Final = _EnvFileKind(EnvFile)


@attrs.define
class ExtendsConfig:
    """`extends`; gone once it is applied."""

    file: str = field(STRING, "file")
    service: str = field(STRING, "service")


@attrs.define
class HealthCheckConfig:
    """`healthcheck`; durations in nanoseconds."""

    test: list[str] = field(HEALTH_TEST, "test")
    timeout: int | None = field(pointer(DURATION), "timeout")
    interval: int | None = field(pointer(DURATION), "interval")
    retries: int | None = field(pointer(UINT64), "retries")
    start_period: int | None = field(pointer(DURATION), "start_period")
    start_interval: int | None = field(pointer(DURATION), "start_interval")
    disable: bool = field(BOOL, "disable")
    extensions: YamlMap = extensions()


@attrs.define
class LoggingConfig:
    """`logging`."""

    driver: str = field(STRING, "driver")
    options: dict[str, str] = field(OPTIONS, "options")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceModelConfig:
    """A model as a service uses it."""

    endpoint_var: str = field(STRING, "endpoint_var")
    model_var: str = field(STRING, "model_var")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceNetworkConfig:
    """A service on one network."""

    aliases: list[str] = field(STRINGS, "aliases")
    driver_opts: dict[str, str] = field(OPTIONS, "driver_opts")
    gw_priority: int = field(INT, "gw_priority")
    interface_name: str = field(STRING, "interface_name")
    ipv4_address: str = field(STRING, "ipv4_address")
    ipv6_address: str = field(STRING, "ipv6_address")
    link_local_ips: list[str] = field(STRINGS, "link_local_ips")
    mac_address: str = field(STRING, "mac_address")
    priority: int = field(INT, "priority")
    extensions: YamlMap = extensions()


@attrs.define
class ServicePortConfig:
    """One published port; `published` may be a range."""

    name: str = field(STRING, "name")
    mode: str = field(STRING, "mode")
    host_ip: str = field(STRING, "host_ip")
    target: int = field(UINT32, "target")
    published: str = field(STRING, "published")
    protocol: str = field(STRING, "protocol")
    app_protocol: str = field(STRING, "app_protocol")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceVolumeBind:
    """Options of a bind mount."""

    selinux: str = field(STRING, "selinux")
    propagation: str = field(STRING, "propagation")
    create_host_path: bool = field(BOOL, "create_host_path")
    recursive: str = field(STRING, "recursive")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceVolumeVolume:
    """Options of a volume mount."""

    labels: dict[str, str] = field(MAPPING, "labels")
    nocopy: bool = field(BOOL, "nocopy")
    subpath: str = field(STRING, "subpath")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceVolumeTmpfs:
    """Options of a tmpfs mount."""

    size: int = field(UNIT_BYTES, "size")
    mode: int = field(UINT32, "mode")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceVolumeImage:
    """Options of an image mount."""

    subpath: str = field(STRING, "subpath")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceVolumeConfig:
    """One mount of a service."""

    type: str = field(STRING, "type")
    source: str = field(STRING, "source")
    target: str = field(STRING, "target")
    read_only: bool = field(BOOL, "read_only")
    consistency: str = field(STRING, "consistency")
    bind: ServiceVolumeBind | None = field(pointer(Struct(ServiceVolumeBind)), "bind")
    volume: ServiceVolumeVolume | None = field(pointer(Struct(ServiceVolumeVolume)), "volume")
    tmpfs: ServiceVolumeTmpfs | None = field(pointer(Struct(ServiceVolumeTmpfs)), "tmpfs")
    image: ServiceVolumeImage | None = field(pointer(Struct(ServiceVolumeImage)), "image")
    extensions: YamlMap = extensions()


@attrs.define
class ServiceConfig:
    """One service."""

    #: The key in `services`; written nowhere.
    name: str = ""
    profiles: list[str] = field(STRINGS, "profiles")
    annotations: dict[str, str] = field(MAPPING, "annotations")
    attach: bool | None = field(pointer(BOOL), "attach")
    build: BuildConfig | None = field(pointer(Struct(BuildConfig)), "build")
    develop: DevelopConfig | None = field(pointer(Struct(DevelopConfig)), "develop")
    blkio_config: BlkioConfig | None = field(pointer(Struct(BlkioConfig)), "blkio_config")
    cap_add: list[str] = field(STRINGS, "cap_add")
    cap_drop: list[str] = field(STRINGS, "cap_drop")
    cgroup_parent: str = field(STRING, "cgroup_parent")
    cgroup: str = field(STRING, "cgroup")
    cpu_count: int = field(INT64, "cpu_count")
    cpu_percent: float = field(FLOAT32, "cpu_percent")
    cpu_period: int = field(INT64, "cpu_period")
    cpu_quota: int = field(INT64, "cpu_quota")
    cpu_rt_period: int = field(INT64, "cpu_rt_period")
    cpu_rt_runtime: int = field(INT64, "cpu_rt_runtime")
    cpus: float = field(FLOAT32, "cpus")
    cpuset: str = field(STRING, "cpuset")
    cpu_shares: int = field(INT64, "cpu_shares")
    command: list[str] | None = field(SHELL_COMMAND, "command", json_always=True)
    configs: list[FileReferenceConfig] = field(ListOf(Struct(FileReferenceConfig)), "configs")
    container_name: str = field(STRING, "container_name")
    credential_spec: CredentialSpecConfig | None = field(pointer(Struct(CredentialSpecConfig)), "credential_spec")
    depends_on: dict[str, ServiceDependency] = field(MapOf(Struct(ServiceDependency)), "depends_on")
    deploy: DeployConfig | None = field(pointer(Struct(DeployConfig)), "deploy")
    device_cgroup_rules: list[str] = field(STRINGS, "device_cgroup_rules")
    devices: list[DeviceMapping] = field(ListOf(Struct(DeviceMapping)), "devices")
    dns: list[str] = field(STRING_LIST, "dns")
    dns_opt: list[str] = field(STRINGS, "dns_opt")
    dns_search: list[str] = field(STRING_LIST, "dns_search")
    dockerfile: str = field(STRING, "dockerfile")
    domainname: str = field(STRING, "domainname")
    entrypoint: list[str] | None = field(SHELL_COMMAND, "entrypoint", json_always=True)
    provider: ServiceProviderConfig | None = field(pointer(Struct(ServiceProviderConfig)), "provider")
    environment: dict[str, str | None] = field(MAPPING_WITH_EQUALS, "environment")
    env_file: list[EnvFile] = field(ListOf(ENV_FILE), "env_file")
    expose: list[str] = field(STRING_OR_NUMBER_LIST, "expose")
    extends: ExtendsConfig | None = field(pointer(Struct(ExtendsConfig)), "extends")
    external_links: list[str] = field(STRINGS, "external_links")
    extra_hosts: dict[str, list[str]] = field(HOSTS, "extra_hosts")
    group_add: list[str] = field(STRINGS, "group_add")
    gpus: list[DeviceRequest] = field(ListOf(Struct(DeviceRequest)), "gpus")
    hostname: str = field(STRING, "hostname")
    healthcheck: HealthCheckConfig | None = field(pointer(Struct(HealthCheckConfig)), "healthcheck")
    image: str = field(STRING, "image")
    init: bool | None = field(pointer(BOOL), "init")
    ipc: str = field(STRING, "ipc")
    isolation: str = field(STRING, "isolation")
    labels: dict[str, str] = field(LABELS, "labels")
    label_file: list[str] = field(STRINGS, "label_file")
    #: Set by compose itself, and written nowhere.
    custom_labels: dict[str, str] = attrs.field(factory=dict)
    links: list[str] = field(STRINGS, "links")
    logging: LoggingConfig | None = field(pointer(Struct(LoggingConfig)), "logging")
    log_driver: str = field(STRING, "log_driver")
    log_opt: dict[str, str] = field(STRING_MAP, "log_opt")
    mem_limit: int = field(UNIT_BYTES, "mem_limit")
    mem_reservation: int = field(UNIT_BYTES, "mem_reservation")
    memswap_limit: int = field(UNIT_BYTES, "memswap_limit")
    mem_swappiness: int = field(UNIT_BYTES, "mem_swappiness")
    mac_address: str = field(STRING, "mac_address")
    models: dict[str, ServiceModelConfig | None] = field(MapOf(pointer(Struct(ServiceModelConfig))), "models")
    net: str = field(STRING, "net")
    network_mode: str = field(STRING, "network_mode")
    networks: dict[str, ServiceNetworkConfig | None] = field(MapOf(pointer(Struct(ServiceNetworkConfig))), "networks")
    oom_kill_disable: bool = field(BOOL, "oom_kill_disable")
    oom_score_adj: int = field(INT64, "oom_score_adj")
    pid: str = field(STRING, "pid")
    pids_limit: int = field(INT64, "pids_limit")
    platform: str = field(STRING, "platform")
    ports: list[ServicePortConfig] = field(ListOf(Struct(ServicePortConfig)), "ports")
    privileged: bool = field(BOOL, "privileged")
    pull_policy: str = field(STRING, "pull_policy")
    read_only: bool = field(BOOL, "read_only")
    restart: str = field(STRING, "restart")
    runtime: str = field(STRING, "runtime")
    scale: int | None = field(pointer(INT), "scale")
    secrets: list[FileReferenceConfig] = field(ListOf(Struct(FileReferenceConfig)), "secrets")
    security_opt: list[str] = field(STRINGS, "security_opt")
    shm_size: int = field(UNIT_BYTES, "shm_size")
    stdin_open: bool = field(BOOL, "stdin_open")
    stop_grace_period: int | None = field(pointer(DURATION), "stop_grace_period")
    stop_signal: str = field(STRING, "stop_signal")
    storage_opt: dict[str, str] = field(STRING_MAP, "storage_opt")
    sysctls: dict[str, str] = field(MAPPING, "sysctls")
    tmpfs: list[str] = field(STRING_LIST, "tmpfs")
    tty: bool = field(BOOL, "tty")
    ulimits: dict[str, UlimitsConfig | None] = field(MapOf(pointer(ULIMIT)), "ulimits")
    use_api_socket: bool = field(BOOL, "use_api_socket")
    user: str = field(STRING, "user")
    userns_mode: str = field(STRING, "userns_mode")
    uts: str = field(STRING, "uts")
    volume_driver: str = field(STRING, "volume_driver")
    volumes: list[ServiceVolumeConfig] = field(ListOf(Struct(ServiceVolumeConfig)), "volumes")
    volumes_from: list[str] = field(STRINGS, "volumes_from")
    working_dir: str = field(STRING, "working_dir")
    post_start: list[ServiceHook] = field(ListOf(Struct(ServiceHook)), "post_start")
    pre_stop: list[ServiceHook] = field(ListOf(Struct(ServiceHook)), "pre_stop")
    extensions: YamlMap = extensions()
