"""Settings that a container is started with, and the releases that a requirement is one of."""

from __future__ import annotations

import pytest

from vnetsim.docker.images import catalogue
from vnetsim.docker.images.requirements import Requirement, StartSettings, reaches, version_of


@pytest.mark.parametrize(
    ("tag", "version"),
    [("5.9-alpine", "5.9"), ("v2.1", "2.1"), ("17", "17"), ("latest", ""), ("", ""), ("alpine3.20", ""), ("5x", "")],
)
def test_a_tag_begins_with_a_version_or_names_the_latest(tag: str, version: str) -> None:
    assert version_of(tag) == version


@pytest.mark.parametrize(
    ("version", "wanted", "does"),
    [
        ("5.9", "5.9", True), ("5.8", "5.9", False), ("5", "5.9", True), ("4", "5.9", False), ("", "5.9", True),
        ("5.10", "5.9", True), ("16.1.1", "17", False), ("17.0", "17", True),
    ],
)  # fmt: skip
def test_a_version_with_fewer_numbers_is_the_latest_of_them(version: str, wanted: str, *, does: bool) -> None:
    assert reaches(version, wanted) is does


GIVEN = StartSettings.of(
    ["A=", "B=1", "discovery.type=single-node", "PORT=80"], ["kc.sh", "start", "--http-enabled=true", "--port", "81"]
)


@pytest.mark.parametrize(
    ("setting", "is_there"),
    [
        ("A", False), ("A=", True), ("!A", True), ("B", True), ("B=1", True), ("B=2", False), ("C=", False),
        ("discovery.type=single-node", True), ("start", True), ("start-dev", False), ("--http-enabled", True),
        ("--http-enabled=true", True), ("--http-enabled=false", False), ("--port", True), ("!--port", False),
    ],
)  # fmt: skip
def test_a_setting_is_a_variable_or_an_argument(setting: str, *, is_there: bool) -> None:
    assert GIVEN.has(setting) is is_there


def test_a_value_is_that_of_a_variable_or_an_option() -> None:
    assert GIVEN.values_of("PORT|--port") == [("PORT", "80"), ("--port", "81")]
    assert GIVEN.values_of("--HTTP-enabled") == [("--http-enabled", "true")]
    assert GIVEN.values_of("A|C") == []


def test_a_requirement_is_one_of_some_releases_and_settings() -> None:
    one = Requirement("text", (("B=2", "C"),), since="7", before="8", only_with=("start",))
    assert [version for version in ("6", "7.17", "8.1", "") if one.applies(version, GIVEN)] == ["7.17"]
    assert not one.applies("7", StartSettings({}))
    assert one.missing(GIVEN) == [("B=2", "C")]
    assert not one.is_met(GIVEN)
    assert one.is_met(StartSettings({"C": "x"}))


def test_what_moves_ports_or_is_required_names_its_documents() -> None:
    first = {
        "couchdb",
        "dpage/pgadmin4",
        "mariadb",
        "mysql",
        "postgis/postgis",
        "postgres",
    }  # their Dockerfile's entrypoint says it
    for name, entry in catalogue.entries().items():
        if entry.moves or entry.when or (entry.requires and name not in first):
            assert entry.sources, name
        for port in (*entry.when, *(port for ports in entry.moves.values() for port in ports)):
            assert port in entry.listens, (name, port)


def test_rights_are_settings_and_one_of_several_is_enough() -> None:
    assert StartSettings.of([], [], {"Privileged": True, "CapAdd": None}).has("privileged")
    assert StartSettings.of([], [], {"Privileged": False, "CapAdd": ["CAP_SYS_ADMIN"]}).has("SYS_ADMIN")
    assert StartSettings.of([], [], {"Privileged": False, "CapAdd": ["NET_ADMIN"]}).has("!SYS_ADMIN")
    one = Requirement("text", only_with=("a=1|b",))
    assert [one.applies("", StartSettings({name: "1"})) for name in "abc"] == [True, True, False]
