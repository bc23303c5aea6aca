"""Ports that are published, and at which the container does not listen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.findings.files import added, examined, only

FILE = """\
services:
  web:
    image: {image}
    command: {command}
    ports:
      - {port}
"""


@pytest.mark.parametrize(
    ("image", "command", "port", "text"),
    [
        ("acme/web", "flask run", "5000:5000", "at which it listens at its own loopback address alone"),
        ("python:3", "python manage.py runserver", "80:8000", "at which it listens at its own loopback address alone"),
        ("redis", "redis-server --port 6380", '"6379:6379"', "at which it does not listen; it listens at tcp/6380"),
        ("acme/web", "uvicorn a:b --host 0.0.0.0 --port 8001", "8000:8000", "it listens at tcp/8001"),
        ("acme/web", "celery -A a worker", "8000:8000", "at which it does not listen"),
        ("nginx", "null", "8080:8080", "at which it does not listen; it listens at tcp/80"),
    ],
)
def test_a_port_at_which_nothing_listens(image: str, command: str, port: str, text: str, tmp_path: Path) -> None:
    found = only(examined(tmp_path, FILE.format(image=image, command=command, port=port)))
    assert (found.rule, found.level, found.line) == ("nothing-published", "error", 6)
    assert found.text.endswith(text)
    assert found.evidence[0].startswith("host -> web tcp/")


@pytest.mark.parametrize(
    ("image", "command", "port"),
    [
        ("acme/web", "flask run --host 0.0.0.0", "5000:5000"),
        ("acme/web", "./start", "5000:5000"),
        ("nginx", "null", "8080:80"),
        ("nginx", "null", "8080:80/udp"),
    ],
)
def test_one_at_which_it_listens_is_no_finding(image: str, command: str, port: str, tmp_path: Path) -> None:
    assert examined(tmp_path, FILE.format(image=image, command=command, port=port)).findings == ()


def test_the_change_names_the_port_at_which_it_listens(tmp_path: Path) -> None:
    found = only(examined(tmp_path, FILE.format(image="nginx", command="null", port='"8080:8080"')))
    assert added(found) == ['- "8080:80"']


MOUNTED = """\
services:
  web:
    image: nginx
    volumes: ["./site.conf:/etc/nginx/{target}"]
    ports: ["8080:8080"]
"""


def test_a_configuration_that_is_read_settles_it(tmp_path: Path) -> None:
    text = MOUNTED.format(target="conf.d/default.conf")
    assert examined(tmp_path, text, site_conf="server { listen 8080; }").findings == ()
    found = only(examined(tmp_path, text, site_conf="server { listen 8081; }"))
    assert found.text == "web publishes tcp/8080, at which it does not listen; it listens at tcp/8081"


def test_one_that_is_not_read_leaves_it_unknown(tmp_path: Path) -> None:
    found = examined(tmp_path, MOUNTED.format(target="other/site.conf"), site_conf="server { listen 8080; }")
    assert found.findings == ()
    assert found.unknown == ("web publishes tcp/8080: at which ports it listens is not known",)
    assert found.exit_status == 2


@pytest.mark.parametrize(
    ("service", "networks", "rule", "text"),
    [
        ("image: node:20", "{}", "nothing-published",
         "web publishes tcp/80, and its container has ended with status 0"),
        ("{image: nginx, network_mode: host}", "{}", "port-discarded",
         "web publishes tcp/80, which Docker discards on the host's network"),
        ("{image: nginx, networks: [a]}", "{a: {internal: true}}", "port-discarded",
         "web publishes tcp/80, and all its networks are internal: the host has no such port"),
        ("{image: nginx, networks: [a, b]}", "{a: {internal: true}, b: {}}", "", ""),
        ("{image: ubuntu, tty: true}", "{}", "nothing-published", "at which it does not listen"),
    ],
)  # fmt: skip
def test_a_port_that_the_engine_does_not_publish(
    service: str, networks: str, rule: str, text: str, tmp_path: Path
) -> None:
    service = f"{{{service}}}" if service[0] != "{" else service
    file = f"services:\n  web:\n    <<: {service}\n    ports: ['8080:80']\nnetworks: {networks}\n"
    found = examined(tmp_path, file, changes=False).findings
    assert [(each.rule, each.text[-len(text) :]) for each in found] == ([(rule, text)] if rule else [])


def test_a_port_of_the_host_that_is_that_of_the_container_is_there(tmp_path: Path) -> None:
    file = "services:\n  web:\n    image: nginx\n    network_mode: host\n    ports: ['80:80']\n"
    assert examined(tmp_path, file, changes=False).findings == ()
