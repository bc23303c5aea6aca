"""Where servers listen by their configuration files, as real ones did (tests/recorded/servers)."""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from vnetsim import Lab
from vnetsim.docker.daemon.listeningsocket import ListeningSocket
from vnetsim.docker.daemon.serverconfig import Configuration, sockets_of
from vnetsim.values import frozen

RECORDED = json.loads((Path(__file__).parents[2] / "recorded/servers/configurations.json").read_text("utf-8"))


@frozen
class Texts:
    """The files of a server."""

    texts: dict[str, str]

    def exists(self, path: str) -> bool:
        return path in self.texts or self.is_directory(path)

    def is_directory(self, path: str) -> bool:
        return any(each.startswith(f"{path}/") for each in self.texts)

    def read(self, path: str) -> str:
        return self.texts[path]

    def list(self, path: str) -> Sequence[str]:
        return sorted({each.removeprefix(f"{path}/").split("/")[0] for each in self.texts if each.startswith(path)})


def listens(syntax: str, files: dict[str, str], command: str, **environment: str) -> str | None:
    given: Any = Texts(files)
    found = sockets_of(syntax, Configuration(shlex.split(command), given, environment))
    return None if found is None else " ".join(map(shown, found))


def shown(socket: ListeningSocket) -> str:
    host = f"[{socket.address}]" if ":" in socket.address else socket.address or "*"
    return f"{host}:{socket.port}/{socket.protocol}"


@pytest.mark.parametrize("recorded", RECORDED["sessions"], ids=lambda each: f"{each['syntax']} {each['listens']}")
def test_it_listens_where_the_real_one_did(recorded: dict[str, Any]) -> None:
    found = listens(recorded["syntax"], recorded["files"], recorded["command"], PORT="8090")
    assert sorted((found or "").split()) == sorted(recorded["listens"].split())


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("listen [::]:83;", "[::]:83/tcp"),
        ("listen [::]:83 ipv6only=off;", "*:83/tcp"),
        ("listen 83; listen [::]:83;", "*:83/tcp"),
        ("listen [::]:83 quic;", "*:83/udp"),
    ],
)
def test_nginx_takes_ipv6_alone_unless_it_is_told_otherwise(text: str, where: str) -> None:
    """What is of UDP takes IPv4 here, too."""
    assert listens("nginx", {"/etc/nginx/conf.d/default.conf": f"server {{ {text} }}"}, "nginx") == where


@pytest.mark.parametrize(
    ("bind", "where"), [(":::80 v6only", "[::]:80/tcp"), (":::80", "*:80/tcp"), ("[::]:80 v4v6", "*:80/tcp")]
)
def test_haproxy_takes_ipv6_alone_where_it_is_told_so(bind: str, where: str) -> None:
    text = f"frontend a\n  bind {bind}\n"
    assert listens("haproxy", {"/usr/local/etc/haproxy/haproxy.cfg": text}, "haproxy") == where


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        ("traefik", "*:80/tcp"),
        ("traefik --entrypoints.web.address=:80 --entryPoints.websecure.address=:443", "*:80/tcp *:443/tcp"),
        ("traefik --entrypoints.my_web.address=:8000 --entrypoints.web_secure.address=:443", "*:443/tcp *:8000/tcp"),
        ("traefik --entrypoints.dns.address=127.0.0.1:53/udp", "127.0.0.1:53/udp"),
        ("traefik --api.insecure=true --providers.docker", "*:80/tcp *:8080/tcp"),
        ("traefik --api.insecure --entrypoints.traefik.address=:9000", "*:9000/tcp"),
    ],
)
def test_traefik_listens_at_its_entrypoints(arguments: str, where: str) -> None:
    """As doc.traefik.io/traefik/routing/entrypoints has it."""
    assert listens("traefik", {}, arguments) == where


def test_traefik_reads_its_file_and_its_variables() -> None:
    text = "entryPoints:\n  web:\n    address: ':8000'\napi:\n  insecure: true\n"
    assert listens("traefik", {"/etc/traefik/traefik.yml": text}, "traefik") == "*:8000/tcp *:8080/tcp"
    toml = '[entryPoints.web]\n  address = ":8001"\n'
    assert listens("traefik", {"/t.toml": toml}, "traefik --configFile=/t.toml") == "*:8001/tcp"
    assert listens("traefik", {}, "traefik", TRAEFIK_ENTRYPOINTS_WEB_ADDRESS=":81") == "*:81/tcp"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("[mysqld]\nbind-address = 127.0.0.1\n", "127.0.0.1:3306/tcp"),
        ("[client]\nport=1\n[mysqld]\nport=3307\n", "*:3307/tcp"),
        ("[mysqld]\nmax_connections=10\n", None),
    ],
)
def test_mysqld_reads_the_groups_of_the_server(text: str, where: str | None) -> None:
    assert listens("mysqld", {"/etc/mysql/conf.d/shop.cnf": text}, "mysqld") == where


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("listen_addresses = '*'\n", "*:5432/tcp"),
        ("max_connections = 10\n", "127.0.0.1:5432/tcp"),
        ("listen_addresses = 'localhost, 10.0.0.2'\nport 5433 # not 5432\n", "10.0.0.2:5433/tcp 127.0.0.1:5433/tcp"),
    ],
)
def test_postgres_with_a_file_of_its_own_listens_at_localhost_unless_it_says_more(text: str, where: str) -> None:
    assert listens("postgres", {"/etc/p.conf": text}, "postgres -c config_file=/etc/p.conf") == where


@pytest.mark.parametrize("syntax", ["nginx", "haproxy", "httpd", "caddy", "mosquitto", "mysqld", "redis"])
def test_without_a_file_it_is_as_the_image_has_it(syntax: str) -> None:
    assert listens(syntax, {}, f"{syntax}-server") is None


def test_a_template_becomes_a_part_of_nginx() -> None:
    templates = {
        "/etc/nginx/templates/default.conf.template": "server { listen ${PORT}; location / { return 200 $uri; } }"
    }
    assert listens("nginx", templates, "nginx", PORT="8090") == "0.0.0.0:8090/tcp"


PROXY = "server { listen 8080; location / { proxy_pass http://api:8000; } }"


def test_a_container_listens_where_its_mounted_configuration_has_it() -> None:
    lab = Lab(docker=True)
    lab.run("mkdir -p /srv/conf.d")
    lab.run(f"echo '{PROXY}' > /srv/conf.d/default.conf")
    assert lab.run("docker network create shop")
    assert lab.run("docker run -d --name box --network shop --network-alias api nettools")
    assert lab.run("docker run -d --name web --network shop -v /srv/conf.d:/etc/nginx/conf.d:ro nginx")
    lab.sleep(1)
    assert lab.run("docker exec box nc -z -w 1 web 8080")
    assert not lab.run("docker exec box nc -z -w 1 web 80")
    assert lab.shortfall.assumptions == ()


def test_a_server_of_ipv6_alone_refuses_ipv4() -> None:
    """As `ss`, connect(2) and bind(2) of sockets with IPV6_V6ONLY, recorded on Linux."""
    lab = Lab(docker=True)
    lab.run("mkdir -p /srv/conf.d")
    lab.run("echo 'server { listen [::]:80; } server { listen [::]:81 ipv6only=off; }' > /srv/conf.d/default.conf")
    assert lab.run("docker network create --ipv6 --subnet fd00:9::/64 shop")
    assert lab.run("docker run -d --name box --network shop nettools")
    assert lab.run("docker run -d --name web --network shop -v /srv/conf.d:/etc/nginx/conf.d:ro nginx")
    assert lab.run("docker run -d --name api --network shop python:3.12 uvicorn main:app --host ::")
    lab.sleep(1)
    for command, answers in (
        ("-4 web 80", False), ("-6 web 80", True), ("-4 web 81", True), ("-6 web 81", True), ("-4 api 8000", False),
        ("-6 api 8000", True),
    ):  # fmt: skip
        assert bool(lab.run(f"docker exec box nc -z -w 1 {command}")) is answers, command
    shown = lab.run("docker run --rm --network container:web nettools ss -ltnH").stdout
    assert "[::]:80 " in shown
    assert "*:81 " in shown
    networks = {
        each: lab.docker.container_inspect(each)["NetworkSettings"]["Networks"]["shop"] for each in ("web", "api")
    }
    closed = str(lab.why("box", networks["web"]["IPAddress"], "tcp/80"))
    assert "with IPV6_V6ONLY: the port is closed for IPv4" in closed
    assert "listens on every address of IPv4" not in closed
    assert "--host 0.0.0.0" in str(lab.why("box", networks["api"]["IPAddress"], "tcp/8000"))
    assert "arrives" in str(lab.why("box", networks["api"]["GlobalIPv6Address"], "tcp/8000"))


def test_what_is_mounted_elsewhere_is_not_read_and_assumed() -> None:
    lab = Lab(docker=True)
    lab.run("echo x > /srv/a.conf")
    assert lab.run("docker run -d --name web -v /srv/a.conf:/etc/nginx/other/a.conf nginx")
    assert any("is mounted and not read" in each for each in lab.shortfall.assumptions)
    assert not lab.docker.container_knows_ports("web")
