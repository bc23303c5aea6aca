"""`kill`, `pause` and `unpause`."""

from __future__ import annotations

from tests.programs.compose.compose_lab import SHOP, compose, lab_with


def test_containers_are_frozen_and_killed() -> None:
    lab = lab_with(SHOP)
    compose(lab, "up -d")
    assert compose(lab, "pause db") == (0, "", " Container shop-db-1  Paused\n")
    assert compose(lab, "ps --format '{{.State}}' db")[1] == "paused\n"
    assert compose(lab, "unpause db") == (0, "", " Container shop-db-1  Unpaused\n")
    assert compose(lab, "kill db") == (0, "", " Container shop-db-1  Killing\n Container shop-db-1  Killed\n")
    assert compose(lab, "kill db") == (0, "", "no container to kill")
    assert compose(lab, "kill nope")[2] == "no such service: nope\n"
