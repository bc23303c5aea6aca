"""`--link` on the default bridge: names, variables and rules."""

from __future__ import annotations

from typing import Any

import pytest

from tests.docker.simulated import Simulated


@pytest.fixture
def host() -> Simulated:
    return Simulated()


def refused(host: Simulated, network: str, container: str, **settings: Any) -> str:
    return host.refusal(host.engine.network_connect(network, {"Container": container, "EndpointConfig": settings}))


# --- links ---------------------------------------------------------------------------------------------------------


def test_a_link_is_a_line_in_hosts_and_variables(host: Simulated) -> None:
    host.run("db", "redis")
    host.run("app", Links=["db:database"])
    short = host.engine.container_inspect("db")["Config"]["Hostname"]
    assert f"172.17.0.2\tdatabase {short} db\n" in host.exec("app", "cat", "/etc/hosts")
    variables = host.exec("app", "env").splitlines()
    assert "DATABASE_PORT_6379_TCP_ADDR=172.17.0.2" in variables
    assert "DATABASE_PORT=tcp://172.17.0.2:6379" in variables
    assert "DATABASE_NAME=/app/database" in variables
    assert host.engine.container_inspect("app")["HostConfig"]["Links"] == ["/db:/app/database"]


def test_a_link_follows_the_linked_container(host: Simulated) -> None:
    host.run("db", "redis")
    host.run("app", Links=["db"])
    host.do(host.engine.container_stop("db", 0))
    host.run("thief")
    host.do(host.engine.container_start("db"))
    assert host.address("db", "bridge") == "172.17.0.4"
    assert "172.17.0.4\tdb " in host.exec("app", "cat", "/etc/hosts")


def test_a_link_to_what_does_not_run(host: Simulated) -> None:
    host.create("db", "redis")
    host.create("app", Links=["db:database"])
    words = "500 Cannot link to a non running container: /db AS /app/database"
    assert host.refusal(host.engine.container_start("app")) == words
    body = {"Image": "alpine", "HostConfig": {"Links": ["nobody"]}}
    assert (
        host.refusal(host.engine.container_create(body))
        == "400 could not get container for nobody: No such container: nobody"
    )


def test_links_are_the_way_where_containers_may_not_talk() -> None:
    host = Simulated("--icc=false")
    host.run("db", "redis")
    host.run("app", Links=["db"])
    assert [rule for rule in host.rules("-S", "DOCKER") if "6379" in rule] == [
        "-A DOCKER -s 172.17.0.3/32 -d 172.17.0.2/32 -i docker0 -o docker0 -p tcp -m tcp --dport 6379 -j ACCEPT",
        "-A DOCKER -s 172.17.0.2/32 -d 172.17.0.3/32 -i docker0 -o docker0 -p tcp -m tcp --sport 6379 -j ACCEPT",
    ]
    host.do(host.engine.container_stop("app", 0))
    assert not [rule for rule in host.rules("-S", "DOCKER") if "6379" in rule]


def test_a_link_is_a_name_of_the_linked_container_for_every_command(host: Simulated) -> None:
    host.run("db", "redis")
    host.run("app", Links=["db:database"])
    assert host.engine.container_inspect("app/database")["Name"] == "/db"
    host.do(host.engine.container_stop("/app/database", 0))
    assert not host.engine.container_inspect("db")["State"]["Running"]
    assert host.refusal(host.engine.container_delete("app/other")) == "404 No such container: app/other"
    host.do(host.engine.container_delete("app/database"))
    assert host.refusal(host.engine.container_stop("db")) == "404 No such container: db"
    assert host.refusal(host.engine.container_stop("app/database")) == "404 No such container: app/database"


def test_a_link_that_was_removed_is_known_no_more(host: Simulated) -> None:
    host.run("db", "redis")
    host.run("app", Links=["db:database"])
    assert "database" in host.exec("app", "getent", "hosts", "database")
    removed = host.lab.run("docker rm --link app/database")
    assert (removed.exit_code, removed.output) == (0, "app/database\n")
    assert host.engine.container_inspect("app")["HostConfig"]["Links"] is None
    assert "database" not in host.exec("app", "cat", "/etc/hosts")
    assert "DATABASE" not in host.exec("app", "env")
    assert [host.engine.container_inspect(name)["State"]["Running"] for name in ("app", "db")] == [True, True]
    assert host.lab.run("docker exec app ping -c 1 172.17.0.2"), "its network was taken out and put in again"


def test_without_its_link_a_container_is_kept_out_where_containers_may_not_talk() -> None:
    host = Simulated("--icc=false")
    host.run("db", "redis")
    host.run("app", Links=["db"])
    assert host.lab.run("docker exec app nc -z -w 2 172.17.0.2 6379")
    assert host.lab.run("docker rm --link app/db")
    assert not [rule for rule in host.rules("-S", "DOCKER") if "6379" in rule]
    assert not host.lab.run("docker exec app nc -z -w 2 172.17.0.2 6379")


@pytest.mark.parametrize(
    ("words", "refusal"),
    [
        ("--link app", "Error response from daemon: Conflict, cannot remove the default link name of the container\n"),
        (
            "--link -f db",
            "Error response from daemon: Conflict, cannot remove the default link name of the container\n",
        ),
        ("--link app/nosuch", "Error response from daemon: No such container: app/nosuch\n"),
        ("--link nosuch/database", "Error response from daemon: No such container: nosuch/database\n"),
        ("--link ''", "container name cannot be empty\n"),
    ],
)
def test_what_is_no_link_is_not_removed(host: Simulated, words: str, refusal: str) -> None:
    host.run("db", "redis")
    host.run("app", Links=["db:database"])
    refused = host.lab.run(f"docker rm {words}")
    assert (refused.exit_code, refused.stderr) == (1, refusal)
    assert host.engine.container_inspect("app")["HostConfig"]["Links"] == ["/db:/app/database"]
