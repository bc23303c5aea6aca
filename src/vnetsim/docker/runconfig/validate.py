"""Validation of a container's Config and HostConfig (runconfig, daemon/container.go of moby 28.5).

Not modelled: devices, security options.
"""

from __future__ import annotations

from typing import Final

from vnetsim.digits import is_digits
from vnetsim.docker.api.types import Json
from vnetsim.docker.gotypes import quote
from vnetsim.docker.nat import ContainerPort
from vnetsim.docker.runconfig.capabilities import check_capabilities
from vnetsim.docker.runconfig.config import CONFIG, HOST_CONFIG
from vnetsim.docker.volumes import check_mount, check_tmpfs
from vnetsim.errors import EngineError, NotModelled
from vnetsim.wire.inet import parse_address


def check_modes(body: Json, config: Json) -> None:
    """runconfig.validateNetMode, on the request as it came: EngineError 400."""
    mode = config["NetworkMode"]
    if mode == "container" or mode.startswith("container:"):
        for wrong, message in _container_mode_conflicts(mode, body, config):
            if wrong:
                raise EngineError(400, message)
    if config["UTSMode"] == "host" and body.get("Hostname"):
        raise EngineError(400, "conflicting options: hostname and the UTS mode")
    if mode == "host" and config["Links"]:
        raise EngineError(400, HOST_AND_LINKS)


HOST_AND_LINKS: Final = (
    "conflicting options: host type networking can't be used with links. This would result in undefined behavior"
)


def _container_mode_conflicts(mode: str, body: Json, config: Json) -> list[tuple[object, str]]:
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


def check_fields(body: Json) -> None:
    """NotModelled for fields that the API accepts and this engine lacks."""
    host_config: Json = body.get("HostConfig") or {}
    unknown = [key for key in body if key not in (*CONFIG, "HostConfig", "NetworkingConfig") and body[key]]
    unknown += [f"HostConfig.{key}" for key in host_config if key not in HOST_CONFIG and host_config[key]]
    for name in unknown:
        raise NotModelled(f"{name} of a container")


def check_health(config: Json | None) -> None:
    """daemon.validateHealthCheck: EngineError 400."""
    for field in ("Interval", "Timeout", "StartPeriod", "StartInterval"):
        value = (config or {}).get(field) or 0
        if value and value < _MILLISECOND:
            raise EngineError(400, f"{field} in Healthcheck cannot be less than 1ms")


_HIGHEST_PORT: Final = 65_535
_MILLISECOND: Final = 1_000_000


def check_mounts(config: Json) -> None:
    """EngineError 400 for --mount, --tmpfs and --storage-opt; -v is checked at the mount."""
    for mount in config["Mounts"] or ():
        check_mount(mount)
    for destination, options in (config["Tmpfs"] or {}).items():
        check_tmpfs(destination, options)
    if config["StorageOpt"]:
        message = "--storage-opt is supported only for overlay over xfs with 'pquota' mount option"
        raise EngineError(400, message)


def check_security(config: Json) -> None:
    """NotModelled for profiles that may forbid, or allow, what containers do with their network."""
    for option in config["SecurityOpt"] or ():
        name, _, value = option.replace(":", "=", 1).partition("=")
        if name in ("apparmor", "seccomp", "systempaths") and (value, name) not in _HARMLESS:
            raise NotModelled(f"--security-opt {option}")


_HARMLESS: Final = frozenset((("unconfined", "apparmor"), ("unconfined", "seccomp"), ("builtin", "seccomp")))


def check_host_config(config: Json) -> None:
    """daemon.validateHostConfig without what resources.py checks: EngineError 400."""
    check_capabilities(config)
    if config["AutoRemove"] and config["RestartPolicy"]["Name"] != "no":
        raise EngineError(400, "can't create 'AutoRemove' container with restart policy")
    for entry in config["ExtraHosts"] or ():
        _check_extra_host(entry)
    for port, bindings in (config["PortBindings"] or {}).items():
        if not 0 <= ContainerPort.parse(port).number <= _HIGHEST_PORT:
            raise EngineError(400, f"invalid port specification: {quote(port.partition('/')[0])}")
        for binding in bindings or ():
            text = binding.get("HostPort") or ""
            if text and not all(is_digits(part) for part in text.split("-")):
                raise EngineError(400, f'invalid port specification: "{text}"')
    check_restart_policy(config["RestartPolicy"])


def check_sysctls(config: Json) -> None:
    """handleSysctlBC: sysctls of one interface must be set by its endpoint."""
    for name in config["Sysctls"] or ():
        parts = name.split(".", 4)
        if len(parts) == 5 and parts[0] == "net" and parts[3].startswith("eth"):
            message = "must be supplied using driver option 'com.docker.network.endpoint.sysctls'"
            raise EngineError(400, f'interface specific sysctl setting "{name}" {message}')


def check_restart_policy(policy: Json) -> None:
    """container.ValidateRestartPolicy: EngineError 400; an empty name is no policy."""
    name, most = policy.get("Name") or "", policy.get("MaximumRetryCount") or 0
    message = ""
    if name not in ("", "no", "always", "on-failure", "unless-stopped"):
        message = f"unknown policy '{name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
    elif most and name != "on-failure":
        message = "maximum retry count can only be used with 'on-failure'"
        message += " and cannot be negative" if most < 0 else ""
    elif most < 0:
        message = "maximum retry count cannot be negative"
    if message:
        raise EngineError(400, f"invalid restart policy: {message}")


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
