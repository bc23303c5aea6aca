"""`docker compose top`, `images` and `volumes`, beyond what is recorded."""

from __future__ import annotations

import pytest

from vnetsim import Lab

FILE = "services:\n  a: {image: nginx, volumes: ['data:/data']}\n  b: {image: nettools}\nvolumes: {data: , other: }\n"
COMPOSE = "docker compose -f /srv/i/compose.yaml"


@pytest.fixture
def lab() -> Lab:
    lab = Lab(docker=True, files={"/srv/i/compose.yaml": FILE})
    assert lab.run(f"{COMPOSE} up -d")
    return lab


def test_each_lists_what_the_services_have(lab: Lab) -> None:
    assert [line.split()[0] for line in lab.run(f"{COMPOSE} top").stdout.splitlines()] == ["SERVICE", "a", "b"]
    assert [line.split()[1] for line in lab.run(f"{COMPOSE} images b").stdout.splitlines()] == [
        "REPOSITORY",
        "nettools",
    ]
    assert lab.run(f"{COMPOSE} volumes -q a").stdout == "i_data\n"
    assert lab.run(f"{COMPOSE} volumes -q b").stdout == ""


def test_mistakes_are_refused(lab: Lab) -> None:
    assert "no such service: x" in lab.run(f"{COMPOSE} volumes x", expected=None).stderr
    assert "could not be parsed" in lab.run(f"{COMPOSE} images --format x", expected=None).stderr
