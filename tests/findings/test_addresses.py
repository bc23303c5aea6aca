"""Addresses that cannot work, with the packet or the query that shows it, and those about which nothing can be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.findings.files import added, examined, only

TWO = """\
services:
  web:
    image: nginx
    environment: {{ TARGET: "{target}" }}
    networks: [front]
  db:
    image: postgres:16
    environment: {{ POSTGRES_PASSWORD: secret }}
    container_name: store
    networks:
      {network}: {{ aliases: [sql] }}
networks: {{ front: {{}}, back: {{}} }}
"""


def two(target: str, network: str = "front") -> str:
    return TWO.format(target=target, network=network)


@pytest.mark.parametrize("host", ["db", "sql", "store"])
def test_a_name_on_a_shared_network_works(host: str, tmp_path: Path) -> None:
    found = examined(tmp_path, two(f"postgres://{host}"))
    assert (found.findings, found.unknown, found.tried, found.exit_status) == ((), (), 1, 0)


@pytest.mark.parametrize("host", ["db", "sql", "store"])
def test_a_name_of_another_network_does_not(host: str, tmp_path: Path) -> None:
    found = only(examined(tmp_path, two(f"postgres://{host}", "back")))
    assert (found.rule, found.line, found.level) == ("no-shared-network", 4, "error")
    assert found.evidence[-1].startswith("NAME_NOT_RESOLVED: ")
    assert added(found) == ["networks: [front, back]"]


def test_a_service_without_networks_keeps_its_default_one(tmp_path: Path) -> None:
    text = two("db:5432", "back").replace("    networks: [front]\n", "")
    assert added(only(examined(tmp_path, text))) == ["networks:", "- default", "- back"]


def test_a_name_that_no_machine_has(tmp_path: Path) -> None:
    found = only(examined(tmp_path, two("postgres://database")))
    assert (found.rule, found.change) == ("no-such-name", None)


def test_a_name_that_is_nearly_one(tmp_path: Path) -> None:
    text = two("http://backnd:80").replace("  db:", "  backend:").replace("postgres:16", "nginx")
    found = only(examined(tmp_path, text))
    assert found.text.endswith("; did you mean backend?")
    assert added(found) == ['environment: { TARGET: "http://backend:80" }']


def test_the_published_port_of_another_service(tmp_path: Path) -> None:
    text = two("postgres://db:15432").replace("container_name: store", 'ports: ["127.0.0.1:15432:5432"]')
    found = only(examined(tmp_path, text))
    assert found.rule == "published-port-inside"
    assert added(found) == ['environment: { TARGET: "postgres://db:5432" }']


def test_a_port_at_which_no_socket_listens(tmp_path: Path) -> None:
    found = only(examined(tmp_path, two("db:5433")))
    assert found.rule == "nothing-listens"
    assert [line for line in added(found) if "db:5432" in line]
    assert found.evidence[0].startswith(f"{tmp_path.name}-web-1 sends ".lower())
    assert "NO_SOCKET" in found.evidence[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("image: postgres:16", "build: ."),
        ("image: postgres:16", "image: acme/db"),
        ("image: postgres:16", "image: postgres:16\n    command: postgres -c config_file=/x"),
        ("POSTGRES_PASSWORD: secret", "POSTGRES_PASSWORD: secret, PGPORT: 5433"),
    ],
)
def test_of_a_server_that_may_listen_elsewhere_it_is_not_known(old: str, new: str, tmp_path: Path) -> None:
    found = examined(tmp_path, two("db:5433").replace(old, new))
    assert found.findings == ()
    assert found.unknown == ("web uses db:5433 (TARGET): at which ports db listens is not known",)


def test_its_own_loopback_address(tmp_path: Path) -> None:
    found = only(examined(tmp_path, two("postgres://localhost:5432/x")))
    assert found.rule == "loopback-of-itself"
    assert added(found) == ['environment: { TARGET: "postgres://db:5432/x" }']


@pytest.mark.parametrize("target", ["http://localhost:80", "localhost:80"])
def test_its_own_server_on_loopback_is_its_own(target: str, tmp_path: Path) -> None:
    assert examined(tmp_path, two(target)).findings == ()


def test_what_a_browser_opens_on_the_host_is_none_of_its_addresses(tmp_path: Path) -> None:
    text = two("http://localhost:8000").replace("container_name: store", 'ports: ["8000:5432"]')
    assert [each.rule for each in examined(tmp_path, text).findings] == ["data-store-open"]


@pytest.mark.parametrize(("key", "rules"), [("SITE_DOMAIN", ["data-store-open"]), ("TARGET", ["loopback-of-itself"])])
def test_a_variable_of_the_address_of_a_site_is_for_browsers(key: str, rules: list[str], tmp_path: Path) -> None:
    text = two("localhost:8000").replace("container_name: store", 'ports: ["8000:5432"]').replace("TARGET", key)
    assert [each.rule for each in examined(tmp_path, text).findings][:1] == rules


def test_a_port_of_loopback_at_which_no_service_listens_is_not_known(tmp_path: Path) -> None:
    found = examined(tmp_path, two("redis://localhost"))
    assert found.unknown == ("web uses localhost:6379 (TARGET): whether web listens there is not known",)


def test_the_host_by_its_name_for_docker_desktop(tmp_path: Path) -> None:
    found = only(examined(tmp_path, two("http://host.docker.internal:3000")))
    assert (found.rule, found.level) == ("no-host-gateway", "warning")
    assert added(found) == ["extra_hosts:", '- "host.docker.internal:host-gateway"']


def test_the_host_by_extra_hosts(tmp_path: Path) -> None:
    text = two("http://host.docker.internal:3000").replace(
        "    image: nginx\n", '    image: nginx\n    extra_hosts: ["host.docker.internal:host-gateway"]\n'
    )
    assert examined(tmp_path, text).findings == ()


def test_machines_outside_the_file_are_not_asked(tmp_path: Path) -> None:
    found = examined(tmp_path, two("smtp://smtp.example.com:25"))
    assert (found.findings, found.unknown, found.tried) == ((), (), 0)


def test_the_default_bridge_has_no_names(tmp_path: Path) -> None:
    text = two("postgres://db").replace("networks: [front]", "network_mode: bridge")
    assert only(examined(tmp_path, text)).rule == "no-shared-network"


def test_a_service_of_a_profile_that_is_not_active(tmp_path: Path) -> None:
    text = two("db:5432").replace("container_name: store", "profiles: [tools]")
    found = examined(tmp_path, text)
    assert found.unknown == ("web uses db:5432 (TARGET): no profile of db is active (tools)",)
    text = two("store:5432").replace("container_name: store", "container_name: store\n    profiles: [tools]")
    found = examined(tmp_path, text)
    assert found.unknown == ("web uses store:5432 (TARGET): no profile of store is active (tools)",)


def test_a_packet_that_a_rule_of_the_engine_drops(tmp_path: Path) -> None:
    """The name leads to the other network, where the engine drops what comes from this one."""
    text = two("sql:5432", "back").replace("image: nginx", 'image: nginx\n    extra_hosts: ["sql:172.31.0.9"]')
    text = text.replace("aliases: [sql]", "ipv4_address: 172.31.0.9")
    text = text.replace("back: {}", "back: { ipam: { config: [{ subnet: 172.31.0.0/24 }] } }")
    found = only(examined(tmp_path, text))
    assert (found.rule, found.change) == ("not-delivered", None)
    assert "NETFILTER_DROP" in found.evidence[-1]


def test_the_line_is_that_of_the_file_that_sets_the_variable(tmp_path: Path) -> None:
    text = two("x", "back").replace('environment: { TARGET: "x" }', "env_file: [web.env]")
    found = only(examined(tmp_path, text, web_env="# comment\nTARGET=postgres://db\n"))
    assert (Path(found.file).name, found.line) == ("web.env", 2)


def test_quotes_in_a_list_are_a_part_of_the_value(tmp_path: Path) -> None:
    text = """services:
  app:
    image: acme/app
    environment:
      - 'MODE="x"'
      - DB_HOST="db"
      - DB_PORT=5432
  db: {image: postgres, environment: {POSTGRES_PASSWORD: x}}
"""
    found = only(examined(tmp_path, text))
    assert (found.rule, found.line, added(found)) == ("quoted-value", 6, ["- DB_HOST=db"])


def test_a_service_of_a_profile_that_is_not_active_is_not_known(tmp_path: Path) -> None:
    text = """services:
  app: {image: acme/app, environment: {DB_HOST: db}}
  db: {image: postgres, profiles: [dev]}
"""
    assert examined(tmp_path, text).unknown == ("app uses db (DB_HOST): no profile of db is active (dev)",)


def test_a_host_at_loopback_is_the_one_of_the_server_that_its_variable_names(tmp_path: Path) -> None:
    text = "services:\n  web: {image: nginx, environment: [REDIS_HOST=localhost]}\n  cache: {image: redis}\n"
    found = only(examined(tmp_path, text))
    assert (found.rule, "tcp/6379" in found.text) == ("loopback-of-itself", True)
    other = examined(tmp_path, text.replace("REDIS_HOST", "MYSQL_HOST"))
    assert (other.findings, other.unknown) == ((), ())


@pytest.mark.parametrize("image", ["redis", "nginx", "alpine"])
def test_a_name_of_two_services_works_if_both_do_or_one_has_ended(image: str, tmp_path: Path) -> None:
    named = "networks: {default: {aliases: [back]}}"
    found = examined(
        tmp_path,
        f"""\
services:
  app: {{image: alpine, command: sleep 9, environment: {{TARGET: "http://back:80"}}}}
  one: {{image: nginx, {named}}}
  two: {{image: {image}, {named}}}
""",
    )
    assert found.findings == ()
    assert bool(found.unknown) == (image == "redis")
    assert all("is called back, too; " in each and "no socket listens there" in each for each in found.unknown)
