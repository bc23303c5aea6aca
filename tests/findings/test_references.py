"""Which addresses the configuration of a service has."""

from __future__ import annotations

import pytest

from vnetsim.compose.model import Project
from vnetsim.compose.service import ServiceConfig
from vnetsim.findings.references import references


def of(variables: dict[str, str | None], command: list[str] | None = None) -> list[tuple[str, str, int]]:
    web = ServiceConfig(name="web", environment=variables, command=command)
    project = Project(services={"web": web, "db": ServiceConfig(name="db")})
    return [(each.key, each.host, each.port) for each in references(project)]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("postgres://app:secret@db:5433/app", [("db", 5433)]),
        ("postgres://db/app", [("db", 5432)]),
        ("jdbc:postgresql://db:5432/app", [("db", 5432)]),
        ("postgresql+asyncpg://u:p@db/app", [("db", 5432)]),
        ("mongodb://u:p@one:27017,two:27018/?replicaSet=rs", [("one", 27017), ("two", 27018)]),
        ("postgresql://user:p@ss@db:5432/x", [("db", 5432)]),
        (r"sed 's|https://api\.example\.com|x|'", []),
        ("http://api", [("api", 80)]),
        ("redis://cache", [("cache", 6379)]),
        ("kafka1:9092, kafka2:9092", [("kafka1", 9092), ("kafka2", 9092)]),
        ("db:5432", [("db", 5432)]),
        ("http://api.example.com/x", [("api.example.com", 80)]),
        ("http://a:8000 http://b:8001", [("a", 8000), ("b", 8001)]),
    ],
)
def test_urls_and_hosts_with_ports(value: str, found: list[tuple[str, int]]) -> None:
    assert of({"KEY": value}) == [("KEY", *each) for each in found]


@pytest.mark.parametrize(
    "value", ["production", "12:30", "true", "/var/run/x.sock", "a:b", "", None, "sqlite:///db.sqlite"]
)
def test_other_values_have_none(value: str | None) -> None:
    assert of({"KEY": value}) == []


@pytest.mark.parametrize(
    ("variables", "found"),
    [
        ({"DB_HOST": "db"}, [("db", 0)]),
        ({"DB_HOST": "db", "DB_PORT": "5432"}, [("db", 5432)]),
        ({"DB_HOST": "postgres", "DB_PORT": "5432"}, [("postgres", 5432)]),
        ({"HOST": "localhost", "PORT": "3000"}, [("localhost", 3000)]),
        ({"DB_HOST": "eu-west"}, []),
        ({"HOST": "0.0.0.0"}, []),
        ({"WORDPRESS_DB_HOST": "localhost"}, [("localhost", 3306)]),
        ({"REDIS_HOST": "127.0.0.1", "REDIS_PORT": "6380"}, [("127.0.0.1", 6380)]),
        ({"API_HOST": "localhost"}, [("localhost", 0)]),
    ],
)
def test_a_host_beside_its_port(variables: dict[str, str | None], found: list[tuple[str, int]]) -> None:
    assert [(host, port) for _, host, port in of(variables)] == found


@pytest.mark.parametrize(
    "key", ["LISTEN_ADDRESS", "KAFKA_ADVERTISED_LISTENERS", "CORS_ORIGIN", "NEXT_PUBLIC_API", "BASE_URL"]
)
def test_addresses_for_clients_outside_do_not_count(key: str) -> None:
    assert of({key: "http://localhost:8000"}) == []


def test_such_a_word_inside_another_one_does_not_hide_an_address() -> None:
    assert of({"DATABASE_URL": "postgres://db"}) == [("DATABASE_URL", "db", 5432)]


def test_urls_of_a_command() -> None:
    assert of({}, ["serve", "--upstream=http://api:8000"]) == [("command", "api", 8000)]
