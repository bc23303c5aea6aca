"""A container's Config and HostConfig: all keys in the order in which they are printed, and what may not go together.

Follows api/types/container (Config, HostConfig), runconfig and daemon/create.go of moby 28.5.

Not modelled: volumes, devices, security options; resource limits are judged, stored and shown, and limit nothing.
"""

from __future__ import annotations

import copy
from typing import Any, Final

from vnetsim.digits import is_digits
from vnetsim.docker import resources
from vnetsim.docker.api import Json
from vnetsim.docker.images import Image
from vnetsim.docker.portmap import Port
from vnetsim.errors import EngineError, NotModelled
from vnetsim.wire.inet import parse_address

_MASKED: Final = [
    "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
    "/sys/devices/virtual/powercap",
]  # fmt: skip
_READ_ONLY: Final = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]

#: As `docker run` without options leaves it.
_HOST_CONFIG: Final[Json] = {
    "Binds": None, "ContainerIDFile": "", "LogConfig": {"Type": "json-file", "Config": {}}, "NetworkMode": "bridge",
    "PortBindings": {}, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "AutoRemove": False,
    "VolumeDriver": "", "VolumesFrom": None, "ConsoleSize": [0, 0], "Annotations": None, "CapAdd": None,
    "CapDrop": None,
    "CgroupnsMode": "host", "Dns": [], "DnsOptions": [], "DnsSearch": [], "ExtraHosts": None, "GroupAdd": None,
    "IpcMode": "private", "Cgroup": "", "Links": None, "OomScoreAdj": 0, "PidMode": "", "Privileged": False,
    "PublishAllPorts": False, "ReadonlyRootfs": False, "SecurityOpt": None, "UTSMode": "", "UsernsMode": "",
    "ShmSize": 67108864, "Sysctls": None, "Runtime": "runc", "Init": None, "Isolation": "",
    "CpuShares": 0, "Memory": 0, "NanoCpus": 0, "CgroupParent": "",
    "BlkioWeight": 0, "BlkioWeightDevice": [], "BlkioDeviceReadBps": [],
    "BlkioDeviceWriteBps": [], "BlkioDeviceReadIOps": [], "BlkioDeviceWriteIOps": [], "CpuPeriod": 0, "CpuQuota": 0,
    "CpuRealtimePeriod": 0, "CpuRealtimeRuntime": 0, "CpusetCpus": "", "CpusetMems": "", "Devices": [],
    "DeviceCgroupRules": None, "DeviceRequests": None, "MemoryReservation": 0, "MemorySwap": 0,
    "MemorySwappiness": None, "OomKillDisable": False, "PidsLimit": None, "Ulimits": [], "CpuCount": 0,
    "CpuPercent": 0, "IOMaximumIOps": 0, "IOMaximumBandwidth": 0, "MaskedPaths": _MASKED,
    "ReadonlyPaths": _READ_ONLY,
}  # fmt: skip

#: How the client says that there is no limit.
_NO_LIMIT: Final = (("PidsLimit", 0), ("MemorySwappiness", -1))

#: Keys that are left out where nothing was said.
_HIDDEN_WHEN_EMPTY: Final = ("Sysctls", "Init", "Annotations")

_CONFIG: Final[Json] = {
    "Hostname": "", "Domainname": "", "User": "", "AttachStdin": False, "AttachStdout": False, "AttachStderr": False,
    "ExposedPorts": None, "Tty": False, "OpenStdin": False, "StdinOnce": False, "Env": [], "Cmd": None, "Image": "",
    "Volumes": None, "WorkingDir": "", "Entrypoint": None, "MacAddress": "", "OnBuild": None, "Labels": {},
    "StopSignal": "", "StopTimeout": None, "Shell": None,
}  # fmt: skip
_CONFIG_HIDDEN_WHEN_EMPTY: Final = ("ExposedPorts", "MacAddress", "StopSignal", "StopTimeout", "Shell")

#: What containers may do unless told otherwise, as far as networks are concerned.
DEFAULT_CAPABILITIES: Final = frozenset(("NET_BIND_SERVICE", "NET_RAW"))


def _known(template: Json, body: Json) -> Json:
    """`template` with what `body` says, in the template's order; a null in `body` says nothing."""
    said = {key: copy.deepcopy(body[key]) for key in template if body.get(key) is not None}
    return {**copy.deepcopy(template), **said}


def host_config(body: Json) -> Json:
    config = _known(_HOST_CONFIG, body.get("HostConfig") or {})
    if config["NetworkMode"] in ("", "default"):
        config["NetworkMode"] = "bridge"
    if not config["RestartPolicy"].get("Name"):
        config["RestartPolicy"] = {"Name": "no", "MaximumRetryCount": 0}
    config["PortBindings"] = dict(sorted((config["PortBindings"] or {}).items()))
    resources.adapt(config)
    for key, nothing in _NO_LIMIT:
        if config[key] == nothing:
            config[key] = None
    if config["Privileged"]:
        resources.disable_labels(config)
        config["MaskedPaths"] = config["ReadonlyPaths"] = None
    return config


def shown_host_config(config: Json, links: list[str]) -> Json:
    shown = {key: value for key, value in config.items() if value is not None or key not in _HIDDEN_WHEN_EMPTY}
    return {**shown, "Links": links or None}


def merged_config(body: Json, image: Image) -> Json:
    """What was asked for over what the image says; EngineError if there is no command then."""
    config = _known(_CONFIG, body)
    exposed = {str(Port.parse(port)) for port in (*(config["ExposedPorts"] or ()), *image.exposed)}
    config["ExposedPorts"] = {port: {} for port in sorted(exposed)} or None
    config["Volumes"] = config["Volumes"] or None
    config["Env"] = _merged_environment(config["Env"] or [], image.environment)
    if not config["Cmd"] and not config["Entrypoint"]:
        config["Cmd"] = list(image.command)
    if config["Entrypoint"] == [""]:
        config["Entrypoint"] = None
    if not config["Cmd"] and not config["Entrypoint"]:
        raise EngineError(400, "no command specified")
    return config


def _merged_environment(said: list[str], image: tuple[str, ...]) -> list[str]:
    names = {variable.partition("=")[0] for variable in said}
    return [*said, *(variable for variable in image if variable.partition("=")[0] not in names)]


def shown_config(config: Json) -> Json:
    empty = {key for key in _CONFIG_HIDDEN_WHEN_EMPTY if config[key] in (None, "", {})}
    return {key: value for key, value in config.items() if key not in empty}


def command_of(config: Json) -> list[str]:
    return [*(config["Entrypoint"] or []), *(config["Cmd"] or [])]


def capabilities(config: Json, *, privileged: bool = False) -> frozenset[str] | None:
    """Names without CAP_; None: all."""
    if privileged or config["Privileged"]:
        return None
    added = {_capability(name) for name in config["CapAdd"] or ()}
    dropped = {_capability(name) for name in config["CapDrop"] or ()}
    if "ALL" in added:
        return None if not dropped else frozenset(("NET_ADMIN", *DEFAULT_CAPABILITIES)) - dropped
    kept: frozenset[str] = frozenset() if "ALL" in dropped else DEFAULT_CAPABILITIES
    return (kept - dropped) | added


def _capability(name: str) -> str:
    return name.upper().removeprefix("CAP_")


# --- what may not go together ----------------------------------------------------------------------------------------


def check_modes(body: Json, config: Json) -> None:
    """runconfig.validateNetMode, on the request's own words: EngineError 400."""
    mode = config["NetworkMode"]
    if mode == "container" or mode.startswith("container:"):
        for wrong, words in _container_mode_conflicts(mode, body, config):
            if wrong:
                raise EngineError(400, words)
    if config["UTSMode"] == "host" and body.get("Hostname"):
        raise EngineError(400, "conflicting options: hostname and the UTS mode")
    if mode == "host" and config["Links"]:
        raise EngineError(400, HOST_AND_LINKS)


HOST_AND_LINKS: Final = (
    "conflicting options: host type networking can't be used with links. This would result in undefined behavior"
)


def _container_mode_conflicts(mode: str, body: Json, config: Json) -> list[tuple[Any, str]]:
    prefix = "conflicting options: "
    links = "container type network can't be used with links. This would result in undefined behavior"
    return [
        (not mode.partition(":")[2], "invalid network mode: invalid container format container:<name|id>"),
        (body.get("Hostname"), f"{prefix}hostname and the network mode"),
        (config["Links"], prefix + links),
        (config["Dns"], f"{prefix}dns and the network mode"),
        (config["ExtraHosts"], f"{prefix}custom host-to-IP mapping and the network mode"),
        (
            config["PortBindings"] or config["PublishAllPorts"],
            f"{prefix}port publishing and the container type network mode",
        ),
        (body.get("ExposedPorts"), f"{prefix}port exposing and the container type network mode"),
    ]


#: What a program in the container would see and this engine does not do.
_ABSENT: Final = {
    "Binds": "docker run --volume", "Mounts": "docker run --mount", "VolumesFrom": "docker run --volumes-from",
    "Tmpfs": "docker run --tmpfs", "UsernsMode": "docker run --userns",
}  # fmt: skip


_DEVICES: Final = ("Devices", "DeviceCgroupRules", "DeviceRequests")


def check_fields(body: Json) -> None:
    """NotModelled for what the API takes and this engine does not know, or cannot give: health checks, devices."""
    host_config: Json = body.get("HostConfig") or {}
    unknown = [key for key in body if key not in (*_CONFIG, "HostConfig", "NetworkingConfig") and body[key]]
    unknown += [f"HostConfig.{key}" for key in host_config if key not in (*_HOST_CONFIG, *_ABSENT) and host_config[key]]
    unknown += [f"HostConfig.{key}" for key in _DEVICES if host_config.get(key)]
    for name in unknown:
        raise NotModelled(f"{name} of a container")


def check_user(user: str) -> None:
    """NotModelled: all processes are root's, who may do what others may not."""
    if any(part not in ("", "0", "root") for part in user.split(":")):
        raise NotModelled(f"--user {user}: programs run as root")


def check_security(config: Json) -> None:
    """NotModelled for profiles that may forbid, or allow, what containers do with their network."""
    for option in config["SecurityOpt"] or ():
        name, _, value = option.replace(":", "=", 1).partition("=")
        if name in ("apparmor", "seccomp", "systempaths") and (value, name) not in _HARMLESS:
            raise NotModelled(f"--security-opt {option}")


_HARMLESS: Final = frozenset((("unconfined", "apparmor"), ("unconfined", "seccomp"), ("builtin", "seccomp")))


def check_mounts(body: Json) -> None:
    """NotModelled: nothing is mounted into containers."""
    if body.get("Volumes"):
        raise NotModelled(_ABSENT["Binds"])
    for field, asked in _ABSENT.items():
        if (body.get("HostConfig") or {}).get(field):
            raise NotModelled(asked)


_CAPABILITIES: Final = frozenset(
    """
    AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER
    FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN NET_BIND_SERVICE
    NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT SYS_MODULE SYS_NICE
    SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM
    """.split()  # noqa: SIM905 -- a list of forty lines says no more
)


def _check_capabilities(config: Json) -> None:
    for field in ("CapAdd", "CapDrop"):
        for name in config[field] or ():
            if _capability(name) not in (*_CAPABILITIES, "ALL"):
                raise EngineError(400, f'invalid {field}: unknown capability: "CAP_{_capability(name)}"')


def check_host_config(config: Json) -> None:
    """daemon.validateHostConfig, as far as it concerns us: EngineError 400."""
    _check_capabilities(config)
    if config["AutoRemove"] and config["RestartPolicy"]["Name"] != "no":
        raise EngineError(400, "can't create 'AutoRemove' container with restart policy")
    for entry in config["ExtraHosts"] or ():
        _check_extra_host(entry)
    for port, bindings in config["PortBindings"].items():
        Port.parse(port)
        for binding in bindings or ():
            text = binding.get("HostPort") or ""
            if text and not all(is_digits(part) for part in text.split("-")):
                raise EngineError(400, f'invalid port specification: "{text}"')
    check_restart_policy(config["RestartPolicy"])


def check_sysctls(config: Json) -> None:
    """handleSysctlBC: settings of one interface are its endpoint's."""
    for name in config["Sysctls"] or ():
        parts = name.split(".", 4)
        if len(parts) == 5 and parts[0] == "net" and parts[3].startswith("eth"):
            told = "must be supplied using driver option 'com.docker.network.endpoint.sysctls'"
            raise EngineError(400, f'interface specific sysctl setting "{name}" {told}')


def check_restart_policy(policy: Json) -> None:
    """container.ValidateRestartPolicy: EngineError 400; an empty name says nothing."""
    name, most = policy.get("Name") or "", policy.get("MaximumRetryCount") or 0
    words = ""
    if name not in ("", "no", "always", "on-failure", "unless-stopped"):
        words = f"unknown policy '{name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
    elif most and name != "on-failure":
        words = "maximum retry count can only be used with 'on-failure'"
        words += " and cannot be negative" if most < 0 else ""
    elif most < 0:
        words = "maximum retry count cannot be negative"
    if words:
        raise EngineError(400, f"invalid restart policy: {words}")


def _check_extra_host(entry: str) -> None:
    name, colon, address = entry.partition(":")
    if not name or not colon:
        raise EngineError(400, f'bad format for add-host: "{entry}"')
    if address == "host-gateway":
        return
    try:
        parse_address(address.strip("[]"))
    except ValueError:
        raise EngineError(400, f'invalid IP address in add-host: "{address}"') from None
