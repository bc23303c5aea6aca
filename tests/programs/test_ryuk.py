"""Ryuk removes what a session leaves behind, and says so as moby-ryuk does (formats from its README and source)."""

from __future__ import annotations

import re

import pytest

from vnetsim import Lab
from vnetsim.errors import UsageError
from vnetsim.programs.ryuk import RyukConfig

RUN = "docker run -d {} -v /var/run/docker.sock:/var/run/docker.sock testcontainers/ryuk:0.8.1"
LEFT = """docker run -d --name web --label session=one nginx
docker run --name done --label session=one alpine true
docker run -d --name other --label session=two nginx
docker network create --label session=one shop
docker network create --label session=two mine
docker volume create --label session=one data"""


@pytest.fixture(scope="module")
def lab() -> Lab:
    made = Lab(docker=True)
    for line in (RUN.format("--name ryuk -p 8080:8080"), *LEFT.splitlines()):
        assert made.run(line)
    return made


def names(lab: Lab) -> set[str]:
    listed = "docker ps -a --format '{{.Names}}'; docker network ls --format '{{.Name}}'; docker volume ls -q"
    return set(lab.run(listed).stdout.split()) - {"bridge", "host", "none"}


def test_each_line_is_acknowledged_and_what_fits_goes_when_the_client_has_gone(lab: Lab) -> None:
    before = names(lab)
    said = lab.run(r"printf 'label=session=one\r\n\nlabel=session=three&label=x\n' | nc -N 127.0.0.1 8080").stdout
    assert said == "ACK\nACK\n"
    lab.sleep(9)
    assert names(lab) == before
    lab.sleep(3)
    assert before - names(lab) == {"web", "done", "shop", "data"}
    assert "Exited (0)" in lab.run("docker ps -a --filter name=ryuk").stdout


def test_its_log_is_that_of_slog(lab: Lab) -> None:
    lines = lab.run("docker logs ryuk").stdout.splitlines()
    time = r"time=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    assert all(re.match(rf"{time} level=(INFO|WARN) msg=", line) for line in lines)
    texts = [line.partition(" ")[2] for line in lines]
    assert texts[0] == (
        "level=INFO msg=starting connection_timeout=1m0s reconnection_timeout=10s request_timeout=10s "
        "shutdown_timeout=10m0s remove_retries=10 retry_offset=-1s changes_retry_interval=1s port=8080 verbose=false"
    )
    assert texts[1] == "level=INFO msg=Started address=[::]:8080"
    assert 'level=INFO msg="adding filter" type=label values="[session=three x]"' in texts
    assert any(re.fullmatch(r'level=WARN msg="empty filter received" address=172.17.0.1:\d+', text) for text in texts)
    assert texts[-2:] == ["level=INFO msg=removed containers=2 networks=1 volumes=1 images=0", "level=INFO msg=done"]


def test_without_the_engines_socket_it_ends(lab: Lab) -> None:
    lab.run("docker run -d --name lost testcontainers/ryuk")
    lab.sleep(1)
    assert "Cannot connect to the Docker daemon" in lab.run("docker logs lost").stdout
    assert "Exited (1)" in lab.run("docker ps -a --filter name=lost").stdout


def test_nobody_comes_for_the_time_that_the_environment_says(lab: Lab) -> None:
    lab.run(RUN.format("--name soon -e RYUK_CONNECTION_TIMEOUT=2s -e RYUK_PORT=99"))
    lab.sleep(1)
    assert "address=[::]:99" in lab.run("docker logs soon").stdout
    lab.sleep(2)
    assert "removed containers=0" in lab.run("docker logs soon").stdout


@pytest.mark.parametrize(
    ("name", "text"), [("RYUK_PORT", "http"), ("RYUK_RECONNECTION_TIMEOUT", "10"), ("RYUK_VERBOSE", "maybe")]
)
def test_variables_that_are_none_are_errors(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=f'parse error on field "{name}"'):
        RyukConfig.read({name: text})


def test_it_is_no_program_of_a_host() -> None:
    assert Lab().run("ryuk", expected=127).stderr == "bash: line 1: ryuk: command not found\n"
