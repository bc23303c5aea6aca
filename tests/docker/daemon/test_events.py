"""Events: an engine keeps 256 of them."""

from __future__ import annotations

import pytest

from vnetsim import Lab

NO = "000000000"


@pytest.fixture(scope="module")
def lab() -> Lab:
    lab = Lab()
    lab.run("docker create --name aa nginx")
    for number in range(150):
        lab.docker.container_rename("aa", f"aa{number}")
        lab.docker.container_rename(f"aa{number}", "aa")
    lab.sleep(1)
    return lab


def test_the_last_256_are_kept(lab: Lab) -> None:
    kept = lab.docker.system_events()
    assert len(kept) == 256
    assert lab.docker.system_event_count() > 300
    assert {event["Action"] for event in kept} == {"rename"}
    assert lab.run("docker events --since 0 --until 0s | wc -l").stdout == "256\n"


def test_those_that_were_seen_are_left_out(lab: Lab) -> None:
    count = lab.docker.system_event_count()
    assert lab.docker.system_events(skip=count) == []
    assert len(lab.docker.system_events(skip=count - 2)) == 2
    assert len(lab.docker.system_events(skip=count - 300)) == 256


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "--since 2030-01-01 --until 2001-01-01",
            f"Error response from daemon: `since` time (1893456000.{NO}) cannot be after `until` time (978307200.{NO})",
        ),
        ("--since nope --until 0s", 'failed to parse value as time or duration: "nope"'),
    ],
)
def test_what_is_refused(lab: Lab, words: str, message: str) -> None:
    refused = lab.run(f"docker events {words}")
    assert (refused.exit_code, refused.stderr) == (1, f"{message}\n")
