"""How several files, and a service and what it extends, become one (compose-go's override/merge.go)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from vnetsim.compose.golang import sprint, type_name
from vnetsim.compose.values import ComposeError, Path, YamlMap, YamlValue, dotted, matches


def merge(base: YamlMap, other: YamlMap) -> YamlMap:
    return _mappings(base, other, ())


def extend_service(base: YamlMap, other: YamlMap) -> YamlMap:
    return _mappings(base, other, ("services", "x"))


def _value(base: YamlValue, other: YamlValue, path: Path) -> YamlValue:
    for pattern, special in _SPECIAL.items():
        if matches(path, pattern):
            return special(base, other, path)
    if other is None:
        return base
    if isinstance(base, dict) and isinstance(other, dict):
        return _mappings(base, other, path)
    if isinstance(base, list) and isinstance(other, list):
        return base + other
    if isinstance(base, dict | list):
        raise ComposeError(f"cannot override {dotted(path)}", path)
    return other


def _mappings(base: YamlMap, other: YamlMap, path: Path) -> YamlMap:
    for key, value in other.items():
        base[key] = _value(base[key], value, (*path, key)) if key in base else value
    return base


def as_sequence(value: YamlValue) -> list[YamlValue]:
    """convertIntoSequence: a mapping becomes KEY=VALUE, sorted."""
    if isinstance(value, dict):
        items: list[str] = []
        for key, item in value.items():
            if isinstance(item, list):
                items += [f"{key}={sprint(one)}" for one in item]
            else:
                items.append(key if item is None else f"{key}={sprint(item)}")
        return list[YamlValue](sorted(items))
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) else []


def as_mapping(value: YamlValue, default: YamlMap | None) -> YamlMap:
    """convertIntoMapping: a list becomes the keys of a mapping."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return {sprint(item): None if default is None else dict(default) for item in value}
    return {}


def _to_sequence(base: YamlValue, other: YamlValue, _path: Path) -> YamlValue:
    return as_sequence(base) + as_sequence(other)


def _extra_hosts(base: YamlValue, other: YamlValue, _path: Path) -> YamlValue:
    known = as_sequence(base)
    return known + [item for item in as_sequence(other) if item not in known]


def _override(_base: YamlValue, other: YamlValue, _path: Path) -> YamlValue:
    return other


def _logging(base: YamlValue, other: YamlValue, path: Path) -> YamlValue:
    """Options are merged where both files name the same driver, or one of them none."""
    if not isinstance(base, dict) or not isinstance(other, dict):
        raise ComposeError(f"cannot override {dotted(path)}", path)
    if "driver" not in other or "driver" not in base or base["driver"] == other["driver"]:
        return _mappings(base, other, path)
    return other


def _build(base: YamlValue, other: YamlValue, path: Path) -> YamlValue:
    left: YamlValue = {"context": base} if isinstance(base, str) else base
    right: YamlValue = {"context": other} if isinstance(other, str) else other
    if not isinstance(left, dict):
        return right
    return _mappings(left, right, path) if isinstance(right, dict) else left


def _depends_on(base: YamlValue, other: YamlValue, path: Path) -> YamlValue:
    default: YamlMap = {"condition": "service_started", "required": True}
    return _mappings(as_mapping(base, default), as_mapping(other, default), path)


def _keys(base: YamlValue, other: YamlValue, path: Path) -> YamlValue:
    return _mappings(as_mapping(base, None), as_mapping(other, None), path)


def _ipam_config(base: YamlValue, other: YamlValue, path: Path) -> YamlValue:
    """Pools are the same if their subnets are."""
    for value in (base, other):
        if not isinstance(value, list):
            raise ComposeError(f"{dotted(path)}: unexpected type {type_name(base)}", path)
    assert isinstance(base, list)
    assert isinstance(other, list)
    pools: list[YamlMap] = []
    for original in base:
        left = as_mapping(original, None)
        for override in other:
            right = as_mapping(override, None)
            known = next((pool for pool in pools if pool.get("subnet") == right.get("subnet")), None)
            if right.get("subnet") != left.get("subnet") and known is None:
                pools.append(right)
                continue
            merged = _mappings(left, right, path)
            same = [index for index, pool in enumerate(pools) if pool.get("subnet") == merged.get("subnet")]
            if same:
                pools[same[0]] = merged
            else:
                pools.append(merged)
    return list[YamlValue](pools)


_Merger = Callable[[YamlValue, YamlValue, Path], YamlValue]
_SEQUENCES: Final = (
    "networks.*.labels volumes.*.labels services.*.annotations services.*.build.args "
    "services.*.build.additional_contexts services.*.build.labels services.*.deploy.labels services.*.dns "
    "services.*.dns_opt services.*.dns_search services.*.env_file services.*.label_file services.*.environment "
    "services.*.labels services.*.volumes.*.volume.labels services.*.sysctls services.*.tmpfs"
)
_SPECIAL: Final[dict[str, _Merger]] = {
    **dict.fromkeys(_SEQUENCES.split(), _to_sequence),
    "networks.*.ipam.config": _ipam_config,
    "services.*.build": _build,
    "services.*.build.extra_hosts": _extra_hosts,
    "services.*.extra_hosts": _extra_hosts,
    "services.*.command": _override,
    "services.*.entrypoint": _override,
    "services.*.healthcheck.test": _override,
    "services.*.ulimits.*": _override,
    "services.*.depends_on": _depends_on,
    "services.*.logging": _logging,
    "services.*.models": _keys,
    "services.*.networks": _keys,
}
