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
    found = entry_location(scenario, service, "environment", key)
    if found is not None:
        return found
    for path, text in scenario.texts.items():
        if path not in scenario.roots:
            for number, line in enumerate(text.split("\n"), 1):
                if (named := _ITEM_VARIABLE.match(line)) and named[1] == key:
                    return YamlLocation(path, number)
    return key_location(scenario, service, "environment")


def entry_location(scenario: ComposeScenario, service: str, section: str, key: str) -> YamlLocation | None:
    """The line of an entry of `environment` or `labels`, which are mappings or lists of KEY=VALUE."""
    for path, _, node in service_nodes(scenario, service):
        entries = child(node, section)
        lines = [name.line for name, _value in pairs(entries) if name.value == key]
        lines += [item.line for item in items(entries) if item.value.partition("=")[0] == key]
        if lines:
            return YamlLocation(path, lines[0])
    return None


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
