"""`docker compose events` and `stats`: recorded in `recorded/compose/engine/compose_cp`, with other ids and times."""

from __future__ import annotations

import json

import pytest

from tests.programs.compose.compose_lab import SHOP, compose, lab_with
from vnetsim import Lab


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = lab_with(SHOP)
    compose(lab, "up -d")
    lab.sleep(1)
    return lab


def test_events_of_containers_are_printed_with_an_empty_line(lab: Lab) -> None:
    status, shown, errors = compose(lab, "events --until 0s db")
    assert (status, errors) == (1, "EOF\n")
    (create, empty, start, _) = shown.splitlines()[:4]
    assert create.startswith("2026-01-01 00:00:00.")
    assert " container create " in create
    assert create.endswith(" (image=postgres, name=shop-db-1)")
    assert (empty, " container start " in start) == ("", True)


def test_events_are_json_objects(lab: Lab) -> None:
    lines = compose(lab, "events --json --since 1h --until 0s")[1].splitlines()
    events = [json.loads(line) for line in lines]
    assert {event["service"] for event in events} == {"web", "db", "client"}
    assert list(events[0]) == ["action", "attributes", "id", "service", "time", "type"]
    assert not [key for event in events for key in event["attributes"] if key.startswith("com.docker.compose")]


def test_new_events_are_waited_for(lab: Lab) -> None:
    watching = "timeout 1 docker compose -f /srv/shop/compose.yaml events db > /tmp/seen & sleep 0.2"
    lab.run(f"{watching}; docker exec shop-db-1 true; wait")
    assert "container exec_create: true" in lab.run("cat /tmp/seen").stdout


def test_stats_are_those_of_the_services(lab: Lab) -> None:
    status, shown, _ = compose(lab, "stats --no-stream --format '{{.Name}}'")
    assert (status, shown) == (0, "shop-client-1\nshop-db-1\nshop-web-1\n")
    assert len(compose(lab, "stats --no-stream nope")[1].splitlines()) == 1


def test_what_is_refused(lab: Lab) -> None:
    refusal = "vnetsim: not modelled: docker compose stats without --no-stream\n"
    assert compose(lab, "stats") == (1, "", refusal)
    assert compose(lab, "events --since nope")[0] == 1
