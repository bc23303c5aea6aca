"""A topology in the DOT language of Graphviz: a cluster for each namespace, a node for each device.

Not used: records and HTML labels; a device has its name and its addresses on lines of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.views.topology import DrawnDevice, DrawnTopology

_STYLES: Final = {"cable": "[penwidth=2]", "port": "[style=dashed]", "stacked": "[style=dotted]"}


def dot(topology: DrawnTopology) -> str:
    return "".join(f"{line}\n" for line in _lines(topology))


def _lines(topology: DrawnTopology) -> Iterator[str]:
    yield f"graph {_quoted(topology.title)} {{"
    direction = "rankdir=LR, ranksep=2, " if topology.is_wide else ""
    yield f'  graph [{direction}compound=true, fontname="sans-serif"];'
    yield '  node [shape=box, style=rounded, fontname="sans-serif"];'
    for number, namespace in enumerate(topology.namespaces):
        yield f"  subgraph cluster{number} {{"
        yield f"    label={_quoted(namespace.label)};"
        yield from (f"    {_node(device)};" for device in namespace.devices)
        if not namespace.devices:
            yield f'    empty{number} [label="", shape=none];'
        yield "  }"
    for connection in topology.connections:
        one, other = topology.downwards(connection)
        yield f"  d{one} -- d{other} {_STYLES[connection.kind]};"
    yield "}"


def _node(device: DrawnDevice) -> str:
    label = _quoted("\n".join((device.name, *device.addresses)))
    style = "" if device.up else ', style="rounded,dashed"'
    shape = ", shape=ellipse" if device.kind == "bridge" else ""
    return f"d{device.place} [label={label}{shape}{style}]"


def _quoted(text: str) -> str:
    r"""A double-quoted string: only quotes end it, and a backslash would begin an escape such as \n or \N."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
