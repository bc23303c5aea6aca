"""The catalogue of images, and what their containers do."""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.docker import images
from vnetsim.docker.images import catalogue
from vnetsim.docker.images.reference import parse


def test_every_image_of_the_catalogue_has_its_source_and_can_be_made() -> None:
    entries = catalogue.entries()
    assert len(entries) + len(images.CATALOGUE) >= 60
    for name, entry in entries.items():
        repository, _, place = entry.source.partition("@")
        commit, _, path = place.partition(":")
        assert (repository.count("/"), len(commit)) == (1, 12), name
        assert "ockerfile" in path, name
        reference = parse(name)
        assert reference is not None
        made = images.resolve(reference)
        assert made.command or made.entrypoint, name
        assert all(port.partition("/")[0].isdecimal() for port in (*made.exposed, *made.listens)), name


@pytest.mark.parametrize(
    ("words", "port", "answers"),
    [
        ("prom/prometheus:v3", 9090, True),
        ("prom/prometheus --config.file=/x", 9090, True),
        ("mariadb:11 --skip-name-resolve", 3306, True),
        ("mariadb:11", 3307, False),
        ("rabbitmq:4-management", 5671, False),
        ("rabbitmq:4-management", 15672, True),
        ("rabbitmq:4", 15672, False),
        ("wordpress", 80, True),
    ],
)
def test_a_known_server_listens_where_its_image_says(words: str, port: int, answers: bool) -> None:
    lab = Lab()
    lab.run(f"docker run -d --name box -e MARIADB_ROOT_PASSWORD=x -p 1:{port} {words}", expected=0)
    assert (lab.run("curl -s -m 2 localhost:1").exit_code == 0) is answers
    assert lab.shortfall.assumptions == ()


@pytest.mark.parametrize(
    ("image", "program", "is_there"),
    [
        ("wordpress", "curl", True),
        ("mariadb:11", "curl", False),
        ("zookeeper", "nc", True),
        ("influxdb", "wget", False),
        ("redmine", "wget", True),
        ("adminer", "wget", True),
        ("python:3.14", "wget", True),
        ("eclipse-temurin", "wget", False),
        ("elasticsearch:8", "curl", True),
        ("mongo:8", "ps", True),
        ("node:20", "curl", True),
        ("node:20-alpine3.20", "curl", False),
        ("node:20-alpine", "wget", True),
        ("python:3.12-slim", "wget", False),
    ],
)
def test_a_program_is_there_if_the_dockerfile_leaves_it_there(image: str, program: str, is_there: bool) -> None:
    reference = parse(image)
    assert reference is not None
    assert (program in images.resolve(reference).programs) is is_there


def test_a_check_that_an_image_has_built_in_runs() -> None:
    lab = Lab()
    lab.run("docker run -d --name kuma louislam/uptime-kuma:1", expected=0)
    assert "(health: starting)" in lab.run("docker ps --format '{{.Status}}'").stdout
    lab.sleep(70)
    assert "(healthy)" in lab.run("docker ps --format '{{.Status}}'").stdout
    assert lab.shortfall.assumptions == (
        "the health check `extra/healthcheck` of kuma is not played: assumed to succeed",
    )
    shown = lab.run("docker inspect kuma --format '{{json .Config.Healthcheck}}'").stdout
    assert '"Retries":5' in shown


def test_a_check_of_the_request_completes_that_of_the_image() -> None:
    lab = Lab()
    lab.run("docker run -d --name kong --health-interval 2s kong", expected=0)
    shown = lab.run("docker inspect kong --format '{{json .Config.Healthcheck}}'").stdout
    assert '"Interval":2000000000' in shown
    assert '"kong health"' in shown
    lab.run("docker run -d --name bare --no-healthcheck kong", expected=0)
    assert lab.run("docker inspect bare --format '{{json .State.Health}}'").stdout == "null\n"


@pytest.mark.parametrize(
    ("words", "state"),
    [("hello-world", "exited 0"), ("python:3.12", "exited 0"), ("-it python:3.12", "running 0")],
)
def test_a_container_without_input_ends(words: str, state: str) -> None:
    lab = Lab()
    lab.run(f"docker run -d --name box {words}", expected=0)
    lab.sleep(1)
    assert lab.run("docker inspect -f '{{.State.Status}} {{.State.ExitCode}}' box").stdout == f"{state}\n"


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("ping 127.0.0.1", 'exec: "ping": executable file not found in $PATH'),
        ("rabbitmqctl status", "vnetsim: not modelled: the program rabbitmqctl in a container"),
    ],
)
def test_an_image_has_the_programs_of_its_base(command: str, message: str) -> None:
    lab = Lab()
    lab.run("docker run -d --name box rabbitmq", expected=0)
    assert message in lab.run(f"docker exec box {command}").output


def test_settings_that_are_mounted_are_an_assumption() -> None:
    lab = Lab()
    lab.run("docker run -d -v /srv/nginx.conf:/etc/nginx/nginx.conf:ro nginx", expected=0)
    assert lab.shortfall.assumptions == (
        "/etc/nginx/nginx.conf of nginx is mounted and not read: assumed to listen as without it",
    )


@pytest.mark.parametrize(
    ("tag", "source"),
    [
        ("8.4-apache-trixie", "apache"), ("apache", "apache"), ("fpm", "fpm"), ("8-fpm-alpine", "fpm"), ("8.4", "cli"),
        ("", "cli"), ("8.4-zts", "cli"), ("myfpm", "cli"),
    ],
)  # fmt: skip
def test_a_tag_names_a_variant_by_a_whole_part(tag: str, source: str) -> None:
    found = catalogue.entry_of("php", tag)
    assert found is not None
    assert found.source.split("/")[-2] == source


def test_a_tag_names_a_variant_of_its_own_image_only() -> None:
    assert catalogue.entry_of("acme/php", "fpm") is None
    plain, other = catalogue.entry_of("mariadb", "fpm"), catalogue.entry_of("mariadb", "")
    assert plain == other


def test_ports_that_a_setting_may_move_are_not_known() -> None:
    lab = Lab()
    lab.run("docker run -d --name plain gitlab/gitlab-ce", expected=0)
    lab.run("docker run -d --name set -e GITLAB_OMNIBUS_CONFIG=x gitlab/gitlab-ce", expected=0)
    lab.sleep(1)
    assert [lab.docker.container_knows_ports(name) for name in ("plain", "set")] == [True, False]
