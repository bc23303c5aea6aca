"""Lists whose items have a key: a later item replaces an earlier one (compose-go's override/uncity.go)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.compose import volumes
from vnetsim.compose.golang import sprint, string_verb, type_name
from vnetsim.compose.values import ComposeError, Path, YamlMap, YamlValue, dotted, matches


def enforce(value: YamlMap) -> YamlMap:
    for key, item in value.items():
        value[key] = _value(item, (key,))
    return value


def _value(value: YamlValue, path: Path) -> YamlValue:
    if isinstance(value, dict):
        for key, item in value.items():
            value[key] = _value(item, (*path, key))
    elif isinstance(value, list):
        for pattern, indexer in _UNIQUE.items():
            if matches(path, pattern):
                found: dict[str, YamlValue] = {}
                for index, item in enumerate(value):
                    found[indexer(item, (*path, f"[{index}]"))] = item
                return list(found.values())
    return value


def _key_value(value: YamlValue, path: Path) -> str:
    if isinstance(value, str):
        return value.partition("=")[0]
    raise ComposeError(f"{dotted(path)}: unexpected type {type_name(value)}", path)


def _volume(value: YamlValue, path: Path) -> str:
    if isinstance(value, dict):
        return _target(value, path, "volume")
    if isinstance(value, str):
        target = volumes.parse(value).get("target", "")
        return target if isinstance(target, str) else ""
    return ""


def _device(value: YamlValue, path: Path) -> str:
    if isinstance(value, dict):
        return _target(value, path, "device")
    if isinstance(value, str):
        parts = value.split(":")
        return parts[0] if len(parts) == 1 else parts[1]
    return ""


def _target(value: YamlMap, path: Path, what: str) -> str:
    target = value.get("target")
    if not isinstance(target, str):
        raise ComposeError(f"service {what} {dotted(path)} is missing a mount target", path)
    return target


def _expose(value: YamlValue, path: Path) -> str:
    if isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool)):
        return str(value)
    raise ComposeError(f"{dotted(path)}: unsupported expose value {string_verb(value)}", path)


def _mount(directory: str) -> Callable[[YamlValue, Path], str]:
    def index(value: YamlValue, path: Path) -> str:
        if isinstance(value, str):
            return f"{directory}/{value}"
        if isinstance(value, dict):
            return sprint(value["target"]) if "target" in value else f"{directory}/{sprint(value.get('source'))}"
        raise ComposeError(f"{dotted(path)}: unsupported expose value {string_verb(value)}", path)

    return index


def _port(value: YamlValue, path: Path) -> str:
    if isinstance(value, dict):
        if "target" not in value:
            raise ComposeError(f"service ports {dotted(path)} is missing a target port", path)
        host, protocol = value.get("host_ip", "0.0.0.0"), value.get("protocol", "tcp")
        return f"{sprint(host)}:{sprint(value.get('published'))}:{sprint(value['target'])}/{sprint(protocol)}"
    return sprint(value)


def _env_file(value: YamlValue, path: Path) -> str:
    if isinstance(value, dict):
        if "path" not in value:
            raise ComposeError(f"environment path attribute {dotted(path)} is missing", path)
        return sprint(value["path"])
    return value if isinstance(value, str) else ""


_BY_KEY: Final = (
    "networks.*.labels networks.*.ipam.options services.*.annotations services.*.build.args "
    "services.*.build.additional_contexts services.*.build.platform services.*.build.tags services.*.build.labels "
    "services.*.cap_add services.*.cap_drop services.*.deploy.labels services.*.dns services.*.dns_opt "
    "services.*.dns_search services.*.environment services.*.labels services.*.links services.*.networks.*.aliases "
    "services.*.networks.*.link_local_ips services.*.profiles services.*.sysctls services.*.tmpfs"
)
_UNIQUE: Final[dict[str, Callable[[YamlValue, Path], str]]] = {
    **dict.fromkeys(_BY_KEY.split(), _key_value),
    "services.*.devices": _device,
    "services.*.configs": _mount(""),
    "services.*.env_file": _env_file,
    "services.*.expose": _expose,
    "services.*.ports": _port,
    "services.*.secrets": _mount("/run/secrets"),
    "services.*.volumes": _volume,
}
