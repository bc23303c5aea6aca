"""Which commands a server replaces, and on which ports it listens."""

from __future__ import annotations

import pytest

from vnetsim import Lab


def lab_with(arguments: str) -> Lab:
    lab = Lab(docker=True)
    assert lab.run(f"docker run -d --name box -e POSTGRES_PASSWORD=x -e MYSQL_ROOT_PASSWORD=x {arguments}")
    lab.sleep(2)
    return lab


def listening(lab: Lab) -> list[str]:
    """The TCP ports in the container, `[]` if it does not run."""
    if lab.run("docker inspect -f '{{.State.Running}}' box").stdout.strip() != "true":
        return []
    network = lab.docker.container_context("box").network
    return sorted({str(each.local_port) for each in network.sockets() if each.state == "LISTEN" and each.local_port != 0
                   and not each.local.is_loopback})  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "ports"),
    [
        ("postgres:16 postgres -c max_connections=200", ["5432"]),
        ("postgres -c shared_buffers=256MB", ["5432"]),
        ("redis:7-alpine redis-server --appendonly yes", ["6379"]),
        ("redis redis-server --port 7000", ["7000"]),
        ("--entrypoint redis-server redis --save ''", ["6379"]),
        ("mysql:8 --default-authentication-plugin=mysql_native_password", ["3306", "33060"]),
        ("mysql mysqld --port=3307", ["33060", "3307"]),
        ("nginx:alpine nginx -g 'daemon off;'", ["80"]),
        ("nginx sh -c \"envsubst < /a > /b && exec nginx -g 'daemon off;'\"", ["80"]),
        ("postgres -c port=5433", ["5433"]),
        ("redis redis-server --cluster-announce-port 16379", ["6379"]),
        ("redis redis-server --max_port=99", ["6379"]),
        ("httpd httpd-foreground", ["80"]),
        ("minio/minio server /data --console-address :9001", ["9000", "9001"]),
        ("minio/minio server --console-address=':9090' /data", ["9000", "9090"]),
        ("--health-cmd 'curl -f http://localhost:8080/login || exit 1' acme/netbox", ["8080"]),
        ("--health-cmd 'pg_isready -q -t 2 -d app' bitnami/postgresql", ["5432"]),
        ("--expose 9090 --health-cmd 'nc -z localhost 50051' acme/rpc", ["50051", "9090"]),
        (
            "--hostname s1 -e NODE=s1 --health-cmd 'curl -s \"http://$NODE:9001/_health?a=b\" | grep -q a' acme/find",
            ["9001"],
        ),
        ("--expose 80 --health-cmd 'curl localhost:$PORT' -e PORT=8081 node:20 npm start", ["80", "8081"]),
        ("--health-cmd 'curl http://db:5432' acme/api", []),
        ("--no-healthcheck acme/api", []),
        ("--health-cmd 'curl http://localhost:9/' nginx", ["80"]),
        ("php:8.4-apache-trixie", ["80"]),
        ("php:fpm-alpine", ["9000"]),
        ("php:8.4-cli", []),
        ("nextcloud:30-fpm", ["9000"]),
        ("rabbitmq:3.13-management-alpine", ["15672", "15692", "25672", "4369", "5672"]),
        ("rabbitmq:3.13-alpine", ["15692", "25672", "4369", "5672"]),
        ("memcached memcached -m 64", ["11211"]),
        ("--entrypoint memcached memcached -m 64 -p 11212", ["11212"]),
        ("mongo mongod --replSet rs0", ["27017"]),
        ("prom/prometheus --config.file=/etc/prometheus/x.yml", ["9090"]),
        ("--expose 3000 node:20 sh -c 'npm ci && npm start'", ["3000"]),
        ("--expose 8000 acme/api python manage.py runserver 0.0.0.0:8000", ["8000"]),
        ("--expose 8000 acme/api bash -c 'python manage.py migrate; exec gunicorn -b :8000 app'", ["8000"]),
        ("--expose 8000 acme/api bash -c 'python manage.py migrate; exec gunicorn app'", []),
    ],
)
def test_a_server_listens(arguments: str, ports: list[str]) -> None:
    assert listening(lab_with(arguments)) == ports


@pytest.mark.parametrize(
    ("arguments", "reached"),
    [
        ("redis redis-server --bind 127.0.0.1", False),
        ("redis redis-server --bind 127.0.0.1 ::1 --port 6379", False),
        ("postgres -c listen_addresses=localhost", False),
        ("mysql mysqld --bind-address=127.0.0.1", False),
        ("mysql mysqld --bind-address=0.0.0.0", True),
        ("mongo mongod --bind_ip localhost", False),
        ("mongo mongod --bind_ip_all", True),
        ("redis redis-server --bind ::1", False),
        ("redis redis-server --bind '*'", True),
        ("postgres -c listen_addresses='*'", True),
        ("redis redis-server --bind 172.17.0.2", True),
        ("redis redis-server --bind 127.0.0.1 172.17.0.2", True),
        ("redis redis-server --bind 127.0.0.1 -::1", False),
        ("redis redis-server --bind 127.0.0.1 -::*", True),
        ("mongo mongod --bind_ip localhost,172.17.0.2", True),
        ("mongo mongod --bind_ip 127.0.0.1,localhost", False),
        ("postgres -c 'listen_addresses=localhost, 172.17.0.2'", True),
    ],
)
def test_a_server_listens_at_the_address_that_it_is_given(arguments: str, reached: bool) -> None:
    lab = lab_with(arguments)
    assert bool(listening(lab)) == reached
    # It runs, and its own container reaches it.
    assert lab.run("docker inspect -f '{{.State.Running}}' box").stdout == "true\n"


@pytest.mark.parametrize(
    ("arguments", "port", "ipv4"),
    [
        ("redis redis-server --bind ::", 6379, False),
        ("redis redis-server --bind 127.0.0.1 -::*", 6379, False),
        ("redis redis-server --bind 0.0.0.0 ::", 6379, True),
        ("postgres -c listen_addresses=::", 5432, False),
        ("postgres -c 'listen_addresses=0.0.0.0, ::'", 5432, True),
        ("mysql mysqld --bind-address=::", 3306, True),
    ],
)
def test_a_server_that_sets_ipv6_v6only_takes_no_ipv4(arguments: str, port: int, ipv4: bool) -> None:
    """Redis and PostgreSQL as recorded (tests/recorded/servers); MySQL as its manual has it."""
    lab = lab_with(arguments)
    assert listening(lab) != []
    assert (lab.run(f"nc -z -w1 172.17.0.2 {port}").exit_code == 0) == ipv4


def test_an_address_that_is_a_name_is_assumed_to_be_all() -> None:
    lab = lab_with("redis redis-server --bind cache")
    assert listening(lab) == ["6379"]
    assert lab.shortfall.assumptions == ("redis runs with `cache` as its address: assumed to listen at all addresses",)
    lab = lab_with("mongo mongod --port 27018 --bind_ip localhost,db")
    assert listening(lab) == ["27018"]
    assert lab.shortfall.assumptions[0] == (
        "mongo runs with `--port 27018`: assumed to listen on tcp/27018 and "
        "mongo runs with `db` as its address: assumed to listen at all addresses"
    )


@pytest.mark.parametrize(
    ("arguments", "assumed"),
    [
        ("redis redis-server --port 7000", "redis runs with `--port 7000`: assumed to listen on tcp/7000"),
        ("nginx sh -c 'x; nginx'", "what `sh -c 'x; nginx'` does before is not known: assumed to listen on tcp/80"),
        ("--expose 9 acme/api run", "what acme/api runs is not known: assumed to listen on tcp/9"),
        ("acme/api sh -c 'PORT=1 exec ./run'", "what acme/api runs is not known: assumed to listen on no port"),
        ("postgres postgres -c fsync=off", None),
        ("nginx /cron.sh", "what `/cron.sh` of nginx does is not known: assumed to listen on no port"),
        ("-p 81:81 nginx /own", "what `/own` of nginx does is not known: assumed to listen on tcp/81"),
        ("-v db:/d redis sh /d/x", "what `sh /d/x` of redis does is not known: assumed to listen on tcp/6379"),
        ("--expose 9 acme/api sh /run.sh", "what acme/api runs is not known: assumed to listen on tcp/9"),
    ],
)
def test_what_is_assumed_is_named(arguments: str, assumed: str | None) -> None:
    assert lab_with(arguments).shortfall.assumptions == (() if assumed is None else (assumed,))


@pytest.mark.parametrize(
    "arguments", ["redis redis-cli -h db ping", "postgres psql -h db", "nginx cat /etc/nginx.conf"]
)
def test_other_programs_of_such_an_image_are_no_servers(arguments: str) -> None:
    lab = Lab(docker=True)
    lab.run(f"docker run -d --name box {arguments}", expected=None)
    lab.sleep(2)
    assert listening(lab) == []


@pytest.mark.parametrize(
    "script",
    [
        "sleep 1000 && echo x",
        "while true; do sleep 1; done",
        "X=1 exec sleep 99",
        "cd /; ls | wc -l; tail -f /dev/null",
    ],
)
def test_a_script_of_programs_that_vnetsim_has_runs(script: str) -> None:
    lab = lab_with(f'--expose 80 acme/api sh -c "{script}"')
    assert listening(lab) == []
    assert lab.shortfall.assumptions == ()


def test_the_recorded_machine_has_none_of_these_programs() -> None:
    """It reaches no registry, and its images are built on one base."""
    result = Lab(docker=True, has_registry=False).run("docker run -d --name box redis redis-server")
    assert (result.exit_code, "executable file not found" in result.stderr) == (127, True)
