"""Interpolation of a whole file, and the types that interpolated text is cast to (loader/interpolate.go)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.compose.golang import parse_float, parse_int, quote, to_float32
from vnetsim.compose.template import InvalidTemplate, Substitution, Warn
from vnetsim.compose.values import ComposeError, Path, YamlMap, YamlValue, dotted, matches


def to_boolean(text: str, warn: Warn) -> bool:
    lowered = text.lower()
    if lowered in ("true", "false"):
        return lowered == "true"
    for spellings, meaning in ((("y", "yes", "on"), "true"), (("n", "no", "off"), "false")):
        if lowered in spellings:
            warn(f"{quote(text)} for boolean is not supported by YAML 1.2, please use `{meaning}`")
            return meaning == "true"
    raise ComposeError(f"invalid boolean: {text}")


def _integer(text: str, _warn: Warn) -> YamlValue:
    return parse_int(text, function="Atoi")


def _integer64(text: str, _warn: Warn) -> YamlValue:
    return parse_int(text)


def _float(text: str, _warn: Warn) -> YamlValue:
    return parse_float(text)


def _float32(text: str, _warn: Warn) -> YamlValue:
    return to_float32(parse_float(text))


_CASTS: Final = {
    _integer64: "cpu_count cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares oom_score_adj pids_limit",
    _float: "cpu_percent deploy.update_config.max_failure_ratio deploy.rollback_config.max_failure_ratio",
    _float32: "cpus",
    to_boolean: (
        "init healthcheck.disable oom_kill_disable privileged read_only stdin_open tty volumes.[].read_only "
        "volumes.[].volume.nocopy"
    ),
    _integer: (
        "deploy.replicas deploy.update_config.parallelism deploy.rollback_config.parallelism "
        "deploy.restart_policy.max_attempts deploy.placement.max_replicas_per_node healthcheck.retries "
        "ports.[].target scale ulimits.* ulimits.*.hard ulimits.*.soft"
    ),
}
_TOP: Final = (
    "networks.*.external networks.*.internal networks.*.attachable networks.*.enable_ipv4 networks.*.enable_ipv6 "
    "volumes.*.external secrets.*.external configs.*.external"
)
_CAST_BY_PATTERN: Final[dict[str, Callable[[str, Warn], YamlValue]]] = {
    **{f"services.*.{path}": cast for cast, paths in _CASTS.items() for path in paths.split()},
    **dict.fromkeys(_TOP.split(), to_boolean),
}


def interpolate(config: YamlMap, substitution: Substitution) -> YamlMap:
    return {key: _value(value, (key,), substitution) for key, value in config.items()}


def _value(value: YamlValue, path: Path, substitution: Substitution) -> YamlValue:
    if isinstance(value, dict):
        return {key: _value(item, (*path, key), substitution) for key, item in value.items()}
    if isinstance(value, list):
        return [_value(item, (*path, "[]"), substitution) for item in value]
    if not isinstance(value, str):
        return value
    return _text(value, path, substitution)


def _text(value: str, path: Path, substitution: Substitution) -> YamlValue:
    try:
        text = substitution.apply(value) if "$" in value else value
    except InvalidTemplate as error:
        raise ComposeError(
            f"invalid interpolation format for {dotted(path)}.\nYou may need to escape any $ with another $.\n"
            f"{error.template}",
            path,
        ) from None
    except ComposeError as error:
        raise ComposeError(f"error while interpolating {dotted(path)}: {error}", path) from None
    for pattern, cast in _CAST_BY_PATTERN.items():
        if matches(path, pattern):
            try:
                return cast(text, substitution.warn)
            except ComposeError as error:
                message = f"error while interpolating {dotted(path)}: failed to cast to expected type: {error}"
                raise ComposeError(message, path) from None
    return text
