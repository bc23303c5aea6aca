"""The Compose Specification's schema, and which of its complaints is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from vnetsim.compose import schema
from vnetsim.compose.values import ComposeError, YamlMap

#: Keywords that only tell people something.
NOTES = {"$schema", "$id", "title", "description", "default", "deprecated", "definitions", "properties"}


def keywords(rules: Any) -> Iterator[str]:
    """Of a schema and of all schemas within it."""
    if not isinstance(rules, dict):
        return
    yield from rules
    for below in [rules.get("items"), rules.get("additionalProperties"), *rules.get("oneOf", ())]:
        yield from keywords(below)
    for group in ("properties", "patternProperties", "definitions"):
        for below in rules.get(group, {}).values():
            yield from keywords(below)


def test_each_keyword_of_the_schema_is_checked() -> None:
    assert set(keywords(schema.schema())) - NOTES <= schema.KEYWORDS


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ({"image": 5}, "services.a.image must be a string"),
        ({"nope": 1}, "services.a additional properties 'nope' not allowed"),
        ({"ports": [{"target": 1, "x": 2}]}, "services.a.ports.0 additional properties 'x' not allowed"),
        ({"cap_add": ["a", "a"]}, "services.a.cap_add items at 0 and 1 are equal"),
        ({"oom_score_adj": 2000}, "services.a.oom_score_adj must be a string"),
    ],
)
def test_the_most_specific_complaint_is_told(service: YamlMap, message: str) -> None:
    with pytest.raises(ComposeError) as refused:
        schema.validate({"services": {"a": service}})
    assert str(refused.value) == message
    assert refused.value.path[:2] == ("services", "a")


def test_a_valid_file() -> None:
    schema.validate({"services": {"a": {"image": "x", "ports": ["80", 90], "x-own": 1}}, "x-top": None})
