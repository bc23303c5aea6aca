"""A topology as a flowchart of Mermaid: a subgraph for each namespace, a node for each device."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from vnetsim.views.topology import DrawnDevice, DrawnTopology

_LINES: Final = {"cable": "===", "port": "-.-", "stacked": "---"}


def mermaid(topology: DrawnTopology) -> str:
    return "".join(f"{line}\n" for line in _lines(topology))


def _lines(topology: DrawnTopology) -> Iterator[str]:
    yield f"flowchart {'LR' if topology.is_wide else 'TB'}"
    for number, namespace in enumerate(topology.namespaces):
        yield f"  subgraph n{number}[{_quoted(namespace.label)}]"
        yield from (f"    {_node(device)}" for device in namespace.devices)
        yield "  end"
    for connection in topology.connections:
        one, other = topology.downwards(connection)
        yield f"  d{one} {_LINES[connection.kind]} d{other}"
    down = [f"d{device.place}" for each in topology.namespaces for device in each.devices if not device.up]
    if down:
        yield "  classDef down stroke-dasharray: 4 3"
        yield f"  class {','.join(down)} down"


def _node(device: DrawnDevice) -> str:
    label = "<br/>".join(_escaped(line) for line in (device.name, *device.addresses))
    opening, closing = ("([", "])") if device.kind == "bridge" else ("[", "]")
    return f'd{device.place}{opening}"{label}"{closing}'


def _quoted(text: str) -> str:
    return f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    """Mermaid's entity codes: `#` and the number of a character, for all that is more than a letter."""
    return "".join(c if c.isalnum() or c in " -_.:/@" else f"#{ord(c)};" for c in text)
