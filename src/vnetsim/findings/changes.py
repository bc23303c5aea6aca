"""Changes of a compose file: each makes another text of one file, or None where the spelling of the file is another."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from functools import partial

from vnetsim.compose.reading import YamlNode
from vnetsim.findings.finding import FileChange
from vnetsim.findings.yamllocations import YamlLocation, key_location, port_item, service_nodes
from vnetsim.scenario.composefile import ComposeScenario, child, pairs
from vnetsim.values import frozen


@frozen
class FileProposal:
    """A changed text of one file (its path on the host), and what the change does."""

    text: str
    path: str
    changed: str

    def applied(self, scenario: ComposeScenario) -> ComposeScenario:
        return scenario.with_text(self.path, self.changed)

    def change(self, scenario: ComposeScenario) -> FileChange:
        """As a unified diff with one line of context."""
        shown = scenario.shown(self.path)
        old, new = scenario.texts[self.path].splitlines(), self.changed.splitlines()
        return FileChange(text=self.text, diff=tuple(difflib.unified_diff(old, new, shown, shown, n=1, lineterm="")))


def replaced(scenario: ComposeScenario, location: YamlLocation, old: str, new: str) -> FileProposal | None:
    """`old` replaced by `new` in this line, as a whole name or number; None if the line does not have it once."""
    pattern = rf"(?<![\w.-]){re.escape(old)}(?![\w.-])"
    return _line_changed(
        scenario, location, f"{old} becomes {new}",
        lambda line: [re.sub(pattern, new, line)] if len(re.findall(pattern, line)) == 1 else None,
    )  # fmt: skip


def _line_changed(
    scenario: ComposeScenario, location: YamlLocation, text: str, edit: Callable[[str], list[str] | None]
) -> FileProposal | None:
    lines = scenario.texts[location.path].split("\n")
    changed = edit(lines[location.line - 1])
    if changed is None:
        return None
    lines[location.line - 1 : location.line] = changed
    return FileProposal(text, location.path, "\n".join(lines))


def unquoted(scenario: ComposeScenario, location: YamlLocation, value: str) -> FileProposal | None:
    """The value without the quotes around it."""
    pattern = rf"=(['\"]){re.escape(value)}\1"
    return _line_changed(
        scenario, location, f"{value} has no quotes",
        lambda line: [re.sub(pattern, f"={value}", line)] if len(re.findall(pattern, line)) == 1 else None,
    )  # fmt: skip


# --- ports -----------------------------------------------------------------------------------------------------------


def bound_to_loopback(scenario: ComposeScenario, service: str, target: int) -> FileProposal | None:
    """The port published on 127.0.0.1 alone."""
    found = port_item(scenario, service, target)
    if found is None:
        return None
    location, item = found
    text = f"tcp/{target} of {service} is published on 127.0.0.1 alone"
    if item.kind == "mapping":
        return _line_changed(scenario, location, text, lambda line: _with_host_ip(line, item))
    return _line_changed(scenario, location, text, lambda line: _with_address(line, item.value))


def _with_host_ip(line: str, item: YamlNode) -> list[str] | None:
    """The long form, in block style: `host_ip` behind its first line."""
    first = item.content[0].value
    before = re.match(rf"(\s*-\s+)({re.escape(first)})\s*:", line)
    if before is None or child(item, "host_ip") is not None:
        return None
    return [line, f"{' ' * len(before[1])}host_ip: 127.0.0.1"]


def _with_address(line: str, value: str) -> list[str] | None:
    """The short form: `127.0.0.1:` before it, instead of another address."""
    ports = re.sub(r"^(?:\d+\.\d+\.\d+\.\d+|\[[^]]*\]):", "", value)
    bound = f"127.0.0.1:{ports}" if ":" in ports else f"127.0.0.1::{ports}"
    pattern = rf"(['\"]?)(?<![\w.:]){re.escape(value)}\1(?![\w.:])"
    return [re.sub(pattern, f'"{bound}"', line)] if len(re.findall(pattern, line)) == 1 else None


# --- networks and names ----------------------------------------------------------------------------------------------


def on_network(scenario: ComposeScenario, service: str, network: str) -> FileProposal | None:
    """The service on one more network of the file."""
    text = f"{service} is on the network {network} as well"
    for path, _, node in service_nodes(scenario, service):
        networks = child(node, "networks")
        if networks is not None and networks.target is None:
            return _one_more(scenario, path, networks, network, text)
    added = ["networks:", "  - default", f"  - {network}"] if network != "default" else None
    return None if added is None else _key_added(scenario, service, added, text)


def _one_more(scenario: ComposeScenario, path: str, networks: YamlNode, network: str, text: str) -> FileProposal | None:
    """Behind the last entry: in block style by a line of the same indentation, in a flow sequence by a comma."""
    entries = networks.content if networks.kind == "sequence" else [key for key, _ in pairs(networks)]
    if not entries:
        return None
    location = YamlLocation(path, entries[-1].line)
    flow = re.compile(rf"(['\"]?){re.escape(entries[-1].value)}\1\s*(?=\])")
    line = scenario.texts[path].split("\n")[location.line - 1]
    if networks.kind == "sequence" and flow.search(line):
        return _line_changed(scenario, location, text, lambda line: [flow.sub(lambda m: f"{m[0]}, {network}", line, 1)])
    first = scenario.texts[path].split("\n")[entries[0].line - 1]
    indent = first[: len(first) - len(first.lstrip())]
    if not re.match(rf"\s*(-\s+)?['\"]?{re.escape(entries[0].value)}", first):
        return None
    added = f"{indent}- {network}" if networks.kind == "sequence" else f"{indent}{network}:"
    before = YamlLocation(path, entries[0].line)
    return _line_changed(scenario, before, text, lambda line: [added, line])


def with_host_gateway(scenario: ComposeScenario, service: str) -> FileProposal | None:
    """`extra_hosts` with host.docker.internal, where the service has none yet."""
    if key_location(scenario, service, "extra_hosts") != key_location(scenario, service):
        return None
    added = ["extra_hosts:", '  - "host.docker.internal:host-gateway"']
    return _key_added(scenario, service, added, f"{service} knows host.docker.internal by extra_hosts")


def _key_added(scenario: ComposeScenario, service: str, added: list[str], text: str) -> FileProposal | None:
    """Lines before the first key of the service, indented like it."""
    for path, key, node in service_nodes(scenario, service):
        if node.kind != "mapping" or not node.content or node.content[0].line <= key.line:
            continue
        first = node.content[0]
        line = scenario.texts[path].split("\n")[first.line - 1]
        indent = line[: len(line) - len(line.lstrip())]
        lines = [f"{indent}{each}" for each in added]
        location = YamlLocation(path, first.line)
        return _line_changed(scenario, location, text, partial(_before, lines))
    return None


def _before(added: list[str], line: str) -> list[str]:
    return [*added, line]
