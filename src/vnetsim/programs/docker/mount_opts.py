"""Flags about mounts, devices and health checks (docker/cli, packages opts and container)."""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

from vnetsim.docker.gotypes import parse_bool
from vnetsim.process import Process
from vnetsim.programs.docker.cobra import ParsedFlags
from vnetsim.programs.docker.flags import BadOption, BadValue, read_bytes, read_csv

Json = dict[str, Any]
#: Keys of --mount, by their other names.
_KEYS: Final = {"type": "Type", "source": "Source", "src": "Source", "target": "Target", "dst": "Target",
                "destination": "Target", "consistency": "Consistency"}  # fmt: skip
_SWITCHES: Final = ("readonly", "ro", "volume-nocopy", "bind-nonrecursive")


def read_mount(text: str) -> Json:
    """The request of a --mount, or BadValue."""
    mount: Json = {"Type": "volume"}
    for field in read_csv(text):
        key, equals, value = field.partition("=")
        key = key.lower()
        if not equals and key not in _SWITCHES:
            raise BadValue(f"invalid field '{field}' must be a key=value pair")
        if key in _KEYS:
            mount[_KEYS[key]] = value.lower() if key == "type" else value
        else:
            _read_mount_option(mount, key, value if equals else "true", field)
    if not mount.get("Target"):
        raise BadValue("target is required")
    for kind in ("bind", "volume", "tmpfs"):
        options = f"{kind.title()}Options"
        if options in mount and mount["Type"] != kind:
            raise BadValue(f"cannot mix '{kind}-*' options with mount type '{mount['Type']}'")
    order = ("Type", "Source", "Target", "ReadOnly", "Consistency", "BindOptions", "VolumeOptions", "TmpfsOptions")
    return {name: mount[name] for name in order if mount.get(name)}


def _read_mount_option(mount: Json, key: str, value: str, field: str) -> None:
    if key in ("readonly", "ro"):
        mount["ReadOnly"] = _switch(key, value)
    elif key == "bind-propagation":
        mount.setdefault("BindOptions", {})["Propagation"] = value.lower()
    elif key in ("bind-nonrecursive", "bind-recursive"):
        mount.setdefault("BindOptions", {})["NonRecursive"] = value == "disabled" or _is_true(value)
    elif key.startswith("volume-"):
        _read_volume_option(mount, key, value, field)
    elif key == "tmpfs-size":
        mount.setdefault("TmpfsOptions", {})["SizeBytes"] = _size(key, value)
    elif key == "tmpfs-mode":
        mount.setdefault("TmpfsOptions", {})["Mode"] = _octal(key, value)
    else:
        raise _unexpected(key, field)


def _unexpected(key: str, field: str) -> BadValue:
    return BadValue(f"unexpected key '{key}' in '{field}'")


def _read_volume_option(mount: Json, key: str, value: str, field: str) -> None:
    if key == "volume-nocopy":
        mount.setdefault("VolumeOptions", {})["NoCopy"] = _switch(key, value)
    elif key == "volume-subpath":
        mount.setdefault("VolumeOptions", {})["Subpath"] = value
    elif key == "volume-label":
        name, _, text = value.partition("=")
        mount.setdefault("VolumeOptions", {}).setdefault("Labels", {})[name] = text
    elif key == "volume-driver":
        mount.setdefault("VolumeOptions", {}).setdefault("DriverConfig", {})["Name"] = value
    elif key == "volume-opt":
        name, _, text = value.partition("=")
        driver = mount.setdefault("VolumeOptions", {}).setdefault("DriverConfig", {})
        driver.setdefault("Options", {})[name] = text
    else:
        raise _unexpected(key, field)


def _switch(key: str, value: str) -> bool:
    try:
        return parse_bool(value)
    except ValueError:
        raise BadValue(f"invalid value for {key}: {value}") from None


def _is_true(value: str) -> bool:
    with suppress(ValueError):
        return parse_bool(value)
    return False


def _size(key: str, value: str) -> int:
    try:
        return read_bytes(value)
    except BadValue:
        raise BadValue(f"invalid value for {key}: {value}") from None


def _octal(key: str, value: str) -> int:
    try:
        return int(value, 8)
    except ValueError:
        raise BadValue(f"invalid value for {key}: {value}") from None


def mounts(process: Process, options: ParsedFlags) -> list[Json]:
    """--mount, sources of binds as absolute paths."""
    found = [dict(one) for one in options.values("mount") if isinstance(one, dict)]
    for mount in found:
        if mount["Type"] == "bind" and mount.get("Source", "").startswith("."):
            here = process.context.environment.get("PWD", "/")
            mount["Source"] = posixpath.normpath(posixpath.join(here, mount["Source"]))
    return found


def devices(texts: Sequence[str]) -> list[Json]:
    """--device PATH[:PATH[:MODE]]."""
    found = []
    for text in texts:
        source, *rest = text.split(":")
        mode = next((one for one in rest if one and not set(one) - set("rwm")), "rwm")
        paths = [one for one in rest if one.startswith("/")]
        for one in rest:
            if not one.startswith("/") and set(one) - set("rwm"):
                raise BadOption(f"bad mode specified: {one}")
        found.append({"PathOnHost": source, "PathInContainer": (paths or [source])[0], "CgroupPermissions": mode})
    return found


def gpus(texts: Sequence[str]) -> list[Json] | None:
    """--gpus all, --gpus 2, --gpus '"device=0,1"'."""
    found = []
    for text in texts:
        request: Json = {"Driver": "", "Count": 0, "DeviceIDs": None, "Capabilities": [["gpu"]], "Options": {}}
        for field in read_csv(text):
            key, _, value = field.partition("=")
            if field == "all" or (key == "count" and value == "all"):
                request["Count"] = -1
            elif field.isdecimal() or key == "count":
                request["Count"] = int(value or field)
            elif key == "device":
                request["DeviceIDs"] = value.split(",")
            elif key == "driver":
                request["Driver"] = value
            elif key == "capabilities":
                request["Capabilities"] = [[*value.split(","), "gpu"]]
            else:
                raise BadOption(f"invalid argument {text!r} for --gpus: unexpected key '{key}' in '{field}'")
        found.append(request)
    return found or None


def throttles(texts: Sequence[str]) -> list[Json]:
    """--device-read-bps PATH:RATE."""
    found = []
    for text in texts:
        path, colon, rate = text.partition(":")
        if not colon or not path.startswith("/dev/"):
            raise BadOption(f"bad format for device path: {path}" if colon else f"bad format: {text}")
        try:
            found.append({"Path": path, "Rate": read_bytes(rate)})
        except BadValue:
            form = "The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer."
            message = f"invalid rate for device: {text}. {form} Unit is optional and can be kb, mb, or gb"
            raise BadOption(message) from None
    return found


_DURATIONS: Final = (
    ("interval", "Interval"),
    ("timeout", "Timeout"),
    ("start-period", "StartPeriod"),
    ("start-interval", "StartInterval"),
)


def health_check(options: ParsedFlags) -> Json | None:
    """--health-*, --no-healthcheck."""
    command, retries = options.text("health-cmd"), options.number("health-retries")
    durations = {field: options.number(f"health-{name}") for name, field in _DURATIONS}
    given = bool(command or retries or any(durations.values()))
    if options.switch("no-healthcheck"):
        if given:
            raise BadOption("--no-healthcheck conflicts with --health-* options")
        return {"Test": ["NONE"]}
    if not given:
        return None
    for name, field in _DURATIONS:
        if durations[field] < 0:
            raise BadOption(f"--health-{name} cannot be negative")
    if retries < 0:
        raise BadOption("--health-retries cannot be negative")
    test = {"Test": ["CMD-SHELL", command]} if command else {}
    return {
        **test,
        **{field: value for field, value in durations.items() if value},
        **({"Retries": retries} if retries else {}),
    }
