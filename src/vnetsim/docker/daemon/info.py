"""Version and info (daemon/info.go of moby 28.5).

Not modelled: Swarm, plugins, storage; their fields are those of an engine without them.
"""

from __future__ import annotations

from typing import Final

from vnetsim.docker import images
from vnetsim.docker.api.types import Json
from vnetsim.docker.daemon.daemon import Daemon
from vnetsim.docker.gotypes import timestamp

API_VERSION: Final = "1.51"
OLDEST_API_VERSION: Final = "1.24"
GO_VERSION: Final = "go1.27.1"
GIT_COMMIT: Final = "3ef3c07c883be49a2e8097bcf6d2952fce1d70eb"
KERNEL: Final = "6.18.44"
_BUILD_TIME: Final = "2026-09-15T11:02:57.000000000+00:00"
_LOG_DRIVERS: Final = ("awslogs", "fluentd", "gelf", "journald", "json-file", "local", "splunk", "syslog")
_NETWORK_DRIVERS: Final = ("bridge", "host", "ipvlan", "macvlan", "null", "overlay")


def version() -> Json:
    details = {
        "ApiVersion": API_VERSION, "Arch": "amd64", "BuildTime": _BUILD_TIME, "Experimental": "false",
        "GitCommit": GIT_COMMIT, "GoVersion": GO_VERSION, "KernelVersion": KERNEL,
        "MinAPIVersion": OLDEST_API_VERSION, "Os": "linux",
    }  # fmt: skip
    others = (("containerd", "2.1.9+unknown", ""), ("runc", "1.3.6+ds1", "1.3.6+ds1-1"), ("docker-init", "0.19.0", ""))
    return {
        "Platform": {"Name": ""},
        "Components": [
            {"Name": "Engine", "Version": images.VERSION, "Details": details},
            *({"Name": name, "Version": number, "Details": {"GitCommit": commit}} for name, number, commit in others),
        ],
        "Version": images.VERSION,
        "ApiVersion": API_VERSION,
        "MinAPIVersion": OLDEST_API_VERSION,
        "GitCommit": GIT_COMMIT,
        "GoVersion": GO_VERSION,
        "Os": "linux",
        "Arch": "amd64",
        "KernelVersion": KERNEL,
        "BuildTime": _BUILD_TIME,
    }


def info(daemon: Daemon, engine_id: str) -> Json:
    return {
        "ID": engine_id,
        **_counts(daemon),
        "Driver": "overlay2",
        "DriverStatus": _STORAGE,
        "Plugins": {
            "Volume": ["local"],
            "Network": list(_NETWORK_DRIVERS),
            "Authorization": None,
            "Log": list(_LOG_DRIVERS),
        },
        **dict.fromkeys(_LIMITS, True),
        "IPv4Forwarding": daemon.host.sysctl("net/ipv4/ip_forward") == "1",
        "Debug": daemon.options.debug,
        "NFd": 23,
        "OomKillDisable": True,
        "NGoroutines": 45,
        "SystemTime": timestamp(daemon.now()),
        "LoggingDriver": "json-file",
        "CgroupDriver": "cgroupfs",
        "CgroupVersion": "1",
        "NEventsListener": 0,
        **_host(daemon),
        **_RUNTIME,
    }


def _counts(daemon: Daemon) -> Json:
    statuses = [container.state.status for container in daemon.containers]
    running, paused = statuses.count("running"), statuses.count("paused")
    return {
        "Containers": len(statuses),
        "ContainersRunning": running,
        "ContainersPaused": paused,
        "ContainersStopped": len(statuses) - running - paused,
        "Images": len(daemon.images.every_image()),
    }


_LIMITS: Final = (
    "MemoryLimit", "SwapLimit", "KernelMemoryTCP", "CpuCfsPeriod", "CpuCfsQuota", "CPUShares", "CPUSet", "PidsLimit",
)  # fmt: skip
_STORAGE: Final = [
    ["Backing Filesystem", "extfs"],
    ["Supports d_type", "true"],
    ["Using metacopy", "false"],
    ["Native Overlay Diff", "true"],
    ["userxattr", "false"],
]


def _host(daemon: Daemon) -> Json:
    return {
        "KernelVersion": KERNEL, "OperatingSystem": "Debian GNU/Linux forky/sid", "OSVersion": "", "OSType": "linux",
        "Architecture": "x86_64", "IndexServerAddress": "https://registry.invalid/v1/",
        "RegistryConfig": {
            "IndexConfigs": {"docker.io": {"Mirrors": [], "Name": "docker.io", "Official": True, "Secure": True}},
            "InsecureRegistryCIDRs": ["::1/128", "127.0.0.0/8"], "Mirrors": None,
        },
        "NCPU": 2, "MemTotal": 4_294_967_296, "GenericResources": None, "DockerRootDir": "/var/lib/docker",
        "HttpProxy": "", "HttpsProxy": "", "NoProxy": "", "Name": daemon.machine.hostname, "Labels": [],
        "ExperimentalBuild": False, "ServerVersion": images.VERSION,
    }  # fmt: skip


_RUNTIME: Final[Json] = {
    "Runtimes": {"io.containerd.runc.v2": {"path": "runc"}, "runc": {"path": "runc"}}, "DefaultRuntime": "runc",
    "Swarm": {
        "NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": False, "Error": "",
        "RemoteManagers": None,
    },
    "LiveRestoreEnabled": False, "Isolation": "", "InitBinary": "docker-init", "ContainerdCommit": {"ID": ""},
    "RuncCommit": {"ID": "1.3.6+ds1-1"}, "InitCommit": {"ID": ""}, "SecurityOptions": ["name=seccomp,profile=builtin"],
    "FirewallBackend": {"Driver": "iptables"}, "CDISpecDirs": ["/etc/cdi", "/var/run/cdi"],
    "Containerd": {
        "Address": "/var/run/docker/containerd/containerd.sock",
        "Namespaces": {"Containers": "moby", "Plugins": "plugins.moby"},
    },
    "Warnings": None,
}  # fmt: skip
