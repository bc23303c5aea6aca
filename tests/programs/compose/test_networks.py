"""A project's networks."""

from __future__ import annotations

import pytest

from tests.programs.compose.compose_lab import change, compose, lab_with

ONE = """services: {a: {image: alpine, networks: [n]}}
networks: {n: {driver_opts: {com.docker.network.bridge.name: br1}}}
"""


def test_a_network_that_changed_is_made_anew() -> None:
    lab = lab_with(ONE)
    compose(lab, "up -d")
    change(lab, "br1", "br2")
    error = compose(lab, "up -d")[2]
    assert [line for line in error.splitlines() if "Network" in line] == [
        " Network shop_n  Removed",
        " Network shop_n  Creating",
        " Network shop_n  Created",
    ]
    assert "br2" in lab.run("ip -br link").stdout


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        ("{external: true, name: nowhere}", "network nowhere declared as external, but could not be found"),
        ("{ipam: {config: [{subnet: nonsense}]}}", "failed to create network shop_n: Error response from daemon: "),
    ],
)
def test_what_cannot_be_made(network: str, sentence: str) -> None:
    lab = lab_with(f"services: {{a: {{image: alpine, networks: [n]}}}}\nnetworks: {{n: {network}}}\n")
    status, _, error = compose(lab, "up -d")
    assert status == 1
    assert sentence in error


def test_a_network_of_others_is_used_but_not_removed() -> None:
    lab = lab_with("services: {a: {image: alpine, networks: [n]}}\nnetworks: {n: {external: true, name: theirs}}\n")
    lab.run("docker network create theirs")
    assert compose(lab, "up -d")[0] == 0
    assert compose(lab, "down -t 0")[0] == 0
    assert "theirs" in lab.run("docker network ls").stdout
