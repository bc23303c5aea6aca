"""What the entrypoints of images demand before they run the server.

The conditions and texts are those of the `docker-entrypoint.sh` beside the Dockerfiles that the catalogue names.
"""

from __future__ import annotations

import pytest

from vnetsim import Lab
from vnetsim.docker.images import catalogue

POSTGRES = "Error: Database is uninitialized and superuser password is not specified."


def state(lab: Lab, name: str = "box") -> str:
    return lab.run(f"docker inspect -f '{{{{.State.Status}}}} {{{{.State.ExitCode}}}}' {name}").stdout.strip()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("postgres:16", "exited 1"),
        ("-e POSTGRES_PASSWORD= postgres", "exited 1"),
        ("-e POSTGRES_HOST_AUTH_METHOD=md5 postgres", "exited 1"),
        ("postgres -c port=5433", "exited 1"),
        ("postgres:17-alpine postgres -c port=5433", "exited 1"),
        ("-e POSTGRES_HOST_AUTH_METHOD=trust postgres", "running 0"),
        ("-e POSTGRES_PASSWORD_FILE=/run/secrets/x postgres", "running 0"),
        ("--entrypoint postgres postgres", "running 0"),
        ("postgres sleep infinity", "running 0"),
        ("postgis/postgis:17-3.5", "exited 1"),
        ("mysql:8", "exited 1"),
        ("-e MYSQL_DATABASE=x mysql --port=3307", "exited 1"),
        ("-e MYSQL_RANDOM_ROOT_PASSWORD=yes mysql", "running 0"),
        ("-e MYSQL_ROOT_PASSWORD=x -e MYSQL_USER=root mysql", "exited 1"),
        ("-e MYSQL_ROOT_PASSWORD=x -e MYSQL_USER=app mysql", "running 0"),
        ("mariadb:11", "exited 1"),
        ("-e MYSQL_ROOT_PASSWORD=x mariadb", "running 0"),
        ("-e PGADMIN_DEFAULT_EMAIL=a@b.c dpage/pgadmin4", "exited 1"),
        ("-e PGADMIN_DEFAULT_EMAIL=a@b.c -e PGADMIN_DEFAULT_PASSWORD=x dpage/pgadmin4", "running 0"),
        ("couchdb", "exited 1"),
        ("-v /srv/local.ini:/opt/couchdb/etc/local.ini couchdb", "running 0"),
        ("minio/minio", "exited 0"),
        ("elasticsearch:7.17.3", "exited 78"),
        ("docker.elastic.co/elasticsearch/elasticsearch:7.17.3 elasticsearch", "exited 78"),
        ("elasticsearch:7.17.3 eswrapper -Ediscovery.type=single-node", "running 0"),
        ("-e discovery.type=single-node elasticsearch:7.17.3", "running 0"),
        ("-e cluster.initial_master_nodes=a,b elasticsearch:7.17.3", "running 0"),
        ("-v /srv/es.yml:/usr/share/elasticsearch/config/elasticsearch.yml elasticsearch:7.17.3", "running 0"),
        ("elasticsearch:8.15.0", "running 0"),
        ("-e xpack.security.enabled=false elasticsearch:8.15.0", "exited 78"),
        ("-e xpack.security.enabled=true elasticsearch", "exited 78"),
        ("-e xpack.security.enabled=false -e discovery.type=single-node elasticsearch:9.1.0", "running 0"),
        ("-e xpack.security.enabled=false -v /srv/e:/usr/share/elasticsearch/config elasticsearch:8", "running 0"),
        ("docker:dind", "exited 1"),
        ("confluentinc/cp-kafka:7.3", "exited 1"),
        ("-e KAFKA_ZOOKEEPER_CONNECT=z confluentinc/cp-kafka:7.3", "exited 1"),
        ("-e KAFKA_PROCESS_ROLES=a -e KAFKA_ADVERTISED_LISTENERS=A://k:1 confluentinc/cp-kafka:7.6", "exited 1"),
        ("rockylinux:9", "exited 0"),
        ("-dit centos:7", "running 0"),
        ("-e DOCKER_TLS_CERTDIR= docker:29-dind --mtu=1400", "exited 1"),
        ("--privileged docker:dind", "running 0"),
        ("--cap-add SYS_ADMIN docker:dind", "running 0"),
        ("--cap-add NET_ADMIN docker:dind", "exited 1"),
        ("docker:28-dind-rootless", "running 0"),
        ("docker:git", "exited 0"),
        ("haproxy:3.0-alpine", "exited 1"),
        ("-v /srv/h.cfg:/usr/local/etc/haproxy/haproxy.cfg haproxy", "running 0"),
        ("-v /srv/haproxy:/usr/local/etc/haproxy:ro haproxy", "running 0"),
        ("haproxy haproxy -f /tmp/other.cfg", "running 0"),
        ("kong:3.9", "exited 1"),
        ("-e KONG_DATABASE=off kong", "running 0"),
        ("-e KONG_PG_HOST=db kong", "running 0"),
        ("ghost", "exited 2"),
        ("ghost:5-alpine", "exited 2"),
        ("ghost:4", "running 0"),
        ("-e database__connection__host=db ghost", "running 0"),
        ("quay.io/keycloak/keycloak", "exited 0"),
        ("quay.io/keycloak/keycloak:26.0 start", "exited 1"),
        ("-e KC_HTTP_ENABLED=true keycloak/keycloak start", "running 0"),
        ("quay.io/keycloak/keycloak start-dev", "running 0"),
        ("quay.io/keycloak/keycloak:16.1.1", "running 0"),
        ("mcr.microsoft.com/mssql/server:2022-latest", "exited 1"),
        ("-e ACCEPT_EULA=Y mcr.microsoft.com/mssql/server", "running 0"),
        ("minio/minio server /data", "running 0"),
    ],
)
def test_a_server_runs_if_its_entrypoint_has_what_it_demands(arguments: str, expected: str) -> None:
    lab = Lab(docker=True)
    assert lab.run(f"docker run -d --name box {arguments}")
    lab.sleep(1)
    assert state(lab) == expected


def test_it_says_what_is_missing() -> None:
    lab = Lab(docker=True)
    result = lab.run("docker run --name box postgres", expected=None)
    assert (result.exit_code, result.stderr.splitlines()[0]) == (1, POSTGRES)
    assert lab.run("docker logs box").output.splitlines()[0] == POSTGRES
    lab.run("docker run --name my mysql", expected=None)
    logged = lab.run("docker logs my").output
    assert "+00:00 [ERROR] [Entrypoint]: Database is uninitialized and password option is not specified\n" in logged


def test_data_of_an_earlier_run_are_enough() -> None:
    lab = Lab(docker=True)
    for image, variable in (("postgres", "POSTGRES_PASSWORD"), ("mysql", "MYSQL_ROOT_PASSWORD")):
        data = next(iter(catalogue.entries()[image].volumes))
        run = f"docker run -d --name {image} -v {image}:{data}"
        assert lab.run(f"{run} -e {variable}=x {image}")
        assert lab.run(f"docker rm -f {image}")
        assert lab.run(f"{run} {image}")
        lab.sleep(1)
        assert state(lab, image) == "running 0"


def test_a_server_whose_port_is_taken_ends() -> None:
    lab = Lab(docker=True)
    for name in ("one", "two"):
        assert lab.run(f"docker run -d --name {name} --network host nginx")
    lab.sleep(1)
    assert (state(lab, "one"), state(lab, "two")) == ("running 0", "exited 1")
    assert lab.run("docker logs two").output == "nginx: bind: Address already in use\n"


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        ("", False),
        ("-v /srv/mosquitto:/mosquitto/config", True),
        ("-v /srv/mosquitto:/mosquitto", True),
        ("-v /srv/a.conf:/mosquitto/config/mosquitto.conf", True),
    ],
)
def test_mosquitto_listens_at_loopback_alone_without_a_configuration(options: str, *, answers: bool) -> None:
    lab = Lab(docker=True)
    assert lab.run(f"docker run -d --name box {options} eclipse-mosquitto:2")
    address = lab.docker.container_inspect("box")["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]
    assert (lab.run(f"nc -z -w 1 {address} 1883").exit_code == 0) is answers
    assert len(lab.shortfall.assumptions) == int(answers)


@pytest.mark.parametrize(
    ("arguments", "signal", "expected"),
    [
        ("nginx", "", "exited 0"),
        ("nginx", "HUP", "running 0"),
        ("httpd", "", "exited 0"),
        ("redis redis-server --appendonly yes", "", "exited 0"),
        ("-e POSTGRES_PASSWORD=x postgres", "", "exited 0"),
        ("-e POSTGRES_PASSWORD=x postgres", "KILL", "exited 137"),
        ("nginx sleep infinity", "", "exited 137"),
    ],
)
def test_a_server_ends_on_its_signal(arguments: str, signal: str, expected: str) -> None:
    lab = Lab(docker=True)
    assert lab.run(f"docker run -d --name box {arguments}")
    assert lab.run(f"docker kill -s {signal} box" if signal else "docker stop box")
    lab.sleep(1)
    assert state(lab) == expected


def test_a_web_server_serves_its_documents() -> None:
    lab = Lab(docker=True, files={"/srv/a/index.html": "mine\n"})
    assert lab.run("docker run -d -p 80:80 -v /srv/a:/usr/share/nginx/html:ro nginx")
    assert lab.run("curl -s localhost").stdout == "mine\n"


def test_what_may_start_with_less_is_assumed() -> None:
    lab = Lab(docker=True)
    lab.run("docker run -d --name some --cap-add CAP_SYS_ADMIN docker:dind")
    lab.run("docker run -d --name root --privileged docker:dind")
    lab.run("docker run -d --name less docker:dind-rootless")
    assert lab.shortfall.assumptions == (
        "dockerd is assumed to start with the capability SYS_ADMIN alone, without --privileged (some)",
        "dockerd is assumed to start as the user rootless, without --privileged (less)",
    )
