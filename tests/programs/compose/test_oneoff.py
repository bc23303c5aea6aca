"""`docker compose -f /srv/app/compose.yaml run`, beyond what is recorded."""

from __future__ import annotations

import pytest

from vnetsim import Lab

FILE = """\
services:
  web:
    image: nginx
    ports: ["8080:80"]
    depends_on: [db]
    restart: always
  db: {image: nettools, environment: {WHO: db}}
"""


@pytest.fixture
def lab() -> Lab:
    return Lab(docker=True, files={"/srv/app/compose.yaml": FILE})


def test_a_one_off_container_has_a_name_of_its_own_and_is_on_the_networks(lab: Lab) -> None:
    lab.run("docker compose -f /srv/app/compose.yaml up -d")
    assert (
        lab.run("docker compose -f /srv/app/compose.yaml run --rm -T db getent hosts web").stdout
        == "172.18.0.3      web\n"
    )
    assert "app-db-run-" in lab.run("docker compose -f /srv/app/compose.yaml run -d db; docker ps").stdout
    assert lab.run("docker compose -f /srv/app/compose.yaml ps --format '{{.Name}}'").stdout == "app-db-1\napp-web-1\n"


def test_it_publishes_nothing_unless_it_is_asked_to(lab: Lab) -> None:
    for words in ("--name one", "--name two -p 81:80", "--name three -P"):
        lab.run(f"docker compose -f /srv/app/compose.yaml run -d {words} web")
    listed = lab.run("docker ps --format '{{.Names}} {{.Ports}}' --filter label=com.docker.compose.service=web").stdout
    assert sorted(listed.splitlines()) == [
        "one 80/tcp",
        "three 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp",
        "two 0.0.0.0:81->80/tcp, [::]:81->80/tcp",
    ]


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("-t db true", "vnetsim: not modelled: docker compose run -t without a terminal"),
        ("-t -T db true", "--tty and --no-TTY can't be used together"),
        ("--build db true", "vnetsim: not modelled: docker compose run --build"),
        ("--name db-1 -d db ", None),
        ("-p 80:x db true", "invalid hostPort"),
        ("nope", "no such service: nope"),
    ],
)
def test_mistakes_are_refused(words: str, refusal: str | None, lab: Lab) -> None:
    result = lab.run(f"docker compose -f /srv/app/compose.yaml run {words}", expected=None)
    assert (result.exit_code == 0) == (refusal is None)
    assert refusal is None or refusal in result.stderr or "Invalid" in result.stderr


@pytest.mark.parametrize("command", ["watch", "push", "publish", "commit", "attach", "export"])
def test_other_commands_are_refused_by_name(command: str, lab: Lab) -> None:
    result = lab.run(f"docker compose {command}", expected=None)
    assert (result.exit_code, result.stderr) == (
        1,
        f"vnetsim: not modelled: docker compose {command}\n",
    )
