"""The topology of a lab as values, and its pictures: everything is there once, and every name is text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from xml.etree import ElementTree as ET

import pytest

from vnetsim.lab import Lab
from vnetsim.playback.topology import topology_of
from vnetsim.views.diagrams import DIAGRAMS
from vnetsim.views.topology import DrawnTopology, NamespaceRows, topology

LINES = [
    *(f"ip netns add {name}; ip link add p{name} type veth peer name eth0 netns {name}" for name in "ab"),
    "ip link add br0 type bridge; ip link set br0 up; ip addr add 10.0.0.254/24 dev br0",
    *(f"ip link set p{name} master br0 up" for name in "ab"),
    "ip -n a addr add 10.0.0.1/24 dev eth0; ip -n a link set eth0 up",
    "ip -n a link add link eth0 name eth0.5 type vlan id 5",
    "ip netns add empty",
]
EVIL = 'a"]; <script>alert(1)</script> & \\n } end `#'


@cache
def made() -> DrawnTopology:
    lab = Lab(docker=False)
    for line in LINES:
        assert lab.run(line).exit_code == 0
    return topology_of(lab, "a test")


def test_namespaces_have_their_devices() -> None:
    assert [(each.label, [device.name for device in each.devices]) for each in made().namespaces] == [
        ("host", ["pa", "pb", "br0"]), ("a", ["eth0", "eth0.5"]), ("b", ["eth0"]), ("empty", []),
    ]  # fmt: skip


def test_what_is_connected() -> None:
    def name(place: int) -> str:
        return f"{made().namespace(place).label}:{made().device(place).name}"

    assert sorted((each.kind, *map(name, each.ends)) for each in made().connections) == [
        ("cable", "host:pa", "a:eth0"), ("cable", "host:pb", "b:eth0"), ("port", "host:pa", "host:br0"),
        ("port", "host:pb", "host:br0"), ("stacked", "a:eth0.5", "a:eth0"),
    ]  # fmt: skip


def test_devices_have_their_addresses_and_states() -> None:
    devices = {device.name: (device.up, device.addresses) for each in made().namespaces for device in each.devices}
    assert devices["br0"] == (True, ("10.0.0.254/24",))
    assert devices["eth0.5"] == (False, ())


def test_a_compose_host_has_no_machine_around_it() -> None:
    labels = [each.label for each in topology_of(Lab.docker_host(), "host").namespaces]
    assert labels == ["host", "lan"]
    assert [each.label for each in topology_of(Lab(docker=False, nested=True), "nested").namespaces] == ["host"]


@pytest.mark.parametrize("draw", DIAGRAMS.values(), ids=DIAGRAMS)
def test_a_picture_has_every_device_and_every_connection_once(draw: Callable[[DrawnTopology], str]) -> None:
    text = draw(made())
    for name in ("br0", "eth0.5", "pa", "empty"):
        assert len(re.findall(rf'[">]{re.escape(name)}[<"\\]', text)) == 1, name
    lines = len(re.findall(r"<polyline|d\d+ (?:--|===|-\.-|---) d\d+", text))
    assert lines == len(made().connections)


@pytest.mark.parametrize("draw", DIAGRAMS.values(), ids=DIAGRAMS)
def test_a_name_with_markup_is_text(draw: Callable[[DrawnTopology], str]) -> None:
    link = ["x", "veth", "UP", "UP", "1500", "", "", "", "", "", "0"]
    text = draw(topology(EVIL, [NamespaceRows(EVIL, True, [[EVIL, *link[1:]]], [[EVIL, EVIL, "global"]])]))
    if text.startswith("<svg"):
        root = ET.fromstring(text)
        assert {element.tag.rpartition("}")[2] for element in root.iter()} == {"svg", "title", "style", "rect", "text"}
        assert [element.text for element in root.iter() if element.text == EVIL] == [EVIL] * 4
    else:
        # Outside of strings there are only the words of the language.
        outside = re.sub(r'"(?:[^"\\]|\\.)*"', "", text)
        assert "script" not in outside
        assert "alert" not in outside


@pytest.mark.parametrize("draw", DIAGRAMS.values(), ids=DIAGRAMS)
def test_an_empty_topology_is_a_picture(draw: Callable[[DrawnTopology], str]) -> None:
    assert draw(DrawnTopology("nothing", (), ()))
