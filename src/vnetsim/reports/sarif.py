"""SARIF 2.1.0 (OASIS), as code scanning reads it: results with a rule, a message and a location in a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import PurePath
from typing import Any, Final
from urllib.parse import quote

import attrs

from vnetsim.values import frozen

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


@frozen(kw_only=True)
class SarifResult:
    """`rule` is an identifier, `rule_text` its text; `line` counts from 1, 0 for no location.

    `level` is error, warning or note.
    """

    rule: str
    rule_text: str
    message: str
    file: str = ""
    line: int = 0
    level: str = "error"
    properties: dict[str, Any] = attrs.field(factory=dict)


@frozen(kw_only=True)
class Notice:
    """What an answer lacks (level `error`) or assumes (`note`); `file` "" and `line` 0 for no location."""

    text: str
    file: str = ""
    line: int = 0
    level: str = "error"


def sarif(tool: str, version: str, results: Sequence[SarifResult], notices: Sequence[Notice] = ()) -> str:
    """The log as JSON, of one run, which was successful if no notice is an error."""
    rules = {result.rule: result.rule_text for result in results}
    driver = {
        "name": tool,
        "version": version,
        "rules": [{"id": name, "shortDescription": {"text": text}} for name, text in rules.items()],
    }
    invocation: dict[str, Any] = {"executionSuccessful": all(each.level == "note" for each in notices)}
    if notices:
        invocation["toolExecutionNotifications"] = [_notification(notice) for notice in notices]
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "results": [_result(result, list(rules)) for result in results],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _result(result: SarifResult, rules: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "ruleId": result.rule,
        "ruleIndex": rules.index(result.rule),
        "level": result.level,
        "message": {"text": result.message},
    }
    if result.line:
        found["locations"] = [_location(result.file, result.line)]
    if result.properties:
        found["properties"] = result.properties
    return found


def _notification(notice: Notice) -> dict[str, Any]:
    found: dict[str, Any] = {"level": notice.level, "message": {"text": notice.text}}
    if notice.file:
        found["locations"] = [_location(notice.file, notice.line)]
    return found


def _location(file: str, line: int) -> dict[str, Any]:
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(file)}}
    if line:
        location["region"] = {"startLine": line}
    return {"physicalLocation": location}


def _uri(file: str) -> str:
    """A relative reference; of an absolute path a file URI."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
