"""Health checks in simulated time: the states, what changes them, and who sees them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from vnetsim.lab import Lab


@pytest.fixture
def lab() -> Lab:
    return Lab.docker_host(has_registry=False)


def run(lab: Lab, image: str, command: str, **options: str) -> None:
    flags = " ".join(f"--health-{name.replace('_', '-')} {value}" for name, value in options.items())
    result = lab.run(f"docker run -d --name one --health-cmd '{command}' {flags} {image}")
    assert result.exit_code == 0, result


def health(lab: Lab) -> Any:
    return json.loads(lab.run("docker inspect one --format '{{json .State.Health}}'").stdout)


def status(lab: Lab) -> str:
    return lab.run("docker ps --format '{{.Status}}'").stdout.rstrip()


def test_the_first_probe_runs_one_interval_after_the_start(lab: Lab) -> None:
    run(lab, "nginx", "nc -z 127.0.0.1 80", interval="10s")
    assert health(lab) == {"Status": "starting", "FailingStreak": 0, "Log": []}
    lab.sleep(9)
    assert status(lab).endswith("(health: starting)")
    lab.sleep(2)
    assert status(lab).endswith("(healthy)")
    assert [result["ExitCode"] for result in health(lab)["Log"]] == [0]


def test_a_container_is_unhealthy_after_as_many_failures_as_it_may_have(lab: Lab) -> None:
    run(lab, "alpine", "exit 7", interval="1s", retries="2")
    lab.sleep(1.5)
    assert (health(lab)["Status"], health(lab)["FailingStreak"]) == ("starting", 1)
    lab.sleep(1)
    assert (health(lab)["Status"], health(lab)["FailingStreak"]) == ("unhealthy", 2)
    assert health(lab)["Log"][0]["ExitCode"] == 7


def test_failures_in_the_start_period_do_not_count(lab: Lab) -> None:
    run(lab, "alpine", "false", interval="1s", retries="1", start_period="5s", start_interval="1s")
    lab.sleep(4)
    assert (health(lab)["Status"], health(lab)["FailingStreak"]) == ("starting", 0)
    lab.sleep(3)
    assert health(lab)["Status"] == "unhealthy"


def test_the_state_follows_the_network(lab: Lab) -> None:
    lab.run("docker network create back")
    lab.run("docker run -d --name db --network back -e POSTGRES_PASSWORD=secret postgres")
    result = lab.run(
        "docker run -d --name one --network back --health-cmd 'nc -z -w 1 db 5432' --health-interval 1s alpine"
    )
    assert result.exit_code == 0
    lab.sleep(2)
    assert health(lab)["Status"] == "healthy"
    lab.run("docker network disconnect back db")
    lab.sleep(30)
    assert health(lab)["Status"] == "unhealthy"


@pytest.mark.parametrize("image", ["mariadb:11", "nats", "acme/api"])
def test_a_connection_is_tried_whatever_the_image_contains(image: str) -> None:
    lab = Lab.docker_host()
    lab.run("docker network create back")
    lab.run("docker run -d --name db --network back -e POSTGRES_PASSWORD=secret postgres")
    flags = "--health-cmd 'pg_isready -h db' --health-interval 1s --network back --expose 80 -e MARIADB_ROOT_PASSWORD=x"
    assert lab.run(f"docker run -d --name one {flags} {image}").exit_code == 0
    lab.sleep(3)
    assert health(lab)["Status"] == "healthy"


def test_a_probe_that_lasts_too_long_fails(lab: Lab) -> None:
    run(lab, "alpine", "sleep 60", interval="1s", timeout="2s", retries="1")
    lab.sleep(20)
    assert health(lab)["Log"][0]["ExitCode"] == -1
    assert health(lab)["Log"][0]["Output"].startswith("Health check exceeded timeout (2s)")
    assert lab.run("docker exec one pgrep sleep").stdout.split().count("") == 0


def test_only_five_results_are_kept(lab: Lab) -> None:
    run(lab, "alpine", "true", interval="1s")
    lab.sleep(20)
    assert len(health(lab)["Log"]) == 5


@pytest.mark.parametrize("ending", ["docker stop -t 0 one", "docker pause one"])
def test_no_probe_runs_where_nothing_can_answer(lab: Lab, ending: str) -> None:
    run(lab, "alpine", "true", interval="1s")
    lab.sleep(3)
    lab.run(ending)
    before = health(lab)
    lab.sleep(5)
    assert (before["Status"], health(lab)) == ("unhealthy", before)


def test_a_check_that_is_switched_off_has_no_state(lab: Lab) -> None:
    lab.run("docker run -d --name one --no-healthcheck alpine sleep infinity")
    assert health(lab) is None
    assert "(" not in status(lab)


def test_a_reboot_begins_anew(lab: Lab) -> None:
    run(lab, "alpine", "true", interval="1s")
    lab.sleep(2)
    lab.run("systemctl restart docker")
    assert health(lab)["Status"] in ("unhealthy", "starting")
