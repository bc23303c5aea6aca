"""Ports that are published on all addresses of the host."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.findings.files import added, examined, only

STORE = """\
services:
  db:
    image: {image}
    environment: {{POSTGRES_PASSWORD: secret, MYSQL_ROOT_PASSWORD: secret}}
    ports:
      - {port}
"""


@pytest.mark.parametrize(
    ("image", "port", "bound"),
    [
        ("postgres", '"5432:5432"', ['- "127.0.0.1:5432:5432"']),
        ("postgres", "15432:5432", ['- "127.0.0.1:15432:5432"']),
        ("redis:7-alpine", "0.0.0.0:6379:6379", ['- "127.0.0.1:6379:6379"']),
        ("redis", "6379", ['- "127.0.0.1::6379"']),
        ("mysql", "3306:3306/tcp", ['- "127.0.0.1:3306:3306/tcp"']),
        ("mongo", "target: 27017\n        published: 27017", ["host_ip: 127.0.0.1"]),
    ],
)
def test_a_data_store_that_the_lan_reaches(image: str, port: str, bound: list[str], tmp_path: Path) -> None:
    found = only(examined(tmp_path, STORE.format(image=image, port=port)))
    assert (found.rule, found.level, found.line) == ("data-store-open", "warning", 6)
    assert found.evidence[0].startswith("lan -> 192.168.56.10 tcp/")
    assert "-j DNAT" in found.evidence[0]
    assert added(found) == bound


@pytest.mark.parametrize("port", ["127.0.0.1:5432:5432", '"127.0.0.2:5432:5432"'])
def test_a_data_store_on_loopback_is_no_finding(port: str, tmp_path: Path) -> None:
    assert examined(tmp_path, STORE.format(image="postgres", port=port)).findings == ()


def test_nor_is_one_that_is_not_reached_from_the_lan(tmp_path: Path) -> None:
    """The engine publishes no port of an internal network."""
    text = (
        STORE.format(image="postgres", port="5432:5432") + "    networks: [back]\nnetworks: {back: {internal: true}}\n"
    )
    assert [each.rule for each in examined(tmp_path, text).findings] == ["port-discarded"]


def test_nor_is_a_web_server(tmp_path: Path) -> None:
    assert examined(tmp_path, STORE.format(image="nginx", port="80:80")).findings == ()


def test_a_port_that_the_services_of_the_file_use_is_worth_a_note(tmp_path: Path) -> None:
    text = STORE.format(image="nats", port="4222:4222") + "  web: {image: nginx, environment: [BUS=nats://db:4222]}\n"
    found = examined(tmp_path, text)
    assert (only(found).rule, only(found).level, found.exit_status) == ("publication-unneeded", "note", 0)
    assert only(found).evidence == ("web uses db:4222 (BUS)",)
