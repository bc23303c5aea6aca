"""Wide networks as nested boxes."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from vnetsim.views.diagrams.arrangement import Arrangement, Rectangle
from vnetsim.views.diagrams.nested import nested
from vnetsim.views.diagrams.rows import rows
from vnetsim.views.diagrams.svg import svg
from vnetsim.views.topology import Connection, DrawnDevice, DrawnNamespace, DrawnTopology


def docker(networks: int, containers: int) -> DrawnTopology:
    """A host with so many networks of so many containers; the first of each is in the next one, too."""
    places = itertools.count(1)
    bridges = [DrawnDevice(next(places), f"br-{n}", "bridge", up=True) for n in range(networks)]
    ports: list[DrawnDevice] = []
    others: list[DrawnNamespace] = []
    connections: list[Connection] = []
    for network, index in itertools.product(range(networks), range(containers)):
        devices = []
        for eth, number in enumerate((network, network + 1) if index == 0 and network + 1 < networks else (network,)):
            port = DrawnDevice(next(places), f"veth{len(ports)}", "veth", up=True)
            device = DrawnDevice(next(places), f"eth{eth}", "veth", up=True, addresses=("172.18.0.2/16",))
            ports.append(port)
            devices.append(device)
            connections.append(Connection("cable", (port.place, device.place)))
            connections.append(Connection("port", (port.place, bridges[number].place)))
        others.append(DrawnNamespace(f"c{network}-{index}", is_host=False, devices=tuple(devices)))
    host = DrawnNamespace("host", is_host=True, devices=(*bridges, *ports))
    return DrawnTopology("docker", (host, *others), tuple(connections))


def inside(one: Rectangle, other: Rectangle) -> bool:
    return (
        other.x <= one.x and one.x + one.width <= other.x + other.width
        and other.y <= one.y and one.y + one.height <= other.y + other.height
    )  # fmt: skip


def apart(one: Rectangle, other: Rectangle) -> bool:
    return (
        one.x + one.width <= other.x or other.x + other.width <= one.x
        or one.y + one.height <= other.y or other.y + other.height <= one.y
    )  # fmt: skip


@pytest.mark.parametrize("size", [(6, 5), (1, 30), (8, 1), (2, 2)])
@pytest.mark.parametrize("arrange", [nested, rows])
def test_boxes_are_apart_or_in_each_other(
    size: tuple[int, int], arrange: Callable[[DrawnTopology], Arrangement]
) -> None:
    topology = docker(*size)
    found = arrange(topology)
    whole = Rectangle(0, 0, found.width, found.height)
    for number, namespace in enumerate(topology.namespaces):
        assert inside(found.namespaces[number], whole)
        assert all(inside(found.devices[each.place], found.namespaces[number]) for each in namespace.devices)
    for one, other in itertools.combinations(found.namespaces.values(), 2):
        assert apart(one, other) or inside(other, one)
    for one, other in itertools.combinations(found.devices.values(), 2):
        assert apart(one, other)


def test_ports_are_below_their_bridge_and_namespaces_below_their_ports() -> None:
    topology = docker(6, 5)
    found = nested(topology)
    for kind, (one, other) in ((each.kind, each.ends) for each in topology.connections):
        upper, lower = (one, other) if kind == "cable" else (other, one)
        crossing = topology.device(other).name == "eth1"  # into the box of another bridge
        assert crossing or found.devices[upper].y < found.devices[lower].y
    for connection, route in found.routes.items():
        port, bridge = (found.devices[place] for place in connection.ends)
        assert route[0][1] == bridge.y + bridge.height
        assert route[-1] == (port.x + port.width / 2, port.y)


def test_thirty_containers_are_no_strip_and_few_are_in_rows() -> None:
    wide = nested(docker(6, 5))
    assert 0.5 < wide.width / wide.height < 2.5
    assert f'viewBox="0 0 {wide.width:g} {wide.height:g}"' in svg(docker(6, 5))
    few = rows(docker(2, 2))
    assert f'viewBox="0 0 {few.width:g} {few.height:g}"' in svg(docker(2, 2))
