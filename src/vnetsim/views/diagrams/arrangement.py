"""Where the boxes of a picture are."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import attrs

from vnetsim.values import define
from vnetsim.views.topology import Connection, DrawnDevice

HEIGHT: Final = 40
GAP: Final = 14
PAD: Final = 12
TITLE: Final = 26
#: How much wider than high a picture is to be.
_SHAPE: Final = 1.6

Point = tuple[float, float]


class Rectangle(NamedTuple):
    x: float
    y: float
    width: float
    height: float


@define
class Arrangement:
    """Rectangles from the upper left corner at 0: of namespaces by their number, of devices by theirs.

    A connection without a route is a straight line between its two devices.
    """

    width: float = 0
    height: float = 0
    namespaces: dict[int, Rectangle] = attrs.field(factory=dict)
    devices: dict[int, Rectangle] = attrs.field(factory=dict)
    routes: dict[Connection, tuple[Point, ...]] = attrs.field(factory=dict)

    def take(self, part: Arrangement, x: float, y: float) -> None:
        """All of another one, with its corner at this point."""
        for own, others in ((self.namespaces, part.namespaces), (self.devices, part.devices)):
            own |= {key: each._replace(x=each.x + x, y=each.y + y) for key, each in others.items()}
        self.routes |= {key: tuple((px + x, py + y) for px, py in route) for key, route in part.routes.items()}
        self.width, self.height = max(self.width, x + part.width), max(self.height, y + part.height)


def device_width(device: DrawnDevice) -> float:
    return max(112, 8 * max(map(len, (device.name, *device.addresses[:1]))) + 20)


def packed(parts: Sequence[Arrangement], gap: float) -> Arrangement:
    """In lines from left to right, one below the other."""
    area = sum((part.width + gap) * (part.height + gap) for part in parts)
    widest = max([math.sqrt(area * _SHAPE), *(part.width for part in parts)])
    found, x, y = Arrangement(), 0.0, 0.0
    for part in parts:
        if x and x + part.width > widest:
            x, y = 0.0, found.height + gap
        found.take(part, x, y)
        x += part.width + gap
    return found


def masters_of(connections: Sequence[Connection]) -> Mapping[int, int]:
    """The bridge of each port."""
    return dict(each.ends for each in connections if each.kind == "port")
