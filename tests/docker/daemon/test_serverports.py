"""Which ports are open, by the variables and options that the documents of an image name."""

from __future__ import annotations

import pytest

from tests.docker.daemon.test_servers import lab_with, listening

KC = "quay.io/keycloak/keycloak:26.0"
CP, KAFKA = "confluentinc/cp-kafka:7.3", "-e KAFKA_ADVERTISED_LISTENERS"
DB_LESS = "-e KONG_DATABASE=off"


@pytest.mark.parametrize(
    ("arguments", "ports"),
    [
        (f"{KC} start-dev", ["8080"]),
        (f"-e KC_HTTP_PORT=8081 -e KC_HEALTH_ENABLED=true {KC} start-dev", ["8081", "9000"]),
        (f"{KC} start --https-certificate-file=/x --https-port 443", ["443"]),
        (f"{KC} start --http-enabled=true", ["8080"]),
        (f"{DB_LESS} kong", ["8000", "8443"]),
        (f"{DB_LESS} -e 'KONG_ADMIN_LISTEN=0.0.0.0:8001, 127.0.0.1:8444 ssl' kong", ["8000", "8001", "8443"]),
        (f"{DB_LESS} -e KONG_PROXY_LISTEN=off kong", []),
        ("--privileged -e DOCKER_TLS_CERTDIR= docker:dind", ["2375"]),
        ("--privileged docker:dind", ["2376"]),
        ("axllent/mailpit", ["1025", "8025"]),
        ("-e MP_POP3_AUTH=a:b axllent/mailpit --listen 0.0.0.0:80 -s [::]:25", ["1110", "25", "80"]),
        ("-e MB_JETTY_PORT=80 metabase/metabase", ["80"]),
        ("-e QDRANT__SERVICE__GRPC_PORT=7000 qdrant/qdrant", ["6333", "7000"]),
        ("-e REGISTRY_HTTP_ADDR=0.0.0.0:5001 registry:2", ["5001"]),
        ("-e REGISTRY_HTTP_ADDR=127.0.0.1:5001 registry:2", []),
        ("-e SSH_PORT=2222 gitea/gitea:1.22", ["2222", "3000"]),
        ("-e SSH_PORT=2222 -e SSH_LISTEN_PORT=22 -e HTTP_PORT=80 gitea/gitea", ["22", "80"]),
        ("-e GF_SERVER_HTTP_PORT=3001 grafana/grafana-oss:10.2", ["3001"]),
        ("-e MYSQL_TCP_PORT=3307 mysql", ["33060", "3307"]),
        ("-e database__client=sqlite3 -e server__port=3000 ghost:5", ["3000"]),
        ("prom/prometheus --web.listen-address=:9091", ["9091"]),
        ("-e discovery.type=single-node -e http.port=9201 elasticsearch:7", ["9201", "9300"]),
        ("-e MH_UI_BIND_ADDR=:8026 mailhog/mailhog", ["1025", "8025", "8026"]),
        ("-e MH_UI_BIND_ADDR=:8026 -e MH_API_BIND_ADDR=:8026 mailhog/mailhog", ["1025", "8026"]),
        ("-e PORT=99999 louislam/uptime-kuma", ["3001"]),
        ("-e PORT=81 nginx", ["80"]),
        ("-e KAFKA_LISTENERS=PLAINTEXT://box:29092,PLAINTEXT_HOST://localhost:9092 apache/kafka", ["29092"]),
        ("apache/kafka", ["9092", "9093"]),
        ("mcr.microsoft.com/dotnet/aspnet:8.0-alpine dotnet Shop.dll", ["8080"]),
        ("mcr.microsoft.com/dotnet/aspnet:6.0 dotnet Shop.dll", ["80"]),
        (f"-e KAFKA_ZOOKEEPER_CONNECT=z {KAFKA}=A://localhost:9092,B://k:29092 {CP}", ["29092", "9092"]),
        ("-e N8N_PORT=80 docker.n8n.io/n8nio/n8n", ["80"]),
        ("grafana/loki:3.0.0 -config.file=/etc/loki/x.yml", ["3100", "9096"]),
    ],
)  # fmt: skip
def test_a_port_moves_with_the_setting_that_names_it(arguments: str, ports: list[str]) -> None:
    assert listening(lab_with(arguments)) == ports


def test_a_value_that_is_not_understood_is_an_assumption() -> None:
    lab = lab_with("-e REGISTRY_HTTP_ADDR=somewhere:5001 registry:2")
    assert listening(lab) == ["5000"]
    assert lab.shortfall.assumptions == (
        "REGISTRY_HTTP_ADDR=somewhere:5001 of registry:2 is not read: assumed to listen on tcp/5000",
    )


@pytest.mark.parametrize(
    ("value", "sockets"),
    [
        ("0.0.0.0:5001", [":::5001"]),
        (":5001", [":::5001"]),
        ("localhost:5001", ["127.0.0.1:5001"]),
        ("[::]:5001", [":::5001"]),
    ],
)
def test_an_address_is_read_as_in_configuration_files(value: str, sockets: list[str]) -> None:
    lab = lab_with(f"-e REGISTRY_HTTP_ADDR={value} registry:2")
    assert [line.split()[3] for line in lab.run("docker exec box netstat -lnt").stdout.splitlines()[2:]] == sockets
