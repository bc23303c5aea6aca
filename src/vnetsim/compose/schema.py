"""Validation against the Compose Specification's JSON schema, with compose's choice of the reported violation.

`compose-spec.json` is that of compose-go 2.9.1 without its descriptions (Apache License 2.0, `compose-spec.LICENSE`).
Compose names the most specific of all violations, so that each `oneOf` has to keep those of its alternatives; the
keywords below are all that the schema has (santhosh-tekuri/jsonschema v6 under compose; messages are those of its
`kind` package).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final, TypeAlias

from vnetsim.compose.golang import parse_duration, quote, sprint
from vnetsim.compose.values import ComposeError, Path, Timestamp, YamlMap, YamlValue, dotted
from vnetsim.packagedata import data_text
from vnetsim.values import frozen

#: Parsed JSON: a schema has any shape.
Schema: TypeAlias = "dict[str, Any]"
KEYWORDS: Final = frozenset(
    [
        "$ref",
        "additionalProperties",
        "enum",
        "format",
        "items",
        "maximum",
        "minimum",
        "oneOf",
        "pattern",
        "patternProperties",
        "properties",
        "required",
        "type",
        "uniqueItems",
    ]
)
_TYPE_NAMES: Final = {"object": "mapping"}


@frozen
class SchemaViolation:
    """`unknown` are additional properties, which compose takes for one step more specific."""

    path: Path
    message: str
    causes: tuple[SchemaViolation, ...] = ()
    unknown: bool = False

    def specificity(self) -> int:
        return len(self.path) + self.unknown

    def most_specific(self) -> SchemaViolation:
        best: SchemaViolation | None = None
        for cause in self.causes:
            found = cause.most_specific()
            if best is None or found.specificity() > best.specificity():
                best = found
        return best or self


def validate(config: YamlMap) -> None:
    """ComposeError with the most specific violation."""
    found = tuple(_check(config, schema(), ()))
    if found:
        violation = SchemaViolation((), "", found).most_specific()
        raise ComposeError(f"{dotted(violation.path)} {violation.message}", violation.path)


@cache
def schema() -> Schema:
    text = data_text("vnetsim.compose", "compose-spec.json")
    loaded: Schema = json.loads(text)
    return loaded


def _check(value: YamlValue, rules: Schema, path: Path) -> Iterator[SchemaViolation]:
    """As the validator does: a wrong type, value or format ends the inquiry, all else is collected."""
    if isinstance(value, Timestamp):
        yield SchemaViolation(path, "invalid jsonType time.Time")
        return
    problem = _first_problem(value, rules)
    if problem:
        yield SchemaViolation(path, problem)
        return
    if "$ref" in rules:
        target = schema()["definitions"][rules["$ref"].rpartition("/")[2]]
        causes = tuple(_check(value, target, path))
        if causes:
            yield SchemaViolation(path, "validation failed", causes)
        return
    yield from _by_type(value, rules, path)
    if "oneOf" in rules:
        yield from _one_of(value, rules["oneOf"], path)


def _by_type(value: YamlValue, rules: Schema, path: Path) -> Iterator[SchemaViolation]:
    if isinstance(value, dict):
        yield from _object(value, rules, path)
    elif isinstance(value, list):
        yield from _array(value, rules, path)
    elif isinstance(value, str):
        if "pattern" in rules and not re.search(rules["pattern"], value):
            yield SchemaViolation(path, f"{_quoted(value)} does not match pattern {_quoted(rules['pattern'])}")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _number(value, rules, path)


def _first_problem(value: YamlValue, rules: Schema) -> str:
    if "type" in rules:
        wanted = rules["type"] if isinstance(rules["type"], list) else [rules["type"]]
        if not any(_is_of(value, name) for name in wanted):
            return f"must be a {_type_message(wanted)}"
    if "enum" in rules and not any(type(value) is type(item) and value == item for item in rules["enum"]):
        shown = [_display(item) for item in rules["enum"]]
        return f"value must be {shown[0]}" if len(shown) == 1 else f"value must be one of {', '.join(shown)}"
    if rules.get("format") == "duration":
        try:
            if not isinstance(value, str):
                raise ComposeError("expected string")
            parse_duration(value, days=False)
        except ComposeError as error:
            return f"{_display(value)} is not valid duration: {error}"
    return ""


def _is_of(value: YamlValue, name: str) -> bool:
    if name == "null":
        return value is None
    if name == "boolean":
        return isinstance(value, bool)
    if name == "string":
        return isinstance(value, str)
    if name == "object":
        return isinstance(value, dict)
    if name == "array":
        return isinstance(value, list)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return name == "number" or value == value // 1


def _type_message(wanted: list[str]) -> str:
    names = sorted(_TYPE_NAMES.get(name, name) for name in wanted)
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]


def _object(value: YamlMap, rules: Schema, path: Path) -> Iterator[SchemaViolation]:
    missing = [name for name in rules.get("required", ()) if name not in value]
    if missing:
        names = ", ".join(map(_quoted, missing))
        yield SchemaViolation(path, f"missing propert{'y' if len(missing) == 1 else 'ies'} {names}")
    unknown = []
    for name, item in value.items():
        known = [rules["properties"][name]] if name in rules.get("properties", ()) else []
        known += [found for pattern, found in rules.get("patternProperties", {}).items() if re.search(pattern, name)]
        more = rules.get("additionalProperties")
        if not known and isinstance(more, dict):
            known = [more]
        elif not known and more is False:
            unknown.append(name)
        for found in known:
            yield from _group(tuple(_check(item, found, (*path, name))), (*path, name))
    if unknown:
        names = ", ".join(map(_quoted, unknown))
        yield SchemaViolation(path, f"additional properties {names} not allowed", unknown=True)


def _array(value: list[YamlValue], rules: Schema, path: Path) -> Iterator[SchemaViolation]:
    if rules.get("uniqueItems"):
        for later, item in enumerate(value):
            same = [index for index in range(later) if type(value[index]) is type(item) and value[index] == item]
            if same:
                yield SchemaViolation(path, f"items at {same[0]} and {later} are equal")
                break
    if "items" in rules:
        for index, item in enumerate(value):
            below = (*path, str(index))
            yield from _group(tuple(_check(item, rules["items"], below)), below)


def _number(value: float, rules: Schema, path: Path) -> Iterator[SchemaViolation]:
    if "minimum" in rules and value < rules["minimum"]:
        yield SchemaViolation(path, f"must be greater than or equal to {rules['minimum']}")
    if "maximum" in rules and value > rules["maximum"]:
        yield SchemaViolation(path, f"must be less than or equal to {rules['maximum']}")


def _one_of(value: YamlValue, alternatives: list[Schema], path: Path) -> Iterator[SchemaViolation]:
    found = [tuple(_check(value, alternative, path)) for alternative in alternatives]
    valid = [number for number, violations in enumerate(found) if not violations]
    if len(valid) > 1:
        yield SchemaViolation(path, f"'oneOf' failed, subschemas {valid[0]}, {valid[1]} matched")
    elif not valid:
        causes = tuple(one for violations in found for one in _group(violations, path))
        yield SchemaViolation(path, "'oneOf' failed, none matched", causes)


def _group(violations: tuple[SchemaViolation, ...], path: Path) -> tuple[SchemaViolation, ...]:
    return violations if len(violations) < 2 else (SchemaViolation(path, "validation failed", violations),)


def _quoted(text: str) -> str:
    """`quote` of the kind package."""
    return "'" + quote(text)[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


def _display(value: YamlValue) -> str:
    if isinstance(value, str):
        return _quoted(value)
    return "value" if isinstance(value, list | dict) else sprint(value)
