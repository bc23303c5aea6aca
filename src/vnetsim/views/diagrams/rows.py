"""Boxes of namespaces in rows, by their distance from the busiest one.

A namespace has its bridges above its other devices, and those of one bridge beside each other; namespaces have the
order of the devices at the other ends of their cables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from vnetsim.views.diagrams.arrangement import (
    GAP,
    HEIGHT,
    PAD,
    TITLE,
    Arrangement,
    Point,
    Rectangle,
    device_width,
    masters_of,
)
from vnetsim.views.topology import DrawnDevice, DrawnNamespace, DrawnTopology

_BETWEEN: Final = 56
#: A row of boxes is broken when it is wider, a row of devices when it has more.
_WIDEST: Final = 2200
_MOST: Final = 16


def rows(topology: DrawnTopology) -> Arrangement:
    masters = masters_of(topology.connections)
    boxes = [_box(number, each, masters) for number, each in enumerate(topology.namespaces)]
    found = Arrangement()
    x, y, tallest, widest = float(PAD), float(PAD), 0.0, 0.0
    for level in _levels(topology, boxes):
        for number in level:
            box = boxes[number]
            if x > PAD and x + box.width > _WIDEST:
                x, y, tallest = float(PAD), y + tallest + GAP * 2, 0.0
            found.take(box, x, y)
            x += box.width + GAP * 2
            tallest, widest = max(tallest, box.height), max(widest, x)
        x, y, tallest = float(PAD), y + tallest + _BETWEEN, 0.0
    found.width, found.height = max(widest - GAP * 2 + PAD, 100), max(y - _BETWEEN + PAD, 60)
    return found


def _box(number: int, namespace: DrawnNamespace, masters: Mapping[int, int]) -> Arrangement:
    box = Arrangement()
    bridges = [device for device in namespace.devices if device.kind == "bridge"]
    others = sorted(
        (device for device in namespace.devices if device.kind != "bridge"),
        key=lambda device: (masters.get(device.place, -1), device.place),
    )
    y = float(TITLE + PAD)
    for row in (*_broken(bridges), *_broken(others)):
        x = float(PAD)
        for device in row:
            width = device_width(device)
            box.devices[device.place] = Rectangle(x, y, width, HEIGHT)
            x += width + GAP
        box.width = max(box.width, x - GAP + PAD)
        y += HEIGHT + 2 * GAP
    box.width = max(box.width, 8 * len(namespace.label) + 3 * PAD, 110)
    box.height = max(y - 2 * GAP + PAD, TITLE + 2 * PAD)
    box.namespaces[number] = Rectangle(0, 0, box.width, box.height)
    return box


def _broken(devices: Sequence[DrawnDevice]) -> list[Sequence[DrawnDevice]]:
    return [devices[at : at + _MOST] for at in range(0, len(devices), _MOST)]


def _levels(topology: DrawnTopology, boxes: Sequence[Arrangement]) -> list[list[int]]:
    """The numbers of namespaces in each row."""
    owner = {device.place: number for number, each in enumerate(topology.namespaces) for device in each.devices}
    order = {place: (each.y, each.x) for box in boxes for place, each in box.devices.items()}
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


def _first_ends(topology: DrawnTopology, owner: Mapping[int, int], order: Mapping[int, Point]) -> dict[int, Point]:
    """Of each namespace, where the first of its cables ends in another box."""
    found = dict.fromkeys(range(len(topology.namespaces)), (0.0, 0.0))
    for connection in reversed(topology.connections):
        for one, other in (connection.ends, connection.ends[::-1]):
            if owner[one] != owner[other]:
                found[owner[one]] = order[other]
    return found
