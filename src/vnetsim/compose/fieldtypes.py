"""The types of single fields: strings, numbers, sizes, durations, mappings and lists in all their forms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

from vnetsim.compose.golang import (
    duration_text,
    parse_duration,
    parse_float,
    parse_int,
    ram_in_bytes,
    sprint,
    to_float32,
    type_name,
)
from vnetsim.compose.interpolation import to_boolean
from vnetsim.compose.kinds import FieldKind, Float32, ListOf, MapOf, Plain
from vnetsim.compose.shellwords import split
from vnetsim.compose.values import ComposeError, YamlValue


def _unconvertible(value: YamlValue, want: str) -> ComposeError:
    return ComposeError(f"expected type '{want}', got unconvertible type '{type_name(value)}'")


def _string(value: YamlValue) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise _unconvertible(value, "string")


def _bool(value: YamlValue) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return to_boolean(value, lambda _: None)
    raise _unconvertible(value, "bool")


def _integer(want: str, *, unsigned: bool = False) -> Callable[[YamlValue], int]:
    def decode(value: YamlValue) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float | str) or (unsigned and isinstance(value, str)):
            raise _unconvertible(value, want)
        if isinstance(value, str):
            return parse_int(value, function="Atoi" if want == "int" else "ParseInt")
        if unsigned and value < 0:
            raise ComposeError(f"cannot parse value as '{want}': {sprint(value)} overflows uint")
        return int(value)

    return decode


def _float(value: YamlValue) -> float:
    if isinstance(value, str):
        return parse_float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unconvertible(value, "float32")
    return float(value)


def _identity(value: Plain, _json: bool) -> Plain:
    return value


STRING: Final = FieldKind(str, _string, _identity)
BOOL: Final = FieldKind(bool, _bool, _identity)
INT: Final = FieldKind(int, _integer("int"), _identity)
INT64: Final = FieldKind(int, _integer("int64"), _identity)
UINT16: Final = FieldKind(int, _integer("uint16", unsigned=True), _identity)
UINT32: Final = FieldKind(int, _integer("uint32", unsigned=True), _identity)
UINT64: Final = FieldKind(int, _integer("uint64", unsigned=True), _identity)
FLOAT32: Final = FieldKind(float, lambda value: to_float32(_float(value)), lambda value, _: Float32(value))


def _unit_bytes(value: YamlValue) -> int:
    if isinstance(value, str):
        return ram_in_bytes(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


UNIT_BYTES: Final = FieldKind(int, _unit_bytes, lambda value, _: str(value))
DURATION: Final = FieldKind(int, lambda value: parse_duration(sprint(value)), lambda value, _: duration_text(value))


def _device_count(value: YamlValue) -> int:
    if isinstance(value, str):
        if value.lower() == "all":
            return -1
        try:
            return parse_int(value)
        except ComposeError:
            message = f"invalid value \"{value}\", the only value allowed is 'all' or a number"
            raise ComposeError(message) from None
    if isinstance(value, bool) or not isinstance(value, int):
        raise ComposeError(f"invalid type {type_name(value)} for device count")
    return value


def _file_mode(value: YamlValue) -> int:
    if isinstance(value, str):
        try:
            return int(value, 8)
        except ValueError:
            raise ComposeError(f'strconv.ParseInt: parsing "{value}": invalid syntax') from None
    if isinstance(value, bool) or not isinstance(value, int):
        raise ComposeError(f"unexpected value type {type_name(value)} for mode")
    return value


DEVICE_COUNT: Final = FieldKind(int, _device_count, _identity)
FILE_MODE: Final = FieldKind(int, _file_mode, lambda value, _: f"0{value:o}")


# --- mappings and lists of strings ---------------------------------------------------------------------------------


def _pairs(value: YamlValue, what: str) -> list[tuple[str, YamlValue]]:
    """A mapping, or KEY=VALUE items of which those without `=` have None."""
    if isinstance(value, dict):
        return list(value.items())
    if not isinstance(value, list):
        raise ComposeError(f"unexpected value type {type_name(value)} for {what}")
    found: list[tuple[str, YamlValue]] = []
    for item in value:
        key, separator, text = sprint(item).partition("=")
        found.append((key, text if separator else None))
    return found


def _mapping(value: YamlValue) -> dict[str, str]:
    return {key: "" if item is None else sprint(item) for key, item in _pairs(value, "mapping")}


def _mapping_with_equals(value: YamlValue) -> dict[str, str | None]:
    pairs = _pairs(value, "mapping")
    if isinstance(value, list):
        for key, _ in pairs:
            if key and key[-1].isspace():
                raise ComposeError(f"environment variable {key} is declared with a trailing space")
    return {key: None if item is None else sprint(item) for key, item in pairs}


def _labels(value: YamlValue) -> dict[str, str]:
    return {key: "" if item is None else sprint(item) for key, item in _pairs(value, "labels")}


def _options(value: YamlValue) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ComposeError(f"invalid type {type_name(value)} for options")
    return {key: "" if item is None else sprint(item) for key, item in value.items()}


def _multi_options(value: YamlValue) -> dict[str, list[str]]:
    if not isinstance(value, dict):
        raise ComposeError(f"invalid type {type_name(value)} for options")
    return {
        key: [sprint(one) for one in item] if isinstance(item, list) else [sprint(item)] for key, item in value.items()
    }


def _string_list(value: YamlValue) -> list[str]:
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
        raise ComposeError(f"invalid type {type_name(value)} for string list")
    return cast("list[str]", items)


def _string_or_number_list(value: YamlValue) -> list[str]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        raise ComposeError(f"invalid type {type_name(value)} for string list")
    return [sprint(item) for item in value]


def _health_test(value: YamlValue) -> list[str]:
    if isinstance(value, str):
        return ["CMD-SHELL", value]
    if not isinstance(value, list):
        raise ComposeError(f"unexpected value type {type_name(value)} for healthcheck.test")
    return [sprint(item) for item in value]


def _shell_command(value: YamlValue) -> list[str] | None:
    if isinstance(value, str):
        return split(value)
    return [sprint(item) for item in value] if isinstance(value, list) else None


def _copy(value: Any, _json: bool) -> Plain:
    return cast("Plain", value.copy() if value is not None else None)


MAPPING: Final = FieldKind[dict[str, str]](dict, _mapping, _copy)
MAPPING_WITH_EQUALS: Final = FieldKind[dict[str, str | None]](dict, _mapping_with_equals, _copy)
LABELS: Final = FieldKind[dict[str, str]](dict, _labels, _copy)
OPTIONS: Final = FieldKind[dict[str, str]](dict, _options, _copy)
MULTI_OPTIONS: Final = FieldKind[dict[str, list[str]]](dict, _multi_options, _copy)
STRINGS: Final = ListOf(STRING)
STRING_MAP: Final = MapOf(STRING)
STRING_LIST: Final = FieldKind[list[str]](list, _string_list, _copy)
STRING_OR_NUMBER_LIST: Final = FieldKind[list[str]](list, _string_or_number_list, _copy)
HEALTH_TEST: Final = FieldKind[list[str]](list, _health_test, _copy)
#: None is no command, and an empty list the command that clears the image's: that one is written.
SHELL_COMMAND: Final = FieldKind[list[str] | None](
    lambda: None, _shell_command, _copy, empty=lambda value, _: value is None
)


def _hosts(value: YamlValue) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    if isinstance(value, dict):
        for host, item in value.items():
            if not isinstance(item, str | list | None):
                raise ComposeError(f"unexpected value type {type_name(value)} for extra_hosts entry")
            found[host] = [sprint(one) for one in item] if isinstance(item, list) else [item or ""]
    elif isinstance(value, list):
        for entry in map(sprint, value):
            separator = "=" if "=" in entry else ":"
            if separator not in entry:
                raise ComposeError(f"invalid additional host, missing IP: {entry}")
            host, _, addresses = entry.partition(separator)
            found.setdefault(host, []).extend(addresses.split(","))
    else:
        raise ComposeError(f"unexpected value type {type_name(value)} for extra_hosts")
    for host in found:
        if not host or ":" in host or "=" in host:
            raise ComposeError(f"bad host name '{host}'")
    return {host: [_unbracketed(ip) for ip in addresses] for host, addresses in found.items()}


def _unbracketed(ip: str) -> str:
    return ip[1:-1] if len(ip) > 2 and ip[0] == "[" and ip[-1] == "]" else ip


def _hosts_list(value: dict[str, list[str]], _json: bool) -> Plain:
    return list[Plain](sorted(f"{host}={ip}" for host, addresses in value.items() for ip in addresses))


HOSTS: Final = FieldKind[dict[str, list[str]]](dict, _hosts, _hosts_list)


def _ssh(value: YamlValue) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ComposeError(f"invalid ssh config type {type_name(value)}")
    return {key: "" if item is None else sprint(item) for key, item in value.items()}


def _ssh_list(value: dict[str, str], json: bool) -> Plain:
    if json and any(value.values()):
        message = "json: error calling MarshalJSON for type types.SSHKey: invalid character ':' after top-level value"
        raise ComposeError(message)
    return [f"{key}: {value[key]}" if value[key] else key for key in sorted(value)]


SSH: Final = FieldKind[dict[str, str]](dict, _ssh, _ssh_list)
