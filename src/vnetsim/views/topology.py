"""The topology of a machine at a moment, as values: namespaces, their devices, and what connects them.

It is made of the rows of the tables `links` and `addresses` that the player shows (`vnetsim.playback.tables`), so that
a picture and the player cannot differ.  `vnetsim.views.diagrams` writes it as SVG, DOT and Mermaid.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vnetsim.values import frozen

#: The columns of the table `links`.
NAME, KIND, STATE, FLAGS, MTU, MAC, QDISC, PORT_STATE, MASTER, PEER, PLACE = range(11)
_BESIDE = 40


@frozen
class DrawnDevice:
    """`place` tells devices of the whole machine apart; `addresses` are without those of the link only."""

    place: int
    name: str
    kind: str
    up: bool
    addresses: tuple[str, ...] = ()


@frozen
class DrawnNamespace:
    label: str
    is_host: bool
    devices: tuple[DrawnDevice, ...]


@frozen
class Connection:
    """Two devices by the numbers of them: a cable, a port (the first) in its bridge, a device on top of another."""

    kind: str
    ends: tuple[int, int]


@frozen
class DrawnTopology:
    title: str
    namespaces: tuple[DrawnNamespace, ...]
    connections: tuple[Connection, ...]

    @property
    def is_wide(self) -> bool:
        """Whether it has more devices than a page can have beside each other."""
        return sum(len(each.devices) for each in self.namespaces) > _BESIDE

    def downwards(self, connection: Connection) -> tuple[int, int]:
        """Its ends, the one first that is drawn above: a bridge, then its ports, then what is connected to them."""
        one, other = connection.ends
        if connection.kind != "cable":
            return other, one
        ports = {each.ends[0] for each in self.connections if each.kind == "port"}
        return (other, one) if other in ports and one not in ports else (one, other)

    def device(self, place: int) -> DrawnDevice:
        return next(each for namespace in self.namespaces for each in namespace.devices if each.place == place)

    def namespace(self, place: int) -> DrawnNamespace:
        """The one in which a device is."""
        return next(each for each in self.namespaces if any(device.place == place for device in each.devices))


@frozen
class NamespaceRows:
    """The rows of one namespace."""

    label: str
    is_host: bool
    links: Sequence[Sequence[str]]
    addresses: Sequence[Sequence[str]]


def topology(title: str, rows: Sequence[NamespaceRows]) -> DrawnTopology:
    """Loopback devices are left out: they lead nowhere else."""
    namespaces = tuple(_namespace(each) for each in rows)
    drawn = {device.place for namespace in namespaces for device in namespace.devices}
    found: dict[Connection, None] = {}
    for link in (link for each in rows for link in each.links):
        for connection in _connections(link):
            if set(connection.ends) <= drawn:
                found[connection] = None
    return DrawnTopology(title, namespaces, tuple(found))


def _namespace(rows: NamespaceRows) -> DrawnNamespace:
    addresses: dict[str, list[str]] = {}
    for device, address, scope, *_ in rows.addresses:
        if scope != "link":
            addresses.setdefault(device, []).append(address)
    return DrawnNamespace(rows.label, rows.is_host, tuple(
        _device(link, addresses) for link in rows.links if link[KIND] != "loopback"
    ))  # fmt: skip


def _device(link: Sequence[str], addresses: Mapping[str, Sequence[str]]) -> DrawnDevice:
    up = "UP" in link[FLAGS].split(",")
    return DrawnDevice(int(link[PLACE]), link[NAME], link[KIND], up, tuple(addresses.get(link[NAME], ())))


def _connections(link: Sequence[str]) -> list[Connection]:
    place = int(link[PLACE])
    found = [Connection("port", (place, int(link[MASTER])))] if link[MASTER] else []
    if not link[PEER]:
        return found
    peer = int(link[PEER])
    if link[KIND] == "veth":
        return [*found, Connection("cable", (min(place, peer), max(place, peer)))]
    return [*found, Connection("stacked", (place, peer))]
