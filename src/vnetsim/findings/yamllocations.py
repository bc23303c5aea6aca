"""Where a compose file has what a finding is about, and the text of a change there.

Only block style and short flow sequences are changed; other spellings have no change.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from vnetsim.compose.reading import YamlNode
from vnetsim.scenario.composefile import ComposeScenario, child, pairs
from vnetsim.values import frozen

_ITEM_VARIABLE = re.compile(r"\s*(?:export\s+)?([A-Za-z_][\w.]*)\s*[=:]")


@frozen
class YamlLocation:
    """A line (from 1) of a file, by its path on the host."""

    path: str
    line: int


def service_nodes(scenario: ComposeScenario, service: str) -> Iterator[tuple[str, YamlNode, YamlNode]]:
    """Each file that has the service: the path, its key and its value."""
    for path, root in scenario.roots.items():
        for key, value in pairs(child(root, "services")):
            if key.value == service:
                yield path, key, value


def key_location(scenario: ComposeScenario, service: str, *keys: str) -> YamlLocation:
    """The line of the deepest of these keys that a file has, else that of the service."""
    found = YamlLocation(scenario.path, 1)
    best = -1
    for path, key, node in service_nodes(scenario, service):
        depth, line = 0, key.line
        value: YamlNode | None = node
        for each in keys:
            entry = next(((name, inside) for name, inside in pairs(value) if name.value == each), None)
            if entry is None:
                break
            depth, line, value = depth + 1, entry[0].line, entry[1]
        if depth > best:
            best, found = depth, YamlLocation(path, line)
    return found


def variable_location(scenario: ComposeScenario, service: str, key: str) -> YamlLocation:
    """The line that sets a variable: of `environment`, or of a file that `env_file` names."""
    for path, _, node in service_nodes(scenario, service):
        environment = child(node, "environment")
        for name, _value in pairs(environment):
            if name.value == key:
                return YamlLocation(path, name.line)
        for item in items(environment):
            if item.value.partition("=")[0] == key:
                return YamlLocation(path, item.line)
    for path, text in scenario.texts.items():
        if path not in scenario.roots:
            for number, line in enumerate(text.split("\n"), 1):
                if (found := _ITEM_VARIABLE.match(line)) and found[1] == key:
                    return YamlLocation(path, number)
    return key_location(scenario, service, "environment")


def items(node: YamlNode | None) -> list[YamlNode]:
    """The items of a sequence, or of the sequence of an alias."""
    node = node.target if node is not None and node.target is not None else node
    return node.content if node is not None and node.kind == "sequence" else []


def port_item(scenario: ComposeScenario, service: str, target: int) -> tuple[YamlLocation, YamlNode] | None:
    """The item of `ports` that publishes a container's port; None if it is not written out, as in a range."""
    for path, _, node in service_nodes(scenario, service):
        for item in items(child(node, "ports")):
            inside = child(item, "target")
            text = inside.value if inside is not None else item.value.partition("/")[0].rpartition(":")[2]
            if text == str(target):
                return YamlLocation(path, item.line), item
    return None
