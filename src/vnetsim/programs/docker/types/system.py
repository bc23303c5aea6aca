"""api/types/system and events as the docker command (28.2.2) knows them.

Not modelled: the fields of what vnetsim's engine leaves empty (swarm).
"""

from __future__ import annotations

from typing import Final

from vnetsim.programs.docker.go.values import (
    ANY,
    BOOL,
    INT,
    INT64,
    STRING,
    STRING_MAP,
    STRINGS,
    GoKind,
    GoType,
    array_of,
    map_of,
    named,
    pointer_to,
    slice_of,
    structure,
)
from vnetsim.programs.docker.types.fields import embedded, fields, opaque, opaque_pointer

_CLIENT_VERSION: Final = structure(
    "system.clientVersion",
    *fields(pointer_to(structure("system.platformInfo", *fields(STRING, "Name?"))), "Platform?"),
    *fields(STRING, "Version?", "APIVersion=ApiVersion?", "DefaultAPIVersion?", "GitCommit?", "GoVersion?"),
    *fields(STRING, "Os?", "Arch?", "BuildTime?", "Context"),
)
_SERVER_VERSION: Final = structure(
    "types.Version",
    *fields(structure("struct { Name string }", *fields(STRING, "Name")), "Platform?"),
    *fields(
        slice_of(
            structure("types.ComponentVersion", *fields(STRING, "Name", "Version"), *fields(STRING_MAP, "Details?"))
        ),
        "Components?",
    ),
    *fields(STRING, "Version", "APIVersion=ApiVersion", "MinAPIVersion?", "GitCommit", "GoVersion", "Os", "Arch"),
    *fields(STRING, "KernelVersion?"),
    *fields(BOOL, "Experimental?"),
    *fields(STRING, "BuildTime?"),
)
VERSION: Final = structure(
    "system.versionInfo", *fields(_CLIENT_VERSION, "Client"), *fields(pointer_to(_SERVER_VERSION), "Server")
)
_RUNTIME: Final = structure(
    "system.Runtime",
    *fields(STRING, "Path=path?"),
    *fields(STRINGS, "Args=runtimeArgs?"),
    *fields(STRING, "Type=runtimeType?"),
    *fields(map_of(ANY), "Options=options?"),
)
_RUNTIME_WITH_STATUS: Final = structure(
    "system.RuntimeWithStatus", embedded("Runtime", _RUNTIME), *fields(STRING_MAP, "Status=status?")
)
_COMMIT: Final = structure("system.Commit", *fields(STRING, "ID", "Expected=Expected?"))
_SWARM: Final = structure(
    "swarm.Info",
    *fields(STRING, "NodeID", "NodeAddr"),
    *fields(named(GoKind.STRING, "swarm.LocalNodeState"), "LocalNodeState"),
    *fields(BOOL, "ControlAvailable"),
    *fields(STRING, "Error"),
    *fields(opaque("[]swarm.Peer"), "RemoteManagers"),
    *fields(INT, "Nodes?", "Managers?"),
    *fields(opaque_pointer("swarm.ClusterInfo"), "Cluster?"),
    *fields(STRINGS, "Warnings?"),
)
_PAIRS: Final = slice_of(array_of(STRING, 2))
_INFO: Final = structure(
    "system.Info",
    *fields(STRING, "ID"),
    *fields(INT, "Containers", "ContainersRunning", "ContainersPaused", "ContainersStopped", "Images"),
    *fields(STRING, "Driver"),
    *fields(_PAIRS, "DriverStatus", "SystemStatus?"),
    *fields(structure("system.PluginsInfo", *fields(STRINGS, "Volume", "Network", "Authorization", "Log")), "Plugins"),
    *fields(BOOL, "MemoryLimit", "SwapLimit", "KernelMemory?", "KernelMemoryTCP?"),
    *fields(BOOL, "CPUCfsPeriod=CpuCfsPeriod", "CPUCfsQuota=CpuCfsQuota", "CPUShares", "CPUSet", "PidsLimit"),
    *fields(BOOL, "IPv4Forwarding", "Debug"),
    *fields(INT, "NFd"),
    *fields(BOOL, "OomKillDisable"),
    *fields(INT, "NGoroutines"),
    *fields(STRING, "SystemTime", "LoggingDriver", "CgroupDriver", "CgroupVersion?"),
    *fields(INT, "NEventsListener"),
    *fields(STRING, "KernelVersion", "OperatingSystem", "OSVersion", "OSType", "Architecture", "IndexServerAddress"),
    *fields(pointer_to(GoType(GoKind.INTERFACE, "registry.ServiceConfig")), "RegistryConfig"),
    *fields(INT, "NCPU"),
    *fields(INT64, "MemTotal"),
    *fields(opaque("[]swarm.GenericResource"), "GenericResources"),
    *fields(STRING, "DockerRootDir", "HTTPProxy=HttpProxy", "HTTPSProxy=HttpsProxy", "NoProxy", "Name"),
    *fields(STRINGS, "Labels"),
    *fields(BOOL, "ExperimentalBuild"),
    *fields(STRING, "ServerVersion"),
    *fields(map_of(_RUNTIME_WITH_STATUS), "Runtimes"),
    *fields(STRING, "DefaultRuntime"),
    *fields(_SWARM, "Swarm"),
    *fields(BOOL, "LiveRestoreEnabled"),
    *fields(named(GoKind.STRING, "container.Isolation"), "Isolation"),
    *fields(STRING, "InitBinary"),
    *fields(_COMMIT, "ContainerdCommit", "RuncCommit", "InitCommit"),
    *fields(STRINGS, "SecurityOptions"),
    *fields(STRING, "ProductLicense?"),
    *fields(opaque("[]system.NetworkAddressPool"), "DefaultAddressPools?"),
    *fields(
        pointer_to(
            structure("system.FirewallInfo", *fields(STRING, "Driver"), *fields(slice_of(slice_of(STRING)), "Info?"))
        ),
        "FirewallBackend?",
    ),
    *fields(STRINGS, "CDISpecDirs"),
    *fields(opaque("[]system.DeviceInfo"), "DiscoveredDevices?"),
    *fields(
        pointer_to(
            structure(
                "system.ContainerdInfo",
                *fields(STRING, "Address?"),
                *fields(
                    structure("system.ContainerdNamespaces", *fields(STRING, "Containers", "Plugins")), "Namespaces"
                ),
            )
        ),
        "Containerd?",
    ),
    *fields(STRINGS, "Warnings"),
)
_CLIENT_INFO: Final = structure(
    "system.clientInfo",
    *fields(BOOL, "Debug"),
    embedded("clientVersion", _CLIENT_VERSION),
    *fields(opaque("[]manager.Plugin"), "Plugins"),
    *fields(STRINGS, "Warnings"),
)
INFO: Final = structure(
    "system.dockerInfo",
    embedded("Info", pointer_to(_INFO)),
    *fields(STRINGS, "ServerErrors?"),
    *fields(STRING, "UserName=-"),
    *fields(pointer_to(_CLIENT_INFO), "ClientInfo?"),
    *fields(STRINGS, "ClientErrors?"),
)
EVENT: Final = structure(
    "events.Message",
    *fields(STRING, "Status=status?", "ID=id?", "From=from?"),
    *fields(named(GoKind.STRING, "events.Type"), "Type"),
    *fields(named(GoKind.STRING, "events.Action"), "Action"),
    *fields(structure("events.Actor", *fields(STRING, "ID"), *fields(STRING_MAP, "Attributes")), "Actor"),
    *fields(STRING, "Scope=scope?"),
    *fields(INT64, "Time=time?", "TimeNano=timeNano?"),
)
