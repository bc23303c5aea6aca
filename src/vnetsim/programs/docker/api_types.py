"""The Go structures of the Engine API as the docker command (28.2.2) knows them.

Fields in their order with their names in Go and in JSON: a `--format` sees the former, `{{json .}}` prints the latter.
Types are those of github.com/docker/docker/api/types, asked from the client with `{{printf "%T" .}}`.
Not modelled: the insides of what vnetsim's engine leaves empty (devices, mounts, health checks, swarm).
"""

from __future__ import annotations

from typing import Final, cast

from vnetsim.programs.docker.go.times import TIME
from vnetsim.programs.docker.go.values import (
    ANY,
    BOOL,
    EMPTY_STRUCT,
    INT,
    INT64,
    STRING,
    STRING_MAP,
    STRINGS,
    UINT16,
    UINT64,
    GoField,
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


def _fields(kind: GoType, *names: str) -> tuple[GoField, ...]:
    """Fields of one type; `Name=json` where JSON has another name, `?` where it leaves out an empty one."""
    made = []
    for name in names:
        go_name, _, json_name = name.removesuffix("?").partition("=")
        made.append(GoField(go_name, kind, json_name or go_name, omit_empty=name.endswith("?")))
    return tuple(made)


def _embedded(name: str, kind: GoType) -> GoField:
    return GoField(name, kind, "")


UINT: Final = named(GoKind.UINT, "uint")
STR_SLICE: Final = slice_of(STRING, "strslice.StrSlice")
#: Types of which only emptiness is known.
_OPAQUE: Final = slice_of(ANY)


def _opaque(name: str) -> GoType:
    return slice_of(ANY, name)


def _opaque_pointer(name: str) -> GoType:
    return pointer_to(structure(name))


# --- container.HostConfig.NetworkMode and its methods ----------------------------------------------------------------


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

# --- ports and networks ----------------------------------------------------------------------------------------------

PORT: Final = named(GoKind.STRING, "nat.Port")
PORT_SET: Final = map_of(EMPTY_STRUCT, PORT, "nat.PortSet")
PORT_BINDING: Final = structure("nat.PortBinding", *_fields(STRING, "HostIP=HostIp", "HostPort"))
PORT_MAP: Final = map_of(slice_of(PORT_BINDING), PORT, "nat.PortMap")
ENDPOINT_IPAM: Final = structure(
    "network.EndpointIPAMConfig",
    *_fields(STRING, "IPv4Address?", "IPv6Address?"),
    *_fields(STRINGS, "LinkLocalIPs?"),
)
ENDPOINT: Final = structure(
    "network.EndpointSettings",
    *_fields(pointer_to(ENDPOINT_IPAM), "IPAMConfig"),
    *_fields(STRINGS, "Links", "Aliases"),
    *_fields(STRING, "MacAddress"),
    *_fields(STRING_MAP, "DriverOpts"),
    *_fields(INT, "GwPriority"),
    *_fields(STRING, "NetworkID", "EndpointID", "Gateway", "IPAddress"),
    *_fields(INT, "IPPrefixLen"),
    *_fields(STRING, "IPv6Gateway", "GlobalIPv6Address"),
    *_fields(INT, "GlobalIPv6PrefixLen"),
    *_fields(STRINGS, "DNSNames"),
)
_NETWORK_SETTINGS_BASE: Final = structure(
    "container.NetworkSettingsBase",
    *_fields(STRING, "Bridge", "SandboxID", "SandboxKey"),
    *_fields(PORT_MAP, "Ports"),
    *_fields(BOOL, "HairpinMode"),
    *_fields(STRING, "LinkLocalIPv6Address"),
    *_fields(INT, "LinkLocalIPv6PrefixLen"),
    *_fields(_opaque("[]network.Address"), "SecondaryIPAddresses", "SecondaryIPv6Addresses"),
)
_DEFAULT_NETWORK_SETTINGS: Final = structure(
    "container.DefaultNetworkSettings",
    *_fields(STRING, "EndpointID", "Gateway", "GlobalIPv6Address"),
    *_fields(INT, "GlobalIPv6PrefixLen"),
    *_fields(STRING, "IPAddress"),
    *_fields(INT, "IPPrefixLen"),
    *_fields(STRING, "IPv6Gateway", "MacAddress"),
)
NETWORK_SETTINGS: Final = structure(
    "container.NetworkSettings",
    _embedded("NetworkSettingsBase", _NETWORK_SETTINGS_BASE),
    _embedded("DefaultNetworkSettings", _DEFAULT_NETWORK_SETTINGS),
    *_fields(map_of(pointer_to(ENDPOINT)), "Networks"),
)

IPAM_CONFIG: Final = structure(
    "network.IPAMConfig",
    *_fields(STRING, "Subnet?", "IPRange?", "Gateway?"),
    *_fields(STRING_MAP, "AuxAddress=AuxiliaryAddresses?"),
)
IPAM: Final = structure(
    "network.IPAM",
    *_fields(STRING, "Driver"),
    *_fields(STRING_MAP, "Options"),
    *_fields(slice_of(IPAM_CONFIG), "Config"),
)
ENDPOINT_RESOURCE: Final = structure(
    "network.EndpointResource", *_fields(STRING, "Name", "EndpointID", "MacAddress", "IPv4Address", "IPv6Address")
)
NETWORK: Final = structure(
    "network.Inspect",
    *_fields(STRING, "Name", "ID=Id"),
    *_fields(TIME, "Created"),
    *_fields(STRING, "Scope", "Driver"),
    *_fields(BOOL, "EnableIPv4", "EnableIPv6"),
    *_fields(IPAM, "IPAM"),
    *_fields(BOOL, "Internal", "Attachable", "Ingress"),
    *_fields(structure("network.ConfigReference", *_fields(STRING, "Network")), "ConfigFrom"),
    *_fields(BOOL, "ConfigOnly"),
    *_fields(map_of(ENDPOINT_RESOURCE), "Containers"),
    *_fields(STRING_MAP, "Options", "Labels"),
    *_fields(_opaque("[]network.PeerInfo"), "Peers?"),
    *_fields(map_of(structure("network.ServiceInfo")), "Services?"),
)

# --- containers ------------------------------------------------------------------------------------------------------

STATE: Final = structure(
    "container.State",
    *_fields(STRING, "Status"),
    *_fields(BOOL, "Running", "Paused", "Restarting", "OOMKilled", "Dead"),
    *_fields(INT, "Pid", "ExitCode"),
    *_fields(STRING, "Error", "StartedAt", "FinishedAt"),
    *_fields(_opaque_pointer("container.Health"), "Health?"),
)
CONFIG: Final = structure(
    "container.Config",
    *_fields(STRING, "Hostname", "Domainname", "User"),
    *_fields(BOOL, "AttachStdin", "AttachStdout", "AttachStderr"),
    *_fields(PORT_SET, "ExposedPorts?"),
    *_fields(BOOL, "Tty", "OpenStdin", "StdinOnce"),
    *_fields(STRINGS, "Env"),
    *_fields(STR_SLICE, "Cmd"),
    *_fields(_opaque_pointer("v1.HealthcheckConfig"), "Healthcheck?"),
    *_fields(BOOL, "ArgsEscaped?"),
    *_fields(STRING, "Image"),
    *_fields(map_of(EMPTY_STRUCT), "Volumes"),
    *_fields(STRING, "WorkingDir"),
    *_fields(STR_SLICE, "Entrypoint"),
    *_fields(BOOL, "NetworkDisabled?"),
    *_fields(STRING, "MacAddress?"),
    *_fields(STRINGS, "OnBuild"),
    *_fields(STRING_MAP, "Labels"),
    *_fields(STRING, "StopSignal?"),
    *_fields(pointer_to(INT), "StopTimeout?"),
    *_fields(STR_SLICE, "Shell?"),
)
_RESOURCES: Final = structure(
    "container.Resources",
    *_fields(INT64, "CPUShares=CpuShares", "Memory", "NanoCPUs=NanoCpus"),
    *_fields(STRING, "CgroupParent"),
    *_fields(UINT16, "BlkioWeight"),
    *_fields(_opaque("[]*blkiodev.WeightDevice"), "BlkioWeightDevice"),
    *_fields(
        _opaque("[]*blkiodev.ThrottleDevice"),
        "BlkioDeviceReadBps", "BlkioDeviceWriteBps", "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps",
    ),
    *_fields(
        INT64,
        "CPUPeriod=CpuPeriod", "CPUQuota=CpuQuota", "CPURealtimePeriod=CpuRealtimePeriod",
        "CPURealtimeRuntime=CpuRealtimeRuntime",
    ),
    *_fields(STRING, "CpusetCpus", "CpusetMems"),
    *_fields(_opaque("[]container.DeviceMapping"), "Devices"),
    *_fields(STRINGS, "DeviceCgroupRules"),
    *_fields(_opaque("[]container.DeviceRequest"), "DeviceRequests"),
    *_fields(INT64, "KernelMemory?", "KernelMemoryTCP?", "MemoryReservation", "MemorySwap"),
    *_fields(pointer_to(INT64), "MemorySwappiness"),
    *_fields(pointer_to(BOOL), "OomKillDisable"),
    *_fields(pointer_to(INT64), "PidsLimit"),
    *_fields(_opaque("[]*units.Ulimit"), "Ulimits"),
    *_fields(INT64, "CPUCount=CpuCount", "CPUPercent=CpuPercent"),
    *_fields(UINT64, "IOMaximumIOps", "IOMaximumBandwidth"),
)  # fmt: skip
HOST_CONFIG: Final = structure(
    "container.HostConfig",
    *_fields(STRINGS, "Binds"),
    *_fields(STRING, "ContainerIDFile"),
    *_fields(structure("container.LogConfig", *_fields(STRING, "Type"), *_fields(STRING_MAP, "Config")), "LogConfig"),
    *_fields(NETWORK_MODE, "NetworkMode"),
    *_fields(PORT_MAP, "PortBindings"),
    *_fields(
        structure(
            "container.RestartPolicy",
            *_fields(named(GoKind.STRING, "container.RestartPolicyMode"), "Name"),
            *_fields(INT, "MaximumRetryCount"),
        ),
        "RestartPolicy",
    ),
    *_fields(BOOL, "AutoRemove"),
    *_fields(STRING, "VolumeDriver"),
    *_fields(STRINGS, "VolumesFrom"),
    *_fields(array_of(UINT, 2), "ConsoleSize"),
    *_fields(STRING_MAP, "Annotations?"),
    *_fields(STR_SLICE, "CapAdd", "CapDrop"),
    *_fields(named(GoKind.STRING, "container.CgroupnsMode"), "CgroupnsMode"),
    *_fields(STRINGS, "DNS=Dns", "DNSOptions=DnsOptions", "DNSSearch=DnsSearch", "ExtraHosts", "GroupAdd"),
    *_fields(named(GoKind.STRING, "container.IpcMode"), "IpcMode"),
    *_fields(named(GoKind.STRING, "container.CgroupSpec"), "Cgroup"),
    *_fields(STRINGS, "Links"),
    *_fields(INT, "OomScoreAdj"),
    *_fields(named(GoKind.STRING, "container.PidMode"), "PidMode"),
    *_fields(BOOL, "Privileged", "PublishAllPorts", "ReadonlyRootfs"),
    *_fields(STRINGS, "SecurityOpt"),
    *_fields(STRING_MAP, "StorageOpt?", "Tmpfs?"),
    *_fields(named(GoKind.STRING, "container.UTSMode"), "UTSMode"),
    *_fields(named(GoKind.STRING, "container.UsernsMode"), "UsernsMode"),
    *_fields(INT64, "ShmSize"),
    *_fields(STRING_MAP, "Sysctls?"),
    *_fields(STRING, "Runtime?"),
    *_fields(named(GoKind.STRING, "container.Isolation"), "Isolation"),
    _embedded("Resources", _RESOURCES),
    *_fields(_opaque("[]mount.Mount"), "Mounts?"),
    *_fields(STRINGS, "MaskedPaths", "ReadonlyPaths"),
    *_fields(pointer_to(BOOL), "Init?"),
)
DRIVER_DATA: Final = structure("storage.DriverData", *_fields(STRING_MAP, "Data"), *_fields(STRING, "Name"))
MOUNT_POINT: Final = structure(
    "container.MountPoint",
    *_fields(named(GoKind.STRING, "mount.Type"), "Type?"),
    *_fields(STRING, "Name?", "Source", "Destination", "Driver?", "Mode"),
    *_fields(BOOL, "RW"),
    *_fields(named(GoKind.STRING, "mount.Propagation"), "Propagation"),
)
_CONTAINER_BASE: Final = structure(
    "container.ContainerJSONBase",
    *_fields(STRING, "ID=Id", "Created", "Path"),
    *_fields(STRINGS, "Args"),
    *_fields(pointer_to(STATE), "State"),
    *_fields(STRING, "Image", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "Name"),
    *_fields(INT, "RestartCount"),
    *_fields(STRING, "Driver", "Platform", "MountLabel", "ProcessLabel", "AppArmorProfile"),
    *_fields(STRINGS, "ExecIDs"),
    *_fields(pointer_to(HOST_CONFIG), "HostConfig"),
    *_fields(DRIVER_DATA, "GraphDriver"),
    *_fields(pointer_to(INT64), "SizeRw?", "SizeRootFs?"),
)
CONTAINER: Final = structure(
    "container.InspectResponse",
    _embedded("ContainerJSONBase", pointer_to(_CONTAINER_BASE)),
    *_fields(slice_of(MOUNT_POINT), "Mounts"),
    *_fields(pointer_to(CONFIG), "Config"),
    *_fields(pointer_to(NETWORK_SETTINGS), "NetworkSettings"),
    *_fields(_opaque_pointer("v1.Descriptor"), "ImageManifestDescriptor?"),
)

# --- images ----------------------------------------------------------------------------------------------------------

_IMAGE_CONFIG: Final = structure(
    "v1.ImageConfig",
    *_fields(STRING, "User?"),
    *_fields(map_of(EMPTY_STRUCT), "ExposedPorts?"),
    *_fields(STRINGS, "Env?", "Entrypoint?", "Cmd?"),
    *_fields(map_of(EMPTY_STRUCT), "Volumes?"),
    *_fields(STRING, "WorkingDir?"),
    *_fields(STRING_MAP, "Labels?"),
    *_fields(STRING, "StopSignal?"),
    *_fields(BOOL, "ArgsEscaped?"),
)
_IMAGE_CONFIG_EXTENSION: Final = structure(
    "v1.DockerOCIImageConfigExt",
    *_fields(_opaque_pointer("v1.HealthcheckConfig"), "Healthcheck?"),
    *_fields(STRINGS, "OnBuild?", "Shell?"),
)
_DOCKER_IMAGE_CONFIG: Final = structure(
    "v1.DockerOCIImageConfig",
    _embedded("ImageConfig", _IMAGE_CONFIG),
    _embedded("DockerOCIImageConfigExt", _IMAGE_CONFIG_EXTENSION),
)
IMAGE: Final = structure(
    "image.InspectResponse",
    *_fields(STRING, "ID=Id"),
    *_fields(STRINGS, "RepoTags", "RepoDigests"),
    *_fields(STRING, "Parent", "Comment", "Created?", "Container?"),
    *_fields(pointer_to(CONFIG), "ContainerConfig?"),
    *_fields(STRING, "DockerVersion", "Author"),
    *_fields(pointer_to(_DOCKER_IMAGE_CONFIG), "Config"),
    *_fields(STRING, "Architecture", "Variant?", "Os", "OsVersion?"),
    *_fields(INT64, "Size", "VirtualSize?"),
    *_fields(DRIVER_DATA, "GraphDriver"),
    *_fields(structure("image.RootFS", *_fields(STRING, "Type?"), *_fields(STRINGS, "Layers?")), "RootFS"),
    *_fields(structure("image.Metadata", *_fields(TIME, "LastTagTime?")), "Metadata"),
    *_fields(_opaque_pointer("v1.Descriptor"), "Descriptor?"),
    *_fields(_opaque("[]image.ManifestSummary"), "Manifests?"),
)

# --- the engine's version, state and events --------------------------------------------------------------------------

_CLIENT_VERSION: Final = structure(
    "system.clientVersion",
    *_fields(pointer_to(structure("system.platformInfo", *_fields(STRING, "Name?"))), "Platform?"),
    *_fields(STRING, "Version?", "APIVersion=ApiVersion?", "DefaultAPIVersion?", "GitCommit?", "GoVersion?"),
    *_fields(STRING, "Os?", "Arch?", "BuildTime?", "Context"),
)
_SERVER_VERSION: Final = structure(
    "types.Version",
    *_fields(structure("struct { Name string }", *_fields(STRING, "Name")), "Platform?"),
    *_fields(
        slice_of(
            structure("types.ComponentVersion", *_fields(STRING, "Name", "Version"), *_fields(STRING_MAP, "Details?"))
        ),
        "Components?",
    ),
    *_fields(STRING, "Version", "APIVersion=ApiVersion", "MinAPIVersion?", "GitCommit", "GoVersion", "Os", "Arch"),
    *_fields(STRING, "KernelVersion?"),
    *_fields(BOOL, "Experimental?"),
    *_fields(STRING, "BuildTime?"),
)
VERSION: Final = structure(
    "system.versionInfo", *_fields(_CLIENT_VERSION, "Client"), *_fields(pointer_to(_SERVER_VERSION), "Server")
)

_RUNTIME: Final = structure(
    "system.Runtime",
    *_fields(STRING, "Path=path?"),
    *_fields(STRINGS, "Args=runtimeArgs?"),
    *_fields(STRING, "Type=runtimeType?"),
    *_fields(map_of(ANY), "Options=options?"),
)
_RUNTIME_WITH_STATUS: Final = structure(
    "system.RuntimeWithStatus", _embedded("Runtime", _RUNTIME), *_fields(STRING_MAP, "Status=status?")
)
_COMMIT: Final = structure("system.Commit", *_fields(STRING, "ID", "Expected=Expected?"))
_SWARM: Final = structure(
    "swarm.Info",
    *_fields(STRING, "NodeID", "NodeAddr"),
    *_fields(named(GoKind.STRING, "swarm.LocalNodeState"), "LocalNodeState"),
    *_fields(BOOL, "ControlAvailable"),
    *_fields(STRING, "Error"),
    *_fields(_opaque("[]swarm.Peer"), "RemoteManagers"),
    *_fields(INT, "Nodes?", "Managers?"),
    *_fields(_opaque_pointer("swarm.ClusterInfo"), "Cluster?"),
    *_fields(STRINGS, "Warnings?"),
)
_PAIRS: Final = slice_of(array_of(STRING, 2))
_INFO: Final = structure(
    "system.Info",
    *_fields(STRING, "ID"),
    *_fields(INT, "Containers", "ContainersRunning", "ContainersPaused", "ContainersStopped", "Images"),
    *_fields(STRING, "Driver"),
    *_fields(_PAIRS, "DriverStatus", "SystemStatus?"),
    *_fields(
        structure("system.PluginsInfo", *_fields(STRINGS, "Volume", "Network", "Authorization", "Log")), "Plugins"
    ),
    *_fields(BOOL, "MemoryLimit", "SwapLimit", "KernelMemory?", "KernelMemoryTCP?"),
    *_fields(BOOL, "CPUCfsPeriod=CpuCfsPeriod", "CPUCfsQuota=CpuCfsQuota", "CPUShares", "CPUSet", "PidsLimit"),
    *_fields(BOOL, "IPv4Forwarding", "Debug"),
    *_fields(INT, "NFd"),
    *_fields(BOOL, "OomKillDisable"),
    *_fields(INT, "NGoroutines"),
    *_fields(STRING, "SystemTime", "LoggingDriver", "CgroupDriver", "CgroupVersion?"),
    *_fields(INT, "NEventsListener"),
    *_fields(STRING, "KernelVersion", "OperatingSystem", "OSVersion", "OSType", "Architecture", "IndexServerAddress"),
    *_fields(pointer_to(GoType(GoKind.INTERFACE, "registry.ServiceConfig")), "RegistryConfig"),
    *_fields(INT, "NCPU"),
    *_fields(INT64, "MemTotal"),
    *_fields(_opaque("[]swarm.GenericResource"), "GenericResources"),
    *_fields(STRING, "DockerRootDir", "HTTPProxy=HttpProxy", "HTTPSProxy=HttpsProxy", "NoProxy", "Name"),
    *_fields(STRINGS, "Labels"),
    *_fields(BOOL, "ExperimentalBuild"),
    *_fields(STRING, "ServerVersion"),
    *_fields(map_of(_RUNTIME_WITH_STATUS), "Runtimes"),
    *_fields(STRING, "DefaultRuntime"),
    *_fields(_SWARM, "Swarm"),
    *_fields(BOOL, "LiveRestoreEnabled"),
    *_fields(named(GoKind.STRING, "container.Isolation"), "Isolation"),
    *_fields(STRING, "InitBinary"),
    *_fields(_COMMIT, "ContainerdCommit", "RuncCommit", "InitCommit"),
    *_fields(STRINGS, "SecurityOptions"),
    *_fields(STRING, "ProductLicense?"),
    *_fields(_opaque("[]system.NetworkAddressPool"), "DefaultAddressPools?"),
    *_fields(
        pointer_to(
            structure("system.FirewallInfo", *_fields(STRING, "Driver"), *_fields(slice_of(slice_of(STRING)), "Info?"))
        ),
        "FirewallBackend?",
    ),
    *_fields(STRINGS, "CDISpecDirs"),
    *_fields(_opaque("[]system.DeviceInfo"), "DiscoveredDevices?"),
    *_fields(
        pointer_to(
            structure(
                "system.ContainerdInfo",
                *_fields(STRING, "Address?"),
                *_fields(
                    structure("system.ContainerdNamespaces", *_fields(STRING, "Containers", "Plugins")), "Namespaces"
                ),
            )
        ),
        "Containerd?",
    ),
    *_fields(STRINGS, "Warnings"),
)
_CLIENT_INFO: Final = structure(
    "system.clientInfo",
    *_fields(BOOL, "Debug"),
    _embedded("clientVersion", _CLIENT_VERSION),
    *_fields(_opaque("[]manager.Plugin"), "Plugins"),
    *_fields(STRINGS, "Warnings"),
)
INFO: Final = structure(
    "system.dockerInfo",
    _embedded("Info", pointer_to(_INFO)),
    *_fields(STRINGS, "ServerErrors?"),
    *_fields(STRING, "UserName=-"),
    *_fields(pointer_to(_CLIENT_INFO), "ClientInfo?"),
    *_fields(STRINGS, "ClientErrors?"),
)

EVENT: Final = structure(
    "events.Message",
    *_fields(STRING, "Status=status?", "ID=id?", "From=from?"),
    *_fields(named(GoKind.STRING, "events.Type"), "Type"),
    *_fields(named(GoKind.STRING, "events.Action"), "Action"),
    *_fields(structure("events.Actor", *_fields(STRING, "ID"), *_fields(STRING_MAP, "Attributes")), "Actor"),
    *_fields(STRING, "Scope=scope?"),
    *_fields(INT64, "Time=time?", "TimeNano=timeNano?"),
)
