"""Validation of resource limits, IPC and PID modes, logging.


Follows daemon/daemon_unix.go (adaptContainerSettings, verifyPlatformContainerSettings) and daemon/container.go of moby
28.5.  `docker inspect` shows the accepted values, which have no effect here.

Not modelled: what the kernel's cgroups refuse when a container starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from vnetsim.digits import is_digits
from vnetsim.docker.api.types import Json
from vnetsim.errors import EngineError

CPUS: Final = 2
_SMALLEST_MEMORY: Final = 6 << 20
_LOG_DRIVERS: Final = ("", "json-file", "none", "local")
_OTHER_LOG_DRIVERS: Final = ("awslogs", "fluentd", "gelf", "journald", "splunk", "syslog")
_JSON_FILE_OPTIONS: Final = frozenset(
    ("max-file", "max-size", "compress", "labels", "labels-regex", "env", "env-regex", "tag", "mode", "max-buffer-size")
)
_NO_WEIGHT: Final = "Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded."
#: Those that the engine knows by itself.
RUNTIMES: Final = ("", "runc", "io.containerd.runc.v2")
#: How the names of other ones of containerd begin.
_SHIMS: Final = "io.containerd."
#: Defaults of the engine for empty values.
_DEFAULTS: Final[Json] = {"CgroupnsMode": "host", "IpcMode": "private", "ShmSize": 67108864, "Runtime": "runc"}


def adapt(config: Json) -> None:
    """adaptContainerSettings: fill in the defaults of a HostConfig."""
    for key, value in _DEFAULTS.items():
        config[key] = config[key] or value
    if not config["LogConfig"].get("Type"):
        config["LogConfig"] = {"Type": "json-file", "Config": config["LogConfig"].get("Config") or {}}
    if config["Memory"] > 0 and not config["MemorySwap"]:
        config["MemorySwap"] = 2 * config["Memory"]
    if (config["PidsLimit"] or 0) <= 0:
        config["PidsLimit"] = None
    if config["IpcMode"] == "host" or config["PidMode"] == "host":
        disable_labels(config)


def disable_labels(config: Json) -> None:
    """generateSecurityOpt: a container in the host's namespaces has no label, unless one was requested."""
    options = config["SecurityOpt"] or []
    if not any(option.startswith(("label=", "label:")) or option == "label" for option in options):
        config["SecurityOpt"] = [*options, "label=disable"]


def check(config: Json, directory: str, knows: Callable[[str], object]) -> None:
    """EngineError for the first error; `knows` looks a container up, or raises EngineError 404."""
    if directory and not directory.startswith("/"):
        message = f"the working directory '{directory}' is invalid, it needs to be an absolute path"
        raise EngineError(400, message)
    _check_log(config["LogConfig"])
    for message in (*_cpu_errors(config), *_memory_errors(config), *_other_errors(config)):
        raise EngineError(400, message)
    for mode in (config["IpcMode"], config["PidMode"]):
        if mode.startswith("container:"):
            _find(mode.removeprefix("container:"), knows)


def check_limits(limits: Mapping[str, int | str]) -> None:
    """EngineError 400 for the first error in some fields of a HostConfig."""
    config: Json = {"Memory": 0, "MemorySwap": 0, "MemoryReservation": 0, "NanoCpus": 0, "CpuPeriod": 0, "CpuQuota": 0,
                    "CpusetCpus": "", "CpusetMems": "", **limits}  # fmt: skip
    for message in (*_cpu_errors(config), *_memory_errors(config)):
        raise EngineError(400, message)


def _find(container: str, knows: Callable[[str], object]) -> None:
    try:
        knows(container)
    except EngineError as error:
        raise EngineError(400, error.message) from None


def _check_log(log: Json) -> None:
    driver = log["Type"]
    if driver not in (*_LOG_DRIVERS, *_OTHER_LOG_DRIVERS):
        raise EngineError(400, f'error looking up logging plugin {driver}: plugin "{driver}" not found')
    for option in sorted(log["Config"]) if driver == "json-file" else ():
        if option not in _JSON_FILE_OPTIONS:
            raise EngineError(400, f"unknown log opt '{option}' for json-file log driver")


def _memory_errors(config: Json) -> Iterator[str]:
    memory, swap, reservation = config["Memory"], config["MemorySwap"], config["MemoryReservation"]
    if 0 < memory < _SMALLEST_MEMORY:
        yield "Minimum memory limit allowed is 6MB"
    if memory > 0 and 0 < swap < memory:
        yield "Minimum memoryswap limit should be larger than memory limit, see usage"
    if memory == 0 and swap > 0:
        yield "You should always set the Memory limit when using Memoryswap limit, see usage"
    if 0 < reservation < _SMALLEST_MEMORY:
        yield "Minimum memory reservation allowed is 6MB"
    if memory > 0 and reservation > memory:
        yield "Minimum memory limit can not be less than memory reservation limit, see usage"


def _cpu_errors(config: Json) -> Iterator[str]:
    nano, period, quota = config["NanoCpus"], config["CpuPeriod"], config["CpuQuota"]
    if nano > 0 and period > 0:
        yield "Conflicting options: Nano CPUs and CPU Period cannot both be set"
    if nano > 0 and quota > 0:
        yield "Conflicting options: Nano CPUs and CPU Quota cannot both be set"
    if nano < 0 or nano > CPUS * 1_000_000_000:
        yield f"range of CPUs is from 0.01 to {CPUS}.00, as there are only {CPUS} CPUs available"
    if period and not 1000 <= period <= 1_000_000:
        yield "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)"
    if 0 < quota < 1000:
        yield "CPU cfs quota can not be less than 1ms (i.e. 1000)"
    for key, resource, last in (("CpusetCpus", "CPUs", CPUS - 1), ("CpusetMems", "memory nodes", 0)):
        yield from _set_errors(config[key], key.lower().replace("cpuset", "cpuset "), resource, last)


def _set_errors(text: str, option: str, resource: str, last: int) -> Iterator[str]:
    """parsers.ParseUintList: `0-3,5`."""
    for part in text.split(",") if text else ():
        ends = part.split("-")
        if len(ends) > 2 or not all(is_digits(end) for end in ends):
            yield f"Invalid value {text} for {option}: invalid format: {part}"
        elif any(int(end) > last for end in ends):
            available = f"0-{last}" if last else "0"
            yield f"Requested {resource} are not available - requested {text}, available: {available}"


def _other_errors(config: Json) -> Iterator[str]:
    if not -1000 <= config["OomScoreAdj"] <= 1000:
        yield f"Invalid value {config['OomScoreAdj']}, range for oom score adj is [-1000, 1000]"
    ipc = config["IpcMode"]
    if ipc not in ("host", "private", "shareable", "none") and not ipc.startswith("container:"):
        yield f"invalid IPC mode: {ipc}"
    if config["Isolation"] not in ("", "default"):
        yield f"invalid isolation ({config['Isolation']}): linux only supports 'default'"
    if config["Runtime"] not in RUNTIMES and not config["Runtime"].startswith(_SHIMS):
        yield f"unknown or invalid runtime name: {config['Runtime']}"


def warnings(config: Json) -> list[str]:
    discarded = [_NO_WEIGHT] if config["BlkioWeight"] else []
    if config["OomKillDisable"] and not config["Memory"]:
        return [
            *discarded,
            (
                "OOM killer is disabled for the container, but no memory limit is set, this can result in the system "
                "running out of resources."
            ),
        ]
    return discarded
