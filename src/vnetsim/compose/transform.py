"""Short forms to long ones, and the defaults of what is left out (compose-go's transform)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.compose import ports, volumes
from vnetsim.compose.golang import sprint, string_verb, type_name
from vnetsim.compose.template import Warn
from vnetsim.compose.values import ComposeError, Path, YamlMap, YamlValue, dotted, matches

_Transformer = Callable[[YamlValue, Path, Warn], YamlValue]


def canonical(value: YamlMap, warn: Warn) -> YamlMap:
    return _children(value, (), warn)


def _children(value: YamlMap, path: Path, warn: Warn) -> YamlMap:
    for key, item in value.items():
        value[key] = _transform(item, (*path, key), warn)
    return value


def _transform(value: YamlValue, path: Path, warn: Warn) -> YamlValue:
    for pattern, transformer in _TRANSFORMERS.items():
        if matches(path, pattern):
            return transformer(value, path, warn)
    return _walk(value, path, warn)


def _walk(value: YamlValue, path: Path, warn: Warn) -> YamlValue:
    if isinstance(value, dict):
        return _children(value, path, warn)
    if isinstance(value, list):
        return [_transform(item, (*path, "[]"), warn) for item in value]
    return value


def _invalid(value: YamlValue, path: Path, what: str) -> ComposeError:
    return ComposeError(f"{dotted(path)}: invalid type {type_name(value)} for {what}", path)


def _service(value: YamlValue, path: Path, warn: Warn) -> YamlValue:
    return _children(value, path, warn) if isinstance(value, dict) else value


def _keyed(key: str, what: str) -> _Transformer:
    """A string is the value of one key of the long form."""

    def transform(value: YamlValue, path: Path, warn: Warn) -> YamlValue:
        if isinstance(value, dict):
            return _children(value, path, warn)
        if isinstance(value, str):
            return {key: value}
        raise _invalid(value, path, what)

    return transform


def _file_mount(value: YamlValue, path: Path, _warn: Warn) -> YamlValue:
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        return {"source": value}
    raise ComposeError(f"{dotted(path)}: unsupported type {type_name(value)}", path)


def _string_or_other(value: YamlValue, _path: Path, _warn: Warn) -> YamlValue:
    return value if isinstance(value, str) else sprint(value)


def _key_value(value: YamlValue, path: Path, _warn: Warn) -> YamlValue:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise ComposeError(f"{dotted(path)}: invalid type {type_name(value)}", path)
    found: YamlMap = {}
    for item in value:
        key, separator, text = sprint(item).partition("=")
        if not separator:
            raise ComposeError(f"{dotted(path)}: invalid value {sprint(item)}, expected key=value", path)
        found[key] = text
    return found


def _depends_on(value: YamlValue, path: Path, _warn: Warn) -> YamlValue:
    if isinstance(value, list):
        return {sprint(item): {"condition": "service_started", "required": True} for item in value}
    if not isinstance(value, dict):
        raise _invalid(value, path, "depend_on")
    for name, item in value.items():
        if not isinstance(item, dict):
            raise ComposeError(f"{dotted(path)}.{name}: unsupported value {string_verb(value)}", (*path, name))
        item.setdefault("condition", "service_started")
        item.setdefault("required", True)
    return value


def _env_file(value: YamlValue, path: Path, _warn: Warn) -> YamlValue:
    if isinstance(value, str):
        return [{"path": value, "required": True}]
    if not isinstance(value, list):
        raise _invalid(value, path, "env_file")
    found: list[YamlValue] = []
    for item in value:
        if isinstance(item, dict):
            item.setdefault("required", True)
        found.append({"path": item, "required": True} if isinstance(item, str) else item)
    return found


def _string_or_list(value: YamlValue, _path: Path, _warn: Warn) -> YamlValue:
    return [value] if isinstance(value, str) else value


def _gpus(value: YamlValue, path: Path, warn: Warn) -> YamlValue:
    if isinstance(value, str):
        return [{"count": "all"}]
    if isinstance(value, list):
        return [_transform(item, (*path, "[]"), warn) for item in value]
    raise _invalid(value, path, "gpus")


def _keys(value: YamlValue, _path: Path, _warn: Warn) -> YamlValue:
    return {sprint(item): None for item in value} if isinstance(value, list) else value


def _volume(value: YamlValue, path: Path, _warn: Warn) -> YamlValue:
    if isinstance(value, dict):
        return value
    if isinstance(value, str):
        try:
            return volumes.short_form(value)
        except ComposeError as error:
            raise ComposeError(str(error), path) from None
    raise _invalid(value, path, "service volume mount")


def _device(value: YamlValue, path: Path, _warn: Warn) -> YamlValue:
    if isinstance(value, dict):
        return value
    if not isinstance(value, str):
        raise _invalid(value, path, "service volume mount")
    parts = value.split(":")
    if len(parts) > 3:
        raise ComposeError(f"confusing device mapping, please use long syntax: {value}", path)
    source, target, permissions = (*parts, *("", "", "rwm")[len(parts) :])
    return {"source": source, "target": target or source, "permissions": permissions}


def _ports(value: YamlValue, path: Path, _warn: Warn) -> YamlValue:
    if not isinstance(value, list):
        raise _invalid(value, path, "port")
    found: list[YamlValue] = []
    for index, entry in enumerate(value):
        if isinstance(entry, dict):
            found.append(entry)
        elif isinstance(entry, str) or (isinstance(entry, int) and not isinstance(entry, bool)):
            try:
                found += ports.parse(str(entry))
            except ComposeError as error:
                raise ComposeError(str(error), (*path, str(index))) from None
        else:
            raise _invalid(entry, path, "port")
    return found


def _ssh(value: YamlValue, path: Path, _warn: Warn) -> YamlValue:
    if isinstance(value, dict):
        return value
    if not isinstance(value, list):
        raise _invalid(value, path, "ssh")
    found: YamlMap = {}
    for item in value:
        if not isinstance(item, str):
            raise ComposeError(f"invalid ssh key type {type_name(item)}", path)
        name, separator, key = item.partition("=")
        if not separator and name != "default":
            raise ComposeError(f'invalid ssh key "{item}"', path)
        found[name] = key if separator else None
    return found


def _ulimit(value: YamlValue, path: Path, _warn: Warn) -> YamlValue:
    if isinstance(value, dict) or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise _invalid(value, path, "external")


def _maybe_external(value: YamlValue, path: Path, warn: Warn) -> YamlValue:
    """`external: {name: X}` of old files."""
    if not isinstance(value, dict):
        return value
    resource = _children(value, path, warn)
    external = resource.get("external")
    if not isinstance(external, dict):
        return resource
    resource["external"] = True
    if "name" in external:
        warn(f"{dotted(path)}: external.name is deprecated. Please set name and external: true")
        if "name" in resource and resource["name"] != external["name"]:
            raise ComposeError(f"{dotted(path)}: name and external.name conflict; only use name", path)
        resource["name"] = external["name"]
    return resource


_TRANSFORMERS: Final[dict[str, _Transformer]] = {
    "services.*": _service,
    "services.*.build": _keyed("context", "build"),
    "services.*.build.secrets.*": _file_mount,
    "services.*.build.provenance": _string_or_other,
    "services.*.build.sbom": _string_or_other,
    "services.*.build.additional_contexts": _key_value,
    "services.*.build.ssh": _ssh,
    "services.*.build.ulimits.*": _ulimit,
    "services.*.depends_on": _depends_on,
    "services.*.env_file": _env_file,
    "services.*.label_file": _string_or_list,
    "services.*.extends": _keyed("service", "extends"),
    "services.*.gpus": _gpus,
    "services.*.networks": _keys,
    "services.*.models": _keys,
    "services.*.volumes.*": _volume,
    "services.*.dns": _string_or_list,
    "services.*.devices.*": _device,
    "services.*.secrets.*": _file_mount,
    "services.*.configs.*": _file_mount,
    "services.*.ports": _ports,
    "services.*.ulimits.*": _ulimit,
    "services.*.develop.watch.*.ignore": _string_or_list,
    "services.*.develop.watch.*.include": _string_or_list,
    "volumes.*": _maybe_external,
    "networks.*": _maybe_external,
    "secrets.*": _maybe_external,
    "configs.*": _maybe_external,
    "include.*": _keyed("path", "external"),
}


# --- defaults ------------------------------------------------------------------------------------------------------


def set_defaults(value: YamlMap) -> YamlMap:
    for key, item in value.items():
        value[key] = _default(item, (key,))
    return value


def _default(value: YamlValue, path: Path) -> YamlValue:
    for pattern, default in _DEFAULTS.items():
        if matches(path, pattern):
            return default(value, path)
    if isinstance(value, dict):
        for key, item in value.items():
            value[key] = _default(item, (*path, key))
    elif isinstance(value, list):
        return [_default(item, (*path, "[]")) for item in value]
    return value


def _default_build(value: YamlValue, _path: Path) -> YamlValue:
    if isinstance(value, dict):
        value.setdefault("context", ".")
    return value


def _default_secret(value: YamlValue, path: Path) -> YamlValue:
    if not isinstance(value, dict):
        raise ComposeError(f"{dotted(path)}: unsupported type {type_name(value)}", path)
    value.setdefault("target", f"/run/secrets/{sprint(value.get('source'))}")
    return value


def _default_port(value: YamlValue, _path: Path) -> YamlValue:
    if isinstance(value, dict):
        value.setdefault("protocol", "tcp")
        value.setdefault("mode", "ingress")
    return value


def _default_devices(value: YamlValue, path: Path) -> YamlValue:
    if not isinstance(value, dict):
        raise _invalid(value, path, "device request")
    if "count" not in value and "device_ids" not in value:
        value["count"] = "all"
    return value


_DEFAULTS: Final[dict[str, Callable[[YamlValue, Path], YamlValue]]] = {
    "services.*.build": _default_build,
    "services.*.secrets.*": _default_secret,
    "services.*.ports.*": _default_port,
    "services.*.deploy.resources.reservations.devices.*": _default_devices,
    "services.*.gpus.*": _default_devices,
}
