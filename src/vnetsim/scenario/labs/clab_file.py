"""Reading containerlab's topology files (containerlab: docs/manual/topo-def-file.md, types/topology.go).

A property of a node is that of the node, else of its group, its kind, or the defaults; lists and mappings of all four
are joined.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.compose.reading import YamlNode, documents
from vnetsim.compose.values import ComposeError
from vnetsim.errors import UsageError
from vnetsim.scenario.composefile import child, pairs
from vnetsim.values import define, frozen

_LEVELS: Final = ("defaults", "kinds", "groups")


@frozen
class ClabValue:
    """A scalar of the file."""

    text: str
    line: int


@frozen
class ClabNode:
    """A node with the mappings that its properties are in, from the most general to its own."""

    name: str
    line: int
    kind: str
    levels: tuple[YamlNode, ...]

    def properties(self) -> Iterator[ClabValue]:
        for level in self.levels:
            yield from (ClabValue(key.value, key.line) for key, _ in pairs(level))

    def scalar(self, key: str) -> ClabValue | None:
        found = [node for level in self.levels if (node := child(level, key)) is not None]
        return ClabValue(found[-1].value, found[-1].line) if found else None

    def items(self, key: str) -> list[ClabValue]:
        """Of a list, or of a mapping as KEY=VALUE."""
        found = []
        for level in self.levels:
            node = child(level, key)
            if node is not None and node.kind == "sequence":
                found += [ClabValue(each.value, each.line) for each in node.content]
            else:
                found += [ClabValue(f"{name.value}={value.value}", name.line) for name, value in pairs(node)]
        return found


@frozen
class ClabEnd:
    """An interface of a node; `address` and `mac` are those that the link gives it."""

    node: str
    interface: str
    line: int
    mac: str = ""
    addresses: tuple[str, ...] = ()


@frozen
class ClabLink:
    """`kind` is the type of the link; the host's end of a link of type host is the node `host`."""

    kind: str
    ends: tuple[ClabEnd, ...]
    mtu: str
    line: int


@define
class ClabFile:
    """`file` is the user's name of the topology file."""

    file: str
    root: YamlNode

    @classmethod
    def of(cls, file: str, text: str) -> ClabFile:
        try:
            root = next(documents(text), None)
        except ComposeError as error:
            raise UsageError(f"{file}:{error.line or 1}: {error}") from None
        except RecursionError:
            raise UsageError(f"{file}: YAML that is nested too deeply") from None
        nodes = child(child(root, "topology"), "nodes")
        if root is None or nodes is None or nodes.kind != "mapping" or not nodes.content:
            line = nodes.line if nodes is not None else 1
            raise UsageError(
                f"{file}:{line}: expected a mapping topology with a mapping nodes, as containerlab reads it"
            )
        return cls(file, root)

    def nodes(self) -> list[ClabNode]:
        topology = child(self.root, "topology")
        return [self._node(key, value) for key, value in pairs(child(topology, "nodes"))]

    def _node(self, key: YamlNode, value: YamlNode) -> ClabNode:
        topology = child(self.root, "topology")
        defaults, kinds, groups = (child(topology, level) for level in _LEVELS)
        group = child(value, "group") or child(defaults, "group")
        in_group = child(groups, group.value) if group is not None else None
        kind = child(value, "kind") or child(in_group, "kind") or child(defaults, "kind")
        if kind is None:
            raise UsageError(f"{self.file}:{key.line}: expected a kind of the node {key.value}, as kind: linux")
        levels = (defaults, child(kinds, kind.value), in_group, value)
        return ClabNode(key.value, key.line, kind.value, tuple(level for level in levels if level is not None))

    def links(self) -> Iterator[ClabLink]:
        links = child(child(self.root, "topology"), "links")
        if links is not None and links.kind != "sequence" and links.content:
            raise UsageError(f"{self.file}:{links.line}: expected a list of links")
        for link in links.content if links is not None else ():
            yield self._link(link)

    def _link(self, link: YamlNode) -> ClabLink:
        kind, mtu, host = child(link, "type"), child(link, "mtu"), child(link, "host-interface")
        listed, single = child(link, "endpoints"), child(link, "endpoint")
        ends = [self._end(each) for each in (listed.content if listed is not None else [single] if single else ())]
        if host is not None:
            ends.append(ClabEnd("host", host.value, host.line))
        name = kind.value if kind is not None else "veth"
        if len(ends) != (1 if name == "dummy" else 2):
            raise UsageError(f'{self.file}:{link.line}: expected endpoints: ["NODE:INTERFACE", "NODE:INTERFACE"]')
        return ClabLink(name, tuple(ends), mtu.value if mtu is not None else "", link.line)

    def _end(self, end: YamlNode) -> ClabEnd:
        if end.kind == "mapping":
            values = {key.value: value.value for key, value in pairs(end)}
            node, interface = values.get("node", ""), values.get("interface", "")
            addresses = tuple(values[key] for key in ("ipv4", "ipv6") if key in values)
            found = ClabEnd(node, interface, end.line, values.get("mac", ""), addresses)
        else:
            node, _, interface = end.value.partition(":")
            found = ClabEnd(node, interface, end.line)
        if not found.node or not found.interface:
            raise UsageError(f"{self.file}:{end.line}: expected NODE:INTERFACE, found {end.value!r}")
        return found
