"""A topology as an SVG file of its own: boxes of namespaces in rows, by their distance from the busiest one.

A namespace has its bridges above its other devices, and those of one bridge beside each other; namespaces have the
order of the devices at the other ends of their cables.  Lines are straight and cross boxes where there are many: the
player has a layout engine, this picture is for pages and slides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Final

import attrs

from vnetsim.values import define
from vnetsim.views.topology import DrawnDevice, DrawnNamespace, DrawnTopology

_HEIGHT, _GAP, _PAD, _TITLE, _BETWEEN = 40, 14, 12, 26, 56
#: A row of boxes is broken when it is wider, a row of devices when it has more.
_WIDEST: Final = 2200
_MOST: Final = 16
_STYLE: Final = """
text{font:13px system-ui,sans-serif;fill:#1c2128}.a{font:11px ui-monospace,monospace;fill:#57606a}
.t{font-weight:600}.n{fill:#fff;stroke:#d0d7de}.h{fill:#eef3fb}.d{fill:#dfe8f6;stroke:#57606a}.b{fill:#dcefe2}
.o{fill:#fff;stroke-dasharray:4 3}line{stroke:#57606a;stroke-width:2}.back{fill:#f6f7f9}
.port,.stacked{stroke-width:1.5;stroke-dasharray:3 3}
@media(prefers-color-scheme:dark){text{fill:#e6e9ee}.a{fill:#9aa4b2}.n{fill:#20252e;stroke:#363c47}.h{fill:#1c2430}
.d{fill:#2b3a52;stroke:#9aa4b2}.b{fill:#244033}.o{fill:#20252e}line{stroke:#9aa4b2}.back{fill:#14171c}}
"""


@define
class _Box:
    """A namespace and the rectangles of its devices, from its upper left corner."""

    namespace: DrawnNamespace
    width: float = 0
    height: float = 0
    x: float = 0
    y: float = 0
    devices: list[tuple[DrawnDevice, float, float, float]] = attrs.field(factory=list)


def svg(topology: DrawnTopology) -> str:
    masters = dict(each.ends for each in topology.connections if each.kind == "port")
    boxes = [_box(namespace, masters) for namespace in topology.namespaces]
    width, height = _arrange(topology, boxes)
    body = "".join(f"{line}\n" for line in _body(topology, boxes))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img">\n<title>{_text(topology.title)}</title>\n<style>{_STYLE}</style>\n'
        f'<rect class="back" width="100%" height="100%"/>\n{body}</svg>\n'
    )


def _text(text: str) -> str:
    """Escaped, and without the characters that XML cannot have."""
    return escape("".join(c if c.isprintable() or c in "\t\n" else "\ufffd" for c in text))


# --- where things are ------------------------------------------------------------------------------------------------


def _box(namespace: DrawnNamespace, masters: Mapping[int, int]) -> _Box:
    box = _Box(namespace)
    bridges = [device for device in namespace.devices if device.kind == "bridge"]
    others = sorted(
        (device for device in namespace.devices if device.kind != "bridge"),
        key=lambda device: (masters.get(device.place, -1), device.place),
    )
    y = float(_TITLE + _PAD)
    for row in (*_broken(bridges), *_broken(others)):
        x = float(_PAD)
        for device in row:
            width = max(112, 8 * max(map(len, (device.name, *device.addresses[:1]))) + 20)
            box.devices.append((device, x, y, width))
            x += width + _GAP
        box.width = max(box.width, x - _GAP + _PAD)
        y += _HEIGHT + 2 * _GAP
    box.width = max(box.width, 8 * len(namespace.label) + 3 * _PAD, 110)
    box.height = max(y - 2 * _GAP + _PAD, _TITLE + 2 * _PAD)
    return box


def _broken(devices: Sequence[DrawnDevice]) -> list[Sequence[DrawnDevice]]:
    return [devices[at : at + _MOST] for at in range(0, len(devices), _MOST)]


def _arrange(topology: DrawnTopology, boxes: Sequence[_Box]) -> tuple[float, float]:
    """Rows by distance from the namespace with the most cables; the size of the whole."""
    x, y, tallest, widest = float(_PAD), float(_PAD), 0.0, 0.0
    for level in _levels(topology, boxes):
        for number in level:
            box = boxes[number]
            if x > _PAD and x + box.width > _WIDEST:
                x, y, tallest = float(_PAD), y + tallest + _GAP * 2, 0.0
            box.x, box.y = x, y
            x += box.width + _GAP * 2
            tallest, widest = max(tallest, box.height), max(widest, x)
        x, y, tallest = float(_PAD), y + tallest + _BETWEEN, 0.0
    return max(widest - _GAP * 2 + _PAD, 100), max(y - _BETWEEN + _PAD, 60)


def _levels(topology: DrawnTopology, boxes: Sequence[_Box]) -> list[list[int]]:
    owner = {device.place: number for number, each in enumerate(topology.namespaces) for device in each.devices}
    order = {device.place: (y, x) for box in boxes for device, x, y, _ in box.devices}
    first = _first_ends(topology, owner, order)
    near: dict[int, set[int]] = {number: set() for number in range(len(topology.namespaces))}
    for connection in topology.connections:
        one, other = (owner[place] for place in connection.ends)
        near[one].add(other)
        near[other].add(one)
    left, levels = set(near), list[list[int]]()
    while left:
        level = [min(left, key=lambda number: (-len(near[number]), number))]
        while level:
            levels.append(level)
            left -= set(level)
            level = sorted({other for number in level for other in near[number]} & left, key=lambda n: (first[n], n))
    return levels


def _first_ends(
    topology: DrawnTopology, owner: Mapping[int, int], order: Mapping[int, tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    """Of each namespace, where the first of its cables ends in another box."""
    found = dict.fromkeys(range(len(topology.namespaces)), (0.0, 0.0))
    for connection in reversed(topology.connections):
        for one, other in (connection.ends, connection.ends[::-1]):
            if owner[one] != owner[other]:
                found[owner[one]] = order[other]
    return found


# --- what is drawn ---------------------------------------------------------------------------------------------------


def _body(topology: DrawnTopology, boxes: Sequence[_Box]) -> Iterator[str]:
    centers: dict[int, tuple[float, float]] = {}
    for box in boxes:
        kind = "n h" if box.namespace.is_host else "n"
        yield f'<rect class="{kind}" x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}" rx="8"/>'
        for device, x, y, width in box.devices:
            centers[device.place] = box.x + x + width / 2, box.y + y + _HEIGHT / 2
    for connection in topology.connections:
        (x1, y1), (x2, y2) = (centers[place] for place in connection.ends)
        yield f'<line class="{connection.kind}" x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"/>'
    for box in boxes:
        yield f'<text class="t" x="{box.x + 10:g}" y="{box.y + 18:g}">{_text(box.namespace.label)}</text>'
        for device, x, y, width in box.devices:
            yield from _device(device, box.x + x, box.y + y, width)


def _device(device: DrawnDevice, x: float, y: float, width: float) -> Iterator[str]:
    bridge = device.kind == "bridge"
    kind = f"d{' b' * bridge}{' o' * (not device.up)}"
    yield f'<rect class="{kind}" x="{x:g}" y="{y:g}" width="{width:g}" height="{_HEIGHT}" rx="{14 if bridge else 5}"/>'
    middle = x + width / 2
    yield f'<text text-anchor="middle" x="{middle:g}" y="{y + 17:g}">{_text(device.name)}</text>'
    below = device.addresses[0] if device.addresses else device.kind if device.up else "down"
    yield f'<text class="a" text-anchor="middle" x="{middle:g}" y="{y + 32:g}">{_text(below)}</text>'
