"""A project on a simulated host: who reaches whom, and what is refused."""

from __future__ import annotations

import pytest

from tests.programs.compose.compose_lab import SHOP, compose, lab_with


def test_services_reach_those_on_their_networks_and_no_others() -> None:
    lab = lab_with(SHOP)
    assert compose(lab, "up -d")[0] == 0
    assert compose(lab, "exec client ping -c 1 -W 1 web")[0] == 0
    assert compose(lab, "exec web sh -c 'curl -s -m 1 db:5432 > /tmp/x'")[0] == 0
    assert compose(lab, "exec client ping -c 1 -W 1 db")[0] == 2
    assert "Welcome to nginx!" in lab.run("curl -s http://127.0.0.1:8080/").stdout


def test_up_again_changes_nothing_and_down_leaves_nothing() -> None:
    lab = lab_with(SHOP)
    compose(lab, "up -d")
    before = lab.run("docker ps -q --no-trunc").stdout
    assert "Creating" not in compose(lab, "up -d")[2]
    assert lab.run("docker ps -q --no-trunc").stdout == before
    assert compose(lab, "down -t 0")[0] == 0
    assert lab.run("docker ps -aq").stdout == ""
    assert "shop_" not in lab.run("docker network ls").stdout


NO_PROGRESS = "vnetsim: not modelled: the output of docker compose --progress tty|json|quiet and --ansi always"


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        (SHOP, "up --timestamps", "vnetsim: not modelled: docker compose up --timestamps"),
        (SHOP, "build --push", "vnetsim: not modelled: docker compose build --push"),
        (
            SHOP,
            "--progress quiet up -d",
            NO_PROGRESS,
        ),
        (
            SHOP,
            "--ansi always ps",
            NO_PROGRESS,
        ),
        (SHOP, "config --no-interpolate", "vnetsim: not modelled: docker compose config --no-interpolate"),
        (SHOP, "-f - config", "vnetsim: not modelled: docker compose -f -"),
        (SHOP, "logs -f", "vnetsim: not modelled: docker compose logs --follow"),
        ("services: {a: {image: alpine, volumes_from: [b]}, b: {image: alpine}}", "up -d", "volumes of other services"),
        ("services: {a: {image: alpine, imag: x}}", "up -d", "services.a additional properties 'imag' not allowed"),
        ("services: [", "up -d", "yaml: line 1: did not find expected node content"),
        (SHOP, "up -d nope", "no such service: nope"),
    ],
)
def test_what_is_refused(text: str, words: str, sentence: str) -> None:
    status, output, error = compose(lab_with(text), words)
    assert status == 1
    assert output == ""
    assert sentence in error
    assert error.count("\n") == 1
