"""What `docker run` and `docker create` send to the engine (docker/cli, container/opts.go: parse).

The body has every field that the real client sends, zero values included.  Refusals are the client's own.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from vnetsim.errors import NotModelled
from vnetsim.process import Process
from vnetsim.programs.docker import ports
from vnetsim.programs.docker.cobra import ParsedFlags
from vnetsim.programs.docker.endpoints import networking
from vnetsim.programs.docker.flags import BadOption, Flag, pairs
from vnetsim.programs.docker.mount_opts import devices, gpus, health_check, mounts, throttles
from vnetsim.programs.docker.opts_file import environment, file_lines
from vnetsim.programs.docker.validators import is_mac

Json = dict[str, Any]
#: A volume's first field, which may be a drive of another operating system.
_VOLUME_FIELD: Final = re.compile(r"(?:[A-Za-z]:)?[^:]*")


def body(process: Process, options: ParsedFlags) -> Json:
    """The body of POST /containers/create, or BadOption."""
    _check_mac(options)
    _check_swappiness(options)
    binds, volumes = _volumes(process, options.texts("volume"))
    exposed, bindings = _ports(options)
    health = health_check(options)
    labels = {**pairs(file_lines(process, options.texts("label-file"), "label")), **pairs(options.texts("label"))}
    variables = environment(process, options)
    config: Json = {
        **options.fields(),
        **_streams(options),
        "Env": variables or None,
        "Cmd": options.arguments[1:] or None,
        "Image": options.arguments[0],
        "Volumes": volumes,
        **({"Healthcheck": health} if health is not None else {}),
        "Entrypoint": [options.text("entrypoint")] if "entrypoint" in options.given else None,
        "OnBuild": None,
        "Labels": labels,
        **({"ExposedPorts": exposed} if exposed else {}),
        **({"StopSignal": options.text("stop-signal")} if options.text("stop-signal") else {}),
        **({"StopTimeout": options.number("stop-timeout")} if "stop-timeout" in options.given else {}),
    }
    config["HostConfig"] = _host_config(process, options, binds, bindings)
    if options.switch("rm") and config["HostConfig"]["RestartPolicy"]["Name"] not in ("", "no"):
        raise BadOption("conflicting options: cannot specify both --restart and --rm")
    config["NetworkingConfig"] = networking(options)
    return config


def _streams(options: ParsedFlags) -> Json:
    """Which streams the client attaches to."""
    interactive, detached = options.switch("interactive"), _detached(options)
    attached = set(options.texts("attach") or ["stdout", "stderr"]) | ({"stdin"} if interactive else set())
    fields = {"AttachStdin": "stdin", "AttachStdout": "stdout", "AttachStderr": "stderr"}
    attach = {field: stream in attached and not detached for field, stream in fields.items()}
    return {**attach, "StdinOnce": interactive and attach["AttachStdin"]}


def _detached(options: ParsedFlags) -> bool:
    return options.has("detach") and options.switch("detach")


def _check_mac(options: ParsedFlags) -> None:
    mac = options.text("mac-address").strip()
    if mac and not is_mac(mac):
        raise BadOption(f"{mac} is not a valid mac address")


def _check_swappiness(options: ParsedFlags) -> None:
    swappiness = options.number("memory-swappiness")
    if swappiness != -1 and not 0 <= swappiness <= 100:
        raise BadOption(f"invalid value: {swappiness}. Valid memory swappiness range is 0-100")


def _volumes(process: Process, specs: Sequence[str]) -> tuple[list[str] | None, dict[str, Json]]:
    """Binds and anonymous volumes."""
    binds: list[str] = []
    volumes: dict[str, Json] = {}
    for spec in dict.fromkeys(specs):
        if not spec:
            raise BadOption("invalid empty volume spec")
        source = _VOLUME_FIELD.match(spec)
        rest = spec[source.end() :] if source is not None else ""
        if len(spec) > 2 and "" in spec.split(":"):
            raise BadOption(f"invalid spec: {spec}: empty section between colons")
        if source is not None and source[0] and len(rest) > 1:
            binds.append(_absolute(process, source[0]) + rest)
        else:
            volumes[spec] = {}
    return binds or None, volumes


def _absolute(process: Process, path: str) -> str:
    if not path.startswith("."):
        return path
    here = process.context.environment.get("PWD", "/")
    return posixpath.normpath(posixpath.join(here, path))


def _ports(options: ParsedFlags) -> tuple[dict[str, Json], dict[str, list[Json]]]:
    """Exposed ports and bindings by container port."""
    exposed: dict[str, Json] = {}
    bindings: dict[str, list[Json]] = {}
    for text in options.texts("publish"):
        for binding in ports.publish(text):
            exposed[binding.port] = {}
            one = {"HostIp": binding.host_ip, "HostPort": binding.host_port}
            bindings.setdefault(binding.port, []).append(one)
    for text in options.texts("expose"):
        exposed.update({port: {} for port in ports.expose(text)})
    return dict(sorted(exposed.items())), dict(sorted(bindings.items()))


#: Flags that say nothing of the HostConfig, but for what `_host_config` is given.
OF_CONFIG: Final = frozenset({
    "attach", "detach", "domainname", "entrypoint", "env", "env-file", "expose", "health-cmd", "hostname",
    "interactive", "ip", "label", "name", "network", "network-alias", "no-healthcheck", "publish", "pull",
    "stop-signal", "stop-timeout", "tty", "user", "volume", "workdir",
})  # fmt: skip


def _host_config(
    process: Process, options: ParsedFlags, binds: list[str] | None, bindings: Mapping[str, list[Json]]
) -> Json:
    if not options.given <= OF_CONFIG:
        return complete_host_config(process, options, binds, bindings)
    own = {"Binds": binds, "NetworkMode": _network_mode(options.values("network")), "PortBindings": bindings}
    return {**_default_host_config(options.flags), **own}


@cache
def _default_host_config(flags: tuple[Flag, ...]) -> Json:
    """That of a line without flags.  Its values are not to be changed: the engine copies what it is sent."""
    return complete_host_config(None, ParsedFlags(flags), None, {})


def complete_host_config(
    process: Process | None, options: ParsedFlags, binds: list[str] | None, bindings: Mapping[str, list[Json]]
) -> Json:
    """`process`, whose files --mount names, may be None without one."""
    config: Json = {
        **options.fields("HostConfig"),
        "Binds": binds,
        "LogConfig": {"Type": options.text("log-driver"), "Config": _log_options(options)},
        "NetworkMode": _network_mode(options.values("network")),
        "PortBindings": bindings,
        "RestartPolicy": restart_policy(options.text("restart")),
        "ConsoleSize": [0, 0],
        "CapAdd": _capabilities(options.texts("cap-add")),
        "CapDrop": _capabilities(options.texts("cap-drop")),
        "CgroupnsMode": _mode(options, "cgroupns", "CGROUP", ("", "host", "private")),
        "ExtraHosts": options.texts("add-host") or None,
        "GroupAdd": options.texts("group-add") or None,
        "Cgroup": "",
        "Links": options.texts("link") or None,
        "PidMode": _pid_mode(options),
        "SecurityOpt": options.texts("security-opt") or None,
        "UTSMode": _mode(options, "uts", "UTS", ("", "host")),
        "UsernsMode": _mode(options, "userns", "USER", ("", "host")),
        "Ulimits": _ulimits(options),
        **dict.fromkeys(_ALWAYS_NULL),
        **_optional_fields(options),
        **({"Mounts": mounts(process, options)} if process is not None and options.values("mount") else {}),
        "Devices": devices(options.texts("device")),
        "DeviceCgroupRules": options.texts("device-cgroup-rule") or None,
        "DeviceRequests": gpus(options.texts("gpus")),
        "VolumesFrom": options.texts("volumes-from") or None,
        **{field: throttles(options.texts(flag)) for flag, field in _THROTTLES},
    }
    _check_security(options.texts("security-opt"))
    return config


_ALWAYS_NULL: Final = ("MaskedPaths", "ReadonlyPaths")
_THROTTLES: Final = (
    ("device-read-bps", "BlkioDeviceReadBps"),
    ("device-write-bps", "BlkioDeviceWriteBps"),
    ("device-read-iops", "BlkioDeviceReadIOps"),
    ("device-write-iops", "BlkioDeviceWriteIOps"),
)


def _optional_fields(options: ParsedFlags) -> Json:
    """Fields that the client leaves out where no flag sets them."""
    tmpfs = {path: rest for path, _, rest in (text.partition(":") for text in options.texts("tmpfs"))}
    fields: Json = {
        "Annotations": pairs(options.texts("annotation")),
        "Sysctls": pairs(options.texts("sysctl")),
        "StorageOpt": pairs(options.texts("storage-opt")),
        "Tmpfs": tmpfs,
        "Runtime": options.text("runtime"),
    }
    init = {"Init": options.switch("init")} if "init" in options.given else {}
    return {**{name: value for name, value in fields.items() if value}, **init}


def _ulimits(options: ParsedFlags) -> list[Json]:
    limits = {limit[0]: limit for limit in options.values("ulimit") if isinstance(limit, tuple)}
    return [{"Name": name, "Hard": hard, "Soft": soft} for name, soft, hard in sorted(limits.values())]


def _network_mode(attachments: Sequence[object]) -> str:
    target = getattr(attachments[0], "target", "") if attachments else "default"
    if not target:
        raise BadOption("no name set for network")
    return str(target)


def restart_policy(text: str) -> Json:
    """`on-failure:3`."""
    name, colon, count = text.partition(":")
    if colon and not name:
        raise BadOption("invalid restart policy format: no policy provided before colon")
    if count and not re.fullmatch(r"[+-]?\d+", count):
        raise BadOption("invalid restart policy format: maximum retry count must be an integer")
    return {"Name": name, "MaximumRetryCount": int(count or 0)}


def _capabilities(names: Sequence[str]) -> list[str] | None:
    """In capitals and with their prefix, sorted; ALL is first."""
    wanted = {name.upper() for name in names}
    full = sorted(name if name == "ALL" or name.startswith("CAP_") else f"CAP_{name}" for name in wanted)
    return list(dict.fromkeys(full)) or None


def _mode(options: ParsedFlags, flag: str, kind: str, known: Sequence[str]) -> str:
    mode = options.text(flag)
    if mode not in known:
        raise BadOption(f"--{flag}: invalid {kind} mode")
    return mode


def _pid_mode(options: ParsedFlags) -> str:
    mode = options.text("pid")
    if mode not in ("", "host") and not re.fullmatch(r"container:.+", mode):
        raise BadOption("--pid: invalid PID mode")
    return mode


def _log_options(options: ParsedFlags) -> dict[str, str]:
    found = pairs(options.texts("log-opt"))
    if options.text("log-driver") == "none" and found:
        raise BadOption("invalid logging opts for driver none")
    return found


def _check_security(texts: Sequence[str]) -> None:
    for text in texts:
        if "=" not in text and ":" not in text and text != "no-new-privileges":
            raise BadOption(f'Invalid --security-opt: "{text}"')
        if text.startswith(("seccomp=", "systempaths=")) and text != "seccomp=unconfined":
            raise NotModelled(f"--security-opt {text}")
