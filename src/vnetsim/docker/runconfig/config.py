"""A container's Config and HostConfig: all keys in the order in which they are printed, and their defaults.

Follows api/types/container (Config, HostConfig) and daemon/create.go of moby 28.5.
"""

from __future__ import annotations

from collections import ChainMap
from typing import Any, Final

from vnetsim.docker.api.types import Json, JsonObject
from vnetsim.docker.images import Image
from vnetsim.docker.nat import ContainerPort
from vnetsim.docker.runconfig import resources
from vnetsim.errors import EngineError

_MASKED: Final = [
    "/proc/asound", "/proc/acpi", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
    "/sys/devices/virtual/powercap",
]  # fmt: skip
_READ_ONLY: Final = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"]
#: As a request without HostConfig leaves it.
HOST_CONFIG: Final[Json] = {
    "Binds": None, "ContainerIDFile": "", "LogConfig": {"Type": "json-file", "Config": {}}, "NetworkMode": "bridge",
    "PortBindings": None, "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0}, "AutoRemove": False,
    "VolumeDriver": "", "VolumesFrom": None, "ConsoleSize": [0, 0], "Annotations": None, "CapAdd": None,
    "CapDrop": None,
    "CgroupnsMode": "host", "Dns": None, "DnsOptions": None, "DnsSearch": None, "ExtraHosts": None, "GroupAdd": None,
    "IpcMode": "private", "Cgroup": "", "Links": None, "OomScoreAdj": 0, "PidMode": "", "Privileged": False,
    "PublishAllPorts": False, "ReadonlyRootfs": False, "SecurityOpt": None,
    "StorageOpt": None, "Tmpfs": None, "UTSMode": "", "UsernsMode": "",
    "ShmSize": 67108864, "Sysctls": None, "Runtime": "runc", "Init": None, "Isolation": "",
    "CpuShares": 0, "Memory": 0, "NanoCpus": 0, "CgroupParent": "",
    "BlkioWeight": 0, "BlkioWeightDevice": None, "BlkioDeviceReadBps": None,
    "BlkioDeviceWriteBps": None, "BlkioDeviceReadIOps": None, "BlkioDeviceWriteIOps": None,
    "CpuPeriod": 0, "CpuQuota": 0,
    "CpuRealtimePeriod": 0, "CpuRealtimeRuntime": 0, "CpusetCpus": "", "CpusetMems": "", "Devices": None,
    "DeviceCgroupRules": None, "DeviceRequests": None, "MemoryReservation": 0, "MemorySwap": 0,
    "MemorySwappiness": None, "OomKillDisable": False, "PidsLimit": None, "Ulimits": None, "CpuCount": 0,
    "CpuPercent": 0, "IOMaximumIOps": 0, "IOMaximumBandwidth": 0, "Mounts": None, "MaskedPaths": _MASKED,
    "ReadonlyPaths": _READ_ONLY,
}  # fmt: skip
#: The values by which the client sets no limit.
_NO_LIMIT: Final = (("PidsLimit", 0), ("MemorySwappiness", -1))
#: Lists that are null if the request says so.
_NULLABLE: Final = (
    *("Dns", "DnsOptions", "DnsSearch", "Devices", "Ulimits", "BlkioWeightDevice"),
    *("BlkioDeviceReadBps", "BlkioDeviceWriteBps", "BlkioDeviceReadIOps", "BlkioDeviceWriteIOps"),
)
#: Keys that are omitted where the request has none.
_HIDDEN_WHEN_EMPTY: Final = ("Sysctls", "Init", "Annotations", "StorageOpt", "Tmpfs", "Mounts")
CONFIG: Final[Json] = {
    "Hostname": "", "Domainname": "", "User": "", "AttachStdin": False, "AttachStdout": False, "AttachStderr": False,
    "ExposedPorts": None, "Tty": False, "OpenStdin": False, "StdinOnce": False, "Env": [], "Cmd": None,
    "Healthcheck": None, "Image": "",
    "Volumes": None, "WorkingDir": "", "Entrypoint": None, "MacAddress": "", "OnBuild": None, "Labels": {},
    "StopSignal": "", "StopTimeout": None, "Shell": None,
}  # fmt: skip
_CONFIG_HIDDEN_WHEN_EMPTY: Final = ("ExposedPorts", "Healthcheck", "MacAddress", "StopSignal", "StopTimeout", "Shell")


def _known(template: Json, body: Json) -> Json:
    """`template` with the values of `body`, in the template's order; a null in `body` is ignored.

    Values of the template are not to be changed in place, as those of what `compact` makes.
    """
    known: Json = {**template}
    for key, value in body.items():
        if value is not None and key in known:
            kind = type(value)
            known[key] = value if kind not in _NESTED else _copied(value) if value else kind()
    return known


_NESTED: Final = (dict, list)


def compact(template: Json, config: Json) -> JsonObject:
    """The same without what it has in common with `template`, which a host of many containers keeps once.

    Its values are not to be changed in place: others share those of the template, and the empty list.
    """
    own = {
        key: _EMPTY if value == [] else value
        for key, value in config.items()
        if value is not (other := template[key]) and (type(value) is not type(other) or value != other)
    }
    return _Compact(own, template)


class _Compact(ChainMap[str, Any]):
    """Of two mappings, looked into at once."""

    def __getitem__(self, key: str) -> Any:
        own, template = self.maps
        return own[key] if key in own else template[key]

    def get(self, key: str, default: Any = None) -> Any:
        own, template = self.maps
        return own[key] if key in own else template.get(key, default)


_EMPTY: Final[list[Any]] = []


def _copied(value: Any) -> Any:
    """A copy of something that JSON can say."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    return [_copied(each) for each in value] if isinstance(value, list) else value


def host_config(body: Json) -> Json:
    given = body.get("HostConfig") or {}
    config = _known(HOST_CONFIG, given)
    config |= {key: None for key in _NULLABLE if key in given and given[key] is None}
    if config["NetworkMode"] in ("", "default"):
        config["NetworkMode"] = "bridge"
    if not config["RestartPolicy"].get("Name"):
        config["RestartPolicy"] = {"Name": "no", "MaximumRetryCount": 0}
    if config["PortBindings"] is not None:
        config["PortBindings"] = dict(sorted(config["PortBindings"].items()))
    resources.adapt(config)
    for key, nothing in _NO_LIMIT:
        if config[key] == nothing:
            config[key] = None
    if config["Privileged"]:
        resources.disable_labels(config)
        config["MaskedPaths"] = config["ReadonlyPaths"] = None
    return config


def shown_host_config(config: JsonObject, links: list[str]) -> Json:
    hidden = [key for key in _HIDDEN_WHEN_EMPTY if config[key] is None]
    return _shown(config, hidden) | {"Links": links or None}


def merged_config(body: Json, image: Image) -> Json:
    """The requested Config merged with the image's; EngineError if there is no command."""
    config = _known(CONFIG, body)
    for port in config["ExposedPorts"] or ():
        ContainerPort.parse(port)
    config["ExposedPorts"] = {port: {} for port in sorted({*(config["ExposedPorts"] or ()), *image.exposed})} or None
    config["Volumes"] = {path: {} for path in sorted({*(config["Volumes"] or ()), *image.volumes})} or None
    config["Labels"] = {**(image.labels or {}), **(config["Labels"] or {})}
    config["User"] = config["User"] or image.user
    config["WorkingDir"] = config["WorkingDir"] or image.directory
    config["StopSignal"] = config["StopSignal"] or image.stop_signal
    config["Shell"] = config["Shell"] or list(image.shell) or None
    config["Healthcheck"] = _merged_check(config["Healthcheck"], image.health_check)
    config["Env"] = _merged_environment(config["Env"] or [], image.environment)
    if not config["Entrypoint"]:
        config["Cmd"] = config["Cmd"] or list(image.command) or None
        config["Entrypoint"] = list(image.entrypoint) or None
    if config["Entrypoint"] == [""]:
        config["Entrypoint"] = None
    if not config["Cmd"] and not config["Entrypoint"]:
        raise EngineError(400, "no command specified")
    return config


def _merged_check(given: Json | None, image: Json | None) -> Json | None:
    """The request's check, and what it leaves out as the image has it."""
    if given is None or image is None:
        return given if image is None else dict(image)
    return {**image, **{key: value for key, value in given.items() if value}}


def _merged_environment(given: list[str], image: tuple[str, ...]) -> list[str]:
    for variable in given:
        if not variable or variable.startswith("="):
            raise EngineError(400, f"invalid environment variable: {variable}")
    names = {variable.partition("=")[0] for variable in given}
    return [*given, *(variable for variable in image if variable.partition("=")[0] not in names)]


def shown_config(config: JsonObject) -> Json:
    return _shown(config, [key for key in _CONFIG_HIDDEN_WHEN_EMPTY if config[key] in (None, "", {})])


def _shown(config: JsonObject, hidden: list[str]) -> Json:
    """A copy without some keys.  Going through a ChainMap key by key takes ten times as long."""
    whole: JsonObject = {}
    for part in reversed(config.maps) if isinstance(config, ChainMap) else (config,):
        whole = {**whole, **part}
    return {
        key: _copied(value) if isinstance(value, (dict, list)) else value
        for key, value in whole.items()
        if key not in hidden
    }


def command_of(config: JsonObject) -> list[str]:
    return [*(config["Entrypoint"] or []), *(config["Cmd"] or [])]
