"""A topology as an SVG file of its own, for pages and slides: in rows, or nested where that would be too wide.

Straight lines cross boxes where there are many: the player has a layout engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Final

from vnetsim.views.diagrams.arrangement import HEIGHT, Arrangement, Rectangle
from vnetsim.views.diagrams.nested import nested
from vnetsim.views.diagrams.rows import rows
from vnetsim.views.topology import DrawnDevice, DrawnTopology

_STYLE: Final = """
text{font:13px system-ui,sans-serif;fill:#1c2128}.a{font:11px ui-monospace,monospace;fill:#57606a}
.t{font-weight:600}.n{fill:#fff;stroke:#d0d7de}.h{fill:#eef3fb}.d{fill:#dfe8f6;stroke:#57606a}.b{fill:#dcefe2}
.o{fill:#fff;stroke-dasharray:4 3}polyline{fill:none;stroke:#57606a;stroke-width:2}.back{fill:#f6f7f9}
.port,.stacked{stroke-width:1.5;stroke-dasharray:3 3}
@media(prefers-color-scheme:dark){text{fill:#e6e9ee}.a{fill:#9aa4b2}.n{fill:#20252e;stroke:#363c47}.h{fill:#1c2430}
.d{fill:#2b3a52;stroke:#9aa4b2}.b{fill:#244033}.o{fill:#20252e}polyline{stroke:#9aa4b2}.back{fill:#14171c}}
"""


def svg(topology: DrawnTopology) -> str:
    arranged = nested(topology) if topology.is_wide else rows(topology)
    width, height = arranged.width, arranged.height
    body = "".join(f"{line}\n" for line in _body(topology, arranged))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img">\n<title>{_text(topology.title)}</title>\n<style>{_STYLE}</style>\n'
        f'<rect class="back" width="100%" height="100%"/>\n{body}</svg>\n'
    )


def _text(text: str) -> str:
    """Escaped, and without the characters that XML cannot have."""
    return escape("".join(c if c.isprintable() or c in "\t\n" else "\ufffd" for c in text))


def _body(topology: DrawnTopology, arranged: Arrangement) -> Iterator[str]:
    for number, (x, y, width, height) in arranged.namespaces.items():
        kind = "n h" if topology.namespaces[number].is_host else "n"
        yield f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="8"/>'
    for connection in topology.connections:
        straight = tuple(_middle(arranged.devices[place]) for place in connection.ends)
        points = " ".join(f"{x:g},{y:g}" for x, y in arranged.routes.get(connection, straight))
        yield f'<polyline class="{connection.kind}" points="{points}"/>'
    for number, namespace in enumerate(topology.namespaces):
        corner = arranged.namespaces[number]
        yield f'<text class="t" x="{corner.x + 10:g}" y="{corner.y + 18:g}">{_text(namespace.label)}</text>'
        for device in namespace.devices:
            yield from _device(device, arranged.devices[device.place])


def _middle(box: Rectangle) -> tuple[float, float]:
    return box.x + box.width / 2, box.y + box.height / 2


def _device(device: DrawnDevice, at: Rectangle) -> Iterator[str]:
    x, y, width, _ = at
    bridge = device.kind == "bridge"
    kind = f"d{' b' * bridge}{' o' * (not device.up)}"
    yield f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{HEIGHT}" rx="{14 if bridge else 5}"/>'
    middle = x + width / 2
    yield f'<text text-anchor="middle" x="{middle:g}" y="{y + 17:g}">{_text(device.name)}</text>'
    below = device.addresses[0] if device.addresses else device.kind if device.up else "down"
    yield f'<text class="a" text-anchor="middle" x="{middle:g}" y="{y + 32:g}">{_text(below)}</text>'
