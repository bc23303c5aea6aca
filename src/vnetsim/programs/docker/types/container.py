"""api/types/container as the docker command (28.2.2) knows it.

Not modelled: the fields of what vnetsim's engine leaves empty (devices, mounts, health checks).
"""

from __future__ import annotations

from typing import Final, cast

from vnetsim.programs.docker.go.values import (
    BOOL,
    EMPTY_STRUCT,
    INT,
    INT64,
    STRING,
    STRING_MAP,
    STRINGS,
    UINT16,
    UINT64,
    GoKind,
    GoMethod,
    GoType,
    GoValue,
    array_of,
    boolean,
    map_of,
    named,
    pointer_to,
    slice_of,
    structure,
)
from vnetsim.programs.docker.types.fields import STR_SLICE, UINT, embedded, fields, opaque, opaque_pointer
from vnetsim.programs.docker.types.network import NETWORK_SETTINGS, PORT_MAP, PORT_SET


def _mode_is(*modes: str) -> GoMethod:
    return GoMethod(lambda mode: boolean(mode in modes))


def _is_container(mode: object) -> bool:
    return cast("str", mode).startswith("container:")


def _is_user_defined(mode: object) -> bool:
    return mode not in ("default", "bridge", "host", "none", "") and not _is_container(mode)


NETWORK_MODE: Final = GoType(
    GoKind.STRING,
    "container.NetworkMode",
    methods={
        "IsBridge": _mode_is("bridge"),
        "IsDefault": _mode_is("default"),
        "IsHost": _mode_is("host"),
        "IsNone": _mode_is("none"),
        "IsContainer": GoMethod(lambda mode: boolean(_is_container(mode))),
        "IsUserDefined": GoMethod(lambda mode: boolean(_is_user_defined(mode))),
        "NetworkName": GoMethod(lambda mode: GoValue(STRING, cast("str", mode).partition(":")[0])),
    },
)
_HEALTH: Final = structure(
    "container.Health",
    *fields(STRING, "Status"),
    *fields(INT, "FailingStreak"),
    *fields(opaque("[]*container.HealthcheckResult"), "Log"),
)
STATE: Final = structure(
    "container.State",
    *fields(STRING, "Status"),
    *fields(BOOL, "Running", "Paused", "Restarting", "OOMKilled", "Dead"),
    *fields(INT, "Pid", "ExitCode"),
    *fields(STRING, "Error", "StartedAt", "FinishedAt"),
    *fields(pointer_to(_HEALTH), "Health?"),
)
HEALTH_CHECK: Final = structure(
    "v1.HealthcheckConfig",
    *fields(STRINGS, "Test?"),
    *fields(INT64, "Interval?", "Timeout?", "StartPeriod?", "StartInterval?"),
    *fields(INT, "Retries?"),
)
CONFIG: Final = structure(
    "container.Config",
    *fields(STRING, "Hostname", "Domainname", "User"),
    *fields(BOOL, "AttachStdin", "AttachStdout", "AttachStderr"),
    *fields(PORT_SET, "ExposedPorts?"),
    *fields(BOOL, "Tty", "OpenStdin", "StdinOnce"),
    *fields(STRINGS, "Env"),
    *fields(STR_SLICE, "Cmd"),
    *fields(pointer_to(HEALTH_CHECK), "Healthcheck?"),
    *fields(BOOL, "ArgsEscaped?"),
    *fields(STRING, "Image"),
    *fields(map_of(EMPTY_STRUCT), "Volumes"),
    *fields(STRING, "WorkingDir"),
    *fields(STR_SLICE, "Entrypoint"),
    *fields(BOOL, "NetworkDisabled?"),
    *fields(STRING, "MacAddress?"),
    *fields(STRINGS, "OnBuild"),
    *fields(STRING_MAP, "Labels"),
    *fields(STRING, "StopSignal?"),
    *fields(pointer_to(INT), "StopTimeout?"),
    *fields(STR_SLICE, "Shell?"),
)
_THROTTLE_DEVICE: Final = structure("blkiodev.ThrottleDevice", *fields(STRING, "Path"), *fields(UINT64, "Rate"))
_DEVICE_MAPPING: Final = structure(
    "container.DeviceMapping", *fields(STRING, "PathOnHost", "PathInContainer", "CgroupPermissions")
)
_DEVICE_REQUEST: Final = structure(
    "container.DeviceRequest",
    *fields(STRING, "Driver"),
    *fields(INT, "Count"),
    *fields(STRINGS, "DeviceIDs"),
    *fields(slice_of(STRINGS), "Capabilities"),
    *fields(STRING_MAP, "Options"),
)
_MOUNT: Final = structure(
    "mount.Mount",
    *fields(named(GoKind.STRING, "mount.Type"), "Type?"),
    *fields(STRING, "Source?", "Target?"),
    *fields(BOOL, "ReadOnly?"),
    *fields(named(GoKind.STRING, "mount.Consistency"), "Consistency?"),
    *fields(
        pointer_to(structure("mount.BindOptions", *fields(STRING, "Propagation?"), *fields(BOOL, "NonRecursive?"))),
        "BindOptions?",
    ),
    *fields(
        pointer_to(
            structure(
                "mount.VolumeOptions",
                *fields(BOOL, "NoCopy?"),
                *fields(STRING_MAP, "Labels?"),
                *fields(STRING, "Subpath?"),
                *fields(
                    pointer_to(structure("mount.Driver", *fields(STRING, "Name?"), *fields(STRING_MAP, "Options?"))),
                    "DriverConfig?",
                ),
            )
        ),
        "VolumeOptions?",
    ),
    *fields(
        pointer_to(structure("mount.TmpfsOptions", *fields(INT64, "SizeBytes?"), *fields(INT64, "Mode?"))),
        "TmpfsOptions?",
    ),
)
_RESOURCES: Final = structure(
    "container.Resources",
    *fields(INT64, "CPUShares=CpuShares", "Memory", "NanoCPUs=NanoCpus"),
    *fields(STRING, "CgroupParent"),
    *fields(UINT16, "BlkioWeight"),
    *fields(opaque("[]*blkiodev.WeightDevice"), "BlkioWeightDevice"),
    *fields(
        slice_of(pointer_to(_THROTTLE_DEVICE)),
        "BlkioDeviceReadBps", "BlkioDeviceWriteBps", "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps",
    ),
    *fields(
        INT64,
        "CPUPeriod=CpuPeriod", "CPUQuota=CpuQuota", "CPURealtimePeriod=CpuRealtimePeriod",
        "CPURealtimeRuntime=CpuRealtimeRuntime",
    ),
    *fields(STRING, "CpusetCpus", "CpusetMems"),
    *fields(slice_of(_DEVICE_MAPPING), "Devices"),
    *fields(STRINGS, "DeviceCgroupRules"),
    *fields(slice_of(_DEVICE_REQUEST), "DeviceRequests"),
    *fields(INT64, "KernelMemory?", "KernelMemoryTCP?", "MemoryReservation", "MemorySwap"),
    *fields(pointer_to(INT64), "MemorySwappiness"),
    *fields(pointer_to(BOOL), "OomKillDisable"),
    *fields(pointer_to(INT64), "PidsLimit"),
    *fields(opaque("[]*units.Ulimit"), "Ulimits"),
    *fields(INT64, "CPUCount=CpuCount", "CPUPercent=CpuPercent"),
    *fields(UINT64, "IOMaximumIOps", "IOMaximumBandwidth"),
)  # fmt: skip
HOST_CONFIG: Final = structure(
    "container.HostConfig",
    *fields(STRINGS, "Binds"),
    *fields(STRING, "ContainerIDFile"),
    *fields(structure("container.LogConfig", *fields(STRING, "Type"), *fields(STRING_MAP, "Config")), "LogConfig"),
    *fields(NETWORK_MODE, "NetworkMode"),
    *fields(PORT_MAP, "PortBindings"),
    *fields(
        structure(
            "container.RestartPolicy",
            *fields(named(GoKind.STRING, "container.RestartPolicyMode"), "Name"),
            *fields(INT, "MaximumRetryCount"),
        ),
        "RestartPolicy",
    ),
    *fields(BOOL, "AutoRemove"),
    *fields(STRING, "VolumeDriver"),
    *fields(STRINGS, "VolumesFrom"),
    *fields(array_of(UINT, 2), "ConsoleSize"),
    *fields(STRING_MAP, "Annotations?"),
    *fields(STR_SLICE, "CapAdd", "CapDrop"),
    *fields(named(GoKind.STRING, "container.CgroupnsMode"), "CgroupnsMode"),
    *fields(STRINGS, "DNS=Dns", "DNSOptions=DnsOptions", "DNSSearch=DnsSearch", "ExtraHosts", "GroupAdd"),
    *fields(named(GoKind.STRING, "container.IpcMode"), "IpcMode"),
    *fields(named(GoKind.STRING, "container.CgroupSpec"), "Cgroup"),
    *fields(STRINGS, "Links"),
    *fields(INT, "OomScoreAdj"),
    *fields(named(GoKind.STRING, "container.PidMode"), "PidMode"),
    *fields(BOOL, "Privileged", "PublishAllPorts", "ReadonlyRootfs"),
    *fields(STRINGS, "SecurityOpt"),
    *fields(STRING_MAP, "StorageOpt?", "Tmpfs?"),
    *fields(named(GoKind.STRING, "container.UTSMode"), "UTSMode"),
    *fields(named(GoKind.STRING, "container.UsernsMode"), "UsernsMode"),
    *fields(INT64, "ShmSize"),
    *fields(STRING_MAP, "Sysctls?"),
    *fields(STRING, "Runtime?"),
    *fields(named(GoKind.STRING, "container.Isolation"), "Isolation"),
    embedded("Resources", _RESOURCES),
    *fields(slice_of(_MOUNT), "Mounts?"),
    *fields(STRINGS, "MaskedPaths", "ReadonlyPaths"),
    *fields(pointer_to(BOOL), "Init?"),
)
DRIVER_DATA: Final = structure("storage.DriverData", *fields(STRING_MAP, "Data"), *fields(STRING, "Name"))
MOUNT_POINT: Final = structure(
    "container.MountPoint",
    *fields(named(GoKind.STRING, "mount.Type"), "Type?"),
    *fields(STRING, "Name?", "Source", "Destination", "Driver?", "Mode"),
    *fields(BOOL, "RW"),
    *fields(named(GoKind.STRING, "mount.Propagation"), "Propagation"),
)
_CONTAINER_BASE: Final = structure(
    "container.ContainerJSONBase",
    *fields(STRING, "ID=Id", "Created", "Path"),
    *fields(STRINGS, "Args"),
    *fields(pointer_to(STATE), "State"),
    *fields(STRING, "Image", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "Name"),
    *fields(INT, "RestartCount"),
    *fields(STRING, "Driver", "Platform", "MountLabel", "ProcessLabel", "AppArmorProfile"),
    *fields(STRINGS, "ExecIDs"),
    *fields(pointer_to(HOST_CONFIG), "HostConfig"),
    *fields(DRIVER_DATA, "GraphDriver"),
    *fields(pointer_to(INT64), "SizeRw?", "SizeRootFs?"),
)
CONTAINER: Final = structure(
    "container.InspectResponse",
    embedded("ContainerJSONBase", pointer_to(_CONTAINER_BASE)),
    *fields(slice_of(MOUNT_POINT), "Mounts"),
    *fields(pointer_to(CONFIG), "Config"),
    *fields(pointer_to(NETWORK_SETTINGS), "NetworkSettings"),
    *fields(opaque_pointer("v1.Descriptor"), "ImageManifestDescriptor?"),
)
